-- Search inside names and addresses by trigrams. Where the extension can't be had, search still works, only slower.
do $$
declare operators text;
begin
  begin
    create extension if not exists pg_trgm;
  exception when others then
    raise notice 'pg_trgm is not available here (%), people are searched without an index', sqlerrm;
  end;
  select quote_ident(n.nspname) || '.gin_trgm_ops' into operators from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm';
  if operators is not null then
    execute format('create index users_email_trgm_idx on auth.users using gin (email %s)', operators);
    execute format('create index users_name_trgm_idx on auth.users using gin (name %s)', operators);
    execute format('create index dashboard_users_email_trgm_idx on dashboard_auth.dashboard_users using gin (email %s)', operators);
    execute format('create index dashboard_users_name_trgm_idx on dashboard_auth.dashboard_users using gin (name %s)', operators);
    execute format('create index organizations_name_trgm_idx on identity.organizations using gin (name %s)', operators);
  end if;
end $$;
