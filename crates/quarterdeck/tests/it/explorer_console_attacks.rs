//! The SQL console as somebody would misuse it: out of the read-only transaction, into our secrets, out of a place.

use crate::console_lab::{Frames, ask, read, write};
use crate::explorer_lab::lab;
use crate::seen_lab::{Desk, HEADER};
use http::Method;
use serde_json::{Value, json};

const TABLE: &str = "create table public.things (id int primary key); insert into things values (1), (2); \
    create function public.wipe() returns void language sql security definer as 'delete from public.things'; \
    create procedure public.ends() language plpgsql as $$ begin delete from public.things; commit; end $$";

#[tokio::test]
async fn nothing_gets_out_of_a_read_only_transaction() {
    let lab = lab(TABLE).await;
    for attack in [
        "delete from things",
        "commit; delete from things",
        "commit and chain; delete from things",
        "rollback; delete from things",
        "/* x */ END; begin read write; delete from things",
        "set transaction read write; delete from things",
        "set local transaction_read_only = off; delete from things",
        "select set_config('transaction_read_only', 'off', true); delete from things",
        "select set_config('transaction_read_only', 'off', false), wipe()",
        "set default_transaction_read_only = off; set session characteristics as transaction read write; delete from things",
        "savepoint a; set transaction read write; delete from things",
        "with gone as (delete from things returning id) select * from gone",
        "select wipe()",
        "call ends()",
        "do $$ begin commit; delete from public.things; end $$",
        "do $$ begin execute 'set transaction read write'; delete from public.things; end $$",
        "do $$ begin perform set_config('transaction_read_only', 'off', false); execute 'delete from public.things'; end $$",
        "explain analyze delete from things",
        "copy things from stdin",
        "copy things to '/tmp/things'",
        "copy (select 1) to program 'touch /tmp/quarterdeck-console'",
        "prepare x as delete from things; execute x",
        "create table public.mine (id int)",
        "create temporary table mine as select 1; drop table things",
        "truncate things",
        "select nextval(pg_get_serial_sequence('things', 'id')), lo_import('/etc/passwd')",
        "prepare transaction 'x'",
        "begin; commit; delete from things",
        "refresh materialized view nothing",
    ] {
        let frames = read(&lab, attack).await;
        assert_eq!(frames.ended(), ("failed", "nothing"), "{attack}: {:#?}", frames.0);
        assert_eq!(lab.ask("select count(*) from things").await, "2", "{attack}");
    }
    assert!(!std::path::Path::new("/tmp/quarterdeck-console").exists());
}

#[tokio::test]
async fn secrets_and_files_are_out_of_reach_in_every_mode() {
    let lab = lab(TABLE).await;
    lab.source("sealed", "postgresql:///postgres").await;
    for attack in [
        "select password_hash from dashboard_auth.dashboard_users",
        "select * from dashboard_auth.dashboard_users",
        "select url from explorer.sources",
        "select sql from explorer.query_runs",
        "table explorer.sources",
        "copy dashboard_auth.dashboard_users to stdout",
        "select pg_read_file('/etc/passwd')",
        "select pg_ls_dir('.')",
        "select rolpassword from pg_authid",
        "update dashboard_auth.dashboard_users set name = 'x'",
        "delete from kernel.audit_log",
        "set role quarterdeck_platform; select password_hash from dashboard_auth.dashboard_users",
        "reset role; select password_hash from dashboard_auth.dashboard_users",
        "set session authorization postgres",
        "select set_config('role', 'quarterdeck_platform', false); select password_hash from dashboard_auth.dashboard_users",
        "do $$ begin reset role; perform password_hash from dashboard_auth.dashboard_users; end $$",
        "grant quarterdeck_platform to quarterdeck_explorer",
        "alter role quarterdeck_explorer superuser",
        "create extension dblink",
        "select pg_terminate_backend(pid) from pg_stat_activity where usename <> current_user and pg_terminate_backend(pid)",
    ] {
        for frames in [read(&lab, attack).await, write(&lab, "transaction", attack).await, write(&lab, "autocommit", attack).await] {
            assert_eq!(frames.ended().0, "failed", "{attack}: {:#?}", frames.0);
            assert!(!frames.0.iter().any(|frame| frame.to_string().contains("argon2")), "{attack}");
        }
    }
}

#[tokio::test]
async fn what_a_statement_leaves_behind_meets_nobody() {
    let lab = lab(TABLE).await;
    let dirty = "set search_path = pg_temp; set timezone = 'Asia/Tokyo'; set role none; create temporary table things (id int); select pg_advisory_lock(7)";
    write(&lab, "autocommit", dirty).await;
    for _ in 0..8 {
        let frames =
            read(&lab, "select current_setting('timezone'), count(*), current_user, current_setting('search_path') from things").await;
        assert_eq!(frames.rows(0), [json!(["UTC", "2", "quarterdeck_explorer", "\"$user\", public"])]);
    }
    assert_eq!(lab.ask("select count(*) from pg_locks where locktype = 'advisory' and objid = 7").await, "0");
}

