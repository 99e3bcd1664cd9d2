-- Admins of an organization make roles of it. They see the roles that everybody uses, and can lock one to be told why it
-- can't be changed; what they write belongs to their organization, and is never built in.
grant insert (id, scope, organization_id, name, label, description, permissions, extends), update (label, description, permissions, extends), delete
  on identity.roles to quarterdeck_tenant;
create policy tenant_insert on identity.roles for insert to quarterdeck_tenant
  with check (scope = 'organization' and organization_id = (select kernel.organization()) and not built_in);
create policy tenant_update on identity.roles for update to quarterdeck_tenant
  using (scope = 'organization' and (organization_id is null or organization_id = (select kernel.organization())))
  with check (scope = 'organization' and organization_id = (select kernel.organization()) and not built_in);
create policy tenant_delete on identity.roles for delete to quarterdeck_tenant
  using (scope = 'organization' and organization_id = (select kernel.organization()));
