-- What somebody ran in the SQL console: their own history.

create table explorer.query_runs (
  id uuid primary key,
  -- The account behind whoever ran it; there is no account behind the command line on the machine.
  owner_id uuid,
  source text not null,
  mode text not null,
  sql text not null,
  -- The role in whose place it ran.
  place text,
  outcome text not null default 'running',
  error text,
  statements integer,
  rows integer,
  milliseconds integer,
  started_at timestamptz not null,
  constraint query_runs_mode_check check (mode in ('read', 'transaction', 'autocommit')),
  constraint query_runs_outcome_check check (outcome in ('running', 'ok', 'failed', 'cancelled'))
);
create index query_runs_owner_id_idx on explorer.query_runs (owner_id, started_at desc, id desc);
create index query_runs_started_at_idx on explorer.query_runs (started_at);
grant select, insert, update, delete on explorer.query_runs to quarterdeck_platform;
-- The text is its owner's: the explorer shows everybody's runs without it.
grant select (id, owner_id, source, mode, place, outcome, statements, rows, milliseconds, started_at) on explorer.query_runs to quarterdeck_explorer;

-- One's own history is one's own to forget.
alter table identity.roles disable trigger keep_built_in;
alter table identity.roles no force row level security;
update identity.roles set permissions = permissions || '{query-runs:delete}'
  where scope = 'platform' and built_in and name in ('operator', 'developer');
alter table identity.roles force row level security;
alter table identity.roles enable trigger keep_built_in;
