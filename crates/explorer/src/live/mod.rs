//! Live grids: who looks at a table is told when its rows change, whoever changes them.
//!
//! One watcher for each source learns of changes (`decoding.rs` from the server's log, `listening.rs` from triggers that
//! somebody had made) and puts what happened to a table into the mailbox of each grid that shows it. The stream of a grid
//! asks the database what of it its viewer sees, and tells them no more than that: how many rows, which keys, by whom. The
//! rows themselves are read again by the ordinary list, where every right is checked in the ordinary way.

mod change;
mod decoding;
mod gathered;
mod line;
mod listening;
mod mailbox;
mod mark;
mod names;
mod seats;
mod seen;
mod stream;
mod trigger;
mod viewer;
mod watch;
mod watcher;

pub use mark::{Needs, Signed};

use crate::state::State;
use http::{HeaderValue, Method, StatusCode, header};
use kernel::body::Body;
use kernel::endpoint::{Access, Endpoint, Response};
use kernel::{Call, Module, Result};
use serde_json::json;
use std::sync::Arc;
use stream::Stream;
use tokio::sync::mpsc;
use viewer::Viewer;

/// What this node follows.
#[derive(Default)]
pub struct Live {
    watchers: Arc<watcher::Watchers>,
    seats: Arc<seats::Seats>,
}

/// The fixed statements of live grids.
#[must_use]
pub fn statements() -> Vec<&'static str> {
    [decoding::STATEMENTS, listening::STATEMENTS, mark::STATEMENTS, names::STATEMENTS, seen::STATEMENTS].concat()
}

/// The routes.
pub(crate) fn routes(module: Module, state: &Arc<State>) -> Module {
    let following = state.clone();
    watch::routes(module, state).route(
        Endpoint::new(
            Method::GET,
            "/explorer/{source}/tables/{schema}/{table}/live",
            "rows.live",
            Access::Permission("rows:read".into()),
            move |call: Call| {
                let state = following.clone();
                async move { follow(&state, call).await }
            },
        )
        .summary("Changes of a table as they happen, as server-sent events: state, change, end")
        .answer(
            json!({"type": "string", "description": "text/event-stream. state: how it is; change: how many rows, their keys and by whom; end: a problem, after which nothing comes"}),
            json!("event: change\ndata: {\"at\":\"2026-11-20T09:00:00Z\",\"changes\":[{\"by\":{\"kind\":\"panel\",\"name\":\"Ada Lovelace\"},\"inserted\":0,\"updated\":1,\"deleted\":0,\"truncated\":false}],\"keys\":[[17]],\"deleted\":[]}\n\n"),
        ),
    )
}

async fn follow(state: &Arc<State>, call: Call) -> Result<Response> {
    crate::tables::admit(&call, "rows:read")?;
    let seat = state.live.seats.take(call.caller()?.actor.id)?;
    let viewer = Viewer::new(state, call)?;
    let now = viewer.now().await?;
    let tree = names::tree(&now.source, &now.target.table).await?;
    let watching = state.live.watchers.join(&viewer.call.app, &now.source, &tree.wanted);
    let (sender, receiver) = mpsc::channel(1);
    let stream = Stream::new(viewer, watching, sender);
    tokio::spawn(async move {
        stream.go().await;
        drop(seat);
    });
    let mut response = Response::new(Body::Stream(receiver));
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // A proxy that collects the answer would show nothing until its end.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}
