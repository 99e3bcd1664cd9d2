//! Live grids of servers whose log can't be followed: triggers that somebody had made, and notices that anybody can send.

use crate::explorer_lab::{Lab, lab};
use crate::explorer_seen_as_elsewhere::elsewhere;
use crate::live_lab::{Event, Grid};
use serde_json::{Value, json};
use testkit::PASSWORD;
use tokio_postgres::Client;

/// A source on another server, by a login that owns its tables and may not follow the log.
async fn plain(database: &str) -> (Lab, Client) {
    let lab = lab("").await;
    let login = format!("{database}_login");
    let (admin, url) = elsewhere(database, &login).await;
    admin
        .batch_execute(&format!(
            "create role {login} login password '{PASSWORD}'; grant create on database {database} to {login}; grant usage, create on schema public to {login}; set role {login};
             create table public.things (id int primary key, name text); insert into things values (1, 'one'), (2, 'two');
             create table public.\"a'; drop table things; --\" (\"k'\\\" text primary key); reset role"
        ))
        .await
        .unwrap();
    lab.source("shop", &url).await;
    (lab, admin)
}

fn watch(table: &str) -> String {
    format!("/api/v1/explorer/shop/tables/public/{}/watch", crate::explorer_lab::encoded(table))
}

#[tokio::test]
async fn a_table_is_followed_once_somebody_had_its_triggers_made() {
    let (lab, admin) = plain("live_plain").await;
    let (grid, state) = Grid::live(&lab.owner, "shop", "things", &[]).await;
    assert_eq!(state["state"], "off");
    assert!(state["why"].as_str().unwrap().contains("REPLICATION"), "{state}");
    drop(grid);
    let shown = lab.owner.get(&watch("things")).await.body_of(200);
    assert_eq!((&shown["watched"], &shown["allowed"]), (&json!(false), &json!(true)));
    assert!(shown["sql"].as_str().unwrap().contains("create trigger quarterdeck_live_insert after insert on \"public\".\"things\""));
    lab.owner.post(&watch("things"), Value::Null).await.expect_status(204);
    assert_eq!(lab.owner.get(&watch("things")).await.body_of(200)["watched"], true);
    // Twice is no harm.
    lab.owner.post(&watch("things"), Value::Null).await.expect_status(204);
    let (mut grid, state) = Grid::live(&lab.owner, "shop", "things", &[]).await;
    assert_eq!((&state["state"], &state["way"]), (&json!("live"), &json!("triggers")));
    admin.batch_execute("update things set name = 'eins' where id = 1").await.unwrap();
    let change = grid.change().await;
    assert_eq!((&change["keys"], &change["changes"][0]["by"]["kind"]), (&json!([[1]]), &json!("database")));
    assert!(change["changes"][0]["by"]["login"].is_string(), "who is connected is known: {change}");
    // Through the panel it has a name, or is one's own.
    let change = lab.update("shop/things?id=eq.2", json!({"name": "zwei"})).await;
    change.expect_status(200);
    assert_eq!(grid.change().await["changes"][0]["by"], json!({"kind": "you"}));
    admin.batch_execute("insert into things select n, '' from generate_series(100, 5000) n; truncate things").await.unwrap();
    let mut told = grid.change().await;
    while told["changes"][0]["truncated"] == false {
        assert_eq!((&told["keys"], &told["changes"][0]["inserted"]), (&Value::Null, &json!(4901)));
        told = grid.change().await;
    }
    lab.owner.send(http::Method::DELETE, &watch("things"), &[], None).await.expect_status(204);
    assert_eq!(lab.owner.get(&watch("things")).await.body_of(200)["watched"], false);
    let log: Vec<Value> = lab.app.audit().await;
    let of = |action: &str| log.iter().filter(|entry| entry["action"] == action).count();
    assert_eq!((of("rows.watch"), of("rows.unwatch")), (4, 2), "each when it begins and when it has ended");
}

