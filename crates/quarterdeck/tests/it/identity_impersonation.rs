//! Seeing the platform as a user: what it shows, what it never lets one do, and everything that ends it.

use chrono::Duration;
use kernel::Access;
use quarterdeck::product;
use serde_json::{Value, json};
use testkit::{Answer, Client, TestApp};

const AS_USER: (&str, &str) = ("quarterdeck-account", "user");

struct Desk {
    t: TestApp,
    owner: Client,
    /// The user, and an organization they are an admin of.
    user: String,
    organization: String,
}

impl Desk {
    async fn new() -> Self {
        let t = TestApp::start(product()).await;
        let owner = t.owner().await;
        t.user(&owner, "grace@example.com").await;
        let id = |answer: Answer| answer["id"].as_str().unwrap().to_owned();
        let user = owner.get("/api/v1/users?email=eq.grace@example.com").await[0]["id"].as_str().unwrap().to_owned();
        let organization = id(owner.post("/api/v1/organizations", json!({"name": "Navy"})).await.expect(201));
        let admin = owner.get("/api/v1/roles?name=eq.admin&scope=eq.organization").await[0]["id"].as_str().unwrap().to_owned();
        let membership = json!({"organization_id": organization, "user_id": user, "role_id": admin, "level": "admin"});
        owner.post("/api/v1/memberships", membership).await.expect_status(201);
        Self { t, owner, user, organization }
    }

    async fn begin(&self, by: &Client, input: Value) -> Answer {
        by.post(&format!("/api/v1/users/{}/impersonate", self.user), input).await
    }

    async fn enter(&self, by: &Client, input: Value) {
        let begun = self.begin(by, input).await.expect(200);
        by.post("/api/v1/impersonation", code(&begun)).await.expect_status(200);
    }

    async fn get(&self, by: &Client, path: &str) -> Answer {
        by.send(http::Method::GET, path, &[("quarterdeck-organization", &self.organization)], None).await
    }
}

fn code(begun: &Answer) -> Value {
    json!({"code": begun["open"].as_str().unwrap().split("code=").nth(1).unwrap()})
}

async fn whoami(client: &Client) -> Answer {
    client.send(http::Method::GET, "/api/v1/account/session", &[AS_USER], None).await.expect(200)
}

#[tokio::test]
async fn staff_see_what_the_user_sees_and_stay_themselves_beside_it() {
    let desk = Desk::new().await;
    desk.enter(&desk.owner, json!({"reason": "Can't see her invoices", "ticket": "SUP-1"})).await;
    let shown = whoami(&desk.owner).await;
    assert_eq!((shown["state"].as_str(), shown["user"]["email"].as_str()), (Some("signed_in"), Some("grace@example.com")));
    assert_eq!((shown["impersonation"]["by"].as_str(), &shown["impersonation"]["read_only"]), (Some("Ada Lovelace"), &json!(true)));
    assert_eq!(desk.get(&desk.owner, "/api/v1/memberships").await.expect(200).body.as_array().unwrap().len(), 1);
    // Without the header it is still the owner who asks.
    desk.owner.get("/api/v1/users").await.expect_status(200);
    let row = desk.owner.get("/api/v1/impersonations").await.expect(200)[0].clone();
    assert_eq!(
        (row["admin_label"].as_str(), row["target_label"].as_str(), row["ticket"].as_str()),
        (Some("Ada Lovelace"), Some("Grace Hopper"), Some("SUP-1"))
    );
    assert_eq!((row["status"].as_str(), row["reason"].as_str()), (Some("open"), Some("Can't see her invoices")));
    desk.owner.send(http::Method::DELETE, "/api/v1/impersonation", &[AS_USER], None).await.expect_status(204);
    assert_eq!(whoami(&desk.owner).await["state"], "signed_out");
    assert_eq!(desk.owner.get("/api/v1/impersonations").await[0]["ended_reason"], "stopped");
}

