//! A new e-mail address of one's own: asked for with a fresh proof, counted once the link that was sent there is opened.
//! The old address is told both times. Whether somebody else has the new one can't be found out by asking.

use crate::fact::fact;
use crate::kind::Kind;
use crate::sign_in::{note_owner, on_platform, person};
use crate::throttle::About;
use crate::verification::Opened;
use crate::{account, email, letters, link, notices, sso, throttle, user_invitations, users};
use chrono::{DateTime, Duration, Utc};
use http::{Method, StatusCode};
use kernel::audit::Target;
use kernel::endpoint::{Response, empty, json as answer};
use kernel::secret::{self, Token};
use kernel::{Access, Actor, ActorKind, Call, Caller, Ctx, Endpoint, Permissions, Problem, Result, problem};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

/// How long the link is good.
const GOOD_FOR: Duration = Duration::hours(24);

fact!(
    /// An app user has another e-mail address, and showed that it is theirs.
    UserEmailChanged = "user.email-changed" { id: Uuid, email: String }
);

pub(crate) fn endpoints() -> [Endpoint; 2] {
    [
        crate::sign_in::for_members(
            Kind::User,
            Endpoint::new(Method::POST, "/account/email", "account.change-email", Access::SignedIn, ask),
        )
        .summary("Change your e-mail address; it counts once the link that is sent to it is opened")
        .takes::<Change>()
        .status(StatusCode::ACCEPTED)
        .answer(
            json!({"type": "object", "properties": {"expires_at": {"type": "string", "format": "date-time"}}}),
            json!({"expires_at": "2026-11-21T09:30:00Z"}),
        ),
        Endpoint::new(Method::POST, "/account/email/confirm", "account.confirm-email", Access::Public, confirm)
            .summary("Confirm a new address by the link that was sent to it")
            .takes::<Opened>()
            .status(StatusCode::NO_CONTENT),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Change {
    #[schemars(length(min = 1, max = 254))]
    email: String,
}

async fn ask(call: Call) -> Result<Response> {
    let (caller, id, _) = person(&call, Kind::User)?;
    caller.prove(true, call.app.clock.now())?;
    let input: Change = call.input()?;
    throttle::ask(&call).await?;
    let new = email::normalise(&input.email)?;
    let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    let account = account::store::by_id(ctx.db(), Kind::User, id).await?.ok_or_else(|| Problem::not_found("such account"))?;
    if account.email == new {
        ctx.rollback().await?;
        return Err(Problem::field("email", "same", "This is your address already"));
    }
    // Nobody leaves or enters a domain whose provider is the only way in; that is for who administers it.
    for address in [&account.email, &new] {
        if sso::is_exclusive(ctx.db(), Kind::User, address).await? {
            ctx.rollback().await?;
            return Err(Problem::field(
                "email",
                "provider",
                "Addresses of this domain belong to a sign-in provider. Ask those who administer the platform",
            ));
        }
    }
    let (token, expires_at) = (Token::random(), ctx.now() + GOOD_FOR);
    store::forget(ctx.db(), id).await?;
    store::insert(ctx.db(), id, &new, &token.hash(), ctx.now(), expires_at).await?;
    note_owner(&mut ctx, Kind::User, id, "change-email", &new).await?;
    if throttle::may_write(ctx.db(), About::Address, &new, ctx.now()).await? {
        let language = notices::language(&ctx, Kind::User, id).await?;
        if user_invitations::store::is_user(ctx.db(), &new).await? {
            letters::already_registered(&mut ctx, &new, Some(language.code())).await?;
        } else {
            let link = format!("{}/auth/verify?token={}", ctx.app().site.base_url, token.reveal());
            letters::confirm_email(&mut ctx, &new, &account.name, language, &link, expires_at).await?;
        }
    }
    ctx.commit().await?;
    answer(StatusCode::ACCEPTED, &json!({"expires_at": expires_at}))
}

/// The change behind a link, when it can still be confirmed.
///
/// # Errors
/// 404 for an unknown link, 410 for one that is over.
pub(crate) fn usable(found: Option<Found>, now: DateTime<Utc>) -> Result<Found> {
    let found = found.ok_or_else(|| Problem::not_found("such link"))?;
    if found.expires_at <= now || !found.active {
        return Err(Problem::new(problem::Kind::Gone, "This link has expired. Ask for the change again."));
    }
    Ok(found)
}

async fn confirm(call: Call) -> Result<Response> {
    let input: Opened = call.input()?;
    let hash = secret::hash(input.token.trim());
    let tx = call.app.db.begin(&Caller::system("verification"), call.app.clock.now()).await?;
    let found = store::find(tx.db(), &hash).await?;
    tx.rollback().await?;
    let found = usable(found, call.app.clock.now())?;
    let mut ctx = Ctx::open(call.app.clone(), found.caller(), call.request.clone()).await?;
    match change(&mut ctx, &found, &hash).await {
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

async fn change(ctx: &mut Ctx, found: &Found, hash: &[u8]) -> Result<()> {
    account::store::lock_active(ctx.db(), Kind::User, found.user_id).await?;
    // Of two at once the second finds it gone.
    if !store::take(ctx.db(), hash).await? {
        return Err(Problem::not_found("such link"));
    }
    if user_invitations::store::is_user(ctx.db(), &found.email).await? {
        return Err(Problem::conflict("Somebody else has an account with this address by now.", None));
    }
    // While the old address is still the account's.
    notices::changed(ctx, Kind::User, found.user_id, "confirm-email").await?;
    users::store::set_email(ctx.db(), found.user_id, &found.email).await?;
    account::store::verified(ctx.db(), found.user_id, ctx.now()).await?;
    link::store::forget(ctx.db(), Kind::User, found.user_id).await?;
    ctx.callers_changed();
    let changes = [("email".to_owned(), json!({"before": found.old, "after": found.email}))].into_iter().collect();
    ctx.audit("users.confirm-email", Some(Target::new("users", found.user_id, &found.name)), changes, None).await?;
    ctx.emit(UserEmailChanged { id: found.user_id, email: found.email.clone() }).await
}

pub(crate) struct Found {
    pub user_id: Uuid,
    pub email: String,
    pub name: String,
    old: String,
    active: bool,
    expires_at: DateTime<Utc>,
}

impl Found {
    /// Whoever holds the link acts as its account, for this one thing.
    fn caller(&self) -> Caller {
        on_platform(Caller {
            actor: Actor { kind: ActorKind::Person, id: Some(self.user_id), label: self.name.clone() },
            role: "confirmation link".into(),
            permissions: Permissions::default(),
            ..Caller::system("")
        })
    }
}

pub mod store {
    use super::{DateTime, Found, Result, Utc, Uuid};
    use kernel::Client;

    const INSERT: &str = "insert into auth.email_changes (user_id, email, token_hash, created_at, expires_at) values ($1, $2, $3, $4, $5)";
    const FORGET: &str = "delete from auth.email_changes where user_id = $1";
    const FIND: &str = "select c.user_id, c.email, coalesce(u.name, u.email), u.email, u.status = 'active' and u.deleted_at is null, c.expires_at \
         from auth.email_changes c join auth.users u on u.id = c.user_id where c.token_hash = $1";
    const TAKE: &str = "delete from auth.email_changes where token_hash = $1";
    const SWEEP: &str = "delete from auth.email_changes where expires_at < $1";

    pub const STATEMENTS: &[&str] = &[INSERT, FORGET, FIND, TAKE, SWEEP];

    pub(super) async fn insert(
        db: &Client,
        user: Uuid,
        email: &str,
        hash: &[u8],
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<()> {
        db.execute(INSERT, &[&user, &email, &hash, &now, &expires_at]).await?;
        Ok(())
    }

    /// Makes useless what is still open, because the account is somebody's whose address staff changed, or whose password
    /// was in wrong hands.
    pub(crate) async fn forget(db: &Client, user: Uuid) -> Result<()> {
        db.execute(FORGET, &[&user]).await?;
        Ok(())
    }

    pub(crate) async fn find(db: &Client, hash: &[u8]) -> Result<Option<Found>> {
        Ok(db.query_opt(FIND, &[&hash]).await?.map(|row| Found {
            user_id: row.get(0),
            email: row.get(1),
            name: row.get(2),
            old: row.get(3),
            active: row.get(4),
            expires_at: row.get(5),
        }))
    }

    pub(super) async fn take(db: &Client, hash: &[u8]) -> Result<bool> {
        Ok(db.execute(TAKE, &[&hash]).await? == 1)
    }

    pub(crate) async fn sweep(db: &Client, before: DateTime<Utc>) -> Result<u64> {
        Ok(db.execute(SWEEP, &[&before]).await?)
    }
}
