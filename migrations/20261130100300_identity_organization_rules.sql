-- Each organization asks of its roles what it wants: a second factor, and hours. Without an organization a rule is the
-- platform's own, for everybody with the role.
alter table identity.role_rules drop constraint role_rules_pkey;
alter table identity.role_rules add column organization_id uuid,
  add constraint role_rules_organization_id_fkey foreign key (organization_id) references identity.organizations (id) on delete cascade,
  -- How long a session lives can't differ from one organization to the next: it is the same session.
  add constraint role_rules_session_check check (organization_id is null or (idle_minutes is null and session_hours is null));
create unique index role_rules_role_id_key on identity.role_rules (role_id, coalesce(organization_id, '00000000-0000-0000-0000-000000000000'));
create index role_rules_organization_id_idx on identity.role_rules (organization_id) where organization_id is not null;
grant insert (role_id, organization_id, second_factor), update (second_factor) on identity.role_rules to quarterdeck_tenant;
grant select (organization_id) on identity.role_rules to quarterdeck_tenant, quarterdeck_explorer;
alter table identity.role_rules enable row level security;
alter table identity.role_rules force row level security;
create policy platform on identity.role_rules to quarterdeck_platform using (true) with check (true);
create policy tenant on identity.role_rules for select to quarterdeck_tenant
  using (organization_id is null or organization_id = (select kernel.organization()));
create policy tenant_insert on identity.role_rules for insert to quarterdeck_tenant
  with check (organization_id = (select kernel.organization()));
create policy tenant_update on identity.role_rules for update to quarterdeck_tenant
  using (organization_id = (select kernel.organization())) with check (organization_id = (select kernel.organization()));
create policy explorer on identity.role_rules for select to quarterdeck_explorer using (true);

-- At the sign-in only what the platform asks counts; what an organization asks, when somebody comes into it.
create or replace function identity.rules_of_staff(staff uuid) returns table (second_factor boolean, idle_minutes integer, session_hours integer) stable language sql as $$
  select coalesce(bool_or(r.second_factor), false), min(r.idle_minutes), min(r.session_hours)
  from dashboard_auth.dashboard_users u join identity.role_rules r on r.role_id = u.role_id and r.organization_id is null where u.id = $1
$$;
create or replace function identity.rules_of_user(person uuid) returns table (second_factor boolean, idle_minutes integer, session_hours integer) stable language sql as $$
  select coalesce(bool_or(r.second_factor), false), min(r.idle_minutes), min(r.session_hours)
  from identity.memberships m join identity.role_rules r on r.role_id = m.role_id and r.organization_id is null
  where m.user_id = $1 and m.status = 'active'
$$;

alter table identity.hours drop constraint hours_role_id_fkey, drop constraint hours_role_id_key, drop column role_scope;
alter table identity.hours add column organization_id uuid;
alter table identity.hours
  add column role_scope text not null generated always as (case when organization_id is null then 'platform' else 'organization' end) stored,
  add constraint hours_role_id_fkey foreign key (role_id, role_scope) references identity.roles (id, scope) on delete cascade,
  add constraint hours_organization_id_fkey foreign key (organization_id) references identity.organizations (id) on delete cascade;
create unique index hours_role_id_key on identity.hours (role_id, coalesce(organization_id, '00000000-0000-0000-0000-000000000000'));
create index hours_organization_id_idx on identity.hours (organization_id) where organization_id is not null;
grant select, insert (id, organization_id, role_id, time_zone, weekdays, opens, closes, every_request),
  update (time_zone, weekdays, opens, closes, every_request), delete on identity.hours to quarterdeck_tenant;
grant select (organization_id, role_scope) on identity.hours to quarterdeck_explorer;
alter table identity.hours enable row level security;
alter table identity.hours force row level security;
create policy platform on identity.hours to quarterdeck_platform using (true) with check (true);
create policy tenant on identity.hours to quarterdeck_tenant
  using (organization_id = (select kernel.organization())) with check (organization_id = (select kernel.organization()));
create policy explorer on identity.hours for select to quarterdeck_explorer using (true);

-- Hours in words.
create function identity.words_of(hours identity.hours) returns text stable language sql as $$
  select concat(array_to_string($1.weekdays, ', '), ' ', to_char($1.opens, 'HH24:MI'), '–', to_char($1.closes, 'HH24:MI'), ' (', $1.time_zone, ')')
$$;

-- The built-in manager of an organization has nothing to do with its security; where people are signed in is for its admins.
alter table identity.roles disable trigger keep_built_in;
alter table identity.roles no force row level security;
update identity.roles set permissions = permissions || '{-hours:*}' where name = 'manager' and scope = 'organization' and built_in;
update identity.roles set permissions = permissions || '{-member-sessions:*}' where name <> 'admin' and scope = 'organization' and built_in;
alter table identity.roles force row level security;
alter table identity.roles enable trigger keep_built_in;
