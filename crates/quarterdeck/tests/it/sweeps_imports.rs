//! Requests of the sweeps about importing rows.

use crate::sweeps_world::{Drive, TABLE, World};
use serde_json::{Value, json};

/// A file that is uploaded; the limit of imports at once is not what the sweeps are about.
async fn uploaded(world: &World) -> String {
    world.app.database().await.execute("update explorer.imports set status = 'failed' where status = 'running'", &[]).await.unwrap();
    let row = json!({"id": 5000 + world.next(), "name": "imported"});
    let made = world.made(&format!("/explorer/main/tables/public/{TABLE}/imports"), row).await;
    made["id"].as_str().unwrap().to_owned()
}

pub async fn prepared(world: &World, id: &str) -> Option<Drive> {
    Some(match id {
        "row-imports.create" => {
            Drive::of(format!("/explorer/main/tables/public/{TABLE}/imports"), json!({"id": 5000 + world.next(), "name": "imported"}))
        }
        "row-imports.check" | "row-imports.run" => {
            Drive::of(format!("/row-imports/{}/{}", uploaded(world).await, id.rsplit('.').next()?), json!({}))
        }
        "row-imports.cancel" => {
            let import = uploaded(world).await;
            world.made(&format!("/row-imports/{import}/run"), json!({})).await;
            Drive::of(format!("/row-imports/{import}/cancel"), json!({}))
        }
        "row-imports.delete" => Drive::of(format!("/row-imports/{}", uploaded(world).await), Value::Null),
        _ => return None,
    })
}
