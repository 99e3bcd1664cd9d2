//! What the sweeps do at the two doors and with one's own account: the same for staff and for app users.

use crate::sweeps_world::{Drive, World};
use chrono::Duration;
use serde_json::{Value, json};
use testkit::{Client, Device, OWNER_EMAIL, PASSWORD, totp};

/// Asking a browser for something changes nothing of anybody; what it answers does, and is in the log.
pub const ONLY_ASKS: &[&str] = &[
    "session.passkey",
    "session.second-factor-by-passkey",
    "session.prove-by-passkey",
    "session.enrol",
    "account.passkey",
    "account.second-factor-by-passkey",
    "account.prove-by-passkey",
    "account.enrol",
    "account.registration-code",
    "schema.plan",
];

/// Where one kind of account comes in.
struct Door {
    user: bool,
    session: &'static str,
    own: &'static str,
}

const STAFF: Door = Door { user: false, session: "/session", own: "/profile" };
const USER: Door = Door { user: true, session: "/account/session", own: "/account" };

impl Door {
    async fn person(&self, world: &World) -> (Client, String) {
        let email = format!("door{}@example.com", world.next());
        let client = if self.user {
            world.app.user(&world.owner, &email).await
        } else {
            let role = world.role("developer", "platform").await;
            world.staff_at(&role, &email).await.0
        };
        (client, email)
    }

    async fn add_totp(&self, world: &World, client: &Client) -> String {
        let made = client.post(&format!("/api/v1{}/factors/totp", self.own), json!({})).await.expect(201);
        let secret = made["secret"].as_str().unwrap().to_owned();
        let code = totp(&secret, world.app.app.clock.now());
        client.post(&format!("/api/v1{}/factors/totp/confirm", self.own), json!({"id": made["id"], "code": code})).await.expect(200);
        secret
    }

    async fn add_passkey(&self, client: &Client) -> Device {
        let mut device = Device::default();
        let options = client.post(&format!("/api/v1{}/factors/passkey", self.own), json!({})).await.expect(200).body;
        let credential = device.create(&options).await;
        client.post(&format!("/api/v1{}/factors/passkey/confirm", self.own), json!({"credential": credential})).await.expect(200);
        device
    }

    /// Somebody whose password was right, and who has a second factor.
    async fn half_way(&self, world: &World, email: &str) -> Client {
        let client = world.app.nobody();
        let answer = client.post(&format!("/api/v1{}", self.session), json!({"email": email, "password": PASSWORD})).await.expect(200);
        assert_ne!(answer["state"], "signed_in");
        client
    }

    /// A role that asks for a second factor, and somebody with it who has none.
    async fn without_factor(&self, world: &World) -> Client {
        let (_, email) = self.person(world).await;
        let setting = if self.user { "identity.user_second_factor" } else { "identity.staff_second_factor" };
        let set = |value: bool| {
            let path = format!("/api/v1/settings/{setting}");
            async move { world.owner.patch(&path, "*", json!({"value": value})).await.expect(200) }
        };
        set(true).await;
        let client = self.half_way(world, &email).await;
        set(false).await;
        client
    }
}

