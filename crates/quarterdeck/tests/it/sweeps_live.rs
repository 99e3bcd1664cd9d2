//! The requests of the sweeps that have a table watched.

use crate::sweeps_world::{Drive, TABLE, World};
use serde_json::{Value, json};

pub async fn prepared(_world: &World, id: &str) -> Option<Drive> {
    let path = format!("/explorer/main/tables/public/{TABLE}/watch");
    Some(match id {
        "rows.watch" => Drive::of(path, json!({})),
        "rows.unwatch" => Drive::of(path, Value::Null),
        _ => return None,
    })
}
