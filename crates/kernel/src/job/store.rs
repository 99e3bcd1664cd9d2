//! Every statement about jobs and schedules.

use super::NewJob;
use crate::db::Client;
use crate::problem::Result;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Needs no right to read, which who acts for an organization doesn't have.
const INSERT: &str = "insert into kernel.jobs (id, kind, payload, state, run_at, max_attempts, unique_key, request_id, created_at, organization_id) \
     values ($1, $2, $3, case when $4::timestamptz > $7::timestamptz then 'scheduled' else 'available' end, $4, $5, $6, $8, $7, $9)";
const INSERT_ONCE: &str = "insert into kernel.jobs (id, kind, payload, state, run_at, max_attempts, unique_key, request_id, created_at, organization_id) \
     values ($1, $2, $3, case when $4::timestamptz > $7::timestamptz then 'scheduled' else 'available' end, $4, $5, $6, $8, $7, $9) \
     on conflict do nothing";
const PROGRESS: &str =
    "update kernel.jobs set progress = $3, message = $4 where id = $1 and token = $2 and state = 'running' returning cancel_requested";
const ALIVE: &str = "select count(*) from kernel.workers where seen_at > $1";

pub const STATEMENTS: &[&str] = &[INSERT, INSERT_ONCE, PROGRESS, ALIVE];

/// # Errors
/// When the database refuses.
pub async fn insert(db: &Client, id: Uuid, job: &NewJob, now: DateTime<Utc>, request_id: &str, organization: Option<Uuid>) -> Result<()> {
    let statement = if job.unique_key.is_none() { INSERT } else { INSERT_ONCE };
    db.execute(
        statement,
        &[&id, &job.kind, &job.payload, &job.run_at, &job.max_attempts, &job.unique_key, &now, &request_id, &organization],
    )
    .await?;
    Ok(())
}

/// Whether somebody asked for it to stop; none when the token's claim is over.
pub(super) async fn progress(db: &Client, id: Uuid, token: Uuid, percent: i16, message: &str) -> Result<Option<bool>> {
    Ok(db.query_opt(PROGRESS, &[&id, &token, &percent.clamp(0, 100), &message]).await?.map(|row| row.get(0)))
}

/// Workers seen since `since`, over all nodes.
///
/// # Errors
/// When the database is away.
pub async fn alive(db: &Client, since: DateTime<Utc>) -> Result<i64> {
    Ok(db.query_one(ALIVE, &[&since]).await?.get(0))
}
