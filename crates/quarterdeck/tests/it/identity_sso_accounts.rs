//! What becomes of accounts: connecting and disconnecting, the provider as the only way in, second factors, proofs.

use crate::sso_lab::{Liar, Sign, back, begin, change, come_back, last_refusal, page, platform, provider, role};
use chrono::Duration;
use serde_json::{Value, json};
use testkit::{Client, OWNER_EMAIL, PASSWORD, TestApp, totp};

async fn connect(t: &TestApp, client: &Client, liar: &Liar, own: &str, slug: &str, changes: Value) -> testkit::Answer {
    let began = client.post(&format!("/api/v1{own}/identities"), json!({"provider": slug})).await.expect(200);
    let location = began["location"].as_str().unwrap();
    liar.gives(&liar.sign(&liar.claims(t, location, changes), &Sign::Own));
    come_back(client, &back(slug, location, "")).await
}

#[tokio::test]
async fn an_account_is_connected_by_its_owner_and_by_nobody_else() {
    let t = platform().await;
    let owner = t.owner().await;
    let liar = Liar::start().await;
    provider(&owner, "main", &liar.issuer, json!({})).await;
    let ada = json!({"sub": "ada", "email": OWNER_EMAIL});
    // The address alone opens nothing, however verified.
    let stranger = t.nobody();
    assert_eq!(page(&liar.sign_in(&t, &stranger, "/session", "main", ada.clone()).await), "/admin/login?sso=no-account&provider=main");
    assert!(last_refusal(&t).await.contains("is there and not connected"));
    // Connecting wants a fresh proof, and the very session that began it.
    assert_eq!(page(&connect(&t, &owner, &liar, "/profile", "main", ada.clone()).await), "/admin/profile/security");
    let list = owner.get("/api/v1/profile/identities").await.expect(200);
    assert_eq!((list["identities"][0]["label"].as_str(), &list["offered"], &list["password"]), (Some("main"), &json!([]), &json!(true)));
    assert_eq!(page(&liar.sign_in(&t, &stranger, "/session", "main", ada.clone()).await), "/admin");
    assert_eq!(stranger.get("/api/v1/session").await.expect(200)["user"]["email"], OWNER_EMAIL);
    // Another address at the provider is still the same person.
    let moved = json!({"sub": "ada", "email": "other@example.com"});
    assert_eq!(page(&liar.sign_in(&t, &t.nobody(), "/session", "main", moved).await), "/admin");
    // Somebody who is connected here can't be connected there as well.
    let second = t.staff(&owner, "operator").await;
    assert_eq!(page(&connect(&t, &second, &liar, "/profile", "main", ada).await), "/admin/profile/security?sso=taken&provider=main");
    t.advance(Duration::minutes(11));
    let again = json!({"provider": "main"});
    let asked = second.post("/api/v1/profile/identities", again).await.expect(403);
    assert!(asked["type"].as_str().unwrap().ends_with("step-up"), "{}", asked.text);
}

#[tokio::test]
async fn nobody_connects_themself_to_somebody_elses_account() {
    let t = platform().await;
    let owner = t.owner().await;
    let liar = Liar::start().await;
    provider(&owner, "main", &liar.issuer, json!({})).await;
    let thief = t.staff(&owner, "operator").await;
    // The thief begins, and has the owner's browser finish.
    let began = thief.post("/api/v1/profile/identities", json!({"provider": "main"})).await.expect(200);
    let location = began["location"].as_str().unwrap();
    liar.gives(&liar.sign(&liar.claims(&t, location, json!({"sub": "thief"})), &Sign::Own));
    assert_eq!(page(&come_back(&owner, &back("main", location, "")).await), "/admin/login?sso=over&provider=main");
    // Even with the cookie of the visit put into that browser.
    let visit = thief.cookie().unwrap().split("; ").find(|pair| pair.starts_with("qd_visit_")).unwrap().to_owned();
    owner.set_cookie(Some(&format!("{}; {visit}", owner.cookie().unwrap())));
    assert_eq!(page(&come_back(&owner, &back("main", location, "")).await), "/admin/profile/security?sso=over&provider=main");
    assert_eq!(owner.get("/api/v1/profile/identities").await.expect(200)["identities"], json!([]));
}

