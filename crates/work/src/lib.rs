//! Work: what runs in the background. Rooms declare jobs and schedules with the kernel's words and queue them in the
//! transaction of their cause; this room runs them.
//!
//! Decisions are in `README.md` beside this crate.

mod acks;
mod attempt;
pub mod bell;
mod claim;
mod hands;
mod house;
mod jobs;
mod kinds;
mod lanes;
pub mod schedule;
mod statistics;
mod store;
pub mod worker;
mod workers;

use kernel::{Module, Page, View};
use serde_json::json;

/// The room.
#[must_use]
pub fn module() -> Module {
    schedule::noun::declare(jobs::declare(Module::new("work", "Work", "list-checks")))
        .page(Page {
            name: "work-statistics",
            module: "",
            group: "work/jobs",
            label: "Statistics",
            icon: "chart-column",
            path: "/admin/jobs/statistics",
            permission: "queues:read",
        })
        .resource(lanes::resource())
        .resource(workers::resource())
        .view(View::new("statistics", "queues:read", "What ended lately, how long it had waited and how long it ran", statistics::read).example(json!({
            "since": "2026-11-20T08:30:00Z", "step": 60, "capped": false,
            "steps": [{"at": "2026-11-20T09:29:00Z", "completed": 40, "discarded": 1, "cancelled": 0}],
            "kinds": [{"kind": "mail.deliver", "completed": 40, "discarded": 1, "cancelled": 0, "waited_p50": 0.003, "waited_p95": 0.01, "waited_p99": 0.02,
                "ran_p50": 0.2, "ran_p95": 0.9, "ran_p99": 1.4}],
            "now": {"waiting": 12, "running": 3, "later": 4, "oldest": 0.4}
        })))
        .view(View::new("kinds", "jobs:read", "The kinds of jobs that there are, and which may be begun by hand", kinds::read).example(json!({
            "kinds": [{"kind": "system.upkeep", "description": "Forgets used idempotency keys and delivered events", "max_attempts": 4, "time_limit": 3600,
                "arguments": {"type": "object", "properties": {}, "additionalProperties": false}}]
        })))
}

/// Every fixed statement of the room, for the test that prepares them against the real schema.
#[must_use]
pub fn statements() -> Vec<&'static str> {
    [
        store::STATEMENTS,
        claim::store::STATEMENTS,
        schedule::store::STATEMENTS,
        jobs::store::STATEMENTS,
        lanes::store::STATEMENTS,
        statistics::store::STATEMENTS,
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_declaration_is_whole() {
        if let Err(problem) = kernel::Registry::new(vec![super::module()]) {
            panic!("{:?}", std::error::Error::source(&problem));
        }
    }
}
