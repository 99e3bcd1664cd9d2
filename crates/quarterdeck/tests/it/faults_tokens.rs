//! Every kind of token, wrong in every way: each is refused with its own status and words, and changes nothing.

use crate::faults_desk::{Desk, INVALID, NOBODY, OVER, Token, cookie};
use chrono::Duration;
use serde_json::json;
use testkit::{OWNER_EMAIL, PASSWORD};

/// What isn't the token, made from it.
fn mangled(good: &str) -> Vec<(&'static str, String)> {
    let other: String = good
        .chars()
        .map(|c| {
            if c.is_ascii_digit() {
                '7'
            } else if c.is_ascii_lowercase() {
                'q'
            } else {
                c
            }
        })
        .collect();
    let turned: String =
        good.chars().map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect();
    vec![
        ("wrong", other),
        ("in the other case", turned),
        ("truncated", good[..good.len() - 1].to_owned()),
        ("cut in half", good[..good.len() / 2].to_owned()),
        ("longer", format!("{good}A")),
        ("twice", format!("{good}{good}")),
        ("sql", "' or '1'='1".to_owned()),
        ("a pattern", "%".to_owned()),
        ("another script", "tökén💥".to_owned()),
        ("empty", String::new()),
        ("oversized", "A".repeat(10_000)),
        ("with a zero byte", format!("{}\0{}", &good[..4], &good[4..])),
    ]
}

#[tokio::test]
async fn a_token_that_is_wrong_in_any_way_is_refused_and_changes_nothing() {
    let desk = Desk::new().await;
    for token in Token::ALL {
        let good = desk.made(token).await;
        // An impersonation is two cookies; the first is what is wrong.
        let (first, beside) = good.split_once("; ").map_or((good.as_str(), None), |(first, rest)| (first, Some(rest)));
        for (what, bad) in mangled(first) {
            if token.in_header() && bad.contains('\0') {
                continue;
            }
            let refusal = match what {
                _ if token.in_header() => NOBODY,
                "empty" | "oversized" | "with a zero byte" => INVALID,
                _ => token.unknown(),
            };
            let text = beside.map_or_else(|| bad.clone(), |rest| format!("{bad}; {rest}"));
            desk.refuses(token, &text, refusal, what).await;
        }
    }
}

#[tokio::test]
async fn a_token_of_another_kind_opens_no_door() {
    let desk = Desk::new().await;
    for held in Token::ALL {
        let good = desk.made(held).await;
        let text = good.split("; ").next().unwrap();
        for door in Token::ALL.into_iter().filter(|door| *door != held) {
            desk.refuses(door, text, door.unknown(), &format!("with a {held:?}")).await;
        }
    }
}

#[tokio::test]
async fn a_token_ends_with_its_time() {
    let after = [
        (Token::Step, Duration::minutes(5), NOBODY),
        (Token::Code, Duration::minutes(2), OVER),
        (Token::Impersonation, Duration::minutes(15), NOBODY),
        (Token::Reset, Duration::minutes(60), OVER),
        (Token::StaffSession, Duration::minutes(60), NOBODY),
        (Token::UserSession, Duration::days(30), NOBODY),
        (Token::StaffInvitation, Duration::days(7), OVER),
        (Token::UserInvitation, Duration::days(7), OVER),
        (Token::Key, Duration::days(7), NOBODY),
    ];
    assert_eq!(after.len(), Token::ALL.len(), "every kind has its time");
    let mut desk = Desk::new().await;
    for (token, time, refusal) in after {
        desk.owner = desk.t.sign_in(OWNER_EMAIL).await;
        let good = desk.made(token).await;
        desk.t.advance(time);
        desk.owner = desk.t.sign_in(OWNER_EMAIL).await;
        desk.refuses(token, &good, refusal, "expired").await;
    }
}

#[tokio::test]
async fn a_token_that_is_good_once_is_refused_the_second_time() {
    let desk = Desk::new().await;
    for (token, first, refusal) in
        [(Token::StaffInvitation, 201, OVER), (Token::UserInvitation, 201, OVER), (Token::Reset, 204, OVER), (Token::Code, 200, OVER)]
    {
        let good = desk.made(token).await;
        desk.given(token, &good).await.expect_status(first);
        desk.refuses(token, &good, refusal, "used again").await;
    }
    let desk = Desk::new().await;
    let good = desk.made(Token::Step).await;
    desk.given(Token::Step, &good).await.expect_status(200);
    desk.refuses(Token::Step, &good, NOBODY, "used again").await;
}

