//! Staff: invitations, roles, the rules of grants, the last owner.

use chrono::Duration;
use quarterdeck::product;
use serde_json::json;
use testkit::{Answer, Client, OWNER_EMAIL, PASSWORD, TestApp};

async fn id_of(owner: &Client, email: &str) -> String {
    owner.get(&format!("/api/v1/staff?email=eq.{email}")).await.expect(200)[0]["id"].as_str().unwrap().to_owned()
}

async fn role(owner: &Client, name: &str) -> String {
    owner.get(&format!("/api/v1/roles?name=eq.{name}&scope=eq.platform")).await.expect(200)[0]["id"].as_str().unwrap().to_owned()
}

fn token(answer: &Answer) -> String {
    answer["link"].as_str().unwrap().split("token=").nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn an_invitation_works_once_until_it_expires_or_is_revoked() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let operator = role(&owner, "operator").await;
    let invite = |email: &'static str| {
        let body = json!({"email": email, "role_id": operator});
        owner.post("/api/v1/staff/invite", body)
    };
    let accept = |token: String| {
        let nobody = t.nobody();
        async move { nobody.post("/api/v1/invitation", json!({"token": token, "name": "Grace Hopper", "password": PASSWORD})).await }
    };

    let first = token(&invite("Grace@Example.com").await.expect(200));
    let second = token(&invite("grace@example.com").await.expect(200));
    t.nobody().get(&format!("/api/v1/invitation?token={first}")).await.expect_status(410);
    let offer = t.nobody().get(&format!("/api/v1/invitation?token={second}")).await.expect(200);
    assert_eq!((offer["email"].as_str(), offer["role"].as_str()), (Some("grace@example.com"), Some("Operator")));
    t.nobody().get("/api/v1/invitation?token=made-up").await.expect_status(404);
    t.nobody().get("/api/v1/invitation").await.expect_status(404);

    let weak = t.nobody().post("/api/v1/invitation", json!({"token": second, "name": "Grace", "password": "grace"})).await.expect(422);
    assert_eq!(weak["errors"][0]["field"], "password");
    let (one, two) = tokio::join!(accept(second.clone()), accept(second.clone()));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert!(statuses == [201, 410] || statuses == [201, 409], "{statuses:?}");
    accept(second).await.expect_status(410);
    invite("grace@example.com").await.expect_status(422);

    let late = token(&invite("late@example.com").await.expect(200));
    t.advance(Duration::days(7));
    let owner = t.sign_in(OWNER_EMAIL).await;
    accept(late).await.expect_status(410);

    let withdrawn = owner.post("/api/v1/staff/invite", json!({"email": "late@example.com", "role_id": operator})).await.expect(200);
    let id = withdrawn["invitation_id"].as_str().unwrap();
    owner.post(&format!("/api/v1/invitations/{id}/revoke"), json!({})).await.expect_status(200);
    accept(token(&withdrawn)).await.expect_status(410);
    let audit = t.audit().await;
    assert!(!audit.iter().any(|row| row.to_string().contains(&token(&withdrawn))), "a link is no secret once it is logged");
}

#[tokio::test]
async fn the_last_owner_stays() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let ada = id_of(&owner, OWNER_EMAIL).await;
    let developer = role(&owner, "developer").await;
    let last = owner.post(&format!("/api/v1/staff/{ada}/change-role"), json!({"role_id": developer})).await.expect(403);
    assert!(last["detail"].as_str().unwrap().contains("last active owner"));
    owner.post(&format!("/api/v1/staff/{ada}/suspend"), json!({})).await.expect_status(403);
    owner.delete(&format!("/api/v1/staff/{ada}")).await.expect_status(403);

    // A suspended owner is no other owner.
    t.staff(&owner, "owner").await;
    let second = id_of(&owner, "owner@example.com").await;
    owner.post(&format!("/api/v1/staff/{second}/suspend"), json!({})).await.expect_status(200);
    owner.post(&format!("/api/v1/staff/{ada}/change-role"), json!({"role_id": developer})).await.expect_status(403);
    owner.post(&format!("/api/v1/staff/{second}/activate"), json!({})).await.expect_status(200);
    owner.post(&format!("/api/v1/staff/{ada}/change-role"), json!({"role_id": developer})).await.expect_status(200);
    // It counts at once.
    owner.post(&format!("/api/v1/staff/{second}/suspend"), json!({})).await.expect_status(403);
}

#[tokio::test]
async fn two_owners_who_demote_each_other_at_once_leave_one() {
    let t = TestApp::start(product()).await;
    let ada = t.owner().await;
    let eve = t.staff(&ada, "owner").await;
    let developer = role(&ada, "developer").await;
    let (a, e) = (id_of(&ada, OWNER_EMAIL).await, id_of(&ada, "owner@example.com").await);
    for _ in 0..3 {
        let (pa, pe) = (format!("/api/v1/staff/{e}/change-role"), format!("/api/v1/staff/{a}/change-role"));
        let (one, two) = tokio::join!(ada.post(&pa, json!({"role_id": developer})), eve.post(&pe, json!({"role_id": developer})));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses[0], 200, "{} {}", one.text, two.text);
        assert_eq!(statuses[1], 403, "{} {}", one.text, two.text);
        let db = t.database().await;
        let left: i64 = db
            .query_one(
                "select count(*) from dashboard_auth.dashboard_users u join identity.roles r on r.id = u.role_id where r.name = 'owner'",
                &[],
            )
            .await
            .unwrap()
            .get(0);
        assert_eq!(left, 1);
        // Set it up again, behind the scenes, for the next round.
        db.execute("update dashboard_auth.dashboard_users set role_id = (select id from identity.roles where name = 'owner')", &[])
            .await
            .unwrap();
        t.advance(Duration::seconds(2));
    }
}

