//! A browser comes back from a provider. Whatever it brings, the person gets a page: where they wanted to go, or the
//! sign-in page with a word on what went wrong. The whole story of a refusal is in the audit log.

use super::exchange::{self, Said};
use super::identities::{self, IdentityConnected};
use super::provider::Provider;
use super::provider::store::Stored;
use super::refusal::{Reason, Refusal, Stop};
use super::visit::{self, Purpose, Visit};
use super::{leave, opened, person, provider};
use crate::account::Account;
use crate::kind::Kind;
use crate::sign_in::{self, Proved, note_owner};
use crate::{State, cookie, restrictions, sessions};
use chrono::{DateTime, Duration, Utc};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kernel::audit::{Changes, Target};
use kernel::endpoint::{Response, empty};
use kernel::{Call, Caller, Ctx, Result};
use std::sync::Arc;
use url::form_urlencoded;

/// How far the provider's clock may be behind ours when it says that somebody has just proved who they are.
const SKEW: Duration = Duration::seconds(60);

pub(super) async fn callback(call: Call, state: Arc<State>) -> Result<Response> {
    let tx = call.app.db.begin(&Caller::system("single sign-on"), call.app.clock.now()).await?;
    let stored = provider::store::find(tx.db(), call.param("provider")).await?;
    tx.rollback().await?;
    // One that is gone or off, or never was: nothing is known of a kind of account either.
    let Some(stored) = stored else { return Ok(to(&Page::sign_in(Kind::User, None).refused(Reason::Over, None))) };
    let given = call.query_value("state").unwrap_or_default();
    let visit = match visit::take(&call.app, &call.headers, call.request.tls, &stored, &given).await {
        Ok(visit) => visit,
        Err(stop) => return refuse(&call, &stored.provider, Page::sign_in(stored.provider.account_kind, None), stop).await,
    };
    let page = Page::of(stored.provider.account_kind, &visit);
    let outcome = match come_back(&call, &state, &stored, &visit).await {
        Ok(said) => act(&call, &stored.provider, &visit, &said).await,
        Err(stop) => Err(stop),
    };
    let mut response = match outcome {
        Ok(response) => response,
        Err(stop) => refuse(&call, &stored.provider, page, stop).await?,
    };
    cookie::clear_visit(&mut response, &visit::mark(&given), call.request.tls);
    Ok(response)
}

/// What the provider says, when it says anything that can be believed.
async fn come_back(call: &Call, state: &State, stored: &Stored, visit: &Visit) -> Result<Said, Stop> {
    let described = state.sso.of(&call.app, &stored.provider).await?;
    // RFC 9207: an answer that says it comes from another provider was meant to confuse the two.
    match call.query_value("iss") {
        Some(issuer) if issuer != described.issuer => return Err(Refusal::untrusted("the answer comes from another provider (iss)").into()),
        None if described.says_issuer => return Err(Refusal::untrusted("the answer doesn't say from which provider it is (iss)").into()),
        _ => {}
    }
    if let Some(error) = call.query_value("error") {
        let word = exchange::plain_word(&error);
        let reason = match word.as_str() {
            "temporarily_unavailable" | "server_error" => Reason::Unreachable,
            _ => Reason::Denied,
        };
        return Err(Refusal::new(reason, format!("the provider answered {word}")).into());
    }
    let code = call.query_value("code").filter(|code| !code.is_empty());
    let code = code.ok_or_else(|| Refusal::untrusted("the answer has no code"))?;
    exchange::redeem(&call.app, &state.sso, stored, &described, &code, visit).await
}

async fn act(call: &Call, provider: &Provider, visit: &Visit, said: &Said) -> Result<Response, Stop> {
    match visit.purpose {
        Purpose::SignIn => sign_in(call, provider, visit, said).await,
        Purpose::Connect => connect(call, provider, visit, said).await,
        Purpose::Proof => prove(call, provider, visit, said).await,
    }
}

