//! `quarterdeck permissions …`: which there are, and what somebody holds, with what decided.

use super::client::Request;
use super::collection::find;
use super::environment::Environment;
use super::exit::Failure;
use super::output::{self, Column};
use super::tree::{api_of, client_args, format_of};
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command};
use kernel::{Registry, Scope};
use serde_json::{Value, json};

pub fn command() -> Command {
    let who = |name: &'static str, word: &'static str, help: &'static str| Arg::new(name).long(name).value_name(word).help(help);
    Command::new("permissions")
        .about("Permissions: which there are, and who holds them why")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(client_args(
            Command::new("list").about("List every permission that a role can give").arg(
                Arg::new("organization")
                    .long("organization")
                    .action(ArgAction::SetTrue)
                    .help("Only those that mean something within an organization"),
            ),
        ))
        .subcommand(client_args(
            Command::new("explain")
                .about("Say what a person or a key can do, and which role, level, scope or elevation decided")
                .arg(who("staff", "ID_OR_EMAIL", "A member of staff"))
                .arg(who("user", "ID_OR_EMAIL", "A user, in an organization").requires("organization"))
                .arg(who("key", "ID_OR_NAME", "An API key"))
                .group(ArgGroup::new("who").args(["staff", "user", "key"]).required(true))
                .arg(who("organization", "ID_OR_NAME", "The organization the user acts in").requires("user"))
                .arg(Arg::new("allowed").long("allowed").action(ArgAction::SetTrue).help("Only what they can do"))
                .arg(Arg::new("denied").long("denied").action(ArgAction::SetTrue).conflicts_with("allowed").help("Only what they can't do"))
                .arg(Arg::new("permission").value_name("PERMISSION").num_args(0..).help("Only these, such as users:suspend or users:*")),
        ))
}

/// Runs one of them.
///
/// # Errors
/// What the panel refuses; usage errors before anything is sent.
pub async fn run(registry: &Registry, matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("list", matches)) => list(registry, matches),
        Some(("explain", matches)) => explain(registry, matches, environment).await,
        _ => Err(Failure::usage("quarterdeck: permissions needs a verb: list or explain")),
    }
}

/// From the registry alone: every panel of this version has the same.
fn list(registry: &Registry, matches: &ArgMatches) -> Result<(), Failure> {
    let all = registry.permissions().iter().filter(|p| !matches.get_flag("organization") || p.scopes.contains(&Scope::Organization));
    let rows: Vec<Value> = all
        .map(|p| {
            let scopes: Vec<Value> = p.scopes.iter().map(|s| json!(s)).collect();
            json!({"name": p.name, "allows": p.allows, "scopes": scopes, "administrative": p.administrative})
        })
        .collect();
    let columns = [Column::new("name", "name"), Column::new("allows", "allows"), Column::new("scopes", "where")];
    output::rows(format_of(matches), &columns, &rows)
}

async fn explain(registry: &Registry, matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let api = api_of(matches, environment)?;
    let resource = |name: &str| registry.resource(name).ok_or_else(|| Failure::usage(format!("quarterdeck: there is no {name}")));
    let word = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let kinds = [("staff", "staff"), ("user", "users"), ("key", "keys")];
    let (kind, collection, given) = kinds
        .into_iter()
        .find_map(|(kind, collection)| Some((kind, collection, word(kind)?)))
        .ok_or_else(|| Failure::usage("quarterdeck: whose? Give --staff, --user or --key"))?;
    let mut query = vec![("kind".to_owned(), kind.to_owned()), ("id".to_owned(), find::by_word(&api, resource(collection)?, given).await?)];
    if let Some(organization) = word("organization") {
        query.push(("organization_id".to_owned(), find::by_word(&api, resource("organizations")?, organization).await?));
    }
    let told = api.send(Request { query: &query, ..Request::get("/identity/explain") }).await?.body;
    for reason in told["blocked"].as_array().into_iter().flatten() {
        output::note(reason["text"].as_str().unwrap_or_default());
    }
    for asked in told["asked"].as_array().into_iter().flatten() {
        output::note(&format!("Asked first: {}.", asked["text"].as_str().unwrap_or_default()));
    }
    let wanted: Vec<&String> = matches.get_many("permission").into_iter().flatten().collect();
    let rows: Vec<Value> = told["permissions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|p| {
            let name = p["name"].as_str().unwrap_or_default();
            let allowed = p["allowed"] == true;
            (wanted.is_empty() || wanted.iter().any(|pattern| names(pattern, name)))
                && (!matches.get_flag("allowed") || allowed)
                && (!matches.get_flag("denied") || !allowed)
        })
        .map(|p| {
            let why: Vec<&str> = p["why"].as_array().into_iter().flatten().filter_map(|reason| reason["text"].as_str()).collect();
            json!({"permission": p["name"], "allowed": p["allowed"], "why": why.join("; ")})
        })
        .collect();
    output::rows(format_of(matches), &output::columns_of(&rows), &rows)
}

/// `users:*` names `users:suspend`; `*` on either side is anything.
fn names(pattern: &str, permission: &str) -> bool {
    let same = |pattern: &str, part: &str| pattern == "*" || pattern == part;
    match (pattern.split_once(':'), permission.split_once(':')) {
        (Some((resource, verb)), Some((has_resource, has_verb))) => same(resource, has_resource) && same(verb, has_verb),
        _ => same(pattern, permission),
    }
}

#[cfg(test)]
mod tests {
    use super::{command, names};

    #[test]
    fn the_words_are_as_documented() {
        let parse = |args: &[&str]| command().try_get_matches_from(std::iter::once("permissions").chain(args.iter().copied()));
        for args in [
            &["list"][..],
            &["list", "--organization", "-o", "json"],
            &["explain", "--staff", "ada@example.com"],
            &["explain", "--user", "grace@example.com", "--organization", "Engines", "--denied", "memberships:*"],
            &["explain", "--key", "Nightly", "users:read", "users:delete"],
        ] {
            assert!(parse(args).is_ok(), "{args:?}: {}", parse(args).unwrap_err());
        }
        for args in [&["explain"][..], &["explain", "--user", "x"], &["explain", "--staff", "a", "--key", "b"], &[]] {
            assert!(parse(args).is_err(), "{args:?}");
        }
    }

    #[test]
    fn patterns_pick_what_they_name() {
        assert!(
            names("users:*", "users:read")
                && names("*:read", "users:read")
                && names("*", "users:read")
                && names("users:read", "users:read")
        );
        assert!(!names("users:*", "staff:read") && !names("users", "users:read"));
    }
}