#[tokio::test]
async fn who_only_looks_changes_nothing_by_any_route() {
    let desk = Desk::new().await;
    desk.enter(&desk.owner, json!({"reason": "looking"})).await;
    let changing: Vec<_> = desk.t.app.registry.endpoints().iter().filter(|e| e.mutates() && e.access != Access::Public).cloned().collect();
    assert!(changing.len() > 60);
    for endpoint in changing.iter().filter(|e| e.id != "impersonation.leave") {
        let path = endpoint.path.replace("{key}", "identity.staff_idle_minutes").replace("{source}", "main").replace("{schema}", "public");
        let path: String = path.split('/').map(|p| if p.starts_with('{') { &desk.user } else { p }).collect::<Vec<_>>().join("/");
        let headers = [("quarterdeck-organization", desk.organization.as_str()), ("if-match", "*")];
        let answer = desk.owner.send(endpoint.method.clone(), &format!("/api/v1{path}"), &headers, Some(json!({}))).await;
        assert!([401, 403, 404].contains(&answer.status), "{} answered {} {}", endpoint.id, answer.status, answer.text);
    }
    let log = desk.t.audit().await;
    let tried: Vec<&Value> = log.iter().filter(|row| row["subject_label"] == "Grace Hopper").collect();
    assert!(tried.len() > 20 && tried.iter().all(|row| row["outcome"] == "refused"), "{tried:?}");
}

#[tokio::test]
async fn who_may_change_things_still_leaves_what_is_the_persons_own() {
    let desk = Desk::new().await;
    desk.enter(&desk.owner, json!({"reason": "helping", "read_only": false})).await;
    let shown = desk.get(&desk.owner, "/api/v1/account/session").await.expect(200);
    let held: Vec<&str> = shown["permissions"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(held.contains(&"memberships:read"), "{held:?}");
    for theirs in ["keys:create", "keys:rotate", "memberships:create", "memberships:update", "roles:create"] {
        assert!(!held.contains(&theirs), "{theirs} in {held:?}");
    }
    let post = |path: &'static str| {
        let (owner, organization) = (&desk.owner, desk.organization.clone());
        async move {
            owner
                .send(
                    http::Method::POST,
                    path,
                    &[("quarterdeck-organization", &organization)],
                    Some(json!({"password": "violet tundra biscuit anchor"})),
                )
                .await
        }
    };
    for path in
        ["/api/v1/account/password", "/api/v1/account/factors/totp", "/api/v1/account/session/proof", "/api/v1/account/recovery-codes"]
    {
        post(path).await.expect_status(403);
    }
}

#[tokio::test]
async fn every_row_of_the_log_names_both() {
    let desk = Desk::new().await;
    desk.enter(&desk.owner, json!({"reason": "looking"})).await;
    let refused = desk
        .owner
        .send(http::Method::POST, "/api/v1/memberships", &[("quarterdeck-organization", &desk.organization)], Some(json!({})))
        .await;
    refused.expect_status(403);
    let log = desk.t.audit().await;
    let row =
        log.iter().find(|row| row["action"] == "memberships.create" && row["outcome"] == "refused").expect("the refusal is in the log");
    assert_eq!((row["actor_label"].as_str(), row["subject_label"].as_str()), (Some("Ada Lovelace"), Some("Grace Hopper")));
    assert_eq!(desk.owner.get("/api/v1/impersonations").await[0]["done"], 1);
}

