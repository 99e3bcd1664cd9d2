-- Jobs that wait or run stay in a small table; those that ended move, in the statement that ends them, into one that is
-- split by day. Who claims a job says so with a token, and only its holder can end it.

alter table kernel.jobs
  add column organization_id uuid,
  add column token uuid,
  add column attempts jsonb not null default '[]',
  add constraint jobs_attempts_check check (jsonb_typeof(attempts) = 'array');

create table kernel.finished_jobs (
  id uuid not null,
  organization_id uuid,
  kind text not null,
  payload jsonb not null,
  state text not null,
  run_at timestamptz not null,
  attempt smallint not null,
  max_attempts smallint not null,
  progress smallint,
  message text,
  result jsonb,
  error text,
  unique_key text,
  worker text,
  attempts jsonb not null default '[]',
  request_id text not null,
  created_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz not null,
  constraint finished_jobs_pkey primary key (id, finished_at),
  constraint finished_jobs_state_check check (state in ('completed', 'cancelled', 'discarded'))
) partition by range (finished_at);
create index finished_jobs_at_idx on kernel.finished_jobs (finished_at desc, id desc);
create index finished_jobs_failed_idx on kernel.finished_jobs (finished_at desc, id desc) where state <> 'completed';

-- What ends on a day that nobody made a partition for is kept all the same: a clock that jumps loses nothing.
create table kernel.finished_jobs_default partition of kernel.finished_jobs default;

-- Makes the partitions of some days and drops those that have had their time; says how many it dropped. The login that asks
-- owns no table, so this is done as who does. It waits for nobody: what is busy is done the next time.
create function kernel.turn_finished_jobs(today date, ahead integer, keep integer) returns integer
language plpgsql security definer set search_path = pg_catalog as $$
declare
  day date;
  part record;
  dropped integer := 0;
begin
  if ahead not between 0 and 60 or keep < 1 then
    raise exception 'between 0 and 60 days ahead, and at least one day is kept' using errcode = 'invalid_parameter_value';
  end if;
  set local lock_timeout = '2s';
  perform pg_advisory_xact_lock(hashtext('kernel.turn_finished_jobs'));
  for day in select today + n from generate_series(0, ahead) n loop
    if to_regclass(format('kernel.finished_jobs_%s', to_char(day, 'YYYYMMDD'))) is null then
      begin
        execute format('create table kernel.finished_jobs_%s partition of kernel.finished_jobs for values from (%L) to (%L)',
          to_char(day, 'YYYYMMDD'), day::text || ' 00:00:00+00', (day + 1)::text || ' 00:00:00+00');
        execute format('alter table kernel.finished_jobs_%s enable row level security, force row level security', to_char(day, 'YYYYMMDD'));
        execute format('create policy platform on kernel.finished_jobs_%s to quarterdeck_platform using (true) with check (true)', to_char(day, 'YYYYMMDD'));
      exception when check_violation or lock_not_available then
        null; -- that day's rows are in the default partition already, and stay there; or a long reader is in the way
      end;
    end if;
  end loop;
  for part in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'kernel.finished_jobs'::regclass and c.relname ~ '^finished_jobs_[0-9]{8}$'
      and to_date(right(c.relname, 8), 'YYYYMMDD') < today - keep
  loop
    begin
      execute format('drop table kernel.%I', part.relname);
      dropped := dropped + 1;
    exception when lock_not_available then
      null;
    end;
  end loop;
  return dropped;
end $$;
revoke all on function kernel.turn_finished_jobs(date, integer, integer) from public;
grant execute on function kernel.turn_finished_jobs(date, integer, integer) to quarterdeck_platform;

-- The days of the rows that are there, so that they go as they came; then the next ones.
do $$
declare day date;
begin
  for day in select distinct (finished_at at time zone 'UTC')::date from kernel.jobs where finished_at is not null loop
    perform kernel.turn_finished_jobs(day, 0, 100000);
  end loop;
  perform kernel.turn_finished_jobs((now() at time zone 'UTC')::date, 2, 100000);
end $$;

with ended as (delete from kernel.jobs where state in ('completed', 'cancelled', 'discarded') returning *)
insert into kernel.finished_jobs (id, kind, payload, state, run_at, attempt, max_attempts, progress, message, result, error, unique_key, worker,
  request_id, created_at, started_at, finished_at)
select id, kind, payload, state, run_at, attempt, max_attempts, progress, message, result, error, unique_key, worker,
  request_id, created_at, started_at, finished_at from ended;

-- Who runs one now has no token, so that nobody could end it: it is as if its worker had died, and is done again.
update kernel.jobs set lease_until = now() where state = 'running';

drop index kernel.jobs_finished_idx;
drop index kernel.jobs_unique_key;
alter table kernel.jobs
  drop constraint jobs_state_check,
  drop constraint jobs_finished_at_check,
  drop column finished_at,
  drop column result,
  add constraint jobs_state_check check (state in ('available', 'scheduled', 'pending', 'retryable', 'running')),
  add constraint jobs_running_check check (state = 'running' or token is null);
create unique index jobs_unique_key on kernel.jobs (unique_key);
create index jobs_running_idx on kernel.jobs (lease_until) where state = 'running';
-- Rows come and go all the time: room for changes in place, and cleaning up before there is much of it.
alter table kernel.jobs set (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500);

grant select, insert, delete on kernel.finished_jobs to quarterdeck_platform;
grant select (id, organization_id, kind, state, run_at, attempt, max_attempts, progress, message, created_at, started_at, finished_at)
  on kernel.finished_jobs to quarterdeck_explorer;
grant select (organization_id) on kernel.jobs to quarterdeck_explorer;

alter table kernel.jobs enable row level security;
alter table kernel.jobs force row level security;
create policy platform on kernel.jobs to quarterdeck_platform using (true) with check (true);
create policy append on kernel.jobs for insert to quarterdeck_tenant with check (organization_id is not distinct from (select kernel.organization()));
create policy explorer on kernel.jobs for select to quarterdeck_explorer using (true);
alter table kernel.finished_jobs enable row level security;
alter table kernel.finished_jobs force row level security;
alter table kernel.finished_jobs_default enable row level security;
alter table kernel.finished_jobs_default force row level security;
create policy platform on kernel.finished_jobs to quarterdeck_platform using (true) with check (true);
create policy platform on kernel.finished_jobs_default to quarterdeck_platform using (true) with check (true);
create policy explorer on kernel.finished_jobs for select to quarterdeck_explorer using (true);
