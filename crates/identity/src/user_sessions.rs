//! Sessions of app users, as staff see and end them. Emits `user-session.revoked`.

use crate::fact::fact;
use crate::kind::Kind;
use crate::sessions;
use kernel::field::{choice, datetime, list, reference, text};
use kernel::{Action, Ctx, Resource, Result, Risk};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// A session as the list reads it.
#[derive(Clone, Debug, Deserialize)]
pub struct UserSession {
    pub id: Uuid,
    pub user_id: Uuid,
    pub status: String,
}

fact!(
    /// A session of an app user was ended by staff.
    UserSessionRevoked = "user-session.revoked" { id: Uuid, user_id: Uuid }
);

pub(crate) fn resource() -> Resource<UserSession> {
    Resource::<UserSession>::new("user-sessions", "auth.sessions")
        .called("User sessions", "User session")
        .describe("monitor-smartphone", "Where users are and were signed in")
        .group("people")
        .unversioned()
        .title("person")
        .default_order("created_at.desc")
        .field(text("person").label("Who").always().sql("select coalesce(u.name, u.email) from auth.users u where u.id = t.user_id").filter().search())
        .field(reference("user_id", "users").label("User").always().read_only().detail_only().filter())
        .field(
            choice("status", &[("open", "Open", "green"), ("expired", "Expired", "gray"), ("ended", "Ended", "gray")])
                .always()
                .sql("case when t.revoked_at is not null then 'ended' when least(t.expires_at, t.idle_expires_at) <= identity.now() then 'expired' else 'open' end"),
        )
        .field(text("address").sql("host(t.address)").filter())
        .field(text("device").read_only().filter())
        .field(list("factors").label("Signed in by").always().read_only().detail_only())
        .field(text("user_agent").label("User agent").read_only().filter().detail_only())
        .field(datetime("created_at").label("Signed in").always().read_only().filter().sort())
        .field(datetime("last_seen_at").label("Last seen").always().read_only().filter().sort())
        .field(datetime("proved_at").label("Proved who they are").always().read_only().detail_only())
        .field(datetime("expires_at").label("Ends at the latest").always().read_only().filter().sort().detail_only())
        .field(datetime("idle_expires_at").label("Ends when idle").always().read_only().detail_only())
        .field(datetime("revoked_at").label("Ended").read_only().filter().detail_only())
        .field(text("revoked_reason").label("Why it ended").read_only().detail_only())
        .action(
            Action::new("revoke", revoke)
                .icon("log-out")
                .risk(Risk::Confirm)
                .confirm("This browser is signed out at once.")
                .bulk()
                .when(|s: &UserSession| s.status == "open", "This session has ended already"),
        )
        .sample(json!({
            "id": "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1f", "person": "Grace Hopper", "user_id": "0190b6c8-0000-7000-8000-000000000002", "status": "open",
            "address": "192.0.2.7", "device": "Safari on iPhone", "factors": ["passkey"], "user_agent": "Mozilla/5.0", "created_at": "2026-11-20T09:30:00Z",
            "last_seen_at": "2026-11-20T10:02:00Z", "proved_at": "2026-11-20T09:30:00Z", "expires_at": "2026-12-04T09:30:00Z",
            "idle_expires_at": "2026-11-21T10:02:00Z", "revoked_at": null, "revoked_reason": null
        }))
}

async fn revoke(ctx: &mut Ctx, session: UserSession, (): ()) -> Result<Value> {
    sessions::store::revoke(ctx.db(), Kind::User, session.id, ctx.now(), "revoked").await?;
    ctx.callers_changed();
    ctx.emit(UserSessionRevoked { id: session.id, user_id: session.user_id }).await?;
    Ok(Value::Null)
}
