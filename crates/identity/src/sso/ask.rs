//! Asking a provider: briefly, for little, and never further than to where was asked. Redirects are not followed,
//! proxies of the environment not used, and of an answer nothing is shown to anybody. Who vouches for the provider's
//! certificate are the public authorities, or only those that were named for it.

use super::provider::Provider;
use super::refusal::Refusal;
use reqwest::{Certificate, Client, RequestBuilder, redirect};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const CONNECT: Duration = Duration::from_secs(4);
/// For one answer, whole.
pub(super) const ANSWER: Duration = Duration::from_secs(8);
/// Bytes of one answer; descriptions, keys and tokens are a few thousand.
const MOST: usize = 256 * 1024;

/// More authorities than anybody has; what nobody asks by any more is made anew when it is asked for.
const MOST_KEPT: usize = 100;

/// The clients for providers, one for the public authorities and one for each of their own; connections are not kept, so
/// that they belong to no runtime.
#[derive(Default)]
pub(crate) struct Outside {
    clients: Mutex<HashMap<Option<String>, Client>>,
}

/// The way to one provider.
pub(super) struct Line(Client);

/// An answer of a provider: whether it was a good one, and its JSON.
pub(super) struct Answer {
    pub ok: bool,
    pub status: u16,
    pub json: Value,
}

/// A client that trusts these authorities alone, or the public ones.
///
/// # Errors
/// With what is wrong with them, in words for people.
fn client(certificates: Option<&str>) -> Result<Client, String> {
    let mut client = Client::builder()
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT)
        .timeout(ANSWER)
        .pool_max_idle_per_host(0)
        .no_proxy()
        .user_agent("Quarterdeck");
    if let Some(pem) = certificates {
        let broken = || "This is no certificate in PEM. It looks like -----BEGIN CERTIFICATE----- and lines of letters".to_owned();
        let authorities = Certificate::from_pem_bundle(pem.as_bytes()).map_err(|_| broken())?;
        if authorities.is_empty() {
            return Err(broken());
        }
        client = client.tls_built_in_root_certs(false);
        for authority in authorities {
            client = client.add_root_certificate(authority);
        }
    }
    client.build().map_err(|_| "A certificate in it can't be read".to_owned())
}

/// Whether certificates can be used, when somebody enters them.
///
/// # Errors
/// With what is wrong, in words for people.
pub(super) fn check(certificates: &str) -> Result<(), String> {
    if certificates.contains("PRIVATE KEY-----") {
        return Err("There is a private key in it. Enter the certificate of the authority alone, and keep keys where they are".to_owned());
    }
    client(Some(certificates)).map(drop)
}

impl Outside {
    /// The way to a provider.
    pub(super) fn to(&self, provider: &Provider) -> Result<Line, Refusal> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&provider.certificates) {
            return Ok(Line(client.clone()));
        }
        let client = client(provider.certificates.as_deref()).map_err(Refusal::unreachable)?;
        if clients.len() >= MOST_KEPT {
            clients.clear();
        }
        clients.insert(provider.certificates.clone(), client.clone());
        Ok(Line(client))
    }
}

impl Line {
    /// Reads a document.
    pub(super) async fn get(&self, url: &str, bearer: Option<&str>) -> Result<Answer, Refusal> {
        let mut request = self.0.get(url).header("accept", "application/json");
        if let Some(token) = bearer {
            request = request.bearer_auth(token);
        }
        send(url, request).await
    }

    /// Sends a form; `login` goes into the header of basic authentication.
    pub(super) async fn post(&self, url: &str, form: &[(&str, &str)], login: Option<(&str, &str)>) -> Result<Answer, Refusal> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request =
            self.0.post(url).header("accept", "application/json").header("content-type", "application/x-www-form-urlencoded").body(body);
        if let Some((name, secret)) = login {
            // RFC 6749, 2.3.1: both are encoded as in a form before they are joined.
            request = request.basic_auth(encoded(name), Some(encoded(secret)));
        }
        send(url, request).await
    }
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Where it was, without what was sent along.
fn place(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

async fn send(url: &str, request: RequestBuilder) -> Result<Answer, Refusal> {
    let place = place(url);
    let mut response = request.send().await.map_err(|e| Refusal::unreachable(format!("{place} {}", why(&e))))?;
    let status = response.status();
    if status.is_redirection() {
        return Err(Refusal::untrusted(format!("{place} sends elsewhere ({}); redirects are not followed", status.as_u16())));
    }
    if status.is_server_error() {
        return Err(Refusal::unreachable(format!("{place} answered {}", status.as_u16())));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| Refusal::unreachable(format!("{place} {}", why(&e))))? {
        if body.len() + chunk.len() > MOST {
            return Err(Refusal::untrusted(format!("{place} answered more than {MOST} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    match serde_json::from_slice(&body) {
        Ok(json) => Ok(Answer { ok: status.is_success(), status: status.as_u16(), json }),
        // What is wrong is said by the status; there may be a page for people with it.
        Err(_) if !status.is_success() => Ok(Answer { ok: false, status: status.as_u16(), json: Value::Null }),
        Err(_) => Err(Refusal::untrusted(format!("{place} answered no JSON"))),
    }
}

fn why(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "doesn't answer in time"
    } else if error.is_connect() {
        "can't be reached: no such host, nobody listening, or a certificate that isn't trusted"
    } else {
        "broke the connection off"
    }
}
