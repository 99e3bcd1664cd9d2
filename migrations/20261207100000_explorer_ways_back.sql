-- What taking a change of tables back stands on: the statements one by one, what they can't bring back, and how the change left
-- what it was about.

alter table explorer.schema_changes
  add column changes jsonb,
  add column forward text[] not null default '{}',
  add column back text[] not null default '{}',
  add column lost jsonb not null default '[]',
  add column left_as jsonb,
  add column takes_back uuid references explorer.schema_changes (id);
create index schema_changes_takes_back_idx on explorer.schema_changes (takes_back) where takes_back is not null;
