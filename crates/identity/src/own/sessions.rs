//! Where one is signed in.

use crate::kind::Kind;
use crate::sign_in::{note_owner, person};
use chrono::{DateTime, Utc};
use http::StatusCode;
use kernel::endpoint::{Response, empty, json};
use kernel::{Call, Ctx, Problem, Result};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Serialize)]
struct Own {
    id: Uuid,
    current: bool,
    device: Option<String>,
    /// What the browser said of itself.
    user_agent: Option<String>,
    address: Option<String>,
    factors: Vec<String>,
    created_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

pub(super) fn schema() -> Value {
    json!({"type": "object", "required": ["sessions"], "properties": {"sessions": {"type": "array", "items": {"type": "object", "properties": {
        "id": {"type": "string", "format": "uuid"}, "current": {"type": "boolean"}, "device": {"type": ["string", "null"]}, "user_agent": {"type": ["string", "null"]}, "address": {"type": ["string", "null"]},
        "factors": {"type": "array", "items": {"type": "string"}}, "created_at": {"type": "string", "format": "date-time"},
        "last_seen_at": {"type": "string", "format": "date-time"}, "expires_at": {"type": "string", "format": "date-time"}}}}}})
}

pub(super) fn example() -> Value {
    json!({"sessions": [{"id": "0190b6c8-0000-7000-8000-000000000041", "current": true, "device": "Firefox on Linux",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "address": "192.0.2.7",
        "factors": ["password", "totp"], "created_at": "2026-11-20T09:30:00Z", "last_seen_at": "2026-11-20T10:02:00Z", "expires_at": "2026-11-20T21:30:00Z"}]})
}

pub(super) async fn list(call: Call, kind: Kind) -> Result<Response> {
    let (caller, id, session) = person(&call, kind)?;
    let now = call.app.clock.now();
    let tx = call.app.db.begin(&caller, now).await?;
    let mut sessions = store::list(tx.db(), kind, id, now).await?;
    tx.rollback().await?;
    sessions.iter_mut().for_each(|own| own.current = own.id == session);
    json(StatusCode::OK, &json!({"sessions": sessions}))
}

pub(super) async fn revoke(call: Call, kind: Kind) -> Result<Response> {
    let (caller, id, session) = person(&call, kind)?;
    let which = Uuid::parse_str(call.param("session")).map_err(|_| Problem::not_found("such session"))?;
    if which == session {
        return Err(Problem::refused("This is the session you are using. Sign out instead."));
    }
    let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    if !crate::sessions::store::revoke_own(ctx.db(), kind, which, id, ctx.now()).await? {
        ctx.rollback().await?;
        return Err(Problem::not_found("such session"));
    }
    ctx.callers_changed();
    note_owner(&mut ctx, kind, id, "revoke-session", "One of their own sessions").await?;
    ctx.commit().await?;
    Ok(empty())
}

pub(super) async fn revoke_others(call: Call, kind: Kind) -> Result<Response> {
    let (caller, id, session) = person(&call, kind)?;
    let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    let revoked = crate::sessions::store::revoke_of(ctx.db(), kind, id, ctx.now(), "revoked", Some(session)).await?;
    ctx.callers_changed();
    note_owner(&mut ctx, kind, id, "revoke-other-sessions", &format!("{revoked} of their own sessions")).await?;
    ctx.commit().await?;
    json(StatusCode::OK, &json!({"revoked": revoked}))
}

pub mod store {
    use super::{DateTime, Kind, Own, Result, Utc, Uuid};
    use crate::kind::{Pair, pair};
    use kernel::Client;

    const LIST: Pair = pair!("select id, device, user_agent, host(address), factors, created_at, last_seen_at, least(expires_at, idle_expires_at) from " sessions " \
         where user_id = $1 and revoked_at is null and least(expires_at, idle_expires_at) > $2 order by last_seen_at desc, id limit 200");

    pub const STATEMENTS: &[&str] = &[LIST.staff, LIST.user];

    pub(super) async fn list(db: &Client, kind: Kind, account: Uuid, now: DateTime<Utc>) -> Result<Vec<Own>> {
        let rows = db.query(LIST.of(kind), &[&account, &now]).await?;
        let read = |row: &tokio_postgres::Row| Own {
            id: row.get(0),
            current: false,
            device: row.get(1),
            user_agent: row.get(2),
            address: row.get(3),
            factors: row.get(4),
            created_at: row.get(5),
            last_seen_at: row.get(6),
            expires_at: row.get(7),
        };
        Ok(rows.iter().map(read).collect())
    }
}