#[tokio::test]
async fn nobody_grants_what_they_do_not_hold() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let admin = t.staff(&owner, "dashboard_admin").await;
    let [owner_role, admin_role, operator_role] =
        [role(&owner, "owner").await, role(&owner, "dashboard_admin").await, role(&owner, "operator").await];
    let invite = |email: &'static str, role: &str| admin.post("/api/v1/staff/invite", json!({"email": email, "role_id": role}));
    let refused = invite("x@example.com", &owner_role).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("Only an owner"));
    invite("y@example.com", &operator_role).await.expect_status(200);
    invite("z@example.com", &admin_role).await.expect_status(200);

    // Role assignment is not an administrator's, not even to themself.
    let own = id_of(&owner, "dashboard_admin@example.com").await;
    let denied = admin.post(&format!("/api/v1/staff/{own}/change-role"), json!({"role_id": owner_role})).await.expect(403);
    assert_eq!(denied["permission"], "staff:change-role");
    // Nor may they touch owners.
    let ada = id_of(&owner, OWNER_EMAIL).await;
    for verb in ["suspend", "reset-link"] {
        let refused = admin.post(&format!("/api/v1/staff/{ada}/{verb}"), json!({})).await.expect(403);
        assert_eq!(refused["detail"], "Only an owner can change another owner");
    }
    admin.delete(&format!("/api/v1/staff/{ada}")).await.expect_status(403);
    admin.patch(&format!("/api/v1/staff/{ada}"), "*", json!({"name": "Eve"})).await.expect_status(403);
    // Nor suspend themself.
    admin.post(&format!("/api/v1/staff/{own}/suspend"), json!({})).await.expect_status(403);
    let offers = admin.get(&format!("/api/v1/staff/{own}/actions")).await.expect(200);
    let suspend = offers.body.as_array().unwrap().iter().find(|o| o["name"] == "suspend").unwrap().clone();
    assert_eq!(suspend["reason"], "You can't suspend yourself");
}

#[tokio::test]
async fn nobody_gets_into_the_account_of_somebody_who_may_do_more() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let body = json!({"label": "Help desk", "name": "help_desk", "permissions": ["staff:*", "users:read", "*:read", "elevations:*", "query-runs:*", "saved-views:*", "saved-queries:*"]});
    owner.post("/api/v1/roles", body).await.expect_status(201);
    let desk = t.staff(&owner, "help_desk").await;
    t.staff(&owner, "dashboard_admin").await;
    t.staff(&owner, "developer").await;
    let (above, below) = (id_of(&owner, "dashboard_admin@example.com").await, id_of(&owner, "developer@example.com").await);
    let developer = role(&owner, "developer").await;
    for (verb, body) in [("reset-link", json!({})), ("change-role", json!({"role_id": developer}))] {
        // A link they hold would let them in; a lesser role would put somebody out who is to watch them.
        let refused = desk.post(&format!("/api/v1/staff/{above}/{verb}"), body.clone()).await.expect(403);
        assert!(refused["detail"].as_str().unwrap().contains("can do more than you"), "{}", refused.text);
        desk.post(&format!("/api/v1/staff/{below}/{verb}"), body).await.expect_status(200);
    }
}

#[tokio::test]
async fn a_custom_role_holds_no_more_than_its_maker_and_counts_at_once() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let body = json!({"label": "Role keeper", "name": "role_keeper", "permissions": ["roles:*", "users:read"]});
    owner.post("/api/v1/roles", body).await.expect_status(201);
    let keeper = t.staff(&owner, "role_keeper").await;
    keeper.get("/api/v1/users").await.expect_status(200);
    keeper.get("/api/v1/staff").await.expect_status(403);

    let too_much =
        keeper.post("/api/v1/roles", json!({"label": "More", "name": "more", "permissions": ["staff:suspend"]})).await.expect(403);
    assert!(too_much["detail"].as_str().unwrap().contains("staff:suspend"));
    keeper.post("/api/v1/roles", json!({"label": "More", "name": "more", "permissions": ["*"]})).await.expect_status(403);
    let operator = role(&owner, "operator").await;
    keeper.post("/api/v1/roles", json!({"label": "More", "name": "more", "permissions": [], "extends": operator})).await.expect_status(403);
    let own = role(&owner, "role_keeper").await;
    keeper.patch(&format!("/api/v1/roles/{own}"), "*", json!({"permissions": ["*"]})).await.expect_status(403);
    let unknown = owner.post("/api/v1/roles", json!({"label": "X", "name": "xx", "permissions": ["user:read"]})).await.expect(422);
    assert_eq!(unknown["errors"][0]["field"], "permissions");
    keeper.post("/api/v1/roles", json!({"label": "Less", "name": "less", "permissions": ["users:read"]})).await.expect_status(201);

    owner.patch(&format!("/api/v1/roles/{own}"), "*", json!({"permissions": ["roles:read"]})).await.expect_status(200);
    keeper.get("/api/v1/users").await.expect_status(403);
}

