//! Signing in and out, sessions and their limits, throttling, reset links.

use chrono::Duration;
use quarterdeck::product;
use serde_json::{Value, json};
use testkit::{Answer, Client, OWNER_EMAIL, PASSWORD, TestApp};

async fn attempt(client: &Client, email: &str, password: &str) -> Answer {
    client.post("/api/v1/session", json!({"email": email, "password": password})).await
}

async fn id_of(owner: &Client, email: &str) -> String {
    owner.get(&format!("/api/v1/staff?email=eq.{email}")).await.expect(200)[0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn unknown_wrong_and_suspended_are_one_answer() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    t.staff(&owner, "operator").await;
    let id = id_of(&owner, "operator@example.com").await;
    owner.post(&format!("/api/v1/staff/{id}/suspend"), json!({})).await.expect_status(200);

    let mut answers = Vec::new();
    for (email, password) in [
        ("nobody@example.com", PASSWORD),
        (OWNER_EMAIL, "not the password at all"),
        ("operator@example.com", PASSWORD),
        ("operator@example.com", "wrong"),
        ("no address", "x"),
    ] {
        let answer = attempt(&t.nobody().from_address("198.51.100.9"), email, password).await;
        assert!(answer.header("set-cookie").is_none());
        let mut body = answer.body.clone();
        body["request_id"] = Value::Null;
        answers.push((answer.status, body));
    }
    assert_eq!(answers[0].0, 401);
    assert!(answers.iter().all(|a| *a == answers[0]), "{answers:?}");

    // The log tells them apart, for those who may read it.
    let audit = t.audit().await;
    let mut why: Vec<_> = audit.iter().filter(|r| r["outcome"] == "failed").map(|r| r["detail"].as_str().unwrap().to_owned()).collect();
    why.sort();
    assert_eq!(
        why,
        [
            "The account is suspended",
            "The account is suspended",
            "The password was wrong",
            "There is no such account",
            "There is no such account"
        ]
    );
    assert!(audit.iter().filter(|r| r["outcome"] == "failed").all(|r| r["actor_kind"] == "nobody" && r["address"] == "198.51.100.9"));
    // Attempts at one address are together, whether somebody has it or not.
    let db = t.database().await;
    let together = "select count(*)::int, count(distinct target_id)::int, count(distinct target_label)::int from kernel.audit_log where outcome = 'failed'";
    let row = db.query_one(together, &[]).await.unwrap();
    assert_eq!((row.get::<_, i32>(0), row.get::<_, i32>(1), row.get::<_, i32>(2)), (5, 4, 4));
}

#[tokio::test]
async fn a_sign_in_is_case_blind_replaces_the_old_session_and_ends_by_sign_out() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let old = owner.cookie();
    attempt(&owner, " ADA@Example.COM ", PASSWORD).await.expect_status(200);
    assert_ne!(owner.cookie(), old);
    let thief = t.nobody();
    thief.set_cookie(old.as_deref());
    assert_eq!(thief.get("/api/v1/session").await["state"], "signed_out");

    let kept = owner.cookie();
    owner.send(http::Method::DELETE, "/api/v1/session", &[], None).await.expect_status(200);
    thief.set_cookie(kept.as_deref());
    thief.get("/api/v1/users").await.expect_status(401);
    assert_eq!(owner.get("/api/v1/session").await["state"], "signed_out");
    // Signing out twice is no fault.
    owner.send(http::Method::DELETE, "/api/v1/session", &[], None).await.expect_status(200);
}

