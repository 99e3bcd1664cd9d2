//! `quarterdeck admin …` against a running panel: the documented words, onto the registry's operations.

use crate::process::{Ended, Node, Place};
use serde_json::{Value, json};
use testkit::{Client, OWNER_EMAIL, PASSWORD, TestApp};

struct Desk {
    app: TestApp,
    owner: Client,
    place: Place,
    _node: Node,
}

impl Desk {
    async fn new() -> Self {
        let app = TestApp::start(quarterdeck::product()).await;
        let owner = app.owner().await;
        let place = Place::on(&app.database);
        let node = Node::start(&place).await;
        let args = ["login", "--url", &node.url, "--email", OWNER_EMAIL, "--password-stdin"];
        place.run(&args, &format!("{PASSWORD}\n")).expect(0);
        Self { app, owner, place, _node: node }
    }

    fn run(&self, args: &[&str]) -> Ended {
        self.place.run(&[&["admin"], args].concat(), "")
    }

    #[track_caller]
    fn json(&self, args: &[&str]) -> Value {
        self.run(&[args, &["-o", "json"]].concat()).expect(0).json()
    }

    /// Invites and accepts; gives the new member's browser.
    async fn staff(&self, email: &str, role: &str) -> Client {
        let invited = self.json(&["users", "invite", "--email", email, "--role", role]);
        let client = self.app.nobody();
        let token = invited["link"].as_str().unwrap().split("token=").nth(1).unwrap().to_owned();
        client.post("/api/v1/invitation", json!({"token": token, "name": "Grace", "password": PASSWORD})).await.expect_status(201);
        client
    }
}

#[tokio::test]
async fn permissions_are_listed_and_explained() {
    let desk = Desk::new().await;
    let _grace = desk.staff("grace@example.com", "operator").await;
    let run = |args: &[&str]| desk.place.run(&[&["permissions"], args].concat(), "");
    let told = run(&["explain", "--staff", "grace@example.com", "users:suspend", "staff:*", "-o", "json"]).expect(0).json();
    let rows = told.as_array().unwrap();
    let of = |name: &str| rows.iter().find(|r| r["permission"] == name).unwrap_or_else(|| panic!("{name} in {told}")).clone();
    assert_eq!(
        (of("users:suspend")["allowed"].clone(), of("users:suspend")["why"].clone()),
        (json!(true), json!("Operator gives users:*"))
    );
    assert_eq!(
        (of("staff:suspend")["allowed"].clone(), of("staff:suspend")["why"].clone()),
        (json!(false), json!("Operator doesn't give it"))
    );
    assert!(rows.iter().all(|r| r["permission"] != "users:read"), "only what was asked for");
    let nothing = run(&["explain", "--staff", "grace@example.com", "--denied", "users:suspend", "-o", "json"]).expect(0).json();
    assert_eq!(nothing, json!([]));
    desk.owner.post("/api/v1/restrictions", json!({"network": "127.0.0.0/8"})).await.expect_status(201);
    let asked = run(&["explain", "--staff", "grace@example.com", "users:suspend"]).expect(0);
    assert!(asked.err().contains("Asked first: from certain networks only: 127.0.0.0/8."), "{}", asked.err());
    run(&["explain", "--staff", "nobody@example.com"]).expect(5);
    let listed = run(&["list", "--organization", "-o", "json"]).expect(0).json();
    assert!(listed.as_array().unwrap().iter().any(|p| p["name"] == "memberships:update" && p["administrative"] == true));
    assert!(listed.as_array().unwrap().iter().all(|p| p["name"] != "staff:read"));
}

#[tokio::test]
async fn staff_are_invited_named_by_address_suspended_and_deleted() {
    let desk = Desk::new().await;
    let invited = desk.json(&["users", "invite", "--email", "eve@example.com"]);
    assert_eq!(invited["role"], "developer", "without a role somebody may look, and no more");
    let grace = desk.staff("grace@example.com", "operator").await;
    assert_eq!(desk.json(&["users", "list", "--search", "grace"])[0]["role"], "operator");
    let id = desk.json(&["users", "get", "Grace@Example.com"])["id"].as_str().unwrap().to_owned();
    let table = desk.run(&["users", "list"]).expect(0);
    assert!(table.out().contains(&id), "ids are whole");
    assert!(table.out().contains("Operator"), "people read whose role it is: {}", table.out());

    desk.json(&["users", "suspend", "grace@example.com"]);
    grace.get("/api/v1/staff").await.expect_status(401);
    desk.json(&["users", "activate", &id]);
    let link = desk.json(&["password-reset", "--email", "grace@example.com"])["link"].as_str().unwrap().to_owned();
    let token = link.split("token=").nth(1).unwrap();
    let fresh = json!({"token": token, "password": "another-horse-battery-staple-43"});
    desk.app.nobody().post("/api/v1/password-reset", fresh).await.expect_status(204);
    desk.run(&["password-reset", "--email", "nobody@example.com"]).expect(5);

    let unasked = desk.run(&["users", "delete", "grace@example.com"]).expect(2);
    assert!(unasked.err().contains("--yes"), "{}", unasked.err());
    desk.json(&["users", "delete", "grace@example.com", "--yes"]);
    desk.run(&["users", "get", "grace@example.com"]).expect(5);
}

