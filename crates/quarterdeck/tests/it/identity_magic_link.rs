//! Signing in by a link in a letter: off until somebody wants it, once, for a quarter of an hour, in the browser that
//! asked, or in another one only when its person says so.

use crate::mailed::Mailed;
use chrono::Duration;
use serde_json::{Value, json};
use testkit::{Answer, Client, PASSWORD, totp};

const PATH: &str = "/api/v1/account/session/magic-link";

async fn on() -> Mailed {
    let world = Mailed::open().await;
    world.set("identity.magic_link", json!(true)).await;
    world.app.user(&world.owner, "grace@example.com").await;
    world
}

async fn ask(client: &Client, email: &str) -> Answer {
    client.post(PATH, json!({"email": email})).await
}

async fn enter(client: &Client, token: &str, elsewhere: bool) -> Answer {
    client.post(&format!("{PATH}/answer"), json!({"token": token, "elsewhere": elsewhere})).await
}

async fn state(client: &Client) -> Value {
    client.get("/api/v1/account/session").await.expect(200)["state"].clone()
}

#[tokio::test]
async fn it_is_off_until_somebody_wants_it() {
    let world = on().await;
    let browser = world.app.nobody();
    ask(&browser, "grace@example.com").await.expect_status(202);
    let token = world.token_for("grace@example.com").await;
    world.set("identity.magic_link", json!(false)).await;
    assert_eq!(ask(&browser, "grace@example.com").await.status, 403);
    assert_eq!(enter(&browser, &token, false).await.status, 403, "links that are out end with it");
    assert_eq!(browser.get("/api/v1/account/session").await.expect(200)["offers"]["magic_link"], false);
    assert_eq!(world.owner.get("/api/v1/session").await.expect(200)["offers"]["magic_link"], false);
}

#[tokio::test]
async fn the_browser_that_asked_is_signed_in_once() {
    let world = on().await;
    let browser = world.app.nobody();
    ask(&browser, " GRACE@example.com").await.expect_status(202);
    let token = world.token_for("grace@example.com").await;
    let about = browser.get(&format!("{PATH}?token={token}")).await.expect(200);
    assert_eq!(about.body, json!({"email": "grace@example.com", "asked_here": true}));
    assert_eq!(state(&browser).await, "signed_out", "looking signs nobody in");
    let session = enter(&browser, &token, false).await.expect(200);
    assert_eq!((&session["state"], &session["factors"]), (&json!("signed_in"), &json!(["magic_link"])));
    assert_eq!(enter(&browser, &token, true).await.status, 410);
    assert!(world.owner.get("/api/v1/users").await.expect(200)[0]["email_verified_at"].is_string(), "who reads the letter has the mailbox");
    let rows = world.app.audit().await;
    assert!(rows.iter().any(|row| row["action"] == "user-sessions.sign-in" && row["detail"] == "By magic_link"));
    assert!(!rows.iter().any(|row| row.to_string().contains(&token)));
}

#[tokio::test]
async fn another_browser_is_signed_in_only_when_its_person_says_so_and_the_first_one_never_by_that() {
    let world = on().await;
    let (asker, phone) = (world.app.nobody(), world.app.nobody());
    ask(&asker, "grace@example.com").await.expect_status(202);
    let token = world.token_for("grace@example.com").await;
    assert_eq!(phone.get(&format!("{PATH}?token={token}")).await.expect(200)["asked_here"], false);
    assert_eq!(enter(&phone, &token, false).await.status, 403);
    assert_eq!(state(&phone).await, "signed_out");
    enter(&phone, &token, true).await.expect_status(200);
    assert_eq!((state(&phone).await, state(&asker).await), (json!("signed_in"), json!("signed_out")));
    // A browser with a mark of another link is another browser.
    ask(&asker, "grace@example.com").await.expect_status(202);
    let newer = world.token_for("grace@example.com").await;
    let stranger = world.app.nobody();
    ask(&stranger, "nobody@example.com").await.expect_status(202);
    assert_eq!(enter(&stranger, &newer, false).await.status, 403);
}

