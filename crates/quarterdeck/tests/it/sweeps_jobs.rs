//! Requests of the sweeps about jobs, and about queues and workers.

use crate::sweeps_world::{Drive, World};
use serde_json::{Value, json};

/// A job of a kind that there is.
const WAITING: &str = "insert into kernel.jobs (id, kind, payload, state, run_at, max_attempts, request_id, created_at) \
    values (gen_random_uuid(), 'system.upkeep', '{}', 'scheduled', now() + interval '1 year', 4, 'r', now()) returning id::text";
const ENDED: &str = "insert into kernel.finished_jobs (id, kind, payload, state, run_at, attempt, max_attempts, request_id, created_at, finished_at) \
    values (gen_random_uuid(), 'system.upkeep', '{}', 'discarded', now(), 4, 4, 'r', now(), now()) returning id::text";
const WORKER: &str =
    "insert into kernel.workers (name, seen_at, started_at) values ($1, now(), now()) returning md5('worker:' || name)::uuid::text";
const QUEUE: &str = "insert into kernel.job_limits (scope, name) values ('queue', $1) returning md5('queue:' || name)::uuid::text";

async fn made(world: &World, insert: &str) -> String {
    world.app.database().await.query_one(insert, &[]).await.unwrap().get(0)
}

pub async fn fresh(world: &World, collection: &str) -> String {
    let named = format!("sweep-{}", world.next());
    match collection {
        "workers" => world.app.database().await.query_one(WORKER, &[&named]).await.unwrap().get(0),
        "queues" => world.app.database().await.query_one(QUEUE, &[&named]).await.unwrap().get(0),
        _ => made(world, WAITING).await,
    }
}

pub async fn prepared(world: &World, id: &str) -> Option<Drive> {
    let (collection, verb) = id.split_once('.')?;
    if collection == "queues" {
        let lane = fresh(world, "queues").await;
        if verb == "resume" {
            world.made(&format!("/queues/{lane}/pause"), json!({})).await;
        }
        return Some(Drive::of(format!("/queues/{lane}/{verb}"), json!({})));
    }
    if collection != "jobs" {
        return None;
    }
    if verb == "create" {
        return Some(Drive::of("/jobs", json!({"kind": "system.upkeep"})));
    }
    let one = made(world, if verb.starts_with("cancel") { WAITING } else { ENDED }).await;
    if let Some(verb) = verb.strip_suffix(".many") {
        return Some(Drive::of(format!("/jobs/{verb}"), json!({"filter": format!("id=eq.{one}"), "expected": 1})));
    }
    Some(match verb {
        "delete" => Drive::of(format!("/jobs/{one}"), Value::Null).any_version(),
        "run-with" => Drive::of(format!("/jobs/{one}/run-with"), json!({"arguments": {}})),
        _ => Drive::of(format!("/jobs/{one}/{verb}"), json!({})),
    })
}
