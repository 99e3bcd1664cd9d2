-- The orders people ask lists of many for.
create index users_email_idx on auth.users (email, id) where deleted_at is null;
create index users_name_idx on auth.users (name, id) where deleted_at is null;
create index users_last_sign_in_at_idx on auth.users (last_sign_in_at desc, id desc) where deleted_at is null;
create index memberships_created_at_idx on identity.memberships (created_at desc, id desc);