#[tokio::test]
async fn the_last_way_in_stays() {
    let t = platform().await;
    let owner = t.owner().await;
    let liar = Liar::start().await;
    let id = provider(&owner, "main", &liar.issuer, json!({"account_kind": "user", "create_accounts": true})).await;
    let grace = t.nobody();
    // They proved who they are at the provider a moment ago, which it says.
    let now = t.app.clock.now().timestamp();
    liar.sign_in(&t, &grace, "/account/session", "main", json!({"auth_time": now})).await;
    let own = grace.get("/api/v1/account/identities").await.expect(200);
    assert_eq!(own["password"], false);
    let path = format!("/api/v1/account/identities/{}", own["identities"][0]["id"].as_str().unwrap());
    let refused = grace.delete(&path).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("only way"), "{}", refused.text);
    grace.post("/api/v1/account/password", json!({"password": PASSWORD})).await.expect_status(204);
    grace.delete(&path).await.expect_status(204);
    grace.delete(&path).await.expect_status(404);
    assert_eq!(
        page(&liar.sign_in(&t, &t.nobody(), "/account/session", "main", json!({})).await),
        "/auth/login?sso=no-account&provider=main"
    );
    // Staff see connections and take them away, for others.
    connect(&t, &grace, &liar, "/account", "main", json!({})).await;
    let listed = owner.get("/api/v1/user-identities").await.expect(200);
    owner.delete(&format!("/api/v1/user-identities/{}", listed[0]["id"].as_str().unwrap())).await.expect_status(204);
    change(&owner, &id, json!({"enabled": false})).await;
    t.nobody().post("/api/v1/account/session/sso/main", json!({})).await.expect_status(404);
}

#[tokio::test]
async fn who_is_suspended_or_deleted_does_not_come_back_this_way() {
    let t = platform().await;
    let owner = t.owner().await;
    let liar = Liar::start().await;
    provider(&owner, "main", &liar.issuer, json!({"account_kind": "user", "create_accounts": true})).await;
    liar.sign_in(&t, &t.nobody(), "/account/session", "main", json!({})).await;
    let id = owner.get("/api/v1/users").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
    let nobody = "/auth/login?sso=no-account&provider=main";
    owner.post(&format!("/api/v1/users/{id}/suspend"), json!({})).await.expect_status(200);
    assert_eq!(page(&liar.sign_in(&t, &t.nobody(), "/account/session", "main", json!({})).await), nobody);
    owner.post(&format!("/api/v1/users/{id}/activate"), json!({})).await.expect_status(200);
    assert_eq!(page(&liar.sign_in(&t, &t.nobody(), "/account/session", "main", json!({})).await), "/dashboard");
    owner.delete(&format!("/api/v1/users/{id}")).await.expect_status(204);
    // Not even as a new account: whoever deleted them meant it.
    assert_eq!(page(&liar.sign_in(&t, &t.nobody(), "/account/session", "main", json!({})).await), nobody);
    assert_eq!(owner.get("/api/v1/users").await.expect(200).body, json!([]));
}

#[tokio::test]
async fn an_account_is_connected_by_its_address_only_where_that_is_allowed_and_safe() {
    let t = platform().await;
    let owner = t.owner().await;
    let liar = Liar::start().await;
    let more = json!({"account_kind": "user", "domains": ["example.com"], "connect_by_email": true});
    provider(&owner, "main", &liar.issuer, more).await;
    let refused = "/auth/login?sso=no-account&provider=main";
    let come = async |changes: Value| page(&liar.sign_in(&t, &t.nobody(), "/account/session", "main", changes).await).to_owned();
    // Somebody made an account for another's address, never verified it, and waits.
    t.user(&owner, "grace@example.com").await;
    assert_eq!(come(json!({})).await, refused);
    assert!(last_refusal(&t).await.contains("never verified"));
    // An account that nobody has used yet is theirs, when the provider says so, of its own domain.
    owner.post("/api/v1/users", json!({"email": "linus@example.com"})).await.expect_status(201);
    owner.post("/api/v1/users", json!({"email": "linus@example.org"})).await.expect_status(201);
    assert_eq!(come(json!({"sub": "linus", "email": "linus@example.com", "email_verified": false})).await, refused);
    assert_eq!(come(json!({"sub": "linus", "email": "linus@example.org"})).await, refused);
    assert_eq!(come(json!({"sub": "linus", "email": "linus@example.com"})).await, "/dashboard");
    // Owners never, whoever allows it.
    let staff = Liar::start().await;
    provider(&owner, "staff", &staff.issuer, json!({"domains": ["example.com"], "connect_by_email": true})).await;
    let ada = json!({"sub": "ada", "email": OWNER_EMAIL});
    assert_eq!(page(&staff.sign_in(&t, &t.nobody(), "/session", "staff", ada).await), "/admin/login?sso=no-account&provider=staff");
    t.staff(&owner, "operator").await;
    let operator = json!({"sub": "op", "email": "operator@example.com"});
    assert_eq!(page(&staff.sign_in(&t, &t.nobody(), "/session", "staff", operator).await), "/admin");
}

