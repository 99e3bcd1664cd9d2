//! Live grids: who looks at a table hears of its changes, whoever makes them.

use crate::explorer_lab::lab;
use crate::live_lab::{Grid, path};
use serde_json::{Value, json};

const TABLE: &str = "create table public.things (id int primary key, name text); insert into things values (1, 'one'), (2, 'two')";

/// How many rows of each kind one part tells of.
fn counts(part: &Value) -> (u64, u64, u64) {
    let of = |name: &str| part[name].as_u64().unwrap();
    (of("inserted"), of("updated"), of("deleted"))
}

#[tokio::test]
async fn a_change_by_any_client_of_the_database_is_told_with_its_keys() {
    let lab = lab(TABLE).await;
    let (mut grid, state) = Grid::live(&lab.owner, "main", "things", &[]).await;
    assert_eq!((&state["way"], &state["complete"]), (&json!("log"), &json!(true)));
    lab.db.batch_execute("update things set name = 'eins' where id = 1").await.unwrap();
    let change = grid.change().await;
    assert_eq!((&change["keys"], &change["deleted"]), (&json!([[1]]), &json!([])));
    assert_eq!(counts(&change["changes"][0]), (0, 1, 0));
    assert_eq!(change["changes"][0]["by"], json!({"kind": "database", "login": null}));
    lab.db.batch_execute("insert into things values (3, 'three'); delete from things where id = 2").await.unwrap();
    let change = grid.change().await;
    assert_eq!((&change["keys"], &change["deleted"]), (&json!([[3]]), &json!([["2"]])));
    assert_eq!(counts(&change["changes"][0]), (1, 0, 1));
    lab.db.batch_execute("truncate things").await.unwrap();
    let change = grid.change().await;
    assert_eq!((&change["changes"][0]["truncated"], &change["deleted"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn what_is_rolled_back_or_happens_elsewhere_is_not_told() {
    let lab = lab(&format!("{TABLE}; create table public.others (id int primary key)")).await;
    let (mut grid, _) = Grid::live(&lab.owner, "main", "things", &[]).await;
    lab.db.batch_execute("begin; update things set name = 'never'; rollback; insert into others values (1)").await.unwrap();
    lab.db.batch_execute("insert into things values (9, 'last')").await.unwrap();
    let change = grid.change().await;
    assert_eq!(change["keys"], json!([[9]]), "the first that is told is the last that happened");
    assert_eq!(counts(&change["changes"][0]), (1, 0, 0));
}

#[tokio::test]
async fn a_change_through_a_panel_has_a_name_for_those_who_may_read_names() {
    let lab = lab(TABLE).await;
    let developer = lab.app.staff(&lab.owner, "developer").await;
    let reads_names = developer.get("/api/v1/audit?limit=1").await.status == 200;
    let (mut owners, _) = Grid::live(&lab.owner, "main", "things", &[]).await;
    let (mut developers, _) = Grid::live(&developer, "main", "things", &[]).await;
    lab.update("main/things?id=eq.1", json!({"name": "eins"})).await.expect_status(200);
    assert_eq!(owners.change().await["changes"][0]["by"], json!({"kind": "you"}));
    let name = if reads_names { json!("Ada Lovelace") } else { Value::Null };
    assert_eq!(developers.change().await["changes"][0]["by"], json!({"kind": "panel", "name": name}));
    let role = json!({"name": "rows", "label": "Rows", "permissions": ["rows:read", "rows:update"]});
    lab.owner.post("/api/v1/roles", role).await.expect_status(201);
    let editor = lab.app.staff(&lab.owner, "rows").await;
    editor.patch("/api/v1/data/main/things?id=eq.2", "*", json!({"name": "zwei"})).await.expect_status(204);
    assert_eq!(owners.change().await["changes"][0]["by"], json!({"kind": "panel", "name": "rows"}));
    let (mut editors, _) = Grid::live(&editor, "main", "things", &[]).await;
    lab.update("main/things?id=eq.1", json!({"name": "one"})).await.expect_status(200);
    assert_eq!(editors.change().await["changes"][0]["by"], json!({"kind": "panel", "name": null}), "who may not read names reads none");
}

#[tokio::test]
async fn another_node_tells_of_it_too() {
    let lab = lab(TABLE).await;
    let other = crate::lab::another(&lab.app, &[]).await;
    let there = other.sign_in(testkit::OWNER_EMAIL).await;
    let (mut grid, _) = Grid::live(&there, "main", "things", &[]).await;
    lab.update("main/things?id=eq.1", json!({"name": "eins"})).await.expect_status(200);
    let change = grid.change().await;
    assert_eq!((&change["keys"], &change["changes"][0]["by"]["kind"]), (&json!([[1]]), &json!("you")));
}

#[tokio::test]
async fn a_hundred_thousand_rows_are_a_few_events_and_no_names() {
    let lab = lab(TABLE).await;
    let (mut grid, _) = Grid::live(&lab.owner, "main", "things", &[]).await;
    for n in 0..10 {
        let from = 1000 + n * 10_000;
        lab.db.batch_execute(&format!("insert into things select n, 'x' from generate_series({from}, {from} + 9999) n")).await.unwrap();
    }
    lab.db.batch_execute("insert into things values (500000, 'last')").await.unwrap();
    let (mut events, mut rows) = (0, 0);
    while rows < 100_001 {
        let change = grid.change().await;
        events += 1;
        rows += counts(&change["changes"][0]).0;
        assert!(change["keys"].is_null() || change["keys"].as_array().unwrap().len() <= 200);
        assert!(change.to_string().len() < 10_000);
    }
    assert!(rows == 100_001 && events <= 11, "{events} events for {rows} rows");
}

#[tokio::test]
async fn partitions_hostile_names_and_tables_without_a_key_are_followed() {
    let lab = lab(r#"create table public.parts (id int, day date, primary key (id, day)) partition by range (day);
           create table public.parts_1 partition of parts for values from ('2026-01-01') to ('2026-07-01');
           create table public.parts_2 partition of parts for values from ('2026-07-01') to ('2027-01-01');
           create table public."a.b: INSERT: ""; drop" ("; drop table" text, "ü""x" timestamptz, primary key ("; drop table", "ü""x"));
           create table public.loose (n int);"#)
    .await;
    let (mut parts, _) = Grid::live(&lab.owner, "main", "parts", &[]).await;
    lab.db.batch_execute("insert into parts values (1, '2026-02-03'), (2, '2026-08-09')").await.unwrap();
    let told = parts.until(&json!([2, "2026-08-09"])).await;
    assert_eq!(told.iter().map(|change| counts(&change["changes"][0]).0).sum::<u64>(), 2);
    // A row that moves to another partition went from one and came to the other.
    lab.db.batch_execute("update parts set day = '2026-09-09' where id = 1").await.unwrap();
    let moved = parts.change().await;
    assert_eq!((&moved["keys"], counts(&moved["changes"][0])), (&json!([[1, "2026-09-09"]]), (1, 0, 1)));

    let hostile = "a.b: INSERT: \"; drop";
    let (mut grid, _) = Grid::live(&lab.owner, "main", hostile, &[]).await;
    let insert = r#"insert into public."a.b: INSERT: ""; drop" values ($q$'; drop table "x": [y]:'$q$, '2026-11-20 10:00+01')"#;
    lab.db.batch_execute(insert).await.unwrap();
    assert_eq!(grid.change().await["keys"], json!([["'; drop table \"x\": [y]:'", "2026-11-20T09:00:00Z"]]));

    let (mut loose, _) = Grid::live(&lab.owner, "main", "loose", &[]).await;
    lab.db.batch_execute("insert into loose values (1); update loose set n = 2; delete from loose").await.unwrap();
    let change = loose.change().await;
    assert_eq!((&change["keys"], counts(&change["changes"][0])), (&Value::Null, (1, 1, 1)), "and writing goes on");
}

#[tokio::test]
async fn a_table_may_change_its_shape_meanwhile() {
    let lab = lab(TABLE).await;
    let (mut grid, _) = Grid::live(&lab.owner, "main", "things", &[]).await;
    lab.db.batch_execute("alter table things add column more text default 'x'; insert into things values (3, 'three')").await.unwrap();
    assert_eq!(grid.until(&json!([3])).await.len(), 1);
    lab.db.batch_execute("alter table things drop constraint things_pkey; update things set name = 'a' where id = 1").await.unwrap();
    grid.change().await;
    lab.db.batch_execute("drop table things").await.unwrap();
    assert_eq!(grid.end().await["status"], 404);
}

#[tokio::test]
async fn what_has_no_rows_of_its_own_is_refused_with_the_reason() {
    let lab =
        lab(&format!("{TABLE}; create view public.seen as select * from things; create unlogged table public.quick (id int primary key)"))
            .await;
    let refused = async |path: &str| lab.owner.get(path).await.expect(403)["detail"].as_str().unwrap().to_owned();
    assert!(refused(&path("main", "seen")).await.contains("A view has no rows"));
    assert!(refused("/api/v1/explorer/main/tables/kernel/jobs/live").await.contains("panel's own"));
    lab.owner.get(&path("main", "nothing")).await.expect_status(404);
    lab.owner.get(&path("nowhere", "things")).await.expect_status(404);
    lab.app.nobody().get(&path("main", "things")).await.expect_status(401);
    let (_, state) = Grid::live(&lab.owner, "main", "quick", &[]).await;
    assert!(state["state"] == "off" && state["why"].as_str().unwrap().contains("unlogged"), "{state}");
}

#[tokio::test]
async fn the_slot_is_there_while_somebody_watches_and_gone_after() {
    let lab = lab(TABLE).await;
    let slots = "select count(*) from pg_replication_slots where database = current_database() and temporary and plugin = 'test_decoding'";
    assert_eq!(lab.ask(slots).await, "0");
    let (first, _) = Grid::live(&lab.owner, "main", "things", &[]).await;
    let (second, _) = Grid::live(&lab.owner, "main", "things", &[]).await;
    assert_eq!(lab.ask(slots).await, "1", "one watcher for all");
    drop((first, second));
    while lab.ask(slots).await != "0" {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn in_another_database_of_the_server_a_change_through_a_panel_has_a_name_too() {
    let lab = lab("").await;
    let beside = host::boot::connect(&testkit::Server::shared().empty("live_beside").await, pgtls::TlsMode::Disable).await.unwrap();
    beside.batch_execute(TABLE).await.unwrap();
    lab.source("beside", "postgresql:///live_beside").await;
    let (mut grid, state) = Grid::live(&lab.owner, "beside", "things", &[]).await;
    assert_eq!(state["way"], "log");
    lab.update("beside/things?id=eq.1", json!({"name": "eins"})).await.expect_status(200);
    assert_eq!(grid.change().await["changes"][0]["by"], json!({"kind": "you"}));
    // A change that found no row leaves no name for the next.
    lab.update("beside/things?id=eq.99", json!({"name": "nobody"})).await.expect_status(200);
    // A signature that somebody made up is none.
    let forged =
        "begin; select pg_logical_emit_message(true, 'quarterdeck', 'Ada Lovelace'); update things set name = 'x' where id = 2; commit";
    beside.batch_execute(forged).await.unwrap();
    assert_eq!(grid.change().await["changes"][0]["by"], json!({"kind": "database", "login": null}));
}

#[tokio::test]
async fn a_panel_that_is_killed_leaves_no_slot() {
    let lab = lab(TABLE).await;
    let node = crate::process::Node::start(&crate::process::Place::on(&lab.app.database)).await;
    let body = json!({"email": testkit::OWNER_EMAIL, "password": testkit::PASSWORD});
    let session = crate::process::client().post(format!("{}/api/v1/session", node.url)).json(&body).send().await.unwrap();
    let cookies = session.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap());
    let cookie = cookies.collect::<Vec<_>>().join("; ");
    let answer =
        crate::process::client().get(format!("{}{}", node.url, path("main", "things"))).header("cookie", cookie).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let slots = "select count(*) from pg_replication_slots where database = current_database()";
    while lab.ask(slots).await != "1" {
        tokio::task::yield_now().await;
    }
    drop(node); // SIGKILL, without a word
    while lab.ask(slots).await != "0" {
        tokio::task::yield_now().await;
    }
}
