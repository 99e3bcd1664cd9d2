-- Who owns an organization: at most one of its members, always an admin. What others may do to that membership is code;
-- that there are never two owners is kept here.
alter table identity.memberships add column owner boolean not null default false;
create unique index memberships_owner_key on identity.memberships (organization_id) where owner;
grant select (owner) on identity.memberships to quarterdeck_explorer;

-- The admin who came first owns what was there before. Without the force, so that an owner of the database who is no
-- superuser reaches the rows.
alter table identity.memberships no force row level security;
update identity.memberships m set owner = true
  where m.id in (select distinct on (f.organization_id) f.id from identity.memberships f
    where f.role_id = '01900000-0000-7000-8000-000000000011' and f.level = 'admin' order by f.organization_id, f.created_at, f.id);
alter table identity.memberships force row level security;

-- Admins name their organization; its status and facts are the platform's business.
grant update (name) on identity.organizations to quarterdeck_tenant;
create policy tenant_update on identity.organizations for update to quarterdeck_tenant
  using (id = (select kernel.organization())) with check (id = (select kernel.organization()));
