//! Kept exports under attack: others' files, sensitive columns, pieces that somebody moved, attempts that came too late.

use crate::explorer_lab::{Lab, encoded, lab};
use crate::export_lab::{ask, ask_by, ended, log, path, pieces, run, table, taken, taken_by};
use chrono::Duration;
use http::Method;
use serde_json::{Value, json};
use std::time::{Duration as Pause, Instant};
use testkit::Client;
use work::worker;

const PATIENCE: Pause = Pause::from_secs(60);
const PEOPLE: &str = "create table public.person (id int primary key, name text, ssn text);
     insert into person values (1, 'Ada', '111-22-3333'), (2, 'Grace', '444-55-6666'); analyze person";
/// Rows that come slowly enough to be there in the middle of it.
const SLOW: &str = "create table public.many as select n as id, repeat('x', 1000) as filler from generate_series(1, 4000) n;
     create view public.slow as select id, filler, case when pg_sleep(0.002) is null then 0 else 1 end as waited from many; analyze many";

#[tokio::test]
async fn only_who_may_and_only_ones_own() {
    let lab = lab(PEOPLE).await;
    let (operator, developer) = (lab.app.staff(&lab.owner, "operator").await, lab.app.staff(&lab.owner, "developer").await);
    ask_by(&lab.app.nobody(), "person", "csv", "").await.expect_status(401);
    assert!(ask_by(&developer, "person", "csv", "").await.expect(403).text.contains("rows:export"));
    let done = run(&lab, "person", "csv", "").await;
    let running = ask(&lab, "person", "csv", "").await;
    for export in [&done, &running] {
        for (client, status) in [(&operator, 404), (&developer, 403)] {
            client.get(&path(export)).await.expect_status(status);
            client.get(&format!("{}/file", path(export))).await.expect_status(status);
            client.post(&format!("{}/cancel", path(export)), json!({})).await.expect_status(status);
            client.delete(&path(export)).await.expect_status(status);
        }
    }
    for list in [table("person"), "/api/v1/row-exports".into()] {
        assert_eq!(operator.get(&list).await.body_of(200), json!([]));
        developer.get(&list).await.expect_status(403);
    }
    lab.owner.get("/api/v1/row-exports/nonsense/file").await.expect_status(404);
    // Which sources there are is no business of theirs either.
    for (client, status) in [(&lab.owner, 404), (&developer, 403)] {
        client.get("/api/v1/explorer/nowhere/tables/public/person/exports").await.expect_status(status);
    }
    assert_eq!(ended(&lab, &running).await["status"], "done");
    taken(&lab, &done).await;
    // What was asked has values in it, and the file is a file of rows: neither is a table to look at.
    let columns = lab.owner.get("/api/v1/data/main/exports?limit=1").await;
    assert!(columns.status == 404 || !columns.text.contains("query"), "{}", columns.text);
    let profile = [("accept-profile", "explorer")];
    let listed = lab.owner.send(Method::GET, "/api/v1/data/main/exports", &profile, None).await.expect(200);
    assert!(!listed.text.contains("\"query\""), "{}", listed.text);
    let hidden = lab.owner.send(Method::GET, "/api/v1/data/main/export_pieces", &profile, None).await;
    assert!(!hidden.text.contains("content"), "{}", hidden.text);
}

#[tokio::test]
async fn a_file_is_sealed_and_its_pieces_stay_in_their_places() {
    let lab = lab(SLOW).await;
    let done = run(&lab, "many", "csv", "order=id").await;
    let plain = "select bool_or(position(convert_to(repeat('x', 50), 'UTF8') in content) > 0) from explorer.export_pieces";
    assert_eq!(lab.ask(plain).await, "false", "a dump of the panel's database has no rows of others in it");
    let swap = "update explorer.export_pieces set number = case number when 1 then 2 when 2 then 1 end + 100 where number in (1, 2); \
         update explorer.export_pieces set number = number - 100 where number > 100";
    lab.db.batch_execute(swap).await.unwrap();
    let (status, _, moved) = taken_by(&lab.owner, &done, &[]).await;
    assert!(status == 200 && moved.is_err(), "what somebody moved is not sent as the file");
    lab.db.batch_execute(swap).await.unwrap();
    taken(&lab, &done).await;
    lab.db.batch_execute("delete from explorer.export_pieces where number = 3").await.unwrap();
    assert!(taken_by(&lab.owner, &done, &[]).await.2.is_err(), "a part is not taken for the whole");
}

