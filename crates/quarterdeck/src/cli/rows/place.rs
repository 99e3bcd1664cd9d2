//! Somebody's place, for as long as one command takes: begun by the person who signed in, and ended whatever comes of it.

use super::find;
use crate::cli::client::{Api, Request};
use crate::cli::environment::Environment;
use crate::cli::exit::{Exit, Failure};
use crate::cli::tree::person_of;
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command};
use kernel::Registry;
use reqwest::Method;
use serde_json::{Value, json};

/// By which a request says in whose place it is made; refused when that is over.
pub const HEADER: &str = "quarterdeck-impersonation";

/// The flags by which a command is done in somebody's place; one that changes something has to say so there.
pub fn args(command: Command, changes: bool) -> Command {
    let needs = if changes { &["reason", "change"][..] } else { &["reason"] };
    let nobody = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).requires_all(needs.iter().copied()).help(help)
    };
    let command = command
        .arg(
            Arg::new("as-user")
                .long("as-user")
                .value_name("ID_OR_EMAIL")
                .requires_all(needs.iter().copied())
                .help("In the place of this user, by the row policies of the database"),
        )
        .arg(nobody("as-anon", "In the place of nobody in particular"))
        .arg(nobody("as-service", "In the place of the platform itself, above row policies (owners only)"))
        .arg(Arg::new("reason").long("reason").value_name("TEXT").requires("place").help("Why; it stays in the log"))
        .group(ArgGroup::new("place").args(["as-user", "as-anon", "as-service"]))
        .after_help("In somebody's place needs the sign-in of quarterdeck login, not older than ten minutes; no API key may do it.");
    if changes {
        let help = "Change it in their place; it has to be said, because what is done counts as theirs";
        return command.arg(Arg::new("change").long("change").action(ArgAction::SetTrue).requires("place").help(help));
    }
    command
}

/// A place that was taken.
pub struct Place {
    pub person: Api,
    /// Which impersonation it is.
    pub id: String,
}

/// Takes the place that the flags name.
///
/// # Errors
/// What the panel refuses.
pub async fn take(registry: &Registry, matches: &ArgMatches, environment: &Environment, reason: &str) -> Result<Place, Failure> {
    let person = person_of(matches, environment)?;
    let mut input = match matches.get_one::<String>("as-user") {
        Some(user) => {
            let users = registry.resource("users").ok_or_else(|| Failure::usage("quarterdeck: there are no users"))?;
            json!({"kind": "user", "user_id": find::by_word(&person, users, user).await?})
        }
        None if matches.get_flag("as-service") => json!({"kind": "service"}),
        None => json!({"kind": "anon"}),
    };
    input["reason"] = reason.into();
    input["read_only"] = (!matches.try_get_one::<bool>("change").ok().flatten().copied().unwrap_or(false)).into();
    let id = begin(&person, &input).await?;
    Ok(Place { id, person })
}

/// Begins an impersonation; its id.
///
/// # Errors
/// What the panel refuses.
pub async fn begin(person: &Api, input: &Value) -> Result<String, Failure> {
    let begun = person.send(Request::post("/impersonations/begin", input)).await.map_err(|failure| match failure.exit {
        Exit::NotAllowed => failure.and("  It takes a sign-in of yours that is not older than ten minutes: quarterdeck login"),
        _ => failure,
    })?;
    match &begun.body["impersonation_id"] {
        Value::String(id) => Ok(id.clone()),
        _ => Err(Failure::usage("quarterdeck: the panel doesn't say in whose place this is; is it of another version?")),
    }
}

impl Place {
    /// What is done in it; whoever interrupts the command leaves as well.
    pub async fn during(&self, work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
        tokio::select! {
            done = work => done,
            _ = tokio::signal::ctrl_c() => Err(Failure::new(Exit::Failed, "quarterdeck: interrupted")),
        }
    }

    /// # Errors
    /// When the panel can't be reached any more; it ends by itself then, after a quarter of an hour.
    pub async fn leave(&self) -> Result<(), Failure> {
        let ended = self.person.send(Request { method: Method::DELETE, ..Request::get("/impersonation") }).await;
        ended.map(drop)
    }
}
