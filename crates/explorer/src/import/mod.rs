//! Imports: a file becomes rows of a table. Uploaded as it comes, mapped, tried without leaving a trace, imported by a job
//! in one transaction of the source. Whoever uploaded a file is the only one who sees it.
//! Emits `rows.imported`.

mod batch;
mod culprit;
mod fields;
mod intake;
mod job;
mod lines;
mod log;
mod pieces;
mod refused;
mod rejects;
mod settings;
mod shape;
mod sql;
pub mod store;
mod sweep;
mod text;
mod upload;
mod view;
mod workbook;
mod write;

use crate::catalogue;
use crate::errand;
use crate::state::State;
use crate::tables::noted;
use http::{Method, StatusCode};
use job::ImportRows;
use kernel::audit::Changes;
use kernel::endpoint::{Access, Endpoint, Response, empty};
use kernel::problem::Kind;
use kernel::setting::Setting;
use kernel::{Call, Module, Problem, Result};
use log::RowsImported;
use serde_json::json;
use settings::{Plan, Settings};
use std::sync::Arc;
use store::Import;
use sweep::ForgetImports;

const PERMISSION: &str = "rows:import";
/// Most megabytes of one file.
const MEGABYTES: Setting<u64> = Setting::new("explorer.import_megabytes");

/// The routes, the jobs and the limit.
pub(crate) fn declare(module: Module, state: &Arc<State>) -> Module {
    let module = module
        .permission(PERMISSION, "Import files into tables")
        .job::<ImportRows>()
        .job_by_hand::<ForgetImports>()
        .schedule("explorer-imports", "17 * * * *", &ForgetImports {})
        .event::<RowsImported>()
        .setting(MEGABYTES.declare(
            "Largest file to import",
            "In MB. A file is kept in the panel's database until it is imported, two weeks at most",
            json!({"type": "integer", "minimum": 1, "maximum": 100_000}),
            json!(1024),
        ));
    let (up, list, check, run) = (state.clone(), state.clone(), state.clone(), state.clone());
    let needs = || Access::Permission(PERMISSION.to_owned());
    let table = "/explorer/{source}/tables/{schema}/{table}/imports";
    let one = || (view::schema(), view::example());
    let with = |endpoint: Endpoint| {
        let (schema, example) = one();
        endpoint.answer(schema, example)
    };
    let changes =
        |verb: &str, id: &str| Endpoint::new(Method::POST, &format!("/row-imports/{{id}}/{verb}"), id, needs(), |_| async { Ok(empty()) });
    let begins = |id: &'static str, status: &'static str, state: Arc<State>| {
        let verb = id.rsplit('.').next().unwrap_or_default();
        let mut endpoint = changes(verb, id);
        endpoint = Endpoint {
            handler: Arc::new(move |call| {
                let state = state.clone();
                Box::pin(async move { noted(id, call, async |call| begin(&state, call, status).await).await })
            }),
            ..endpoint
        };
        with(endpoint.takes::<Settings>())
    };
    module
        .route(with(
            Endpoint::new(Method::POST, table, "row-imports.create", needs(), move |call: Call| {
                let state = up.clone();
                async move { upload::upload(&state, call).await }
            })
            .streams()
            .status(StatusCode::CREATED)
            .summary(
                "Upload a file for a table: CSV, a JSON object a line, or the first sheet of a workbook (.xlsx). Nothing is imported yet",
            )
            .parameter("name", "query", "What the file is called")
            .parameter("format", "query", "csv, ndjson or xlsx; told by name and type without")
            .parameter("delimiter", "query", "What parts the fields of CSV: , ; | or tab; guessed without")
            .parameter("header", "query", "Whether the first row of CSV names the columns: true or false; guessed without")
            .body(json!({"type": "string"})),
        ))
        .route(
            Endpoint::new(Method::GET, table, "row-imports.list", needs(), move |call: Call| {
                let state = list.clone();
                async move { errand::of_table::<Import>(&state, &call).await }
            })
            .summary("Your last imports of a table")
            .answer(json!({"type": "array", "items": view::schema()}), json!([view::example()])),
        )
        .route(with(
            Endpoint::new(Method::GET, "/row-imports/{id}", "row-imports.get", needs(), |call: Call| async move {
                errand::get::<Import>(&call).await
            })
            .summary("One of your imports, and how far it is"),
        ))
        .route(
            Endpoint::new(Method::GET, "/row-imports/{id}/refused", "row-imports.refused", needs(), refused::refused)
                .answers_as(&["text/csv"])
                .summary("The rows that didn't fit, as CSV with line, column, reason and the row itself; the first 10,000")
                .answer(
                    json!({"type": "string"}),
                    json!("line,column,reason,row\n17,\"track_id\",\"This value is already taken\",\"1,For Those\"\n"),
                ),
        )
        .route(
            begins("row-imports.check", "checking", check).summary("Try an import without leaving a trace: what would come of every row"),
        )
        .route(begins("row-imports.run", "running", run).summary("Import; with {} as it was last tried"))
        .route(with(
            Endpoint::new(Method::POST, "/row-imports/{id}/cancel", "row-imports.cancel", needs(), |call: Call| async move {
                noted("row-imports.cancel", call, cancel).await
            })
            .summary("Stop an import; nothing of it stays"),
        ))
        .route(
            Endpoint::new(Method::DELETE, "/row-imports/{id}", "row-imports.delete", needs(), |call: Call| async move {
                noted("row-imports.delete", call, delete).await
            })
            .summary("Forget a file and its report; rows that were imported stay"),
        )
}

