//! Queues and kinds as a noun: what waits and runs in each, and what operators said of it: paused, how many may run at
//! once, how many may begin in a time. A room declares the rest.

use kernel::field::{bool, choice, datetime, int, text};
use kernel::{Action, Ctx, Problem, Resource, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// A queue or a kind as actions read it.
#[derive(Clone, Debug, Deserialize)]
pub struct Lane {
    pub scope: String,
    pub name: String,
    pub paused: bool,
}

pub fn resource() -> Resource<Lane> {
    Resource::<Lane>::new("queues", "kernel.job_lanes()")
        .called("Queues and kinds", "Queue or kind")
        .describe("layers", "What waits and runs in each queue and of each kind, and how much of it may run at once")
        .group("work/jobs")
        .unversioned()
        .title("name")
        .default_order("scope.desc,name")
        .field(text("name").always().filter().sort().read_only())
        .field(choice("scope", &[("queue", "Queue", "blue"), ("kind", "Kind", "gray")]).label("Is a").always().sort().read_only())
        .field(bool("paused").label("Paused").always().filter().read_only())
        .field(int("waiting").label("Waiting").always().sort().read_only())
        .field(int("running").label("Running").always().sort().read_only())
        .field(int("later").label("Later").help("Scheduled, or to be tried again").always().sort().read_only())
        .field(datetime("oldest_at").label("Longest waiting since").sort().read_only())
        .field(int("running_most").label("May run at once").help("Empty: as its room says").read_only())
        .field(int("running_each").label("Of one organization").help("Empty: as its room says").read_only().detail_only())
        .field(int("starts").label("May begin").help("In the time beside it; empty: as its room says").read_only().detail_only())
        .field(int("starts_seconds").label("In").suffix("s").read_only().detail_only())
        .field(datetime("changed_at").label("Changed").read_only().detail_only())
        .action(
            Action::new("pause", pause)
                .icon("pause")
                .when(|lane: &Lane| !lane.paused, "It is paused already")
                .confirm("Nothing of it begins until it is resumed. What runs goes on to its end."),
        )
        .action(Action::new("resume", resume).icon("play").when(|lane: &Lane| lane.paused, "It isn't paused"))
        .action(Action::new("limit", limit).label("Limit").icon("gauge"))
        .sample(json!({
            "id": "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e", "name": "default", "scope": "queue", "paused": false, "waiting": 12, "running": 3, "later": 4,
            "oldest_at": "2026-11-20T09:30:00Z", "running_most": 8, "running_each": 2, "starts": 100, "starts_seconds": 60, "changed_at": "2026-11-20T09:30:00Z"
        }))
}

async fn pause(ctx: &mut Ctx, lane: Lane, (): ()) -> Result<Value> {
    store::pause(ctx.db(), &lane, true, ctx.now()).await?;
    Ok(Value::Null)
}

async fn resume(ctx: &mut Ctx, lane: Lane, (): ()) -> Result<Value> {
    store::pause(ctx.db(), &lane, false, ctx.now()).await?;
    Ok(Value::Null)
}

/// All of them at once: what isn't given is as the room says.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// How many may run at once, over all workers; as its room says without
    #[serde(default)]
    #[schemars(range(min = 1, max = 100_000))]
    running_most: Option<i32>,
    /// How many of one organization; as its room says without
    #[serde(default)]
    #[schemars(range(min = 1, max = 100_000))]
    running_each: Option<i32>,
    /// How many may begin in the time below; as its room says without
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_000_000))]
    starts: Option<i32>,
    /// In seconds
    #[serde(default)]
    #[schemars(range(min = 1, max = 86_400))]
    starts_seconds: Option<i32>,
}

async fn limit(ctx: &mut Ctx, lane: Lane, input: Limit) -> Result<Value> {
    if input.starts.is_some() != input.starts_seconds.is_some() {
        let missing = if input.starts.is_some() { "starts_seconds" } else { "starts" };
        return Err(Problem::field(missing, "required", "How many and in what time belong together: give both or neither"));
    }
    store::limit(ctx.db(), &lane, &input, ctx.now()).await?;
    Ok(Value::Null)
}

pub mod store {
    //! Statements about what operators said of queues and kinds.

    use super::{Lane, Limit};
    use chrono::{DateTime, Utc};
    use kernel::{Client, Result};

    const PAUSE: &str = "insert into kernel.job_limits (scope, name, paused, changed_at) values ($1, $2, $3, $4) \
         on conflict (scope, name) do update set paused = excluded.paused, changed_at = excluded.changed_at";
    const LIMIT: &str = "insert into kernel.job_limits (scope, name, running, running_each, starts, starts_seconds, changed_at) values ($1, $2, $3, $4, $5, $6, $7) \
         on conflict (scope, name) do update set running = excluded.running, running_each = excluded.running_each, starts = excluded.starts, \
           starts_seconds = excluded.starts_seconds, next_start = null, changed_at = excluded.changed_at";

    pub const STATEMENTS: &[&str] = &[PAUSE, LIMIT];

    pub(super) async fn pause(db: &Client, lane: &Lane, paused: bool, now: DateTime<Utc>) -> Result<()> {
        db.execute(PAUSE, &[&lane.scope, &lane.name, &paused, &now]).await?;
        Ok(())
    }

    pub(super) async fn limit(db: &Client, lane: &Lane, limit: &Limit, now: DateTime<Utc>) -> Result<()> {
        let Limit { running_most, running_each, starts, starts_seconds } = limit;
        db.execute(LIMIT, &[&lane.scope, &lane.name, running_most, running_each, starts, starts_seconds, &now]).await?;
        Ok(())
    }
}
