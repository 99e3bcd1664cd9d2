-- Columns that are shown to nobody but who says why: marked here, hidden where rows are read.
create table explorer.sensitive_columns (
  id uuid primary key,
  source_id uuid not null,
  schema_name text not null,
  table_name text not null,
  column_name text not null,
  -- hidden: nobody sees it; open: looked at and found harmless, though it is made from a hidden one.
  treatment text not null default 'hidden',
  note text,
  created_at timestamptz not null default coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now()),
  updated_at timestamptz not null default coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now()),
  version bigint not null default 1,
  constraint sensitive_columns_column_name_key unique (source_id, schema_name, table_name, column_name),
  constraint sensitive_columns_treatment_check check (treatment in ('hidden', 'open')),
  constraint sensitive_columns_note_check check (length(note) <= 500),
  constraint sensitive_columns_source_id_fkey foreign key (source_id) references explorer.sources (id) on delete cascade
);
create trigger touch before update on explorer.sensitive_columns for each row execute function kernel.touch();
grant select, insert, update, delete on explorer.sensitive_columns to quarterdeck_platform;
grant select on explorer.sensitive_columns to quarterdeck_explorer;
