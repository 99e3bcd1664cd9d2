//! Invitations of app users: taken once, by whoever has the link, while they are open, and for what was promised.

use chrono::Duration;
use serde_json::{Value, json};
use testkit::{Client, MailServer, PASSWORD, TestApp};
use work::worker;

fn token(answer: &Value) -> String {
    answer["link"].as_str().unwrap().split("token=").nth(1).unwrap().to_owned()
}

async fn start() -> (TestApp, Client) {
    let app = TestApp::start(quarterdeck::product()).await;
    let owner = app.owner().await;
    (app, owner)
}

async fn role(owner: &Client, name: &str) -> String {
    let roles = owner.get(&format!("/api/v1/roles?name=eq.{name}&scope=eq.organization")).await.expect(200);
    roles[0]["id"].as_str().unwrap().to_owned()
}

async fn organization(owner: &Client) -> String {
    owner.post("/api/v1/organizations", json!({"name": "Navy"})).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn invite(owner: &Client, email: &str) -> Value {
    owner.post("/api/v1/users/invite", json!({"email": email})).await.expect(200).body
}

async fn accept(app: &TestApp, token: &str) -> testkit::Answer {
    app.nobody().post("/api/v1/account/invitation", json!({"token": token, "name": "Grace", "password": PASSWORD})).await
}

async fn users(owner: &Client) -> usize {
    owner.get("/api/v1/users").await.expect(200).body.as_array().unwrap().len()
}

#[tokio::test]
async fn an_invitation_becomes_a_member_with_a_verified_address() {
    let server = MailServer::start(json!({}));
    let environment = [("QUARTERDECK_SMTP_URL", server.url("smtp", "")), ("QUARTERDECK_MAIL_FROM", "deck@example.com".into())];
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let app = TestApp::with(quarterdeck::product(), &environment).await;
    let owner = app.owner().await;
    let (navy, manager) = (organization(&owner).await, role(&owner, "manager").await);
    let body = json!({"email": "Grace@Example.com", "name": "Grace Hopper", "organization_id": navy, "role_id": manager, "level": "read_only", "language": "de"});
    let invited = owner.post("/api/v1/users/invite", body).await.expect(200);
    assert_eq!((&invited["email"], &invited["mailed"]), (&json!("grace@example.com"), &json!(true)));
    worker::drain(&app.app).await.unwrap();
    let mail = &server.sent(1)[0];
    assert_eq!(mail["head"]["subject"], "Sie sind zu Quarterdeck eingeladen");
    let text = mail["text"].as_str().unwrap();
    assert!(
        text.contains("Guten Tag Grace Hopper") && text.contains("Navy als Manager") && text.contains(invited["link"].as_str().unwrap()),
        "{text}"
    );

    let token = token(&invited.body);
    let offer = app.nobody().get(&format!("/api/v1/account/invitation?token={token}")).await.expect(200);
    assert_eq!((&offer["organization"], &offer["role"], &offer["name"]), (&json!("Navy"), &json!("Manager"), &json!("Grace Hopper")));
    let made = accept(&app, &token).await.expect(201);
    let user = owner.get(&format!("/api/v1/users/{}", made["user"]["id"].as_str().unwrap())).await.expect(200);
    assert_eq!((&user["status"], &user["name"], &user["organizations"]), (&json!("active"), &json!("Grace"), &json!(["Navy"])));
    assert!(user["email_verified_at"].is_string());
    let membership = &owner.get("/api/v1/memberships").await.expect(200)[0];
    assert_eq!((&membership["role_id"], &membership["level"]), (&json!(manager), &json!("read_only")));
    let listed = &owner.get("/api/v1/user-invitations").await.expect(200)[0];
    assert_eq!((&listed["status"], &listed["accepted_by"]), (&json!("accepted"), &made["user"]["id"]));
    accept(&app, &token).await.expect_status(410);
    assert!(!app.audit().await.iter().any(|row| row.to_string().contains(&token)), "the link is in no log");
}

#[tokio::test]
async fn a_link_that_is_no_good_makes_nothing() {
    let (app, owner) = start().await;
    let gone = invite(&owner, "expired@example.com").await;
    app.advance(Duration::days(7));
    accept(&app, &token(&gone)).await.expect_status(410);
    // The owner's session ended by the clock; signed in anew.
    let owner = app.sign_in(testkit::OWNER_EMAIL).await;
    let revoked = invite(&owner, "revoked@example.com").await;
    let id = revoked["invitation_id"].as_str().unwrap();
    owner.post(&format!("/api/v1/user-invitations/{id}/revoke"), json!({})).await.expect_status(200);
    accept(&app, &token(&revoked)).await.expect_status(410);
    let good = token(&invite(&owner, "good@example.com").await);
    accept(&app, &good[..good.len() - 1]).await.expect_status(404);
    accept(&app, "").await.expect_status(422);
    let staff_role = owner.get("/api/v1/roles?name=eq.operator").await.expect(200)[0]["id"].clone();
    let staff = owner.post("/api/v1/staff/invite", json!({"email": "staff@example.com", "role_id": staff_role})).await.expect(200);
    accept(&app, &token(&staff.body)).await.expect_status(404);
    app.nobody().post("/api/v1/invitation", json!({"token": good, "name": "Eve", "password": PASSWORD})).await.expect_status(404);
    let weak = json!({"token": good, "name": "Grace", "password": "good@example.com"});
    app.nobody().post("/api/v1/account/invitation", weak).await.expect_status(422);
    let nameless = json!({"token": good, "name": "  ", "password": PASSWORD});
    app.nobody().post("/api/v1/account/invitation", nameless).await.expect_status(422);
    assert_eq!(users(&owner).await, 0, "nothing was made on the way");
    accept(&app, &good).await.expect_status(201);
}

#[tokio::test]
async fn of_two_who_accept_at_once_one_gets_in() {
    let (app, owner) = start().await;
    let token = token(&invite(&owner, "grace@example.com").await);
    let answers = futures::future::join_all((0..4).map(|_| accept(&app, &token))).await;
    let mut statuses: Vec<u16> = answers.iter().map(|a| a.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 410, 410, 410]);
    assert_eq!(users(&owner).await, 1);
}

