-- Where people may come from, and when they may sign in.

-- One row for each network. Of the platform (no organization): staff, and keys of staff. Of an organization: whoever acts
-- for it. Without any row everybody may come from anywhere.
create table identity.restrictions (
  id uuid primary key,
  organization_id uuid,
  network text not null,
  note text,
  made_by text,
  created_at timestamptz not null default identity.now(),
  updated_at timestamptz not null default identity.now(),
  version bigint not null default 1,
  constraint restrictions_network_check check (length(network) between 9 and 43),
  constraint restrictions_note_check check (length(note) <= 200),
  constraint restrictions_organization_id_fkey foreign key (organization_id) references identity.organizations (id) on delete cascade
);
create unique index restrictions_network_key on identity.restrictions (coalesce(organization_id, '00000000-0000-0000-0000-000000000000'), network);
create index restrictions_organization_id_idx on identity.restrictions (organization_id) where organization_id is not null;
create index restrictions_created_at_idx on identity.restrictions (created_at desc, id desc);
create trigger touch before update on identity.restrictions for each row execute function kernel.touch();
grant select, insert, update, delete on identity.restrictions to quarterdeck_platform, quarterdeck_tenant;
grant select (id, organization_id, network, note, made_by, created_at, updated_at, version) on identity.restrictions to quarterdeck_explorer;
alter table identity.restrictions enable row level security;
alter table identity.restrictions force row level security;
create policy platform on identity.restrictions to quarterdeck_platform using (true) with check (true);
create policy tenant on identity.restrictions to quarterdeck_tenant
  using (organization_id = (select kernel.organization())) with check (organization_id = (select kernel.organization()));
create policy explorer on identity.restrictions for select to quarterdeck_explorer using (true);

-- When staff with a role may sign in: at most one row for each role, and always where there is none.
create table identity.hours (
  id uuid primary key,
  role_id uuid not null,
  role_scope text not null generated always as ('platform') stored,
  time_zone text not null,
  weekdays text[] not null,
  opens time not null,
  closes time not null,
  every_request boolean not null default false,
  created_at timestamptz not null default identity.now(),
  updated_at timestamptz not null default identity.now(),
  version bigint not null default 1,
  constraint hours_role_id_key unique (role_id),
  constraint hours_weekdays_check check (cardinality(weekdays) between 1 and 7 and weekdays <@ '{mon,tue,wed,thu,fri,sat,sun}'),
  constraint hours_role_id_fkey foreign key (role_id, role_scope) references identity.roles (id, scope) on delete cascade
);
create index hours_created_at_idx on identity.hours (created_at desc, id desc);
create trigger touch before update of time_zone, weekdays, opens, closes, every_request on identity.hours for each row execute function kernel.touch();
grant select, insert, update, delete on identity.hours to quarterdeck_platform;
grant select (id, role_id, role_scope, time_zone, weekdays, opens, closes, every_request, created_at, updated_at, version)
  on identity.hours to quarterdeck_explorer;

-- Whether the hours are open at a moment. Hours that end before they begin go over midnight, and belong to the day on
-- which they began; hours that end when they begin are the whole day.
create function identity.open_at(hours identity.hours, at timestamptz) returns boolean stable language sql as $$
  select case
    when $1.opens < $1.closes then today = any($1.weekdays) and clock >= $1.opens and clock < $1.closes
    else (today = any($1.weekdays) and clock >= $1.opens) or (yesterday = any($1.weekdays) and clock < $1.closes)
      or ($1.opens = $1.closes and today = any($1.weekdays))
  end
  from (select ('{sun,mon,tue,wed,thu,fri,sat}'::text[])[1 + extract(dow from $2 at time zone $1.time_zone)::int] as today,
    ('{sat,sun,mon,tue,wed,thu,fri}'::text[])[1 + extract(dow from $2 at time zone $1.time_zone)::int] as yesterday,
    ($2 at time zone $1.time_zone)::time as clock) t
$$;

-- The built-in manager of an organization has nothing to do with its security.
alter table identity.roles disable trigger keep_built_in;
alter table identity.roles no force row level security;
update identity.roles set permissions = permissions || '{-restrictions:*}' where name = 'manager' and scope = 'organization' and built_in;
alter table identity.roles force row level security;
alter table identity.roles enable trigger keep_built_in;

-- Attempts of strangers are counted by the day as well.
alter table identity.throttle drop constraint throttle_kind_check;
alter table identity.throttle add constraint throttle_kind_check check (kind in ('account', 'account_day', 'address', 'familiar', 'familiar_day'));
