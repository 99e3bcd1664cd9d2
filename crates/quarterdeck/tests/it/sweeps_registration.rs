//! What the sweeps do where people register, confirm an address, forget a password or sign in by a link. What was sent is
//! taken from behind the scenes: a token of the sweep's own takes the place of the one in the letter.

use crate::sweeps_world::{Drive, World};
use kernel::secret;
use serde_json::json;
use testkit::{Client, PASSWORD};
use work::worker;

async fn set(world: &World, key: &str, value: serde_json::Value) {
    world.owner.patch(&format!("/api/v1/settings/{key}"), "*", json!({"value": value})).await.expect(200);
}

/// Somebody new who wants to register.
async fn person(world: &World) -> serde_json::Value {
    set(world, "identity.registration", json!("open")).await;
    json!({"name": "Grace", "email": format!("registered{}@example.com", world.next()), "password": PASSWORD})
}

/// A registration that waits for its address to be confirmed.
pub async fn fresh(world: &World) -> String {
    let body = person(world).await;
    world
        .app
        .nobody()
        .from_address(&format!("198.51.100.{}", world.next() % 250))
        .post("/api/v1/account/registration", body.clone())
        .await
        .expect_status(202);
    let listed = world.owner.get(&format!("/api/v1/registrations?email=eq.{}", body["email"].as_str().unwrap())).await.expect(200);
    listed[0]["id"].as_str().unwrap().to_owned()
}

/// Puts a token of our own behind a link that was sent.
async fn token(world: &World, table: &str, which: &str) -> String {
    worker::drain(&world.app.app).await.unwrap();
    let token = format!("sweep-{}", world.next());
    let changed = world
        .app
        .database()
        .await
        .execute(&format!("update {table} set token_hash = $1 where {which}"), &[&secret::hash(&token)])
        .await
        .unwrap();
    assert_eq!(changed, 1, "{table} has one such link");
    token
}

async fn user(world: &World) -> (Client, String) {
    let email = format!("link{}@example.com", world.next());
    (world.app.user(&world.owner, &email).await, email)
}

pub async fn prepared(world: &World, id: &str) -> Option<Drive> {
    Some(match id {
        "account.register" => Drive::of("/account/registration", person(world).await).by(world.app.nobody()),
        "account.resend-registration" => {
            let browser = world.app.nobody();
            browser.post("/api/v1/account/registration", person(world).await).await.expect_status(202);
            Drive::of("/account/registration/letter", json!({})).by(browser)
        }
        "account.confirm-registration" => {
            let body = person(world).await;
            let browser = world.app.nobody();
            browser.post("/api/v1/account/registration", body.clone()).await.expect_status(202);
            let token = token(world, "auth.registrations", &format!("email = '{}'", body["email"].as_str().unwrap())).await;
            Drive::of("/account/registration/confirm", json!({"token": token})).by(browser)
        }
        "account.registration-code" => {
            set(world, "identity.registration", json!("invitation")).await;
            let made = world.made("/registration-codes", json!({})).await;
            Drive::of("/account/registration/code", json!({"code": made["code"]})).by(world.app.nobody())
        }
        "account.forgotten-password" => {
            Drive::of("/account/session/forgotten-password", json!({"email": user(world).await.1})).by(world.app.nobody())
        }
        "session.forgotten-password" => {
            Drive::of("/session/forgotten-password", json!({"email": testkit::OWNER_EMAIL})).by(world.app.nobody())
        }
        "account.magic-link" => {
            set(world, "identity.magic_link", json!(true)).await;
            Drive::of("/account/session/magic-link", json!({"email": user(world).await.1})).by(world.app.nobody())
        }
        "account.create-by-magic-link" => {
            set(world, "identity.magic_link", json!(true)).await;
            let (browser, (_, email)) = (world.app.nobody(), user(world).await);
            browser.post("/api/v1/account/session/magic-link", json!({"email": email})).await.expect_status(202);
            let token = token(world, "auth.magic_links", &format!("email = '{email}'")).await;
            Drive::of("/account/session/magic-link/answer", json!({"token": token})).by(browser)
        }
        "account.change-email" => {
            let email = format!("changed{}@example.com", world.next());
            Drive::of("/account/email", json!({"email": email})).by(user(world).await.0)
        }
        "account.confirm-email" => {
            let email = format!("changed{}@example.com", world.next());
            let (client, _) = user(world).await;
            client.post("/api/v1/account/email", json!({"email": email})).await.expect_status(202);
            let token = token(world, "auth.email_changes", &format!("email = '{email}'")).await;
            Drive::of("/account/email/confirm", json!({"token": token})).by(world.app.nobody())
        }
        _ => return None,
    })
}
