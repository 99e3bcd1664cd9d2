//! The board as an organization's admin has it: their own jobs, and what may be done with them.

use crate::sweeps_members::{member, product};
use crate::sweeps_world::World;
use serde_json::{Value, json};
use testkit::TestApp;

async fn organization(world: &World, name: &str) -> String {
    world.owner.post("/api/v1/organizations", json!({"name": name})).await.expect(201)["id"].as_str().unwrap().to_owned()
}

/// A job of theirs that failed, and one that waits for later.
async fn jobs(world: &World, organization: &str) -> [String; 2] {
    let db = world.app.database().await;
    let failed = "insert into kernel.finished_jobs (id, kind, payload, state, run_at, attempt, max_attempts, request_id, created_at, finished_at, organization_id, worker, attempts, error)
        values (gen_random_uuid(), 'system.upkeep', '{}', 'discarded', now(), 4, 4, 'r', now(), now(), $1::text::uuid, 'node-1', '[{\"attempt\": 1, \"worker\": \"node-1\"}]', 'no') returning id::text";
    let later = "insert into kernel.jobs (id, kind, payload, state, run_at, max_attempts, request_id, created_at, organization_id)
        values (gen_random_uuid(), 'system.upkeep', '{}', 'scheduled', now() + interval '1 year', 4, 'r', now(), $1::text::uuid) returning id::text";
    [db.query_one(failed, &[&organization]).await.unwrap().get(0), db.query_one(later, &[&organization]).await.unwrap().get(0)]
}

#[tokio::test]
async fn admins_see_and_steer_only_their_own() {
    let world = World::of(TestApp::start(product()).await).await;
    let (ours, theirs) = (organization(&world, "Ours").await, organization(&world, "Theirs").await);
    let ([failed, later], [strange_failed, strange_later]) = (jobs(&world, &ours).await, jobs(&world, &theirs).await);
    let (admin, _) = member(&world, &ours, "admin", "admin").await;
    let list = admin.get("/api/v1/jobs").await.expect(200).body;
    let mut seen: Vec<&str> = list.as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap()).collect();
    let mut own = [failed.as_str(), later.as_str()];
    seen.sort_unstable();
    own.sort_unstable();
    assert_eq!(seen, own);
    // On which machine it ran is the platform's own business.
    assert!(!admin.get(&format!("/api/v1/jobs/{failed}")).await.expect(200).text.contains("node-1"));
    let attempts = admin.get(&format!("/api/v1/jobs/{failed}/attempts")).await.expect(200);
    assert_eq!(attempts.body, json!([{"attempt": 1}]));
    assert_eq!(world.owner.get(&format!("/api/v1/jobs/{failed}/attempts")).await.expect(200)[0]["worker"], "node-1");

    for strange in [&strange_failed, &strange_later] {
        for path in
            [format!("/api/v1/jobs/{strange}"), format!("/api/v1/jobs/{strange}/attempts"), format!("/api/v1/jobs/{strange}/actions")]
        {
            admin.get(&path).await.expect_status(404);
        }
        for verb in ["retry", "cancel"] {
            admin.post(&format!("/api/v1/jobs/{strange}/{verb}"), json!({})).await.expect_status(404);
            let body = json!({"filter": format!("id=eq.{strange}"), "expected": 1});
            admin.post(&format!("/api/v1/jobs/{verb}"), body).await.expect_status(409);
        }
    }
    let new = admin.post(&format!("/api/v1/jobs/{failed}/retry"), json!({})).await.expect(200)["job_id"].as_str().unwrap().to_owned();
    let again = admin.get(&format!("/api/v1/jobs/{new}")).await.expect(200);
    assert_eq!((&again["organization_id"], &again["parent_id"], &again["actor_kind"]), (&json!(ours), &json!(failed), &json!("person")));
    admin.post(&format!("/api/v1/jobs/{later}/cancel"), json!({})).await.expect_status(200);
    assert_eq!(admin.get(&format!("/api/v1/jobs/{later}")).await.expect(200)["state"], "cancelled");
    let all = json!({"filter": "state=in.(discarded,cancelled)", "expected": 2});
    assert_eq!(admin.post("/api/v1/jobs/retry", all).await.expect(200)["changed"], 2);
    let all = json!({"filter": "state=eq.available", "expected": 3});
    assert_eq!(admin.post("/api/v1/jobs/cancel", all).await.expect(200)["changed"], 3);

    // What is the platform's: beginning, other arguments, forgetting, queues, workers.
    for (path, body) in [
        ("/api/v1/jobs".to_owned(), json!({"kind": "system.upkeep"})),
        (format!("/api/v1/jobs/{failed}/run-with"), json!({"arguments": {}})),
        ("/api/v1/jobs/delete".to_owned(), json!({"filter": format!("id=eq.{failed}"), "expected": 1})),
    ] {
        admin.post(&path, body).await.expect_status(403);
    }
    for path in ["/api/v1/queues", "/api/v1/workers"] {
        admin.get(path).await.expect_status(403);
    }
    let there: Value = world.owner.get(&format!("/api/v1/jobs/{strange_later}")).await.expect(200).body;
    assert_eq!(there["state"], "scheduled");
}

#[tokio::test]
async fn members_who_are_no_admins_see_no_jobs() {
    let world = World::of(TestApp::start(product()).await).await;
    let ours = organization(&world, "Ours").await;
    let [failed, _] = jobs(&world, &ours).await;
    for role in ["manager", "member", "viewer"] {
        let (client, _) = member(&world, &ours, role, "admin").await;
        client.get("/api/v1/jobs").await.expect_status(403);
        client.get(&format!("/api/v1/jobs/{failed}")).await.expect_status(403);
        client.get(&format!("/api/v1/jobs/{failed}/attempts")).await.expect_status(403);
        client.post(&format!("/api/v1/jobs/{failed}/retry"), json!({})).await.expect_status(403);
    }
}
