-- Files on their way into a table: uploaded, mapped, tried, imported. The file is kept in pieces of whole rows until it
-- is imported or has waited too long, so that any node can read it and a process that is killed loses nothing.
create table explorer.imports (
  id uuid primary key,
  source text not null,
  schema_name text not null,
  table_name text not null,
  name text not null,
  format text not null,
  encoding text not null default 'utf-8',
  -- What parts the fields of a line; none where lines are objects.
  delimiter text,
  header boolean not null default true,
  status text not null default 'uploading',
  bytes bigint not null default 0,
  rows bigint not null default 0,
  columns jsonb not null default '[]',
  settings jsonb,
  -- What came of the rows, of the last try or of the import.
  report jsonb,
  error text,
  -- Rows gone through by the job that works on it, and when it said so.
  done bigint not null default 0,
  job_id uuid,
  -- Which of the attempts may go on; a higher one has taken it away from the others.
  attempt int not null default 0,
  cancel boolean not null default false,
  -- The transaction of the source that was about to be committed: tells afterwards whether it was.
  txid bigint,
  actor_kind text not null,
  actor_id uuid,
  actor_label text not null,
  created_at timestamptz not null,
  started_at timestamptz,
  said_at timestamptz,
  finished_at timestamptz,
  constraint imports_name_check check (length(name) between 1 and 200),
  constraint imports_format_check check (format in ('csv', 'ndjson')),
  constraint imports_status_check check (status in ('uploading', 'new', 'checking', 'running', 'done', 'failed', 'cancelled'))
);
create index imports_table_idx on explorer.imports (source, schema_name, table_name, actor_id, created_at desc);
create index imports_status_idx on explorer.imports (status) where status in ('uploading', 'checking', 'running');
grant select, insert, update, delete on explorer.imports to quarterdeck_platform;
grant select (id, source, schema_name, table_name, name, format, encoding, delimiter, header, status, bytes, rows, error, done, job_id, actor_kind, actor_id,
  actor_label, created_at, started_at, finished_at) on explorer.imports to quarterdeck_explorer;

create table explorer.import_pieces (
  import_id uuid not null,
  number int not null,
  -- Line of the file that it begins with, and how many rows it has.
  line bigint not null,
  rows bigint not null,
  content bytea not null,
  constraint import_pieces_pkey primary key (import_id, number),
  constraint import_pieces_import_id_fkey foreign key (import_id) references explorer.imports (id) on delete cascade
);
alter table explorer.import_pieces alter column content set storage external;
grant select, insert, delete on explorer.import_pieces to quarterdeck_platform;

create table explorer.import_rejects (
  import_id uuid not null,
  number int not null,
  line bigint not null,
  column_name text,
  reason text not null,
  content text not null,
  constraint import_rejects_pkey primary key (import_id, number),
  constraint import_rejects_import_id_fkey foreign key (import_id) references explorer.imports (id) on delete cascade
);
grant select, insert, delete on explorer.import_rejects to quarterdeck_platform;
