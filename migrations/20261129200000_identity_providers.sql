-- Single sign-on by OpenID Connect: who vouches for people, whom they vouched for, and sign-ins that are under way there.

create table identity.providers (
  id uuid primary key,
  slug text not null,
  label text not null,
  -- Whose door it opens.
  account_kind text not null,
  -- Of users: members of this organization; of nobody in particular without.
  organization_id uuid,
  issuer text not null,
  client_id text not null,
  -- Sealed under `identity.providers|client_secret|<id>`; none for a public client.
  client_secret bytea,
  scopes text[] not null default '{openid,profile,email}',
  enabled boolean not null default true,
  -- Offered on the sign-in page; otherwise only addresses of its domains get there.
  shown boolean not null default true,
  -- Accounts of its domains come in by no other way.
  exclusive boolean not null default false,
  create_accounts boolean not null default false,
  -- Its word for a verified address of its domains is enough to connect an account that is there already.
  connect_by_email boolean not null default false,
  -- Values of `amr` or `acr` that stand for a second factor; without any, ours is asked for.
  second_factor_values text[] not null default '{}',
  default_role_id uuid,
  default_level text,
  created_at timestamptz not null default identity.now(),
  updated_at timestamptz not null default identity.now(),
  version bigint not null default 1,
  constraint providers_slug_key unique (slug),
  constraint providers_slug_check check (slug ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
  constraint providers_label_check check (length(btrim(label)) between 1 and 60),
  constraint providers_account_kind_check check (account_kind in ('staff', 'user')),
  constraint providers_organization_id_check check (organization_id is null or account_kind = 'user'),
  constraint providers_issuer_check check (length(issuer) between 1 and 500),
  constraint providers_client_id_check check (length(client_id) between 1 and 300),
  constraint providers_scopes_check check (cardinality(scopes) between 1 and 20 and 'openid' = any(scopes)),
  constraint providers_second_factor_values_check check (cardinality(second_factor_values) <= 20),
  constraint providers_default_level_check check (default_level in ('read_only', 'read_write', 'admin')),
  constraint providers_organization_id_fkey foreign key (organization_id) references identity.organizations (id) on delete cascade,
  constraint providers_default_role_id_fkey foreign key (default_role_id) references identity.roles (id) on delete set null
);
create index providers_organization_id_idx on identity.providers (organization_id) where organization_id is not null;
create index providers_default_role_id_idx on identity.providers (default_role_id);
create trigger touch before update on identity.providers for each row execute function kernel.touch();
grant select, insert, update, delete on identity.providers to quarterdeck_platform;
grant select (id, slug, label, account_kind, organization_id, issuer, client_id, scopes, enabled, shown, exclusive, create_accounts, connect_by_email,
  second_factor_values, default_role_id, default_level, created_at, updated_at, version) on identity.providers to quarterdeck_explorer;
alter table identity.providers enable row level security;
alter table identity.providers force row level security;
create policy platform on identity.providers to quarterdeck_platform using (true) with check (true);
create policy explorer on identity.providers for select to quarterdeck_explorer using (true);

-- An address of this domain belongs to one provider of each kind of account.
create table identity.provider_domains (
  account_kind text not null,
  domain text not null,
  provider_id uuid not null,
  constraint provider_domains_pkey primary key (account_kind, domain),
  constraint provider_domains_domain_check check (domain = lower(domain) and length(domain) between 1 and 253),
  constraint provider_domains_provider_id_fkey foreign key (provider_id) references identity.providers (id) on delete cascade
);
create index provider_domains_provider_id_idx on identity.provider_domains (provider_id);
grant select, insert, delete on identity.provider_domains to quarterdeck_platform;
grant select on identity.provider_domains to quarterdeck_explorer;

-- Who is what, by what their provider says of them: the first rule that holds counts. A rule goes with its role.
create table identity.provider_rules (
  provider_id uuid not null,
  place integer not null,
  claim text not null,
  value text not null,
  role_id uuid not null,
  level text,
  constraint provider_rules_pkey primary key (provider_id, place),
  constraint provider_rules_claim_check check (length(claim) between 1 and 200),
  constraint provider_rules_value_check check (length(value) between 1 and 300),
  constraint provider_rules_level_check check (level in ('read_only', 'read_write', 'admin')),
  constraint provider_rules_provider_id_fkey foreign key (provider_id) references identity.providers (id) on delete cascade,
  constraint provider_rules_role_id_fkey foreign key (role_id) references identity.roles (id) on delete cascade
);
create index provider_rules_role_id_idx on identity.provider_rules (role_id);
grant select, insert, delete on identity.provider_rules to quarterdeck_platform;
grant select on identity.provider_rules to quarterdeck_explorer;

-- A person at a provider is issuer and subject, nothing else; the address is what it said last.
create table dashboard_auth.identities (
  id uuid primary key,
  user_id uuid not null,
  issuer text not null,
  subject text not null,
  email text,
  created_at timestamptz not null,
  last_used_at timestamptz not null,
  constraint identities_subject_key unique (issuer, subject),
  constraint identities_subject_check check (length(subject) between 1 and 255),
  constraint identities_user_id_fkey foreign key (user_id) references dashboard_auth.dashboard_users (id) on delete cascade
);
create index identities_user_id_idx on dashboard_auth.identities (user_id);
create index identities_created_at_idx on dashboard_auth.identities (created_at desc, id desc);
grant select, insert, delete on dashboard_auth.identities to quarterdeck_platform;
grant update (user_id, email, created_at, last_used_at) on dashboard_auth.identities to quarterdeck_platform;
grant select on dashboard_auth.identities to quarterdeck_explorer;

create table auth.identities (
  id uuid primary key,
  user_id uuid not null,
  issuer text not null,
  subject text not null,
  email text,
  created_at timestamptz not null,
  last_used_at timestamptz not null,
  constraint identities_subject_key unique (issuer, subject),
  constraint identities_subject_check check (length(subject) between 1 and 255),
  constraint identities_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade
);
create index identities_user_id_idx on auth.identities (user_id);
create index identities_created_at_idx on auth.identities (created_at desc, id desc);
grant select, insert, delete on auth.identities to quarterdeck_platform;
grant update (user_id, email, created_at, last_used_at) on auth.identities to quarterdeck_platform;
grant select on auth.identities to quarterdeck_explorer;

-- On the way to a provider and back: bound to one browser by a cookie, good once, for ten minutes.
create table identity.provider_visits (
  id uuid primary key,
  provider_id uuid not null,
  token_hash bytea not null,
  purpose text not null,
  -- Who was signed in, when it is about their own account.
  account_id uuid,
  session_id uuid,
  -- Sealed under `identity.provider_visits|secrets|<id>`.
  secrets bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  constraint provider_visits_token_hash_key unique (token_hash),
  constraint provider_visits_purpose_check check (purpose in ('sign_in', 'connect', 'proof')),
  constraint provider_visits_account_id_check check ((purpose = 'sign_in') = (account_id is null) and (purpose = 'sign_in') = (session_id is null)),
  constraint provider_visits_provider_id_fkey foreign key (provider_id) references identity.providers (id) on delete cascade
);
create index provider_visits_provider_id_idx on identity.provider_visits (provider_id);
create index provider_visits_expires_at_idx on identity.provider_visits (expires_at);
grant select, insert, delete on identity.provider_visits to quarterdeck_platform;
grant update (used_at) on identity.provider_visits to quarterdeck_platform;

-- A logout token counts once.
create table identity.provider_logouts (
  issuer text not null,
  token_id text not null,
  at timestamptz not null,
  constraint provider_logouts_pkey primary key (issuer, token_id)
);
create index provider_logouts_at_idx on identity.provider_logouts (at);
grant select, insert, delete on identity.provider_logouts to quarterdeck_platform;
