//! Where members are signed in, as their organization sees it: only what came into it, and ended for it alone. And a
//! password reset that an organization begins, which gives it nothing.

use crate::house::{House, acting, join, organization};
use crate::mailed::Mailed;
use chrono::Duration;
use serde_json::{Value, json};
use testkit::{Client, PASSWORD};

const SESSIONS: &str = "/api/v1/member-sessions";

async fn rows(client: &Client, query: &str) -> Vec<Value> {
    client.get(&format!("{SESSIONS}{query}")).await.expect(200).body.as_array().unwrap().clone()
}

fn id(row: &Value) -> &str {
    row["id"].as_str().unwrap()
}

/// Somebody proves who they are, in the session they have.
async fn prove(client: &Client) {
    client.post("/api/v1/account/session/proof", json!({"password": PASSWORD})).await.expect_status(204);
}

#[tokio::test]
async fn an_admin_sees_the_sessions_that_came_into_the_organization_and_no_others() {
    let house = House::new().await;
    let elsewhere = organization(&house.world, "Elsewhere").await;
    let (bob, membership) = house.member("bob@house.example", "member", "read_write").await;
    let (carol, _) = join(&house.world, &elsewhere, "carol@elsewhere.example", "admin", "admin").await;
    // Bob belongs to both; from this second browser he only ever goes to the other one.
    join(&house.world, &elsewhere, "bob@house.example", "member", "read_write").await;
    let second = acting(house.person("bob@house.example").await, &elsewhere);
    for (client, path) in [(&bob, "memberships"), (&second, "memberships"), (&carol, "memberships"), (&house.ada, "memberships")] {
        client.get(&format!("/api/v1/{path}")).await.expect_status(200);
    }
    let seen = rows(&house.ada, "").await;
    assert_eq!(seen.len(), 2, "Ada's and one of Bob's: {seen:?}");
    let of_bob = rows(&house.ada, &format!("?membership_id=eq.{membership}")).await;
    assert_eq!(of_bob.len(), 1);
    assert_eq!((of_bob[0]["status"].as_str(), of_bob[0]["address"].as_str()), (Some("open"), Some("127.0.0.1")), "{of_bob:?}");
    // What is somebody else's isn't there, whatever is done with it.
    let theirs = rows(&carol, "").await;
    let theirs = id(theirs.first().unwrap());
    house.ada.get(&format!("{SESSIONS}/{theirs}")).await.expect_status(404);
    house.ada.post(&format!("{SESSIONS}/{theirs}/revoke"), json!({})).await.expect_status(404);
    carol.post(&format!("/api/v1/memberships/{membership}/end-sessions"), json!({})).await.expect_status(404);
    carol.post(&format!("/api/v1/memberships/{membership}/password-reset"), json!({})).await.expect_status(404);
    // Nor for members who don't look after others, nor for a key, nor by a role that reads everything.
    bob.get(SESSIONS).await.expect_status(403);
    let reader = json!({"label": "Reader", "name": "reader", "permissions": ["*:read"]});
    let reader = house.ada.post("/api/v1/roles", reader).await.expect(201)["id"].clone();
    house.ada.patch(&format!("/api/v1/memberships/{membership}"), "*", json!({"role_id": reader})).await.expect_status(200);
    assert_eq!(rows(&bob, "").await, Vec::<Value>::new());
    let key = json!({"name": "Reader", "role_id": house.world.role("admin", "organization").await, "level": "admin", "scopes": ["member-sessions:*"]});
    let key = house.ada.post("/api/v1/keys", key).await.expect(201)["key"].as_str().unwrap().to_owned();
    assert_eq!(rows(&house.world.app.nobody().with_key(&key), "").await, Vec::<Value>::new());
    // Staff see all of them.
    assert_eq!(rows(&house.world.owner, "").await.len(), 4);
}