#[tokio::test]
async fn where_the_provider_is_the_only_way_in_a_password_is_like_a_wrong_one() {
    let t = platform().await;
    let owner = t.owner().await;
    let liar = Liar::start().await;
    let more = json!({"account_kind": "user", "domains": ["example.com"], "create_accounts": true});
    let id = provider(&owner, "main", &liar.issuer, more).await;
    let grace = t.user(&owner, "grace@example.com").await;
    let user = owner.get("/api/v1/users?email=eq.grace@example.com").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
    let link = owner.post(&format!("/api/v1/users/{user}/reset-link"), json!({})).await.expect(200);
    change(&owner, &id, json!({"exclusive": true})).await;
    let tried = async |email: &str, password: &str| {
        let answer = t.nobody().post("/api/v1/account/session", json!({"email": email, "password": password})).await;
        (answer.status, answer["title"].clone(), answer["detail"].clone())
    };
    let wrong = tried("grace@example.com", "wrong").await;
    assert_eq!(wrong.0, 401);
    assert_eq!(tried("grace@example.com", PASSWORD).await, wrong);
    assert_eq!(tried("nobody@example.com", PASSWORD).await, wrong);
    let said = last_refusal(&t).await;
    assert!(said.contains("provider alone") && !said.contains("The password was wrong"), "{said}");
    // Nor does a link give them one, whether it was made before or after; nor they themself.
    let token = link["link"].as_str().unwrap().split("token=").nth(1).unwrap();
    t.nobody()
        .post("/api/v1/password-reset", json!({"token": token, "password": "another-horse-battery-staple-43"}))
        .await
        .expect_status(403);
    owner.post(&format!("/api/v1/users/{user}/reset-link"), json!({})).await.expect_status(403);
    grace.post("/api/v1/account/password", json!({"password": "another-horse-battery-staple-43"})).await.expect_status(403);
    // Others are not concerned.
    t.user(&owner, "linus@example.org").await;
    let own = grace.get("/api/v1/account/identities").await.expect(200);
    assert_eq!(own["exclusive"], true);
    change(&owner, &id, json!({"enabled": false})).await;
    t.user_in("grace@example.com").await;
}

#[tokio::test]
async fn who_makes_it_the_only_way_in_has_it() {
    let t = platform().await;
    let owner = t.owner().await;
    let liar = Liar::start().await;
    let id = provider(&owner, "main", &liar.issuer, json!({"domains": ["example.com"]})).await;
    let refused = owner.patch(&format!("/api/v1/identity-providers/{id}"), "*", json!({"exclusive": true})).await.expect(422);
    assert!(refused["errors"][0]["message"].as_str().unwrap().contains("lock you out"), "{}", refused.text);
    connect(&t, &owner, &liar, "/profile", "main", json!({"sub": "ada", "email": OWNER_EMAIL})).await;
    change(&owner, &id, json!({"exclusive": true})).await;
    t.nobody().post("/api/v1/session", json!({"email": OWNER_EMAIL, "password": PASSWORD})).await.expect_status(401);
}