async fn mark(lab: &Lab, column: &str) {
    let source = lab.owner.get("/api/v1/sources?name=eq.main").await.body_of(200)[0]["id"].clone();
    let body = json!({"source_id": source, "schema_name": "public", "table_name": "person", "column_name": column, "treatment": "hidden"});
    lab.owner.post("/api/v1/sensitive-columns", body).await.expect_status(201);
    // The node reads its marks again for this.
    lab.owner.get("/api/v1/explorer/main/tables/public/person").await.expect_status(200);
}

async fn revealed(by: &Client, reason: &str) -> testkit::Answer {
    by.send(Method::POST, &table("person"), &[("reveal-reason", &encoded(reason))], Some(json!({"format": "csv"}))).await
}

#[tokio::test]
async fn sensitive_columns_leave_only_with_a_reason_and_the_right() {
    let lab = lab(PEOPLE).await;
    let before = run(&lab, "person", "csv", "order=id").await;
    lab.app.advance(Duration::minutes(1));
    mark(&lab, "ssn").await;
    // Made before anybody said that it is sensitive.
    let refused = taken_by(&lab.owner, &before, &[]).await;
    assert_eq!(refused.0, 403);
    lab.app.advance(Duration::minutes(1));
    let masked = run(&lab, "person", "csv", "order=id").await;
    assert_eq!(String::from_utf8(taken(&lab, &masked).await).unwrap(), "id,name\n1,Ada\n2,Grace\n");
    for query in ["select=ssn", "ssn=like.111*", "order=ssn"] {
        ask_by(&lab.owner, "person", "csv", query).await.expect_status(400);
    }
    revealed(&lab.owner, "x").await.expect_status(422);

    let permissions = json!(["rows:read", "rows:export", "rows:reveal"]);
    let role =
        lab.owner.post("/api/v1/roles", json!({"name": "auditor", "label": "Auditor", "permissions": permissions})).await.body_of(201);
    let auditor = lab.app.staff(&lab.owner, "auditor").await;
    let permissions = json!(["rows:read", "rows:export"]);
    lab.owner.post("/api/v1/roles", json!({"name": "exporter", "label": "Exporter", "permissions": permissions})).await.expect_status(201);
    let exporter = lab.app.staff(&lab.owner, "exporter").await;
    assert!(revealed(&exporter, "I want it").await.expect(403).text.contains("rows:reveal"));
    let asked = revealed(&auditor, "Ticket 12").await.body_of(201);
    assert_eq!(asked["revealed"], true);
    assert!(log(&lab, "rows.reveal").await.contains(&("ok".into(), "Ticket 12".into())), "before a row is read");
    worker::drain(&lab.app.app).await.unwrap();
    let (status, _, file) = taken_by(&auditor, &asked, &[]).await;
    assert!(status == 200 && String::from_utf8(file.unwrap()).unwrap().contains("111-22-3333"));
    assert!(log(&lab, "row-exports.create").await.iter().any(|(_, detail)| detail == "csv, with sensitive columns: all rows"));
    let told = log(&lab, "row-exports.file").await;
    assert!(told.iter().any(|(outcome, detail)| outcome == "started" && detail.ends_with(", with sensitive columns")), "{told:?}");
    assert_eq!(taken_by(&lab.owner, &asked, &[]).await.0, 404, "it is nobody else's, the owner's neither");
    // Who may no longer see them gets no file of them.
    let role = format!("/api/v1/roles/{}", role["id"].as_str().unwrap());
    lab.owner.patch(&role, "*", json!({"permissions": ["rows:read", "rows:export"]})).await.expect_status(200);
    assert_eq!(taken_by(&auditor, &asked, &[]).await.0, 403);
    assert!(log(&lab, "row-exports.file").await.iter().any(|(outcome, _)| outcome == "refused"));
}

