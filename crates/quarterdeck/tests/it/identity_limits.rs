//! How much an organization may have: members with open invitations, keys, roles of its own; for all, and for one.

use crate::sweeps_world::{World, token};
use serde_json::{Value, json};
use testkit::{Answer, Client, PASSWORD, TestApp};
use tokio::join;

/// An organization with an admin who acts for it.
struct House {
    world: World,
    id: String,
    ada: Client,
}

impl House {
    async fn new() -> Self {
        let world = World::of(TestApp::start(quarterdeck::product()).await).await;
        let id = world.fresh("organizations").await;
        let ada = world.app.user(&world.owner, "ada@house.example").await.with_header("quarterdeck-organization", &id);
        let user = world.owner.get("/api/v1/users?email=eq.ada@house.example").await.expect(200)[0]["id"].clone();
        let role = world.role("admin", "organization").await;
        world.made("/memberships", json!({"organization_id": id, "user_id": user, "role_id": role, "level": "admin"})).await;
        Self { world, id, ada }
    }

    async fn set(&self, limits: Value) -> Answer {
        let mut body = limits;
        body["limits_reason"] = json!("As in their contract");
        self.world.owner.post(&format!("/api/v1/organizations/{}/set-limits", self.id), body).await
    }

    async fn limits(&self) -> Value {
        self.ada.get("/api/v1/identity/limits").await.expect(200).body
    }

    async fn invite(&self, email: &str) -> Answer {
        self.ada.post("/api/v1/memberships/invite", json!({"email": email})).await
    }

    async fn add(&self) -> Answer {
        let user = self.world.fresh("users").await;
        let role = self.world.role("member", "organization").await;
        self.world.owner.post("/api/v1/memberships", json!({"organization_id": self.id, "user_id": user, "role_id": role})).await
    }

    async fn key(&self) -> Answer {
        let body = json!({"name": format!("key {}", self.world.next()), "scopes": ["organizations:read"]});
        self.ada.post("/api/v1/keys", body).await
    }

    async fn role(&self) -> Answer {
        let name = format!("role{}", self.world.next());
        self.ada.post("/api/v1/roles", json!({"name": name, "label": name, "permissions": ["organizations:read"]})).await
    }

    async fn members(&self) -> i64 {
        let sql = format!("select count(*) from identity.memberships where organization_id = '{}'", self.id);
        self.world.app.database().await.query_one(&sql, &[]).await.unwrap().get(0)
    }
}

fn accepted(invited: &Value) -> Value {
    json!({"token": token(invited), "name": "Hedy Lamarr", "password": PASSWORD})
}

#[track_caller]
fn full(answer: &Answer, says: &str) {
    answer.expect_status(409);
    assert!(answer["detail"].as_str().unwrap().contains(says), "{}", answer.text);
}

#[tokio::test]
async fn everybodys_limit_counts_where_staff_say_nothing_else() {
    let house = House::new().await;
    let setting = "/api/v1/settings/identity.organization_members";
    house.world.owner.patch(setting, "*", json!({"value": 2})).await.expect_status(200);
    assert_eq!(house.limits().await["members"], json!({"used": 1, "limit": 2, "own": false}));
    house.add().await.expect_status(201);
    full(&house.invite("hedy@house.example").await, "may have 2 members, with open invitations, and has 2");
    house.set(json!({"members_limit": 3})).await.expect_status(200);
    house.invite("hedy@house.example").await.expect_status(200);
    assert_eq!(house.limits().await["members"], json!({"used": 3, "limit": 3, "own": true}));
    full(&house.add().await, "Raise its limit");
    // Back to everybody's: what is there stays, nothing comes on top.
    house.set(json!({"members_limit": null})).await.expect_status(200);
    assert_eq!(house.limits().await["members"], json!({"used": 3, "limit": 2, "own": false}));
    assert_eq!(house.members().await, 2);
    for bad in [json!(0), json!(-1), json!("many"), json!(1_000_001), json!(2.5)] {
        house.set(json!({"members_limit": bad})).await.expect_status(422);
    }
    house.world.owner.post(&format!("/api/v1/organizations/{}/set-limits", house.id), json!({"members_limit": 5})).await.expect_status(422);
    let blank = json!({"members_limit": 5, "limits_reason": " \n  "});
    house.world.owner.post(&format!("/api/v1/organizations/{}/set-limits", house.id), blank).await.expect_status(422);
    let audit = house.world.app.audit().await;
    let set =
        |change: Value| audit.iter().find(|row| row["action"] == "organizations.set-limits" && row["changes"]["members_limit"] == change);
    let first = set(json!({"before": null, "after": 3})).expect("it is in the log");
    assert_eq!(first["changes"]["limits_reason"]["after"], "As in their contract");
    assert!(set(json!({"before": 3, "after": null})).is_some());
}

