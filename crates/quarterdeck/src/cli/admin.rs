//! `quarterdeck admin …`: staff and what belongs to them under the words that administrators look for. Nothing here does
//! anything of its own: every command is one of the registry's operations, with the id found or the filter set first.

use super::client::{Api, Request};
use super::collection::{self, args, bulk, find, list};
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::input::Stdin;
use super::output;
use super::tree::{api_of, client_args, format_of};
use clap::{Arg, ArgAction, ArgMatches, Command};
use kernel::Registry;
use kernel::resource::ResourceDef;
use serde_json::json;

/// What is called how below `admin`, in the order of the help. A room that isn't there has no command.
const NOUNS: [(&str, &str); 7] = [
    ("users", "staff"),
    ("invitations", "invitations"),
    ("sessions", "sessions"),
    ("roles", "roles"),
    ("keys", "keys"),
    ("elevations", "elevations"),
    ("impersonations", "impersonations"),
];
/// What somebody may do who is invited without a word about it: look.
const LEAST_ROLE: &str = "developer";

pub fn command(registry: &Registry) -> Command {
    let mut command = Command::new("admin")
        .about("The people who administer the platform: the same operations as staff, invitations, sessions, roles and keys")
        .subcommand_required(true)
        .arg_required_else_help(true);
    for (called, resource) in NOUNS.into_iter().filter_map(|(called, name)| Some((called, registry.resource(name)?))) {
        command = command.subcommand(noun(called, resource));
    }
    let email = Arg::new("email").long("email").value_name("EMAIL").required(true).help("Whose password");
    command.subcommand(client_args(
        Command::new("password-reset").about("Make a link with which somebody sets a new password, once and within an hour").arg(email),
    ))
}

fn noun(called: &'static str, resource: &ResourceDef) -> Command {
    match called {
        "users" => {
            let group = args::command(resource).name(called);
            let has_role = resource.action("invite").is_some_and(|invite| invite.input["properties"]["role_id"].is_object());
            if has_role { group.mut_subcommand("invite", |c| c.mut_arg("role_id", |role| role.default_value(LEAST_ROLE))) } else { group }
        }
        "invitations" => args::command_without(resource, &["revoke"])
            .mut_subcommand("list", |list| {
                list.about("List invitations that are open")
                    .arg(switch("include-accepted", "Those that were accepted, too"))
                    .arg(switch("include-expired", "Those that expired, too"))
                    .arg(switch("include-revoked", "Those that were withdrawn, too"))
            })
            .subcommand(client_args(
                Command::new("revoke").about("Withdraw an open invitation; its link stops working at once").arg(
                    Arg::new("id")
                        .value_name("TOKEN_OR_ID")
                        .required(true)
                        .help("Its id, the e-mail address, the link, or the token in the link"),
                ),
            )),
        "sessions" => {
            let who = || Arg::new("user").value_name("USER_ID").help("Whose: an id or an e-mail address");
            args::command_without(resource, &["revoke-all"]).mut_subcommand("list", |list| list.arg(who().long("user"))).subcommand(
                client_args(
                    Command::new("revoke-all")
                        .about("Sign one member of staff out everywhere")
                        .arg(who().required(true))
                        .arg(Arg::new("yes").long("yes").short('y').action(ArgAction::SetTrue).help("Don't ask")),
                ),
            )
        }
        _ => args::command(resource),
    }
}

fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

/// Runs one of them.
///
/// # Errors
/// What the panel refuses; usage errors before anything is sent.
pub async fn run(registry: &Registry, matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let missing = || Failure::usage("quarterdeck: admin needs a noun and a verb; see quarterdeck admin --help");
    let (called, matches) = matches.subcommand().ok_or_else(missing)?;
    let resource = |name: &str| registry.resource(name).ok_or_else(|| Failure::usage(format!("quarterdeck: there is no {name}")));
    let staff = resource("staff")?;
    if called == "password-reset" {
        let api = api_of(matches, environment)?;
        let id = find::by_word(&api, staff, matches.get_one::<String>("email").map_or("", String::as_str)).await?;
        return collection::act_on(registry, staff, "reset-link", id, matches, &api).await;
    }
    let name = NOUNS.iter().find(|(noun, _)| *noun == called).map(|(_, name)| *name).ok_or_else(missing)?;
    let resource = resource(name)?;
    let (verb, matches) = matches.subcommand().ok_or_else(missing)?;
    match (name, verb) {
        ("invitations", "list") => listed(registry, resource, &states(matches), matches, environment).await,
        ("invitations", "revoke") => {
            let api = api_of(matches, environment)?;
            let id = invitation(&api, resource, matches.get_one::<String>("id").map_or("", |word| word.trim())).await?;
            collection::act_on(registry, resource, "revoke", id, matches, &api).await
        }
        ("sessions", "list") => {
            let filter = match matches.get_one::<String>("user") {
                Some(word) => format!("?user_id=eq.{}", find::by_word(&api_of(matches, environment)?, staff, word).await?),
                None => String::new(),
            };
            listed(registry, resource, &filter, matches, environment).await
        }
        ("sessions", "revoke-all") => sign_out(staff, matches, environment).await,
        _ => collection::run(registry, resource, verb, matches, environment).await,
    }
}

