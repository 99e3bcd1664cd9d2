//! `quarterdeck data SOURCE TABLE import FILE`: uploads as it reads, says which column is what, tries or imports, and tells
//! what didn't fit.

use super::bar;
use super::client::{Api, Request, segment};
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::output::{self, Format};
use super::tree::{api_of, client_args, format_of};
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use serde_json::{Map, Value, json};
use std::io::Write as _;
use std::time::Duration;

/// How often a running import is asked after.
const PAUSE: Duration = Duration::from_millis(400);

/// Standard input as a file that is read like any other.
const STDIN: &str = "/dev/stdin";

pub fn command() -> Command {
    let switch = |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    let many = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).action(ArgAction::Append).help(help)
    };
    client_args(
        Command::new("import")
            .about("Import a file: CSV, or a JSON object a line")
            .arg(
                Arg::new("file")
                    .value_name("FILE")
                    .required(true)
                    .value_hint(ValueHint::FilePath)
                    .help("The file, or - for standard input"),
            )
            .arg(Arg::new("schema").long("schema").value_name("SCHEMA").help("The table's schema (public without)"))
            .arg(many(
                "map",
                "COLUMN=FROM",
                "What of the file goes into a column of the table, such as name='Full name'. Guessed by the names without",
            ))
            .arg(many("value", "COLUMN=VALUE", "The same value in every row"))
            .arg(many("leave-out", "COLUMN", "A column of the table that gets its default, though the file has one of its name"))
            .arg(Arg::new("mode").long("mode").value_parser(["insert", "upsert", "update", "skip"]).default_value("insert").help(
                "insert: every row is new; upsert: rows that are there are changed; update: only those are; skip: those are passed over",
            ))
            .arg(many(
                "key",
                "COLUMN",
                "Unique column that tells whether a row is there; the primary key without (may be given several times)",
            ))
            .arg(Arg::new("null").long("null").value_name("TEXT").help("Text that means NULL when it stands without quotes"))
            .arg(Arg::new("kind").long("kind").value_parser(["csv", "ndjson", "xlsx"]).help("What the file is; told by its name without"))
            .arg(
                Arg::new("separator")
                    .long("separator")
                    .value_name("SIGN")
                    .value_parser([",", ";", "|", "tab"])
                    .help("What parts fields; guessed without"),
            )
            .arg(
                Arg::new("header")
                    .long("header")
                    .value_parser(["true", "false"])
                    .help("Whether the first row names the columns; guessed without"),
            )
            .arg(switch("all-or-nothing", "Import nothing unless every row fits; without, what fits"))
            .arg(switch("dry-run", "Only try, and say what would come of every row; nothing stays"))
            .arg(
                Arg::new("refused")
                    .long("refused")
                    .value_name("FILE")
                    .value_hint(ValueHint::FilePath)
                    .help("Where rows that don't fit are written, with their lines and reasons, as CSV"),
            ),
    )
    .after_help("Ends with 7 when rows didn't fit, though others may have been imported.")
}

/// `table` has the source and the table, `matches` what to import.
///
/// # Errors
/// What the panel refuses; rows that don't fit.
pub async fn run(table: &ArgMatches, matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let (api, format) = (api_of(matches, environment)?, format_of(matches));
    let word = |from: &ArgMatches, name: &str| from.get_one::<String>(name).map_or_else(|| "public".to_owned(), |text| segment(text));
    let path = format!("/explorer/{}/tables/{}/{}/imports", word(table, "source"), word(matches, "schema"), word(table, "table"));
    let given = matches.get_one::<String>("file").map(String::as_str).unwrap_or_default();
    let wanted = Wanted::of(matches)?;
    let made = upload(&api, &path, given, matches).await?;
    let path = format!("/row-imports/{}", made["id"].as_str().unwrap_or_default());
    let dry = matches.get_flag("dry-run");
    let verb = if dry { "check" } else { "run" };
    let begun = api.send(Request::post(&format!("{path}/{verb}"), &wanted.settings(&made))).await;
    let ended = match begun {
        Ok(begun) => follow(&api, &path, begun.body).await,
        Err(failure) => Err(failure),
    };
    let ended = match ended {
        Ok(ended) => ended,
        Err(failure) => {
            forget(&api, &path).await;
            return Err(failure);
        }
    };
    let said = say(&api, &path, &ended, matches, format).await;
    forget(&api, &path).await;
    said
}

