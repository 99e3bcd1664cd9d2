//! What operators do with schedules: run now, pause, resume, say something else than the room does, and take that back.

use crate::lab;
use chrono::Duration;
use serde_json::{Value, json};
use testkit::{Client, TestApp};
use work::worker;

async fn start() -> (TestApp, Client, String) {
    let (app, owner) = lab::start().await;
    worker::drain(&app.app).await.unwrap();
    let hourly = hourly(&owner).await["id"].as_str().unwrap().to_owned();
    (app, owner, hourly)
}

async fn hourly(owner: &Client) -> Value {
    owner.get("/api/v1/schedules?name=eq.lab.hourly").await.expect(200)[0].clone()
}

/// The ledger of the lab's hourly schedule, as the API tells it, oldest first.
async fn ledger(owner: &Client) -> Vec<String> {
    let slots = owner.get("/api/v1/schedule-slots?schedule=eq.lab.hourly&order=slot.asc").await.expect(200).body;
    let text = |slot: &Value, field: &str| slot[field].as_str().unwrap_or("-").to_owned();
    slots
        .as_array()
        .unwrap()
        .iter()
        .map(|s| format!("{} {} {}", &text(s, "slot")[11..16], text(s, "outcome"), text(s, "job_state")))
        .collect()
}

/// Time passes while somebody is there, so that nobody is signed out.
async fn later(app: &TestApp, owner: &Client, minutes: i64) {
    for step in (0..minutes).step_by(30) {
        app.advance(Duration::minutes(30.min(minutes - step)));
        owner.get("/api/v1/schedules?limit=1").await.expect_status(200);
    }
}

