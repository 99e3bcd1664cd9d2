-- App users: the people of the platform that is administered, their organizations and what was done in their name.

create schema auth;
grant usage on schema auth to quarterdeck_platform, quarterdeck_tenant, quarterdeck_explorer;

create table auth.users (
  id uuid primary key,
  email text not null,
  name text,
  status text not null default 'active',
  email_verified_at timestamptz,
  password_hash text,
  password_set_at timestamptz,
  metadata jsonb not null default '{}',
  staff_id uuid,
  last_sign_in_at timestamptz,
  created_at timestamptz not null default identity.now(),
  updated_at timestamptz not null default identity.now(),
  deleted_at timestamptz,
  erased_at timestamptz,
  version bigint not null default 1,
  constraint users_email_check check (email = lower(email) and length(email) between 3 and 254 and position('@' in email) > 1),
  constraint users_name_check check (length(name) <= 120),
  constraint users_status_check check (status in ('active', 'suspended')),
  constraint users_metadata_check check (jsonb_typeof(metadata) = 'object'),
  constraint users_erased_at_check check (erased_at is null or deleted_at is not null),
  constraint users_staff_id_fkey foreign key (staff_id) references dashboard_auth.dashboard_users (id)
);
create unique index users_email_key on auth.users (lower(email)) where deleted_at is null;
create index users_created_at_idx on auth.users (created_at desc, id desc) where deleted_at is null;
create index users_deleted_at_idx on auth.users (deleted_at) where deleted_at is not null and erased_at is null;
create trigger touch before update of email, name, status, email_verified_at, password_hash, metadata, staff_id, deleted_at, erased_at on auth.users
  for each row execute function kernel.touch();
grant select, insert, update on auth.users to quarterdeck_platform;
grant select (id, email, name, status, email_verified_at, metadata, last_sign_in_at, created_at, updated_at, deleted_at, version) on auth.users to quarterdeck_tenant;
grant select (id, email, name, status, email_verified_at, password_set_at, metadata, staff_id, last_sign_in_at, created_at, updated_at, deleted_at, erased_at, version)
  on auth.users to quarterdeck_explorer;

create table identity.memberships (
  id uuid primary key,
  organization_id uuid not null,
  user_id uuid not null,
  role_id uuid not null,
  role_scope text not null generated always as ('organization') stored,
  level text not null default 'read_write',
  created_at timestamptz not null default identity.now(),
  updated_at timestamptz not null default identity.now(),
  version bigint not null default 1,
  constraint memberships_user_id_key unique (organization_id, user_id),
  constraint memberships_level_check check (level in ('read_only', 'read_write', 'admin')),
  constraint memberships_organization_id_fkey foreign key (organization_id) references identity.organizations (id),
  constraint memberships_user_id_fkey foreign key (user_id) references auth.users (id),
  constraint memberships_role_id_fkey foreign key (role_id, role_scope) references identity.roles (id, scope)
);
create index memberships_user_id_idx on identity.memberships (user_id);
create index memberships_role_id_idx on identity.memberships (role_id);
create trigger touch before update on identity.memberships for each row execute function kernel.touch();
grant select, insert, update, delete on identity.memberships to quarterdeck_platform, quarterdeck_tenant;
grant select (id, organization_id, user_id, role_id, role_scope, level, created_at, updated_at, version) on identity.memberships to quarterdeck_explorer;
alter table identity.memberships enable row level security;
alter table identity.memberships force row level security;
create policy platform on identity.memberships to quarterdeck_platform using (true) with check (true);
create policy tenant on identity.memberships to quarterdeck_tenant
  using (organization_id = (select kernel.organization())) with check (organization_id = (select kernel.organization()));
create policy explorer on identity.memberships for select to quarterdeck_explorer using (true);

-- An organization sees its own members and nobody else.
alter table auth.users enable row level security;
alter table auth.users force row level security;
create policy platform on auth.users to quarterdeck_platform using (true) with check (true);
create policy tenant on auth.users for select to quarterdeck_tenant
  using (exists (select from identity.memberships m where m.user_id = users.id and m.organization_id = (select kernel.organization())));
create policy explorer on auth.users for select to quarterdeck_explorer using (true);

