-- An administrator defines roles of organizations, not those of staff: `roles:staff` says which. So they can also give
-- somebody the role that runs an organization, because they hold all of it.
alter table identity.roles disable trigger keep_built_in;
update identity.roles set permissions = '{*,-staff:change-role,-roles:staff}', description = 'Everything but assigning and editing roles of staff'
  where name = 'dashboard_admin' and scope = 'platform' and built_in;
alter table identity.roles enable trigger keep_built_in;