#[tokio::test]
async fn a_second_factor_is_asked_for_unless_the_provider_did() {
    let t = platform().await;
    let owner = t.owner().await;
    let liar = Liar::start().await;
    let operator = role(&owner, "operator", "platform").await;
    let id = provider(&owner, "main", &liar.issuer, json!({"create_accounts": true, "default_role_id": operator})).await;
    let grace = t.nobody();
    let now = t.app.clock.now().timestamp();
    liar.sign_in(&t, &grace, "/session", "main", json!({"auth_time": now})).await;
    let made = grace.post("/api/v1/profile/factors/totp", json!({})).await.expect(201);
    let secret = made["secret"].as_str().unwrap().to_owned();
    let code = totp(&secret, t.app.clock.now());
    grace.post("/api/v1/profile/factors/totp/confirm", json!({"id": made["id"], "code": code})).await.expect_status(200);
    t.advance(Duration::seconds(30));

    let half = t.nobody();
    let answer = liar.sign_in(&t, &half, "/session", "main", json!({"amr": ["pwd", "mfa"]})).await;
    assert_eq!(page(&answer), "/admin/login", "nobody said that its word counts");
    assert_eq!(half.get("/api/v1/session").await.expect(200)["state"], "second_factor");
    half.get("/api/v1/profile/sessions").await.expect_status(401);
    let code = totp(&secret, t.app.clock.now());
    let entered = half.post("/api/v1/session/second-factor", json!({"code": code})).await.expect(200);
    assert_eq!(entered["factors"], json!(["sso:main", "totp"]));

    change(&t.sign_in(OWNER_EMAIL).await, &id, json!({"second_factor_values": ["mfa", "gold"]})).await;
    for (changes, page_then) in [
        (json!({"amr": ["pwd"]}), "/admin/login"),
        (json!({"amr": ["pwd", "mfa"]}), "/admin"),
        (json!({"acr": "gold"}), "/admin"),
        (json!({"acr": "silver"}), "/admin/login"),
    ] {
        assert_eq!(page(&liar.sign_in(&t, &t.nobody(), "/session", "main", changes.clone()).await), page_then, "{changes}");
    }
}

#[tokio::test]
async fn an_old_sign_in_at_the_provider_is_no_fresh_proof() {
    let t = platform().await;
    let owner = t.owner().await;
    let liar = Liar::start().await;
    let operator = role(&owner, "operator", "platform").await;
    provider(&owner, "main", &liar.issuer, json!({"create_accounts": true, "default_role_id": operator})).await;
    let now = t.app.clock.now().timestamp();
    let dangerous = async |client: &Client| client.post("/api/v1/profile/factors/totp", json!({})).await.status;
    for (auth_time, status) in [(json!(null), 403), (json!(now - 3600), 403), (json!(now + 3600), 403), (json!(now - 60), 201)] {
        let client = t.nobody();
        liar.sign_in(&t, &client, "/session", "main", json!({"auth_time": auth_time})).await;
        assert_eq!(dangerous(&client).await, status, "{auth_time}");
    }
    // Without a password, they prove it there.
    let client = t.nobody();
    liar.sign_in(&t, &client, "/session", "main", json!({})).await;
    let prove = async |changes: Value| {
        let began = client.post("/api/v1/session/proof/sso", json!({"provider": "main"})).await.expect(200);
        let location = began["location"].as_str().unwrap();
        assert!(location.contains("prompt=login") && location.contains("max_age=0"), "{location}");
        liar.gives(&liar.sign(&liar.claims(&t, location, changes), &Sign::Own));
        page(&come_back(&client, &back("main", location, "")).await).to_owned()
    };
    let not_proved = "/auth/proved?sso=not-proved&provider=main";
    assert_eq!(prove(json!({})).await, not_proved, "it doesn't say when");
    assert_eq!(prove(json!({"auth_time": now - 600})).await, not_proved, "it didn't ask again");
    assert_eq!(prove(json!({"auth_time": now + 600})).await, not_proved);
    assert_eq!(prove(json!({"auth_time": now, "sub": "somebody-else"})).await, not_proved);
    assert_eq!(dangerous(&client).await, 403);
    assert_eq!(prove(json!({"auth_time": now})).await, "/auth/proved");
    assert_eq!(dangerous(&client).await, 201);
    // Whoever isn't connected has nothing to prove there.
    let asked = owner.post("/api/v1/session/proof/sso", json!({"provider": "main"})).await.expect(422);
    assert_eq!(asked["errors"][0]["field"], "provider");
}

#[tokio::test]
async fn restrictions_hold_at_this_door_too() {
    let t = platform().await;
    let owner = t.owner().await;
    let liar = Liar::start().await;
    let operator = role(&owner, "operator", "platform").await;
    provider(&owner, "main", &liar.issuer, json!({"create_accounts": true, "default_role_id": operator})).await;
    let outside = t.nobody().from_address("203.0.113.9");
    let location = begin(&outside, "/session", "main").await;
    owner.post("/api/v1/restrictions", json!({"network": "127.0.0.0/8"})).await.expect_status(201);
    liar.gives(&liar.sign(&liar.claims(&t, &location, json!({})), &Sign::Own));
    assert_eq!(page(&come_back(&outside, &back("main", &location, "")).await), "/admin/login?sso=closed&provider=main");
    outside.post("/api/v1/session/sso/main", json!({})).await.expect_status(403);
    let hours = json!({"role_id": operator, "weekdays": ["mon"], "opens": "07:00", "closes": "08:00", "time_zone": "UTC"});
    owner.post("/api/v1/hours", hours).await.expect_status(201);
    let client = t.nobody();
    assert_eq!(page(&liar.sign_in(&t, &client, "/session", "main", json!({})).await), "/admin/login?sso=closed&provider=main");
    assert_eq!(
        owner.get("/api/v1/staff").await.expect(200).body.as_array().unwrap().len(),
        1,
        "the account that was being made is not there"
    );
}

