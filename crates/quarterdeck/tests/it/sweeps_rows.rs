//! The requests of the sweeps that change rows by other ways than the rows API.

use crate::sweeps_world::{Drive, TABLE, World};
use http::Method;
use serde_json::json;

pub async fn prepared(world: &World, id: &str) -> Option<Drive> {
    let table = format!("/explorer/main/tables/public/{TABLE}");
    let name = format!("changed {}", world.next());
    Some(match id {
        "rows.replace" => Drive::of(format!("/data/main/{TABLE}?id=eq.1"), json!({"id": 1, "name": name})),
        "rows.commit" => Drive::of(format!("{table}/changes"), json!({"changes": [{"key": {"id": 1}, "set": {"name": name}}]})),
        "rows.undo" => {
            let path = format!("/api/v1/data/main/{TABLE}?id=eq.1");
            let changed = world.owner.send(Method::PATCH, &path, &[], Some(json!({"name": name}))).await.expect(204);
            Drive::of(format!("{table}/undo"), json!({"entry": changed.header("audit-entry").unwrap()}))
        }
        _ => return None,
    })
}
