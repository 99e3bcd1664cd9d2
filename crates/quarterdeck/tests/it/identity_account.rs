//! One's own account, for its own page: what it says, names of factors, the last way in, one's own keys.

use crate::sweeps_world::World;
use chrono::Duration;
use quarterdeck::product;
use serde_json::{Value, json};
use testkit::{Client, Device, OWNER_EMAIL, TestApp, totp};

const GRACE: &str = "grace@example.com";

async fn add_totp(t: &TestApp, own: &str, client: &Client) -> String {
    let made = client.post(&format!("{own}/factors/totp"), json!({})).await.expect(201);
    let code = totp(made["secret"].as_str().unwrap(), t.app.clock.now());
    let given = json!({"id": made["id"], "code": code});
    client.post(&format!("{own}/factors/totp/confirm"), given).await.expect(200)["id"].as_str().unwrap().to_owned()
}

async fn add_passkey(own: &str, client: &Client) -> (Device, String) {
    let mut device = Device::default();
    let options = client.post(&format!("{own}/factors/passkey"), json!({})).await.expect(200).body;
    let given = json!({"credential": device.create(&options).await, "label": "Laptop"});
    let added = client.post(&format!("{own}/factors/passkey/confirm"), given).await.expect(200);
    (device, added["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn an_account_says_what_it_is_to_its_owner_only() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let grace = t.user(&owner, GRACE).await;
    let staff = owner.get("/api/v1/profile").await.expect(200);
    assert_eq!((staff["email"].as_str(), staff["has_password"].as_bool()), (Some(OWNER_EMAIL), Some(true)));
    let user = grace.get("/api/v1/account").await.expect(200);
    assert_eq!(user["email"], GRACE);
    assert!(!user.text.contains("argon2"), "{}", user.text);
    // Each at their own door.
    grace.get("/api/v1/profile").await.expect_status(403);
    owner.get("/api/v1/account").await.expect_status(403);
    t.nobody().get("/api/v1/account").await.expect_status(401);
}

#[tokio::test]
async fn a_factor_is_renamed_by_its_owner_only_and_the_log_says_so() {
    for own in ["/api/v1/profile", "/api/v1/account"] {
        let t = TestApp::start(product()).await;
        let owner = t.owner().await;
        let (client, other) = if own.ends_with("profile") {
            let other = t.staff(&owner, "operator").await;
            (owner, other)
        } else {
            (t.user(&owner, GRACE).await, t.user(&owner, "eve@example.com").await)
        };
        let path = format!("{own}/factors/{}", add_totp(&t, own, &client).await);
        let rename = |label: &str| json!({"label": label});
        client.patch(&path, "*", rename("  Work phone ")).await.expect_status(204);
        assert_eq!(client.get(&format!("{own}/factors")).await["factors"][0]["label"], "Work phone");
        client.patch(&path, "*", rename("   ")).await.expect_status(422);
        client.patch(&path, "*", rename(&"x".repeat(61))).await.expect_status(422);
        other.patch(&path, "*", rename("Mine")).await.expect_status(404);
        client.patch(&format!("{own}/factors/nonsense"), "*", rename("x")).await.expect_status(404);
        let log = t.audit().await;
        let renamed: Vec<_> = log.iter().filter(|e| e["action"].as_str().unwrap().ends_with(".rename-factor")).collect();
        assert_eq!(renamed.len(), 1, "only what was done is in the log");
    }
}

#[tokio::test]
async fn the_last_way_in_stays() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let grace = t.user(&owner, GRACE).await;
    let own = "/api/v1/account";
    let (mut device, first) = add_passkey(own, &grace).await;
    t.database().await.execute("update auth.users set password_hash = null where email = $1", &[&GRACE]).await.unwrap();
    assert_eq!(grace.get(own).await["has_password"], false);
    let totp = add_totp(&t, own, &grace).await;
    let refused = grace.delete(&format!("{own}/factors/{first}")).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("last way in"), "{}", refused.text);
    // It still opens the door; an app that is no way in by itself may go.
    let alone = t.nobody();
    let options = alone.post("/api/v1/account/session/passkey", json!({})).await.expect(200).body;
    let given = json!({"credential": device.get(&options).await});
    alone.post("/api/v1/account/session/passkey/answer", given).await.expect_status(200);
    grace.delete(&format!("{own}/factors/{totp}")).await.expect_status(204);
    // With another passkey, or with a password, it may.
    let (_, second) = add_passkey(own, &grace).await;
    grace.delete(&format!("{own}/factors/{first}")).await.expect_status(204);
    grace.delete(&format!("{own}/factors/{second}")).await.expect_status(403);
    grace.post(&format!("{own}/password"), json!({"password": "violet tundra biscuit anchor"})).await.expect_status(204);
    grace.delete(&format!("{own}/factors/{second}")).await.expect_status(204);
}