#[tokio::test]
async fn a_forged_notice_only_has_the_page_read_again() {
    let (lab, admin) = plain("live_forged").await;
    lab.owner.post(&watch("things"), Value::Null).await.expect_status(204);
    let (mut grid, _) = Grid::live(&lab.owner, "shop", "things", &[]).await;
    let say = async |payload: Value| admin.execute("select pg_notify('quarterdeck_live', $1)", &[&payload.to_string()]).await.unwrap();
    // What is no notice is passed over.
    admin.batch_execute("notify quarterdeck_live, 'rubbish'; notify quarterdeck_live").await.unwrap();
    say(json!({"table": ["pg_catalog", "pg_authid"], "done": "UPDATE", "rows": 1, "keys": [["10"]], "by": null})).await;
    say(json!({"table": ["public", "things"], "done": "DROP", "rows": 1, "keys": null, "by": null})).await;
    // A row that isn't there, a key that is none, and somebody else's name.
    say(json!({"table": ["public", "things"], "done": "UPDATE", "rows": 2, "keys": [["1); drop table things; --"], ["1"]], "by": "Ada Lovelace"})).await;
    let change = grid.change().await;
    assert_eq!((&change["keys"], &change["changes"][0]["by"]["kind"]), (&json!([]), &json!("database")));
    say(json!({"table": ["public", "things"], "done": "UPDATE", "rows": 1, "keys": [["999"]], "by": null})).await;
    assert_eq!(grid.change().await["keys"], json!([]));
    let rows: i64 = admin.query_one("select count(*) from things", &[]).await.unwrap().get(0);
    assert_eq!(rows, 2);
    // Many of them are still few events.
    for _ in 0..3000 {
        admin
            .batch_execute(
                "notify quarterdeck_live, '{\"table\":[\"public\",\"things\"],\"done\":\"UPDATE\",\"rows\":1,\"keys\":[[\"1\"]]}'",
            )
            .await
            .unwrap();
    }
    let mut named: Vec<Event> = Vec::new();
    while named.iter().all(|(_, change)| change["keys"] != json!([[1]])) {
        named.push(("change".into(), grid.change().await));
    }
}

#[tokio::test]
async fn a_trigger_is_never_in_the_way_of_a_write() {
    let (lab, admin) = plain("live_shapes").await;
    let hostile = "a'; drop table things; --";
    lab.owner.post(&watch(hostile), Value::Null).await.expect_status(204);
    lab.owner.post(&watch("things"), Value::Null).await.expect_status(204);
    let (mut grid, state) = Grid::live(&lab.owner, "shop", hostile, &[]).await;
    assert_eq!(state["state"], "live");
    admin.execute("insert into public.\"a'; drop table things; --\" values ($1)", &[&"'\\\"x"]).await.unwrap();
    assert_eq!(grid.change().await["keys"], json!([["'\\\"x"]]));
    // The key has another name now, and writing goes on.
    admin.batch_execute("alter table things rename column id to number; insert into things values (3, 'three')").await.unwrap();
    // A key that is too long for a notice.
    let long = "x".repeat(2000);
    admin
        .batch_execute(&format!("insert into public.\"a'; drop table things; --\" select '{long}' || n from generate_series(1, 5) n"))
        .await
        .unwrap();
    let change = grid.change().await;
    assert_eq!((&change["keys"], &change["changes"][0]["inserted"]), (&Value::Null, &json!(5)));
    let changed: i64 = admin.query_one("select count(*) from things", &[]).await.unwrap().get(0);
    assert_eq!(changed, 3);
}

#[tokio::test]
async fn triggers_are_made_by_who_may_and_with_nothing_of_somebody_elses() {
    let (lab, admin) = plain("live_refused").await;
    let developer = lab.app.staff(&lab.owner, "developer").await;
    assert_eq!(developer.post(&watch("things"), Value::Null).await.expect(403)["permission"], "rows:watch");
    let shown = developer.get(&watch("things")).await.body_of(200);
    assert!(shown["allowed"] == false && shown["reason"].as_str().unwrap().contains("rows:watch"), "{shown}");
    // Somebody put a function of theirs there, which would run in everybody's name.
    admin
        .batch_execute("create schema quarterdeck_live; create function quarterdeck_live.tell() returns trigger language plpgsql as 'begin return null; end'; grant all on schema quarterdeck_live to public")
        .await
        .unwrap();
    let refused = lab.owner.post(&watch("things"), Value::Null).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("somebody else"), "{}", refused.text);
    admin.batch_execute("drop schema quarterdeck_live cascade; create table public.theirs (id int primary key); grant select on theirs to live_refused_login").await.unwrap();
    let refused = lab.owner.post(&watch("theirs"), Value::Null).await.expect(403);
    assert!(refused["sql"].as_str().unwrap().contains("create trigger"), "what somebody else may run");
    let triggers: i64 = admin.query_one("select count(*) from pg_trigger where tgname like 'quarterdeck%'", &[]).await.unwrap().get(0);
    assert_eq!(triggers, 0);
}
