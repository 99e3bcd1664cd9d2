//! Single sign-on by OpenID Connect, for both kinds of account: who may vouch for people (`provider`), the way there and
//! back (`visit`, `callback`), what comes back (`exchange`, `token`, `key`), whom it means (`person`, `identities`) and
//! what they are (`roles`).

mod address;
mod ask;
mod callback;
mod described;
mod exchange;
pub(crate) mod identities;
mod key;
pub(crate) mod leave;
pub(crate) mod logout;
mod offered;
pub(crate) mod opened;
mod person;
pub(crate) mod provider;
mod refusal;
mod roles;
mod token;
pub(crate) mod visit;

pub(crate) use described::Directory;

use crate::State;
use crate::kind::Kind;
use crate::sign_in::for_members;
use http::{Method, StatusCode};
use kernel::endpoint::Response;
use kernel::{Access, App, Call, Client, Endpoint, Problem, Result};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;
use visit::Purpose;

/// Where the browser goes now.
#[derive(Serialize)]
struct Onward<'a> {
    location: &'a str,
}

/// What has to be entered at a provider. Each has one of its own, so that the answer of one can't pass for another's.
fn redirect_uri(app: &App, slug: &str) -> String {
    format!("{}/auth/sso/{slug}/callback", app.site.base_url)
}

/// Where a provider says that somebody signed out there.
fn logout_uri(app: &App, slug: &str) -> String {
    format!("{}/auth/sso/{slug}/logout", app.site.base_url)
}

/// How a session says that it was opened by a provider.
fn factor(slug: &str) -> String {
    format!("sso:{slug}")
}

/// The part of an address that decides where it is led.
#[must_use]
pub(crate) fn domain_of(email: &str) -> Option<&str> {
    email.rsplit_once('@').map(|(_, domain)| domain)
}

/// Whether an account of this address comes in by its provider alone. Asked at every door but the provider's own.
///
/// # Errors
/// When the database is away.
pub(crate) async fn is_exclusive(db: &Client, kind: Kind, email: &str) -> Result<bool> {
    // Asked of the database for every address, so that the time tells nothing.
    provider::store::exclusive(db, kind, domain_of(email).unwrap_or_default()).await
}

/// A provider by which alone somebody comes in.
#[derive(Serialize)]
pub(crate) struct Way {
    pub slug: String,
    pub label: String,
}

pub(crate) fn way_schema() -> serde_json::Value {
    json!({"type": ["object", "null"], "description": "By which provider alone this address comes in", "properties": {"slug": {"type": "string"}, "label": {"type": "string"}}})
}

/// The provider by which alone accounts of this address come in, when there is one.
///
/// # Errors
/// When the database is away.
pub(crate) async fn only_way(db: &Client, kind: Kind, email: &str) -> Result<Option<Way>> {
    let routed = provider::store::routed(db, kind, domain_of(email).unwrap_or_default()).await?;
    Ok(routed.filter(|(_, _, exclusive)| *exclusive).map(|(slug, label, _)| Way { slug, label }))
}

/// # Errors
/// 403 when the account comes in by its provider alone.
pub(crate) async fn has_own_password(db: &Client, kind: Kind, email: &str) -> Result<()> {
    if is_exclusive(db, kind, email).await? {
        return Err(Problem::refused("Accounts of this domain sign in by their provider alone; a password would be good for nothing"));
    }
    Ok(())
}

type Handler = fn(Call, Kind, Arc<State>) -> futures::future::BoxFuture<'static, Result<Response>>;

