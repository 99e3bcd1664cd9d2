//! Jobs as a noun: those that wait or run and those that ended, in one list. What ended is never rewritten: doing it again
//! makes a new job that names the one before. An organization's admins see its own and may let them run again or stop them.

mod again;
mod begin;
mod end;
pub mod store;

use http::{Method, StatusCode};
use kernel::endpoint::json as answer;
use kernel::field::{bool, choice, datetime, int, json as json_field, reference, text, uuid};
use kernel::{Access, Action, Call, Ctx, Endpoint, Module, Problem, Resource, Response, Result, Risk, Scope};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A job as actions read it.
#[derive(Clone, Debug, Deserialize)]
pub struct Job {
    pub id: Uuid,
    pub kind: String,
    pub state: String,
    /// What is sealed among them is masked, unless it was read by [`store::read`].
    #[serde(rename = "arguments")]
    pub payload: Value,
}

impl Job {
    fn has_ended(&self) -> bool {
        matches!(self.state.as_str(), "completed" | "cancelled" | "discarded")
    }

    /// Waits for a time that lies ahead, or for something else.
    fn is_later(&self) -> bool {
        matches!(self.state.as_str(), "scheduled" | "retryable" | "pending")
    }

    fn runs(&self) -> bool {
        self.state == "running"
    }
}

/// What can be said of a job, with its words and its colour.
pub const STATES: &[(&str, &str, &str)] = &[
    ("available", "Waiting", "blue"),
    ("scheduled", "Scheduled", "gray"),
    ("pending", "Held back", "gray"),
    ("retryable", "Tried again later", "yellow"),
    ("running", "Running", "blue"),
    ("completed", "Done", "green"),
    ("cancelled", "Cancelled", "gray"),
    ("discarded", "Failed", "red"),
];

/// On which machine something runs is the platform's own business.
const WORKER: &str = "case when (select kernel.organization()) is null then t.worker end";
const WAITED: &str = "extract(epoch from t.started_at - t.run_at)::numeric(14, 3)";
const RAN: &str = "extract(epoch from t.finished_at - t.started_at)::numeric(14, 3)";

pub fn declare(module: Module) -> Module {
    module.resource(resource()).route(
        Endpoint::new(Method::GET, "/jobs/{id}/attempts", "jobs.attempts", Access::Permission("jobs:read".into()), attempts)
            .scope(Scope::Organization)
            .summary("Every attempt of a job that is over, and what it said")
            .answer(
                json!({"type": "array", "items": {"type": "object", "properties": {
                    "attempt": {"type": "integer"}, "worker": {"type": ["string", "null"]}, "started_at": {"type": ["string", "null"]}, "ended_at": {"type": "string"},
                    "outcome": {"type": "string"}, "error": {"type": ["string", "null"]},
                    "log": {"type": "array", "items": {"type": "object", "properties": {"at": {"type": "string"}, "line": {"type": "string"}}}}}}}),
                json!([{"attempt": 1, "worker": "node-1", "started_at": "2026-11-20T09:30:00Z", "ended_at": "2026-11-20T09:30:01Z", "outcome": "failed",
                    "error": "The mail server didn't answer", "log": [{"at": "2026-11-20T09:30:00Z", "line": "connecting"}]}]),
            ),
    )
}

