//! What an organization asks of those who come into it: a second factor, of everybody or by role, and hours. Other
//! organizations, and one's own account, stay as they are.

use crate::house::{House, acting, join, organization};
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use testkit::{Client, PASSWORD, totp};

const MEMBERS: &str = "/api/v1/memberships";

/// Sets up an authenticator app in a session that has proved who it is; its secret.
async fn add_totp(house: &House, client: &Client) -> String {
    let made = client.post("/api/v1/account/factors/totp", json!({})).await.expect(201);
    let secret = made["secret"].as_str().unwrap().to_owned();
    let given = json!({"id": made["id"], "code": totp(&secret, house.world.app.app.clock.now())});
    client.post("/api/v1/account/factors/totp/confirm", given).await.expect_status(200);
    secret
}

async fn closed(client: &Client, organization: &str) -> Value {
    let told = client.get("/api/v1/account/session").await.expect(200).body;
    told["organizations"].as_array().unwrap().iter().find(|o| o["id"] == organization).unwrap()["closed"].clone()
}

async fn rule(by: &Client, role: &str, needed: bool) -> u16 {
    by.post(&format!("/api/v1/roles/{role}/set-rules"), json!({"second_factor": needed})).await.status
}

#[tokio::test]
async fn an_organization_wants_a_second_factor_of_its_members_and_elsewhere_they_need_none() {
    let house = House::new().await;
    let elsewhere = organization(&house.world, "Elsewhere").await;
    let (bob, _) = house.member("bob@house.example", "member", "read_write").await;
    join(&house.world, &elsewhere, "bob@house.example", "member", "read_write").await;
    let (there, mine) = (house.same_browser(&bob, Some(&elsewhere)), house.same_browser(&bob, None));
    bob.get(MEMBERS).await.expect_status(200);
    let path = format!("/api/v1/organizations/{}", house.id);
    bob.patch(&path, "*", json!({"second_factor": true})).await.expect_status(403);
    house.ada.patch(&format!("/api/v1/organizations/{elsewhere}"), "*", json!({"second_factor": true})).await.expect_status(404);
    // Nobody locks themself out: who asks for one has one.
    let refused = house.ada.patch(&path, "*", json!({"second_factor": true})).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("lock you out"), "{}", refused.text);
    let admin = house.world.role("admin", "organization").await;
    assert_eq!(rule(&house.ada, &admin, true).await, 403);
    add_totp(&house, &house.same_browser(&house.ada, None)).await;
    house.ada.patch(&path, "*", json!({"second_factor": true})).await.expect_status(200);
    // It counts at once for who is in, and not at the sign-in.
    let refused = bob.get(MEMBERS).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("Set one up"), "{}", refused.text);
    assert_eq!(closed(&mine, &house.id).await, json!({"why": "second_factor", "enrolled": false}));
    assert_eq!(closed(&mine, &elsewhere).await, Value::Null);
    there.get(MEMBERS).await.expect_status(200);
    let door = json!({"email": "bob@house.example", "password": PASSWORD});
    assert_eq!(house.world.app.nobody().post("/api/v1/account/session", door).await.expect(200)["state"], "signed_in");
    // Not around it by a key, nor by an old one's successor.
    let key = json!({"name": "Way round", "organization_id": house.id, "scopes": ["memberships:read"]});
    mine.post("/api/v1/account/keys", key.clone()).await.expect_status(403);

    let second = house.person("bob@house.example").await;
    let secret = add_totp(&house, &mine).await;
    bob.get(MEMBERS).await.expect_status(200);
    assert_eq!(closed(&mine, &house.id).await, Value::Null);
    // Another session of theirs, from before, shows it once.
    assert_eq!(closed(&second, &house.id).await, json!({"why": "second_factor", "enrolled": true}));
    let in_second = house.same_browser(&second, Some(&house.id));
    assert_eq!(in_second.get(MEMBERS).await.expect(403)["type"], "/problems/step-up");
    house.world.app.advance(Duration::seconds(30));
    let code = totp(&secret, house.world.app.app.clock.now());
    second.post("/api/v1/account/session/proof", json!({"password": PASSWORD})).await.expect_status(422);
    second.post("/api/v1/account/session/proof", json!({"password": PASSWORD, "code": code})).await.expect_status(204);
    in_second.get(MEMBERS).await.expect_status(200);
    mine.post("/api/v1/account/keys", key).await.expect_status(201);
    // The last factor stays as long as an organization asks for it.
    let factors = second.get("/api/v1/account/factors").await.expect(200);
    assert_eq!(factors["required"], true);
    let remove = format!("/api/v1/account/factors/{}", factors["factors"][0]["id"].as_str().unwrap());
    second.delete(&remove).await.expect_status(403);
    // Without the rule it may go.
    house.ada.patch(&path, "*", json!({"second_factor": false})).await.expect_status(200);
    second.delete(&remove).await.expect_status(204);
}

