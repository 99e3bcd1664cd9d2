//! Batches: every row that a filter finds is changed or deleted, after a look at what would come of it. The work is a job that
//! goes on without whoever asked for it, can be paused and cancelled, and taken back as one. Whoever began a batch is the
//! only one who sees it. Emits `rows.batched`.

mod asked;
mod atomic;
mod begin;
mod chunked;
mod job;
mod log;
mod pieces;
mod plan;
mod preview;
mod steer;
pub mod store;
mod sweep;
mod undo;
mod view;
mod work;

use crate::errand;
use crate::state::State;
use crate::tables::noted;
use atomic::MEGABYTES;
use http::{Method, StatusCode};
use job::ChangeRows;
use kernel::endpoint::{Access, Endpoint};
use kernel::{Call, Module};
use log::RowsBatched;
use serde_json::json;
use std::sync::Arc;
use store::Batch;
use sweep::ForgetBatches;

const PERMISSION: &str = "rows:batch";
/// Largest body: as many keys as can be left out.
const BODY: usize = 4 << 20;

/// The routes, the jobs and the limit.
pub(crate) fn declare(module: Module, state: &Arc<State>) -> Module {
    let module = module
        .permission(PERMISSION, "Change or delete every row that a filter finds")
        .job::<ChangeRows>()
        .job_by_hand::<ForgetBatches>()
        .schedule("explorer-batches", "37 4 * * *", &ForgetBatches {})
        .event::<RowsBatched>()
        .setting(MEGABYTES.declare(
            "Keep for undoing of one batch",
            "In MB. What rows were before a batch is kept in the panel's database, as long as other overwritten values; a batch with more of it can't be undone",
            json!({"type": "integer", "minimum": 0, "maximum": 100_000}),
            json!(256),
        ));
    let table = "/explorer/{source}/tables/{schema}/{table}/batches";
    let (looking, beginning, listing, undoing, resuming) = (state.clone(), state.clone(), state.clone(), state.clone(), state.clone());
    let one = |endpoint: Endpoint| endpoint.answer(view::schema(), view::example());
    module
        .route(
            Endpoint::new(Method::POST, &format!("{table}/preview"), "row-batches.preview", needs(), move |call: Call| {
                let state = looking.clone();
                async move { begin::preview(&state, &call).await }
            })
            .summary("What a batch would do: how many rows, some of them before and after, what references them. A few rows are changed and taken back")
            .body_limit(BODY)
            .body(asked::schema())
            .answer(preview::schema(), preview::example()),
        )
        .route(one(
            Endpoint::new(Method::POST, table, "row-batches.create", needs(), move |call: Call| {
                let state = beginning.clone();
                async move { noted("row-batches.create", call, async |call| begin::create(&state, call).await).await }
            })
            .summary("Change or delete every row that a filter finds, as a job. With another number of rows than expected nothing is changed")
            .status(StatusCode::CREATED)
            .body_limit(BODY)
            .body(asked::schema()),
        ))
        .route(
            Endpoint::new(Method::GET, table, "row-batches.list", needs(), move |call: Call| {
                let state = listing.clone();
                async move { errand::of_table::<Batch>(&state, &call).await }
            })
            .summary("Your last batches of a table")
            .answer(json!({"type": "array", "items": view::schema()}), json!([view::example()])),
        )
        .route(one(
            Endpoint::new(Method::GET, "/row-batches/{id}", "row-batches.get", needs(), |call: Call| async move {
                errand::get::<Batch>(&call).await
            })
            .summary("One of your batches, and how far it is"),
        ))
        .route(one(
            Endpoint::new(Method::POST, "/row-batches/{id}/pause", "row-batches.pause", needs(), |call: Call| async move {
                noted("row-batches.pause", call, steer::pause).await
            })
            .summary("Let a batch wait: in pieces, what is done stays; in one transaction, what was done so far is given up and begun anew later"),
        ))
        .route(one(
            Endpoint::new(Method::POST, "/row-batches/{id}/resume", "row-batches.resume", needs(), move |call: Call| {
                let state = resuming.clone();
                async move { noted("row-batches.resume", call, async |call| steer::resume(&state, call).await).await }
            })
            .summary("Let a batch go on that waits, or one in pieces that broke off"),
        ))
        .route(one(
            Endpoint::new(Method::POST, "/row-batches/{id}/cancel", "row-batches.cancel", needs(), |call: Call| async move {
                noted("row-batches.cancel", call, steer::cancel).await
            })
            .summary("Stop a batch: in pieces, what is done stays; in one transaction, nothing stays"),
        ))
        .route(one(
            Endpoint::new(Method::POST, "/row-batches/{id}/undo", "row-batches.undo", needs(), move |call: Call| {
                let state = undoing.clone();
                async move { noted("row-batches.undo", call, async |call| steer::undo(&state, call).await).await }
            })
            .summary("Make the rows of a batch again what they were, as a batch of its own. With rows that were changed since nothing is undone, unless they are left")
            .status(StatusCode::CREATED)
            .takes::<steer::Undo>(),
        ))
}

fn needs() -> Access {
    Access::Permission(PERMISSION.to_owned())
}
