//! Having a table watched by triggers, where the server's log can't be followed: an act of somebody who may, of which the
//! SQL is shown before, and which is written down.

use super::names;
use super::trigger;
use super::viewer::watchable;
use crate::catalogue::{self, Table};
use crate::source::open::Open;
use crate::state::State;
use crate::tables::admit;
use http::{Method, StatusCode};
use kernel::audit::{self, Changes, Entry, Outcome, Target};
use kernel::endpoint::{Access, Endpoint, Response, empty, json as answer};
use kernel::{Call, Ctx, Module, Problem, Result, runner};
use serde_json::json;
use std::sync::Arc;

const PERMISSION: &str = "rows:watch";
const PATH: &str = "/explorer/{source}/tables/{schema}/{table}/watch";

pub(super) fn routes(module: Module, state: &Arc<State>) -> Module {
    let (asking, making, removing) = (state.clone(), state.clone(), state.clone());
    module
        .permission(PERMISSION, "Have triggers made that tell of a table's changes")
        .route(
            Endpoint::new(Method::GET, PATH, "rows.watched", Access::Permission("rows:read".into()), move |call: Call| {
                let state = asking.clone();
                async move { watched(&state, &call).await }
            })
            .summary("Whether triggers tell of a table's changes, and the SQL that would make and remove them")
            .answer(
                json!({"type": "object", "properties": {"watched": {"type": "boolean"}, "allowed": {"type": "boolean"}, "reason": {"type": ["string", "null"]},
                    "sql": {"type": "string"}, "undo_sql": {"type": "string"}}}),
                json!({"watched": false, "allowed": true, "reason": null, "sql": "create trigger …", "undo_sql": "drop trigger …"}),
            ),
        )
        .route(
            Endpoint::new(Method::POST, PATH, "rows.watch", Access::Permission(PERMISSION.into()), move |call: Call| {
                let state = making.clone();
                async move { change(&state, &call, "rows.watch", trigger::making).await }
            })
            .summary("Have triggers made that tell of a table's changes")
            .status(StatusCode::NO_CONTENT),
        )
        .route(
            Endpoint::new(Method::DELETE, PATH, "rows.unwatch", Access::Permission(PERMISSION.into()), move |call: Call| {
                let state = removing.clone();
                async move { change(&state, &call, "rows.unwatch", trigger::removing).await }
            })
            .summary("Remove the triggers that tell of a table's changes"),
        )
}

async fn watched(state: &Arc<State>, call: &Call) -> Result<Response> {
    admit(call, "rows:read")?;
    let (source, table) = find(state, call).await?;
    let refused = allowed(call, &source).err();
    let tree = names::tree(&source, &table).await?;
    answer(
        StatusCode::OK,
        &json!({"watched": tree.has_trigger, "allowed": refused.is_none(), "reason": refused.map(|problem| problem.detail().to_owned()),
            "sql": trigger::making(&table), "undo_sql": trigger::removing(&table)}),
    )
}

async fn find(state: &Arc<State>, call: &Call) -> Result<(Arc<Open>, Arc<Table>)> {
    let source = state.for_caller(call).await?;
    let table = catalogue::fresh(&source, call.param("schema"), call.param("table")).await?;
    watchable(&table)?;
    Ok((source, table))
}

fn allowed(call: &Call, source: &Open) -> Result<()> {
    call.caller()?.require(PERMISSION)?;
    if source.role.is_some() {
        return Err(Problem::refused("Nothing is made in somebody's place. Leave it first."));
    }
    Ok(())
}

async fn change(state: &Arc<State>, call: &Call, action: &'static str, sql: fn(&Table) -> String) -> Result<Response> {
    admit(call, PERMISSION)?;
    let (source, table) = find(state, call).await?;
    let target = Target::new(table.kind_in(&source.name), "", &table.name);
    let done = async {
        allowed(call, &source)?;
        let sql = sql(&table);
        write(call, action, &target, Outcome::Started, None).await?;
        let ran = trigger::run(&source, &sql).await;
        let (outcome, why) = match &ran {
            Ok(()) => (Outcome::Ok, None),
            Err(problem) => (Outcome::Failed, Some(problem.detail().to_owned())),
        };
        write(call, action, &target, outcome, why).await?;
        ran
    };
    if let Err(problem) = done.await {
        runner::note_refusal(&call.app, call.caller()?, &call.request, action, Some(target), &problem).await;
        return Err(problem);
    }
    Ok(empty())
}

async fn write(call: &Call, action: &str, target: &Target, outcome: Outcome, detail: Option<String>) -> Result<()> {
    let caller = call.caller()?;
    let ctx = Ctx::open(call.app.clone(), caller.clone(), call.request.clone()).await?;
    let entry = Entry::of(ctx.id(), ctx.now(), caller, &call.request, action, Some(target.clone())).changes(Changes::new());
    audit::store::append(ctx.db(), &call.app.keys, &entry.outcome(outcome).detail(detail)).await?;
    ctx.commit().await
}
