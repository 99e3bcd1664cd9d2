//! `login` and `logout`: a password once, then an API key of its own for this machine, so that it can be seen and
//! ended in the panel like any other.

use super::client::{Api, Request};
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::input::Stdin;
use super::output;
use super::profile::{DEFAULT_URL, Profile, Profiles, Target};
use clap::ArgMatches;
use reqwest::Method;
use secrecy::SecretString;
use serde_json::json;

pub async fn login(matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let given = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let url = given("url").or_else(|| environment.get("QUARTERDECK_URL")).unwrap_or(DEFAULT_URL).trim_end_matches('/').to_owned();
    let email = given("email").unwrap_or_default().to_owned();
    let password = Stdin::of_process().line("password-stdin")?;
    let mut profiles = Profiles::load(environment)?;
    let name = given("profile").or_else(|| environment.get("QUARTERDECK_PROFILE")).unwrap_or("default").to_owned();

    let api = Api::new(&Target { url: url.clone(), token: None })?;
    let entered = api.send(Request::post("/session", &json!({"email": email, "password": password}))).await?;
    let cookie = entered
        .header("set-cookie")
        .and_then(|c| c.split(';').next())
        .ok_or_else(|| Failure::new(Exit::Failed, "quarterdeck: the panel gave no session"))?
        .to_owned();
    // What a page of the panel would send.
    let headers = [("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin")];
    let wanted = json!({"name": format!("Command line on {}", machine(environment)), "scopes": ["*"]});
    let made = api.send(Request { headers: &headers, ..Request::post("/keys", &wanted) }).await;
    // The session was only the way to the key, and ends whatever came of it.
    let left = api.send(Request { method: Method::DELETE, headers: &headers, ..Request::get("/session") }).await;
    let made = made?.body;
    left?;

    let (Some(key_id), Some(key)) = (made["id"].as_str(), made["token"].as_str().or(made["key"].as_str())) else {
        return Err(Failure::new(Exit::Failed, "quarterdeck: the panel made a key and didn't show it"));
    };
    let fresh = Profile { url: url.clone(), email: email.clone(), key_id: key_id.into(), key: key.into() };
    let before = profiles.profiles.insert(name.clone(), fresh);
    profiles.current = Some(name.clone());
    let path = profiles.save(environment)?;
    if let Some(before) = before {
        // The key that this profile had is of no use to anybody any more.
        if let Err(failure) = end(&before).await {
            failure.report();
        }
    }
    output::note(&format!("Signed in to {url} as {email}. The key is in {} as profile {name}.", path.display()));
    Ok(())
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

async fn end(profile: &Profile) -> Result<(), Failure> {
    let api = Api::new(&Target { url: profile.url.clone(), token: Some(SecretString::from(profile.key.clone())) })?;
    let path = format!("/keys/{}", profile.key_id);
    api.send(Request { method: Method::DELETE, headers: &[("if-match", "*")], ..Request::get(&path) }).await?;
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
