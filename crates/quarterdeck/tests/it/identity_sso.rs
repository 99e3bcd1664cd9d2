//! Single sign-on against a real provider, the server of the package oidc-provider: both kinds of account, accounts made
//! at the first sign-in, roles by claims, domains, several providers at once.

use crate::sso_lab::{CLIENT, SECRET, begin, change, come_back, page, parameter, platform, provider, role};
use serde_json::{Value, json};
use testkit::{Client, OidcServer, TestApp};

fn client_of(slug: &str) -> Value {
    json!({"client_id": CLIENT, "client_secret": SECRET, "redirect_uris": [format!("http://localhost:8080/auth/sso/{slug}/callback")]})
}

fn server(slug: &str, people: Value) -> OidcServer {
    OidcServer::start(json!({"clients": [client_of(slug)], "people": people}))
}

fn grace(groups: &[&str]) -> Value {
    json!({"email": "grace@example.com", "email_verified": true, "name": "Grace Hopper", "groups": groups})
}

/// A sign-in from the first click to the page that it ends on.
async fn sign_in(client: &Client, server: &OidcServer, door: &str, slug: &str, login: &str) -> String {
    let location = begin(client, door, slug).await;
    let back = server.sign_in(&location, login).await;
    page(&come_back(client, &back).await).to_owned()
}

async fn session(client: &Client, door: &str) -> Value {
    client.get(&format!("/api/v1{door}")).await.expect(200).body
}

#[tokio::test]
async fn staff_and_users_come_in_and_are_made_where_the_provider_may() {
    let t = platform().await;
    let owner = t.owner().await;
    let server = server("main", json!({"grace": grace(&[])}));
    let users = OidcServer::start(
        json!({"clients": [client_of("people")], "people": {"linus": {"email": "linus@example.org", "email_verified": true, "name": "Linus"}}}),
    );
    let operator = role(&owner, "operator", "platform").await;
    provider(&owner, "main", &server.issuer, json!({"create_accounts": true, "default_role_id": operator})).await;
    provider(&owner, "people", &users.issuer, json!({"account_kind": "user", "create_accounts": true})).await;

    let staff = t.nobody();
    assert_eq!(sign_in(&staff, &server, "/session", "main", "grace").await, "/admin");
    let shown = session(&staff, "/session").await;
    assert_eq!((shown["state"].as_str(), shown["user"]["email"].as_str()), (Some("signed_in"), Some("grace@example.com")));
    assert_eq!((shown["user"]["role"].as_str(), &shown["factors"]), (Some("operator"), &json!(["sso:main"])));
    let made = owner.get("/api/v1/staff?email=eq.grace@example.com").await.expect(200);
    assert_eq!((made[0]["name"].as_str(), &made[0]["password_set_at"]), (Some("Grace Hopper"), &Value::Null));

    let user = t.nobody();
    assert_eq!(sign_in(&user, &users, "/account/session", "people", "linus").await, "/dashboard");
    assert_eq!(session(&user, "/account/session").await["user"]["email"], "linus@example.org");
    let made = owner.get("/api/v1/users?email=eq.linus@example.org").await.expect(200);
    assert!(made[0]["email_verified_at"].is_string(), "the provider said that it is theirs");

    // The same again is the same account.
    assert_eq!(sign_in(&t.nobody(), &server, "/session", "main", "grace").await, "/admin");
    assert_eq!(owner.get("/api/v1/staff?email=eq.grace@example.com").await.expect(200).body.as_array().unwrap().len(), 1);
    let rows = t.audit().await;
    let entered = rows.iter().filter(|row| row["action"] == "sessions.sign-in" && row["detail"] == "By sso:main" && row["outcome"] == "ok");
    assert_eq!(entered.count(), 2);
    let identities = owner.get("/api/v1/staff-identities").await.expect(200);
    assert_eq!((identities[0]["subject"].as_str(), identities[0]["provider"].as_str()), (Some("grace"), Some("main")));
}

