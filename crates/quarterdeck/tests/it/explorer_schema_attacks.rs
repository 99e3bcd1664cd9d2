//! Changing tables as somebody would misuse it: a second statement in an expression, out of the login, into our secrets,
//! and to tables that belong to others.

use crate::schema_lab::{apply, done, dump, plan, shop};
use crate::seen_lab::{Desk, HEADER};
use http::Method;
use serde_json::{Value, json};
use testkit::{Server, TestApp};

/// An expression wherever one can be written.
fn with_expression(text: &str) -> Vec<Value> {
    let change = |name: &str, more: Value| {
        let mut change = json!({"change": name, "schema": "shop", "table": "album"});
        change.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!([change])
    };
    vec![
        change("add_column", json!({"column": {"name": "x", "type": "text", "default": text}})),
        change("add_column", json!({"column": {"name": "x", "type": "text", "generated": text}})),
        change("set_column_default", json!({"column": "price", "default": text})),
        change("set_column_type", json!({"column": "price", "type": "int", "using": text})),
        change("add_constraint", json!({"name": "x", "rule": {"kind": "check", "expression": text}})),
        change("create_index", json!({"name": "x", "keys": [{"expression": text}], "concurrently": false})),
        change("create_index", json!({"name": "x", "keys": [{"column": "id"}], "where": text, "concurrently": false})),
        change("create_policy", json!({"name": "x", "using": text})),
        change("create_policy", json!({"name": "x", "command": "insert", "check": text})),
        json!([{"change": "create_table", "schema": "shop", "table": "x", "columns": [{"name": "a", "type": "text", "default": text}]}]),
        json!([{"change": "create_view", "schema": "shop", "name": "x", "query": text}]),
        json!([{"change": "create_view", "schema": "shop", "name": "x", "query": format!("select 1, {text}")}]),
    ]
}

#[tokio::test]
async fn an_expression_is_never_more_than_one() {
    let lab = shop().await;
    let before = dump(&lab, "shop").await;
    for text in [
        "1); drop table shop.artist; --",
        "1; drop table shop.artist",
        "1), drop column tags, add column y int default (1",
        "1) stored, drop column tags, add column z int generated always as (2",
        "true); alter table shop.artist disable row level security; --",
        "true) with check (true); drop table shop.artist; select (1",
        "$$a$$); drop table shop.artist; select ($$b$$",
        "1 -- \r), drop column tags --",
        "1 /* ",
        "'",
        "\"",
        "$a$",
        "1) -- ",
        ")(",
        "",
        "\u{0}",
    ] {
        for list in with_expression(text) {
            let answer = plan(&lab.owner, &list).await;
            assert!(answer.status == 422, "{list}: {}", answer.text);
        }
    }
    for name in ["a\"; drop table shop.artist; --", "'; drop table shop.artist; --", "$$", "--", "\u{1F986}"] {
        let list = json!([{"change": "add_column", "schema": "shop", "table": "album", "column": {"name": name, "type": "int", "comment": name}},
            {"change": "create_enum", "schema": "shop", "name": name, "values": [name]},
            {"change": "create_table", "schema": "shop", "table": format!("t{name}"), "columns": [], "comment": name}]);
        done(&lab, &list).await;
        assert!(dump(&lab, "shop").await.contains(&format!("enum {name} {name}")));
        let list = json!([{"change": "drop_column", "schema": "shop", "table": "album", "column": name}, {"change": "drop_enum", "schema": "shop", "name": name},
            {"change": "drop_table", "schema": "shop", "table": format!("t{name}")}]);
        done(&lab, &list).await;
    }
    for kind in [
        "int; drop table shop.artist",
        "int, drop column tags",
        "int) --",
        "int -- x",
        "int default 1",
        "nothing",
        "setof int",
        "record",
        "int /* x */",
        "",
    ] {
        let list = json!([{"change": "add_column", "schema": "shop", "table": "album", "column": {"name": "x", "type": kind}}]);
        let answer = plan(&lab.owner, &list).await.expect(422);
        assert_eq!(answer["errors"][0]["field"], "changes.0.column.type", "{kind}: {}", answer.text);
    }
    for (name, code) in [("x".repeat(64), "too_long"), ("🦆".repeat(16), "too_long"), (String::new(), "required")] {
        let list = json!([{"change": "create_table", "schema": "shop", "table": name, "columns": []}]);
        assert_eq!(plan(&lab.owner, &list).await.expect(422)["errors"][0]["code"], code);
    }
    assert_eq!(before, dump(&lab, "shop").await);
}

