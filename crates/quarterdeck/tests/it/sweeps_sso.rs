//! What the sweeps do with sign-in providers: one that answers, and somebody who is connected to it.

use crate::sso_lab::{CLIENT, Liar, Sign, back, come_back, provider};
use crate::sweeps_world::{Drive, World};
use serde_json::{Value, json};
use testkit::{Client, OWNER_EMAIL};

/// Sending a browser to a provider changes nothing of anybody; what it brings back does, and is in the log.
pub const ONLY_SENDS: &[&str] = &[
    "session.start-sso",
    "account.start-sso",
    "session.prove-by-sso",
    "account.prove-by-sso",
    "profile.connect-identity",
    "account.connect-identity",
];

/// A provider that answers, and its name.
async fn answering(world: &World, user: bool) -> (Liar, String) {
    world.owner.patch("/api/v1/settings/identity.sso_loopback", "*", json!({"value": true})).await.expect_status(200);
    let liar = Liar::start().await;
    let slug = format!("sweep{}", world.next());
    provider(&world.owner, &slug, &liar.issuer, json!({"account_kind": if user { "user" } else { "staff" }})).await;
    (liar, slug)
}

/// Somebody who is signed in, and connected where that is wanted.
async fn person(world: &World, user: bool, connected: bool) -> (Client, String) {
    let (liar, slug) = answering(world, user).await;
    let client = if user {
        world.app.user(&world.owner, &format!("sso{}@example.com", world.next())).await
    } else {
        world.app.sign_in(OWNER_EMAIL).await
    };
    if connected {
        let own = if user { "/account" } else { "/profile" };
        let began = client.post(&format!("/api/v1{own}/identities"), json!({"provider": slug})).await.expect(200);
        let location = began["location"].as_str().unwrap();
        let subject = format!("sub{}", world.next());
        liar.gives(&liar.sign(&liar.claims(&world.app, location, json!({"sub": subject})), &Sign::Own));
        come_back(&client, &back(&slug, location, "")).await;
    }
    (client, slug)
}

/// A connection of somebody, as staff see it.
pub async fn identity(world: &World, collection: &str) -> String {
    let user = collection == "user-identities";
    let (client, _) = person(world, user, true).await;
    let own = if user { "/api/v1/account/identities" } else { "/api/v1/profile/identities" };
    let listed = client.get(own).await.expect(200);
    listed["identities"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned()
}

/// A provider that is never asked.
pub async fn fresh(world: &World) -> String {
    let slug = format!("sweep{}", world.next());
    provider(&world.owner, &slug, "https://login.example.com", json!({})).await
}

pub async fn prepared(world: &World, id: &str) -> Option<Drive> {
    let (place, rest) = id.split_once('.')?;
    let user = place == "account";
    let (session, own) = if user { ("/account/session", "/account") } else { ("/session", "/profile") };
    Some(match (place, rest) {
        ("identity-providers", "create") => Drive::of(
            "/identity-providers",
            json!({"label": "Keycloak", "slug": format!("sweep{}", world.next()), "account_kind": "staff", "issuer": "https://login.example.com", "client_id": "quarterdeck"}),
        ),
        ("identity-providers", "update") => {
            Drive::of(format!("/identity-providers/{}", fresh(world).await), json!({"label": "Keycloak"})).any_version()
        }
        ("session", "sso-logout") => {
            let (liar, slug) = answering(world, false).await;
            let now = world.app.app.clock.now().timestamp();
            let events = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
            let claims = json!({"iss": liar.issuer, "aud": CLIENT, "iat": now, "jti": slug, "sub": "grace", "events": events});
            let mut drive = Drive::of(format!("/sso/{slug}/logout"), Value::Null).by(world.app.nobody());
            drive.form = Some(format!("logout_token={}", liar.sign(&claims, &Sign::Own)));
            drive
        }
        (_, "start-sso") => {
            let (_, slug) = answering(world, user).await;
            Drive::of(format!("{session}/sso/{slug}"), json!({})).by(world.app.nobody())
        }
        (_, "prove-by-sso") => {
            let (client, slug) = person(world, user, true).await;
            Drive::of(format!("{session}/proof/sso"), json!({"provider": slug})).by(client)
        }
        (_, "connect-identity") => {
            let (client, slug) = person(world, user, false).await;
            Drive::of(format!("{own}/identities"), json!({"provider": slug})).by(client)
        }
        (_, "disconnect-identity") => {
            let (client, _) = person(world, user, true).await;
            let listed = client.get(&format!("/api/v1{own}/identities")).await.expect(200);
            let id = listed["identities"][0]["id"].as_str().unwrap();
            Drive::of(format!("{own}/identities/{id}"), Value::Null).by(client)
        }
        _ => return None,
    })
}
