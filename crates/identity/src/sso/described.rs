//! What a provider says about itself (OpenID Connect Discovery 1.0) and the keys it signs with, kept for a while.

use super::address::{self, Use};
use super::ask::{Line, Outside};
use super::key::{self, Key};
use super::provider::Provider;
use super::refusal::{Refusal, Stop};
use chrono::{DateTime, Duration, Utc};
use kernel::App;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A description is asked for again after this long.
const KEPT: Duration = Duration::minutes(10);
/// Keys that aren't there yet are looked for this often, so that made-up names of keys make no traffic.
const KEYS_KEPT: Duration = Duration::seconds(30);

/// The document below `/.well-known/openid-configuration`, as far as it is used.
#[derive(Clone, Debug, Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    userinfo_endpoint: Option<String>,
    #[serde(default)]
    end_session_endpoint: Option<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// A provider, described.
#[derive(Clone, Debug)]
pub(crate) struct Described {
    pub issuer: String,
    pub authorization: String,
    pub token: String,
    pub userinfo: Option<String>,
    /// Where people are sent to sign out there, too.
    pub end_session: Option<String>,
    jwks: String,
    /// Whether the client's secret is sent in the form rather than in a header.
    pub secret_in_form: bool,
    /// Whether it always says in its answers who it is (RFC 9207).
    pub says_issuer: bool,
    /// Whether it says that it knows the challenge which is always sent (RFC 7636).
    pub knows_challenge: bool,
    pub keys: Vec<Key>,
    at: DateTime<Utc>,
    keys_at: DateTime<Utc>,
}

type Place = (String, Option<String>);

fn place(provider: &Provider) -> Place {
    (provider.issuer.clone(), provider.certificates.clone())
}

/// The providers that were asked lately.
#[derive(Default)]
pub(crate) struct Directory {
    outside: Outside,
    /// By issuer and the authorities that vouched for it: what one provider trusts says nothing to another.
    known: Mutex<HashMap<Place, Arc<Described>>>,
}

impl Directory {
    /// The way to a provider.
    pub(super) fn to(&self, provider: &Provider) -> Result<Line, Refusal> {
        self.outside.to(provider)
    }

    /// What a provider says of itself, asked anew when what is known is old.
    pub(super) async fn of(&self, app: &App, provider: &Provider) -> Result<Arc<Described>, Stop> {
        let now = app.clock.now();
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&place(provider)).cloned();
        match known {
            Some(known) if now - known.at < KEPT => Ok(known),
            _ => self.look(app, provider).await,
        }
    }

    /// Asks the provider now, whatever is known.
    pub(super) async fn look(&self, app: &App, provider: &Provider) -> Result<Arc<Described>, Stop> {
        let (issuer, line) = (&provider.issuer, self.to(provider)?);
        let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        allowed(app, issuer, Use::Issuer)?;
        let answer = line.get(&url, None).await?;
        if !answer.ok {
            return Err(Refusal::untrusted(format!("{url} answered {}; is {issuer} the issuer?", answer.status)).into());
        }
        let document: Document =
            serde_json::from_value(answer.json).map_err(|e| Refusal::untrusted(format!("{url} is no description of a provider: {e}")))?;
        // Discovery, 4.3: letter by letter, or somebody else describes themself as this provider.
        if document.issuer != *issuer {
            return Err(
                Refusal::untrusted(format!("{url} describes {}, not {issuer}; enter exactly that as the issuer", document.issuer)).into()
            );
        }
        let endpoints = [&document.authorization_endpoint, &document.token_endpoint, &document.jwks_uri];
        for endpoint in endpoints.into_iter().chain(&document.userinfo_endpoint).chain(&document.end_session_endpoint) {
            allowed(app, endpoint, Use::Endpoint)?;
        }
        let keys = keys(&line, &document.jwks_uri).await?;
        let has = |list: &Option<Vec<String>>, word: &str| list.as_ref().is_some_and(|list| list.iter().any(|one| one == word));
        let methods = &document.token_endpoint_auth_methods_supported;
        let now = app.clock.now();
        let described = Arc::new(Described {
            // Without a word about it, the header is what every provider takes.
            secret_in_form: methods.is_some() && !has(methods, "client_secret_basic") && has(methods, "client_secret_post"),
            says_issuer: document.authorization_response_iss_parameter_supported,
            knows_challenge: has(&document.code_challenge_methods_supported, "S256"),
            issuer: document.issuer,
            authorization: document.authorization_endpoint,
            token: document.token_endpoint,
            userinfo: document.userinfo_endpoint,
            end_session: document.end_session_endpoint,
            jwks: document.jwks_uri,
            keys,
            at: now,
            keys_at: now,
        });
        self.keep(provider, described.clone());
        Ok(described)
    }

    /// The same provider with the keys it has now, unless they were looked at a moment ago.
    pub(super) async fn newer_keys(&self, app: &App, provider: &Provider, known: &Described) -> Result<Option<Arc<Described>>, Stop> {
        let now = app.clock.now();
        if now - known.keys_at < KEYS_KEPT {
            return Ok(None);
        }
        let keys = keys(&self.to(provider)?, &known.jwks).await?;
        let newer = Arc::new(Described { keys, keys_at: now, ..known.clone() });
        self.keep(provider, newer.clone());
        Ok(Some(newer))
    }

    fn keep(&self, provider: &Provider, described: Arc<Described>) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(place(provider), described);
    }
}

async fn keys(line: &Line, url: &str) -> Result<Vec<Key>, Refusal> {
    let answer = line.get(url, None).await?;
    let listed = answer.json["keys"].as_array().filter(|_| answer.ok);
    let listed = listed.ok_or_else(|| Refusal::untrusted(format!("{url} answered {} and no keys", answer.status)))?;
    let keys: Vec<Key> = listed.iter().filter_map(key::read).collect();
    if keys.is_empty() {
        return Err(Refusal::untrusted(format!("{url} has no key that signatures can be checked with (RSA, P-256, P-384, Ed25519)")));
    }
    Ok(keys)
}

fn allowed(app: &App, url: &str, purpose: Use) -> Result<(), Stop> {
    Ok(address::read(app, url, purpose)?.map(|_| ()).map_err(Refusal::untrusted)?)
}
