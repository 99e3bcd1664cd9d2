//! The board of jobs: searched, done again, stopped, forgotten; one by one and all that match.

use crate::lab;
use chrono::Duration;
use serde_json::{Value, json};
use testkit::{Client, TestApp};
use work::worker;

async fn queue(owner: &Client, body: Value) -> String {
    owner.post("/api/v1/notes/work", body).await.expect(200)["job"].as_str().unwrap().to_owned()
}

async fn job(owner: &Client, id: &str) -> Value {
    owner.get(&format!("/api/v1/jobs/{id}")).await.expect(200).body
}

async fn drain(app: &TestApp) {
    worker::drain(&app.app).await.unwrap();
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap()).collect()
}

/// A job that failed for good.
async fn failed(app: &TestApp, owner: &Client) -> String {
    let id = queue(owner, json!({"kind": "hopeless"})).await;
    drain(app).await;
    assert_eq!(job(owner, &id).await["state"], "discarded");
    id
}

#[tokio::test]
async fn what_failed_is_done_again_as_a_job_of_its_own() {
    let (app, owner) = lab::start().await;
    let old = failed(&app, &owner).await;
    let before = job(&owner, &old).await;
    let new = owner.post(&format!("/api/v1/jobs/{old}/retry"), json!({})).await.expect(200)["job_id"].as_str().unwrap().to_owned();
    assert_ne!(new, old);
    let again = job(&owner, &new).await;
    assert_eq!((&again["state"], &again["parent_id"], &again["attempt"]), (&json!("available"), &json!(old), &json!(0)));
    assert_eq!((&again["actor_kind"], &again["arguments"]), (&json!("staff"), &before["arguments"]));
    assert_ne!(again["request_id"], before["request_id"], "the request that caused it is the one that did it again");
    assert_eq!(job(&owner, &old).await, before, "what was is not rewritten");
    let children = owner.get(&format!("/api/v1/jobs?parent_id=eq.{old}")).await.expect(200).body;
    assert_eq!(ids(&children), [new.as_str()]);
    // What waits to run is not done again.
    let refused = owner.post(&format!("/api/v1/jobs/{new}/retry"), json!({})).await.expect(403);
    assert_eq!(refused["detail"], "It waits to run already");
    drain(&app).await;
    assert_eq!(job(&owner, &new).await["state"], "discarded");
    let attempts = owner.get(&format!("/api/v1/jobs/{new}/attempts")).await.expect(200).body;
    assert_eq!((&attempts[0]["attempt"], &attempts[0]["outcome"]), (&json!(1), &json!("discarded")));
    owner.get("/api/v1/jobs/0190b6c8-0000-7000-8000-000000000000/attempts").await.expect_status(404);
}

#[tokio::test]
async fn what_waits_for_later_begins_at_once() {
    let (app, owner) = lab::start().await;
    let id = queue(&owner, json!({"kind": "flaky", "failures": 1})).await;
    drain(&app).await;
    assert_eq!(job(&owner, &id).await["state"], "retryable");
    let same = owner.post(&format!("/api/v1/jobs/{id}/retry"), json!({})).await.expect(200);
    assert_eq!(same["job_id"], json!(id));
    drain(&app).await;
    assert_eq!(job(&owner, &id).await["state"], "completed");
}

