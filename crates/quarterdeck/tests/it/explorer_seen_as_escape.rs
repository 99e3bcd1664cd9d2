//! What an attacker who may make functions, views, policies or triggers in the administered database tries, so that
//! somebody who is seen as a user runs them; and what the roles themselves can reach.

use crate::explorer_lab::lab;
use crate::seen_lab::{Desk, HEADER, rows, tasks};
use host::boot::{Parts, Product, Rooms};
use host::seen_as;
use http::Method;
use kernel::DatabaseRole;
use kernel::secret::Keyring;
use pgtls::TlsMode;
use serde_json::{Value, json};
use testkit::{Server, TestApp};

/// A table that only the explorer and the service may read, and a function that runs `{}` before it reads it.
const BAIT: &str = "create table public.vault (id int primary key, secret text); insert into public.vault values (1, 'gold'); \
    create function public.reach() returns text language plpgsql volatile as $f$ declare found text; begin {}; \
      execute 'select secret from public.vault' into found; return found; end $f$; \
    create view public.door as select public.reach() as found; grant select on public.door to authenticated;";

const OUT: [&str; 9] = [
    "set role service_role",
    "set local role quarterdeck_explorer",
    "set session authorization default; set role service_role",
    "perform set_config('role', 'quarterdeck_platform', false)",
    "perform set_config('role', 'none', false)",
    "reset role",
    "set role none",
    "set session authorization default",
    "perform set_config('session_authorization', (select rolname from pg_roles where rolsuper limit 1), true)",
];

#[tokio::test]
async fn no_function_leaves_the_role() {
    for out in OUT {
        let desk = Desk::new(&BAIT.replace("{}", out)).await;
        // The explorer is what it would like to be.
        desk.lab.get("main/vault").await.expect_status(200);
        let id = desk.as_grace().await;
        let answer = rows(&desk.lab.owner, &id, "door").await;
        assert!(answer.status == 403 && !answer.text.contains("gold"), "{out}: {}", answer.text);
        // Whatever it did, the next request is in its place.
        assert_eq!(tasks(&desk.lab.owner, &id).await, ["compile", "debug"], "{out}");
    }
}

#[tokio::test]
async fn who_leaves_quietly_is_stopped_before_anything_is_shown_or_kept() {
    let desk = Desk::new(
        "create function public.slip() returns text language plpgsql volatile as $f$ begin reset role; return current_user::text; end $f$;
         create view public.quiet as select public.slip() as who; grant select on public.quiet to authenticated;
         create function public.slip_away() returns trigger language plpgsql as $f$ begin reset role; return new; end $f$;
         create table public.diary (id int primary key, body text); grant select, insert, update on public.diary to authenticated;
         create trigger slip after insert on public.diary for each row execute function public.slip_away();
         create table public.logbook (id int primary key, who text default public.slip()); grant select, insert on public.logbook to authenticated;
         create function public.mine(u uuid) returns boolean language plpgsql as $f$ begin reset role; return true; end $f$;
         create policy open on public.todos for select to authenticated using (public.mine(user_id));",
    )
    .await;
    let id = desk.as_grace_writing().await;
    let owner = &desk.lab.owner;
    for path in ["quiet", "todos"] {
        let refused = rows(owner, &id, path).await.expect(403);
        assert!(refused["detail"].as_str().unwrap().contains("tried to leave the role"), "{path}: {}", refused.text);
    }
    for (table, body) in [("diary", json!({"id": 1, "body": "dear"})), ("logbook", json!({"id": 1}))] {
        let answer = desk.lab.insert(&format!("main/{table}"), body).await.expect(403);
        assert!(answer["detail"].as_str().unwrap().contains("tried to leave the role"), "{table}: {}", answer.text);
        assert_eq!(desk.lab.ask(&format!("select count(*) from public.{table}")).await, "0");
    }
}

#[tokio::test]
async fn what_a_function_leaves_behind_touches_nobody_else() {
    let desk = Desk::new(
        "create function public.poison() returns text language plpgsql volatile as $f$ begin
           perform set_config('request.jwt.claims', '{\"sub\": \"00000000-0000-0000-0000-000000000000\", \"role\": \"service_role\"}', false);
           perform set_config('request.jwt.claim.sub', '00000000-0000-0000-0000-000000000000', false);
           perform set_config('search_path', 'nowhere', false); perform set_config('row_security', 'off', false);
           perform set_config('default_transaction_read_only', 'off', false); return 'done'; end $f$;
         create view public.well as select public.poison() as poison; grant select on public.well to authenticated;",
    )
    .await;
    let id = desk.as_grace().await;
    // As often as there may be connections.
    for _ in 0..8 {
        rows(&desk.lab.owner, &id, "well").await.expect_status(200);
        assert_eq!(tasks(&desk.lab.owner, &id).await, ["compile", "debug"]);
    }
}