#[tokio::test]
async fn who_may_only_read_may_not_write_and_who_may_nothing_may_not_read() {
    let lab = lab(TABLE).await;
    let developer = lab.app.staff(&lab.owner, "developer").await;
    let frames = Frames::of(&ask(&developer, "read", json!({"sql": "select count(*) from things"})).await.expect(200));
    assert_eq!(frames.rows(0), [json!(["2"])]);
    let refused = ask(&developer, "write", json!({"sql": "delete from things", "mode": "transaction"})).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("sql:write"), "{}", refused.text);
    let operator = lab.app.staff(&lab.owner, "operator").await;
    ask(&operator, "write", json!({"sql": "delete from things", "mode": "autocommit"})).await.expect_status(403);
    ask(&lab.app.nobody(), "read", json!({"sql": "select 1"})).await.expect_status(401);
    // A key does what its scopes say.
    let made = lab.owner.post("/api/v1/keys", json!({"name": "reader", "scopes": ["rows:read"]})).await.expect(201);
    let key = lab.app.nobody().with_key(made["key"].as_str().unwrap());
    ask(&key, "read", json!({"sql": "select 1"})).await.expect_status(403);
}

async fn seen(desk: &Desk, id: &str, way: &str, body: Value) -> testkit::Answer {
    desk.lab.owner.send(Method::POST, &format!("/api/v1/explorer/main/sql/{way}"), &[(HEADER, id)], Some(body)).await
}

#[tokio::test]
async fn in_somebodys_place_their_policies_hold_and_nobody_leaves_it() {
    let desk = Desk::new(
        "grant select on public.todos to service_role; create function public.leave() returns void language plpgsql as $$ begin reset role; end $$",
    )
    .await;
    let id = desk.as_grace_writing().await;
    let run = async |sql: &str| Frames::of(&seen(&desk, &id, "read", json!({"sql": sql})).await.expect(200));
    let mine = run("select task from todos order by id").await;
    assert_eq!(mine.rows(0), [json!(["compile"]), json!(["debug"])]);
    assert_eq!(run("select current_user, auth.uid()").await.rows(0), [json!(["authenticated", desk.grace])]);
    for attack in [
        "reset role; select * from todos",
        "set role service_role; select * from todos",
        "set session authorization default; select * from todos",
        "set local \"role\" = none; select * from todos",
        "reset all; select * from todos",
        "discard all; select * from todos",
        "select set_config('role', 'none', true); select * from todos",
        "select set_config('role', 'none', true), t.* from todos t",
        "select set_config('role', 'service_role', false), t.* from todos t",
        "do $$ begin set local role service_role; end $$; select * from todos",
        "select leave(); select * from todos",
        "select password_hash from dashboard_auth.dashboard_users",
    ] {
        let frames = run(attack).await;
        assert_eq!(frames.ended(), ("failed", "nothing"), "{attack}: {:#?}", frames.0);
        assert!(!frames.0.iter().any(|frame| frame["frame"] == "rows" && frame.to_string().contains("halt")), "{attack}");
    }
    // Claims that one statement makes up are gone in the next.
    let forged =
        format!("select set_config('request.jwt.claims', '{{\"sub\": \"{}\"}}', true); select task from todos order by id", desk.alan);
    assert_eq!(run(&forged).await.rows(1), [json!(["compile"]), json!(["debug"])]);
    // What is written obeys the policies, in one transaction, and names both in the log.
    let write = async |mode: &str, sql: &str| seen(&desk, &id, "write", json!({"sql": sql, "mode": mode})).await;
    let others = Frames::of(
        &write("transaction", &format!("insert into todos (user_id, task) values ('{}', 'not mine')", desk.alan)).await.expect(200),
    );
    assert_eq!(others.error().0, "42501");
    let own = Frames::of(&write("transaction", "update todos set task = 'compiled' where task in ('compile', 'halt')").await.expect(200));
    assert_eq!((own.one("done")["rows"].clone(), own.ended()), (json!(1), ("ok", "all")));
    write("autocommit", "select 1").await.expect_status(422);
    seen(&desk, &id, "export/csv", json!({"sql": "select 1"})).await.expect_status(403);
    desk.stop().await;
    let log = desk.lab.app.audit().await;
    let runs: Vec<&Value> = log.iter().filter(|e| e["action"] == "sql.write" || e["action"] == "sql.read").collect();
    assert!(
        runs.len() > 20 && runs.iter().all(|e| e["subject_id"] == desk.grace.as_str() && e["actor_label"] == "Ada Lovelace"),
        "{runs:#?}"
    );
}

#[tokio::test]
async fn who_only_looks_in_somebodys_place_changes_nothing() {
    let desk = Desk::new("").await;
    let id = desk.as_grace().await;
    seen(&desk, &id, "write", json!({"sql": "delete from todos", "mode": "transaction"})).await.expect_status(403);
    let frames = Frames::of(&seen(&desk, &id, "read", json!({"sql": "delete from todos"})).await.expect(200));
    assert_eq!(frames.error().0, "25006");
    assert_eq!(desk.lab.ask("select count(*) from todos").await, "3");
}