#[tokio::test]
async fn no_expression_gets_out_of_the_login_or_into_our_secrets() {
    let lab = shop().await;
    let secret = "select string_agg(password_hash, '') from dashboard_auth.dashboard_users";
    lab.db
        .batch_execute(
            "create function shop.hands_over() returns text language sql security definer as 'select current_user::text'; \
        grant execute on function shop.hands_over() to public",
        )
        .await
        .unwrap();
    for text in [
        format!("query_to_xml('{}', true, true, '')::text", secret.replace('\'', "''")),
        "set_config('role', 'quarterdeck_platform', false)".into(),
        "set_config('role', 'postgres', false)".into(),
        "set_config('session_authorization', 'postgres', false)".into(),
        "pg_read_file('/etc/passwd')".into(),
        "lo_import('/etc/passwd')::text".into(),
        "query_to_xml('select url from explorer.sources', true, true, '')::text".into(),
        "query_to_xml('set role quarterdeck_platform', true, true, '')::text".into(),
        "query_to_xml('alter role quarterdeck_schema superuser', true, true, '')::text".into(),
    ] {
        // As the default of a new column it is run for the rows that are there.
        let list =
            json!([{"change": "add_column", "schema": "shop", "table": "album", "column": {"name": "x", "type": "text", "default": text}}]);
        let seen = plan(&lab.owner, &list).await.expect(200);
        let refused = apply(&lab.owner, &list, seen["hash"].as_str().unwrap()).await;
        assert!([403, 422].contains(&refused.status), "{text}: {}", refused.text);
        assert!(!refused.text.contains("argon2"), "{}", refused.text);
    }
    // What is set in a session meets nobody, and a role that may be taken leads nowhere.
    let list = json!([{"change": "add_column", "schema": "shop", "table": "album",
        "column": {"name": "x", "type": "text", "default": "set_config('search_path', 'pg_temp', false) || set_config('role', 'none', false)"}}]);
    done(&lab, &list).await;
    done(&lab, &json!([{"change": "add_column", "schema": "shop", "table": "album", "column": {"name": "y", "type": "text", "default": "current_user::text || shop.hands_over()"}}])).await;
    assert_eq!(
        lab.ask("select y from shop.album limit 1").await,
        "quarterdeck_schemapostgres".replace("postgres", &lab.ask("select current_user").await)
    );

    // Views and policies over what is ours: it can't be named, or not be read.
    for query in [
        "select * from identity.organizations",
        "select * from dashboard_auth.dashboard_users",
        "table explorer.sources",
        "select * from kernel.audit_log",
    ] {
        let list = json!([{"change": "create_view", "schema": "shop", "name": "leak", "query": query}]);
        assert!(plan(&lab.owner, &list).await.expect(422).text.contains("ermission denied"), "{query}");
    }
    let list = json!([{"change": "create_view", "schema": "shop", "name": "leak", "query": "select password_hash from auth.users", "invoker": false}]);
    done(&lab, &list).await;
    let refused = lab.rows(Method::GET, "main/leak", &[("accept-profile", "shop")], Value::Null).await;
    assert!([403, 404].contains(&refused.status), "{} {}", refused.status, refused.text);
}