async fn listed(
    registry: &Registry,
    resource: &ResourceDef,
    filter: &str,
    matches: &ArgMatches,
    environment: &Environment,
) -> Result<(), Failure> {
    let (api, path) = (api_of(matches, environment)?, format!("/{}{filter}", resource.name));
    list::print(&api, &path, &[], matches, format_of(matches), Some((registry, resource))).await
}

/// The states that were asked for.
fn states(matches: &ArgMatches) -> String {
    let more = ["accepted", "expired", "revoked"].into_iter().filter(|state| matches.get_flag(&format!("include-{state}")));
    let states: Vec<&str> = std::iter::once("open").chain(more).collect();
    format!("?status=in.({})", states.join(","))
}

/// The id of an invitation that somebody names by whatever they have of it.
async fn invitation(api: &Api, resource: &ResourceDef, word: &str) -> Result<String, Failure> {
    if find::is_id(word) {
        return Ok(word.to_owned());
    }
    let email = if word.contains('@') { word.to_owned() } else { invited(api, word).await? };
    // Of several for one address only the newest is open.
    let query = [("email".to_owned(), format!("eq.{}", email.to_lowercase())), ("status".to_owned(), "eq.open".to_owned())];
    let path = format!("/{}", resource.name);
    let reply = api.send(Request { query: &query, ..Request::get(&path) }).await?;
    let id = reply.body[0]["id"].as_str().map(str::to_owned);
    id.ok_or_else(|| Failure::new(Exit::NotFound, format!("quarterdeck: no open invitation for {email}")))
}

/// Whom a token or a link with one invites.
async fn invited(api: &Api, word: &str) -> Result<String, Failure> {
    let token = word.rsplit_once("token=").map_or(word, |(_, token)| token);
    let query = [("token".to_owned(), token.to_owned())];
    let reply = api.send(Request { query: &query, ..Request::get("/invitation") }).await?;
    Ok(reply.body["email"].as_str().unwrap_or_default().to_owned())
}

/// Ends every open session of one person, as one bulk action.
async fn sign_out(staff: &ResourceDef, matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let api = api_of(matches, environment)?;
    let word = matches.get_one::<String>("user").map_or("", String::as_str);
    let id = find::by_word(&api, staff, word).await?;
    let filter = format!("user_id=eq.{id}&status=eq.open");
    let open: u64 = bulk::count(&api, "sessions", &filter).await?.parse().unwrap_or_default();
    if open > 0 && !matches.get_flag("yes") {
        let many = if open == 1 { "1 session".to_owned() } else { format!("{open} sessions") };
        Stdin::of_process().confirm(&format!("Revoke {many} of {word}? They are signed out in every browser at once."))?;
    }
    let done = match open {
        0 => json!({"changed": 0}),
        _ => api.send(Request::post("/sessions/revoke", &json!({"filter": filter, "expected": open}))).await?.body,
    };
    output::object(format_of(matches), &done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<ArgMatches, clap::Error> {
        let registry = crate::cli::registry().map_err(|e| clap::Error::raw(clap::error::ErrorKind::Io, e.to_string()))?;
        command(&registry).try_get_matches_from(std::iter::once("admin").chain(args.iter().copied()))
    }

    #[test]
    fn the_words_are_as_documented() {
        for args in [
            &["users", "list", "--search", "ada"][..],
            &["users", "get", "ada@example.com"],
            &["users", "invite", "--email", "a@b.c"],
            &["users", "invite", "--email", "a@b.c", "--role", "operator"],
            &["users", "delete", "ada@example.com", "--yes"],
            &["users", "suspend", "ada@example.com"],
            &["users", "activate", "ada@example.com"],
            &["invitations", "list", "--include-accepted", "--include-expired"],
            &["invitations", "revoke", "token"],
            &["sessions", "list", "--user", "ada@example.com"],
            &["sessions", "revoke", "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e"],
            &["sessions", "revoke-all", "ada@example.com", "-y"],
            &["password-reset", "--email", "ada@example.com", "-o", "json"],
        ] {
            assert!(parse(args).is_ok(), "{args:?}: {}", parse(args).unwrap_err());
        }
        for args in [&["password-reset"][..], &["sessions", "revoke-all"], &["users"], &["invitations", "revoke"]] {
            assert!(parse(args).is_err(), "{args:?}");
        }
    }
}
