//! The SQL console: a text of statements, run with the explorer's own login, its results streamed as they come.
//!
//! Each run has a connection of its own, which is closed after it: a statement can leave anything behind. Nothing here
//! is kept safe by reading SQL: what may be done is PostgreSQL's to say, by the login, by the transaction, which is
//! read-only unless somebody with `sql:write` asks for another, and by its word after each statement that the run is
//! still in it.

mod ask;
mod export;
mod frame;
mod history;
pub(crate) mod lexer;
mod log;
mod out;
mod rules;
mod run;
mod running;
mod saved;
mod session;
mod split;
mod store;

pub use running::Running;

use crate::masking;
use crate::source::open::{Open, Place};
use crate::state::State;
use ask::{Mode, Plan, Read, Write};
use http::{HeaderValue, Method, StatusCode, header};
use kernel::body::Body;
use kernel::endpoint::{Access, Endpoint, Response};
use kernel::problem::Kind;
use kernel::{Call, Module, Problem, Result};
use log::Log;
use out::Out;
use run::Run;
use serde_json::json;
use session::Session;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc;

const READ: &str = "sql:read";
const WRITE: &str = "sql:write";
const BODY: usize = 4 << 20;
/// Parts of the answer that wait for the reader.
const WAITING: usize = 4;
pub const FRAMES: &str = "application/x-ndjson";

/// The fixed statements of the console.
#[must_use]
pub fn statements() -> Vec<&'static str> {
    [session::STATEMENTS, running::STATEMENTS, store::STATEMENTS, saved::store::STATEMENTS].concat()
}

/// The routes and what belongs to them.
pub(crate) fn routes(module: Module, state: &Arc<State>) -> Module {
    let (reading, writing) = (state.clone(), state.clone());
    let frames = json!({"type": "string", "description": "JSON objects, a line each: run, then for each statement statement, columns, rows, notice, done or error, then end"});
    let example = json!(
        "{\"frame\":\"columns\",\"index\":0,\"columns\":[{\"name\":\"n\",\"type\":\"integer\"}]}\n{\"frame\":\"rows\",\"index\":0,\"rows\":[[\"1\"]]}\n"
    );
    let module = module
        .permission(READ, "Run SQL that changes nothing")
        .permission(WRITE, "Run SQL that changes something")
        .resource(saved::resource())
        .event::<saved::SavedQueryCreated>()
        .event::<saved::SavedQueryUpdated>()
        .event::<saved::SavedQueryDeleted>()
        .resource(history::resource())
        .setting(history::setting())
        .job_by_hand::<history::Sweep>()
        .schedule("explorer.sweep", "17 3 * * *", &history::Sweep {})
        .route(
            Endpoint::new(Method::POST, "/explorer/{source}/sql/read", "sql.read", Access::Permission(READ.into()), move |call: Call| {
                let state = reading.clone();
                async move {
                    crate::tables::admit(&call, READ)?;
                    begin(&state, &call, Plan::read(call.input()?)?, "sql.read").await
                }
            })
            .summary("Run SQL in a read-only transaction; the answer is sent as it comes")
            .takes::<Read>()
            .parameter(masking::HEADER, "header", masking::DESCRIPTION)
            .body_limit(BODY)
            .answers_as(&[FRAMES])
            .answer(frames.clone(), example.clone()),
        )
        .route(
            Endpoint::new(
                Method::POST,
                "/explorer/{source}/sql/write",
                "sql.write",
                Access::Permission(WRITE.into()),
                move |call: Call| {
                    let state = writing.clone();
                    async move {
                        crate::tables::admit(&call, WRITE)?;
                        begin(&state, &call, Plan::write(call.input()?)?, "sql.write").await
                    }
                },
            )
            .summary("Run SQL that may change something, in one transaction or each statement by itself")
            .takes::<Write>()
            .parameter(masking::HEADER, "header", masking::DESCRIPTION)
            .body_limit(BODY)
            .answers_as(&[FRAMES])
            .answer(frames, example),
        );
    export::route(running::route(module, state), state)
}

async fn begin(state: &Arc<State>, call: &Call, plan: Plan, action: &'static str) -> Result<Response> {
    let Ready { session, log, ticket, place } = prepare(state, call, &plan, action).await?;
    let (sender, receiver) = mpsc::channel(WAITING);
    let run = Run::new(plan, log, Out::new(sender));
    tokio::spawn(async move {
        run.go(session).await;
        drop((ticket, place));
    });
    Ok(answer(Body::Stream(receiver), FRAMES))
}

fn answer(body: Body, media_type: &'static str) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    // A proxy that collects the answer would show nothing until its end.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// A run that may begin.
struct Ready {
    session: Session,
    log: Log,
    /// By which it can be cancelled.
    ticket: running::Ticket,
    place: OwnedSemaphorePermit,
}

async fn prepare(state: &Arc<State>, call: &Call, plan: &Plan, action: &'static str) -> Result<Ready> {
    let source = state.for_caller(call).await?;
    let caller = call.caller()?;
    in_place(&source, plan, caller.seen_as.as_ref().is_some_and(|seen| seen.read_only))?;
    masking::anything(call, &source, "SQL").await?;
    let place = source.runs.clone().try_acquire_owned().map_err(|_| busy(&source.name))?;
    let log = Log::start(call, &source, plan, action).await?;
    let ticket = state.running.add(&call.app.keys, log.id, caller);
    match Session::begin(&source, plan, caller.seen_as.clone(), &ticket).await {
        Ok(session) => Ok(Ready { session, log, ticket, place }),
        Err(problem) => {
            log.end(log::Ended { outcome: "failed", done: 0, rows: 0, milliseconds: 0, error: Some(problem.detail().to_owned()) }).await;
            Err(problem)
        }
    }
}

/// What isn't done in somebody's place.
fn in_place(source: &Open, plan: &Plan, looks_only: bool) -> Result<()> {
    if source.role.is_none() {
        return Ok(());
    }
    if source.place == Place::Remote {
        // There the login is that of the source: a block of code could take its rights back for a moment and leave no trace.
        return Err(Problem::refused(format!(
            "SQL in somebody's place is run on the panel's own server only, where a login can take that one role and no other. \
             The login of {} can do more, and SQL could make use of that. Its tables can be seen.",
            source.name
        )));
    }
    if plan.mode != Mode::Read && looks_only {
        return Err(Problem::refused("You only look in this place: run it read-only, or begin again with changes allowed"));
    }
    if plan.mode == Mode::Autocommit {
        return Err(Problem::field(
            "mode",
            "place",
            "In somebody's place all statements run in one transaction, which keeps role and claims",
        ));
    }
    Ok(())
}

fn busy(source: &str) -> Problem {
    Problem::new(Kind::Throttled, format!("Five runs on {source} are going on already. Begin this one when one of them has ended."))
        .titled("Enough runs at once")
        .retry_after(5)
}