#[tokio::test]
async fn what_no_room_can_run_is_shown_and_cancelled_and_not_done_again() {
    let (app, owner) = lab::start().await;
    let db = app.database().await;
    db.batch_execute(
        "insert into kernel.jobs (id, kind, payload, run_at, max_attempts, request_id, created_at) values
           ('0190b6c8-0000-7000-8000-00000000000a', 'gone.work', '{\"a\": 1}', now(), 4, 'r', now());
         insert into kernel.finished_jobs (id, kind, payload, state, run_at, attempt, max_attempts, request_id, created_at, finished_at) values
           ('0190b6c8-0000-7000-8000-00000000000b', 'gone.work', '{}', 'discarded', now(), 4, 4, 'r', now(), now()),
           ('0190b6c8-0000-7000-8000-00000000000c', 'lab.odd', '{\"old\": 1}', 'discarded', now(), 4, 4, 'r', now(), now())",
    )
    .await
    .unwrap();
    let [waits, gone, old] = ["a", "b", "c"].map(|n| format!("0190b6c8-0000-7000-8000-00000000000{n}"));
    assert_eq!(job(&owner, &waits).await["arguments"], json!({"a": 1}));
    owner.post(&format!("/api/v1/jobs/{waits}/cancel"), json!({})).await.expect_status(200);
    let ended = job(&owner, &waits).await;
    assert_eq!((&ended["state"], ended["finished_at"].is_string()), (&json!("cancelled"), true));
    let refused = owner.post(&format!("/api/v1/jobs/{waits}/cancel"), json!({})).await.expect(403);
    assert_eq!(refused["detail"], "It has ended already");
    let refused = owner.post(&format!("/api/v1/jobs/{gone}/retry"), json!({})).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("no kind gone.work any more"), "{}", refused.text);
    let refused = owner.post(&format!("/api/v1/jobs/{old}/retry"), json!({})).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("of another form"), "{}", refused.text);
    // With arguments that fit it goes.
    let bad = owner.post(&format!("/api/v1/jobs/{old}/run-with"), json!({"arguments": {"how": 3}})).await.expect(422);
    assert_eq!(bad["errors"][0]["field"], "arguments");
    let new = owner.post(&format!("/api/v1/jobs/{old}/run-with"), json!({"arguments": {"how": "well"}})).await.expect(200);
    let new = job(&owner, new["job_id"].as_str().unwrap()).await;
    assert_eq!((&new["arguments"], &new["parent_id"]), (&json!({"how": "well"}), &json!(old)));
    // All of them at once: the one that goes, goes; why the others don't is said.
    let body = json!({"filter": "state=in.(discarded,cancelled)", "expected": 3});
    let report = owner.post("/api/v1/jobs/retry", body).await.expect(200).body;
    assert_eq!(report["changed"], 0);
    assert_eq!(report["skipped"].as_array().unwrap().iter().map(|s| s["count"].as_u64().unwrap()).sum::<u64>(), 3, "{report}");
}

#[tokio::test]
async fn sealed_arguments_stay_sealed() {
    let (app, owner) = lab::start().await;
    owner.post("/api/v1/users/invite", json!({"email": "guest@example.com"})).await.expect_status(200);
    let list = owner.get("/api/v1/jobs?kind=eq.mail.deliver").await.expect(200);
    let id = list[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(list[0]["arguments"]["sealed"], "sealed", "{}", list.text);
    let bytes: String = app
        .database()
        .await
        .query_one("select payload->>'sealed' from kernel.jobs where id = $1::text::uuid", &[&id])
        .await
        .unwrap()
        .get(0);
    assert!(bytes.len() > 40 && !list.text.contains(&bytes));
    let guess = format!("/api/v1/jobs?arguments-%3E%3Esealed=like.{}*", &bytes[..4]);
    assert_eq!(owner.get(&guess).await.expect(200).body, json!([]), "nor are they found by it");
    let refused = owner.post(&format!("/api/v1/jobs/{id}/run-with"), json!({"arguments": {}})).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("sealed"), "{}", refused.text);
    drain(&app).await;
    assert_eq!(job(&owner, &id).await["state"], "completed");
    // Done again, it is sent with what was sealed.
    let new = owner.post(&format!("/api/v1/jobs/{id}/retry"), json!({})).await.expect(200)["job_id"].as_str().unwrap().to_owned();
    drain(&app).await;
    assert_eq!(job(&owner, &new).await["state"], "completed");
    let trail = app.audit().await;
    assert!(!trail.iter().any(|row| row.to_string().contains(&bytes)), "the log has it neither");
}

#[tokio::test]
async fn jobs_are_found_by_state_kind_argument_and_error() {
    let (app, owner) = lab::start().await;
    let bad = failed(&app, &owner).await;
    app.advance(Duration::seconds(1));
    let odd = queue(&owner, json!({"kind": "odd", "how": "well"})).await;
    let find = async |query: &str| owner.get(&format!("/api/v1/jobs?kind=like.lab.*&{query}")).await.expect(200).body;
    assert_eq!(ids(&find("state=eq.discarded").await), [bad.as_str()]);
    assert_eq!(ids(&find("state=eq.available").await), [odd.as_str()]);
    assert_eq!(ids(&find("kind=eq.lab.odd").await), [odd.as_str()]);
    assert_eq!(ids(&find("arguments=cs.%7B%22how%22:%22well%22%7D").await), [odd.as_str()]);
    assert_eq!(ids(&find("arguments-%3E%3Ehow=eq.well").await), [odd.as_str()]);
    let error = job(&owner, &bad).await["error"].as_str().unwrap().to_owned();
    assert_eq!(ids(&find(&format!("search={}", error.split(' ').next().unwrap())).await), [bad.as_str()]);
    assert_eq!(find("search=nothing-says-this").await, json!([]));
    assert_eq!(ids(&find("").await), [odd.as_str(), bad.as_str()], "the newest first, wherever they are");
    let page = owner.get("/api/v1/jobs?kind=like.lab.*&limit=1").await.expect(200);
    let cursor = page.headers["next-cursor"].to_str().unwrap().to_owned();
    assert_eq!(ids(&find(&format!("limit=1&cursor={cursor}")).await), [bad.as_str()], "pages go over both tables");
}

