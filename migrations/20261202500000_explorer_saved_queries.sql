-- SQL that somebody keeps under a name, for oneself or for others.
create table explorer.saved_queries (
  id uuid primary key,
  -- The account it belongs to.
  owner_id uuid not null,
  made_by text not null,
  name text not null,
  source text not null,
  sql text not null,
  note text,
  audience text not null default 'me',
  role_id uuid,
  slug text not null,
  created_at timestamptz not null default coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now()),
  updated_at timestamptz not null default coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now()),
  version bigint not null default 1,
  constraint saved_queries_slug_key unique (slug),
  constraint saved_queries_name_check check (length(name) between 1 and 80 and name = btrim(name)),
  constraint saved_queries_sql_check check (length(sql) between 1 and 1048576),
  constraint saved_queries_note_check check (length(note) <= 500),
  constraint saved_queries_audience_check check (audience in ('me', 'role', 'everybody')),
  constraint saved_queries_role_id_check check ((audience = 'role') = (role_id is not null)),
  constraint saved_queries_role_id_fkey foreign key (role_id) references identity.roles (id) on delete cascade
);
create unique index saved_queries_name_key on explorer.saved_queries (owner_id, lower(name));
create index saved_queries_role_id_idx on explorer.saved_queries (role_id);
create trigger touch before update on explorer.saved_queries for each row execute function kernel.touch();
grant select, insert, update, delete on explorer.saved_queries to quarterdeck_platform;
-- The text is for those it is shown to: the explorer shows everybody's queries without it.
grant select (id, owner_id, made_by, name, source, note, audience, role_id, slug, created_at, updated_at, version) on explorer.saved_queries to quarterdeck_explorer;

-- Who may run SQL may keep it; who runs the platform shows it to others, too.
alter table identity.roles disable trigger keep_built_in;
alter table identity.roles no force row level security;
update identity.roles set permissions = permissions || '{saved-queries:create,saved-queries:update,saved-queries:delete}'
  where scope = 'platform' and (built_in and name in ('operator', 'developer') or not built_in and 'sql:read' = any (permissions));
update identity.roles set permissions = permissions || '{saved-queries:share}' where built_in and name = 'operator' and scope = 'platform';
alter table identity.roles force row level security;
alter table identity.roles enable trigger keep_built_in;
