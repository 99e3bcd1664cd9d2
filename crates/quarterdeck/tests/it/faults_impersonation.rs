//! Faults of other panels' impersonation: tokens that scripts can read, that last, that look like the user's own, and
//! evidence that only its maker sees.

use crate::faults_desk::{Desk, GRACE, cookie, link};
use serde_json::{Value, json};
use testkit::PASSWORD;

#[tokio::test]
async fn the_token_of_an_impersonation_is_in_no_answer_and_out_of_reach_of_scripts() {
    let desk = Desk::new().await;
    let begun = desk.owner.post(&format!("/api/v1/users/{}/impersonate", desk.grace), json!({"reason": "a test"})).await.expect(200);
    let entered = desk.owner.post("/api/v1/impersonation", json!({"code": link(&begun, "code=")})).await.expect(200);
    let set = entered.header("set-cookie").unwrap();
    assert!(
        set.starts_with("qd_impersonation=") && set.contains("HttpOnly") && set.contains("SameSite=Lax") && !set.contains("Domain"),
        "{set}"
    );
    let token = cookie(&desk.owner, "qd_impersonation");
    assert!(!begun.text.contains(&token) && !entered.text.contains(&token));
    assert_ne!(token, link(&begun, "code="), "what was in the address is not what lets in");
    // It is no session of the user: where theirs would be, it is nobody.
    let thief = desk.t.nobody();
    thief.set_cookie(Some(&format!("qd_user={token}")));
    thief.get("/api/v1/account/sessions").await.expect_status(401);
}

#[tokio::test]
async fn no_impersonation_lasts_longer_than_an_hour_or_goes_without_a_reason() {
    let desk = Desk::new().await;
    let path = format!("/api/v1/users/{}/impersonate", desk.grace);
    let before = desk.state().await;
    for body in [
        json!({"reason": "a test", "minutes": 61}),
        json!({"reason": "a test", "minutes": 0}),
        json!({"reason": "a test", "minutes": -15}),
        json!({"reason": "a test", "minutes": 525_600}),
        json!({"reason": "a test", "minutes": "60"}),
        json!({"reason": ""}),
        json!({"reason": "   "}),
        json!({"reason": null}),
        json!({}),
        json!({"reason": "a test", "expires_at": "2027-01-01T00:00:00Z"}),
        json!({"reason": "a test", "role": "service_role"}),
    ] {
        desk.owner.post(&path, body.clone()).await.expect_status(422);
    }
    assert_eq!(desk.state().await, before);
}

#[tokio::test]
async fn staff_are_never_the_one_who_is_seen_as() {
    let desk = Desk::new().await;
    let staff = desk.owner.get("/api/v1/staff").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
    for id in [staff.as_str(), "00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000001", "anon", "service"] {
        desk.owner.post(&format!("/api/v1/users/{id}/impersonate"), json!({"reason": "a test"})).await.expect_status(404);
    }
}

#[tokio::test]
async fn whoever_may_read_impersonations_sees_everybodys() {
    let desk = Desk::new().await;
    let admin = desk.t.staff(&desk.owner, "dashboard_admin").await;
    for (client, reason) in [(&desk.owner, "by the owner"), (&admin, "by the admin")] {
        client.post(&format!("/api/v1/users/{}/impersonate", desk.grace), json!({"reason": reason})).await.expect_status(200);
    }
    let developer = desk.t.staff(&desk.owner, "developer").await;
    let seen = developer.get("/api/v1/impersonations").await.expect(200);
    let reasons: Vec<&Value> = seen.body.as_array().unwrap().iter().map(|row| &row["reason"]).collect();
    assert!(reasons.contains(&&json!("by the owner")) && reasons.contains(&&json!("by the admin")), "{}", seen.text);
    // Beginning one is in the audit log, before anything was looked at.
    let log = desk.t.audit().await;
    assert_eq!(log.iter().filter(|row| row["action"] == "impersonations.start").count(), 2);
}

#[tokio::test]
async fn the_user_themself_is_untouched_by_it() {
    let desk = Desk::new().await;
    let grace = desk.t.nobody();
    grace.post("/api/v1/account/session", json!({"email": GRACE, "password": PASSWORD})).await.expect_status(200);
    grace.post("/api/v1/account/session/second-factor", json!({"code": desk.code()})).await.expect_status(200);
    let before = grace.get("/api/v1/account/sessions").await.expect(200);
    let begun = desk.owner.post(&format!("/api/v1/users/{}/impersonate", desk.grace), json!({"reason": "a test"})).await.expect(200);
    desk.owner.post("/api/v1/impersonation", json!({"code": link(&begun, "code=")})).await.expect_status(200);
    let own = grace.get("/api/v1/account/sessions").await.expect(200);
    assert_eq!(own.body, before.body, "it is no session of theirs");
    let user = desk.owner.get(&format!("/api/v1/users/{}", desk.grace)).await.expect(200);
    desk.owner.send(http::Method::DELETE, "/api/v1/impersonation", &[("quarterdeck-account", "user")], None).await.expect_status(204);
    assert_eq!(desk.owner.get(&format!("/api/v1/users/{}", desk.grace)).await.expect(200)["last_sign_in_at"], user["last_sign_in_at"]);
    grace.get("/api/v1/account/sessions").await.expect_status(200);
}
