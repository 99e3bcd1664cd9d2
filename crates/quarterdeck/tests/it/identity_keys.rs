//! API keys: scopes within the owner's rights, expiry, revocation.

use chrono::Duration;
use quarterdeck::product;
use serde_json::{Value, json};
use testkit::{Client, TestApp};

async fn key(client: &Client, body: Value) -> (String, String) {
    let made = client.post("/api/v1/keys", body).await.expect(201);
    (made["id"].as_str().unwrap().to_owned(), made["key"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_key_is_shown_once_and_does_what_its_scopes_say() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let (id, text) = key(&owner, json!({"name": "Report", "scopes": ["users:read", "users:create"]})).await;
    let script = t.nobody().with_key(&text);
    script.get("/api/v1/users").await.expect_status(200);
    script.post("/api/v1/users", json!({"email": "grace@example.com"})).await.expect_status(201);
    script.get("/api/v1/staff").await.expect_status(403);

    t.app.auth.settle(&t.app).await.unwrap();
    let shown = owner.get(&format!("/api/v1/keys/{id}")).await.expect(200);
    assert!(!shown.text.contains(&text) && text.starts_with(shown["prefix"].as_str().unwrap()));
    assert!(shown["last_used_at"].is_string());
    let row = t.audit().await.into_iter().find(|r| r["action"] == "users.create").unwrap();
    assert_eq!((row["actor_kind"].as_str(), row["actor_id"].as_str()), (Some("key"), Some(id.as_str())));
    assert!(!t.audit().await.iter().any(|r| r.to_string().contains(&text)), "the key is in no log");

    let session = script.get("/api/v1/session").await.body_of(200);
    assert_eq!((session["state"].as_str(), &session["permissions"]), (Some("signed_in"), &json!(["users:read", "users:create"])));
}

#[tokio::test]
async fn a_key_never_does_more_than_its_owner() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let operator = t.staff(&owner, "operator").await;
    let refused = operator.post("/api/v1/keys", json!({"name": "k", "scopes": ["staff:suspend"]})).await.expect(422);
    assert_eq!(refused["errors"][0]["code"], "not_held");
    operator.post("/api/v1/keys", json!({"name": "k", "scopes": ["nothing:read"]})).await.expect_status(422);
    let (_, text) = key(&operator, json!({"name": "all", "scopes": ["*"]})).await;
    let script = t.nobody().with_key(&text);
    script.post("/api/v1/users", json!({"email": "grace@example.com"})).await.expect_status(201);
    script.post("/api/v1/sessions/revoke-all", json!({})).await.expect_status(403);
    // A key makes no keys.
    script.post("/api/v1/keys", json!({"name": "k", "scopes": ["users:read"]})).await.expect_status(403);

    // What the owner loses, the key loses, at once.
    let id = owner.get("/api/v1/staff?email=eq.operator@example.com").await[0]["id"].as_str().unwrap().to_owned();
    let developer = owner.get("/api/v1/roles?name=eq.developer").await[0]["id"].as_str().unwrap().to_owned();
    owner.post(&format!("/api/v1/staff/{id}/change-role"), json!({"role_id": developer})).await.expect_status(200);
    script.post("/api/v1/users", json!({"email": "eve@example.com"})).await.expect_status(403);
    script.get("/api/v1/users").await.expect_status(200);
}

#[tokio::test]
async fn an_owners_key_is_no_owner() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    t.staff(&owner, "owner").await;
    let (_, text) = key(&owner, json!({"name": "all", "scopes": ["*"]})).await;
    let script = t.nobody().with_key(&text);
    let id = owner.get("/api/v1/staff?email=eq.owner@example.com").await[0]["id"].as_str().unwrap().to_owned();
    let refused = script.post(&format!("/api/v1/staff/{id}/suspend"), json!({})).await.expect(403);
    assert_eq!(refused["detail"], "Only an owner can change another owner");
    let role = owner.get("/api/v1/roles?name=eq.owner").await[0]["id"].as_str().unwrap().to_owned();
    script.post("/api/v1/staff/invite", json!({"email": "x@example.com", "role_id": role})).await.expect_status(403);
}

#[tokio::test]
async fn an_expired_revoked_or_damaged_key_is_nobody() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    owner
        .post("/api/v1/keys", json!({"name": "k", "scopes": ["users:read"], "expires_at": "2026-11-20T08:00:00Z"}))
        .await
        .expect_status(422);
    let (_, short) = key(&owner, json!({"name": "short", "scopes": ["users:read"], "expires_at": "2026-11-20T09:10:00Z"})).await;
    let (id, long) = key(&owner, json!({"name": "long", "scopes": ["users:read"]})).await;
    t.nobody().with_key(&short).get("/api/v1/users").await.expect_status(200);
    t.advance(Duration::minutes(10));
    t.nobody().with_key(&short).get("/api/v1/users").await.expect_status(401);
    assert_eq!(owner.get("/api/v1/keys?name=eq.short").await[0]["status"], "expired");

    t.nobody().with_key(&long).get("/api/v1/users").await.expect_status(200);
    owner.post(&format!("/api/v1/keys/{id}/revoke"), json!({})).await.expect_status(200);
    t.nobody().with_key(&long).get("/api/v1/users").await.expect_status(401);
    // One answer whatever is wrong, so that trying teaches nothing.
    let said = t.nobody().with_key(&long).get("/api/v1/users").await["detail"].clone();
    for damaged in [&long[..long.len() - 1], "qd_", "", "x", "qd_aaaaaaaa_bbbb"] {
        let refused = t.nobody().with_key(damaged).get("/api/v1/users").await.expect(401);
        assert_eq!(refused["detail"], said, "{damaged}");
        // What is open to everybody stays open.
        assert_eq!(t.nobody().with_key(damaged).get("/api/v1/session").await.expect(200)["state"], "signed_out");
    }
    // A bad key is not made good by a session that comes along.
    let mixed = t.nobody().with_key("qd_wrong");
    mixed.set_cookie(owner.cookie().as_deref());
    mixed.get("/api/v1/users").await.expect_status(401);
}

#[tokio::test]
async fn a_key_that_is_asked_for_twice_is_the_same_and_lies_nowhere_in_the_clear() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let ask = || {
        owner.send(http::Method::POST, "/api/v1/keys", &[("idempotency-key", "once")], Some(json!({"name": "k", "scopes": ["users:read"]})))
    };
    let first = ask().await.expect(201);
    let again = ask().await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(first["key"], again["key"]);
    let text = first["key"].as_str().unwrap();
    let found: i64 = t
        .database()
        .await
        .query_one("select count(*) from kernel.idempotency where position(convert_to($1, 'UTF8') in response) > 0", &[&text])
        .await
        .unwrap()
        .get(0);
    assert_eq!(found, 0);
    assert_eq!(owner.get("/api/v1/keys").await.body.as_array().unwrap().len(), 1);
}
