//! `quarterdeck settings`: knobs of the installation, as the settings page shows them.

use super::client::{Request, segment};
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::output::{self, Column};
use super::tree::{api_of, format_of};
use clap::ArgMatches;
use kernel::Registry;
use reqwest::Method;
use serde_json::{Value, json};

pub async fn run(registry: &Registry, verb: &str, matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let api = api_of(matches, environment)?;
    let format = format_of(matches);
    let all = api.send(Request::get("/settings")).await?.body;
    let all = all.as_array().cloned().unwrap_or_default();
    if verb == "list" {
        let columns = ["key", "value", "default", "source", "version"].map(|name| Column::new(name, name));
        return output::rows(format, &columns, &all);
    }
    let key = matches.get_one::<String>("key").map(String::as_str).unwrap_or_default();
    let now = all
        .into_iter()
        .find(|s| s["key"] == key)
        .ok_or_else(|| Failure::new(Exit::NotFound, format!("quarterdeck: this panel has no setting {key}")))?;
    if verb == "get" {
        return output::object(format, &now);
    }
    let value = match matches.try_get_one::<String>("value").ok().flatten() {
        Some(text) => typed(registry, key, text),
        None => Value::Null,
    };
    let version = matches.get_one::<String>("if-match").cloned().unwrap_or_else(|| now["version"].as_str().unwrap_or("*").to_owned());
    let version = if version == "*" { version } else { format!("\"{version}\"") };
    let path = format!("/settings/{}", segment(key));
    let body = json!({"value": value});
    let reply = api.send(Request { method: Method::PATCH, headers: &[("if-match", &version)], ..Request::post(&path, &body) }).await?;
    output::object(format, &reply.body)
}

/// The text as the setting's schema wants it: text stays text even when it looks like a number.
fn typed(registry: &Registry, key: &str, text: &str) -> Value {
    let schema = registry.settings().iter().find(|s| s.key == key).map(|s| &s.schema);
    let textual =
        schema.is_some_and(|s| s["type"] == "string" || s["enum"].as_array().is_some_and(|values| values.iter().any(|v| v == text)));
    if textual { text.into() } else { serde_json::from_str(text).unwrap_or_else(|_| text.into()) }
}
