//! API keys of organizations: within the organization, within a role and a level, and independent of who made them.

use crate::sweeps_cases::World;
use crate::sweeps_members::{member, product};
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
