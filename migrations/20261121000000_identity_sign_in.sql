-- Signing in, whole: how a session was opened and when it last proved who sits there, second factors, and sign-ins
-- that are half done.

alter table dashboard_auth.sessions
  add column proved_at timestamptz,
  add column factors text[] not null default '{}',
  add column device text;
update dashboard_auth.sessions set proved_at = created_at, factors = '{password}';
alter table dashboard_auth.sessions alter column proved_at set default identity.now(), alter column proved_at set not null;
grant update (proved_at) on dashboard_auth.sessions to quarterdeck_platform;
grant select (proved_at, factors, device) on dashboard_auth.sessions to quarterdeck_explorer;

alter table auth.sessions
  add column proved_at timestamptz,
  add column factors text[] not null default '{}',
  add column device text;
update auth.sessions set proved_at = created_at, factors = '{password}';
alter table auth.sessions alter column proved_at set default identity.now(), alter column proved_at set not null;
grant update (proved_at) on auth.sessions to quarterdeck_platform;
grant select (proved_at, factors, device) on auth.sessions to quarterdeck_explorer;

-- What proves beside a password: an authenticator app's seed or a passkey, sealed under the platform's key.
create table identity.factors (
  id uuid primary key,
  staff_id uuid,
  user_id uuid,
  kind text not null,
  label text not null,
  secret bytea not null,
  credential_id bytea,
  last_step bigint,
  created_at timestamptz not null,
  confirmed_at timestamptz,
  last_used_at timestamptz,
  constraint factors_kind_check check (kind in ('totp', 'passkey')),
  constraint factors_label_check check (length(btrim(label)) between 1 and 60),
  constraint factors_owner_check check ((staff_id is null) <> (user_id is null)),
  constraint factors_credential_id_check check ((kind = 'passkey') = (credential_id is not null)),
  constraint factors_credential_id_key unique (credential_id),
  constraint factors_staff_id_fkey foreign key (staff_id) references dashboard_auth.dashboard_users (id) on delete cascade,
  constraint factors_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade
);
create index factors_staff_id_idx on identity.factors (staff_id);
create index factors_user_id_idx on identity.factors (user_id);
grant select, insert, delete on identity.factors to quarterdeck_platform;
grant update (label, secret, last_step, confirmed_at, last_used_at) on identity.factors to quarterdeck_platform;
grant select (id, staff_id, user_id, kind, label, created_at, confirmed_at, last_used_at) on identity.factors to quarterdeck_explorer;

-- Each works once, when the other factors are lost. 80 random bits, so a plain hash is enough.
create table identity.recovery_codes (
  id uuid primary key,
  staff_id uuid,
  user_id uuid,
  code_hash bytea not null,
  created_at timestamptz not null,
  used_at timestamptz,
  constraint recovery_codes_owner_check check ((staff_id is null) <> (user_id is null)),
  constraint recovery_codes_code_hash_key unique (code_hash),
  constraint recovery_codes_staff_id_fkey foreign key (staff_id) references dashboard_auth.dashboard_users (id) on delete cascade,
  constraint recovery_codes_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade
);
create index recovery_codes_staff_id_idx on identity.recovery_codes (staff_id);
create index recovery_codes_user_id_idx on identity.recovery_codes (user_id);
grant select, insert, delete on identity.recovery_codes to quarterdeck_platform;
grant update (used_at) on identity.recovery_codes to quarterdeck_platform;
grant select (id, staff_id, user_id, created_at, used_at) on identity.recovery_codes to quarterdeck_explorer;

-- A sign-in between its steps, or one ceremony of a passkey: bound to one browser, good once, for five minutes.
create table identity.ceremonies (
  id uuid primary key,
  token_hash bytea not null,
  account_kind text not null,
  purpose text not null,
  staff_id uuid,
  user_id uuid,
  factors text[] not null default '{}',
  state bytea,
  attempts integer not null default 0,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  constraint ceremonies_token_hash_key unique (token_hash),
  constraint ceremonies_account_kind_check check (account_kind in ('staff', 'user')),
  constraint ceremonies_purpose_check check (purpose in ('sign_in', 'enrol', 'passkey', 'proof', 'register')),
  constraint ceremonies_owner_check check (staff_id is null or user_id is null),
  constraint ceremonies_staff_check check (staff_id is null or account_kind = 'staff'),
  constraint ceremonies_user_check check (user_id is null or account_kind = 'user'),
  constraint ceremonies_staff_id_fkey foreign key (staff_id) references dashboard_auth.dashboard_users (id) on delete cascade,
  constraint ceremonies_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade
);
create index ceremonies_expires_at_idx on identity.ceremonies (expires_at);
create index ceremonies_staff_id_idx on identity.ceremonies (staff_id);
create index ceremonies_user_id_idx on identity.ceremonies (user_id);
grant select, insert, delete on identity.ceremonies to quarterdeck_platform;
grant update (state, attempts, used_at, factors) on identity.ceremonies to quarterdeck_platform;

-- What a role asks of those who hold it, beyond what it lets them do. Built-in roles never change, so this is no column of theirs.
create table identity.role_rules (
  role_id uuid primary key,
  second_factor boolean not null default false,
  idle_minutes integer,
  session_hours integer,
  constraint role_rules_idle_minutes_check check (idle_minutes between 5 and 43200),
  constraint role_rules_session_hours_check check (session_hours between 1 and 8760),
  constraint role_rules_role_id_fkey foreign key (role_id) references identity.roles (id) on delete cascade
);
grant select, insert, update, delete on identity.role_rules to quarterdeck_platform;
grant select (role_id, second_factor, idle_minutes, session_hours) on identity.role_rules to quarterdeck_tenant, quarterdeck_explorer;

-- The strictest rules of all roles that somebody holds.
create function identity.rules_of_staff(staff uuid) returns table (second_factor boolean, idle_minutes integer, session_hours integer) stable language sql as $$
  select coalesce(bool_or(r.second_factor), false), min(r.idle_minutes), min(r.session_hours)
  from dashboard_auth.dashboard_users u join identity.role_rules r on r.role_id = u.role_id where u.id = $1
$$;
create function identity.rules_of_user(person uuid) returns table (second_factor boolean, idle_minutes integer, session_hours integer) stable language sql as $$
  select coalesce(bool_or(r.second_factor), false), min(r.idle_minutes), min(r.session_hours)
  from identity.memberships m join identity.role_rules r on r.role_id = m.role_id where m.user_id = $1
$$;
