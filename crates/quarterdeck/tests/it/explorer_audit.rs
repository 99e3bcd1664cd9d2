//! Every written row is in the audit log, in the same transaction where that is possible.

use crate::explorer_lab::lab;
use serde_json::{Value, json};
use testkit::Server;

#[tokio::test]
async fn a_change_carries_its_entry() {
    let lab = lab("create table t (id int, k text, a text, b bytea, big text, n int8, primary key (id, k)); insert into t values (1, 'x', 'old', '\\x01', '', 9007199254740993)").await;
    lab.update("main/t?id=eq.1&k=eq.x", json!({"a": "new", "b": "\\x010203", "big": "y".repeat(2000)})).await.expect_status(200);
    lab.insert("main/t", json!({"id": 2, "k": "y"})).await.expect_status(201);
    lab.delete("main/t?id=eq.1&k=eq.x").await.expect_status(200);
    let log = lab.log().await;
    let of = |i: usize, field: &str| log[i][field].clone();
    assert_eq!(log.len(), 3);
    assert_eq!((of(0, "action"), of(0, "target_kind"), of(0, "target_id"), of(0, "outcome")), (json!("rows.update"), json!("main.public.t"), json!("1,x"), json!("ok")));
    assert_eq!(log[0]["changes"]["a"], json!({"before": "old", "after": "new"}));
    assert_eq!(log[0]["changes"]["b"], json!({"before": "1 bytes", "after": "3 bytes"}));
    assert_eq!(log[0]["changes"]["big"]["after"].as_str().unwrap().chars().count(), 501);
    assert!(log[0]["changes"].get("n").is_none());
    assert_eq!(of(0, "actor_label"), json!("Ada Lovelace"));
    assert_eq!((of(1, "action"), of(1, "target_id")), (json!("rows.create"), json!("2,y")));
    assert_eq!((of(2, "action"), &log[2]["changes"]["n"]), (json!("rows.delete"), &json!({"before": "9007199254740993", "after": null})));
    let report = kernel::audit::verify(&lab.db, &lab.app.app.keys).await.unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

#[tokio::test]
async fn without_its_entry_a_change_does_not_happen() {
    let lab = lab("create table t (id int primary key, a text); insert into t values (1, 'old')").await;
    lab.get("main/t").await.expect_status(200);
    // Nobody can write the log: neither can anybody change a row.
    lab.db.batch_execute("alter table kernel.audit_pending add constraint full_up check (length(entry) < 10) not valid").await.unwrap();
    for answer in [lab.update("main/t?id=eq.1", json!({"a": "new"})).await, lab.insert("main/t", json!({"id": 2})).await, lab.delete("main/t?id=eq.1").await, lab.insert("main/t", json!([{"id": 3}, {"id": 4}])).await] {
        assert!(answer.status >= 400, "{}", answer.text);
    }
    lab.db.batch_execute("alter table kernel.audit_pending drop constraint full_up").await.unwrap();
    assert_eq!(lab.ask("select string_agg(id || a, ',') from t").await, "1old");
    assert!(lab.log().await.is_empty());
    // The connections are in order again.
    lab.update("main/t?id=eq.1", json!({"a": "new"})).await.expect_status(200);
    assert_eq!(lab.log().await.len(), 1);
}

#[tokio::test]
async fn a_change_that_fails_leaves_no_entry() {
    let lab = lab("create table t (id int primary key, a text check (a <> 'bad')); insert into t values (1, 'old')").await;
    lab.update("main/t?id=eq.1", json!({"a": "bad"})).await.expect_status(422);
    lab.insert("main/t", json!([{"id": 2, "a": "x"}, {"id": 3, "a": "bad"}])).await.expect_status(422);
    assert_eq!(lab.ask("select count(*) from t").await, "1");
    assert!(lab.log().await.is_empty());
}

#[tokio::test]
async fn elsewhere_the_log_says_that_it_began_and_how_it_ended() {
    let config = Server::shared().empty("audit_elsewhere").await;
    let there = host::boot::connect(&config, kernel::tls::TlsMode::Disable).await.unwrap();
    there.batch_execute("create table t (id int primary key, a text check (a <> 'bad')); insert into t values (1, 'old')").await.unwrap();
    let lab = lab("").await;
    lab.source("away", "postgresql:///audit_elsewhere").await;
    lab.update("away/t?id=eq.1", json!({"a": "new"})).await.expect_status(200);
    lab.update("away/t?id=eq.1", json!({"a": "bad"})).await.expect_status(422);
    lab.update("away/t?id=eq.7", json!({"a": "x"})).await.expect_status(200);
    let outcomes: Vec<Value> = lab.log().await.iter().map(|e| json!([e["outcome"], e["target_id"], e["changes"]["a"]["after"]])).collect();
    assert_eq!(
        outcomes,
        [json!(["started", "", null]), json!(["ok", "1", "new"]), json!(["started", "", null]), json!(["failed", "", null]), json!(["started", "", null]), json!(["ok", "", null])]
    );
    let a: String = there.query_one("select a from t", &[]).await.unwrap().get(0);
    assert_eq!(a, "new");
}

#[tokio::test]
async fn who_may_not_is_refused_and_noted() {
    let lab = lab("create table t (id int primary key, a text); insert into t values (1, 'old')").await;
    let reader = lab.app.staff(&lab.owner, "developer").await;
    reader.get("/api/v1/data/main/t").await.expect_status(200);
    let refused = reader.patch("/api/v1/data/main/t?id=eq.1", "*", json!({"a": "x"})).await.expect(403);
    assert_eq!(refused["permission"], "rows:update");
    reader.post("/api/v1/data/main/t", json!({"id": 2})).await.expect_status(403);
    reader.delete("/api/v1/data/main/t?id=eq.1").await.expect_status(403);
    lab.app.nobody().get("/api/v1/data/main/t").await.expect_status(401);
    let log = lab.log().await;
    assert_eq!(log.iter().map(|e| e["outcome"].as_str().unwrap()).collect::<Vec<_>>(), ["refused"; 3]);
    assert_eq!((&log[0]["action"], &log[0]["target_kind"]), (&json!("rows.update"), &json!("main.public.t")));
    assert_eq!(lab.ask("select a from t").await, "old");
}
