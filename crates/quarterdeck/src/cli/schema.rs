//! `quarterdeck schema`: changes of tables from a file, planned or made; and the SQL of a table.

use super::client::{Api, Request, segment};
use super::diagram;
use super::environment::Environment;
use super::exit::Failure;
use super::input::Stdin;
use super::output::{self, Format};
use super::tree::{api_of, client_args, format_of, reveal_arg};
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use serde_json::{Value, json};

pub fn command() -> Command {
    let source = Arg::new("source").long("source").value_name("SOURCE").default_value("main").help("The database");
    let file = Arg::new("file")
        .value_name("FILE")
        .required(true)
        .value_hint(ValueHint::FilePath)
        .help("A JSON list of changes, as docs/api.md tells; - is standard input");
    let yes = Arg::new("yes").long("yes").short('y').action(ArgAction::SetTrue).help("Don't ask");
    let verb = |name: &'static str, about: &'static str| client_args(Command::new(name).about(about)).arg(source.clone());
    Command::new("schema")
        .about("Make, change, drop and draw tables; changes with the SQL shown before")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(verb("plan", "What changes come to: the SQL, whom it keeps waiting, what else it concerns").arg(file.clone()))
        .subcommand(verb("apply", "Make changes, all of them or none").arg(file).arg(yes.clone()).arg(reveal_arg()))
        .subcommand(
            verb("take-back", "Take a change back that was made here, where nothing is lost and nothing was changed since")
                .arg(Arg::new("id").value_name("ID").required(true).help("As apply and schema-changes list say it"))
                .arg(yes),
        )
        .subcommand(
            verb("sql", "The SQL that makes a table or view as it is")
                .arg(Arg::new("table").value_name("TABLE").required(true).help("schema.table, or a table of public")),
        )
        .subcommand(diagram::command(verb("diagram", "The tables and their foreign keys, as text that other programs draw")))
}

/// # Errors
/// What the panel refuses; 1 when a plan can't be made.
pub async fn run(verb: &str, matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let api = api_of(matches, environment)?;
    let source = segment(matches.get_one::<String>("source").map_or("main", String::as_str));
    let format = format_of(matches);
    if verb == "sql" {
        return sql(&api, &source, matches, format).await;
    }
    if verb == "diagram" {
        return diagram::run(&api, &source, matches, format).await;
    }
    let changes =
        if verb == "take-back" { json!([{"change": "take_back", "id": matches.get_one::<String>("id")}]) } else { changes(matches)? };
    let path = format!("/explorer/{source}/schema/plan");
    let plan = api.send(Request::post(&path, &json!({"changes": changes}))).await?.body;
    if verb == "plan" {
        return if format == Format::Table { tell(&plan) } else { output::object(format, &plan) };
    }
    if format == Format::Table {
        tell(&plan)?;
    }
    if !matches.get_flag("yes") {
        Stdin::of_process().confirm("Make these changes?")?;
    }
    let path = format!("/explorer/{source}/schema/changes");
    let done = api.send(Request::post(&path, &json!({"changes": changes, "hash": plan["hash"]}))).await?.body;
    output::object(format, &done)
}

async fn sql(api: &Api, source: &str, matches: &ArgMatches, format: Format) -> Result<(), Failure> {
    let name = matches.get_one::<String>("table").map_or("", String::as_str);
    let (schema, table) = name.split_once('.').unwrap_or(("public", name));
    let path = format!("/explorer/{source}/schema/{}/{}", segment(schema), segment(table));
    let shape = api.send(Request::get(&path)).await?.body;
    if format != Format::Table {
        return output::object(format, &shape);
    }
    for statement in texts(&shape["definition"]) {
        output::text(&format!("{statement};"))?;
    }
    Ok(())
}

fn changes(matches: &ArgMatches) -> Result<Value, Failure> {
    let name = matches.get_one::<String>("file").map_or("-", String::as_str);
    let text = Stdin::of_process().text(name)?;
    serde_json::from_str(&text).map_err(|error| Failure::usage(format!("quarterdeck: {name} is not JSON: {error}")))
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// A plan for people: the SQL on standard output, what is to be known of it beside.
fn tell(plan: &Value) -> Result<(), Failure> {
    let list = |name: &str| plan[name].as_array().cloned().unwrap_or_default();
    let text = |of: &Value, name: &str| of[name].as_str().unwrap_or_default().to_owned();
    for statement in list("statements") {
        output::text(&format!("{};", text(&statement, "sql")))?;
        for lock in statement["locks"].as_array().into_iter().flatten() {
            output::note(&format!("locks {} ({}), {}", text(lock, "on"), text(lock, "mode"), text(&statement, "work")));
        }
    }
    for note in list("notes").iter().chain(&list("lost")) {
        output::note(&text(note, "message"));
    }
    for one in list("used_by") {
        output::note(&format!("{} {}: {}", text(&one, "kind"), text(&one, "name"), text(&one, "effect")));
    }
    for one in list("foreign") {
        output::note(&text(&one, "reason"));
    }
    output::note("the way back:");
    for statement in texts(&plan["down"]) {
        statement.lines().for_each(|line| output::note(&format!("  {line}")));
    }
    Ok(())
}
