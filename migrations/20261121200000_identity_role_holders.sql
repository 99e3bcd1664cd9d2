-- How many accounts have a role, counted up to 1,000. A function, because who acts for an organization has no right to
-- look at staff: only the branch that runs is checked.
create function identity.holders_of(role uuid, scope text) returns int stable language plpgsql as $$
begin
  if scope = 'platform' then
    return (select count(*) from (select from dashboard_auth.dashboard_users u where u.role_id = role and u.deleted_at is null limit 1000) h);
  end if;
  return (select count(*) from (select from identity.memberships m where m.role_id = role limit 1000) h);
end $$;