#[tokio::test]
async fn all_that_match_are_done_again_at_once() {
    let (app, owner) = lab::start().await;
    let db = app.database().await;
    db.execute(
        "insert into kernel.finished_jobs (id, kind, payload, state, run_at, attempt, max_attempts, request_id, created_at, finished_at, unique_key)
         select gen_random_uuid(), 'lab.flaky', jsonb_build_object('failures', 0), 'discarded', now(), 4, 4, 'r', now(), now(), case when n <= 2 then 'same' end
         from generate_series(1, 3000) n",
        &[],
    )
    .await
    .unwrap();
    let filter = "state=eq.discarded&kind=eq.lab.flaky";
    let list = owner.get(&format!("/api/v1/jobs?{filter}&unique_key=is.null&limit=1")).await.expect(200);
    let kept = list[0]["id"].as_str().unwrap();
    let go = async |body: Value| owner.post("/api/v1/jobs/retry", body).await;
    go(json!({"filter": filter, "expected": 2999})).await.expect_status(409);
    let body = json!({"filter": filter, "expected": 2999, "except": [kept]});
    let dry = json!({"filter": filter, "expected": 2999, "except": [kept], "dry_run": true});
    let count = async || -> i64 { db.query_one("select count(*) from kernel.jobs where kind = 'lab.flaky'", &[]).await.unwrap().get(0) };
    let report = go(dry).await.expect(200).body;
    assert_eq!((&report["changed"], &report["would"], count().await), (&json!(0), &json!(2998), 0), "{report}");
    let report = go(body).await.expect(200).body;
    assert_eq!((&report["changed"], count().await), (&json!(2998), 2998));
    assert_eq!(report["skipped"], json!([{"reason": "The same is waiting already", "count": 1}]));
    let trail: Vec<Value> = app.audit().await.into_iter().filter(|row| row["action"] == "jobs.retry").collect();
    assert_eq!(trail.len(), 1, "one act, one row");
    assert_eq!(trail[0]["detail"], format!("2998 of 2999 that match {filter}"));
    // What waits is cancelled, and forgotten only after that.
    let waiting = json!({"filter": "kind=eq.lab.flaky&state=eq.available", "expected": 2998});
    let nothing = owner.post("/api/v1/jobs/delete", waiting.clone()).await.expect(200).body;
    assert_eq!((&nothing["changed"], &nothing["skipped"][0]["count"]), (&json!(0), &json!(2998)));
    assert_eq!(owner.post("/api/v1/jobs/cancel", waiting).await.expect(200)["changed"], 2998);
    assert_eq!(count().await, 0);
    let cancelled = json!({"filter": "kind=eq.lab.flaky&state=eq.cancelled", "expected": 2998});
    assert_eq!(owner.post("/api/v1/jobs/delete", cancelled).await.expect(200)["changed"], 2998);
    let left: i64 = db.query_one("select count(*) from kernel.finished_jobs where kind = 'lab.flaky'", &[]).await.unwrap().get(0);
    assert_eq!(left, 3000);
}

#[tokio::test]
async fn only_kinds_that_say_so_are_begun_by_hand() {
    let (app, owner) = lab::start().await;
    let begun = owner.post("/api/v1/jobs", json!({"kind": "system.upkeep"})).await.expect(201);
    let id = begun["id"].as_str().unwrap();
    drain(&app).await;
    assert_eq!(job(&owner, id).await["state"], "completed");
    let later = app.app.clock.now() + Duration::hours(2);
    let later = owner.post("/api/v1/jobs", json!({"kind": "system.upkeep", "run_at": later, "priority": 0})).await.expect(201);
    assert_eq!((&later["state"], &later["priority"]), (&json!("scheduled"), &json!(0)));
    for (kind, code) in [("mail.deliver", "not_by_hand"), ("no.such", "unknown")] {
        let refused = owner.post("/api/v1/jobs", json!({"kind": kind})).await.expect(422);
        assert_eq!((&refused["errors"][0]["field"], &refused["errors"][0]["code"]), (&json!("kind"), &json!(code)));
    }
    owner.post("/api/v1/jobs", json!({"kind": "system.upkeep", "arguments": {"all": true}})).await.expect_status(422);
}