#[tokio::test]
async fn the_way_there_carries_all_that_protects_it() {
    let t = platform().await;
    let owner = t.owner().await;
    let server = server("main", json!({}));
    provider(&owner, "main", &server.issuer, json!({})).await;
    let client = t.nobody();
    let answer =
        client.post("/api/v1/session/sso/main", json!({"return_to": "/admin/users", "email": "ada@example.com"})).await.expect(200);
    let location = answer["location"].as_str().unwrap();
    assert!(location.starts_with(&format!("{}/", server.issuer)), "{location}");
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", "http://localhost:8080/auth/sso/main/callback"),
        ("code_challenge_method", "S256"),
        ("login_hint", "ada@example.com"),
        ("scope", "openid profile email"),
    ] {
        assert_eq!(parameter(location, name), value);
    }
    let random = ["state", "nonce", "code_challenge"].map(|name| parameter(location, name));
    assert!(random.iter().all(|one| one.len() == 43) && random[0] != random[1], "{random:?}");
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.starts_with("qd_visit_") && cookie.contains("HttpOnly; SameSite=Lax") && !cookie.contains(&random[0]), "{cookie}");
    client.post("/api/v1/session/sso/nowhere", json!({})).await.expect_status(404);
    client.post("/api/v1/account/session/sso/main", json!({})).await.expect_status(404);
}

#[tokio::test]
async fn where_somebody_wanted_to_go_is_kept_and_is_never_elsewhere() {
    let t = platform().await;
    let owner = t.owner().await;
    let server = server("main", json!({"grace": grace(&[])}));
    let operator = role(&owner, "operator", "platform").await;
    provider(&owner, "main", &server.issuer, json!({"create_accounts": true, "default_role_id": operator})).await;
    for (asked, got) in [
        ("/admin/users?status=eq.active", "/admin/users?status=eq.active"),
        ("https://evil.example/", "/admin"),
        ("//evil.example", "/admin"),
    ] {
        let client = t.nobody();
        let answer = client.post("/api/v1/session/sso/main", json!({"return_to": asked})).await.expect(200);
        let back = server.sign_in(answer["location"].as_str().unwrap(), "grace").await;
        assert_eq!(page(&come_back(&client, &back).await), got);
    }
}

#[tokio::test]
async fn a_person_who_gives_up_there_reads_so_here() {
    let t = platform().await;
    let owner = t.owner().await;
    let server = server("main", json!({}));
    provider(&owner, "main", &server.issuer, json!({})).await;
    let client = t.nobody();
    let location = begin(&client, "/session", "main").await;
    let back = server.give_up(&location).await;
    assert!(back.contains("error=access_denied"), "{back}");
    assert_eq!(page(&come_back(&client, &back).await), "/admin/login?sso=denied&provider=main");
    // And a provider that is switched off meanwhile answers nobody.
    assert_eq!(session(&client, "/session").await["state"], "signed_out");
}

