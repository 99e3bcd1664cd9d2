//! The cookies of each kind of account: the session, the mark of a browser that has signed in before, and a sign-in
//! that is half done.

use crate::kind::Kind;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, header};
use kernel::endpoint::Response;
use kernel::secret::{self, Keyring, random_bytes};
use uuid::Uuid;

/// A browser stays familiar for half a year without a sign-in.
const FAMILIAR_SECONDS: i64 = 180 * 24 * 3600;

/// The cookies of one kind of account.
struct Names {
    session: &'static str,
    browser: &'static str,
    ceremony: &'static str,
}

/// `__Host-` makes browsers refuse the cookie from anywhere but this very host over TLS.
fn names(kind: Kind, tls: bool) -> Names {
    match (kind, tls) {
        (Kind::Staff, true) => Names { session: "__Host-qd_staff", browser: "__Host-qd_browser", ceremony: "__Host-qd_staff_step" },
        (Kind::Staff, false) => Names { session: "qd_staff", browser: "qd_browser", ceremony: "qd_staff_step" },
        (Kind::User, true) => Names { session: "__Host-qd_user", browser: "__Host-qd_user_browser", ceremony: "__Host-qd_user_step" },
        (Kind::User, false) => Names { session: "qd_user", browser: "qd_user_browser", ceremony: "qd_user_step" },
    }
}

/// The session's token, when the browser sent one that could be ours.
#[must_use]
pub fn session(headers: &HeaderMap, kind: Kind, tls: bool) -> Option<&str> {
    value(headers, names(kind, tls).session).filter(|token| (1..=128).contains(&token.len()))
}

/// The token of a sign-in that is half done.
#[must_use]
pub fn ceremony(headers: &HeaderMap, kind: Kind, tls: bool) -> Option<&str> {
    value(headers, names(kind, tls).ceremony).filter(|token| (1..=128).contains(&token.len()))
}

/// The value of a cookie.
#[must_use]
fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(n, _)| *n == name)
        .map(|(_, value)| value)
}

fn set(response: &mut Response, name: &str, value: &str, seconds: i64, tls: bool) {
    let secure = if tls { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(text) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, text);
    }
}

/// Gives the browser its session.
pub fn set_session(response: &mut Response, kind: Kind, token: &str, seconds: i64, tls: bool) {
    set(response, names(kind, tls).session, token, seconds, tls);
}

/// Takes the session from the browser.
pub fn clear_session(response: &mut Response, kind: Kind, tls: bool) {
    set(response, names(kind, tls).session, "", 0, tls);
}

/// Lets the browser go on with a sign-in that is half done.
pub fn set_ceremony(response: &mut Response, kind: Kind, token: &str, seconds: i64, tls: bool) {
    set(response, names(kind, tls).ceremony, token, seconds, tls);
}

pub fn clear_ceremony(response: &mut Response, kind: Kind, tls: bool) {
    set(response, names(kind, tls).ceremony, "", 0, tls);
}

/// What binds a link in a letter to the browser that asked for it.
#[derive(Clone, Copy, Debug)]
pub enum Asked {
    Registration,
    MagicLink,
}

fn asked_name(what: Asked, tls: bool) -> &'static str {
    match (what, tls) {
        (Asked::Registration, true) => "__Host-qd_user_registration",
        (Asked::Registration, false) => "qd_user_registration",
        (Asked::MagicLink, true) => "__Host-qd_user_link",
        (Asked::MagicLink, false) => "qd_user_link",
    }
}

/// The mark of the browser that asked, when it sent one that could be ours.
#[must_use]
pub fn asked(headers: &HeaderMap, what: Asked, tls: bool) -> Option<&str> {
    value(headers, asked_name(what, tls)).filter(|token| (1..=128).contains(&token.len()))
}

pub fn set_asked(response: &mut Response, what: Asked, token: &str, seconds: i64, tls: bool) {
    set(response, asked_name(what, tls), token, seconds, tls);
}

pub fn clear_asked(response: &mut Response, what: Asked, tls: bool) {
    set(response, asked_name(what, tls), "", 0, tls);
}

/// A visit to a sign-in provider has a cookie of its own, so that several can be under way.
fn visit_name(mark: &str, tls: bool) -> String {
    format!("{}qd_visit_{mark}", if tls { "__Host-" } else { "" })
}