#[tokio::test]
async fn built_in_roles_are_fixed_and_used_ones_stay() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let operator = role(&owner, "operator").await;
    owner.patch(&format!("/api/v1/roles/{operator}"), "*", json!({"permissions": ["*"]})).await.expect_status(403);
    owner.delete(&format!("/api/v1/roles/{operator}")).await.expect_status(403);
    // Even from behind.
    let db = t.database().await;
    assert!(db.execute("update identity.roles set permissions = '{*}' where name = 'developer'", &[]).await.is_err());

    let make = |name: &'static str, extends: Option<String>| {
        owner.post("/api/v1/roles", json!({"label": name, "name": name, "permissions": ["users:read"], "extends": extends}))
    };
    let a = make("role_a", None).await.expect(201)["id"].as_str().unwrap().to_owned();
    let b = make("role_b", Some(a.clone())).await.expect(201)["id"].as_str().unwrap().to_owned();
    let circle = owner.patch(&format!("/api/v1/roles/{a}"), "*", json!({"extends": b})).await.expect(422);
    assert_eq!(circle["errors"][0]["code"], "circle");
    owner.delete(&format!("/api/v1/roles/{a}")).await.expect_status(403);
    make("role_a", None).await.expect_status(409);

    t.staff(&owner, "role_b").await;
    owner.delete(&format!("/api/v1/roles/{b}")).await.expect_status(403);
    let holder = id_of(&owner, "role_b@example.com").await;
    owner.delete(&format!("/api/v1/staff/{holder}")).await.expect_status(204);
    owner.delete(&format!("/api/v1/roles/{b}")).await.expect_status(204);
    owner.delete(&format!("/api/v1/roles/{a}")).await.expect_status(204);
}

#[tokio::test]
async fn a_developer_sees_everything_and_changes_nothing() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let developer = t.staff(&owner, "developer").await;
    for resource in t.app.registry.resources() {
        developer.get(&format!("/api/v1/{}", resource.name)).await.expect_status(200);
    }
    let held = developer.get("/api/v1/session").await.body_of(200);
    let changes = |p: &&serde_json::Value| !p.as_str().unwrap().ends_with(":read");
    let changes: Vec<_> = held["permissions"].as_array().unwrap().iter().filter(changes).collect();
    let own = [
        "elevations:create",
        "elevations:revoke",
        "saved-queries:create",
        "saved-queries:update",
        "saved-queries:delete",
        "query-runs:delete",
        "saved-views:create",
        "saved-views:update",
        "saved-views:delete",
    ];
    assert_eq!(changes, own, "they may ask for more, and give it back; how they look at lists, and what they asked, is their own business");
    developer.post("/api/v1/users", json!({"email": "x@example.com"})).await.expect_status(403);
    developer.post("/api/v1/sessions/revoke-all", json!({})).await.expect_status(403);
    developer.post("/api/v1/keys", json!({"name": "k", "scopes": ["users:read"]})).await.expect_status(403);
}

#[tokio::test]
async fn suspending_ends_everything_at_once_and_activating_brings_keys_back() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let admin = t.staff(&owner, "dashboard_admin").await;
    let key =
        admin.post("/api/v1/keys", json!({"name": "k", "scopes": ["users:read"]})).await.expect(201)["key"].as_str().unwrap().to_owned();
    let script = t.nobody().with_key(&key);
    script.get("/api/v1/users").await.expect_status(200);
    let developer = role(&owner, "developer").await;
    let back_door =
        token(&admin.post("/api/v1/staff/invite", json!({"email": "door@example.com", "role_id": developer})).await.expect(200));

    let id = id_of(&owner, "dashboard_admin@example.com").await;
    owner.post(&format!("/api/v1/staff/{id}/suspend"), json!({})).await.expect_status(200);
    admin.get("/api/v1/users").await.expect_status(401);
    script.get("/api/v1/users").await.expect_status(401);
    t.nobody().get(&format!("/api/v1/invitation?token={back_door}")).await.expect_status(410);

    owner.post(&format!("/api/v1/staff/{id}/activate"), json!({})).await.expect_status(200);
    script.get("/api/v1/users").await.expect_status(200);
    admin.get("/api/v1/users").await.expect_status(401);

    owner.delete(&format!("/api/v1/staff/{id}")).await.expect_status(204);
    script.get("/api/v1/users").await.expect_status(401);
    owner.get(&format!("/api/v1/staff/{id}")).await.expect_status(404);
    // The address is free again, and the new account is another one.
    t.staff(&owner, "dashboard_admin").await;
    assert_ne!(id_of(&owner, "dashboard_admin@example.com").await, id);
}
