//! Second factors of both kinds of account: setting up, signing in, attacks on the steps, and proofs of identity.

use chrono::Duration;
use quarterdeck::product;
use serde_json::{Value, json};
use testkit::{Client, Device, MailServer, OWNER_EMAIL, PASSWORD, TestApp, totp};
use work::worker;

/// Where a kind of account comes in, and who is tried.
#[derive(Clone, Copy)]
struct Door {
    session: &'static str,
    own: &'static str,
    email: &'static str,
}

const STAFF: Door = Door { session: "/api/v1/session", own: "/api/v1/profile", email: OWNER_EMAIL };
const USER: Door = Door { session: "/api/v1/account/session", own: "/api/v1/account", email: "grace@example.com" };

async fn person(t: &TestApp, door: Door) -> Client {
    let owner = t.owner().await;
    if door.email == OWNER_EMAIL { owner } else { t.user(&owner, door.email).await }
}

async fn add_totp(t: &TestApp, door: Door, client: &Client) -> (String, Vec<String>) {
    let made = client.post(&format!("{}/factors/totp", door.own), json!({})).await.expect(201);
    let secret = made["secret"].as_str().unwrap().to_owned();
    let given = json!({"id": made["id"], "code": totp(&secret, t.app.clock.now()), "label": "Phone"});
    let added = client.post(&format!("{}/factors/totp/confirm", door.own), given).await.expect(200);
    let codes = added["recovery_codes"].as_array().unwrap().iter().map(|c| c.as_str().unwrap().to_owned()).collect();
    (secret, codes)
}

async fn password(t: &TestApp, door: Door) -> Client {
    let client = t.nobody();
    let answer = client.post(door.session, json!({"email": door.email, "password": PASSWORD})).await.expect(200);
    assert_eq!(answer["state"], "second_factor");
    client
}

async fn second(client: &Client, door: Door, given: Value) -> testkit::Answer {
    client.post(&format!("{}/second-factor", door.session), given).await
}

#[tokio::test]
async fn the_password_alone_opens_nothing_once_there_is_a_second_factor() {
    for door in [STAFF, USER] {
        let t = TestApp::start(product()).await;
        let client = person(&t, door).await;
        let (secret, _) = add_totp(&t, door, &client).await;
        t.advance(Duration::seconds(30));
        let half = password(&t, door).await;
        assert_eq!(half.get(door.session).await["state"], "second_factor", "a page that is loaded again goes on");
        half.get(&format!("{}/sessions", door.own)).await.expect_status(401);
        assert!(second(&half, door, json!({"code": "000000"})).await.expect(401)["detail"].as_str().unwrap().contains("4 tries"));
        let entered = second(&half, door, json!({"code": totp(&secret, t.app.clock.now())})).await.expect(200);
        assert_eq!((entered["state"].as_str(), &entered["factors"]), (Some("signed_in"), &json!(["password", "totp"])));
        half.get(&format!("{}/sessions", door.own)).await.expect_status(200);
    }
}

#[tokio::test]
async fn a_code_counts_once_and_a_step_only_in_its_browser() {
    let t = TestApp::start(product()).await;
    let client = person(&t, STAFF).await;
    let (secret, _) = add_totp(&t, STAFF, &client).await;
    // The code that confirmed the app is used up as well.
    let half = password(&t, STAFF).await;
    second(&half, STAFF, json!({"code": totp(&secret, t.app.clock.now())})).await.expect_status(401);
    t.advance(Duration::seconds(30));
    let code = totp(&secret, t.app.clock.now());
    second(&half, STAFF, json!({"code": code})).await.expect_status(200);
    // Seen over the shoulder, and typed a moment later.
    let thief = password(&t, STAFF).await;
    second(&thief, STAFF, json!({"code": code})).await.expect_status(401);
    // A browser that gave no password has nothing to go on with, nor has the other door.
    t.advance(Duration::seconds(30));
    let code = totp(&secret, t.app.clock.now());
    second(&t.nobody(), STAFF, json!({"code": code})).await.expect_status(401);
    let other = t.nobody();
    other.set_cookie(thief.cookie().map(|c| c.replace("qd_staff_step", "qd_user_step")).as_deref());
    second(&other, USER, json!({"code": code})).await.expect_status(401);
    second(&thief, STAFF, json!({"code": code})).await.expect_status(200);
    // Once it is used, the same step opens no second session.
    t.advance(Duration::seconds(30));
    second(&thief, STAFF, json!({"code": totp(&secret, t.app.clock.now())})).await.expect_status(401);
}

