//! `quarterdeck data SOURCE TABLE apply FILE`: changes that were collected in a file, shown as what they would come to, and then
//! committed all together or not at all, as a page does with those that are staged.

use super::Table;
use super::place::HEADER;
use crate::cli::client::Request;
use crate::cli::exit::Failure;
use crate::cli::input::Stdin;
use crate::cli::output::{self, Column, Format};
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use serde_json::{Value, json};

pub fn command() -> Command {
    let switch = |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    Command::new("apply")
        .about("Change, insert and delete rows as a file says, all of them or none")
        .arg(
            Arg::new("file").value_name("FILE").required(true).value_hint(ValueHint::FilePath).help(
                "A JSON list of changes, or one a line; - is standard input",
            ),
        )
        .arg(switch("dry-run", "Only show what would come of it"))
        .arg(switch("yes", "Don't show it first, and don't ask").short('y'))
        .long_about(
            "Change, insert and delete rows as a file says, all of them or none. Changes look like these:\n\n  \
             {\"key\": {\"id\": 7}, \"version\": \"812\", \"base\": {\"name\": \"Old\"}, \"set\": {\"name\": \"New\"}}\n  \
             {\"insert\": {\"name\": \"Another\"}}\n  {\"key\": {\"id\": 8}, \"delete\": true}\n\n\
             With a version (and what the columns were, as base), a row that somebody changed meanwhile is a conflict, and nothing is changed.",
        )
}

/// What a file says.
pub struct Apply {
    changes: Vec<Value>,
    dry_run: bool,
    yes: bool,
}

impl Apply {
    /// # Errors
    /// When the file can't be read, or is no list of changes.
    pub fn read(matches: &ArgMatches, stdin: &mut Stdin) -> Result<Self, Failure> {
        let name = matches.get_one::<String>("file").map_or("-", String::as_str);
        let changes = parsed(&stdin.text(name)?).map_err(|why| Failure::usage(format!("quarterdeck: {name}: {why}")))?;
        Ok(Self { changes, dry_run: matches.get_flag("dry-run"), yes: matches.get_flag("yes") })
    }

    /// # Errors
    /// What the panel refuses; every conflict, with what was there when it was read, what it was to be, and what is there now.
    pub async fn run(&self, table: &Table<'_>, format: Format, stdin: &mut Stdin) -> Result<(), Failure> {
        let headers: Vec<(&str, &str)> = table.place.map(|id| (HEADER, id)).into_iter().collect();
        let send = async |dry_run: bool| {
            let body = json!({"changes": self.changes, "dry_run": dry_run});
            table.api.send(Request { headers: &headers, ..Request::post(&table.changes, &body) }).await.map(|reply| reply.body)
        };
        if self.dry_run || !self.yes {
            let seen = send(true).await?;
            if format == Format::Table || !self.dry_run {
                let columns = ["what", "row", "columns"].map(|name| Column::new(name, name));
                let lines: Vec<Value> = self.changes.iter().zip(seen["tried"].as_array().into_iter().flatten()).map(line).collect();
                output::rows(Format::Table, &columns, &lines)?;
            } else {
                output::object(format, &seen)?;
            }
            if seen["merged"].as_u64().is_some_and(|merged| merged > 0) {
                output::note(&format!("{} of them were changed by others in other columns, which stays.", seen["merged"]));
            }
            if self.dry_run {
                return Ok(());
            }
            stdin.confirm(&format!("Commit these {} changes?", self.changes.len()))?;
        }
        let done = send(false).await?;
        let shown = json!({"changes": self.changes.len(), "merged": done["merged"], "entry": done["entry"]});
        output::object(format, &shown)
    }
}

/// A list, an object that has one, or an object a line.
fn parsed(text: &str) -> Result<Vec<Value>, String> {
    let whole = match serde_json::from_str::<Value>(text) {
        Ok(Value::Array(changes)) => changes,
        Ok(Value::Object(mut one)) => match one.remove("changes") {
            Some(Value::Array(changes)) => changes,
            _ => vec![Value::Object(one)],
        },
        Ok(_) => return Err("a list of changes is expected".to_owned()),
        Err(_) => {
            let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
            let read = |(n, line): (usize, &str)| serde_json::from_str(line).map_err(|error| format!("line {}: {error}", n + 1));
            lines.map(read).collect::<Result<_, _>>()?
        }
    };
    if whole.is_empty() { Err("there is no change in it".to_owned()) } else { Ok(whole) }
}

/// What one change would come to: `title: "Old" → "New"`.
fn line((change, tried): (&Value, &Value)) -> Value {
    let (before, after) = (&tried["before"], &tried["after"]);
    let what = if before.is_null() {
        "insert"
    } else if after.is_null() {
        "delete"
    } else {
        "change"
    };
    let pairs =
        |of: &Value| -> Vec<String> { of.as_object().into_iter().flatten().map(|(name, value)| format!("{name}={value}")).collect() };
    let columns = match what {
        "change" => {
            let changed = after.as_object().into_iter().flatten().filter(|(name, value)| before[name.as_str()] != **value);
            changed.map(|(name, value)| format!("{name}: {} → {value}", before[name.as_str()])).collect::<Vec<_>>()
        }
        "insert" => pairs(after),
        _ => pairs(before),
    };
    let columns = if columns.is_empty() { "as it is".to_owned() } else { columns.join(", ") };
    json!({"what": what, "row": pairs(&change["key"]).join(" "), "columns": columns})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_and_lines_say_the_same() {
        let (one, two) = (json!({"key": {"id": 1}, "set": {"a": 2}}), json!({"insert": {"a": 1}}));
        let expected = vec![one.clone(), two.clone()];
        assert_eq!(parsed(&format!("[{one}, {two}]")), Ok(expected.clone()));
        assert_eq!(parsed(&format!("{{\"changes\": [{one}, {two}]}}")), Ok(expected.clone()));
        assert_eq!(parsed(&format!("{one}\n\n{two}\n")), Ok(expected));
        assert_eq!(parsed(&one.to_string()), Ok(vec![one.clone()]));
        assert!(parsed("[]").is_err() && parsed("").is_err() && parsed("7").is_err());
        assert!(parsed(&format!("{one}\n{{")).unwrap_err().starts_with("line 2: "));
    }

    #[test]
    fn each_change_is_one_line() {
        let change = json!({"key": {"id": 1}, "set": {"name": "New"}});
        let tried = json!({"before": {"id": 1, "name": "Old", "n": 1}, "after": {"id": 1, "name": "New", "n": 2}});
        assert_eq!(line((&change, &tried)), json!({"what": "change", "row": "id=1", "columns": "name: \"Old\" → \"New\", n: 1 → 2"}));
        let gone = json!({"before": {"id": 1}, "after": null});
        assert_eq!(line((&json!({"key": {"id": 1}, "delete": true}), &gone))["what"], "delete");
        let made = json!({"before": null, "after": {"id": 9}});
        assert_eq!(line((&json!({"insert": {}}), &made)), json!({"what": "insert", "row": "", "columns": "id=9"}));
    }
}
