//! Confirming that an address is one's own: after registering, and for a new address. Links are good once, for so long,
//! for what they were made for; whoever hasn't confirmed is refused at the door, and only who knows the password is told.

use crate::mailed::{Mailed, says, token_in};
use chrono::Duration;
use serde_json::{Value, json};
use testkit::{Client, PASSWORD};

async fn confirm(client: &Client, path: &str, token: &str) -> u16 {
    client.post(&format!("/api/v1/account/{path}/confirm"), json!({"token": token})).await.status
}

#[tokio::test]
async fn who_has_not_confirmed_is_refused_and_only_the_right_password_is_told_why() {
    let world = Mailed::open().await;
    world.register(&world.app.nobody(), "grace@example.com", json!({})).await.expect(202);
    let unknown = world.sign_in(&world.app.nobody(), "nobody@example.com").await;
    let wrong = json!({"email": "grace@example.com", "password": "another-horse-battery-staple-43"});
    let wrong = world.app.nobody().post("/api/v1/account/session", wrong).await;
    let without_id = |text: &str| {
        serde_json::from_str::<Value>(text)
            .map(|mut body| {
                body["request_id"] = Value::Null;
                body
            })
            .unwrap()
    };
    assert_eq!((wrong.status, without_id(&wrong.text)), (unknown.status, without_id(&unknown.text)));

    // From anywhere, the right password is told, lets nobody in, and can have the letter sent again.
    let elsewhere = world.app.nobody();
    let told = world.sign_in(&elsewhere, "grace@example.com").await.expect(200);
    assert_eq!((&told["state"], &told["user"], &told["permissions"]), (&json!("unconfirmed"), &Value::Null, &json!([])));
    assert_eq!(elsewhere.get("/api/v1/account/session").await.expect(200)["state"], "signed_out");
    let first = world.token_for("grace@example.com").await;
    elsewhere.post("/api/v1/account/registration/letter", json!({})).await.expect_status(202);
    let letters = world.letters_to("grace@example.com").await;
    assert_eq!(letters.len(), 2);
    let second = token_in(&letters[1]);
    assert_eq!(confirm(&world.app.nobody(), "registration", &first).await, 404, "the newer link takes its place");
    assert_eq!(confirm(&elsewhere, "registration", &second).await, 201);
    assert_eq!(elsewhere.get("/api/v1/account/session").await.expect(200)["state"], "signed_in", "the browser that knew the password");
    world.sign_in(&world.app.nobody(), "grace@example.com").await.expect_status(200);
}

#[tokio::test]
async fn accounts_that_nobody_registered_need_no_confirmation() {
    let world = Mailed::open().await;
    world.app.user(&world.owner, "made@example.com").await;
    let user = world.owner.get("/api/v1/users?email=eq.made@example.com").await.expect(200)[0].clone();
    assert_eq!(user["email_verified_at"], Value::Null);
    world.sign_in(&world.app.nobody(), "made@example.com").await.expect_status(200);
    // Nor does a stranger's registration with her address change anything for her.
    world.register(&world.app.nobody(), "made@example.com", json!({"password": "another-horse-battery-staple-43"})).await.expect(202);
    assert_eq!(world.sign_in(&world.app.nobody(), "made@example.com").await.expect(200)["state"], "signed_in");
    // An address that staff corrected isn't confirmed, and works.
    let id = user["id"].as_str().unwrap();
    world.owner.patch(&format!("/api/v1/users/{id}"), "*", json!({"email": "corrected@example.com"})).await.expect(200);
    assert_eq!(world.sign_in(&world.app.nobody(), "corrected@example.com").await.expect(200)["state"], "signed_in");
}

