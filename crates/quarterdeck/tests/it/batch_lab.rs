//! What the tests of batches stand on: batches that are asked for, worked off and looked at.

use crate::explorer_lab::{Lab, encoded};
use serde_json::{Value, json};
use testkit::{Answer, Client};
use work::worker;

pub fn table(name: &str) -> String {
    format!("/api/v1/explorer/main/tables/public/{}/batches", encoded(name))
}

pub fn path(batch: &Value) -> String {
    format!("/api/v1/row-batches/{}", batch["id"].as_str().unwrap())
}

pub async fn begin_by(client: &Client, name: &str, asked: Value) -> Answer {
    client.post(&table(name), asked).await
}

pub async fn preview(lab: &Lab, name: &str, asked: Value) -> Value {
    lab.owner.post(&format!("{}/preview", table(name)), asked).await.body_of(200)
}

/// What became of a batch once the worker is done.
pub async fn ended(lab: &Lab, batch: &Value) -> Value {
    worker::drain(&lab.app.app).await.unwrap();
    lab.owner.get(&path(batch)).await.body_of(200)
}

/// Begins a batch and lets it be worked off.
pub async fn run(lab: &Lab, name: &str, asked: Value) -> Value {
    let batch = begin_by(&lab.owner, name, asked).await.body_of(201);
    ended(lab, &batch).await
}

/// Takes a batch back.
pub async fn undo(lab: &Lab, batch: &Value, body: Value) -> Value {
    let undo = lab.owner.post(&format!("{}/undo", path(batch)), body).await.body_of(201);
    ended(lab, &undo).await
}

/// How it stands: status, rows changed, rows left.
pub fn stands(batch: &Value) -> (&str, i64, i64) {
    (batch["status"].as_str().unwrap(), batch["changed"].as_i64().unwrap(), batch["skipped"].as_i64().unwrap())
}

pub fn paid(expected: i64, mode: &str) -> Value {
    json!({"verb": "update", "filter": "paid=is.false", "set": {"paid": true}, "expected": expected, "mode": mode})
}
