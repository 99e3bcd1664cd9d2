-- {{Nouns}}: say here what they are for.

create schema if not exists {{room}};
grant usage on schema {{room}} to quarterdeck_platform, quarterdeck_tenant, quarterdeck_explorer;

create table {{room}}.{{nouns}} (
  id uuid primary key,
  name text not null,
  note text,
  status text not null default 'active',
  created_at timestamptz not null default coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now()),
  updated_at timestamptz not null default coalesce(nullif(current_setting('app.now', true), '')::timestamptz, now()),
  version bigint not null default 1,
  constraint {{nouns}}_name_key unique (name),
  constraint {{nouns}}_name_check check (length(name) between 1 and 120),
  constraint {{nouns}}_note_check check (length(note) <= 2000),
  constraint {{nouns}}_status_check check (status in ('active', 'archived'))
);
create index {{nouns}}_created_at_idx on {{room}}.{{nouns}} (created_at desc, id desc);
create trigger touch before update on {{room}}.{{nouns}} for each row execute function kernel.touch();
grant select, insert, update, delete on {{room}}.{{nouns}} to quarterdeck_platform;
grant select on {{room}}.{{nouns}} to quarterdeck_explorer;
