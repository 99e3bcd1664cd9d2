-- Databases that the explorer shows. `main`, the panel's own database, is a row like any other, without a URL.

create schema explorer;
grant usage on schema explorer to quarterdeck_platform, quarterdeck_explorer;

create table explorer.sources (
  id uuid primary key,
  name text not null,
  -- Sealed under `explorer.sources|url|<id>`; null for the panel's own database.
  url bytea,
  host text,
  port integer,
  database text not null,
  username text,
  version bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint sources_name_key unique (name),
  constraint sources_name_check check (name ~ '^[a-z0-9_-]{1,63}$')
);
create trigger touch before update on explorer.sources for each row execute function kernel.touch();
grant select, insert, update, delete on explorer.sources to quarterdeck_platform;
grant select (id, name, host, port, database, username, version, created_at, updated_at) on explorer.sources to quarterdeck_explorer;

insert into explorer.sources (id, name, database) values ('0193489c-0000-7000-8000-000000000001', 'main', current_database());
