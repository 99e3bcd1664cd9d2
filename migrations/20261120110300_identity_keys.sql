-- API keys, and the brakes on guessing.

create table identity.api_keys (
  id uuid primary key,
  name text not null,
  prefix text not null,
  token_hash bytea not null,
  staff_id uuid,
  user_id uuid,
  organization_id uuid,
  owner_kind text not null generated always as (case when staff_id is not null then 'staff' when user_id is not null then 'person' else 'organization' end) stored,
  scopes text[] not null,
  created_at timestamptz not null default identity.now(),
  updated_at timestamptz not null default identity.now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  revoked_reason text,
  version bigint not null default 1,
  constraint api_keys_prefix_key unique (prefix),
  constraint api_keys_token_hash_key unique (token_hash),
  constraint api_keys_name_check check (length(btrim(name)) between 1 and 120),
  constraint api_keys_scopes_check check (cardinality(scopes) between 1 and 200),
  constraint api_keys_owner_check check (staff_id is not null and user_id is null and organization_id is null
    or staff_id is null and (user_id is not null or organization_id is not null)),
  constraint api_keys_staff_id_fkey foreign key (staff_id) references dashboard_auth.dashboard_users (id),
  constraint api_keys_user_id_fkey foreign key (user_id) references auth.users (id),
  constraint api_keys_organization_id_fkey foreign key (organization_id) references identity.organizations (id)
);
create index api_keys_created_at_idx on identity.api_keys (created_at desc, id desc);
create index api_keys_staff_id_idx on identity.api_keys (staff_id);
create index api_keys_user_id_idx on identity.api_keys (user_id);
create index api_keys_organization_id_idx on identity.api_keys (organization_id);
create trigger touch before update of name, scopes, expires_at, revoked_at on identity.api_keys for each row execute function kernel.touch();
grant select, insert, update on identity.api_keys to quarterdeck_platform;
grant select (id, name, prefix, user_id, organization_id, owner_kind, scopes, created_at, updated_at, expires_at, last_used_at, revoked_at, revoked_reason, version)
  on identity.api_keys to quarterdeck_tenant;
grant select (id, name, prefix, staff_id, user_id, organization_id, owner_kind, scopes, created_at, updated_at, expires_at, last_used_at, revoked_at, revoked_reason, version)
  on identity.api_keys to quarterdeck_explorer;
alter table identity.api_keys enable row level security;
alter table identity.api_keys force row level security;
create policy platform on identity.api_keys to quarterdeck_platform using (true) with check (true);
create policy tenant on identity.api_keys for select to quarterdeck_tenant using (organization_id = (select kernel.organization()));
create policy explorer on identity.api_keys for select to quarterdeck_explorer using (true);

-- One bucket per account, address or device: when it is empty again (generic cell rate algorithm). Keys are hashes.
create table identity.throttle (
  key bytea primary key,
  kind text not null,
  empty_at timestamptz not null,
  constraint throttle_kind_check check (kind in ('account', 'address', 'familiar'))
);
create index throttle_empty_at_idx on identity.throttle (empty_at);
grant select, insert, update, delete on identity.throttle to quarterdeck_platform;
