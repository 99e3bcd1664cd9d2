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
use crate::state::State;
use crate::tables::noted;
use http::{Method, StatusCode};
use job::ImportRows;
use kernel::audit::Changes;
use kernel::endpoint::{Access, Endpoint, Response, empty, json as answer};
use kernel::problem::Kind;
use kernel::setting::Setting;
use kernel::{Call, Caller, Ctx, Module, Problem, Result};
use log::RowsImported;
use serde_json::json;
use settings::{Plan, Settings};
use std::sync::Arc;
use store::Import;
use sweep::ForgetImports;
use uuid::Uuid;

const PERMISSION: &str = "rows:import";
/// Most megabytes of one file.
const MEGABYTES: Setting<u64> = Setting::new("explorer.import_megabytes");
/// Imports that wait or run at once, so that other work is done beside them.
const AT_ONCE: i64 = 2;
/// Imports of one table that are listed.
const LISTED: i64 = 20;

/// The routes, the jobs and the limit.
pub(crate) fn declare(module: Module, state: &Arc<State>) -> Module {
    let module = module
        .permission(PERMISSION, "Import files into tables")
        .job::<ImportRows>()
        .job::<ForgetImports>()
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
                async move { listed(&state, &call).await }
            })
            .summary("Your last imports of a table")
            .answer(json!({"type": "array", "items": view::schema()}), json!([view::example()])),
        )
        .route(with(
            Endpoint::new(Method::GET, "/row-imports/{id}", "row-imports.get", needs(), |call: Call| async move {
                answer(StatusCode::OK, &view::shown(&found(&call, may(&call)?).await?))
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

/// Who may import, as themselves: what somebody's place is for is looking and single changes.
fn may(call: &Call) -> Result<&Caller> {
    crate::tables::admit(call, PERMISSION)?;
    let caller = call.caller()?;
    if caller.seen_as.is_some() || caller.subject.is_some() {
        return Err(Problem::refused("Nothing is imported in somebody's place. Leave it first."));
    }
    Ok(caller)
}

fn id_of(call: &Call) -> Result<Uuid> {
    Uuid::parse_str(call.param("id")).map_err(|_| Problem::not_found("such import"))
}

/// One of the caller's own; others' are as if they weren't there.
fn own(import: Option<Import>, caller: &Caller) -> Result<Import> {
    let own = import.filter(|import| import.actor.id == caller.actor.id && import.status != "uploading");
    own.ok_or_else(|| Problem::not_found("such import"))
}

async fn found(call: &Call, caller: &Caller) -> Result<Import> {
    let tx = call.app.db.begin(caller, call.app.clock.now()).await?;
    let import = store::find(tx.db(), id_of(call)?).await?;
    tx.rollback().await?;
    own(import, caller)
}

async fn listed(state: &Arc<State>, call: &Call) -> Result<Response> {
    let caller = may(call)?;
    let source = state.open(&call.app, call.param("source")).await?;
    let tx = call.app.db.begin(caller, call.app.clock.now()).await?;
    let imports = store::list(tx.db(), &source.name, call.param("schema"), call.param("table"), caller.actor.id, LISTED).await?;
    tx.rollback().await?;
    answer(StatusCode::OK, &imports.iter().map(view::shown).collect::<Vec<_>>())
}

async fn begin(state: &Arc<State>, call: &Call, status: &'static str) -> Result<Response> {
    let caller = may(call)?;
    let given = call.json()?;
    let settings: Option<Settings> = if given.as_object().is_some_and(serde_json::Map::is_empty) { None } else { Some(call.input()?) };
    let seen = found(call, caller).await?;
    let settings = settings.or(seen.settings.clone()).unwrap_or_default();
    let source = state.open(&call.app, &seen.source).await?;
    let table = catalogue::fresh(&source, &seen.schema, &seen.table).await?;
    let settings = settings.guessed(&seen.columns, &table);
    drop(Plan::new(table, seen.format, seen.delimiter, &seen.columns, &settings)?);
    let mut ctx = Ctx::open(call.app.clone(), caller.clone(), call.request.clone()).await?;
    let import = own(store::lock(ctx.db(), seen.id).await?, caller)?;
    idle(&import)?;
    if !import.kept {
        return Err(Problem::new(Kind::Gone, "The file is no longer kept: it was imported. Upload it again to import it once more."));
    }
    if store::busy(ctx.db()).await? >= AT_ONCE {
        return Err(Problem::new(Kind::Throttled, "Two imports are running already. Begin this one when one of them has ended.")
            .titled("Enough imports at once")
            .retry_after(5));
    }
    let job = ctx.enqueue(ImportRows { id: import.id }).await?;
    store::begin(ctx.db(), import.id, status, &settings, job, &caller.actor, ctx.now()).await?;
    let action = if status == "checking" { "row-imports.check" } else { "row-imports.run" };
    log::asked(&mut ctx, &import, action, &settings).await?;
    ended(ctx, import.id).await
}

fn idle(import: &Import) -> Result<()> {
    if import.is_busy() {
        return Err(Problem::conflict("It is being worked on. Wait until that has ended, or cancel it.", None));
    }
    Ok(())
}

/// Commits, and answers with the import as it is then.
async fn ended(ctx: Ctx, id: Uuid) -> Result<Response> {
    let import = store::find(ctx.db(), id).await?.ok_or_else(|| Problem::not_found("such import"))?;
    ctx.commit().await?;
    answer(StatusCode::OK, &view::shown(&import))
}

async fn cancel(call: &Call) -> Result<Response> {
    let caller = may(call)?;
    let mut ctx = Ctx::open(call.app.clone(), caller.clone(), call.request.clone()).await?;
    let import = own(store::find(ctx.db(), id_of(call)?).await?, caller)?;
    if !import.is_busy() {
        return Err(Problem::conflict("It has ended already, or hasn't begun.", None));
    }
    store::cancel(ctx.db(), import.id).await?;
    ctx.audit("row-imports.cancel", Some(log::target(&import)), Changes::new(), None).await?;
    ended(ctx, import.id).await
}

async fn delete(call: &Call) -> Result<Response> {
    let caller = may(call)?;
    let mut ctx = Ctx::open(call.app.clone(), caller.clone(), call.request.clone()).await?;
    let import = own(store::lock(ctx.db(), id_of(call)?).await?, caller)?;
    idle(&import)?;
    store::delete(ctx.db(), import.id).await?;
    ctx.audit("row-imports.delete", Some(log::target(&import)), Changes::new(), Some(import.name.clone())).await?;
    ctx.commit().await?;
    Ok(empty())
}
