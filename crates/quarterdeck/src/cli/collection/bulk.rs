//! One action on everything that matches a filter: only with the number that is expected, so that nobody hits more
//! than they looked at.

use super::{Act, find};
use crate::cli::client::{Api, Request};
use crate::cli::exit::Failure;
use crate::cli::input::Stdin;
use crate::cli::output;
use serde_json::{Map, Value, json};

impl Act<'_> {
    pub(super) async fn many(&self, input: Map<String, Value>, stdin: &mut Stdin) -> Result<(), Failure> {
        let filter = self.given("where").unwrap_or_default();
        let mut except = Vec::new();
        for word in self.matches.get_many::<String>("except").into_iter().flatten() {
            except.push(find::by_word(self.api, self.resource, word).await?);
        }
        let Some(expected) = self.matches.get_one::<u64>("expected") else {
            let count = self.count(filter).await?;
            let failure = Failure::usage(format!(
                "quarterdeck: {filter} matches {count} {} now; nothing was done.",
                self.resource.label.to_lowercase()
            ));
            return Err(failure.and("  Look at them with list --filter, then say the number: --expected N"));
        };
        self.ask(&format!("{expected} {}", self.resource.label.to_lowercase()), stdin)?;
        let mut body = json!({"filter": filter, "expected": expected, "except": except});
        if !input.is_empty() {
            body["input"] = Value::Object(input);
        }
        let reply = self.api.send(Request::post(&format!("/{}/{}", self.resource.name, self.action.name), &body)).await?;
        output::object(self.format, &reply.body)
    }

    async fn count(&self, filter: &str) -> Result<String, Failure> {
        count(self.api, self.resource.name, filter).await
    }
}

/// How many objects of a collection match.
pub async fn count(api: &Api, collection: &str, filter: &str) -> Result<String, Failure> {
    let mut query: Vec<(String, String)> = url::form_urlencoded::parse(filter.as_bytes()).into_owned().collect();
    query.push(("limit".into(), "1".into()));
    let path = format!("/{collection}");
    let request = Request { query: &query, headers: &[("prefer", "count=exact")], ..Request::get(&path) };
    let reply = api.send(request).await?;
    let total = reply.header("content-range").and_then(|range| range.rsplit('/').next()).unwrap_or("*");
    Ok(total.to_owned())
}