#[tokio::test]
async fn five_wrong_codes_end_a_sign_in_and_time_does() {
    let t = TestApp::start(product()).await;
    let client = person(&t, USER).await;
    let (secret, _) = add_totp(&t, USER, &client).await;
    t.advance(Duration::seconds(30));
    let half = password(&t, USER).await;
    for _ in 0..5 {
        second(&half, USER, json!({"code": "000000"})).await.expect_status(401);
    }
    second(&half, USER, json!({"code": totp(&secret, t.app.clock.now())})).await.expect_status(401);
    // However often the password is given anew, guesses at the second factor are counted for the account.
    let mut throttled = false;
    for _ in 0..2 {
        let half = password(&t, USER).await;
        for _ in 0..5 {
            throttled |= second(&half, USER, json!({"code": "000000"})).await.status == 429;
        }
    }
    assert!(throttled, "fifteen guesses within a moment are too many");
    t.advance(Duration::minutes(30));
    let late = password(&t, USER).await;
    t.advance(Duration::minutes(5));
    second(&late, USER, json!({"code": totp(&secret, t.app.clock.now())})).await.expect_status(401);
}

#[tokio::test]
async fn a_recovery_code_works_once_and_new_ones_replace_the_old() {
    for door in [STAFF, USER] {
        let t = TestApp::start(product()).await;
        let client = person(&t, door).await;
        let (_, codes) = add_totp(&t, door, &client).await;
        assert_eq!(codes.len(), 10);
        let half = password(&t, door).await;
        second(&half, door, json!({"recovery_code": codes[0].to_uppercase().replace('-', "")})).await.expect_status(200);
        let half = password(&t, door).await;
        second(&half, door, json!({"recovery_code": codes[0]})).await.expect_status(401);
        assert_eq!(client.get(&format!("{}/factors", door.own)).await["recovery_codes_left"], 9);
        let fresh = client.post(&format!("{}/recovery-codes", door.own), json!({})).await.expect(200);
        second(&half, door, json!({"recovery_code": codes[1]})).await.expect_status(401);
        second(&half, door, json!({"recovery_code": fresh["recovery_codes"][0]})).await.expect_status(200);
    }
}

#[tokio::test]
async fn a_passkey_is_a_second_factor_and_good_alone() {
    for door in [STAFF, USER] {
        let t = TestApp::start(product()).await;
        let client = person(&t, door).await;
        let mut device = Device::default();
        let options = client.post(&format!("{}/factors/passkey", door.own), json!({})).await.expect(200).body;
        let made = json!({"credential": device.create(&options).await, "label": "Laptop"});
        client.post(&format!("{}/factors/passkey/confirm", door.own), made.clone()).await.expect_status(200);
        // The ceremony is over, and the passkey is taken.
        client.post(&format!("{}/factors/passkey/confirm", door.own), made).await.expect_status(401);

        let half = password(&t, door).await;
        let options = half.post(&format!("{}/second-factor/passkey", door.session), json!({})).await.expect(200).body;
        let answer = device.get(&options).await;
        second(&half, door, json!({"credential": answer})).await.expect_status(200);
        // Recorded, and played back into another sign-in: its challenge was another.
        let thief = password(&t, door).await;
        thief.post(&format!("{}/second-factor/passkey", door.session), json!({})).await.expect_status(200);
        second(&thief, door, json!({"credential": answer})).await.expect_status(401);

        let alone = t.nobody();
        let options = alone.post(&format!("{}/passkey", door.session), json!({})).await.expect(200).body;
        let given = json!({"credential": device.get(&options).await});
        let entered = alone.post(&format!("{}/passkey/answer", door.session), given.clone()).await.expect(200);
        assert_eq!((entered["state"].as_str(), &entered["factors"]), (Some("signed_in"), &json!(["passkey"])));
        alone.post(&format!("{}/passkey/answer", door.session), given).await.expect_status(401);
    }
}

