//! The file of an export, piece by piece at the pace of the reader. Each download is in the audit log, before a byte
//! leaves and when it has ended.

use super::super::disposition;
use super::super::log::Log;
use super::super::pump::{Stop, give};
use super::pieces::{self, PIECE};
use super::range::{self, Wanted};
use super::store::{self, Export};
use super::{log, view};
use crate::{errand, masking};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use kernel::body::{Body, StreamError};
use kernel::endpoint::{Response, json, set_header};
use kernel::problem::Kind;
use kernel::{App, Call, Caller, Problem, Result, runner};
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::mpsc::{self, Sender};

const ACTION: &str = "row-exports.file";

pub async fn file(call: &Call) -> Result<Response> {
    let export = there(call).await?;
    let (size, tag) = (export.bytes.unsigned_abs(), tag(&export));
    // A part of another file is of no use.
    let is_same = call.header("if-range").is_none_or(|known| known == tag);
    let (status, from, to) = match range::of(call.header("range").filter(|_| is_same), size) {
        Wanted::All => (StatusCode::OK, 0, size),
        Wanted::Part(from, to) => (StatusCode::PARTIAL_CONTENT, from, to),
        Wanted::Nothing => return beyond(call, size),
    };
    let mut response = Response::new(send(call, &export, from, to).await?);
    *response.status_mut() = status;
    describe(&mut response, &export, to - from);
    if status == StatusCode::PARTIAL_CONTENT {
        set_header(&mut response, "content-range", &format!("bytes {from}-{}/{size}", to - 1));
    }
    Ok(response)
}

/// What a download would begin with. No byte leaves, so it is none.
pub async fn head(call: &Call) -> Result<Response> {
    let export = there(call).await?;
    let mut response = Response::default();
    describe(&mut response, &export, export.bytes.unsigned_abs());
    Ok(response)
}

/// One that has a file, which the caller may have.
async fn there(call: &Call) -> Result<Export> {
    let caller = errand::may::<Export>(call)?;
    let export: Export = errand::found(call, caller).await?;
    ready(call, &export)?;
    open(call, caller, &export).await?;
    Ok(export)
}

fn tag(export: &Export) -> String {
    format!("\"{}\"", export.id)
}

fn describe(response: &mut Response, export: &Export, length: u64) {
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(export.format.media_type()));
    set_header(response, "content-disposition", &disposition(&export.table, export.format));
    set_header(response, "etag", &tag(export));
    set_header(response, "accept-ranges", "bytes");
    set_header(response, "content-length", &length.to_string());
}

/// # Errors
/// 409 while it is being made or when it was not, 410 when its time is over.
fn ready(call: &Call, export: &Export) -> Result<()> {
    let not_yet = |why: &str| Err(Problem::new(Kind::Conflict, why).titled("There is no file"));
    match export.status.as_str() {
        "running" => not_yet("It is still being made."),
        "done" if view::is_there(export, call.app.clock.now()) => Ok(()),
        "done" => Err(Problem::new(Kind::Gone, "The file is no longer kept. Export again to have it anew.")),
        _ => not_yet("It did not come to its end. Export again."),
    }
}

/// Sensitive columns leave for nobody who may not see them by now, though they could when it was made.
async fn open(call: &Call, caller: &Caller, export: &Export) -> Result<()> {
    let refused = if export.revealed {
        caller.require(masking::PERMISSION)
    } else {
        let tx = call.app.db.begin(caller, call.app.clock.now()).await?;
        let marked = store::marked(tx.db(), &export.source, export.started_at.unwrap_or(export.created_at)).await?;
        tx.rollback().await?;
        if marked {
            let source = &export.source;
            Err(Problem::refused(format!("A column of {source} was marked as sensitive since this file was made. Export again.")))
        } else {
            Ok(())
        }
    };
    if let Err(problem) = &refused {
        runner::note_refusal(&call.app, caller, &call.request, ACTION, Some(log::target(export)), problem).await;
    }
    refused
}

/// A range that begins where the file has nothing (RFC 9110, 15.5.17).
fn beyond(call: &Call, size: u64) -> Result<Response> {
    const STATUS: StatusCode = StatusCode::RANGE_NOT_SATISFIABLE;
    let problem = Problem::malformed(format!("The file has {size} bytes, and the range begins after them")).titled("Nothing is there");
    let mut body = problem.body(&call.request.id);
    if let Some(status) = body.get_mut("status") {
        *status = Value::from(STATUS.as_u16());
    }
    let mut response = json(STATUS, &body)?;
    set_header(&mut response, "content-type", "application/problem+json");
    set_header(&mut response, "content-range", &format!("bytes */{size}"));
    Ok(response)
}

async fn send(call: &Call, export: &Export, from: u64, to: u64) -> Result<Body> {
    let revealed = if export.revealed { ", with sensitive columns" } else { "" };
    let what = format!("bytes {from} to {to} of {}{revealed}", export.bytes);
    let log = Log::start(call, ACTION, log::target(export), export.format, &what).await?;
    let (sender, receiver) = mpsc::channel(1);
    let (app, export) = (call.app.clone(), export.clone());
    tokio::spawn(async move {
        let mut at = from;
        let why = pump(&app, &export, &mut at, to, &sender).await.err().map(Stop::why);
        let is_whole = why.is_none();
        log.end(&format!("{} bytes sent", at - from), why).await;
        if !is_whole {
            // Without it the reader would take what there is for the whole.
            drop(sender.send(Err(StreamError)).await);
        }
    });
    Ok(Body::Stream(receiver))
}

/// `at`: the next byte that is sent.
async fn pump(app: &Arc<App>, export: &Export, at: &mut u64, to: u64, sender: &Sender<Result<Bytes, StreamError>>) -> Result<(), Stop> {
    let piece = PIECE as u64;
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    while *at < to {
        let number = i32::try_from(*at / piece).map_err(|error| Stop::Database(Problem::internal(error)))?;
        let read = pieces::read(app, export, number).await.map_err(Stop::Database)?;
        let first = *at - *at % piece;
        let part = read.and_then(|read| pieces::between(&read, place(*at - first), place(to - first)));
        let part = part.ok_or(Stop::Reader("the file is no longer kept"))?;
        let sent = part.len() as u64;
        give(sender, part).await?;
        *at += sent;
    }
    Ok(())
}