#[tokio::test]
async fn a_column_that_is_marked_before_the_work_begins_is_not_in_the_file() {
    let lab = lab(PEOPLE).await;
    let (all, named) = (ask(&lab, "person", "csv", "order=id").await, ask(&lab, "person", "csv", "select=ssn").await);
    mark(&lab, "ssn").await;
    let all = ended(&lab, &all).await;
    assert_eq!(String::from_utf8(taken(&lab, &all).await).unwrap(), "id,name\n1,Ada\n2,Grace\n");
    assert_eq!(ended(&lab, &named).await["status"], "failed");
}

#[tokio::test]
async fn a_cancelled_one_stops_and_leaves_nothing() {
    let lab = lab(SLOW).await;
    let waiting = ask(&lab, "many", "csv", "").await;
    let cancelled = lab.owner.post(&format!("{}/cancel", path(&waiting)), json!({})).await.body_of(200);
    assert_eq!((&cancelled["status"], &ended(&lab, &waiting).await["status"]), (&json!("cancelled"), &json!("cancelled")));
    lab.owner.post(&format!("{}/cancel", path(&waiting)), json!({})).await.expect_status(409);

    let begun = ask(&lab, "slow", "csv", "").await;
    let app = lab.app.app.clone();
    let working = tokio::spawn(async move { worker::drain(&app).await.unwrap() });
    midway(&lab).await;
    lab.owner.post(&format!("{}/cancel", path(&begun)), json!({})).await.expect_status(200);
    assert_eq!(pieces(&lab).await, "0");
    working.await.unwrap();
    let ended = lab.owner.get(&path(&begun)).await.body_of(200);
    assert_eq!((&ended["status"], pieces(&lab).await.as_str()), (&json!("cancelled"), "0"));
    let busy = "select count(*) from pg_stat_activity where state = 'active' and query like 'copy (select%' and pid <> pg_backend_pid()";
    let until = Instant::now() + PATIENCE;
    while lab.ask(busy).await != "0" {
        assert!(Instant::now() < until, "the source goes on with what nobody wants");
        tokio::task::yield_now().await;
    }
    assert_eq!(log(&lab, "rows.export").await, [], "it has no end of its own");
    assert_eq!(log(&lab, "row-exports.cancel").await.len(), 2);
}

/// Waits until some of it is kept.
async fn midway(lab: &Lab) {
    let until = Instant::now() + PATIENCE;
    while pieces(lab).await == "0" {
        assert!(Instant::now() < until, "it never began");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_attempt_that_was_overtaken_can_neither_keep_nor_finish() {
    let lab = lab(SLOW).await;
    let begun = ask(&lab, "slow", "csv", "").await;
    let app = lab.app.app.clone();
    let late = tokio::spawn(async move { worker::drain(&app).await.unwrap() });
    midway(&lab).await;
    // As another node does when this one was silent for too long.
    lab.db
        .batch_execute("update explorer.exports set attempt = attempt + 1, rows = 0, bytes = 0; delete from explorer.export_pieces")
        .await
        .unwrap();
    late.await.unwrap();
    assert_eq!(pieces(&lab).await, "0", "it keeps nothing any more");
    assert_eq!(lab.ask("select status || rows from explorer.exports").await, "running0");
    assert_eq!(taken_by(&lab.owner, &begun, &[]).await.0, 409);
    let listed: Value = lab.owner.get(&path(&begun)).await.body_of(200);
    assert_eq!(listed["status"], "failed", "its job has ended, so nobody is at it");
}
