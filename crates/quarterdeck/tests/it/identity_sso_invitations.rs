//! Invitations for addresses whose provider is the only way in: no password ever opens them, signing in there accepts them.

use crate::faults_desk::link;
use crate::sso_lab::{Liar, Sign, back, change, come_back, last_refusal, page, platform, provider, role};
use serde_json::{Value, json};
use testkit::{Answer, Client, PASSWORD, TestApp};

struct World {
    t: TestApp,
    owner: Client,
    liar: Liar,
    id: String,
}

/// A provider of users of example.com, by which alone they come in; it makes no accounts by itself.
async fn world() -> World {
    let t = platform().await;
    let owner = t.owner().await;
    let liar = Liar::start().await;
    let more = json!({"account_kind": "user", "domains": ["example.com"], "exclusive": true});
    let id = provider(&owner, "corp", &liar.issuer, more).await;
    World { t, owner, liar, id }
}

impl World {
    async fn invited(&self, email: &str) -> String {
        link(&self.owner.post("/api/v1/users/invite", json!({"email": email})).await.expect(200), "token=")
    }

    async fn shown(&self, token: &str) -> Answer {
        self.t.nobody().get(&format!("/api/v1/account/invitation?token={token}")).await
    }

    /// Goes to the provider with an invitation, and comes back as somebody.
    async fn comes(&self, browser: &Client, token: &str, changes: Value) -> String {
        let began = browser.post("/api/v1/account/session/sso/corp", json!({"invitation": token})).await.expect(200);
        let location = began["location"].as_str().unwrap();
        self.liar.gives(&self.liar.sign(&self.liar.claims(&self.t, location, changes), &Sign::Own));
        page(&come_back(browser, &back("corp", location, "")).await).to_owned()
    }

    async fn users(&self) -> usize {
        self.owner.get("/api/v1/users").await.expect(200).body.as_array().unwrap().len()
    }

    async fn status(&self) -> Value {
        self.owner.get("/api/v1/user-invitations").await.expect(200)[0]["status"].clone()
    }
}

const REFUSED: &str = "/auth/login?sso=invitation&provider=corp";

#[tokio::test]
async fn an_invitation_of_an_exclusive_domain_is_accepted_at_the_provider_and_never_with_a_password() {
    let w = world().await;
    let token = w.invited("grace@example.com").await;
    assert_eq!(w.shown(&token).await.expect(200)["provider"], json!({"slug": "corp", "label": "corp"}));
    let body = json!({"token": token, "name": "Grace", "password": PASSWORD});
    let refused = w.t.nobody().post("/api/v1/account/invitation", body).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("corp alone"), "{}", refused.text);
    assert_eq!((w.users().await, w.status().await), (0, json!("open")));

    let browser = w.t.nobody();
    assert_eq!(w.comes(&browser, &token, json!({})).await, "/dashboard");
    let shown = browser.get("/api/v1/account/session").await.expect(200);
    assert_eq!((&shown["user"]["email"], &shown["factors"]), (&json!("grace@example.com"), &json!(["sso:corp"])));
    let user = w.owner.get("/api/v1/users").await.expect(200)[0].clone();
    assert_eq!((&user["name"], &user["password_set_at"]), (&json!("Grace Hopper"), &Value::Null));
    assert_eq!(w.status().await, "accepted");
    w.shown(&token).await.expect_status(410);
    // The same link for the next one, and the same person without any.
    assert_eq!(w.comes(&w.t.nobody(), &token, json!({"sub": "eve", "email": "eve@example.com"})).await, REFUSED);
    assert_eq!(page(&w.liar.sign_in(&w.t, &w.t.nobody(), "/account/session", "corp", json!({})).await), "/dashboard");
    assert_eq!(w.users().await, 1);
}

#[tokio::test]
async fn an_invitation_is_for_its_own_address_at_the_provider() {
    let w = world().await;
    let token = w.invited("grace@example.com").await;
    let eve = json!({"sub": "eve", "email": "eve@example.com"});
    assert_eq!(w.comes(&w.t.nobody(), &token, eve.clone()).await, REFUSED);
    assert!(last_refusal(&w.t).await.contains("another address"));
    // Of other domains the provider must have looked.
    let outside = w.invited("linus@example.org").await;
    assert_eq!(w.shown(&outside).await.expect(200)["provider"], Value::Null);
    let linus = |verified: bool| json!({"sub": "linus", "email": "linus@example.org", "email_verified": verified});
    assert_eq!(w.comes(&w.t.nobody(), &outside, linus(false)).await, REFUSED);
    for token in ["", "nonsense", "%", &"x".repeat(43)] {
        let began = w.t.nobody().post("/api/v1/account/session/sso/corp", json!({"invitation": token})).await;
        if token.is_empty() {
            began.expect_status(422);
        } else {
            assert_eq!(w.comes(&w.t.nobody(), token, eve.clone()).await, REFUSED);
        }
    }
    w.t.advance(chrono::Duration::days(7));
    let owner = w.t.sign_in(testkit::OWNER_EMAIL).await;
    assert_eq!(w.comes(&w.t.nobody(), &token, json!({})).await, REFUSED, "it has expired");
    assert_eq!(owner.get("/api/v1/users").await.expect(200).body, json!([]));
}

