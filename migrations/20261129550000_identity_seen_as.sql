-- Seeing the administered database as somebody (anon, authenticated, service_role): an impersonation like any other, but
-- begun in the staff session itself instead of by a code, and about rows instead of the portal.

alter table auth.impersonation_sessions add column surface text not null default 'portal',
  add constraint impersonation_sessions_surface_check check (surface in ('portal', 'database'));
grant select (surface) on auth.impersonation_sessions to quarterdeck_explorer;

-- Without a code it counts in the staff session at once.
alter table auth.impersonation_tokens alter column code_hash drop not null, alter column code_expires_at drop not null,
  add constraint impersonation_tokens_code_check check ((code_hash is null) = (code_expires_at is null) and (token_hash is null or code_hash is not null));

alter table identity.roles disable trigger keep_built_in;
alter table identity.roles no force row level security;
update identity.roles set permissions = permissions || '{impersonations:begin}' where name = 'operator' and scope = 'platform' and built_in;
alter table identity.roles force row level security;
alter table identity.roles enable trigger keep_built_in;

-- What row policies ask, by the names and with the answers that Supabase gave them. Their bodies are read now, so that
-- nothing in a search path can change what they mean.
do $$
begin
  if to_regprocedure('auth.uid()') is null then
    create function auth.uid() returns uuid stable parallel safe language sql return
      coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''), nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid;
    comment on function auth.uid() is 'The signed-in user, from the claims of the request';
  end if;
  if to_regprocedure('auth.role()') is null then
    create function auth.role() returns text stable parallel safe language sql return
      coalesce(nullif(current_setting('request.jwt.claim.role', true), ''), nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role');
    comment on function auth.role() is 'anon, authenticated or service_role, from the claims of the request';
  end if;
  if to_regprocedure('auth.email()') is null then
    create function auth.email() returns text stable parallel safe language sql return
      coalesce(nullif(current_setting('request.jwt.claim.email', true), ''), nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email');
    comment on function auth.email() is 'The e-mail address of the signed-in user, from the claims of the request';
  end if;
  if to_regprocedure('auth.jwt()') is null then
    create function auth.jwt() returns jsonb stable parallel safe language sql return
      coalesce(nullif(current_setting('request.jwt.claim', true), ''), nullif(current_setting('request.jwt.claims', true), ''))::jsonb;
    comment on function auth.jwt() is 'All claims of the request';
  end if;
end $$;
