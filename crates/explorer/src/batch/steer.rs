//! Pausing, resuming, cancelling and taking back: each is a word that the job heeds at its next step.

use super::asked::{Mode, Verb};
use super::job::ChangeRows;
use super::store::{self, Batch, New};
use super::{log, undo as back, view};
use crate::catalogue;
use crate::errand;
use crate::state::State;
use http::StatusCode;
use kernel::endpoint::Response;
use kernel::problem::Kind;
use kernel::{Call, Caller, Problem, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    /// Rows that were changed or deleted again since are left as they are; without, nothing is undone then
    #[serde(default)]
    leave_changed: bool,
}

pub async fn pause(call: &Call) -> Result<Response> {
    let (mut ctx, batch): (_, Batch) = errand::locked(call, errand::may::<Batch>(call)?).await?;
    if batch.status != "running" {
        return Err(Problem::conflict("It doesn't run, so there is nothing to pause.", None));
    }
    if batch.wish.as_deref() != Some("cancel") {
        store::wish(ctx.db(), batch.id, "pause").await?;
    }
    log::asked(&mut ctx, &batch, "row-batches.pause").await?;
    errand::ended::<Batch>(ctx, batch.id, StatusCode::OK).await
}

pub async fn cancel(call: &Call) -> Result<Response> {
    let (mut ctx, batch): (_, Batch) = errand::locked(call, errand::may::<Batch>(call)?).await?;
    match batch.status.as_str() {
        "running" => store::wish(ctx.db(), batch.id, "cancel").await?,
        // Nobody works on it who could be told.
        "paused" => {
            store::end(ctx.db(), batch.id, "cancelled", None, ctx.now()).await?;
            log::ended(&mut ctx, &batch, Some("cancelled")).await?;
        }
        _ => return Err(Problem::conflict("It has ended already.", None)),
    }
    log::asked(&mut ctx, &batch, "row-batches.cancel").await?;
    errand::ended::<Batch>(ctx, batch.id, StatusCode::OK).await
}

pub async fn resume(state: &Arc<State>, call: &Call) -> Result<Response> {
    let caller = errand::may::<Batch>(call)?;
    let (mut ctx, batch): (_, Batch) = errand::locked(call, caller).await?;
    let broke_off = batch.status == "failed" && batch.mode == Mode::Chunked;
    if batch.status != "paused" && !broke_off {
        return Err(Problem::conflict("It isn't paused.", None));
    }
    permitted(caller, batch.verb)?;
    // What is away or gone is said here rather than by a job that nobody looks at.
    let source = state.open(&call.app, &batch.source).await?;
    drop(catalogue::fresh(&source, &batch.schema, &batch.table).await?);
    errand::not_too_many::<Batch>(&ctx).await?;
    let job = ctx.enqueue(ChangeRows { id: batch.id }).await?;
    store::resume(ctx.db(), batch.id, job, ctx.now()).await?;
    log::asked(&mut ctx, &batch, "row-batches.resume").await?;
    errand::ended::<Batch>(ctx, batch.id, StatusCode::OK).await
}

fn permitted(caller: &Caller, verb: Verb) -> Result<()> {
    caller.require(verb.permission())
}

pub async fn undo(state: &Arc<State>, call: &Call) -> Result<Response> {
    let caller = errand::may::<Batch>(call)?;
    let asked: Undo = call.input()?;
    let (mut ctx, batch): (_, Batch) = errand::locked(call, caller).await?;
    if let Some(why) = view::no_undo(&batch) {
        return Err(Problem::new(Kind::Conflict, why).titled("This can't be undone"));
    }
    caller.require(if batch.verb == Verb::Delete { "rows:create" } else { "rows:update" })?;
    let source = state.open(&call.app, &batch.source).await?;
    let table = catalogue::fresh(&source, &batch.schema, &batch.table).await?;
    back::possible(&table, &batch)?;
    errand::not_too_many::<Batch>(&ctx).await?;
    let id = ctx.id();
    let job = ctx.enqueue(ChangeRows { id }).await?;
    let new = New {
        id,
        source: &batch.source,
        schema: &batch.schema,
        table: &batch.table,
        oid: table.oid,
        verb: Verb::Undo,
        mode: Mode::Atomic,
        asked: None,
        expected: batch.changed,
        undoes: Some(batch.id),
        leave_changed: asked.leave_changed,
        columns: Vec::new(),
        no_undo: None,
        job,
        actor: &caller.actor,
    };
    store::insert(ctx.db(), &new, ctx.now()).await?;
    let made: Batch = errand::find(ctx.db(), id).await?.ok_or_else(errand::missing::<Batch>)?;
    log::asked(&mut ctx, &made, "row-batches.undo").await?;
    errand::ended::<Batch>(ctx, id, StatusCode::CREATED).await
}