#[tokio::test]
async fn it_ends_by_time_by_staff_by_the_session_and_with_either_account() {
    let desk = Desk::new().await;
    let colleague = desk.t.staff(&desk.owner, "operator").await;
    let looking = || async {
        desk.enter(&colleague, json!({"reason": "looking"})).await;
        assert_eq!(whoami(&colleague).await["state"], "signed_in");
    };
    looking().await;
    desk.t.advance(Duration::minutes(15));
    assert_eq!(whoami(&colleague).await["state"], "signed_out", "its time is over, whatever sweeps or doesn't");
    colleague.post("/api/v1/session/proof", json!({"password": testkit::PASSWORD})).await.expect_status(204);
    desk.owner.post("/api/v1/session/proof", json!({"password": testkit::PASSWORD})).await.expect_status(204);

    looking().await;
    let open = desk.owner.get("/api/v1/impersonations?status=eq.open").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
    desk.owner.post(&format!("/api/v1/impersonations/{open}/end"), json!({})).await.expect_status(200);
    assert_eq!(whoami(&colleague).await["state"], "signed_out");

    looking().await;
    desk.owner.post(&format!("/api/v1/users/{}/suspend", desk.user), json!({})).await.expect_status(200);
    assert_eq!(whoami(&colleague).await["state"], "signed_out");
    desk.owner.post(&format!("/api/v1/users/{}/activate", desk.user), json!({})).await.expect_status(200);

    looking().await;
    let id = desk.owner.get("/api/v1/staff?email=eq.operator@example.com").await[0]["id"].as_str().unwrap().to_owned();
    let role = |name: &'static str| {
        let owner = &desk.owner;
        async move { owner.get(&format!("/api/v1/roles?name=eq.{name}")).await[0]["id"].as_str().unwrap().to_owned() }
    };
    desk.owner.post(&format!("/api/v1/staff/{id}/change-role"), json!({"role_id": role("developer").await})).await.expect_status(200);
    assert_eq!(whoami(&colleague).await["state"], "signed_out", "the permission is gone");
    desk.owner.post(&format!("/api/v1/staff/{id}/change-role"), json!({"role_id": role("operator").await})).await.expect_status(200);

    looking().await;
    let cookies = colleague.cookie();
    colleague.send(http::Method::DELETE, "/api/v1/session", &[], None).await.expect_status(200);
    let thief = desk.t.nobody();
    thief.set_cookie(cookies.as_deref());
    assert_eq!(whoami(&thief).await["state"], "signed_out", "the session it belonged to is over");
}

#[tokio::test]
async fn the_link_is_good_once_shortly_and_only_for_who_asked_for_it() {
    let desk = Desk::new().await;
    let colleague = desk.t.staff(&desk.owner, "operator").await;
    let begun = desk.begin(&desk.owner, json!({"reason": "looking"})).await.expect(200);
    colleague.post("/api/v1/impersonation", code(&begun)).await.expect_status(410);
    desk.t.nobody().post("/api/v1/impersonation", code(&begun)).await.expect_status(401);
    desk.owner.post("/api/v1/impersonation", code(&begun)).await.expect_status(200);
    desk.owner.post("/api/v1/impersonation", code(&begun)).await.expect_status(410);
    // The cookie alone, without the session of staff that it belongs to, is nothing.
    let stolen = desk.owner.cookie().unwrap().split("; ").find(|c| c.starts_with("qd_impersonation=")).unwrap().to_owned();
    let thief = desk.t.nobody();
    thief.set_cookie(Some(&stolen));
    assert_eq!(whoami(&thief).await["state"], "signed_out");
    let late = desk.begin(&desk.owner, json!({"reason": "looking"})).await.expect(200);
    desk.t.advance(Duration::minutes(2));
    desk.owner.post("/api/v1/impersonation", code(&late)).await.expect_status(410);
}