#[tokio::test]
async fn a_link_opened_elsewhere_makes_the_account_and_signs_nobody_in() {
    let world = Mailed::open().await;
    let browser = world.app.nobody();
    world.register(&browser, "grace@example.com", json!({})).await.expect(202);
    let token = world.token_for("grace@example.com").await;
    let phone = world.app.nobody();
    let answer = phone.post("/api/v1/account/registration/confirm", json!({"token": token})).await.expect(201);
    assert_eq!(answer["state"], "signed_out");
    for client in [&phone, &browser] {
        assert_eq!(client.get("/api/v1/account/session").await.expect(200)["state"], "signed_out");
    }
    assert_eq!(confirm(&browser, "registration", &token).await, 404, "it was good once");
    world.sign_in(&browser, "grace@example.com").await.expect_status(200);
}

#[tokio::test]
async fn somebody_elses_registration_takes_no_address() {
    let world = Mailed::open().await;
    // An attacker is first, with a password of their own, and again after the owner of the address.
    let attacker = world.app.nobody();
    let theirs = json!({"password": "another-horse-battery-staple-43", "name": "Eve"});
    world.register(&attacker, "grace@example.com", theirs.clone()).await.expect(202);
    world.letters().await;
    let browser = world.app.nobody();
    world.register(&browser, "grace@example.com", json!({})).await.expect(202);
    let hers = world.token_for("grace@example.com").await;
    world.register(&attacker, "grace@example.com", theirs).await.expect(202);
    world.letters().await;
    assert_eq!(confirm(&browser, "registration", &hers).await, 201);
    assert_eq!(browser.get("/api/v1/account/session").await.expect(200)["user"]["name"], "Grace Hopper");
    let letters = world.letters_to("grace@example.com").await;
    for letter in letters.iter().filter(|letter| token_in(letter) != hers) {
        assert_eq!(confirm(&attacker, "registration", &token_in(letter)).await, 404, "what else waited for the address is forgotten");
    }
    let guess = json!({"email": "grace@example.com", "password": "another-horse-battery-staple-43"});
    attacker.post("/api/v1/account/session", guess).await.expect_status(401);
}

#[tokio::test]
async fn wrong_expired_and_used_links_change_nothing() {
    let world = Mailed::open().await;
    let browser = world.app.nobody();
    world.register(&browser, "grace@example.com", json!({})).await.expect(202);
    let token = world.token_for("grace@example.com").await;
    for bad in [&token[..token.len() - 1], &format!("{token}x"), "nonsense", &token.to_lowercase(), "%00", "../../etc/passwd"] {
        assert_eq!(confirm(&browser, "registration", bad).await, 404, "{bad}");
    }
    assert_eq!(confirm(&browser, "registration", "").await, 422);
    assert_eq!(confirm(&browser, "registration", &"x".repeat(201)).await, 422);
    // A link of another sort opens no other door.
    assert_eq!(confirm(&browser, "email", &token).await, 404);
    browser.post("/api/v1/password-reset", json!({"token": token, "password": PASSWORD})).await.expect_status(404);
    browser.post("/api/v1/account/invitation", json!({"token": token, "name": "Eve", "password": PASSWORD})).await.expect_status(404);
    world.app.advance(Duration::hours(24));
    assert_eq!(confirm(&browser, "registration", &token).await, 410);
    assert_eq!(browser.get(&format!("/api/v1/account/verification?token={token}")).await.status, 410);
    assert_eq!(world.sign_in(&browser, "grace@example.com").await.status, 401, "what was never confirmed is forgotten");
    assert_eq!(world.app.sign_in(testkit::OWNER_EMAIL).await.get("/api/v1/users").await.expect(200).body, json!([]));
}

