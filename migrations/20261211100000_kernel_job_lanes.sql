-- An organization's jobs wait in a lane of their own, those of the platform in one that isn't anybody's. And who queues a
-- job within an organization sees its twin there, and nothing else.

alter table kernel.jobs
  add column lane uuid not null generated always as (coalesce(organization_id, '00000000-0000-0000-0000-000000000000'::uuid)) stored;

drop index kernel.jobs_ready_idx, kernel.jobs_unique_waiting, kernel.jobs_unique_live;
create index jobs_ready_idx on kernel.jobs (kind, priority, lane, run_at, id) where state = 'available';
create unique index jobs_unique_waiting on kernel.jobs (kind, lane, unique_key) where state <> 'running';
create unique index jobs_unique_live on kernel.jobs (kind, lane, unique_key) where unique_live;

grant select (id, organization_id, kind, state, unique_key, unique_live, created_at, priority, actor_id),
  update (payload, run_at, state, priority, attempt, error) on kernel.jobs to quarterdeck_tenant;
create policy twin on kernel.jobs for select to quarterdeck_tenant
  using (organization_id = (select kernel.organization())
    or organization_id is null and (select kernel.organization()) is null
      and actor_id = nullif(current_setting('app.actor_id', true), '')::uuid);
create policy twin_changes on kernel.jobs for update to quarterdeck_tenant
  using (state <> 'running' and organization_id is not distinct from (select kernel.organization()))
  with check (state <> 'running' and organization_id is not distinct from (select kernel.organization()));
