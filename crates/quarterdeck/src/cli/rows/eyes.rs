//! `quarterdeck data … compare` and `… explain`: what two people see differently of a table, and why somebody sees a row. Each place
//! is taken beside one's own for as long as the command takes, and ended whatever comes of it.

use super::{find, one, place};
use crate::cli::client::{Api, Request, segment};
use crate::cli::environment::Environment;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{self, Column, Format};
use crate::cli::tree::{api_of, client_args, format_of, person_of};
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Command};
use kernel::Registry;
use reqwest::Method;
use serde_json::{Value, json};

/// The explorer's own eyes.
const OWN: &str = "own";
const WORDS: &str = "own (what the explorer sees), anon, service, or a user's id or e-mail address";

pub fn commands() -> [Command; 2] {
    let eyes = |name: &'static str, help: &str| Arg::new(name).long(name).value_name("WHO").help(format!("{help}: {WORDS}"));
    let schema = || Arg::new("schema").long("schema").value_name("SCHEMA").help("The table's schema (public without)");
    let reason = || Arg::new("reason").long("reason").value_name("TEXT").help("Why; it stays in the log. Needed for all but own");
    let after = "Looking with somebody's eyes needs the sign-in of quarterdeck login, not older than ten minutes; no API key may do it.";
    let compare = Command::new("compare")
        .about("What two people see differently of a table")
        .arg(eyes("as", "The first").default_value(OWN))
        .arg(eyes("with", "The second").required(true))
        .arg(
            Arg::new("rows")
                .long("rows")
                .value_name("SEEN_BY")
                .value_parser(PossibleValuesParser::new(["first", "second", "both"]))
                .help("Print the rows that only the first sees, only the second, or both"),
        )
        .arg(
            Arg::new("after")
                .long("after")
                .value_name("KEY")
                .requires("rows")
                .help("With --rows: go on after this key, a JSON array as it is printed at the end of a page"),
        );
    let explain = Command::new("explain")
        .about("Why somebody sees rows of a table, or one row")
        .arg(Arg::new("key").value_name("COLUMN=VALUE").num_args(0..).help("The primary key of a row, such as id=7; without it, every row"))
        .arg(eyes("as", "Whose eyes").default_value(OWN));
    [compare, explain].map(|command| client_args(command.arg(reason()).arg(schema()).after_help(after)))
}

/// `named` has the source and the table.
///
/// # Errors
/// What the panel refuses.
pub async fn run(
    registry: &Registry,
    named: &ArgMatches,
    verb: &str,
    matches: &ArgMatches,
    environment: &Environment,
) -> Result<(), Failure> {
    let text = |name: &str| matches.try_get_one::<String>(name).ok().flatten().map(String::as_str);
    let words: Vec<&str> = [text("as"), text("with")].into_iter().flatten().collect();
    let needs_place = words.iter().any(|word| *word != OWN);
    if needs_place && text("reason").is_none() {
        return Err(Failure::usage("quarterdeck: looking with somebody's eyes needs --reason; it stays in the log"));
    }
    let api = if needs_place { person_of(matches, environment)? } else { api_of(matches, environment)? };
    let word = |from: &ArgMatches, name: &str| from.get_one::<String>(name).map_or_else(|| "public".to_owned(), |text| segment(text));
    let table = format!("/explorer/{}/tables/{}/{}", word(named, "source"), word(matches, "schema"), word(named, "table"));
    let mut taken: Vec<String> = Vec::new();
    let work = async {
        for word in &words {
            taken.push(take(&api, registry, word, text("reason").unwrap_or_default()).await?);
        }
        match verb {
            "compare" => compare(&api, &table, &taken, matches).await,
            _ => explain(&api, &table, &taken, matches).await,
        }
    };
    let done = tokio::select! {
        done = work => done,
        _ = tokio::signal::ctrl_c() => Err(Failure::new(Exit::Failed, "quarterdeck: interrupted")),
    };
    let mut left = Ok(());
    for id in taken.iter().filter(|id| *id != OWN) {
        let ended = api.send(Request { method: Method::DELETE, headers: &[(place::HEADER, id)], ..Request::get("/impersonation") }).await;
        left = left.and(ended.map(drop));
    }
    done.and(left)
}

/// A place beside one's own, by its id.
async fn take(api: &Api, registry: &Registry, word: &str, reason: &str) -> Result<String, Failure> {
    let mut input = match word {
        OWN => return Ok(OWN.to_owned()),
        "anon" | "service" => json!({"kind": word}),
        user => {
            let users = registry.resource("users").ok_or_else(|| Failure::usage("quarterdeck: there are no users"))?;
            json!({"kind": "user", "user_id": find::by_word(api, users, user).await?})
        }
    };
    input["reason"] = reason.into();
    input["comparing"] = true.into();
    place::begin(api, &input).await
}

