//! `quarterdeck users import FILE`: uploads, says which column is what, checks every row, and imports all of them or none.

use super::client::{Api, Request};
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::output::{self, Column, Format};
use super::tree::{api_of, client_args, format_of};
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use serde_json::{Map, Value, json};
use std::io::Read as _;
use std::time::Duration;

/// How often a running import is asked after.
const PAUSE: Duration = Duration::from_millis(500);

pub fn command() -> Command {
    let switch = |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    client_args(
        Command::new("import")
            .about("Import users from a CSV file: every row or none")
            .arg(Arg::new("file").value_name("FILE").required(true).value_hint(ValueHint::FilePath).help("The file, or - for standard input"))
            .arg(
                Arg::new("map")
                    .long("map")
                    .value_name("FIELD=COLUMN")
                    .action(ArgAction::Append)
                    .help("Which column is what, such as email=Mail; email, name, first_name, last_name, language, organization, role, level. Guessed without"),
            )
            .arg(
                Arg::new("metadata")
                    .long("metadata")
                    .value_name("COLUMN")
                    .action(ArgAction::Append)
                    .help("A column that becomes a fact of the user (may be given several times)"),
            )
            .arg(switch("skip-existing", "Leave people who are users already as they are; without, each is a fault"))
            .arg(switch("mail", "Send each of them a link to choose a password"))
            .arg(switch("dry-run", "Only check, and say what is wrong where")),
    )
}

pub async fn run(matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let (api, format) = (api_of(matches, environment)?, format_of(matches));
    let given = matches.get_one::<String>("file").map(String::as_str).unwrap_or_default();
    let map = map_of(matches)?;
    let (name, bytes) = read(given)?;
    let made = api.upload("/user-imports", &[("name", &name)], "text/csv", bytes).await?.body;
    let path = format!("/user-imports/{}", made["id"].as_str().unwrap_or_default());
    // What is not said stays as it was guessed.
    let mut settings = made["settings"].as_object().cloned().unwrap_or_default();
    if let Some(guessed) = settings.get_mut("map").and_then(Value::as_object_mut) {
        // A column that is named for one thing is no longer guessed to be another.
        guessed.retain(|_, column| !map.values().any(|named| named == column));
        guessed.extend(map);
    }
    settings.insert("metadata".into(), matches.get_many::<String>("metadata").into_iter().flatten().cloned().collect());
    settings.insert("existing".into(), if matches.get_flag("skip-existing") { "skip" } else { "refuse" }.into());
    settings.insert("mail".into(), matches.get_flag("mail").into());
    let report = api.send(Request::post(&format!("{path}/check"), &Value::Object(settings))).await?.body;
    let faults = report["faults"].as_array().cloned().unwrap_or_default();
    if !faults.is_empty() {
        let columns = ["line", "column", "value", "message"].map(|name| Column::new(name, name));
        output::rows(format, &columns, &faults)?;
        forget(&api, &path).await;
        return Err(Failure::new(Exit::Invalid, format!("quarterdeck: {} faults; nothing was imported", report["faults_total"])));
    }
    if matches.get_flag("dry-run") {
        forget(&api, &path).await;
        return output::object(format, &counts(&report));
    }
    let mut import = api.send(Request::post(&format!("{path}/run"), &json!({}))).await?.body;
    let mut told = 0;
    while import["status"] == "running" {
        tokio::time::sleep(PAUSE).await;
        import = api.send(Request::get(&path)).await?.body;
        let percent = import["progress"].as_i64().unwrap_or(0);
        if format == Format::Table && percent >= told + 10 {
            told = percent;
            output::note(&format!("{percent} % of {} rows", import["rows"]));
        }
    }
    if import["status"] == "failed" {
        let why = import["error"].as_str().unwrap_or("nothing was imported");
        return Err(Failure::new(Exit::Failed, format!("quarterdeck: {why}")));
    }
    output::object(format, &counts(&import["report"]))
}

/// A file that was only tried is not kept.
async fn forget(api: &Api, path: &str) {
    let request = Request { method: reqwest::Method::DELETE, headers: &[("If-Match", "*")], ..Request::get(path) };
    drop(api.send(request).await);
}

fn counts(report: &Value) -> Value {
    json!({"rows": report["rows"], "new": report["new"], "skipped": report["skipped"]})
}

fn map_of(matches: &ArgMatches) -> Result<Map<String, Value>, Failure> {
    let given = matches.get_many::<String>("map").into_iter().flatten();
    given
        .map(|pair| {
            let (field, column) = pair
                .split_once('=')
                .filter(|(field, column)| !field.trim().is_empty() && !column.is_empty())
                .ok_or_else(|| Failure::usage(format!("quarterdeck: --map {pair}: it looks like email=Mail")))?;
            Ok((field.trim().replace('-', "_"), Value::from(column)))
        })
        .collect()
}

/// The file's name and its bytes, in whatever encoding they are.
fn read(given: &str) -> Result<(String, Vec<u8>), Failure> {
    if given == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes)?;
        return Ok(("standard input".into(), bytes));
    }
    let bytes = std::fs::read(given).map_err(|e| Failure::usage(format!("quarterdeck: {given}: {e}")))?;
    let name = std::path::Path::new(given).file_name().map_or_else(|| given.to_owned(), |name| name.to_string_lossy().into_owned());
    Ok((name, bytes))
}
