//! First launch: one administrator, once, by whoever may.

use quarterdeck::product;
use serde_json::json;
use testkit::{OWNER_EMAIL, PASSWORD, TestApp};

fn first() -> serde_json::Value {
    json!({"email": OWNER_EMAIL, "name": "Ada Lovelace", "password": PASSWORD})
}

#[tokio::test]
async fn the_first_administrator_is_made_once_and_signed_in() {
    let t = TestApp::start(product()).await;
    let nobody = t.nobody();
    let before = nobody.get("/api/v1/session").await.body_of(200);
    assert_eq!(before["state"], "setup_needed");
    assert_eq!(before["setup_token_required"], false);

    let made = nobody.post("/api/v1/setup", first()).await.expect(201);
    assert_eq!(made["state"], "signed_in");
    assert_eq!(made["user"]["role"], "owner");
    assert!(made["permissions"].as_array().unwrap().iter().any(|p| p == "staff:change-role"));
    assert_eq!(nobody.get("/api/v1/session").await["user"]["email"], OWNER_EMAIL);

    // Gone for ever after, for everybody, whatever is sent.
    t.nobody().post("/api/v1/setup", first()).await.expect_status(404);
    t.nobody().post("/api/v1/setup", json!({})).await.expect_status(404);
    assert_eq!(t.nobody().get("/api/v1/session").await["state"], "signed_out");

    let audit = t.audit().await;
    let made = audit.iter().find(|row| row["action"] == "staff.set-up").expect("the first launch is in the log");
    assert_eq!(made["actor_kind"], "system");
    assert!(audit.iter().any(|row| row["action"] == "sessions.sign-in" && row["actor_kind"] == "staff"));
    assert!(!audit.iter().any(|row| row.to_string().contains(PASSWORD)));
}

#[tokio::test]
async fn of_two_at_once_one_wins() {
    let t = TestApp::start(product()).await;
    let (a, b) = (t.nobody(), t.nobody());
    let mut other = first();
    other["email"] = "eve@example.com".into();
    let (one, two) = tokio::join!(a.post("/api/v1/setup", first()), b.post("/api/v1/setup", other));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 404]);
    let db = t.database().await;
    let count: i64 = db.query_one("select count(*) from dashboard_auth.dashboard_users", &[]).await.unwrap().get(0);
    assert_eq!(count, 1);
}

#[tokio::test]
async fn from_elsewhere_the_token_on_the_console_is_needed() {
    let t = TestApp::start(product()).await;
    let elsewhere = || t.nobody().from_address("192.0.2.7");
    assert_eq!(elsewhere().get("/api/v1/session").await["setup_token_required"], true);
    let without = elsewhere().post("/api/v1/setup", first()).await.expect(422);
    assert_eq!(without["errors"][0]["field"], "token");
    let mut wrong = first();
    wrong["token"] = "guess".into();
    elsewhere().post("/api/v1/setup", wrong).await.expect_status(422);
    // A proxy on this machine doesn't make its clients local, and a rebound name doesn't either.
    let proxied = t.nobody().with_header("x-forwarded-for", "192.0.2.7");
    proxied.post("/api/v1/setup", first()).await.expect_status(422);
    let rebound = t.nobody().with_header("host", "evil.example.com");
    rebound.post("/api/v1/setup", first()).await.expect_status(422);

    // A page of another site, open in a browser on this machine, is refused before anything else.
    let lured = t.nobody().with_header("sec-fetch-site", "cross-site");
    lured.post("/api/v1/setup", first()).await.expect_status(403);

    let mut right = first();
    right["token"] = host::boot::setup_token(&t.app.keys).reveal().into();
    elsewhere().post("/api/v1/setup", right).await.expect_status(201);
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field_and_nothing_is_made() {
    let t = TestApp::start(product()).await;
    let answer = t.nobody().post("/api/v1/setup", json!({"email": "ada", "name": " ", "password": "lovelace1815"})).await.expect(422);
    let mut fields: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap().to_owned()).collect();
    fields.sort();
    assert_eq!(fields, ["email", "name", "password"]);
    for (password, code) in
        [("short", "too_short"), ("administrator123", "known"), ("ada@example.com1", "context"), ("aaaaaaaaaaaaaaaaaaaa", "guessable")]
    {
        let mut body = first();
        body["password"] = password.into();
        let answer = t.nobody().post("/api/v1/setup", body).await.expect(422);
        assert_eq!(answer["errors"][0]["code"], code, "{password}");
    }
    assert_eq!(t.nobody().get("/api/v1/session").await["state"], "setup_needed");
}

#[tokio::test]
async fn the_command_line_makes_the_first_administrator_too() {
    let t = TestApp::start(product()).await;
    identity::setup::create_owner(&t.app, "Ada@Example.com", "Ada Lovelace", PASSWORD.into()).await.unwrap();
    t.sign_in(OWNER_EMAIL).await;
    let again = identity::setup::create_owner(&t.app, "eve@example.com", "Eve", PASSWORD.into()).await.unwrap_err();
    assert_eq!(again.kind(), kernel::problem::Kind::NotFound);
}