fn query(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

async fn compare(api: &Api, table: &str, eyes: &[String], matches: &ArgMatches) -> Result<(), Failure> {
    let [first, second] = eyes else { return Err(Failure::usage("quarterdeck: two pairs of eyes are compared")) };
    let format = format_of(matches);
    let mut asked = query(&[("first", first), ("second", second)]);
    if let Some(by) = matches.get_one::<String>("rows") {
        asked.push(("seen_by".into(), by.clone()));
        if let Some(after) = matches.get_one::<String>("after") {
            asked.push(("after".into(), after.clone()));
        }
        let page = api.send(Request { query: &asked, ..Request::get(&format!("{table}/compare/rows")) }).await?.body;
        let of = |row: &Value| if by == "second" { row["second"].clone() } else { row["first"].clone() };
        let rows: Vec<Value> = page["rows"].as_array().into_iter().flatten().map(of).collect();
        output::rows(format, &output::columns_of(&rows), &rows)?;
        if !page["next"].is_null() {
            output::note(&format!("More may come after {}; go on with --after", page["next"]));
        }
        return Ok(());
    }
    let found = api.send(Request { query: &asked, ..Request::get(&format!("{table}/compare")) }).await?.body;
    if format != Format::Table {
        return output::object(format, &found);
    }
    let counts = &found["counts"];
    let line = |name: &str| {
        let side = &found[name];
        let policies: Vec<&str> = side["policies"].as_array().into_iter().flatten().filter_map(|one| one["name"].as_str()).collect();
        let bound = match side["row_security"]["above"].as_str() {
            Some(above) => format!("none ({above})"),
            None if side["row_security"]["active"] == false => "off".into(),
            None => policies.join(", "),
        };
        let reads = found["columns"].as_array().into_iter().flatten().filter(|column| column[name] == true).count();
        json!({"who": side["who"]["label"].as_str().or(side["who"]["kind"].as_str()), "role": side["role"], "columns": reads, "policies": bound,
            "only": counts[name], "both": counts["both"]})
    };
    let columns = ["who", "role", "columns", "policies", "only", "both"].map(|name| Column::new(name, name));
    output::rows(format, &columns, &[line("first"), line("second")])?;
    for column in found["columns"].as_array().into_iter().flatten().filter(|column| column["first"] != column["second"]) {
        let who = if column["first"] == true { "the first" } else { "the second" };
        output::note(&format!("Only {who} may read {}.", column["name"].as_str().unwrap_or_default()));
    }
    if let Some(reason) = found["reason"].as_str() {
        output::note(reason);
    } else if counts["complete"] == false {
        output::note(&format!("Compared are the first rows by key, up to {}.", counts["up_to"]));
    }
    Ok(())
}

async fn explain(api: &Api, table: &str, eyes: &[String], matches: &ArgMatches) -> Result<(), Failure> {
    let mut asked = query(&[("as", eyes.first().map_or(OWN, String::as_str))]);
    let given = one::pairs(matches.get_many::<String>("key").into_iter().flatten().map(String::as_str))?;
    if !given.is_empty() {
        let shape = api.send(Request::get(table)).await?.body;
        let key = shape["primary_key"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let of = |column: &str| given.iter().find(|(name, _)| name == column).map(|(_, value)| value.clone());
        let values: Vec<String> = key.filter_map(of).collect();
        asked.push(("row".into(), json!(values).to_string()));
    }
    let found = api.send(Request { query: &asked, ..Request::get(&format!("{table}/explain")) }).await?.body;
    let format = format_of(matches);
    if format != Format::Table {
        return output::object(format, &found);
    }
    for verdict in found["verdicts"].as_array().into_iter().flatten() {
        output::note(verdict["sentence"].as_str().unwrap_or_default());
    }
    let policies: Vec<Value> = found["policies"].as_array().into_iter().flatten().map(told).collect();
    let columns =
        ["policy", "command", "applies", "using", "using_is", "check", "check_is"].map(|name| Column::new(name, &name.replace('_', " ")));
    output::rows(format, &columns, &policies)
}

fn told(policy: &Value) -> Value {
    let result = |name: &str| match policy[name]["result"]["reason"].as_str() {
        Some(reason) => reason.to_owned(),
        None => policy[name]["result"]["state"].as_str().unwrap_or_default().to_owned(),
    };
    json!({"policy": policy["name"], "command": policy["command"], "applies": policy["applies"], "using": policy["using"]["sql"],
        "using_is": result("using"), "check": policy["check"]["sql"], "check_is": result("check")})
}