/// A case of a door or of one's own account; `rest` is what follows `session.`, `account.` or `profile.`.
async fn at(world: &World, door: &Door, rest: &str) -> Option<Drive> {
    let session = door.session;
    let own = door.own;
    Some(match rest {
        "create" => Drive::of(session, json!({"email": door.person(world).await.1, "password": PASSWORD})).by(world.app.nobody()),
        "delete" => Drive::of(session, Value::Null).by(door.person(world).await.0),
        "second-factor" => {
            let (client, email) = door.person(world).await;
            let secret = door.add_totp(world, &client).await;
            world.app.advance(Duration::seconds(30));
            let code = totp(&secret, world.app.app.clock.now());
            Drive::of(format!("{session}/second-factor"), json!({"code": code})).by(door.half_way(world, &email).await)
        }
        "second-factor-by-passkey" => {
            let (client, email) = door.person(world).await;
            door.add_passkey(&client).await;
            Drive::of(format!("{session}/second-factor/passkey"), json!({})).by(door.half_way(world, &email).await)
        }
        "enrol" => Drive::of(format!("{session}/enrolment"), json!({})).by(door.without_factor(world).await),
        "confirm-enrolment" => {
            let client = door.without_factor(world).await;
            let started = client.post(&format!("/api/v1{session}/enrolment"), json!({})).await.expect(200);
            let code = totp(started["secret"].as_str().unwrap(), world.app.app.clock.now());
            Drive::of(format!("{session}/enrolment/confirm"), json!({"code": code})).by(client)
        }
        "passkey" => Drive::of(format!("{session}/passkey"), json!({})).by(world.app.nobody()),
        "create-by-passkey" => {
            let (client, _) = door.person(world).await;
            let mut device = door.add_passkey(&client).await;
            let stranger = world.app.nobody();
            let options = stranger.post(&format!("/api/v1{session}/passkey"), json!({})).await.expect(200).body;
            Drive::of(format!("{session}/passkey/answer"), json!({"credential": device.get(&options).await})).by(stranger)
        }
        "prove" => Drive::of(format!("{session}/proof"), json!({"password": PASSWORD})).by(door.person(world).await.0),
        "prove-by-passkey" => {
            let (client, _) = door.person(world).await;
            door.add_passkey(&client).await;
            Drive::of(format!("{session}/proof/passkey"), json!({})).by(client)
        }
        "add-totp" => Drive::of(format!("{own}/factors/totp"), json!({})).by(door.person(world).await.0),
        "confirm-totp" => {
            let (client, _) = door.person(world).await;
            let made = client.post(&format!("/api/v1{own}/factors/totp"), json!({})).await.expect(201);
            let code = totp(made["secret"].as_str().unwrap(), world.app.app.clock.now());
            Drive::of(format!("{own}/factors/totp/confirm"), json!({"id": made["id"], "code": code})).by(client)
        }
        "add-passkey" => Drive::of(format!("{own}/factors/passkey"), json!({})).by(door.person(world).await.0),
        "confirm-passkey" => {
            let (client, _) = door.person(world).await;
            let options = client.post(&format!("/api/v1{own}/factors/passkey"), json!({})).await.expect(200).body;
            let credential = Device::default().create(&options).await;
            Drive::of(format!("{own}/factors/passkey/confirm"), json!({"credential": credential})).by(client)
        }
        "remove-factor" | "rename-factor" => {
            let (client, _) = door.person(world).await;
            door.add_totp(world, &client).await;
            let id = client.get(&format!("/api/v1{own}/factors")).await.expect(200)["factors"][0]["id"].as_str().unwrap().to_owned();
            let body = if rest == "rename-factor" { json!({"label": "Work phone"}) } else { Value::Null };
            Drive::of(format!("{own}/factors/{id}"), body).by(client)
        }
        "renew-recovery-codes" => {
            let (client, _) = door.person(world).await;
            door.add_totp(world, &client).await;
            Drive::of(format!("{own}/recovery-codes"), json!({})).by(client)
        }
        "set-password" => {
            Drive::of(format!("{own}/password"), json!({"password": "another-horse-battery-staple-43"})).by(door.person(world).await.0)
        }
        "rename" => Drive::of(own, json!({"name": "Grace Brewster"})).by(door.person(world).await.0),
        "revoke-session" | "revoke-other-sessions" => {
            let (client, email) = door.person(world).await;
            world.app.nobody().post(&format!("/api/v1{session}"), json!({"email": email, "password": PASSWORD})).await.expect(200);
            if rest == "revoke-other-sessions" {
                return Some(Drive::of(format!("{own}/sessions/revoke-others"), json!({})).by(client));
            }
            let sessions = client.get(&format!("/api/v1{own}/sessions")).await.expect(200);
            let other = sessions["sessions"].as_array().unwrap().iter().find(|s| s["current"] == false).expect("there are two").clone();
            Drive::of(format!("{own}/sessions/{}/revoke", other["id"].as_str().unwrap()), json!({})).by(client)
        }
        "create-key" | "rotate-key" | "revoke-key" => {
            let (client, email) = door.person(world).await;
            let body = own_key(world, &email).await;
            if rest == "create-key" {
                return Some(Drive::of(format!("{own}/keys"), body).by(client));
            }
            let made = client.post(&format!("/api/v1{own}/keys"), body).await.expect(201);
            let verb = rest.trim_end_matches("-key");
            Drive::of(format!("{own}/keys/{}/{verb}", made["id"].as_str().unwrap()), json!({})).by(client)
        }
        _ => return None,
    })
}

/// What a key of an app user is made from, in an organization they belong to.
async fn own_key(world: &World, email: &str) -> Value {
    let organization = world.fresh("organizations").await;
    let user = world.owner.get(&format!("/api/v1/users?email=eq.{email}")).await.expect(200)[0]["id"].clone();
    let role = world.role("member", "organization").await;
    let body = json!({"organization_id": organization, "user_id": user, "role_id": role});
    world.owner.post("/api/v1/memberships", body).await.expect_status(201);
    json!({"name": "My script", "organization_id": organization, "scopes": ["organizations:read"]})
}

/// Operations of the two doors, and of one's own account.
pub async fn prepared(world: &World, id: &str) -> Option<Drive> {
    let (place, rest) = id.split_once('.')?;
    let door = match place {
        "impersonation" => return Some(impersonation(world, rest).await),
        "session" | "profile" => &STAFF,
        "account" => &USER,
        _ => return None,
    };
    Box::pin(at(world, door, rest)).await
}

async fn impersonation(world: &World, rest: &str) -> Drive {
    let user = world.fresh("users").await;
    let client = world.app.sign_in(OWNER_EMAIL).await;
    let begun = client.post(&format!("/api/v1/users/{user}/impersonate"), json!({"reason": "a test"})).await.expect(200);
    let code = json!({"code": begun["open"].as_str().and_then(|link| link.split("code=").nth(1)).unwrap()});
    if rest == "enter" {
        return Drive::of("/impersonation", code).by(client);
    }
    client.post("/api/v1/impersonation", code).await.expect_status(200);
    Drive { headers: vec![("quarterdeck-account", "user".into())], ..Drive::of("/impersonation", Value::Null).by(client) }
}

/// Gives an account a second factor, behind the scenes.
pub async fn give_factor(world: &World, collection: &str, id: &str) {
    let owner = if collection == "staff" { "staff_id" } else { "user_id" };
    let db = world.app.database().await;
    let statement = format!(
        "insert into identity.factors (id, {owner}, kind, label, secret, created_at, confirmed_at) values (gen_random_uuid(), $1::text::uuid, 'totp', 'App', '', now(), now())"
    );
    db.execute(&statement, &[&id]).await.unwrap();
}