#[tokio::test]
async fn unknown_suspended_and_unconfirmed_addresses_get_the_same_answer_and_no_link() {
    let world = on().await;
    let suspended =
        world.owner.post("/api/v1/users", json!({"email": "eve@example.com"})).await.expect(201)["id"].as_str().unwrap().to_owned();
    world.owner.post(&format!("/api/v1/users/{suspended}/suspend"), json!({})).await.expect_status(200);
    world.register(&world.app.nobody(), "waiting@example.com", json!({})).await.expect_status(202);
    let known = ask(&world.app.nobody(), "grace@example.com").await;
    for email in ["nobody@example.com", "eve@example.com", "waiting@example.com"] {
        let answer = ask(&world.app.nobody(), email).await;
        assert_eq!((answer.status, &answer.text, answer.headers.len()), (known.status, &known.text, known.headers.len()), "{email}");
    }
    let letters = world.letters().await;
    let links = letters.iter().filter(|letter| letter["text"].as_str().unwrap().contains("/auth/magic?token=")).count();
    assert_eq!(links, 1);
}

#[tokio::test]
async fn expired_truncated_and_foreign_links_let_nobody_in() {
    let world = on().await;
    let browser = world.app.nobody();
    ask(&browser, "grace@example.com").await.expect_status(202);
    let token = world.token_for("grace@example.com").await;
    for bad in [&token[..token.len() - 1], "nonsense", &format!("{token}a")] {
        assert_eq!(enter(&browser, bad, true).await.status, 404, "{bad}");
    }
    let id = world.owner.get("/api/v1/users").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
    let link = world.owner.post(&format!("/api/v1/users/{id}/reset-link"), json!({})).await.expect(200);
    let reset = link["link"].as_str().unwrap().split("token=").nth(1).unwrap().to_owned();
    assert_eq!(enter(&browser, &reset, true).await.status, 404);
    browser.post("/api/v1/password-reset", json!({"token": token, "password": PASSWORD})).await.expect_status(404);
    // The mailbox is somebody else's by now.
    world.owner.patch(&format!("/api/v1/users/{id}"), "*", json!({"email": "moved@example.com"})).await.expect(200);
    assert_eq!(enter(&browser, &token, false).await.status, 410);
    ask(&browser, "moved@example.com").await.expect_status(202);
    let token = world.token_for("moved@example.com").await;
    world.owner.post(&format!("/api/v1/users/{id}/suspend"), json!({})).await.expect_status(200);
    assert_eq!(enter(&browser, &token, false).await.status, 410);
    world.owner.post(&format!("/api/v1/users/{id}/activate"), json!({})).await.expect_status(200);
    world.app.advance(Duration::minutes(15));
    assert_eq!(enter(&browser, &token, false).await.status, 410);
    assert_eq!(state(&browser).await, "signed_out");
}

#[tokio::test]
async fn of_two_at_once_one_gets_in() {
    let world = on().await;
    let browser = world.app.nobody();
    ask(&browser, "grace@example.com").await.expect_status(202);
    let token = world.token_for("grace@example.com").await;
    let clients: Vec<Client> = (0..4).map(|_| world.app.nobody()).collect();
    let mut statuses: Vec<u16> = futures::future::join_all(clients.iter().map(|client| enter(client, &token, true)))
        .await
        .iter()
        .map(|answer| answer.status)
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 410, 410, 410]);
}

#[tokio::test]
async fn the_second_factor_is_still_asked_for() {
    let world = on().await;
    let grace = world.app.user_in("grace@example.com").await;
    let made = grace.post("/api/v1/account/factors/totp", json!({})).await.expect(201);
    let secret = made["secret"].as_str().unwrap().to_owned();
    let code = |world: &Mailed| totp(&secret, world.app.app.clock.now());
    let confirmed = json!({"id": made["id"], "code": code(&world)});
    grace.post("/api/v1/account/factors/totp/confirm", confirmed).await.expect_status(200);
    let browser = world.app.nobody();
    ask(&browser, "grace@example.com").await.expect_status(202);
    let token = world.token_for("grace@example.com").await;
    assert_eq!(enter(&browser, &token, false).await.expect(200)["state"], "second_factor");
    assert_eq!(state(&browser).await, "second_factor");
    world.app.advance(Duration::seconds(30));
    let session = browser.post("/api/v1/account/session/second-factor", json!({"code": code(&world)})).await.expect(200);
    assert_eq!(session["factors"], json!(["magic_link", "totp"]));
}
