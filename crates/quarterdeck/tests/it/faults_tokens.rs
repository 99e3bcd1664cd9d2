//! Every kind of token, wrong in every way: each is refused with its own status and words, and changes nothing.

use crate::faults_desk::{Desk, INVALID, MALFORMED, NOBODY, OVER, PROVIDER, STRANDED, Token, UNKNOWN, cookie};
use crate::sso_lab::{begin, page};
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
        // An impersonation is two cookies, a visit a cookie and an address; the first is what is wrong.
        let (first, beside) = good.split_once("; ").map_or((good.as_str(), None), |(first, rest)| (first, Some(rest)));
        for (what, bad) in mangled(first) {
            // No header has a zero byte in it, and people may type a code in capitals.
            if token.in_header() && bad.contains('\0') || token == Token::RegistrationCode && what == "in the other case" {
                continue;
            }
            let refusal = match what {
                "empty" | "oversized" | "with a zero byte" => token.impossible(),
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
            // What is longer than any of ours isn't looked for.
            let refusal = if text.len() > 200 { door.impossible() } else { door.unknown() };
            desk.refuses(door, text, refusal, &format!("with a {held:?}")).await;
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
        (Token::MagicLink, Duration::minutes(15), OVER),
        (Token::RegistrationCode, Duration::days(7), INVALID),
        (Token::Confirmation, Duration::hours(24), OVER),
        (Token::EmailChange, Duration::hours(24), OVER),
        (Token::Visit, Duration::minutes(10), STRANDED),
        (Token::Logout, Duration::minutes(10), MALFORMED),
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
    for (token, first, refusal) in [
        (Token::StaffInvitation, 201, OVER),
        (Token::UserInvitation, 201, OVER),
        (Token::Reset, 204, OVER),
        (Token::Code, 200, OVER),
        (Token::MagicLink, 200, OVER),
        // Nothing is kept of what was confirmed.
        (Token::Confirmation, 201, UNKNOWN),
        (Token::EmailChange, 204, UNKNOWN),
        (Token::Logout, 200, MALFORMED),
    ] {
        let good = desk.made(token).await;
        desk.given(token, &good).await.expect_status(first);
        desk.refuses(token, &good, refusal, "used again").await;
    }
    let visit = desk.made(Token::Visit).await;
    assert_eq!(page(&desk.given(Token::Visit, &visit).await.expect(303)), "/dashboard");
    desk.refuses(Token::Visit, &visit, STRANDED, "used again").await;
    // A use of a code is an account, so it is used up once the address is confirmed.
    let code = desk.made(Token::RegistrationCode).await;
    desk.registers("first@example.com", &code).await.expect_status(202);
    desk.registers("second@example.com", &code).await.expect_status(202);
    let (first, second) = (desk.linked("first@example.com").await, desk.linked("second@example.com").await);
    desk.given(Token::Confirmation, &first).await.expect_status(201);
    desk.refuses(Token::RegistrationCode, &code, INVALID, "used up").await;
    desk.refuses(Token::Confirmation, &second, OVER, "of a code that another used up").await;
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
    staff.send(http::Method::DELETE, "/api/v1/session", &[], None).await.expect_status(200);
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
async fn what_a_link_a_code_or_a_visit_is_for_can_end_before_it() {
    let desk = Desk::new().await;
    let code = desk.made(Token::RegistrationCode).await;
    let (waits, link) = (desk.made(Token::Confirmation).await, desk.made(Token::MagicLink).await);
    for code in desk.owner.get("/api/v1/registration-codes").await.expect(200).body.as_array().unwrap() {
        let id = code["id"].as_str().unwrap();
        desk.owner.post(&format!("/api/v1/registration-codes/{id}/revoke"), json!({})).await.expect_status(200);
    }
    desk.refuses(Token::RegistrationCode, &code, INVALID, "withdrawn").await;
    desk.refuses(Token::Confirmation, &waits, OVER, "of a code that was withdrawn").await;
    for user in desk.owner.get("/api/v1/users?status=eq.active").await.expect(200).body.as_array().unwrap() {
        desk.owner.post(&format!("/api/v1/users/{}/suspend", user["id"].as_str().unwrap()), json!({})).await.expect_status(200);
    }
    desk.refuses(Token::MagicLink, &link, OVER, "of a suspended account").await;
    let (visit, logout) = (desk.made(Token::Visit).await, desk.made(Token::Logout).await);
    let provider = desk.owner.get(&format!("/api/v1/identity-providers?slug=eq.{PROVIDER}")).await.expect(200)[0]["id"].clone();
    let path = format!("/api/v1/identity-providers/{}", provider.as_str().unwrap());
    desk.owner.patch(&path, "*", json!({"enabled": false})).await.expect_status(200);
    desk.refuses(Token::Visit, &visit, STRANDED, "to a provider that was switched off").await;
    desk.refuses(Token::Logout, &logout, UNKNOWN, "of a provider that was switched off").await;
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

    // The halves of two visits, and an address without its cookie or with nobody's.
    let (mine, theirs) = (desk.made(Token::Visit).await, desk.made(Token::Visit).await);
    let (value, rest) = mine.split_once("; ").unwrap();
    let (other_value, other_rest) = theirs.split_once("; ").unwrap();
    // It uses the other visit up, too.
    let mixed = desk.given(Token::Visit, &format!("{other_value}; {rest}")).await.expect(303);
    assert!(page(&mixed).contains("sso=over"), "{}", page(&mixed));
    desk.refuses(Token::Visit, &theirs, STRANDED, "after its cookie was sent with another address").await;
    let (name, state) = rest.split_once("; ").unwrap();
    let other_state = other_rest.split_once("; ").unwrap().1;
    desk.refuses(Token::Visit, &format!("{value}; {name}; {other_state}"), STRANDED, "with the address of another visit").await;
    let elsewhere = desk.t.nobody();
    begin(&elsewhere, "/account/session", PROVIDER).await;
    let back = elsewhere.get(&format!("/auth/sso/{PROVIDER}/callback?code=code&state={state}")).await.expect(303);
    assert!(page(&back).contains("sso=over"), "{}", page(&back));
    // A link of a letter in a browser that didn't ask for it, whose person wasn't asked.
    let link = desk.made(Token::MagicLink).await;
    let body = json!({"token": link});
    desk.t.nobody().post("/api/v1/account/session/magic-link/answer", body).await.expect_status(403);
    // Confirming somebody else's registration lets nobody in.
    let waits = desk.made(Token::Confirmation).await;
    let stranger = desk.t.nobody();
    let answer = stranger.post("/api/v1/account/registration/confirm", json!({"token": waits})).await.expect(201);
    assert_eq!((answer["state"].as_str(), stranger.get("/api/v1/account/sessions").await.status), (Some("signed_out"), 401));

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
