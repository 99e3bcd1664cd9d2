//! What a worker does in bad hours: connections that are cut, a pool that is empty, a process that is gone in the middle.

use crate::lab;
use crate::work_lab::until;
use testkit::TestApp;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_postgres::Client;
use work::worker;

const JOBS: i64 = 120;

async fn queue(app: &TestApp, db: &Client, jobs: i64) {
    let insert = "insert into kernel.jobs (id, kind, payload, state, run_at, max_attempts, request_id, created_at) \
         select gen_random_uuid(), 'lab.odd', '{\"how\": \"fine\"}', 'available', $1, 100, 'test', $1 from generate_series(1, $2::bigint)";
    db.execute(insert, &[&app.app.clock.now(), &jobs]).await.unwrap();
}

fn node(app: &TestApp, name: &str) -> (watch::Sender<bool>, JoinHandle<()>) {
    let (stop, stopping) = watch::channel(false);
    (stop, tokio::spawn(worker::run(app.app.clone(), name.into(), 3, stopping)))
}

/// Each job ended once and well, and none waits any more.
async fn all_ended(db: &Client) {
    until(db, &format!("select count(*) = {JOBS} from kernel.finished_jobs where kind = 'lab.odd' and state = 'completed'")).await;
    let row = db.query_one("select count(*), count(distinct id) from kernel.finished_jobs where kind = 'lab.odd'", &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (JOBS, JOBS), "none is ended twice");
    let left: i64 = db.query_one("select count(*) from kernel.jobs where kind = 'lab.odd'", &[]).await.unwrap().get(0);
    assert_eq!(left, 0);
}

#[tokio::test]
async fn connections_that_are_cut_lose_no_job_and_end_none_twice() {
    let (app, _) = lab::start().await;
    let db = app.database().await;
    queue(&app, &db, JOBS).await;
    let nodes = [node(&app, "one"), node(&app, "two")];
    for share in [0, 10, 20, 40, 60, 90] {
        until(&db, &format!("select count(*) >= {share} from kernel.finished_jobs where kind = 'lab.odd'")).await;
        // In the middle of claims, of runs and of the writing of ends.
        db.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
            &[],
        )
        .await
        .unwrap();
    }
    // What was claimed by a statement whose answer was cut off is in nobody's hands: its lease runs out, and so do those of
    // jobs that still run, whose ends then change nothing. Failed ones have their pauses.
    let going_on = async {
        while db.query_one("select exists (select from kernel.jobs where kind = 'lab.odd')", &[]).await.unwrap().get(0) {
            app.advance(chrono::Duration::hours(1));
            let over = "update kernel.jobs set lease_until = now() - interval '1 second' where state = 'running' and kind = 'lab.odd'";
            db.execute(over, &[]).await.unwrap();
            let round = "select max(seen_at) >= $1 from kernel.workers";
            while !db.query_one(round, &[&app.app.clock.now()]).await.unwrap().get::<_, bool>(0) {}
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(90), going_on).await.expect("every job comes to its end");
    all_ended(&db).await;
    for (stop, working) in nodes {
        stop.send_replace(true);
        working.await.unwrap();
    }
}

#[tokio::test]
async fn a_pool_that_is_empty_keeps_jobs_waiting_and_loses_none() {
    let (app, _) = lab::start().await;
    let db = app.database().await;
    queue(&app, &db, JOBS).await;
    let (stop, working) = node(&app, "starved");
    until(&db, "select count(*) >= 10 from kernel.finished_jobs where kind = 'lab.odd'").await;
    let mut taken = Vec::new();
    while app.app.db.status().size < app.app.db.status().max_size || app.app.db.status().available > 0 {
        taken.push(app.app.db.conn().await.unwrap());
    }
    drop(taken);
    all_ended(&db).await;
    stop.send_replace(true);
    working.await.unwrap();
}

#[tokio::test]
async fn what_a_process_had_in_hand_when_it_was_killed_is_done_by_another() {
    let (app, _) = lab::start().await;
    let db = app.database().await;
    queue(&app, &db, JOBS).await;
    let (_stop, working) = node(&app, "killed");
    until(&db, "select count(*) >= 10 from kernel.finished_jobs where kind = 'lab.odd'").await;
    // Nothing of it goes on, and nothing is put in order: as after a kill.
    working.abort();
    drop(working.await);
    let (stop, working) = node(&app, "alive");
    until(&db, "select not exists (select from kernel.jobs where kind = 'lab.odd' and state = 'available')").await;
    db.execute("update kernel.jobs set lease_until = now() - interval '1 second' where state = 'running' and worker = 'killed'", &[])
        .await
        .unwrap();
    until(&db, "select not exists (select from kernel.jobs where worker = 'killed')").await;
    // Tried again after its pause.
    app.advance(chrono::Duration::minutes(30));
    all_ended(&db).await;
    stop.send_replace(true);
    working.await.unwrap();
}