#[tokio::test]
async fn cookies_are_host_bound_over_tls_and_out_of_reach_of_scripts() {
    let t = TestApp::with(product(), &[("QUARTERDECK_BASE_URL", "https://panel.example.com")]).await;
    t.owner().await;
    let tls = t.nobody().with_header("host", "panel.example.com");
    let answer = attempt(&tls, OWNER_EMAIL, PASSWORD).await.expect(200);
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap().to_owned()).collect();
    let session = cookies.iter().find(|c| c.starts_with("__Host-qd_staff=")).expect("the session cookie is bound to the host");
    for attribute in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure", "Max-Age=43200"] {
        assert!(session.contains(attribute), "{session} lacks {attribute}");
    }
    assert!(!session.contains("Domain"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_session_ends_when_idle_and_at_the_latest_after_its_day() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    for _ in 0..3 {
        t.advance(Duration::minutes(59));
        owner.get("/api/v1/users").await.expect_status(200);
    }
    t.advance(Duration::minutes(61));
    owner.get("/api/v1/users").await.expect_status(401);

    let owner = t.sign_in(OWNER_EMAIL).await;
    for _ in 0..(12 * 60 / 50) {
        owner.get("/api/v1/users").await.expect_status(200);
        t.advance(Duration::minutes(50));
    }
    owner.get("/api/v1/users").await.expect_status(200);
    t.advance(Duration::minutes(21));
    owner.get("/api/v1/users").await.expect_status(401);
}

#[tokio::test]
async fn guessing_is_slowed_down_and_told_when_to_come_back() {
    let t = TestApp::start(product()).await;
    t.owner().await;
    let stranger = t.nobody().from_address("203.0.113.5");
    for _ in 0..10 {
        attempt(&stranger, OWNER_EMAIL, "wrong").await.expect_status(401);
    }
    let put_off = attempt(&stranger, OWNER_EMAIL, PASSWORD).await.expect(429);
    let seconds: i64 = put_off.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=31).contains(&seconds), "{seconds}");
    // An account that doesn't exist is slowed down just the same.
    let other = t.nobody().from_address("203.0.113.6");
    for _ in 0..10 {
        attempt(&other, "nobody@example.com", "wrong").await.expect_status(401);
    }
    attempt(&other, "nobody@example.com", "wrong").await.expect_status(429);

    t.advance(Duration::seconds(seconds));
    attempt(&stranger, OWNER_EMAIL, PASSWORD).await.expect_status(200);
}

#[tokio::test]
async fn strangers_can_not_lock_out_a_known_address_or_browser() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    for n in 0..12 {
        attempt(&t.nobody().from_address(&format!("203.0.113.{n}")), OWNER_EMAIL, "wrong").await;
    }
    let unknown = t.nobody().from_address("203.0.113.99");
    attempt(&unknown, OWNER_EMAIL, PASSWORD).await.expect_status(429);
    // From the address of the first sign-in:
    attempt(&t.nobody(), OWNER_EMAIL, PASSWORD).await.expect_status(200);
    // With the browser of the first sign-in, from anywhere:
    let travelling = t.nobody().from_address("203.0.113.99");
    travelling.set_cookie(owner.cookie().as_deref());
    attempt(&travelling, OWNER_EMAIL, PASSWORD).await.expect_status(200);
    // Somebody else's mark doesn't help.
    let forger = t.nobody().from_address("203.0.113.98");
    forger.set_cookie(Some("qd_browser=0190b6c85f7e7a3c9d1e2f4a6b8c0d1e.x.y"));
    attempt(&forger, OWNER_EMAIL, PASSWORD).await.expect_status(429);
}

#[tokio::test]
async fn one_address_can_not_try_every_account() {
    let t = TestApp::start(product()).await;
    t.owner().await;
    let sprayer = t.nobody().from_address("[2001:db8::1]");
    let mut last = 0;
    for n in 0..45 {
        last = attempt(&sprayer, &format!("user{n}@example.com"), "Summer-2026").await.status;
    }
    assert_eq!(last, 429);
    // The neighbour in the same /64 is the same customer; another network is not.
    attempt(&t.nobody().from_address("[2001:db8::2]"), "x@example.com", "x").await.expect_status(429);
    attempt(&t.nobody().from_address("[2001:db8:1::2]"), "x@example.com", "x").await.expect_status(401);
}

