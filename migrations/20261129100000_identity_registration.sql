-- Registration: codes that let people in, registrations that wait until their address is confirmed, changes of address,
-- and links to sign in by.

-- What staff or an organization's admins give out, so that people can register, perhaps as members of an organization.
create table identity.registration_codes (
  id uuid primary key,
  note text,
  code_hash bytea not null,
  organization_id uuid,
  role_id uuid,
  role_scope text not null generated always as ('organization') stored,
  level text,
  max_uses integer,
  uses integer not null default 0,
  expires_at timestamptz,
  made_by text not null,
  staff_id uuid,
  user_id uuid,
  created_at timestamptz not null default identity.now(),
  revoked_at timestamptz,
  constraint registration_codes_code_hash_key unique (code_hash),
  constraint registration_codes_note_check check (length(note) <= 200),
  constraint registration_codes_level_check check (level in ('read_only', 'read_write', 'admin')),
  constraint registration_codes_max_uses_check check (max_uses between 1 and 100000),
  constraint registration_codes_uses_check check (uses >= 0 and (max_uses is null or uses <= max_uses)),
  constraint registration_codes_role_id_check check ((organization_id is null) = (role_id is null) and (organization_id is null) = (level is null)),
  constraint registration_codes_maker_check check ((staff_id is null) <> (user_id is null)),
  constraint registration_codes_organization_id_fkey foreign key (organization_id) references identity.organizations (id) on delete cascade,
  constraint registration_codes_role_id_fkey foreign key (role_id, role_scope) references identity.roles (id, scope) on delete cascade,
  constraint registration_codes_staff_id_fkey foreign key (staff_id) references dashboard_auth.dashboard_users (id),
  constraint registration_codes_user_id_fkey foreign key (user_id) references auth.users (id)
);
create index registration_codes_created_at_idx on identity.registration_codes (created_at desc, id desc);
create index registration_codes_organization_id_idx on identity.registration_codes (organization_id);
create index registration_codes_role_id_idx on identity.registration_codes (role_id);
create index registration_codes_staff_id_idx on identity.registration_codes (staff_id);
create index registration_codes_user_id_idx on identity.registration_codes (user_id);
-- The hash is read by what looks a code up, which is the panel itself; nobody else needs it.
grant select, insert on identity.registration_codes to quarterdeck_platform;
grant update (uses, revoked_at) on identity.registration_codes to quarterdeck_platform;
grant select (id, note, organization_id, role_id, level, max_uses, uses, expires_at, made_by, staff_id, user_id, created_at, revoked_at)
  on identity.registration_codes to quarterdeck_tenant, quarterdeck_explorer;
grant insert (id, note, code_hash, organization_id, role_id, level, max_uses, expires_at, made_by, user_id, created_at)
  on identity.registration_codes to quarterdeck_tenant;
grant update (revoked_at) on identity.registration_codes to quarterdeck_tenant;
alter table identity.registration_codes enable row level security;
alter table identity.registration_codes force row level security;
create policy platform on identity.registration_codes to quarterdeck_platform using (true) with check (true);
create policy tenant on identity.registration_codes to quarterdeck_tenant
  using (organization_id = (select kernel.organization())) with check (organization_id = (select kernel.organization()));
create policy explorer on identity.registration_codes for select to quarterdeck_explorer using (true);

-- People who registered and have not yet shown that the address is theirs. There is no account until they do, so that
-- nobody can take an address that belongs to somebody else; whoever opens the link of a letter gets what that letter is about.
create table auth.registrations (
  id uuid primary key,
  email text not null,
  name text not null,
  language text,
  password_hash text not null,
  organization text,
  code_id uuid,
  token_hash bytea,
  browser_hash bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  constraint registrations_token_hash_key unique (token_hash),
  constraint registrations_email_check check (email = lower(email) and length(email) between 3 and 254),
  constraint registrations_name_check check (length(btrim(name)) between 1 and 120),
  constraint registrations_organization_check check (length(btrim(organization)) between 1 and 120),
  constraint registrations_language_check check (language in ('en', 'de')),
  constraint registrations_code_id_fkey foreign key (code_id) references identity.registration_codes (id) on delete cascade
);
create index registrations_email_idx on auth.registrations (email, created_at desc);
create index registrations_browser_hash_idx on auth.registrations (browser_hash);
create index registrations_code_id_idx on auth.registrations (code_id);
create index registrations_expires_at_idx on auth.registrations (expires_at);
grant select, insert, delete on auth.registrations to quarterdeck_platform;
grant update (token_hash, browser_hash) on auth.registrations to quarterdeck_platform;
grant select (id, email, name, language, organization, code_id, created_at, expires_at) on auth.registrations to quarterdeck_explorer;

-- A new address of a user, which counts once the link that was sent there is opened. The newest one is the one.
create table auth.email_changes (
  user_id uuid primary key,
  email text not null,
  token_hash bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  constraint email_changes_token_hash_key unique (token_hash),
  constraint email_changes_email_check check (email = lower(email) and length(email) between 3 and 254),
  constraint email_changes_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade
);
create index email_changes_expires_at_idx on auth.email_changes (expires_at);
grant select, insert, delete on auth.email_changes to quarterdeck_platform;
grant select (user_id, email, created_at, expires_at) on auth.email_changes to quarterdeck_explorer;

-- Links that sign a user in: once, for a quarter of an hour, while the address is still theirs.
create table auth.magic_links (
  id uuid primary key,
  user_id uuid not null,
  email text not null,
  token_hash bytea not null,
  browser_hash bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  constraint magic_links_token_hash_key unique (token_hash),
  constraint magic_links_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade
);
create index magic_links_user_id_idx on auth.magic_links (user_id);
create index magic_links_expires_at_idx on auth.magic_links (expires_at);
grant select, insert, delete on auth.magic_links to quarterdeck_platform;
grant update (used_at) on auth.magic_links to quarterdeck_platform;
grant select (id, user_id, email, created_at, expires_at, used_at) on auth.magic_links to quarterdeck_explorer;

-- The built-in manager of an organization has nothing to do with who gets in.
alter table identity.roles disable trigger keep_built_in;
alter table identity.roles no force row level security;
update identity.roles set permissions = permissions || '{-registration-codes:*}' where name = 'manager' and scope = 'organization' and built_in;
alter table identity.roles force row level security;
alter table identity.roles enable trigger keep_built_in;