#[tokio::test]
async fn a_role_needs_a_second_factor_in_one_organization_and_none_in_another() {
    let house = House::new().await;
    let elsewhere = organization(&house.world, "Elsewhere").await;
    let (bob, _) = house.member("bob@house.example", "member", "read_write").await;
    let (vera, _) = house.member("vera@house.example", "viewer", "read_only").await;
    join(&house.world, &elsewhere, "bob@house.example", "member", "read_write").await;
    let (their_admin, _) = join(&house.world, &elsewhere, "eve@elsewhere.example", "admin", "admin").await;
    let (member, admin) = (house.world.role("member", "organization").await, house.world.role("admin", "organization").await);
    // Not by who may not, not for more than they hold, not how long sessions live.
    assert_eq!(rule(&bob, &member, true).await, 403);
    let locksmith = json!({"label": "Locksmith", "name": "locksmith", "permissions": ["roles:*"]});
    let locksmith = house.ada.post("/api/v1/roles", locksmith).await.expect(201)["id"].clone();
    let (smith, theirs) = house.member("smith@house.example", "viewer", "admin").await;
    house.ada.patch(&format!("/api/v1/memberships/{theirs}"), "*", json!({"role_id": locksmith})).await.expect_status(200);
    assert_eq!(rule(&smith, &admin, false).await, 403, "who may do less lowers nothing for admins");
    let longer = json!({"session_hours": 8000});
    house.ada.post(&format!("/api/v1/roles/{member}/set-rules"), longer).await.expect_status(403);

    assert_eq!(rule(&house.ada, &member, true).await, 200);
    bob.get(MEMBERS).await.expect_status(403);
    vera.get(MEMBERS).await.expect_status(200);
    house.same_browser(&bob, Some(&elsewhere)).get(MEMBERS).await.expect_status(200);
    // Each reads its own rule, staff the platform's.
    let read = async |by: &Client| by.get(&format!("/api/v1/roles/{member}")).await.expect(200)["second_factor"].clone();
    assert_eq!(
        (read(&house.ada).await, read(&their_admin).await, read(&house.world.owner).await),
        (json!(true), json!(false), json!(false))
    );
    assert_eq!(rule(&house.ada, &member, false).await, 200);
    bob.get(MEMBERS).await.expect_status(200);
    assert!(house.log().await.iter().any(|action| action == "roles.set-rules"));
}

/// The weekday of a moment as hours name it, and the time so much later.
fn clock(now: DateTime<Utc>, later: i64) -> String {
    (now + Duration::hours(later)).format("%H:%M").to_string()
}

#[tokio::test]
async fn a_role_comes_in_at_its_hours_and_may_stay_or_not() {
    let house = House::new().await;
    let elsewhere = organization(&house.world, "Elsewhere").await;
    let (bob, _) = house.member("bob@house.example", "member", "read_write").await;
    join(&house.world, &elsewhere, "bob@house.example", "member", "read_write").await;
    join(&house.world, &elsewhere, "eve@elsewhere.example", "admin", "admin").await;
    let of_staff =
        json!({"role_id": house.world.own_role().await, "weekdays": ["mon"], "opens": "07:00", "closes": "19:00", "time_zone": "UTC"});
    house.world.owner.post("/api/v1/hours", of_staff).await.expect_status(201);
    bob.get(MEMBERS).await.expect_status(200);
    let (member, admin) = (house.world.role("member", "organization").await, house.world.role("admin", "organization").await);
    let now = house.world.app.app.clock.now();
    let all = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    // Open from in three hours for two hours.
    let hours = |role: &str, every: bool| json!({"role_id": role, "weekdays": all, "opens": clock(now, 3), "closes": clock(now, 5), "time_zone": "UTC", "every_request": every});
    bob.post("/api/v1/hours", hours(&member, false)).await.expect_status(403);
    let refused = house.ada.post("/api/v1/hours", hours(&admin, false)).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("lock you out"), "{}", refused.text);
    let operator = house.world.role("operator", "platform").await;
    house.ada.post("/api/v1/hours", hours(&operator, false)).await.expect_status(422);
    let made = house.ada.post("/api/v1/hours", hours(&member, false)).await.expect(201).body;
    let id = made["id"].as_str().unwrap();
    assert_eq!(made["organization_id"], house.id.as_str());
    house.ada.post("/api/v1/hours", hours(&member, false)).await.expect_status(409);

    // Who is in stays; who comes now doesn't come in; elsewhere nothing changes.
    bob.get(MEMBERS).await.expect_status(200);
    let fresh = house.person("bob@house.example").await;
    let coming = house.same_browser(&fresh, Some(&house.id));
    let refused = coming.get(MEMBERS).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains(&clock(now, 3)), "{}", refused.text);
    assert_eq!(closed(&fresh, &house.id).await["why"], "hours");
    house.same_browser(&fresh, Some(&elsewhere)).get(MEMBERS).await.expect_status(200);
    // Whoever was away for an hour comes in anew.
    house.world.app.advance(Duration::minutes(61));
    bob.get(MEMBERS).await.expect_status(403);
    house.world.app.advance(Duration::minutes(120));
    bob.get(MEMBERS).await.expect_status(200);
    coming.get(MEMBERS).await.expect_status(200);
    // Later, with no request allowed outside of the hours, those who are in have to go, too.
    let ada = acting(house.person("ada@house.example").await, &house.id);
    ada.patch(&format!("/api/v1/hours/{id}"), "*", json!({"every_request": true})).await.expect_status(200);
    for _ in 0..5 {
        house.world.app.advance(Duration::minutes(29));
        bob.get("/api/v1/meta").await;
    }
    bob.get(MEMBERS).await.expect_status(403);
    // Nobody else's: not another organization's, and the platform's own stay the platform's.
    let eve = acting(house.person("eve@elsewhere.example").await, &elsewhere);
    assert_eq!(eve.get("/api/v1/hours").await.expect(200).body, json!([]));
    eve.delete(&format!("/api/v1/hours/{id}")).await.expect_status(404);
    let ada = acting(house.person("ada@house.example").await, &house.id);
    assert_eq!(ada.get("/api/v1/hours").await.expect(200).body.as_array().unwrap().len(), 1);
    ada.delete(&format!("/api/v1/hours/{id}")).await.expect_status(204);
    acting(house.person("bob@house.example").await, &house.id).get(MEMBERS).await.expect_status(200);
}
