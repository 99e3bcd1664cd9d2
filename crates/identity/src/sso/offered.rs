//! What the sign-in page has to know of providers, and the way to one.

use super::visit::{self, Plan, Purpose};
use super::{Onward, address, provider, refusal::Stop};
use crate::kind::Kind;
use crate::{State, email, restrictions, throttle};
use http::StatusCode;
use kernel::endpoint::{Response, json};
use kernel::{Call, Caller, Ctx, Problem, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Serialize)]
struct Provider {
    slug: String,
    label: String,
}

#[derive(Serialize)]
struct Routed {
    slug: String,
    label: String,
    /// Whether there is no other way in for addresses of the domain.
    exclusive: bool,
}

#[derive(Serialize)]
struct List {
    providers: Vec<Provider>,
    /// Whether addresses of some domains are led to a provider, so that the page asks for the address first.
    by_domain: bool,
    routed: Option<Routed>,
}

pub(super) fn schema() -> Value {
    let one =
        json!({"type": "object", "required": ["slug", "label"], "properties": {"slug": {"type": "string"}, "label": {"type": "string"}}});
    json!({"type": "object", "required": ["providers", "by_domain", "routed"], "properties": {
        "providers": {"type": "array", "items": one}, "by_domain": {"type": "boolean"},
        "routed": {"type": ["object", "null"], "properties": {"slug": {"type": "string"}, "label": {"type": "string"}, "exclusive": {"type": "boolean"}}}}})
}

pub(super) fn example() -> Value {
    json!({"providers": [{"slug": "google", "label": "Google"}], "by_domain": true, "routed": {"slug": "keycloak", "label": "Keycloak", "exclusive": true}})
}

/// The same for every address of a domain, whether there is an account or not.
pub(super) async fn list(call: Call, kind: Kind) -> Result<Response> {
    let domain = call.query_value("domain").map(|domain| domain.to_ascii_lowercase()).filter(|domain| email::is_domain(domain));
    let tx = call.app.db.begin(&Caller::system("single sign-on"), call.app.clock.now()).await?;
    let shown = provider::store::shown(tx.db(), kind).await?;
    let routed = match &domain {
        Some(domain) => provider::store::routed(tx.db(), kind, domain).await?,
        None => None,
    };
    let list = List {
        providers: shown.into_iter().map(|(slug, label)| Provider { slug, label }).collect(),
        by_domain: provider::store::routes(tx.db(), kind).await?,
        routed: routed.map(|(slug, label, exclusive)| Routed { slug, label, exclusive }),
    };
    tx.rollback().await?;
    json(StatusCode::OK, &list)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Start {
    /// The page to go on to
    #[serde(default)]
    #[schemars(with = "String", length(max = 500))]
    return_to: Option<String>,
    /// From the link of an invitation, which is accepted by signing in
    #[serde(default)]
    #[schemars(with = "String", length(min = 1, max = 200))]
    invitation: Option<String>,
    /// Whom the provider may suggest
    #[serde(default)]
    #[schemars(with = "String", length(max = 254))]
    email: Option<String>,
}

pub(super) async fn start(call: Call, kind: Kind, state: Arc<State>) -> Result<Response> {
    let input: Start = call.input()?;
    let now = call.app.clock.now();
    let tx = call.app.db.begin(&Caller::system("single sign-on"), now).await?;
    if kind == Kind::Staff {
        restrictions::knock(tx.db(), call.request.address).await?;
    }
    let stored = provider::store::find(tx.db(), call.param("provider"))
        .await?
        .filter(|stored| stored.provider.account_kind == kind)
        .ok_or_else(|| Problem::not_found("such sign-in provider"))?;
    throttle::take(tx.db(), &throttle::address(call.request.address), now).await?;
    tx.commit().await?;
    // Nothing is held while the provider is asked: it may be slow.
    let described = state.sso.of(&call.app, &stored.provider).await.map_err(Stop::problem)?;
    let ctx = Ctx::open(call.app.clone(), Caller::system("single sign-on"), call.request.clone()).await?;
    let hint = input.email.as_deref().and_then(|text| email::normalise(text).ok());
    let return_to = address::page_here(input.return_to.as_deref());
    let plan = Plan { purpose: Purpose::SignIn, who: None, return_to, hint: hint.as_deref(), invitation: input.invitation };
    let begun = visit::begin(&ctx, &stored, &described, plan).await?;
    ctx.commit().await?;
    let mut response = json(StatusCode::OK, &Onward { location: &begun.location })?;
    begun.remember(&mut response, call.request.tls);
    Ok(response)
}
