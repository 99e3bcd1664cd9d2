//! One's own API keys, for app users.

use crate::keys::own;
use crate::kind::Kind;
use crate::sign_in::person;
use crate::{member, permission};
use http::StatusCode;
use kernel::endpoint::{Response, empty, json};
use kernel::{Call, Ctx, Problem, Result};
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) fn schema() -> Value {
    json!({"type": "object", "required": ["keys"], "properties": {"keys": {"type": "array", "items": {"type": "object"}}}})
}

pub(super) fn example() -> Value {
    json!({"keys": [{"id": "0190b6c8-0000-7000-8000-000000000030", "name": "Nightly report", "prefix": "qd_k3v9x2mf",
        "organization_id": "0190b6c8-0000-7000-8000-000000000020", "organization": "Analytical Engines", "scopes": ["memberships:read"], "networks": [],
        "per_minute": null, "created_at": "2026-11-01T08:00:00Z", "expires_at": null, "last_used_at": "2026-11-20T03:00:00Z",
        "last_used_address": "203.0.113.7", "replaced": false}]})
}

pub(super) fn rotated_schema() -> Value {
    json!({"type": "object", "required": ["id", "successor_id", "key", "works_until", "message"], "properties": {
        "id": {"type": "string", "format": "uuid"}, "successor_id": {"type": "string", "format": "uuid"}, "key": {"type": "string"},
        "works_until": {"type": "string", "format": "date-time"}, "message": {"type": "string"}}})
}

pub(super) fn rotated_example() -> Value {
    json!({"id": "0190b6c8-0000-7000-8000-000000000030", "successor_id": "0190b6c8-0000-7000-8000-000000000031", "key": "qd_m4w8y3ng_…",
        "works_until": "2026-11-21T09:30:00Z", "message": "The old key works until 2026-11-21T09:30:00+00:00."})
}

pub(super) fn accesses_schema() -> Value {
    json!({"type": "object", "required": ["accesses"], "properties": {"accesses": {"type": "array", "items": {"type": "object", "properties": {
        "at": {"type": "string", "format": "date-time"}, "method": {"type": "string"}, "route": {"type": "string"}, "status": {"type": "integer"},
        "address": {"type": ["string", "null"]}}}}}})
}

pub(super) fn accesses_example() -> Value {
    json!({"accesses": [{"at": "2026-11-20T03:00:00Z", "method": "GET", "route": "/memberships", "status": 200, "address": "203.0.113.7"}]})
}

/// The key of the address.
fn key_of(call: &Call) -> Result<Uuid> {
    Uuid::parse_str(call.param("key")).map_err(|_| Problem::not_found("such key"))
}

pub(super) async fn list(call: Call) -> Result<Response> {
    let (caller, id, _) = person(&call, Kind::User)?;
    let now = call.app.clock.now();
    let tx = call.app.db.begin(&caller, now).await?;
    let keys = own::list(tx.db(), id, now).await?;
    tx.rollback().await?;
    json(StatusCode::OK, &json!({"keys": keys}))
}

pub(super) async fn accesses(call: Call) -> Result<Response> {
    let (caller, id, _) = person(&call, Kind::User)?;
    let key = key_of(&call)?;
    let tx = call.app.db.begin(&caller, call.app.clock.now()).await?;
    let accesses = own::accesses(tx.db(), id, key).await?;
    tx.rollback().await?;
    json(StatusCode::OK, &json!({"accesses": accesses}))
}

/// What a key made there could hold: what the membership gives, without what is held for a while.
pub(super) async fn scopes(call: Call) -> Result<Response> {
    let (caller, id, _) = person(&call, Kind::User)?;
    let organization = Uuid::parse_str(call.param("organization")).map_err(|_| Problem::not_found("such organization"))?;
    let registry = &call.app.registry;
    let tx = call.app.db.begin(&caller, call.app.clock.now()).await?;
    let member = member::find(tx.db(), id, organization).await?;
    tx.rollback().await?;
    let held = member.ok_or_else(|| Problem::not_found("such organization"))?.permissions(registry);
    json(StatusCode::OK, &json!({"scopes": permission::names(registry, &held)}))
}

pub(super) async fn create(call: Call) -> Result<Response> {
    let (caller, id, session) = person(&call, Kind::User)?;
    caller.prove(true, call.app.clock.now())?;
    let input: own::CreateOwn = call.input()?;
    let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    let created = own::create(&mut ctx, id, session, input).await;
    json(StatusCode::CREATED, &settled(ctx, created).await?)
}

pub(super) async fn rotate(call: Call) -> Result<Response> {
    let (caller, id, session) = person(&call, Kind::User)?;
    caller.prove(true, call.app.clock.now())?;
    let (key, input) = (key_of(&call)?, call.input()?);
    let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    let rotated = own::rotate(&mut ctx, id, session, key, input).await;
    json(StatusCode::OK, &settled(ctx, rotated).await?)
}

pub(super) async fn revoke(call: Call) -> Result<Response> {
    let (caller, id, _) = person(&call, Kind::User)?;
    let key = key_of(&call)?;
    let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    let revoked = own::revoke(&mut ctx, id, key).await;
    settled(ctx, revoked).await?;
    Ok(empty())
}

/// Keeps what was done, or nothing of it.
async fn settled<T>(ctx: Ctx, outcome: Result<T>) -> Result<T> {
    match outcome {
        Ok(done) => {
            ctx.commit().await?;
            Ok(done)
        }
        Err(problem) => {
            drop(ctx.rollback().await);
            Err(problem)
        }
    }
}
