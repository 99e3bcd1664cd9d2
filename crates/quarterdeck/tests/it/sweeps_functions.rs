//! The request of the sweeps that calls a function.

use crate::sweeps_world::{Drive, World};
use serde_json::json;

const FUNCTION: &str = "create or replace function public.swept(a int) returns int language sql volatile as 'select a + 1'";

pub async fn prepared(world: &World, id: &str) -> Option<Drive> {
    if id != "rows.call" {
        return None;
    }
    world.app.database().await.batch_execute(FUNCTION).await.unwrap();
    Some(Drive::of("/data/main/rpc/swept", json!({"a": world.next()})))
}
