//! Roles of both kinds: who may make and change them, what extends what, and the explainer, which must say of every
//! permission what really happens.

use crate::sweeps_members::{member, product};
use crate::sweeps_world::World;
use http::Method;
use serde_json::{Value, json};
use testkit::{Client, TestApp};

async fn world() -> World {
    World::of(TestApp::start(product()).await).await
}

async fn organization(world: &World, name: &str) -> String {
    world.owner.post("/api/v1/organizations", json!({"name": name})).await.expect(201)["id"].as_str().unwrap().to_owned()
}

/// A role's id; staff make it unless somebody else is said to.
async fn make(by: &Client, body: Value) -> String {
    by.post("/api/v1/roles", body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_organization_makes_roles_of_its_own_and_sees_no_others() {
    let world = world().await;
    let (ours, theirs) = (organization(&world, "Ours").await, organization(&world, "Theirs").await);
    let (admin, _) = member(&world, &ours, "admin", "admin").await;
    let (other, _) = member(&world, &theirs, "admin", "admin").await;
    let body = json!({"label": "Auditor", "name": "auditor", "permissions": ["audit:read"], "scope": "platform"});
    let auditor = make(&admin, body).await;
    let made = world.owner.get(&format!("/api/v1/roles/{auditor}")).await.expect(200);
    assert_eq!(
        (made["scope"].as_str(), made["organization_id"].as_str()),
        (Some("organization"), Some(ours.as_str())),
        "whatever they asked for"
    );
    other.get(&format!("/api/v1/roles/{auditor}")).await.expect_status(404);
    other.patch(&format!("/api/v1/roles/{auditor}"), "*", json!({"label": "Stolen"})).await.expect_status(404);
    other.delete(&format!("/api/v1/roles/{auditor}")).await.expect_status(404);
    let stolen = other.post("/api/v1/roles", json!({"label": "X", "name": "xx", "permissions": [], "extends": auditor})).await.expect(422);
    assert_eq!(stolen["errors"][0]["field"], "extends");
    // Two organizations may use the same name.
    make(&other, json!({"label": "Auditor", "name": "auditor", "permissions": []})).await;

    // Built-in ones and those of every organization are to extend, not to change.
    let template =
        make(&world.owner, json!({"label": "Reader", "name": "reader", "scope": "organization", "permissions": ["memberships:read"]}))
            .await;
    let refused = admin.patch(&format!("/api/v1/roles/{template}"), "*", json!({"permissions": ["*"]})).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("Every organization uses this role"), "{}", refused.text);
    admin.delete(&format!("/api/v1/roles/{template}")).await.expect_status(403);
    admin.patch(&format!("/api/v1/roles/{auditor}"), "*", json!({"extends": template})).await.expect_status(200);
    let platform = world.role("operator", "platform").await;
    admin.get(&format!("/api/v1/roles/{platform}")).await.expect_status(404);
    admin.patch(&format!("/api/v1/roles/{auditor}"), "*", json!({"extends": platform})).await.expect_status(422);

    // Nor more than its maker holds, nor anything of the platform.
    let keeper = make(&admin, json!({"label": "Keeper", "name": "keeper", "permissions": ["roles:*", "memberships:read"]})).await;
    let user = world.fresh("users").await;
    let body = json!({"organization_id": ours, "user_id": user, "role_id": keeper, "level": "admin"});
    world.owner.post("/api/v1/memberships", body).await.expect_status(201);
    let keeper = world.app.nobody().with_header("x-test-member", &format!("{user}/{ours}"));
    let more = keeper.post("/api/v1/roles", json!({"label": "More", "name": "more", "permissions": ["audit:read"]})).await.expect(403);
    assert!(more["detail"].as_str().unwrap().contains("audit:read"));
    keeper.patch(&format!("/api/v1/roles/{auditor}"), "*", json!({"permissions": []})).await.expect_status(403);
    keeper.post("/api/v1/roles", json!({"label": "Less", "name": "less", "permissions": ["memberships:read"]})).await.expect_status(201);
    let nothing = admin.post("/api/v1/roles", json!({"label": "X", "name": "xx", "permissions": ["staff:read"]})).await.expect(422);
    assert_eq!(nothing["errors"][0]["field"], "permissions");
}

#[tokio::test]
async fn a_circle_is_refused_even_when_two_close_it_at_once() {
    let world = world().await;
    let role = |name: &'static str| make(&world.owner, json!({"label": name, "name": name, "permissions": ["users:read"]}));
    let (a, b, c) = (role("role_a").await, role("role_b").await, role("role_c").await);
    let extend = |of: &str, what: &str| {
        let (path, body) = (format!("/api/v1/roles/{of}"), json!({"extends": what}));
        let owner = &world.owner;
        async move { owner.patch(&path, "*", body).await }
    };
    extend(&a, &a).await.expect_status(422);
    extend(&b, &c).await.expect_status(200);
    for _ in 0..3 {
        let (one, two) = tokio::join!(extend(&a, &b), extend(&c, &a));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        // Who comes second sees the circle, or that somebody was quicker with the same rows.
        assert!(statuses == [200, 422] || statuses == [200, 409], "{} {}", one.text, two.text);
        let extends: i64 = world
            .app
            .database()
            .await
            .query_one("select count(*) from identity.roles where extends is not null", &[])
            .await
            .unwrap()
            .get(0);
        assert_eq!(extends, 2, "b, and one of the two");
        for role in [&a, &c] {
            world.owner.patch(&format!("/api/v1/roles/{role}"), "*", json!({"extends": null})).await.expect_status(200);
        }
    }
}

#[tokio::test]
async fn what_a_change_means_for_the_roles_that_extend_it_must_be_held_too() {
    let world = world().await;
    let no_users = make(&world.owner, json!({"label": "No users", "name": "no_users", "permissions": ["-users:delete"]})).await;
    let body = json!({"label": "Nearly all", "name": "nearly_all", "permissions": ["users:*"], "extends": no_users});
    make(&world.owner, body).await;
    let keeper = make(&world.owner, json!({"label": "Keeper", "name": "keeper", "permissions": ["roles:*"]})).await;
    let (keeper, _) = world.staff(&keeper).await;
    // The role gives nothing, so its editor holds "all" of it; but emptying it would give somebody users:delete.
    let refused = keeper.patch(&format!("/api/v1/roles/{no_users}"), "*", json!({"permissions": []})).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("users:delete"), "{}", refused.text);
    keeper.patch(&format!("/api/v1/roles/{no_users}"), "*", json!({"permissions": ["-users:*"]})).await.expect_status(403);
    keeper.patch(&format!("/api/v1/roles/{no_users}"), "*", json!({"label": "Less"})).await.expect_status(200);
    world.owner.patch(&format!("/api/v1/roles/{no_users}"), "*", json!({"permissions": []})).await.expect_status(200);
}

