//! Every written row is in the audit log, in the same transaction where that is possible.

use crate::explorer_lab::lab;
use serde_json::json;
use testkit::Server;

#[tokio::test]
async fn a_change_carries_its_entry() {
    let lab = lab("create table t (id int, k text, a text, b bytea, big text, n int8, primary key (id, k)); insert into t values (1, 'x', 'old', '\\x01', '', 9007199254740993)").await;
    lab.update("main/t?id=eq.1&k=eq.x", json!({"a": "new", "b": "\\x010203", "big": "y".repeat(2000)})).await.expect_status(200);
    lab.insert("main/t", json!({"id": 2, "k": "y"})).await.expect_status(201);
    lab.delete("main/t?id=eq.1&k=eq.x").await.expect_status(200);
    let log = lab.log().await;
    assert_eq!(log.len(), 3);
    // The tests' clock stands still, so entries are told apart by what they are about.
    let of = |action: &str| log.iter().find(|e| e["action"] == action).unwrap();
    let (update, create, delete) = (of("rows.update"), of("rows.create"), of("rows.delete"));
    assert_eq!((&update["target_kind"], &update["target_id"], &update["outcome"]), (&json!("main.public.t"), &json!("1,x"), &json!("ok")));
    assert_eq!(update["changes"]["a"], json!({"before": "old", "after": "new"}));
    assert_eq!(update["changes"]["b"], json!({"before": "1 bytes", "after": "3 bytes"}));
    assert_eq!(update["changes"]["big"]["after"].as_str().unwrap().chars().count(), 501);
    assert!(update["changes"].get("n").is_none());
    assert_eq!(update["actor_label"], "Ada Lovelace");
    assert_eq!(create["target_id"], "2,y");
    assert_eq!(delete["changes"]["n"], json!({"before": "9007199254740993", "after": null}));
    let report = safety::verify::verify(&lab.db, &lab.app.app.keys).await.unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

#[tokio::test]
async fn without_its_entry_a_change_does_not_happen() {
    let lab = lab("create table t (id int primary key, a text); insert into t values (1, 'old')").await;
    lab.get("main/t").await.expect_status(200);
    // Nobody can write the log: neither can anybody change a row.
    lab.db.batch_execute("alter table kernel.audit_log add constraint full_up check (length(entry) < 10) not valid").await.unwrap();
    for answer in [
        lab.update("main/t?id=eq.1", json!({"a": "new"})).await,
        lab.insert("main/t", json!({"id": 2})).await,
        lab.delete("main/t?id=eq.1").await,
        lab.insert("main/t", json!([{"id": 3}, {"id": 4}])).await,
    ] {
        assert!(answer.status >= 400, "{}", answer.text);
    }
    lab.db.batch_execute("alter table kernel.audit_log drop constraint full_up").await.unwrap();
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
    let there = host::boot::connect(&config, pgtls::TlsMode::Disable).await.unwrap();
    there.batch_execute("create table t (id int primary key, a text check (a <> 'bad')); insert into t values (1, 'old')").await.unwrap();
    let lab = lab("").await;
    lab.source("away", "postgresql:///audit_elsewhere").await;
    lab.update("away/t?id=eq.1", json!({"a": "new"})).await.expect_status(200);
    lab.update("away/t?id=eq.1", json!({"a": "bad"})).await.expect_status(422);
    lab.update("away/t?id=eq.7", json!({"a": "x"})).await.expect_status(200);
    let mut outcomes: Vec<String> =
        lab.log().await.iter().map(|e| format!("{} {} {}", e["outcome"], e["target_id"], e["changes"]["a"]["after"])).collect();
    outcomes.sort();
    assert_eq!(
        outcomes,
        [
            r#""failed" "1" null"#,
            r#""ok" "1" "new""#,
            r#""ok" "7" null"#,
            r#""started" "1" null"#,
            r#""started" "1" null"#,
            r#""started" "7" null"#
        ]
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
    assert!(
        log.iter().any(|e| e["action"] == "rows.update" && e["target_kind"] == "main.public.t" && e["actor_label"] == "developer"),
        "{log:?}"
    );
    assert_eq!(lab.ask("select a from t").await, "old");
}

#[tokio::test]
async fn before_is_what_was_there_when_others_write_at_the_same_moment() {
    let lab = lab("create table t (id int primary key, a text, n int); insert into t values (1, 'old', 0), (2, 'old', 0)").await;
    lab.get("main/t").await.expect_status(200);
    let other = lab.app.database().await;
    // The change finds the row as it was, then waits for somebody whose change it didn't see.
    other.batch_execute("begin; update t set a = 'theirs', n = 5 where id = 1").await.unwrap();
    let theirs = async {
        while !lab.db.query_one("select exists (select from pg_locks where not granted)", &[]).await.unwrap().get::<_, bool>(0) {
            tokio::task::yield_now().await;
        }
        other.batch_execute("commit").await.unwrap();
    };
    let (answer, ()) = tokio::join!(lab.update("main/t?a=not.is.null", json!({"a": "mine"})), theirs);
    answer.expect_status(200);
    assert_eq!(lab.ask("select string_agg(a || n, ',' order by id) from t").await, "mine5,mine0");
    let log = lab.log().await;
    let of = |id: &str| log.iter().find(|entry| entry["target_id"] == id).unwrap()["changes"].clone();
    assert_eq!((log.len(), of("1")), (2, json!({"a": {"before": "theirs", "after": "mine"}})));
    assert_eq!(of("2"), json!({"a": {"before": "old", "after": "mine"}}));
}
