//! The life of a change over HTTP: once per key, only on the version that was read, on as many as were expected.

use crate::lab;
use http::Method;
use serde_json::{Value, json};
use testkit::{Answer, Client};

const NOTES: &str = "/api/v1/notes";

async fn create(client: &Client, key: &str, body: Value) -> Answer {
    client.send(Method::POST, NOTES, &[("idempotency-key", key)], Some(body)).await
}

async fn count(client: &Client) -> usize {
    client.get(NOTES).await.expect(200).body.as_array().unwrap().len()
}

#[tokio::test]
async fn the_same_key_and_body_are_done_once_and_answered_twice() {
    let (_app, owner) = lab::start().await;
    let first = create(&owner, "k1", json!({"title": "One"})).await.expect(201);
    assert_eq!(first.header("idempotency-replayed"), None);
    let again = create(&owner, "k1", json!({"title": "One"})).await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!((again.body, count(&owner).await), (first.body, 1));
    create(&owner, "k2", json!({"title": "Two"})).await.expect_status(201);
    assert_eq!(count(&owner).await, 2);
}

#[tokio::test]
async fn a_key_used_for_another_body_is_refused() {
    let (_app, owner) = lab::start().await;
    create(&owner, "k1", json!({"title": "One"})).await.expect_status(201);
    let other = create(&owner, "k1", json!({"title": "Two"})).await.expect(422);
    assert!(other["detail"].as_str().unwrap().contains("Idempotency-Key"), "{}", other.text);
    create(&owner, &"k".repeat(256), json!({"title": "Three"})).await.expect_status(400);
    assert_eq!(count(&owner).await, 1);
}

#[tokio::test]
async fn the_same_key_at_the_same_time_is_done_once() {
    let (_app, owner) = lab::start().await;
    let answers = futures::future::join_all((0..4).map(|_| create(&owner, "k1", json!({"title": "One"})))).await;
    let ids: Vec<&Value> = answers.iter().map(|a| &a["id"]).collect();
    assert!(answers.iter().all(|a| a.status == 201) && ids.iter().all(|id| *id == ids[0]), "{answers:?}");
    assert_eq!(answers.iter().filter(|a| a.header("idempotency-replayed").is_none()).count(), 1);
    assert_eq!(count(&owner).await, 1);
}

#[tokio::test]
async fn a_failed_try_does_not_use_up_its_key() {
    let (_app, owner) = lab::start().await;
    create(&owner, "k1", json!({"title": ""})).await.expect_status(422);
    create(&owner, "k1", json!({"title": "One"})).await.expect_status(201);
}

#[tokio::test]
async fn a_change_needs_the_version_that_was_read() {
    let (app, owner) = lab::start().await;
    let note = owner.post(NOTES, json!({"title": "One", "body": "a"})).await.expect(201);
    assert_eq!(note.header("etag"), Some("\"1\""));
    let path = format!("{NOTES}/{}", note["id"].as_str().unwrap());
    let missing = owner.send(Method::PATCH, &path, &[], Some(json!({"body": "b"}))).await.expect(428);
    assert_eq!(missing["type"], "/problems/precondition");
    owner.send(Method::DELETE, &path, &[], None).await.expect_status(428);

    app.advance(chrono::Duration::seconds(1));
    let theirs = owner.patch(&path, "\"1\"", json!({"body": "theirs"})).await.expect(200);
    assert_eq!((theirs.header("etag"), &theirs["version"]), (Some("\"2\""), &json!("2")));
    let stale = owner.patch(&path, "\"1\"", json!({"body": "mine", "title": "One"})).await.expect(409);
    let conflict = &stale["conflict"];
    assert_eq!(conflict["current_version"], "2");
    assert_eq!(conflict["fields"], json!([{"field": "body", "base": "a", "mine": "mine", "theirs": "theirs"}]));
    owner.send(Method::DELETE, &path, &[("if-match", "\"1\"")], None).await.expect_status(409);
    assert_eq!(owner.get(&path).await.expect(200)["body"], "theirs");

    owner.patch(&path, "*", json!({"body": "mine"})).await.expect_status(200);
    owner.patch(&path, "\"3\"", json!({"body": null})).await.expect_status(200);
    owner.send(Method::DELETE, &path, &[("if-match", "\"4\"")], None).await.expect_status(204);
    owner.get(&path).await.expect_status(404);
}