#[tokio::test]
async fn the_login_has_nothing_of_the_panels() {
    let lab = shop().await;
    let held = lab.ask("select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('kernel', 'identity', 'dashboard_auth', 'auth', 'explorer', 'platform') \
        and (c.relkind in ('r', 'p', 'v', 'm') and (has_table_privilege('quarterdeck_schema', c.oid, 'select, insert, update, delete, truncate, references, trigger') or has_any_column_privilege('quarterdeck_schema', c.oid, 'select, insert, update, references')) \
        or c.relkind = 'S' and has_sequence_privilege('quarterdeck_schema', c.oid, 'usage, select, update'))").await;
    assert_eq!(held, "0");
    let spaces = lab.ask("select string_agg(nspname, ',' order by nspname) from pg_namespace where nspname in ('kernel', 'identity', 'dashboard_auth', 'auth', 'explorer', 'platform') \
        and has_schema_privilege('quarterdeck_schema', oid, 'usage, create')").await;
    assert_eq!(spaces, "auth", "for auth.uid() in policies, and no right to create there");
    assert_eq!(lab.ask("select has_schema_privilege('quarterdeck_schema', 'auth', 'create')").await, "false");
    assert_eq!(
        lab.ask("select string_agg(rolname, ',') from pg_roles r where pg_has_role('quarterdeck_schema', r.oid, 'member') and rolname <> 'quarterdeck_schema'").await,
        "NULL"
    );
    for (schema, table) in [("auth", "users"), ("kernel", "audit_log"), ("pg_catalog", "pg_class"), ("information_schema", "tables")] {
        let column = json!([{"change": "add_column", "schema": schema, "table": table, "column": {"name": "x", "type": "int"}}]);
        plan(&lab.owner, &column).await.expect_status(403);
        let made = json!([{"change": "create_table", "schema": schema, "table": "x", "columns": []}]);
        plan(&lab.owner, &made).await.expect_status(403);
        own(&lab.owner, schema, table, "postgres").await.expect_status(403);
    }
}

async fn own(by: &testkit::Client, schema: &str, name: &str, owner: &str) -> testkit::Answer {
    by.post("/api/v1/explorer/main/schema/own", json!({"schema": schema, "name": name, "owner": owner})).await
}

#[tokio::test]
async fn what_others_own_is_refused_until_it_is_taken_over() {
    let lab = shop().await;
    let superuser = lab.ask("select current_user").await;
    let list = json!([{"change": "add_column", "schema": "public", "table": "other", "column": {"name": "x", "type": "int"}}]);
    let seen = plan(&lab.owner, &list).await.expect(200);
    assert_eq!((&seen["foreign"][0]["owner"], &seen["foreign"][0]["can_take_over"]), (&json!(superuser), &json!(true)), "{}", seen.text);
    let refused = apply(&lab.owner, &list, seen["hash"].as_str().unwrap()).await.expect(403);
    assert!(refused.text.contains(&superuser), "{}", refused.text);
    own(&lab.owner, "public", "other", "somebody").await.expect_status(409);
    assert_eq!(own(&lab.owner, "public", "other", &superuser).await.expect(200)["owner"], "quarterdeck_schema");
    own(&lab.owner, "public", "other", "quarterdeck_schema").await.expect_status(409);
    done(&lab, &list).await;
    // Whoever had rights still has them.
    lab.insert("main/other", json!({"id": 1, "x": 2})).await.expect_status(201);
    let log = lab.app.audit().await;
    let taken = log.iter().find(|entry| entry["action"] == "schema.own" && entry["outcome"] == "ok").unwrap();
    assert_eq!(taken["changes"]["owner"], json!({"before": superuser, "after": "quarterdeck_schema"}));
}

