//! Which job begins: the urgent ones first, organizations in turn, and no more than queues and kinds allow.

use crate::lab;
use crate::work_lab::until;
use chrono::Duration;
use testkit::TestApp;
use tokio::sync::watch;
use tokio_postgres::Client;
use work::worker;

/// Queues jobs of an organization (0 is the platform), as many as priorities are given.
async fn queue(app: &TestApp, db: &Client, kind: &str, how: &str, organization: u128, priorities: &[i16]) {
    let insert = "insert into kernel.jobs (id, kind, queue, payload, state, run_at, max_attempts, request_id, created_at, organization_id, priority) \
         select gen_random_uuid(), $1, case when $1 = 'lab.narrow' then 'doors' else 'default' end, jsonb_build_object('how', $2::text), 'available', \
           $3, 4, 'test', $3, nullif($4::uuid, '00000000-0000-0000-0000-000000000000'), p from unnest($5::int2[]) p";
    let organization = uuid::Uuid::from_u128(organization);
    db.execute(insert, &[&kind, &how, &app.app.clock.now(), &organization, &priorities]).await.unwrap();
}

/// What ended, in the order of its claims: priority and the last letter of the organization.
async fn order(db: &Client, kind: &str) -> String {
    // Rows of a partition lie in the order in which they came.
    let ask = "select coalesce(string_agg(priority || coalesce(right(organization_id::text, 1), '-'), ' ' order by ctid), '') \
         from kernel.finished_jobs where kind = $1";
    db.query_one(ask, &[&kind]).await.unwrap().get(0)
}

async fn drain(app: &TestApp) {
    worker::drain(&app.app).await.unwrap();
}

#[tokio::test]
async fn the_urgent_ones_go_first() {
    let (app, _) = lab::start().await;
    let db = app.database().await;
    queue(&app, &db, "lab.odd", "fine", 0, &[5, 9, 0, 5, 2]).await;
    drain(&app).await;
    assert_eq!(order(&db, "lab.odd").await, "0- 2- 5- 5- 9-");
}

#[tokio::test]
async fn an_organization_with_much_to_do_keeps_nobody_waiting() {
    let (app, _) = lab::start().await;
    let db = app.database().await;
    queue(&app, &db, "lab.odd", "fine", 0xa, &[5; 6]).await;
    queue(&app, &db, "lab.odd", "fine", 0xb, &[5, 5]).await;
    queue(&app, &db, "lab.odd", "fine", 0xc, &[5]).await;
    queue(&app, &db, "lab.odd", "fine", 0, &[5]).await;
    drain(&app).await;
    assert_eq!(order(&db, "lab.odd").await, "5a 5b 5c 5- 5a 5b 5a 5a 5a 5a", "in turn, for as long as there is somebody else");
}

#[tokio::test]
async fn what_is_urgent_for_one_goes_before_what_is_not_for_another() {
    let (app, _) = lab::start().await;
    let db = app.database().await;
    queue(&app, &db, "lab.odd", "fine", 0xa, &[7, 7]).await;
    queue(&app, &db, "lab.odd", "fine", 0xb, &[1, 1, 1]).await;
    drain(&app).await;
    assert_eq!(order(&db, "lab.odd").await, "1b 1b 1b 7a 7a");
}

/// Works for a while with so many hands on each of so many nodes.
struct Nodes(Vec<(watch::Sender<bool>, tokio::task::JoinHandle<()>)>);

impl Nodes {
    fn start(app: &TestApp, nodes: usize, slots: usize) -> Self {
        let start = |n: usize| {
            let (stop, stopping) = watch::channel(false);
            (stop, tokio::spawn(worker::run(app.app.clone(), format!("node{n}"), slots, stopping)))
        };
        Self((0..nodes).map(start).collect())
    }

    async fn stop(self) {
        for (stop, working) in self.0 {
            stop.send_replace(true);
            working.await.unwrap();
        }
    }
}

const RUNNING: &str = "select count(*) from kernel.jobs where state = 'running' and kind = 'lab.narrow'";
const GO: &str = "insert into lab.runs (kind, attempt, at) values ('go', 0, now())";

#[tokio::test]
async fn no_more_run_at_once_than_may_on_all_nodes_together() {
    let (app, _) = lab::start().await;
    let db = app.database().await;
    // Which is limited by its kind to 2 at once, 1 in each organization.
    queue(&app, &db, "lab.narrow", "held", 0xa, &[5; 5]).await;
    queue(&app, &db, "lab.narrow", "held", 0xb, &[5; 5]).await;
    db.execute("insert into kernel.job_limits (scope, name, starts, starts_seconds) values ('kind', 'lab.narrow', 1000, 1)", &[])
        .await
        .unwrap();
    let nodes = Nodes::start(&app, 2, 6);
    until(&db, "select count(*) = 2 from kernel.jobs where state = 'running' and kind = 'lab.narrow'").await;
    // Each node has looked for work since.
    for n in 0..4 {
        queue(&app, &db, "lab.odd", "fine", n, &[5]).await;
        until(&db, &format!("select count(*) > {n} from kernel.finished_jobs where kind = 'lab.odd'")).await;
    }
    let row = db.query_one(
        "select count(*), count(distinct organization_id) from kernel.jobs where state = 'running' and kind = 'lab.narrow'",
        &[],
    );
    let row = row.await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (2, 2), "two at once, and one of each organization");
    // What operators say counts from then on.
    db.execute("update kernel.job_limits set running = 5, running_each = 3 where name = 'lab.narrow'", &[]).await.unwrap();
    until(&db, "select count(*) = 5 from kernel.jobs where state = 'running' and kind = 'lab.narrow'").await;
    db.execute(GO, &[]).await.unwrap();
    until(&db, "select count(*) = 10 from kernel.finished_jobs where kind = 'lab.narrow' and state = 'completed'").await;
    nodes.stop().await;
}