/// The file as the body of a request, read as it is sent.
async fn upload(api: &Api, path: &str, given: &str, matches: &ArgMatches) -> Result<Value, Failure> {
    let word = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let name = std::path::Path::new(given).file_name().map_or_else(|| given.to_owned(), |name| name.to_string_lossy().into_owned());
    let name = if given == "-" { "standard input".to_owned() } else { name };
    let mut query = vec![("name", name.as_str())];
    query.extend(word("kind").map(|kind| ("format", kind)));
    query.extend(word("separator").map(|sign| ("delimiter", sign)));
    query.extend(word("header").map(|header| ("header", header)));
    let unreadable = |error: std::io::Error| Failure::usage(format!("quarterdeck: {given}: {error}"));
    let file = tokio::fs::File::open(if given == "-" { STDIN } else { given }).await.map_err(unreadable)?;
    if file.metadata().await.map_err(unreadable)?.is_dir() {
        return Err(Failure::usage(format!("quarterdeck: {given} is a folder")));
    }
    Ok(api.send_file(path, &query, file).await?.body)
}

/// Asks after it until it has ended.
async fn follow(api: &Api, path: &str, mut import: Value) -> Result<Value, Failure> {
    let watched = bar::is_watched();
    while matches!(import["status"].as_str(), Some("checking" | "running")) {
        tokio::time::sleep(PAUSE).await;
        import = api.send(Request::get(path)).await?.body;
        if watched {
            bar::show(&line(&import));
        }
    }
    if watched {
        eprintln!();
    }
    Ok(import)
}

/// `[######----]  60 %  1200000 of 2000000 rows, 95000/s`
fn line(import: &Value) -> String {
    bar::bar(&import["percent"], &format!("{} of {} rows{}", import["done"], import["rows"], bar::rate(&import["per_second"])))
}

async fn say(api: &Api, path: &str, import: &Value, matches: &ArgMatches, format: Format) -> Result<(), Failure> {
    let report = &import["report"];
    let refused = report["rejected"].as_u64().unwrap_or(0);
    if refused > 0 {
        if let Some(to) = matches.get_one::<String>("refused") {
            let unwritable = |error: std::io::Error| Failure::new(Exit::Failed, format!("quarterdeck: {to} can't be written: {error}"));
            let mut coming = api.download(&format!("{path}/refused"), &[]).await?;
            let mut file = std::fs::File::create(to).map_err(unwritable)?;
            while let Some(bytes) = coming.next().await? {
                file.write_all(&bytes).map_err(unwritable)?;
            }
            output::note(&format!("Rows that don't fit are in {to}"));
        } else if format == Format::Table {
            for reject in report["rejects"].as_array().into_iter().flatten().take(10) {
                let column = reject["column"].as_str().map(|column| format!(", {column}")).unwrap_or_default();
                output::note(&format!("line {}{column}: {}", reject["line"], reject["reason"].as_str().unwrap_or_default()));
            }
        }
    }
    if import["status"] == "failed" || import["status"] == "cancelled" {
        let why = import["error"].as_str().unwrap_or("The import was given up; nothing of it stays");
        let exit = if refused > 0 { Exit::Invalid } else { Exit::Failed };
        return Err(Failure::new(exit, format!("quarterdeck: {why}")));
    }
    let counts = ["rows", "inserted", "updated", "skipped", "rejected"];
    let counts: Map<String, Value> = counts.iter().map(|name| ((*name).to_owned(), report[*name].clone())).collect();
    output::object(format, &Value::Object(counts))?;
    if refused == 0 {
        return Ok(());
    }
    let did = if report["tried"] == true { "would not be imported" } else { "were not imported" };
    Err(Failure::new(Exit::Invalid, format!("quarterdeck: {refused} rows don't fit and {did}")))
}

