//! `login` and `logout`: a password and a second factor once, then an API key of its own for this machine, so that it can be seen and
//! ended in the panel like any other. The session of the sign-in is kept beside it until it runs out by itself: only a
//! person may make keys, and for that while `keys create` still is one.

use super::client::{Api, Request, segment};
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::input::Stdin;
use super::output;
use super::profile::{self, DEFAULT_URL, Profile, Profiles, Target};
use super::second_factor;
use clap::ArgMatches;
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

pub async fn login(matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let given = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let url = given("url").or_else(|| environment.get("QUARTERDECK_URL")).unwrap_or(DEFAULT_URL).trim_end_matches('/').to_owned();
    let email = given("email").unwrap_or_default().to_owned();
    let mut stdin = Stdin::of_process();
    let password = stdin.line("password-stdin")?;
    let mut profiles = Profiles::load(environment)?;
    let name = given("profile").or_else(|| environment.get("QUARTERDECK_PROFILE")).unwrap_or("default").to_owned();

    let api = Api::new(&Target { url: url.clone(), token: None, session: None })?;
    let user = matches.get_flag("user");
    let entered = api.send(Request::post(profile::door(user), &json!({"email": email, "password": password}))).await?;
    let entered = second_factor::finish(entered, &url, user, &mut stdin).await?;
    let session = second_factor::cookies(&entered);
    if session.expose_secret().is_empty() {
        return Err(Failure::new(Exit::Failed, "quarterdeck: the panel gave no session"));
    }
    let person = Api::new(&Target { url: url.clone(), token: None, session: Some(session.clone()) })?;
    let made = if user { Value::Null } else { key(&person, environment).await? };
    let text = |name: &str| made[name].as_str().map(str::to_owned);
    let fresh = Profile {
        url: url.clone(),
        email: email.clone(),
        key_id: text("id"),
        key: text("key"),
        session: session.expose_secret().to_owned(),
        user,
    };
    let has_key = fresh.key.is_some();
    let before = profiles.profiles.insert(name.clone(), fresh);
    profiles.current = Some(name.clone());
    let path = profiles.save(environment)?;
    if let Some(before) = before {
        // The key that this profile had is of no use to anybody any more.
        if let Err(failure) = end(&before).await {
            failure.report();
        }
    }
    let what = match (has_key, user) {
        (true, _) => "API key",
        (false, true) => "session, which ends like one in the browser,",
        (false, false) => "session, which ends like one in the browser (this account may not make keys),",
    };
    output::note(&format!("Signed in to {url} as {email}. The {what} is in {} as profile {name}.", path.display()));
    for closed in entered.body["organizations"].as_array().into_iter().flatten().filter_map(closed) {
        output::note(&closed);
    }
    Ok(())
}

/// An organization that asks for more than this sign-in, and what to do about it.
fn closed(organization: &Value) -> Option<String> {
    let closed = &organization["closed"];
    let what = match (closed["why"].as_str()?, closed["enrolled"].as_bool()) {
        ("second_factor", Some(true)) => "asks for your second factor; confirm with it in a browser".to_owned(),
        ("second_factor", _) => "asks for a second factor; set one up in your account, under Security, then sign in again".to_owned(),
        ("hours", _) => format!("opens to your role at these hours only: {}", closed["hours"].as_str().unwrap_or_default()),
        _ => "wants to know again that it is you; confirm it in a browser".to_owned(),
    };
    Some(format!("{} is closed to this sign-in: it {what}.", organization["name"].as_str().unwrap_or_default()))
}

/// A key of this machine's own.
async fn key(person: &Api, environment: &Environment) -> Result<Value, Failure> {
    let wanted = json!({"name": format!("Command line on {}", machine(environment)), "scopes": ["*"]});
    match person.send(Request::post("/keys", &wanted)).await {
        Ok(reply) => Ok(reply.body),
        // Who may not make keys works with the session, as in the browser.
        Err(failure) if failure.exit == Exit::NotAllowed => Ok(Value::Null),
        Err(failure) => Err(failure),
    }
}

pub async fn logout(matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let mut profiles = Profiles::load(environment)?;
    let name = profiles.name(matches.get_one::<String>("profile").map(String::as_str), environment);
    let Some(profile) = profiles.profiles.remove(&name) else {
        return Err(Failure::usage(format!("quarterdeck: there is no profile {name}")));
    };
    if profiles.current.as_deref() == Some(&name) {
        profiles.current = profiles.profiles.keys().next().cloned();
    }
    let ended = end(&profile).await;
    profiles.save(environment)?;
    match ended {
        Ok(()) => output::note(&format!("Signed out of {}; the key no longer works.", profile.url)),
        // A key that is no longer valid, or was deleted by hand, is ended as well.
        Err(failure) if matches!(failure.exit, Exit::SignedOut | Exit::NotFound) => {
            output::note(&format!("The profile {name} is forgotten; its key had ended before."))
        }
        Err(failure) => {
            return Err(failure.and(format!("  The profile {name} is forgotten here, but its key may still work: end it in the panel.")));
        }
    }
    Ok(())
}

/// Ends the key, and the session if it still lives.
async fn end(profile: &Profile) -> Result<(), Failure> {
    let session = Some(SecretString::from(profile.session.clone()));
    let person = Api::new(&Target { url: profile.url.clone(), token: None, session })?;
    if let Some(id) = &profile.key_id {
        let script = Api::new(&Target { url: profile.url.clone(), token: profile.key.clone().map(SecretString::from), session: None })?;
        script.send(Request::post(&format!("/keys/{}/revoke", segment(id)), &json!({}))).await?;
    }
    person.send(Request { method: Method::DELETE, ..Request::get(profile.door()) }).await?;
    Ok(())
}

fn machine(environment: &Environment) -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").map(|name| name.trim().to_owned()).unwrap_or_default();
    match (environment.get("USER"), name.as_str()) {
        (Some(user), "") => user.to_owned(),
        (None, "") => "an unknown machine".to_owned(),
        (Some(user), host) => format!("{user}@{host}"),
        (None, host) => host.to_owned(),
    }
}
