//! What was run is in the audit log and in the history of whoever ran it, and nowhere longer than it should be.

use crate::console_lab::{ask, read, write};
use crate::explorer_lab::lab;
use chrono::Duration;
use serde_json::{Value, json};
use testkit::OWNER_EMAIL;
use work::worker;

const TABLE: &str = "create table public.things (id int primary key)";

#[tokio::test]
async fn a_run_is_in_the_audit_log_before_and_after_it() {
    let lab = lab(TABLE).await;
    write(&lab, "transaction", "insert into things values (1), (2)").await;
    read(&lab, &format!("select '{}', nothing", "x".repeat(2000))).await;
    let log = lab.app.audit().await;
    let told = |action: &str| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut found: Vec<_> = log.iter().filter(|e| e["action"] == action).map(|e| (text(&e["outcome"]), text(&e["detail"]))).collect();
        found.sort_by_key(|(outcome, _)| outcome != "started");
        found
    };
    let wrote = told("sql.write");
    assert_eq!((wrote.len(), wrote[0].0.as_str(), wrote[1].0.as_str()), (2, "started", "ok"));
    assert!(wrote[0].1.starts_with("transaction, sha256 ") && wrote[0].1.ends_with(": insert into things values (1), (2)"), "{wrote:?}");
    assert!(wrote[1].1.starts_with("transaction: ok, 1 statements done, 0 rows, "), "{wrote:?}");
    let failed = told("sql.read");
    assert!(failed[0].1.len() < 600 && failed[0].1.ends_with('…'), "the text is cut: {}", failed[0].1.len());
    assert_eq!(failed[1].0, "failed");
    assert!(failed[1].1.contains("column \"nothing\" does not exist"), "{failed:?}");
    let entry = log.iter().find(|e| e["action"] == "sql.write").unwrap();
    assert_eq!((&entry["target_kind"], &entry["target_label"]), (&json!("sources"), &json!("main")));
}

#[tokio::test]
async fn the_history_is_ones_own_and_can_be_searched_and_forgotten() {
    let lab = lab(TABLE).await;
    read(&lab, "select 1 as first").await;
    read(&lab, "select nothing").await;
    write(&lab, "autocommit", "alter role quarterdeck_nobody password 'hunter2'").await;
    let developer = lab.app.staff(&lab.owner, "developer").await;
    ask(&developer, "read", json!({"sql": "select 'theirs'"})).await.expect_status(200);
    let history = lab.owner.get("/api/v1/query-runs").await.expect(200);
    assert_eq!(history.body.as_array().unwrap().len(), 3, "{}", history.text);
    assert!(!history.text.contains("hunter2") && !history.text.contains("theirs"), "{}", history.text);
    let found = lab.owner.get("/api/v1/query-runs?search=first").await.expect(200);
    let run = &found[0];
    assert_eq!(
        (&run["sql"], &run["outcome"], &run["rows"], &run["mode"]),
        (&json!("select 1 as first"), &json!("ok"), &json!(1), &json!("read"))
    );
    let theirs = developer.get("/api/v1/query-runs").await.expect(200);
    let id = theirs[0]["id"].as_str().unwrap();
    lab.owner.delete(&format!("/api/v1/query-runs/{id}")).await.expect_status(404);
    developer.delete(&format!("/api/v1/query-runs/{id}")).await.expect_status(204);
    assert_eq!(developer.get("/api/v1/query-runs").await.expect(200).body, json!([]));
    assert_eq!(lab.ask("select count(*) from explorer.query_runs").await, "3");
}

#[tokio::test]
async fn history_ends() {
    let lab = lab(TABLE).await;
    read(&lab, "select 'old'").await;
    worker::drain(&lab.app.app).await.unwrap();
    lab.app.advance(Duration::days(89));
    let owner = lab.app.sign_in(OWNER_EMAIL).await;
    ask(&owner, "read", json!({"sql": "select 'new'"})).await.expect_status(200);
    lab.db
        .batch_execute(
            "insert into explorer.query_runs (id, owner_id, source, mode, sql, outcome, started_at) \
             select gen_random_uuid(), '0190b6c8-0000-7000-8000-00000000dead', 'main', 'read', n::text, 'ok', '2100-01-01'::timestamptz + n * interval '1 s' from generate_series(1, 2010) n",
        )
        .await
        .unwrap();
    lab.app.advance(Duration::days(2));
    worker::drain(&lab.app.app).await.unwrap();
    worker::drain(&lab.app.app).await.unwrap();
    assert_eq!(
        lab.ask("select string_agg(sql, ',') from explorer.query_runs where mode = 'read' and sql like 'select%'").await,
        "select 'new'"
    );
    assert_eq!(
        lab.ask("select count(*) || ' from ' || min(sql::int) from explorer.query_runs where sql not like 'select%'").await,
        "2000 from 11"
    );
}
