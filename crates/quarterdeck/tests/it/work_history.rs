//! The history of jobs: a table by day, filled by a migration from what there was.

use crate::lab;
use chrono::Duration;
use serde_json::json;
use testkit::Server;
use work::worker;

const SPLIT: &str = "20261210000000_kernel_finished_jobs";

#[tokio::test]
async fn jobs_of_every_state_move_to_where_they_belong() {
    let server = Server::shared();
    let owner = server.empty("jobs_before_split").await;
    let mut db = host::boot::connect(&owner, pgtls::TlsMode::Disable).await.unwrap();
    let at = quarterdeck::MIGRATIONS.iter().position(|m| m.name == SPLIT).unwrap();
    host::migrate::migrate(&mut db, &quarterdeck::MIGRATIONS[..at]).await.unwrap();
    db.batch_execute(
        "insert into kernel.jobs (id, kind, payload, state, run_at, attempt, max_attempts, error, result, unique_key, lease_until, request_id, created_at, finished_at)
         select gen_random_uuid(), 'lab.' || state, jsonb_build_object('state', state), state, now(), 1, 4, 'said ' || state, '{\"done\": 1}', state, now() + interval '5 minutes', 'r', now(),
           case when state in ('completed', 'cancelled', 'discarded') then now() - interval '3 days' end
         from unnest(array['available', 'scheduled', 'running', 'retryable', 'completed', 'cancelled', 'discarded', 'pending']) state;
         insert into kernel.jobs (id, kind, payload, state, run_at, max_attempts, request_id, created_at, finished_at)
         values (gen_random_uuid(), 'lab.ancient', '{}', 'completed', now(), 4, 'r', now(), '1970-01-01')",
    )
    .await
    .unwrap();
    host::migrate::migrate(&mut db, quarterdeck::MIGRATIONS).await.unwrap();
    let read = async |statement: &str| db.query_one(statement, &[]).await.unwrap().get::<_, String>(0);
    assert_eq!(
        read("select string_agg(state, ' ' order by state) from kernel.jobs").await,
        "available pending retryable running scheduled"
    );
    assert_eq!(
        read("select string_agg(kind || ' ' || state || coalesce(' ' || error || result::text, ''), ', ' order by kind) from kernel.finished_jobs").await,
        "lab.ancient completed, lab.cancelled cancelled said cancelled{\"done\": 1}, lab.completed completed said completed{\"done\": 1}, lab.discarded discarded said discarded{\"done\": 1}"
    );
    assert_eq!(read("select count(*)::text from kernel.finished_jobs_default").await, "0", "each has the partition of its day");
    assert_eq!(read("select (lease_until <= now())::text from kernel.jobs where state = 'running'").await, "true", "it is done again");
    assert!(db.execute("update kernel.jobs set state = 'completed'", &[]).await.is_err(), "what ended has no place there");
}

#[tokio::test]
async fn days_are_made_ahead_and_go_when_they_have_had_their_time() {
    let (app, _owner) = lab::start().await;
    let db = app.database().await;
    let days = async || -> Vec<String> {
        let rows = db.query("select inhrelid::regclass::text from pg_inherits where inhparent = 'kernel.finished_jobs'::regclass and inhrelid::regclass::text like '%202612%' order by 1", &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    };
    // What ends on a day that has no partition is kept all the same.
    app.advance(Duration::days(25));
    let owner = app.sign_in(testkit::OWNER_EMAIL).await;
    owner.post("/api/v1/notes/work", json!({"kind": "flaky"})).await.expect(200);
    worker::drain(&app.app).await.unwrap();
    let left: i64 = db.query_one("select count(*) from kernel.finished_jobs_default where kind = 'lab.flaky'", &[]).await.unwrap().get(0);
    assert_eq!(left, 1);
    worker::turn(&app.app).await.unwrap();
    assert!(!days().await.contains(&"kernel.finished_jobs_20261215".to_owned()), "its rows stay where they are");
    assert!(
        days().await.contains(&"kernel.finished_jobs_20261216".to_owned())
            && days().await.contains(&"kernel.finished_jobs_20261218".to_owned())
    );
    worker::turn(&app.app).await.unwrap();
    app.advance(Duration::days(31));
    worker::turn(&app.app).await.unwrap();
    assert!(!days().await.contains(&"kernel.finished_jobs_20261215".to_owned()));
    assert!(days().await.contains(&"kernel.finished_jobs_20261216".to_owned()), "the thirtieth day is kept");
    app.advance(Duration::days(1));
    worker::turn(&app.app).await.unwrap();
    assert!(!days().await.contains(&"kernel.finished_jobs_20261216".to_owned()));
    let left: i64 = db.query_one("select count(*) from kernel.finished_jobs where kind = 'lab.flaky'", &[]).await.unwrap().get(0);
    assert_eq!(left, 0);
}