/// What is over needs no place in the list of imports.
async fn forget(api: &Api, path: &str) {
    let request = Request { method: reqwest::Method::DELETE, ..Request::get(path) };
    drop(api.send(request).await);
}

/// What was said about the import.
struct Wanted {
    columns: Map<String, Value>,
    left_out: Vec<String>,
    rest: Map<String, Value>,
}

impl Wanted {
    fn of(matches: &ArgMatches) -> Result<Self, Failure> {
        let mut columns = Map::new();
        for (name, what) in [("map", "column"), ("value", "value")] {
            for pair in matches.get_many::<String>(name).into_iter().flatten() {
                let (column, from) = pair
                    .split_once('=')
                    .filter(|(column, _)| !column.is_empty())
                    .ok_or_else(|| Failure::usage(format!("quarterdeck: --{name} {pair}: it looks like COLUMN=…")))?;
                columns.insert(column.to_owned(), json!({what: from}));
            }
        }
        let all = |name: &str| matches.get_many::<String>(name).map(|given| given.cloned().collect::<Vec<_>>());
        let mut rest = Map::new();
        rest.insert("mode".into(), matches.get_one::<String>("mode").cloned().into());
        rest.insert("whole".into(), matches.get_flag("all-or-nothing").into());
        if let Some(key) = all("key") {
            rest.insert("key".into(), key.into());
        }
        if let Some(null) = matches.get_one::<String>("null") {
            rest.insert("null".into(), null.clone().into());
        }
        Ok(Self { columns, left_out: all("leave-out").unwrap_or_default(), rest })
    }

    /// What is not said stays as it was guessed.
    fn settings(&self, made: &Value) -> Value {
        let mut columns = self.columns.clone();
        for column in made["columns"].as_array().into_iter().flatten() {
            let (Some(target), name) = (column["target"].as_str(), &column["name"]) else { continue };
            // A column of the file that is named for one thing is no longer guessed to be another.
            let is_named = columns.values().any(|from| from["column"] == *name);
            if !is_named && !columns.contains_key(target) && !self.left_out.iter().any(|out| out == target) {
                columns.insert(target.to_owned(), json!({"column": name}));
            }
        }
        let mut settings = self.rest.clone();
        settings.insert("columns".into(), columns.into());
        Value::Object(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_stays_as_it_was_guessed() {
        let words = [
            "import",
            "f.csv",
            "--map",
            "name=Full name",
            "--value",
            "kind=x=y",
            "--leave-out",
            "id",
            "--key",
            "a",
            "--key",
            "b",
            "--mode",
            "upsert",
        ];
        let matches = command().try_get_matches_from(words).unwrap();
        let made = json!({"columns": [{"name": "Id", "target": "id"}, {"name": "Full name", "target": "full_name"}, {"name": "At", "target": "at"}, {"name": "x", "target": null}]});
        let settings = Wanted::of(&matches).unwrap().settings(&made);
        assert_eq!(
            settings,
            json!({"mode": "upsert", "whole": false, "key": ["a", "b"],
                "columns": {"name": {"column": "Full name"}, "kind": {"value": "x=y"}, "at": {"column": "At"}}})
        );
        let matches = command().try_get_matches_from(["import", "f.csv", "--map", "name"]).unwrap();
        assert!(Wanted::of(&matches).is_err());
    }

    #[test]
    fn the_bar_is_as_long_as_it_is_far() {
        let import = json!({"percent": 60, "done": 6, "rows": 10, "per_second": 1234.0});
        assert_eq!(line(&import), "[############--------]  60 %  6 of 10 rows, 1234/s");
        assert_eq!(
            line(&json!({"percent": 100, "done": 1, "rows": 1, "per_second": null})),
            format!("[{}] 100 %  1 of 1 rows", "#".repeat(20))
        );
    }
}
