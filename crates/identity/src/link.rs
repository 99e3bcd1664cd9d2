//! One-time links to set a password: for staff and for app users. Whoever asks for one never sees or chooses the
//! password; a newer link replaces the older; using it ends the account's sessions.

use crate::fact::fact;
use crate::kind::Kind;
use crate::own::email_change;
use crate::{State, account, ceremonies, letters, notices, policy, role, sso};
use chrono::{DateTime, Duration, Utc};
use http::{Method, StatusCode};
use kernel::actor::Scope;
use kernel::audit::{Changes, MASK, Target};
use kernel::endpoint::{Response, empty, json as json_answer};
use kernel::secret::Token;
use kernel::{Access, Actor, Call, Caller, Ctx, Endpoint, Permissions, Problem, Result, secret};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// How long a reset link is good.
pub(crate) const GOOD_FOR: Duration = Duration::minutes(60);

fact!(
    /// A new password was set by a link.
    PasswordReset = "password.reset" { kind: Kind, id: Uuid }
);

/// A link as the person who asked for it gets it, once.
#[derive(Serialize)]
pub struct Link {
    pub link: String,
    /// Whether a mail server takes it to them; else the link has to be passed on.
    pub mailed: bool,
    pub expires_at: DateTime<Utc>,
}

/// How a reset link is asked for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Also send it to them
    #[serde(default)]
    #[schemars(title = "Send by mail")]
    mail: bool,
}

/// Makes a reset link for an account, and makes older ones useless.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn reset(ctx: &mut Ctx, kind: Kind, account: Uuid, email: &str, ask: Ask) -> Result<Link> {
    sso::has_own_password(ctx.db(), kind, email).await?;
    let mut made = make(ctx, kind, account, GOOD_FOR).await?;
    made.mailed = ask.mail && letters::password_reset(ctx, kind, account, email, &made.link, made.expires_at).await?;
    Ok(made)
}

/// How long the first link of a new account is good, as long as an invitation: there is no password yet to protect.
const WELCOME_GOOD_FOR: Duration = Duration::days(7);

/// A link for somebody who has no password yet, sent to them.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn welcome(ctx: &mut Ctx, user: Uuid, email: &str, name: Option<&str>, language: Option<&str>) -> Result<Link> {
    let mut made = make(ctx, Kind::User, user, WELCOME_GOOD_FOR).await?;
    made.mailed = letters::welcome(ctx, email, name, language, &made.link, made.expires_at).await?;
    Ok(made)
}

/// The link itself, good for a time.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn make(ctx: &Ctx, kind: Kind, account: Uuid, good_for: Duration) -> Result<Link> {
    store::forget(ctx.db(), kind, account).await?;
    insert(ctx, kind, account, good_for).await
}

/// A link that somebody asked for at the door. It takes the place of earlier ones of the same sort, but not of one that
/// staff made: a stranger must not be able to make that useless.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn make_asked(ctx: &Ctx, kind: Kind, account: Uuid) -> Result<Link> {
    store::forget_asked(ctx.db(), kind, account, ctx.now() + GOOD_FOR).await?;
    insert(ctx, kind, account, GOOD_FOR).await
}

async fn insert(ctx: &Ctx, kind: Kind, account: Uuid, good_for: Duration) -> Result<Link> {
    let token = Token::random();
    let expires_at = ctx.now() + good_for;
    let by = role::acting_staff(ctx).await?;
    store::insert(ctx.db(), kind, ctx.id(), account, &token.hash(), by, ctx.now(), expires_at).await?;
    Ok(Link { link: format!("{}/auth/reset?token={}", ctx.app().site.base_url, token.reveal()), mailed: false, expires_at })
}

pub(crate) fn endpoints(state: &Arc<State>) -> [Endpoint; 2] {
    let state = state.clone();
    [
        Endpoint::new(Method::GET, "/password-reset", "session.look-at-password-reset", Access::Public, look)
            .summary("Whose password a reset link sets; uses nothing up")
            .parameter("token", "query", "From the link")
            .answer(
                json!({"type": "object", "required": ["kind", "email"], "properties": {"kind": {"enum": ["staff", "user"]}, "email": {"type": "string"}}}),
                json!({"kind": "user", "email": "grace@example.com"}),
            ),
        Endpoint::new(Method::POST, "/password-reset", "session.password-reset", Access::Public, move |call| set(call, state.clone()))
            .summary("Set a new password by a reset link; ends that account's sessions")
            .takes::<Reset>()
            .status(StatusCode::NO_CONTENT),
    ]
}

