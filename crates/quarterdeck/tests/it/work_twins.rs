//! Jobs of which there is one at a time: what becomes of a second, and of twins that fail.

use crate::lab;
use crate::work_lab::{EVERY, until};
use chrono::Duration;
use serde_json::{Value, json};
use testkit::{Client, TestApp};
use work::worker;

async fn once(owner: &Client, unique: &str, how: &str) -> (u16, Value) {
    let answer = owner.post("/api/v1/notes/work", json!({"kind": "odd", "unique": unique, "how": how})).await;
    (answer.status, answer.body)
}

async fn drain(app: &TestApp) {
    worker::drain(&app.app).await.unwrap();
}

/// Jobs that wait or run, and the arguments of all there ever were.
async fn there(app: &TestApp) -> (i64, String) {
    let db = app.database().await;
    let n = db.query_one("select count(*) from kernel.jobs where kind = 'lab.odd'", &[]).await.unwrap().get(0);
    let how = format!(
        "select coalesce(string_agg(payload->>'how' || ' ' || state, ', ' order by payload->>'how'), '') from {EVERY} where kind = 'lab.odd'"
    );
    (n, db.query_one(&how, &[]).await.unwrap().get(0))
}

#[tokio::test]
async fn a_second_one_is_the_first_for_as_long_as_that_is_there() {
    let (app, owner) = lab::start().await;
    let (_, first) = once(&owner, "live", "fine").await;
    assert_eq!(first["new"], true);
    let (_, second) = once(&owner, "live", "other").await;
    assert_eq!((&second["job"], &second["new"]), (&first["job"], &json!(false)));
    drain(&app).await;
    let (_, third) = once(&owner, "live", "again").await;
    assert_eq!(third["new"], true, "the first has ended");
    assert_eq!(there(&app).await, (1, "again available, fine completed".into()));
}

#[tokio::test]
async fn a_second_one_is_refused_where_that_is_wanted() {
    let (app, owner) = lab::start().await;
    let (_, first) = once(&owner, "refused", "fine").await;
    let (status, problem) = once(&owner, "refused", "other").await;
    assert_eq!((status, &problem["job"]), (409, &first["job"]), "{problem}");
    assert_eq!(there(&app).await.0, 1);
    drain(&app).await;
    assert_eq!(once(&owner, "refused", "other").await.0, 200);
}

#[tokio::test]
async fn the_newest_arguments_count_until_it_begins() {
    let (app, owner) = lab::start().await;
    let (_, first) = once(&owner, "replacing", "old").await;
    let (_, second) = once(&owner, "replacing", "new").await;
    assert_eq!((&second["job"], &second["new"]), (&first["job"], &json!(false)));
    assert_eq!(there(&app).await, (1, "new available".into()));
    // One that runs isn't changed: another waits behind it.
    app.database().await.execute("update kernel.jobs set state = 'running', token = gen_random_uuid()", &[]).await.unwrap();
    let (_, third) = once(&owner, "replacing", "newest").await;
    assert_eq!(third["new"], true);
    assert_eq!(there(&app).await, (2, "new running, newest available".into()));
}

#[tokio::test]
async fn one_that_waits_for_quiet_begins_when_nobody_asks_any_more_but_some_time() {
    let (app, owner) = lab::start().await;
    once(&owner, "quiet", "1").await;
    for n in 2..4 {
        app.advance(Duration::seconds(9));
        drain(&app).await;
        once(&owner, "quiet", &n.to_string()).await;
    }
    assert_eq!(there(&app).await, (1, "3 scheduled".into()));
    app.advance(Duration::seconds(10));
    drain(&app).await;
    assert_eq!(there(&app).await, (0, "3 completed".into()));
    // Who never gives it any quiet is served after ten times that.
    for n in 0..11 {
        once(&owner, "quiet", &format!("busy {n}")).await;
        app.advance(Duration::seconds(9));
        drain(&app).await;
    }
    once(&owner, "quiet", "busy 11").await;
    app.advance(Duration::seconds(1));
    drain(&app).await;
    assert_eq!(there(&app).await, (0, "3 completed, busy 11 completed".into()));
}

