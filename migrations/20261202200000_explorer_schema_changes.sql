-- What was made, changed and dropped in the tables of a source, with the way back.

create table explorer.schema_changes (
  id uuid primary key,
  source text not null,
  actor_label text not null,
  up text not null,
  down text not null,
  outcome text not null default 'running',
  error text,
  milliseconds integer,
  started_at timestamptz not null,
  constraint schema_changes_outcome_check check (outcome in ('running', 'ok', 'failed'))
);
create index schema_changes_started_at_idx on explorer.schema_changes (started_at desc, id desc);
grant select, insert, update on explorer.schema_changes to quarterdeck_platform;
grant select on explorer.schema_changes to quarterdeck_explorer;
