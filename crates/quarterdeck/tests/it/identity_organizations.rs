//! Organizations: one owner who stays until they hand it over, suspension that counts at once, several memberships of
//! one person.

use crate::sweeps_members::{member, product};
use crate::sweeps_world::World;
use serde_json::{Value, json};
use testkit::{Client, TestApp};

async fn world() -> World {
    World::of(TestApp::start(product()).await).await
}

async fn organization(world: &World, name: &str) -> String {
    world.owner.post("/api/v1/organizations", json!({"name": name})).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn membership(by: &Client, id: &str) -> Value {
    by.get(&format!("/api/v1/memberships/{id}")).await.expect(200).body
}

#[tokio::test]
async fn the_owner_stays_until_they_hand_the_organization_over() {
    let world = world().await;
    let ours = organization(&world, "Ours").await;
    let (_, viewer) = member(&world, &ours, "viewer", "read_only").await;
    assert_eq!(membership(&world.owner, &viewer).await["owner"], false, "who isn't an admin owns nothing");
    let (ada, first) = member(&world, &ours, "admin", "admin").await;
    let (eve, second) = member(&world, &ours, "admin", "admin").await;
    let owns = |id: &str| {
        let (owner, id) = (&world.owner, id.to_owned());
        async move { membership(owner, &id).await["owner"] == true }
    };
    assert!(owns(&first).await && !owns(&second).await, "the first full admin");

    // Neither another admin nor staff demote or remove the owner, nor does their account go; by no way.
    for by in [&eve, &ada, &world.owner] {
        by.patch(&format!("/api/v1/memberships/{first}"), "*", json!({"level": "read_only"})).await.expect_status(403);
        let refused = by.delete(&format!("/api/v1/memberships/{first}")).await.expect(403);
        assert!(refused["detail"].as_str().unwrap().contains("Hand it over"), "{}", refused.text);
    }
    // The viewer would be left behind without an owner, in whatever order it is done.
    let bulk = json!({"filter": format!("organization_id=eq.{ours}&level=eq.admin"), "expected": 2});
    world.owner.post("/api/v1/memberships/delete", bulk).await.expect_status(403);
    let user = membership(&world.owner, &first).await["user_id"].as_str().unwrap().to_owned();
    let kept = world.owner.delete(&format!("/api/v1/users/{user}")).await.expect(403);
    assert!(kept["detail"].as_str().unwrap().contains("Ours"), "{}", kept.text);

    // Only the owner, or staff, hands it over; only to an active member.
    let to = |id: &str| {
        let (owner, id) = (&world.owner, id.to_owned());
        async move { json!({"user_id": membership(owner, &id).await["user_id"]}) }
    };
    let path = format!("/api/v1/organizations/{ours}/transfer-ownership");
    eve.post(&path, to(&second).await).await.expect_status(403);
    let stranger = world.fresh("users").await;
    ada.post(&path, json!({"user_id": stranger})).await.expect_status(422);
    ada.post(&path, to(&first).await).await.expect_status(422);
    ada.post(&path, to(&viewer).await).await.expect_status(200);
    let now = membership(&world.owner, &viewer).await;
    assert_eq!((now["owner"].clone(), now["level"].clone()), (json!(true), json!("admin")));
    assert_eq!(now["role_id"], world.role("admin", "organization").await);
    ada.post(&path, to(&second).await).await.expect_status(403);
    let audit = world.app.audit().await;
    let about = |id: &str| {
        audit
            .iter()
            .any(|row| row["target_id"] == id && row["changes"]["owner"]["before"].is_boolean() && row["action"] == "memberships.update")
    };
    assert!(about(&first) && about(&viewer), "both have a row");
    assert!(audit.iter().any(|row| row["action"] == "organizations.transfer-ownership" && row["outcome"] == "ok"));

    // Two who hand it over at once leave one owner.
    let (one, two) = tokio::join!(world.owner.post(&path, to(&first).await), world.owner.post(&path, to(&second).await));
    assert_eq!((one.status, two.status), (200, 200), "{} {}", one.text, two.text);
    let owners = world.owner.get(&format!("/api/v1/memberships?organization_id=eq.{ours}&owner=is.true")).await.expect(200);
    assert_eq!(owners.body.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_last_one_may_be_let_go_by_staff() {
    let world = world().await;
    let ours = organization(&world, "Ours").await;
    let (ada, only) = member(&world, &ours, "admin", "admin").await;
    ada.delete(&format!("/api/v1/memberships/{only}")).await.expect_status(403);
    world.owner.delete(&format!("/api/v1/memberships/{only}")).await.expect_status(204);
    world.owner.delete(&format!("/api/v1/organizations/{ours}")).await.expect_status(204);
}

#[tokio::test]
async fn members_touch_nobody_who_may_do_more() {
    let world = world().await;
    let ours = organization(&world, "Ours").await;
    let body =
        json!({"label": "Doorman", "name": "doorman", "scope": "organization", "organization_id": ours, "permissions": ["memberships:*"]});
    let doorman = world.owner.post("/api/v1/roles", body).await.expect(201)["id"].as_str().unwrap().to_owned();
    let (_, _) = member(&world, &ours, "admin", "admin").await;
    let (_, admin) = member(&world, &ours, "admin", "admin").await;
    let (_, viewer) = member(&world, &ours, "viewer", "read_only").await;
    let user = world.fresh("users").await;
    let body = json!({"organization_id": ours, "user_id": user, "role_id": doorman, "level": "admin"});
    let own = world.owner.post("/api/v1/memberships", body).await.expect(201)["id"].as_str().unwrap().to_owned();
    let doorman = world.app.nobody().with_header("x-test-member", &format!("{user}/{ours}"));
    // Not upwards: neither others nor themself.
    doorman.patch(&format!("/api/v1/memberships/{admin}"), "*", json!({"level": "read_only"})).await.expect_status(403);
    doorman.delete(&format!("/api/v1/memberships/{admin}")).await.expect_status(403);
    let role = world.role("admin", "organization").await;
    for target in [&own, &viewer] {
        doorman.patch(&format!("/api/v1/memberships/{target}"), "*", json!({"role_id": role})).await.expect_status(403);
    }
    // A viewer sees more than a doorman, so not even that one.
    doorman.delete(&format!("/api/v1/memberships/{viewer}")).await.expect_status(403);
    // Staff give what they hold, too: an operator has no right to define roles, so gives nobody that right.
    let operator = world.role("operator", "platform").await;
    let (operator, _) = world.staff(&operator).await;
    let body = |level: &str| json!({"organization_id": ours, "user_id": null, "role_id": role, "level": level});
    let mut full = body("admin");
    full["user_id"] = world.fresh("users").await.into();
    let refused = operator.post("/api/v1/memberships", full).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("can do more than you"));
    let mut capped = body("read_write");
    capped["user_id"] = world.fresh("users").await.into();
    operator.post("/api/v1/memberships", capped).await.expect_status(201);
    let administrator = world.role("dashboard_admin", "platform").await;
    let (administrator, _) = world.staff(&administrator).await;
    let mut full = body("admin");
    full["user_id"] = world.fresh("users").await.into();
    administrator.post("/api/v1/memberships", full).await.expect_status(201);
    // They define roles of organizations, and none of staff.
    let role = |scope: &str| json!({"label": "New", "name": "new_one", "scope": scope, "permissions": ["memberships:read"]});
    administrator.post("/api/v1/roles", role("organization")).await.expect_status(201);
    administrator.post("/api/v1/roles", role("platform")).await.expect_status(403);
}

#[tokio::test]
async fn suspension_counts_at_once_and_only_there() {
    let world = world().await;
    let (ours, theirs) = (organization(&world, "Ours").await, organization(&world, "Theirs").await);
    let (ada, id) = member(&world, &ours, "admin", "admin").await;
    let user = membership(&world.owner, &id).await["user_id"].as_str().unwrap().to_owned();
    // The same person in another organization, as something else.
    let body =
        json!({"organization_id": theirs, "user_id": user, "role_id": world.role("viewer", "organization").await, "level": "read_only"});
    world.owner.post("/api/v1/memberships", body).await.expect_status(201);
    let elsewhere = world.app.nobody().with_header("x-test-member", &format!("{user}/{theirs}"));
    ada.patch(&format!("/api/v1/organizations/{ours}"), "*", json!({"name": "Ours, renamed"})).await.expect_status(200);
    ada.patch(&format!("/api/v1/organizations/{ours}"), "*", json!({"metadata": {"plan": "free"}})).await.expect_status(403);
    elsewhere.patch(&format!("/api/v1/organizations/{theirs}"), "*", json!({"name": "X"})).await.expect_status(403);

    world.owner.post(&format!("/api/v1/organizations/{ours}/suspend"), json!({})).await.expect_status(200);
    ada.get("/api/v1/memberships").await.expect_status(401);
    elsewhere.get("/api/v1/memberships").await.expect_status(200);
    let told = world.owner.get(&format!("/api/v1/identity/explain?kind=user&id={user}&organization_id={ours}")).await.expect(200);
    assert_eq!(told["blocked"][0]["step"], "organization_suspended");
    world.owner.post(&format!("/api/v1/organizations/{ours}/suspend"), json!({})).await.expect_status(403);
    world.owner.post(&format!("/api/v1/organizations/{ours}/activate"), json!({})).await.expect_status(200);
    ada.get("/api/v1/memberships").await.expect_status(200);
    ada.post(&format!("/api/v1/organizations/{ours}/suspend"), json!({})).await.expect_status(403);
}
