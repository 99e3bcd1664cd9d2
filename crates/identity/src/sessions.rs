//! Sessions of both kinds: an opaque token per sign-in, kept as its hash; idle and absolute time limits; revocable.
//! Emits `session.revoked`, `user-session.revoked`, `sessions.revoked`.

use crate::fact::fact;
use crate::kind::{Kind, Pair, pair};
use crate::{device, factors, memberships, restrictions, settings};
use chrono::Duration;
use kernel::audit::Changes;
use kernel::field::{choice, datetime, list, reference, text};
use kernel::secret::Token;
use kernel::{Action, App, Ctx, Resource, Result, Risk};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// How long a session lives without a request, by the rules that count for its account.
///
/// # Errors
/// When the setting isn't declared: a fault of ours.
pub(crate) fn idle(app: &App, kind: Kind, asked: Option<i32>) -> Result<Duration> {
    let everybody = match kind {
        Kind::Staff => settings::STAFF_IDLE_MINUTES.get(app)?,
        Kind::User => settings::USER_IDLE_MINUTES.get(app)?,
    };
    Ok(Duration::minutes(asked.map_or(everybody, |minutes| everybody.min(minutes.into()))))
}

/// How long a session lives at most.
fn longest(app: &App, kind: Kind, asked: Option<i32>) -> Result<Duration> {
    let everybody = match kind {
        Kind::Staff => settings::STAFF_SESSION_HOURS.get(app)?,
        Kind::User => settings::USER_SESSION_HOURS.get(app)?,
    };
    Ok(Duration::hours(asked.map_or(everybody, |hours| everybody.min(hours.into()))))
}

/// A session as the list reads it.
#[derive(Clone, Debug, Deserialize)]
pub struct Session {
    pub id: Uuid,
    pub user_id: Uuid,
    pub status: String,
}

fact!(
    /// A session of staff was ended by somebody else than its owner's sign-out.
    SessionRevoked = "session.revoked" { id: Uuid, user_id: Uuid }
);
fact!(
    /// A session of an app user was ended by staff.
    UserSessionRevoked = "user-session.revoked" { id: Uuid, user_id: Uuid }
);
fact!(
    /// All sessions but the caller's were ended at once.
    SessionsRevoked = "sessions.revoked" { count: u64, of: Whose }
);

pub(crate) fn of_staff() -> Resource<Session> {
    listed(Kind::Staff, Action::new("revoke", revoke_of_staff))
        .called("Sessions", "Session")
        .describe("monitor-smartphone", "Where staff are and were signed in")
        .action(
            Action::without_target("revoke-all", revoke_all)
                .label("Revoke all sessions")
                .icon("log-out")
                .risk(Risk::Danger)
                .confirm("Everybody but you is signed out at once, in every browser."),
        )
}

pub(crate) fn of_users() -> Resource<Session> {
    listed(Kind::User, Action::new("revoke", revoke_of_user))
        .called("User sessions", "User session")
        .describe("monitor-smartphone", "Where users are and were signed in")
}

/// What the lists of both kinds show, and how one session is ended.
fn listed(kind: Kind, revoke: Action<Session>) -> Resource<Session> {
    let (table, who, person, device) = match kind {
        Kind::Staff => ("dashboard_auth.sessions", "Staff member", "Ada Lovelace", "Firefox on Linux"),
        Kind::User => ("auth.sessions", "User", "Grace Hopper", "Safari on iPhone"),
    };
    Resource::<Session>::new(kind.sessions(), table)
        .group("people/sessions")
        .unversioned()
        .title("person")
        .default_order("created_at.desc")
        .field(text("person").label("Who").always().sql(PERSON.of(kind)).filter().search())
        .field(reference("user_id", kind.collection()).label(who).always().read_only().detail_only().filter())
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
            revoke
                .icon("log-out")
                .risk(Risk::Confirm)
                .confirm("This browser is signed out at once.")
                .bulk()
                .when(|s: &Session| s.status == "open", "This session has ended already"),
        )
        .sample(json!({
            "id": "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e", "person": person, "user_id": "0190b6c8-0000-7000-8000-000000000001", "status": "open",
            "address": "192.0.2.7", "device": device, "factors": ["password", "totp"], "user_agent": "Mozilla/5.0", "proved_at": "2026-11-20T09:30:00Z", "created_at": "2026-11-20T09:30:00Z", "last_seen_at": "2026-11-20T10:02:00Z",
            "expires_at": "2026-11-20T21:30:00Z", "idle_expires_at": "2026-11-20T11:02:00Z", "revoked_at": null, "revoked_reason": null
        }))
}

/// Whose session it is, in words.
const PERSON: Pair = pair!("select coalesce(u.name, u.email) from " accounts " u where u.id = t.user_id");

