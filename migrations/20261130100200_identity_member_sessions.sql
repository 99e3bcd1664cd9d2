-- Into which organization a session of a member came: what its admins see of it, and what they may end.
create table identity.member_sessions (
  id uuid primary key,
  organization_id uuid not null,
  membership_id uuid not null,
  session_id uuid not null,
  device text,
  address inet,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  ended_at timestamptz,
  ended_by text,
  constraint member_sessions_session_id_key unique (session_id, organization_id),
  constraint member_sessions_organization_id_fkey foreign key (organization_id) references identity.organizations (id) on delete cascade,
  constraint member_sessions_membership_id_fkey foreign key (membership_id) references identity.memberships (id) on delete cascade,
  constraint member_sessions_session_id_fkey foreign key (session_id) references auth.sessions (id) on delete cascade
);
create index member_sessions_last_seen_at_idx on identity.member_sessions (last_seen_at desc, id desc);
create index member_sessions_organization_id_idx on identity.member_sessions (organization_id, last_seen_at desc, id desc);
create index member_sessions_membership_id_idx on identity.member_sessions (membership_id, last_seen_at desc, id desc);
grant select, insert, delete on identity.member_sessions to quarterdeck_platform;
grant update (last_seen_at, address, ended_at, ended_by) on identity.member_sessions to quarterdeck_platform;
grant select, update (ended_at, ended_by) on identity.member_sessions to quarterdeck_tenant;
grant select (id, organization_id, membership_id, session_id, device, address, created_at, last_seen_at, ended_at, ended_by)
  on identity.member_sessions to quarterdeck_explorer;
alter table identity.member_sessions enable row level security;
alter table identity.member_sessions force row level security;
create policy platform on identity.member_sessions to quarterdeck_platform using (true) with check (true);
create policy tenant on identity.member_sessions to quarterdeck_tenant
  using (organization_id = (select kernel.organization())) with check (organization_id = (select kernel.organization()));
create policy explorer on identity.member_sessions for select to quarterdeck_explorer using (true);

-- Whether such a session goes on, and nothing else, is known to the organization it came into.
grant select (id, revoked_at, expires_at, idle_expires_at) on auth.sessions to quarterdeck_tenant;
alter table auth.sessions enable row level security;
create policy platform on auth.sessions to quarterdeck_platform using (true) with check (true);
create policy tenant on auth.sessions for select to quarterdeck_tenant
  using (exists (select from identity.member_sessions v where v.session_id = sessions.id and v.organization_id = (select kernel.organization())));
create policy explorer on auth.sessions for select to quarterdeck_explorer using (true);

-- What a session was proved with grows: a second factor that is set up or asked for later counts in it, too.
grant update (factors) on auth.sessions, dashboard_auth.sessions to quarterdeck_platform;
