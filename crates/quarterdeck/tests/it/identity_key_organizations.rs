//! API keys of organizations: within the organization, within a role and a level, and independent of who made them.

use crate::sweeps_members::{member, product};
use crate::sweeps_world::World;
use serde_json::{Value, json};
use testkit::TestApp;

async fn organization(world: &World, name: &str) -> String {
    world.owner.post("/api/v1/organizations", json!({"name": name})).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn service(world: &World, organization: &str, role: &str, level: &str, scopes: Value) -> (String, String) {
    let role = world.role(role, "organization").await;
    let body = json!({"name": "service", "scopes": scopes, "organization_id": organization, "role_id": role, "level": level});
    let made = world.owner.post("/api/v1/keys", body).await.expect(201);
    (made["id"].as_str().unwrap().to_owned(), made["key"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn an_organizations_key_sees_its_organization_and_nothing_else() {
    let world = World::of(TestApp::start(quarterdeck::product()).await).await;
    let (ours, theirs) = (organization(&world, "Ours").await, organization(&world, "Theirs").await);
    let (id, text) = service(&world, &ours, "admin", "admin", json!(["*"])).await;
    let script = world.app.nobody().with_key(&text);
    let seen = script.get("/api/v1/organizations").await.expect(200);
    assert_eq!(seen.body.as_array().unwrap().iter().map(|o| o["id"].as_str().unwrap()).collect::<Vec<_>>(), [ours.as_str()]);
    script.get(&format!("/api/v1/organizations/{theirs}")).await.expect_status(404);
    for platform in ["/api/v1/users", "/api/v1/staff", "/api/v1/settings", "/api/v1/sources"] {
        script.get(platform).await.expect_status(403);
    }
    let shown = world.owner.get(&format!("/api/v1/keys/{id}")).await.expect(200);
    assert_eq!((shown["owner_kind"].as_str(), shown["staff_id"].is_null()), (Some("organization"), true));
    world.app.app.auth.settle(&world.app.app).await.unwrap();
    let log = world.owner.get(&format!("/api/v1/accesses?key_id=eq.{id}&limit=1")).await.expect(200);
    assert_eq!(log[0]["organization_id"], ours.as_str());
}

#[tokio::test]
async fn role_level_and_scopes_each_only_take_away() {
    let world = World::of(TestApp::start(quarterdeck::product()).await).await;
    let ours = organization(&world, "Ours").await;
    let (_, narrow) = service(&world, &ours, "admin", "admin", json!(["memberships:read"])).await;
    let narrow = world.app.nobody().with_key(&narrow);
    narrow.get("/api/v1/memberships").await.expect_status(200);
    narrow.get("/api/v1/organizations").await.expect_status(403);
    let (_, capped) = service(&world, &ours, "admin", "read_only", json!(["*"])).await;
    let capped = world.app.nobody().with_key(&capped);
    capped.get("/api/v1/organizations").await.expect_status(200);
    capped.patch(&format!("/api/v1/organizations/{ours}"), "*", json!({"name": "New"})).await.expect_status(403);

    let role = world.role("member", "organization").await;
    for (wrong, field) in [
        (json!({"name": "k", "scopes": ["staff:suspend"], "organization_id": ours, "role_id": role}), "scopes"),
        (json!({"name": "k", "scopes": ["*"], "organization_id": ours}), "role_id"),
        (json!({"name": "k", "scopes": ["*"], "role_id": role}), "organization_id"),
        (json!({"name": "k", "scopes": ["*"], "organization_id": ours, "role_id": world.role("operator", "platform").await}), "role_id"),
    ] {
        let refused = world.owner.post("/api/v1/keys", wrong).await.expect(422);
        assert_eq!(refused["errors"][0]["field"], field, "{}", refused.text);
    }
}

#[tokio::test]
async fn it_outlives_its_maker_and_not_its_organization() {
    let world = World::of(TestApp::start(quarterdeck::product()).await).await;
    let ours = organization(&world, "Ours").await;
    let admin_role = world.role("dashboard_admin", "platform").await;
    let (maker, maker_id) = world.staff(&admin_role).await;
    let role = world.role("viewer", "organization").await;
    let body = json!({"name": "service", "scopes": ["organizations:read"], "organization_id": ours, "role_id": role});
    let text = maker.post("/api/v1/keys", body).await.expect(201)["key"].as_str().unwrap().to_owned();
    let script = world.app.nobody().with_key(&text);
    world.owner.delete(&format!("/api/v1/staff/{maker_id}")).await.expect_status(204);
    script.get("/api/v1/organizations").await.expect_status(200);
    let db = world.app.database().await;
    db.execute("update identity.organizations set status = 'suspended' where id = $1::text::uuid", &[&ours]).await.unwrap();
    world.app.app.auth.forget();
    script.get("/api/v1/organizations").await.expect_status(401);
}

#[tokio::test]
async fn members_make_keys_of_their_own_organization_within_what_they_hold() {
    let world = World::of(TestApp::start(product()).await).await;
    let (ours, theirs) = (organization(&world, "Ours").await, organization(&world, "Theirs").await);
    // The first one owns the organization and stays.
    member(&world, &ours, "admin", "admin").await;
    let (admin, membership) = member(&world, &ours, "admin", "admin").await;
    let own = admin.post("/api/v1/keys", json!({"name": "mine", "scopes": ["organizations:read"]})).await.expect(201);
    assert_eq!((own["owner_kind"].as_str(), own["organization_id"].as_str()), (Some("person"), Some(ours.as_str())));
    let script = world.app.nobody().with_key(own["key"].as_str().unwrap());
    script.get("/api/v1/organizations").await.expect_status(200);
    script.get("/api/v1/users").await.expect_status(403);

    let viewer = world.role("viewer", "organization").await;
    let service = json!({"name": "service", "scopes": ["*"], "role_id": viewer});
    let made = admin.post("/api/v1/keys", service).await.expect(201);
    assert_eq!(made["owner_kind"], "organization");
    let id = made["id"].as_str().unwrap();
    admin.patch(&format!("/api/v1/keys/{id}"), "*", json!({"per_minute": 5})).await.expect_status(200);
    admin.post(&format!("/api/v1/keys/{id}/rotate"), json!({})).await.expect_status(200);
    admin.post(&format!("/api/v1/keys/{id}/revoke"), json!({})).await.expect_status(200);
    admin
        .post("/api/v1/keys", json!({"name": "k", "scopes": ["*"], "organization_id": theirs, "role_id": viewer}))
        .await
        .expect_status(422);
    let (weak, _) = member(&world, &ours, "viewer", "read_only").await;
    weak.post("/api/v1/keys", json!({"name": "k", "scopes": ["organizations:read"]})).await.expect_status(403);

    // The membership ends, and with it the key of the person.
    world.owner.delete(&format!("/api/v1/memberships/{membership}")).await.expect_status(204);
    script.get("/api/v1/organizations").await.expect_status(401);
}

#[tokio::test]
async fn app_users_make_keys_of_their_own_within_what_they_may() {
    let world = World::of(TestApp::start(quarterdeck::product()).await).await;
    let ours = organization(&world, "Ours").await;
    let grace = world.app.user(&world.owner, "grace@example.com").await;
    let path = "/api/v1/account/keys";
    let body = json!({"name": "mine", "organization_id": ours, "scopes": ["organizations:read"]});
    grace.post(path, body.clone()).await.expect_status(422);
    let user = world.owner.get("/api/v1/users?email=eq.grace@example.com").await[0]["id"].clone();
    let viewer = world.role("viewer", "organization").await;
    let join = json!({"organization_id": ours, "user_id": user, "role_id": viewer, "level": "read_only"});
    let membership = world.owner.post("/api/v1/memberships", join).await.expect(201)["id"].as_str().unwrap().to_owned();

    let made = grace.post(path, body).await.expect(201);
    let text = made["key"].as_str().unwrap().to_owned();
    let script = world.app.nobody().with_key(&text);
    script.get("/api/v1/organizations").await.expect_status(200);
    script.patch(&format!("/api/v1/organizations/{ours}"), "*", json!({"name": "New"})).await.expect_status(403);
    let listed = grace.get(path).await.expect(200);
    assert_eq!((listed["keys"][0]["name"].as_str(), listed["keys"][0]["organization"].as_str()), (Some("mine"), Some("Ours")));
    assert!(!listed.text.contains(&text));
    for (scopes, code) in [(json!(["organizations:update"]), "not_held"), (json!(["staff:read"]), "platform"), (json!(["x:y"]), "unknown")]
    {
        let refused = grace.post(path, json!({"name": "k", "organization_id": ours, "scopes": scopes})).await.expect(422);
        assert_eq!(refused["errors"][0]["code"], code);
    }
    // A key makes no keys, somebody else's are not there, and an old sign-in has to be proved first.
    script.post(path, json!({"name": "k", "organization_id": ours, "scopes": ["*"]})).await.expect_status(403);
    let eve = world.app.user(&world.owner, "eve@example.com").await;
    let revoke = format!("{path}/{}/revoke", made["id"].as_str().unwrap());
    eve.post(&revoke, json!({})).await.expect_status(404);
    world.app.advance(chrono::Duration::minutes(11));
    let stale = grace.post(path, json!({"name": "k", "organization_id": ours, "scopes": ["*"]})).await.expect(403);
    assert_eq!(stale["type"], "/problems/step-up");
    grace.post(&revoke, json!({})).await.expect_status(204);
    script.get("/api/v1/organizations").await.expect_status(401);
    grace.post(&revoke, json!({})).await.expect_status(404);
    assert!(world.owner.delete(&format!("/api/v1/memberships/{membership}")).await.status < 500);
}
