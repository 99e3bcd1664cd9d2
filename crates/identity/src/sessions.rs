//! Staff sessions: an opaque token per sign-in, kept as its hash; idle and absolute time limits; revocable.
//! Emits `session.revoked`.

use crate::fact::fact;
use crate::restrictions;
use chrono::Duration;
use kernel::field::{choice, datetime, reference, text};
use kernel::secret::Token;
use kernel::{Action, App, Ctx, Resource, Result, Risk, Setting};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

pub const IDLE_MINUTES: Setting<i64> = Setting::new("identity.staff_idle_minutes");
pub const SESSION_HOURS: Setting<i64> = Setting::new("identity.staff_session_hours");

/// How long a session lives without a request.
///
/// # Errors
/// When the setting isn't declared: a fault of ours.
pub fn idle(app: &App) -> Result<Duration> {
    IDLE_MINUTES.get(app).map(Duration::minutes)
}

/// How long a session lives at most.
///
/// # Errors
/// When the setting isn't declared: a fault of ours.
pub fn longest(app: &App) -> Result<Duration> {
    SESSION_HOURS.get(app).map(Duration::hours)
}

#[must_use]
pub(crate) fn settings() -> [kernel::setting::SettingDef; 2] {
    [
        IDLE_MINUTES.declare(
            "Sign staff out after minutes without activity",
            "Counts for sessions from their next activity on",
            json!({"type": "integer", "minimum": 5, "maximum": 1440}),
            json!(60),
        ),
        SESSION_HOURS.declare(
            "Sign staff out after hours at the latest",
            "Counts for sessions that begin after the change",
            json!({"type": "integer", "minimum": 1, "maximum": 168}),
            json!(12),
        ),
    ]
}

/// A session as the list reads it.
#[derive(Clone, Debug, Deserialize)]
pub struct Session {
    pub id: Uuid,
    pub user_id: Uuid,
    pub status: String,
}

fact!(
    /// A session was ended by somebody else than its owner's sign-out.
    SessionRevoked = "session.revoked" { id: Uuid, user_id: Uuid }
);
fact!(
    /// All sessions but the caller's were ended at once.
    SessionsRevoked = "sessions.revoked" { count: u64, of: Whose }
);

pub(crate) fn resource() -> Resource<Session> {
    Resource::<Session>::new("sessions", "dashboard_auth.sessions")
        .called("Sessions", "Session")
        .describe("monitor-smartphone", "Where staff are and were signed in")
        .group("people")
        .unversioned()
        .title("person")
        .default_order("created_at.desc")
        .field(text("person").label("Who").always().sql("select u.name from dashboard_auth.dashboard_users u where u.id = t.user_id").filter().search())
        .field(reference("user_id", "staff").label("Staff member").always().read_only().detail_only())
        .field(
            choice("status", &[("open", "Open", "green"), ("expired", "Expired", "gray"), ("ended", "Ended", "gray")])
                .always()
                .sql("case when t.revoked_at is not null then 'ended' when least(t.expires_at, t.idle_expires_at) <= identity.now() then 'expired' else 'open' end"),
        )
        .field(text("address").sql("host(t.address)").filter())
        .field(text("user_agent").label("Browser").read_only().filter())
        .field(datetime("created_at").label("Signed in").always().read_only().filter().sort())
        .field(datetime("last_seen_at").label("Last seen").always().read_only().filter().sort())
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
                .when(|s: &Session| s.status == "open", "This session has ended already"),
        )
        .action(
            Action::without_target("revoke-all", revoke_all)
                .label("Revoke all sessions")
                .icon("log-out")
                .risk(Risk::Danger)
                .confirm("Everybody but you is signed out at once, in every browser."),
        )
        .sample(json!({
            "id": "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e", "person": "Ada Lovelace", "user_id": "0190b6c8-0000-7000-8000-000000000001", "status": "open",
            "address": "192.0.2.7", "user_agent": "Mozilla/5.0", "created_at": "2026-11-20T09:30:00Z", "last_seen_at": "2026-11-20T10:02:00Z",
            "expires_at": "2026-11-20T21:30:00Z", "idle_expires_at": "2026-11-20T11:02:00Z", "revoked_at": null, "revoked_reason": null
        }))
}

async fn revoke(ctx: &mut Ctx, session: Session, (): ()) -> Result<Value> {
    store::revoke(ctx.db(), session.id, ctx.now(), "revoked").await?;
    ctx.callers_changed();
    ctx.emit(SessionRevoked { id: session.id, user_id: session.user_id }).await?;
    Ok(Value::Null)
}

/// Whose sessions end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Whose {
    #[default]
    Everybody,
    Staff,
    Users,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RevokeAll {
    /// Whose sessions end; yours stays in any case
    #[serde(default)]
    of: Whose,
}

#[derive(Serialize)]
struct Revoked {
    revoked: u64,
}

async fn revoke_all(ctx: &mut Ctx, input: RevokeAll) -> Result<Revoked> {
    let own = ctx.caller().session;
    let mut revoked = 0;
    if input.of != Whose::Users {
        revoked += store::revoke_all_staff(ctx.db(), own, ctx.now()).await?;
    }
    if input.of != Whose::Staff {
        revoked += store::revoke_all_users(ctx.db(), ctx.now()).await?;
    }
    ctx.callers_changed();
    ctx.emit(SessionsRevoked { count: revoked, of: input.of }).await?;
    Ok(Revoked { revoked })
}

/// A session that was just opened; the token goes into the cookie and nowhere else.
pub(crate) struct Opened {
    pub id: Uuid,
    pub token: Token,
    /// Seconds until it ends at the latest.
    pub seconds: i64,
}

