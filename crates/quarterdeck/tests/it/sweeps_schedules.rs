//! Requests of the sweeps about schedules.

use crate::sweeps_world::{Drive, World};
use serde_json::json;

/// A schedule as its room declares it, that has not come yet. Those there are take turns.
pub async fn fresh(world: &World) -> String {
    work::schedule::plan(&world.app.app).await.unwrap();
    let db = world.app.database().await;
    let n = i64::from(world.next());
    let pick = "update kernel.schedules set paused_at = null, cron = null, zone = null, jitter_seconds = null, overlap = null, missed = null, missed_most = null \
        where name = (select name from kernel.schedules order by name offset $1 % (select count(*) from kernel.schedules) limit 1) returning id::text, name";
    let row = db.query_one(pick, &[&n]).await.unwrap();
    let name: String = row.get(1);
    db.execute("delete from kernel.jobs where schedule = $1", &[&name]).await.unwrap();
    db.execute("delete from kernel.schedule_slots where schedule = $1", &[&name]).await.unwrap();
    row.get(0)
}

/// A slot that somebody let begin.
pub async fn slot(world: &World) -> String {
    let id = fresh(world).await;
    world.made(&format!("/schedules/{id}/run-now"), json!({})).await;
    let slots = world.owner.get("/api/v1/schedule-slots?limit=1&order=decided_at.desc").await.expect(200).body;
    slots[0]["id"].as_str().unwrap().to_owned()
}

pub async fn prepared(world: &World, id: &str) -> Option<Drive> {
    let verb = id.strip_prefix("schedules.")?;
    let one = fresh(world).await;
    let path = format!("/schedules/{one}");
    Some(match verb {
        "update" => Drive::of(path, json!({"cron": "30 2 * * *", "zone": "Europe/Berlin"})).any_version(),
        "resume" | "resume.many" => {
            world.made(&format!("{path}/pause"), json!({})).await;
            if verb == "resume" {
                return Some(Drive::of(format!("{path}/resume"), json!({})));
            }
            Drive::of("/schedules/resume", json!({"filter": format!("id=eq.{one}"), "expected": 1, "input": {}}))
        }
        "restore" => {
            world.owner.patch(&format!("/api/v1{path}"), "*", json!({"jitter_seconds": 7})).await.expect_status(200);
            Drive::of(format!("{path}/restore"), json!({}))
        }
        "pause" | "run-now" => Drive::of(format!("{path}/{verb}"), json!({})),
        _ => return None,
    })
}
