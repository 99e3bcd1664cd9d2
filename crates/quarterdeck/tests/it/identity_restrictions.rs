//! Where people may come from and when they may sign in; and that nobody locks themself out.

use chrono::Duration;
use quarterdeck::product;
use serde_json::json;
use testkit::{Client, OWNER_EMAIL, PASSWORD, TestApp};

/// The same browser at another address.
fn at(client: &Client, address: &str) -> Client {
    let moved = client.from_address(address);
    moved.set_cookie(client.cookie().as_deref());
    moved
}

async fn allow(owner: &Client, network: &str) -> String {
    owner.post("/api/v1/restrictions", json!({"network": network})).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn role(owner: &Client, name: &str) -> String {
    owner.get(&format!("/api/v1/roles?name=eq.{name}&scope=eq.platform")).await.expect(200)[0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn staff_and_their_keys_come_from_allowed_addresses_only() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let made = owner.post("/api/v1/keys", json!({"name": "k", "scopes": ["users:read"]})).await.expect(201);
    let key =
        |address: &str| t.nobody().from_address(address).with_header("authorization", &format!("Bearer {}", made["key"].as_str().unwrap()));
    let stranger = at(&owner, "198.51.100.9");
    stranger.get("/api/v1/staff").await.expect_status(200);
    key("198.51.100.9").get("/api/v1/users").await.expect_status(200);

    allow(&owner, "127.0.0.1").await;
    allow(&owner, "192.0.2.0/24").await;
    let refused = stranger.get("/api/v1/staff").await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("198.51.100.9"), "{}", refused.text);
    assert_eq!(stranger.get("/api/v1/session").await.expect(200)["state"], "signed_out");
    key("198.51.100.9").get("/api/v1/users").await.expect_status(401);
    key("192.0.2.4").get("/api/v1/users").await.expect_status(200);
    at(&owner, "192.0.2.4").get("/api/v1/staff").await.expect_status(200);
    at(&owner, "[::ffff:192.0.2.4]").get("/api/v1/staff").await.expect_status(200);

    // At the door every account is answered the same, before its password is looked at.
    let door = t.nobody().from_address("198.51.100.9");
    let right = door.post("/api/v1/session", json!({"email": OWNER_EMAIL, "password": PASSWORD})).await.expect(403);
    let unknown = door.post("/api/v1/session", json!({"email": "eve@example.com", "password": PASSWORD})).await.expect(403);
    assert_eq!(right["detail"], unknown["detail"]);
    for header in ["x-forwarded-for", "x-real-ip", "forwarded"] {
        let spoofed = t.nobody().from_address("198.51.100.9").with_header(header, "127.0.0.1");
        spoofed.post("/api/v1/session", json!({"email": OWNER_EMAIL, "password": PASSWORD})).await.expect_status(403);
    }
}

#[tokio::test]
async fn a_change_that_locks_its_maker_out_is_refused_with_their_address() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let refused = owner.post("/api/v1/restrictions", json!({"network": "192.0.2.0/24"})).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("127.0.0.1"), "{}", refused.text);
    assert_eq!(owner.get("/api/v1/restrictions").await.body, json!([]), "nothing is half-done");

    let own = allow(&owner, "127.0.0.0/8").await;
    let other = allow(&owner, "192.0.2.0/24").await;
    owner.delete(&format!("/api/v1/restrictions/{own}")).await.expect_status(403);
    owner.patch(&format!("/api/v1/restrictions/{own}"), "*", json!({"network": "10.0.0.0/8"})).await.expect_status(403);
    owner.patch(&format!("/api/v1/restrictions/{own}"), "*", json!({"network": "127.0.0.1", "note": "Here"})).await.expect_status(200);
    owner.delete(&format!("/api/v1/restrictions/{other}")).await.expect_status(204);
    // The last one gone, everybody may come again.
    owner.delete(&format!("/api/v1/restrictions/{own}")).await.expect_status(204);
    at(&owner, "198.51.100.9").get("/api/v1/staff").await.expect_status(200);

    for wrong in ["", "example.com", "10.0.0.0/33", "fe80::1%eth0", "127.0.0.1, 10.0.0.1"] {
        owner.post("/api/v1/restrictions", json!({"network": wrong})).await.expect_status(422);
    }
    allow(&owner, "127.0.0.1").await;
    owner.post("/api/v1/restrictions", json!({"network": "127.0.0.1/32"})).await.expect_status(409);
    let shown = owner.get("/api/v1/identity/security").await.expect(200);
    assert_eq!((shown["address"].as_str(), &shown["networks"]), (Some("127.0.0.1"), &json!(["127.0.0.1/32"])));
}

