//! Asking for an export: what can't be asked is refused here, at its parameter, rather than by a job that nobody looks at.

use super::super::file::Format;
use super::super::pump::Reading;
use super::super::{asked, copy};
use super::job::ExportRows;
use super::log;
use super::store::{self, Export, New};
use crate::rows::target::Target;
use crate::rows::write;
use crate::state::State;
use crate::{errand, masking};
use http::StatusCode;
use kernel::endpoint::Response;
use kernel::problem::Kind;
use kernel::{Call, Caller, Ctx, Problem, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// Files that are kept of one person.
const MOST_KEPT: i64 = 10;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// What kind of file: csv and ndjson, or a sheet (xlsx), or parquet
    format: Format,
    /// Which rows and columns, in what order: filters, search, select and order as in the address of a list, such as paid=is.false&select=id,total. Nothing at all means the whole table
    #[serde(default)]
    query: String,
}

pub async fn create(state: &Arc<State>, call: &Call) -> Result<Response> {
    let caller = errand::may::<Export>(call)?;
    write::once(call, caller, begin(state, call, caller)).await
}

async fn begin(state: &Arc<State>, call: &Call, caller: &Caller) -> Result<Response> {
    let given: Asked = call.input()?;
    let source = state.open(&call.app, call.param("source")).await?;
    let table = masking::fresh(call, &source, call.param("schema"), call.param("table")).await?;
    let target = Target { source, table };
    target.readable()?;
    let expected = expected(&target, &given.query).await.map_err(|problem| target.seen(problem))?;
    let (source, table) = (&target.source, &target.table);
    let mut ctx = Ctx::open(call.app.clone(), caller.clone(), call.request.clone()).await?;
    errand::not_too_many::<Export>(&ctx).await?;
    if store::kept(ctx.db(), caller.actor.id, ctx.now()).await? >= MOST_KEPT {
        let detail = format!("{MOST_KEPT} of your exports are kept already. Delete one, then begin this one.");
        return Err(Problem::new(Kind::Conflict, detail).titled("Enough exports are kept"));
    }
    let id = ctx.id();
    let new = New {
        id,
        source: &source.name,
        schema: &table.schema,
        table: &table.name,
        format: given.format,
        query: &given.query,
        revealed: table.is_revealed(),
        expected,
        job: ctx.enqueue(ExportRows { id }).await?,
        actor: &caller.actor,
    };
    store::insert(ctx.db(), &new, ctx.now()).await?;
    let export: Export = errand::find(ctx.db(), id).await?.ok_or_else(errand::missing::<Export>)?;
    log::asked(&mut ctx, &export).await?;
    errand::ended::<Export>(ctx, id, StatusCode::CREATED).await
}

async fn expected(target: &Target, query: &str) -> Result<i64> {
    let relation = &target.table.relation;
    let query = asked(relation, query)?;
    let reading = Reading::begin(target.source.conn().await?).await?;
    let rows = copy::expected(reading.client()?, relation, &query).await?;
    reading.end().await?;
    Ok(i64::try_from(rows).unwrap_or(i64::MAX))
}
