-- What API keys may be at most that holders of a role make: how long they work, and how often they ask.
create table identity.role_key_limits (
  role_id uuid primary key,
  days integer,
  per_minute integer,
  constraint role_key_limits_days_check check (days between 1 and 3650),
  constraint role_key_limits_per_minute_check check (per_minute between 1 and 1000000),
  constraint role_key_limits_role_id_fkey foreign key (role_id) references identity.roles (id) on delete cascade
);
grant select, insert, update, delete on identity.role_key_limits to quarterdeck_platform;
grant select on identity.role_key_limits to quarterdeck_tenant, quarterdeck_explorer;
