//! Signing out, in both directions, against a real provider and a lying one: here and there, too; there and here, too.

use crate::faults_desk::cookie;
use crate::sso_lab::{CLIENT, Liar, SECRET, Sign, begin, change, come_back, page, parameter, platform, provider};
use axum::Router;
use axum::routing::post;
use http::Method;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::{Answer, Client, OidcServer, TestApp, Visitor, totp};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What a provider posts to the panel, kept until the test passes it on.
struct Letterbox {
    url: String,
    got: Arc<Mutex<Vec<String>>>,
}

impl Letterbox {
    async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://localhost:{}/logout", listener.local_addr().unwrap().port());
        let got: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = got.clone();
        let router = Router::new().route("/logout", post(move |body: String| async move { kept.lock().unwrap().push(body) }));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, got }
    }

    async fn taken(&self) -> String {
        for _ in 0..200 {
            if let Some(form) = self.got.lock().unwrap().pop() {
                return form;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the provider posted nothing")
    }
}

async fn pass_on(t: &TestApp, form: String) -> Answer {
    let kind = ("content-type", "application/x-www-form-urlencoded");
    t.nobody().send_bytes(Method::POST, "/auth/sso/main/logout", &[kind], Some(form.into_bytes())).await
}

async fn server(box_at: &Letterbox) -> OidcServer {
    let person = |name: &str| json!({"email": format!("{name}@example.com"), "email_verified": true, "name": name});
    OidcServer::start(json!({
        "clients": [{"client_id": CLIENT, "client_secret": SECRET, "redirect_uris": ["http://localhost:8080/auth/sso/main/callback"],
            "post_logout_redirect_uris": ["http://localhost:8080/auth/login"], "backchannel_logout_uri": box_at.url, "backchannel_logout_session_required": true}],
        "people": {"grace": person("grace"), "linus": person("linus")}
    }))
}

/// A sign-in in a browser that keeps its cookies at the provider.
async fn sign_in(t: &TestApp, there: &mut Visitor, server: &OidcServer, login: &str) -> Client {
    let browser = t.nobody();
    let location = begin(&browser, "/account/session", "main").await;
    let back = there.walk(&location, &server.issuer, Some(login)).await;
    assert_eq!(page(&come_back(&browser, &back).await), "/dashboard");
    browser
}

async fn who(client: &Client) -> Value {
    client.get("/api/v1/account/session").await.expect(200)["user"]["email"].clone()
}

async fn sign_out(client: &Client) -> Value {
    client.delete("/api/v1/account/session").await.expect(200)["location"].clone()
}

#[tokio::test]
async fn who_signs_out_here_is_led_to_the_provider_and_is_out_there_too() {
    let t = platform().await;
    let owner = t.owner().await;
    let server = server(&Letterbox::open().await).await;
    let id = provider(&owner, "main", &server.issuer, json!({"account_kind": "user", "create_accounts": true})).await;
    let mut there = Visitor::default();
    let browser = sign_in(&t, &mut there, &server, "grace").await;
    assert_eq!(sign_out(&browser).await, Value::Null, "the switch is off");
    // The provider still knows them, so nobody else can come in from there.
    assert_eq!(who(&sign_in(&t, &mut there, &server, "linus").await).await, "grace@example.com");

    change(&owner, &id, json!({"sign_out_there": true})).await;
    let browser = sign_in(&t, &mut there, &server, "grace").await;
    let location = sign_out(&browser).await;
    let location = location.as_str().unwrap();
    assert_eq!(who(&browser).await, Value::Null, "they are out here, whatever comes of it there");
    assert!(location.starts_with(&format!("{}/", server.issuer)), "{location}");
    assert_eq!(
        (parameter(location, "client_id"), parameter(location, "post_logout_redirect_uri")),
        (CLIENT.into(), "http://localhost:8080/auth/login".into())
    );
    assert_eq!(parameter(location, "id_token_hint").split('.').count(), 3);
    assert_eq!(there.walk(location, &server.issuer, None).await, "http://localhost:8080/auth/login");
    assert_eq!(who(&sign_in(&t, &mut there, &server, "linus").await).await, "linus@example.com");
    assert_eq!(sign_out(&browser).await, Value::Null, "there is nothing left to end");

    // A session that the provider didn't open leads nowhere.
    let user = t.user(&owner, "ada@example.org").await;
    assert_eq!(sign_out(&user).await, Value::Null);
    let rows = t.audit().await;
    assert!(!rows.iter().any(|row| row.to_string().contains(&parameter(location, "id_token_hint"))), "the token is in no log");
}

#[tokio::test]
async fn signing_out_works_whatever_the_provider_can_or_says() {
    let t = platform().await;
    let owner = t.owner().await;
    let liar = Liar::start().await;
    let more = json!({"account_kind": "user", "create_accounts": true, "sign_out_there": true});
    let id = provider(&owner, "main", &liar.issuer, more).await;
    let again = async |changes: Value| {
        let browser = t.nobody();
        liar.sign_in(&t, &browser, "/account/session", "main", changes).await;
        browser
    };
    let checked = owner.post(&format!("/api/v1/identity-providers/{id}/check"), json!({})).await.expect(200);
    assert!(checked["message"].as_str().unwrap().contains("signs nobody out"), "{}", checked.text);
    assert_eq!(checked["signed_out_uri"], "http://localhost:8080/auth/login");
    let browser = again(json!({})).await;
    assert_eq!((sign_out(&browser).await, who(&browser).await), (Value::Null, Value::Null), "it has no such page");
    // An address that the panel would ask for nothing is no address to send people to either.
    liar.describes(json!({"end_session_endpoint": "javascript:alert(1)"}));
    let browser = again(json!({})).await;
    // What was known of it is asked anew after ten minutes.
    t.advance(chrono::Duration::minutes(10));
    assert_eq!((sign_out(&browser).await, who(&browser).await), (Value::Null, Value::Null));
    liar.describes(json!({"end_session_endpoint": format!("{}/end?tenant=1", liar.issuer)}));
    let browser = again(json!({})).await;
    let location = sign_out(&browser).await;
    assert!(location.as_str().unwrap().starts_with(&format!("{}/end?tenant=1&client_id=", liar.issuer)), "{location}");
    // A token that would make the address too long is left out.
    let browser = again(json!({"padding": "x".repeat(4000)})).await;
    let location = sign_out(&browser).await;
    assert!(!location.as_str().unwrap().contains("id_token_hint"), "{location}");
    let browser = again(json!({})).await;
    change(&owner, &id, json!({"issuer": "http://localhost:1"})).await;
    assert_eq!((sign_out(&browser).await, who(&browser).await), (Value::Null, Value::Null), "nobody is there");
}

#[tokio::test]
async fn a_provider_that_names_a_session_ends_exactly_that_one() {
    let t = platform().await;
    let owner = t.owner().await;
    let letterbox = Letterbox::open().await;
    let server = server(&letterbox).await;
    provider(&owner, "main", &server.issuer, json!({"account_kind": "user", "create_accounts": true})).await;
    let (mut desk, mut phone) = (Visitor::default(), Visitor::default());
    let at_desk = sign_in(&t, &mut desk, &server, "grace").await;
    let on_phone = sign_in(&t, &mut phone, &server, "grace").await;
    // At the provider's own page, on the phone.
    let end =
        format!("{}/session/end?client_id={CLIENT}&post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A8080%2Fauth%2Flogin", server.issuer);
    phone.walk(&end, &server.issuer, None).await;
    let form = letterbox.taken().await;
    assert_eq!(pass_on(&t, form.clone()).await.expect(200)["ended"], 1);
    assert_eq!((who(&on_phone).await, who(&at_desk).await), (Value::Null, json!("grace@example.com")));
    pass_on(&t, form).await.expect_status(400);
}

#[tokio::test]
async fn a_logout_token_names_a_session_a_person_or_both_and_ends_no_more() {
    let t = platform().await;
    let owner = t.owner().await;
    let liar = Liar::start().await;
    let id = provider(&owner, "main", &liar.issuer, json!({"account_kind": "user", "create_accounts": true})).await;
    let enter = async |sid: &str, sub: &str| {
        let browser = t.nobody();
        let claims = json!({"sid": sid, "sub": sub, "email": format!("{sub}@example.com")});
        liar.sign_in(&t, &browser, "/account/session", "main", claims).await;
        browser
    };
    let send = async |changes: Value| {
        let mut claims = json!({"iss": liar.issuer, "aud": CLIENT, "iat": t.app.clock.now().timestamp(), "jti": t.app.ids.next(&t.app.clock), "events": {EVENT: {}}});
        claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        pass_on(&t, format!("logout_token={}", liar.sign(&claims, &Sign::Own))).await
    };
    let long = "x".repeat(256);
    for bad in [
        json!({}),
        json!({"sid": ""}),
        json!({"sid": 7}),
        json!({"sub": "grace", "sid": ""}),
        json!({"sid": "one", "sub": ""}),
        json!({"sid": long}),
    ] {
        send(bad).await.expect_status(400);
    }
    let (one, two, linus) = (enter("one", "grace").await, enter("two", "grace").await, enter("three", "linus").await);
    for nothing in [json!({"sid": "four"}), json!({"sid": "three", "sub": "grace"}), json!({"sid": "ONE"}), json!({"sid": "%"})] {
        assert_eq!(send(nothing.clone()).await.expect(200)["ended"], 0, "{nothing}");
    }
    assert_eq!(send(json!({"sid": "one"})).await.expect(200)["ended"], 1);
    assert_eq!((who(&one).await, who(&two).await), (Value::Null, json!("grace@example.com")));
    assert_eq!(send(json!({"sid": "two", "sub": "grace"})).await.expect(200)["ended"], 1);
    assert_eq!((who(&two).await, who(&linus).await), (Value::Null, json!("linus@example.com")));
    let (one, two) = (enter("one", "grace").await, enter("two", "grace").await);
    assert_eq!(send(json!({"sub": "grace"})).await.expect(200)["ended"], 2, "without a session, all of the person's");
    assert_eq!((who(&one).await, who(&two).await), (Value::Null, Value::Null));
    // Another provider's sessions may be called the same.
    let other = Liar::start().await;
    provider(&owner, "other", &other.issuer, json!({"account_kind": "user", "create_accounts": true})).await;
    let elsewhere = t.nobody();
    other.sign_in(&t, &elsewhere, "/account/session", "other", json!({"sid": "three", "sub": "eve", "email": "eve@example.com"})).await;
    assert_eq!(send(json!({"sid": "three"})).await.expect(200)["ended"], 1);
    assert_eq!((who(&linus).await, who(&elsewhere).await), (Value::Null, json!("eve@example.com")));
    // What a page for the person says of a session isn't signed, and doesn't count.
    liar.says_of_user(json!({"sub": "linus", "sid": "five", "email": "linus@example.com"}));
    let browser = t.nobody();
    liar.sign_in(&t, &browser, "/account/session", "main", json!({"sub": "linus", "email": null})).await;
    assert_eq!(
        (who(&browser).await, send(json!({"sid": "five"})).await.expect(200)["ended"].clone()),
        (json!("linus@example.com"), json!(0))
    );
    change(&owner, &id, json!({"enabled": false})).await;
    send(json!({"sub": "linus"})).await.expect_status(404);
}

#[tokio::test]
async fn a_second_factor_between_loses_no_session_of_the_provider() {
    let t = platform().await;
    let owner = t.owner().await;
    let liar = Liar::start().await;
    provider(&owner, "main", &liar.issuer, json!({"account_kind": "user", "create_accounts": true})).await;
    let claims = |sid: &str| json!({"sid": sid, "auth_time": t.app.clock.now().timestamp()});
    let grace = t.nobody();
    liar.sign_in(&t, &grace, "/account/session", "main", claims("first")).await;
    let made = grace.post("/api/v1/account/factors/totp", json!({})).await.expect(201);
    let secret = made["secret"].as_str().unwrap().to_owned();
    let code = json!({"id": made["id"], "code": totp(&secret, t.app.clock.now())});
    grace.post("/api/v1/account/factors/totp/confirm", code).await.expect_status(200);
    let ends = async |sid: &str| {
        let claims = json!({"iss": liar.issuer, "aud": CLIENT, "iat": t.app.clock.now().timestamp(), "jti": t.app.ids.next(&t.app.clock), "sid": sid, "events": {EVENT: {}}});
        pass_on(&t, format!("logout_token={}", liar.sign(&claims, &Sign::Own))).await.expect(200)["ended"].clone()
    };
    let half = async |sid: &str| {
        let browser = t.nobody();
        liar.sign_in(&t, &browser, "/account/session", "main", claims(sid)).await;
        cookie(&browser, "qd_user_step");
        t.advance(chrono::Duration::seconds(30));
        browser
    };
    let finish = async |browser: &Client| {
        let code = json!({"code": totp(&secret, t.app.clock.now())});
        browser.post("/api/v1/account/session/second-factor", code).await.status
    };
    let browser = half("second").await;
    assert_eq!(finish(&browser).await, 200);
    assert_eq!((ends("second").await, who(&browser).await), (json!(1), Value::Null));
    // Who signed out there between the steps doesn't get in any more.
    let browser = half("third").await;
    assert_eq!(ends("third").await, 0);
    assert_eq!(finish(&browser).await, 401);
    assert_eq!(who(&grace).await, "grace@example.com");
}
