//! Requests of the sweeps about batches.

use crate::sweeps_world::{Drive, TABLE, World};
use serde_json::{Value, json};
use work::worker;

/// Operations that change nothing.
pub const ONLY_LOOKS: [&str; 1] = ["row-batches.preview"];

/// A batch that has just begun; the limit of batches at once is not what the sweeps are about.
async fn begun(world: &World) -> Value {
    world.app.database().await.execute("update explorer.batches set status = 'failed' where status = 'running'", &[]).await.unwrap();
    world.made(&batches(), asked()).await
}

fn batches() -> String {
    format!("/explorer/main/tables/public/{TABLE}/batches")
}

/// A batch of a row that nobody else needs.
fn asked() -> Value {
    json!({"verb": "update", "filter": "id=eq.7777", "set": {"name": "batched"}, "expected": 1})
}

pub async fn prepared(world: &World, id: &str) -> Option<Drive> {
    if !id.starts_with("row-batches.") {
        return None;
    }
    let row = format!("insert into public.{TABLE} (id, name) values (7777, 'a') on conflict (id) do update set name = 'a'");
    world.app.database().await.batch_execute(&row).await.unwrap();
    if id == "row-batches.preview" {
        return Some(Drive::of(format!("{}/preview", batches()), asked()));
    }
    if id == "row-batches.create" {
        world.app.database().await.execute("update explorer.batches set status = 'failed' where status = 'running'", &[]).await.unwrap();
        return Some(Drive::of(batches(), asked()));
    }
    let batch = begun(world).await;
    let verb = id.rsplit('.').next()?;
    let path = format!("/row-batches/{}", batch["id"].as_str()?);
    if verb == "resume" {
        world.owner.post(&format!("/api/v1{path}/pause"), json!({})).await.expect_status(200);
    }
    if verb == "resume" || verb == "undo" {
        worker::drain(&world.app.app).await.unwrap();
    }
    Some(Drive::of(format!("{path}/{verb}"), json!({})))
}
