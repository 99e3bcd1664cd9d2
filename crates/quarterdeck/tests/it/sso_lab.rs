//! Single sign-on under test: a platform with providers, and a provider that lies in any way it is told.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use testkit::{Answer, Client, TestApp};

/// What the panel is called at every provider here.
pub const CLIENT: &str = "quarterdeck";
pub const SECRET: &str = "a-secret-of-the-client";

/// A platform on which providers may be on this machine.
pub async fn platform() -> TestApp {
    TestApp::with(quarterdeck::product(), &[("QUARTERDECK_SETTING_IDENTITY_SSO_LOOPBACK", "true")]).await
}

/// Adds a provider; `more` is added to what every one has.
pub async fn provider(owner: &Client, slug: &str, issuer: &str, more: Value) -> String {
    let mut body =
        json!({"label": slug, "slug": slug, "account_kind": "staff", "issuer": issuer, "client_id": CLIENT, "client_secret": SECRET});
    for (name, value) in more.as_object().cloned().unwrap_or_default() {
        body[name] = value;
    }
    owner.post("/api/v1/identity-providers", body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

/// Changes a provider.
pub async fn change(owner: &Client, id: &str, body: Value) {
    owner.patch(&format!("/api/v1/identity-providers/{id}"), "*", body).await.expect_status(200);
}

pub async fn role(owner: &Client, name: &str, scope: &str) -> String {
    let roles = owner.get(&format!("/api/v1/roles?name=eq.{name}&scope=eq.{scope}")).await.expect(200);
    roles[0]["id"].as_str().unwrap_or_else(|| panic!("there is no role {name}")).to_owned()
}

/// Begins a visit; gives the address of the provider's page.
pub async fn begin(client: &Client, door: &str, slug: &str) -> String {
    client.post(&format!("/api/v1{door}/sso/{slug}"), json!({})).await.expect(200)["location"].as_str().unwrap().to_owned()
}

/// Lets the browser come back to where the provider sent it.
pub async fn come_back(client: &Client, back: &str) -> Answer {
    let path = back.strip_prefix("http://localhost:8080").unwrap_or_else(|| panic!("{back} is not the panel"));
    client.get(path).await.expect(303)
}

/// The page that a visit ended on.
pub fn page(answer: &Answer) -> &str {
    answer.header("location").expect("an answer with a page")
}

/// One parameter of an address.
pub fn parameter(address: &str, name: &str) -> String {
    let address = url::Url::parse(address).unwrap();
    address.query_pairs().find(|(n, _)| n == name).map(|(_, value)| value.into_owned()).unwrap_or_else(|| panic!("no {name} in {address}"))
}

/// How a token is signed.
#[derive(Clone, Debug)]
pub enum Sign {
    /// As it should be.
    Own,
    /// Not at all.
    None,
    /// With a secret, such as the client's or the text of the public key.
    Secret(Vec<u8>),
    /// By a key that the provider doesn't have, in the name of its own.
    Stranger,
}

/// What the token endpoint answers.
#[derive(Clone, Debug)]
pub enum Reply {
    Json(u16, Value),
    Text(String),
    Redirect(String),
    Never,
}

#[derive(Default)]
struct Told {
    reply: Option<Reply>,
    userinfo: Option<Value>,
    /// Changes of the description.
    description: Value,
    /// The form that the token endpoint got last.
    form: String,
    authorization: Option<String>,
}

/// A provider that lies.
pub struct Liar {
    pub issuer: String,
    told: Arc<Mutex<Told>>,
    key: Vec<u8>,
    stranger: Vec<u8>,
}

fn key() -> Vec<u8> {
    EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap().as_ref().to_vec()
}

fn pair(pkcs8: &[u8]) -> EcdsaKeyPair {
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &SystemRandom::new()).unwrap()
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

type Shared = (String, Arc<Mutex<Told>>, Value);

async fn description(State((issuer, told, _)): State<Shared>) -> Response {
    let mut document = json!({
        "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"), "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"), "userinfo_endpoint": format!("{issuer}/userinfo"), "code_challenge_methods_supported": ["S256"]
    });
    for (name, value) in told.lock().unwrap().description.as_object().cloned().unwrap_or_default() {
        document[name] = value;
    }
    axum::Json(document).into_response()
}

