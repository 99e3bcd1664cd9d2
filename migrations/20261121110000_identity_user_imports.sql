-- Files of users on their way in: uploaded, mapped, checked, then imported whole or not at all. What the file says is
-- kept until it is imported or has waited too long.
create table auth.user_imports (
  id uuid primary key,
  name text not null,
  status text not null default 'new',
  encoding text not null,
  delimiter text not null,
  rows int not null,
  columns jsonb not null,
  settings jsonb not null,
  report jsonb,
  created int,
  error text,
  job_id uuid,
  content text,
  actor_kind text not null,
  actor_id uuid,
  actor_label text not null,
  created_at timestamptz not null,
  finished_at timestamptz,
  constraint user_imports_name_check check (length(name) between 1 and 200),
  constraint user_imports_status_check check (status in ('new', 'running', 'done', 'failed'))
);
create index user_imports_created_at_idx on auth.user_imports (created_at desc, id desc);
grant select, insert, update, delete on auth.user_imports to quarterdeck_platform;
grant select (id, name, status, encoding, delimiter, rows, created, error, job_id, actor_kind, actor_id, actor_label, created_at, finished_at)
  on auth.user_imports to quarterdeck_explorer;