async fn sign_in(call: &Call, provider: &Provider, visit: &Visit, said: &Said) -> Result<Response, Stop> {
    let mut ctx = Ctx::open(call.app.clone(), Caller::system("single sign-on"), call.request.clone()).await?;
    if provider.account_kind == Kind::Staff {
        restrictions::knock(ctx.db(), call.request.address).await?;
    }
    let entered = match person::of(&mut ctx, provider, said, visit.invitation.as_deref()).await {
        Ok(account) => enter(&mut ctx, call, provider, &account, said).await,
        Err(stop) => Err(stop),
    };
    match entered {
        Ok(response) => {
            ctx.commit().await?;
            let signed_in =
                serde_json::from_slice::<serde_json::Value>(&response.body().bytes()).is_ok_and(|body| body["state"] == "signed_in");
            let page = Page::of(provider.account_kind, visit);
            Ok(carry(&response, &if signed_in { page.done() } else { page.sign_in_again() }))
        }
        Err(stop) => {
            ctx.rollback().await?;
            Err(stop)
        }
    }
}

/// From an account to a session, or to the second factor where the provider didn't ask for one.
async fn enter(ctx: &mut Ctx, call: &Call, provider: &Provider, account: &Account, said: &Said) -> Result<Response, Stop> {
    let how = super::factor(&provider.slug);
    let proved_at = said.proved_at.filter(|at| *at <= ctx.now()).unwrap_or(DateTime::<Utc>::UNIX_EPOCH);
    let trusted = !provider.second_factor_values.is_empty() && said.second_factor(&provider.second_factor_values);
    let by = Some(opened::remember(ctx, provider, said).await?);
    Ok(if trusted {
        let proved = Proved { factors: &[&how, "provider"], at: proved_at, by };
        sign_in::enter(ctx, &call.headers, account, &proved, StatusCode::OK, None).await?
    } else {
        sign_in::go_on(ctx, &call.headers, account, &Proved { factors: &[&how], at: proved_at, by }, StatusCode::OK).await?
    })
}

/// Who began the visit must still be signed in here, in the very same session.
async fn same_person(call: &Call, kind: Kind, visit: &Visit) -> Result<(Caller, uuid::Uuid, uuid::Uuid), Stop> {
    let mut headers: HeaderMap = call.headers.clone();
    headers.remove("quarterdeck-organization");
    headers.insert("quarterdeck-account", HeaderValue::from_static(kind.word()));
    let caller = call.app.auth.authenticate(&call.app, &headers, &call.request).await?;
    let gone = || Stop::from(Refusal::new(Reason::Over, "who began the visit is not signed in here any more"));
    let caller = caller.filter(|c| c.actor.kind == kind.actor() && c.subject.is_none()).ok_or_else(gone)?;
    match (visit.who, caller.actor.id, caller.session) {
        (Some((account, session)), Some(id), Some(now)) if (account, session) == (id, now) => {
            Ok((sign_in::on_platform(caller), account, session))
        }
        _ => Err(gone()),
    }
}

async fn connect(call: &Call, provider: &Provider, visit: &Visit, said: &Said) -> Result<Response, Stop> {
    let kind = provider.account_kind;
    let (caller, account, _) = same_person(call, kind, visit).await?;
    let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    identities::store::connect(&ctx, kind, account, &provider.issuer, said).await?;
    note_owner(&mut ctx, kind, account, "connect-identity", &provider.label).await?;
    ctx.emit(IdentityConnected { kind, account, issuer: provider.issuer.clone() }).await?;
    ctx.commit().await?;
    Ok(to(&Page::of(kind, visit).done()))
}

