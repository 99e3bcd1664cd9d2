//! `quarterdeck sql`: a text of statements, run by the panel's SQL console; remarks on standard error, rows on standard output.

use super::client::{Api, Download, Request, segment};
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::output::{self, Column, Format};
use super::tree::{api_of, client_args, format_of, reveal_arg};
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use serde_json::{Map, Value, json};
use std::io::Read as _;

pub fn command() -> Command {
    let flag = |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    client_args(Command::new("sql").about("Run SQL in the panel's console; without --mode nothing can be changed"))
        .arg(Arg::new("text").value_name("TEXT").help("One or more statements, with semicolons between them"))
        .arg(
            Arg::new("file")
                .short('f')
                .long("file")
                .value_name("FILE")
                .value_hint(ValueHint::FilePath)
                .conflicts_with("text")
                .help("Read them from a file; - is standard input"),
        )
        .arg(
            Arg::new("saved")
                .long("saved")
                .value_name("NAME")
                .conflicts_with_all(["text", "file"])
                .help("Run a saved query, yours or one that is shown to you, on the database it is written for"),
        )
        .arg(Arg::new("source").long("source").value_name("SOURCE").help("The database (main without)"))
        .arg(
            Arg::new("mode")
                .long("mode")
                .value_parser(["read", "transaction", "autocommit"])
                .default_value("read")
                .help("Keep nothing, all statements or none of them, or each by itself"),
        )
        .arg(Arg::new("param").long("param").value_name("NAME=VALUE").action(ArgAction::Append).help("The value of :NAME or $NAME"))
        .arg(Arg::new("null").long("null").value_name("NAME").action(ArgAction::Append).help("NULL for :NAME or $NAME"))
        .arg(flag("explain", "Show how PostgreSQL would run the one statement").conflicts_with("analyze"))
        .arg(flag("analyze", "Run the one statement to measure it; what it changes is taken back"))
        .arg(reveal_arg())
        .arg(number("max-rows", "Rows to show of each statement (1000 without)"))
        .arg(number("timeout", "Seconds after which a statement is cancelled (60 without)"))
        .after_help("Only with -o table are all results printed; otherwise it is the last one that has rows. Values are texts, as PostgreSQL writes them.")
}

fn number(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name("N").value_parser(clap::value_parser!(u32)).help(help)
}

/// # Errors
/// What the panel refuses, and what PostgreSQL refuses, with its place in the text.
pub async fn run(matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let api = api_of(matches, environment)?;
    let mode = matches.get_one::<String>("mode").map_or("read", String::as_str);
    let saved = match matches.get_one::<String>("saved") {
        Some(name) => Some(find(&api, name).await?),
        None => None,
    };
    let written_for = saved.as_ref().and_then(|saved| saved["source"].as_str()).unwrap_or("main");
    let source = segment(matches.get_one::<String>("source").map_or(written_for, String::as_str));
    let way = if mode == "read" { "read" } else { "write" };
    let coming = api.ask(&format!("/explorer/{source}/sql/{way}"), &asked(matches, mode, saved.as_ref())?).await?;
    listen(coming, format_of(matches)).await
}

/// A saved query by its name; one's own comes before another's of that name.
async fn find(api: &Api, name: &str) -> Result<Value, Failure> {
    let pair = |name: &str, value: String| (name.to_owned(), value);
    let query = [pair("name", format!("eq.{name}")), pair("order", "mine.desc".into()), pair("limit", "1".into())];
    let found = api.send(Request { query: &query, ..Request::get("/saved-queries") }).await?.body;
    match found.get(0) {
        Some(saved) => Ok(saved.clone()),
        None => Err(Failure::new(Exit::NotFound, format!("quarterdeck: there is no saved query called {name}"))),
    }
}

fn asked(matches: &ArgMatches, mode: &str, saved: Option<&Value>) -> Result<Value, Failure> {
    let sql = match saved {
        Some(saved) => saved["sql"].as_str().unwrap_or_default().to_owned(),
        None => text(matches)?,
    };
    let mut body = Map::from_iter([("sql".to_owned(), json!(sql)), ("parameters".to_owned(), parameters(matches)?)]);
    if mode != "read" {
        body.insert("mode".into(), mode.into());
    }
    for (flag, explain) in [("explain", "plan"), ("analyze", "analyze")] {
        if matches.get_flag(flag) {
            body.insert("explain".into(), explain.into());
            body.insert("max_cell".into(), 10_000_000.into());
        }
    }
    for (flag, field) in [("max-rows", "max_rows"), ("timeout", "timeout_seconds")] {
        if let Some(number) = matches.get_one::<u32>(flag) {
            body.insert(field.into(), (*number).into());
        }
    }
    Ok(Value::Object(body))
}