async fn revoke_of_staff(ctx: &mut Ctx, session: Session, (): ()) -> Result<Value> {
    revoke(ctx, Kind::Staff, session.id).await?;
    ctx.emit(SessionRevoked { id: session.id, user_id: session.user_id }).await?;
    Ok(Value::Null)
}

async fn revoke_of_user(ctx: &mut Ctx, session: Session, (): ()) -> Result<Value> {
    revoke(ctx, Kind::User, session.id).await?;
    memberships::tell(ctx, session.user_id, "account-signed-out", &Changes::new()).await?;
    ctx.emit(UserSessionRevoked { id: session.id, user_id: session.user_id }).await?;
    Ok(Value::Null)
}

async fn revoke(ctx: &mut Ctx, kind: Kind, session: Uuid) -> Result<()> {
    store::revoke(ctx.db(), kind, session, ctx.now(), "revoked").await?;
    ctx.callers_changed();
    Ok(())
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
        revoked += store::revoke_all(ctx.db(), Kind::Staff, own, ctx.now()).await?;
    }
    if input.of != Whose::Staff {
        revoked += store::revoke_all(ctx.db(), Kind::User, own, ctx.now()).await?;
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

/// Opens a session, in the transaction of `ctx`.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn open(ctx: &Ctx, kind: Kind, user: Uuid, proved: &[&str]) -> Result<Opened> {
    if kind == Kind::Staff {
        restrictions::knock(ctx.db(), ctx.request().address).await?;
        restrictions::open_now(ctx.db(), user, ctx.now()).await?;
    }
    let (id, token) = (ctx.id(), Token::random());
    let rules = factors::rules(ctx.app(), ctx.db(), kind, user).await?;
    let idle = idle(ctx.app(), kind, rules.idle_minutes)?;
    let longest = longest(ctx.app(), kind, rules.session_hours)?;
    let request = ctx.request();
    let now = ctx.now();
    let session = store::New {
        id,
        user,
        now,
        idle_until: (now + idle).min(now + longest),
        until: now + longest,
        address: request.address.map(|a| a.to_string()),
        device: request.user_agent.as_deref().map(device::name),
        user_agent: request.user_agent.as_deref(),
        factors: proved,
    };
    store::insert(ctx.db(), kind, &session).await?;
    store::insert_token(ctx.db(), kind, id, &token.hash()).await?;
    store::signed_in(ctx.db(), kind, user, now).await?;
    Ok(Opened { id, token, seconds: longest.num_seconds() })
}

pub mod store {
    use super::{Kind, Pair, Result, Uuid, pair};
    use crate::factors::showed;
    use chrono::{DateTime, Utc};
    use kernel::Client;

    const INSERT: Pair = pair!("insert into " sessions " (id, user_id, created_at, last_seen_at, proved_at, idle_expires_at, expires_at, address, user_agent, device, factors) \
         values ($1, $2, $3, $3, $3, $4, $5, $6::text::inet, $7, $8, $9)");
    const INSERT_TOKEN: Pair = pair!("insert into " session_tokens " (session_id, token_hash) values ($1, $2)");
    const SIGNED_IN: Pair = pair!("update " accounts " set last_sign_in_at = $2 where id = $1");
    const PROVED: Pair = pair!("update " sessions " set proved_at = $2 where id = $1 and revoked_at is null");
    const PROVED_BY: Pair = pair!("update " sessions " set factors = array_append(factors, $2) where id = $1 and not $2 = any(factors)");
    const SHOWED: Pair = Pair {
        staff: concat!("select ", showed!("s"), " from dashboard_auth.sessions s where s.id = $1"),
        user: concat!("select ", showed!("s"), " from auth.sessions s where s.id = $1"),
    };
    const REVOKE: Pair = pair!("update " sessions " set revoked_at = $2, revoked_reason = $3 where id = $1 and revoked_at is null");
    const REVOKE_OWN: Pair =
        pair!("update " sessions " set revoked_at = $3, revoked_reason = 'revoked' where id = $1 and user_id = $2 and revoked_at is null");
    const REVOKE_BY_TOKEN: Pair = pair!("update " sessions " s set revoked_at = $2, revoked_reason = $3 from " session_tokens " t \
         where t.session_id = s.id and t.token_hash = $1 and s.revoked_at is null");
    const REVOKE_OF: Pair = pair!("update " sessions " set revoked_at = $2, revoked_reason = $3 where user_id = $1 and revoked_at is null and id is distinct from $4");
    const REVOKE_ALL: Pair = pair!("update " sessions " set revoked_at = $2, revoked_reason = 'revoked' \
         where revoked_at is null and expires_at > $2 and id is distinct from $1");
    const SWEEP: Pair = pair!("delete from " sessions " where expires_at < $1");

