-- Organizations look after their own people: they invite, let somebody rest for a while, and ask for a second factor.

-- Who invited, when it was a member: by id for what follows when they go, by name for people.
alter table auth.invitations
  add column invited_by_user uuid,
  add column inviter text,
  add constraint invitations_invited_by_user_fkey foreign key (invited_by_user) references auth.users (id),
  add constraint invitations_inviter_check check (invited_by is null or invited_by_user is null);
create index invitations_invited_by_user_idx on auth.invitations (invited_by_user);
grant select (invited_by_user, inviter) on auth.invitations to quarterdeck_tenant, quarterdeck_explorer;
grant insert (id, email, name, language, organization_id, role_id, level, token_hash, invited_by, invited_by_user, inviter, created_at, expires_at),
  update (token_hash, expires_at, sends, revoked_at) on auth.invitations to quarterdeck_tenant;
-- Only into this organization, and never in the name of staff.
create policy tenant_insert on auth.invitations for insert to quarterdeck_tenant
  with check (organization_id = (select kernel.organization()) and invited_by is null);
create policy tenant_update on auth.invitations for update to quarterdeck_tenant
  using (organization_id = (select kernel.organization())) with check (organization_id = (select kernel.organization()));

-- Without the force, so that an owner of the database who is no superuser reaches the rows.
alter table auth.invitations no force row level security;
update auth.invitations i set inviter = s.name from dashboard_auth.dashboard_users s where s.id = i.invited_by;
alter table auth.invitations force row level security;

-- A member who rests keeps their place, and does nothing in it.
alter table identity.memberships add column status text not null default 'active';
alter table identity.memberships add constraint memberships_status_check check (status in ('active', 'suspended') and (status = 'active' or not owner));
grant select (status) on identity.memberships to quarterdeck_explorer;

-- Whether the patterns of a role give one permission, as `permission.rs` reads them.
create function identity.gives(patterns text[], permission text) returns boolean immutable language sql as $$
  select coalesce(bool_or(named and not taking), false) and not coalesce(bool_or(named and taking), false)
  from (select p like '-%' as taking,
      regexp_replace(p, '^-', '') in ('*', $2, split_part($2, ':', 1) || ':*', '*:' || split_part($2, ':', 2)) as named
    from unnest($1) p) each
$$;

-- When colleagues signed in and how well they protect their account is for those who look after members.
create function identity.sees_sign_ins() returns boolean stable language sql as $$
  select current_user = 'quarterdeck_platform' or exists (
    select from identity.memberships m
    where m.organization_id = (select kernel.organization()) and m.user_id = nullif(current_setting('app.actor_id', true), '')::uuid
      and m.status = 'active' and m.level = 'admin' and identity.gives(identity.permissions_of(m.role_id), 'memberships:update'))
$$;
grant select (user_id, confirmed_at) on identity.factors to quarterdeck_tenant;
alter table identity.factors enable row level security;
create policy platform on identity.factors to quarterdeck_platform using (true) with check (true);
create policy tenant on identity.factors for select to quarterdeck_tenant
  using (exists (select from identity.memberships m where m.user_id = factors.user_id and m.organization_id = (select kernel.organization())));
create policy explorer on identity.factors for select to quarterdeck_explorer using (true);

-- An organization may ask all its members for a second factor, whatever their role asks.
alter table identity.organizations add column second_factor boolean not null default false;
grant update (second_factor) on identity.organizations to quarterdeck_tenant;
grant select (second_factor) on identity.organizations to quarterdeck_explorer;
create or replace function identity.rules_of_user(person uuid) returns table (second_factor boolean, idle_minutes integer, session_hours integer) stable language sql as $$
  select coalesce(bool_or(o.second_factor or coalesce(r.second_factor, false)), false), min(r.idle_minutes), min(r.session_hours)
  from identity.memberships m join identity.organizations o on o.id = m.organization_id left join identity.role_rules r on r.role_id = m.role_id
  where m.user_id = $1 and m.status = 'active'
$$;

-- The built-in manager of an organization has nothing to do with its people, so not with those who are asked in either.
alter table identity.roles disable trigger keep_built_in;
alter table identity.roles no force row level security;
update identity.roles set permissions = permissions || '{-user-invitations:*}' where name = 'manager' and scope = 'organization' and built_in;
alter table identity.roles force row level security;
alter table identity.roles enable trigger keep_built_in;

-- Who rests has approved nothing either.
create or replace function identity.approvals_of(elevation uuid) returns int stable language plpgsql as $$
begin
  if kernel.organization() is not null then
    return (select count(*) from identity.elevation_approvals a where a.elevation_id = elevation and (a.staff_id is not null or exists (
      select from auth.users u join identity.memberships m on m.user_id = u.id and m.organization_id = a.organization_id and m.status = 'active'
      where u.id = a.user_id and u.status = 'active' and u.deleted_at is null)));
  end if;
  return (select count(*) from identity.elevation_approvals a where a.elevation_id = elevation and (
    exists (select from dashboard_auth.dashboard_users s where s.id = a.staff_id and s.status = 'active' and s.deleted_at is null)
    or exists (select from auth.users u join identity.memberships m on m.user_id = u.id and m.organization_id = a.organization_id and m.status = 'active'
      where u.id = a.user_id and u.status = 'active' and u.deleted_at is null)));
end $$;
