//! A job is ended by who holds it, and by nobody else: panics, handlers that never return, workers that were overtaken.

use crate::lab;
use crate::work_lab::{EVERY, until};
use chrono::Duration;
use serde_json::{Value, json};
use testkit::{Client, TestApp};
use tokio::sync::watch;
use work::worker;

async fn odd(owner: &Client, how: &str) -> String {
    owner.post("/api/v1/notes/work", json!({"kind": "odd", "how": how})).await.expect(200)["job"].as_str().unwrap().to_owned()
}

/// State, attempts, what was said, and the attempts that were kept.
async fn job(app: &TestApp, id: &str) -> (String, i16, String, Value) {
    let statement = format!("select state, attempt, coalesce(error, ''), attempts from {EVERY} where id = $1::text::uuid");
    let row = app.database().await.query_one(&statement, &[&id]).await.unwrap();
    (row.get(0), row.get(1), row.get(2), row.get(3))
}

#[tokio::test]
async fn a_panic_is_a_failed_attempt_that_says_what_was_said() {
    let (app, owner) = lab::start().await;
    let id = odd(&owner, "panic").await;
    worker::drain(&app.app).await.unwrap();
    let (state, attempt, error, attempts) = job(&app, &id).await;
    assert_eq!((state.as_str(), attempt), ("retryable", 1));
    assert!(error.contains("what a mess"), "{error}");
    assert_eq!((&attempts[0]["outcome"], &attempts[0]["attempt"], &attempts[0]["worker"]), (&json!("failed"), &json!(1), &json!("drain")));
    assert_eq!(attempts[0]["log"][0]["line"], "attempt 1 was panic");
    for pause in [15, 60, 240] {
        app.advance(Duration::seconds(pause + pause / 9 + 1));
        worker::drain(&app.app).await.unwrap();
    }
    let (state, attempt, _, attempts) = job(&app, &id).await;
    assert_eq!((state.as_str(), attempt, attempts.as_array().unwrap().len()), ("discarded", 4, 4), "every attempt is kept: {attempts}");
    assert_eq!(attempts[3]["outcome"], "discarded");
}

#[tokio::test]
async fn a_handler_that_never_returns_is_stopped_when_its_time_is_over() {
    let (app, owner) = lab::start().await;
    let id = odd(&owner, "for ever").await;
    worker::drain(&app.app).await.unwrap();
    let (state, attempt, error, _) = job(&app, &id).await;
    assert_eq!((state.as_str(), attempt), ("retryable", 1));
    assert!(error.contains("took longer than"), "{error}");
}

#[tokio::test]
async fn a_job_that_is_too_early_comes_again_and_loses_no_attempt() {
    let (app, owner) = lab::start().await;
    let id = odd(&owner, "early").await;
    worker::drain(&app.app).await.unwrap();
    assert_eq!(job(&app, &id).await, ("scheduled".into(), 0, String::new(), json!([])));
    app.advance(Duration::seconds(29));
    worker::drain(&app.app).await.unwrap();
    app.database().await.execute("update kernel.jobs set payload = '{\"how\": \"fine\"}' where kind = 'lab.odd'", &[]).await.unwrap();
    app.advance(Duration::seconds(1));
    worker::drain(&app.app).await.unwrap();
    let (state, attempt, ..) = job(&app, &id).await;
    assert_eq!((state.as_str(), attempt), ("completed", 1));
}

#[tokio::test]
async fn who_was_overtaken_changes_nothing_by_ending() {
    let (app, owner) = lab::start().await;
    let id = odd(&owner, "held").await;
    let db = app.database().await;
    let slow = tokio::spawn({
        let app = app.app.clone();
        async move { worker::drain(&app).await }
    });
    until(&db, "select exists (select from lab.runs where kind = 'lab.odd')").await;
    // Its worker is thought dead, and another one is at it.
    let taken = "update kernel.jobs set token = gen_random_uuid(), worker = 'other', attempt = 2 where kind = 'lab.odd'";
    db.execute(taken, &[]).await.unwrap();
    db.execute("insert into lab.runs (kind, attempt, at) values ('go', 0, now())", &[]).await.unwrap();
    slow.await.unwrap().unwrap();
    let (state, attempt, ..) = job(&app, &id).await;
    assert_eq!((state.as_str(), attempt), ("running", 2), "the other one's claim stands");
    let ended: i64 = db.query_one("select count(*) from kernel.finished_jobs where kind = 'lab.odd'", &[]).await.unwrap().get(0);
    assert_eq!(ended, 0, "a stale end is no end");
    // And who holds it ends it once.
    db.execute("update kernel.jobs set state = 'available', token = null, worker = null where kind = 'lab.odd'", &[]).await.unwrap();
    worker::drain(&app.app).await.unwrap();
    assert_eq!(job(&app, &id).await.0, "completed");
}

#[tokio::test]
async fn claims_are_kept_by_a_heartbeat_and_orders_come_with_it() {
    let (app, owner) = lab::start().await;
    let id = odd(&owner, "held").await;
    let db = app.database().await;
    let (stop, stopping) = watch::channel(false);
    let working = tokio::spawn(worker::run(app.app.clone(), "beats".into(), 4, stopping));
    until(&db, "select exists (select from lab.runs where kind = 'lab.odd')").await;
    db.execute("update kernel.jobs set lease_until = now() + interval '30 seconds' where id = $1::text::uuid", &[&id]).await.unwrap();
    db.execute("update kernel.jobs set cancel_requested = true where id = $1::text::uuid", &[&id]).await.unwrap();
    until(&db, "select exists (select from kernel.jobs where kind = 'lab.odd' and lease_until > now() + interval '50 seconds')").await;
    // The handler asks nobody how it stands: it is told to stop by the worker, and is stopped.
    until(&db, "select exists (select from kernel.finished_jobs where kind = 'lab.odd' and state = 'cancelled')").await;
    stop.send_replace(true);
    app.app.wake.notify_waiters();
    working.await.unwrap();
    let (_, attempt, ..) = job(&app, &id).await;
    assert_eq!(attempt, 1, "it was never taken for dead");
}
