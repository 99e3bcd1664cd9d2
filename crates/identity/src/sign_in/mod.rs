//! Signing in and out, of staff and of app users: the same steps behind two doors. Unknown, suspended and wrong are one
//! answer, after the same work; attempts are counted before they are made; a sign-in replaces the session the browser
//! brought along. After the password comes the second factor, where the account has one or its rules ask for one.

mod alone;
mod enrol;
mod enter;
mod offers;
mod proof;
mod second;
mod shown;

pub(crate) use enter::{Proved, enter, go_on, on_platform, proceed};
pub(crate) use proof::{note_owner, person};
pub(crate) use second::account as active_account;
pub(crate) use shown::{Shown, example, organizations, schema, store as shown_store};

use crate::account::{self, Candidate};
use crate::kind::Kind;
use crate::throttle::{self, Bucket};
use crate::{State, cookie, impersonation, registration, restrictions, sessions, sso};
use chrono::Duration;
use http::{Method, StatusCode};
use kernel::audit::{self, Entry, Outcome, Target};
use kernel::endpoint::{Response, json as json_answer};
use kernel::{Access, Actor, App, Call, Caller, Ctx, Endpoint, Problem, RequestInfo, Result, Scope, secret};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// An address is familiar to an account for this long after a sign-in.
const FAMILIAR: Duration = Duration::days(90);

pub(crate) fn endpoints(state: &Arc<State>) -> Vec<Endpoint> {
    Kind::BOTH.into_iter().flat_map(|kind| door(kind, state)).collect()
}

/// The routes of one kind of account.
fn door(kind: Kind, state: &Arc<State>) -> Vec<Endpoint> {
    let who = if kind == Kind::Staff { "staff" } else { "an app user" };
    let (read, write) = (state.clone(), state.clone());
    let at = |method: Method, rest: &str, id: &str| (method, format!("{}{rest}", kind.door()), format!("{}.{id}", kind.prefix()));
    let public = |(method, path, id): (Method, String, String),
                  handler: fn(Call, Kind) -> futures::future::BoxFuture<'static, Result<Response>>| {
        Endpoint::new(method, &path, &id, Access::Public, move |call| handler(call, kind))
    };
    let signed_in = |endpoint: Endpoint| endpoint.answer(shown::schema(), shown::example(kind));
    let options = |endpoint: Endpoint| {
        endpoint.answer(
            json!({"type": "object", "description": "Options for navigator.credentials.get (Web Authentication, level 3)"}),
            json!({"publicKey": {"challenge": "…"}}),
        )
    };
    let (method, path, id) = at(Method::GET, "", "get");
    let show = Endpoint::new(method, &path, &id, Access::Public, move |call| shown::show(call, kind, read.clone()));
    let (method, path, id) = at(Method::POST, "", "create");
    let enter = Endpoint::new(method, &path, &id, Access::Public, move |call| sign_in(call, kind, write.clone()));
    let (method, path, id) = at(Method::DELETE, "", "delete");
    let leave = state.clone();
    let sign_out = Endpoint::new(method, &path, &id, Access::Public, move |call| sign_out(call, kind, leave.clone()));
    let (method, path, id) = at(Method::POST, "/proof", "prove");
    let state = state.clone();
    let prove = Endpoint::new(method, &path, &id, Access::SignedIn, move |call| proof::prove(call, kind, state.clone()));
    let (method, path, id) = at(Method::POST, "/proof/passkey", "prove-by-passkey");
    let prove_options = Endpoint::new(method, &path, &id, Access::SignedIn, move |call| proof::options(call, kind));
    vec![
        signed_in(show).summary(format!("Who is signed in as {who}, and what the sign-in page has to know")),
        signed_in(enter.summary(format!("Sign in as {who}")).takes::<SignIn>()),
        sign_out.summary("Sign out. Where the session was opened by a sign-in provider that signs people out, too, gives the address to go on to").status(StatusCode::OK).answer(
            json!({"type": "object", "required": ["location"], "properties": {"location": {"type": ["string", "null"], "format": "uri"}}}),
            json!({"location": null}),
        ),
        signed_in(public(at(Method::POST, "/second-factor", "second-factor"), |call, kind| Box::pin(second::finish(call, kind))))
            .summary("Finish a sign-in by a second factor")
            .takes::<second::SecondFactor>(),
        options(public(at(Method::POST, "/second-factor/passkey", "second-factor-by-passkey"), |call, kind| {
            Box::pin(second::options(call, kind))
        }))
        .summary("Ask for a passkey as the second factor"),
        public(at(Method::POST, "/enrolment", "enrol"), |call, kind| Box::pin(enrol::start(call, kind)))
            .summary("Get the secret of a new authenticator app, in a sign-in that needs one")
            .answer(enrol::schema(), enrol::example()),
        signed_in(public(at(Method::POST, "/enrolment/confirm", "confirm-enrolment"), |call, kind| Box::pin(enrol::confirm(call, kind))))
            .summary("Finish a sign-in by the first code of a new authenticator app; gives the recovery codes")
            .takes::<enrol::Confirm>(),
        options(public(at(Method::POST, "/passkey", "passkey"), |call, kind| Box::pin(alone::options(call, kind))))
            .summary("Ask for a passkey, to sign in by it alone"),
        signed_in(public(at(Method::POST, "/passkey/answer", "create-by-passkey"), |call, kind| Box::pin(alone::finish(call, kind))))
            .summary("Sign in by a passkey alone")
            .takes::<alone::Answer>(),
        for_members(kind, prove)
            .summary("Prove again who you are; dangerous acts want this to be less than ten minutes ago")
            .takes::<proof::Proof>()
            .status(StatusCode::NO_CONTENT),
        options(for_members(kind, prove_options)).summary("Ask for a passkey as the proof"),
    ]
}

