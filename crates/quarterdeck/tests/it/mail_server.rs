//! Mail through a real mail server: protected, with a password, refused for now and for good, and not there at all.

use crate::work_lab::EVERY;
use chrono::Duration;
use serde_json::{Value, json};
use testkit::{Client, MailServer, TestApp};
use work::worker;

const FROM: (&str, &str) = ("QUARTERDECK_MAIL_FROM", "Deck <deck@example.com>");

async fn app(url: &str) -> (TestApp, Client) {
    let app = TestApp::with(quarterdeck::product(), &[("QUARTERDECK_SMTP_URL", url), FROM]).await;
    let owner = app.owner().await;
    (app, owner)
}

async fn invite(owner: &Client, email: &str) -> Value {
    let roles = owner.get("/api/v1/roles?name=eq.operator").await.expect(200);
    owner.post("/api/v1/staff/invite", json!({"email": email, "role_id": roles[0]["id"]})).await.expect(200).body
}

/// State, attempts and what was said.
async fn job(app: &TestApp) -> (String, i16, String) {
    let row = app
        .database()
        .await
        .query_one(&format!("select state, attempt, coalesce(error, result::text, '') from {EVERY} where kind = 'mail.deliver'"), &[])
        .await
        .unwrap();
    (row.get(0), row.get(1), row.get(2))
}

#[tokio::test]
async fn a_letter_arrives_protected_and_with_the_right_password() {
    for (scheme, wrapped) in [("smtp", false), ("smtps", true)] {
        let server = MailServer::protected(json!({"user": "deck", "password": "p@ss word", "wrapped": wrapped}));
        let (app, owner) = app(&server.url(scheme, "deck:p%40ss%20word@")).await;
        let invited = invite(&owner, "grace@example.com").await;
        assert_eq!(invited["mailed"], true);
        worker::drain(&app.app).await.unwrap();
        let sent = server.sent(1);
        let mail = &sent[0];
        assert_eq!((&mail["protected"], &mail["known"]), (&json!(true), &json!(true)), "{scheme}");
        assert_eq!((&mail["from"], &mail["to"]), (&json!("deck@example.com"), &json!(["grace@example.com"])));
        assert_eq!(mail["head"]["subject"], "Ada Lovelace invites you to administer Quarterdeck");
        assert_eq!(mail["head"]["from"], "Deck <deck@example.com>");
        for part in ["text", "html"] {
            let said = mail[part].as_str().unwrap().replace("&amp;", "&");
            assert!(said.contains(invited["link"].as_str().unwrap()) && said.contains("Operator"), "{part}: {said}");
        }
        let (state, attempts, said) = job(&app).await;
        assert_eq!((state.as_str(), attempts), ("completed", 1), "{said}");
    }
}

#[tokio::test]
async fn a_refusal_for_now_is_tried_again_with_the_same_message_id() {
    let server = MailServer::start(json!({"answers": ["451 4.7.1 greylisted, come back", "250 2.0.0 taken"]}));
    let (app, owner) = app(&server.url("smtp", "")).await;
    invite(&owner, "grace@example.com").await;
    worker::drain(&app.app).await.unwrap();
    let (state, attempts, said) = job(&app).await;
    assert!(state == "retryable" && attempts == 1 && said.contains("greylisted"), "{state} {attempts} {said}");
    worker::drain(&app.app).await.unwrap();
    assert_eq!(server.sent(1).len(), 1, "not before its pause is over");
    app.advance(Duration::seconds(17));
    worker::drain(&app.app).await.unwrap();
    assert_eq!(job(&app).await.0, "completed");
    let sent = server.sent(2);
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0]["head"]["message-id"], sent[1]["head"]["message-id"], "a second copy can be recognised");
    worker::drain(&app.app).await.unwrap();
    assert_eq!(server.sent(2).len(), 2, "once it was taken it is not sent again");
}

#[tokio::test]
async fn a_refusal_for_good_is_not_tried_again() {
    let server = MailServer::start(json!({"recipient": "550 5.1.1 nobody is called that here"}));
    let (app, owner) = app(&server.url("smtp", "")).await;
    invite(&owner, "nobody@example.com").await;
    worker::drain(&app.app).await.unwrap();
    app.advance(Duration::hours(7));
    worker::drain(&app.app).await.unwrap();
    let (state, attempts, said) = job(&app).await;
    assert!(state == "discarded" && attempts == 1 && said.contains("nobody is called that"), "{state} {attempts} {said}");
}

