//! `quarterdeck data SOURCE TABLE history|undo|facets`: what happened to a row, taking a change back, and what a column mostly has.

use super::one::{given, pairs};
use crate::cli::client::{Request, segment};
use crate::cli::environment::Environment;
use crate::cli::exit::Failure;
use crate::cli::output::{self, Column, Format};
use crate::cli::tree::{api_of, client_args, format_of, reveal_arg};
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Value, json};

pub fn commands() -> [Command; 3] {
    let schema = || Arg::new("schema").long("schema").value_name("SCHEMA").help("The table's schema (public without)");
    let named = |name: &'static str, value: &'static str, help: &'static str| Arg::new(name).value_name(value).required(true).help(help);
    let switch = |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    let key = named("key", "COLUMN=VALUE", "Its primary key, such as id=7; one after the other where it has several columns").num_args(1..);
    let before = Arg::new("before").long("before").value_name("ENTRY").help("What happened before this entry; the last 25 without");
    [
        Command::new("history").about("What happened to a row, the newest first").arg(key).arg(before).arg(reveal_arg()),
        Command::new("undo")
            .about("Take a change of rows back, if they are still as it left them")
            .arg(named("entry", "ENTRY", "Its id, as history says it"))
            .arg(switch("only", "Only the row that this entry is about, rather than all that the same request changed"))
            .arg(switch("dry-run", "Try all of it, and change nothing"))
            .arg(reveal_arg()),
        Command::new("facets").about("The most common values of a column and their shares, as the planner knows them").arg(named(
            "column",
            "COLUMN",
            "The column",
        )),
    ]
    .map(|command| client_args(command.arg(schema())))
}

/// `named` has the source and the table, `matches` what to do there.
///
/// # Errors
/// What the panel refuses; usage errors before anything is sent.
pub async fn run(named: &ArgMatches, verb: &str, matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let word = |from: &ArgMatches, name: &str| from.get_one::<String>(name).map_or_else(|| "public".to_owned(), |text| segment(text));
    let path = format!("/explorer/{}/tables/{}/{}/{verb}", word(named, "source"), word(matches, "schema"), word(named, "table"));
    let (api, format) = (api_of(matches, environment)?, format_of(matches));
    let one = |name: &str| matches.get_one::<String>(name).cloned().unwrap_or_default();
    let ask = async |query: Vec<(String, String)>| api.send(Request { query: &query, ..Request::get(&path) }).await;
    match verb {
        "history" => {
            let key = pairs(given(matches, "key"))?.into_iter().map(|(column, value)| (column, format!("eq.{value}")));
            let before = given(matches, "before").map(|entry| ("before".to_owned(), entry.to_owned()));
            let told = ask(key.chain(before).collect()).await?.body;
            if format != Format::Table {
                return output::object(format, &told);
            }
            let entries: Vec<Value> = told["entries"].as_array().into_iter().flatten().map(line).collect();
            let columns = ["id", "at", "action", "who", "what", "undo"].map(|name| Column::new(name, name));
            output::rows(format, &columns, &entries)?;
            if let (true, Some(last)) = (told["more"] == true, entries.last().and_then(|entry| entry["id"].as_str())) {
                output::note(&format!("More happened before: --before {last}"));
            }
            Ok(())
        }
        "undo" => {
            let body = json!({"entry": one("entry"), "only": matches.get_flag("only"), "dry_run": matches.get_flag("dry-run")});
            output::object(format, &api.send(Request::post(&path, &body)).await?.body)
        }
        _ => {
            let told = ask(vec![("column".to_owned(), one("column"))]).await?.body;
            if format != Format::Table {
                return output::object(format, &told);
            }
            output::rows(
                format,
                &["value", "share"].map(|name| Column::new(name, name)),
                told["values"].as_array().map(Vec::as_slice).unwrap_or_default(),
            )?;
            if let Some(reason) = told["reason"].as_str() {
                output::note(reason);
            }
            Ok(())
        }
    }
}

/// An entry in one line: what it changed, as `column: before → after`.
fn line(entry: &Value) -> Value {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let changes = entry["fields"].as_array().into_iter().flatten();
    let what: Vec<String> =
        changes.map(|field| format!("{}: {} → {}", text(&field["field"]), text(&field["before"]), text(&field["after"]))).collect();
    let undo = if entry["undo"]["allowed"] == true { "yes".to_owned() } else { text(&entry["undo"]["reason"]) };
    json!({"id": entry["id"], "at": entry["at"], "action": entry["action"], "who": entry["actor_label"], "what": what.join(", "), "undo": undo})
}

#[cfg(test)]
mod tests {
    use super::line;
    use serde_json::json;

    #[test]
    fn an_entry_is_one_line() {
        let entry = json!({"id": "1", "at": "2026", "action": "rows.update", "actor_label": "Ada", "undo": {"allowed": false, "reason": "Too late"},
            "fields": [{"field": "name", "before": "Old", "after": null}, {"field": "n", "before": 1, "after": 2}]});
        let expected = json!({"id": "1", "at": "2026", "action": "rows.update", "who": "Ada", "what": "name: Old → null, n: 1 → 2", "undo": "Too late"});
        assert_eq!(line(&entry), expected);
    }
}
