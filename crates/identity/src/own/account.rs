//! What an account knows about itself, for its own page.

use crate::kind::Kind;
use crate::sign_in::person;
use chrono::{DateTime, Utc};
use http::StatusCode;
use kernel::endpoint::{Response, json};
use kernel::{Call, Problem, Result};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Serialize)]
struct Shown {
    id: Uuid,
    email: String,
    /// Staff are invited by their address, so theirs needs no proof.
    email_verified_at: Option<DateTime<Utc>>,
    name: Option<String>,
    /// Without one, passkeys are the way in.
    has_password: bool,
    password_set_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    last_sign_in_at: Option<DateTime<Utc>>,
}

pub(super) fn schema() -> Value {
    let time = json!({"type": ["string", "null"], "format": "date-time"});
    json!({"type": "object", "required": ["id", "email", "name", "has_password", "created_at"], "properties": {
        "id": {"type": "string", "format": "uuid"}, "email": {"type": "string"}, "email_verified_at": time, "name": {"type": ["string", "null"]},
        "has_password": {"type": "boolean"}, "password_set_at": time,
        "created_at": {"type": "string", "format": "date-time"}, "last_sign_in_at": time}})
}

pub(super) fn example(kind: Kind) -> Value {
    json!({"id": "0190b6c8-0000-7000-8000-000000000001", "email": "ada@example.com",
        "email_verified_at": (kind == Kind::User).then_some("2026-11-01T08:00:00Z"), "name": "Ada Lovelace", "has_password": true,
        "password_set_at": "2026-11-01T08:00:00Z", "created_at": "2026-11-01T08:00:00Z",
        "last_sign_in_at": "2026-11-20T09:30:00Z"})
}

pub(super) async fn show(call: Call, kind: Kind) -> Result<Response> {
    let (caller, id, _) = person(&call, kind)?;
    let tx = call.app.db.begin(&caller, call.app.clock.now()).await?;
    let shown = store::shown(tx.db(), kind, id).await?;
    tx.rollback().await?;
    json(StatusCode::OK, &shown.ok_or_else(|| Problem::not_found("such account"))?)
}

pub mod store {
    use super::{Kind, Result, Shown, Uuid};
    use kernel::Client;

    const STAFF: &str = "select email, null::timestamptz, name, password_hash is not null, password_set_at, created_at, last_sign_in_at \
         from dashboard_auth.dashboard_users where id = $1 and deleted_at is null";
    const USER: &str = "select email, email_verified_at, name, password_hash is not null, password_set_at, created_at, last_sign_in_at \
         from auth.users where id = $1 and deleted_at is null";

    pub const STATEMENTS: &[&str] = &[STAFF, USER];

    pub(super) async fn shown(db: &Client, kind: Kind, id: Uuid) -> Result<Option<Shown>> {
        let statement = match kind {
            Kind::Staff => STAFF,
            Kind::User => USER,
        };
        Ok(db.query_opt(statement, &[&id]).await?.map(|row| Shown {
            id,
            email: row.get(0),
            email_verified_at: row.get(1),
            name: row.get(2),
            has_password: row.get(3),
            password_set_at: row.get(4),
            created_at: row.get(5),
            last_sign_in_at: row.get(6),
        }))
    }
}
