//! Every statement about jobs and schedules.

use super::NewJob;
use crate::db::Client;
use crate::problem::Result;
use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

/// Needs no right to read, which who acts for an organization doesn't have.
const INSERT: &str = "insert into kernel.jobs (id, kind, payload, state, run_at, max_attempts, unique_key, request_id, created_at) \
     values ($1, $2, $3, case when $4::timestamptz > $7::timestamptz then 'scheduled' else 'available' end, $4, $5, $6, $8, $7)";
const INSERT_ONCE: &str = "insert into kernel.jobs (id, kind, payload, state, run_at, max_attempts, unique_key, request_id, created_at) \
     values ($1, $2, $3, case when $4::timestamptz > $7::timestamptz then 'scheduled' else 'available' end, $4, $5, $6, $8, $7) \
     on conflict (unique_key) where state not in ('completed', 'cancelled', 'discarded') do nothing";
const CLAIM: &str = "update kernel.jobs set state = 'running', attempt = attempt + 1, started_at = $1, worker = $2, lease_until = $3, message = null, error = null \
     where id = (select id from kernel.jobs where state in ('available', 'scheduled', 'retryable') and run_at <= $1 and kind = any($4) \
                 order by run_at, id limit 1 for update skip locked) \
     returning id, kind, payload, attempt, max_attempts";
const LEASE: &str = "update kernel.jobs set lease_until = $2 where id = $1";
const PROGRESS: &str =
    "update kernel.jobs set progress = $2, message = $3, lease_until = $4 where id = $1 and state = 'running' returning cancel_requested";
const COMPLETE: &str =
    "update kernel.jobs set state = 'completed', finished_at = $2, result = $3, progress = 100, lease_until = null where id = $1";
const RETRY: &str = "update kernel.jobs set state = 'retryable', run_at = $2, error = $3, lease_until = null where id = $1";
const END: &str = "update kernel.jobs set state = $4, finished_at = $2, error = $3, lease_until = null where id = $1";
const RESCUE: &str = "update kernel.jobs set lease_until = null, \
       state = case when attempt < max_attempts then 'retryable' else 'discarded' end, \
       finished_at = case when attempt < max_attempts then null else $1 end, \
       run_at = $1, error = 'The worker stopped without a word' \
     where state = 'running' and lease_until < $1";
const FORGET: &str = "delete from kernel.jobs where finished_at < $1";
const DUE: &str = "select name, next_at from kernel.schedules where name = any($1) for update skip locked";
const PLAN: &str = "insert into kernel.schedules (name, next_at) values ($1, $2) on conflict (name) do nothing";
const ADVANCE: &str = "update kernel.schedules set next_at = $2, last_at = $3 where name = $1";
const UNPLAN: &str = "delete from kernel.schedules where name <> all($1)";
const BEAT: &str = "insert into kernel.workers (name, seen_at, started_at) values ($1, $2, $2) on conflict (name) do update set seen_at = excluded.seen_at";
const LEAVE: &str = "delete from kernel.workers where name = $1 or seen_at < $2";
const ALIVE: &str = "select count(*) from kernel.workers where seen_at > $1";

pub const STATEMENTS: &[&str] =
    &[INSERT, INSERT_ONCE, CLAIM, LEASE, PROGRESS, COMPLETE, RETRY, END, RESCUE, FORGET, DUE, PLAN, ADVANCE, UNPLAN, BEAT, LEAVE, ALIVE];

/// # Errors
/// When the database refuses.
pub async fn insert(db: &Client, id: Uuid, job: &NewJob, now: DateTime<Utc>, request_id: &str) -> Result<()> {
    let statement = if job.unique_key.is_none() { INSERT } else { INSERT_ONCE };
    db.execute(statement, &[&id, &job.kind, &job.payload, &job.run_at, &job.max_attempts, &job.unique_key, &now, &request_id]).await?;
    Ok(())
}

pub(super) struct Claimed {
    pub id: Uuid,
    pub kind: String,
    pub payload: Value,
    pub attempt: i16,
    pub max_attempts: i16,
}

pub(super) async fn claim(db: &Client, now: DateTime<Utc>, worker: &str, lease: DateTime<Utc>, kinds: &[&str]) -> Result<Option<Claimed>> {
    Ok(db.query_opt(CLAIM, &[&now, &worker, &lease, &kinds]).await?.map(|row| Claimed {
        id: row.get(0),
        kind: row.get(1),
        payload: row.get(2),
        attempt: row.get(3),
        max_attempts: row.get(4),
    }))
}

pub(super) async fn lease(db: &Client, id: Uuid, until: DateTime<Utc>) -> Result<()> {
    db.execute(LEASE, &[&id, &until]).await?;
    Ok(())
}

pub(super) async fn progress(db: &Client, id: Uuid, percent: i16, message: &str, lease: DateTime<Utc>) -> Result<bool> {
    Ok(db.query_opt(PROGRESS, &[&id, &percent.clamp(0, 100), &message, &lease]).await?.is_some_and(|row| row.get(0)))
}

pub(super) async fn complete(db: &Client, id: Uuid, now: DateTime<Utc>, result: &Value) -> Result<()> {
    db.execute(COMPLETE, &[&id, &now, &result]).await?;
    Ok(())
}

pub(super) async fn retry(db: &Client, id: Uuid, at: DateTime<Utc>, error: &str) -> Result<()> {
    db.execute(RETRY, &[&id, &at, &error]).await?;
    Ok(())
}

/// Ends it without success: `discarded` or `cancelled`.
pub(super) async fn end(db: &Client, id: Uuid, now: DateTime<Utc>, error: Option<&str>, state: &str) -> Result<()> {
    db.execute(END, &[&id, &now, &error, &state]).await?;
    Ok(())
}

pub(super) async fn rescue(db: &Client, now: DateTime<Utc>) -> Result<u64> {
    Ok(db.execute(RESCUE, &[&now]).await?)
}

/// # Errors
/// When the database refuses.
pub async fn forget(db: &Client, before: DateTime<Utc>) -> Result<u64> {
    Ok(db.execute(FORGET, &[&before]).await?)
}

pub(super) async fn plan(db: &Client, name: &str, next: DateTime<Utc>) -> Result<()> {
    db.execute(PLAN, &[&name, &next]).await?;
    Ok(())
}

pub(super) async fn unplan(db: &Client, known: &[&str]) -> Result<()> {
    db.execute(UNPLAN, &[&known]).await?;
    Ok(())
}

pub(super) async fn due(db: &Client, known: &[&str]) -> Result<Vec<(String, DateTime<Utc>)>> {
    Ok(db.query(DUE, &[&known]).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
}

pub(super) async fn advance(db: &Client, name: &str, next: DateTime<Utc>, last: DateTime<Utc>) -> Result<()> {
    db.execute(ADVANCE, &[&name, &next, &last]).await?;
    Ok(())
}

pub(super) async fn beat(db: &Client, worker: &str, now: DateTime<Utc>) -> Result<()> {
    db.execute(BEAT, &[&worker, &now]).await?;
    Ok(())
}

pub(super) async fn leave(db: &Client, worker: &str, stale: DateTime<Utc>) -> Result<()> {
    db.execute(LEAVE, &[&worker, &stale]).await?;
    Ok(())
}

/// Workers seen since `since`, over all nodes.
///
/// # Errors
/// When the database is away.
pub async fn alive(db: &Client, since: DateTime<Utc>) -> Result<i64> {
    Ok(db.query_one(ALIVE, &[&since]).await?.get(0))
}
