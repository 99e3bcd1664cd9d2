-- Files of tables that are made while nobody waits, and kept for whoever asked for them until their time is over.
create table explorer.exports (
  id uuid primary key,
  source text not null,
  schema_name text not null,
  table_name text not null,
  format text not null,
  -- Which rows and columns, as in the address of a list.
  query text not null,
  -- Whether sensitive columns stand in the file.
  revealed boolean not null default false,
  status text not null default 'running',
  rows bigint not null default 0,
  bytes bigint not null default 0,
  -- Rows that the planner expected.
  expected bigint not null default 0,
  error text,
  job_id uuid,
  -- Which of the attempts may go on; a higher one has taken it away from the others.
  attempt int not null default 0,
  actor_kind text not null,
  actor_id uuid,
  actor_label text not null,
  created_at timestamptz not null,
  started_at timestamptz,
  said_at timestamptz,
  finished_at timestamptz,
  -- Until when the file is kept.
  expires_at timestamptz,
  constraint exports_format_check check (format in ('csv', 'ndjson', 'xlsx', 'parquet')),
  constraint exports_status_check check (status in ('running', 'done', 'failed', 'cancelled'))
);
create index exports_actor_idx on explorer.exports (actor_id, created_at desc);
create index exports_status_idx on explorer.exports (status) where status = 'running';
create index exports_expires_at_idx on explorer.exports (expires_at);
grant select, insert, update, delete on explorer.exports to quarterdeck_platform;
-- What was asked has values of rows in it; it is shown by the panel's own page.
grant select (id, source, schema_name, table_name, format, revealed, status, rows, bytes, expected, error, job_id, attempt, actor_kind, actor_id, actor_label,
  created_at, started_at, finished_at, expires_at) on explorer.exports to quarterdeck_explorer;

-- A file in pieces of one size, each sealed for its place.
create table explorer.export_pieces (
  export_id uuid not null,
  number int not null,
  content bytea not null,
  constraint export_pieces_pkey primary key (export_id, number),
  constraint export_pieces_export_id_fkey foreign key (export_id) references explorer.exports (id) on delete cascade
);
alter table explorer.export_pieces alter column content set storage external;
grant select, insert, delete on explorer.export_pieces to quarterdeck_platform;
