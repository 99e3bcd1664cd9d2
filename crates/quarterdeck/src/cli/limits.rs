//! `quarterdeck organizations limits`: how much an organization may have, and how much it has.

use super::client::Request;
use super::collection::find;
use super::environment::Environment;
use super::exit::Failure;
use super::output::{self, Column};
use super::tree::{api_of, client_args, format_of};
use clap::{Arg, ArgMatches, Command};
use kernel::Registry;
use serde_json::{Value, json};

/// As the answer names them.
const KINDS: [&str; 3] = ["members", "keys", "roles"];

pub fn command() -> Command {
    let id = Arg::new("id").value_name("ID").help("Its id or name; a key of an organization is told about that one without");
    client_args(
        Command::new("limits").about("How many members, keys and roles an organization may have, and has; set-limits changes it").arg(id),
    )
}

/// # Errors
/// What the panel refuses.
pub async fn run(registry: &Registry, matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let api = api_of(matches, environment)?;
    let query = match (matches.get_one::<String>("id"), registry.resource("organizations")) {
        (Some(word), Some(organizations)) => vec![("organization_id".to_owned(), find::by_word(&api, organizations, word).await?)],
        _ => Vec::new(),
    };
    let told = api.send(Request { query: &query, ..Request::get("/identity/limits") }).await?.body;
    let rows: Vec<Value> = KINDS
        .iter()
        .map(|kind| {
            let limit = &told[*kind];
            json!({"what": kind, "used": limit["used"], "limit": limit["limit"], "set_for": if limit["own"] == true { "it" } else { "everybody" }})
        })
        .collect();
    let columns =
        [Column::new("what", "what"), Column::new("used", "used"), Column::new("limit", "at most"), Column::new("set_for", "set for")];
    output::rows(format_of(matches), &columns, &rows)
}