#[tokio::test]
async fn an_organizations_addresses_bind_its_keys_and_nobody_elses() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let mut scripts = Vec::new();
    for name in ["Ours", "Theirs"] {
        let id = owner.post("/api/v1/organizations", json!({"name": name})).await.expect(201)["id"].as_str().unwrap().to_owned();
        let viewer = owner.get("/api/v1/roles?name=eq.viewer&scope=eq.organization").await[0]["id"].clone();
        let body = json!({"name": "k", "scopes": ["organizations:read"], "organization_id": id, "role_id": viewer});
        let key = owner.post("/api/v1/keys", body).await.expect(201)["key"].as_str().unwrap().to_owned();
        scripts.push((id, t.nobody().from_address("198.51.100.9").with_header("authorization", &format!("Bearer {key}"))));
    }
    // Staff are not bound by it, so they can't lock themselves out with it.
    owner.post("/api/v1/restrictions", json!({"network": "192.0.2.0/24", "organization_id": scripts[0].0})).await.expect_status(201);
    scripts[0].1.get("/api/v1/organizations").await.expect_status(401);
    scripts[1].1.get("/api/v1/organizations").await.expect_status(200);
    at(&owner, "198.51.100.9").get("/api/v1/staff").await.expect_status(200);
    owner
        .post("/api/v1/restrictions", json!({"network": "192.0.2.0/24", "organization_id": role(&owner, "owner").await}))
        .await
        .expect_status(422);
}

#[tokio::test]
async fn hours_are_asked_at_sign_in_and_where_it_is_said_of_every_request() {
    // The test begins on Friday, 20 November 2026, 09:00 UTC: 10:00 in Berlin.
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let operator = t.staff(&owner, "operator").await;
    let berlin = |opens: &str, closes: &str, days: &[&str], every: bool| json!({"weekdays": days, "opens": opens, "closes": closes, "time_zone": "Europe/Berlin", "every_request": every});
    let mut body = berlin("10:30", "18:00", &["mon", "tue", "wed", "thu", "fri"], false);
    body["role_id"] = json!(role(&owner, "operator").await);
    let id = owner.post("/api/v1/hours", body.clone()).await.expect(201)["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/hours/{id}");
    owner.post("/api/v1/hours", body).await.expect_status(409);
    let enter = || async {
        t.app.auth.forget();
        t.nobody().post("/api/v1/session", json!({"email": "operator@example.com", "password": PASSWORD})).await
    };
    let early = enter().await.expect(403);
    assert!(early["detail"].as_str().unwrap().contains("10:30–18:00 (Europe/Berlin)"), "{}", early.text);
    operator.get("/api/v1/users").await.expect_status(200);
    t.nobody()
        .post("/api/v1/session", json!({"email": "operator@example.com", "password": "wrong-horse-battery"}))
        .await
        .expect_status(401);
    owner.patch(&path, "*", json!({"every_request": true})).await.expect_status(200);
    operator.get("/api/v1/users").await.expect_status(403);
    owner.get("/api/v1/users").await.expect_status(200);

    for (opens, closes, days, open) in [
        ("10:00", "10:01", &["fri"][..], true),
        ("09:00", "10:00", &["fri"], false),
        ("10:00", "18:00", &["thu"], false),
        // Over midnight: the hours belong to the day on which they began.
        ("22:00", "11:00", &["thu"], true),
        ("22:00", "11:00", &["fri"], false),
        ("09:00", "02:00", &["fri"], true),
        ("00:00", "00:00", &["fri"], true),
        ("00:00", "00:00", &["thu"], false),
    ] {
        owner.patch(&path, "*", berlin(opens, closes, days, true)).await.expect_status(200);
        assert_eq!(enter().await.status, if open { 200 } else { 403 }, "{opens}–{closes} {days:?}");
    }
    for wrong in [
        json!({"time_zone": "Mars/Olympus"}),
        json!({"opens": "25:00"}),
        json!({"opens": "7:00"}),
        json!({"weekdays": []}),
        json!({"weekdays": ["someday"]}),
    ] {
        owner.patch(&path, "*", wrong).await.expect_status(422);
    }
    owner.delete(&path).await.expect_status(204);
    enter().await.expect_status(200);
}

#[tokio::test]
async fn nobody_closes_the_door_behind_themself() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let mut body = json!({"role_id": role(&owner, "owner").await, "weekdays": ["sat"], "opens": "07:00", "closes": "19:00", "time_zone": "UTC", "every_request": true});
    let refused = owner.post("/api/v1/hours", body.clone()).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("lock you out"), "{}", refused.text);
    body["every_request"] = json!(false);
    owner.post("/api/v1/hours", body).await.expect_status(201);
    owner.get("/api/v1/staff").await.expect_status(200);
    t.nobody().post("/api/v1/session", json!({"email": OWNER_EMAIL, "password": PASSWORD})).await.expect_status(403);
    t.advance(Duration::days(1));
    t.nobody().post("/api/v1/session", json!({"email": OWNER_EMAIL, "password": PASSWORD})).await.expect_status(200);
}
