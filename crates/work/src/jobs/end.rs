//! Stopping jobs, and forgetting those that ended.

use super::store;
use super::{Job, Report, Tally};
use kernel::action::Many;
use kernel::{Ctx, Problem, Result};
use serde_json::Value;

const MOVED: &str = "It went on meanwhile";

pub(super) async fn cancel(ctx: &mut Ctx, job: Job, (): ()) -> Result<Value> {
    // It may have begun since it was read: what doesn't wait any more is asked to stop.
    let done = store::cancel(ctx.db(), &[job.id], ctx.now()).await? + store::stop(ctx.db(), &[job.id]).await?;
    if done == 1 { Ok(Value::Null) } else { Err(Problem::conflict("It has ended meanwhile", None)) }
}

pub(super) async fn cancel_many(ctx: &mut Ctx, many: Many) -> Result<Report> {
    let (mut ids, mut tally) = (Vec::new(), Tally::default());
    for row in many.rows(ctx, store::COLUMNS).await? {
        let job = store::read(&row);
        if job.has_ended() { tally.skip("It has ended already", 1) } else { ids.push(job.id) }
    }
    let done = store::cancel(ctx.db(), &ids, ctx.now()).await? + store::stop(ctx.db(), &ids).await?;
    tally.skip(MOVED, (ids.len() as u64).saturating_sub(done));
    Ok(tally.report(done))
}

pub(super) async fn delete(ctx: &mut Ctx, job: Job, (): ()) -> Result<Value> {
    store::delete(ctx.db(), &[job.id]).await?;
    Ok(Value::Null)
}

pub(super) async fn delete_many(ctx: &mut Ctx, many: Many) -> Result<Report> {
    let (mut ids, mut tally) = (Vec::new(), Tally::default());
    for row in many.rows(ctx, store::COLUMNS).await? {
        let job = store::read(&row);
        if job.has_ended() { ids.push(job.id) } else { tally.skip("It hasn't ended: cancel it first", 1) }
    }
    let done = store::delete(ctx.db(), &ids).await?;
    tally.skip(MOVED, (ids.len() as u64).saturating_sub(done));
    Ok(tally.report(done))
}
