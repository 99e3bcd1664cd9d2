-- An administrator defines roles of organizations, not those of staff: `roles:staff` says which. So they can also give
-- somebody the role that runs an organization, because they hold all of it.
-- Without the force, so that an owner of the database who is no superuser reaches the rows.
alter table identity.roles no force row level security;
alter table identity.roles disable trigger keep_built_in;
update identity.roles set permissions = '{*,-staff:change-role,-roles:staff}', description = 'Everything but assigning and editing roles of staff'
  where name = 'dashboard_admin' and scope = 'platform' and built_in;
alter table identity.roles enable trigger keep_built_in;
alter table identity.roles force row level security;