#[tokio::test]
async fn what_was_promised_in_an_organization_is_given() {
    let w = world().await;
    let organization = w.owner.post("/api/v1/organizations", json!({"name": "Navy"})).await.expect(201)["id"].clone();
    let manager = role(&w.owner, "manager", "organization").await;
    let body = json!({"email": "grace@example.com", "organization_id": organization, "role_id": manager, "level": "read_write"});
    let token = link(&w.owner.post("/api/v1/users/invite", body).await.expect(200), "token=");
    let browser = w.t.nobody();
    assert_eq!(w.comes(&browser, &token, json!({})).await, "/dashboard");
    let mine = browser.get("/api/v1/account/session").await.expect(200)["organizations"][0].clone();
    assert_eq!((&mine["name"], &mine["role"], &mine["level"]), (&json!("Navy"), &json!("manager"), &json!("read_write")));
    // Without the provider, everything is as it was.
    change(&w.owner, &w.id, json!({"exclusive": false})).await;
    let token = w.invited("ada@example.com").await;
    assert_eq!(w.shown(&token).await.expect(200)["provider"], Value::Null);
    let body = json!({"token": token, "name": "Ada", "password": PASSWORD});
    w.t.nobody().post("/api/v1/account/invitation", body).await.expect_status(201);
}

#[tokio::test]
async fn staff_are_invited_in_the_same_way_with_the_role_of_the_invitation() {
    let t = platform().await;
    let owner = t.owner().await;
    let liar = Liar::start().await;
    let id = provider(&owner, "staff", &liar.issuer, json!({"domains": ["corp.example"], "exclusive": true})).await;
    let operator = role(&owner, "operator", "platform").await;
    let body = json!({"email": "grace@corp.example", "role_id": operator});
    let token = link(&owner.post("/api/v1/staff/invite", body).await.expect(200), "token=");
    let shown = t.nobody().get(&format!("/api/v1/invitation?token={token}")).await.expect(200);
    assert_eq!(shown["provider"], json!({"slug": "staff", "label": "staff"}));
    let body = json!({"token": token, "name": "Grace", "password": PASSWORD});
    t.nobody().post("/api/v1/invitation", body).await.expect_status(403);
    let comes = async |token: &str, changes: Value| {
        let browser = t.nobody();
        let began = browser.post("/api/v1/session/sso/staff", json!({"invitation": token})).await.expect(200);
        let location = began["location"].as_str().unwrap();
        liar.gives(&liar.sign(&liar.claims(&t, location, changes), &Sign::Own));
        let page = page(&come_back(&browser, &back("staff", location, "")).await).to_owned();
        (page, browser.get("/api/v1/session").await.expect(200)["user"]["role"].clone())
    };
    // A link for users opens nothing here.
    let of_user = link(&owner.post("/api/v1/users/invite", json!({"email": "grace@corp.example"})).await.expect(200), "token=");
    let grace = json!({"email": "grace@corp.example"});
    assert_eq!(comes(&of_user, grace.clone()).await.0, "/admin/login?sso=invitation&provider=staff");
    assert_eq!(comes(&token, grace.clone()).await, ("/admin".into(), json!("operator")));
    let rows = t.audit().await;
    assert!(rows.iter().any(|row| row["action"] == "staff.join" && row["actor_label"] == "single sign-on"), "it is in the log");
    // Rules count at every sign-in, the first one too.
    let rules = json!([{"claim": "groups", "value": "developers", "role_id": role(&owner, "developer", "platform").await}]);
    change(&owner, &id, json!({"rules": rules})).await;
    let body = json!({"email": "linus@corp.example", "role_id": operator});
    let token = link(&owner.post("/api/v1/staff/invite", body).await.expect(200), "token=");
    let linus = |groups: Value| json!({"sub": "linus", "email": "linus@corp.example", "groups": groups});
    assert_eq!(comes(&token, linus(json!([]))).await.0, "/admin/login?sso=no-account&provider=staff");
    assert_eq!(owner.get("/api/v1/invitations?status=eq.open").await.expect(200).body.as_array().unwrap().len(), 1, "nothing is half done");
    assert_eq!(comes(&token, linus(json!(["developers"]))).await, ("/admin".into(), json!("developer")));
}
