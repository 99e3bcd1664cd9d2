//! `quarterdeck data SOURCE TABLE list`: rows of any table, through the same grammar as every other list; as oneself, or in
//! somebody's place for as long as the list takes.

use super::client::{Api, Request, segment};
use super::collection::{args, find, list};
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::tree::{api_of, client_args, format_of, person_of};
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command};
use kernel::Registry;
use reqwest::Method;
use serde_json::{Value, json};

/// By which a request says in whose place it is made; refused when that is over.
const HEADER: &str = "quarterdeck-impersonation";

pub fn command() -> Command {
    let nobody =
        |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).requires("reason").help(help);
    let list = args::list_args(Command::new("list").about("List rows"))
        .arg(Arg::new("schema").long("schema").value_name("SCHEMA").help("The table's schema (public without)"))
        .arg(
            Arg::new("as-user")
                .long("as-user")
                .value_name("ID_OR_EMAIL")
                .requires("reason")
                .help("See what this user would, by the row policies of the database"),
        )
        .arg(nobody("as-anon", "See what nobody in particular would"))
        .arg(nobody("as-service", "See what the platform itself would, above row policies (owners only)"))
        .arg(Arg::new("reason").long("reason").value_name("TEXT").requires("place").help("Why; it stays in the log"))
        .group(ArgGroup::new("place").args(["as-user", "as-anon", "as-service"]))
        .after_help("In somebody's place needs the sign-in of quarterdeck login, not older than ten minutes; no API key may do it.");
    Command::new("data")
        .about("Rows of a table in any source")
        .arg(Arg::new("source").value_name("SOURCE").required(true).help("A source's name; main is the panel's own database"))
        .arg(Arg::new("table").value_name("TABLE").required(true).help("A table's name"))
        .subcommand_required(true)
        .subcommand(client_args(list))
}

/// `table` has the source and the table, `matches` what to list.
pub async fn list(registry: &Registry, table: &ArgMatches, matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let word = |name: &str| table.get_one::<String>(name).map(|text| segment(text)).unwrap_or_default();
    let path = format!("/data/{}/{}", word("source"), word("table"));
    let schema = matches.get_one::<String>("schema");
    let mut headers: Vec<(&str, &str)> = schema.iter().map(|schema| ("accept-profile", schema.as_str())).collect();
    let Some(reason) = matches.get_one::<String>("reason") else {
        return list::print(&api_of(matches, environment)?, &path, &headers, matches, format_of(matches), None).await;
    };
    let person = person_of(matches, environment)?;
    let id = begin(registry, &person, matches, reason).await?;
    headers.push((HEADER, &id));
    let listed = list::print(&person, &path, &headers, matches, format_of(matches), None).await;
    // Ended whatever came of it; what went wrong first is what is told.
    let ended = person.send(Request { method: Method::DELETE, ..Request::get("/impersonation") }).await;
    listed.and(ended.map(drop))
}

/// Takes the place, looking only; which impersonation it is.
async fn begin(registry: &Registry, person: &Api, matches: &ArgMatches, reason: &str) -> Result<String, Failure> {
    let input = match matches.get_one::<String>("as-user") {
        Some(user) => {
            let users = registry.resource("users").ok_or_else(|| Failure::usage("quarterdeck: there are no users"))?;
            json!({"kind": "user", "user_id": find::by_word(person, users, user).await?, "reason": reason})
        }
        None if matches.get_flag("as-service") => json!({"kind": "service", "reason": reason}),
        None => json!({"kind": "anon", "reason": reason}),
    };
    let begun = person.send(Request::post("/impersonations/begin", &input)).await.map_err(|failure| match failure.exit {
        Exit::NotAllowed => failure.and("  It takes a sign-in of yours that is not older than ten minutes: quarterdeck login"),
        _ => failure,
    })?;
    let begun = begun.body;
    match &begun["impersonation_id"] {
        Value::String(id) => Ok(id.clone()),
        _ => Err(Failure::usage("quarterdeck: the panel doesn't say in whose place this is; is it of another version?")),
    }
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn a_place_needs_a_reason_and_there_is_one_at_a_time() {
        let parse = |words: &str| command().try_get_matches_from(words.split(' '));
        for good in [
            "data main todos list",
            "data main todos list --as-user grace@example.com --reason Case",
            "data main todos list --as-anon --reason Case",
            "data main todos list --as-service --reason Case --limit 5",
        ] {
            assert!(parse(good).is_ok(), "{good}: {}", parse(good).unwrap_err());
        }
        for bad in [
            "data main todos list --as-user grace@example.com",
            "data main todos list --as-anon",
            "data main todos list --reason Case",
            "data main todos list --as-anon --as-service --reason Case",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
