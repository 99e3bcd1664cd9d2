-- The kernel's own tables: audit chains, outbox, jobs, settings, idempotency.
--
-- Roles: `quarterdeck_platform` sees every organisation, `quarterdeck_tenant` sees one, `quarterdeck_explorer` may
-- look at what is not secret. All are NOLOGIN groups; the logins that take them on are made at start-up.

do $$
declare name text;
begin
  foreach name in array array['quarterdeck_platform', 'quarterdeck_tenant', 'quarterdeck_explorer'] loop
    begin
      if not exists (select from pg_roles where rolname = name) then
        execute format('create role %I nologin noinherit nosuperuser nobypassrls', name);
      end if;
    exception when duplicate_object or unique_violation then
      null; -- another database of the same server made it at the same moment
    end;
  end loop;
end $$;

-- The schema and its list of migrations are there before the first migration runs.
grant usage on schema kernel to quarterdeck_platform, quarterdeck_tenant, quarterdeck_explorer;
grant select on kernel.migrations to quarterdeck_platform;

-- Every object that can be changed carries a version; no statement can forget to raise it.
create function kernel.touch() returns trigger language plpgsql as $$
begin
  new.version := old.version + 1;
  new.updated_at := coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now());
  return new;
end $$;

-- The organisation of the transaction; null outside of one, and then no row policy lets anything through.
create function kernel.organization() returns uuid stable language sql as $$
  select nullif(current_setting('app.organization_id', true), '')::uuid
$$;

-- Audit: rows are appended to `audit_pending` in the transaction of the change, signed by the panel; one sealer
-- at a time moves them into their chain. So writers never wait for each other, and a forged row shows.
create table kernel.audit_pending (
  id uuid primary key,
  organization_id uuid,
  entry text not null,
  signature bytea not null
);
grant select, insert, delete on kernel.audit_pending to quarterdeck_platform;
grant insert on kernel.audit_pending to quarterdeck_tenant, quarterdeck_explorer;

create table kernel.audit_log (
  id uuid primary key,
  chain text not null,
  seq bigint not null,
  organization_id uuid,
  entry text not null,
  signature bytea not null,
  previous bytea not null,
  hash bytea not null,
  at timestamptz not null,
  actor_kind text generated always as (entry::jsonb ->> 'actor_kind') stored,
  actor_id uuid generated always as ((entry::jsonb ->> 'actor_id')::uuid) stored,
  actor_label text generated always as (entry::jsonb ->> 'actor_label') stored,
  subject_id uuid generated always as ((entry::jsonb ->> 'subject_id')::uuid) stored,
  subject_label text generated always as (entry::jsonb ->> 'subject_label') stored,
  action text generated always as (entry::jsonb ->> 'action') stored,
  target_kind text generated always as (entry::jsonb ->> 'target_kind') stored,
  target_id text generated always as (entry::jsonb ->> 'target_id') stored,
  target_label text generated always as (entry::jsonb ->> 'target_label') stored,
  changes jsonb generated always as (entry::jsonb -> 'changes') stored,
  outcome text generated always as (entry::jsonb ->> 'outcome') stored,
  request_id text generated always as (entry::jsonb ->> 'request_id') stored,
  address text generated always as (entry::jsonb ->> 'address') stored,
  detail text generated always as (entry::jsonb ->> 'detail') stored,
  constraint audit_log_chain_seq_key unique (chain, seq)
);
create index audit_log_at_idx on kernel.audit_log (at desc, id desc);
create index audit_log_target_idx on kernel.audit_log (target_kind, target_id, at desc, id desc);
create index audit_log_actor_idx on kernel.audit_log (actor_id, at desc, id desc);
grant select, insert on kernel.audit_log to quarterdeck_platform;
grant select on kernel.audit_log to quarterdeck_tenant;
alter table kernel.audit_log enable row level security;
alter table kernel.audit_log force row level security;
create policy platform on kernel.audit_log to quarterdeck_platform using (true) with check (true);
create policy tenant on kernel.audit_log for select to quarterdeck_tenant using (organization_id = (select kernel.organization()));
alter table kernel.audit_pending enable row level security;
alter table kernel.audit_pending force row level security;
create policy platform on kernel.audit_pending to quarterdeck_platform using (true) with check (true);
create policy append on kernel.audit_pending for insert to quarterdeck_tenant, quarterdeck_explorer with check (true);
grant select (id, chain, seq, organization_id, at, actor_kind, actor_id, actor_label, subject_id, subject_label, action, target_kind, target_id,
  target_label, outcome, request_id) on kernel.audit_log to quarterdeck_explorer;
