//! Back-channel logout (OpenID Connect Back-Channel Logout 1.0): a provider says that somebody signed out there. Names it
//! the session there, exactly those that this one opened here end; names it the person alone, all that it opened for them,
//! on every device. A logout token counts once and is never an ID token.

use super::provider::store::Stored;
use super::refusal::{Reason, Refusal, Stop};
use super::{factor, identities, opened, provider, token};
use crate::{State, sign_in};
use chrono::{DateTime, Duration, Utc};
use http::StatusCode;
use kernel::audit::{Changes, Target};
use kernel::endpoint::{Response, json};
use kernel::{Call, Caller, Ctx, Problem, Result};
use serde_json::{Value, json};
use std::sync::Arc;
use url::form_urlencoded;

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// How old a logout may be that still counts; longer than any delivery takes.
const FRESH: Duration = Duration::minutes(10);

pub(super) fn schema() -> Value {
    json!({"type": "string", "description": "A form (application/x-www-form-urlencoded) with logout_token"})
}

pub(super) async fn logout(call: Call, state: Arc<State>) -> Result<Response> {
    let tx = call.app.db.begin(&Caller::system("single sign-on"), call.app.clock.now()).await?;
    let stored = provider::store::find(tx.db(), call.param("provider")).await?;
    tx.rollback().await?;
    let stored = stored.ok_or_else(|| Problem::not_found("such sign-in provider"))?;
    let given = form_urlencoded::parse(&call.body).find(|(name, _)| name == "logout_token").map(|(_, value)| value.into_owned());
    let logout = match read(&call, &state, &stored, given.as_deref().unwrap_or_default()).await {
        Ok(read) => read,
        Err(Stop::Refused(refusal)) => {
            let provider = &stored.provider;
            let why = format!("{}: {}", provider.label, refusal.detail);
            let target = Target::new("identity-providers", provider.id, &provider.label);
            sign_in::note(&call.app, &call.request, provider.account_kind, "single sign-on", target, &why).await?;
            return Err(match refusal.reason {
                Reason::Unreachable => refusal.problem(),
                _ => Problem::malformed(format!("The logout token is not taken: {}", refusal.detail)),
            });
        }
        Err(Stop::Fault(problem)) => return Err(problem),
    };
    end(&call, &stored, &logout).await
}

/// What a logout token ends, and what it is called.
struct Logout {
    /// What the provider calls the session there.
    session: Option<String>,
    /// Whom it is about. There is one of both at least.
    subject: Option<String>,
    token: String,
}

async fn read(call: &Call, state: &State, stored: &Stored, given: &str) -> Result<Logout, Stop> {
    let now = call.app.clock.now();
    let described = state.sso.of(&call.app, &stored.provider).await?;
    let unchecked = token::parse(given)?;
    let newer =
        if unchecked.knows_key(&described.keys) { None } else { state.sso.newer_keys(&call.app, &stored.provider, &described).await? };
    let signed = unchecked.check(newer.as_ref().map_or(&described.keys, |newer| &newer.keys))?;
    let claims = &signed.claims;
    token::check_envelope(claims, &described, &stored.provider.client_id, now)?;
    let no = |why: &str| Stop::from(Refusal::untrusted(why));
    if signed.kind.as_deref().is_some_and(|kind| !kind.eq_ignore_ascii_case("logout+jwt") && !kind.eq_ignore_ascii_case("jwt")) {
        return Err(no("it is a token of another kind (typ)"));
    }
    if !claims.get("events").is_some_and(|events| events.get(EVENT).is_some_and(Value::is_object)) {
        return Err(no("it is about no logout (events)"));
    }
    if claims.contains_key("nonce") {
        return Err(no("it has a nonce, so it is an ID token"));
    }
    let old = |at: Option<DateTime<Utc>>, limit: Duration| at.is_none_or(|at| at + limit <= now);
    if old(token::moment(claims, "iat"), FRESH) || (claims.contains_key("exp") && old(token::moment(claims, "exp"), Duration::seconds(60)))
    {
        return Err(no("it is too old"));
    }
    let id = token::text(claims, "jti").filter(|id| (1..=300).contains(&id.len())).ok_or_else(|| no("it has no name (jti)"))?;
    let session = token::session(claims).map(str::to_owned);
    // 2.4: sub, sid or both. One that is there has to be good.
    let subject = if claims.contains_key("sub") { Some(token::subject(claims)?.to_owned()) } else { None };
    if session.is_none() && (subject.is_none() || claims.contains_key("sid")) {
        return Err(no("it names neither a session (sid) nor a person (sub)"));
    }
    Ok(Logout { session, subject, token: id.to_owned() })
}

async fn end(call: &Call, stored: &Stored, logout: &Logout) -> Result<Response> {
    let provider = &stored.provider;
    let kind = provider.account_kind;
    let mut ctx = Ctx::open(call.app.clone(), Caller::system("single sign-on"), call.request.clone()).await?;
    if !store::first_time(&ctx, &provider.issuer, &logout.token).await? {
        ctx.rollback().await?;
        return Err(Problem::malformed("The logout token was used already"));
    }
    let (subject, now) = (logout.subject.as_deref(), ctx.now());
    let ended = match &logout.session {
        Some(session) => opened::store::end(ctx.db(), kind, (provider.id, session), (&provider.issuer, subject), now).await?,
        None => {
            let subject = subject.unwrap_or_default();
            identities::store::end_sessions(ctx.db(), kind, &provider.issuer, subject, &factor(&provider.slug), now).await?
        }
    };
    let target = Target::new("identity-providers", provider.id, &provider.label);
    let detail = format!("{} says that somebody signed out there: {ended} sessions ended", provider.label);
    ctx.audit(&format!("{}.sign-out", kind.sessions()), Some(target), Changes::new(), Some(detail)).await?;
    ctx.callers_changed();
    ctx.commit().await?;
    json(StatusCode::OK, &json!({"ended": ended}))
}

pub mod store {
    use super::{Ctx, DateTime, Result, Utc};
    use kernel::Client;

    const FIRST_TIME: &str = "insert into identity.provider_logouts (issuer, token_id, at) values ($1, $2, $3) on conflict do nothing";
    const SWEEP: &str = "delete from identity.provider_logouts where at < $1";

    pub const STATEMENTS: &[&str] = &[FIRST_TIME, SWEEP];

    pub(super) async fn first_time(ctx: &Ctx, issuer: &str, token: &str) -> Result<bool> {
        Ok(ctx.db().execute(FIRST_TIME, &[&issuer, &token, &ctx.now()]).await? == 1)
    }

    pub(crate) async fn sweep(db: &Client, before: DateTime<Utc>) -> Result<u64> {
        Ok(db.execute(SWEEP, &[&before]).await?)
    }
}
