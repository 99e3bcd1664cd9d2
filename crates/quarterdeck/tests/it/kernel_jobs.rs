//! Background work by the clock: retried with pauses, cancelled on request, rescued from a dead worker, scheduled.

use crate::lab;
use crate::work_lab::{EVERY, until};
use chrono::Duration;
use serde_json::{Value, json};
use testkit::{Client, TestApp};
use tokio::sync::watch;
use work::worker;

async fn work(owner: &Client, body: Value) -> String {
    owner.post("/api/v1/notes/work", body).await.expect(200)["job"].as_str().unwrap().to_owned()
}

/// State, attempts and error of a job.
async fn job(app: &TestApp, id: &str) -> (String, i16, Option<String>) {
    let db = app.database().await;
    let row = db.query_one(&format!("select state, attempt, error from {EVERY} where id = $1::text::uuid"), &[&id]).await.unwrap();
    (row.get(0), row.get(1), row.get(2))
}

async fn runs(app: &TestApp, kind: &str) -> i64 {
    app.database().await.query_one("select count(*) from lab.runs where kind = $1", &[&kind]).await.unwrap().get(0)
}

async fn drain(app: &TestApp) {
    worker::drain(&app.app).await.unwrap();
}

#[tokio::test]
async fn a_job_is_tried_four_times_with_growing_pauses() {
    let (app, owner) = lab::start().await;
    let id = work(&owner, json!({"kind": "flaky", "failures": 9})).await;
    for (attempt, pause) in [(1, 15), (2, 60), (3, 240)] {
        drain(&app).await;
        let (state, tried, error) = job(&app, &id).await;
        assert_eq!((state.as_str(), tried), ("retryable", attempt));
        assert!(error.unwrap().contains("not yet"));
        app.advance(Duration::milliseconds(pause * 900 - 1));
        drain(&app).await;
        assert_eq!(job(&app, &id).await.1, attempt, "not before its pause of {pause} s, less a tenth, is over");
        app.advance(Duration::milliseconds(pause * 200 + 1));
    }
    drain(&app).await;
    let (state, tried, _) = job(&app, &id).await;
    assert_eq!((state.as_str(), tried, runs(&app, "lab.flaky").await), ("discarded", 4, 4), "3 retries are 4 attempts");
}

#[tokio::test]
async fn a_job_that_works_the_second_time_is_done() {
    let (app, owner) = lab::start().await;
    let id = work(&owner, json!({"kind": "flaky", "failures": 1})).await;
    drain(&app).await;
    app.advance(Duration::seconds(17));
    drain(&app).await;
    assert_eq!(job(&app, &id).await, ("completed".into(), 2, None));
}

#[tokio::test]
async fn what_will_never_work_is_not_tried_again() {
    let (app, owner) = lab::start().await;
    let id = work(&owner, json!({"kind": "hopeless"})).await;
    drain(&app).await;
    app.advance(Duration::days(1));
    drain(&app).await;
    let (state, tried, _) = job(&app, &id).await;
    assert_eq!((state.as_str(), tried, runs(&app, "lab.hopeless").await), ("discarded", 1, 1));
}

#[tokio::test]
async fn a_job_for_later_waits_for_its_time() {
    let (app, owner) = lab::start().await;
    let id = work(&owner, json!({"kind": "flaky", "in_seconds": 60})).await;
    drain(&app).await;
    assert_eq!(job(&app, &id).await.0, "scheduled");
    app.advance(Duration::seconds(60));
    drain(&app).await;
    assert_eq!(job(&app, &id).await.0, "completed");
}

#[tokio::test]
async fn a_job_stops_when_somebody_asks_for_it() {
    let (app, owner) = lab::start().await;
    let id = work(&owner, json!({"kind": "patient"})).await;
    app.database().await.execute("update kernel.jobs set cancel_requested = true where id = $1::text::uuid", &[&id]).await.unwrap();
    drain(&app).await;
    assert_eq!(job(&app, &id).await.0, "cancelled");
}

#[tokio::test]
async fn a_job_that_is_undone_with_its_change_never_was() {
    let (app, owner) = lab::start().await;
    owner.post("/api/v1/notes/work", json!({"kind": "unknown"})).await.expect_status(422);
    let jobs: i64 = app.database().await.query_one("select count(*) from kernel.jobs where kind like 'lab.%'", &[]).await.unwrap().get(0);
    assert_eq!(jobs, 0);
}

#[tokio::test]
async fn the_job_of_a_dead_worker_is_taken_over() {
    let (app, owner) = lab::start().await;
    let id = work(&owner, json!({"kind": "flaky"})).await;
    let dead = "update kernel.jobs set state = 'running', attempt = 1, worker = 'dead', token = gen_random_uuid(), lease_until = now() + interval '1 hour' where id = $1::text::uuid";
    let db = app.database().await;
    db.execute(dead, &[&id]).await.unwrap();
    let (stop, stopping) = watch::channel(false);
    let working = tokio::spawn(worker::run(app.app.clone(), "alive".into(), 4, stopping));
    // One full round of the worker has passed when it has been seen.
    until(&db, "select exists (select from kernel.workers where name = 'alive')").await;
    assert_eq!(job(&app, &id).await.0, "running", "its lease has not run out");
    db.execute("update kernel.jobs set lease_until = now() - interval '1 second' where id = $1::text::uuid", &[&id]).await.unwrap();
    app.app.wake.notify_waiters();
    until(&db, "select exists (select from kernel.finished_jobs where kind = 'lab.flaky' and state = 'completed')").await;
    assert_eq!(job(&app, &id).await.1, 2);
    stop.send_replace(true);
    app.app.wake.notify_waiters();
    working.await.unwrap();
    let left: i64 = db.query_one("select count(*) from kernel.workers where name = 'alive'", &[]).await.unwrap().get(0);
    assert_eq!(left, 0, "a worker that stops says goodbye");
}

#[tokio::test]
async fn a_schedule_comes_round_and_catches_up_once() {
    let (app, _owner) = lab::start().await;
    drain(&app).await;
    assert_eq!(runs(&app, "lab.patient").await, 0, "09:00 is planned for 10:00");
    app.advance(Duration::minutes(59));
    drain(&app).await;
    assert_eq!(runs(&app, "lab.patient").await, 0);
    app.advance(Duration::minutes(1));
    drain(&app).await;
    drain(&app).await;
    assert_eq!(runs(&app, "lab.patient").await, 1);
    app.advance(Duration::hours(5));
    drain(&app).await;
    drain(&app).await;
    assert_eq!(runs(&app, "lab.patient").await, 2, "five missed times are one");
}

#[tokio::test]
async fn two_workers_do_each_job_once() {
    let (app, owner) = lab::start().await;
    let other = lab::another(&app, &[]).await;
    for _ in 0..8 {
        work(&owner, json!({"kind": "flaky"})).await;
    }
    let (a, b) = tokio::join!(worker::drain(&app.app), worker::drain(&other.app));
    a.unwrap();
    b.unwrap();
    assert_eq!(runs(&app, "lab.flaky").await, 8);
}
