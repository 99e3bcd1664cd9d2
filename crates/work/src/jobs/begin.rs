//! Beginning a job by hand, of a kind that says that people may.

use super::store::{self, Begun};
use chrono::{DateTime, Utc};
use kernel::{Ctx, Problem, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Begin {
    /// One that people may begin by hand
    #[schemars(length(min = 1, max = 100))]
    kind: String,
    /// In the form that the kind takes; none without
    #[serde(default)]
    #[schemars(extend("type" = "object"))]
    arguments: Option<Value>,
    /// At once without
    #[serde(default)]
    run_at: Option<DateTime<Utc>>,
    /// 0 is the most urgent; 5 without
    #[serde(default)]
    #[schemars(range(min = 0, max = 9))]
    priority: Option<i16>,
}

#[derive(Serialize)]
pub struct Id {
    id: Uuid,
}

pub(super) async fn begin(ctx: &mut Ctx, input: Begin) -> Result<Id> {
    ctx.queued = true;
    let registry = &ctx.app().registry;
    let def = registry.jobs().iter().find(|job| job.kind == input.kind);
    let (Some(def), Some(form)) = (def, registry.form(&input.kind)) else {
        return Err(Problem::field("kind", "unknown", format!("There is no kind {}", input.kind)));
    };
    let Some(schema) = &form.schema else {
        return Err(Problem::field("kind", "not_by_hand", format!("{} is begun by what needs it, not by hand", input.kind)));
    };
    let arguments = input.arguments.unwrap_or_else(|| json!({}));
    kernel::input::check(schema, &arguments)?;
    if let Some(why) = form.refusal(&arguments) {
        return Err(Problem::field("arguments", "form", format!("{} can't read these: {why}", input.kind)));
    }
    let id = ctx.id();
    let begun = Begun {
        id,
        organization: None,
        kind: def.kind,
        arguments: &arguments,
        run_at: input.run_at.unwrap_or_else(|| ctx.now()),
        max_attempts: def.max_attempts,
        priority: input.priority.unwrap_or(5),
    };
    store::begin(ctx, &begun).await?;
    Ok(Id { id })
}
