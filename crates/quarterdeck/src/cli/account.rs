//! `quarterdeck account …`: what app users do themselves, as themselves. A key is never enough for it, so it needs a
//! profile made by `quarterdeck login --user`.

use super::client::{Api, Request, segment};
use super::collection::find;
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::input::Stdin;
use super::output::{self, Column};
use super::tree::{client_args, format_of, person_of};
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Value, json};

const ORGANIZATIONS: &str = "/account/organizations";

pub fn command() -> Command {
    Command::new("account")
        .about("Your own account as an app user; sign in with login --user first")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(client_args(Command::new("organizations").about("List the organizations you belong to, as what and since when")))
        .subcommand(client_args(
            Command::new("leave")
                .about("Leave an organization; its owner hands it over first")
                .arg(Arg::new("organization").value_name("ID_OR_NAME").required(true).help("Which of yours"))
                .arg(Arg::new("dry-run").long("dry-run").action(ArgAction::SetTrue).help("Only say what would be over"))
                .arg(Arg::new("yes").long("yes").short('y').action(ArgAction::SetTrue).help("Don't ask")),
        ))
}

/// Runs one of them.
///
/// # Errors
/// What the panel refuses; usage errors before anything is sent.
pub async fn run(matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("organizations", matches)) => {
            let rows = organizations(&person_of(matches, environment)?).await?;
            let columns = [
                ("id", "id"),
                ("name", "name"),
                ("role_label", "role"),
                ("level", "level"),
                ("membership", "state"),
                ("owned", "owner"),
                ("since", "since"),
            ];
            output::rows(format_of(matches), &columns.map(|(field, heading)| Column::new(field, heading)), &rows)
        }
        Some(("leave", matches)) => leave(matches, &person_of(matches, environment)?).await,
        _ => Err(Failure::usage("quarterdeck: account needs a verb: organizations or leave")),
    }
}

async fn organizations(api: &Api) -> Result<Vec<Value>, Failure> {
    let told = api.send(Request::get(ORGANIZATIONS)).await?.body;
    Ok(told["organizations"].as_array().cloned().unwrap_or_default())
}

async fn leave(matches: &ArgMatches, api: &Api) -> Result<(), Failure> {
    let word = matches.get_one::<String>("organization").map_or("", |word| word.trim());
    let (id, name) = which(word, &organizations(api).await?)?;
    let path = format!("{ORGANIZATIONS}/{}/leave", segment(&id));
    let goes = api.send(Request::get(&path)).await?.body;
    if let Some(reason) = goes["blocked"].as_str() {
        return Err(Failure::new(Exit::NotAllowed, format!("quarterdeck: {reason}")));
    }
    if matches.get_flag("dry-run") {
        return output::object(format_of(matches), &goes);
    }
    if !matches.get_flag("yes") {
        let count = |what: &str| goes[what].as_i64().unwrap_or_default();
        let over = format!(
            "{} keys, {} open invitations and {} elevations of yours end",
            count("keys"),
            count("invitations"),
            count("elevations")
        );
        Stdin::of_process().confirm(&format!("Leave {name}? You lose what you may do there at once; {over} with it."))?;
    }
    api.send(Request::post(&path, &json!({}))).await?;
    output::note(&format!("You left {name}."));
    Ok(())
}

/// The one organization of theirs with this id or name.
fn which(word: &str, own: &[Value]) -> Result<(String, String), Failure> {
    let text = |one: &Value, field: &str| one[field].as_str().unwrap_or_default().to_owned();
    let meant = |one: &&Value| if find::is_id(word) { text(one, "id").eq_ignore_ascii_case(word) } else { text(one, "name") == word };
    match own.iter().filter(meant).collect::<Vec<_>>().as_slice() {
        [one] => Ok((text(one, "id"), text(one, "name"))),
        [] => Err(Failure::new(Exit::NotFound, format!("quarterdeck: you belong to no organization {word}"))),
        many => {
            let ids: Vec<String> = many.iter().map(|one| text(one, "id")).collect();
            Err(Failure::usage(format!("quarterdeck: several of your organizations are called {word}; give the id: {}", ids.join(", "))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_two_have_is_asked_about() {
        let id = |n: u8| format!("0190b6c8-0000-7000-8000-00000000000{n}");
        let own = [json!({"id": id(1), "name": "Same"}), json!({"id": id(2), "name": "Same"}), json!({"id": id(3), "name": "Other"})];
        assert_eq!(which("Other", &own).map(|(id, _)| id).ok(), Some(id(3)));
        assert_eq!(which(&id(2).to_uppercase(), &own).map(|(id, _)| id).ok(), Some(id(2)));
        let two = which("Same", &own).err().map(|failure| failure.exit);
        assert!(matches!(two, Some(Exit::Usage)));
        assert!(matches!(which("Nobody", &own).err().map(|failure| failure.exit), Some(Exit::NotFound)));
    }
}