#[tokio::test]
async fn a_failed_one_leaves_the_field_to_its_twin() {
    let (app, owner) = lab::start().await;
    let db = app.database().await;
    once(&owner, "waiting", "held").await;
    let slow = tokio::spawn({
        let app = app.app.clone();
        async move { worker::drain(&app).await }
    });
    until(&db, "select exists (select from lab.runs where kind = 'lab.odd')").await;
    let (_, second) = once(&owner, "waiting", "fine").await;
    assert_eq!(second["new"], true, "what runs doesn't see what has changed since");
    // It fails: tried again it would be the second that waits with that key, which there can't be.
    db.execute("update kernel.jobs set cancel_requested = false, payload = '{\"how\": \"panic\"}' where state = 'running'", &[])
        .await
        .unwrap();
    db.execute("update kernel.jobs set lease_until = now() - interval '1 minute' where state = 'running'", &[]).await.unwrap();
    db.execute("insert into lab.runs (kind, attempt, at) values ('go', 0, now())", &[]).await.unwrap();
    slow.await.unwrap().unwrap();
    assert_eq!(there(&app).await.0, 0);
    // Two that died together, of which only one can wait.
    let dead = "insert into kernel.jobs (id, kind, payload, state, token, lease_until, run_at, attempt, max_attempts, request_id, created_at, unique_key, unique_live) \
         select gen_random_uuid(), 'lab.odd', '{\"how\": \"twin\"}', 'running', gen_random_uuid(), now() - interval '1 minute', now(), 1, 4, 'test', now(), 'two', false \
         from generate_series(1, 2)";
    db.execute(dead, &[]).await.unwrap();
    let (stop, stopping) = tokio::sync::watch::channel(false);
    let working = tokio::spawn(worker::run(app.app.clone(), "tidies".into(), 2, stopping));
    until(&db, "select not exists (select from kernel.jobs where state = 'running')").await;
    stop.send_replace(true);
    working.await.unwrap();
    let (waits, all) = there(&app).await;
    assert_eq!(waits, 1, "{all}");
    assert!(all.contains("twin cancelled") && all.contains("twin retryable"), "{all}");
}

#[tokio::test]
async fn a_panic_beside_its_twin_ends_and_says_why() {
    let (app, owner) = lab::start().await;
    let db = app.database().await;
    once(&owner, "waiting", "panic").await;
    // The twin comes while the first runs: here, between its claim and its end.
    let twin = "create function lab.twin() returns trigger language plpgsql as $$ begin \
           insert into kernel.jobs (id, kind, payload, state, run_at, max_attempts, request_id, created_at, unique_key, unique_live) \
           values (gen_random_uuid(), 'lab.odd', '{\"how\": \"fine\"}', 'scheduled', now() + interval '1000 days', 4, 'test', now(), 'one', false) on conflict do nothing; \
           return null; end $$; \
         grant execute on function lab.twin to public; \
         create trigger twin after insert on lab.runs for each row execute function lab.twin()";
    db.batch_execute(twin).await.unwrap();
    drain(&app).await;
    let (waits, all) = there(&app).await;
    assert_eq!(waits, 1, "{all}");
    assert!(all.contains("panic cancelled"), "{all}");
    let error: String = db.query_one("select error from kernel.finished_jobs where kind = 'lab.odd'", &[]).await.unwrap().get(0);
    assert!(error.contains("what a mess") && error.contains("Another one like it waits"), "{error}");
}

#[tokio::test]
async fn what_cannot_be_kept_of_a_result_is_said_and_the_job_is_done() {
    let (app, owner) = lab::start().await;
    for how in ["unstorable", "fine"] {
        owner.post("/api/v1/notes/work", json!({"kind": "odd", "how": how})).await.expect(200);
    }
    drain(&app).await;
    let db = app.database().await;
    let row = db
        .query_one("select state, result is null, error from kernel.finished_jobs where payload->>'how' = 'unstorable'", &[])
        .await
        .unwrap();
    let (state, nothing, error): (String, bool, String) = (row.get(0), row.get(1), row.get(2));
    assert_eq!((state.as_str(), nothing), ("completed", true));
    assert!(error.contains("can't be kept"), "{error}");
    assert_eq!(there(&app).await.0, 0);
}

#[tokio::test]
async fn who_was_told_when_to_come_again_comes_no_earlier() {
    let (app, owner) = lab::start().await;
    owner.post("/api/v1/notes/work", json!({"kind": "odd", "how": "told when"})).await.expect(200);
    drain(&app).await;
    app.advance(Duration::seconds(599));
    drain(&app).await;
    assert_eq!(there(&app).await.1, "told when retryable");
    app.advance(Duration::seconds(1));
    drain(&app).await;
    assert_eq!(there(&app).await.1, "told when completed");
}
