//! Requests of the sweeps about kept exports.

use crate::sweeps_world::{Drive, TABLE, World};
use serde_json::{Value, json};

/// The limits of exports at once and of files that are kept are not what the sweeps are about.
async fn make_room(world: &World) {
    world.app.database().await.execute("delete from explorer.exports", &[]).await.unwrap();
}

fn exports() -> String {
    format!("/explorer/main/tables/public/{TABLE}/exports")
}

fn asked() -> Value {
    json!({"format": "csv", "query": "id=eq.1"})
}

pub async fn prepared(world: &World, id: &str) -> Option<Drive> {
    if !id.starts_with("row-exports.") {
        return None;
    }
    make_room(world).await;
    if id == "row-exports.create" {
        return Some(Drive::of(exports(), asked()));
    }
    let export = world.made(&exports(), asked()).await;
    let path = format!("/row-exports/{}", export["id"].as_str()?);
    if id == "row-exports.cancel" {
        return Some(Drive::of(format!("{path}/cancel"), json!({})));
    }
    world.owner.post(&format!("/api/v1{path}/cancel"), json!({})).await.expect_status(200);
    Some(Drive::of(path, Value::Null))
}
