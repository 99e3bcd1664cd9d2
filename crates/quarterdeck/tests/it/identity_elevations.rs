//! Elevations: asked, approved by others, over by themselves; and every way to get or keep more than that.

use crate::sweeps_members::{member, product};
use crate::sweeps_world::World;
use chrono::Duration;
use serde_json::{Value, json};
use testkit::{Answer, Client, OWNER_EMAIL, TestApp};

async fn world() -> World {
    World::of(TestApp::start(product()).await).await
}

/// Asks for a role of staff and gives the request's id.
async fn ask(world: &World, who: &Client, role: &str, minutes: i32) -> String {
    let body = json!({"role_id": world.role(role, "platform").await, "reason": "Invoice 4711 can't wait", "minutes": minutes});
    who.post("/api/v1/elevations", body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn act(who: &Client, id: &str, verb: &str) -> Answer {
    let body = if verb == "deny" { json!({"why": "No"}) } else { json!({}) };
    who.post(&format!("/api/v1/elevations/{id}/{verb}"), body).await
}

async fn status(world: &World, id: &str) -> Value {
    world.owner.get(&format!("/api/v1/elevations/{id}")).await.expect(200)["status"].clone()
}

async fn staff(world: &World, role: &str) -> (Client, String) {
    let role = world.role(role, "platform").await;
    world.staff(&role).await
}

/// Something that an administrator may do and an operator may not.
const ADMINISTRATORS: &str = "/api/v1/settings/identity.staff_idle_minutes";

async fn administers(who: &Client) -> bool {
    let status = who.patch(ADMINISTRATORS, "*", json!({"value": 61})).await.status;
    assert!(status == 200 || status == 403, "{status}");
    status == 200
}

#[tokio::test]
async fn an_elevation_gives_what_was_approved_until_its_hour_is_over() {
    let world = world().await;
    let (grace, id) = staff(&world, "operator").await;
    let key = grace.post("/api/v1/keys", json!({"name": "k", "scopes": ["*"]})).await.expect(201)["key"].as_str().unwrap().to_owned();
    let script = world.app.nobody().with_key(&key);
    let asked = ask(&world, &grace, "dashboard_admin", 60).await;
    assert!(!administers(&grace).await, "asking gives nothing");
    let waiting = world.owner.get("/api/v1/session/elevations").await.expect(200);
    assert_eq!(waiting["waiting"][0]["id"], asked.as_str());
    assert_eq!(grace.get("/api/v1/session/elevations").await.expect(200)["pending"][0]["id"], asked.as_str());
    act(&world.owner, &asked, "approve").await.expect_status(200);
    assert!(administers(&grace).await, "at once");
    assert!(!administers(&script).await, "an elevation is of a person, not of their keys");
    let mine = grace.get("/api/v1/session/elevations").await.expect(200);
    assert_eq!(mine["active"][0]["until"], "2026-11-20T10:00:00Z");
    let told = world.owner.get(&format!("/api/v1/identity/explain?kind=staff&id={id}")).await.expect(200);
    let why = |name: &str| told["permissions"].as_array().unwrap().iter().find(|p| p["name"] == name).unwrap()["why"][0]["step"].clone();
    assert_eq!((why("settings:update"), why("users:suspend")), (json!("elevated"), json!("given")));

    // What is held for an hour is not given on for ever.
    let administrator = world.role("dashboard_admin", "platform").await;
    let back_door = grace.post("/api/v1/staff/invite", json!({"email": "door@example.com", "role_id": administrator})).await.expect(403);
    assert!(back_door["detail"].as_str().unwrap().contains("can do more than you"), "{}", back_door.text);
    let body = json!({"label": "Kept", "name": "kept", "scope": "organization", "permissions": ["roles:create"]});
    grace.post("/api/v1/roles", body).await.expect_status(403);

    // To the second, with nobody sweeping, and with the answer in the cache.
    world.app.advance(Duration::minutes(60) - Duration::milliseconds(500));
    grace.get("/api/v1/session").await.expect_status(200);
    assert!(administers(&grace).await);
    world.app.advance(Duration::milliseconds(500));
    assert!(!administers(&grace).await, "0 requests after the end");
    grace.get("/api/v1/users").await.expect_status(200);
    let owner = world.app.sign_in(OWNER_EMAIL).await;
    assert_eq!(owner.get(&format!("/api/v1/elevations/{asked}")).await.expect(200)["status"], "over");
    assert_eq!(act(&owner, &asked, "approve").await.status, 403, "an old approval can't be played again");
    for action in ["elevations.create", "elevations.approve"] {
        let audit = world.app.audit().await;
        assert!(audit.iter().any(|row| row["action"] == action && row["outcome"] == "ok"), "{action} is in the audit log");
    }
}

#[tokio::test]
async fn nobody_approves_their_own_and_no_key_approves_any() {
    let world = world().await;
    let (admin, _) = staff(&world, "dashboard_admin").await;
    let own = ask(&world, &admin, "developer", 60).await;
    let refused = act(&admin, &own, "approve").await.expect(403);
    assert_eq!(refused["detail"], "Nobody approves their own request");
    let bulk = admin.post("/api/v1/elevations/approve", json!({"filter": format!("id=eq.{own}"), "expected": 1})).await;
    assert!(bulk.status == 404 || bulk.status == 405, "there is no other door: {}", bulk.text);
    let key = world.owner.post("/api/v1/keys", json!({"name": "k", "scopes": ["*"]})).await.expect(201)["key"].as_str().unwrap().to_owned();
    let script = world.app.nobody().with_key(&key);
    act(&script, &own, "approve").await.expect_status(403);
    let role = world.role("owner", "platform").await;
    script.post("/api/v1/elevations", json!({"role_id": role, "reason": "x"})).await.expect_status(403);
    // Nor who holds less, nor who has it only for a while.
    let (eve, _) = staff(&world, "operator").await;
    let asked = ask(&world, &eve, "dashboard_admin", 60).await;
    let approver = json!({"label": "Approver", "name": "approver", "permissions": ["elevations:*"]});
    let approver = world.owner.post("/api/v1/roles", approver).await.expect(201)["id"].as_str().unwrap().to_owned();
    let (approver, _) = world.staff(&approver).await;
    let refused = act(&approver, &asked, "approve").await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("can do more than you"), "{}", refused.text);
    assert_eq!(approver.get("/api/v1/session/elevations").await.expect(200)["waiting"], json!([]));
    let lent = ask(&world, &approver, "dashboard_admin", 60).await;
    act(&world.owner, &lent, "approve").await.expect_status(200);
    act(&approver, &asked, "approve").await.expect_status(403);
    act(&admin, &asked, "approve").await.expect_status(200);
    // Twice the same request, a wrong time, a role of another kind.
    let again = json!({"role_id": world.role("dashboard_admin", "platform").await, "reason": "x"});
    eve.post("/api/v1/elevations", again).await.expect_status(422);
    for (field, value) in [
        ("minutes", json!(1441)),
        ("minutes", json!(0)),
        ("reason", json!("  ")),
        ("role_id", world.role("admin", "organization").await.into()),
    ] {
        let mut body = json!({"role_id": world.role("owner", "platform").await, "reason": "x", "minutes": 60});
        body[field] = value;
        let wrong = eve.post("/api/v1/elevations", body).await.expect(422);
        assert_eq!(wrong["errors"][0]["field"], field);
    }
}

#[tokio::test]
async fn an_owner_for_a_while_needs_two_owners() {
    let world = world().await;
    let (second, second_id) = staff(&world, "owner").await;
    let (third, _) = staff(&world, "owner").await;
    let (admin, _) = staff(&world, "dashboard_admin").await;
    let (grace, grace_id) = staff(&world, "operator").await;
    let asked = ask(&world, &grace, "owner", 30).await;
    act(&admin, &asked, "approve").await.expect_status(403);
    act(&second, &asked, "approve").await.expect_status(200);
    assert_eq!(status(&world, &asked).await, "pending");
    act(&second, &asked, "approve").await.expect_status(403);
    // Somebody who is shut out in between has approved nothing.
    world.owner.post(&format!("/api/v1/staff/{second_id}/suspend"), json!({})).await.expect_status(200);
    act(&third, &asked, "approve").await.expect_status(200);
    assert_eq!(status(&world, &asked).await, "pending");
    assert!(!administers(&grace).await);
    act(&world.owner, &asked, "approve").await.expect_status(200);
    assert_eq!(status(&world, &asked).await, "active");
    assert!(administers(&grace).await);
    // Even so they touch no owner, and don't make themself one.
    let owner_role = world.role("owner", "platform").await;
    grace.post(&format!("/api/v1/staff/{grace_id}/change-role"), json!({"role_id": owner_role})).await.expect_status(403);
    grace.post(&format!("/api/v1/staff/{second_id}/activate"), json!({})).await.expect_status(403);
    let administrator = world.role("dashboard_admin", "platform").await;
    grace.post(&format!("/api/v1/staff/{grace_id}/change-role"), json!({"role_id": administrator})).await.expect_status(403);
}

#[tokio::test]
async fn either_side_ends_it_and_an_approver_who_is_shut_out_takes_it_along() {
    let world = world().await;
    let (admin, admin_id) = staff(&world, "dashboard_admin").await;
    let (grace, _) = staff(&world, "operator").await;
    let (other, _) = staff(&world, "operator").await;
    let granted = |who| {
        let (world, admin) = (&world, &admin);
        async move {
            let id = ask(world, who, "dashboard_admin", 60).await;
            act(admin, &id, "approve").await.expect_status(200);
            assert!(administers(who).await);
            id
        }
    };
    let first = granted(&grace).await;
    act(&other, &first, "revoke").await.expect_status(403);
    act(&grace, &first, "revoke").await.expect_status(200);
    assert!(!administers(&grace).await);
    act(&grace, &first, "revoke").await.expect_status(403);
    let second = granted(&grace).await;
    act(&admin, &second, "revoke").await.expect_status(200);
    assert!(!administers(&grace).await);
    let denied = ask(&world, &grace, "dashboard_admin", 60).await;
    act(&grace, &denied, "deny").await.expect_status(403);
    act(&admin, &denied, "deny").await.expect_status(200);
    act(&admin, &denied, "approve").await.expect_status(403);
    assert_eq!(world.owner.get(&format!("/api/v1/elevations/{denied}")).await.expect(200)["decided_why"], "No");
    let third = granted(&grace).await;
    world.owner.post(&format!("/api/v1/staff/{admin_id}/suspend"), json!({})).await.expect_status(200);
    assert!(!administers(&grace).await, "who approved it is shut out");
    assert_eq!(status(&world, &third).await, "void");
    // A request that nobody answers for a day is none any more.
    let late = ask(&world, &other, "dashboard_admin", 60).await;
    world.app.advance(Duration::hours(24));
    let owner = world.app.sign_in(OWNER_EMAIL).await;
    assert_eq!(owner.get(&format!("/api/v1/elevations/{late}")).await.expect(200)["status"], "unanswered");
    act(&owner, &late, "approve").await.expect_status(403);
}

#[tokio::test]
async fn another_node_forgets_within_a_second() {
    let world = world().await;
    let (grace, _) = staff(&world, "operator").await;
    let node = TestApp::on(product(), &world.app.database, &[]).await;
    let elsewhere = node.nobody();
    elsewhere.set_cookie(grace.cookie().as_deref());
    let asked = ask(&world, &grace, "dashboard_admin", 60).await;
    assert!(!administers(&elsewhere).await);
    act(&world.owner, &asked, "approve").await.expect_status(200);
    node.advance(Duration::seconds(1));
    assert!(administers(&elsewhere).await, "granted there too");
    act(&world.owner, &asked, "revoke").await.expect_status(200);
    node.advance(Duration::milliseconds(1000));
    assert!(!administers(&elsewhere).await, "0 requests a second after it was ended");
}

#[tokio::test]
async fn members_of_organizations_have_them_too() {
    let world = world().await;
    let make = |name: &'static str| world.owner.post("/api/v1/organizations", json!({"name": name}));
    let ours = make("Ours").await.expect(201)["id"].as_str().unwrap().to_owned();
    let theirs = make("Theirs").await.expect(201)["id"].as_str().unwrap().to_owned();
    let (admin, admin_membership) = member(&world, &ours, "admin", "admin").await;
    let (stranger, _) = member(&world, &theirs, "admin", "admin").await;
    let (grace, membership) = member(&world, &ours, "viewer", "read_write").await;
    let role = world.role("admin", "organization").await;
    let body = json!({"role_id": role, "reason": "Ada is away", "level": "admin"});
    let asked = grace.post("/api/v1/elevations", body.clone()).await.expect(201)["id"].as_str().unwrap().to_owned();
    stranger.get(&format!("/api/v1/elevations/{asked}")).await.expect_status(404);
    act(&stranger, &asked, "approve").await.expect_status(404);
    act(&grace, &asked, "approve").await.expect_status(403);
    let own = format!("/api/v1/organizations/{ours}");
    let rename = |name: &'static str| grace.patch(&own, "*", json!({"name": name}));
    rename("Mine").await.expect_status(403);
    act(&admin, &asked, "approve").await.expect_status(200);
    rename("Mine").await.expect_status(200);
    grace.get("/api/v1/staff").await.expect_status(403);
    let path = format!("/api/v1/memberships/{membership}");
    let user = world.owner.get(&path).await.expect(200)["user_id"].as_str().unwrap().to_owned();
    let told = world.owner.get(&format!("/api/v1/identity/explain?kind=user&id={user}&organization_id={ours}")).await.expect(200);
    assert_eq!(told["sources"][1]["kind"], "elevation");
    // Whoever approved it and leaves takes it along; a level that only reads asks for nothing.
    let hand = json!({"user_id": user});
    world.owner.post(&format!("/api/v1/organizations/{ours}/transfer-ownership"), hand).await.expect_status(200);
    world.owner.patch(&path, "*", json!({"level": "read_only"})).await.expect_status(403);
    let (reader, _) = member(&world, &ours, "viewer", "read_only").await;
    reader.post("/api/v1/elevations", body.clone()).await.expect_status(403);
    let (writer, _) = member(&world, &ours, "viewer", "read_write").await;
    let asked = writer.post("/api/v1/elevations", body).await.expect(201)["id"].as_str().unwrap().to_owned();
    act(&admin, &asked, "approve").await.expect_status(200);
    writer.patch(&format!("/api/v1/organizations/{ours}"), "*", json!({"name": "Ours"})).await.expect_status(200);
    world.owner.delete(&format!("/api/v1/memberships/{admin_membership}")).await.expect_status(204);
    writer.patch(&format!("/api/v1/organizations/{ours}"), "*", json!({"name": "Ours"})).await.expect_status(403);
}

#[tokio::test]
async fn who_has_approved_is_known_by_more_than_a_name() {
    let world = world().await;
    let needed = "/api/v1/settings/identity.elevation_approvals";
    world.owner.patch(needed, "*", json!({"value": 2})).await.expect_status(200);
    let (grace, _) = staff(&world, "operator").await;
    // Two administrators of one name.
    let ((one, _), (other, _)) = (staff(&world, "dashboard_admin").await, staff(&world, "dashboard_admin").await);
    let asked = ask(&world, &grace, "developer", 60).await;
    act(&one, &asked, "approve").await.expect_status(200);
    let waiting = async |who: &Client| who.get("/api/v1/session/elevations").await.expect(200)["waiting"].clone();
    assert_eq!(waiting(&one).await, json!([]), "they have said yes");
    assert_eq!(waiting(&other).await[0]["id"], asked.as_str(), "their namesake has not");
    act(&other, &asked, "approve").await.expect_status(200);
    assert_eq!(status(&world, &asked).await, "active");
}
