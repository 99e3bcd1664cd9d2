//! From a right password, or a passkey, to a session: at once, or after the second factor.

use super::shown;
use crate::account::Account;
use crate::ceremonies::{self, Purpose};
use crate::factors::{self, Methods};
use crate::kind::Kind;
use crate::{cookie, notices, sessions, sso};
use chrono::{DateTime, Utc};
use http::{HeaderMap, StatusCode};
use kernel::actor::Scope;
use kernel::audit::{self, Entry, Outcome, Target};
use kernel::endpoint::{Response, json};
use kernel::{Caller, Ctx, Result, secret};
use serde_json::{Value, json};
use uuid::Uuid;

/// The same person, for what the panel writes about them: the row policies of tenants know no sessions.
pub(crate) fn on_platform(caller: Caller) -> Caller {
    Caller { scope: Scope::Platform, ..caller }
}

/// What somebody proved so far.
pub(crate) struct Proved<'a> {
    pub factors: &'a [&'a str],
    /// When; for whom a provider vouches, perhaps long ago.
    pub at: DateTime<Utc>,
    /// Their session at a provider, which the session here belongs to.
    pub by: Option<Uuid>,
}

/// Goes on after the first step: asks for the second factor, for setting one up, or opens the session. The caller commits.
pub(crate) async fn proceed(
    ctx: &mut Ctx,
    headers: &HeaderMap,
    account: &Account,
    factors: &[&str],
    status: StatusCode,
) -> Result<Response> {
    let proved = Proved { factors, at: ctx.now(), by: None };
    go_on(ctx, headers, account, &proved, status).await
}

/// The same, for whoever proved it elsewhere.
pub(crate) async fn go_on(
    ctx: &mut Ctx,
    headers: &HeaderMap,
    account: &Account,
    proved: &Proved<'_>,
    status: StatusCode,
) -> Result<Response> {
    let methods = factors::store::methods(ctx.db(), account.kind, account.id).await?;
    if methods.any() {
        return ask(ctx, account, Purpose::SignIn, proved, methods).await;
    }
    if factors::rules(ctx.app(), ctx.db(), account.kind, account.id).await?.second_factor {
        return ask(ctx, account, Purpose::Enrol, proved, methods).await;
    }
    enter(ctx, headers, account, proved, status, None).await
}

async fn ask(ctx: &mut Ctx, account: &Account, purpose: Purpose, proved: &Proved<'_>, methods: Methods) -> Result<Response> {
    let kind = account.kind;
    let (ceremony, token) = ceremonies::begin(ctx, purpose, kind, Some(account.id), proved.factors).await?;
    if let Some(by) = proved.by {
        ceremonies::store::vouched(ctx.db(), ceremony, by).await?;
    }
    let why = if purpose == Purpose::Enrol { "A second factor has to be set up" } else { "The second factor is asked for" };
    let target = Target::new(kind.collection(), account.id, &account.name);
    let entry = Entry::of(ctx.id(), ctx.now(), ctx.caller(), ctx.request(), &format!("{}.sign-in", kind.sessions()), Some(target))
        .outcome(Outcome::Started)
        .detail(Some(why.into()));
    audit::store::append(ctx.db(), &ctx.app().keys, &entry).await?;
    let shown = shown::Shown::step(ctx.app(), kind, purpose, methods, ctx.now() + ceremonies::GOOD_FOR, ceremonies::TRIES)?;
    let mut response = json(StatusCode::OK, &shown)?;
    cookie::set_ceremony(&mut response, kind, token.reveal(), ceremonies::GOOD_FOR.num_seconds(), ctx.request().tls);
    Ok(response)
}

/// Opens a session for the account and gives it to the browser; audited as a sign-in. `extra` is added to the answer.
/// The caller commits.
pub(crate) async fn enter(
    ctx: &mut Ctx,
    headers: &HeaderMap,
    account: &Account,
    proved: &Proved<'_>,
    status: StatusCode,
    extra: Option<(&str, Value)>,
) -> Result<Response> {
    let (kind, tls) = (account.kind, ctx.request().tls);
    if let Some(old) = cookie::session(headers, kind, tls) {
        sessions::store::revoke_by_token(ctx.db(), kind, &secret::hash(old), ctx.now(), "replaced").await?;
    }
    notices::signed_in(ctx, account, headers).await?;
    let opened = sessions::open(ctx, kind, account.id, proved.factors).await?;
    if proved.at != ctx.now() {
        sessions::store::proved(ctx.db(), kind, opened.id, proved.at).await?;
    }
    if let Some(by) = proved.by {
        sso::opened::store::belongs(ctx.db(), kind, by, opened.id).await?;
    }
    let caller = Caller { session: Some(opened.id), proved_at: Some(proved.at), ..account.caller(ctx.app()) };
    let target = Target::new(kind.sessions(), opened.id, &account.name);
    let entry = Entry::of(ctx.id(), ctx.now(), &caller, ctx.request(), &format!("{}.sign-in", kind.sessions()), Some(target))
        .detail(Some(format!("By {}", proved.factors.join(" and "))));
    audit::store::append(ctx.db(), &ctx.app().keys, &entry).await?;
    ctx.callers_changed();
    let mut body = json!(shown::of(ctx.app(), ctx.db(), kind, &caller).await?);
    if let Some((name, value)) = extra {
        body[name] = value;
    }
    let mut response = json(status, &body)?;
    cookie::set_browser(&mut response, &ctx.app().keys, kind, account.id, tls);
    cookie::set_session(&mut response, kind, opened.token.reveal(), opened.seconds, tls);
    cookie::clear_ceremony(&mut response, kind, tls);
    Ok(response)
}

/// Which of the two doors a page of one's own belongs to.
pub(crate) fn other(kind: Kind) -> &'static str {
    match kind {
        Kind::Staff => "This is for staff who are signed in",
        Kind::User => "This is for users who are signed in",
    }
}
