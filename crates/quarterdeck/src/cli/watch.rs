//! `quarterdeck data SOURCE TABLE watch`: what happens to a table, a line each time, until it is interrupted.

use super::client::segment;
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::output::{self, Format};
use super::tree::{api_of, client_args, format_of};
use clap::{Arg, ArgMatches, Command};
use serde_json::Value;
use std::io::{self, Write as _};

/// Keys that a line names.
const NAMED: usize = 10;

pub fn command() -> Command {
    client_args(Command::new("watch").about("Follow what is changed in a table, by whomever, until Ctrl-C"))
        .arg(Arg::new("schema").long("schema").value_name("SCHEMA").help("The table's schema (public without)"))
        .after_help("With -o json each event is a JSON object on a line of its own, as the API sends it.")
}

/// `table` has the source and the table.
///
/// # Errors
/// What the panel refuses, and why it stopped.
pub async fn run(table: &ArgMatches, matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let word = |from: &ArgMatches, name: &str| from.get_one::<String>(name).map_or_else(|| "public".to_owned(), |text| segment(text));
    let (source, name, schema) = (word(table, "source"), word(table, "table"), word(matches, "schema"));
    let api = api_of(matches, environment)?;
    let mut coming = api.download(&format!("/explorer/{source}/tables/{schema}/{name}/live"), &[]).await?;
    let (format, mut text) = (format_of(matches), Vec::new());
    while let Some(bytes) = coming.next().await? {
        text.extend_from_slice(&bytes);
        while let Some(end) = text.windows(2).position(|two| two == b"\n\n") {
            let event: Vec<u8> = text.drain(..end + 2).collect();
            hear(&String::from_utf8_lossy(&event), format)?;
        }
    }
    Err(Failure::new(Exit::Failed, "quarterdeck: the panel ended the stream"))
}

fn hear(event: &str, format: Format) -> Result<(), Failure> {
    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
    let (Some(name), Some(data)) = (field("event: "), field("data: ")) else { return Ok(()) };
    let data: Value = serde_json::from_str(data).map_err(|error| Failure::new(Exit::Failed, format!("quarterdeck: {error}")))?;
    match name {
        "state" => output::note(&state(&data)),
        "change" => {
            let mut out = io::stdout().lock();
            if format == Format::Table {
                lines(&data).iter().try_for_each(|line| writeln!(out, "{line}"))?;
            } else {
                writeln!(out, "{data}")?;
            }
            out.flush()?;
        }
        "end" => {
            let status = data["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(500);
            return Err(Failure::of_problem(status, &data));
        }
        _ => {}
    }
    Ok(())
}

fn state(data: &Value) -> String {
    let why = data["why"].as_str().map(|why| format!(": {why}")).unwrap_or_default();
    match data["state"].as_str().unwrap_or_default() {
        "live" if data["way"] == "triggers" => "Following, by triggers.".into(),
        "live" => "Following.".into(),
        "off" => format!("This table can't be followed as things are{why}"),
        "away" => format!("The source is away{why}; it is tried again."),
        _ => format!("Waiting{why} …"),
    }
}

/// A line for each who did something: when, who, what, and which rows.
fn lines(change: &Value) -> Vec<String> {
    let at = change["at"].as_str().and_then(|at| at.get(11..19)).unwrap_or_default();
    let keys = |name: &str| change[name].as_array().map_or(&[][..], Vec::as_slice);
    let named: Vec<String> = keys("keys").iter().chain(keys("deleted")).map(key).collect();
    let which = match named.as_slice() {
        [] => String::new(),
        few if few.len() <= NAMED => format!(" ({})", few.join(" ")),
        _ => format!(" ({} …)", named.iter().take(NAMED).cloned().collect::<Vec<_>>().join(" ")),
    };
    let parts = change["changes"].as_array().map_or(&[][..], Vec::as_slice);
    parts.iter().map(|part| format!("{at}  {}: {}{which}", who(&part["by"]), what(part))).collect()
}

fn key(key: &Value) -> String {
    let part = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    key.as_array().into_iter().flatten().map(part).collect::<Vec<_>>().join(",")
}

fn who(by: &Value) -> String {
    match by["kind"].as_str().unwrap_or_default() {
        "you" => "you".into(),
        "panel" => by["name"].as_str().unwrap_or("somebody").to_owned(),
        "database" => by["login"].as_str().map_or_else(|| "a client of the database".to_owned(), |login| format!("the login {login}")),
        _ => "several".into(),
    }
}

fn what(part: &Value) -> String {
    if part["truncated"] == true {
        return "emptied the table".into();
    }
    let count = |verb: &str| match &part[verb] {
        Value::Null => Some(format!("many {verb}")),
        number if *number == 0 => None,
        number => Some(format!("{number} {verb}")),
    };
    ["inserted", "updated", "deleted"].into_iter().filter_map(count).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_line_says_when_who_what_and_which() {
        let change = json!({"at": "2026-11-20T09:00:01.5Z", "keys": [[1], ["a", "b"]], "deleted": [["3"]], "changes": [
            {"by": {"kind": "panel", "name": "Ada"}, "inserted": 1, "updated": 0, "deleted": 1, "truncated": false},
            {"by": {"kind": "database", "login": null}, "inserted": null, "updated": 2, "deleted": 0, "truncated": false}]});
        assert_eq!(
            lines(&change),
            ["09:00:01  Ada: 1 inserted, 1 deleted (1 a,b 3)", "09:00:01  a client of the database: many inserted, 2 updated (1 a,b 3)"]
        );
    }
}