#[tokio::test]
async fn invitations_are_the_open_ones_and_withdrawn_by_what_one_has_of_them() {
    let desk = Desk::new().await;
    assert_eq!(desk.run(&["invitations", "list", "-o", "json"]).expect(0).out().trim(), "[]");
    desk.staff("grace@example.com", "operator").await;
    let link = desk.json(&["users", "invite", "--email", "eve@example.com"])["link"].as_str().unwrap().to_owned();
    let by_id = desk.json(&["users", "invite", "--email", "id@example.com"])["invitation_id"].as_str().unwrap().to_owned();
    desk.json(&["users", "invite", "--email", "mail@example.com"]);
    let emails = |list: Value| {
        let mut emails: Vec<String> = list.as_array().unwrap().iter().map(|i| i["email"].as_str().unwrap().to_owned()).collect();
        emails.sort();
        emails
    };
    assert_eq!(emails(desk.json(&["invitations", "list"])), ["eve@example.com", "id@example.com", "mail@example.com"]);
    assert_eq!(emails(desk.json(&["invitations", "list", "--include-accepted"])).len(), 4);

    desk.json(&["invitations", "revoke", &link]);
    desk.json(&["invitations", "revoke", &by_id]);
    desk.json(&["invitations", "revoke", "Mail@example.com"]);
    assert_eq!(desk.json(&["invitations", "list"]), json!([]));
    assert_eq!(desk.json(&["invitations", "list", "--include-revoked"]).as_array().unwrap().len(), 3);
    desk.run(&["invitations", "revoke", "mail@example.com"]).expect(5);
    desk.run(&["invitations", "revoke", "not-a-token"]).expect(5);
    let used = link.split("token=").nth(1).unwrap();
    desk.run(&["invitations", "revoke", used]).expect(5);
}

#[tokio::test]
async fn the_sessions_of_one_person_end_together() {
    let desk = Desk::new().await;
    let grace = desk.staff("grace@example.com", "operator").await;
    let other = desk.app.sign_in("grace@example.com").await;
    // The panel's clock goes on where the test's stands still.
    let later = "update dashboard_auth.sessions set expires_at = '2099-01-01', idle_expires_at = '2099-01-01'";
    desk.app.database().await.batch_execute(later).await.unwrap();
    let list = desk.json(&["sessions", "list", "--user", "grace@example.com"]);
    assert_eq!(list.as_array().unwrap().len(), 2);
    desk.json(&["sessions", "revoke", list[0]["id"].as_str().unwrap()]);
    desk.run(&["sessions", "revoke-all", "grace@example.com"]).expect(2);
    assert_eq!(desk.json(&["sessions", "revoke-all", "grace@example.com", "--yes"])["changed"], 1);
    assert_eq!(desk.json(&["sessions", "revoke-all", "grace@example.com", "--yes"])["changed"], 0);
    desk.app.app.auth.forget();
    for client in [grace, other] {
        client.get("/api/v1/staff").await.expect_status(401);
    }
    desk.owner.get("/api/v1/staff").await.expect_status(200);
    desk.run(&["sessions", "revoke-all", "nobody@example.com", "--yes"]).expect(5);
}

#[tokio::test]
async fn every_noun_of_admin_is_there_and_csv_holds_no_formula() {
    let desk = Desk::new().await;
    for noun in ["users", "roles", "keys", "sessions", "invitations"] {
        assert!(desk.json(&[noun, "list"]).is_array(), "{noun}");
    }
    let made = desk.place.run(&["users", "create", "--email", "x@example.com", "--name", "=HYPERLINK(\"http://evil.example\")"], "");
    made.expect(0);
    let csv = desk.place.run(&["users", "list", "--select", "email,name", "-o", "csv"], "").expect(0);
    assert_eq!(csv.out(), "email,name\r\nx@example.com,\"'=HYPERLINK(\"\"http://evil.example\"\")\"\r\n");
}

#[tokio::test]
async fn what_people_do_themselves_is_done_with_their_sign_in() {
    let desk = Desk::new().await;
    let made =
        desk.json(&["keys", "create", "--name", "report", "--scope", "users:read", "--network", "127.0.0.0/8", "--per-minute", "60"]);
    assert_eq!((made["per_minute"].as_i64(), &made["networks"]), (Some(60), &json!(["127.0.0.0/8"])));
    assert_eq!(desk.json(&["keys", "update", "report", "--per-minute", "30", "--null", "per-month"])["per_minute"], 30);
    let rotated = desk.json(&["keys", "rotate", "report", "--overlap-hours", "1"]);
    assert!(rotated["key"].as_str().unwrap().starts_with("qd_"));
    assert_eq!(desk.json(&["keys", "list", "--search", "report"]).as_array().unwrap().len(), 2);
    let asked = desk.json(&["elevations", "create", "--role", "developer", "--reason", "a look at the books"]);
    assert!(asked["id"].is_string(), "{asked}");

    // An act that asks for a fresh proof says how to give it.
    desk.place.run(&["users", "create", "--email", "x@example.com"], "").expect(0);
    let db = desk.app.database().await;
    db.batch_execute("update dashboard_auth.sessions set proved_at = proved_at - interval '1 hour'").await.unwrap();
    let factor = "insert into identity.factors (id, user_id, kind, label, secret, created_at, confirmed_at) \
         select gen_random_uuid(), id, 'totp', 'Phone', '', now(), now() from auth.users";
    // The panel remembers for a second who signed in a moment ago.
    for _ in 0..100 {
        db.batch_execute(factor).await.unwrap();
        let stale = desk.place.run(&["users", "reset-factors", "x@example.com", "--yes"], "");
        if stale.code() != 0 {
            assert!(stale.expect(4).err().contains("quarterdeck login"));
            return;
        }
    }
    panic!("an old proof goes on counting");
}
