//! What a role asks of those who hold it, it asks of who holds it for a while, too: a second factor, and hours. Without it
//! they keep what they have otherwise.

use crate::house::House;
use crate::sweeps_world::World;
use chrono::Duration;
use serde_json::{Value, json};
use testkit::{Client, PASSWORD, TestApp, totp};

async fn add_totp(t: &TestApp, own: &str, client: &Client) -> String {
    let made = client.post(&format!("/api/v1{own}/factors/totp"), json!({})).await.expect(201);
    let secret = made["secret"].as_str().unwrap().to_owned();
    let given = json!({"id": made["id"], "code": totp(&secret, t.app.clock.now())});
    client.post(&format!("/api/v1{own}/factors/totp/confirm"), given).await.expect_status(200);
    secret
}

/// Hours that are closed now, and open in three hours.
fn later(role: &str) -> Value {
    let all = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    json!({"role_id": role, "weekdays": all, "opens": "12:00", "closes": "14:00", "time_zone": "UTC", "every_request": false})
}

async fn granted(asks: &Client, approves: &Client, input: Value) {
    let id = asks.post("/api/v1/elevations", input).await.expect(201)["id"].as_str().unwrap().to_owned();
    approves.post(&format!("/api/v1/elevations/{id}/approve"), json!({})).await.expect_status(200);
}

async fn why(by: &Client, whom: &str, permission: &str) -> (bool, Vec<Value>) {
    let told = by.get(&format!("/api/v1/identity/explain?{whom}")).await.expect(200);
    let found = told["permissions"].as_array().unwrap().iter().find(|p| p["name"] == permission).unwrap();
    (found["allowed"] == true, found["why"].as_array().unwrap().clone())
}

#[tokio::test]
async fn staff_use_an_elevation_as_its_role_is_used() {
    let world = World::of(TestApp::start(quarterdeck::product()).await).await;
    let operator = world.role("operator", "platform").await;
    let (grace, id) = world.staff_at(&operator, "grace@example.com").await;
    let before = world.app.sign_in("grace@example.com").await;
    let administrator = world.role("dashboard_admin", "platform").await;
    granted(&grace, &world.owner, json!({"role_id": administrator, "reason": "Case 17", "minutes": 60})).await;
    let administers = async |who: &Client| {
        // What is their own stays in either case.
        who.get("/api/v1/users").await.expect_status(200);
        who.patch("/api/v1/settings/identity.staff_idle_minutes", "*", json!({"value": 61})).await.status == 200
    };
    assert!(administers(&grace).await);
    let rules = format!("/api/v1/roles/{administrator}/set-rules");
    world.owner.post(&rules, json!({"second_factor": true})).await.expect_status(200);
    assert!(!administers(&grace).await, "the role asks for a second factor, and this session showed none");
    let asks = async |who: &Client| who.get("/api/v1/session/elevations").await.expect(200)["active"][0]["asks"].clone();
    assert_eq!(asks(&grace).await, "second_factor");
    let secret = add_totp(&world.app, "/profile", &grace).await;
    assert!(administers(&grace).await);
    assert_eq!(asks(&grace).await, Value::Null);
    // It is the session that shows it, not the person that has it.
    assert!(!administers(&before).await);
    world.app.advance(Duration::seconds(30));
    let proof = json!({"password": PASSWORD, "code": totp(&secret, world.app.app.clock.now())});
    before.post("/api/v1/session/proof", proof).await.expect_status(204);
    assert!(administers(&before).await);

    let whom = format!("kind=staff&id={id}");
    assert!(why(&world.owner, &whom, "settings:update").await.0);
    let hours = world.owner.post("/api/v1/hours", later(&administrator)).await.expect(201)["id"].as_str().unwrap().to_owned();
    assert!(!administers(&grace).await, "nor at an hour that is closed to the role");
    assert_eq!(asks(&grace).await, "hours");
    let (allowed, steps) = why(&world.owner, &whom, "settings:update").await;
    assert!(!allowed && steps.iter().any(|step| step["step"] == "hours"), "{steps:?}");
    world.owner.delete(&format!("/api/v1/hours/{hours}")).await.expect_status(204);
    assert!(administers(&grace).await);
}

