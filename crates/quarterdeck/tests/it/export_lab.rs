//! What the tests of kept exports stand on: exports that are asked for, worked off, looked at and taken.

use crate::explorer_lab::{Lab, encoded};
use futures::TryStreamExt as _;
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use testkit::{Answer, Client};
use work::worker;

pub fn table(name: &str) -> String {
    format!("/api/v1/explorer/main/tables/public/{}/exports", encoded(name))
}

pub fn path(export: &Value) -> String {
    format!("/api/v1/row-exports/{}", export["id"].as_str().unwrap())
}

pub async fn ask_by(client: &Client, name: &str, format: &str, query: &str) -> Answer {
    client.post(&table(name), json!({"format": format, "query": query})).await
}

pub async fn ask(lab: &Lab, name: &str, format: &str, query: &str) -> Value {
    ask_by(&lab.owner, name, format, query).await.body_of(201)
}

/// Lets it be worked off, and gives what came of it.
pub async fn ended(lab: &Lab, export: &Value) -> Value {
    worker::drain(&lab.app.app).await.unwrap();
    lab.owner.get(&path(export)).await.body_of(200)
}

pub async fn run(lab: &Lab, name: &str, format: &str, query: &str) -> Value {
    let asked = ask(lab, name, format, query).await;
    ended(lab, &asked).await
}

/// Status, headers and bytes of a file; an error when it broke off.
pub async fn taken_by(client: &Client, export: &Value, headers: &[(&str, &str)]) -> (u16, HeaderMap, Result<Vec<u8>, String>) {
    let answer = client.open(Method::GET, &format!("{}/file", path(export)), headers, None).await;
    let (parts, body) = answer.into_parts();
    let bytes = body.into_data_stream().try_fold(Vec::new(), async |mut all, part| {
        all.extend_from_slice(&part);
        Ok(all)
    });
    (parts.status.as_u16(), parts.headers, bytes.await.map_err(|error| error.to_string()))
}

pub async fn taken(lab: &Lab, export: &Value) -> Vec<u8> {
    let (status, _, bytes) = taken_by(&lab.owner, export, &[]).await;
    assert_eq!(status, 200);
    bytes.unwrap()
}

pub async fn pieces(lab: &Lab) -> String {
    lab.ask("select count(*) from explorer.export_pieces").await
}

/// Entries of the log by their action, oldest first: outcome and detail.
pub async fn log(lab: &Lab, action: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let entries = lab.app.audit().await;
    entries.iter().filter(|entry| entry["action"] == action).map(|entry| (text(&entry["outcome"]), text(&entry["detail"]))).collect()
}
