-- Queues, priorities and limits of jobs; what caused a job; unique keys for each kind and organization.

alter table kernel.jobs
  add column queue text not null default 'default',
  add column priority smallint not null default 5,
  -- Whether its unique key counts while it runs, too.
  add column unique_live boolean not null default true,
  -- The job that this one does again.
  add column parent_id uuid,
  -- Who caused it.
  add column actor_kind text,
  add column actor_id uuid,
  -- The slot that it was queued for, when a schedule did.
  add column schedule text,
  add column scheduled_for timestamptz,
  add constraint jobs_priority_check check (priority between 0 and 9),
  add constraint jobs_schedule_check check ((schedule is null) = (scheduled_for is null));
alter table kernel.finished_jobs
  add column queue text not null default 'default',
  add column priority smallint not null default 5,
  add column parent_id uuid,
  add column actor_kind text,
  add column actor_id uuid,
  add column schedule text,
  add column scheduled_for timestamptz;

-- Claiming looks only at what may begin now: by kind, then the most urgent, then organization by organization.
drop index kernel.jobs_due_idx;
create index jobs_ready_idx on kernel.jobs (kind, priority, (coalesce(organization_id, '00000000-0000-0000-0000-000000000000'::uuid)), run_at, id)
  where state = 'available';
create index jobs_later_idx on kernel.jobs (run_at, id) where state in ('scheduled', 'retryable');

drop index kernel.jobs_unique_key;
create unique index jobs_unique_waiting on kernel.jobs (kind, (coalesce(organization_id, '00000000-0000-0000-0000-000000000000'::uuid)), unique_key)
  where state <> 'running';
create unique index jobs_unique_live on kernel.jobs (kind, (coalesce(organization_id, '00000000-0000-0000-0000-000000000000'::uuid)), unique_key)
  where unique_live;

-- What operators said of a queue or a kind, instead of what its room declares; and how far the rate of each has come.
create table kernel.job_limits (
  scope text not null,
  name text not null,
  paused boolean not null default false,
  running integer,
  running_each integer,
  starts integer,
  starts_seconds integer,
  -- When the next start would be due if starts came evenly (GCRA).
  next_start timestamptz,
  changed_at timestamptz,
  constraint job_limits_pkey primary key (scope, name),
  constraint job_limits_scope_check check (scope in ('queue', 'kind')),
  constraint job_limits_running_check check (running between 1 and 100000),
  constraint job_limits_running_each_check check (running_each between 1 and 100000),
  constraint job_limits_starts_check check (starts between 1 and 1000000 and starts_seconds between 1 and 86400),
  constraint job_limits_starts_whole_check check ((starts is null) = (starts_seconds is null))
);
grant select, insert, update on kernel.job_limits to quarterdeck_platform;

grant select (queue, priority, parent_id, schedule, scheduled_for) on kernel.jobs to quarterdeck_explorer;
grant select (queue, priority, parent_id, schedule, scheduled_for) on kernel.finished_jobs to quarterdeck_explorer;