create table auth.sessions (
  id uuid primary key,
  user_id uuid not null,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  idle_expires_at timestamptz not null,
  expires_at timestamptz not null,
  address inet,
  user_agent text,
  revoked_at timestamptz,
  revoked_reason text,
  constraint sessions_user_id_fkey foreign key (user_id) references auth.users (id)
);
create index sessions_created_at_idx on auth.sessions (created_at desc, id desc);
create index sessions_user_id_idx on auth.sessions (user_id, created_at desc);
create index sessions_expires_at_idx on auth.sessions (expires_at);
grant select, insert, delete on auth.sessions to quarterdeck_platform;
grant update (last_seen_at, idle_expires_at, revoked_at, revoked_reason) on auth.sessions to quarterdeck_platform;
grant select (id, user_id, created_at, last_seen_at, idle_expires_at, expires_at, address, user_agent, revoked_at, revoked_reason)
  on auth.sessions to quarterdeck_explorer;

create table auth.session_tokens (
  session_id uuid primary key,
  token_hash bytea not null,
  constraint session_tokens_token_hash_key unique (token_hash),
  constraint session_tokens_session_id_fkey foreign key (session_id) references auth.sessions (id) on delete cascade
);
grant select, insert on auth.session_tokens to quarterdeck_platform;

create table auth.password_resets (
  id uuid primary key,
  user_id uuid not null,
  token_hash bytea not null,
  requested_by uuid,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  constraint password_resets_token_hash_key unique (token_hash),
  constraint password_resets_user_id_fkey foreign key (user_id) references auth.users (id),
  constraint password_resets_requested_by_fkey foreign key (requested_by) references dashboard_auth.dashboard_users (id)
);
create index password_resets_user_id_idx on auth.password_resets (user_id);
create index password_resets_expires_at_idx on auth.password_resets (expires_at);
grant select, insert, delete on auth.password_resets to quarterdeck_platform;
grant update (used_at) on auth.password_resets to quarterdeck_platform;
grant select (id, user_id, requested_by, created_at, expires_at, used_at) on auth.password_resets to quarterdeck_explorer;

-- Who acted as whom. The target is an id and a label, not a reference: the evidence outlives the account.
create table auth.impersonation_sessions (
  id uuid primary key,
  admin_user_id uuid not null,
  admin_label text not null,
  target_user_id uuid,
  target_label text,
  target_role text,
  organization_id uuid,
  impersonation_type text not null,
  read_only boolean not null default true,
  reason text not null,
  ticket text,
  ip_address inet,
  user_agent text,
  started_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  ended_reason text,
  is_active boolean not null generated always as (ended_at is null) stored,
  constraint impersonation_sessions_impersonation_type_check check (impersonation_type in ('user', 'anon', 'service')),
  constraint impersonation_sessions_target_user_id_check check ((impersonation_type = 'user') = (target_user_id is not null)),
  constraint impersonation_sessions_reason_check check (length(btrim(reason)) between 1 and 500),
  constraint impersonation_sessions_expires_at_check check (expires_at > started_at and expires_at <= started_at + interval '60 minutes'),
  constraint impersonation_sessions_admin_user_id_fkey foreign key (admin_user_id) references dashboard_auth.dashboard_users (id) on delete restrict
);
create index impersonation_sessions_started_at_idx on auth.impersonation_sessions (started_at desc, id desc);
create index impersonation_sessions_admin_user_id_idx on auth.impersonation_sessions (admin_user_id, started_at desc);
create index impersonation_sessions_target_user_id_idx on auth.impersonation_sessions (target_user_id, started_at desc);
grant select, insert on auth.impersonation_sessions to quarterdeck_platform;
grant update (ended_at, ended_reason) on auth.impersonation_sessions to quarterdeck_platform;
grant select on auth.impersonation_sessions to quarterdeck_tenant;
grant select (id, admin_user_id, admin_label, target_user_id, target_label, target_role, organization_id, impersonation_type, read_only, reason, ticket,
  ip_address, user_agent, started_at, expires_at, ended_at, ended_reason, is_active) on auth.impersonation_sessions to quarterdeck_explorer;
alter table auth.impersonation_sessions enable row level security;
alter table auth.impersonation_sessions force row level security;
create policy platform on auth.impersonation_sessions to quarterdeck_platform using (true) with check (true);
create policy tenant on auth.impersonation_sessions for select to quarterdeck_tenant using (organization_id = (select kernel.organization()));
create policy explorer on auth.impersonation_sessions for select to quarterdeck_explorer using (true);