#[tokio::test]
async fn many_are_changed_only_when_they_are_as_many_as_expected() {
    let (app, owner) = lab::start().await;
    for title in ["One", "Two", "Three"] {
        owner.post(NOTES, json!({"title": title})).await.expect_status(201);
    }
    let publish = |body: Value| owner.post("/api/v1/notes/publish", body);
    let wrong = publish(json!({"filter": "status=eq.draft", "expected": 2})).await.expect(409);
    assert!(wrong["detail"].as_str().unwrap().contains("3 objects, not 2"), "{}", wrong.text);
    let published = || owner.get("/api/v1/notes?status=eq.published");
    assert_eq!(published().await.expect(200).body, json!([]));

    let except = owner.get("/api/v1/notes?title=eq.Two").await.expect(200)[0]["id"].clone();
    let done = publish(json!({"filter": "status=eq.draft", "expected": 2, "except": [except]})).await.expect(200);
    assert_eq!((&done["changed"], published().await.body.as_array().unwrap().len()), (&json!(2), 2));
    let rows = app.audit().await;
    assert_eq!(rows.iter().filter(|row| row["action"] == "notes.publish").count(), 2, "one row for each");
    publish(json!({"filter": "nope=eq.1", "expected": 0})).await.expect_status(400);
    publish(json!({"expected": 0})).await.expect_status(422);
}

#[tokio::test]
async fn when_one_of_many_fails_none_is_changed() {
    let (app, owner) = lab::start().await;
    for title in ["fine", "unlucky"] {
        owner.post(NOTES, json!({"title": title})).await.expect_status(201);
    }
    let refused = owner.post("/api/v1/notes/publish", json!({"filter": "", "expected": 2})).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().starts_with("unlucky"), "{}", refused.text);
    assert_eq!(owner.get("/api/v1/notes?status=eq.published").await.body, json!([]));
    assert!(
        app.audit().await.iter().all(|row| row["action"] != "notes.publish" || row["outcome"] != "ok"),
        "what was undone is not in the log"
    );
}

#[tokio::test]
async fn a_rule_of_the_object_is_told_before_and_kept_after() {
    let (_app, owner) = lab::start().await;
    let id = owner.post(NOTES, json!({"title": "One"})).await.expect(201)["id"].as_str().unwrap().to_owned();
    let offer = |answer: Answer| answer.body.as_array().unwrap().iter().find(|a| a["name"] == "publish").unwrap().clone();
    let actions = format!("{NOTES}/{id}/actions");
    assert_eq!(offer(owner.get(&actions).await.expect(200)), json!({"name": "publish", "allowed": true}));
    owner.post(&format!("{NOTES}/{id}/publish"), json!({})).await.expect_status(200);
    assert_eq!(
        offer(owner.get(&actions).await.expect(200)),
        json!({"name": "publish", "allowed": false, "reason": "It is published already"})
    );
    let refused = owner.post(&format!("{NOTES}/{id}/publish"), json!({})).await.expect(403);
    assert_eq!(refused["detail"], "It is published already");
}

#[tokio::test]
async fn the_log_says_what_changed_and_never_a_secret() {
    let (app, owner) = lab::start().await;
    let id = owner.post(NOTES, json!({"title": "One", "pin": "4711"})).await.expect(201);
    assert!(!id.text.contains("4711") && !id.text.contains("pin"), "a secret is never read back: {}", id.text);
    let path = format!("{NOTES}/{}", id["id"].as_str().unwrap());
    owner.patch(&path, "*", json!({"title": "Uno", "pin": "4712"})).await.expect_status(200);
    let rows = app.audit().await;
    let changes = &rows.iter().find(|row| row["action"] == "notes.update").unwrap()["changes"];
    assert_eq!(*changes, json!({"title": {"before": "One", "after": "Uno"}, "pin": {"before": "•••", "after": "•••"}}));
    let all = serde_json::to_string(&rows).unwrap();
    assert!(!all.contains("4711") && !all.contains("4712"));
}

#[tokio::test]
async fn a_constraint_of_the_database_is_an_error_at_its_field() {
    let (_app, owner) = lab::start().await;
    owner.post(NOTES, json!({"title": "One"})).await.expect_status(201);
    let twice = owner.post(NOTES, json!({"title": "One"})).await;
    assert!(matches!(twice.status, 409 | 422), "{}", twice.text);
    assert_eq!(twice["errors"][0]["field"], "title", "{}", twice.text);
    let check = owner.post(NOTES, json!({"title": "forbidden"})).await.expect(422);
    assert_eq!(check["errors"][0]["field"], "title", "{}", check.text);
}