#[tokio::test]
async fn the_panels_own_tables_are_out_of_reach_in_every_place() {
    let desk = Desk::new("").await;
    let owner = &desk.lab.owner;
    let tables = owner.get("/api/v1/explorer/main/tables").await.body_of(200);
    let panel: Vec<(String, String)> = tables
        .as_array()
        .unwrap()
        .iter()
        .filter(|t| t["panel"] == true)
        .map(|t| (t["schema"].as_str().unwrap().to_owned(), t["name"].as_str().unwrap().to_owned()))
        .collect();
    assert!(panel.len() > 20);
    for kind in [json!({"kind": "anon"}), json!({"kind": "user", "user_id": desk.grace}), json!({"kind": "service"})] {
        let mut input = kind.clone();
        input["reason"] = "an attack".into();
        input["read_only"] = false.into();
        let id = desk.begin(owner, input).await;
        let listed = owner.get("/api/v1/explorer/main/tables").await.body_of(200);
        assert!(listed.as_array().unwrap().iter().all(|t| t["panel"] == false), "{kind}: a table of the panel is listed");
        for (schema, table) in &panel {
            let get =
                owner.send(Method::GET, &format!("/api/v1/data/main/{table}"), &[(HEADER, &id), ("accept-profile", schema)], None).await;
            assert_eq!(get.status, 403, "{kind} {schema}.{table}: {}", get.text);
            let post =
                owner.send(Method::POST, &format!("/api/v1/data/main/{table}"), &[("content-profile", schema)], Some(json!({}))).await;
            assert_eq!(post.status, 403, "{kind} {schema}.{table}: {}", post.text);
        }
        desk.stop().await;
    }
}

#[tokio::test]
async fn the_logins_themselves_reach_nothing_else() {
    let lab = lab("create table public.mine (id int primary key); create table public.theirs (id int primary key)").await;
    lab.get("main/mine").await.expect_status(200);
    let keys = &lab.app.app.keys;
    for role in DatabaseRole::ALL {
        let login = format!("quarterdeck_{}_{}", role.name(), keys.fingerprint());
        let mut config = lab.app.owner.clone();
        config.user(&login).password(secrecy::ExposeSecret::expose_secret(&keys.database_password(&login)));
        let db = host::boot::connect(&config, TlsMode::Disable).await.unwrap();
        let mut tries: Vec<String> = [
            "select password_hash from dashboard_auth.dashboard_users",
            "select * from auth.users",
            "select * from auth.impersonation_sessions",
            "select kernel.organization()",
            "select identity.permissions_of(null)",
            "select url from explorer.sources",
            "select * from kernel.audit_log",
            "set search_path = kernel, identity, dashboard_auth; select * from audit_log",
            "create table public.trap (id int)",
            "create function public.trap() returns int language sql return 1",
            "create schema trap",
            "create function auth.uid(text) returns uuid language sql return null",
            "alter role anon bypassrls",
            "set session authorization postgres",
            "copy public.mine to program 'true'",
            "set role quarterdeck_explorer",
            "set role quarterdeck_platform",
        ]
        .map(str::to_owned)
        .to_vec();
        tries.extend(DatabaseRole::ALL.into_iter().filter(|other| *other != role).map(|other| format!("set role {}", other.name())));
        for take in ["reset role", &format!("set role {}", role.name())] {
            for sql in &tries {
                db.batch_execute(take).await.unwrap();
                let tried = db.batch_execute(sql).await;
                assert!(tried.is_err(), "{login} after {take}: {sql} was allowed");
            }
        }
        db.batch_execute("reset role; reset search_path").await.unwrap();
        assert!(db.batch_execute("select * from public.mine").await.is_err(), "{login} alone reads a table");
        db.batch_execute(&format!("set role {}", role.name())).await.unwrap();
        // By default nobody reads a table without row policies but the service.
        assert_eq!(db.batch_execute("select * from public.mine").await.is_ok(), role == DatabaseRole::Service, "{login}");
    }
}

