//! One's own API keys, for app users.

use crate::keys::own;
use crate::kind::Kind;
use crate::sign_in::person;
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
        "created_at": "2026-11-01T08:00:00Z", "expires_at": null, "last_used_at": "2026-11-20T03:00:00Z"}]})
}

pub(super) async fn list(call: Call) -> Result<Response> {
    let (caller, id, _) = person(&call, Kind::User)?;
    let now = call.app.clock.now();
    let tx = call.app.db.begin(&caller, now).await?;
    let keys = own::list(tx.db(), id, now).await?;
    tx.rollback().await?;
    json(StatusCode::OK, &json!({"keys": keys}))
}

pub(super) async fn create(call: Call) -> Result<Response> {
    let (caller, id, _) = person(&call, Kind::User)?;
    caller.prove(true, call.app.clock.now())?;
    let input: own::CreateOwn = call.input()?;
    let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    match own::create(&mut ctx, id, input).await {
        Ok(created) => {
            ctx.commit().await?;
            json(StatusCode::CREATED, &created)
        }
        Err(problem) => {
            drop(ctx.rollback().await);
            Err(problem)
        }
    }
}

pub(super) async fn revoke(call: Call) -> Result<Response> {
    let (caller, id, _) = person(&call, Kind::User)?;
    let key = Uuid::parse_str(call.param("key")).map_err(|_| Problem::not_found("such key"))?;
    let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    match own::revoke(&mut ctx, id, key).await {
        Ok(()) => {
            ctx.commit().await?;
            Ok(empty())
        }
        Err(problem) => {
            drop(ctx.rollback().await);
            Err(problem)
        }
    }
}