/// The token of the visit with this mark.
#[must_use]
pub fn visit<'a>(headers: &'a HeaderMap, mark: &str, tls: bool) -> Option<&'a str> {
    value(headers, &visit_name(mark, tls)).filter(|token| (1..=128).contains(&token.len()))
}

pub fn set_visit(response: &mut Response, mark: &str, token: &str, seconds: i64, tls: bool) {
    set(response, &visit_name(mark, tls), token, seconds, tls);
}

pub fn clear_visit(response: &mut Response, mark: &str, tls: bool) {
    set(response, &visit_name(mark, tls), "", 0, tls);
}

fn impersonation_name(tls: bool) -> &'static str {
    if tls { "__Host-qd_impersonation" } else { "qd_impersonation" }
}

/// The token of an impersonation; good only beside the session of staff that began it.
#[must_use]
pub fn impersonation(headers: &HeaderMap, tls: bool) -> Option<&str> {
    value(headers, impersonation_name(tls)).filter(|token| (1..=128).contains(&token.len()))
}

pub fn set_impersonation(response: &mut Response, token: &str, seconds: i64, tls: bool) {
    set(response, impersonation_name(tls), token, seconds, tls);
}

pub fn clear_impersonation(response: &mut Response, tls: bool) {
    set(response, impersonation_name(tls), "", 0, tls);
}

/// Marks the browser as one that this account signed in with.
pub fn set_browser(response: &mut Response, keys: &Keyring, kind: Kind, account: Uuid, tls: bool) {
    let nonce = URL_SAFE_NO_PAD.encode(random_bytes::<12>());
    let mark = format!("{}.{nonce}", account.simple());
    let signature = signature(keys, &mark);
    set(response, names(kind, tls).browser, &format!("{mark}.{signature}"), FAMILIAR_SECONDS, tls);
}

/// Whether the browser was signed in before, to whichever account: asked without the database.
#[must_use]
pub fn is_marked(headers: &HeaderMap, keys: &Keyring, kind: Kind, tls: bool) -> bool {
    let mark = value(headers, names(kind, tls).browser).and_then(|text| text.rsplit_once('.'));
    mark.is_some_and(|(mark, given)| secret::same(signature(keys, mark).as_bytes(), given.as_bytes()))
}

/// The mark of the browser, when we gave it for this account.
#[must_use]
pub fn browser(headers: &HeaderMap, keys: &Keyring, kind: Kind, account: Uuid, tls: bool) -> Option<String> {
    let (mark, given) = value(headers, names(kind, tls).browser)?.rsplit_once('.')?;
    let ours = secret::same(signature(keys, mark).as_bytes(), given.as_bytes());
    (ours && mark.split('.').next() == Some(account.simple().to_string().as_str())).then(|| mark.to_owned())
}

fn signature(keys: &Keyring, mark: &str) -> String {
    URL_SAFE_NO_PAD.encode(keys.sign("familiar-browser", mark.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent_back(response: &Response) -> HeaderMap {
        let pair = response.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&format!("a=b; {pair}")).unwrap())])
    }

    #[test]
    fn a_session_cookie_is_kept_from_scripts_and_other_hosts() {
        let mut response = Response::default();
        set_session(&mut response, Kind::Staff, "token", 60, true);
        assert_eq!(response.headers()[header::SET_COOKIE], "__Host-qd_staff=token; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(value(&sent_back(&response), "__Host-qd_staff"), Some("token"));
        assert_eq!(value(&sent_back(&response), "qd_staff"), None);
    }

    #[test]
    fn a_browser_is_familiar_to_one_account_and_one_platform() {
        let (ada, eve) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let keys = Keyring::new([7; 32]);
        let mut response = Response::default();
        set_browser(&mut response, &keys, Kind::Staff, ada, false);
        let headers = sent_back(&response);
        assert!(browser(&headers, &keys, Kind::Staff, ada, false).is_some());
        assert!(browser(&headers, &keys, Kind::Staff, eve, false).is_none());
        assert!(browser(&headers, &Keyring::new([8; 32]), Kind::Staff, ada, false).is_none());
        let forged = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&format!("qd_browser={}.x.y", eve.simple())).unwrap())]);
        assert!(browser(&forged, &keys, Kind::Staff, eve, false).is_none());
    }
}