/// The provider asked them again, just now: that is what `auth_time` must say, or an old session there would do.
async fn prove(call: &Call, provider: &Provider, visit: &Visit, said: &Said) -> Result<Response, Stop> {
    let kind = provider.account_kind;
    let (caller, account, session) = same_person(call, kind, visit).await?;
    let not_proved = |why: &str| Stop::from(Refusal::new(Reason::NotProved, why));
    let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    let known = identities::store::find(ctx.db(), kind, &provider.issuer, &said.subject).await?;
    if known.is_none_or(|known| known.account != account) {
        return Err(not_proved("somebody else signed in at the provider"));
    }
    let at = said.proved_at.ok_or_else(|| not_proved("the provider doesn't say when they signed in there (auth_time)"))?;
    if at < visit.began - SKEW || at > ctx.now() + SKEW {
        return Err(not_proved("the provider didn't ask them again (auth_time)"));
    }
    sessions::store::proved(ctx.db(), kind, session, ctx.now()).await?;
    let label = ctx.actor().label.clone();
    ctx.audit(
        &format!("{}.prove", kind.sessions()),
        Some(Target::new(kind.sessions(), session, label)),
        Changes::new(),
        Some(format!("By {}", provider.label)),
    )
    .await?;
    ctx.callers_changed();
    ctx.commit().await?;
    Ok(to(&Page::of(kind, visit).done()))
}

/// Says no with a page, and writes down why.
async fn refuse(call: &Call, provider: &Provider, page: Page, stop: Stop) -> Result<Response> {
    let refusal = match stop {
        Stop::Refused(refusal) => refusal,
        Stop::Fault(problem) => return Err(problem),
    };
    let target = Target::new("identity-providers", provider.id, &provider.label);
    let why = format!("{}: {}", provider.label, refusal.detail);
    sign_in::note(&call.app, &call.request, provider.account_kind, "single sign-on", target, &why).await?;
    Ok(to(&page.refused(refusal.reason, Some(&provider.label))))
}

/// The page that a visit ends on.
struct Page {
    path: String,
    /// Where the person wanted to go, to be taken along through the sign-in page.
    kind: Kind,
    return_to: Option<String>,
}

impl Page {
    fn sign_in(kind: Kind, return_to: Option<String>) -> Self {
        Self { path: leave::path(kind).to_owned(), kind, return_to }
    }

    fn of(kind: Kind, visit: &Visit) -> Self {
        match visit.purpose {
            Purpose::SignIn => Self::sign_in(kind, visit.return_to.clone()),
            Purpose::Connect => {
                let own = if kind == Kind::Staff { "/admin/profile/security" } else { "/account/security" };
                Self { path: visit.return_to.clone().unwrap_or_else(|| own.to_owned()), kind, return_to: None }
            }
            Purpose::Proof => Self { path: "/auth/proved".to_owned(), kind, return_to: None },
        }
    }

    /// All went well.
    fn done(self) -> String {
        let home = if self.kind == Kind::Staff { "/admin" } else { "/dashboard" };
        match self.path.as_str() {
            "/admin/login" | "/auth/login" => self.return_to.unwrap_or_else(|| home.to_owned()),
            _ => self.path,
        }
    }

    /// A second factor is still to come.
    fn sign_in_again(self) -> String {
        self.with(&[])
    }

    fn refused(self, reason: Reason, provider: Option<&str>) -> String {
        let mut more = vec![("sso", reason.word())];
        more.extend(provider.map(|label| ("provider", label)));
        self.with(&more)
    }

    fn with(self, more: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if let Some(page) = &self.return_to {
            query.append_pair(if self.kind == Kind::Staff { "next" } else { "return_to" }, page);
        }
        query.extend_pairs(more);
        let query = query.finish();
        let joint = if query.is_empty() {
            ""
        } else if self.path.contains('?') {
            "&"
        } else {
            "?"
        };
        format!("{}{joint}{query}", self.path)
    }
}

fn to(path: &str) -> Response {
    let mut response = empty();
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(path) = HeaderValue::from_str(path) {
        response.headers_mut().insert(header::LOCATION, path);
    }
    response
}

/// The cookies of an answer, on the way to a page.
fn carry(answer: &Response, path: &str) -> Response {
    let mut response = to(path);
    for cookie in answer.headers().get_all(header::SET_COOKIE) {
        response.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    response
}