#[tokio::test]
async fn a_passkey_of_a_user_is_nobody_at_the_door_of_staff_and_a_suspended_one_nowhere() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let client = t.user(&owner, USER.email).await;
    let mut device = Device::default();
    let options = client.post("/api/v1/account/factors/passkey", json!({})).await.expect(200).body;
    client.post("/api/v1/account/factors/passkey/confirm", json!({"credential": device.create(&options).await})).await.expect_status(200);
    let stranger = t.nobody();
    let options = stranger.post("/api/v1/session/passkey", json!({})).await.expect(200).body;
    stranger.post("/api/v1/session/passkey/answer", json!({"credential": device.get(&options).await})).await.expect_status(401);

    let id = owner.get("/api/v1/users?email=eq.grace@example.com").await[0]["id"].as_str().unwrap().to_owned();
    owner.post(&format!("/api/v1/users/{id}/suspend"), json!({})).await.expect_status(200);
    let options = stranger.post("/api/v1/account/session/passkey", json!({})).await.expect(200).body;
    stranger.post("/api/v1/account/session/passkey/answer", json!({"credential": device.get(&options).await})).await.expect_status(401);
    for bad in [json!({}), json!({"id": "x"}), json!([1])] {
        let answer = stranger.post("/api/v1/account/session/passkey/answer", json!({"credential": bad})).await;
        assert!([401, 422].contains(&answer.status), "{}", answer.text);
    }
}

#[tokio::test]
async fn whoever_needs_a_second_factor_sets_it_up_at_the_door() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    t.staff(&owner, "operator").await;
    let role = owner.get("/api/v1/roles?name=eq.operator").await[0]["id"].as_str().unwrap().to_owned();
    owner.post(&format!("/api/v1/roles/{role}/set-rules"), json!({"second_factor": true})).await.expect_status(200);
    let operator = t.nobody();
    let answer = operator.post("/api/v1/session", json!({"email": "operator@example.com", "password": PASSWORD})).await.expect(200);
    assert_eq!(answer["state"], "enrolment");
    operator.get("/api/v1/users").await.expect_status(401);
    let started = operator.post("/api/v1/session/enrolment", json!({})).await.expect(200);
    let again = operator.post("/api/v1/session/enrolment", json!({})).await.expect(200);
    assert_eq!(started["secret"], again["secret"]);
    operator.post("/api/v1/session/enrolment/confirm", json!({"code": "123456"})).await.expect_status(422);
    let code = totp(started["secret"].as_str().unwrap(), t.app.clock.now());
    let entered = operator.post("/api/v1/session/enrolment/confirm", json!({"code": code})).await.expect(200);
    assert_eq!(entered["recovery_codes"].as_array().unwrap().len(), 10);
    operator.get("/api/v1/users").await.expect_status(200);
    // The last one can't be taken away again; another role needs none.
    let factors = operator.get("/api/v1/profile/factors").await.expect(200);
    assert_eq!(factors["required"], true);
    operator.delete(&format!("/api/v1/profile/factors/{}", factors["factors"][0]["id"].as_str().unwrap())).await.expect_status(403);
    t.sign_in(OWNER_EMAIL).await.get("/api/v1/users").await.expect_status(200);
}

