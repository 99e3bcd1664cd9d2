//! What ends seeing tables as somebody. A request that means to be in somebody's place is refused from then on: never
//! answered with the rights of staff.

use crate::seen_lab::{Desk, HEADER, rows, tasks};
use chrono::Duration;
use http::Method;
use serde_json::json;
use testkit::{Client, PASSWORD, TestApp};

/// Refused, and in no way answered.
async fn is_over(by: &Client, id: &str) {
    for path in
        ["data/main/todos", "explorer/main/tables", "explorer/main/tables/public/todos", "explorer/main/tables/public/todos/references"]
    {
        let answer = by.send(Method::GET, &format!("/api/v1/{path}"), &[(HEADER, id)], None).await;
        assert_eq!(answer.status, 410, "{path}: {}", answer.text);
        assert!(!answer.text.contains("compile") && answer["title"] == "The impersonation is over", "{}", answer.text);
    }
    let body = json!({"user_id": "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e", "task": "as staff"});
    by.send(Method::POST, "/api/v1/data/main/todos", &[(HEADER, id)], Some(body)).await.expect_status(410);
    by.send(Method::DELETE, "/api/v1/data/main/todos?id=gt.0", &[(HEADER, id)], None).await.expect_status(410);
}

#[tokio::test]
async fn it_ends_by_time_and_by_stopping() {
    let desk = Desk::new("").await;
    let owner = &desk.lab.owner;
    let id = desk.as_grace_writing().await;
    assert_eq!(tasks(owner, &id).await.len(), 2);
    desk.lab.app.advance(Duration::minutes(15));
    is_over(owner, &id).await;
    owner.post("/api/v1/session/proof", json!({"password": PASSWORD})).await.expect_status(204);
    let id = desk.as_grace_writing().await;
    desk.stop().await;
    is_over(owner, &id).await;
    owner.delete("/api/v1/impersonation").await.expect_status(403);
    // Another one is another one.
    let next = desk.as_grace().await;
    is_over(owner, &id).await;
    assert_eq!(tasks(owner, &next).await.len(), 2);
    assert_eq!(desk.lab.ask("select count(*) from public.todos").await, "3");
}

#[tokio::test]
async fn it_ends_with_the_session_the_permission_and_the_user() {
    let desk = Desk::new("").await;
    let (app, owner) = (&desk.lab.app, &desk.lab.owner);
    let colleague = app.staff(owner, "operator").await;
    let begin = || desk.begin(&colleague, json!({"kind": "user", "user_id": desk.grace, "reason": "looking", "read_only": false}));

    let id = begin().await;
    owner.post(&format!("/api/v1/impersonations/{id}/end"), json!({})).await.expect_status(200);
    is_over(&colleague, &id).await;

    let id = begin().await;
    owner.post(&format!("/api/v1/users/{}/suspend", desk.grace), json!({})).await.expect_status(200);
    is_over(&colleague, &id).await;
    assert_eq!(owner.get(&format!("/api/v1/impersonations/{id}")).await.expect(200)["ended_reason"], "user suspended or deleted");
    owner.post(&format!("/api/v1/users/{}/activate", desk.grace), json!({})).await.expect_status(200);

    let id = begin().await;
    let staff = owner.get("/api/v1/staff?email=eq.operator@example.com").await[0]["id"].as_str().unwrap().to_owned();
    for (name, is_on) in [("developer", false), ("operator", true)] {
        let role = owner.get(&format!("/api/v1/roles?name=eq.{name}")).await[0]["id"].as_str().unwrap().to_owned();
        owner.post(&format!("/api/v1/staff/{staff}/change-role"), json!({"role_id": role})).await.expect_status(200);
        if !is_on {
            is_over(&colleague, &id).await;
        }
    }

    let id = begin().await;
    let cookies = colleague.cookie();
    colleague.send(Method::DELETE, "/api/v1/session", &[], None).await.expect_status(200);
    let thief = app.nobody();
    thief.set_cookie(cookies.as_deref());
    rows(&thief, &id, "todos").await.expect_status(401);
    let row = owner.get(&format!("/api/v1/impersonations/{id}")).await.expect(200);
    assert_eq!((&row["status"], &row["ended_reason"]), (&json!("ended"), &json!("signed out")));
    let out = app.audit().await.into_iter().find(|e| e["action"] == "sessions.sign-out").unwrap();
    assert_eq!((&out["actor_label"], &out["subject_label"]), (&json!("operator"), &json!("Grace Hopper")));

    let again = app.sign_in("operator@example.com").await;
    let id = desk.begin(&again, json!({"kind": "anon", "reason": "looking"})).await;
    let sessions = owner.get(&format!("/api/v1/sessions?user_id=eq.{staff}")).await.expect(200);
    for session in sessions.body.as_array().unwrap() {
        owner.post(&format!("/api/v1/sessions/{}/revoke", session["id"].as_str().unwrap()), json!({})).await;
    }
    rows(&again, &id, "todos").await.expect_status(401);
    assert_eq!(owner.get(&format!("/api/v1/impersonations/{id}")).await.expect(200)["status"], "over");
}