#[tokio::test]
async fn the_rights_of_a_plain_role_are_taken_and_of_no_other() {
    let lab = shop().await;
    let id = lab.app.database.replace("test_", "");
    let (plain, nested, high, maker, loops) =
        (format!("plain{id}"), format!("nested{id}"), format!("high{id}"), format!("maker{id}"), format!("loop{id}"));
    lab.db
        .batch_execute(&format!(
            "create role {plain}; create role {high} bypassrls; create role {nested}; grant {high} to {nested}; create role {maker} createrole; \
             create role {loops}; grant quarterdeck_schema to {loops}; grant create on schema public to {plain}, {nested}, {high}, {maker}, {loops}; \
             create table public.p (id int); alter table public.p owner to {plain}; create table public.n (id int); alter table public.n owner to {nested}; \
             create table public.h (id int); alter table public.h owner to {high}; create table public.m (id int); alter table public.m owner to {maker}; \
             create table public.l (id int); alter table public.l owner to {loops}; create type public.e as enum ('a'); alter type public.e owner to {plain}"
        ))
        .await
        .unwrap();
    for (table, owner) in [("n", &nested), ("h", &high), ("m", &maker), ("l", &loops)] {
        let refused = own(&lab.owner, "public", table, owner).await.expect(403);
        assert!(refused.text.contains("may more than own tables"), "{table}: {}", refused.text);
    }
    // An owner of something of the panel's is none of them, whatever else it may.
    lab.db.batch_execute(&format!("create table explorer.theirs (id int); alter table explorer.theirs owner to {plain}")).await.unwrap();
    own(&lab.owner, "public", "p", &plain).await.expect_status(403);
    lab.db.batch_execute("drop table explorer.theirs").await.unwrap();
    let taken = own(&lab.owner, "public", "p", &plain).await.expect(200);
    assert_eq!((&taken["owner"], &taken["granted"]), (&json!(plain), &json!(plain)));
    done(
        &lab,
        &json!([{"change": "add_column", "schema": "public", "table": "p", "column": {"name": "x", "type": "int"}},
        {"change": "add_enum_value", "schema": "public", "name": "e", "value": "b"}]),
    )
    .await;
    assert_eq!(lab.ask("select pg_get_userbyid(relowner) from pg_class where relname = 'p'").await, plain);
    lab.db.batch_execute(&format!("revoke {plain} from quarterdeck_schema; revoke quarterdeck_schema from {loops}")).await.unwrap();
}

#[tokio::test]
async fn who_may_not_does_not_and_nobody_does_in_a_place() {
    let desk = Desk::new("").await;
    let lab = &desk.lab;
    let list = json!([{"change": "create_table", "schema": "public", "table": "x", "columns": []}]);
    for role in ["developer", "operator"] {
        let staff = lab.app.staff(&lab.owner, role).await;
        assert!(plan(&staff, &list).await.expect(403).text.contains("schema:write"));
        apply(&staff, &list, "x").await.expect_status(403);
        own(&staff, "public", "todos", "postgres").await.expect_status(403);
        let shape = staff.get("/api/v1/explorer/main/schema/public/todos").await.expect(200);
        assert_eq!((&shape["change"]["allowed"], &shape["take_over"]["allowed"]), (&json!(false), &json!(false)));
    }
    plan(&lab.app.nobody(), &list).await.expect_status(401);
    let id = desk.as_grace_writing().await;
    for path in ["plan", "changes", "own"] {
        let body = match path {
            "plan" => json!({"changes": list}),
            "changes" => json!({"changes": list, "hash": "x"}),
            _ => json!({"schema": "public", "name": "todos", "owner": "postgres"}),
        };
        let url = format!("/api/v1/explorer/main/schema/{path}");
        lab.owner.send(Method::POST, &url, &[(HEADER, &id)], Some(body)).await.expect_status(403);
    }
}

#[tokio::test]
async fn lists_that_contradict_themselves_are_refused_at_the_change() {
    let lab = shop().await;
    for (list, field) in [
        (json!([]), "changes"),
        (json!([{"change": "nothing"}]), "changes.0.change"),
        (json!([{"change": "drop_table", "schema": "shop"}]), "changes.0.table"),
        (json!([{"change": "drop_table", "schema": "shop", "table": "album", "cascade": true}]), "changes.0.cascade"),
        (
            json!([{"change": "rename_table", "schema": "shop", "table": "album", "to": "b"}, {"change": "drop_table", "schema": "shop", "table": "album"}]),
            "changes.1.change",
        ),
        (
            json!([{"change": "drop_column", "schema": "shop", "table": "album", "column": "tags"}, {"change": "set_column_default", "schema": "shop", "table": "album", "column": "tags", "default": null}]),
            "changes.1.change",
        ),
        (
            json!([{"change": "create_index", "schema": "shop", "table": "album", "name": "i", "keys": [{"column": "tags"}]}, {"change": "set_table_comment", "schema": "shop", "table": "album", "comment": "x"}]),
            "changes",
        ),
        (
            json!([{"change": "add_column", "schema": "shop", "table": "album", "column": {"name": "tags", "type": "int"}}]),
            "changes.0.column.name",
        ),
        (
            json!([{"change": "create_policy", "schema": "shop", "table": "album", "name": "p", "roles": ["nobody_at_all"], "using": "true"}]),
            "changes.0.roles",
        ),
        (
            json!([{"change": "create_policy", "schema": "shop", "table": "album", "name": "p", "using": "no_such_column = 1"}]),
            "changes.0.using",
        ),
        (json!([{"change": "drop_index", "schema": "shop", "name": "album_title_key"}]), "changes.0.name"),
    ] {
        let refused = plan(&lab.owner, &list).await.expect(422);
        assert_eq!(refused["errors"][0]["field"], field, "{list}: {}", refused.text);
    }
    plan(&lab.owner, &json!([{"change": "drop_table", "schema": "shop", "table": "nothing"}])).await.expect_status(404);
    plan(&lab.owner, &json!([{"change": "drop_schema", "schema": "shop"}])).await.expect_status(409);
}