#[tokio::test]
async fn a_queue_is_limited_over_its_kinds_and_paused_at_once() {
    let (app, _) = lab::start().await;
    let db = app.database().await;
    let limit = "insert into kernel.job_limits (scope, name, running, starts, starts_seconds) values ('queue', 'doors', 1, null, null), ('kind', 'lab.narrow', null, 1000, 1)";
    db.execute(limit, &[]).await.unwrap();
    queue(&app, &db, "lab.narrow", "held", 0xa, &[5]).await;
    queue(&app, &db, "lab.narrow", "held", 0xb, &[5]).await;
    let nodes = Nodes::start(&app, 1, 6);
    until(&db, "select count(*) = 1 from kernel.jobs where state = 'running' and kind = 'lab.narrow'").await;
    db.execute("update kernel.job_limits set paused = true where scope = 'queue'", &[]).await.unwrap();
    db.execute(GO, &[]).await.unwrap();
    until(&db, "select count(*) = 1 from kernel.finished_jobs where kind = 'lab.narrow'").await;
    queue(&app, &db, "lab.odd", "fine", 0, &[5]).await;
    until(&db, "select count(*) = 1 from kernel.finished_jobs where kind = 'lab.odd'").await;
    assert_eq!(db.query_one(RUNNING, &[]).await.unwrap().get::<_, i64>(0), 0, "nothing of a paused queue begins");
    db.execute("update kernel.job_limits set paused = false where scope = 'queue'", &[]).await.unwrap();
    until(&db, "select count(*) = 2 from kernel.finished_jobs where kind = 'lab.narrow'").await;
    nodes.stop().await;
}

#[tokio::test]
async fn no_more_begin_than_the_rate_allows() {
    let (app, _) = lab::start().await;
    let db = app.database().await;
    queue(&app, &db, "lab.narrow", "fine", 0xa, &[5; 8]).await;
    let done =
        async || db.query_one("select count(*) from kernel.finished_jobs where kind = 'lab.narrow'", &[]).await.unwrap().get::<_, i64>(0);
    drain(&app).await;
    assert_eq!(done().await, 3, "three at once");
    app.advance(Duration::seconds(19));
    drain(&app).await;
    assert_eq!(done().await, 3);
    app.advance(Duration::seconds(1));
    drain(&app).await;
    assert_eq!(done().await, 4, "then one every twenty seconds");
    // A clock that jumps back by days stops nothing.
    app.advance(Duration::days(-3));
    drain(&app).await;
    assert!(done().await > 4, "{}", done().await);
}

#[tokio::test]
async fn a_kind_that_is_paused_waits_and_kinds_nobody_knows_stay_as_they_are() {
    let (app, _) = lab::start().await;
    let db = app.database().await;
    queue(&app, &db, "lab.gone", "fine", 0, &[0]).await;
    queue(&app, &db, "lab.odd", "fine", 0, &[5]).await;
    db.execute("insert into kernel.job_limits (scope, name, paused) values ('kind', 'lab.odd', true)", &[]).await.unwrap();
    drain(&app).await;
    assert_eq!(order(&db, "lab.odd").await, "");
    db.execute("update kernel.job_limits set paused = false", &[]).await.unwrap();
    drain(&app).await;
    assert_eq!(order(&db, "lab.odd").await, "5-");
    let state: String = db.query_one("select state from kernel.jobs where kind = 'lab.gone'", &[]).await.unwrap().get(0);
    assert_eq!(state, "available");
}

#[tokio::test]
async fn other_processes_hear_of_new_jobs() {
    let (app, _) = lab::start().await;
    let (heard, mut hears) = watch::channel(0);
    let listening = tokio::spawn({
        let app = app.app.clone();
        async move { app.db.listen("quarterdeck_jobs", || heard.send_modify(|n| *n += 1)).await }
    });
    let ringing = tokio::spawn(work::bell::ring(app.app.clone()));
    let db = app.database().await;
    until(&db, "select exists (select from pg_stat_activity where datname = current_database() and query like 'listen %')").await;
    app.app.queued.send_replace(());
    hears.changed().await.unwrap();
    // Who listens hears of its end.
    db.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'listen %'", &[])
        .await
        .unwrap();
    let lost = listening.await.unwrap();
    assert!(lost.is_err(), "{lost:?}");
    ringing.abort();
}
