//! Every statement of the worker about jobs and workers.
//!
//! Leases go by the database's clock, the only one that all workers share; when a job is due goes by the panel's.

use chrono::{DateTime, Utc};
use kernel::db::Client;
use kernel::problem::Result;
use serde_json::Value;
use uuid::Uuid;

const CLAIM: &str = "with due as materialized (select id from kernel.jobs where state in ('available', 'scheduled', 'retryable') and run_at <= $1 and kind = any($5) \
       order by run_at, id limit $6 for update skip locked) \
     update kernel.jobs j set state = 'running', attempt = j.attempt + 1, started_at = $1, worker = $2, token = $3, \
       lease_until = now() + make_interval(secs => $4), progress = null, message = null, error = null \
     from due where j.id = due.id returning j.id, j.kind, j.payload, j.attempt, j.max_attempts, j.scheduled_for";
const BEAT_JOBS: &str = "update kernel.jobs j set lease_until = now() + make_interval(secs => $3) from unnest($1::uuid[], $2::uuid[]) as h (id, token) \
     where j.id = h.id and j.token = h.token and j.state = 'running' returning j.id, j.cancel_requested";

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
        "insert into kernel.finished_jobs (id, organization_id, kind, payload, state, run_at, attempt, max_attempts, progress, message, result, error, \
           unique_key, worker, attempts, request_id, created_at, started_at, finished_at, schedule, scheduled_for) \
         select id, organization_id, kind, payload, ended, run_at, attempt, max_attempts, case when ended = 'completed' then 100 else progress end, message, \
           gave, why, unique_key, worker, attempts || tried, request_id, created_at, started_at, at, schedule, scheduled_for from gone returning id"
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
    " where j.id = $1 and j.token = $2 and j.state = 'running'"
);
/// An attempt that doesn't count leaves none behind.
const SNOOZE: &str = "update kernel.jobs set state = 'scheduled', run_at = $3, attempt = attempt - 1, token = null, lease_until = null, worker = null \
     where id = $1 and token = $2 and state = 'running'";
const DEAD: &str = "select id, attempt < max_attempts from kernel.jobs where state = 'running' and lease_until < now() order by lease_until limit 500 for update skip locked";
const RESCUE: &str = concat!(
    "update kernel.jobs j set state = 'retryable', run_at = $2, error = 'The worker stopped without a word', token = null, lease_until = null, worker = null, \
       attempts = j.attempts || ",
    attempt!("$2", "'lost'", "'The worker stopped without a word'", "'[]'::jsonb"),
    " where j.id = any($1)"
);
const BURY: &str = concat!(
    "with gone as (delete from kernel.jobs j where j.id = any($1) returning j.*, 'discarded' as ended, null::jsonb as gave, \
       'The worker stopped without a word' as why, $2::timestamptz as at, ",
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

pub const STATEMENTS: &[&str] = &[CLAIM, BEAT_JOBS, END, AGAIN, SNOOZE, DEAD, RESCUE, BURY, CANCEL_WAITING, TURN, FORGET, BEAT, LEAVE];

pub struct Claimed {
    pub id: Uuid,
    /// Of the claim: who holds another one changes nothing.
    pub token: Uuid,
    pub kind: String,
    pub payload: Value,
    pub attempt: i16,
    pub max_attempts: i16,
    pub scheduled_for: Option<DateTime<Utc>>,
}

/// Who claims, until when, and what of.
pub struct Claim<'a> {
    pub worker: &'a str,
    pub token: Uuid,
    pub lease: f64,
    pub kinds: &'a [&'static str],
    pub most: i64,
}

/// Takes the jobs that have waited longest.
pub async fn claim(db: &Client, now: DateTime<Utc>, claim: &Claim<'_>) -> Result<Vec<Claimed>> {
    let Claim { worker, token, lease, kinds, most } = claim;
    let rows = db.query(CLAIM, &[&now, worker, token, lease, kinds, most]).await?;
    Ok(rows
        .iter()
        .map(|row| Claimed {
            id: row.get(0),
            token: *token,
            kind: row.get(1),
            payload: row.get(2),
            attempt: row.get(3),
            max_attempts: row.get(4),
            scheduled_for: row.get(5),
        })
        .collect())
}

/// Keeps the claims; which are still held, and whether somebody asked for one to stop.
pub async fn beat_jobs(db: &Client, ids: &[Uuid], tokens: &[Uuid], lease: f64) -> Result<Vec<(Uuid, bool)>> {
    Ok(db.query(BEAT_JOBS, &[&ids, &tokens, &lease]).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// How a claim ended for good.
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

/// Moves what ended into the history; how many were still held by their token.
pub async fn end(db: &Client, ended: &[Ended]) -> Result<usize> {
    let ids: Vec<Uuid> = ended.iter().map(|e| e.id).collect();
    let tokens: Vec<Uuid> = ended.iter().map(|e| e.token).collect();
    let states: Vec<&str> = ended.iter().map(|e| e.state).collect();
    let results: Vec<Option<&Value>> = ended.iter().map(|e| e.result.as_ref()).collect();
    let errors: Vec<Option<&str>> = ended.iter().map(|e| e.error.as_deref()).collect();
    let logs: Vec<&Value> = ended.iter().map(|e| &e.log).collect();
    let times: Vec<DateTime<Utc>> = ended.iter().map(|e| e.at).collect();
    Ok(db.query(END, &[&ids, &tokens, &states, &results, &errors, &logs, &times]).await?.len())
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
    let dead: Vec<(Uuid, bool)> = db.query(DEAD, &[]).await?.iter().map(|row| (row.get(0), row.get(1))).collect();
    let of = |again: bool| -> Vec<Uuid> { dead.iter().filter(|(_, more)| *more == again).map(|(id, _)| *id).collect() };
    if !dead.is_empty() {
        db.execute(RESCUE, &[&of(true), &now]).await?;
        db.execute(BURY, &[&of(false), &now]).await?;
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