#[tokio::test]
async fn members_use_an_elevation_as_its_role_is_used_in_their_organization() {
    let house = House::new().await;
    let t = &house.world.app;
    let (bob, _) = house.member("bob@house.example", "viewer", "read_write").await;
    let manager = house.world.role("manager", "organization").await;
    granted(&bob, &house.ada, json!({"role_id": manager, "reason": "Ada is away", "level": "admin"})).await;
    let organization = format!("/api/v1/organizations/{}", house.id);
    let manages = async || {
        bob.get("/api/v1/memberships").await.expect_status(200);
        bob.patch(&organization, "*", json!({"name": "Ours"})).await.status == 200
    };
    assert!(manages().await);
    house.ada.post(&format!("/api/v1/roles/{manager}/set-rules"), json!({"second_factor": true})).await.expect_status(200);
    assert!(!manages().await, "the elevation is closed, and what they are otherwise is not");
    assert_eq!(bob.get("/api/v1/session/elevations").await.expect(200)["active"][0]["asks"], "second_factor");
    add_totp(t, "/account", &house.same_browser(&bob, None)).await;
    assert!(manages().await);
    let hours = house.ada.post("/api/v1/hours", later(&manager)).await.expect(201)["id"].as_str().unwrap().to_owned();
    assert!(!manages().await);
    house.ada.delete(&format!("/api/v1/hours/{hours}")).await.expect_status(204);
    assert!(manages().await);
    // Another organization's rule for the same role is nobody's here.
    let elsewhere = crate::house::organization(&house.world, "Elsewhere").await;
    let (eve, _) = crate::house::join(&house.world, &elsewhere, "eve@elsewhere.example", "admin", "admin").await;
    eve.post("/api/v1/hours", later(&manager)).await.expect_status(201);
    assert!(manages().await);
}

#[tokio::test]
async fn what_a_member_holds_for_a_while_they_give_to_nobody() {
    let house = House::new().await;
    let (bob, _) = house.member("bob@house.example", "viewer", "read_write").await;
    let (zoe, _) = house.member("zoe@house.example", "viewer", "read_write").await;
    let admin = house.world.role("admin", "organization").await;
    granted(&bob, &house.ada, json!({"role_id": admin, "reason": "Ada is away", "level": "admin"})).await;
    // They may invite and make keys meanwhile, of what they have for good.
    let viewer = house.world.role("viewer", "organization").await;
    let invite = async |role: &str, level: &str| {
        let email = format!("guest{}@house.example", house.world.next());
        bob.post("/api/v1/memberships/invite", json!({"email": email, "role_id": role, "level": level})).await
    };
    invite(&viewer, "read_write").await.expect_status(200);
    let refused = invite(&admin, "admin").await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("can do more than you"), "{}", refused.text);
    let key = json!({"name": "kept", "scopes": ["*"], "role_id": admin, "level": "admin"});
    bob.post("/api/v1/keys", key).await.expect_status(403);
    let role = json!({"name": "kept", "label": "Kept", "permissions": ["memberships:*", "keys:*"]});
    bob.post("/api/v1/roles", role).await.expect_status(403);
    bob.post("/api/v1/registration-codes", json!({"role_id": admin, "level": "admin"})).await.expect_status(403);
    // Nor do they approve the same for somebody else.
    let asks = json!({"role_id": admin, "reason": "Me too", "level": "admin"});
    let asked = zoe.post("/api/v1/elevations", asks).await.expect(201)["id"].as_str().unwrap().to_owned();
    bob.post(&format!("/api/v1/elevations/{asked}/approve"), json!({})).await.expect_status(403);
    house.ada.post(&format!("/api/v1/elevations/{asked}/approve"), json!({})).await.expect_status(200);
}