async fn begin(state: &Arc<State>, call: &Call, status: &'static str) -> Result<Response> {
    let caller = errand::may::<Import>(call)?;
    let given = call.json()?;
    let settings: Option<Settings> = if given.as_object().is_some_and(serde_json::Map::is_empty) { None } else { Some(call.input()?) };
    let seen: Import = errand::found(call, caller).await?;
    let settings = settings.or(seen.settings.clone()).unwrap_or_default();
    let source = state.open(&call.app, &seen.source).await?;
    let table = catalogue::fresh(&source, &seen.schema, &seen.table).await?;
    let settings = settings.guessed(&seen.columns, &table);
    drop(Plan::new(table, seen.format, seen.delimiter, &seen.columns, &settings)?);
    let (mut ctx, import): (_, Import) = errand::locked(call, caller).await?;
    idle(&import)?;
    if !import.kept {
        return Err(Problem::new(Kind::Gone, "The file is no longer kept: it was imported. Upload it again to import it once more."));
    }
    errand::not_too_many::<Import>(&ctx).await?;
    let job = ctx.enqueue(ImportRows { id: import.id }).await?;
    store::begin(ctx.db(), import.id, status, &settings, job, &caller.actor, ctx.now()).await?;
    let action = if status == "checking" { "row-imports.check" } else { "row-imports.run" };
    log::asked(&mut ctx, &import, action, &settings).await?;
    errand::ended::<Import>(ctx, import.id, StatusCode::OK).await
}

fn idle(import: &Import) -> Result<()> {
    if import.is_busy() {
        return Err(Problem::conflict("It is being worked on. Wait until that has ended, or cancel it.", None));
    }
    Ok(())
}

async fn cancel(call: &Call) -> Result<Response> {
    let (mut ctx, import): (_, Import) = errand::locked(call, errand::may::<Import>(call)?).await?;
    if !import.is_busy() {
        return Err(Problem::conflict("It has ended already, or hasn't begun.", None));
    }
    store::cancel(ctx.db(), import.id).await?;
    ctx.audit("row-imports.cancel", Some(log::target(&import)), Changes::new(), None).await?;
    errand::ended::<Import>(ctx, import.id, StatusCode::OK).await
}

async fn delete(call: &Call) -> Result<Response> {
    let (mut ctx, import): (_, Import) = errand::locked(call, errand::may::<Import>(call)?).await?;
    idle(&import)?;
    store::delete(ctx.db(), import.id).await?;
    ctx.audit("row-imports.delete", Some(log::target(&import)), Changes::new(), Some(import.name.clone())).await?;
    ctx.commit().await?;
    Ok(empty())
}
