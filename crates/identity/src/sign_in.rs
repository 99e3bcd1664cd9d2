//! Signing in and out. Unknown, suspended and wrong are one answer, after the same work; attempts are counted
//! before they are made; a sign-in replaces the session the browser brought along.

use crate::account::{self, Account, Candidate};
use crate::throttle::{self, Bucket};
use crate::{State, cookie, permission, restrictions, sessions};
use chrono::{DateTime, Duration, Utc};
use http::{Method, StatusCode};
use kernel::audit::{self, Entry, Outcome, Target};
use kernel::endpoint::{Response, empty, json};
use kernel::{Access, Actor, ActorKind, App, Call, Caller, Ctx, Endpoint, Problem, RequestInfo, Result, secret};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// An address is familiar to an account for this long after a sign-in.
const FAMILIAR: Duration = Duration::days(90);

pub(crate) fn endpoints(state: &Arc<State>) -> [Endpoint; 3] {
    let (read, write, end) = (state.clone(), state.clone(), state.clone());
    [
        Endpoint::new(Method::GET, "/session", "session.get", Access::Public, move |call| show(call, read.clone()))
            .summary("Who is signed in, and whether the platform still needs its first administrator")
            .answer(answer_schema(), example()),
        Endpoint::new(Method::POST, "/session", "session.create", Access::Public, move |call| sign_in(call, write.clone()))
            .summary("Sign in as staff")
            .takes::<SignIn>()
            .answer(answer_schema(), example()),
        Endpoint::new(Method::DELETE, "/session", "session.delete", Access::Public, move |call| sign_out(call, end.clone()))
            .summary("Sign out"),
    ]
}

fn answer_schema() -> Value {
    let time = json!({"type": ["string", "null"], "format": "date-time"});
    json!({"type": "object", "required": ["state", "setup_token_required", "permissions"], "properties": {
        "state": {"enum": ["setup_needed", "signed_out", "signed_in"]}, "setup_token_required": {"type": "boolean"},
        "user": {"type": ["object", "null"], "properties": {"id": {"type": "string", "format": "uuid"}, "email": {"type": "string"}, "name": {"type": "string"}, "role": {"type": "string"}}},
        "permissions": {"type": "array", "items": {"type": "string"}}, "expires_at": time, "idle_expires_at": time }})
}

fn example() -> Value {
    json!({"state": "signed_in", "setup_token_required": false,
        "user": {"id": "0190b6c8-0000-7000-8000-000000000001", "email": "ada@example.com", "name": "Ada Lovelace", "role": "owner"},
        "permissions": ["users:read", "users:update"], "expires_at": "2026-11-20T21:30:00Z", "idle_expires_at": "2026-11-20T10:30:00Z"})
}

#[derive(Serialize)]
struct User {
    id: Uuid,
    email: String,
    name: String,
    role: String,
}

/// What `GET /session` says.
#[derive(Serialize)]
pub(crate) struct Shown {
    state: &'static str,
    setup_token_required: bool,
    user: Option<User>,
    permissions: Vec<String>,
    expires_at: Option<DateTime<Utc>>,
    idle_expires_at: Option<DateTime<Utc>>,
}

async fn show(call: Call, state: Arc<State>) -> Result<Response> {
    let mut shown = Shown {
        state: "signed_out",
        setup_token_required: false,
        user: None,
        permissions: Vec::new(),
        expires_at: None,
        idle_expires_at: None,
    };
    if call.caller.is_none() && state.is_known_administered() {
        return json(StatusCode::OK, &shown);
    }
    let tx = call.app.db.begin(&Caller::system("session"), call.app.clock.now()).await?;
    if let Some(caller) = &call.caller
        && let Some(kept) = store::shown(tx.db(), caller.session.unwrap_or_default()).await?
    {
        shown = of(&call.app, caller, kept);
    } else if !state.is_administered(tx.db()).await? {
        shown.state = "setup_needed";
        shown.setup_token_required = !call.request.local;
    }
    tx.rollback().await?;
    json(StatusCode::OK, &shown)
}