#[tokio::test]
async fn an_open_invitation_holds_a_place_for_whom_it_is() {
    let house = House::new().await;
    house.set(json!({"members_limit": 2})).await.expect_status(200);
    let invited = house.invite("hedy@house.example").await.expect(200).body;
    // A newer one for the same person needs no second place.
    let invited_again = house.invite("hedy@house.example").await.expect(200).body;
    full(&house.invite("joan@house.example").await, "ask the platform's staff");
    full(&house.add().await, "and has 2");
    house.world.app.nobody().post("/api/v1/account/invitation", accepted(&invited)).await.expect_status(410);
    house.world.app.nobody().post("/api/v1/account/invitation", accepted(&invited_again)).await.expect_status(201);
    assert_eq!(house.members().await, 2);
    // One that is withdrawn, or has expired, gives its place back.
    house.set(json!({"members_limit": 3})).await.expect_status(200);
    let joan = house.invite("joan@house.example").await.expect(200)["invitation_id"].as_str().unwrap().to_owned();
    house.world.app.advance(chrono::Duration::days(8));
    let ada = house.world.app.user_in("ada@house.example").await.with_header("quarterdeck-organization", &house.id);
    let katherine = ada.post("/api/v1/memberships/invite", json!({"email": "katherine@house.example"})).await.expect(200).body;
    // Sent anew it needs a place again.
    full(&ada.post(&format!("/api/v1/user-invitations/{joan}/resend"), json!({})).await, "and has 3");
    let katherine = katherine["invitation_id"].as_str().unwrap();
    ada.post(&format!("/api/v1/user-invitations/{katherine}/revoke"), json!({})).await.expect_status(200);
    ada.post(&format!("/api/v1/user-invitations/{joan}/resend"), json!({})).await.expect_status(200);
}

#[tokio::test]
async fn who_comes_in_is_told_that_it_is_full_and_no_more() {
    let house = House::new().await;
    house.set(json!({"members_limit": 3})).await.expect_status(200);
    let hedy = house.invite("hedy@house.example").await.expect(200).body;
    let joan = house.invite("joan@house.example").await.expect(200).body;
    house.set(json!({"members_limit": 2})).await.expect_status(200);
    house.world.app.nobody().post("/api/v1/account/invitation", accepted(&hedy)).await.expect_status(201);
    let late = house.world.app.nobody().post("/api/v1/account/invitation", accepted(&joan)).await;
    full(&late, "The organization is full");
    assert_eq!(late["title"], "The organization is full");
    assert_eq!(house.members().await, 2);
    let users = house.world.owner.get("/api/v1/users?email=eq.joan@house.example").await.expect(200);
    assert_eq!(users.body, json!([]), "nothing is half done");
    house.set(json!({"members_limit": null})).await.expect_status(200);
    house.world.app.nobody().post("/api/v1/account/invitation", accepted(&joan)).await.expect_status(201);
}

