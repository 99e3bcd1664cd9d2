//! `search`, and `api` for what has no command of its own.

use super::client::Request;
use super::environment::Environment;
use super::exit::Failure;
use super::input::Stdin;
use super::output::{self, Column};
use super::tree::{api_of, format_of};
use clap::ArgMatches;
use reqwest::Method;
use serde_json::Value;

pub async fn search(matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let api = api_of(matches, environment)?;
    let text = matches.get_one::<String>("text").cloned().unwrap_or_default();
    let reply = api.send(Request { query: &[("q".into(), text)], ..Request::get("/search") }).await?;
    let columns = ["resource", "id", "title", "subtitle"].map(|name| Column::new(name, name));
    output::rows(format_of(matches), &columns, reply.body.as_array().map(Vec::as_slice).unwrap_or_default())
}

pub async fn api(matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let api = api_of(matches, environment)?;
    let text = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    let method =
        Method::from_bytes(text("method").unwrap_or("GET").to_uppercase().as_bytes()).map_err(|e| Failure::usage(e.to_string()))?;
    let path = text("path").unwrap_or_default().trim_start_matches("/api/v1").trim_start_matches('/');
    let body = text("input").map(|from| Stdin::of_process().json(from)).transpose()?.map(Value::Object);
    let headers: Vec<&String> = matches.get_many::<String>("header").into_iter().flatten().collect();
    let headers = headers
        .iter()
        .map(|h| {
            h.split_once(':')
                .map(|(name, value)| (name.trim(), value.trim()))
                .ok_or_else(|| Failure::usage(format!("quarterdeck: --header {h}: it looks like Name: value")))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let reply = api.send(Request { method, path: &format!("/{path}"), query: &[], headers: &headers, body: body.as_ref() }).await?;
    if reply.body.is_null() {
        output::note(&format!("{} without a body", reply.status));
    }
    output::object(format_of(matches), &reply.body)
}
