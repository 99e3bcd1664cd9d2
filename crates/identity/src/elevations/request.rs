//! Asking for an elevation.

use super::{APPROVALS, ElevationRequested, acts, fits, in_person, store, told};
use crate::memberships::Level;
use crate::role::OWNER;
use chrono::Duration;
use kernel::actor::Scope as Acting;
use kernel::{Ctx, Problem, Result, Scope};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long a request waits for an answer.
pub(super) const ANSWER_WITHIN: Duration = Duration::hours(24);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// What you need to be for a while
    #[schemars(extend("x-references" = "roles"))]
    role_id: Uuid,
    /// What you need it for; who approves it reads this
    #[schemars(length(min = 1, max = 500), extend("format" = "long-text"))]
    reason: String,
    /// How long, from the moment it is granted; at most a day
    #[serde(default = "hour")]
    #[schemars(range(min = 5, max = 1440), extend("default" = 60))]
    minutes: i32,
    /// In an organization: the most you may do meanwhile, whatever the role says
    #[serde(default)]
    level: Option<Level>,
}

fn hour() -> i32 {
    60
}

#[derive(Serialize)]
pub struct Requested {
    id: Uuid,
}

pub async fn create(ctx: &mut Ctx, input: Request) -> Result<Requested> {
    let who = in_person(ctx.caller()).map_err(Problem::refused)?;
    let scope = acts(ctx.caller());
    let role = fits(ctx, input.role_id).await?;
    let reason = input.reason.trim();
    if reason.is_empty() {
        return Err(Problem::field("reason", "required", "Say what you need it for"));
    }
    let organization = match ctx.caller().scope {
        Acting::Organization(id) => Some(id),
        Acting::Own => return Err(Problem::refused("Elevation is asked for within an organization. Choose one first.")),
        Acting::Platform => None,
    };
    if scope == Scope::Platform && input.level.is_some() {
        return Err(Problem::field("level", "scope", "Levels are for members of organizations"));
    }
    let level = organization.map(|_| input.level.unwrap_or_default());
    if store::is_open(ctx.db(), who, organization, role.id).await? {
        return Err(Problem::field("role_id", "open", "You have asked for this already, or have it"));
    }
    let needed = needed(ctx, &role.name, who.1, scope).await?;
    let (id, answer_by) = (ctx.id(), ctx.now() + ANSWER_WITHIN);
    let new = store::New {
        id,
        scope: crate::roles::store::word(scope),
        organization,
        who,
        requester: &ctx.actor().label,
        role: (role.id, &role.label),
        level: level.map(Level::as_str),
        reason,
        minutes: input.minutes,
        needed,
        now: ctx.now(),
        answer_by,
    };
    store::insert(ctx.db(), &new).await?;
    let asked = told::Asked { who: who.1, organization, role: &role, level, reason, minutes: input.minutes, answer_by };
    told::asked(ctx, &asked).await?;
    let requester = ctx.actor().label.clone();
    ctx.emit(ElevationRequested { id, requester, role: role.label }).await?;
    Ok(Requested { id })
}

/// As many as the setting says; for an owner two, when there are two others who could say yes.
async fn needed(ctx: &Ctx, role: &str, requester: Uuid, scope: Scope) -> Result<i32> {
    let set = i32::try_from(APPROVALS.get(ctx.app())?).unwrap_or(1).max(1);
    if scope == Scope::Organization {
        // An organization may have one admin only; what its own staff needs is decided per platform.
        return Ok(1);
    }
    if role == OWNER {
        let owners = i32::try_from(store::other_owners(ctx.db(), requester).await?).unwrap_or(1);
        return Ok(set.max(owners.min(2)));
    }
    Ok(set)
}
