//! Rows: `/data/{source}/{table}`, PostgREST's rows API on the list engine.
//!
//! A read is one statement on a connection that is read-only by itself. A write is two: the change, which gives back
//! what was there before, and its audit entry together with the commit.

pub(crate) mod answer;
pub(crate) mod audit;
pub(crate) mod body;
mod change;
mod csv;
pub(crate) mod failure;
pub(crate) mod form;
mod insert;
pub(crate) mod prefer;
mod put;
mod range;
pub(crate) mod record;
mod returned;
mod staged;
pub(crate) mod steps;
pub(crate) mod target;
pub(crate) mod transaction;
pub(crate) mod value;
pub(crate) mod write;

use crate::catalogue::Allowed;
use crate::embed;
use crate::masking;
use crate::source::place;
use crate::state::State;
use form::Form;
use http::{Method, StatusCode};
use kernel::endpoint::{Access, Endpoint, Response, set_header};
use kernel::list::{self, Query};
use kernel::{Call, Module, Result};
use prefer::Prefer;
use serde_json::json;
use std::sync::Arc;
use target::Target;

/// Largest body of an insert.
const BODY: usize = 8 << 20;
const PATH: &str = "/data/{source}/{table}";

/// The routes.
pub(crate) fn routes(module: Module, state: &Arc<State>) -> Module {
    let row = json!({"type": "object", "description": "The table's columns; see GET /explorer/{source}/tables/{schema}/{table}"});
    let rows = json!({"type": "array", "items": row});
    let example = json!([{"track_id": 1, "name": "For Those About To Rock", "unit_price": "0.99"}]);
    let read = |method: Method, id: &str, summary: &str| {
        let state = state.clone();
        Endpoint::new(method, PATH, id, needs("rows:read"), move |call: Call| {
            let state = state.clone();
            async move { get(&state, &call).await.map_err(answer::foreign) }
        })
        .summary(summary)
        .list_parameters()
        .parameter("Accept-Profile", "header", "The schema; public without")
        .parameter("Prefer", "header", "count=exact, planned or estimated; versions; shorten=2048")
        .parameter("Accept", "header", form::DESCRIPTION)
        .answers_as(form::KINDS)
        .parameter(masking::HEADER, "header", masking::DESCRIPTION)
        .answer(rows.clone(), example.clone())
    };
    let write = |method: Method, id: &str, permission: &'static str, summary: &str| {
        let state = state.clone();
        let verb = method.clone();
        Endpoint::new(method, PATH, id, needs(permission), move |call: Call| {
            let (state, verb) = (state.clone(), verb.clone());
            async move { write::write(&state, &call, &verb).await.map_err(answer::foreign) }
        })
        .summary(summary)
        .body_limit(BODY)
        .parameter("Content-Profile", "header", "The schema; public without")
        .parameter("select", "query", "Columns, and other tables by their foreign keys, of the rows in the answer")
        .parameter("Accept", "header", form::DESCRIPTION)
        .answers_as(form::KINDS)
        .parameter(masking::HEADER, "header", masking::DESCRIPTION)
        .answer(rows.clone(), example.clone())
    };
    staged::routes(module, state)
        .permission("rows:read", "See the rows of tables")
        .permission("rows:create", "Insert rows into tables")
        .permission("rows:update", "Change rows of tables")
        .permission("rows:delete", "Delete rows of tables")
        .route(read(Method::GET, "rows.list", "List rows of a table"))
        .route(read(Method::HEAD, "rows.head", "Count rows of a table"))
        .route(
            Endpoint::new(Method::OPTIONS, PATH, "rows.options", needs("rows:read"), {
                let state = state.clone();
                move |call: Call| {
                    let state = state.clone();
                    async move { options(&state, &call).await.map_err(answer::foreign) }
                }
            })
            .summary("Say what can be done with a table, in the header Allow")
            .parameter("Accept-Profile", "header", "The schema; public without"),
        )
        .route(
            write(Method::POST, "rows.create", "rows:create", "Insert rows")
                .status(StatusCode::CREATED)
                .body(json!({"oneOf": [row, rows]}))
                .parameter("columns", "query", "Columns to take from the rows")
                .parameter("on_conflict", "query", "Unique columns that make a row the same; the primary key without")
                .parameter(
                    "Prefer",
                    "header",
                    "return=minimal, headers-only or representation; resolution=merge-duplicates or ignore-duplicates; missing=default",
                ),
        )
        .route(
            write(Method::PUT, "rows.replace", "rows:update", "Make the row of a key what it is to be, or insert it")
                .body(row.clone())
                .parameter("Prefer", "header", "return=minimal, headers-only or representation; missing=default"),
        )
        .route(
            write(Method::PATCH, "rows.update", "rows:update", "Change the rows that a filter matches, at most 1000")
                .body(row.clone())
                .parameter("If-Match", "header", "The version of the one row that the filter gives by its primary key")
                .parameter("Prefer", "header", "return=minimal or representation; versions; max-affected=1"),
        )
        .route(
            write(Method::DELETE, "rows.delete", "rows:delete", "Delete the rows that a filter matches, at most 1000")
                .parameter("If-Match", "header", "The version of the one row that the filter gives by its primary key")
                .parameter("Prefer", "header", "return=minimal or representation; max-affected=1"),
        )
}

