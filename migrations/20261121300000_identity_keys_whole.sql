-- API keys, whole: limits, networks, rotation, keys of organizations, how much each is used and what for.

alter table identity.api_keys
  add column lineage_id uuid,
  add column replaces_id uuid,
  add column networks text[] not null default '{}',
  add column per_minute integer,
  add column per_month integer,
  add column role_id uuid,
  add column role_scope text not null generated always as ('organization') stored,
  add column level text,
  add column made_by text,
  add column made_by_id uuid,
  add column last_used_address inet,
  add constraint api_keys_networks_check check (cardinality(networks) <= 50),
  add constraint api_keys_per_minute_check check (per_minute > 0),
  add constraint api_keys_per_month_check check (per_month > 0),
  add constraint api_keys_level_check check (level in ('read_only', 'read_write', 'admin')),
  add constraint api_keys_role_id_check check (role_id is null or (organization_id is not null and user_id is null)),
  add constraint api_keys_replaces_id_fkey foreign key (replaces_id) references identity.api_keys (id),
  add constraint api_keys_role_id_fkey foreign key (role_id, role_scope) references identity.roles (id, scope);
create index api_keys_replaces_id_idx on identity.api_keys (replaces_id);
create index api_keys_role_id_idx on identity.api_keys (role_id);
drop trigger touch on identity.api_keys;
create trigger touch before update of name, scopes, expires_at, revoked_at, networks, per_minute, per_month on identity.api_keys
  for each row execute function kernel.touch();

-- An organization's members see and make its keys. Secrets are in no grant.
grant select (staff_id, lineage_id, replaces_id, networks, per_minute, per_month, role_id, role_scope, level, made_by, made_by_id, last_used_address)
  on identity.api_keys to quarterdeck_tenant, quarterdeck_explorer;
grant insert (id, name, prefix, token_hash, organization_id, user_id, scopes, expires_at, lineage_id, replaces_id, networks, per_minute, per_month,
  role_id, level, made_by, made_by_id) on identity.api_keys to quarterdeck_tenant;
grant update (name, scopes, expires_at, networks, per_minute, per_month, revoked_at, revoked_reason) on identity.api_keys to quarterdeck_tenant;
create policy tenant_insert on identity.api_keys for insert to quarterdeck_tenant with check (organization_id = (select kernel.organization()));
create policy tenant_update on identity.api_keys for update to quarterdeck_tenant
  using (organization_id = (select kernel.organization())) with check (organization_id = (select kernel.organization()));

-- One row for each request that a key made.
create table identity.accesses (
  id uuid primary key,
  key_id uuid not null,
  organization_id uuid,
  at timestamptz not null,
  method text not null,
  route text not null,
  status integer not null,
  address inet,
  request_id text not null,
  constraint accesses_key_id_fkey foreign key (key_id) references identity.api_keys (id),
  constraint accesses_organization_id_fkey foreign key (organization_id) references identity.organizations (id) on delete cascade
);
create index accesses_at_idx on identity.accesses (at desc, id desc);
create index accesses_key_id_idx on identity.accesses (key_id, at desc, id desc);
create index accesses_organization_id_idx on identity.accesses (organization_id, at desc, id desc) where organization_id is not null;
grant select, insert, delete on identity.accesses to quarterdeck_platform;
grant select on identity.accesses to quarterdeck_tenant;
grant select (id, key_id, organization_id, at, method, route, status, address, request_id) on identity.accesses to quarterdeck_explorer;
alter table identity.accesses enable row level security;
alter table identity.accesses force row level security;
create policy platform on identity.accesses to quarterdeck_platform using (true) with check (true);
create policy tenant on identity.accesses for select to quarterdeck_tenant using (organization_id = (select kernel.organization()));
create policy explorer on identity.accesses for select to quarterdeck_explorer using (true);

-- Requests counted, by the key and those it replaces, in minutes and in calendar months (UTC), over all nodes.
create table identity.key_counts (
  lineage_id uuid not null,
  kind text not null,
  starts_at timestamptz not null,
  organization_id uuid,
  count bigint not null,
  primary key (lineage_id, kind, starts_at),
  constraint key_counts_kind_check check (kind in ('minute', 'month')),
  constraint key_counts_count_check check (count >= 0),
  constraint key_counts_organization_id_fkey foreign key (organization_id) references identity.organizations (id) on delete cascade
);
create index key_counts_starts_at_idx on identity.key_counts (kind, starts_at);
create index key_counts_organization_id_idx on identity.key_counts (organization_id) where organization_id is not null;
grant select, insert, update, delete on identity.key_counts to quarterdeck_platform;
grant select on identity.key_counts to quarterdeck_tenant;
grant select (lineage_id, kind, starts_at, organization_id, count) on identity.key_counts to quarterdeck_explorer;
alter table identity.key_counts enable row level security;
alter table identity.key_counts force row level security;
create policy platform on identity.key_counts to quarterdeck_platform using (true) with check (true);
create policy tenant on identity.key_counts for select to quarterdeck_tenant using (organization_id = (select kernel.organization()));
create policy explorer on identity.key_counts for select to quarterdeck_explorer using (true);

-- Who makes keys of their own narrows and rotates them, too; who has nothing to do with an organization's keys neither
-- with their log. Lifted for this statement: the force of row policies, which bind the owner as well where it is no superuser.
alter table identity.roles disable trigger keep_built_in;
alter table identity.roles no force row level security;
update identity.roles set permissions = permissions || '{keys:update,keys:rotate}' where name = 'operator' and scope = 'platform' and built_in;
update identity.roles set permissions = permissions || '{-accesses:*}' where name = 'manager' and scope = 'organization' and built_in;
alter table identity.roles force row level security;
alter table identity.roles enable trigger keep_built_in;
