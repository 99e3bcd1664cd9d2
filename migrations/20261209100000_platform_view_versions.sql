-- What saved views were before something else was saved in their place, so that one can go back.
create table platform.saved_view_versions (
  id uuid primary key,
  view_id uuid not null,
  organization_id uuid,
  number int not null,
  name text not null,
  state text not null,
  -- Who saved something else in its place, and when.
  replaced_by text not null,
  replaced_at timestamptz not null default coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now()),
  constraint saved_view_versions_number_key unique (view_id, number),
  constraint saved_view_versions_number_check check (number >= 1),
  constraint saved_view_versions_view_id_fkey foreign key (view_id) references platform.saved_views (id) on delete cascade,
  constraint saved_view_versions_organization_id_fkey foreign key (organization_id) references identity.organizations (id) on delete cascade
);
grant select, insert, delete on platform.saved_view_versions to quarterdeck_platform, quarterdeck_tenant;
grant select on platform.saved_view_versions to quarterdeck_explorer;
alter table platform.saved_view_versions enable row level security;
alter table platform.saved_view_versions force row level security;
create policy platform on platform.saved_view_versions to quarterdeck_platform using (true) with check (true);
create policy tenant on platform.saved_view_versions to quarterdeck_tenant
  using (organization_id = (select kernel.organization())) with check (organization_id = (select kernel.organization()));
create policy explorer on platform.saved_view_versions for select to quarterdeck_explorer using (true);

-- Whoever sees views may look at what they were.
alter table identity.roles no force row level security;
update identity.roles set permissions = permissions || '{saved-view-versions:read}'
  where not built_in and permissions && '{saved-views:read}' and not permissions && '{saved-view-versions:read}';
alter table identity.roles force row level security;