fn needs(permission: &str) -> Access {
    Access::Permission(permission.to_owned())
}

async fn get(state: &Arc<State>, call: &Call) -> Result<Response> {
    let target = target::find(state, call, "rows:read").await?;
    match read(&target, call).await.map_err(|problem| target.seen(problem)) {
        // The table changed a moment ago: what was asked may well be there now.
        Err(problem) if failure::is_stale(&problem) => {
            tracing::debug!(table = %target.table.name, error = %problem, "a table is read again after it changed");
            let target = target::find_fresh(target).await?;
            read(&target, call).await.map_err(|problem| target.seen(problem))
        }
        answer => answer,
    }
}

async fn read(target: &Target, call: &Call) -> Result<Response> {
    let form = Form::of(call)?;
    let prefer = Prefer::of(call)?;
    target.readable()?;
    let range = range::of(call)?;
    let parameters: Vec<(String, String)> = url::form_urlencoded::parse(call.query.as_bytes()).into_owned().collect();
    let asked = |mut query: Query| {
        query.versions = prefer.versions;
        query.shorten = prefer.shorten;
        if form.is_object() {
            // One more than there may be is enough to know.
            query.limit = query.limit.min(2);
        }
        if let Some(range) = &range {
            range.narrow(&mut query);
        }
        query
    };
    let preamble = place::preamble(call.caller()?.seen_as.as_deref());
    match embed::asked(&parameters)? {
        None => {
            let relation = &target.table.relation;
            let query = asked(Query::parse(relation, &parameters)?);
            let reading = target.source.reading().await?;
            let page = list::page(&reading, &preamble, relation, &query, prefer.count).await;
            reading.done();
            answer::list(form, page?, &prefer, relation, &query)
        }
        // By itself on the heap: what a plain list waits for stays small.
        Some(level) => {
            Box::pin(async {
                let plan = embed::plan(&target.source, &target.table, level, &parameters, prefer.shorten).await?.map(asked);
                let page = plan.page(&target.source, &preamble, prefer.count).await?;
                let (relation, query) = plan.rows();
                answer::list(form, page, &prefer, relation, query)
            })
            .await
        }
    }
}

/// What the caller may do with a table, and what can be done with it at all.
async fn options(state: &Arc<State>, call: &Call) -> Result<Response> {
    let table = target::find(state, call, "rows:read").await?.table;
    let caller = call.caller()?;
    let may = |allowed: &Allowed, permission: &str| allowed.allowed && caller.require(permission).is_ok();
    let (insert, update) = (may(&table.insert, "rows:create"), may(&table.update, "rows:update"));
    let methods = [
        ("OPTIONS", true),
        ("GET", true),
        ("HEAD", true),
        ("POST", insert),
        ("PUT", insert && update && !table.primary_key.is_empty()),
        ("PATCH", update),
        ("DELETE", may(&table.delete, "rows:delete")),
    ];
    let allowed: Vec<&str> = methods.iter().filter(|(_, may)| *may).map(|(method, _)| *method).collect();
    let mut response = Response::default();
    set_header(&mut response, "allow", &allowed.join(", "));
    Ok(response)
}
