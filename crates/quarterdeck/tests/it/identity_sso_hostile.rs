//! A provider that lies, and visitors who cheat: each is a clear refusal, in the log, and leaves nothing behind.

use crate::sso_lab::{CLIENT, Liar, Reply, SECRET, Sign, back, begin, come_back, last_refusal, page, parameter, platform, provider, role};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::Duration;
use serde_json::{Value, json};
use testkit::{Client, TestApp};

const UNTRUSTED: &str = "/admin/login?sso=untrusted&provider=main";
const OVER: &str = "/admin/login?sso=over&provider=main";

/// A platform with one provider of staff, which makes accounts and lies.
async fn world() -> (TestApp, Client, Liar) {
    let t = platform().await;
    let owner = t.owner().await;
    let liar = Liar::start().await;
    let operator = role(&owner, "operator", "platform").await;
    provider(&owner, "main", &liar.issuer, json!({"create_accounts": true, "default_role_id": operator})).await;
    (t, owner, liar)
}

/// Nothing is left of a sign-in that was refused: no account, no connection, no session.
async fn nothing_is_left(t: &TestApp, owner: &Client, client: &Client) {
    assert_eq!(client.get("/api/v1/session").await.expect(200)["state"], "signed_out");
    assert_eq!(owner.get("/api/v1/staff").await.expect(200).body.as_array().unwrap().len(), 1, "only the owner is there");
    assert_eq!(owner.get("/api/v1/staff-identities").await.expect(200).body, json!([]));
    let db = t.database().await;
    let half: i64 = db.query_one("select count(*) from identity.ceremonies where used_at is null", &[]).await.unwrap().get(0);
    assert_eq!(half, 0, "no sign-in is half done");
}

/// One sign-in with a token made by `token`; it must be refused for a reason that has `why` in it.
async fn refused(t: &TestApp, owner: &Client, liar: &Liar, why: &str, token: impl FnOnce(&str) -> String) {
    let client = t.nobody();
    let location = begin(&client, "/session", "main").await;
    liar.gives(&token(&location));
    assert_eq!(page(&come_back(&client, &back("main", &location, "")).await), UNTRUSTED, "{why}");
    let said = last_refusal(t).await;
    assert!(said.contains(why), "{said:?} doesn't say {why:?}");
    nothing_is_left(t, owner, &client).await;
}

#[tokio::test]
async fn a_good_answer_is_taken_and_carries_the_proof_of_who_asked() {
    let (t, _, liar) = world().await;
    let client = t.nobody();
    let location = begin(&client, "/session", "main").await;
    liar.gives(&liar.sign(&liar.claims(&t, &location, json!({})), &Sign::Own));
    let answer = come_back(&client, &back("main", &location, "")).await;
    assert_eq!(page(&answer), "/admin");
    let (form, login) = liar.asked();
    let sent: Vec<(String, String)> = url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
    let verifier = &sent.iter().find(|(name, _)| name == "code_verifier").unwrap().1;
    let digest = ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes());
    assert_eq!(URL_SAFE_NO_PAD.encode(digest), parameter(&location, "code_challenge"));
    assert_eq!(login.unwrap(), format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{SECRET}"))));
    assert!(!form.contains(SECRET), "the secret is in the header alone");
}

#[tokio::test]
async fn tokens_that_are_not_signed_by_the_provider_are_refused() {
    let (t, owner, liar) = world().await;
    let claims = |location: &str| liar.claims(&t, location, json!({}));
    refused(&t, &owner, &liar, "signed by none", |l| liar.sign(&claims(l), &Sign::None)).await;
    refused(&t, &owner, &liar, "signed by HS256", |l| liar.sign(&claims(l), &Sign::Secret(SECRET.into()))).await;
    refused(&t, &owner, &liar, "signed by HS256", |l| liar.sign(&claims(l), &Sign::Secret(liar.public_point()))).await;
    refused(&t, &owner, &liar, "signature of its token is wrong", |l| liar.sign(&claims(l), &Sign::Stranger)).await;
    refused(&t, &owner, &liar, "names a key", |l| liar.sign_as(&json!({"alg": "ES256", "kid": "two"}), &claims(l), &Sign::Own)).await;
    refused(&t, &owner, &liar, "names a key", |l| liar.sign_as(&json!({"alg": "RS256", "kid": "one"}), &claims(l), &Sign::Own)).await;
    refused(&t, &owner, &liar, "extensions", |l| {
        liar.sign_as(&json!({"alg": "ES256", "kid": "one", "crit": ["exp"]}), &claims(l), &Sign::Own)
    })
    .await;
    // Another content under a signature that was right once.
    refused(&t, &owner, &liar, "signature of its token is wrong", |l| {
        let good = liar.sign(&claims(l), &Sign::Own);
        let parts: Vec<&str> = good.split('.').collect();
        let other = URL_SAFE_NO_PAD.encode(liar.claims(&t, l, json!({"sub": "ada"})).to_string());
        format!("{}.{other}.{}", parts[0], parts[2])
    })
    .await;
    for broken in ["", "a.b", "a.b.c.d", "....", "e30.e30."] {
        refused(&t, &owner, &liar, "its token", |_| broken.to_owned()).await;
    }
}

