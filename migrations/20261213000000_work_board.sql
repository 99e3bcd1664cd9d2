-- The board: both tables of jobs as one, what organizations see of theirs, and the indexes that it is searched by.

-- What is sealed in a payload stays sealed: its bytes help nobody.
-- A function and not a view: PostgreSQL 14 has no views that read with the rights of who asks. It is planned as if its body
-- stood where it is called, so that filters and orders reach the indexes of both tables.
create function kernel.all_jobs() returns table (
  id uuid, organization_id uuid, kind text, queue text, state text, priority integer, attempt integer, max_attempts integer, run_at timestamptz,
  progress integer, message text, error text, unique_key text, worker text, cancel_requested boolean, request_id text, actor_kind text, actor_id uuid,
  parent_id uuid, schedule text, scheduled_for timestamptz, created_at timestamptz, started_at timestamptz, finished_at timestamptz,
  payload jsonb, arguments jsonb, result jsonb, attempts jsonb
) stable language sql as $$
  select j.id, j.organization_id, j.kind, j.queue, j.state, j.priority::integer, j.attempt::integer, j.max_attempts::integer, j.run_at,
    j.progress::integer, j.message, j.error, j.unique_key, j.worker, j.cancel_requested, j.request_id, j.actor_kind, j.actor_id,
    j.parent_id, j.schedule, j.scheduled_for, j.created_at, j.started_at, null::timestamptz,
    j.payload, case when j.payload ? 'sealed' then jsonb_set(j.payload, '{sealed}', '"sealed"') else j.payload end, null::jsonb, j.attempts
  from kernel.jobs j
  union all
  select f.id, f.organization_id, f.kind, f.queue, f.state, f.priority::integer, f.attempt::integer, f.max_attempts::integer, f.run_at,
    f.progress::integer, f.message, f.error, f.unique_key, f.worker, false, f.request_id, f.actor_kind, f.actor_id,
    f.parent_id, f.schedule, f.scheduled_for, f.created_at, f.started_at, f.finished_at,
    f.payload, case when f.payload ? 'sealed' then jsonb_set(f.payload, '{sealed}', '"sealed"') else f.payload end, f.result, f.attempts
  from kernel.finished_jobs f
$$;

-- Ids are in the order of time, and the primary key serves the whole list newest first; these serve what it is narrowed by.
create index finished_jobs_kind_idx on kernel.finished_jobs (kind, id);
create index finished_jobs_state_idx on kernel.finished_jobs (state, id) where state <> 'completed';
create index finished_jobs_organization_idx on kernel.finished_jobs (organization_id, id) where organization_id is not null;
create index finished_jobs_parent_idx on kernel.finished_jobs (parent_id) where parent_id is not null;
create index jobs_parent_idx on kernel.jobs (parent_id) where parent_id is not null;
create index finished_jobs_request_idx on kernel.finished_jobs using hash (request_id);
create index finished_jobs_arguments_idx on kernel.finished_jobs using gin ((case when payload ? 'sealed' then jsonb_set(payload, '{sealed}', '"sealed"') else payload end) jsonb_path_ops);
-- Few have an error, so that looking through the errors of all of them is quick without the extension, too.
create index finished_jobs_error_idx on kernel.finished_jobs (id) where error is not null;
do $$
declare operators text;
begin
  select quote_ident(n.nspname) || '.gin_trgm_ops' into operators from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm';
  if operators is not null then
    execute format('create index finished_jobs_error_trgm_idx on kernel.finished_jobs using gin (error %s) where error is not null', operators);
  end if;
end $$;

-- An organization sees its own, and does what its admins may do with them: let them run again, or stop them.
grant select (id, organization_id, kind, queue, state, priority, attempt, max_attempts, run_at, progress, message, error, unique_key, worker, cancel_requested,
  request_id, actor_kind, actor_id, parent_id, schedule, scheduled_for, created_at, started_at, payload, attempts) on kernel.jobs to quarterdeck_tenant;
grant update (state, run_at, cancel_requested), delete on kernel.jobs to quarterdeck_tenant;
create policy tenant on kernel.jobs for select to quarterdeck_tenant using (organization_id = (select kernel.organization()));
create policy tenant_update on kernel.jobs for update to quarterdeck_tenant using (organization_id = (select kernel.organization()))
  with check (organization_id = (select kernel.organization()));
create policy tenant_delete on kernel.jobs for delete to quarterdeck_tenant using (organization_id = (select kernel.organization()));
grant select, insert on kernel.finished_jobs to quarterdeck_tenant;
create policy tenant on kernel.finished_jobs for select to quarterdeck_tenant using (organization_id = (select kernel.organization()));
create policy tenant_insert on kernel.finished_jobs for insert to quarterdeck_tenant with check (organization_id = (select kernel.organization()));

-- Queues and kinds that there are, with what operators said of them and what waits or runs in them now.
create function kernel.job_lanes() returns table (
  id uuid, scope text, name text, paused boolean, running_most integer, running_each integer, starts integer, starts_seconds integer,
  waiting integer, running integer, later integer, oldest_at timestamptz, changed_at timestamptz
) stable language sql as $$
  with hot as materialized (
    select j.queue, j.kind, count(*) filter (where j.state = 'available') as waiting, count(*) filter (where j.state = 'running') as running,
      count(*) filter (where j.state in ('scheduled', 'retryable', 'pending')) as later, min(j.run_at) filter (where j.state = 'available') as oldest
    from kernel.jobs j group by 1, 2
  ), counted as (
    select 'queue' as scope, h.queue as name, h.waiting, h.running, h.later, h.oldest from hot h
    union all select 'kind', h.kind, h.waiting, h.running, h.later, h.oldest from hot h
    union all select l.scope, l.name, 0, 0, 0, null from kernel.job_limits l
    union all select 'queue', 'default', 0, 0, 0, null
  )
  select md5(c.scope || ':' || c.name)::uuid, c.scope, c.name, coalesce(bool_or(l.paused), false), min(l.running), min(l.running_each),
    min(l.starts), min(l.starts_seconds), sum(c.waiting)::integer, sum(c.running)::integer, sum(c.later)::integer, min(c.oldest), max(l.changed_at)
  from counted c left join kernel.job_limits l on l.scope = c.scope and l.name = c.name
  group by c.scope, c.name
$$;

create function kernel.all_workers() returns table (id uuid, name text, state text, running integer, started_at timestamptz, seen_at timestamptz)
stable language sql as $$
  select md5('worker:' || w.name)::uuid, w.name,
    case when w.seen_at < coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now()) - interval '60 seconds' then 'silent' else 'alive' end,
    (select count(*)::integer from kernel.jobs j where j.state = 'running' and j.worker = w.name), w.started_at, w.seen_at
  from kernel.workers w
$$;

revoke all on function kernel.all_jobs() from public;
revoke all on function kernel.job_lanes() from public;
revoke all on function kernel.all_workers() from public;
grant execute on function kernel.all_jobs() to quarterdeck_platform, quarterdeck_tenant;
grant execute on function kernel.job_lanes() to quarterdeck_platform;
grant execute on function kernel.all_workers() to quarterdeck_platform;

-- Of an organization only its admins see its jobs.
alter table identity.roles disable trigger keep_built_in;
alter table identity.roles no force row level security;
update identity.roles set permissions = permissions || '{-jobs:*}' where name <> 'admin' and scope = 'organization' and built_in;
alter table identity.roles force row level security;
alter table identity.roles enable trigger keep_built_in;
