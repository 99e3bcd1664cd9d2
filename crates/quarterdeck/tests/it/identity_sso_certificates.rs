//! A provider behind an authority of its own, as in a company: trusted when that is entered, for this provider alone.

use crate::sso_lab::{CLIENT, SECRET, begin, change, come_back, page, platform, provider};
use serde_json::{Value, json};
use testkit::{Client, OidcServer, TestApp, certificate};

fn pem(name: &str) -> String {
    std::fs::read_to_string(certificate().join(name)).unwrap()
}

/// A server for the clients of two providers, over TLS.
fn server() -> OidcServer {
    let files = |name: &str| certificate().join(name).to_string_lossy().into_owned();
    let back = |slug: &str| format!("http://localhost:8080/auth/sso/{slug}/callback");
    OidcServer::start(json!({
        "tls": {"key": files("server.key"), "cert": files("server.crt")},
        "clients": [{"client_id": CLIENT, "client_secret": SECRET, "redirect_uris": [back("inside"), back("beside")]}],
        "people": {"grace": {"email": "grace@example.com", "email_verified": true, "name": "Grace Hopper"}}
    }))
}

async fn checked(owner: &Client, id: &str) -> (bool, String) {
    let answer = owner.post(&format!("/api/v1/identity-providers/{id}/check"), json!({})).await.expect(200);
    (answer["ok"].as_bool().unwrap(), answer["message"].as_str().unwrap().to_owned())
}

async fn refused(t: &TestApp, slug: &str) {
    t.nobody().post(&format!("/api/v1/account/session/sso/{slug}"), json!({})).await.expect_status(503);
}

#[tokio::test]
async fn a_provider_of_an_authority_of_its_own_is_trusted_when_that_is_entered() {
    let t = platform().await;
    let owner = t.owner().await;
    let server = server();
    assert!(server.issuer.starts_with("https://"));
    let id = provider(&owner, "inside", &server.issuer, json!({"account_kind": "user", "create_accounts": true})).await;
    let (ok, message) = checked(&owner, &id).await;
    assert!(!ok && message.contains("certificate that isn't trusted"), "{message}");
    refused(&t, "inside").await;
    // Somebody else's authority helps nothing.
    change(&owner, &id, json!({"certificates": pem("other.crt")})).await;
    assert!(!checked(&owner, &id).await.0);
    refused(&t, "inside").await;
    // Several in one text, as when an authority changes its key.
    change(&owner, &id, json!({"certificates": format!("{}{}", pem("other.crt"), pem("ca.crt"))})).await;
    let (ok, message) = checked(&owner, &id).await;
    assert!(ok, "{message}");
    let browser = t.nobody();
    let location = begin(&browser, "/account/session", "inside").await;
    let back = server.sign_in(&location, "grace").await;
    assert_eq!(page(&come_back(&browser, &back).await), "/dashboard");
    assert_eq!(browser.get("/api/v1/account/session").await.expect(200)["user"]["email"], "grace@example.com");
    // Taken away, it counts no more, whatever is remembered of the provider.
    change(&owner, &id, json!({"certificates": null})).await;
    refused(&t, "inside").await;
    let row = owner.get(&format!("/api/v1/identity-providers/{id}")).await.expect(200);
    assert_eq!(row["certificates"], Value::Null);
}

#[tokio::test]
async fn what_one_provider_trusts_another_does_not() {
    let t = platform().await;
    let owner = t.owner().await;
    let server = server();
    let user = |more: Value| {
        let mut all = json!({"account_kind": "user"});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let inside = provider(&owner, "inside", &server.issuer, user(json!({"certificates": pem("ca.crt")}))).await;
    let beside = provider(&owner, "beside", &server.issuer, user(json!({}))).await;
    assert!(checked(&owner, &inside).await.0);
    begin(&t.nobody(), "/account/session", "inside").await;
    assert!(!checked(&owner, &beside).await.0, "the same address is as strange as ever to a provider that names no authority");
    refused(&t, "beside").await;
}

#[tokio::test]
async fn what_is_no_certificate_is_refused_at_its_field() {
    let t = platform().await;
    let owner = t.owner().await;
    let good = pem("ca.crt");
    let cut: String = good.lines().take(3).collect::<Vec<_>>().join("\n");
    let nonsense = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
    for bad in ["nonsense", cut.as_str(), nonsense, &pem("ca.key"), &format!("{good}{}", pem("ca.key"))] {
        let body = json!({"label": "x", "slug": "x", "account_kind": "staff", "issuer": "https://x.example", "client_id": "x", "certificates": bad});
        let answer = owner.post("/api/v1/identity-providers", body).await.expect(422);
        assert_eq!(answer["errors"][0]["field"], "certificates", "{bad}: {}", answer.text);
        assert!(!answer.text.contains("BEGIN PRIVATE"), "{}", answer.text);
    }
    assert_eq!(owner.get("/api/v1/identity-providers").await.expect(200).body, json!([]));
    // Nothing but spaces is none.
    let id = provider(&owner, "x", "https://x.example", json!({"certificates": "  \n "})).await;
    assert_eq!(owner.get(&format!("/api/v1/identity-providers/{id}")).await.expect(200)["certificates"], Value::Null);
}
