//! Every statement of the worker about jobs, schedules and workers.

use chrono::{DateTime, Utc};
use kernel::db::Client;
use kernel::problem::Result;
use serde_json::Value;
use uuid::Uuid;

const CLAIM: &str = "update kernel.jobs set state = 'running', attempt = attempt + 1, started_at = $1, worker = $2, lease_until = $3, message = null, error = null \
     where id = (select id from kernel.jobs where state in ('available', 'scheduled', 'retryable') and run_at <= $1 and kind = any($4) \
                 order by run_at, id limit 1 for update skip locked) \
     returning id, kind, payload, attempt, max_attempts";
const LEASE: &str = "update kernel.jobs set lease_until = $2 where id = $1";
const COMPLETE: &str =
    "update kernel.jobs set state = 'completed', finished_at = $2, result = $3, progress = 100, lease_until = null where id = $1";
const RETRY: &str = "update kernel.jobs set state = 'retryable', run_at = $2, error = $3, lease_until = null where id = $1";
const END: &str = "update kernel.jobs set state = $4, finished_at = $2, error = $3, lease_until = null where id = $1";
const RESCUE: &str = "update kernel.jobs set lease_until = null, \
       state = case when attempt < max_attempts then 'retryable' else 'discarded' end, \
       finished_at = case when attempt < max_attempts then null else $1 end, \
       run_at = $1, error = 'The worker stopped without a word' \
     where state = 'running' and lease_until < $1";
const DUE: &str = "select name, next_at from kernel.schedules where name = any($1) for update skip locked";
const PLAN: &str = "insert into kernel.schedules (name, next_at) values ($1, $2) on conflict (name) do nothing";
const ADVANCE: &str = "update kernel.schedules set next_at = $2, last_at = $3 where name = $1";
const UNPLAN: &str = "delete from kernel.schedules where name <> all($1)";
const BEAT: &str = "insert into kernel.workers (name, seen_at, started_at) values ($1, $2, $2) on conflict (name) do update set seen_at = excluded.seen_at";
const LEAVE: &str = "delete from kernel.workers where name = $1 or seen_at < $2";

pub const STATEMENTS: &[&str] = &[CLAIM, LEASE, COMPLETE, RETRY, END, RESCUE, DUE, PLAN, ADVANCE, UNPLAN, BEAT, LEAVE];

pub struct Claimed {
    pub id: Uuid,
    pub kind: String,
    pub payload: Value,
    pub attempt: i16,
    pub max_attempts: i16,
}

pub async fn claim(db: &Client, now: DateTime<Utc>, worker: &str, lease: DateTime<Utc>, kinds: &[&str]) -> Result<Option<Claimed>> {
    Ok(db.query_opt(CLAIM, &[&now, &worker, &lease, &kinds]).await?.map(|row| Claimed {
        id: row.get(0),
        kind: row.get(1),
        payload: row.get(2),
        attempt: row.get(3),
        max_attempts: row.get(4),
    }))
}

pub async fn lease(db: &Client, id: Uuid, until: DateTime<Utc>) -> Result<()> {
    db.execute(LEASE, &[&id, &until]).await?;
    Ok(())
}

pub async fn complete(db: &Client, id: Uuid, now: DateTime<Utc>, result: &Value) -> Result<()> {
    db.execute(COMPLETE, &[&id, &now, &result]).await?;
    Ok(())
}

pub async fn retry(db: &Client, id: Uuid, at: DateTime<Utc>, error: &str) -> Result<()> {
    db.execute(RETRY, &[&id, &at, &error]).await?;
    Ok(())
}

/// Ends it without success: `discarded` or `cancelled`.
pub async fn end(db: &Client, id: Uuid, now: DateTime<Utc>, error: Option<&str>, state: &str) -> Result<()> {
    db.execute(END, &[&id, &now, &error, &state]).await?;
    Ok(())
}

pub async fn rescue(db: &Client, now: DateTime<Utc>) -> Result<u64> {
    Ok(db.execute(RESCUE, &[&now]).await?)
}

pub async fn plan(db: &Client, name: &str, next: DateTime<Utc>) -> Result<()> {
    db.execute(PLAN, &[&name, &next]).await?;
    Ok(())
}

pub async fn unplan(db: &Client, known: &[&str]) -> Result<()> {
    db.execute(UNPLAN, &[&known]).await?;
    Ok(())
}

pub async fn due(db: &Client, known: &[&str]) -> Result<Vec<(String, DateTime<Utc>)>> {
    Ok(db.query(DUE, &[&known]).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
}

pub async fn advance(db: &Client, name: &str, next: DateTime<Utc>, last: DateTime<Utc>) -> Result<()> {
    db.execute(ADVANCE, &[&name, &next, &last]).await?;
    Ok(())
}

pub async fn beat(db: &Client, worker: &str, now: DateTime<Utc>) -> Result<()> {
    db.execute(BEAT, &[&worker, &now]).await?;
    Ok(())
}

pub async fn leave(db: &Client, worker: &str, stale: DateTime<Utc>) -> Result<()> {
    db.execute(LEAVE, &[&worker, &stale]).await?;
    Ok(())
}
