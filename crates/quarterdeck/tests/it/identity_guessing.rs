//! Guessing passwords, as an attacker would: from many addresses at one account, from one address at many accounts, from
//! behind the address of somebody familiar. Nothing that strangers do keeps a familiar device out.

use chrono::Duration;
use quarterdeck::product;
use serde_json::json;
use testkit::{Client, OWNER_EMAIL, PASSWORD, TestApp};

async fn guess(client: &Client, email: &str) -> u16 {
    client.post("/api/v1/session", json!({"email": email, "password": "wrong-horse-battery-staple"})).await.status
}

async fn enter(client: &Client, email: &str) -> u16 {
    client.post("/api/v1/session", json!({"email": email, "password": PASSWORD})).await.status
}

#[tokio::test]
async fn many_addresses_at_one_account_get_a_hundred_guesses_a_day_and_lock_nobody_out() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let mut failures = 0;
    // Ten hours of an attacker who comes from a new address every time, as fast as it is let.
    for round in 0..720_u32 {
        let attacker = t.nobody().from_address(&format!("198.{}.{}.{}", 18 + round % 2, round / 250, round % 250));
        if guess(&attacker, OWNER_EMAIL).await == 401 {
            failures += 1;
        }
        t.advance(Duration::seconds(120));
    }
    assert!((60..=100).contains(&failures), "{failures} guesses went through in a day");
    // The browser that signed in before is let in at once, wherever it is, in the middle of it.
    let familiar = owner.from_address("203.0.113.50");
    familiar.set_cookie(owner.cookie().as_deref());
    assert_eq!(enter(&familiar, OWNER_EMAIL).await, 200);
    // So is a new browser at an address that is familiar to the account.
    assert_eq!(enter(&t.nobody(), OWNER_EMAIL).await, 200);
}

#[tokio::test]
async fn one_address_at_many_accounts_is_slowed_and_others_are_not() {
    let t = TestApp::start(product()).await;
    t.owner().await;
    let attacker = t.nobody().from_address("198.51.100.9");
    let mut answers = Vec::new();
    for account in 0..60 {
        answers.push(guess(&attacker, &format!("user{account}@example.com")).await);
    }
    assert_eq!(answers.iter().filter(|status| **status == 401).count(), 40);
    assert!(answers[40..].iter().all(|status| *status == 429));
    // A whole /64 is one customer.
    for host in 0..45 {
        guess(&t.nobody().from_address(&format!("[2001:db8:1:1::{host:x}]")), &format!("other{host}@example.com")).await;
    }
    assert_eq!(guess(&t.nobody().from_address("[2001:db8:1:1:ffff::1]"), "x@example.com").await, 429);
    assert_eq!(guess(&t.nobody().from_address("[2001:db8:1:2::1]"), "x@example.com").await, 401);
    assert_eq!(enter(&t.nobody().from_address("198.51.100.10"), OWNER_EMAIL).await, 200);
}

#[tokio::test]
async fn whoever_shares_a_familiar_address_has_a_hundred_guesses_a_day_too() {
    let t = TestApp::start(product()).await;
    t.owner().await;
    let mut failures = 0;
    for _ in 0..720 {
        // Another browser behind the same address, without the owner's cookie.
        if guess(&t.nobody(), OWNER_EMAIL).await == 401 {
            failures += 1;
        }
        t.advance(Duration::seconds(120));
    }
    assert!(failures <= 100, "{failures} guesses went through in a day");
}

#[tokio::test]
async fn a_browser_that_is_familiar_to_one_account_is_a_stranger_to_another() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    t.staff(&owner, "operator").await;
    let thief = owner.from_address("198.51.100.9");
    thief.set_cookie(owner.cookie().as_deref());
    let mut answers = Vec::new();
    for _ in 0..20 {
        answers.push(guess(&thief, "operator@example.com").await);
    }
    assert!(answers.contains(&429), "{answers:?}");
}
