//! What elevations mean to the caller right now: what they have, what they wait for, and what waits for them.

use super::{Elevation, gives, granted, in_person, own};
use crate::role::{self, OWNER};
use crate::roles::store::word;
use chrono::{DateTime, Utc};
use kernel::actor::Scope as Acting;
use kernel::list::{Query, within};
use kernel::{Access, ActorKind, Call, Ctx, Endpoint, Response, Result, Scope};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// `GET /session/elevations`, for the banner and the page of approvals.
pub(crate) fn endpoint() -> Endpoint {
    let example = json!({
        "active": [{"id": "0190b6c8-0000-7000-8000-000000000040", "role": "Administrator", "reason": "Invoice 4711 can't wait", "until": "2026-11-20T10:05:00Z"}],
        "pending": [], "waiting": []
    });
    Endpoint::new(http::Method::GET, "/session/elevations", "session.elevations", Access::SignedIn, answer)
        .scope(Scope::Organization)
        .summary("Elevations in force for the caller, their requests, and requests that wait for their approval")
        .answer(kernel::action::schema_of::<Mine>(), example)
}

#[derive(Serialize, JsonSchema)]
struct Mine {
    active: Vec<Active>,
    /// Objects of `elevations` that wait for others
    pending: Vec<Value>,
    /// Objects of `elevations` that the caller can approve
    waiting: Vec<Value>,
}

#[derive(Serialize, JsonSchema)]
struct Active {
    id: Uuid,
    role: String,
    reason: String,
    until: DateTime<Utc>,
}

async fn answer(call: Call) -> Result<Response> {
    let caller = call.caller()?.clone();
    let ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    let mine = read(&ctx).await;
    ctx.rollback().await?;
    kernel::endpoint::json(http::StatusCode::OK, &mine?)
}

async fn read(ctx: &Ctx) -> Result<Mine> {
    let caller = ctx.caller();
    let Ok((kind, id)) = in_person(caller) else { return Ok(Mine { active: Vec::new(), pending: Vec::new(), waiting: Vec::new() }) };
    let active = match (kind, caller.scope) {
        (ActorKind::Staff, Acting::Platform) => granted::of_staff(ctx.db(), id).await?,
        (_, Acting::Organization(organization)) => granted::of_member(ctx.db(), id, organization).await?,
        _ => Vec::new(),
    };
    let active = active.into_iter().map(|g| Active { id: g.id, role: g.role, reason: g.reason, until: g.until }).collect();
    let (mut pending, mut waiting) = (Vec::new(), Vec::new());
    let Some(resource) = ctx.app().registry.resource("elevations") else { return Ok(Mine { active, pending, waiting }) };
    let mut query = Query::parse_string(resource.relation(), "status=eq.pending")?;
    query.limit = 200;
    let may = caller.permissions.allow("elevations:approve");
    for record in within::select(ctx.db(), resource.relation(), &query).await? {
        let record = Value::Object(record);
        let elevation: Elevation = serde_json::from_value(record.clone()).map_err(kernel::Problem::internal)?;
        if own(caller, &elevation) {
            pending.push(record);
        } else if may && record["approved_by_you"] != true && approvable(ctx, &elevation).await? {
            waiting.push(record);
        }
    }
    Ok(Mine { active, pending, waiting })
}

/// Whether the caller holds what is asked for.
async fn approvable(ctx: &Ctx, elevation: &Elevation) -> Result<bool> {
    let Some(id) = elevation.role_id else { return Ok(false) };
    let Ok(role) = role::of_scope(ctx.db(), id, word(elevation.scope)).await else { return Ok(false) };
    if elevation.scope == Scope::Platform && role.name == OWNER && !role::is_owner(ctx.caller()) {
        return Ok(false);
    }
    Ok(role::standing(ctx).await?.cover(&gives(ctx, elevation.scope, &role.patterns, elevation.level)))
}
