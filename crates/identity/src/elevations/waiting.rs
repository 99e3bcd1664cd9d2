//! What elevations mean to the caller right now: what they have, what they wait for, what they were told no to, and what
//! waits for them.

use super::granted::{self, Granted};
use super::request::ANSWER_WITHIN;
use super::{Elevation, gives, in_person, own};
use crate::kind::Kind;
use crate::letters::NOTICE_IS_NEWS;
use crate::role::{self, OWNER};
use crate::roles::store::word;
use crate::sessions;
use chrono::{DateTime, SecondsFormat, Utc};
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
        "active": [{"id": "0190b6c8-0000-7000-8000-000000000040", "role": "Administrator", "reason": "Invoice 4711 can't wait", "until": "2026-11-20T10:05:00Z", "asks": null}],
        "pending": [], "denied": [], "waiting": []
    });
    Endpoint::new(http::Method::GET, "/session/elevations", "session.elevations", Access::SignedIn, answer)
        .scope(Scope::Organization)
        .summary("Elevations in force for the caller, their requests, those denied lately, and requests that wait for their approval")
        .answer(kernel::action::schema_of::<Mine>(), example)
}

#[derive(Default, Serialize, JsonSchema)]
struct Mine {
    active: Vec<Active>,
    /// Objects of `elevations` that wait for others
    pending: Vec<Value>,
    /// Objects of `elevations` that the caller was denied lately, newest first
    denied: Vec<Value>,
    /// Objects of `elevations` that the caller can approve
    waiting: Vec<Value>,
}

#[derive(Serialize, JsonSchema)]
struct Active {
    id: Uuid,
    role: String,
    reason: String,
    until: DateTime<Utc>,
    /// What its role asks of this session before it counts: `second_factor` or `hours`
    asks: Option<&'static str>,
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
    let Ok((kind, id)) = in_person(caller) else { return Ok(Mine::default()) };
    let active = match (kind, caller.scope) {
        (ActorKind::Staff, Acting::Platform) => granted::of_staff(ctx.db(), id).await?,
        (_, Acting::Organization(organization)) => granted::of_member(ctx.db(), id, organization).await?,
        _ => Vec::new(),
    };
    let account = if kind == ActorKind::Staff { Kind::Staff } else { Kind::User };
    let showed = sessions::store::showed(ctx.db(), account, caller.session.unwrap_or_default()).await?;
    let shown = |g: Granted| Active { asks: g.asks(showed), id: g.id, role: g.role, reason: g.reason, until: g.until };
    let mut mine = Mine { active: active.into_iter().map(shown).collect(), ..Mine::default() };
    let may = caller.permissions.allow("elevations:approve");
    for record in select(ctx, "status=eq.pending", 200).await? {
        let elevation: Elevation = serde_json::from_value(record.clone()).map_err(kernel::Problem::internal)?;
        if own(caller, &elevation) {
            mine.pending.push(record);
        } else if may && record["approved_by_you"] != true && approvable(ctx, &elevation).await? {
            mine.waiting.push(record);
        }
    }
    // As long as the letter about it is news.
    let since = (ctx.now() - NOTICE_IS_NEWS - ANSWER_WITHIN).to_rfc3339_opts(SecondsFormat::Secs, true);
    mine.denied = select(ctx, &format!("status=eq.denied&mine=is.true&created_at=gte.{since}&order=created_at.desc"), 5).await?;
    Ok(mine)
}

/// Objects of `elevations`, as lists give them.
async fn select(ctx: &Ctx, filter: &str, limit: u32) -> Result<Vec<Value>> {
    let Some(resource) = ctx.app().registry.resource("elevations") else { return Ok(Vec::new()) };
    let mut query = Query::parse_string(resource.relation(), filter)?;
    query.limit = limit;
    Ok(within::select(ctx.db(), resource.relation(), &query).await?.into_iter().map(Value::Object).collect())
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
