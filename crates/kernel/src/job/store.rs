//! Every statement about jobs that isn't the worker's.

use super::{NewJob, Twin};
use crate::ctx::Ctx;
use crate::db::Client;
use crate::problem::{Problem, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

const INSERT: &str = "insert into kernel.jobs (id, kind, payload, state, run_at, max_attempts, queue, priority, unique_key, unique_live, \
       created_at, request_id, organization_id, actor_kind, actor_id) \
     values ($1, $2, $3, case when $4::timestamptz > $10::timestamptz then 'scheduled' else 'available' end, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
     on conflict do nothing";
/// One that waits first: it is what changes.
const TWIN: &str = "select id, state = 'running' from kernel.jobs where kind = $1 and organization_id is not distinct from $2::uuid and unique_key = $3 \
       and (unique_live or state <> 'running') order by state = 'running' limit 1 for update";
const REPLACE: &str = "update kernel.jobs set payload = $2, run_at = case when $5::float8 is null then $3 \
         else greatest($4::timestamptz, least($3, created_at + make_interval(secs => $5::float8))) end, \
       state = case when $3::timestamptz > $4::timestamptz then 'scheduled' else 'available' end, priority = least(priority, $6), attempt = 0, error = null \
     where id = $1 and state <> 'running'";
const PROGRESS: &str =
    "update kernel.jobs set progress = $3, message = $4 where id = $1 and token = $2 and state = 'running' returning cancel_requested";
const ALIVE: &str = "select count(*) from kernel.workers where seen_at > $1";

pub const STATEMENTS: &[&str] = &[INSERT, TWIN, REPLACE, PROGRESS, ALIVE];

/// A twin can end between two looks at it; so often in a row it doesn't.
const LOOKS: usize = 20;
/// How many times the quiet that is waited for may pass in all.
const PATIENCE: i32 = 10;

/// Who and what a job comes from.
#[derive(Clone, Copy)]
pub struct Cause<'a> {
    pub request: &'a str,
    pub organization: Option<Uuid>,
    pub actor: (&'a str, Option<Uuid>),
}

/// Queues a job; the id of the one there is then, and whether it is a new one.
///
/// # Errors
/// 409 when its twin is there and it is to be refused then; when the database refuses.
pub async fn insert(db: &Client, id: Uuid, job: &NewJob, now: DateTime<Utc>, cause: Cause<'_>) -> Result<(Uuid, bool)> {
    let quiet = match job.unique.as_ref().map(|unique| unique.twin) {
        Some(Twin::Debounce(quiet)) => Some(quiet),
        _ => None,
    };
    let run_at = quiet.map_or(job.run_at, |quiet| job.run_at.max(now + quiet));
    let key = job.unique.as_ref().map(|unique| unique.key.as_str());
    let live = job.unique.as_ref().is_none_or(|unique| unique.live);
    for _ in 0..LOOKS {
        let made = db
            .execute(
                INSERT,
                &[
                    &id,
                    &job.kind,
                    &job.payload,
                    &run_at,
                    &job.max_attempts,
                    &job.queue,
                    &job.priority,
                    &key,
                    &live,
                    &now,
                    &cause.request,
                    &cause.organization,
                    &cause.actor.0,
                    &cause.actor.1,
                ],
            )
            .await?;
        if made == 1 {
            return Ok((id, true));
        }
        let Some(unique) = &job.unique else { break };
        let Some(twin) = db.query_opt(TWIN, &[&job.kind, &cause.organization, &unique.key]).await? else { continue };
        let (twin, runs): (Uuid, bool) = (twin.get(0), twin.get(1));
        match unique.twin {
            Twin::Reject => return Err(Problem::conflict("The same is waiting or running already", None).with("job", twin.to_string())),
            Twin::Keep => {}
            Twin::Replace | Twin::Debounce(_) if runs => {}
            Twin::Replace | Twin::Debounce(_) => {
                let most = quiet.map(|quiet| (quiet * PATIENCE).as_seconds_f64());
                db.execute(REPLACE, &[&twin, &job.payload, &run_at, &now, &most, &job.priority]).await?;
            }
        }
        return Ok((twin, false));
    }
    Err(Problem::unavailable("The same is begun and ended over and over at this moment; try again"))
}

impl Ctx {
    /// What a job that is queued here comes from.
    pub(crate) fn cause(&self) -> Cause<'_> {
        let actor = &self.caller().actor;
        let organization = if let crate::actor::Scope::Organization(id) = self.caller().scope { Some(id) } else { None };
        Cause { request: &self.request().id, organization, actor: (actor.kind.as_str(), actor.id) }
    }
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