#[tokio::test]
async fn bad_input_is_no_attempt() {
    let t = TestApp::start(product()).await;
    t.owner().await;
    let client = t.nobody();
    client.post("/api/v1/session", json!({})).await.expect_status(422);
    client.post("/api/v1/session", json!({"email": OWNER_EMAIL, "password": 5})).await.expect_status(422);
    client.post("/api/v1/session", json!({"email": OWNER_EMAIL, "password": "x", "more": 1})).await.expect_status(422);
    client.post("/api/v1/session", json!({"email": OWNER_EMAIL, "password": "x".repeat(1025)})).await.expect_status(422);
    attempt(&client, "ada@example.com' or '1'='1", "x").await.expect_status(401);
    attempt(&client, "ada@example.com\u{0}", "x").await.expect_status(422);
}

#[tokio::test]
async fn a_reset_link_works_once_for_an_hour_and_ends_sessions() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let operator = t.staff(&owner, "operator").await;
    let id = id_of(&owner, "operator@example.com").await;
    let path = format!("/api/v1/staff/{id}/reset-link");
    let token = |answer: &Answer| answer["link"].as_str().unwrap().split("token=").nth(1).unwrap().to_owned();
    let set = |token: String, password: &'static str| {
        let nobody = t.nobody();
        async move { nobody.post("/api/v1/password-reset", json!({"token": token, "password": password})).await }
    };
    let new = "violet tundra biscuit anchor";

    let first = token(&owner.post(&path, json!({})).await.expect(200));
    let second = token(&owner.post(&path, json!({})).await.expect(200));
    set(first, new).await.expect_status(404);
    set("made up".into(), new).await.expect_status(404);
    set(second.clone(), "short").await.expect_status(422);
    operator.get("/api/v1/users").await.expect_status(200);
    set(second.clone(), new).await.expect_status(204);
    operator.get("/api/v1/users").await.expect_status(401);
    set(second, "another fine passphrase 9").await.expect_status(410);
    attempt(&t.nobody(), "operator@example.com", PASSWORD).await.expect_status(401);
    attempt(&t.nobody(), "operator@example.com", new).await.expect_status(200);

    let late = token(&owner.post(&path, json!({})).await.expect(200));
    t.advance(Duration::minutes(60));
    set(late, new).await.expect_status(410);
    let audit = t.audit().await;
    let row = audit.iter().find(|r| r["action"] == "staff.password-reset").unwrap();
    assert_eq!(row["changes"]["password"]["after"], "•••");
}

#[tokio::test]
async fn a_revoked_session_is_dead_at_once_here_and_within_a_second_elsewhere() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let operator = t.staff(&owner, "operator").await;
    let node = TestApp::on(product(), &t.database, &[]).await;
    let there = node.nobody();
    there.set_cookie(operator.cookie().as_deref());
    there.get("/api/v1/users").await.expect_status(200);

    let sessions = owner.get("/api/v1/sessions?person=eq.operator&status=eq.open").await.expect(200);
    let id = sessions[0]["id"].as_str().unwrap();
    owner.post(&format!("/api/v1/sessions/{id}/revoke"), json!({})).await.expect_status(200);
    operator.get("/api/v1/users").await.expect_status(401);
    node.advance(Duration::seconds(1));
    there.get("/api/v1/users").await.expect_status(401);
    // Again is refused with a reason.
    let again = owner.post(&format!("/api/v1/sessions/{id}/revoke"), json!({})).await.expect(403);
    assert_eq!(again["detail"], "This session has ended already");
}

#[tokio::test]
async fn revoking_all_keeps_ones_own() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let elsewhere = t.sign_in(OWNER_EMAIL).await;
    let operator = t.staff(&owner, "operator").await;
    let answer = owner.post("/api/v1/sessions/revoke-all", json!({})).await.expect(200);
    assert_eq!(answer["revoked"], 2);
    owner.get("/api/v1/users").await.expect_status(200);
    elsewhere.get("/api/v1/users").await.expect_status(401);
    operator.get("/api/v1/users").await.expect_status(401);
}
