-- Staff: who administers this platform. Their tables are not an organization's, so the tenant role has no rights here.

create schema dashboard_auth;
grant usage on schema dashboard_auth to quarterdeck_platform, quarterdeck_explorer;

create table dashboard_auth.dashboard_users (
  id uuid primary key,
  email text not null,
  name text not null,
  role_id uuid not null,
  role_scope text not null generated always as ('platform') stored,
  status text not null default 'active',
  password_hash text,
  password_set_at timestamptz,
  last_sign_in_at timestamptz,
  created_at timestamptz not null default identity.now(),
  updated_at timestamptz not null default identity.now(),
  deleted_at timestamptz,
  version bigint not null default 1,
  constraint dashboard_users_email_check check (email = lower(email) and length(email) between 3 and 254 and position('@' in email) > 1),
  constraint dashboard_users_name_check check (length(btrim(name)) between 1 and 120),
  constraint dashboard_users_status_check check (status in ('active', 'suspended')),
  constraint dashboard_users_role_id_fkey foreign key (role_id, role_scope) references identity.roles (id, scope)
);
create unique index dashboard_users_email_key on dashboard_auth.dashboard_users (lower(email)) where deleted_at is null;
create index dashboard_users_name_idx on dashboard_auth.dashboard_users (name, id) where deleted_at is null;
create index dashboard_users_role_id_idx on dashboard_auth.dashboard_users (role_id);
-- A sign-in is no new version of the account.
create trigger touch before update of email, name, role_id, status, password_hash, deleted_at on dashboard_auth.dashboard_users
  for each row execute function kernel.touch();
grant select, insert, update on dashboard_auth.dashboard_users to quarterdeck_platform;
grant select (id, email, name, role_id, role_scope, status, password_set_at, last_sign_in_at, created_at, updated_at, deleted_at, version)
  on dashboard_auth.dashboard_users to quarterdeck_explorer;

-- Sessions hold nothing secret, so that `select *` may be shown; what proves a session lies in the table below.
create table dashboard_auth.sessions (
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
  constraint sessions_user_id_fkey foreign key (user_id) references dashboard_auth.dashboard_users (id)
);
create index sessions_created_at_idx on dashboard_auth.sessions (created_at desc, id desc);
create index sessions_user_id_idx on dashboard_auth.sessions (user_id, created_at desc);
create index sessions_expires_at_idx on dashboard_auth.sessions (expires_at);
grant select, insert, delete on dashboard_auth.sessions to quarterdeck_platform;
grant update (last_seen_at, idle_expires_at, revoked_at, revoked_reason) on dashboard_auth.sessions to quarterdeck_platform;
grant select (id, user_id, created_at, last_seen_at, idle_expires_at, expires_at, address, user_agent, revoked_at, revoked_reason)
  on dashboard_auth.sessions to quarterdeck_explorer;

create table dashboard_auth.session_tokens (
  session_id uuid primary key,
  token_hash bytea not null,
  constraint session_tokens_token_hash_key unique (token_hash),
  constraint session_tokens_session_id_fkey foreign key (session_id) references dashboard_auth.sessions (id) on delete cascade
);
grant select, insert on dashboard_auth.session_tokens to quarterdeck_platform;

create table dashboard_auth.invitations (
  id uuid primary key,
  email text not null,
  role_id uuid,
  token_hash bytea not null,
  invited_by uuid,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  accepted_at timestamptz,
  accepted_by uuid,
  revoked_at timestamptz,
  constraint invitations_token_hash_key unique (token_hash),
  constraint invitations_email_check check (email = lower(email) and length(email) between 3 and 254),
  constraint invitations_revoked_at_check check (accepted_at is null or revoked_at is null),
  constraint invitations_role_id_fkey foreign key (role_id) references identity.roles (id) on delete set null,
  constraint invitations_invited_by_fkey foreign key (invited_by) references dashboard_auth.dashboard_users (id),
  constraint invitations_accepted_by_fkey foreign key (accepted_by) references dashboard_auth.dashboard_users (id)
);
create unique index invitations_email_key on dashboard_auth.invitations (lower(email)) where accepted_at is null and revoked_at is null;
create index invitations_created_at_idx on dashboard_auth.invitations (created_at desc, id desc);
create index invitations_role_id_idx on dashboard_auth.invitations (role_id);
grant select, insert, delete on dashboard_auth.invitations to quarterdeck_platform;
grant update (accepted_at, accepted_by, revoked_at) on dashboard_auth.invitations to quarterdeck_platform;
grant select (id, email, role_id, invited_by, created_at, expires_at, accepted_at, accepted_by, revoked_at)
  on dashboard_auth.invitations to quarterdeck_explorer;

create table dashboard_auth.password_resets (
  id uuid primary key,
  user_id uuid not null,
  token_hash bytea not null,
  requested_by uuid,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  constraint password_resets_token_hash_key unique (token_hash),
  constraint password_resets_user_id_fkey foreign key (user_id) references dashboard_auth.dashboard_users (id),
  constraint password_resets_requested_by_fkey foreign key (requested_by) references dashboard_auth.dashboard_users (id)
);
create index password_resets_user_id_idx on dashboard_auth.password_resets (user_id);
create index password_resets_expires_at_idx on dashboard_auth.password_resets (expires_at);
grant select, insert, delete on dashboard_auth.password_resets to quarterdeck_platform;
grant update (used_at) on dashboard_auth.password_resets to quarterdeck_platform;
grant select (id, user_id, requested_by, created_at, expires_at, used_at) on dashboard_auth.password_resets to quarterdeck_explorer;
