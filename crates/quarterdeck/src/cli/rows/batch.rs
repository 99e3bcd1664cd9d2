//! `quarterdeck data SOURCE TABLE update-all|delete-all`: every row that a filter finds, however many, as a job of the panel;
//! and `batch` for those that run or ran.

use super::follow::follow;
use super::one::{pairs, values};
use crate::cli::client::{Request, segment};
use crate::cli::environment::Environment;
use crate::cli::exit::{Exit, Failure};
use crate::cli::input::Stdin;
use crate::cli::output::{self, Column, Format};
use crate::cli::tree::{api_of, client_args, format_of};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde_json::{Map, Value, json};

pub fn commands() -> [Command; 3] {
    let update = super::given(many("update-all", "Change every row that a filter finds"))
        .arg(Arg::new("default").long("default").value_name("COLUMN").action(ArgAction::Append).help("A column that gets its default"));
    [client_args(update), client_args(many("delete-all", "Delete every row that a filter finds")), batch()]
}

fn schema() -> Arg {
    Arg::new("schema").long("schema").value_name("SCHEMA").help("The table's schema (public without)")
}

fn many(name: &'static str, about: &'static str) -> Command {
    let switch = |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    Command::new(name)
        .about(about)
        .arg(schema())
        .arg(
            Arg::new("where")
                .long("where")
                .value_name("FILTER")
                .required(true)
                .help("Which rows, such as 'status=eq.open&search=berlin'; '' means every row"),
        )
        .arg(
            Arg::new("expected")
                .long("expected")
                .value_name("N")
                .value_parser(value_parser!(u64))
                .help("How many that is; any other number, and nothing is done"),
        )
        .arg(
            Arg::new("except")
                .long("except")
                .value_name("KEY")
                .action(ArgAction::Append)
                .help("Leave this row out: id=7, or a=1,b=2 where the key has several columns"),
        )
        .arg(switch("chunked", "In pieces that are each saved, which holds no row for long; without, all or nothing"))
        .arg(switch("dry-run", "Only say what would come of it"))
        .arg(Arg::new("yes").long("yes").short('y').action(ArgAction::SetTrue).help("Don't ask"))
        .after_help("Without --expected it says how many rows there are, and does nothing.")
}

fn batch() -> Command {
    let id = || Arg::new("id").value_name("ID").required(true).help("As update-all and batch list say it");
    let verb = |name: &'static str, about: &'static str| client_args(Command::new(name).about(about).arg(id()));
    Command::new("batch")
        .about("Look at changes of many rows, and steer them")
        .subcommand_required(true)
        .subcommand(client_args(Command::new("list").about("Your last ones of this table").arg(schema())))
        .subcommand(verb("show", "How one stands"))
        .subcommand(verb("watch", "Wait until it has ended"))
        .subcommand(verb("pause", "Let it wait: in pieces, what is done stays"))
        .subcommand(verb("resume", "Let it go on"))
        .subcommand(verb("cancel", "Stop it: in pieces, what is done stays; else nothing does"))
        .subcommand(
            verb("undo", "Make its rows again what they were").arg(
                Arg::new("leave-changed")
                    .long("leave-changed")
                    .action(ArgAction::SetTrue)
                    .help("Leave rows that were changed since, rather than undoing nothing"),
            ),
        )
}

/// `named` has the source and the table, `matches` what to do there.
///
/// # Errors
/// What the panel refuses; usage errors before anything is sent.
pub async fn run(named: &ArgMatches, verb: &str, matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let path = |matches: &ArgMatches| {
        let word = |from: &ArgMatches, name: &str| {
            from.try_get_one::<String>(name).ok().flatten().map_or_else(|| "public".to_owned(), |text| segment(text))
        };
        format!("/explorer/{}/tables/{}/{}/batches", word(named, "source"), word(matches, "schema"), word(named, "table"))
    };
    if verb == "batch" {
        let Some((verb, matches)) = matches.subcommand() else { return Err(Failure::usage("quarterdeck: batch needs a verb")) };
        return steer(verb, &path(matches), matches, environment).await;
    }
    let mut stdin = Stdin::of_process();
    let asked = asked(verb, matches, &mut stdin)?;
    let (api, format, path) = (api_of(matches, environment)?, format_of(matches), path(matches));
    if matches.get_flag("dry-run") {
        let seen = api.send(Request::post(&format!("{path}/preview"), &asked)).await?.body;
        return output::object(format, &seen);
    }
    let Some(expected) = matches.get_one::<u64>("expected") else {
        let seen = api.send(Request::post(&format!("{path}/preview"), &asked)).await?.body;
        let why = seen["refused"]["detail"].as_str().map(|why| format!(" It would be refused: {why}")).unwrap_or_default();
        let failure = Failure::usage(format!("quarterdeck: {} rows match now; nothing was done.{why}", seen["rows"]));
        return Err(failure.and("  Look at them with --dry-run, then say the number: --expected N"));
    };
    if !matches.get_flag("yes") {
        let verb = if verb == "delete-all" { "Delete" } else { "Change" };
        stdin.confirm(&format!("{verb} {expected} rows?"))?;
    }
    let batch = api.send(Request::post(&path, &asked)).await?.body;
    tell(format, &follow(&api, batch).await?)
}