async fn found(call: &Call, token: &str) -> Result<Found> {
    let now = call.app.clock.now();
    let tx = call.app.db.begin(&Caller::system("password reset"), now).await?;
    let found = open(store::find(tx.db(), &secret::hash(token.trim())).await?, now)?;
    sso::has_own_password(tx.db(), found.kind, &found.email).await?;
    tx.rollback().await?;
    Ok(found)
}

async fn look(call: Call) -> Result<Response> {
    let found = found(&call, &call.query_value("token").unwrap_or_default()).await?;
    json_answer(StatusCode::OK, &json!({"kind": found.kind, "email": found.email}))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Reset {
    /// From the link
    #[schemars(length(min = 1, max = 200))]
    token: String,
    #[schemars(length(min = 1, max = 1024), extend("format" = "password"))]
    password: String,
}

async fn set(call: Call, state: Arc<State>) -> Result<Response> {
    let input: Reset = call.input()?;
    let found = found(&call, &input.token).await?;
    policy::check(&call.app, found.kind, &input.password, &[&found.email, &found.name])?;
    let new = state.hasher.hash(input.password.into()).await?;

    let caller = found.caller();
    let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    // Of two at once with one link, the second finds it used.
    if !store::use_up(ctx.db(), found.kind, found.reset, ctx.now()).await? {
        ctx.rollback().await?;
        return Err(used());
    }
    account::store::set_password(ctx.db(), found.kind, found.account, &new, ctx.now()).await?;
    store::forget_others(ctx.db(), found.kind, found.account, found.reset).await?;
    if found.kind == Kind::User {
        email_change::store::forget(ctx.db(), found.account).await?;
    }
    store::end_sessions(ctx.db(), found.kind, found.account, ctx.now()).await?;
    // Who knew the old password may stand between the steps of a sign-in.
    ceremonies::store::end_of(ctx.db(), found.account).await?;
    ctx.callers_changed();
    if found.had_password {
        notices::changed(&mut ctx, found.kind, found.account, "set-password").await?;
    }
    let mut changes = Changes::new();
    changes.insert("password".into(), json!({"before": MASK, "after": MASK}));
    let name = format!("{}.password-reset", found.kind.collection());
    ctx.audit(&name, Some(Target::new(found.kind.collection(), found.account, &found.name)), changes, None).await?;
    ctx.emit(PasswordReset { kind: found.kind, id: found.account }).await?;
    ctx.commit().await?;
    Ok(empty())
}

fn used() -> Problem {
    Problem::new(kernel::problem::Kind::Gone, "This link was used, replaced or has expired. Ask for a new one.")
}

/// The reset behind a token, when it can still be used.
fn open(found: Option<Found>, now: DateTime<Utc>) -> Result<Found> {
    let found = found.ok_or_else(|| Problem::not_found("such link"))?;
    if found.used || found.expires_at <= now || !found.active { Err(used()) } else { Ok(found) }
}

struct Found {
    kind: Kind,
    reset: Uuid,
    account: Uuid,
    email: String,
    name: String,
    active: bool,
    used: bool,
    expires_at: DateTime<Utc>,
    /// Not their first one, so that they are told of another.
    had_password: bool,
}

impl Found {
    /// Whoever holds the link acts as its account, for this one thing.
    fn caller(&self) -> Caller {
        Caller {
            actor: Actor { kind: self.kind.actor(), id: Some(self.account), label: self.name.clone() },
            subject: None,
            seen_as: None,
            scope: Scope::Platform,
            role: "reset link".into(),
            permissions: Permissions::default(),
            session: None,
            proved_at: None,
        }
    }
}

pub mod store {
    use super::{DateTime, Found, Kind, Result, Utc, Uuid};
    use crate::kind::{Pair, pair};
    use kernel::Client;

    const FIND: &str = "select 'staff', r.id, u.id, u.email, u.name, u.status = 'active' and u.deleted_at is null, r.used_at is not null, r.expires_at, u.password_hash is not null \
           from dashboard_auth.password_resets r join dashboard_auth.dashboard_users u on u.id = r.user_id where r.token_hash = $1 \
         union all select 'user', r.id, u.id, u.email, coalesce(u.name, u.email), u.status = 'active' and u.deleted_at is null, r.used_at is not null, r.expires_at, u.password_hash is not null \
           from auth.password_resets r join auth.users u on u.id = r.user_id where r.token_hash = $1";
    const INSERT: Pair = pair!("insert into " password_resets " (id, user_id, token_hash, requested_by, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)");
    const FORGET: Pair = pair!("delete from " password_resets " where user_id = $1");
    const FORGET_ASKED: Pair = pair!("delete from " password_resets " where user_id = $1 and requested_by is null and expires_at <= $2");
    const FORGET_OTHERS: Pair = pair!("delete from " password_resets " where user_id = $1 and id <> $2");
    const USE: Pair = pair!("update " password_resets " set used_at = $2 where id = $1 and used_at is null and expires_at > $2");
    const END: Pair =
        pair!("update " sessions " set revoked_at = $2, revoked_reason = 'password reset' where user_id = $1 and revoked_at is null");
    const SWEEP: Pair = pair!("delete from " password_resets " where expires_at < $1");

    pub const STATEMENTS: &[&str] = &[
        FIND,
        INSERT.staff,
        INSERT.user,
        FORGET.staff,
        FORGET.user,
        FORGET_ASKED.staff,
        FORGET_ASKED.user,
        FORGET_OTHERS.staff,
        FORGET_OTHERS.user,
        USE.staff,
        USE.user,
        END.staff,
        END.user,
        SWEEP.staff,
        SWEEP.user,
    ];

    pub(super) async fn find(db: &Client, hash: &[u8]) -> Result<Option<Found>> {
        let row = db.query_opt(FIND, &[&hash]).await?;
        Ok(row.map(|row| Found {
            kind: if row.get::<_, &str>(0) == "staff" { Kind::Staff } else { Kind::User },
            reset: row.get(1),
            account: row.get(2),
            email: row.get(3),
            name: row.get(4),
            active: row.get(5),
            used: row.get(6),
            expires_at: row.get(7),
            had_password: row.get(8),
        }))
    }

    #[expect(clippy::too_many_arguments, reason = "one per column")]
    pub(super) async fn insert(
        db: &Client,
        kind: Kind,
        id: Uuid,
        account: Uuid,
        hash: &[u8],
        by: Option<Uuid>,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<()> {
        db.execute(INSERT.of(kind), &[&id, &account, &hash, &by, &now, &expires_at]).await?;
        Ok(())
    }

    pub(crate) async fn forget(db: &Client, kind: Kind, account: Uuid) -> Result<()> {
        db.execute(FORGET.of(kind), &[&account]).await?;
        Ok(())
    }

    /// Links that end no later than one that is made now; those of staff and the long ones of new accounts stay.
    pub(super) async fn forget_asked(db: &Client, kind: Kind, account: Uuid, until: DateTime<Utc>) -> Result<()> {
        db.execute(FORGET_ASKED.of(kind), &[&account, &until]).await?;
        Ok(())
    }

    pub(super) async fn forget_others(db: &Client, kind: Kind, account: Uuid, used: Uuid) -> Result<()> {
        db.execute(FORGET_OTHERS.of(kind), &[&account, &used]).await?;
        Ok(())
    }

    pub(super) async fn use_up(db: &Client, kind: Kind, id: Uuid, now: DateTime<Utc>) -> Result<bool> {
        Ok(db.execute(USE.of(kind), &[&id, &now]).await? == 1)
    }

    pub(super) async fn end_sessions(db: &Client, kind: Kind, account: Uuid, now: DateTime<Utc>) -> Result<()> {
        db.execute(END.of(kind), &[&account, &now]).await?;
        Ok(())
    }

    pub(crate) async fn sweep(db: &Client, before: DateTime<Utc>) -> Result<u64> {
        Ok(db.execute(SWEEP.staff, &[&before]).await? + db.execute(SWEEP.user, &[&before]).await?)
    }
}
