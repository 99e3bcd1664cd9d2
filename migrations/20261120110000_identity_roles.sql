-- Roles: named sets of permissions, as rows. Platform roles are for staff, organization roles for members.
--
-- A permission is `resource:verb`; either side may be `*`. A leading `-` takes away what the rest of the role gives,
-- so that "everything but" stays true when a later version brings new permissions.

create schema identity;
grant usage on schema identity to quarterdeck_platform, quarterdeck_tenant, quarterdeck_explorer;

-- The moment of the transaction, the panel's clock first.
create function identity.now() returns timestamptz stable language sql as $$
  select coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now())
$$;

create table identity.organizations (
  id uuid primary key,
  name text not null,
  status text not null default 'active',
  metadata jsonb not null default '{}',
  created_at timestamptz not null default identity.now(),
  updated_at timestamptz not null default identity.now(),
  version bigint not null default 1,
  constraint organizations_name_check check (length(btrim(name)) between 1 and 120),
  constraint organizations_status_check check (status in ('active', 'suspended')),
  constraint organizations_metadata_check check (jsonb_typeof(metadata) = 'object')
);
create unique index organizations_name_key on identity.organizations (lower(name));
create index organizations_name_idx on identity.organizations (name, id);
create trigger touch before update on identity.organizations for each row execute function kernel.touch();
grant select, insert, update, delete on identity.organizations to quarterdeck_platform;
grant select on identity.organizations to quarterdeck_tenant;
grant select (id, name, status, metadata, created_at, updated_at, version) on identity.organizations to quarterdeck_explorer;
alter table identity.organizations enable row level security;
alter table identity.organizations force row level security;
create policy platform on identity.organizations to quarterdeck_platform using (true) with check (true);
create policy tenant on identity.organizations for select to quarterdeck_tenant using (id = (select kernel.organization()));
create policy explorer on identity.organizations for select to quarterdeck_explorer using (true);

create table identity.roles (
  id uuid primary key,
  scope text not null,
  organization_id uuid,
  name text not null,
  label text not null,
  description text,
  built_in boolean not null default false,
  permissions text[] not null default '{}',
  extends uuid,
  created_at timestamptz not null default identity.now(),
  updated_at timestamptz not null default identity.now(),
  version bigint not null default 1,
  constraint roles_scope_check check (scope in ('platform', 'organization')),
  constraint roles_name_check check (name ~ '^[a-z][a-z0-9_]{1,39}$'),
  constraint roles_label_check check (length(btrim(label)) between 1 and 60),
  constraint roles_organization_id_check check (organization_id is null or scope = 'organization'),
  constraint roles_extends_check check (extends <> id),
  constraint roles_id_scope_key unique (id, scope),
  constraint roles_organization_id_fkey foreign key (organization_id) references identity.organizations (id) on delete cascade,
  constraint roles_extends_fkey foreign key (extends, scope) references identity.roles (id, scope)
);
create unique index roles_name_key on identity.roles (scope, coalesce(organization_id, '00000000-0000-0000-0000-000000000000'), name);
create index roles_organization_id_idx on identity.roles (organization_id);
create index roles_extends_idx on identity.roles (extends);
create trigger touch before update on identity.roles for each row execute function kernel.touch();

insert into identity.roles (id, scope, name, label, description, built_in, permissions) values
  ('01900000-0000-7000-8000-000000000001', 'platform', 'owner', 'Owner', 'Everything, and the only role that may touch other owners', true, '{*}'),
  ('01900000-0000-7000-8000-000000000002', 'platform', 'dashboard_admin', 'Administrator', 'Everything but assigning and editing roles', true,
     '{*,-staff:change-role,-roles:create,-roles:update,-roles:delete}'),
  ('01900000-0000-7000-8000-000000000003', 'platform', 'operator', 'Operator', 'Daily work with people and data; sees everything, no staff, roles or settings', true,
     '{*:read,users:*,organizations:*,memberships:*,rows:*,keys:create,keys:revoke,sources:test}'),
  ('01900000-0000-7000-8000-000000000004', 'platform', 'developer', 'Developer', 'Sees everything, changes nothing', true, '{*:read}'),
  ('01900000-0000-7000-8000-000000000011', 'organization', 'admin', 'Admin', 'Runs the organization: its people, keys and settings', true, '{*}'),
  ('01900000-0000-7000-8000-000000000012', 'organization', 'manager', 'Manager', 'Works with everything but people and keys', true, '{*,-memberships:*,-keys:*,-roles:*}'),
  ('01900000-0000-7000-8000-000000000013', 'organization', 'member', 'Member', 'Sees the organization and works with its services', true, '{*:read}'),
  ('01900000-0000-7000-8000-000000000014', 'organization', 'viewer', 'Viewer', 'Sees, changes nothing', true, '{*:read}');

-- Built-in roles never change, whoever asks.
create function identity.keep_built_in() returns trigger language plpgsql as $$
begin
  if old.built_in then
    raise exception 'The role % is built in and can''t be changed', old.name using errcode = 'insufficient_privilege';
  end if;
  return coalesce(new, old);
end $$;
create trigger keep_built_in before update or delete on identity.roles for each row execute function identity.keep_built_in();

grant select, insert, update, delete on identity.roles to quarterdeck_platform;
grant select on identity.roles to quarterdeck_tenant;
grant select (id, scope, organization_id, name, label, description, built_in, permissions, extends, created_at, updated_at, version)
  on identity.roles to quarterdeck_explorer;
alter table identity.roles enable row level security;
alter table identity.roles force row level security;
create policy platform on identity.roles to quarterdeck_platform using (true) with check (true);
create policy tenant on identity.roles for select to quarterdeck_tenant
  using (scope = 'organization' and (organization_id is null or organization_id = (select kernel.organization())));
create policy explorer on identity.roles for select to quarterdeck_explorer using (true);

-- What a role gives with everything it extends. UNION ends a circle by itself.
create function identity.permissions_of(role uuid) returns text[] stable language sql as $$
  with recursive chain as (
    select r.id, r.extends from identity.roles r where r.id = $1
    union
    select r.id, r.extends from identity.roles r join chain c on r.id = c.extends
  )
  select coalesce(array_agg(distinct p), '{}') from chain join identity.roles r on r.id = chain.id, unnest(r.permissions) p
$$;