#[tokio::test]
async fn a_new_address_counts_once_its_link_is_opened_and_the_old_one_is_told() {
    let world = Mailed::open().await;
    let grace = world.app.user(&world.owner, "grace@example.com").await;
    let change = |email: &str| grace.post("/api/v1/account/email", json!({"email": email}));
    assert_eq!(change("grace@example.com").await.status, 422);
    change(" Grace@Navy.example ").await.expect_status(202);
    assert_eq!(grace.get("/api/v1/account/session").await.expect(200)["user"]["email"], "grace@example.com");
    let told = world.letters_to("grace@example.com").await;
    assert!(told.iter().any(|letter| says(letter, "another e-mail address was asked for")), "{told:?}");
    assert!(!told.iter().any(|letter| letter["text"].as_str().unwrap().contains("/auth/verify")), "the old mailbox gets no link");
    let token = world.token_for("grace@navy.example").await;
    let about = world.app.nobody().get(&format!("/api/v1/account/verification?token={token}")).await.expect(200);
    assert_eq!((&about["purpose"], &about["email"]), (&json!("email"), &json!("grace@navy.example")));
    assert_eq!(confirm(&world.app.nobody(), "registration", &token).await, 404);
    assert_eq!(confirm(&world.app.nobody(), "email", &token).await, 204);
    assert_eq!(confirm(&world.app.nobody(), "email", &token).await, 404, "once");
    let user = world.owner.get("/api/v1/users").await.expect(200)[0].clone();
    assert_eq!(user["email"], "grace@navy.example");
    assert!(user["email_verified_at"].is_string());
    let told = world.letters_to("grace@example.com").await;
    assert!(told.iter().any(|letter| says(letter, "it has another e-mail address now")), "{told:?}");
    world.sign_in(&world.app.nobody(), "grace@example.com").await.expect_status(401);
    world.sign_in(&world.app.nobody(), "grace@navy.example").await.expect_status(200);
}

#[tokio::test]
async fn an_address_of_somebody_else_is_neither_taken_nor_told() {
    let world = Mailed::open().await;
    world.app.user(&world.owner, "ada@navy.example").await;
    let grace = world.app.user(&world.owner, "grace@example.com").await;
    let taken = grace.post("/api/v1/account/email", json!({"email": "ada@navy.example"})).await;
    let free = grace.post("/api/v1/account/email", json!({"email": "free@navy.example"})).await;
    assert_eq!((taken.status, &taken.text), (free.status, &free.text));
    assert_eq!(world.letters_to("ada@navy.example").await.last().unwrap()["head"]["subject"], "You have an account at Quarterdeck already");
    // Taken by somebody in the meantime.
    let token = world.token_for("free@navy.example").await;
    world.app.user(&world.owner, "free@navy.example").await;
    assert_eq!(confirm(&grace, "email", &token).await, 409);
    for bad in ["gr\u{430}ce@example.com", "nobody", "a@b\r\nbcc: c@d.example"] {
        grace.post("/api/v1/account/email", json!({"email": bad})).await.expect_status(422);
    }
    // Who isn't signed in, hasn't proved who they are lately, or is a member of the staff changes nobody's.
    world.app.nobody().post("/api/v1/account/email", json!({"email": "x@example.com"})).await.expect_status(401);
    world.owner.post("/api/v1/account/email", json!({"email": "x@example.com"})).await.expect_status(403);
    world.app.advance(Duration::minutes(11));
    let stale = grace.post("/api/v1/account/email", json!({"email": "x@example.com"})).await.expect(403);
    assert!(stale["type"].as_str().unwrap().ends_with("step-up"), "{}", stale.text);
}

#[tokio::test]
async fn a_change_somebody_else_began_ends_with_a_new_password_and_with_what_staff_do() {
    let world = Mailed::open().await;
    let grace = world.app.user(&world.owner, "grace@example.com").await;
    let id = world.owner.get("/api/v1/users").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
    let begin = || async {
        grace.post("/api/v1/account/email", json!({"email": "thief@example.net"})).await.expect_status(202);
        world.token_for("thief@example.net").await
    };
    let first = begin().await;
    grace.post("/api/v1/account/password", json!({"password": "another-horse-battery-staple-43"})).await.expect_status(204);
    assert_eq!(confirm(&grace, "email", &first).await, 404);
    let second = begin().await;
    world.owner.patch(&format!("/api/v1/users/{id}"), "*", json!({"email": "grace@navy.example"})).await.expect(200);
    assert_eq!(confirm(&grace, "email", &second).await, 404);
    let third = begin().await;
    world.owner.post(&format!("/api/v1/users/{id}/suspend"), json!({})).await.expect_status(200);
    assert_eq!(confirm(&grace, "email", &third).await, 404);
}