#[tokio::test]
async fn a_wrong_password_waits_for_somebody_to_put_it_right() {
    let server = MailServer::protected(json!({"user": "deck", "password": "right"}));
    let (app, owner) = app(&server.url("smtp", "deck:wrong@")).await;
    invite(&owner, "grace@example.com").await;
    worker::drain(&app.app).await.unwrap();
    let (state, attempts, said) = job(&app).await;
    assert!(state == "retryable" && attempts == 1 && !said.contains("wrong@"), "{state} {attempts} {said}");
    let health = owner.post("/api/v1/mail/check", json!({})).await.expect(200);
    assert_eq!(health["ok"], false, "{}", health.text);
    assert!(!health.text.contains("deck:wrong"));
}

#[tokio::test]
async fn a_server_that_is_away_or_cannot_be_trusted_gets_nothing() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (app_away, owner) = app(&format!("smtp://127.0.0.1:{closed}?tls=none")).await;
    invite(&owner, "grace@example.com").await;
    worker::drain(&app_away.app).await.unwrap();
    assert_eq!(job(&app_away).await.0, "retryable");
    assert_eq!(owner.post("/api/v1/mail/check", json!({})).await.expect(200)["retry"], "later");
    // Its certificate is of an authority that nobody named.
    let server = MailServer::protected(json!({}));
    let stranger = server.url("smtp", "");
    let (app_strange, owner) = app(stranger.split('?').next().unwrap()).await;
    invite(&owner, "grace@example.com").await;
    worker::drain(&app_strange.app).await.unwrap();
    assert_eq!(job(&app_strange).await.0, "retryable");
    // It doesn't offer STARTTLS, which we insist on.
    let plain = MailServer::start(json!({}));
    let (app_plain, owner) = app(plain.url("smtp", "").split('?').next().unwrap()).await;
    invite(&owner, "grace@example.com").await;
    worker::drain(&app_plain.app).await.unwrap();
    assert_eq!(job(&app_plain).await.0, "retryable");
    assert!(server.sent(0).is_empty() && plain.sent(0).is_empty());
}

#[tokio::test]
async fn staff_can_try_the_server_and_see_what_it_says() {
    let server = MailServer::start(json!({"answers": ["250 2.0.0 queued as 4711", "554 5.7.1 spam"]}));
    let (app, owner) = app(&server.url("smtp", "")).await;
    let status = owner.get("/api/v1/mail/status").await.expect(200);
    assert_eq!((&status["delivers"], &status["from"]), (&json!(true), &json!("Deck <deck@example.com>")));
    assert_eq!(owner.post("/api/v1/mail/check", json!({})).await.expect(200)["ok"], true);
    let health = owner.post("/api/v1/mail/test", json!({"email": "Ada@example.com"})).await.expect(200);
    assert!(health["ok"] == true && health["message"].as_str().unwrap().contains("4711"), "{}", health.text);
    let health = owner.post("/api/v1/mail/test", json!({"email": "ada@example.com"})).await.expect(200);
    assert!(health["ok"] == false && health["retry"] == "never" && health["message"].as_str().unwrap().contains("spam"), "{}", health.text);
    assert_eq!(server.sent(2)[0]["to"], json!(["ada@example.com"]));
    for bad in ["ada", "ada@example.com\r\nrcpt to:<eve@example.com>", "аda@example.com"] {
        owner.post("/api/v1/mail/test", json!({"email": bad})).await.expect_status(422);
    }
    let operator = app.staff(&owner, "operator").await;
    operator.post("/api/v1/mail/test", json!({"email": "ada@example.com"})).await.expect_status(403);
}

#[tokio::test]
async fn a_name_cannot_write_head_lines_of_its_own() {
    let server = MailServer::start(json!({}));
    let (app, owner) = app(&server.url("smtp", "")).await;
    let me = owner.get("/api/v1/staff").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
    owner.patch(&format!("/api/v1/staff/{me}"), "*", json!({"name": "Ada\r\nBcc: everybody@example.com Żółć"})).await.expect_status(200);
    invite(&owner, "grace@example.com").await;
    worker::drain(&app.app).await.unwrap();
    let mail = server.sent(1).remove(0);
    assert_eq!(mail["head"]["bcc"], Value::Null);
    assert_eq!(mail["to"], json!(["grace@example.com"]));
    assert_eq!(mail["head"]["subject"], "Ada Bcc: everybody@example.com Żółć invites you to administer Quarterdeck");
}
