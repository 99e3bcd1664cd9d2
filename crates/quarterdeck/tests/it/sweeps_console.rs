//! Requests of the sweeps about the SQL console.

use crate::sweeps_world::{Drive, World};
use futures::StreamExt as _;
use http::Method;
use serde_json::{Value, json};

/// Asked by POST, for the text; nothing is changed, and what changes something takes `sql:write`.
pub const ONLY_READS: [&str; 2] = ["sql.read", "sql.cancel"];

pub async fn prepared(world: &World, id: &str) -> Option<Drive> {
    Some(match id {
        "sql.read" => Drive::of("/explorer/main/sql/read", json!({"sql": "select 1"})),
        "sql.write" => Drive::of("/explorer/main/sql/write", json!({"sql": "select 1", "mode": "transaction"})),
        "sql.export" => Drive::of("/explorer/main/sql/export/csv", json!({"sql": "select 1"})),
        "sql.cancel" => Drive::of(format!("/explorer/main/sql/{}/cancel", waiting(world).await), json!({})),
        _ => return None,
    })
}

/// A run that goes on; its id.
async fn waiting(world: &World) -> String {
    let body = json!({"sql": "select pg_sleep(60)"}).to_string().into_bytes();
    let mut answer = world.owner.open(Method::POST, "/api/v1/explorer/main/sql/read", &[], Some(body)).await.into_body().into_data_stream();
    let first = answer.next().await.unwrap().unwrap();
    let run: Value = serde_json::from_slice(first.split(|byte| *byte == b'\n').next().unwrap()).unwrap();
    tokio::spawn(async move { while answer.next().await.is_some() {} });
    run["run"].as_str().unwrap().to_owned()
}

/// A run in the owner's history.
pub async fn fresh(world: &World) -> String {
    world.owner.post("/api/v1/explorer/main/sql/read", json!({"sql": "select 1"})).await.expect_status(200);
    let newest = world.owner.get("/api/v1/query-runs?order=started_at.desc,id.desc&limit=1").await.expect(200);
    newest[0]["id"].as_str().unwrap().to_owned()
}
