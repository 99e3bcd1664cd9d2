//! Looking at what a batch would do, and beginning it.

use super::asked::Asked;
use super::job::ChangeRows;
use super::log;
use super::plan::{Bound, Plan};
use super::store::{self, Batch, New};
use super::work::ask;
use crate::catalogue;
use crate::errand;
use crate::rows::{body, failure, write};
use crate::source::open::Open;
use crate::state::State;
use http::StatusCode;
use kernel::endpoint::{Response, json as answer};
use kernel::problem::sentence;
use kernel::{Call, Caller, Ctx, Problem, Result};
use std::sync::Arc;

pub async fn preview(state: &Arc<State>, call: &Call) -> Result<Response> {
    let caller = errand::may::<Batch>(call)?;
    let (source, asked, plan) = planned(state, call, caller).await?;
    let sees = caller.require("rows:read").is_ok();
    answer(StatusCode::OK, &super::preview::preview(&source, &asked, &plan, sees).await?)
}

pub async fn create(state: &Arc<State>, call: &Call) -> Result<Response> {
    let caller = errand::may::<Batch>(call)?;
    write::once(call, caller, begin(state, call, caller)).await
}

async fn planned(state: &Arc<State>, call: &Call, caller: &Caller) -> Result<(Arc<Open>, Asked, Plan)> {
    body::check_type(call)?;
    let asked = Asked::read(&call.body)?;
    caller.require(asked.verb.permission())?;
    let source = state.open(&call.app, call.param("source")).await?;
    let table = catalogue::fresh(&source, call.param("schema"), call.param("table")).await?;
    let plan = Plan::new(table, &asked)?;
    try_out(&source, &plan).await?;
    Ok((source, asked, plan))
}

/// Lets PostgreSQL read values and ask for rights, without running anything.
async fn try_out(source: &Open, plan: &Plan) -> Result<()> {
    let refused = |error| source.named(plan.filter.problem(error));
    let conn = source.conn().await?;
    if let Some(read) = plan.read_excluded() {
        let unreadable = |error: tokio_postgres::Error| match error.as_db_error() {
            Some(db) => Problem::field("except", "type", sentence(db.message())).because(error),
            None => source.named(error.into()),
        };
        ask(&conn, &read).await.map_err(unreadable)?;
    }
    let Bound { sql, params } = plan.count();
    ask(&conn, &Bound { sql: format!("explain {sql}"), params }).await.map_err(refused)?;
    let Bound { sql, params } = plan.change(&[]);
    let names: Vec<&str> = std::iter::repeat_n("", plan.key.len() + 1).chain(plan.bound()).collect();
    let refused = |error| source.named(failure::problem(error, &plan.table, &names));
    ask(&conn, &Bound { sql: format!("explain {sql}"), params }).await.map(drop).map_err(refused)
}

async fn begin(state: &Arc<State>, call: &Call, caller: &Caller) -> Result<Response> {
    let (source, asked, plan) = planned(state, call, caller).await?;
    let expected = asked.expected.and_then(|rows| i64::try_from(rows).ok());
    let expected =
        expected.ok_or_else(|| Problem::field("expected", "required", "Say how many rows it must be; the preview counts them"))?;
    let mut ctx = Ctx::open(call.app.clone(), caller.clone(), call.request.clone()).await?;
    errand::not_too_many::<Batch>(&ctx).await?;
    let id = ctx.id();
    let job = ctx.enqueue(ChangeRows { id }).await?;
    let new = New {
        id,
        source: &source.name,
        schema: &plan.table.schema,
        table: &plan.table.name,
        oid: plan.table.oid,
        verb: asked.verb,
        mode: asked.mode,
        asked: Some(&asked),
        expected,
        undoes: None,
        leave_changed: false,
        columns: plan.kept.iter().map(|column| column.name.clone()).collect(),
        no_undo: plan.no_undo.as_deref(),
        job,
        actor: &caller.actor,
    };
    store::insert(ctx.db(), &new, ctx.now()).await?;
    let batch: Batch = errand::find(ctx.db(), id).await?.ok_or_else(errand::missing::<Batch>)?;
    log::asked(&mut ctx, &batch, "row-batches.create").await?;
    errand::ended::<Batch>(ctx, id, StatusCode::CREATED).await
}