#[tokio::test]
async fn tokens_for_others_and_of_other_times_are_refused() {
    let (t, owner, liar) = world().await;
    let now = t.app.clock.now().timestamp();
    for (why, changes) in [
        ("not by", json!({"iss": "https://evil.example"})),
        ("made by nobody", json!({"iss": null})),
        ("another client (aud)", json!({"aud": "somebody-else"})),
        ("another client (aud)", json!({"aud": null})),
        ("another client (aud)", json!({"aud": []})),
        ("(azp)", json!({"aud": [CLIENT, "somebody-else"]})),
        ("(azp)", json!({"aud": [CLIENT, "somebody-else"], "azp": "somebody-else"})),
        ("(azp)", json!({"azp": "somebody-else"})),
        ("expired", json!({"exp": now - 61})),
        ("doesn't say when it ends", json!({"exp": null})),
        ("in the future", json!({"iat": now + 120})),
        ("when it was made", json!({"iat": null})),
        ("doesn't count yet", json!({"nbf": now + 120})),
        ("another sign-in (nonce)", json!({"nonce": "n"})),
        ("nonce is missing", json!({"nonce": null})),
        ("about (sub)", json!({"sub": null})),
        ("about (sub)", json!({"sub": ""})),
        ("about (sub)", json!({"sub": "x".repeat(256)})),
        ("(at_hash)", json!({"at_hash": "AAAA"})),
    ] {
        refused(&t, &owner, &liar, why, |l| liar.sign(&liar.claims(&t, l, changes), &Sign::Own)).await;
    }
    // A clock that is a little off is no lie, nor is a token for several clients that was handed to this one.
    let client = t.nobody();
    let fine = json!({"iat": now + 30, "exp": now - 30, "aud": [CLIENT, "somebody-else"], "azp": CLIENT});
    assert_eq!(page(&liar.sign_in(&t, &client, "/session", "main", fine).await), "/admin");
}

#[tokio::test]
async fn a_visit_counts_once_in_the_browser_that_began_it() {
    let (t, owner, liar) = world().await;
    let (client, other) = (t.nobody(), t.nobody());
    let location = begin(&client, "/session", "main").await;
    liar.gives(&liar.sign(&liar.claims(&t, &location, json!({})), &Sign::Own));
    let address = back("main", &location, "");
    // Somebody sends the end of their own sign-in to another person, to have them work in a foreign account.
    assert_eq!(page(&come_back(&other, &address).await), OVER);
    assert!(last_refusal(&t).await.contains("another browser"));
    nothing_is_left(&t, &owner, &other).await;
    // A browser that is in the middle of a visit of its own isn't taken either.
    begin(&other, "/session", "main").await;
    assert_eq!(page(&come_back(&other, &address).await), OVER);
    let cookies = client.cookie();
    assert_eq!(page(&come_back(&client, &address).await), "/admin");
    // The same address again, even with the cookies of before.
    let replay = t.nobody();
    replay.set_cookie(cookies.as_deref());
    assert_eq!(page(&come_back(&replay, &address).await), OVER);
    assert!(last_refusal(&t).await.contains("came back already"));
    assert_eq!(page(&come_back(&replay, "http://localhost:8080/auth/sso/main/callback?code=x").await), OVER);
    assert_eq!(page(&come_back(&replay, "http://localhost:8080/auth/sso/nowhere/callback?code=x&state=y").await), "/auth/login?sso=over");
    // Too late.
    let late = t.nobody();
    let location = begin(&late, "/session", "main").await;
    t.advance(Duration::minutes(11));
    assert_eq!(page(&come_back(&late, &back("main", &location, "")).await), OVER);
}

