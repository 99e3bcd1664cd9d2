//! Tables, columns, rules, indexes, views and policies: made, changed and dropped, each with its SQL shown before.
//!
//! Somebody says what is to be changed (`change.rs`), never SQL as a whole. A plan says what that comes to now: the
//! statements, the locks they take, what else it concerns, and the way back. The same list with the plan's hash is then
//! run, in one transaction, by a login that owns nothing of the panel's (`source/alter.rs`).

mod apply;
mod back;
mod change;
mod ddl;
mod list;
mod marks;
mod own;
mod plan;
mod planner;
mod queries;
mod record;
mod shape;
mod word;

use crate::masking;
use crate::source::open::Open;
use crate::state::State;
use crate::tables::admit;
use change::Change;
use deadpool_postgres::ClientWrapper;
use http::{Method, StatusCode};
use kernel::endpoint::{Access, Endpoint, Response, json as answer};
use kernel::{Call, Module, Problem, Result};
use list::list_schema;
use plan::Plan;
use serde_json::{Value, json};
use std::sync::Arc;

const WRITE: &str = "schema:write";
const OWN: &str = "schema:own";
const READ: &str = "rows:read";
const BODY: usize = 1 << 20;

/// The fixed statements.
#[must_use]
pub fn statements() -> Vec<&'static str> {
    [queries::STATEMENTS, marks::store::STATEMENTS, record::store::STATEMENTS, shape::STATEMENTS].concat()
}

pub(crate) fn routes(module: Module, state: &Arc<State>) -> Module {
    let (planning, applying, owning) = (state.clone(), state.clone(), state.clone());
    let list = list_schema();
    let module = module
        .permission(WRITE, "Make, change and drop tables and what belongs to them")
        .permission(OWN, "Take over tables that another role owns")
        .resource(record::resource())
        .route(
            Endpoint::new(Method::POST, "/explorer/{source}/schema/plan", "schema.plan", needs(WRITE), move |call: Call| {
                let state = planning.clone();
                async move { plan(&state, &call).await }
            })
            .summary("What changes of tables come to: the SQL, its locks, what it concerns, and the way back; nothing is changed")
            .body(json!({"type": "object", "required": ["changes"], "additionalProperties": false, "properties": {"changes": list}}))
            .body_limit(BODY)
            .answer(Plan::schema(), Plan::sample()),
        )
        .route(
            Endpoint::new(Method::POST, "/explorer/{source}/schema/changes", "schema.change", needs(WRITE), move |call: Call| {
                let state = applying.clone();
                async move { change(&state, &call).await }
            })
            .summary("Change tables as a plan said, all of it or nothing")
            .parameter(masking::HEADER, "header", masking::DESCRIPTION)
            .body(json!({"type": "object", "required": ["changes", "hash"], "additionalProperties": false,
                "properties": {"changes": list, "hash": {"type": "string", "description": "Of the plan that was seen"}}}))
            .body_limit(BODY)
            .answer(
                json!({"type": "object", "properties": {"id": {"type": "string", "format": "uuid"}, "statements": {"type": "integer"}, "milliseconds": {"type": "integer"}}}),
                json!({"id": "0190b6c8-0000-7000-8000-000000000071", "statements": 1, "milliseconds": 12}),
            ),
        )
        .route(
            Endpoint::new(Method::POST, "/explorer/{source}/schema/own", "schema.own", needs(OWN), move |call: Call| {
                let state = owning.clone();
                async move { own::take_over(&state, &call).await }
            })
            .summary("Take over a table, view or enumeration that another role owns, so that it can be changed")
            .takes::<own::Asked>()
            .answer(
                json!({"type": "object", "properties": {"owner": {"type": "string"}, "granted": {"type": ["string", "null"]}}}),
                json!({"owner": "quarterdeck_schema", "granted": null}),
            ),
        );
    shape::routes(module, state)
}

fn needs(permission: &str) -> Access {
    Access::Permission(permission.into())
}

/// The source that somebody changes, who may.
async fn changed_by(state: &Arc<State>, call: &Call, permission: &str) -> Result<Arc<Open>> {
    admit(call, permission)?;
    if call.caller()?.seen_as.is_some() {
        return Err(Problem::refused("Tables aren't changed in somebody's place. Leave it first."));
    }
    state.open(&call.app, call.param("source")).await
}

fn panel_owner(state: &State) -> String {
    state.config.owner.get_user().unwrap_or_default().to_owned()
}

struct Asked {
    changes: Vec<Change>,
    /// The same as they came.
    given: Value,
    /// Of the plan that was seen.
    hash: Option<String>,
}

fn asked(call: &Call) -> Result<Asked> {
    let body = call.json()?;
    let hash = body["hash"].as_str().map(str::to_owned);
    let expected = if body.get("hash").is_some() { vec!["changes", "hash"] } else { vec!["changes"] };
    let schema = json!({"type": "object", "required": expected, "additionalProperties": false,
        "properties": {"changes": list_schema(), "hash": {"type": "string"}}});
    kernel::input::check(&schema, &body)?;
    let given = body["changes"].clone();
    let changes = list::read(given.as_array().map(Vec::as_slice).unwrap_or_default())?;
    Ok(Asked { changes, given, hash })
}

/// What a list comes to now. Of one that takes a change back, the changes that undo its names are left in the list.
async fn planned(call: &Call, source: &Open, conn: &ClientWrapper, owner: String, asked: &mut Asked) -> Result<Plan> {
    let &[Change::TakeBack { id }] = asked.changes.as_slice() else { return ddl::plan(source, conn, owner, &asked.changes).await };
    let (plan, names) = back::plan(call, source, conn, owner, id).await?;
    asked.changes = names;
    Ok(plan)
}

async fn plan(state: &Arc<State>, call: &Call) -> Result<Response> {
    let source = changed_by(state, call, WRITE).await?;
    let mut asked = asked(call)?;
    let conn = source.altering().await?;
    answer(StatusCode::OK, &planned(call, &source, &conn, panel_owner(state), &mut asked).await?)
}

async fn change(state: &Arc<State>, call: &Call) -> Result<Response> {
    let outcome = apply::apply(state, call).await;
    if let Err(problem) = &outcome {
        record::refused(call, "schema.change", problem).await;
    }
    outcome
}
