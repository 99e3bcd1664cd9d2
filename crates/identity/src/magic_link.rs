//! Signing in by a link in a letter, for app users, where the setting allows it: once, for a quarter of an hour, while
//! the address is theirs. A second factor is still asked for.
//!
//! The browser that asked is signed in as soon as its page sees the link; it has a cookie that nobody else has, so that
//! programs which open links of letters use none up. Opened in another browser (the mail is on the phone), the person is
//! shown whose account it is and presses a button; never is the browser that asked signed in by that, because then a
//! stranger could ask and wait for the owner to press it.

use crate::cookie::{self, Asked};
use crate::forgotten::Ask;
use crate::kind::Kind;
use crate::sealed::Sealed;
use crate::throttle::About;
use crate::{account, letters, settings, sign_in, sso, throttle};
use chrono::{DateTime, Duration, Utc};
use http::{Method, StatusCode};
use kernel::audit::{Changes, Target};
use kernel::endpoint::{Response, json as answer};
use kernel::job::{Failure, Run};
use kernel::secret::{self, Token};
use kernel::{Access, Actor, Call, Caller, Ctx, Endpoint, Job, Problem, RequestInfo, Result, problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

const GOOD_FOR: Duration = Duration::minutes(15);

pub(crate) fn endpoints() -> [Endpoint; 3] {
    let at = |rest: &str| format!("{}/magic-link{rest}", Kind::User.door());
    [
        Endpoint::new(Method::POST, &at(""), "account.magic-link", Access::Public, ask)
            .summary("Ask for a link to sign in by; says the same whether or not the address has an account")
            .takes::<Ask>()
            .status(StatusCode::ACCEPTED),
        Endpoint::new(Method::GET, &at(""), "account.look-at-magic-link", Access::Public, look)
            .summary("Whose link it is, and whether this browser asked for it; uses nothing up")
            .parameter("token", "query", "From the link")
            .answer(
                json!({"type": "object", "properties": {"email": {"type": "string"}, "asked_here": {"type": "boolean"}}}),
                json!({"email": "grace@example.com", "asked_here": true}),
            ),
        Endpoint::new(Method::POST, &at("/answer"), "account.create-by-magic-link", Access::Public, enter)
            .summary("Sign in by a link")
            .takes::<Enter>()
            .answer(sign_in::schema(), sign_in::example(Kind::User)),
    ]
}

fn on(call: &Call) -> Result<()> {
    if settings::MAGIC_LINK.get(&call.app)? {
        Ok(())
    } else {
        Err(Problem::refused("Nobody signs in by a link here").titled("Not available"))
    }
}

async fn ask(call: Call) -> Result<Response> {
    let input: Ask = call.input()?;
    on(&call)?;
    throttle::ask(&call).await?;
    let email = crate::email::normalise(&input.email)?;
    let browser = Token::random();
    let caller = Caller { actor: Actor::nobody(&email), ..Caller::system("magic link") };
    let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    let sealed = Sealed::new(ctx.app(), ctx.id(), &(&email, browser.hash()))?;
    ctx.enqueue(MagicLink { sealed }).await?;
    ctx.audit("user-sessions.ask-magic-link", Some(Target::new("users", "", &email)), Changes::new(), None).await?;
    ctx.commit().await?;
    let mut response = answer(StatusCode::ACCEPTED, &json!({}))?;
    cookie::set_asked(&mut response, Asked::MagicLink, browser.reveal(), GOOD_FOR.num_seconds(), call.request.tls);
    Ok(response)
}

/// Writes a link to sign in by, when there is such an account.
#[derive(Serialize, Deserialize)]
pub struct MagicLink {
    sealed: Sealed,
}

impl Job for MagicLink {
    const KIND: &'static str = "identity.magic-link";
    const DESCRIPTION: &'static str = "Writes a link to sign in by to a user";

    async fn run(self, run: Run) -> Result<Value, Failure> {
        let (email, browser_hash): (String, Vec<u8>) = self.sealed.open(&run.app).map_err(Failure::Fail)?;
        let request = RequestInfo { id: run.id.simple().to_string(), ..RequestInfo::default() };
        let mut ctx = Ctx::open(run.app.clone(), Caller::system("magic link"), request).await?;
        let written = write(&mut ctx, &email, &browser_hash).await?;
        ctx.commit().await?;
        Ok(json!({"written": written}))
    }
}

async fn write(ctx: &mut Ctx, email: &str, browser_hash: &[u8]) -> Result<bool> {
    let found = account::store::by_email(ctx.db(), Kind::User, email, ctx.now()).await?.filter(|c| c.active && !c.waits);
    let Some(candidate) = found else { return Ok(false) };
    if sso::is_exclusive(ctx.db(), Kind::User, email).await? {
        return Ok(false);
    }
    if !throttle::may_write(ctx.db(), About::SignIn, email, ctx.now()).await? {
        return Ok(false);
    }
    let (token, expires_at) = (Token::random(), ctx.now() + GOOD_FOR);
    store::insert(ctx.db(), ctx.id(), candidate.id, email, &token.hash(), browser_hash, ctx.now(), expires_at).await?;
    let link = format!("{}/auth/magic?token={}", ctx.app().site.base_url, token.reveal());
    letters::magic_link(ctx, candidate.id, email, &link, expires_at).await?;
    Ok(true)
}

fn over() -> Problem {
    Problem::new(problem::Kind::Gone, "This link was used or has expired. Ask for a new one.")
}

/// A link that can still be used.
fn usable(found: Option<Found>, now: DateTime<Utc>) -> Result<Found> {
    let found = found.ok_or_else(|| Problem::not_found("such link"))?;
    if found.used || found.expires_at <= now || !found.theirs { Err(over()) } else { Ok(found) }
}

/// Whether the browser is the one that asked for the link.
fn asked_here(call: &Call, found: &Found) -> bool {
    let browser = cookie::asked(&call.headers, Asked::MagicLink, call.request.tls).map(secret::hash);
    browser.is_some_and(|browser| secret::same(&browser, &found.browser_hash))
}

async fn look(call: Call) -> Result<Response> {
    on(&call)?;
    let token = call.query_value("token").unwrap_or_default();
    let now = call.app.clock.now();
    let tx = call.app.db.begin(&Caller::system("magic link"), now).await?;
    let found = store::find(tx.db(), &secret::hash(token.trim())).await?;
    tx.rollback().await?;
    let found = usable(found, now)?;
    answer(StatusCode::OK, &json!({"email": found.email, "asked_here": asked_here(&call, &found)}))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Enter {
    /// From the link
    #[schemars(length(min = 1, max = 200))]
    token: String,
    /// Whether the person was asked, in a browser that isn't the one which asked for the link
    #[serde(default)]
    elsewhere: bool,
}

async fn enter(call: Call) -> Result<Response> {
    let input: Enter = call.input()?;
    on(&call)?;
    let mut ctx = Ctx::open(call.app.clone(), Caller::system("magic link"), call.request.clone()).await?;
    match steps(&mut ctx, &call, &input).await {
        Ok(response) => {
            ctx.commit().await?;
            Ok(response)
        }
        Err(problem) => {
            drop(ctx.rollback().await);
            Err(problem)
        }
    }
}

async fn steps(ctx: &mut Ctx, call: &Call, input: &Enter) -> Result<Response> {
    let found = usable(store::find(ctx.db(), &secret::hash(input.token.trim())).await?, ctx.now())?;
    if !asked_here(call, &found) && !input.elsewhere {
        return Err(Problem::refused("This link was asked for in another browser. Confirm that you want to sign in here.")
            .titled("Another browser"));
    }
    // The locked row is what counts: suspended, deleted or another address meanwhile, and it lets nobody in.
    account::store::lock_active(ctx.db(), Kind::User, found.user_id).await?.ok_or_else(over)?;
    let account = account::store::by_id(ctx.db(), Kind::User, found.user_id).await?.filter(|a| a.email == found.email).ok_or_else(over)?;
    if sso::is_exclusive(ctx.db(), Kind::User, &account.email).await? || !store::use_up(ctx.db(), found.id, ctx.now()).await? {
        return Err(over());
    }
    // Who reads the letter has the mailbox.
    account::store::verified(ctx.db(), found.user_id, ctx.now()).await?;
    let mut response = sign_in::proceed(ctx, &call.headers, &account, &["magic_link"], StatusCode::OK).await?;
    cookie::clear_asked(&mut response, Asked::MagicLink, call.request.tls);
    Ok(response)
}

struct Found {
    id: Uuid,
    user_id: Uuid,
    email: String,
    browser_hash: Vec<u8>,
    expires_at: DateTime<Utc>,
    used: bool,
    /// The account is active, and its address still the one that the letter went to.
    theirs: bool,
}

pub mod store {
    use super::{DateTime, Found, Result, Utc, Uuid};
    use kernel::Client;

    const INSERT: &str = "insert into auth.magic_links (id, user_id, email, token_hash, browser_hash, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)";
    const FIND: &str = "select l.id, l.user_id, l.email, l.browser_hash, l.expires_at, l.used_at is not null, \
         u.status = 'active' and u.deleted_at is null and u.email = l.email from auth.magic_links l join auth.users u on u.id = l.user_id where l.token_hash = $1";
    const USE: &str = "update auth.magic_links set used_at = $2 where id = $1 and used_at is null";
    const SWEEP: &str = "delete from auth.magic_links where expires_at < $1";

    pub const STATEMENTS: &[&str] = &[INSERT, FIND, USE, SWEEP];

    #[expect(clippy::too_many_arguments, reason = "one per column")]
    pub(super) async fn insert(
        db: &Client,
        id: Uuid,
        user: Uuid,
        email: &str,
        token_hash: &[u8],
        browser_hash: &[u8],
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<()> {
        db.execute(INSERT, &[&id, &user, &email, &token_hash, &browser_hash, &now, &expires_at]).await?;
        Ok(())
    }

    pub(super) async fn find(db: &Client, token_hash: &[u8]) -> Result<Option<Found>> {
        Ok(db.query_opt(FIND, &[&token_hash]).await?.map(|row| Found {
            id: row.get(0),
            user_id: row.get(1),
            email: row.get(2),
            browser_hash: row.get(3),
            expires_at: row.get(4),
            used: row.get(5),
            theirs: row.get(6),
        }))
    }

    /// Of two at once the second finds it used.
    pub(super) async fn use_up(db: &Client, id: Uuid, now: DateTime<Utc>) -> Result<bool> {
        Ok(db.execute(USE, &[&id, &now]).await? == 1)
    }

    pub(crate) async fn sweep(db: &Client, before: DateTime<Utc>) -> Result<u64> {
        Ok(db.execute(SWEEP, &[&before]).await?)
    }
}
