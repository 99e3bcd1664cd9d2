//! One row, named by its key: shown, inserted, changed or deleted. A change carries the version that was there, so that
//! nobody's change in between is overwritten.

use super::{Table, done};
use crate::cli::client::{Reply, Request};
use crate::cli::exit::{Exit, Failure};
use crate::cli::input::Stdin;
use crate::cli::output::{self, Format};
use clap::ArgMatches;
use reqwest::Method;
use serde_json::{Map, Value};

/// How a row says which version it is, when that was asked for.
const VERSION: &str = "$version";
const ONE: &str = "max-affected=1, return=representation";

enum Verb {
    Get { select: Option<String> },
    Create(Value),
    Update(Value),
    Delete,
}

/// What is done to one row.
pub struct Act {
    verb: Verb,
    /// Columns and values of the primary key; none for a row that isn't there yet.
    key: Vec<(String, String)>,
    version: Option<String>,
}

impl Act {
    /// Reads what was given, and asks what has to be asked. None for the verb that is about many rows.
    ///
    /// # Errors
    /// When something is no `COLUMN=VALUE`, nothing is to be changed, or the answer is no.
    pub fn new(verb: &str, matches: &ArgMatches, stdin: &mut Stdin) -> Result<Option<Self>, Failure> {
        let text = |name: &str| matches.try_get_one::<String>(name).ok().flatten().cloned();
        let key = pairs(given(matches, "key"))?;
        let verb = match verb {
            "get" => Verb::Get { select: text("select") },
            "create" => Verb::Create(values(matches, stdin)?),
            "update" => match values(matches, stdin)? {
                Value::Object(values) if values.is_empty() => {
                    return Err(Failure::usage("quarterdeck: nothing to change: give --set COLUMN=VALUE, --null COLUMN or --input FILE"));
                }
                values => Verb::Update(values),
            },
            "delete" => {
                if !matches.get_flag("yes") {
                    stdin.confirm(&format!("Delete the row {}?", named(&key)))?;
                }
                Verb::Delete
            }
            _ => return Ok(None),
        };
        Ok(Some(Self { verb, key, version: text("if-match") }))
    }

    pub async fn run(&self, table: &Table<'_>, format: Format) -> Result<(), Failure> {
        match &self.verb {
            Verb::Get { select } => output::object(format, &self.find(table, select.as_deref(), "").await?),
            Verb::Create(values) => print(format, self.send(table, Method::POST, Some(values), None).await?),
            Verb::Update(values) => {
                let version = self.current(table).await?;
                print(format, self.send(table, Method::PATCH, Some(values), version).await?)
            }
            Verb::Delete => {
                let version = self.current(table).await?;
                self.send(table, Method::DELETE, None, version).await?;
                done();
                Ok(())
            }
        }
    }

    /// The key as filters.
    fn filters(&self) -> Vec<(String, String)> {
        self.key.iter().map(|(column, value)| (column.clone(), format!("eq.{value}"))).collect()
    }

    /// The one row.
    async fn find(&self, table: &Table<'_>, select: Option<&str>, prefer: &str) -> Result<Value, Failure> {
        let select = select.map(|columns| ("select".to_owned(), columns.to_owned()));
        let mut query = self.filters();
        query.extend(select);
        query.push(("limit".to_owned(), "2".to_owned()));
        let mut headers = table.reading();
        if !prefer.is_empty() {
            headers.push(("prefer", prefer));
        }
        let mut found = table.api.send(Request { query: &query, headers: &headers, ..Request::get(&table.path) }).await?.body;
        match found.as_array_mut().map(Vec::as_mut_slice) {
            Some([row]) => Ok(row.take()),
            Some([]) => Err(Failure::new(Exit::NotFound, format!("quarterdeck: there is no row {}", named(&self.key)))),
            _ => Err(Failure::usage(format!("quarterdeck: several rows have {}; give the whole primary key", named(&self.key)))),
        }
    }

    /// The version to expect: as it was given, else the one that is there.
    async fn current(&self, table: &Table<'_>) -> Result<Option<String>, Failure> {
        if self.version.is_some() {
            return Ok(self.version.clone());
        }
        Ok(self.find(table, None, "versions").await?[VERSION].as_str().map(str::to_owned))
    }

    async fn send(&self, table: &Table<'_>, method: Method, body: Option<&Value>, version: Option<String>) -> Result<Reply, Failure> {
        let version = version.map(|version| if version == "*" { version } else { format!("\"{version}\"") });
        let mut headers = table.writing();
        headers.push(("prefer", if method == Method::POST { "return=representation" } else { ONE }));
        headers.extend(version.iter().map(|version| ("if-match", version.as_str())));
        table.api.send(Request { method, path: &table.path, query: &self.filters(), headers: &headers, body }).await
    }
}

/// The row as it is now.
fn print(format: Format, reply: Reply) -> Result<(), Failure> {
    match reply.body {
        Value::Array(mut rows) if rows.len() == 1 => output::object(format, &rows[0].take()),
        other => output::object(format, &other),
    }
}

pub(super) fn given<'a>(matches: &'a ArgMatches, name: &str) -> impl Iterator<Item = &'a str> {
    matches.try_get_many::<String>(name).ok().flatten().into_iter().flatten().map(String::as_str)
}

/// Columns and values.
///
/// # Errors
/// When something is no `COLUMN=VALUE`.
pub(super) fn pairs<'a>(given: impl Iterator<Item = &'a str>) -> Result<Vec<(String, String)>, Failure> {
    given
        .map(|pair| match pair.split_once('=') {
            Some((column, value)) if !column.is_empty() => Ok((column.to_owned(), value.to_owned())),
            _ => Err(Failure::usage(format!("quarterdeck: {pair}: it looks like COLUMN=VALUE"))),
        })
        .collect()
}

/// The values of a row; a flag wins over the file.
pub(super) fn values(matches: &ArgMatches, stdin: &mut Stdin) -> Result<Value, Failure> {
    let mut values = match matches.get_one::<String>("input") {
        Some(from) => stdin.json(from)?,
        None => Map::new(),
    };
    values.extend(pairs(given(matches, "set"))?.into_iter().map(|(column, value)| (column, value.into())));
    values.extend(matches.get_many::<String>("null").into_iter().flatten().map(|column| (column.clone(), Value::Null)));
    Ok(Value::Object(values))
}

fn named(key: &[(String, String)]) -> String {
    key.iter().map(|(column, value)| format!("{column}={value}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(words: &[&str], stdin: &str) -> Result<Act, Failure> {
        let matches = super::super::command().try_get_matches_from([&["data", "main", "todos"], words].concat()).unwrap();
        let (verb, matches) = matches.subcommand().unwrap();
        Act::new(verb, matches, &mut Stdin::of(stdin)).map(Option::unwrap)
    }

    #[test]
    fn a_row_is_named_by_its_key_and_values_keep_their_signs() {
        let made =
            act(&["update", "id=7", "--set", "task=a=b", "--null", "due", "--input", "-"], r#"{"tags": ["x"], "task": "y"}"#).unwrap();
        assert_eq!(made.key, [("id".to_owned(), "7".to_owned())]);
        let Verb::Update(values) = made.verb else { panic!("an update") };
        assert_eq!(values, serde_json::json!({"tags": ["x"], "task": "a=b", "due": null}));
    }

    #[test]
    fn what_is_no_change_and_no_key_is_refused() {
        assert!(act(&["update", "id=7"], "").is_err(), "nothing to change");
        assert!(act(&["get", "7"], "").is_err(), "no column");
        assert!(act(&["delete", "id=7"], "").is_err(), "nobody said yes");
    }
}