#[tokio::test]
async fn keys_and_roles_have_limits_of_their_own() {
    let house = House::new().await;
    house.set(json!({"keys_limit": 1, "roles_limit": 1})).await.expect_status(200);
    let key = house.key().await.expect(201)["id"].as_str().unwrap().to_owned();
    full(&house.key().await, "may have 1 API keys, and has 1");
    // Whoever makes one for themselves in the organization takes the same place.
    let own = json!({"name": "mine", "organization_id": house.id, "scopes": ["organizations:read"]});
    let ada = house.world.app.user_in("ada@house.example").await;
    full(&ada.post("/api/v1/account/keys", own.clone()).await, "no room left");
    // Its successor is the same key, while both work and after.
    let next = house.ada.post(&format!("/api/v1/keys/{key}/rotate"), json!({"overlap_hours": 24})).await.expect(200).body;
    assert_eq!(house.limits().await["keys"]["used"], 1);
    full(&house.key().await, "API keys");
    for id in [key.as_str(), next["successor_id"].as_str().unwrap()] {
        house.ada.post(&format!("/api/v1/keys/{id}/revoke"), json!({})).await.expect_status(200);
    }
    ada.post("/api/v1/account/keys", own).await.expect_status(201);
    full(&house.key().await, "API keys");
    house.role().await.expect_status(201);
    full(&house.role().await, "may have 1 roles of its own, and has 1");
    house.set(json!({"roles_limit": 0, "keys_limit": 0})).await.expect_status(200);
    let staff = house.world.own_role().await;
    assert!(!staff.is_empty(), "roles of staff, and of every organization, are nobody's place");
    assert_eq!(house.limits().await["roles"], json!({"used": 1, "limit": 0, "own": true}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_at_once_do_not_both_get_the_last_place() {
    let house = House::new().await;
    for round in 0..6 {
        let used = house.limits().await["members"]["used"].as_i64().unwrap();
        house.set(json!({"members_limit": used + 1, "keys_limit": round + 1, "roles_limit": round + 1})).await.expect_status(200);
        let one = format!("guest{round}@house.example");
        let (invited, added) = join!(house.invite(&one), house.add());
        let (key, other_key) = join!(house.key(), house.key());
        let (role, other_role) = join!(house.role(), house.role());
        for (first, second) in [(&invited, &added), (&key, &other_key), (&role, &other_role)] {
            let mut statuses = [first.status, second.status].map(|status| if status < 300 { 200 } else { status });
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409], "{} / {}", first.text, second.text);
        }
        let now = house.limits().await;
        for what in ["members", "keys", "roles"] {
            assert_eq!(now[what]["used"], now[what]["limit"], "{what}");
        }
    }
}

#[tokio::test]
async fn an_import_brings_no_more_than_there_is_room_for() {
    let house = House::new().await;
    let name = house.ada.get(&format!("/api/v1/organizations/{}", house.id)).await.expect(200)["name"].as_str().unwrap().to_owned();
    house.set(json!({"members_limit": 3})).await.expect_status(200);
    let people = |count: usize| (0..count).fold(String::from("email,organization\n"), |text, i| format!("{text}p{i}@example.com,{name}\n"));
    let import = house.world.made("/user-imports", json!({"text": people(3)})).await;
    let path = format!("/api/v1/user-imports/{}", import["id"].as_str().unwrap());
    let report = house.world.owner.post(&format!("{path}/check"), json!({})).await.expect(200).body;
    assert_eq!(
        (&report["faults"][0]["line"], &report["faults"][0]["code"], &report["faults_total"]),
        (&json!(4), &json!("limit"), &json!(1))
    );
    house.world.owner.post(&format!("{path}/run"), json!({})).await.expect_status(422);
    assert_eq!(house.members().await, 1);
    let import = house.world.made("/user-imports", json!({"text": people(2)})).await;
    let path = format!("/api/v1/user-imports/{}", import["id"].as_str().unwrap());
    house.world.owner.post(&format!("{path}/check"), json!({})).await.expect_status(200);
    house.world.owner.post(&format!("{path}/run"), json!({})).await.expect_status(200);
    assert_eq!(house.members().await, 3);
}

#[tokio::test]
async fn limits_are_the_platforms_to_set_and_the_organizations_to_see() {
    let house = House::new().await;
    house.set(json!({"members_limit": 3})).await.expect_status(200);
    let path = format!("/api/v1/organizations/{}", house.id);
    house.ada.post(&format!("{path}/set-limits"), json!({"members_limit": 1000, "limits_reason": "Please"})).await.expect_status(403);
    house.ada.patch(&path, "*", json!({"members_limit": 1000})).await.expect_status(422);
    let seen = house.ada.get(&path).await.expect(200);
    assert_eq!((&seen["members_limit"], &seen["limits_reason"]), (&json!(3), &Value::Null), "why is between staff");
    assert_eq!(house.world.owner.get(&path).await.expect(200)["limits_reason"], "As in their contract");
    // Nobody sees another organization's.
    let other = house.world.fresh("organizations").await;
    let asked = |id: &str| format!("/api/v1/identity/limits?organization_id={id}");
    house.ada.get(&asked(&other)).await.expect_status(422);
    house.world.owner.get(&asked(&other)).await.expect_status(200);
    house.world.owner.get("/api/v1/identity/limits").await.expect_status(422);
    let developer = house.world.app.staff(&house.world.owner, "developer").await;
    developer.get(&asked(&house.id)).await.expect_status(200);
    developer.post(&format!("{path}/set-limits"), json!({"members_limit": 9, "limits_reason": "Because"})).await.expect_status(403);
}
