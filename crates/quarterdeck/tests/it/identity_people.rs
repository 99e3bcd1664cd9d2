//! App users, organizations and memberships.

use chrono::Duration;
use quarterdeck::product;
use serde_json::json;
use testkit::{Client, TestApp};

async fn user(client: &Client, email: &str) -> String {
    client.post("/api/v1/users", json!({"email": email, "name": "Grace Hopper"})).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn organization(client: &Client, name: &str) -> String {
    client.post("/api/v1/organizations", json!({"name": name})).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn role(client: &Client, name: &str, scope: &str) -> String {
    client.get(&format!("/api/v1/roles?name=eq.{name}&scope=eq.{scope}")).await.expect(200)[0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_user_is_made_changed_and_found() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let made = owner
        .post("/api/v1/users", json!({"email": "Grace@Example.com", "name": " Grace ", "metadata": {"plan": "pro"}}))
        .await
        .expect(201);
    assert_eq!((made["email"].as_str(), made["name"].as_str()), (Some("grace@example.com"), Some("Grace")));
    let path = format!("/api/v1/users/{}", made["id"].as_str().unwrap());
    let twice = owner.post("/api/v1/users", json!({"email": "GRACE@example.com"})).await.expect(409);
    assert_eq!(twice["errors"][0]["field"], "email");
    owner.post("/api/v1/users", json!({"email": "grace"})).await.expect_status(422);
    owner.post("/api/v1/users", json!({"email": "a@example.com", "metadata": [1]})).await.expect_status(422);

    let db = t.database().await;
    db.execute("update auth.users set email_verified_at = now()", &[]).await.unwrap();
    let named = owner.patch(&path, "*", json!({"name": null})).await.expect(200);
    assert!(named["name"].is_null() && named["email_verified_at"].is_string());
    let moved = owner.patch(&path, "*", json!({"email": "hopper@example.com"})).await.expect(200);
    assert!(moved["email_verified_at"].is_null(), "a new address is not verified");
    owner.patch(&path, "*", json!({})).await.expect_status(422);
    let stale = owner.patch(&path, "1", json!({"name": "Late"})).await.expect(409);
    assert!(stale["conflict"]["current_version"].is_string());

    assert_eq!(owner.get("/api/v1/users?search=HOPP").await[0]["email"], "hopper@example.com");
    assert_eq!(owner.get("/api/v1/search?q=hopper").await[0]["resource"], "users");
    assert_eq!(owner.get("/api/v1/users?metadata-%3E%3Eplan=eq.pro").await[0]["email"], "hopper@example.com");
}

#[tokio::test]
async fn suspending_ends_sessions_and_links_one_or_many() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let ids = [user(&owner, "a@example.com").await, user(&owner, "b@example.com").await, user(&owner, "c@example.com").await];
    let db = t.database().await;
    for id in &ids {
        db.execute(
            "insert into auth.sessions (id, user_id, created_at, last_seen_at, idle_expires_at, expires_at) select gen_random_uuid(), $1::text::uuid, t, t, t + interval '1 h', t + interval '1 d' \
             from (select timestamptz '2026-11-20 09:00:00Z' t) x",
            &[id],
        )
        .await
        .unwrap();
    }
    assert_eq!(owner.get(&format!("/api/v1/users/{}", ids[0])).await["sessions"], 1);
    let link = owner.post(&format!("/api/v1/users/{}/reset-link", ids[0]), json!({})).await.expect(200);
    let token = link["link"].as_str().unwrap().split("token=").nth(1).unwrap().to_owned();

    let suspended = owner.post(&format!("/api/v1/users/{}/suspend", ids[0]), json!({})).await.expect(200);
    assert_eq!((suspended["status"].as_str(), suspended["sessions"].as_i64()), (Some("suspended"), Some(0)));
    t.nobody().post("/api/v1/password-reset", json!({"token": token, "password": "violet tundra biscuit"})).await.expect_status(404);
    owner.post(&format!("/api/v1/users/{}/suspend", ids[0]), json!({})).await.expect_status(403);

    let many = owner.post("/api/v1/users/suspend", json!({"filter": "status=eq.active", "expected": 2})).await.expect(200);
    assert_eq!(many["changed"], 2);
    owner.post("/api/v1/users/activate", json!({"filter": "status=eq.suspended", "expected": 2})).await.expect_status(409);
    let two =
        owner.post("/api/v1/users/activate", json!({"filter": "status=eq.suspended", "expected": 2, "except": [ids[2]]})).await.expect(200);
    assert_eq!(two["changed"], 2);
    let left: i64 = db.query_one("select count(*) from auth.sessions where revoked_at is null", &[]).await.unwrap().get(0);
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_user_sets_a_password_by_link() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let id = user(&owner, "grace@example.com").await;
    let link = owner.post(&format!("/api/v1/users/{id}/reset-link"), json!({})).await.expect(200);
    let token = link["link"].as_str().unwrap().split("token=").nth(1).unwrap();
    t.nobody().post("/api/v1/password-reset", json!({"token": token, "password": "grace-hopper"})).await.expect_status(422);
    t.nobody().post("/api/v1/password-reset", json!({"token": token, "password": "violet tundra biscuit"})).await.expect_status(204);
    let row =
        t.database().await.query_one("select password_hash like '$argon2id$v=19$m=19456,t=2,p=1$%' from auth.users", &[]).await.unwrap();
    assert!(row.get::<_, bool>(0));
    // App users are not staff: that password opens nothing here.
    t.nobody().post("/api/v1/session", json!({"email": "grace@example.com", "password": "violet tundra biscuit"})).await.expect_status(401);
}

#[tokio::test]
async fn a_deleted_user_leaves_at_once_and_is_erased_after_thirty_days() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let id = user(&owner, "grace@example.com").await;
    let organization = organization(&owner, "Navy").await;
    let member = role(&owner, "member", "organization").await;
    owner
        .post(&format!("/api/v1/organizations/{organization}/add-member"), json!({"user_id": id, "role_id": member}))
        .await
        .expect_status(200);
    let db = t.database().await;
    // Evidence that must survive.
    db.execute(
        "insert into auth.impersonation_sessions (id, admin_user_id, admin_label, target_user_id, target_label, impersonation_type, reason, started_at, expires_at) \
         select gen_random_uuid(), u.id, u.name, $1::text::uuid, 'grace@example.com', 'user', 'ticket 7', now(), now() + interval '15 minutes' from dashboard_auth.dashboard_users u",
        &[&id],
    )
    .await
    .unwrap();

    owner.delete(&format!("/api/v1/users/{id}")).await.expect_status(204);
    owner.get(&format!("/api/v1/users/{id}")).await.expect_status(404);
    assert_eq!(owner.get(&format!("/api/v1/organizations/{organization}")).await["members"], 0);
    let again = user(&owner, "grace@example.com").await;
    assert_ne!(again, id);

    let erased = "select email, name, erased_at is not null from auth.users where id = $1::text::uuid";
    work::worker::drain(&t.app).await.unwrap();
    assert!(!db.query_one(erased, &[&id]).await.unwrap().get::<_, bool>(2), "not before its time");
    t.advance(Duration::days(30));
    work::worker::drain(&t.app).await.unwrap();
    let row = db.query_one(erased, &[&id]).await.unwrap();
    assert_eq!(row.get::<_, String>(0), format!("erased-{id}@erased.invalid"));
    assert!(row.get::<_, Option<String>>(1).is_none() && row.get::<_, bool>(2));
    let kept: i64 = db
        .query_one("select count(*) from auth.impersonation_sessions where target_user_id = $1::text::uuid", &[&id])
        .await
        .unwrap()
        .get(0);
    assert_eq!(kept, 1);
    assert!(t.audit().await.iter().any(|row| row["action"] == "users.erase" && row["target_id"] == id.as_str()));
}

#[tokio::test]
async fn organizations_have_members_with_roles_of_their_own_kind() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let (grace, navy) = (user(&owner, "grace@example.com").await, organization(&owner, "Navy").await);
    // Two may have the same name: one that is taken would tell who else is here.
    owner.post("/api/v1/organizations", json!({"name": "NAVY"})).await.expect_status(201);
    let (member, operator) = (role(&owner, "member", "organization").await, role(&owner, "operator", "platform").await);
    let body = |role: &str| json!({"organization_id": navy, "user_id": grace, "role_id": role, "level": "read_only"});

    let wrong = owner.post("/api/v1/memberships", body(&operator)).await.expect(422);
    assert_eq!(wrong["errors"][0]["field"], "role_id");
    let nobody = owner.post("/api/v1/memberships", json!({"organization_id": navy, "user_id": navy, "role_id": member})).await.expect(422);
    assert_eq!(nobody["errors"][0]["field"], "user_id");
    let made = owner.post("/api/v1/memberships", body(&member)).await.expect(201);
    assert_eq!((made["member"].as_str(), made["level"].as_str()), (Some("Grace Hopper"), Some("read_only")));
    let again = owner.post("/api/v1/memberships", body(&member)).await.expect(409);
    assert_eq!(again["errors"][0]["field"], "user_id");
    assert_eq!(owner.get(&format!("/api/v1/users/{grace}")).await["organizations"], json!(["Navy"]));

    let refused = owner.delete(&format!("/api/v1/organizations/{navy}")).await.expect(403);
    assert_eq!(refused["detail"], "It still has 1 member. Remove them first.");
    let path = format!("/api/v1/memberships/{}", made["id"].as_str().unwrap());
    owner.patch(&path, "*", json!({"level": "root"})).await.expect_status(422);
    assert_eq!(owner.patch(&path, "*", json!({"level": "admin"})).await.expect(200)["level"], "admin");
    owner.delete(&path).await.expect_status(204);
    owner.delete(&format!("/api/v1/organizations/{navy}")).await.expect_status(204);
}