pub(crate) fn endpoints(state: &Arc<State>) -> Vec<Endpoint> {
    let back = state.clone();
    let callback = Endpoint::new(Method::GET, "/sso/{provider}/callback", "session.sso-callback", Access::Public, move |call| {
        callback::callback(call, back.clone())
    })
    .also_at("/auth/sso/{provider}/callback")
    .summary("Where a sign-in provider sends the browser back to; answers with the page to go on to")
    .parameter("state", "query", "What was sent along")
    .parameter("code", "query", "What the provider gives for the person")
    .parameter("iss", "query", "The provider, if it says so (RFC 9207)")
    .parameter("error", "query", "Why the provider gives nothing")
    .status(StatusCode::SEE_OTHER);
    let state_of_logout = state.clone();
    let logout = Endpoint::new(Method::POST, "/sso/{provider}/logout", "session.sso-logout", Access::Public, move |call| {
        logout::logout(call, state_of_logout.clone())
    })
    .also_at("/auth/sso/{provider}/logout")
    .summary("Where a sign-in provider says that somebody signed out there (back-channel logout)")
    .body(logout::schema())
    .answer(json!({"type": "object", "required": ["ended"], "properties": {"ended": {"type": "integer"}}}), json!({"ended": 1}));
    Kind::BOTH.into_iter().flat_map(|kind| of(kind, state)).chain([callback, logout]).collect()
}

fn of(kind: Kind, state: &Arc<State>) -> Vec<Endpoint> {
    let at = |method: Method, path: String, id: String, access: Access, handler: Handler| {
        let state = state.clone();
        Endpoint::new(method, &path, &id, access, move |call| handler(call, kind, state.clone()))
    };
    let (door, own, prefix) = (kind.door(), kind.own(), kind.prefix());
    let own_prefix = own.trim_start_matches('/');
    let onward = |endpoint: Endpoint| {
        endpoint.answer(
            json!({"type": "object", "required": ["location"], "properties": {"location": {"type": "string", "format": "uri"}}}),
            json!({"location": "https://login.example.com/authorize?client_id=quarterdeck&response_type=code"}),
        )
    };
    vec![
        at(Method::GET, format!("{door}/sso"), format!("{prefix}.providers"), Access::Public, |call, kind, _| {
            Box::pin(offered::list(call, kind))
        })
        .summary("Sign-in providers that the sign-in page offers, and where addresses of a domain are led")
        .parameter("domain", "query", "The part of an address after the @")
        .answer(offered::schema(), offered::example()),
        onward(at(Method::POST, format!("{door}/sso/{{provider}}"), format!("{prefix}.start-sso"), Access::Public, |call, kind, state| {
            Box::pin(offered::start(call, kind, state))
        }))
        .summary("Begin a sign-in by a provider: gives the address to send the browser to")
        .takes::<offered::Start>(),
        onward(for_members(
            kind,
            at(Method::POST, format!("{door}/proof/sso"), format!("{prefix}.prove-by-sso"), Access::SignedIn, |call, kind, state| {
                Box::pin(identities::visit(call, kind, state, Purpose::Proof))
            }),
        ))
        .summary("Prove again who you are, by a provider that you are connected to: gives the address to send the browser to")
        .takes::<identities::Connect>(),
        for_members(
            kind,
            at(Method::GET, format!("{own}/identities"), format!("{own_prefix}.identities"), Access::SignedIn, |call, kind, _| {
                Box::pin(identities::list(call, kind))
            }),
        )
        .summary("Who you are at sign-in providers, and which you can connect")
        .answer(identities::list_schema(), identities::list_example()),
        onward(for_members(
            kind,
            at(
                Method::POST,
                format!("{own}/identities"),
                format!("{own_prefix}.connect-identity"),
                Access::SignedIn,
                |call, kind, state| Box::pin(identities::visit(call, kind, state, Purpose::Connect)),
            ),
        ))
        .summary("Connect your account to a sign-in provider: gives the address to send the browser to")
        .takes::<identities::Connect>(),
        for_members(
            kind,
            at(
                Method::DELETE,
                format!("{own}/identities/{{identity}}"),
                format!("{own_prefix}.disconnect-identity"),
                Access::SignedIn,
                |call, kind, _| Box::pin(identities::disconnect(call, kind)),
            ),
        )
        .summary("Disconnect your account from a sign-in provider"),
    ]
}
