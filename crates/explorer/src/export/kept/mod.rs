//! Exports that nobody has to wait for: a job makes the file, of one state of the table, and it is kept in the panel's
//! database for a while, sealed. Whoever asked for it is the only one who sees it and can take it. Emits `rows.exported`.

mod begin;
mod download;
mod job;
mod log;
mod pieces;
mod range;
pub mod store;
mod sweep;
mod view;

use super::PERMISSION;
use crate::errand;
use crate::masking;
use crate::state::State;
use crate::tables::noted;
use http::{Method, StatusCode};
use job::ExportRows;
use kernel::audit::Changes;
use kernel::endpoint::{Access, Endpoint, Response, empty};
use kernel::setting::Setting;
use kernel::{Call, Module, Problem, Result};
use log::RowsExported;
use serde_json::json;
use std::sync::Arc;
use store::Export;
use sweep::ForgetExports;

/// Most megabytes of one file.
const MEGABYTES: Setting<u64> = Setting::new("explorer.export_megabytes");
/// How long a file is kept.
const HOURS: Setting<i64> = Setting::new("explorer.export_hours");

/// The routes, the jobs and the limits.
pub fn declare(module: Module, state: &Arc<State>) -> Module {
    let module = module
        .job::<ExportRows>()
        .job_by_hand::<ForgetExports>()
        .schedule("explorer-exports", "47 * * * *", &ForgetExports {})
        .event::<RowsExported>()
        .setting(MEGABYTES.declare(
            "Largest export to keep",
            "In MB. Files that are made in the background are kept in the panel's database; of each person ten at most",
            json!({"type": "integer", "minimum": 1, "maximum": 100_000}),
            json!(1024),
        ))
        .setting(HOURS.declare(
            "Keep exports for (hours)",
            "Files that were made in the background; whoever asked for one can take it for so long",
            json!({"type": "integer", "minimum": 1, "maximum": 720}),
            json!(24),
        ));
    let table = "/explorer/{source}/tables/{schema}/{table}/exports";
    let (beginning, listing) = (state.clone(), state.clone());
    let one = |endpoint: Endpoint| endpoint.answer(view::schema(), view::example());
    let many = |endpoint: Endpoint| endpoint.answer(json!({"type": "array", "items": view::schema()}), json!([view::example()]));
    module
        .route(one(Endpoint::new(Method::POST, table, "row-exports.create", needs(), move |call: Call| {
            let state = beginning.clone();
            async move { noted("row-exports.create", call, async |call| begin::create(&state, call).await).await }
        })
        .summary("Make a file of every row that a filter matches, as a job; it is kept for a while, for you alone")
        .parameter(masking::HEADER, "header", masking::DESCRIPTION)
        .status(StatusCode::CREATED)
        .takes::<begin::Asked>()))
        .route(many(
            Endpoint::new(Method::GET, table, "row-exports.list", needs(), move |call: Call| {
                let state = listing.clone();
                async move { errand::of_table::<Export>(&state, &call).await }
            })
            .summary("Your last exports of a table"),
        ))
        .route(many(
            Endpoint::new(Method::GET, "/row-exports", "row-exports.all", needs(), |call: Call| async move {
                errand::list::<Export>(&call, None).await
            })
            .summary("Your last exports of all tables"),
        ))
        .route(one(Endpoint::new(Method::GET, "/row-exports/{id}", "row-exports.get", needs(), |call: Call| async move {
            errand::get::<Export>(&call).await
        })
        .summary("One of your exports, and how far it is")))
        .route(
            Endpoint::new(Method::GET, "/row-exports/{id}/file", "row-exports.file", needs(), |call: Call| async move {
                download::file(&call).await
            })
            .summary("The file of one of your exports. What was made with sensitive columns takes rows:reveal here, too")
            .parameter("range", "header", "bytes=N-M: a part of it, to go on where a download broke off (206)")
            .parameter("if-range", "header", "The ETag of what came before; with another one all of it is sent")
            .answers_as(&[
                "text/csv",
                "application/x-ndjson",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "application/vnd.apache.parquet",
            ])
            .answer(json!({"type": "string"}), json!("track_id,name\n1,For Those About To Rock\n")),
        )
        .route(
            Endpoint::new(Method::HEAD, "/row-exports/{id}/file", "row-exports.file-head", needs(), |call: Call| async move {
                download::head(&call).await
            })
            .summary("How large the file of one of your exports is, without taking it"),
        )
        .route(one(Endpoint::new(Method::POST, "/row-exports/{id}/cancel", "row-exports.cancel", needs(), |call: Call| async move {
            noted("row-exports.cancel", call, cancel).await
        })
        .summary("Stop making a file; nothing of it is kept")))
        .route(
            Endpoint::new(Method::DELETE, "/row-exports/{id}", "row-exports.delete", needs(), |call: Call| async move {
                noted("row-exports.delete", call, delete).await
            })
            .summary("Forget an export and its file"),
        )
}

fn needs() -> Access {
    Access::Permission(PERMISSION.to_owned())
}

async fn cancel(call: &Call) -> Result<Response> {
    let (mut ctx, export): (_, Export) = errand::locked(call, errand::may::<Export>(call)?).await?;
    if export.status != "running" {
        return Err(Problem::conflict("It has ended already.", None));
    }
    // Whoever works on it finds that it isn't theirs any more.
    store::end(ctx.db(), export.id, "cancelled", None, ctx.now()).await?;
    let detail = format!("{}: after {} rows", export.format.name(), export.rows);
    ctx.audit("row-exports.cancel", Some(log::target(&export)), Changes::new(), Some(detail)).await?;
    errand::ended::<Export>(ctx, export.id, StatusCode::OK).await
}

async fn delete(call: &Call) -> Result<Response> {
    let (mut ctx, export): (_, Export) = errand::locked(call, errand::may::<Export>(call)?).await?;
    if export.status == "running" {
        return Err(Problem::conflict("It is being made. Cancel it first.", None));
    }
    store::delete(ctx.db(), export.id).await?;
    let detail = format!("{}: {} rows", export.format.name(), export.rows);
    ctx.audit("row-exports.delete", Some(log::target(&export)), Changes::new(), Some(detail)).await?;
    ctx.commit().await?;
    Ok(empty())
}
