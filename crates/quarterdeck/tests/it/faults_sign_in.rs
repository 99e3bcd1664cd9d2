//! Faults of other panels' sign-ins, each tried here: telling who has an account, forgetting the second factor, cutting
//! passwords, throwing people out, letting an old password live on.

use crate::faults_desk::{Desk, GRACE, Token, cookie, id_of, link};
use crate::work_lab::EVERY;
use chrono::Duration;
use quarterdeck::product;
use serde_json::{Value, json};
use testkit::{Answer, Client, OWNER_EMAIL, PASSWORD, TestApp, totp};

const NEW: &str = "violet tundra biscuit anchor";

async fn attempt(client: &Client, email: &str, password: &str) -> Answer {
    client.post("/api/v1/session", json!({"email": email, "password": password})).await
}

#[tokio::test]
async fn an_unknown_address_is_braked_and_answered_like_a_known_one() {
    let t = TestApp::start(product()).await;
    t.owner().await;
    let mut told = Vec::new();
    for (email, from) in [(OWNER_EMAIL, "203.0.113.5"), ("nobody@example.com", "203.0.113.6")] {
        let stranger = t.nobody().from_address(from);
        let mut answers = Vec::new();
        for _ in 0..12 {
            let mut answer = attempt(&stranger, email, "wrong").await;
            answer.body["request_id"] = Value::Null;
            answers.push((answer.status, answer.body, answer.headers.get("retry-after").cloned()));
        }
        told.push(answers);
    }
    assert_eq!(told[0], told[1]);
    assert_eq!((told[0][0].0, told[0][11].0), (401, 429));
}

#[tokio::test]
async fn strangers_who_guess_never_lock_an_account() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    for n in 0..30 {
        attempt(&t.nobody().from_address(&format!("203.0.113.{n}")), OWNER_EMAIL, "wrong").await;
    }
    owner.get("/api/v1/users").await.expect_status(200);
    assert_eq!(owner.get("/api/v1/staff").await.expect(200)[0]["status"], "active");
    let known = t.nobody().from_address("203.0.113.200");
    known.set_cookie(owner.cookie().as_deref());
    attempt(&known, OWNER_EMAIL, PASSWORD).await.expect_status(200);
}

#[tokio::test]
async fn a_password_counts_to_its_last_character() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    // Where bcrypt is used, what follows the 72nd byte is not looked at.
    let long = format!("{}-and-the-end-counts", "seven tall giraffes paint quiet murals ".repeat(2));
    owner.post("/api/v1/profile/password", json!({"password": long})).await.expect_status(204);
    attempt(&t.nobody(), OWNER_EMAIL, &long[..72]).await.expect_status(401);
    attempt(&t.nobody(), OWNER_EMAIL, &format!("{}!", &long[..long.len() - 1])).await.expect_status(401);
    attempt(&t.nobody(), OWNER_EMAIL, &format!("{long} ")).await.expect_status(401);
    attempt(&t.nobody(), OWNER_EMAIL, &long).await.expect_status(200);
}

