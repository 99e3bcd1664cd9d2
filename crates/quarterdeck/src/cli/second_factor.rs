//! The second step of `login`, where the account has a second factor or has to have one: the code comes from the next
//! line of standard input, or from whoever sits at the terminal.

use super::client::{Api, Reply, Request};
use super::exit::{Exit, Failure};
use super::input::Stdin;
use super::profile;
use serde_json::{Value, json};

/// How often somebody at a terminal is asked; a script has one code.
const TRIES: usize = 3;

/// Goes on from what the password was answered with, to the answer that opened a session.
///
/// # Errors
/// What the panel refuses, and what can't be done here.
pub async fn finish(entered: Reply, url: &str, user: bool, stdin: &mut Stdin) -> Result<Reply, Failure> {
    let page = if user { "/auth/login" } else { "/admin/login" };
    match entered.body["state"].as_str().unwrap_or_default() {
        "signed_in" => Ok(entered),
        "second_factor" => ask(&entered, url, user, stdin).await,
        "enrolment" => {
            let said = "quarterdeck: a second factor is demanded of this account, by the platform or by its role, and it has none yet";
            Err(Failure::new(Exit::NotAllowed, said).and(format!("  Sign in at {url}{page} once and set one up there; then sign in here.")))
        }
        "unconfirmed" => {
            let said = "quarterdeck: the address of this account isn't confirmed yet; open the link in the letter first";
            Err(Failure::new(Exit::NotAllowed, said))
        }
        _ => Err(Failure::new(Exit::Failed, "quarterdeck: the panel gave no session; is it of another version?")),
    }
}

async fn ask(entered: &Reply, url: &str, user: bool, stdin: &mut Stdin) -> Result<Reply, Failure> {
    let offered: Vec<&str> = entered.body["methods"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let Some(question) = question(&offered) else {
        let said = "quarterdeck: this account has passkeys only, which work in a browser";
        return Err(Failure::new(Exit::NotAllowed, said)
            .and("  Add an authenticator app to the account, or recovery codes; either can be typed here."));
    };
    let api = Api::new(&profile::Target { url: url.to_owned(), token: None, session: Some(cookies(entered)) })?;
    let path = format!("{}/second-factor", profile::door(user));
    let tries = if stdin.is_asking() { TRIES } else { 1 };
    let mut refused = None;
    for _ in 0..tries {
        if let Some(failure) = refused.take() {
            Failure::report(&failure);
        }
        let Some(code) = stdin.next_line(question)? else {
            let said = "quarterdeck: this account asks for a second factor: give the code as the second line of standard input";
            return Err(Failure::usage(said).and("  Six digits of the authenticator app, or a recovery code."));
        };
        match api.send(Request::post(&path, &given(&code))).await {
            Err(failure) if failure.exit == Exit::SignedOut => refused = Some(failure),
            answer => return answer,
        }
    }
    Err(refused.unwrap_or_else(|| Failure::new(Exit::SignedOut, "quarterdeck: the second factor was refused")))
}

/// What to ask for, where anything of it can be typed.
fn question(offered: &[&str]) -> Option<&'static str> {
    match (offered.contains(&"totp"), offered.contains(&"recovery")) {
        (true, true) => Some("Code of the authenticator app, or a recovery code"),
        (true, false) => Some("Code of the authenticator app"),
        (false, true) => Some("A recovery code"),
        (false, false) => None,
    }
}

/// Apps show digits, recovery codes have letters too.
fn given(code: &str) -> Value {
    let digits = code.chars().all(|c| c.is_ascii_digit() || c.is_whitespace());
    if digits { json!({"code": code}) } else { json!({"recovery_code": code}) }
}

/// The cookies that an answer set, as the next request sends them.
pub fn cookies(answer: &Reply) -> secrecy::SecretString {
    let set = answer.headers.get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
    set.filter(|cookie| !cookie.ends_with('=')).collect::<Vec<_>>().join("; ").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_kinds_are_told_apart() {
        assert_eq!(given("123 456"), json!({"code": "123 456"}));
        assert_eq!(given("abcd-2345-ijkm-npqr"), json!({"recovery_code": "abcd-2345-ijkm-npqr"}));
    }

    #[test]
    fn nothing_is_asked_that_only_a_browser_can_answer() {
        assert_eq!(question(&["passkey"]), None);
        assert_eq!(question(&["passkey", "recovery"]), Some("A recovery code"));
        assert!(question(&["totp", "recovery"]).is_some());
    }
}
