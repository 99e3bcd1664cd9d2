//! Every statement of the worker about jobs and workers.
//!
//! Leases go by the database's clock, the only one that all workers share; when a job is due goes by the panel's.

use crate::claim::Claimed;
use chrono::{DateTime, Utc};
use kernel::db::Client;
use kernel::problem::Result;
use serde_json::Value;
use std::collections::HashSet;
use uuid::Uuid;

const BEAT_JOBS: &str = "update kernel.jobs j set lease_until = now() + make_interval(secs => $3) from unnest($1::uuid[], $2::uuid[]) as h (id, token) \
     where j.id = h.id and j.token = h.token and j.state = 'running' returning j.id, j.cancel_requested";

/// Whether no twin came to wait while it ran; a job that isn't unique has none.
macro_rules! free {
    () => {
        "not exists (select from kernel.jobs w where w.kind = j.kind and w.lane = j.lane and w.unique_key = j.unique_key and w.state <> 'running')"
    };
}
/// What is kept of one attempt.
macro_rules! attempt {
    ($at:literal, $outcome:literal, $error:literal, $log:literal) => {
        concat!(
            "jsonb_build_array(jsonb_build_object('attempt', j.attempt, 'worker', j.worker, 'started_at', j.started_at, 'ended_at', ",
            $at,
            "::timestamptz, 'outcome', ",
            $outcome,
            ", 'error', ",
            $error,
            ", 'log', ",
            $log,
            "))"
        )
    };
}
/// From the row that was just deleted into the history.
macro_rules! kept {
    () => {
        "insert into kernel.finished_jobs (id, organization_id, kind, payload, state, run_at, attempt, max_attempts, queue, priority, progress, message, \
           result, error, unique_key, worker, attempts, request_id, actor_kind, actor_id, parent_id, schedule, scheduled_for, created_at, started_at, finished_at) \
         select id, organization_id, kind, payload, ended, run_at, attempt, max_attempts, queue, priority, case when ended = 'completed' then 100 else progress end, \
           message, gave, why, unique_key, worker, attempts || tried, request_id, actor_kind, actor_id, parent_id, schedule, scheduled_for, created_at, \
           started_at, at from gone returning id"
    };
}
const END: &str = concat!(
    "with gone as (delete from kernel.jobs j using unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[], $5::text[], $6::jsonb[], $7::timestamptz[]) \
       as e (id, token, ended, gave, why, said, at) where j.id = e.id and j.token = e.token and j.state = 'running' returning j.*, e.ended, e.gave, e.why, e.at, ",
    attempt!("e.at", "e.ended", "e.why", "e.said"),
    " as tried) ",
    kept!()
);
const AGAIN: &str = concat!(
    "update kernel.jobs j set state = 'retryable', run_at = $3, error = $4, token = null, lease_until = null, worker = null, attempts = j.attempts || ",
    attempt!("$6", "'failed'", "$4::text", "$5::jsonb"),
    " where j.id = $1 and j.token = $2 and j.state = 'running' and ",
    free!()
);
/// An attempt that doesn't count leaves none behind.
const SNOOZE: &str = concat!(
    "update kernel.jobs j set state = 'scheduled', run_at = $3, attempt = attempt - 1, token = null, lease_until = null, worker = null \
       where j.id = $1 and j.token = $2 and j.state = 'running' and ",
    free!()
);
const DEAD: &str = concat!(
    "select j.id, j.attempt < j.max_attempts and ",
    free!(),
    ", j.kind, j.lane, j.unique_key from kernel.jobs j where j.state = 'running' and j.lease_until < now() order by j.lease_until limit 500 for update skip locked"
);
const RESCUE: &str = concat!(
    "update kernel.jobs j set state = 'retryable', run_at = $2, error = 'The worker stopped without a word', token = null, lease_until = null, worker = null, \
       attempts = j.attempts || ",
    attempt!("$2", "'lost'", "'The worker stopped without a word'", "'[]'::jsonb"),
    " where j.id = any($1)"
);
const BURY: &str = concat!(
    "with gone as (delete from kernel.jobs j where j.id = any($1) returning j.*, null::jsonb as gave, \
       case when j.attempt < j.max_attempts then 'cancelled' else 'discarded' end as ended, \
       case when j.attempt < j.max_attempts then 'The worker stopped without a word; another one like it waits' \
         else 'The worker stopped without a word' end as why, $2::timestamptz as at, ",
    attempt!("$2", "'lost'", "'The worker stopped without a word'", "'[]'::jsonb"),
    " as tried) ",
    kept!()
);
const CANCEL_WAITING: &str = concat!(
    "with gone as (delete from kernel.jobs j where j.schedule = $1 and j.state <> 'running' returning j.*, 'cancelled' as ended, null::jsonb as gave, \
       'The next one of its schedule came' as why, $2::timestamptz as at, '[]'::jsonb as tried) ",
    kept!()
);
const TURN: &str = "select kernel.turn_finished_jobs($1, $2, $3)";
const FORGET: &str = "delete from kernel.finished_jobs where finished_at < $1";
const BEAT: &str = "insert into kernel.workers (name, seen_at, started_at) values ($1, $2, $2) on conflict (name) do update set seen_at = excluded.seen_at";
const LEAVE: &str = "delete from kernel.workers where name = $1 or seen_at < $2";