#[tokio::test]
async fn another_node_hears_of_the_end_within_a_second() {
    let desk = Desk::new("").await;
    let other = TestApp::on(quarterdeck::product(), &desk.lab.app.database, &[]).await;
    let there = other.nobody();
    there.set_cookie(desk.lab.owner.cookie().as_deref());
    let id = desk.as_grace().await;
    assert_eq!(tasks(&there, &id).await.len(), 2);
    desk.stop().await;
    other.advance(Duration::milliseconds(1000));
    is_over(&there, &id).await;
}

#[tokio::test]
async fn it_belongs_to_one_session() {
    let desk = Desk::new("").await;
    let id = desk.as_grace().await;
    // The same owner, signed in elsewhere, is themself; and can't be made anybody by an id.
    let elsewhere = desk.lab.app.sign_in(testkit::OWNER_EMAIL).await;
    is_over(&elsewhere, &id).await;
    let all = elsewhere.get("/api/v1/data/main/todos").await.expect(200);
    assert_eq!(all.body.as_array().unwrap().len(), 3);
    let key = elsewhere.post("/api/v1/keys", json!({"name": "Script", "scopes": ["*"]})).await.expect(201);
    is_over(&desk.lab.app.nobody().with_key(key["key"].as_str().unwrap()), &id).await;
    rows(&desk.lab.app.nobody(), &id, "todos").await.expect_status(401);
    for nonsense in ["", "x", "null", "00000000-0000-0000-0000-000000000000"] {
        rows(&desk.lab.owner, nonsense, "todos").await.expect_status(410);
    }
    // A retry key that was used as oneself says nothing to somebody's place.
    let body = json!({"user_id": desk.alan, "task": "walk"});
    let headers = [("idempotency-key", "k1"), ("prefer", "return=representation")];
    elsewhere.send(Method::POST, "/api/v1/data/main/todos", &headers, Some(body.clone())).await.expect_status(201);
    desk.stop().await;
    desk.as_grace_writing().await;
    desk.lab.owner.send(Method::POST, "/api/v1/data/main/todos", &headers, Some(body)).await.expect_status(403);
}

#[tokio::test]
async fn one_session_in_somebodys_place_and_one_not_never_mix() {
    let desk = Desk::new("").await;
    let (app, owner) = (&desk.lab.app, &desk.lab.owner);
    let (first, second) = (app.sign_in(testkit::OWNER_EMAIL).await, app.sign_in(testkit::OWNER_EMAIL).await);
    let grace = desk.begin(&first, json!({"kind": "user", "user_id": desk.grace, "reason": "looking"})).await;
    let alan = desk.begin(&second, json!({"kind": "user", "user_id": desk.alan, "reason": "looking"})).await;
    let stranger = app.sign_in(testkit::OWNER_EMAIL).await;
    let anon = desk.begin(&stranger, json!({"kind": "anon", "reason": "looking"})).await;
    let expected = |answer: &testkit::Answer, rows: usize| assert_eq!(answer.body.as_array().unwrap().len(), rows, "{}", answer.text);
    // More at once than there are connections, so that each is handed on.
    let rounds = (0..40).map(|_| async {
        let plain = owner.get("/api/v1/data/main/todos");
        let (all, hers, his, none) =
            futures::join!(plain, rows(&first, &grace, "todos"), rows(&second, &alan, "todos"), rows(&stranger, &anon, "todos"));
        expected(&all.expect(200), 3);
        expected(&hers.expect(200), 2);
        expected(&his.expect(200), 1);
        expected(&none.expect(200), 0);
    });
    futures::future::join_all(rounds).await;
}
