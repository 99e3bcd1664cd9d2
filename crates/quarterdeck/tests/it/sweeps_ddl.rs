//! Requests of the sweeps about changing tables.

use crate::sweeps_world::{Drive, World};
use serde_json::{Value, json};

pub async fn prepared(world: &World, id: &str) -> Option<Drive> {
    Some(match id {
        "schema.plan" => Drive::of("/explorer/main/schema/plan", json!({"changes": table(world)})),
        "schema.change" => {
            let changes = table(world);
            let plan = world.owner.post("/api/v1/explorer/main/schema/plan", json!({"changes": changes})).await.expect(200);
            Drive::of("/explorer/main/schema/changes", json!({"changes": changes, "hash": plan["hash"]}))
        }
        "schema.own" => {
            let (name, db) = (format!("theirs{}", world.next()), world.app.database().await);
            let whose = "select pg_get_userbyid(datdba)::text from pg_database where datname = current_database()";
            let owner: String = db.query_one(whose, &[]).await.unwrap().get(0);
            db.batch_execute(&format!("create table public.{name} (id int); alter table public.{name} owner to {owner}")).await.unwrap();
            Drive::of("/explorer/main/schema/own", json!({"schema": "public", "name": name, "owner": owner}))
        }
        _ => return None,
    })
}

fn table(world: &World) -> Value {
    json!([{"change": "create_table", "schema": "public", "table": format!("made{}", world.next()), "columns": [{"name": "id", "type": "int"}]}])
}

/// A change in the history.
pub async fn fresh(world: &World) -> String {
    let drive = Box::pin(prepared(world, "schema.change")).await.unwrap();
    let made = world.owner.post(&format!("/api/v1{}", drive.path), drive.body).await.expect(200);
    made["id"].as_str().unwrap().to_owned()
}
