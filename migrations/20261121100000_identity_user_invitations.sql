-- Invitations of app users: who was asked to join the platform, perhaps as a member of an organization.
alter table auth.users add column language text;
alter table auth.users add constraint users_language_check check (language in ('en', 'de'));
grant select (language) on auth.users to quarterdeck_tenant, quarterdeck_explorer;
drop trigger touch on auth.users;
create trigger touch before update of email, name, status, language, email_verified_at, password_hash, metadata, staff_id, deleted_at, erased_at on auth.users
  for each row execute function kernel.touch();

create table auth.invitations (
  id uuid primary key,
  email text not null,
  name text,
  language text,
  organization_id uuid,
  role_id uuid,
  role_scope text not null generated always as ('organization') stored,
  level text,
  token_hash bytea not null,
  invited_by uuid,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  sends int not null default 1,
  accepted_at timestamptz,
  accepted_by uuid,
  revoked_at timestamptz,
  constraint invitations_token_hash_key unique (token_hash),
  constraint invitations_email_check check (email = lower(email) and length(email) between 3 and 254),
  constraint invitations_name_check check (length(name) <= 120),
  constraint invitations_language_check check (language in ('en', 'de')),
  constraint invitations_level_check check (level in ('read_only', 'read_write', 'admin')),
  constraint invitations_role_id_check check ((organization_id is null) = (role_id is null) and (organization_id is null) = (level is null)),
  constraint invitations_revoked_at_check check (accepted_at is null or revoked_at is null),
  constraint invitations_organization_id_fkey foreign key (organization_id) references identity.organizations (id) on delete cascade,
  constraint invitations_role_id_fkey foreign key (role_id, role_scope) references identity.roles (id, scope) on delete cascade,
  constraint invitations_invited_by_fkey foreign key (invited_by) references dashboard_auth.dashboard_users (id),
  constraint invitations_accepted_by_fkey foreign key (accepted_by) references auth.users (id)
);
-- One that is open for each address and place; a newer one takes its place.
create unique index invitations_email_key on auth.invitations (email, coalesce(organization_id, '00000000-0000-0000-0000-000000000000'))
  where accepted_at is null and revoked_at is null;
create index invitations_created_at_idx on auth.invitations (created_at desc, id desc);
create index invitations_organization_id_idx on auth.invitations (organization_id);
create index invitations_role_id_idx on auth.invitations (role_id);
create index invitations_invited_by_idx on auth.invitations (invited_by);
create index invitations_accepted_by_idx on auth.invitations (accepted_by);
grant select, insert, delete on auth.invitations to quarterdeck_platform;
grant update (token_hash, expires_at, sends, accepted_at, accepted_by, revoked_at) on auth.invitations to quarterdeck_platform;
grant select (id, email, name, language, organization_id, role_id, level, invited_by, created_at, expires_at, sends, accepted_at, accepted_by, revoked_at)
  on auth.invitations to quarterdeck_tenant, quarterdeck_explorer;
alter table auth.invitations enable row level security;
alter table auth.invitations force row level security;
create policy platform on auth.invitations to quarterdeck_platform using (true) with check (true);
create policy tenant on auth.invitations for select to quarterdeck_tenant using (organization_id = (select kernel.organization()));
create policy explorer on auth.invitations for select to quarterdeck_explorer using (true);
