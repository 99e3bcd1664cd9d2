//! The kinds of jobs that the rooms declare, and which of them people may begin by hand.

use kernel::{Ctx, Result};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

#[derive(Serialize, JsonSchema)]
pub struct Kinds {
    kinds: Vec<Kind>,
}

#[derive(Serialize, JsonSchema)]
struct Kind {
    kind: &'static str,
    description: &'static str,
    max_attempts: i16,
    /// How long a run may take, in seconds
    time_limit: u64,
    /// JSON Schema of the arguments, where people may begin it by hand
    arguments: Option<Value>,
}

pub async fn read(ctx: &mut Ctx, (): ()) -> Result<Kinds> {
    let registry = &ctx.app().registry;
    let kinds = registry.jobs().iter().map(|job| Kind {
        kind: job.kind,
        description: job.description,
        max_attempts: job.max_attempts,
        time_limit: job.time_limit.as_secs(),
        arguments: registry.form(job.kind).and_then(|form| form.schema.clone()),
    });
    Ok(Kinds { kinds: kinds.collect() })
}