#[tokio::test]
async fn ending_a_session_ends_it_in_this_organization_until_its_person_proves_who_they_are() {
    let house = House::new().await;
    let elsewhere = organization(&house.world, "Elsewhere").await;
    let (bob, membership) = house.member("bob@house.example", "member", "read_write").await;
    join(&house.world, &elsewhere, "bob@house.example", "member", "read_write").await;
    let there = house.same_browser(&bob, Some(&elsewhere));
    for client in [&bob, &there] {
        client.get("/api/v1/memberships").await.expect_status(200);
    }
    house.world.app.advance(Duration::minutes(1));
    let row = rows(&house.ada, &format!("?membership_id=eq.{membership}")).await.remove(0);
    house.ada.post(&format!("{SESSIONS}/{}/revoke", id(&row)), json!({})).await.expect_status(200);
    house.ada.post(&format!("{SESSIONS}/{}/revoke", id(&row)), json!({})).await.expect_status(403);
    let refused = bob.get("/api/v1/memberships").await.expect(403);
    assert_eq!(refused["type"], "/problems/step-up", "{}", refused.text);
    there.get("/api/v1/memberships").await.expect_status(200);
    // Their own account stays open, and says so.
    let mine = house.same_browser(&bob, None);
    mine.get("/api/v1/account").await.expect_status(200);
    let closed = async || {
        let told = mine.get("/api/v1/account/session").await.expect(200).body;
        told["organizations"].as_array().unwrap().iter().find(|o| o["id"] == house.id.as_str()).unwrap()["closed"].clone()
    };
    assert_eq!(closed().await["why"], "ended");
    assert_eq!(bob.get("/api/v1/account/session").await.expect(200)["state"], "signed_out", "there they are nobody");
    // A key for it can't be made in the meantime either.
    let key = json!({"name": "Way round", "organization_id": house.id, "scopes": ["memberships:read"]});
    mine.post("/api/v1/account/keys", key.clone()).await.expect_status(403);
    mine.post("/api/v1/account/session/proof", json!({"password": "something else"})).await.expect_status(422);
    bob.get("/api/v1/memberships").await.expect_status(403);
    house.world.app.advance(Duration::seconds(1));
    prove(&mine).await;
    bob.get("/api/v1/memberships").await.expect_status(200);
    assert_eq!(closed().await, Value::Null);
    mine.post("/api/v1/account/keys", key).await.expect_status(201);
    assert_eq!(rows(&house.ada, &format!("?membership_id=eq.{membership}")).await[0]["status"], "open", "it is there again");
    let log = house.log().await;
    assert!(log.iter().any(|action| action == "member-sessions.revoke"), "{log:?}");
}

#[tokio::test]
async fn all_sessions_of_a_member_end_at_once_and_a_new_sign_in_comes_in() {
    let house = House::new().await;
    let (bob, membership) = house.member("bob@house.example", "member", "read_write").await;
    let second = acting(house.person("bob@house.example").await, &house.id);
    for client in [&bob, &second] {
        client.get("/api/v1/memberships").await.expect_status(200);
    }
    house.world.app.advance(Duration::minutes(1));
    let ended = house.ada.post(&format!("/api/v1/memberships/{membership}/end-sessions"), json!({})).await.expect(200);
    assert_eq!(ended["ended"], 2);
    for client in [&bob, &second] {
        client.get("/api/v1/memberships").await.expect_status(403);
    }
    acting(house.person("bob@house.example").await, &house.id).get("/api/v1/memberships").await.expect_status(200);
    // Whole sessions that are over are shown as over.
    house.person("bob@house.example").await.post("/api/v1/account/sessions/revoke-others", json!({})).await.expect_status(200);
    let open = rows(&house.ada, &format!("?membership_id=eq.{membership}&status=eq.open")).await;
    assert_eq!(open, Vec::<Value>::new());
}