#[tokio::test]
async fn another_node_hears_of_it_within_a_second() {
    let world = world().await;
    let node = TestApp::on(product(), &world.app.database, &[]).await;
    let role = make(&world.owner, json!({"label": "Reader", "name": "reader", "permissions": ["users:read"]})).await;
    let (grace, _) = world.staff(&role).await;
    let elsewhere = node.nobody();
    elsewhere.set_cookie(grace.cookie().as_deref());
    let ours = organization(&world, "Ours").await;
    elsewhere.get("/api/v1/users").await.expect_status(200);
    world.owner.patch(&format!("/api/v1/roles/{role}"), "*", json!({"permissions": []})).await.expect_status(200);
    grace.get("/api/v1/users").await.expect_status(403);
    node.advance(chrono::Duration::seconds(1));
    elsewhere.get("/api/v1/users").await.expect_status(403);
    // And of a suspended organization.
    let (admin, _) = member(&world, &ours, "admin", "admin").await;
    admin.get("/api/v1/memberships").await.expect_status(200);
    world.owner.post(&format!("/api/v1/organizations/{ours}/suspend"), json!({})).await.expect_status(200);
    admin.get("/api/v1/memberships").await.expect_status(401);
}

/// Asks the explainer and checks that it says what the caller really holds, permission by permission.
async fn agrees(world: &World, query: &str, held: &[String], who: &str) -> Value {
    let told = world.owner.get(&format!("/api/v1/identity/explain?{query}")).await.expect(200).body;
    for permission in told["permissions"].as_array().unwrap() {
        let name = permission["name"].as_str().unwrap();
        assert_eq!(permission["allowed"] == true, held.iter().any(|h| h == name), "{who}: {permission}");
        assert!(!permission["why"].as_array().unwrap().is_empty(), "{who}: {name} has no reason");
    }
    told
}

