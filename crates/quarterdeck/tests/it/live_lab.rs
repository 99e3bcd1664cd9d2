//! What the tests of live grids stand on: the stream of one grid, read event by event.

use axum::body::{Body, BodyDataStream};
use futures::StreamExt as _;
use http::Method;
use serde_json::Value;
use std::time::Duration;
use testkit::Client;

/// Nothing takes as long as this, unless it doesn't come.
const LATE: Duration = Duration::from_secs(30);

/// A grid that watches.
pub struct Grid {
    body: BodyDataStream,
    read: String,
}

/// One event.
pub type Event = (String, Value);

pub fn path(source: &str, table: &str) -> String {
    format!("/api/v1/explorer/{source}/tables/public/{}/live", crate::explorer_lab::encoded(table))
}

impl Grid {
    /// Begins to watch; it is live when this returns.
    pub async fn live(by: &Client, source: &str, table: &str, headers: &[(&str, &str)]) -> (Self, Value) {
        let mut grid = Self::open(by, &path(source, table), headers).await;
        loop {
            let state = grid.one("state").await;
            if state["state"] == "live" || state["state"] == "off" {
                return (grid, state);
            }
        }
    }

    pub async fn open(by: &Client, path: &str, headers: &[(&str, &str)]) -> Self {
        let response = by.open(Method::GET, path, headers, None).await;
        let status = response.status();
        if status != 200 {
            let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
            panic!("{status}: {}", String::from_utf8_lossy(&body));
        }
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: Body::new(response.into_body()).into_data_stream(), read: String::new() }
    }

    /// The next event; `None` at the end.
    pub async fn next(&mut self) -> Option<Event> {
        tokio::time::timeout(LATE, self.read_on()).await.expect("something is said")
    }

    async fn read_on(&mut self) -> Option<Event> {
        loop {
            while let Some((event, rest)) = self.read.split_once("\n\n") {
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                let found = field("event: ").zip(field("data: "));
                self.read = rest.to_owned();
                if let Some((name, data)) = found {
                    return Some((name, serde_json::from_str(&data).unwrap()));
                }
            }
            let chunk = self.body.next().await?;
            self.read.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
        }
    }

    /// The next event, which must be of this name.
    pub async fn one(&mut self, name: &str) -> Value {
        let (found, data) = self.next().await.expect("the stream goes on");
        assert_eq!(found, name, "{data}");
        data
    }

    /// The next change, whatever is said of the state meanwhile.
    pub async fn change(&mut self) -> Value {
        loop {
            match self.next().await.expect("the stream goes on") {
                (name, data) if name == "change" => return data,
                (name, data) => assert_eq!(name, "state", "{data}"),
            }
        }
    }

    /// Changes up to the one that names this key.
    pub async fn until(&mut self, key: &Value) -> Vec<Value> {
        let mut seen = Vec::new();
        loop {
            let change = self.change().await;
            let is_it = change["keys"].as_array().is_some_and(|keys| keys.contains(key));
            seen.push(change);
            if is_it {
                return seen;
            }
        }
    }

    /// Why it ended.
    pub async fn end(&mut self) -> Value {
        loop {
            match self.next().await.expect("the stream says why it ends") {
                (name, data) if name == "end" => {
                    assert!(self.next().await.is_none(), "nothing comes after the end");
                    return data;
                }
                (name, data) => assert_ne!(name, "change", "{data}"),
            }
        }
    }
}
