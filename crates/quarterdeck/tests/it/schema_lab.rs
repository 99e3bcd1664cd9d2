//! What the tests about changing tables stand on: a few tables that belong to the login that changes them, and everything
//! that the catalogue says about them as text.

use crate::explorer_lab::{Lab, lab};
use serde_json::{Value, json};
use testkit::{Answer, Client};

/// Two tables, a view, an enumeration, a policy, a trigger: something of each kind that can hang on a table.
const SHOP: &str = r#"
create schema shop authorization quarterdeck_schema;
set role quarterdeck_schema;
create type shop.mood as enum ('sad', 'ok', 'happy');
create table shop.artist (id int generated always as identity primary key, name text not null, mood shop.mood default 'ok');
comment on table shop.artist is 'Who made it: it''s a \ band';
comment on column shop.artist.name is 'As on the cover';
create table shop.album (
  id serial primary key, artist_id int not null references shop.artist (id) on delete cascade, title varchar(20) collate "C" not null,
  price numeric(10, 2) default 9.99, cents int generated always as ((price * 100)::int) stored, tags text[], made_at timestamptz default now(),
  constraint album_price_check check (price >= 0), constraint album_title_key unique (title)
) with (fillfactor = 90);
create index album_artist_id_idx on shop.album (artist_id);
create index album_lower_idx on shop.album (lower(title)) where price > 1;
comment on index shop.album_lower_idx is 'For search';
comment on constraint album_price_check on shop.album is 'Nothing is less than free';
create view shop.cheap as select id, title from shop.album where price < 5;
-- Views with the rights of their caller came with PostgreSQL 15.
do $$ begin if current_setting('server_version_num')::int >= 150000 then alter view shop.cheap set (security_invoker = true); end if; end $$;
comment on view shop.cheap is 'Under five';
alter table shop.artist enable row level security;
create policy "own rows" on shop.artist for select to authenticated using (id = 1);
comment on policy "own rows" on shop.artist is 'Only the first';
grant select on shop.artist to authenticated;
grant select, insert on shop.album to authenticated;
grant select on shop.cheap to anon;
insert into shop.artist (name) values ('Ada'), ('Grace');
insert into shop.album (artist_id, title) values (1, 'Notes'), (2, 'Compiler');
reset role;
create function shop.stamp() returns trigger language plpgsql as 'begin return new; end';
create trigger stamped before update on shop.artist for each row execute function shop.stamp();
create table public.other (id int primary key, name text);
"#;

/// Everything that is known of a schema's tables, a fact a line. Where a column stands isn't among it.
const DUMP: &str = "
with r as (select c.*, n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1)
select string_agg(line, e'\n' order by line) from (
  select format('relation %s %s %s rls=%s/%s %s %s %s', relkind, relname, pg_get_userbyid(relowner), relrowsecurity, relforcerowsecurity, reloptions,
    relpersistence, obj_description(oid, 'pg_class')) line from r
  union all select format('column %s.%s %s notnull=%s default=%s gen=%s id=%s coll=%s %s', r.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
    pg_get_expr(d.adbin, d.adrelid), a.attgenerated, a.attidentity, a.attcollation, col_description(r.oid, a.attnum))
    from r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped and r.relkind in ('r', 'v') left join pg_attrdef d on d.adrelid = r.oid and d.adnum = a.attnum
  union all select format('rule %s %s %s valid=%s %s', r.relname, k.conname, pg_get_constraintdef(k.oid), k.convalidated, obj_description(k.oid, 'pg_constraint')) from r join pg_constraint k on k.conrelid = r.oid
  union all select format('index %s valid=%s', pg_get_indexdef(i.indexrelid), i.indisvalid) from r join pg_index i on i.indrelid = r.oid
  union all select format('policy %s %s %s %s %s %s %s %s', r.relname, p.polname, p.polpermissive, p.polcmd, p.polroles::regrole[], pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid), obj_description(p.oid, 'pg_policy'))
    from r join pg_policy p on p.polrelid = r.oid
  union all select format('trigger %s', pg_get_triggerdef(t.oid)) from r join pg_trigger t on t.tgrelid = r.oid and not t.tgisinternal
  union all select format('view %s %s', relname, pg_get_viewdef(oid)) from r where relkind = 'v'
  union all select format('grant %s %s %s', r.relname, a.grantee::regrole, a.privilege_type) from r, aclexplode(coalesce(r.relacl, acldefault('r', r.relowner))) a where r.relkind in ('r', 'v')
  union all select format('enum %s %s %s', t.typname, (select string_agg(e.enumlabel, ',' order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid), obj_description(t.oid, 'pg_type'))
    from pg_type t join pg_namespace n on n.oid = t.typnamespace where n.nspname = $1 and t.typtype = 'e'
  union all select format('schema %s %s', nspname, obj_description(oid, 'pg_namespace')) from pg_namespace where nspname !~ '^pg_'
) lines";

pub async fn shop() -> Lab {
    let lab = lab(SHOP).await;
    // The explorer's rights are given once somebody looks.
    lab.owner.get("/api/v1/explorer/main/tables").await.expect_status(200);
    lab
}

pub async fn dump(lab: &Lab, schema: &str) -> String {
    lab.db.query_one(DUMP, &[&schema]).await.unwrap().get::<_, Option<String>>(0).unwrap_or_default()
}

pub async fn plan(by: &Client, changes: &Value) -> Answer {
    by.post("/api/v1/explorer/main/schema/plan", json!({"changes": changes})).await
}

pub async fn apply(by: &Client, changes: &Value, hash: &str) -> Answer {
    by.post("/api/v1/explorer/main/schema/changes", json!({"changes": changes, "hash": hash})).await
}

/// Plans and runs; the plan.
pub async fn done(lab: &Lab, changes: &Value) -> Value {
    let plan = plan(&lab.owner, changes).await.body_of(200);
    apply(&lab.owner, changes, plan["hash"].as_str().unwrap()).await.expect_status(200);
    plan
}

/// Runs the way back of a plan, as whoever changed the tables.
pub async fn back(lab: &Lab, plan: &Value) {
    lab.db.batch_execute("set role quarterdeck_schema; set search_path = public").await.unwrap();
    for sql in plan["down"].as_array().unwrap() {
        let sql = sql.as_str().unwrap();
        lab.db.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }
    lab.db.batch_execute("reset role; reset search_path").await.unwrap();
}

pub fn statements(plan: &Value) -> Vec<&str> {
    plan["statements"].as_array().unwrap().iter().map(|one| one["sql"].as_str().unwrap()).collect()
}