#[tokio::test]
async fn a_refused_token_uses_the_visit_up() {
    let (t, _, liar) = world().await;
    let client = t.nobody();
    let location = begin(&client, "/session", "main").await;
    liar.gives(&liar.sign(&liar.claims(&t, &location, json!({"nonce": "x"})), &Sign::Own));
    assert_eq!(page(&come_back(&client, &back("main", &location, "")).await), UNTRUSTED);
    liar.gives(&liar.sign(&liar.claims(&t, &location, json!({})), &Sign::Own));
    assert_eq!(page(&come_back(&client, &back("main", &location, "")).await), OVER);
}

#[tokio::test]
async fn two_providers_are_not_mixed_up() {
    let (t, owner, honest) = world().await;
    let evil = Liar::start().await;
    provider(&owner, "evil", &evil.issuer, json!({})).await;
    let client = t.nobody();
    // The visit was to one, and its state comes back where the other answers.
    let location = begin(&client, "/session", "evil").await;
    honest.gives(&honest.sign(&honest.claims(&t, &location, json!({})), &Sign::Own));
    assert_eq!(page(&come_back(&client, &back("main", &location, "")).await), OVER);
    assert!(last_refusal(&t).await.contains("another provider"));
    // The answer itself says that it is from somebody else (RFC 9207).
    let location = begin(&client, "/session", "main").await;
    assert_eq!(page(&come_back(&client, &back("main", &location, "&iss=https%3A%2F%2Fevil.example")).await), UNTRUSTED);
    assert!(last_refusal(&t).await.contains("(iss)"));
    // A provider that always says who it is, and doesn't.
    honest.describes(json!({"authorization_response_iss_parameter_supported": true}));
    t.advance(Duration::minutes(11));
    let location = begin(&client, "/session", "main").await;
    honest.gives(&honest.sign(&honest.claims(&t, &location, json!({})), &Sign::Own));
    assert_eq!(page(&come_back(&client, &back("main", &location, "")).await), UNTRUSTED);
    nothing_is_left(&t, &t.sign_in(testkit::OWNER_EMAIL).await, &client).await;
}

#[tokio::test]
async fn answers_that_are_none_are_refused() {
    let (t, owner, liar) = world().await;
    let elsewhere = Liar::start().await;
    for (why, reply) in [
        ("no JSON", Reply::Text("<html>hello</html>".into())),
        ("gave no ID token", Reply::Text("{}".into())),
        ("gave no ID token", Reply::Text("[1, 2]".into())),
        ("more than", Reply::Text(format!("\"{}\"", "x".repeat(300_000)))),
        ("redirects are not followed", Reply::Redirect(format!("{}/token", elsewhere.issuer))),
        ("answered 400 invalid_grant", Reply::Json(400, json!({"error": "invalid_grant", "error_description": "used already"}))),
        ("answered 401 invalid_clientscript", Reply::Json(401, json!({"error": "invalid_client<script>"}))),
    ] {
        let client = t.nobody();
        let location = begin(&client, "/session", "main").await;
        liar.replies(reply);
        assert_eq!(page(&come_back(&client, &back("main", &location, "")).await), UNTRUSTED, "{why}");
        let said = last_refusal(&t).await;
        assert!(said.contains(why), "{said:?} doesn't say {why:?}");
        nothing_is_left(&t, &owner, &client).await;
    }
    assert!(elsewhere.asked().0.is_empty(), "what was sent to one never reaches another");
    let client = t.nobody();
    let location = begin(&client, "/session", "main").await;
    liar.replies(Reply::Json(503, json!({})));
    assert_eq!(page(&come_back(&client, &back("main", &location, "")).await), "/admin/login?sso=unreachable&provider=main");
    let location = begin(&client, "/session", "main").await;
    assert_eq!(page(&come_back(&client, &back("main", &location, "").replace("code=code", "code=")).await), UNTRUSTED);
    let location = begin(&client, "/session", "main").await;
    let words = back("main", &location, "&error=server_error%0d%0a").replace("code=code&", "");
    assert_eq!(page(&come_back(&client, &words).await), "/admin/login?sso=unreachable&provider=main");
}