fn resource() -> Resource<Job> {
    Resource::<Job>::new("jobs", "kernel.all_jobs()")
        .describe("list-checks", "What the panel does in the background: what waits, what runs, and what became of it")
        .group("work/jobs")
        .scope(Scope::Organization)
        .unversioned()
        .title("kind")
        .default_order("id.desc")
        .field(text("kind").always().filter().read_only())
        .field(choice("state", STATES).always().read_only())
        .field(text("queue").always().filter().read_only())
        .field(datetime("created_at").label("Queued").help("Sorting by this helps a search for arguments along").always().sort().read_only())
        .field(datetime("run_at").label("Due").always().filter().read_only())
        .field(datetime("started_at").label("Started").read_only().detail_only())
        .field(datetime("finished_at").label("Ended").filter().sort().read_only())
        .field(int("attempt").always().read_only())
        .field(int("max_attempts").label("Attempts at most").always().read_only().detail_only())
        .field(text("error").search().read_only())
        .field(int("progress").suffix("%").read_only().detail_only())
        .field(text("message").read_only().detail_only())
        .field(int("priority").help("0 is the most urgent").always().read_only().detail_only())
        .field(reference("organization_id", "organizations").read_only())
        .field(json_field("arguments").always().filter().read_only().detail_only())
        .field(json_field("result").read_only().detail_only())
        .field(kernel::field::numeric("waited").label("Waited").suffix("s").sql(WAITED).detail_only())
        .field(kernel::field::numeric("ran").label("Ran").suffix("s").sql(RAN).detail_only())
        .field(bool("cancel_requested").label("To be stopped").always().read_only().detail_only())
        .field(text("worker").sql(WORKER).filter().detail_only())
        .field(reference("parent_id", "jobs").label("Does again").read_only().detail_only())
        .field(text("schedule").filter().read_only().detail_only())
        .field(datetime("scheduled_for").label("For the slot").read_only().detail_only())
        .field(text("actor_kind").label("Caused by").read_only().detail_only())
        .field(uuid("actor_id").label("Caused by id").filter().read_only().detail_only())
        .field(text("request_id").label("Request").always().filter().read_only().detail_only())
        .field(text("unique_key").filter().read_only().detail_only())
        .action(Action::create(begin::begin).label("Begin").icon("play").platform_only())
        .action(
            Action::new("retry", again::retry)
                .label("Run again")
                .icon("rotate-ccw")
                .when(|job: &Job| !job.runs(), "It runs right now")
                .when(|job: &Job| job.state != "available", "It waits to run already")
                .confirm("What ended is done again as a new job; what waits for later begins at once.")
                .bulk_at_once(again::retry_many),
        )
        .action(
            Action::new("run-with", again::run_with)
                .label("Run again with other arguments")
                .icon("pencil")
                .platform_only()
                .when(|job: &Job| job.payload.get("sealed").is_none(), "Its arguments are sealed: nobody can read or change them"),
        )
        .action(
            Action::new("cancel", end::cancel)
                .icon("ban")
                .when(|job: &Job| !job.has_ended(), "It has ended already")
                .confirm("What waits will not run; what runs is asked to stop.")
                .bulk_at_once(end::cancel_many),
        )
        .action(
            Action::delete(end::delete)
                .label("Forget")
                .platform_only()
                .when(|job: &Job| job.has_ended(), "It hasn't ended: cancel it first")
                .confirm("It is taken out of the history, with its attempts and what they said.")
                .risk(Risk::Danger)
                .bulk_at_once(end::delete_many),
        )
        .sample(json!({
            "id": "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e", "kind": "mail.deliver", "state": "discarded", "queue": "default", "created_at": "2026-11-20T09:30:00Z",
            "run_at": "2026-11-20T09:30:00Z", "started_at": "2026-11-20T09:30:00Z", "finished_at": "2026-11-20T09:30:01Z", "attempt": 4, "max_attempts": 4,
            "error": "The mail server didn't answer", "progress": null, "message": null, "priority": 5, "organization_id": null,
            "arguments": {"letter": "staff-invitation", "sealed": "sealed"}, "result": null, "waited": "0.004", "ran": "1.204", "cancel_requested": false,
            "worker": "node-1", "parent_id": null, "schedule": null, "scheduled_for": null, "actor_kind": "staff", "actor_id": "0190b6c8-0000-7000-8000-000000000001",
            "request_id": "4bf92f3577b34da6a3ce929d0e0e4736", "unique_key": null
        }))
}

async fn attempts(call: Call) -> Result<Response> {
    let caller = call.caller()?;
    caller.require("jobs:read")?;
    let missing = || Problem::not_found(format!("jobs/{}", call.param("id")));
    let id = Uuid::parse_str(call.param("id")).map_err(|_| missing())?;
    let ctx = Ctx::open(call.app.clone(), caller.clone(), call.request.clone()).await?;
    let found = store::attempts(ctx.db(), id).await;
    ctx.rollback().await?;
    answer(StatusCode::OK, &found?.ok_or_else(missing)?)
}

/// What a bulk action did, and what it left out.
#[derive(Serialize)]
struct Report {
    changed: u64,
    skipped: Vec<Skipped>,
}

#[derive(Serialize)]
struct Skipped {
    reason: String,
    count: u64,
}

/// Counts why jobs are left out.
#[derive(Default)]
struct Tally(BTreeMap<String, u64>);

impl Tally {
    fn skip(&mut self, reason: impl Into<String>, count: u64) {
        if count > 0 {
            *self.0.entry(reason.into()).or_default() += count;
        }
    }

    fn report(self, changed: u64) -> Report {
        Report { changed, skipped: self.0.into_iter().map(|(reason, count)| Skipped { reason, count }).collect() }
    }
}