#[tokio::test]
async fn it_works_where_the_owner_of_the_database_is_no_superuser() {
    let server = Server::untouched("schema_managed");
    let owner = server.given("managed", "createrole").await;
    let app = TestApp::given(quarterdeck::product(), &server, owner.clone(), &[]).await.expect("it starts");
    let (staff, db) = (app.owner().await, host::boot::connect(&owner, pgtls::TlsMode::Disable).await.unwrap());
    db.batch_execute("create table public.theirs (id int primary key, name text); insert into theirs values (1, 'a')").await.unwrap();
    let send = |changes: Value| {
        let staff = &staff;
        async move {
            let seen = plan(staff, &changes).await.expect(200);
            apply(staff, &changes, seen["hash"].as_str().unwrap()).await
        }
    };
    send(json!([{"change": "create_schema", "schema": "crm"}, {"change": "create_table", "schema": "crm", "table": "deals", "primary_key": ["id"],
        "columns": [{"name": "id", "type": "int", "nullable": false}]}])).await.expect_status(200);
    let headers = [("content-profile", "crm"), ("prefer", "return=representation")];
    staff.send(Method::POST, "/api/v1/data/main/deals", &headers, Some(json!({"id": 1}))).await.expect_status(201);
    let column = json!([{"change": "add_column", "schema": "public", "table": "theirs", "column": {"name": "x", "type": "int"}}]);
    send(column.clone()).await.expect_status(403);
    own(&staff, "public", "theirs", "managed").await.expect_status(200);
    send(column).await.expect_status(200);
    // The owner goes on using it, and the panel's own tables stay out of reach.
    db.batch_execute("insert into public.theirs values (2, 'b', 3); alter table public.theirs add column y int").await.unwrap();
    staff.get("/api/v1/data/main/theirs?select=x").await.expect_status(200);
    let login = db.query_one("select count(*) from pg_roles r where r.rolname <> 'quarterdeck_schema' and pg_has_role('quarterdeck_schema', r.oid, 'member')", &[]).await.unwrap();
    assert_eq!(login.get::<_, i64>(0), 0);
}

#[tokio::test]
async fn where_the_login_could_not_be_made_somebody_is_told_what_to_run() {
    let server = Server::untouched("schema_strict");
    let owner = server.given("strict", "").await;
    let Err(refused) = TestApp::given(quarterdeck::product(), &server, owner.clone(), &[]).await else {
        panic!("it started without its roles")
    };
    let told = refused.to_string();
    let run: Vec<&str> = told.lines().filter(|line| line.starts_with("  ")).collect();
    let admin = host::boot::connect(&server.owner("strict"), pgtls::TlsMode::Disable).await.unwrap();
    admin.batch_execute(&run.join("\n")).await.unwrap();
    let app = TestApp::given(quarterdeck::product(), &server, owner.clone(), &[]).await.expect("it starts");
    let list = json!([{"change": "create_schema", "schema": "crm"}]);
    let refused = plan(&app.owner().await, &list).await.expect(403);
    let sql = refused["sql"].as_str().unwrap();
    assert!(sql.contains("create role \"quarterdeck_schema\""), "{}", refused.text);
    admin.batch_execute(sql).await.unwrap();
    let again = TestApp::given(quarterdeck::product(), &server, owner, &[]).await.expect("it starts");
    plan(&again.owner().await, &list).await.expect_status(200);
}
