-- More rights for a while: asked for, approved by others, and over at a moment that is looked at whenever the rights are.
-- Nothing has to sweep: a grant counts while its hour lasts, nobody ended it, and enough of those who approved it are
-- still active. Names are kept beside ids, because the evidence outlives accounts and roles.
create table identity.elevations (
  id uuid primary key,
  scope text not null,
  organization_id uuid,
  staff_id uuid,
  user_id uuid,
  requester text not null,
  role_id uuid,
  role text not null,
  level text,
  reason text not null,
  minutes integer not null,
  approvals_needed integer not null,
  created_at timestamptz not null,
  answer_by timestamptz not null,
  granted_at timestamptz,
  expires_at timestamptz,
  denied_at timestamptz,
  ended_at timestamptz,
  decided_by text,
  decided_why text,
  updated_at timestamptz not null default identity.now(),
  version bigint not null default 1,
  constraint elevations_scope_check check (scope in ('platform', 'organization')),
  constraint elevations_requester_check check (scope = 'platform' and staff_id is not null and user_id is null and organization_id is null and level is null
    or scope = 'organization' and staff_id is null and user_id is not null and organization_id is not null and level is not null),
  constraint elevations_level_check check (level in ('read_only', 'read_write', 'admin')),
  constraint elevations_reason_check check (length(btrim(reason)) between 1 and 500),
  constraint elevations_minutes_check check (minutes between 5 and 1440),
  constraint elevations_approvals_needed_check check (approvals_needed between 1 and 10),
  constraint elevations_answer_by_check check (answer_by > created_at and answer_by <= created_at + interval '24 hours'),
  constraint elevations_expires_at_check check ((granted_at is null) = (expires_at is null) and expires_at <= granted_at + interval '24 hours'),
  constraint elevations_denied_at_check check (denied_at is null or granted_at is null and ended_at is null),
  constraint elevations_organization_id_fkey foreign key (organization_id) references identity.organizations (id) on delete cascade,
  constraint elevations_staff_id_fkey foreign key (staff_id) references dashboard_auth.dashboard_users (id),
  constraint elevations_user_id_fkey foreign key (user_id) references auth.users (id),
  constraint elevations_role_id_fkey foreign key (role_id) references identity.roles (id) on delete set null
);
create index elevations_created_at_idx on identity.elevations (created_at desc, id desc);
create index elevations_staff_id_idx on identity.elevations (staff_id, expires_at);
create index elevations_user_id_idx on identity.elevations (user_id, expires_at);
create index elevations_organization_id_idx on identity.elevations (organization_id);
create index elevations_role_id_idx on identity.elevations (role_id);
create trigger touch before update on identity.elevations for each row execute function kernel.touch();
grant select, insert on identity.elevations to quarterdeck_platform, quarterdeck_tenant;
grant update (granted_at, expires_at, denied_at, ended_at, decided_by, decided_why) on identity.elevations to quarterdeck_platform, quarterdeck_tenant;
grant update (role_id) on identity.elevations to quarterdeck_platform;
grant select (id, scope, organization_id, staff_id, user_id, requester, role_id, role, level, reason, minutes, approvals_needed, created_at, answer_by,
  granted_at, expires_at, denied_at, ended_at, decided_by, decided_why, updated_at, version) on identity.elevations to quarterdeck_explorer;
alter table identity.elevations enable row level security;
alter table identity.elevations force row level security;
create policy platform on identity.elevations to quarterdeck_platform using (true) with check (true);
create policy tenant on identity.elevations to quarterdeck_tenant
  using (organization_id = (select kernel.organization())) with check (organization_id = (select kernel.organization()));
create policy explorer on identity.elevations for select to quarterdeck_explorer using (true);

-- Who said yes; nobody twice. Written once, never changed.
create table identity.elevation_approvals (
  elevation_id uuid not null,
  organization_id uuid,
  staff_id uuid,
  user_id uuid,
  approver text not null,
  at timestamptz not null,
  constraint elevation_approvals_approver_check check ((staff_id is null) <> (user_id is null)),
  constraint elevation_approvals_staff_id_key unique (elevation_id, staff_id),
  constraint elevation_approvals_user_id_key unique (elevation_id, user_id),
  constraint elevation_approvals_elevation_id_fkey foreign key (elevation_id) references identity.elevations (id) on delete cascade,
  constraint elevation_approvals_staff_id_fkey foreign key (staff_id) references dashboard_auth.dashboard_users (id),
  constraint elevation_approvals_user_id_fkey foreign key (user_id) references auth.users (id)
);
grant select, insert on identity.elevation_approvals to quarterdeck_platform, quarterdeck_tenant;
grant select (elevation_id, organization_id, staff_id, user_id, approver, at) on identity.elevation_approvals to quarterdeck_explorer;
alter table identity.elevation_approvals enable row level security;
alter table identity.elevation_approvals force row level security;
create policy platform on identity.elevation_approvals to quarterdeck_platform using (true) with check (true);
create policy tenant on identity.elevation_approvals to quarterdeck_tenant
  using (organization_id = (select kernel.organization())) with check (organization_id = (select kernel.organization()));
create policy explorer on identity.elevation_approvals for select to quarterdeck_explorer using (true);

-- Asking changes nothing by itself, and giving back is nobody's privilege.
alter table identity.roles no force row level security;
alter table identity.roles disable trigger keep_built_in;
update identity.roles set permissions = permissions || '{elevations:create,elevations:revoke}' where built_in and name in ('operator', 'developer', 'member', 'viewer');
alter table identity.roles enable trigger keep_built_in;
alter table identity.roles force row level security;

-- How many of those who approved are still there: an approver who was shut out, or left the organization, has approved
-- nothing. Who acts for an organization has no right to look at staff, and takes their word.
create function identity.approvals_of(elevation uuid) returns int stable language plpgsql as $$
begin
  if kernel.organization() is not null then
    return (select count(*) from identity.elevation_approvals a where a.elevation_id = elevation and (a.staff_id is not null or exists (
      select from auth.users u join identity.memberships m on m.user_id = u.id and m.organization_id = a.organization_id
      where u.id = a.user_id and u.status = 'active' and u.deleted_at is null)));
  end if;
  return (select count(*) from identity.elevation_approvals a where a.elevation_id = elevation and (
    exists (select from dashboard_auth.dashboard_users s where s.id = a.staff_id and s.status = 'active' and s.deleted_at is null)
    or exists (select from auth.users u join identity.memberships m on m.user_id = u.id and m.organization_id = a.organization_id
      where u.id = a.user_id and u.status = 'active' and u.deleted_at is null)));
end $$;
