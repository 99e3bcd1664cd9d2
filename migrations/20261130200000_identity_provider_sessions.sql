-- Signing out: which session here was opened by which session at a provider, so that either end can end the other; and
-- providers whose certificates are signed by an authority of their own.

alter table identity.providers
  -- Who signs out here is led there to sign out, too.
  add column sign_out_there boolean not null default false,
  -- Authorities in PEM that alone are trusted for this provider; the public ones without.
  add column certificates text,
  add constraint providers_certificates_check check (length(certificates) between 1 and 100000);
grant select (sign_out_there, certificates) on identity.providers to quarterdeck_explorer;

create table identity.provider_sessions (
  id uuid primary key,
  provider_id uuid not null,
  -- Neither yet while the second factor is still asked for here.
  staff_session_id uuid,
  user_session_id uuid,
  -- What the provider calls its session, if it says so.
  sid text,
  -- Shown to the provider again when somebody signs out there, too. Sealed under `identity.provider_sessions|id_token|<id>`.
  id_token bytea,
  created_at timestamptz not null,
  constraint provider_sessions_staff_session_id_key unique (staff_session_id),
  constraint provider_sessions_user_session_id_key unique (user_session_id),
  constraint provider_sessions_session_check check (staff_session_id is null or user_session_id is null),
  constraint provider_sessions_sid_check check (length(sid) between 1 and 255),
  constraint provider_sessions_provider_id_fkey foreign key (provider_id) references identity.providers (id) on delete cascade,
  constraint provider_sessions_staff_session_id_fkey foreign key (staff_session_id) references dashboard_auth.sessions (id) on delete cascade,
  constraint provider_sessions_user_session_id_fkey foreign key (user_session_id) references auth.sessions (id) on delete cascade
);
create index provider_sessions_sid_idx on identity.provider_sessions (provider_id, sid);
create index provider_sessions_created_at_idx on identity.provider_sessions (created_at);
grant select, insert, delete on identity.provider_sessions to quarterdeck_platform;
grant update (staff_session_id, user_session_id) on identity.provider_sessions to quarterdeck_platform;
grant select (id, provider_id, staff_session_id, user_session_id, created_at) on identity.provider_sessions to quarterdeck_explorer;

-- A sign-in between its steps remembers it until there is a session, and ends with it.
alter table identity.ceremonies
  add column provider_session_id uuid,
  add constraint ceremonies_provider_session_id_fkey foreign key (provider_session_id) references identity.provider_sessions (id) on delete cascade;
create index ceremonies_provider_session_id_idx on identity.ceremonies (provider_session_id) where provider_session_id is not null;
grant update (provider_session_id) on identity.ceremonies to quarterdeck_platform;
