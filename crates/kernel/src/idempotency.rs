//! `Idempotency-Key`: the same request twice is done once, and answered twice the same.
//!
//! The key is claimed in the transaction of the change: a crash before the commit leaves nothing, and a second
//! request with the same key waits for the first at the primary key. Answers are kept sealed: some hold what is
//! shown only once, such as a link or a key.

use crate::actor::{Actor, Caller};
use crate::app::App;
use crate::db::Client;
use crate::endpoint::{Call, Response, bytes, set_header};
use crate::problem::{Kind, Problem, Result};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::StatusCode;
use secrecy::ExposeSecret as _;
use sha2::{Digest, Sha256};
use std::sync::Arc;

const CLAIM: &str = "insert into kernel.idempotency (key, caller, request_hash, created_at) values ($1, $2, $3, $4) on conflict do nothing";
const READ: &str = "select request_hash, status, headers, response from kernel.idempotency where caller = $2 and key = $1";
const KEEP: &str = "update kernel.idempotency set status = $3, headers = $4, response = $5 where caller = $2 and key = $1";
const FORGET: &str = "delete from kernel.idempotency where created_at < $1";

pub const STATEMENTS: &[&str] = &[CLAIM, READ, KEEP, FORGET];

/// A claimed key, to be kept with the answer before the commit.
#[derive(Clone)]
pub struct Claim {
    app: Arc<App>,
    key: String,
    caller: String,
}

/// Where an answer is sealed to.
fn place(caller: &str, key: &str) -> String {
    format!("kernel.idempotency|response|{caller}|{key}")
}

/// Whose key it is: an answer in one organization, or in somebody's name, is no answer elsewhere.
fn who(caller: &Caller) -> String {
    let id = |actor: &Actor| format!("{}:{}", actor.kind.as_str(), actor.id.unwrap_or_default());
    format!("{} {} {:?}", id(&caller.actor), caller.subject.as_ref().map(id).unwrap_or_default(), caller.scope)
}

/// What a key leads to.
pub enum Claimed {
    /// No key was sent.
    None,
    /// Go on, and keep the answer.
    New(Claim),
    /// It was done before: this was the answer.
    Replay(Response),
}

/// Claims the request's key in the transaction of `db`.
///
/// # Errors
/// 422 when the key was used for another request; 400 when it can't be a key.
pub async fn claim(db: &Client, call: &Call, caller: &Caller, now: DateTime<Utc>) -> Result<Claimed> {
    let Some(given) = call.headers.get("idempotency-key") else { return Ok(Claimed::None) };
    let key = given.to_str().ok().filter(|key| (1..=255).contains(&key.len()));
    let key = key.ok_or_else(|| Problem::malformed("Idempotency-Key must have 1 to 255 characters, of ASCII"))?;
    let who = who(caller);
    let path: Vec<String> = call.path.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let hash = Sha256::new()
        .chain_update(format!("{} {}", call.operation, path.join("/")))
        .chain_update([0])
        .chain_update(&call.query)
        .chain_update([0])
        .chain_update(&call.body)
        .finalize()
        .to_vec();
    if db.execute(CLAIM, &[&key, &who, &hash, &now]).await? == 1 {
        return Ok(Claimed::New(Claim { app: call.app.clone(), key: key.into(), caller: who }));
    }
    let row = db.query_one(READ, &[&key, &who]).await?;
    if row.get::<_, Vec<u8>>(0) != hash {
        return Err(Problem::new(Kind::Validation, "This Idempotency-Key was used for another request. Take a new key for a new request."));
    }
    let status = row.get::<_, Option<i16>>(1).and_then(|s| StatusCode::from_u16(u16::try_from(s).ok()?).ok());
    let body = match row.get::<_, Option<Vec<u8>>>(3) {
        Some(sealed) => Bytes::from(call.app.keys.open(&place(&who, key), &sealed)?.expose_secret().clone()),
        None => Bytes::new(),
    };
    let mut response = bytes(status.unwrap_or(StatusCode::OK), body);
    let headers: Option<serde_json::Value> = row.get(2);
    for (name, value) in headers.as_ref().and_then(|h| h.as_object()).into_iter().flatten() {
        if let (Ok(name), Some(Ok(value))) = (http::HeaderName::try_from(name.as_str()), value.as_str().map(http::HeaderValue::from_str)) {
            response.headers_mut().insert(name, value);
        }
    }
    set_header(&mut response, "idempotency-replayed", "true");
    Ok(Claimed::Replay(response))
}

/// Keeps the answer, in the same transaction.
///
/// # Errors
/// When the database refuses.
pub async fn keep(db: &Client, claim: &Claim, response: &Response) -> Result<()> {
    let status = i16::try_from(response.status().as_u16()).unwrap_or_default();
    let headers: serde_json::Map<String, serde_json::Value> =
        response.headers().iter().filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.into()))).collect();
    let sealed = claim.app.keys.seal(&place(&claim.caller, &claim.key), &response.body().bytes())?;
    db.execute(KEEP, &[&claim.key, &claim.caller, &status, &serde_json::Value::Object(headers), &sealed]).await?;
    Ok(())
}

/// Forgets keys older than `before`.
///
/// # Errors
/// When the database refuses.
pub async fn forget(db: &Client, before: DateTime<Utc>) -> Result<u64> {
    Ok(db.execute(FORGET, &[&before]).await?)
}