#[tokio::test]
async fn roles_follow_what_the_provider_says_up_and_down() {
    let t = platform().await;
    let owner = t.owner().await;
    let server = server("main", json!({"grace": grace(&["staff", "admins"])}));
    let (admin, operator, developer) = (
        role(&owner, "dashboard_admin", "platform").await,
        role(&owner, "operator", "platform").await,
        role(&owner, "developer", "platform").await,
    );
    let rules =
        json!([{"claim": "groups", "value": "admins", "role_id": admin}, {"claim": "groups", "value": "staff", "role_id": operator}]);
    let id = provider(&owner, "main", &server.issuer, json!({"create_accounts": true, "rules": rules})).await;
    let now = async |groups: &[&str]| {
        server.says(json!({"grace": grace(groups)}));
        let client = t.nobody();
        let page = sign_in(&client, &server, "/session", "main", "grace").await;
        (page, session(&client, "/session").await["user"]["role"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(now(&["staff", "admins"]).await, ("/admin".into(), "dashboard_admin".into()));
    assert_eq!(now(&["staff"]).await.1, "operator", "what was taken there is taken here");
    assert_eq!(now(&["admins"]).await.1, "dashboard_admin");
    // Whom no rule names any more doesn't get in, unless there is a role for everybody else.
    assert_eq!(now(&[]).await.0, "/admin/login?sso=no-account&provider=main");
    change(&owner, &id, json!({"default_role_id": developer})).await;
    assert_eq!(now(&[]).await.1, "developer");
    let rows = t.audit().await;
    let changed: Vec<&Value> = rows.iter().filter(|row| row["action"] == "staff.change-role").collect();
    assert_eq!(changed.len(), 3, "{changed:?}");
    assert!(changed.iter().all(|row| row["detail"].as_str().unwrap().contains("By main")));
}

#[tokio::test]
async fn members_of_an_organization_are_made_and_changed_by_its_provider() {
    let t = platform().await;
    let owner = t.owner().await;
    let server = server("navy", json!({"grace": grace(&["officers"])}));
    let organization = owner.post("/api/v1/organizations", json!({"name": "Navy"})).await.expect(201)["id"].clone();
    let (manager, viewer) = (role(&owner, "manager", "organization").await, role(&owner, "viewer", "organization").await);
    let rules = json!([{"claim": "groups", "value": "officers", "role_id": manager, "level": "read_write"}]);
    let more = json!({"account_kind": "user", "organization_id": organization, "domains": ["example.com"], "create_accounts": true,
        "rules": rules, "default_role_id": viewer, "default_level": "read_only"});
    provider(&owner, "navy", &server.issuer, more).await;
    let member = async || {
        let user = t.nobody();
        assert_eq!(sign_in(&user, &server, "/account/session", "navy", "grace").await, "/dashboard");
        let organizations = session(&user, "/account/session").await["organizations"].clone();
        (organizations[0]["role"].as_str().unwrap().to_owned(), organizations[0]["level"].as_str().unwrap().to_owned())
    };
    assert_eq!(member().await, ("manager".into(), "read_write".into()));
    server.says(json!({"grace": grace(&[])}));
    assert_eq!(member().await, ("viewer".into(), "read_only".into()));
    // Whoever is of another domain is not the organization's to make.
    server.says(json!({"eve": {"email": "eve@evil.example", "email_verified": true, "groups": ["officers"]}}));
    let page = sign_in(&t.nobody(), &server, "/account/session", "navy", "eve").await;
    assert_eq!(page, "/auth/login?sso=no-account&provider=navy");
}

#[tokio::test]
async fn an_address_leads_to_the_provider_of_its_domain() {
    let t = platform().await;
    let owner = t.owner().await;
    let one = server("one", json!({}));
    provider(&owner, "one", &one.issuer, json!({"shown": false, "domains": ["Example.com", "@corp.example"]})).await;
    provider(&owner, "two", "https://login.example.org", json!({})).await;
    provider(&owner, "off", "https://login.example.net", json!({"enabled": false, "domains": ["off.example"]})).await;
    let listed = t.nobody().get("/api/v1/session/sso").await.expect(200);
    assert_eq!(listed.body, json!({"providers": [{"slug": "two", "label": "two"}], "by_domain": true, "routed": null}));
    let routed = async |domain: &str| t.nobody().get(&format!("/api/v1/session/sso?domain={domain}")).await.expect(200)["routed"].clone();
    assert_eq!(routed("EXAMPLE.com").await, json!({"slug": "one", "label": "one", "exclusive": false}));
    for nowhere in ["sub.example.com", "off.example", "example.org", "", "'"] {
        assert_eq!(routed(nowhere).await, Value::Null, "{nowhere}");
    }
    // The other door has providers of its own, and a domain belongs to one provider.
    assert_eq!(t.nobody().get("/api/v1/account/session/sso").await.expect(200)["by_domain"], false);
    let body = json!({"label": "x", "slug": "x", "account_kind": "staff", "issuer": "https://x.example", "client_id": "x", "domains": ["corp.example"]});
    let refused = owner.post("/api/v1/identity-providers", body).await.expect(422);
    assert_eq!(refused["errors"][0]["field"], "domains");
}

#[tokio::test]
async fn the_same_name_at_two_providers_is_two_people() {
    let t = platform().await;
    let owner = t.owner().await;
    let (one, two) = (
        server("one", json!({"grace": grace(&[])})),
        server("two", json!({"grace": {"email": "hopper@example.org", "email_verified": true}})),
    );
    for (slug, server) in [("one", &one), ("two", &two)] {
        provider(&owner, slug, &server.issuer, json!({"account_kind": "user", "create_accounts": true})).await;
    }
    let (first, second) = (t.nobody(), t.nobody());
    sign_in(&first, &one, "/account/session", "one", "grace").await;
    sign_in(&second, &two, "/account/session", "two", "grace").await;
    assert_eq!(session(&first, "/account/session").await["user"]["email"], "grace@example.com");
    assert_eq!(session(&second, "/account/session").await["user"]["email"], "hopper@example.org");
    // And the address that is taken already takes nothing over.
    two.says(json!({"eve": {"email": "grace@example.com", "email_verified": true}}));
    let page = sign_in(&t.nobody(), &two, "/account/session", "two", "eve").await;
    assert_eq!(page, "/auth/login?sso=no-account&provider=two");
    assert_eq!(owner.get("/api/v1/users").await.expect(200).body.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_test_button_says_what_is_there() {
    let t = platform().await;
    let owner = t.owner().await;
    let server = server("main", json!({}));
    let good = provider(&owner, "main", &server.issuer, json!({})).await;
    let checked = owner.post(&format!("/api/v1/identity-providers/{good}/check"), json!({})).await.expect(200);
    assert_eq!(
        (checked["ok"].as_bool(), checked["redirect_uri"].as_str()),
        (Some(true), Some("http://localhost:8080/auth/sso/main/callback"))
    );
    change(&owner, &good, json!({"issuer": format!("{}/", server.issuer)})).await;
    let checked = owner.post(&format!("/api/v1/identity-providers/{good}/check"), json!({})).await.expect(200);
    assert!(checked["message"].as_str().unwrap().contains("enter exactly that"), "{}", checked.text);
    change(&owner, &good, json!({"issuer": "http://localhost:1"})).await;
    let checked = owner.post(&format!("/api/v1/identity-providers/{good}/check"), json!({})).await.expect(200);
    assert_eq!((checked["ok"].as_bool(), checked["retry"].as_str()), (Some(false), Some("later")));
    t.nobody().post("/api/v1/session/sso/main", json!({})).await.expect_status(503);
}

async fn refused_at(owner: &Client, field: &str, more: Value) {
    let mut body = json!({"label": "x", "slug": "x", "account_kind": "staff", "issuer": "https://x.example", "client_id": "x"});
    for (name, value) in more.as_object().unwrap().clone() {
        body[name] = value;
    }
    let answer = owner.post("/api/v1/identity-providers", body).await.expect(422);
    assert_eq!(answer["errors"][0]["field"], field, "{}", answer.text);
}

#[tokio::test]
async fn nobody_gives_by_a_provider_what_they_couldnt_give_by_hand() {
    let t = TestApp::start(quarterdeck::product()).await;
    let owner = t.owner().await;
    let (owners, operator, member) =
        (role(&owner, "owner", "platform").await, role(&owner, "operator", "platform").await, role(&owner, "member", "organization").await);
    let rule = |role: &str| json!([{"claim": "groups", "value": "a", "role_id": role}]);
    refused_at(&owner, "rules", json!({"rules": rule(&owners)})).await;
    refused_at(&owner, "default_role_id", json!({"default_role_id": owners})).await;
    refused_at(&owner, "rules", json!({"rules": rule(&member)})).await;
    refused_at(&owner, "rules", json!({"account_kind": "user", "rules": rule(&member)})).await;
    refused_at(&owner, "create_accounts", json!({"create_accounts": true})).await;
    refused_at(&owner, "exclusive", json!({"exclusive": true})).await;
    refused_at(&owner, "connect_by_email", json!({"connect_by_email": true})).await;
    refused_at(&owner, "exclusive", json!({"exclusive": true, "domains": ["example.com"]})).await;
    for (field, value) in [
        ("issuer", "http://x.example"),
        ("issuer", "http://localhost:9000"),
        ("issuer", "https://169.254.169.254/"),
        ("slug", "A b"),
        ("scopes", ""),
    ] {
        let value = if field == "scopes" { json!(["email"]) } else { json!(value) };
        refused_at(&owner, field, json!({field: value})).await;
    }
    // An administrator doesn't assign roles of staff, so they set up no sign-in of staff either; that of users they do.
    let admin = t.staff(&owner, "dashboard_admin").await;
    let body = json!({"label": "x", "slug": "x", "account_kind": "staff", "issuer": "https://x.example", "client_id": "x", "default_role_id": operator});
    let refused = admin.post("/api/v1/identity-providers", body).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("staff:change-role"), "{}", refused.text);
    provider(&admin, "users", "https://x.example", json!({"account_kind": "user"})).await;
    let id = provider(&owner, "staff", "https://y.example", json!({"domains": ["y.example"], "connect_by_email": true})).await;
    admin.patch(&format!("/api/v1/identity-providers/{id}"), "*", json!({"issuer": "https://evil.example"})).await.expect_status(403);
    admin.send(http::Method::DELETE, &format!("/api/v1/identity-providers/{id}"), &[("if-match", "*")], None).await.expect_status(403);
    // The secret goes in and never comes out.
    let shown = owner.get(&format!("/api/v1/identity-providers/{id}")).await.expect(200);
    assert!(!shown.text.contains(SECRET) && !shown.text.contains("client_secret"), "{}", shown.text);
    assert!(t.audit().await.iter().all(|row| !row.to_string().contains(SECRET)));
}
