//! What the tests of imports stand on: files that are uploaded, begun and worked off.

use crate::explorer_lab::{Lab, encoded};
use http::Method;
use serde_json::{Value, json};
use testkit::{Answer, Client};
use work::worker;

/// Uploads a file for a table of `main`.
pub async fn upload_by(client: &Client, table: &str, query: &str, file: &[u8]) -> Answer {
    let path = format!("/api/v1/explorer/main/tables/public/{}/imports{query}", encoded(table));
    client.send_bytes(Method::POST, &path, &[("content-type", "application/octet-stream")], Some(file.to_vec())).await
}

pub async fn upload(lab: &Lab, table: &str, query: &str, file: &str) -> Value {
    upload_by(&lab.owner, table, query, file.as_bytes()).await.body_of(201)
}

pub fn path(import: &Value) -> String {
    format!("/api/v1/row-imports/{}", import["id"].as_str().unwrap())
}

/// Begins a try or an import, lets it be worked off, and gives what came of it.
pub async fn work(lab: &Lab, import: &Value, verb: &str, settings: Value) -> Value {
    lab.owner.post(&format!("{}/{verb}", path(import)), settings).await.expect_status(200);
    worker::drain(&lab.app.app).await.unwrap();
    lab.owner.get(&path(import)).await.body_of(200)
}

/// Uploads and imports.
pub async fn import(lab: &Lab, table: &str, file: &str, settings: Value) -> Value {
    let import = upload(lab, table, "?format=csv", file).await;
    work(lab, &import, "run", settings).await
}

/// Rows read, inserted, updated, skipped and rejected.
pub fn counts(import: &Value) -> [i64; 5] {
    ["rows", "inserted", "updated", "skipped", "rejected"].map(|name| import["report"][name].as_i64().unwrap_or(-1))
}

/// Line, column and reason of the rows that were refused.
pub fn rejects(import: &Value) -> Vec<(i64, String, String)> {
    let rejects = import["report"]["rejects"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    rejects.iter().map(|r| (r["line"].as_i64().unwrap(), text(&r["column"]), text(&r["reason"]))).collect()
}

/// Every column of the file by its own name.
pub fn by_name(names: &[&str]) -> Value {
    json!(names.iter().map(|name| ((*name).to_owned(), json!({"column": name}))).collect::<serde_json::Map<_, _>>())
}