#[tokio::test]
async fn dangerous_acts_want_a_fresh_proof_and_keys_have_none() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let key = owner.post("/api/v1/keys", json!({"name": "Script", "scopes": ["*"]})).await.expect(201);
    let script = t.nobody().with_key(key["key"].as_str().unwrap());
    let victim = |n: u8| json!({"email": format!("victim{n}@example.com")});
    let one = owner.post("/api/v1/users", victim(1)).await.expect(201)["id"].as_str().unwrap().to_owned();
    let two = owner.post("/api/v1/users", victim(2)).await.expect(201)["id"].as_str().unwrap().to_owned();
    t.advance(Duration::minutes(11));
    let refused = owner.delete(&format!("/api/v1/users/{one}")).await.expect(403);
    assert!(refused["type"].as_str().unwrap().ends_with("/step-up"), "{refused:?}");
    owner.post("/api/v1/session/proof", json!({"password": "not it at all"})).await.expect_status(422);
    owner.delete(&format!("/api/v1/users/{one}")).await.expect_status(403);
    owner.post("/api/v1/session/proof", json!({"password": PASSWORD})).await.expect_status(204);
    owner.delete(&format!("/api/v1/users/{one}")).await.expect_status(204);
    // A script may delete what its owner may; what changes who gets in, it may not.
    script.delete(&format!("/api/v1/users/{two}")).await.expect_status(204);
    script.post("/api/v1/session/proof", json!({"password": PASSWORD})).await.expect_status(403);
    let role = owner.get("/api/v1/roles?name=eq.operator").await[0]["id"].as_str().unwrap().to_owned();
    script.post(&format!("/api/v1/roles/{role}/set-rules"), json!({"second_factor": true})).await.expect_status(403);
    script.post("/api/v1/profile/factors/totp", json!({})).await.expect_status(403);
    script.post("/api/v1/profile/password", json!({"password": "another-horse-battery-staple-43"})).await.expect_status(403);
}

#[tokio::test]
async fn a_proof_needs_the_second_factor_too_and_guesses_are_counted() {
    let t = TestApp::start(product()).await;
    let client = person(&t, USER).await;
    let (secret, _) = add_totp(&t, USER, &client).await;
    t.advance(Duration::minutes(11));
    let proof = "/api/v1/account/session/proof";
    client.post(proof, json!({"password": PASSWORD})).await.expect_status(422);
    client.post(proof, json!({"code": totp(&secret, t.app.clock.now())})).await.expect_status(422);
    client.post("/api/v1/account/recovery-codes", json!({})).await.expect_status(403);
    client.post(proof, json!({"password": PASSWORD, "code": totp(&secret, t.app.clock.now())})).await.expect_status(204);
    client.post("/api/v1/account/recovery-codes", json!({})).await.expect_status(200);
    let mut last = 0;
    for _ in 0..12 {
        last = client.post(proof, json!({"password": "not it at all"})).await.status;
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn losing_all_factors_is_mended_by_staff_and_ends_every_session() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let client = t.user(&owner, USER.email).await;
    add_totp(&t, USER, &client).await;
    let user = owner.get("/api/v1/users?email=eq.grace@example.com").await[0].clone();
    assert_eq!(user["second_factor"], true);
    let path = format!("/api/v1/users/{}/reset-factors", user["id"].as_str().unwrap());
    owner.post(&path, json!({})).await.expect_status(200);
    client.get("/api/v1/account/sessions").await.expect_status(401);
    t.user_in(USER.email).await;
    owner.post(&path, json!({})).await.expect_status(403);
}

#[tokio::test]
async fn a_new_password_ends_other_sessions_open_steps_and_links() {
    for door in [STAFF, USER] {
        let t = TestApp::start(product()).await;
        let client = person(&t, door).await;
        let other = t.nobody();
        other.post(door.session, json!({"email": door.email, "password": PASSWORD})).await.expect_status(200);
        let weak = client.post(&format!("{}/password", door.own), json!({"password": "password"})).await;
        weak.expect_status(422);
        client.post(&format!("{}/password", door.own), json!({"password": "violet tundra biscuit anchor"})).await.expect_status(204);
        client.get(&format!("{}/sessions", door.own)).await.expect_status(200);
        other.get(&format!("{}/sessions", door.own)).await.expect_status(401);
        t.nobody().post(door.session, json!({"email": door.email, "password": PASSWORD})).await.expect_status(401);
    }
}

#[tokio::test]
async fn own_sessions_are_listed_and_ended_and_nobody_elses() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let grace = t.user(&owner, "grace@example.com").await;
    let again = t.user_in("grace@example.com").await;
    let alan = t.user(&owner, "alan@example.com").await;
    let mine = grace.get("/api/v1/account/sessions").await.expect(200);
    let rows = mine["sessions"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    let other = rows.iter().find(|s| s["current"] == false).unwrap()["id"].as_str().unwrap();
    let own = rows.iter().find(|s| s["current"] == true).unwrap()["id"].as_str().unwrap();
    alan.post(&format!("/api/v1/account/sessions/{other}/revoke"), json!({})).await.expect_status(404);
    grace.post(&format!("/api/v1/account/sessions/{own}/revoke"), json!({})).await.expect_status(403);
    grace.post(&format!("/api/v1/account/sessions/{other}/revoke"), json!({})).await.expect_status(204);
    again.get("/api/v1/account/sessions").await.expect_status(401);
    // The doors are apart: a user is nobody to staff pages, and staff is no user.
    grace.get("/api/v1/users").await.expect_status(403);
    grace.get("/api/v1/profile/sessions").await.expect_status(403);
    owner.get("/api/v1/account/sessions").await.expect_status(403);
}

#[tokio::test]
async fn a_role_shortens_the_sessions_of_those_who_hold_it() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let role = owner.get("/api/v1/roles?name=eq.operator").await[0]["id"].as_str().unwrap().to_owned();
    owner.post(&format!("/api/v1/roles/{role}/set-rules"), json!({"idle_minutes": 10, "session_hours": 1})).await.expect_status(200);
    let operator = t.staff(&owner, "operator").await;
    for _ in 0..5 {
        t.advance(Duration::minutes(9));
        operator.get("/api/v1/users").await.expect_status(200);
        owner.get("/api/v1/users").await.expect_status(200);
    }
    t.advance(Duration::minutes(11));
    operator.get("/api/v1/users").await.expect_status(401);
    owner.get("/api/v1/users").await.expect_status(200);
    let operator = t.sign_in("operator@example.com").await;
    for _ in 0..6 {
        t.advance(Duration::minutes(9));
        operator.get("/api/v1/users").await.expect_status(200);
    }
    t.advance(Duration::minutes(7));
    operator.get("/api/v1/users").await.expect_status(401);
}

