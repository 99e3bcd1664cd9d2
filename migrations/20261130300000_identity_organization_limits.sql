-- How much an organization may have, where staff decided something else than the platform's settings say; and why, for staff.
alter table identity.organizations
  add column members_limit int,
  add column keys_limit int,
  add column roles_limit int,
  add column limits_reason text,
  add constraint organizations_members_limit_check check (members_limit between 1 and 1000000),
  add constraint organizations_keys_limit_check check (keys_limit between 0 and 1000000),
  add constraint organizations_roles_limit_check check (roles_limit between 0 and 1000000),
  add constraint organizations_limits_reason_check check (length(limits_reason) <= 500);
grant select (members_limit, keys_limit, roles_limit) on identity.organizations to quarterdeck_explorer;