#[tokio::test]
async fn another_database_of_the_server_is_seen_the_same_way() {
    let desk = Desk::new("").await;
    let config = Server::shared().empty("seen_as_sibling").await;
    let sibling = host::boot::connect(&config, TlsMode::Disable).await.unwrap();
    let sql = "create table public.mine (id int primary key, owner text); insert into public.mine values (1, 'grace@example.com'), (2, 'somebody');
        alter table public.mine enable row level security; grant select on public.mine to authenticated;
        create policy own on public.mine using (owner = current_setting('request.jwt.claims', true)::jsonb ->> 'email')";
    sibling.batch_execute(sql).await.unwrap();
    desk.lab.source("shop", "postgresql:///seen_as_sibling").await;
    let roles = desk.lab.owner.get("/api/v1/explorer/shop/roles").await.expect(200);
    let available: Vec<bool> = roles.body.as_array().unwrap().iter().map(|role| role["available"] == true).collect();
    assert_eq!(available, [true, true, true], "{}", roles.text);
    assert_eq!(roles.body.as_array().unwrap().iter().find(|r| r["kind"] == "service").unwrap()["above_policies"], true);
    desk.as_grace().await;
    assert_eq!(desk.lab.get("shop/mine?select=id").await.expect(200).body, json!([{"id": 1}]));
    desk.stop().await;
    // A database of a panel stays closed, in whosever place.
    desk.lab.source("self", &format!("postgresql:///{}", desk.lab.app.database)).await;
    desk.as_grace().await;
    desk.lab.get("self/todos").await.expect_status(403);
}

#[tokio::test]
async fn roles_that_cannot_be_made_are_named_with_the_sql_and_nothing_else_breaks() {
    let lab = lab("create role no_maker login; grant usage on schema auth to no_maker").await;
    let mut config = lab.app.owner.clone();
    config.user("no_maker");
    let weak = host::boot::connect(&config, TlsMode::Disable).await.unwrap();
    let places = seen_as::ensure(&weak, &config, &Keyring::new([7; 32])).await.unwrap();
    assert_eq!(places.logins.len(), 3);
    let missing = places.missing.join(";\n");
    for wanted in ["create role \"quarterdeck_anon_", "grant \"service_role\" to \"quarterdeck_service_role_"] {
        assert!(missing.contains(wanted), "{missing}");
    }
    // What is there already is nobody's to change: not even the owner's, who could.
    let before = lab
        .ask("select string_agg(r::text, ' ' order by rolname) from pg_roles r where rolname in ('anon', 'authenticated', 'service_role')")
        .await;
    seen_as::ensure(&lab.db, &lab.app.owner, &lab.app.app.keys).await.unwrap();
    let after = lab
        .ask("select string_agg(r::text, ' ' order by rolname) from pg_roles r where rolname in ('anon', 'authenticated', 'service_role')")
        .await;
    assert_eq!(before, after);

    let app = TestApp::on(Product { rooms: without_roles, ..quarterdeck::product() }, &lab.app.database, &[]).await;
    let owner = app.owner().await;
    let roles = owner.get("/api/v1/explorer/main/roles").await.expect(200);
    for role in roles.body.as_array().unwrap() {
        assert_eq!((&role["available"], &role["sql"]), (&json!(false), &json!("create role missing;")), "{role}");
        assert!(role["reason"].as_str().unwrap().contains("the database has no such role"), "{role}");
    }
    owner.get("/api/v1/explorer/main/tables").await.expect_status(200);
    // Who may not begin one isn't told how a login proves itself.
    let developer = app.staff(&owner, "developer").await;
    assert_eq!(developer.get("/api/v1/explorer/main/roles").await.expect(200)[0]["sql"], Value::Null);
    owner.post("/api/v1/impersonations/begin", json!({"kind": "anon", "reason": "looking"})).await.expect_status(200);
    let refused = owner.get("/api/v1/explorer/main/tables").await.expect(403);
    assert_eq!(refused["sql"], "create role missing;");
}

fn without_roles(mut parts: Parts) -> Rooms {
    for (_, login) in &mut parts.places.logins {
        login.user("nobody_made_this_login");
    }
    parts.places.missing = vec!["create role missing".into()];
    (quarterdeck::product().rooms)(parts)
}
