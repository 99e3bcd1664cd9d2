//! Faults of repeated requests: an answer that belongs to somebody else, to something else, or to another place.

use crate::faults_desk::id_of;
use http::Method;
use quarterdeck::product;
use serde_json::{Value, json};
use testkit::{Answer, Client, PASSWORD, TestApp};

async fn keyed(client: &Client, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
    let headers: Vec<(&str, &str)> = [("idempotency-key", "the-same")].into_iter().chain(headers.iter().copied()).collect();
    client.send(Method::POST, &format!("/api/v1{path}"), &headers, Some(body)).await
}

#[tokio::test]
async fn a_repeated_key_never_gives_somebody_elses_answer() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let admin = t.staff(&owner, "dashboard_admin").await;
    let body = json!({"name": "secret", "scopes": ["users:read"]});
    let first = keyed(&owner, "/keys", &[], body.clone()).await.expect(201);
    let second = keyed(&admin, "/keys", &[], body.clone()).await.expect(201);
    assert_eq!(second.header("idempotency-replayed"), None);
    assert_ne!(first["key"], second["key"]);
    // Neither does a key of the same person's, nor the person after signing out.
    let script = t.nobody().with_key(first["key"].as_str().unwrap());
    keyed(&script, "/keys", &[], body.clone()).await.expect_status(403);
    owner.send(Method::DELETE, "/api/v1/session", &[], None).await.expect_status(200);
    keyed(&owner, "/keys", &[], body).await.expect_status(401);
}

#[tokio::test]
async fn a_repeated_key_never_answers_for_another_operation() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    t.user(&owner, "grace@example.com").await;
    let id = id_of(&owner, "users", "grace@example.com").await;
    keyed(&owner, &format!("/users/{id}/suspend"), &[], json!({})).await.expect_status(200);
    let other = keyed(&owner, &format!("/users/{id}/activate"), &[], json!({})).await.expect(422);
    assert!(other["detail"].as_str().unwrap().contains("Idempotency-Key"), "{}", other.text);
    assert_eq!(owner.get(&format!("/api/v1/users/{id}")).await.expect(200)["status"], "suspended");
    assert_eq!(keyed(&owner, &format!("/users/{id}/suspend"), &[], json!({})).await.header("idempotency-replayed"), Some("true"));
}

#[tokio::test]
async fn a_repeated_key_never_answers_for_another_organization() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let grace = t.user(&owner, "grace@example.com").await;
    let user = id_of(&owner, "users", "grace@example.com").await;
    let role = owner.get("/api/v1/roles?name=eq.admin&scope=eq.organization").await.expect(200)[0]["id"].clone();
    let mut places = Vec::new();
    for name in ["Navy", "Army"] {
        let organization = owner.post("/api/v1/organizations", json!({"name": name})).await.expect(201)["id"].as_str().unwrap().to_owned();
        let membership = json!({"organization_id": organization, "user_id": user, "role_id": role, "level": "admin"});
        owner.post("/api/v1/memberships", membership).await.expect_status(201);
        places.push(organization);
    }
    let body = json!({"name": "clerk", "label": "Clerk", "permissions": ["memberships:read"]});
    for place in &places {
        let made = keyed(&grace, "/roles", &[("quarterdeck-organization", place)], body.clone()).await.expect(201);
        assert_eq!((made["organization_id"].as_str(), made.header("idempotency-replayed")), (Some(place.as_str()), None));
    }
    let again = keyed(&grace, "/roles", &[("quarterdeck-organization", &places[0])], body).await.expect(201);
    assert_eq!((again["organization_id"].as_str(), again.header("idempotency-replayed")), (Some(places[0].as_str()), Some("true")));
}

#[tokio::test]
async fn a_key_that_can_not_be_read_is_refused_rather_than_forgotten() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    for key in ["", "kéy", &"k".repeat(256)] {
        let headers = [("idempotency-key", key)];
        let body = Some(json!({"email": "grace@example.com"}));
        owner.send(Method::POST, "/api/v1/users", &headers, body).await.expect_status(400);
    }
    assert_eq!(owner.get("/api/v1/users").await.expect(200).body, json!([]));
    // A sign-in is no change that can be repeated: a key in it is no way to somebody's session.
    let body = json!({"email": "ada@example.com", "password": PASSWORD});
    keyed(&t.nobody(), "/session", &[], body.clone()).await.expect_status(200);
    let wrong = json!({"email": "ada@example.com", "password": "wrong"});
    keyed(&t.nobody(), "/session", &[], wrong).await.expect_status(401);
}