#[tokio::test]
async fn a_token_that_was_ended_is_nobody() {
    let desk = Desk::new().await;
    let staff = desk.t.sign_in(OWNER_EMAIL).await;
    let kept = cookie(&staff, "qd_staff");
    staff.send(http::Method::DELETE, "/api/v1/session", &[], None).await.expect_status(204);
    desk.refuses(Token::StaffSession, &kept, NOBODY, "signed out").await;

    let key = desk.made(Token::Key).await;
    desk.given(Token::Key, &key).await.expect_status(200);
    let id = desk.owner.get("/api/v1/keys").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
    desk.owner.post(&format!("/api/v1/keys/{id}/revoke"), json!({})).await.expect_status(200);
    desk.refuses(Token::Key, &key, NOBODY, "revoked").await;

    let seen = desk.made(Token::Impersonation).await;
    desk.given(Token::Impersonation, &seen).await.expect_status(200);
    let id = desk.owner.get("/api/v1/impersonations?status=eq.open").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
    desk.owner.post(&format!("/api/v1/impersonations/{id}/end"), json!({})).await.expect_status(200);
    desk.refuses(Token::Impersonation, &seen, NOBODY, "ended by staff").await;

    for (token, collection) in [(Token::StaffInvitation, "invitations"), (Token::UserInvitation, "user-invitations")] {
        let good = desk.made(token).await;
        let id = desk.owner.get(&format!("/api/v1/{collection}?status=eq.open")).await.expect(200)[0]["id"].as_str().unwrap().to_owned();
        desk.owner.post(&format!("/api/v1/{collection}/{id}/revoke"), json!({})).await.expect_status(200);
        desk.refuses(token, &good, OVER, "withdrawn").await;
    }
    let older = desk.made(Token::Reset).await;
    desk.made(Token::Reset).await;
    desk.refuses(Token::Reset, &older, Token::Reset.unknown(), "replaced").await;
}

#[tokio::test]
async fn what_was_given_to_somebody_else_opens_nothing() {
    let desk = Desk::new().await;
    let alan = desk.t.user(&desk.owner, "alan@example.com").await;
    // Their code for another person's step.
    let made = alan.post("/api/v1/account/factors/totp", json!({})).await.expect(201);
    let secret = made["secret"].as_str().unwrap().to_owned();
    let code = testkit::totp(&secret, desk.t.app.clock.now());
    alan.post("/api/v1/account/factors/totp/confirm", json!({"id": made["id"], "code": code})).await.expect_status(200);
    let step = desk.made(Token::Step).await;
    let half = desk.t.nobody().with_header("cookie", &format!("qd_user_step={step}")).with_header("sec-fetch-site", "same-origin");
    desk.t.advance(Duration::seconds(60));
    let code = json!({"code": testkit::totp(&secret, desk.t.app.clock.now())});
    half.post("/api/v1/account/session/second-factor", code).await.expect_status(401);
    // The same step at the other door.
    let staff = desk.t.nobody().with_header("cookie", &format!("qd_staff_step={step}")).with_header("sec-fetch-site", "same-origin");
    staff.post("/api/v1/session/second-factor", json!({"code": desk.code()})).await.expect_status(401);

    // The link of an impersonation, held by another member of staff or by a user.
    let begun = desk.made(Token::Code).await;
    let other = desk.t.staff(&desk.owner, "dashboard_admin").await;
    other.post("/api/v1/impersonation", json!({"code": begun})).await.expect_status(410);
    alan.post("/api/v1/impersonation", json!({"code": begun})).await.expect_status(403);
    // An impersonation without the session it was begun in, and with another one.
    let seen = desk.made(Token::Impersonation).await;
    let first = seen.split("; ").next().unwrap();
    desk.refuses(Token::Impersonation, first, NOBODY, "alone").await;
    let another = desk.made(Token::StaffSession).await;
    desk.refuses(Token::Impersonation, &format!("{first}; qd_staff={another}"), NOBODY, "beside another session").await;

    // A key, a session and a factor of somebody else, by their ids.
    let grace = desk.t.nobody();
    let answer = grace.post("/api/v1/account/session", json!({"email": "grace@example.com", "password": PASSWORD})).await.expect(200);
    assert_eq!(answer["state"], "second_factor");
    grace.post("/api/v1/account/session/second-factor", json!({"code": desk.code()})).await.expect_status(200);
    let session = grace.get("/api/v1/account/sessions").await.expect(200)["sessions"][0]["id"].as_str().unwrap().to_owned();
    let factor = grace.get("/api/v1/account/factors").await.expect(200)["factors"][0]["id"].as_str().unwrap().to_owned();
    let before = desk.state().await;
    alan.post(&format!("/api/v1/account/sessions/{session}/revoke"), json!({})).await.expect_status(404);
    alan.delete(&format!("/api/v1/account/factors/{factor}")).await.expect_status(404);
    alan.post(&format!("/api/v1/account/keys/{session}/revoke"), json!({})).await.expect_status(404);
    assert_eq!(desk.state().await, before);
}