create policy explorer on kernel.audit_log for select to quarterdeck_explorer using (true);

-- Even the owner, who may do anything else, is stopped by hand here; a superuser who drops the trigger is found by the chain.
create function kernel.refuse() returns trigger language plpgsql as $$
begin
  raise exception 'The audit log only grows: % of kernel.% is refused', tg_op, tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger append_only before update or delete on kernel.audit_log for each row execute function kernel.refuse();
create trigger append_only_truncate before truncate on kernel.audit_log for each statement execute function kernel.refuse();

-- The last row of each chain, signed, so that a cut tail shows.
create table kernel.audit_heads (
  chain text primary key,
  seq bigint not null,
  hash bytea not null,
  signature bytea not null
);
grant select, insert, update on kernel.audit_heads to quarterdeck_platform;

-- Outbox. Readers go by transaction id, not by row order: see kernel::event.
create table kernel.events (
  id uuid primary key,
  xid xid8 not null default pg_current_xact_id(),
  name text not null,
  payload jsonb not null,
  organization_id uuid,
  actor_kind text not null,
  actor_id uuid,
  request_id text not null,
  at timestamptz not null
);
create index events_xid_idx on kernel.events (xid, id);
create index events_at_idx on kernel.events (at);
grant select, insert, delete on kernel.events to quarterdeck_platform;
grant insert on kernel.events to quarterdeck_tenant;
alter table kernel.events enable row level security;
alter table kernel.events force row level security;
create policy platform on kernel.events to quarterdeck_platform using (true) with check (true);
create policy append on kernel.events for insert to quarterdeck_tenant with check (organization_id = (select kernel.organization()));

create table kernel.event_consumers (
  name text primary key,
  xid xid8 not null default '0',
  id uuid not null default '00000000-0000-0000-0000-000000000000'
);
grant select, insert, update on kernel.event_consumers to quarterdeck_platform;

-- Background work.
create table kernel.jobs (
  id uuid primary key,
  kind text not null,
  payload jsonb not null,
  state text not null default 'available',
  run_at timestamptz not null,
  attempt smallint not null default 0,
  max_attempts smallint not null,
  progress smallint,
  message text,
  result jsonb,
  error text,
  unique_key text,
  lease_until timestamptz,
  worker text,
  cancel_requested boolean not null default false,
  request_id text not null,
  created_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  constraint jobs_state_check check (state in ('available', 'scheduled', 'running', 'retryable', 'completed', 'cancelled', 'discarded', 'pending')),
  constraint jobs_finished_at_check check ((finished_at is not null) = (state in ('completed', 'cancelled', 'discarded'))),
  constraint jobs_progress_check check (progress between 0 and 100)
);
create index jobs_due_idx on kernel.jobs (run_at, id) where state in ('available', 'scheduled', 'retryable');
create unique index jobs_unique_key on kernel.jobs (unique_key) where state not in ('completed', 'cancelled', 'discarded');
create index jobs_finished_idx on kernel.jobs (finished_at);
grant select, insert, update, delete on kernel.jobs to quarterdeck_platform;
grant insert on kernel.jobs to quarterdeck_tenant;
grant select (id, kind, state, run_at, attempt, max_attempts, progress, message, created_at, started_at, finished_at) on kernel.jobs to quarterdeck_explorer;

create table kernel.schedules (
  name text primary key,
  next_at timestamptz not null,
  last_at timestamptz
);
grant select, insert, update, delete on kernel.schedules to quarterdeck_platform;

create table kernel.settings (
  key text primary key,
  value jsonb not null,
  version bigint not null default 1,
  updated_at timestamptz not null default now()
);
create trigger touch before update on kernel.settings for each row execute function kernel.touch();
grant select, insert, update, delete on kernel.settings to quarterdeck_platform;
grant select on kernel.settings to quarterdeck_tenant;

create table kernel.idempotency (
  key text not null,
  caller text not null,
  request_hash bytea not null,
  status smallint,
  headers jsonb,
  response bytea,
  created_at timestamptz not null,
  primary key (caller, key)
);
create index idempotency_created_at_idx on kernel.idempotency (created_at);
grant select, insert, update, delete on kernel.idempotency to quarterdeck_platform;
grant select, insert, update on kernel.idempotency to quarterdeck_tenant;

-- Which background processes are alive, for readiness and for the board.
create table kernel.workers (
  name text primary key,
  seen_at timestamptz not null,
  started_at timestamptz not null
);
grant select, insert, update, delete on kernel.workers to quarterdeck_platform;