fn text(matches: &ArgMatches) -> Result<String, Failure> {
    let unreadable = |name: &str, error: std::io::Error| Failure::usage(format!("quarterdeck: {name} can't be read: {error}"));
    match (matches.get_one::<String>("text"), matches.get_one::<String>("file").map(String::as_str)) {
        (Some(text), _) => Ok(text.clone()),
        (None, Some("-")) => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map_err(|error| unreadable("standard input", error))?;
            Ok(text)
        }
        (None, Some(file)) => std::fs::read_to_string(file).map_err(|error| unreadable(file, error)),
        (None, None) => Err(Failure::usage("quarterdeck: give the SQL as a word, or a file with -f")),
    }
}

fn parameters(matches: &ArgMatches) -> Result<Value, Failure> {
    let mut given = Map::new();
    for pair in matches.get_many::<String>("param").into_iter().flatten() {
        let (name, value) =
            pair.split_once('=').ok_or_else(|| Failure::usage(format!("quarterdeck: --param {pair}: it looks like name=value")))?;
        given.insert(name.to_owned(), value.into());
    }
    for name in matches.get_many::<String>("null").into_iter().flatten() {
        given.insert(name.clone(), Value::Null);
    }
    Ok(Value::Object(given))
}

/// One result as it comes.
#[derive(Default)]
struct Table {
    columns: Vec<Column>,
    rows: Vec<Value>,
}

async fn listen(mut coming: Download<'_>, format: Format) -> Result<(), Failure> {
    let (mut rest, mut current, mut failed) = (Vec::new(), None::<Table>, None::<Failure>);
    while let Some(bytes) = coming.next().await? {
        rest.extend_from_slice(&bytes);
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            let frame: Value =
                serde_json::from_slice(&line).map_err(|error| Failure::new(Exit::Failed, format!("quarterdeck: {error}")))?;
            hear(&frame, format, &mut current, &mut failed)?;
        }
    }
    match failed {
        Some(failure) => Err(failure),
        None => current.map_or(Ok(()), |result| output::rows(format, &result.columns, &result.rows)),
    }
}

fn hear(frame: &Value, format: Format, current: &mut Option<Table>, failed: &mut Option<Failure>) -> Result<(), Failure> {
    let word = |name: &str| frame[name].as_str().unwrap_or_default();
    match word("frame") {
        "columns" => *current = Some(Table { columns: columns(&frame["columns"]), rows: Vec::new() }),
        "rows" => {
            if let Some(result) = current {
                let rows = frame["rows"].as_array().into_iter().flatten();
                result.rows.extend(rows.map(|row| named(&result.columns, row)));
            }
        }
        "notice" => output::note(&format!("{}: {}", word("severity"), word("message"))),
        "done" => {
            if let Some(result) = current.take_if(|_| format == Format::Table) {
                output::rows(format, &result.columns, &result.rows)?;
            }
            let more = if frame["more"] == true { "; there are more, see --max-rows" } else { "" };
            let rows = frame["rows"].as_u64().map(|rows| format!(" {rows}")).unwrap_or_default();
            output::note(&format!("{}{rows} in {} ms{more}", word("command"), frame["milliseconds"]));
        }
        "error" => *failed = Some(refused(frame)),
        "end" if matches!(word("kept"), "each" | "open") && failed.is_some() => {
            output::note(&format!("{} statements before it were kept", frame["done"]));
        }
        _ => {}
    }
    Ok(())
}

/// Columns of one name are told apart by a number.
fn columns(given: &Value) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for column in given.as_array().into_iter().flatten() {
        let name = column["name"].as_str().unwrap_or_default();
        let (mut field, mut number) = (name.to_owned(), 2);
        while columns.iter().any(|other| other.field == field) {
            field = format!("{name}_{number}");
            number += 1;
        }
        columns.push(Column::new(&field, &field));
    }
    columns
}

fn named(columns: &[Column], row: &Value) -> Value {
    let cells = row.as_array().map(Vec::as_slice).unwrap_or_default();
    // What was cut is marked as such.
    let whole = |cell: &Value| cell["text"].as_str().map_or_else(|| cell.clone(), |text| format!("{text}…").into());
    Value::Object(columns.iter().map(|column| column.field.clone()).zip(cells.iter().map(whole)).collect())
}

fn refused(error: &Value) -> Failure {
    let text = |name: &str| error[name].as_str();
    let place = error["line"].as_u64().map(|line| format!("line {line}, column {}: ", error["column"])).unwrap_or_default();
    let code = text("code").map(|code| format!(" ({code})")).unwrap_or_default();
    let mut failure = Failure::new(Exit::Failed, format!("quarterdeck: {place}{}{code}", text("message").unwrap_or_default()));
    for name in ["detail", "hint"] {
        if let Some(said) = text(name) {
            failure = failure.and(format!("  {said}"));
        }
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_one_name_are_told_apart_and_cut_values_marked() {
        let columns = columns(&json!([{"name": "a"}, {"name": "a"}, {"name": "b"}]));
        let row = named(&columns, &json!(["1", null, {"text": "long", "bytes": 9}]));
        assert_eq!(row, json!({"a": "1", "a_2": null, "b": "long…"}));
    }
}