#[tokio::test]
async fn a_session_tells_its_device_in_words_and_what_the_browser_said() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    t.user(&owner, GRACE).await;
    let agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let grace = t.nobody().with_header("user-agent", agent);
    let given = json!({"email": GRACE, "password": testkit::PASSWORD});
    grace.post("/api/v1/account/session", given).await.expect_status(200);
    let listed = grace.get("/api/v1/account/sessions").await.expect(200);
    let here = listed["sessions"].as_array().unwrap().iter().find(|s| s["current"] == true).unwrap().clone();
    assert_eq!((here["device"].as_str(), here["user_agent"].as_str()), (Some("Firefox on Windows"), Some(agent)));
}

/// Somebody in an organization, the organization, and the text and id of a key of theirs.
async fn with_key(world: &World) -> (Client, String, String, String) {
    let made = world.owner.post("/api/v1/organizations", json!({"name": "Ours"})).await.expect(201);
    let ours = made["id"].as_str().unwrap().to_owned();
    let grace = world.app.user(&world.owner, GRACE).await;
    let user = world.owner.get(&format!("/api/v1/users?email=eq.{GRACE}")).await[0]["id"].clone();
    let join = json!({"organization_id": ours, "user_id": user, "role_id": world.role("viewer", "organization").await});
    world.owner.post("/api/v1/memberships", join).await.expect_status(201);
    let body = json!({"name": "mine", "organization_id": ours, "scopes": ["organizations:read"]});
    let key = grace.post("/api/v1/account/keys", body).await.expect(201);
    (grace, ours, key["id"].as_str().unwrap().to_owned(), key["key"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn own_keys_are_rotated_once_and_the_old_one_ends_when_it_was_said() {
    let world = World::of(TestApp::start(product()).await).await;
    let (grace, _, id, old) = with_key(&world).await;
    let eve = world.app.user(&world.owner, "eve@example.com").await;
    let rotate = format!("/api/v1/account/keys/{id}/rotate");
    eve.post(&rotate, json!({})).await.expect_status(404);
    grace.post(&rotate, json!({"overlap_hours": 169})).await.expect_status(422);
    let rotated = grace.post(&rotate, json!({"overlap_hours": 1})).await.expect(200);
    let new = rotated["key"].as_str().unwrap().to_owned();
    assert_ne!(new, old);
    let script = |text: &str| world.app.nobody().with_key(text);
    script(&old).get("/api/v1/organizations").await.expect_status(200);
    script(&new).get("/api/v1/organizations").await.expect_status(200);
    let listed = grace.get("/api/v1/account/keys").await.expect(200);
    let of = |id: &Value| listed["keys"].as_array().unwrap().iter().find(|k| k["id"] == *id).unwrap().clone();
    assert_eq!((of(&rotated["id"])["replaced"].as_bool(), of(&rotated["successor_id"])["replaced"].as_bool()), (Some(true), Some(false)));
    assert!(!listed.text.contains(&new), "a key is shown once");
    grace.post(&rotate, json!({})).await.expect_status(403);
    world.app.advance(Duration::hours(2));
    script(&old).get("/api/v1/organizations").await.expect_status(401);
    script(&new).get("/api/v1/organizations").await.expect_status(200);
    // An hour old, the sign-in no longer proves who sits there; the new key keeps its text.
    let again = format!("/api/v1/account/keys/{}/rotate", rotated["successor_id"].as_str().unwrap());
    let stale = grace.post(&again, json!({})).await.expect(403);
    assert_eq!(stale["type"], "/problems/step-up");
    script(&new).post(&again, json!({})).await.expect_status(403);
}

#[tokio::test]
async fn the_access_log_of_a_key_is_its_owners_and_scopes_are_what_a_key_could_hold() {
    let world = World::of(TestApp::start(product()).await).await;
    let (grace, ours, id, text) = with_key(&world).await;
    let eve = world.app.user(&world.owner, "eve@example.com").await;
    world.app.nobody().with_key(&text).get("/api/v1/organizations").await.expect_status(200);
    world.app.nobody().with_key(&text).get("/api/v1/staff").await.expect_status(403);
    world.app.app.auth.settle(&world.app.app).await.unwrap();
    let log = grace.get(&format!("/api/v1/account/keys/{id}/accesses")).await.expect(200);
    let mut seen: Vec<_> = log["accesses"].as_array().unwrap().iter().map(|a| (a["route"].clone(), a["status"].clone())).collect();
    seen.sort_by_key(|(_, status)| status.as_i64());
    assert_eq!(seen, [(json!("/organizations"), json!(200)), (json!("/staff"), json!(403))]);
    eve.get(&format!("/api/v1/account/keys/{id}/accesses")).await.expect_status(404);
    grace.get("/api/v1/account/keys/nonsense/accesses").await.expect_status(404);

    let scopes = grace.get(&format!("/api/v1/account/organizations/{ours}/scopes")).await.expect(200);
    let scopes: Vec<_> = scopes["scopes"].as_array().unwrap().iter().map(|s| s.as_str().unwrap().to_owned()).collect();
    assert!(scopes.contains(&"organizations:read".to_owned()) && !scopes.iter().any(|s| s.starts_with("staff:")), "{scopes:?}");
    assert!(scopes.iter().all(|s| !s.ends_with(":delete") || s.starts_with("saved-views:")), "a viewer's key deletes nothing: {scopes:?}");
    eve.get(&format!("/api/v1/account/organizations/{ours}/scopes")).await.expect_status(404);
}
