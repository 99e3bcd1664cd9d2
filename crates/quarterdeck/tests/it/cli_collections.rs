//! The registry's commands against a running panel: sign in, make, list, change, in every output form, with the exit
//! codes of the documentation. What the command line prints is checked against what the API says.

use crate::process::{Ended, Node, Place};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use testkit::{Client, OWNER_EMAIL, PASSWORD, Server, TestApp};

/// A platform with a panel, its owner, and a home in which nobody has signed in.
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
        let place = Place::on(&app.database);
        let node = Node::start(&place).await;
        Self { app, owner, node, place }
    }

    /// The same, signed in.
    async fn signed_in() -> Self {
        let desk = Self::new().await;
        desk.login(OWNER_EMAIL, PASSWORD).expect(0);
        desk
    }

    fn login(&self, email: &str, password: &str) -> Ended {
        self.place.run(&["login", "--url", &self.node.url, "--email", email, "--password-stdin"], &format!("{password}\n"))
    }

    fn run(&self, args: &[&str]) -> Ended {
        self.place.run(args, "")
    }

    /// Adds `-o json` and reads the answer.
    #[track_caller]
    fn json(&self, args: &[&str]) -> Value {
        self.run(&[args, &["-o", "json"]].concat()).expect(0).json()
    }
}

#[tokio::test]
async fn signing_in_makes_a_key_that_signing_out_ends() {
    let desk = Desk::new().await;
    desk.login(OWNER_EMAIL, "wrong-horse-battery-staple").expect(3);
    desk.login(OWNER_EMAIL, PASSWORD).expect(0);
    let file = desk.place.home.join(".config/quarterdeck/profiles.toml");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains(PASSWORD), "the password is kept nowhere");
    let keys = desk.owner.get("/api/v1/keys?status=eq.active").await.expect(200);
    assert!(keys[0]["name"].as_str().unwrap().starts_with("Command line on "), "{}", keys.text);
    assert_eq!(desk.json(&["staff", "list"])[0]["email"], OWNER_EMAIL);
    desk.run(&["logout"]).expect(0);
    assert_eq!(desk.owner.get("/api/v1/keys?status=eq.active").await.body, json!([]));
    let stale = desk.place.clone().with("QUARTERDECK_URL", &desk.node.url);
    let out = stale.run(&["staff", "list"], "").expect(3);
    assert!(out.err().contains("quarterdeck login") && out.err().contains("request id"), "{}", out.err());
    desk.run(&["logout"]).expect(2);
}

#[tokio::test]
async fn a_key_is_printed_once_and_works_for_scripts() {
    let desk = Desk::signed_in().await;
    let made = desk.json(&["keys", "create", "--name", "report", "--scope", "users:read", "--scope", "organizations:read"]);
    assert_eq!(made["scopes"], json!(["users:read", "organizations:read"]));
    let key = made["key"].as_str().expect("the key is shown");
    assert!(key.starts_with("qd_"));
    assert!(!desk.run(&["keys", "list", "-o", "json"]).expect(0).out().contains(key), "and never again");
    let script = desk.place.clone().with("QUARTERDECK_URL", &desk.node.url).with("QUARTERDECK_TOKEN", key).with("HOME", "/nonexistent");
    assert_eq!(script.run(&["users", "list", "-o", "json"], "").expect(0).out().trim(), "[]", "an empty list is valid JSON");
    let refused = script.run(&["staff", "list"], "").expect(4);
    assert!(refused.err().contains("staff:read") && refused.out().is_empty(), "{}", refused.err());
}

#[tokio::test]
async fn people_are_made_found_changed_and_removed() {
    let desk = Desk::signed_in().await;
    let made = desk.json(&["users", "create", "--email", "grace@example.com", "--name", "Grace"]);
    let id = made["id"].as_str().unwrap();
    let table = desk.run(&["users", "list", "--search", "grace"]).expect(0);
    let lines: Vec<String> = table.out().lines().map(str::to_owned).collect();
    assert!(lines[0].starts_with("ID ") && lines[1].starts_with(id) && lines[1].contains("grace@example.com"), "{lines:?}");
    assert_eq!(desk.json(&["users", "get", id]), desk.owner.get(&format!("/api/v1/users/{id}")).await.body, "the same as the API");
    assert_eq!(desk.json(&["users", "get", "grace@example.com"])["id"], id, "an address names somebody too");

    assert_eq!(desk.json(&["users", "update", "grace@example.com", "--name", "Admiral"])["name"], "Admiral");
    assert_eq!(desk.json(&["users", "update", id, "--null", "name"])["name"], Value::Null);
    let version = desk.json(&["users", "get", id])["version"].as_str().unwrap().to_owned();
    desk.json(&["users", "update", id, "--name", "Grace", "--if-match", &version]);
    let stale = desk.run(&["users", "update", id, "--name", "Hopper", "--if-match", &version]).expect(6);
    assert!(stale.err().contains("name: yours \"Hopper\", there now \"Grace\""), "{}", stale.err());

    desk.run(&["users", "create", "--email", "grace@example.com"])
        .expect(if desk.owner.post("/api/v1/users", json!({"email": "grace@example.com"})).await.status == 409 { 6 } else { 7 });
    let wrong = desk.run(&["users", "create", "--email", "nobody"]).expect(7);
    assert!(wrong.err().contains("email: Enter an e-mail address") && wrong.err().contains("request id"), "{}", wrong.err());
    desk.run(&["users", "get", "nobody@example.com"]).expect(5);

    let unasked = desk.run(&["users", "delete", id]).expect(2);
    assert!(unasked.err().contains("--yes"), "{}", unasked.err());
    assert_eq!(desk.json(&["users", "delete", id, "--yes"]), Value::Null);
    desk.run(&["users", "get", id]).expect(5);
}