#[tokio::test]
async fn a_newer_invitation_takes_the_place_of_the_older_one() {
    let (app, owner) = start().await;
    let navy = organization(&owner).await;
    let older = invite(&owner, "grace@example.com").await;
    let elsewhere = owner.post("/api/v1/users/invite", json!({"email": "grace@example.com", "organization_id": navy})).await.expect(200);
    let newer = invite(&owner, "GRACE@example.com").await;
    accept(&app, &token(&older)).await.expect_status(410);
    let sent =
        owner.post(&format!("/api/v1/user-invitations/{}/resend", newer["invitation_id"].as_str().unwrap()), json!({})).await.expect(200);
    accept(&app, &token(&newer)).await.expect_status(404);
    accept(&app, &token(&sent.body)).await.expect_status(201);
    // The other one was for an organization and is still open, but there is an account now.
    accept(&app, &token(&elsewhere.body)).await.expect_status(409);
    for (email, status) in [("grace@example.com", 422), ("gr\u{430}ce@example.com", 422), ("grace@example.com\r\nbcc: x", 422)] {
        owner.post("/api/v1/users/invite", json!({"email": email})).await.expect_status(status);
    }
    assert_eq!(users(&owner).await, 1);
}

#[tokio::test]
async fn nobody_promises_more_than_they_hold() {
    let (app, owner) = start().await;
    let navy = organization(&owner).await;
    let made = json!({"name": "inviter", "label": "Inviter", "permissions": ["users:read", "users:invite", "organizations:read"]});
    owner.post("/api/v1/roles", made).await.expect_status(201);
    let inviter = app.staff(&owner, "inviter").await;
    inviter.post("/api/v1/users/invite", json!({"email": "a@example.com"})).await.expect_status(200);
    let admin = json!({"email": "b@example.com", "organization_id": navy, "role_id": role(&owner, "admin").await});
    let refused = inviter.post("/api/v1/users/invite", admin.clone()).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    owner.post("/api/v1/users/invite", admin).await.expect_status(200);
    for (body, field) in [
        (json!({"email": "c@example.com", "role_id": role(&owner, "viewer").await}), "organization_id"),
        (json!({"email": "c@example.com", "organization_id": "0190b6c8-0000-7000-8000-000000000000"}), "organization_id"),
    ] {
        let refused = owner.post("/api/v1/users/invite", body).await.expect(422);
        assert_eq!(refused["errors"][0]["field"], field);
    }
    // Who is shut out leaves no back door.
    let me = owner.get("/api/v1/staff?email=eq.inviter@example.com").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
    owner.post(&format!("/api/v1/staff/{me}/suspend"), json!({})).await.expect_status(200);
    let left = owner.get("/api/v1/user-invitations?email=eq.a@example.com").await.expect(200);
    assert_eq!(left[0]["status"], "revoked");
}

#[tokio::test]
async fn a_welcome_mail_brings_a_link_to_choose_the_first_password() {
    let (app, owner) = start().await;
    let plain = owner.post("/api/v1/users", json!({"email": "quiet@example.com"})).await.expect(201);
    assert_eq!(plain["link"], Value::Null);
    let made = owner.post("/api/v1/users", json!({"email": "grace@example.com", "language": "de", "send_welcome": true})).await.expect(201);
    assert_eq!((&made["mailed"], &made["language"]), (&json!(false), &json!("de")));
    let token = token(&made.body);
    app.advance(Duration::days(6));
    let body = json!({"token": token, "password": PASSWORD});
    app.nobody().post("/api/v1/password-reset", body.clone()).await.expect_status(204);
    app.nobody().post("/api/v1/password-reset", body).await.expect_status(410);
}