fn why<'a>(told: &'a Value, permission: &str) -> &'a Value {
    &told["permissions"].as_array().unwrap().iter().find(|p| p["name"] == permission).unwrap_or_else(|| panic!("{permission}"))["why"]
}

#[tokio::test]
async fn the_explainer_says_what_really_happens() {
    let world = world().await;
    let operator = world.role("operator", "platform").await;
    let body = json!({"label": "Careful", "name": "careful", "permissions": ["-users:delete", "staff:read"], "extends": operator});
    let careful = make(&world.owner, body).await;
    for role in [operator.clone(), careful, world.role("dashboard_admin", "platform").await, world.role("developer", "platform").await] {
        let (client, id) = world.staff(&role).await;
        let session = client.get("/api/v1/session").await.expect(200);
        let held: Vec<String> = session["permissions"].as_array().unwrap().iter().map(|p| p.as_str().unwrap().to_owned()).collect();
        let told = agrees(&world, &format!("kind=staff&id={id}"), &held, &role).await;
        if told["sources"][0]["roles"].as_array().unwrap().len() == 2 {
            let text = |permission: &str| why(&told, permission)[0]["text"].as_str().unwrap().to_owned();
            assert_eq!(text("users:suspend"), "Careful extends Operator, which gives users:*");
            assert_eq!(text("users:delete"), "Careful takes it away (-users:delete)");
            assert_eq!(text("staff:suspend"), "Careful doesn't give it");
        }
    }
    let ours = organization(&world, "Ours").await;
    for (role, level) in [("admin", "admin"), ("admin", "read_write"), ("manager", "read_only"), ("viewer", "admin")] {
        let (client, membership) = member(&world, &ours, role, level).await;
        let user = world.owner.get(&format!("/api/v1/memberships/{membership}")).await.expect(200)["user_id"].as_str().unwrap().to_owned();
        let meta = client.get("/api/v1/meta").await.expect(200).body;
        let resources = meta["resources"].as_array().unwrap();
        let reads = resources.iter().filter(|r| r["can_read"] == true).map(|r| r["read_permission"].clone());
        let acts = resources
            .iter()
            .flat_map(|r| r["actions"].as_array().unwrap())
            .filter(|a| a["allowed"] == true)
            .map(|a| a["permission"].clone());
        let mut held: Vec<String> = reads.chain(acts).map(|p| p.as_str().unwrap().to_owned()).collect();
        // That of a route is of no resource's: who has it gets an answer.
        if client.get("/api/v1/audit/export/csv").await.status == 200 {
            held.push("audit:export".to_owned());
        }
        let told = agrees(&world, &format!("kind=user&id={user}&organization_id={ours}"), &held, &format!("{role}/{level}")).await;
        if (role, level) == ("admin", "read_write") {
            assert_eq!(why(&told, "memberships:update")[0]["text"], "the level read_write takes it away");
        }
        assert!(told["permissions"].as_array().unwrap().iter().all(|p| p["name"] != "users:read"), "nothing of the platform");
    }
    // Of somebody without a membership there is nothing to say.
    let stranger = world.fresh("users").await;
    world.owner.get(&format!("/api/v1/identity/explain?kind=user&id={stranger}&organization_id={ours}")).await.expect_status(404);
    world.owner.get(&format!("/api/v1/identity/explain?kind=user&id={stranger}")).await.expect_status(400);
}

