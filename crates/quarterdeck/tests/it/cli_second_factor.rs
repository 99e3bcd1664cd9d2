//! `quarterdeck login` of accounts with a second factor, at both doors, against a running panel.

use crate::process::{Ended, Node, Place};
use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use testkit::{Client, OWNER_EMAIL, PASSWORD, TestApp, totp};

const USER: &str = "grace@example.com";

struct Desk {
    app: TestApp,
    owner: Client,
    node: Node,
    place: Place,
}

impl Desk {
    async fn new() -> Self {
        let app = TestApp::start(quarterdeck::product()).await;
        let owner = app.owner().await;
        app.user(&owner, USER).await;
        let place = Place::on(&app.database);
        let node = Node::start(&place).await;
        Self { app, owner, node, place }
    }

    /// Signs in with these lines on standard input.
    fn login(&self, door: &[&str], email: &str, lines: &[&str]) -> Ended {
        let args = [&["login", "--url", &self.node.url, "--email", email, "--password-stdin"], door].concat();
        self.place.run(&args, &lines.iter().map(|line| format!("{line}\n")).collect::<String>())
    }

    /// The panel is a process of its own, with the clock of the machine.
    async fn now(&self) -> DateTime<Utc> {
        self.app.database().await.query_one("select now()", &[]).await.unwrap().get(0)
    }

    /// Sets up an authenticator app as whoever signed in; its secret and the recovery codes.
    async fn add_totp(&self, door: &str) -> (String, Vec<String>) {
        // A person's own, which no key does: the profile's session alone.
        let place = self.person();
        let asked = |path: &str, body: &str| {
            place.run(&["api", "POST", &format!("{door}{path}"), "--input", "-", "-o", "json"], body).expect(0).json()
        };
        let made = asked("/factors/totp", "{}");
        let secret = made["secret"].as_str().unwrap().to_owned();
        let given = json!({"id": made["id"], "code": totp(&secret, self.now().await)});
        let added = asked("/factors/totp/confirm", &given.to_string());
        (secret, added["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect())
    }

    /// The same home without the key of its profile.
    fn person(&self) -> Place {
        let file = self.place.home.join(".config/quarterdeck/profiles.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("key = ")).collect();
        std::fs::write(&file, lines.join("\n")).unwrap();
        self.place.clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_factor_is_asked_for_at_both_doors() {
    let desk = Desk::new().await;
    for (door, own, email, does) in
        [(&[][..], "/profile", OWNER_EMAIL, ["staff", "list"]), (&["--user"], "/account", USER, ["account", "organizations"])]
    {
        desk.login(door, email, &[PASSWORD]).expect(0);
        let (secret, codes) = desk.add_totp(own).await;
        let without = desk.login(door, email, &[PASSWORD]).expect(2);
        assert!(without.err().contains("second line of standard input"), "{}", without.err());
        let wrong = desk.login(door, email, &[PASSWORD, "000000"]).expect(3);
        assert!(wrong.err().contains("4 tries are left"), "{}", wrong.err());
        desk.login(door, email, &[PASSWORD, "abcd-efgh-ijkm-npqr"]).expect(3);
        // The code that confirmed the app is used up; the next one fits already.
        let code = totp(&secret, desk.now().await + Duration::seconds(30));
        desk.login(door, email, &[PASSWORD, &code]).expect(0);
        desk.place.run(&does, "").expect(0);
        desk.login(door, email, &[PASSWORD, &code]).expect(3);
        desk.login(door, email, &[PASSWORD, &codes[0]]).expect(0);
        desk.login(door, email, &[PASSWORD, &codes[0]]).expect(3);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_to_set_one_up_is_told_where() {
    let desk = Desk::new().await;
    // An organization asks for more than the sign-in does: it stays closed, and that is said.
    let id = desk.owner.post("/api/v1/organizations", json!({"name": "Navy"})).await.expect(201)["id"].as_str().unwrap().to_owned();
    let user = desk.owner.get(&format!("/api/v1/users?email=eq.{USER}")).await.expect(200)[0]["id"].clone();
    let role = desk.owner.get("/api/v1/roles?name=eq.member&scope=eq.organization").await.expect(200)[0]["id"].clone();
    desk.owner.post("/api/v1/memberships", json!({"organization_id": id, "user_id": user, "role_id": role})).await.expect_status(201);
    let open = desk.login(&["--user"], USER, &[PASSWORD]).expect(0);
    assert!(!open.err().contains("Navy"), "{}", open.err());
    desk.owner.patch(&format!("/api/v1/organizations/{id}"), "*", json!({"second_factor": true})).await.expect_status(200);
    let closed = desk.login(&["--user"], USER, &[PASSWORD]).expect(0);
    assert!(closed.err().contains("Navy is closed to this sign-in: it asks for a second factor"), "{}", closed.err());

    desk.login(&[], OWNER_EMAIL, &[PASSWORD]).expect(0);
    desk.place.run(&["settings", "set", "identity.user_second_factor", "true"], "").expect(0);
    desk.app.staff(&desk.owner, "operator").await;
    let role = desk.owner.get("/api/v1/roles?name=eq.operator").await[0]["id"].as_str().unwrap().to_owned();
    desk.owner.post(&format!("/api/v1/roles/{role}/set-rules"), json!({"second_factor": true})).await.expect_status(200);
    for (door, email, page) in [(&["--user"][..], USER, "/auth/login"), (&[], "operator@example.com", "/admin/login")] {
        let refused = desk.login(door, email, &[PASSWORD]).expect(4);
        assert!(refused.err().contains("a second factor is demanded") && refused.err().contains(page), "{}", refused.err());
    }
}