/// Opens a session for a staff account, in the transaction of `ctx`.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn open(ctx: &Ctx, user: Uuid) -> Result<Opened> {
    restrictions::knock(ctx.db(), ctx.request().address).await?;
    restrictions::open_now(ctx.db(), user, ctx.now()).await?;
    let (id, token) = (ctx.id(), Token::random());
    let (idle, longest) = (idle(ctx.app())?, longest(ctx.app())?);
    let request = ctx.request();
    let address = request.address.map(|a| a.to_string());
    let (now, expires_at) = (ctx.now(), ctx.now() + longest);
    store::insert(ctx.db(), id, user, now, (now + idle).min(expires_at), expires_at, address.as_deref(), request.user_agent.as_deref())
        .await?;
    store::insert_token(ctx.db(), id, &token.hash()).await?;
    store::signed_in(ctx.db(), user, now).await?;
    Ok(Opened { id, token, seconds: longest.num_seconds() })
}

pub mod store {
    use super::{Result, Uuid};
    use chrono::{DateTime, Utc};
    use tokio_postgres::Client;

    const INSERT: &str = "insert into dashboard_auth.sessions (id, user_id, created_at, last_seen_at, idle_expires_at, expires_at, address, user_agent) \
         values ($1, $2, $3, $3, $4, $5, $6::text::inet, $7)";
    const INSERT_TOKEN: &str = "insert into dashboard_auth.session_tokens (session_id, token_hash) values ($1, $2)";
    const SIGNED_IN: &str = "update dashboard_auth.dashboard_users set last_sign_in_at = $2 where id = $1";
    const REVOKE: &str = "update dashboard_auth.sessions set revoked_at = $2, revoked_reason = $3 where id = $1 and revoked_at is null";
    const REVOKE_BY_TOKEN: &str = "update dashboard_auth.sessions s set revoked_at = $2, revoked_reason = $3 from dashboard_auth.session_tokens t \
         where t.session_id = s.id and t.token_hash = $1 and s.revoked_at is null";
    const REVOKE_OF: &str = "update dashboard_auth.sessions set revoked_at = $2, revoked_reason = $3 where user_id = $1 and revoked_at is null and id is distinct from $4";
    const REVOKE_ALL_STAFF: &str = "update dashboard_auth.sessions set revoked_at = $2, revoked_reason = 'revoked' \
         where revoked_at is null and expires_at > $2 and id is distinct from $1";
    const REVOKE_ALL_USERS: &str =
        "update auth.sessions set revoked_at = $1, revoked_reason = 'revoked' where revoked_at is null and expires_at > $1";
    const SWEEP: &str = "delete from dashboard_auth.sessions where expires_at < $1";
    const SWEEP_USERS: &str = "delete from auth.sessions where expires_at < $1";

    pub const STATEMENTS: &[&str] =
        &[INSERT, INSERT_TOKEN, SIGNED_IN, REVOKE, REVOKE_BY_TOKEN, REVOKE_OF, REVOKE_ALL_STAFF, REVOKE_ALL_USERS, SWEEP, SWEEP_USERS];

    #[expect(clippy::too_many_arguments, reason = "one per column")]
    pub(super) async fn insert(
        db: &Client,
        id: Uuid,
        user: Uuid,
        now: DateTime<Utc>,
        idle_until: DateTime<Utc>,
        until: DateTime<Utc>,
        address: Option<&str>,
        user_agent: Option<&str>,
    ) -> Result<()> {
        db.execute(INSERT, &[&id, &user, &now, &idle_until, &until, &address, &user_agent]).await?;
        Ok(())
    }

    pub(super) async fn insert_token(db: &Client, id: Uuid, hash: &[u8]) -> Result<()> {
        db.execute(INSERT_TOKEN, &[&id, &hash]).await?;
        Ok(())
    }

    pub(super) async fn signed_in(db: &Client, user: Uuid, now: DateTime<Utc>) -> Result<()> {
        db.execute(SIGNED_IN, &[&user, &now]).await?;
        Ok(())
    }

    pub(crate) async fn revoke(db: &Client, id: Uuid, now: DateTime<Utc>, reason: &str) -> Result<u64> {
        Ok(db.execute(REVOKE, &[&id, &now, &reason]).await?)
    }

    /// Ends the session a browser brought along when it signs in anew.
    pub(crate) async fn revoke_by_token(db: &Client, hash: &[u8], now: DateTime<Utc>, reason: &str) -> Result<u64> {
        Ok(db.execute(REVOKE_BY_TOKEN, &[&hash, &now, &reason]).await?)
    }

    /// Ends every session of one account, except `but`.
    pub(crate) async fn revoke_of(db: &Client, user: Uuid, now: DateTime<Utc>, reason: &str, but: Option<Uuid>) -> Result<u64> {
        Ok(db.execute(REVOKE_OF, &[&user, &now, &reason, &but]).await?)
    }

    pub(super) async fn revoke_all_staff(db: &Client, own: Option<Uuid>, now: DateTime<Utc>) -> Result<u64> {
        Ok(db.execute(REVOKE_ALL_STAFF, &[&own, &now]).await?)
    }

    pub(super) async fn revoke_all_users(db: &Client, now: DateTime<Utc>) -> Result<u64> {
        Ok(db.execute(REVOKE_ALL_USERS, &[&now]).await?)
    }

    pub(crate) async fn sweep(db: &Client, before: DateTime<Utc>) -> Result<u64> {
        Ok(db.execute(SWEEP, &[&before]).await? + db.execute(SWEEP_USERS, &[&before]).await?)
    }
}
