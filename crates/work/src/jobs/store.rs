//! Statements of the board about jobs.

use super::Job;
use chrono::{DateTime, Utc};
use kernel::{Client, Ctx, Result};
use serde_json::Value;
use uuid::Uuid;

/// What ended is done anew, as a job of its own that names the one before. Nothing when the same already waits.
const AGAIN: &str = "insert into kernel.jobs (id, organization_id, kind, queue, priority, payload, state, run_at, max_attempts, unique_key, request_id, created_at, \
       parent_id, actor_kind, actor_id) \
     select u.id, f.organization_id, f.kind, f.queue, f.priority, coalesce($3, f.payload), 'available', $4, f.max_attempts, f.unique_key, $5, $4, f.id, $6, $7 \
     from unnest($1::uuid[], $2::uuid[]) as u (old, id) join kernel.finished_jobs f on f.id = u.old on conflict do nothing";
/// The same of one that waits or runs, with other arguments. Its unique key stays its own.
const COPY: &str = "insert into kernel.jobs (id, organization_id, kind, queue, priority, payload, state, run_at, max_attempts, request_id, created_at, \
       parent_id, actor_kind, actor_id) \
     select $2, j.organization_id, j.kind, j.queue, j.priority, $3, 'available', $4, j.max_attempts, $5, $4, j.id, $6, $7 from kernel.jobs j where j.id = $1";
const NOW: &str =
    "update kernel.jobs set state = 'available', run_at = $2 where id = any($1) and state in ('scheduled', 'retryable', 'pending')";
const STOP: &str = "update kernel.jobs set cancel_requested = true where id = any($1) and state = 'running'";
/// What waits goes into the history at once.
const CANCEL: &str = "with gone as (delete from kernel.jobs j where j.id = any($1) and j.state <> 'running' \
       returning j.id, j.organization_id, j.kind, j.queue, j.priority, j.payload, j.run_at, j.attempt, j.max_attempts, j.progress, j.message, j.error, j.unique_key, \
         j.attempts, j.request_id, j.created_at, j.started_at, j.parent_id, j.actor_kind, j.actor_id, j.schedule, j.scheduled_for) \
     insert into kernel.finished_jobs (id, organization_id, kind, queue, priority, payload, run_at, attempt, max_attempts, progress, message, error, unique_key, \
       attempts, request_id, created_at, started_at, parent_id, actor_kind, actor_id, schedule, scheduled_for, state, finished_at) \
     select gone.*, 'cancelled', $2 from gone";
const DELETE: &str = "delete from kernel.finished_jobs where id = any($1)";
const BEGIN: &str = "insert into kernel.jobs (id, organization_id, kind, payload, state, run_at, max_attempts, priority, request_id, created_at, actor_kind, actor_id) \
     values ($1, $2, $3, $4, case when $5::timestamptz > $8::timestamptz then 'scheduled' else 'available' end, $5, $6, $7, $9, $8, $10, $11)";
const PAYLOAD: &str = "select t.payload from kernel.all_jobs() t where t.id = $1 limit 1";
const ATTEMPTS: &str = "select case when (select kernel.organization()) is null then t.attempts \
       else coalesce((select jsonb_agg(a.one - 'worker' order by a.place) from jsonb_array_elements(t.attempts) with ordinality as a (one, place)), '[]') end \
     from kernel.all_jobs() t where t.id = $1 limit 1";

pub const STATEMENTS: &[&str] = &[AGAIN, COPY, NOW, STOP, CANCEL, DELETE, BEGIN, PAYLOAD, ATTEMPTS];

/// Does jobs that ended again; how many were queued.
pub(super) async fn again(ctx: &Ctx, old: &[Uuid], arguments: Option<&Value>) -> Result<(Vec<Uuid>, u64)> {
    let new: Vec<Uuid> = old.iter().map(|_| ctx.id()).collect();
    let (kind, id) = (ctx.actor().kind.as_str(), ctx.actor().id);
    let queued = ctx.db().execute(AGAIN, &[&old, &new, &arguments, &ctx.now(), &ctx.request().id, &kind, &id]).await?;
    Ok((new, queued))
}

pub(super) async fn copy(ctx: &Ctx, job: Uuid, arguments: &Value) -> Result<Option<Uuid>> {
    let new = ctx.id();
    let (kind, id) = (ctx.actor().kind.as_str(), ctx.actor().id);
    let queued = ctx.db().execute(COPY, &[&job, &new, arguments, &ctx.now(), &ctx.request().id, &kind, &id]).await?;
    Ok((queued == 1).then_some(new))
}

/// Lets jobs that wait for a later time begin at once.
pub(super) async fn now(db: &Client, jobs: &[Uuid], at: DateTime<Utc>) -> Result<u64> {
    Ok(db.execute(NOW, &[&jobs, &at]).await?)
}

/// Asks those that run to stop; how many there are.
pub(super) async fn stop(db: &Client, jobs: &[Uuid]) -> Result<u64> {
    Ok(db.execute(STOP, &[&jobs]).await?)
}

/// Ends those that wait.
pub(super) async fn cancel(db: &Client, jobs: &[Uuid], at: DateTime<Utc>) -> Result<u64> {
    Ok(db.execute(CANCEL, &[&jobs, &at]).await?)
}

pub(super) async fn delete(db: &Client, jobs: &[Uuid]) -> Result<u64> {
    Ok(db.execute(DELETE, &[&jobs]).await?)
}

/// A job that somebody begins by hand.
pub(super) struct Begun<'a> {
    pub id: Uuid,
    pub organization: Option<Uuid>,
    pub kind: &'a str,
    pub arguments: &'a Value,
    pub run_at: DateTime<Utc>,
    pub max_attempts: i16,
    pub priority: i16,
}

pub(super) async fn begin(ctx: &Ctx, job: &Begun<'_>) -> Result<()> {
    let Begun { id, organization, kind, arguments, run_at, max_attempts, priority } = job;
    let (actor_kind, actor_id) = (ctx.actor().kind.as_str(), ctx.actor().id);
    let (now, request) = (ctx.now(), &ctx.request().id);
    ctx.db()
        .execute(BEGIN, &[id, organization, kind, arguments, run_at, max_attempts, priority, &now, request, &actor_kind, &actor_id])
        .await?;
    Ok(())
}

/// The arguments as they are kept.
pub(super) async fn payload(db: &Client, job: Uuid) -> Result<Option<Value>> {
    Ok(db.query_opt(PAYLOAD, &[&job]).await?.map(|row| row.get(0)))
}

/// Every attempt of a job that is over, with what it said.
pub(super) async fn attempts(db: &Client, job: Uuid) -> Result<Option<Value>> {
    Ok(db.query_opt(ATTEMPTS, &[&job]).await?.map(|row| row.get(0)))
}

/// As [`kernel::action::Many::rows`] reads them.
pub(super) const COLUMNS: &str = "t.id, t.kind, t.state, t.payload";

pub(super) fn read(row: &tokio_postgres::Row) -> Job {
    Job { id: row.get(0), kind: row.get(1), state: row.get(2), payload: row.get(3) }
}
