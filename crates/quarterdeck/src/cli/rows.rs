//! `quarterdeck data SOURCE TABLE list`: rows of any table, through the same grammar as every other list.

use super::client::segment;
use super::collection::list;
use super::environment::Environment;
use super::exit::Failure;
use super::tree::{api_of, format_of};
use clap::ArgMatches;

/// `place` has the source and the table, `matches` what to list.
pub async fn list(place: &ArgMatches, matches: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let word = |name: &str| place.get_one::<String>(name).map(|text| segment(text)).unwrap_or_default();
    let api = api_of(matches, environment)?;
    let path = format!("/data/{}/{}", word("source"), word("table"));
    let schema = matches.get_one::<String>("schema");
    let headers: Vec<(&str, &str)> = schema.iter().map(|schema| ("accept-profile", schema.as_str())).collect();
    list::print(&api, &path, &headers, matches, format_of(matches), None).await
}
