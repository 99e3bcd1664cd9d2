//! `quarterdeck sources advice`: what in a database is open to the web, slow or about to break; also as a check in a
//! pipeline.

use super::client::{Request, segment};
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::output::{self, Column};
use super::tree::{api_of, client_args, format_of};
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Command};
use serde_json::{Value, json};

/// The worst first.
const SEVERITIES: [&str; 4] = ["critical", "high", "medium", "low"];

pub fn command() -> Command {
    let source = Arg::new("source").value_name("SOURCE").default_value("main").help("Which database");
    let severity =
        |name: &'static str| Arg::new(name).long(name).value_name("SEVERITY").value_parser(PossibleValuesParser::new(SEVERITIES));
    client_args(
        Command::new("advice")
            .about("What in a database is open to the web, slow or about to break, with the SQL that would mend it")
            .arg(source)
            .arg(severity("at-least").help("Leave out what matters less"))
            .arg(severity("fail-on").help("Exit with 1 when there is something that matters this much or more")),
    )
}

/// # Errors
/// What the panel refuses; 1 when something was found that `--fail-on` is about.
pub async fn run(matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let api = api_of(matches, environment)?;
    let source = matches.get_one::<String>("source").map_or("main", String::as_str);
    let path = format!("/explorer/{}/advice", segment(source));
    let advice = api.send(Request::get(&path)).await?.body;
    let rank = |name: &str| matches.get_one::<String>(name).and_then(|given| SEVERITIES.iter().position(|one| one == given));
    let rules: Vec<&Value> = advice["rules"].as_array().into_iter().flatten().collect();
    let found: Vec<(usize, Value)> = advice["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|finding| {
            let rule = rules.iter().find(|rule| rule["id"] == finding["rule"])?;
            let severity = SEVERITIES.iter().position(|one| rule["severity"] == **one)?;
            Some((severity, told(rule, finding)))
        })
        .filter(|(severity, _)| rank("at-least").is_none_or(|least| *severity <= least))
        .collect();
    let rows: Vec<Value> = found.iter().map(|(_, row)| row.clone()).collect();
    let columns = ["severity", "rule", "where", "detail", "sql"].map(|name| Column::new(name, name));
    output::rows(format_of(matches), &columns, &rows)?;
    for rule in rules.iter().filter(|rule| rule["count"].is_null()) {
        output::note(&format!(
            "{} was not looked at: {}",
            rule["id"].as_str().unwrap_or_default(),
            rule["problem"].as_str().unwrap_or_default()
        ));
    }
    let bad = rank("fail-on").map_or(0, |worst| found.iter().filter(|(severity, _)| *severity <= worst).count());
    if bad > 0 { Err(Failure::new(Exit::Failed, format!("{bad} found that matter"))) } else { Ok(()) }
}

fn told(rule: &Value, finding: &Value) -> Value {
    let text = |name: &str| finding[name].as_str().unwrap_or_default();
    let part = finding["part"].as_str().map(|part| format!(" {part}")).unwrap_or_default();
    json!({
        "severity": rule["severity"], "rule": finding["rule"], "where": format!("{}.{}{part}", text("schema"), text("object")),
        "detail": finding["detail"], "sql": finding["sql"],
    })
}
