//! `quarterdeck data SOURCE TABLE …`: rows of any table, through the same grammar as every other list; as oneself, or in
//! somebody's place for as long as the command takes.

mod apply;
mod batch;
mod eyes;
mod follow;
mod one;
mod past;
mod place;

use super::client::{Api, segment};
use super::collection::{args, find, list};
use super::environment::Environment;
use super::exit::Failure;
use super::input::Stdin;
use super::output;
use super::tree::{api_of, client_args, format_of, reveal_arg};
use apply::Apply;
use clap::{Arg, ArgAction, ArgMatches, Command};
use kernel::Registry;
use one::Act;

/// Values of columns.
fn given(command: Command) -> Command {
    command
        .arg(
            Arg::new("set")
                .long("set")
                .value_name("COLUMN=VALUE")
                .action(ArgAction::Append)
                .help("A value as text; lists and JSON come with --input"),
        )
        .arg(Arg::new("null").long("null").value_name("COLUMN").action(ArgAction::Append).help("No value (NULL)"))
        .arg(Arg::new("input").long("input").value_name("FILE").help("Values as a JSON object from a file, or from standard input with -"))
}

pub fn command() -> Command {
    let key = || {
        Arg::new("key")
            .value_name("COLUMN=VALUE")
            .required(true)
            .num_args(1..)
            .help("Its primary key, such as id=7; one after the other where it has several columns")
    };
    let version = || {
        Arg::new("if-match")
            .long("if-match")
            .value_name("VERSION")
            .help("Only if it still has this version; * for any. Without it, the version that is there now")
    };
    let select = || Arg::new("select").long("select").value_name("COLUMNS").help("Only these columns, separated by commas");
    let reads =
        [args::list_args(Command::new("list").about("List rows")), Command::new("get").about("Show one row").arg(key()).arg(select())];
    let writes = [
        given(Command::new("create").about("Insert a row")),
        given(Command::new("update").about("Change a row").arg(key())).arg(version()),
        Command::new("delete")
            .about("Delete a row")
            .arg(key())
            .arg(version())
            .arg(Arg::new("yes").long("yes").short('y').action(ArgAction::SetTrue).help("Don't ask")),
        apply::command(),
    ];
    let verbs = reads.map(|verb| place::args(verb, false)).into_iter().chain(writes.map(|verb| place::args(verb, true)));
    let schema = || Arg::new("schema").long("schema").value_name("SCHEMA").help("The table's schema (public without)");
    Command::new("data")
        .about("Rows of a table in any source")
        .arg(Arg::new("source").value_name("SOURCE").required(true).help("A source's name; main is the panel's own database"))
        .arg(Arg::new("table").value_name("TABLE").required(true).help("A table's name"))
        .subcommand_required(true)
        .subcommands(verbs.map(|verb| client_args(verb.arg(schema()).arg(reveal_arg()))))
        .subcommand(super::export::command())
        .subcommand(super::import_rows::command())
        .subcommand(super::watch::command())
        .subcommands(past::commands())
        .subcommands(batch::commands())
        .subcommands(eyes::commands())
}

/// A table, and how requests about it say so.
struct Table<'a> {
    api: &'a Api,
    path: String,
    /// Where changes of it are sent together.
    changes: String,
    schema: Option<&'a str>,
    /// The impersonation that the requests are meant to be made in.
    place: Option<&'a str>,
}

impl<'a> Table<'a> {
    /// With the header that names the schema, which is another one for reading and for writing.
    fn headers(&self, schema: &'static str) -> Vec<(&'static str, &'a str)> {
        let place = self.place.map(|id| (place::HEADER, id));
        self.schema.map(|name| (schema, name)).into_iter().chain(place).collect()
    }

    fn reading(&self) -> Vec<(&'static str, &'a str)> {
        self.headers("accept-profile")
    }

    fn writing(&self) -> Vec<(&'static str, &'a str)> {
        self.headers("content-profile")
    }
}

/// `named` has the source and the table, `matches` what to do there.
///
/// # Errors
/// What the panel refuses; usage errors before anything is sent.
pub async fn run(registry: &Registry, named: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let Some((verb, matches)) = named.subcommand() else { return Err(Failure::usage("quarterdeck: data needs a verb")) };
    if matches!(verb, "update-all" | "delete-all" | "batch") {
        return batch::run(named, verb, matches, environment).await;
    }
    if matches!(verb, "compare" | "explain") {
        return eyes::run(registry, named, verb, matches, environment).await;
    }
    if matches!(verb, "history" | "undo" | "facets") {
        return past::run(named, verb, matches, environment).await;
    }
    // Everything that can be asked or read is, before a place is taken.
    let mut stdin = Stdin::of_process();
    let apply = if verb == "apply" { Some(Apply::read(matches, &mut stdin)?) } else { None };
    let act = Act::new(verb, matches, &mut stdin)?;
    let word = |name: &str| named.get_one::<String>(name).map(|text| segment(text)).unwrap_or_default();
    let path = format!("/data/{}/{}", word("source"), word("table"));
    let schema = matches.get_one::<String>("schema").map(String::as_str);
    let changes = format!("/explorer/{}/tables/{}/{}/changes", word("source"), segment(schema.unwrap_or("public")), word("table"));
    let done = async |api: &Api, place: Option<&str>| {
        let table = Table { api, path: path.clone(), changes: changes.clone(), schema, place };
        match (&apply, &act) {
            (Some(apply), _) => apply.run(&table, format_of(matches), &mut Stdin::of_process()).await,
            (None, Some(act)) => act.run(&table, format_of(matches)).await,
            (None, None) => list::print(api, &table.path, &table.reading(), matches, format_of(matches), None).await,
        }
    };
    match matches.get_one::<String>("reason") {
        None => done(&api_of(matches, environment)?, None).await,
        Some(reason) => {
            let place = place::take(registry, matches, environment, reason).await?;
            let done = place.during(done(&place.person, Some(&place.id))).await;
            // Ended whatever came of it; what went wrong first is what is told.
            done.and(place.leave().await)
        }
    }
}

/// What is said where nothing is printed.
fn done() {
    output::note("Done.");
}

#[cfg(test)]
mod tests {
    use super::command;

    fn parses(words: &str) -> Result<(), String> {
        command().try_get_matches_from(words.split(' ')).map(drop).map_err(|e| e.to_string())
    }

    #[test]
    fn a_place_needs_a_reason_and_there_is_one_at_a_time() {
        for good in [
            "data main todos list",
            "data main todos list --as-user grace@example.com --reason Case",
            "data main todos list --as-anon --reason Case",
            "data main todos list --as-service --reason Case --limit 5",
            "data main todos get id=7 --as-anon --reason Case",
        ] {
            assert_eq!(parses(good), Ok(()), "{good}");
        }
        for bad in [
            "data main todos list --as-user grace@example.com",
            "data main todos list --as-anon",
            "data main todos list --reason Case",
            "data main todos list --as-anon --as-service --reason Case",
            "data main todos list --as-anon --reason Case --change",
        ] {
            assert!(parses(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn changing_in_a_place_is_said_beside_the_verb() {
        for good in [
            "data main todos create --set task=x",
            "data main todos update id=7 --set task=x",
            "data main pairs delete a=1 b=2 --yes",
            "data main todos create --set task=x --as-anon --reason Case --change",
        ] {
            assert_eq!(parses(good), Ok(()), "{good}");
        }
        for bad in [
            "data main todos create --set task=x --as-anon --reason Case",
            "data main todos create --set task=x --change",
            "data main todos delete",
        ] {
            assert!(parses(bad).is_err(), "{bad}");
        }
    }
}
