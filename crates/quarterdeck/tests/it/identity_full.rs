//! Coming into an organization that has no room left, by a provider, an invitation or a code: said in plain words, with
//! nothing half done.

use crate::faults_desk::link;
use crate::mailed::Mailed;
use crate::sso_lab::{Liar, Sign, back, come_back, last_refusal, page, platform, provider, role};
use serde_json::{Value, json};
use testkit::Client;

async fn limit(owner: &Client, organization: &Value, members: u32) {
    let body = json!({"members_limit": members, "limits_reason": "As in their contract"});
    let path = format!("/api/v1/organizations/{}/set-limits", organization.as_str().unwrap());
    owner.post(&path, body).await.expect_status(200);
}

async fn people(owner: &Client) -> (usize, usize) {
    let count = async |path: &str| owner.get(path).await.expect(200).body.as_array().unwrap().len();
    (count("/api/v1/users").await, count("/api/v1/memberships").await)
}

#[tokio::test]
async fn a_provider_leads_nobody_into_a_full_organization() {
    let t = platform().await;
    let owner = t.owner().await;
    let liar = Liar::start().await;
    let navy = owner.post("/api/v1/organizations", json!({"name": "Navy"})).await.expect(201)["id"].clone();
    let viewer = role(&owner, "viewer", "organization").await;
    let more = json!({"account_kind": "user", "organization_id": navy, "domains": ["example.com"], "create_accounts": true, "default_role_id": viewer});
    provider(&owner, "navy", &liar.issuer, more).await;
    let come = async |who: &str| {
        let changes = json!({"sub": who, "email": format!("{who}@example.com")});
        page(&liar.sign_in(&t, &t.nobody(), "/account/session", "navy", changes).await).to_owned()
    };
    limit(&owner, &navy, 1).await;
    assert_eq!(come("grace").await, "/dashboard");
    assert_eq!(come("linus").await, "/auth/login?sso=full&provider=navy");
    assert!(last_refusal(&t).await.contains("may have 1 members"), "staff find in the log how many there may be");
    assert_eq!(people(&owner).await, (1, 1), "no account is left behind");
    // Who is in comes in as ever, and with room so does the next.
    assert_eq!(come("grace").await, "/dashboard");
    limit(&owner, &navy, 2).await;
    assert_eq!(come("linus").await, "/dashboard");
    assert_eq!(people(&owner).await, (2, 2));
}

#[tokio::test]
async fn an_invitation_accepted_at_a_provider_waits_for_room() {
    let t = platform().await;
    let owner = t.owner().await;
    let liar = Liar::start().await;
    provider(&owner, "corp", &liar.issuer, json!({"account_kind": "user", "domains": ["example.com"], "exclusive": true})).await;
    let navy = owner.post("/api/v1/organizations", json!({"name": "Navy"})).await.expect(201)["id"].clone();
    let viewer = role(&owner, "viewer", "organization").await;
    let ask = json!({"email": "grace@example.com", "organization_id": navy, "role_id": viewer, "level": "read_only"});
    let token = link(&owner.post("/api/v1/users/invite", ask).await.expect(200), "token=");
    let other = owner.post("/api/v1/users", json!({"email": "ada@elsewhere.example"})).await.expect(201)["id"].clone();
    owner.post("/api/v1/memberships", json!({"organization_id": navy, "user_id": other, "role_id": viewer})).await.expect_status(201);
    limit(&owner, &navy, 1).await;
    let come = async || {
        let browser = t.nobody();
        let began = browser.post("/api/v1/account/session/sso/corp", json!({"invitation": token})).await.expect(200);
        let location = began["location"].as_str().unwrap();
        liar.gives(&liar.sign(&liar.claims(&t, location, json!({})), &Sign::Own));
        page(&come_back(&browser, &back("corp", location, "")).await).to_owned()
    };
    assert_eq!(come().await, "/auth/login?sso=full&provider=corp");
    assert_eq!(people(&owner).await, (1, 1));
    limit(&owner, &navy, 2).await;
    assert_eq!(come().await, "/dashboard");
    assert_eq!(people(&owner).await, (2, 2));
}

#[tokio::test]
async fn a_code_into_a_full_organization_is_told_before_and_after() {
    let world = Mailed::start().await;
    world.set("identity.registration", json!("invitation")).await;
    let navy = json!(world.organization("Navy").await);
    let input = json!({"organization_id": navy, "role_id": world.role("viewer").await, "level": "read_only"});
    let made = world.owner.post("/api/v1/registration-codes", input).await.expect(201);
    let code = json!({"code": made["code"]});
    limit(&world.owner, &navy, 1).await;
    // Who began while there was room finds out at the end.
    let browser = world.app.nobody();
    world.register(&browser, "grace@example.com", code.clone()).await.expect_status(202);
    let token = json!({"token": world.token_for("grace@example.com").await});
    world.member(navy.as_str().unwrap(), "viewer", "read_only", "first@example.com").await;
    let late = browser.post("/api/v1/account/registration/confirm", token.clone()).await.expect(409);
    assert_eq!((&late["title"], &late["full"]), (&json!("The organization is full"), &json!(true)));
    assert!(late["detail"].as_str().unwrap().contains("Ask whoever invited you, or one of its admins"), "{}", late.text);
    assert!(!late.text.contains(" 1 "), "how many there are is nobody's business: {}", late.text);
    // Who begins now is told at the code, before anything is kept.
    for answer in [
        world.app.nobody().post("/api/v1/account/registration/code", code.clone()).await,
        world.register(&world.app.nobody(), "linus@example.com", code.clone()).await,
    ] {
        answer.expect_status(422);
        assert_eq!((&answer["errors"][0]["field"], &answer["errors"][0]["code"]), (&json!("code"), &json!("full")));
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains("is full"), "{}", answer.text);
    }
    assert_eq!(people(&world.owner).await, (1, 1));
    let path = format!("/api/v1/registration-codes/{}", made["id"].as_str().unwrap());
    assert_eq!(world.owner.get(&path).await.expect(200)["uses"], 0, "no use is lost");
    // The same link works once there is room.
    limit(&world.owner, &navy, 2).await;
    browser.post("/api/v1/account/registration/confirm", token).await.expect_status(201);
    assert_eq!(people(&world.owner).await, (2, 2));
}
