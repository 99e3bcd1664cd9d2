//! Faults of names and addresses: two accounts for one mailbox, one name that passes for another, names that break pages.

use crate::faults_desk::{id_of, link, state};
use quarterdeck::product;
use serde_json::{Value, json};
use testkit::{Answer, Client, OWNER_EMAIL, PASSWORD, TestApp};

/// Addresses that only look like `ada@example.com`.
const ALIKE: &[&str] = &[
    "\u{430}da@example.com",
    "ａｄａ@example.com",
    "ada@ex\u{e1}mple.com",
    "ada@example.\u{441}om",
    "ada\u{200b}@example.com",
    "ada\u{feff}@example.com",
    "a\u{301}da@example.com",
    "ada@example\u{3002}com",
    "ada＠example.com",
    "\u{202e}moc.elpmaxe@ada",
    "ada@example.com\u{0}",
    "\"ada\"@example.com",
    "ada(owner)@example.com",
    "ada@example.com,eve@example.com",
    "ada@example.com\r\nBcc: eve@example.com",
    "Ada <ada@example.com>",
];

#[tokio::test]
async fn a_mailbox_has_one_account_however_its_address_is_spelled() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let role = owner.get("/api/v1/roles?name=eq.developer").await.expect(200)[0]["id"].clone();
    owner.post("/api/v1/users", json!({"email": "Ada@Example.com"})).await.expect_status(201);
    let before = state(&t).await;
    for same in ["ada@example.com", "ADA@EXAMPLE.COM", " ada@example.com ", "aDa@example.cOm"] {
        let taken = owner.post("/api/v1/users", json!({"email": same})).await;
        assert!(matches!(taken.status, 409 | 422), "{same}: {}", taken.text);
        let invited = owner.post("/api/v1/users/invite", json!({"email": same})).await.expect(422);
        assert_eq!(invited["errors"][0]["field"], "email", "{same}: {}", invited.text);
        let staff = owner.post("/api/v1/staff/invite", json!({"email": same, "role_id": role})).await.expect(422);
        assert_eq!(staff["errors"][0]["field"], "email", "{same}: {}", staff.text);
    }
    for alike in ALIKE {
        for (path, body) in [
            ("/users", json!({"email": alike})),
            ("/users/invite", json!({"email": alike})),
            ("/staff/invite", json!({"email": alike, "role_id": role})),
        ] {
            let refused = owner.post(&format!("/api/v1{path}"), body).await.expect(422);
            assert_eq!(refused["errors"][0]["field"], "email", "{path} {alike:?}: {}", refused.text);
        }
        let id = owner.get("/api/v1/users").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
        owner.patch(&format!("/api/v1/users/{id}"), "*", json!({"email": alike})).await.expect_status(422);
        let entered = t.nobody().post("/api/v1/session", json!({"email": alike, "password": PASSWORD})).await;
        assert!(matches!(entered.status, 401 | 422), "{alike:?}: {}", entered.text);
    }
    // Attempts are in the log; of accounts there are as many as before.
    assert_eq!(state(&t).await, before);
}

/// Every place where somebody gives something a name, with the most characters it may have.
async fn named(t: &TestApp, owner: &Client, name: &str) -> Vec<(&'static str, usize, Answer)> {
    let n = t.app.ids.next(&t.app.clock).simple().to_string();
    let email = |kind: &str| format!("{kind}{n}@example.com");
    let id = id_of(owner, "staff", OWNER_EMAIL).await;
    let role = owner.get("/api/v1/roles?name=eq.developer").await.expect(200)[0]["id"].clone();
    let staff = link(&owner.post("/api/v1/staff/invite", json!({"email": email("s"), "role_id": role})).await.expect(200), "token=");
    let user = link(&owner.post("/api/v1/users/invite", json!({"email": email("u")})).await.expect(200), "token=");
    let join = |token: String| json!({"token": token, "name": name, "password": PASSWORD});
    vec![
        ("a member of staff", 120, owner.patch(&format!("/api/v1/staff/{id}"), "*", json!({"name": name})).await),
        ("oneself", 120, owner.patch("/api/v1/profile", "*", json!({"name": name})).await),
        ("a user", 120, owner.post("/api/v1/users", json!({"email": email("n"), "name": name})).await),
        ("who joins the staff", 120, t.nobody().post("/api/v1/invitation", join(staff)).await),
        ("who joins", 120, t.nobody().post("/api/v1/account/invitation", join(user)).await),
        ("who is invited", 120, owner.post("/api/v1/users/invite", json!({"email": email("i"), "name": name})).await),
        ("an organization", 120, owner.post("/api/v1/organizations", json!({"name": name})).await),
        ("a role", 60, owner.post("/api/v1/roles", json!({"label": name, "name": format!("r{}", &n[..8]), "permissions": []})).await),
        ("a key", 120, owner.post("/api/v1/keys", json!({"name": name, "scopes": ["users:read"]})).await),
    ]
}