#[tokio::test]
async fn many_are_changed_only_with_their_number() {
    let desk = Desk::signed_in().await;
    for n in 0..3 {
        desk.json(&["users", "create", "--email", &format!("user{n}@example.com")]);
    }
    let asked = desk.run(&["users", "suspend", "--where", "status=eq.active"]).expect(2);
    assert!(asked.err().contains("matches 3"), "{}", asked.err());
    desk.run(&["users", "suspend", "--where", "status=eq.active", "--expected", "2"]).expect(6);
    assert_eq!(desk.json(&["users", "list", "--filter", "status=eq.suspended"]), json!([]));
    let except = desk.json(&["users", "get", "user0@example.com"])["id"].as_str().unwrap().to_owned();
    let done = desk.json(&["users", "suspend", "--where", "status=eq.active", "--expected", "2", "--except", &except]);
    assert_eq!(done["changed"], 2);
    desk.json(&["users", "activate", "user1@example.com"]);
    assert_eq!(
        desk.json(&["users", "list", "--filter", "status=eq.suspended", "--select", "email"]),
        json!([{"email": "user2@example.com"}])
    );
}

#[tokio::test]
async fn lists_page_count_and_come_in_every_form() {
    let desk = Desk::signed_in().await;
    let db = desk.app.database().await;
    db.batch_execute("insert into auth.users (id, email, name) select gen_random_uuid(), 'u' || n || '@example.com', case when n = 7 then 'Seven, \"the\" one' end from generate_series(1, 1205) n").await.unwrap();
    assert_eq!(desk.json(&["users", "list"]).as_array().unwrap().len(), 100);
    assert_eq!(desk.json(&["users", "list", "--all", "--order", "email"]).as_array().unwrap().len(), 1205, "every page");
    let counted = desk.run(&["users", "list", "--limit", "2", "--count", "exact"]).expect(0);
    assert!(counted.err().contains("2 of 1205"), "{}", counted.err());
    let csv = desk.run(&["users", "list", "--filter", "email=eq.u7@example.com", "--select", "email,name", "-o", "csv"]).expect(0);
    assert_eq!(csv.out(), "email,name\r\nu7@example.com,\"Seven, \"\"the\"\" one\"\r\n");
    let yaml = desk.run(&["users", "list", "--filter", "email=eq.u8@example.com", "--select", "email,name", "-o", "yaml"]).expect(0);
    assert_eq!(yaml.out(), "- email: u8@example.com\n  name: null\n");
    let unknown = desk.run(&["users", "list", "--filter", "nope=eq.1"]).expect(7);
    assert!(unknown.err().contains("nope"), "{}", unknown.err());
    desk.run(&["users", "list", "--filter", "nonsense"]).expect(2);
    assert_eq!(desk.json(&["search", "u77@"])[0]["resource"], "users");
}

#[tokio::test]
async fn names_stand_for_ids_where_they_are_clear() {
    let desk = Desk::signed_in().await;
    let invited = desk.json(&["staff", "invite", "--email", "grace@example.com", "--role", "operator"]);
    assert!(invited["link"].as_str().is_some_and(|link| link.contains("token=")), "{invited}");
    assert_eq!(desk.json(&["invitations", "list"])[0]["email"], "grace@example.com");
    desk.run(&["staff", "invite", "--email", "eve@example.com", "--role", "emperor"]).expect(5);
    desk.json(&["organizations", "add", "Navy"]);
    desk.json(&["users", "create", "--email", "bob@example.com"]);
    let role = desk.owner.get("/api/v1/roles?name=eq.viewer&scope=eq.organization").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
    desk.json(&["memberships", "create", "--organization", "Navy", "--user", "bob@example.com", "--role", &role]);
    assert_eq!(desk.json(&["users", "get", "bob@example.com"])["organizations"], json!(["Navy"]));
}