async fn token(State((_, told, _)): State<Shared>, headers: HeaderMap, form: String) -> Response {
    let reply = {
        let mut told = told.lock().unwrap();
        told.form = form;
        told.authorization = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
        told.reply.clone()
    };
    match reply.expect("the test says what the token endpoint answers") {
        Reply::Json(status, value) => (StatusCode::from_u16(status).unwrap(), axum::Json(value)).into_response(),
        Reply::Text(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Reply::Redirect(to) => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response(),
        Reply::Never => std::future::pending().await,
    }
}

async fn userinfo(State((_, told, _)): State<Shared>) -> Response {
    match told.lock().unwrap().userinfo.clone() {
        Some(claims) => axum::Json(claims).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

impl Liar {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let (key, stranger) = (key(), key());
        let made = pair(&key);
        let point = made.public_key().as_ref();
        let keys = json!({"keys": [{"kty": "EC", "crv": "P-256", "use": "sig", "kid": "one", "x": encoded(&point[1..33]), "y": encoded(&point[33..])}]});
        let told = Arc::new(Mutex::new(Told::default()));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(description))
            .route("/jwks", get(|State((_, _, keys)): State<Shared>| async move { axum::Json(keys) }))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state((issuer.clone(), told.clone(), keys));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { issuer, told, key, stranger }
    }

    pub fn describes(&self, changes: Value) {
        self.told.lock().unwrap().description = changes;
    }

    pub fn replies(&self, reply: Reply) {
        self.told.lock().unwrap().reply = Some(reply);
    }

    pub fn says_of_user(&self, claims: Value) {
        self.told.lock().unwrap().userinfo = Some(claims);
    }

    /// The form and the credentials that the token endpoint got last.
    pub fn asked(&self) -> (String, Option<String>) {
        let told = self.told.lock().unwrap();
        (told.form.clone(), told.authorization.clone())
    }

    /// The public key as the provider publishes it, for attacks that take it for a secret.
    pub fn public_point(&self) -> Vec<u8> {
        pair(&self.key).public_key().as_ref().to_vec()
    }

    pub fn sign(&self, claims: &Value, sign: &Sign) -> String {
        let name = match sign {
            Sign::Own | Sign::Stranger => "ES256",
            Sign::None => "none",
            Sign::Secret(_) => "HS256",
        };
        self.sign_as(&json!({"alg": name, "kid": "one", "typ": "JWT"}), claims, sign)
    }

    pub fn sign_as(&self, head: &Value, claims: &Value, sign: &Sign) -> String {
        let message = format!("{}.{}", encoded(head.to_string()), encoded(claims.to_string()));
        let by = |key: &[u8]| pair(key).sign(&SystemRandom::new(), message.as_bytes()).unwrap().as_ref().to_vec();
        let signature = match sign {
            Sign::Own => by(&self.key),
            Sign::Stranger => by(&self.stranger),
            Sign::None => Vec::new(),
            Sign::Secret(secret) => {
                let mac = <Hmac<Sha256> as hmac::Mac>::new_from_slice(secret).unwrap();
                mac.chain_update(message.as_bytes()).finalize().into_bytes().to_vec()
            }
        };
        format!("{message}.{}", encoded(signature))
    }

    /// A good ID token's claims for a visit, as they should be; `changes` with null takes one away.
    pub fn claims(&self, t: &TestApp, location: &str, changes: Value) -> Value {
        let now = t.app.clock.now().timestamp();
        let mut claims = json!({
            "iss": self.issuer, "sub": "grace", "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": parameter(location, "nonce"),
            "email": "grace@example.com", "email_verified": true, "name": "Grace Hopper"
        });
        for (name, value) in changes.as_object().cloned().unwrap_or_default() {
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(&name);
            } else {
                claims[name] = value;
            }
        }
        claims
    }

    /// Answers the next exchange with this ID token.
    pub fn gives(&self, id_token: &str) {
        self.replies(Reply::Json(200, json!({"access_token": "access", "token_type": "Bearer", "expires_in": 300, "id_token": id_token})));
    }

    /// A whole sign-in at which the provider says what it should, with these changes.
    pub async fn sign_in(&self, t: &TestApp, client: &Client, door: &str, slug: &str, changes: Value) -> Answer {
        let location = begin(client, door, slug).await;
        self.gives(&self.sign(&self.claims(t, &location, changes), &Sign::Own));
        come_back(client, &back(slug, &location, "")).await
    }
}

/// Where a provider sends the browser back to, with a code.
pub fn back(slug: &str, location: &str, more: &str) -> String {
    format!("http://localhost:8080/auth/sso/{slug}/callback?code=code&state={}{more}", parameter(location, "state"))
}

/// Why sign-ins were refused since this was asked last, as the audit log has it. Time stands still in tests, so rows are
/// told apart by whether they were there before.
pub async fn last_refusal(t: &TestApp) -> String {
    static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let rows = t.audit().await;
    let mut seen = SEEN.lock().unwrap();
    let new: Vec<&str> = rows
        .iter()
        .filter(|row| row["outcome"] == "failed" && seen.insert(row["id"].to_string()))
        .map(|row| row["detail"].as_str().unwrap_or_default())
        .collect();
    assert!(!new.is_empty(), "no refusal is in the log");
    new.join("\n")
}