#[tokio::test]
async fn an_oversized_name_is_refused_at_its_field_and_nothing_is_made() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    for (what, most, answer) in named(&t, &owner, &"n".repeat(121)).await {
        let wrong = answer["errors"].as_array().unwrap_or_else(|| panic!("{what}: {}", answer.text));
        assert_eq!((answer.status, &wrong[0]["code"]), (422, &json!("too_long")), "{what}: {}", answer.text);
        assert!(wrong[0]["message"].as_str().unwrap().contains(&most.to_string()), "{what}: {}", answer.text);
    }
    for huge in ["n".repeat(900_000), "💥".repeat(200_000)] {
        owner.patch("/api/v1/profile", "*", json!({"name": huge})).await.expect_status(422);
    }
    owner.patch("/api/v1/profile", "*", json!({"name": "n".repeat(1 << 20)})).await.expect_status(413);
    // Characters are counted, not bytes.
    for (what, most, answer) in named(&t, &owner, &"𝔞".repeat(60)).await {
        assert!((200..300).contains(&answer.status), "{what}, {most}: {}", answer.text);
    }
    for (what, _, answer) in named(&t, &owner, "  \t ").await {
        assert!(answer.status == 422 || what == "a user" || what == "who is invited", "{what}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_name_holds_nothing_that_can_not_be_seen() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    for bad in ["Ada\u{0}", "Ada\u{1b}[2J", "Ada\u{8}\u{8}\u{8}Eve", "Ada\u{202e}ecalevoL", "\u{2066}Ada\u{2069}", "Ada\u{9b}31m"] {
        for (what, _, answer) in named(&t, &owner, bad).await {
            assert_eq!((answer.status, &answer["errors"][0]["code"]), (422, &json!("characters")), "{what} {bad:?}: {}", answer.text);
        }
    }
    for good in ["Søren Kierkegaard", "עדה לאבלייס", "李清照", "O'Brien-Smith", "Ada \"the\" <b>Lovelace</b>", "🧑🏽‍🚀 Ada", "=Ada"]
    {
        let answer = owner.patch("/api/v1/profile", "*", json!({"name": good})).await;
        answer.expect_status(204);
        assert_eq!(owner.get("/api/v1/session").await.expect(200)["user"]["name"], good);
    }
}

#[tokio::test]
async fn a_user_agent_or_an_address_writes_no_line_of_its_own() {
    let t = TestApp::start(product()).await;
    t.owner().await;
    let long = "x".repeat(5000);
    for agent in ["Mozilla/5.0 <script>alert(1)</script>", "=HYPERLINK(\"http://evil.example\")", long.as_str()] {
        let client = t.nobody().with_header("user-agent", agent);
        client.post("/api/v1/session", json!({"email": OWNER_EMAIL, "password": PASSWORD})).await.expect_status(200);
        let own = client.get("/api/v1/profile/sessions").await.expect(200);
        assert!(own.text.len() < 20_000 && own.header("content-type") == Some("application/json"), "{}", own.text.len());
    }
    let odd = "eve@example.com\u{1b}[2J\nlevel=ERROR everything is fine";
    t.nobody().post("/api/v1/session", json!({"email": odd, "password": "x"})).await.expect_status(422);
    let failed: Vec<Value> = t.audit().await.into_iter().filter(|row| row["outcome"] == "failed").collect();
    assert!(failed.is_empty(), "what can't be an address is no attempt: {failed:?}");
}