#[tokio::test]
async fn queues_and_kinds_are_paused_and_limited_and_workers_are_heard_of() {
    let (app, owner) = lab::start().await;
    queue(&owner, json!({"kind": "flaky"})).await;
    let list = owner.get("/api/v1/queues?name=in.(default,lab.flaky)").await.expect(200).body;
    let [lane, kind] = [&list[0], &list[1]];
    assert_eq!((&lane["scope"], &lane["waiting"], &lane["paused"]), (&json!("queue"), &json!(1), &json!(false)));
    assert_eq!((&kind["scope"], &kind["waiting"]), (&json!("kind"), &json!(1)));
    let path = format!("/api/v1/queues/{}", kind["id"].as_str().unwrap());
    assert_eq!(owner.post(&format!("{path}/pause"), json!({})).await.expect(200)["paused"], true);
    owner.post(&format!("{path}/pause"), json!({})).await.expect_status(403);
    let half = owner.post(&format!("{path}/limit"), json!({"starts": 5})).await.expect(422);
    assert_eq!(half["errors"][0]["field"], "starts_seconds");
    let limited = owner.post(&format!("{path}/limit"), json!({"running_most": 2, "starts": 5, "starts_seconds": 60})).await.expect(200);
    assert_eq!((&limited["running_most"], &limited["starts"], &limited["paused"]), (&json!(2), &json!(5), &json!(true)));
    assert_eq!(owner.post(&format!("{path}/resume"), json!({})).await.expect(200)["paused"], false);
    owner.post(&format!("{path}/resume"), json!({})).await.expect_status(403);
    let db = app.database().await;
    let row = db
        .query_one("select paused, running, starts from kernel.job_limits where scope = 'kind' and name = 'lab.flaky'", &[])
        .await
        .unwrap();
    assert_eq!((row.get::<_, bool>(0), row.get::<_, i32>(1), row.get::<_, i32>(2)), (false, 2, 5));

    let now = app.app.clock.now();
    let insert = "insert into kernel.workers (name, seen_at, started_at) values ('node-1', $1, $1), ('node-2', $2, $2)";
    app.database().await.execute(insert, &[&now, &(now - Duration::seconds(61))]).await.unwrap();
    let workers = owner.get("/api/v1/workers?name=like.node-*").await.expect(200).body;
    assert_eq!((&workers[0]["state"], &workers[1]["state"]), (&json!("alive"), &json!("silent")));
}

#[tokio::test]
async fn how_the_work_goes_is_told_by_the_minute_and_by_kind() {
    let (app, owner) = lab::start().await;
    let (now, db) = (app.app.clock.now(), app.database().await);
    db.execute(
        "insert into kernel.finished_jobs (id, kind, payload, state, run_at, attempt, max_attempts, request_id, created_at, started_at, finished_at, queue)
         select gen_random_uuid(), 'lab.flaky', '{}'::jsonb, case when n <= 90 then 'completed' else 'discarded' end, $1::timestamptz, 1, 4, 'r', $1,
           $1::timestamptz + n * interval '10 ms', $1::timestamptz + n * interval '20 ms', case when n <= 10 then 'small' else 'default' end from generate_series(1, 100) n
         union all select gen_random_uuid(), 'lab.flaky', '{}'::jsonb, 'completed', $1::timestamptz, 1, 4, 'r', $1, $1, $1::timestamptz - interval '2 hours', 'default'",
        &[&(now - Duration::minutes(5))],
    )
    .await
    .unwrap();
    let told = owner.get("/api/v1/work/statistics?kind=lab.flaky").await.expect(200).body;
    let (step, kind) = (&told["steps"][0], &told["kinds"][0]);
    assert_eq!((&step["completed"], &step["discarded"], told["steps"].as_array().unwrap().len()), (&json!(90), &json!(10), 1), "{told}");
    let near = |value: &Value, wanted: f64| (value.as_f64().unwrap() - wanted).abs() < 0.011;
    assert!(near(&kind["waited_p50"], 0.505) && near(&kind["waited_p99"], 0.99) && near(&kind["ran_p95"], 0.95), "{kind}");
    assert_eq!(owner.get("/api/v1/work/statistics?queue=small").await.expect(200)["kinds"][0]["completed"], 10);
    let day = owner.get("/api/v1/work/statistics?window=day&kind=lab.flaky").await.expect(200);
    assert_eq!(day["kinds"][0]["completed"], 91);
    owner.get("/api/v1/work/statistics?window=year").await.expect_status(422);
    queue(&owner, json!({"kind": "flaky"})).await;
    assert_eq!(owner.get("/api/v1/work/statistics").await.expect(200)["now"]["waiting"], 1);
    let kinds = owner.get("/api/v1/work/kinds").await.expect(200).body;
    let named = |name: &str| kinds["kinds"].as_array().unwrap().iter().find(|kind| kind["kind"] == name).unwrap().clone();
    assert!(named("system.upkeep")["arguments"].is_object() && named("mail.deliver")["arguments"].is_null());
}
