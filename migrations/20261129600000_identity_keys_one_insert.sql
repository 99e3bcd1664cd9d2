-- Keys of staff and of organizations are written by one statement. Who acts for an organization names no member of
-- staff: a key that has both is refused by api_keys_owner_check, and one without an organization by the row policy.
grant insert (staff_id) on identity.api_keys to quarterdeck_tenant;
