-- Saved views: the state of a list (filter, search, order, columns) under a name, for oneself or for others.

create schema platform;
grant usage on schema platform to quarterdeck_platform, quarterdeck_tenant, quarterdeck_explorer;

-- The account behind whoever asks: a key acts for its owner.
create function platform.me() returns uuid stable language sql as $$
  select coalesce((select coalesce(k.staff_id, k.user_id) from identity.api_keys k where k.id = a.id), a.id)
  from (select nullif(current_setting('app.actor_id', true), '')::uuid as id) a
$$;
-- Their role, of staff or in the organization they act for.
-- Each branch reads only what those who get there may read.
create function platform.my_role() returns uuid stable language plpgsql as $$
begin
  if kernel.organization() is null then
    return (select u.role_id from dashboard_auth.dashboard_users u where u.id = platform.me());
  end if;
  return (select m.role_id from identity.memberships m
    where m.user_id = platform.me() and m.organization_id = kernel.organization() and m.status = 'active');
end $$;

create table platform.saved_views (
  id uuid primary key,
  organization_id uuid,
  -- The account it belongs to, of staff or of a user.
  owner_id uuid not null,
  made_by text not null,
  page text not null,
  name text not null,
  state text not null,
  audience text not null default 'me',
  role_id uuid,
  is_default boolean not null default false,
  slug text not null,
  created_at timestamptz not null default coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now()),
  updated_at timestamptz not null default coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now()),
  version bigint not null default 1,
  constraint saved_views_slug_key unique (slug),
  constraint saved_views_page_check check (page ~ '^/(admin|dashboard)(/[^/?#]+)*$' and length(page) <= 500),
  constraint saved_views_name_check check (length(name) between 1 and 80 and name = btrim(name)),
  constraint saved_views_state_check check (length(state) <= 8000),
  constraint saved_views_audience_check check (audience in ('me', 'role', 'everybody')),
  constraint saved_views_role_id_check check ((audience = 'role') = (role_id is not null)),
  constraint saved_views_organization_id_fkey foreign key (organization_id) references identity.organizations (id) on delete cascade,
  constraint saved_views_role_id_fkey foreign key (role_id) references identity.roles (id) on delete cascade
);
create unique index saved_views_name_key on platform.saved_views
  (coalesce(organization_id, '00000000-0000-0000-0000-000000000000'), owner_id, page, lower(name));
-- One default for each audience of a list.
create unique index saved_views_is_default_key on platform.saved_views
  (coalesce(organization_id, '00000000-0000-0000-0000-000000000000'), page, audience, coalesce(role_id, case audience when 'me' then owner_id end, '00000000-0000-0000-0000-000000000000'))
  where is_default;
create index saved_views_page_idx on platform.saved_views (page, name, id);
create index saved_views_role_id_idx on platform.saved_views (role_id);
create trigger touch before update on platform.saved_views for each row execute function kernel.touch();
grant select, insert, delete on platform.saved_views to quarterdeck_platform, quarterdeck_tenant;
grant update on platform.saved_views to quarterdeck_platform, quarterdeck_tenant;
grant select on platform.saved_views to quarterdeck_explorer;
alter table platform.saved_views enable row level security;
alter table platform.saved_views force row level security;
create policy platform on platform.saved_views to quarterdeck_platform using (true) with check (true);
create policy tenant on platform.saved_views to quarterdeck_tenant
  using (organization_id = (select kernel.organization())) with check (organization_id = (select kernel.organization()));
create policy explorer on platform.saved_views for select to quarterdeck_explorer using (true);

-- How somebody looks at lists is their own business, so every role there is keeps views; who runs the platform shows
-- them to others, too.
alter table identity.roles disable trigger keep_built_in;
alter table identity.roles no force row level security;
update identity.roles set permissions = permissions || '{saved-views:create,saved-views:update,saved-views:delete}'
  where not built_in or name in ('operator', 'developer', 'member', 'viewer');
update identity.roles set permissions = permissions || '{saved-views:share}' where built_in and name = 'operator' and scope = 'platform';
alter table identity.roles force row level security;
alter table identity.roles enable trigger keep_built_in;
