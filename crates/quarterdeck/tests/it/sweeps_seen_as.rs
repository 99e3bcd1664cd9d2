//! Requests of the sweeps about seeing tables as somebody.

use crate::sweeps_world::{Drive, World};
use serde_json::json;

pub async fn prepared(world: &World, id: &str) -> Option<Drive> {
    match id {
        // By somebody else: the session of the owner does everything that follows.
        "impersonations.begin" => {
            let (operator, _) = world.staff(&world.role("operator", "platform").await).await;
            Some(Drive::of("/impersonations/begin", json!({"kind": "anon", "reason": "a test"})).by(operator))
        }
        _ => None,
    }
}