#[tokio::test]
async fn signing_in_elsewhere_throws_nobody_out() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let other = t.sign_in(OWNER_EMAIL).await;
    owner.get("/api/v1/users").await.expect_status(200);
    other.get("/api/v1/users").await.expect_status(200);
    assert_eq!(owner.get("/api/v1/profile/sessions").await.expect(200)["sessions"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn the_first_step_ends_no_session_opens_none_and_forgives_no_guess() {
    let desk = Desk::new().await;
    let inside = desk.made(Token::Step).await;
    let client = desk.t.nobody().with_header("cookie", &format!("qd_user_step={inside}")).with_header("sec-fetch-site", "same-origin");
    client.post("/api/v1/account/session/second-factor", json!({"code": desk.code()})).await.expect_status(200);
    let sessions = || async {
        let db = desk.t.database().await;
        let row = db.query_one("select count(*), count(*) filter (where revoked_at is null) from auth.sessions", &[]).await.unwrap();
        (row.get::<_, i64>(0), row.get::<_, i64>(1))
    };
    let before = sessions().await;
    desk.made(Token::Step).await;
    assert_eq!(sessions().await, before);
    let signed_in = desk.owner.get(&format!("/api/v1/users/{}", desk.grace)).await.expect(200)["last_sign_in_at"].clone();
    desk.t.advance(Duration::minutes(1));
    desk.made(Token::Step).await;
    assert_eq!(desk.owner.get(&format!("/api/v1/users/{}", desk.grace)).await.expect(200)["last_sign_in_at"], signed_in);
    // Wrong codes are counted per account, however often the password is given again.
    let mut last = 0;
    for _ in 0..12 {
        let step = desk.made(Token::Step).await;
        let client = desk.t.nobody().with_header("cookie", &format!("qd_user_step={step}")).with_header("sec-fetch-site", "same-origin");
        last = client.post("/api/v1/account/session/second-factor", json!({"code": "000000"})).await.status;
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn the_second_factor_is_bound_to_the_password_step_and_names_nobody() {
    let desk = Desk::new().await;
    // A code alone, with the account named by whoever sends it.
    for body in
        [json!({"code": desk.code()}), json!({"code": desk.code(), "user_id": desk.grace}), json!({"code": desk.code(), "email": GRACE})]
    {
        let answer = desk.t.nobody().post("/api/v1/account/session/second-factor", body).await;
        assert!(matches!(answer.status, 401 | 422), "{}", answer.text);
        assert!(answer.header("set-cookie").is_none());
    }
}

#[tokio::test]
async fn one_code_at_two_doors_at_once_opens_one() {
    let desk = Desk::new().await;
    let (one, two) = (desk.made(Token::Step).await, desk.made(Token::Step).await);
    let code = desk.code();
    let enter = |step: String| {
        let client = desk.t.nobody().with_header("cookie", &format!("qd_user_step={step}")).with_header("sec-fetch-site", "same-origin");
        let code = code.clone();
        async move { client.post("/api/v1/account/session/second-factor", json!({"code": code})).await.status }
    };
    let mut statuses = futures::future::join_all([enter(one), enter(two)]).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);
}

#[tokio::test]
async fn no_way_in_leaves_the_second_factor_out() {
    let desk = Desk::new().await;
    let reset = desk.made(Token::Reset).await;
    let answer = desk.t.nobody().post("/api/v1/password-reset", json!({"token": reset, "password": NEW})).await.expect(204);
    assert!(answer.header("set-cookie").is_none(), "a link signs nobody in");
    let half = desk.t.nobody();
    let answer = half.post("/api/v1/account/session", json!({"email": GRACE, "password": NEW})).await.expect(200);
    assert_eq!(answer["state"], "second_factor");
    half.get("/api/v1/account/sessions").await.expect_status(401);
    let cookies = half.cookie().unwrap();
    assert!(cookies.contains("qd_user_step=") && !cookies.contains("qd_user="), "{cookies}");
}

#[tokio::test]
async fn a_new_password_by_link_ends_the_steps_that_the_old_one_began() {
    let desk = Desk::new().await;
    let step = desk.made(Token::Step).await;
    let reset = desk.made(Token::Reset).await;
    desk.given(Token::Reset, &reset).await.expect_status(204);
    desk.refuses(Token::Step, &step, (401, "unauthenticated"), "begun with the old password").await;
}

#[tokio::test]
async fn whoever_gets_a_new_password_by_link_is_told() {
    let desk = Desk::new().await;
    let mails = || async {
        let db = desk.t.database().await;
        db.query_one(&format!("select count(*) from {EVERY} where kind = 'mail.deliver'"), &[]).await.unwrap().get::<_, i64>(0)
    };
    let before = mails().await;
    let reset = desk.made(Token::Reset).await;
    desk.given(Token::Reset, &reset).await.expect_status(204);
    assert_eq!(mails().await, before + 1);
}

#[tokio::test]
async fn a_session_never_outlives_a_sign_in_or_is_chosen_by_somebody_else() {
    let t = TestApp::start(product()).await;
    t.owner().await;
    // Fixation: what the browser brought along is never taken over.
    let chosen = "A".repeat(43);
    let client = t.nobody();
    client.set_cookie(Some(&format!("qd_staff={chosen}")));
    attempt(&client, OWNER_EMAIL, PASSWORD).await.expect_status(200);
    assert_ne!(cookie(&client, "qd_staff"), chosen);
    // The second step gives another token than the first.
    let desk = Desk::new().await;
    let half = desk.t.nobody();
    half.post("/api/v1/account/session", json!({"email": GRACE, "password": PASSWORD})).await.expect_status(200);
    let step = cookie(&half, "qd_user_step");
    half.post("/api/v1/account/session/second-factor", json!({"code": desk.code()})).await.expect_status(200);
    assert_ne!(cookie(&half, "qd_user"), step);
    assert!(!half.cookie().unwrap().contains("qd_user_step="), "the step is over");
}

#[tokio::test]
async fn every_member_of_staff_has_the_rights_of_their_role_however_they_come_in() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    t.staff(&owner, "developer").await;
    let id = id_of(&owner, "staff", "developer@example.com").await;
    let reset = link(&owner.post(&format!("/api/v1/staff/{id}/reset-link"), json!({})).await.expect(200), "token=");
    t.nobody().post("/api/v1/password-reset", json!({"token": reset, "password": NEW})).await.expect_status(204);
    let developer = t.nobody();
    let answer = attempt(&developer, "developer@example.com", NEW).await.expect(200);
    assert_eq!(answer["user"]["role"], "developer", "{}", answer.text);
    developer.post("/api/v1/users", json!({"email": "x@example.com"})).await.expect_status(403);
    // With a second factor, too.
    let made = developer.post("/api/v1/profile/factors/totp", json!({})).await.expect(201);
    let secret = made["secret"].as_str().unwrap().to_owned();
    let code = totp(&secret, t.app.clock.now());
    developer.post("/api/v1/profile/factors/totp/confirm", json!({"id": made["id"], "code": code})).await.expect_status(200);
    t.advance(Duration::seconds(30));
    let again = t.nobody();
    attempt(&again, "developer@example.com", NEW).await.expect_status(200);
    let code = json!({"code": totp(&secret, t.app.clock.now())});
    let answer = again.post("/api/v1/session/second-factor", code).await.expect(200);
    assert_eq!(answer["user"]["role"], "developer", "{}", answer.text);
    again.post("/api/v1/users", json!({"email": "x@example.com"})).await.expect_status(403);
}

#[tokio::test]
async fn whoever_may_do_more_is_let_in_again_only_by_who_may_do_as_much() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    t.staff(&owner, "dashboard_admin").await;
    let id = id_of(&owner, "staff", "dashboard_admin@example.com").await;
    owner.post(&format!("/api/v1/staff/{id}/suspend"), json!({})).await.expect_status(200);
    let permissions = json!(["staff:read", "staff:activate", "staff:suspend"]);
    owner.post("/api/v1/roles", json!({"name": "porter", "label": "Porter", "permissions": permissions})).await.expect_status(201);
    let porter = t.staff(&owner, "porter").await;
    porter.post(&format!("/api/v1/staff/{id}/activate"), json!({})).await.expect_status(403);
    owner.post(&format!("/api/v1/staff/{id}/activate"), json!({})).await.expect_status(200);
}