#[tokio::test]
async fn sources_rows_settings_and_the_rest_of_the_api() {
    let desk = Desk::signed_in().await;
    let ships = "create table public.ships (id bigint primary key, name text); insert into public.ships values (9007199254740993, 'Beagle'); grant select on public.ships to public";
    desk.app.database().await.batch_execute(ships).await.unwrap();
    let (fleet, connection) = Server::shared().empty("fleet").await.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    fleet.batch_execute(ships).await.unwrap();
    let source = desk.json(&["sources", "add", "own", "postgresql:///fleet"]);
    assert_eq!(source["name"], "own");
    assert!(!source.to_string().contains("postgresql:"), "the address is a secret");
    assert_eq!(
        desk.json(&["data", "main", "ships", "list", "--filter", "name=eq.Beagle"]),
        json!([{"id": "9007199254740993", "name": "Beagle"}])
    );
    let table = desk.run(&["data", "own", "ships", "list"]).expect(0);
    assert!(table.out().contains("9007199254740993"), "{}", table.out());
    desk.run(&["data", "main", "nothing", "list"]).expect(5);
    // The panel's own database is reached as `main` only.
    desk.json(&["sources", "add", "self", &format!("postgresql:///{}", desk.app.database)]);
    desk.run(&["data", "self", "ships", "list"]).expect(4);

    let settings = desk.json(&["settings", "list"]);
    let number = settings.as_array().unwrap().iter().find(|s| s["value"].is_number()).unwrap();
    let key = number["key"].as_str().unwrap();
    let more = (number["value"].as_i64().unwrap() + 1).to_string();
    assert_eq!(desk.json(&["settings", "set", key, &more])["source"], "database");
    desk.run(&["settings", "set", key, "a lot"]).expect(7);
    desk.run(&["settings", "set", "no.such", "1"]).expect(2);
    assert_eq!(desk.json(&["settings", "reset", key])["source"], "default");

    assert_eq!(desk.json(&["api", "GET", "/session"])["state"], "signed_in");
    let users = desk.place.run(&["api", "POST", "/users", "--input", "-", "-o", "json"], r#"{"email": "raw@example.com"}"#).expect(0);
    assert_eq!(users.json()["email"], "raw@example.com");
}

#[tokio::test]
async fn a_user_lists_their_organizations_and_leaves_one() {
    let desk = Desk::signed_in().await;
    let email = "grace@example.com";
    desk.app.user(&desk.owner, email).await;
    let user = desk.owner.get(&format!("/api/v1/users?email=eq.{email}")).await.expect(200)[0]["id"].clone();
    let role = desk.owner.get("/api/v1/roles?name=eq.member&scope=eq.organization").await.expect(200)[0]["id"].clone();
    let mut ids = Vec::new();
    for name in ["Navy", "Same", "Same"] {
        let id = desk.owner.post("/api/v1/organizations", json!({"name": name})).await.expect(201)["id"].as_str().unwrap().to_owned();
        let body = json!({"organization_id": id, "user_id": user, "role_id": role});
        desk.owner.post("/api/v1/memberships", body).await.expect_status(201);
        ids.push(id);
    }
    // Staff have none, and a name that two have is no answer to which.
    desk.run(&["account", "organizations"]).expect(4);
    let ambiguous = desk.run(&["organizations", "get", "Same"]).expect(2);
    assert!(ids[1..].iter().all(|id| ambiguous.err().contains(id.as_str())), "{}", ambiguous.err());

    let login = ["login", "--user", "--url", &desk.node.url, "--email", email, "--password-stdin"];
    desk.place.run(&login, &format!("{PASSWORD}\n")).expect(0);
    let own = desk.json(&["account", "organizations"]);
    assert_eq!(own.as_array().unwrap().len(), 3);
    assert_eq!((&own[0]["name"], &own[0]["role_label"]), (&json!("Navy"), &json!("Member")));
    desk.run(&["account", "leave", "Same", "--yes"]).expect(2);
    desk.run(&["account", "leave", "Nobody's", "--yes"]).expect(5);
    assert_eq!(desk.json(&["account", "leave", "Navy", "--dry-run"])["keys"], 0);
    // Without a yes nothing is done.
    desk.run(&["account", "leave", "Navy"]).expect(2);
    desk.run(&["account", "leave", "Navy", "--yes"]).expect(0);
    desk.run(&["account", "leave", &ids[2], "--yes"]).expect(0);
    assert_eq!(desk.json(&["account", "organizations"])[0]["id"], ids[1].as_str());
    desk.run(&["logout"]).expect(0);
}