/// App users are in an organization, or in none; what is their own is theirs in both.
pub(crate) fn for_members(kind: Kind, endpoint: Endpoint) -> Endpoint {
    match kind {
        Kind::Staff => endpoint,
        Kind::User => endpoint.scope(Scope::Organization),
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

/// As it is kept and counted. PostgreSQL's text has no NUL, and no account has one.
fn plain(email: &str) -> String {
    email.trim().to_lowercase().replace('\0', "\u{fffd}")
}

async fn sign_in(call: Call, kind: Kind, state: Arc<State>) -> Result<Response> {
    let input: SignIn = call.input()?;
    let place = state.hasher.place(cookie::is_marked(&call.headers, &call.app.keys, kind, call.request.tls))?;
    let email = plain(&input.email);
    let Begun { account, exclusive, buckets } = begin(&call, kind, &email).await?;
    let stored = account.as_ref().and_then(|a| a.password_hash.clone());
    let fits = state.hasher.verify(place, throttle::familiar(&buckets), input.password.into(), stored).await?;
    match account {
        Some(candidate) if fits && candidate.waits && !exclusive => confirm_first(&call, &candidate, &buckets).await,
        Some(candidate) if fits && candidate.active && !exclusive => admit(&call, kind, &candidate, &buckets).await,
        account => {
            note_failure(&call, kind, &email, account.as_ref(), fits, exclusive).await?;
            Err(refused())
        }
    }
}

/// An attempt that is counted.
struct Begun {
    account: Option<Candidate>,
    /// Whether addresses of this domain come in by their provider alone.
    exclusive: bool,
    buckets: Vec<Bucket>,
}

/// Finds the account and counts the attempt.
async fn begin(call: &Call, kind: Kind, email: &str) -> Result<Begun> {
    let (app, request) = (&call.app, &call.request);
    let now = app.clock.now();
    let tx = app.db.begin(&Caller::system("sign-in"), now).await?;
    if kind == Kind::Staff {
        restrictions::knock(tx.db(), request.address).await?;
    }
    let address = request.address.map(|a| a.to_string());
    let account = account::store::by_email(tx.db(), kind, email, now).await?;
    let exclusive = sso::is_exclusive(tx.db(), kind, email).await?;
    // Asked and computed for unknown accounts too, in the name of nobody: it takes as long.
    let id = account.as_ref().map_or(Uuid::nil(), |a| a.id);
    let here = account::store::familiar(tx.db(), kind, id, address.as_deref(), now - FAMILIAR).await?;
    let familiar = cookie::browser(&call.headers, &app.keys, kind, id, request.tls).or_else(|| here.then(|| address.clone()).flatten());
    let buckets = throttle::buckets(kind, email, request.address, familiar.as_deref());
    match throttle::take(tx.db(), &buckets, now).await {
        Ok(()) => tx.commit().await?,
        Err(problem) => {
            // What the address took before the account refused stays taken.
            tx.commit().await?;
            tracing::warn!(account = email, client.address = address, request_id = request.id, "a sign-in was put off: too many attempts");
            return Err(problem);
        }
    }
    Ok(Begun { account, exclusive, buckets })
}

async fn admit(call: &Call, kind: Kind, candidate: &Candidate, buckets: &[Bucket]) -> Result<Response> {
    let app = &call.app;
    let tx = app.db.begin(&Caller::system("sign-in"), app.clock.now()).await?;
    let account = account::store::by_id(tx.db(), kind, candidate.id).await?;
    tx.rollback().await?;
    let Some(account) = account else { return Err(refused()) };
    let mut ctx = Ctx::open(app.clone(), account.caller(app), call.request.clone()).await?;
    // Suspended, deleted or given another password while this one was checked: the locked row is what counts.
    if !account::store::lock_unchanged(ctx.db(), kind, candidate).await? {
        ctx.rollback().await?;
        return Err(refused());
    }
    throttle::refund(ctx.db(), buckets).await?;
    let response = proceed(&mut ctx, &call.headers, &account, &["password"], StatusCode::OK).await?;
    ctx.commit().await?;
    Ok(response)
}

/// The password is that of a registration whose address isn't confirmed. Only who knows it is told, and may ask for the
/// letter again.
async fn confirm_first(call: &Call, candidate: &Candidate, buckets: &[Bucket]) -> Result<Response> {
    let ctx = Ctx::open(call.app.clone(), Caller::system("sign-in"), call.request.clone()).await?;
    throttle::refund(ctx.db(), buckets).await?;
    let browser = registration::recognise(&ctx, candidate.id).await?;
    ctx.commit().await?;
    let mut response = json_answer(StatusCode::OK, &Shown::nobody(&call.app, Kind::User, "unconfirmed")?)?;
    registration::mark(&mut response, &browser, &call.request);
    Ok(response)
}

async fn note_failure(call: &Call, kind: Kind, email: &str, account: Option<&Candidate>, fits: bool, exclusive: bool) -> Result<()> {
    let why = match account {
        None => "There is no such account",
        Some(account) if account.waits => "The address isn't confirmed, and the password was wrong",
        Some(account) if !account.active => "The account is suspended",
        Some(_) if exclusive => "The account comes in by its sign-in provider alone",
        Some(account) if account.password_hash.is_none() => "The account has no password",
        Some(_) if fits => "The account changed meanwhile",
        Some(_) => "The password was wrong",
    };
    let id = account.filter(|a| !a.waits).map_or_else(|| stand_in(&call.app, email), |a| a.id);
    note(&call.app, &call.request, kind, email, Target::new(kind.collection(), id, email), why).await
}

/// What stands in the log for an address that nobody has: attempts at it are found together, and writing it down costs the
/// database what an account's own id does. Without it, refusals of known accounts take some 15 µs longer than others.
fn stand_in(app: &App, email: &str) -> Uuid {
    let mut bytes = [0; 16];
    for (byte, signed) in bytes.iter_mut().zip(app.keys.sign("no-such-account", email.as_bytes())) {
        *byte = signed;
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Writes down a sign-in that failed.
pub(crate) async fn note(app: &Arc<App>, request: &RequestInfo, kind: Kind, label: &str, target: Target, why: &str) -> Result<()> {
    let caller = Caller { actor: Actor::nobody(label), ..Caller::system("sign-in") };
    let now = app.clock.now();
    let tx = app.db.begin(&caller, now).await?;
    let entry = Entry::of(app.ids.next(&app.clock), now, &caller, request, &format!("{}.sign-in", kind.sessions()), Some(target))
        .outcome(Outcome::Failed)
        .detail(Some(why.into()));
    audit::store::append(tx.db(), &app.keys, &entry).await?;
    tx.commit().await
}

/// Ends the session of the cookie, and a sign-in between its steps. Without either there is nothing to end, and that is fine too.
async fn sign_out(call: Call, kind: Kind, state: Arc<State>) -> Result<Response> {
    let mut location = None;
    if let Some(token) = cookie::session(&call.headers, kind, call.request.tls) {
        let hash = secret::hash(token);
        let caller = call.caller.clone().filter(|c| c.actor.kind == kind.actor() && (c.subject.is_none() || c.seen_as.is_some()));
        let mut ctx =
            Ctx::open(call.app.clone(), caller.map_or_else(|| Caller::system("sign-out"), enter::on_platform), call.request.clone())
                .await?;
        let ended = sessions::store::revoke_by_token(ctx.db(), kind, &hash, ctx.now(), "signed out").await?;
        if ended > 0 {
            if let (Kind::Staff, Some(session)) = (kind, ctx.caller().session) {
                impersonation::store::end_of_session(ctx.db(), session, ctx.now(), "signed out").await?;
            }
            let (session, label) = (ctx.caller().session.map(|id| id.to_string()).unwrap_or_default(), ctx.actor().label.clone());
            ctx.audit(
                &format!("{}.sign-out", kind.sessions()),
                Some(Target::new(kind.sessions(), session, label)),
                audit::Changes::new(),
                None,
            )
            .await?;
            ctx.callers_changed();
        }
        ctx.commit().await?;
        if ended > 0 {
            location = sso::leave::onward(&call.app, &state, kind, &hash).await?;
        }
    }
    let mut response = json_answer(StatusCode::OK, &json!({"location": location}))?;
    cookie::clear_session(&mut response, kind, call.request.tls);
    if kind == Kind::Staff {
        cookie::clear_impersonation(&mut response, call.request.tls);
    }
    // Who is between the steps of a sign-in starts again.
    cookie::clear_ceremony(&mut response, kind, call.request.tls);
    Ok(response)
}

/// The one thing somebody gives in a step, as JSON.
fn given(value: Value) -> Result<Value> {
    if value.is_object() {
        Ok(value)
    } else {
        Err(Problem::field("credential", "malformed", "Send what the browser answered, as an object"))
    }
}