#[tokio::test]
async fn nobody_ends_sessions_of_who_may_do_more_nor_the_owners() {
    let house = House::new().await;
    let (bob, membership) = house.member("bob@house.example", "admin", "admin").await;
    bob.get("/api/v1/memberships").await.expect_status(200);
    house.ada.get("/api/v1/memberships").await.expect_status(200);
    let owner = house.membership("ada@house.example").await;
    let doorman = json!({"label": "Doorman", "name": "doorman", "permissions": ["memberships:*", "member-sessions:*", "roles:read"]});
    let doorman = house.ada.post("/api/v1/roles", doorman).await.expect(201)["id"].clone();
    let (keeper, kept) = house.member("keeper@house.example", "viewer", "admin").await;
    house.ada.patch(&format!("/api/v1/memberships/{kept}"), "*", json!({"role_id": doorman})).await.expect_status(200);
    let of = async |membership: &str| id(&rows(&house.ada, &format!("?membership_id=eq.{membership}")).await[0]).to_owned();
    let (of_bob, of_owner) = (of(&membership).await, of(id(&owner)).await);
    for act in ["end-sessions", "password-reset"] {
        let refused = keeper.post(&format!("/api/v1/memberships/{membership}/{act}"), json!({})).await.expect(403);
        assert!(refused["detail"].as_str().unwrap().contains("can do more than you"), "{}", refused.text);
        // The owner by an admin: no. By themselves and by staff: yes.
        let refused = bob.post(&format!("/api/v1/memberships/{}/{act}", id(&owner)), json!({})).await.expect(403);
        assert!(refused["detail"].as_str().unwrap().contains("own the organization"), "{}", refused.text);
    }
    keeper.post(&format!("{SESSIONS}/{of_bob}/revoke"), json!({})).await.expect_status(403);
    bob.post(&format!("{SESSIONS}/{of_owner}/revoke"), json!({})).await.expect_status(403);
    // Many at once are many single ones: one that is refused stops all.
    let all = json!({"filter": "status=eq.open", "expected": rows(&bob, "?status=eq.open").await.len()});
    bob.post(&format!("{SESSIONS}/revoke"), all).await.expect_status(403);
    bob.get("/api/v1/memberships").await.expect_status(200);
    house.ada.post(&format!("{SESSIONS}/{of_bob}/revoke"), json!({})).await.expect_status(200);
    house.world.owner.post(&format!("/api/v1/memberships/{}/end-sessions", id(&owner)), json!({})).await.expect_status(200);
    house.ada.get("/api/v1/memberships").await.expect_status(403);
}

#[tokio::test]
async fn an_end_counts_on_the_organizations_own_second_node_within_a_second() {
    let house = House::new().await;
    let (bob, membership) = house.member("bob@house.example", "member", "read_write").await;
    bob.get("/api/v1/memberships").await.expect_status(200);
    house.world.app.advance(Duration::milliseconds(100));
    // As another node would do it: in the database, with nothing told here.
    let db = house.world.app.database().await;
    let now = house.world.app.app.clock.now();
    let end = "update identity.member_sessions set ended_at = $2 where membership_id = $1::text::uuid";
    assert_eq!(db.execute(end, &[&membership, &now]).await.unwrap(), 1);
    house.world.app.advance(Duration::milliseconds(1000));
    bob.get("/api/v1/memberships").await.expect_status(403);
}

#[tokio::test]
async fn a_password_reset_is_a_letter_to_the_member_and_nothing_to_the_admin() {
    let mailed = Mailed::start().await;
    let organization = mailed.owner.post("/api/v1/organizations", json!({"name": "Ours"})).await.expect(201)["id"].clone();
    let organization = organization.as_str().unwrap();
    let member = async |email: &str, role: &str, level: &str| {
        let client = mailed.app.user(&mailed.owner, email).await;
        let user = mailed.owner.get(&format!("/api/v1/users?email=eq.{email}")).await.expect(200)[0]["id"].clone();
        let role = mailed.owner.get(&format!("/api/v1/roles?name=eq.{role}&scope=eq.organization")).await.expect(200)[0]["id"].clone();
        let body = json!({"organization_id": organization, "user_id": user, "role_id": role, "level": level});
        let made = mailed.owner.post("/api/v1/memberships", body).await.expect(201)["id"].as_str().unwrap().to_owned();
        (acting(client, organization), made)
    };
    let (ada, _) = member("ada@house.example", "admin", "admin").await;
    let (bob, membership) = member("bob@house.example", "member", "read_write").await;
    let path = format!("/api/v1/memberships/{membership}/password-reset");
    bob.post(&path, json!({})).await.expect_status(403);
    let answer = ada.post(&path, json!({})).await.expect(200);
    assert!(!answer.text.contains("token"), "{}", answer.text);
    let token = mailed.token_for("bob@house.example").await;
    for row in mailed.app.audit().await {
        assert!(!row.to_string().contains(&token));
    }
    // Nothing has changed for Bob until he uses it.
    bob.get("/api/v1/memberships").await.expect_status(200);
    let new = json!({"token": token, "password": "another-horse-battery-staple-43"});
    mailed.app.nobody().post("/api/v1/password-reset", new).await.expect_status(204);
    bob.get("/api/v1/memberships").await.expect_status(401);
    // One mailbox gets only so many, whoever asks; and the admin isn't told of it.
    for _ in 0..8 {
        ada.post(&path, json!({})).await.expect_status(200);
    }
    let resets =
        mailed.letters_to("bob@house.example").await.iter().filter(|letter| letter["text"].as_str().unwrap().contains("token=")).count();
    assert!(resets <= 7, "{resets} letters");
}