fn refusal(answer: &testkit::Answer) -> (String, String) {
    let error = &answer.body["errors"][0];
    (error["field"].as_str().unwrap_or_default().to_owned(), error["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn what_is_edited_counts_and_what_is_declared_is_kept() {
    let (app, owner, id) = start().await;
    let path = format!("/api/v1/schedules/{id}");
    later(&app, &owner, 90).await;
    owner.patch(&path, "*", json!({"cron": "15 12 * * *", "zone": "Europe/Berlin", "overlap": "queue"})).await.expect_status(200);
    assert_eq!(ledger(&owner).await, ["10:00 late available"], "what had come was decided by what was said until then");
    let edited = hourly(&owner).await;
    assert_eq!(
        (&edited["cron"], &edited["declared_cron"], &edited["is_edited"]),
        (&json!("15 12 * * *"), &json!("0 * * * *"), &json!(true))
    );
    assert!(edited["next_at"].as_str().unwrap().starts_with("2026-11-20T11:15:00"), "{}", edited["next_at"]);
    later(&app, &owner, 60).await;
    worker::drain(&app.app).await.unwrap();
    assert_eq!(ledger(&owner).await, ["10:00 late completed", "11:15 late completed"], "and not at 11:00");
    // Another start of the node declares it again; what operators said stays.
    work::schedule::plan(&app.app).await.unwrap();
    assert_eq!(hourly(&owner).await["cron"], "15 12 * * *");
    // What is said as it is declared follows its room from then on.
    owner.patch(&path, "*", json!({"overlap": "skip"})).await.expect_status(200);
    let said: Option<String> =
        app.database().await.query_one("select overlap from kernel.schedules where name = 'lab.hourly'", &[]).await.unwrap().get(0);
    assert_eq!(said, None);
    owner.post(&format!("{path}/restore"), json!({})).await.expect_status(200);
    let restored = hourly(&owner).await;
    assert_eq!((&restored["cron"], &restored["zone"], &restored["is_edited"]), (&json!("0 * * * *"), &json!("UTC"), &json!(false)));
    assert!(restored["next_at"].as_str().unwrap().starts_with("2026-11-20T12:00:00"));
    owner.post(&format!("{path}/restore"), json!({})).await.expect_status(403);
    let log = app.audit().await;
    let entry = log.iter().find(|e| e["action"] == "schedules.update").unwrap();
    assert_eq!(entry["changes"]["cron"], json!({"before": "0 * * * *", "after": "15 12 * * *"}));
}

#[tokio::test]
async fn what_cannot_be_read_or_never_comes_is_refused_at_its_field() {
    let (app, owner, id) = start().await;
    let path = format!("/api/v1/schedules/{id}");
    for (body, field, code) in [
        (json!({"cron": "every day"}), "cron", "format"),
        (json!({"cron": "* * * * * *"}), "cron", "format"),
        (json!({"cron": "0 0 30 2 *"}), "cron", "never"),
        (json!({"zone": "Europe/Atlantis"}), "zone", "format"),
    ] {
        let answer = owner.patch(&path, "*", body.clone()).await;
        answer.expect_status(422);
        assert_eq!(refusal(&answer), (field.into(), code.into()), "{body}");
        let cron = body["cron"].as_str().unwrap_or("0 * * * *").replace(' ', "%20");
        let zone = body["zone"].as_str().unwrap_or("UTC");
        let answer = owner.get(&format!("/api/v1/work/schedule-runs?cron={cron}&zone={zone}")).await;
        answer.expect_status(422);
        assert_eq!(refusal(&answer), (field.into(), code.into()), "{body} as a preview");
    }
    for body in [json!({"jitter_seconds": -1}), json!({"missed_most": 101}), json!({"overlap": "twice"}), json!({})] {
        owner.patch(&path, "*", body).await.expect_status(422);
    }
    assert_eq!(hourly(&owner).await["is_edited"], false);
    let runs = owner.get("/api/v1/work/schedule-runs?cron=30%202%20*%20*%20*&zone=Europe/Berlin").await.expect(200).body;
    assert_eq!(runs["runs"].as_array().unwrap().len(), 10);
    assert!(runs["runs"][0].as_str().unwrap().starts_with("2026-11-21T01:30:00"));
    drop(app);
}

#[tokio::test]
async fn a_run_now_stands_in_the_ledger_and_moves_nothing() {
    let (app, owner, id) = start().await;
    app.advance(Duration::minutes(7));
    let path = format!("/api/v1/schedules/{id}/run-now");
    let job = owner.post(&path, json!({})).await.expect(200)["job_id"].as_str().unwrap().to_owned();
    owner.post(&path, json!({})).await.expect_status(403);
    let who = "select actor_kind from kernel.jobs where id = $1::text::uuid";
    let kind: String = app.database().await.query_one(who, &[&job]).await.unwrap().get(0);
    assert_eq!(kind, "staff", "the job says who let it begin");
    worker::drain(&app.app).await.unwrap();
    assert_eq!(ledger(&owner).await, ["09:07 ran completed"]);
    app.advance(Duration::minutes(53));
    worker::drain(&app.app).await.unwrap();
    assert_eq!(ledger(&owner).await, ["09:07 ran completed", "10:00 ran completed"]);
    let last = hourly(&owner).await;
    assert_eq!((&last["last_outcome"], &last["last_job_state"]), (&json!("ran"), &json!("completed")));
}

#[tokio::test]
async fn a_pause_leaves_out_its_slots_and_a_run_now_is_still_possible() {
    let (app, owner, id) = start().await;
    let path = format!("/api/v1/schedules/{id}");
    owner.post(&format!("{path}/resume"), json!({})).await.expect_status(403);
    owner.post(&format!("{path}/pause"), json!({})).await.expect_status(200);
    owner.post(&format!("{path}/pause"), json!({})).await.expect_status(403);
    let paused = hourly(&owner).await;
    assert_eq!((&paused["state"], &paused["next_at"]), (&json!("paused"), &Value::Null));
    later(&app, &owner, 150).await;
    owner.post(&format!("{path}/run-now"), json!({})).await.expect_status(200);
    // No worker was there meanwhile: the slots of the pause are written down when it ends.
    owner.post(&format!("{path}/resume"), json!({})).await.expect_status(200);
    worker::drain(&app.app).await.unwrap();
    assert_eq!(ledger(&owner).await, ["10:00 skipped -", "11:00 skipped -", "11:30 ran completed"]);
}

#[tokio::test]
async fn operators_act_and_developers_only_look() {
    let (app, owner, id) = start().await;
    let path = format!("/api/v1/schedules/{id}");
    let operator = app.staff(&owner, "operator").await;
    operator.patch(&path, "*", json!({"jitter_seconds": 5})).await.expect_status(200);
    operator.post(&format!("{path}/pause"), json!({})).await.expect_status(200);
    let developer = app.staff(&owner, "developer").await;
    developer.get(&path).await.expect_status(200);
    for verb in ["resume", "run-now", "restore"] {
        developer.post(&format!("{path}/{verb}"), json!({})).await.expect_status(403);
    }
    developer.patch(&path, "*", json!({"jitter_seconds": 6})).await.expect_status(403);
}

#[tokio::test]
async fn a_schedule_that_no_room_declares_can_only_be_looked_at() {
    let (app, owner, id) = start().await;
    let gone = "update kernel.schedules set name = 'lab.old', declared_at = declared_at - interval '1 day' where id = $1::text::uuid";
    app.database().await.execute(gone, &[&id]).await.unwrap();
    let path = format!("/api/v1/schedules/{id}");
    let shown = owner.get(&path).await.expect(200).body;
    assert_eq!((&shown["state"], &shown["next_at"]), (&json!("gone"), &Value::Null));
    for verb in ["run-now", "restore", "resume"] {
        owner.post(&format!("{path}/{verb}"), json!({})).await.expect_status(403);
    }
    owner.patch(&path, "*", json!({"jitter_seconds": 6})).await.expect_status(403);
}