    pub const STATEMENTS: &[&str] = &[
        INSERT.staff,
        INSERT.user,
        INSERT_TOKEN.staff,
        INSERT_TOKEN.user,
        SIGNED_IN.staff,
        SIGNED_IN.user,
        PROVED.staff,
        PROVED.user,
        PROVED_BY.staff,
        PROVED_BY.user,
        SHOWED.staff,
        SHOWED.user,
        REVOKE.staff,
        REVOKE.user,
        REVOKE_OWN.staff,
        REVOKE_OWN.user,
        REVOKE_BY_TOKEN.staff,
        REVOKE_BY_TOKEN.user,
        REVOKE_OF.staff,
        REVOKE_OF.user,
        REVOKE_ALL.staff,
        REVOKE_ALL.user,
        SWEEP.staff,
        SWEEP.user,
    ];

    /// A session on its way into the database.
    pub(super) struct New<'a> {
        pub id: Uuid,
        pub user: Uuid,
        pub now: DateTime<Utc>,
        pub idle_until: DateTime<Utc>,
        pub until: DateTime<Utc>,
        pub address: Option<String>,
        pub user_agent: Option<&'a str>,
        pub device: Option<String>,
        pub factors: &'a [&'a str],
    }

    pub(super) async fn insert(db: &Client, kind: Kind, new: &New<'_>) -> Result<()> {
        db.execute(
            INSERT.of(kind),
            &[&new.id, &new.user, &new.now, &new.idle_until, &new.until, &new.address, &new.user_agent, &new.device, &new.factors],
        )
        .await?;
        Ok(())
    }

    pub(super) async fn insert_token(db: &Client, kind: Kind, id: Uuid, hash: &[u8]) -> Result<()> {
        db.execute(INSERT_TOKEN.of(kind), &[&id, &hash]).await?;
        Ok(())
    }

    pub(super) async fn signed_in(db: &Client, kind: Kind, user: Uuid, now: DateTime<Utc>) -> Result<()> {
        db.execute(SIGNED_IN.of(kind), &[&user, &now]).await?;
        Ok(())
    }

    /// Notes that whoever sits there proved again who they are.
    pub(crate) async fn proved(db: &Client, kind: Kind, id: Uuid, now: DateTime<Utc>) -> Result<()> {
        db.execute(PROVED.of(kind), &[&id, &now]).await?;
        Ok(())
    }

    /// Notes a way in which whoever sits there proved who they are.
    pub(crate) async fn proved_by(db: &Client, kind: Kind, id: Uuid, way: &str) -> Result<()> {
        db.execute(PROVED_BY.of(kind), &[&id, &way]).await?;
        Ok(())
    }

    /// Whether a second factor was shown in it.
    pub(crate) async fn showed(db: &Client, kind: Kind, id: Uuid) -> Result<bool> {
        Ok(db.query_opt(SHOWED.of(kind), &[&id]).await?.is_some_and(|row| row.get(0)))
    }

    pub(crate) async fn revoke(db: &Client, kind: Kind, id: Uuid, now: DateTime<Utc>, reason: &str) -> Result<u64> {
        Ok(db.execute(REVOKE.of(kind), &[&id, &now, &reason]).await?)
    }

    /// Ends a session of one's own; `false` when there is none such.
    pub(crate) async fn revoke_own(db: &Client, kind: Kind, id: Uuid, user: Uuid, now: DateTime<Utc>) -> Result<bool> {
        Ok(db.execute(REVOKE_OWN.of(kind), &[&id, &user, &now]).await? == 1)
    }

    /// Ends the session a browser brought along when it signs in anew.
    pub(crate) async fn revoke_by_token(db: &Client, kind: Kind, hash: &[u8], now: DateTime<Utc>, reason: &str) -> Result<u64> {
        Ok(db.execute(REVOKE_BY_TOKEN.of(kind), &[&hash, &now, &reason]).await?)
    }

    /// Ends every session of one account, except `but`.
    pub(crate) async fn revoke_of(db: &Client, kind: Kind, user: Uuid, now: DateTime<Utc>, reason: &str, but: Option<Uuid>) -> Result<u64> {
        Ok(db.execute(REVOKE_OF.of(kind), &[&user, &now, &reason, &but]).await?)
    }

    pub(super) async fn revoke_all(db: &Client, kind: Kind, own: Option<Uuid>, now: DateTime<Utc>) -> Result<u64> {
        Ok(db.execute(REVOKE_ALL.of(kind), &[&own, &now]).await?)
    }

    pub(crate) async fn sweep(db: &Client, before: DateTime<Utc>) -> Result<u64> {
        Ok(db.execute(SWEEP.staff, &[&before]).await? + db.execute(SWEEP.user, &[&before]).await?)
    }
}