#[tokio::test]
async fn a_provider_that_never_answers_holds_nobody_up() {
    let (t, _, liar) = world().await;
    let client = t.nobody();
    let location = begin(&client, "/session", "main").await;
    liar.replies(Reply::Never);
    let address = back("main", &location, "");
    // The others go on meanwhile: nothing of the database is held.
    let (answer, others) = tokio::join!(come_back(&client, &address), async {
        for _ in 0..40 {
            t.nobody().get("/api/v1/session/sso").await.expect_status(200);
        }
        t.sign_in(testkit::OWNER_EMAIL).await
    });
    others.get("/api/v1/profile/sessions").await.expect_status(200);
    assert_eq!(page(&answer), "/admin/login?sso=unreachable&provider=main");
    assert!(last_refusal(&t).await.contains("doesn't answer in time"));
}

#[tokio::test]
async fn a_description_leads_nowhere_but_to_its_own_provider() {
    let (t, owner, liar) = world().await;
    for (changes, why) in [
        (json!({"issuer": "https://evil.example"}), "describes https://evil.example"),
        (json!({"token_endpoint": "http://10.0.0.7/token"}), "not reached over TLS"),
        (json!({"jwks_uri": "file:///etc/passwd"}), "names no host"),
        (json!({"userinfo_endpoint": "https://169.254.169.254/latest"}), "not reached over TLS"),
        (json!({"jwks_uri": 7}), "no description of a provider"),
        (json!({"jwks_uri": format!("{}/nowhere", liar.issuer)}), "no keys"),
    ] {
        liar.describes(changes);
        t.advance(Duration::minutes(11));
        let answer = t.nobody().post("/api/v1/session/sso/main", json!({})).await.expect(403);
        assert!(answer["detail"].as_str().unwrap().contains(why), "{}", answer.text);
    }
    let id = owner.get("/api/v1/identity-providers").await.status;
    assert!(id == 200 || id == 401);
}

#[tokio::test]
async fn what_the_person_page_says_is_believed_only_of_the_person() {
    let (t, _, liar) = world().await;
    // The token says who it is and nothing else; the rest is asked for.
    let bare = json!({"email": null, "email_verified": null, "name": null});
    liar.says_of_user(json!({"sub": "somebody-else", "email": "ada@example.com", "email_verified": true}));
    assert_eq!(page(&liar.sign_in(&t, &t.nobody(), "/session", "main", bare.clone()).await), UNTRUSTED);
    assert!(last_refusal(&t).await.contains("another person"));
    liar.says_of_user(json!({"sub": "grace", "email": "grace@example.com", "email_verified": true}));
    assert_eq!(page(&liar.sign_in(&t, &t.nobody(), "/session", "main", bare).await), "/admin");
    // What was signed counts more than what was only sent.
    liar.says_of_user(json!({"sub": "linus", "email": "ada@example.com", "email_verified": true}));
    let changes = json!({"sub": "linus", "email": "linus@example.com", "email_verified": false});
    assert_eq!(page(&liar.sign_in(&t, &t.nobody(), "/session", "main", changes).await), "/admin/login?sso=no-account&provider=main");
    assert!(last_refusal(&t).await.contains("didn't verify"));
}

#[tokio::test]
async fn strange_people_are_clear_refusals() {
    let (t, owner, liar) = world().await;
    for changes in [
        json!({"email": null}),
        json!({"email": "no address"}),
        json!({"email": "\u{430}da@example.com"}),
        json!({"email": ["ada@example.com"]}),
        json!({"email": "ada@example.com"}),
        json!({"email": "ADA@example.com "}),
        json!({"email_verified": "yes"}),
    ] {
        liar.says_of_user(json!({"sub": "grace"}));
        let client = t.nobody();
        let answer = liar.sign_in(&t, &client, "/session", "main", changes.clone()).await;
        assert_eq!(page(&answer), "/admin/login?sso=no-account&provider=main", "{changes}");
        nothing_is_left(&t, &owner, &client).await;
    }
    let odd: Value = json!({"sub": "odd\u{202e} ü", "email": "odd@example.com", "name": format!("<b>{}\u{0}\n", "n".repeat(500))});
    assert_eq!(page(&liar.sign_in(&t, &t.nobody(), "/session", "main", odd).await), "/admin");
    let made = owner.get("/api/v1/staff?email=eq.odd@example.com").await.expect(200);
    assert_eq!(made[0]["name"].as_str().unwrap().len(), 120);
}