fn of(app: &App, caller: &Caller, kept: Kept) -> Shown {
    Shown {
        state: "signed_in",
        setup_token_required: false,
        user: Some(User { id: kept.id, email: kept.email, name: kept.name, role: caller.role.clone() }),
        permissions: permission::names(&app.registry, &caller.permissions),
        expires_at: kept.expires_at,
        idle_expires_at: kept.idle_expires_at,
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    #[schemars(length(min = 1, max = 254))]
    email: String,
    #[schemars(length(min = 1, max = 1024), extend("format" = "password"))]
    password: String,
}

/// The one answer to every attempt that fails.
fn refused() -> Problem {
    Problem::unauthenticated("The e-mail address or the password is wrong, or the account can't sign in").titled("That didn't work")
}

async fn sign_in(call: Call, state: Arc<State>) -> Result<Response> {
    let input: SignIn = call.input()?;
    // PostgreSQL's text has no NUL, and no account has one.
    let email = input.email.trim().to_lowercase().replace('\0', "\u{fffd}");
    let (account, buckets) = begin(&call, &email).await?;
    let stored = account.as_ref().and_then(|a| a.password_hash.clone());
    let fits = state.hasher.verify(input.password.into(), stored).await?;
    match account {
        Some(candidate) if fits && candidate.active => admit(&call, &candidate, &buckets).await,
        account => {
            note_failure(&call, &email, account.as_ref(), fits).await?;
            Err(refused())
        }
    }
}

/// Finds the account and counts the attempt.
async fn begin(call: &Call, email: &str) -> Result<(Option<Candidate>, Vec<Bucket>)> {
    let (app, request) = (&call.app, &call.request);
    let now = app.clock.now();
    let tx = app.db.begin(&Caller::system("sign-in"), now).await?;
    restrictions::knock(tx.db(), request.address).await?;
    let address = request.address.map(|a| a.to_string());
    let account = account::store::by_email(tx.db(), email).await?;
    // Asked and computed for unknown accounts too, in the name of nobody: it takes as long.
    let id = account.as_ref().map_or(Uuid::nil(), |a| a.id);
    let here = account::store::familiar(tx.db(), id, address.as_deref(), now - FAMILIAR).await?;
    let familiar = cookie::browser(&call.headers, &app.keys, id, request.tls).or_else(|| here.then(|| address.clone()).flatten());
    let buckets = throttle::buckets(email, request.address, familiar.as_deref());
    match throttle::take(tx.db(), &buckets, now).await {
        Ok(()) => tx.commit().await?,
        Err(problem) => {
            // What the address took before the account refused stays taken.
            tx.commit().await?;
            tracing::warn!(account = email, client.address = address, request_id = request.id, "a sign-in was put off: too many attempts");
            return Err(problem);
        }
    }
    Ok((account, buckets))
}

async fn admit(call: &Call, candidate: &Candidate, buckets: &[Bucket]) -> Result<Response> {
    let app = &call.app;
    let tx = app.db.begin(&Caller::system("sign-in"), app.clock.now()).await?;
    let account = account::store::by_id(tx.db(), candidate.id).await?;
    tx.rollback().await?;
    let Some(account) = account else { return Err(refused()) };
    let mut ctx = Ctx::open(app.clone(), account.caller(app), call.request.clone()).await?;
    // Suspended, deleted or given another password while this one was checked: the locked row is what counts.
    if !account::store::lock_unchanged(ctx.db(), candidate).await? {
        ctx.rollback().await?;
        return Err(refused());
    }
    throttle::refund(ctx.db(), buckets).await?;
    if let Some(old) = cookie::value(&call.headers, cookie::session_name(call.request.tls)) {
        sessions::store::revoke_by_token(ctx.db(), &secret::hash(old), ctx.now(), "replaced").await?;
    }
    let response = enter(&mut ctx, &account, StatusCode::OK).await?;
    ctx.commit().await?;
    Ok(response)
}

/// Opens a session for the account and gives it to the browser; audited as a sign-in. The caller commits.
pub(crate) async fn enter(ctx: &mut Ctx, account: &Account, status: StatusCode) -> Result<Response> {
    let opened = sessions::open(ctx, account.id).await?;
    let caller = account.caller(ctx.app());
    let target = Target::new("sessions", opened.id, &account.name);
    let entry = Entry::of(ctx.id(), ctx.now(), &caller, ctx.request(), "sessions.sign-in", Some(target));
    audit::store::append(ctx.db(), &ctx.app().keys, &entry).await?;
    ctx.callers_changed();
    let kept = store::shown(ctx.db(), opened.id).await?.ok_or_else(|| Problem::internal("a session that was just opened is not there"))?;
    let mut response = json(status, &of(ctx.app(), &caller, kept))?;
    let tls = ctx.request().tls;
    cookie::set_browser(&mut response, &ctx.app().keys, account.id, tls);
    cookie::set_session(&mut response, opened.token.reveal(), opened.seconds, tls);
    Ok(response)
}

async fn note_failure(call: &Call, email: &str, account: Option<&Candidate>, fits: bool) -> Result<()> {
    let app = &call.app;
    let why = match account {
        None => "There is no such account",
        Some(account) if !account.active => "The account is suspended",
        Some(account) if account.password_hash.is_none() => "The account has no password",
        Some(_) if fits => "The account changed meanwhile",
        Some(_) => "The password was wrong",
    };
    let id = account.map(|a| a.id.to_string()).unwrap_or_default();
    note(app, &call.request, email, Target::new("staff", id, email), why).await
}

async fn note(app: &Arc<App>, request: &RequestInfo, label: &str, target: Target, why: &str) -> Result<()> {
    let caller = Caller { actor: Actor::nobody(label), ..Caller::system("sign-in") };
    let now = app.clock.now();
    let tx = app.db.begin(&caller, now).await?;
    let entry = Entry::of(app.ids.next(&app.clock), now, &caller, request, "sessions.sign-in", Some(target))
        .outcome(Outcome::Failed)
        .detail(Some(why.into()));
    audit::store::append(tx.db(), &app.keys, &entry).await?;
    tx.commit().await
}

/// Ends the session of the cookie. Without one there is nothing to end, and that is fine too.
async fn sign_out(call: Call, _state: Arc<State>) -> Result<Response> {
    if let Some(caller) = call.caller.clone().filter(|c| c.actor.kind == ActorKind::Staff)
        && let Some(session) = caller.session
    {
        let label = caller.actor.label.clone();
        let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
        sessions::store::revoke(ctx.db(), session, ctx.now(), "signed out").await?;
        ctx.audit("sessions.sign-out", Some(Target::new("sessions", session, label)), audit::Changes::new(), None).await?;
        ctx.callers_changed();
        ctx.commit().await?;
    }
    let mut response = empty();
    cookie::clear_session(&mut response, call.request.tls);
    Ok(response)
}

struct Kept {
    id: Uuid,
    email: String,
    name: String,
    expires_at: Option<DateTime<Utc>>,
    idle_expires_at: Option<DateTime<Utc>>,
}

pub mod store {
    use super::{Kept, Result, Uuid};
    use tokio_postgres::Client;

    const SHOWN: &str = "select u.id, u.email, u.name, s.expires_at, s.idle_expires_at from dashboard_auth.sessions s \
         join dashboard_auth.dashboard_users u on u.id = s.user_id where s.id = $1 \
         union all select u.id, u.email, u.name, k.expires_at, null from identity.api_keys k join dashboard_auth.dashboard_users u on u.id = k.staff_id where k.id = $1";

    pub const STATEMENTS: &[&str] = &[SHOWN];

    pub(super) async fn shown(db: &Client, session: Uuid) -> Result<Option<Kept>> {
        let row = db.query_opt(SHOWN, &[&session]).await?;
        Ok(row.map(|row| Kept { id: row.get(0), email: row.get(1), name: row.get(2), expires_at: row.get(3), idle_expires_at: row.get(4) }))
    }
}