async fn steer(verb: &str, path: &str, matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let (api, format) = (api_of(matches, environment)?, format_of(matches));
    if verb == "list" {
        let batches = api.send(Request::get(path)).await?.body;
        let columns = ["id", "verb", "filter", "status", "changed", "expected", "created_at"].map(|name| Column::new(name, name));
        return output::rows(format, &columns, batches.as_array().map(Vec::as_slice).unwrap_or_default());
    }
    let one = format!("/row-batches/{}", matches.get_one::<String>("id").map(|id| segment(id)).unwrap_or_default());
    let leave = matches.try_get_one::<bool>("leave-changed").ok().flatten().copied().unwrap_or(false);
    let body = if verb == "undo" { json!({"leave_changed": leave}) } else { json!({}) };
    let batch = match verb {
        "show" | "watch" => api.send(Request::get(&one)).await?.body,
        verb => api.send(Request::post(&format!("{one}/{verb}"), &body)).await?.body,
    };
    match verb {
        "show" => output::object(format, &batch),
        "pause" | "cancel" => {
            output::note(if verb == "pause" { "It pauses at its next step." } else { "It stops at its next step." });
            Ok(())
        }
        _ => tell(format, &follow(&api, batch).await?),
    }
}

/// The batch as it is sent.
fn asked(verb: &str, matches: &ArgMatches, stdin: &mut Stdin) -> Result<Value, Failure> {
    let is_update = verb == "update-all";
    let mut asked = Map::new();
    asked.insert("verb".into(), if is_update { "update" } else { "delete" }.into());
    asked.insert("filter".into(), matches.get_one::<String>("where").cloned().unwrap_or_default().into());
    asked.insert("mode".into(), if matches.get_flag("chunked") { "chunked" } else { "atomic" }.into());
    if is_update {
        let set = values(matches, stdin)?;
        let defaults: Vec<&String> = matches.get_many::<String>("default").into_iter().flatten().collect();
        if set.as_object().is_none_or(Map::is_empty) && defaults.is_empty() {
            return Err(Failure::usage(
                "quarterdeck: nothing to change: give --set COLUMN=VALUE, --null COLUMN, --default COLUMN or --input FILE",
            ));
        }
        asked.insert("set".into(), set);
        asked.insert("defaults".into(), json!(defaults));
    }
    let except: Vec<Value> = matches.get_many::<String>("except").into_iter().flatten().map(|text| key(text)).collect::<Result<_, _>>()?;
    if !except.is_empty() {
        asked.insert("except".into(), except.into());
    }
    if let Some(expected) = matches.get_one::<u64>("expected") {
        asked.insert("expected".into(), (*expected).into());
    }
    Ok(Value::Object(asked))
}

/// `id=7` or `a=1,b=2`. One column may have commas in its value; of several none may.
fn key(text: &str) -> Result<Value, Failure> {
    let several = text.split(',').all(|part| part.contains('='));
    let parts: Vec<&str> = if several { text.split(',').collect() } else { vec![text] };
    let columns: Map<String, Value> = pairs(parts.into_iter())?.into_iter().map(|(column, value)| (column, value.into())).collect();
    Ok(Value::Object(columns))
}

/// How it ended.
fn tell(format: Format, batch: &Value) -> Result<(), Failure> {
    let id = batch["id"].as_str().unwrap_or_default();
    let (changed, expected) = (&batch["changed"], &batch["expected"]);
    let why = batch["error"].as_str().map(|why| format!(": {why}")).unwrap_or_default();
    let shown: Map<String, Value> =
        ["id", "status", "changed", "skipped"].iter().map(|name| ((*name).to_owned(), batch[*name].clone())).collect();
    match batch["status"].as_str().unwrap_or_default() {
        "done" | "running" => output::object(format, &Value::Object(shown)),
        "paused" => Err(Failure::new(Exit::Failed, format!("quarterdeck: paused after {changed} of {expected} rows{why}"))
            .and(format!("  Let it go on with: batch resume {id}"))),
        "cancelled" => Err(Failure::new(Exit::Failed, format!("quarterdeck: cancelled; {changed} of {expected} rows are changed"))),
        _ if batch["changed"] == 0 => Err(Failure::new(Exit::Failed, format!("quarterdeck: nothing was changed{why}"))),
        _ => Err(Failure::new(Exit::Failed, format!("quarterdeck: it broke off after {changed} of {expected} rows{why}"))
            .and(format!("  Try the others again with: batch resume {id}; or take back what was done: batch undo {id}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(words: &[&str]) -> Result<Value, Failure> {
        let matches = super::super::command().try_get_matches_from([&["data", "main", "bill"], words].concat()).unwrap();
        let (verb, matches) = matches.subcommand().unwrap();
        asked(verb, matches, &mut Stdin::of("{\"tags\": [1]}"))
    }

    #[test]
    fn what_is_said_is_what_is_sent() {
        let words = [
            "update-all",
            "--where",
            "paid=is.false",
            "--set",
            "note=a=b",
            "--null",
            "due",
            "--default",
            "at",
            "--input",
            "-",
            "--except",
            "id=7",
            "--except",
            "a=1,b=2",
            "--expected",
            "12",
            "--chunked",
        ];
        assert_eq!(
            made(&words).unwrap(),
            json!({"verb": "update", "filter": "paid=is.false", "mode": "chunked", "set": {"tags": [1], "note": "a=b", "due": null}, "defaults": ["at"],
                "except": [{"id": "7"}, {"a": "1", "b": "2"}], "expected": 12})
        );
        let all = made(&["delete-all", "--where", "", "--except", "name=a,b"]).unwrap();
        assert_eq!(all, json!({"verb": "delete", "filter": "", "mode": "atomic", "except": [{"name": "a,b"}]}));
        assert!(made(&["update-all", "--where", ""]).is_err(), "nothing to change");
        assert!(made(&["delete-all", "--where", "", "--except", "7"]).is_err(), "no column");
    }
}