pub const STATEMENTS: &[&str] = &[BEAT_JOBS, END, AGAIN, SNOOZE, DEAD, RESCUE, BURY, CANCEL_WAITING, TURN, FORGET, BEAT, LEAVE];

/// Keeps the claims; which are still held, and whether somebody asked for one to stop.
pub async fn beat_jobs(db: &Client, ids: &[Uuid], tokens: &[Uuid], lease: f64) -> Result<Vec<(Uuid, bool)>> {
    Ok(db.query(BEAT_JOBS, &[&ids, &tokens, &lease]).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// How a claim ended for good.
#[derive(Clone)]
pub struct Ended {
    pub id: Uuid,
    pub token: Uuid,
    /// `completed`, `cancelled` or `discarded`.
    pub state: &'static str,
    pub result: Option<Value>,
    pub error: Option<String>,
    pub log: Value,
    pub at: DateTime<Utc>,
}

/// Moves what ended into the history; those that were still held by their token.
pub async fn end(db: &Client, ended: &[Ended]) -> Result<HashSet<Uuid>> {
    let ids: Vec<Uuid> = ended.iter().map(|e| e.id).collect();
    let tokens: Vec<Uuid> = ended.iter().map(|e| e.token).collect();
    let states: Vec<&str> = ended.iter().map(|e| e.state).collect();
    let results: Vec<Option<&Value>> = ended.iter().map(|e| e.result.as_ref()).collect();
    let errors: Vec<Option<&str>> = ended.iter().map(|e| e.error.as_deref()).collect();
    let logs: Vec<&Value> = ended.iter().map(|e| &e.log).collect();
    let times: Vec<DateTime<Utc>> = ended.iter().map(|e| e.at).collect();
    Ok(db.query(END, &[&ids, &tokens, &states, &results, &errors, &logs, &times]).await?.iter().map(|row| row.get(0)).collect())
}

/// Tried again at `at`; whether it was still held.
pub async fn again(db: &Client, claimed: &Claimed, at: DateTime<Utc>, error: &str, log: &Value, now: DateTime<Utc>) -> Result<bool> {
    Ok(db.execute(AGAIN, &[&claimed.id, &claimed.token, &at, &error, log, &now]).await? == 1)
}

/// Put off to `at` as if it had not begun; whether it was still held.
pub async fn snooze(db: &Client, claimed: &Claimed, at: DateTime<Utc>) -> Result<bool> {
    Ok(db.execute(SNOOZE, &[&claimed.id, &claimed.token, &at]).await? == 1)
}

/// Takes the jobs of dead workers away from them; how many.
pub async fn rescue(db: &Client, now: DateTime<Utc>) -> Result<usize> {
    let dead = db.query(DEAD, &[]).await?;
    let (mut again, mut over, mut keys) = (Vec::new(), Vec::new(), HashSet::new());
    for row in &dead {
        let key = row.get::<_, Option<String>>(4).map(|key| (row.get::<_, String>(2), row.get::<_, Uuid>(3), key));
        // Of twins that died together one is enough.
        let first = key.is_none_or(|key| keys.insert(key));
        if row.get(1) && first { &mut again } else { &mut over }.push(row.get::<_, Uuid>(0));
    }
    if !dead.is_empty() {
        db.execute(RESCUE, &[&again, &now]).await?;
        db.execute(BURY, &[&over, &now]).await?;
    }
    Ok(dead.len())
}

/// Ends the jobs of a schedule that have not begun, because the next one is there.
pub async fn cancel_waiting(db: &Client, schedule: &str, now: DateTime<Utc>) -> Result<()> {
    db.query(CANCEL_WAITING, &[&schedule, &now]).await?;
    Ok(())
}

/// Makes the history's next days and drops those before `keep` days; how many were dropped.
pub async fn turn(db: &Client, now: DateTime<Utc>, ahead: i32, keep: i32) -> Result<i32> {
    let dropped = db.query_one(TURN, &[&now.date_naive(), &ahead, &keep]).await?.get(0);
    // What ended on a day without a partition of its own.
    db.execute(FORGET, &[&(now - chrono::Duration::days(i64::from(keep) + 1))]).await?;
    Ok(dropped)
}

pub async fn beat(db: &Client, worker: &str, now: DateTime<Utc>) -> Result<()> {
    db.execute(BEAT, &[&worker, &now]).await?;
    Ok(())
}

pub async fn leave(db: &Client, worker: &str, stale: DateTime<Utc>) -> Result<()> {
    db.execute(LEAVE, &[&worker, &stale]).await?;
    Ok(())
}
