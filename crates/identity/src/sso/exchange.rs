//! From the code that a browser brought back to what the provider says of a person.

use super::ask::Line;
use super::described::{Described, Directory};
use super::provider::store::Stored;
use super::provider::{self, Provider};
use super::refusal::{Refusal, Stop};
use super::token::{self, Claims, Expected};
use super::visit::Visit;
use chrono::{DateTime, Utc};
use kernel::{App, Problem};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

/// What a provider says of a person.
pub(crate) struct Said {
    pub subject: String,
    /// What it calls their session there.
    pub sid: Option<String>,
    pub id_token: String,
    pub email: Option<String>,
    pub email_verified: bool,
    pub name: Option<String>,
    /// When they last proved who they are there.
    pub proved_at: Option<DateTime<Utc>>,
    pub claims: Claims,
}

impl Said {
    /// Whether it says that a second factor was used, in one of these words.
    pub(super) fn second_factor(&self, words: &[String]) -> bool {
        let said = |name: &str| values(&self.claims, name);
        said("amr").iter().chain(&said("acr")).any(|value| words.contains(value))
    }
}

fn secret_of(app: &App, stored: &Stored) -> Result<Option<SecretString>, Problem> {
    let Some(sealed) = &stored.secret else { return Ok(None) };
    let plain = app.keys.open(&provider::place(stored.provider.id), sealed)?;
    Ok(Some(String::from_utf8(plain.expose_secret().clone()).map_err(Problem::internal)?.into()))
}

/// Changes the code for what it stands for, and believes nothing that isn't signed.
pub(super) async fn redeem(
    app: &App,
    directory: &Directory,
    stored: &Stored,
    described: &Described,
    code: &str,
    visit: &Visit,
) -> Result<Said, Stop> {
    let provider = &stored.provider;
    let secret = secret_of(app, stored)?;
    let redirect = super::redirect_uri(app, &provider.slug);
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect.as_str()),
        ("code_verifier", visit.verifier.as_str()),
    ];
    let mut login = None;
    match &secret {
        Some(secret) if !described.secret_in_form => login = Some((provider.client_id.as_str(), secret.expose_secret())),
        Some(secret) => form.extend([("client_id", provider.client_id.as_str()), ("client_secret", secret.expose_secret())]),
        None => form.push(("client_id", provider.client_id.as_str())),
    }
    let line = directory.to(provider)?;
    let answer = line.post(&described.token, &form, login).await?;
    if !answer.ok {
        let word = answer.json["error"].as_str().unwrap_or_default();
        return Err(Refusal::untrusted(format!("{} answered {} {}", described.token, answer.status, plain_word(word))).into());
    }
    let id_token = answer.json["id_token"].as_str().ok_or_else(|| Refusal::untrusted("it gave no ID token"))?;
    let access_token = answer.json["access_token"].as_str();
    let unchecked = token::parse(id_token)?;
    // A provider may have changed its keys since they were looked at.
    let newer = if unchecked.knows_key(&described.keys) { None } else { directory.newer_keys(app, provider, described).await? };
    let signed = unchecked.check(newer.as_ref().map_or(&described.keys, |newer| &newer.keys))?;
    let expected = Expected { client: &provider.client_id, nonce: &visit.nonce, access_token, now: app.clock.now() };
    token::check_id_token(&signed, described, &expected)?;
    let subject = token::subject(&signed.claims)?.to_owned();
    let mut claims = signed.claims;
    // Of what only this token says, nothing that is sent beside it.
    let sid = token::session(&claims).map(str::to_owned);
    if let (Some(url), Some(access), true) = (&described.userinfo, access_token, wants_more(provider, &claims)) {
        for (name, value) in more(&line, url, access, &subject).await? {
            // What was signed counts more than what was only sent.
            claims.entry(name).or_insert(value);
        }
    }
    Ok(Said { sid, id_token: id_token.to_owned(), ..said(subject, claims) })
}

/// A word of the provider's, for the log: letters and _ only.
pub(super) fn plain_word(word: &str) -> String {
    word.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')).take(60).collect()
}

/// Many providers say in the ID token only who it is, and the rest when they are asked.
fn wants_more(provider: &Provider, claims: &Claims) -> bool {
    !claims.contains_key("email") || provider.rules.iter().any(|rule| find(claims, &rule.claim).is_none())
}

async fn more(line: &Line, url: &str, access: &str, subject: &str) -> Result<Claims, Refusal> {
    let answer = line.get(url, Some(access)).await?;
    let Value::Object(claims) = answer.json else {
        return Err(Refusal::untrusted(format!("{url} answered {} and says nothing", answer.status)));
    };
    if !answer.ok {
        return Err(Refusal::untrusted(format!("{url} answered {}", answer.status)));
    }
    // Core, 5.3.2: else somebody's token could be answered with another person.
    if token::subject(&claims)? != subject {
        return Err(Refusal::untrusted(format!("{url} speaks of another person than the ID token")));
    }
    Ok(claims)
}

fn said(subject: String, claims: Claims) -> Said {
    let email = token::text(&claims, "email").and_then(|text| crate::email::normalise(text).ok());
    let name = ["name", "preferred_username"].iter().find_map(|name| token::text(&claims, name));
    Said {
        subject,
        sid: None,
        id_token: String::new(),
        // Some providers write it as a word.
        email_verified: claims.get("email_verified").is_some_and(|v| v == &Value::Bool(true) || v == "true"),
        email,
        name: name
            .map(|text| text.chars().filter(|c| !c.is_control()).take(120).collect::<String>().trim().to_owned())
            .filter(|n| !n.is_empty()),
        proved_at: token::moment(&claims, "auth_time"),
        claims,
    }
}

/// A claim by its name; dots lead inside, unless the name itself has them.
fn find<'c>(claims: &'c Claims, path: &str) -> Option<&'c Value> {
    if let Some(value) = claims.get(path) {
        return Some(value);
    }
    let mut parts = path.split('.');
    let first = claims.get(parts.next()?)?;
    parts.try_fold(first, |value, part| value.get(part))
}

/// What a claim says, as words.
pub(super) fn values(claims: &Claims, path: &str) -> Vec<String> {
    let word = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    };
    match find(claims, path) {
        Some(Value::Array(many)) => many.iter().filter_map(word).collect(),
        Some(one) => word(one).into_iter().collect(),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_claim_is_found_by_its_name_or_inside_another() {
        let claims = json!({
            "groups": ["a", "b"], "realm_access": {"roles": ["admin", 7]}, "https://example.com/roles": "boss", "staff": true, "nothing": null
        });
        let claims = claims.as_object().unwrap();
        assert_eq!(values(claims, "groups"), ["a", "b"]);
        assert_eq!(values(claims, "realm_access.roles"), ["admin", "7"]);
        assert_eq!(values(claims, "https://example.com/roles"), ["boss"]);
        assert_eq!(values(claims, "staff"), ["true"]);
        for nothing in ["nothing", "groups.a", "realm_access", "missing.roles", ""] {
            assert!(values(claims, nothing).is_empty(), "{nothing}");
        }
    }

    #[test]
    fn words_of_a_provider_cant_write_into_the_log() {
        assert_eq!(plain_word("invalid_grant"), "invalid_grant");
        assert_eq!(plain_word("x\r\nadmin signed in <b>"), "xadminsignedinb");
        assert_eq!(plain_word(&"a".repeat(500)).len(), 60);
    }
}
