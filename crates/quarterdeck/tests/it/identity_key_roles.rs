//! What a role lets the API keys of its holders be: nothing said is the most that is allowed, more is refused.

use crate::sweeps_world::World;
use serde_json::{Value, json};
use testkit::{Client, TestApp};

const IN_90_DAYS: &str = "2027-02-18T09:00:00Z";

async fn world() -> World {
    World::of(TestApp::start(quarterdeck::product()).await).await
}

async fn limit(world: &World, role: &str, limits: Value) {
    world.owner.post(&format!("/api/v1/roles/{role}/set-key-limits"), limits).await.expect_status(200);
}

async fn key(by: &Client, id: &Value) -> Value {
    by.get(&format!("/api/v1/keys/{}", id.as_str().unwrap())).await.expect(200).body
}

#[tokio::test]
async fn the_keys_of_a_roles_holders_end_and_are_slow_enough() {
    let world = world().await;
    let operator = world.role("operator", "platform").await;
    let (grace, _) = world.staff(&operator).await;
    let old = grace.post("/api/v1/keys", json!({"name": "old", "scopes": ["users:read"], "per_minute": 500})).await.expect(201).body;
    limit(&world, &operator, json!({"key_days": 90, "key_per_minute": 60})).await;

    let made = grace.post("/api/v1/keys", json!({"name": "k", "scopes": ["users:read"]})).await.expect(201).body;
    let made = key(&grace, &made["id"]).await;
    assert_eq!((&made["expires_at"], &made["per_minute"]), (&json!(IN_90_DAYS), &json!(60)));
    let less = json!({"name": "k", "scopes": ["users:read"], "expires_at": "2026-12-01T00:00:00Z", "per_minute": 5});
    let less = grace.post("/api/v1/keys", less).await.expect(201).body;
    let less = key(&grace, &less["id"]).await;
    assert_eq!((&less["expires_at"], &less["per_minute"]), (&json!("2026-12-01T00:00:00Z"), &json!(5)));
    for (field, more) in [("expires_at", json!("2027-02-18T09:00:01Z")), ("per_minute", json!(61))] {
        let mut body = json!({"name": "k", "scopes": ["users:read"]});
        body[field] = more.clone();
        let refused = grace.post("/api/v1/keys", body).await.expect(422);
        assert_eq!((&refused["errors"][0]["field"], &refused["errors"][0]["code"]), (&json!(field), &json!("limit")));
        // Nor by changing one that is there.
        let mut change = json!({});
        change[field] = more;
        let path = format!("/api/v1/keys/{}", made["id"].as_str().unwrap());
        grace.patch(&path, "*", change.clone()).await.expect_status(422);
        change[field] = Value::Null;
        let kept = grace.patch(&path, "*", change).await.expect(200);
        assert_eq!((&kept["expires_at"], &kept["per_minute"]), (&json!(IN_90_DAYS), &json!(60)), "no limit is the most there may be");
    }
    // A key from before stays as it is until it is rotated.
    let before = key(&grace, &old["id"]).await;
    assert_eq!((&before["expires_at"], &before["per_minute"]), (&Value::Null, &json!(500)));
    let path = format!("/api/v1/keys/{}/rotate", old["id"].as_str().unwrap());
    grace.post(&path, json!({"expires_at": "2028-01-01T00:00:00Z"})).await.expect_status(422);
    let next = grace.post(&path, json!({})).await.expect(200).body;
    let next = key(&grace, &next["successor_id"]).await;
    assert_eq!((&next["expires_at"], &next["per_minute"]), (&json!(IN_90_DAYS), &json!(60)));

    // Others are bound by their own role; an emptied limit is none.
    let free = world.owner.post("/api/v1/keys", json!({"name": "k", "scopes": ["users:read"]})).await.expect(201).body;
    assert_eq!(key(&world.owner, &free["id"]).await["expires_at"], Value::Null);
    limit(&world, &operator, json!({"key_days": null})).await;
    let made = grace.post("/api/v1/keys", json!({"name": "k", "scopes": ["users:read"]})).await.expect(201).body;
    let made = key(&grace, &made["id"]).await;
    assert_eq!((&made["expires_at"], &made["per_minute"]), (&Value::Null, &json!(60)));
}

#[tokio::test]
async fn in_an_organization_the_stricter_of_maker_and_key_counts() {
    let world = world().await;
    let organization = world.fresh("organizations").await;
    let (admin, viewer) = (world.role("admin", "organization").await, world.role("viewer", "organization").await);
    let ada = world.app.user(&world.owner, "ada@house.example").await;
    let user = world.owner.get("/api/v1/users?email=eq.ada@house.example").await.expect(200)[0]["id"].clone();
    world.made("/memberships", json!({"organization_id": organization, "user_id": user, "role_id": admin, "level": "admin"})).await;
    limit(&world, &admin, json!({"key_days": 90, "key_per_minute": 100})).await;
    limit(&world, &viewer, json!({"key_per_minute": 10})).await;
    let own = json!({"name": "mine", "organization_id": organization, "scopes": ["organizations:read"]});
    ada.post(
        "/api/v1/account/keys",
        json!({"name": "mine", "organization_id": organization, "scopes": ["organizations:read"], "per_minute": 101}),
    )
    .await
    .expect_status(422);
    ada.post("/api/v1/account/keys", own).await.expect_status(201);
    let keys = ada.get("/api/v1/account/keys").await.expect(200);
    assert_eq!((&keys["keys"][0]["expires_at"], &keys["keys"][0]["per_minute"]), (&json!(IN_90_DAYS), &json!(100)));
    let acting = world.app.user_in("ada@house.example").await.with_header("quarterdeck-organization", &organization);
    let body = json!({"name": "ours", "scopes": ["organizations:read"], "role_id": viewer});
    let made = acting.post("/api/v1/keys", body).await.expect(201).body;
    let made = key(&acting, &made["id"]).await;
    assert_eq!((&made["expires_at"], &made["per_minute"]), (&json!(IN_90_DAYS), &json!(10)));
    // Not theirs to change.
    acting.post(&format!("/api/v1/roles/{admin}/set-key-limits"), json!({"key_days": null})).await.expect_status(403);
}
