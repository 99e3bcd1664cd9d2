//! Doing a job again: as it was, or with other arguments.

use super::store;
use super::{Job, Report, Tally};
use kernel::action::Many;
use kernel::{App, Ctx, Problem, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

const SAME_WAITS: &str = "The same is waiting already";
const MOVED: &str = "It went on meanwhile";

/// The job that does it: a new one, or the same when it had not ended.
#[derive(Serialize)]
pub struct Queued {
    job_id: Uuid,
}

/// Why this kind can't be done again with these arguments.
fn refusal(app: &App, kind: &str, arguments: &Value) -> Option<String> {
    match app.registry.form(kind) {
        None => Some(format!("There is no kind {kind} any more: nothing could run it")),
        Some(form) => form.refusal(arguments).map(|why| format!("Its arguments are of another form than {kind} takes now: {why}")),
    }
}

pub(super) async fn retry(ctx: &mut Ctx, job: Job, (): ()) -> Result<Queued> {
    ctx.queued = true;
    let kept = store::payload(ctx.db(), job.id).await?.ok_or_else(|| Problem::conflict(MOVED, None))?;
    if let Some(why) = refusal(ctx.app(), &job.kind, &kept) {
        return Err(Problem::refused(why));
    }
    if !job.has_ended() {
        return match store::now(ctx.db(), &[job.id], ctx.now()).await? {
            1 => Ok(Queued { job_id: job.id }),
            _ => Err(Problem::conflict(MOVED, None)),
        };
    }
    let (new, queued) = store::again(ctx, &[job.id], None).await?;
    match (queued, new.first()) {
        (1, Some(id)) => Ok(Queued { job_id: *id }),
        _ => Err(Problem::refused(SAME_WAITS)),
    }
}

pub(super) async fn retry_many(ctx: &mut Ctx, many: Many) -> Result<Report> {
    ctx.queued = true;
    let (mut ended, mut later, mut tally) = (Vec::new(), Vec::new(), Tally::default());
    for row in many.rows(ctx, store::COLUMNS).await? {
        let job = store::read(&row);
        match refusal(ctx.app(), &job.kind, &job.payload) {
            Some(why) => tally.skip(why, 1),
            None if job.has_ended() => ended.push(job.id),
            None if job.is_later() => later.push(job.id),
            None if job.runs() => tally.skip("It runs right now", 1),
            None => tally.skip("It waits to run already", 1),
        }
    }
    let (_, queued) = store::again(ctx, &ended, None).await?;
    let hurried = store::now(ctx.db(), &later, ctx.now()).await?;
    tally.skip(SAME_WAITS, ended.len() as u64 - queued);
    tally.skip(MOVED, later.len() as u64 - hurried);
    Ok(tally.report(queued + hurried))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunWith {
    /// All of them, in the form that the kind takes
    #[schemars(extend("type" = "object"))]
    arguments: Value,
}

pub(super) async fn run_with(ctx: &mut Ctx, job: Job, input: RunWith) -> Result<Queued> {
    ctx.queued = true;
    match ctx.app().registry.form(&job.kind) {
        None => return Err(Problem::refused(format!("There is no kind {} any more: nothing could run it", job.kind))),
        Some(form) => {
            if let Some(why) = form.refusal(&input.arguments) {
                return Err(Problem::field("arguments", "form", format!("{} can't read these: {why}", job.kind)));
            }
        }
    }
    if input.arguments.get("sealed").is_some() {
        return Err(Problem::field("arguments", "sealed", "What is sealed can't be given by hand"));
    }
    if !job.has_ended() {
        let id = store::copy(ctx, job.id, &input.arguments).await?;
        return id.map(|job_id| Queued { job_id }).ok_or_else(|| Problem::conflict(MOVED, None));
    }
    let (new, queued) = store::again(ctx, &[job.id], Some(&input.arguments)).await?;
    match (queued, new.first()) {
        (1, Some(id)) => Ok(Queued { job_id: *id }),
        _ => Err(Problem::refused(SAME_WAITS)),
    }
}
