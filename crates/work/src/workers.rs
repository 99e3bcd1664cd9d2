//! Workers as a noun: which processes do the work, and when each was last heard of.

use kernel::Resource;
use kernel::field::{choice, datetime, int, text};
use serde_json::{Value, json};

pub fn resource() -> Resource<Value> {
    Resource::<Value>::new("workers", "kernel.all_workers()")
        .describe("cpu", "Processes that do the work; one that isn't heard of for a minute loses what it holds to the others")
        .group("work/jobs")
        .unversioned()
        .title("name")
        .default_order("name")
        .field(text("name").always().filter().sort().read_only())
        .field(choice("state", &[("alive", "Alive", "green"), ("silent", "Not heard of", "red")]).always().read_only())
        .field(int("running").label("Jobs that it runs").always().sort().read_only())
        .field(datetime("seen_at").label("Last heard of").always().sort().read_only())
        .field(datetime("started_at").label("Since").always().sort().read_only())
        .sample(json!({
            "id": "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e", "name": "node-1", "state": "alive", "running": 3, "seen_at": "2026-11-20T09:30:00Z",
            "started_at": "2026-11-20T08:00:00Z"
        }))
}
