//! Where one belongs, what was done there lately, and going from there.

use crate::kind::Kind;
use crate::sign_in::{self, person};
use crate::{entry, member, memberships, sessions};
use chrono::{DateTime, Utc};
use http::StatusCode;
use kernel::actor::Scope;
use kernel::endpoint::{Response, empty, json};
use kernel::{Call, Caller, Ctx, Problem, Result};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) fn list_schema() -> Value {
    json!({"type": "object", "required": ["organizations"], "properties": {"organizations": {"type": "array", "items": {"type": "object"}}}})
}

pub(super) fn list_example() -> Value {
    json!({"organizations": [{"id": "0190b6c8-0000-7000-8000-000000000010", "name": "Analytical Engines", "status": "active", "role": "admin", "role_label": "Admin",
        "level": "admin", "membership": "active", "since": "2026-11-02T10:00:00Z", "owner": "Grace Hopper", "owned": false, "administers": true, "closed": null}]})
}

pub(super) fn goes_schema() -> Value {
    let count = || json!({"type": "integer"});
    json!({"type": "object", "required": ["keys", "invitations", "elevations", "blocked"], "properties": {
        "keys": count(), "invitations": count(), "elevations": count(), "blocked": {"type": ["string", "null"], "description": "Why it can't be done now"}}})
}

pub(super) fn goes_example() -> Value {
    json!({"keys": 1, "invitations": 2, "elevations": 0, "blocked": null})
}

pub(super) fn activity_schema() -> Value {
    let text = || json!({"type": ["string", "null"]});
    json!({"type": "object", "required": ["whose", "entries"], "properties": {"whose": {"enum": ["organization", "own"]}, "entries": {"type": "array", "items": {"type": "object", "properties": {
        "id": {"type": "string", "format": "uuid"}, "at": {"type": "string", "format": "date-time"}, "actor_kind": {"type": "string"}, "actor_label": text(), "subject_label": text(),
        "action": {"type": "string"}, "target_kind": text(), "target_label": text(), "outcome": {"type": "string"}}}}}})
}

pub(super) fn activity_example() -> Value {
    json!({"whose": "organization", "entries": [{"id": "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e", "at": "2026-11-20T09:30:00Z", "actor_kind": "person", "actor_label": "Grace Hopper",
        "subject_label": null, "action": "memberships.invite", "target_kind": "memberships", "target_label": null, "outcome": "ok"}]})
}

fn no_such() -> Problem {
    Problem::not_found("such organization of yours")
}

fn named(call: &Call) -> Result<Uuid> {
    Uuid::parse_str(call.param("id")).map_err(|_| no_such())
}

pub(super) async fn list(call: Call) -> Result<Response> {
    let (caller, user, _) = person(&call, Kind::User)?;
    let tx = call.app.db.begin(&caller, call.app.clock.now()).await?;
    let organizations = sign_in::organizations(&call.app, tx.db(), user, &caller).await?;
    tx.rollback().await?;
    json(StatusCode::OK, &json!({"organizations": organizations}))
}

/// What is over with a membership.
#[derive(Serialize)]
pub(super) struct Goes {
    keys: i64,
    invitations: i64,
    elevations: i64,
    blocked: Option<&'static str>,
}

/// Looks at what [`leave`] would do, and does nothing.
pub(super) async fn what_goes(call: Call) -> Result<Response> {
    let (caller, user, _) = person(&call, Kind::User)?;
    let organization = named(&call)?;
    let now = call.app.clock.now();
    let tx = call.app.db.begin(&caller, now).await?;
    let own = memberships::store::of_user(tx.db(), user, organization).await?.ok_or_else(no_such)?;
    let mut goes = store::goes(tx.db(), user, organization, now).await?;
    tx.rollback().await?;
    goes.blocked = own.owner.then_some(memberships::OWNERS_STAY);
    json(StatusCode::OK, &goes)
}