#[tokio::test]
async fn people_are_told_of_a_new_device_and_of_what_protects_their_account() {
    let server = MailServer::start(json!({}));
    let environment = [("QUARTERDECK_SMTP_URL", server.url("smtp", "")), ("QUARTERDECK_MAIL_FROM", "deck@example.com".into())];
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let t = TestApp::with(product(), &environment).await;
    let owner = t.owner().await;
    let grace = t.user(&owner, "grace@example.com").await;
    // The first sign-in ever, the same browser, and another one at the same address are no news.
    t.user_in("grace@example.com").await;
    worker::drain(&t.app).await.unwrap();
    let stranger =
        t.nobody().from_address("198.51.100.9").with_header("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0");
    stranger.post("/api/v1/account/session", json!({"email": "grace@example.com", "password": PASSWORD})).await.expect_status(200);
    worker::drain(&t.app).await.unwrap();
    add_totp(&t, USER, &grace).await;
    worker::drain(&t.app).await.unwrap();
    let sent = server.sent(2);
    let text = |n: usize| sent[n]["text"].as_str().unwrap();
    assert!(
        text(0).contains("Firefox on Linux") && text(0).contains("198.51.100.9") && text(0).contains("http://localhost:8080/account"),
        "{}",
        text(0)
    );
    assert!(text(1).contains("a second factor was added"), "{}", text(1));
    assert_eq!(sent.len(), 2);
}

#[tokio::test]
async fn what_a_user_on_their_own_is_refused_is_in_the_log() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let grace = t.user(&owner, "grace@example.com").await;
    grace.post("/api/v1/memberships", json!({})).await.expect_status(403);
    let log = t.audit().await;
    assert!(
        log.iter().any(|row| row["action"] == "memberships.create" && row["outcome"] == "refused" && row["actor_label"] == "Grace Hopper")
    );
}