#[tokio::test]
async fn the_explainer_knows_keys_and_what_is_out_of_order() {
    let world = world().await;
    let operator = world.role("operator", "platform").await;
    let (client, id) = world.staff(&operator).await;
    let key = client.post("/api/v1/keys", json!({"name": "Nightly", "scopes": ["users:read"]})).await.expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let explain = |kind: &str, id: &str| {
        let path = format!("/api/v1/identity/explain?kind={kind}&id={id}");
        let owner = &world.owner;
        async move { owner.get(&path).await.expect(200).body }
    };
    let told = explain("key", &key).await;
    assert_eq!(told["label"], "Nightly (Grace)");
    let steps = |permission: &str| why(&told, permission).as_array().unwrap().iter().map(|w| w["step"].clone()).collect::<Vec<_>>();
    assert_eq!(steps("users:read"), ["given", "scope"]);
    assert_eq!(steps("users:suspend"), ["given", "scope_missing"]);
    world.owner.post(&format!("/api/v1/staff/{id}/suspend"), json!({})).await.expect_status(200);
    for told in [explain("staff", &id).await, explain("key", &key).await] {
        assert_eq!(told["blocked"][0]["step"], "account_suspended");
        assert!(told["permissions"].as_array().unwrap().iter().all(|p| p["allowed"] == false));
    }
    // An organization's own key stands within the role and the level it was made with.
    let db = world.app.database().await;
    let home = organization(&world, "Home").await;
    let sql = "insert into identity.api_keys (id, name, prefix, token_hash, organization_id, scopes, role_id, level) values \
        (gen_random_uuid(), 'Robot', 'abcdefgh', decode(md5('x'), 'hex'), $1::text::uuid, '{*}', $2::text::uuid, 'read_only') returning id::text";
    let robot: String = db.query_one(sql, &[&home, &world.role("admin", "organization").await]).await.unwrap().get(0);
    let told = explain("key", &robot).await;
    assert_eq!(told["organization"], "Home");
    assert_eq!(why(&told, "memberships:update")[0]["step"], "capped");
    assert_eq!(why(&told, "memberships:read")[0]["step"], "given");
    // Organizations look at their own members and at no staff.
    let ours = organization(&world, "Ours").await;
    let (admin, _) = member(&world, &ours, "admin", "admin").await;
    let (_, membership) = member(&world, &ours, "viewer", "read_only").await;
    let user = world.owner.get(&format!("/api/v1/memberships/{membership}")).await.expect(200)["user_id"].as_str().unwrap().to_owned();
    admin.get(&format!("/api/v1/identity/explain?kind=user&id={user}")).await.expect_status(200);
    admin.get(&format!("/api/v1/identity/explain?kind=staff&id={id}")).await.expect_status(404);
    admin.get(&format!("/api/v1/identity/explain?kind=key&id={key}")).await.expect_status(404);
    let theirs = organization(&world, "Theirs").await;
    let (_, membership) = member(&world, &theirs, "viewer", "read_only").await;
    let other = world.owner.get(&format!("/api/v1/memberships/{membership}")).await.expect(200)["user_id"].as_str().unwrap().to_owned();
    admin.get(&format!("/api/v1/identity/explain?kind=user&id={other}")).await.expect_status(404);
    let asked = format!("/api/v1/identity/explain?kind=user&id={other}&organization_id={theirs}");
    admin.send(Method::GET, &asked, &[], None).await.expect_status(404);
}
