//! The explorer's own routes: the tables of a source, one table, and what references a row.

use crate::catalogue::{self, Allowed};
use crate::masking;
use crate::references;
use crate::state::State;
use http::{Method, StatusCode};
use kernel::actor::Scope;
use kernel::endpoint::{Access, Endpoint, Response, json as answer};
use kernel::problem::Kind;
use kernel::{Call, Module, Problem, Result, runner};
use serde_json::json;
use std::sync::Arc;

/// The routes.
pub(crate) fn routes(module: Module, state: &Arc<State>) -> Module {
    let needs = || Access::Permission("rows:read".into());
    let (all, one, referencing) = (state.clone(), state.clone(), state.clone());
    module
        .route(
            Endpoint::new(Method::GET, "/explorer/{source}/tables", "explorer.tables", needs(), move |call: Call| {
                let state = all.clone();
                async move { list(&state, &call).await }
            })
            .summary("Every table of a source, with estimated rows and size")
            .answer(
                json!({"type": "array", "items": {"type": "object", "properties": {"schema": {"type": "string"}, "name": {"type": "string"},
                    "kind": {"type": "string", "enum": ["table", "partitioned", "partition", "view", "materialized_view", "foreign"]},
                    "estimated_rows": {"type": ["string", "null"]}, "size_bytes": {"type": ["string", "null"]}, "comment": {"type": ["string", "null"]},
                    "panel": {"type": "boolean"}, "parent": {"type": ["string", "null"]}}}}),
                json!([{"schema": "public", "name": "track", "kind": "table", "estimated_rows": "3503", "size_bytes": "663552", "comment": null, "panel": false, "parent": null}]),
            ),
        )
        .route(
            Endpoint::new(Method::GET, "/explorer/{source}/tables/{schema}/{table}", "explorer.table", needs(), move |call: Call| {
                let state = one.clone();
                async move { table(&state, &call).await }
            })
            .summary("One table: columns, keys, indexes, rules, and what may be changed")
            .parameter(masking::HEADER, "header", masking::DESCRIPTION)
            .answer(
                json!({"type": "object", "properties": {"schema": {"type": "string"}, "name": {"type": "string"}, "kind": {"type": "string"},
                    "columns": {"type": "array", "items": {"type": "object"}}, "primary_key": {"type": "array", "items": {"type": "string"}}, "trash": {"type": ["string", "null"]},
                    "foreign_keys": {"type": "array", "items": {"type": "object"}}, "referenced_by": {"type": "array", "items": {"type": "object"}},
                    "indexes": {"type": "array", "items": {"type": "object"}}, "checks": {"type": "array", "items": {"type": "object"}}, "uniques": {"type": "array", "items": {"type": "object"}},
                    "insert": {"type": "object"}, "update": {"type": "object"}, "delete": {"type": "object"}, "export": {"type": "object"}, "import": {"type": "object"},
                    "batch": {"type": "object"}, "reveal": {"type": "object"}}}),
                json!({"schema": "public", "name": "track", "kind": "table", "columns": [], "primary_key": ["track_id"], "trash": null, "foreign_keys": [], "referenced_by": [], "indexes": [],
                    "checks": [], "uniques": [], "insert": {"allowed": true, "reason": null}, "update": {"allowed": true, "reason": null}, "delete": {"allowed": true, "reason": null}, "export": {"allowed": true, "reason": null}, "import": {"allowed": true, "reason": null}, "batch": {"allowed": true, "reason": null}, "reveal": {"allowed": true, "reason": null}}),
            ),
        )
        .route(
            Endpoint::new(Method::GET, "/explorer/{source}/tables/{schema}/{table}/references", "explorer.references", needs(), move |call: Call| {
                let state = referencing.clone();
                async move { references::list(&state, &call).await }
            })
            .summary("Rows of other tables that reference the rows matched, counted up to 1000 each")
            .answer(
                json!({"type": "array", "items": {"type": "object", "properties": {"schema": {"type": "string"}, "table": {"type": "string"}, "constraint": {"type": "string"},
                    "columns": {"type": "array", "items": {"type": "string"}}, "on_delete": {"type": "string"}, "count": {"type": ["integer", "null"]}, "capped": {"type": "boolean"}}}}),
                json!([{"schema": "public", "table": "invoice_line", "constraint": "invoice_line_track_id_fkey", "columns": ["track_id"], "on_delete": "no_action", "count": 12, "capped": false}]),
            ),
        )
}

/// Whether the caller may look at or change what belongs to nobody in particular.
///
/// # Errors
/// 403 without the permission, or inside an organisation: a source has everybody's rows.
pub(crate) fn admit(call: &Call, permission: &str) -> Result<()> {
    let caller = call.caller()?;
    caller.require(permission)?;
    if caller.scope == Scope::Platform {
        Ok(())
    } else {
        Err(Problem::refused("Sources belong to the platform. Leave the organisation to open them."))
    }
}

/// Does it, and writes down that somebody tried what they may not.
///
/// # Errors
/// What it answers with.
pub(crate) async fn noted(action: &'static str, call: Call, act: impl AsyncFnOnce(&Call) -> Result<Response>) -> Result<Response> {
    let outcome = act(&call).await;
    if let (Err(problem), Ok(caller)) = (&outcome, call.caller())
        && problem.kind() == Kind::Forbidden
    {
        runner::note_refusal(&call.app, caller, &call.request, action, None, problem).await;
    }
    outcome
}

async fn list(state: &Arc<State>, call: &Call) -> Result<Response> {
    admit(call, "rows:read")?;
    let source = state.for_caller(call).await?;
    answer(StatusCode::OK, &catalogue::tables(&source).await?)
}

async fn table(state: &Arc<State>, call: &Call) -> Result<Response> {
    admit(call, "rows:read")?;
    // Somebody looks at it: then it is read afresh, and which of its columns are sensitive, too.
    state.look(&call.app, call.param("source")).await?;
    let source = state.for_caller(call).await?;
    let table = masking::fresh(call, &source, call.param("schema"), call.param("table")).await?;
    let mut shown = catalogue::Table::clone(&table);
    shown.size_bytes = catalogue::size(&source, &table).await?;
    let caller = call.caller()?;
    for (edit, permission) in [
        (&mut shown.insert, "rows:create"),
        (&mut shown.update, "rows:update"),
        (&mut shown.delete, "rows:delete"),
        (&mut shown.export, "rows:export"),
        (&mut shown.import, "rows:import"),
        (&mut shown.batch, "rows:batch"),
        (&mut shown.reveal, masking::PERMISSION),
    ] {
        edit.ask(caller, permission);
    }
    if caller.seen_as.is_some() {
        shown.import = Allowed::unless(Some("Nothing is imported in somebody's place".into()));
        shown.batch = Allowed::unless(Some("No batches are run in somebody's place".into()));
    }
    answer(StatusCode::OK, &shown)
}