#[tokio::test]
async fn a_link_from_the_command_line_is_opened_in_a_browser_of_the_same_person() {
    let desk = Desk::new().await;
    let command_line = desk.t.sign_in(testkit::OWNER_EMAIL).await;
    desk.enter(&desk.owner, json!({"reason": "in the browser"})).await;
    let begun = desk.begin(&command_line, json!({"reason": "on the command line"})).await.expect(200);
    desk.owner.post("/api/v1/impersonation", code(&begun)).await.expect_status(200);
    let open = desk.owner.get("/api/v1/impersonations?status=eq.open").await.expect(200);
    let reasons: Vec<_> = open.body.as_array().unwrap().iter().map(|i| i["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["on the command line"], "what this browser had open is replaced");
    assert_eq!(whoami(&desk.owner).await["impersonation"]["reason"], "on the command line");
    // It is the browser's from then on: signing out there ends it, signing out on the command line doesn't.
    command_line.delete("/api/v1/session").await.expect_status(200);
    assert_eq!(whoami(&desk.owner).await["state"], "signed_in");
    desk.owner.delete("/api/v1/session").await.expect_status(200);
    let owner = desk.t.sign_in(testkit::OWNER_EMAIL).await;
    let ended = owner.get("/api/v1/impersonations?status=eq.ended").await.expect(200);
    let last = ended.body.as_array().unwrap().iter().find(|i| i["reason"] == "on the command line").unwrap();
    assert_eq!(last["ended_reason"], "signed out");
}

#[tokio::test]
async fn a_reason_a_proof_and_the_permission_are_needed_and_keys_never_do() {
    let desk = Desk::new().await;
    for input in
        [json!({}), json!({"reason": "  "}), json!({"reason": "looking", "minutes": 14}), json!({"reason": "looking", "minutes": 61})]
    {
        desk.begin(&desk.owner, input).await.expect_status(422);
    }
    let developer = desk.t.staff(&desk.owner, "developer").await;
    desk.begin(&developer, json!({"reason": "looking"})).await.expect_status(403);
    let key = desk.owner.post("/api/v1/keys", json!({"name": "Script", "scopes": ["*"]})).await.expect(201);
    desk.begin(&desk.t.nobody().with_key(key["key"].as_str().unwrap()), json!({"reason": "looking"})).await.expect_status(403);
    desk.t.advance(Duration::minutes(11));
    let refused = desk.begin(&desk.owner, json!({"reason": "looking"})).await.expect(403);
    assert!(refused["type"].as_str().unwrap().ends_with("/step-up"));
    desk.owner.post(&format!("/api/v1/users/{}/suspend", desk.user), json!({})).await.expect_status(200);
    desk.owner.post("/api/v1/session/proof", json!({"password": testkit::PASSWORD})).await.expect_status(204);
    desk.begin(&desk.owner, json!({"reason": "looking"})).await.expect_status(403);
}

#[tokio::test]
async fn the_evidence_outlives_the_user() {
    let desk = Desk::new().await;
    desk.enter(&desk.owner, json!({"reason": "looking"})).await;
    let db = desk.t.database().await;
    db.execute("delete from identity.memberships where user_id = $1::text::uuid", &[&desk.user]).await.unwrap();
    desk.owner.delete(&format!("/api/v1/users/{}", desk.user)).await.expect_status(204);
    let row = desk.owner.get("/api/v1/impersonations").await.expect(200)[0].clone();
    assert_eq!(
        (row["target_label"].as_str(), row["target_user_id"]["id"].as_str().or(row["target_user_id"].as_str())),
        (Some("Grace Hopper"), Some(desk.user.as_str()))
    );
}

#[tokio::test]
async fn in_a_users_place_staff_keep_their_own_networks_and_hours() {
    let desk = Desk::new().await;
    let colleague = desk.t.staff(&desk.owner, "operator").await;
    desk.enter(&colleague, json!({"reason": "looking"})).await;
    let elsewhere = colleague.from_address("198.51.100.9");
    elsewhere.set_cookie(colleague.cookie().as_deref());
    // For the user's organization, and for none.
    let tried = async |by: &Client| {
        let within = desk.get(by, "/api/v1/memberships").await;
        let without = by.send(http::Method::GET, "/api/v1/meta", &[AS_USER], None).await;
        assert_eq!(within.status, without.status, "{} / {}", within.text, without.text);
        (within.status, without["detail"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!((tried(&colleague).await.0, tried(&elsewhere).await.0), (200, 200));
    let network = desk.owner.post("/api/v1/restrictions", json!({"network": "127.0.0.0/8"})).await.expect(201)["id"].clone();
    let (status, said) = tried(&elsewhere).await;
    assert!(status == 403 && said.contains("198.51.100.9"), "{said}");
    assert_eq!(tried(&colleague).await.0, 200);
    desk.owner.delete(&format!("/api/v1/restrictions/{}", network.as_str().unwrap())).await.expect_status(204);
    assert_eq!(tried(&elsewhere).await.0, 200);

    // The test begins on a Friday at 9.
    let role = desk.owner.get("/api/v1/roles?name=eq.operator").await[0]["id"].clone();
    let later = json!({"role_id": role, "weekdays": ["fri"], "opens": "12:00", "closes": "14:00", "time_zone": "UTC"});
    let hours = desk.owner.post("/api/v1/hours", later).await.expect(201)["id"].as_str().unwrap().to_owned();
    assert_eq!(tried(&colleague).await.0, 200, "who is in may stay");
    desk.owner.patch(&format!("/api/v1/hours/{hours}"), "*", json!({"every_request": true})).await.expect_status(200);
    let (status, said) = tried(&colleague).await;
    assert!(status == 403 && said.contains("12:00–14:00"), "{said}");
    desk.owner.delete(&format!("/api/v1/hours/{hours}")).await.expect_status(204);
    assert_eq!(tried(&colleague).await.0, 200);
}