#[tokio::test]
async fn signing_out_at_the_provider_ends_the_sessions_that_it_opened() {
    let t = platform().await;
    let owner = t.owner().await;
    let liar = Liar::start().await;
    provider(&owner, "main", &liar.issuer, json!({"account_kind": "user", "create_accounts": true})).await;
    let (one, two, other) = (t.nobody(), t.nobody(), t.nobody());
    liar.sign_in(&t, &one, "/account/session", "main", json!({"auth_time": t.app.clock.now().timestamp()})).await;
    liar.sign_in(&t, &two, "/account/session", "main", json!({})).await;
    liar.sign_in(&t, &other, "/account/session", "main", json!({"sub": "linus", "email": "linus@example.com"})).await;
    one.post("/api/v1/account/password", json!({"password": PASSWORD})).await.expect_status(204);
    let by_password = t.user_in("grace@example.com").await;
    let now = t.app.clock.now().timestamp();
    let event = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
    let good = json!({"iss": liar.issuer, "aud": "quarterdeck", "iat": now, "exp": now + 120, "jti": "1", "sub": "grace", "events": event});
    let send = async |claims: &Value, sign: &Sign| {
        let body = format!("logout_token={}", liar.sign(claims, sign));
        let kind = ("content-type", "application/x-www-form-urlencoded");
        t.nobody().send_bytes(http::Method::POST, "/auth/sso/main/logout", &[kind], Some(body.into_bytes())).await
    };
    for changes in [
        json!({"events": {}}),
        json!({"events": null}),
        json!({"nonce": "x"}),
        json!({"jti": null}),
        json!({"sub": null}),
        json!({"aud": "somebody-else"}),
        json!({"iss": "https://evil.example"}),
        json!({"iat": now - 3600}),
        json!({"exp": now - 120}),
    ] {
        let mut claims = good.clone();
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        send(&claims, &Sign::Own).await.expect_status(400);
    }
    send(&good, &Sign::None).await.expect_status(400);
    send(&good, &Sign::Stranger).await.expect_status(400);
    let open = async |client: &Client| client.get("/api/v1/account/session").await.expect(200)["state"] == "signed_in";
    assert!(open(&one).await && open(&other).await);
    assert_eq!(send(&good, &Sign::Own).await.expect(200)["ended"], 1, "the second was ended by the new password");
    assert!(!open(&one).await, "what the provider opened is over");
    assert!(open(&other).await && open(&by_password).await, "nobody else is concerned");
    send(&good, &Sign::Own).await.expect_status(400);
}

#[tokio::test]
async fn an_owner_stays_an_owner_whatever_the_provider_says() {
    let t = platform().await;
    let owner = t.owner().await;
    let liar = Liar::start().await;
    let operator = role(&owner, "operator", "platform").await;
    let rules = json!([{"claim": "groups", "value": "support", "role_id": operator}]);
    provider(&owner, "main", &liar.issuer, json!({"rules": rules})).await;
    let ada = json!({"sub": "ada", "email": OWNER_EMAIL, "groups": []});
    assert_eq!(page(&connect(&t, &owner, &liar, "/profile", "main", ada.clone()).await), "/admin/profile/security");
    for groups in [json!([]), json!(["support"])] {
        let client = t.nobody();
        let mut says = ada.clone();
        says["groups"] = groups;
        assert_eq!(page(&liar.sign_in(&t, &client, "/session", "main", says).await), "/admin");
        assert_eq!(client.get("/api/v1/session").await.expect(200)["user"]["role"], "owner");
    }
    // Others for whom no rule holds don't get in, and nothing is left of them.
    t.staff(&owner, "developer").await;
    let dev = json!({"sub": "dev", "email": "new@example.com", "groups": []});
    assert_eq!(page(&liar.sign_in(&t, &t.nobody(), "/session", "main", dev).await), "/admin/login?sso=no-account&provider=main");
}