/// One thing that was done, without what only the audit log tells.
#[derive(Serialize)]
pub(super) struct Happened {
    id: Uuid,
    at: DateTime<Utc>,
    actor_kind: String,
    actor_label: String,
    subject_label: Option<String>,
    action: String,
    target_kind: Option<String>,
    target_label: Option<String>,
    outcome: String,
}

/// What was done last: in an organization as far as its log is theirs to read, otherwise what they did themselves.
pub(super) async fn activity(call: Call) -> Result<Response> {
    let (caller, user, session) = person(&call, Kind::User)?;
    let now = call.app.clock.now();
    let organization = match call.query_value("organization") {
        Some(text) => Some(Uuid::parse_str(&text).map_err(|_| no_such())?),
        None => None,
    };
    let ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    let whole = match organization {
        Some(organization) => {
            let member = member::find(ctx.db(), user, organization).await?.ok_or_else(no_such)?;
            entry::admitted(&ctx, user, session, organization).await?;
            let showed = sessions::store::showed(ctx.db(), Kind::User, session).await?;
            member.elevated(&call.app.registry, showed, now).0.allow("audit:read")
        }
        None => false,
    };
    let entries = store::happened(ctx.db(), user, organization, whole).await?;
    ctx.rollback().await?;
    json(StatusCode::OK, &json!({"whose": if whole { "organization" } else { "own" }, "entries": entries}))
}

/// Done within the organization, so that it stands in its log.
pub(super) async fn leave(call: Call) -> Result<Response> {
    let (caller, user, _) = person(&call, Kind::User)?;
    let organization = named(&call)?;
    let caller = Caller { scope: Scope::Organization(organization), ..caller };
    let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    match memberships::leave(&mut ctx, user, organization).await {
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

pub mod store {
    use super::{DateTime, Goes, Happened, Result, Utc, Uuid};
    use kernel::Client;

    const GOES: &str = "select (select count(*) from identity.api_keys k where k.user_id = $1 and k.organization_id = $2 and k.revoked_at is null and (k.expires_at is null or k.expires_at > $3)), \
         (select count(*) from auth.invitations i where i.invited_by_user = $1 and i.organization_id = $2 and i.accepted_at is null and i.revoked_at is null and i.expires_at > $3), \
         (select count(*) from identity.elevations e where e.user_id = $1 and e.organization_id = $2 and e.ended_at is null and e.expires_at > $3)";
    const OF_ORGANIZATION: &str = "select id, at, actor_kind, actor_label, subject_label, action, target_kind, target_label, outcome from kernel.audit_log \
         where organization_id = $1 order by at desc, id desc limit 8";
    const OWN: &str = "select id, at, actor_kind, actor_label, subject_label, action, target_kind, target_label, outcome from kernel.audit_log \
         where actor_id = $1 and ($2::uuid is null or organization_id = $2) order by at desc, id desc limit 8";

    pub const STATEMENTS: &[&str] = &[GOES, OF_ORGANIZATION, OWN];

    pub(super) async fn goes(db: &Client, user: Uuid, organization: Uuid, now: DateTime<Utc>) -> Result<Goes> {
        let row = db.query_one(GOES, &[&user, &organization, &now]).await?;
        Ok(Goes { keys: row.get(0), invitations: row.get(1), elevations: row.get(2), blocked: None })
    }

    pub(super) async fn happened(db: &Client, user: Uuid, organization: Option<Uuid>, whole: bool) -> Result<Vec<Happened>> {
        let rows = match organization {
            Some(organization) if whole => db.query(OF_ORGANIZATION, &[&organization]).await?,
            _ => db.query(OWN, &[&user, &organization]).await?,
        };
        let read = |row: &tokio_postgres::Row| Happened {
            id: row.get(0),
            at: row.get(1),
            actor_kind: row.get(2),
            actor_label: row.get(3),
            subject_label: row.get(4),
            action: row.get(5),
            target_kind: row.get(6),
            target_label: row.get(7),
            outcome: row.get(8),
        };
        Ok(rows.iter().map(read).collect())
    }
}
