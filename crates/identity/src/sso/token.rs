//! Tokens that a provider signed (JWS, RFC 7515), and what an ID token has to say (OpenID Connect Core, 3.1.3.7). Every
//! way in which one is not good has its own words for the audit log, and one answer for the visitor.

use super::described::Described;
use super::key::{Algorithm, Key};
use super::refusal::Refusal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use kernel::secret;
use serde_json::{Map, Value};

/// How far the clocks of two machines may be apart.
const SKEW: Duration = Duration::seconds(60);
/// Longest token that is looked at.
const MOST: usize = 64 * 1024;

pub(super) type Claims = Map<String, Value>;

/// A token whose signature was right.
pub(super) struct Signed {
    pub claims: Claims,
    pub algorithm: Algorithm,
    pub kind: Option<String>,
}

/// A token whose signature is still to be checked.
pub(super) struct Unchecked<'a> {
    algorithm: Algorithm,
    name: String,
    key: Option<String>,
    kind: Option<String>,
    message: &'a str,
    signature: Vec<u8>,
    payload: &'a str,
}

fn untrusted(what: impl Into<String>) -> Refusal {
    Refusal::untrusted(what)
}

fn object(part: &str, what: &str) -> Result<Claims, Refusal> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| untrusted(format!("the {what} of its token is no base64")))?;
    serde_json::from_slice(&bytes).map_err(|_| untrusted(format!("the {what} of its token is no JSON object")))
}

/// Takes a token apart.
pub(super) fn parse(token: &str) -> Result<Unchecked<'_>, Refusal> {
    if token.len() > MOST {
        return Err(untrusted(format!("its token is longer than {MOST} bytes")));
    }
    let (message, signature) = token.rsplit_once('.').ok_or_else(|| untrusted("its token is none"))?;
    let (header, payload) =
        message.split_once('.').filter(|(_, rest)| !rest.contains('.')).ok_or_else(|| untrusted("its token is none"))?;
    let head = object(header, "head")?;
    let text = |name: &str| head.get(name).and_then(Value::as_str).map(str::to_owned);
    let name = text("alg").unwrap_or_default();
    let algorithm = Algorithm::named(&name).ok_or_else(|| {
        untrusted(format!("its token is signed by {name:.20}, which is not taken; a provider signs with a key of its own, such as RS256"))
    })?;
    if head.contains_key("crit") {
        return Err(untrusted("its token has extensions that must be understood and aren't"));
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| untrusted("the signature of its token is no base64"))?;
    Ok(Unchecked { algorithm, name, key: text("kid"), kind: text("typ"), message, signature, payload })
}

impl Unchecked<'_> {
    /// The keys that may have signed it; none when the provider has a new one.
    fn candidates<'k>(&self, keys: &'k [Key]) -> Vec<&'k Key> {
        keys.iter().filter(|key| key.fits(self.key.as_deref(), &self.name, self.algorithm)).collect()
    }

    /// Whether any of these keys is the one it names.
    pub(super) fn knows_key(&self, keys: &[Key]) -> bool {
        !self.candidates(keys).is_empty()
    }

    /// Checks the signature; what it says counts only after that.
    pub(super) fn check(self, keys: &[Key]) -> Result<Signed, Refusal> {
        let candidates = self.candidates(keys);
        if candidates.is_empty() {
            return Err(untrusted(format!("its token names a key for {} that the provider doesn't have", self.name)));
        }
        if !candidates.iter().any(|key| key.made(self.algorithm, self.message.as_bytes(), &self.signature)) {
            return Err(untrusted("the signature of its token is wrong"));
        }
        Ok(Signed { claims: object(self.payload, "content")?, algorithm: self.algorithm, kind: self.kind })
    }
}

/// A moment, in seconds of the epoch as JWT has it.
pub(super) fn moment(claims: &Claims, name: &str) -> Option<DateTime<Utc>> {
    let value = claims.get(name)?;
    let seconds = value.as_i64().or_else(|| value.as_f64().map(|float| float.floor() as i64))?;
    DateTime::from_timestamp(seconds, 0)
}

pub(super) fn text<'c>(claims: &'c Claims, name: &str) -> Option<&'c str> {
    claims.get(name).and_then(Value::as_str)
}

/// Who made it, for whom, and when: the same for ID tokens and logout tokens.
pub(super) fn check_envelope(claims: &Claims, provider: &Described, client: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
    if text(claims, "iss") != Some(&provider.issuer) {
        return Err(untrusted(format!(
            "its token was made by {:.100}, not by {}",
            text(claims, "iss").unwrap_or("nobody"),
            provider.issuer
        )));
    }
    let audience: Vec<&str> = match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !audience.contains(&client) {
        return Err(untrusted("its token was made for another client (aud)"));
    }
    let party = text(claims, "azp");
    if (audience.len() > 1 && party.is_none()) || party.is_some_and(|party| party != client) {
        return Err(untrusted("its token was made for several clients and handed to another one (azp)"));
    }
    let issued = moment(claims, "iat").ok_or_else(|| untrusted("its token doesn't say when it was made (iat)"))?;
    if issued > now + SKEW {
        return Err(untrusted("its token was made in the future (iat); are the clocks right?"));
    }
    if moment(claims, "nbf").is_some_and(|from| from > now + SKEW) {
        return Err(untrusted("its token doesn't count yet (nbf); are the clocks right?"));
    }
    Ok(())
}

/// What an ID token must say, beside its signature.
pub(super) struct Expected<'a> {
    pub client: &'a str,
    pub nonce: &'a str,
    pub access_token: Option<&'a str>,
    pub now: DateTime<Utc>,
}

/// Checks an ID token whose signature was right.
pub(super) fn check_id_token(token: &Signed, provider: &Described, expected: &Expected<'_>) -> Result<(), Refusal> {
    let claims = &token.claims;
    check_envelope(claims, provider, expected.client, expected.now)?;
    let expires = moment(claims, "exp").ok_or_else(|| untrusted("its token doesn't say when it ends (exp)"))?;
    if expires + SKEW <= expected.now {
        return Err(untrusted("its token has expired (exp); are the clocks right?"));
    }
    match text(claims, "nonce") {
        None => return Err(untrusted("its token belongs to no sign-in (nonce is missing)")),
        Some(nonce) if !secret::same(nonce.as_bytes(), expected.nonce.as_bytes()) => {
            return Err(untrusted("its token belongs to another sign-in (nonce)"));
        }
        Some(_) => {}
    }
    if let (Some(given), Some(access)) = (text(claims, "at_hash"), expected.access_token) {
        let digest = ring::digest::digest(token.algorithm.digest(), access.as_bytes());
        let half = &digest.as_ref()[..digest.as_ref().len() / 2];
        if URL_SAFE_NO_PAD.encode(half) != given {
            return Err(untrusted("its ID token belongs to another access token (at_hash)"));
        }
    }
    subject(claims).map(|_| ())
}

/// The session at the provider that it belongs to, when it says so.
pub(super) fn session(claims: &Claims) -> Option<&str> {
    text(claims, "sid").filter(|sid| (1..=255).contains(&sid.len()) && !sid.contains('\0'))
}

/// Who it is about.
pub(super) fn subject(claims: &Claims) -> Result<&str, Refusal> {
    text(claims, "sub")
        .filter(|sub| (1..=255).contains(&sub.len()) && !sub.contains('\0'))
        .ok_or_else(|| untrusted("its token doesn't say who it is about (sub)"))
}
