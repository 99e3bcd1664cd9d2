//! `quarterdeck recover-admin`: the way back in that needs the machine and nothing else.

use crate::process::{Ended, Node, Place};
use serde_json::{Value, json};
use testkit::{Client, OWNER_EMAIL, PASSWORD, TestApp};

const FRESH: &str = "another-horse-battery-staple-43";

struct Desk {
    app: TestApp,
    owner: Client,
    place: Place,
}

impl Desk {
    async fn new() -> Self {
        let app = TestApp::start(quarterdeck::product()).await;
        let owner = app.owner().await;
        let place = Place::on(&app.database);
        Self { app, owner, place }
    }

    fn recover(&self, args: &[&str]) -> Ended {
        self.place.run(&[&["recover-admin"], args].concat(), "")
    }

    fn json(&self, args: &[&str]) -> Value {
        self.recover(&[args, &["-o", "json"]].concat()).expect(0).json()
    }

    async fn use_link(&self, done: &Value) -> u16 {
        let token = done["link"].as_str().unwrap().split("token=").nth(1).unwrap().to_owned();
        self.app.nobody().post("/api/v1/password-reset", json!({"token": token, "password": FRESH})).await.status
    }

    async fn sign_in(&self, email: &str, password: &str) -> u16 {
        self.app.nobody().post("/api/v1/session", json!({"email": email, "password": password})).await.status
    }

    async fn sql(&self, sql: &str) {
        self.app.database().await.batch_execute(sql).await.unwrap();
    }

    async fn logged(&self, action: &str) -> Vec<Value> {
        self.app.audit().await.into_iter().filter(|row| row["action"] == action).collect()
    }
}

#[tokio::test]
async fn the_only_owner_gets_a_link_that_works_once_and_every_session_ends() {
    let desk = Desk::new().await;
    let done = desk.json(&[]);
    assert_eq!(done["email"], OWNER_EMAIL);
    desk.app.app.auth.forget();
    desk.owner.get("/api/v1/staff").await.expect_status(401);
    assert_eq!((desk.use_link(&done).await, desk.use_link(&done).await), (204, 410));
    assert_eq!((desk.sign_in(OWNER_EMAIL, PASSWORD).await, desk.sign_in(OWNER_EMAIL, FRESH).await), (401, 200));
    let (begun, ended) = (desk.logged("staff.recover-begin").await, desk.logged("staff.recover").await);
    assert_eq!((begun.len(), ended.len()), (1, 1));
    assert!(begun[0]["actor_label"].as_str().unwrap().starts_with("recover-admin, "), "{}", begun[0]);
    let token = done["link"].as_str().unwrap().split("token=").nth(1).unwrap();
    assert!(!desk.app.audit().await.iter().any(|row| row.to_string().contains(token)), "the link is in no log");
}

#[tokio::test]
async fn it_works_beside_a_running_panel_and_prints_the_link_alone() {
    let desk = Desk::new().await;
    let node = Node::start(&desk.place).await;
    let ended = desk.recover(&["--email", "ADA@example.com"]).expect(0);
    assert_eq!(ended.out().lines().count(), 1, "{}", ended.out());
    assert!(ended.out().contains("/auth/reset?token="), "{}", ended.out());
    drop(node);
}

#[tokio::test]
async fn a_password_comes_from_standard_input_and_keeps_the_policy() {
    let desk = Desk::new().await;
    let args = ["recover-admin", "--password-stdin", "-o", "json"];
    desk.place.run(&args, "short\n").expect(7);
    assert_eq!(desk.sign_in(OWNER_EMAIL, PASSWORD).await, 200, "nothing was changed");
    let done = desk.place.run(&args, &format!("{FRESH}\n")).expect(0).json();
    assert_eq!(done["link"], Value::Null);
    assert_eq!(desk.sign_in(OWNER_EMAIL, FRESH).await, 200);
    assert_eq!(desk.logged("staff.recover-begin").await.len(), 2, "what failed is in the log as well");
    assert!(!desk.app.audit().await.iter().any(|row| row.to_string().contains(FRESH)));
}

#[tokio::test]
async fn a_suspended_owner_comes_back_only_when_it_is_said() {
    let desk = Desk::new().await;
    desk.sql("update dashboard_auth.dashboard_users set status = 'suspended'").await;
    let refused = desk.recover(&[]).expect(4);
    assert!(refused.err().contains("--reactivate"), "{}", refused.err());
    assert_eq!(desk.logged("staff.recover-begin").await.len(), 1);
    let done = desk.json(&["--reactivate"]);
    assert_eq!(desk.use_link(&done).await, 204);
    assert_eq!(desk.sign_in(OWNER_EMAIL, FRESH).await, 200);
    let row = desk.logged("staff.recover").await.remove(0);
    assert_eq!(row["changes"]["status"], json!({"before": "suspended", "after": "active"}));
}

#[tokio::test]
async fn owners_are_made_only_where_none_is_left() {
    let desk = Desk::new().await;
    desk.app.staff(&desk.owner, "operator").await;
    let refused = desk.recover(&["--email", "eve@example.com"]).expect(4);
    assert!(refused.err().contains(OWNER_EMAIL), "it names who is there: {}", refused.err());
    desk.recover(&["--email", "operator@example.com", "--make-owner"]).expect(4);

    desk.sql("update dashboard_auth.dashboard_users set deleted_at = now() where email = 'ada@example.com'").await;
    assert!(desk.recover(&[]).expect(7).err().contains("--email"));
    let hint = desk.recover(&["--email", "operator@example.com"]).expect(4);
    assert!(hint.err().contains("--make-owner"), "{}", hint.err());
    let done = desk.json(&["--email", "eve@example.com", "--name", "Eve"]);
    assert_eq!(desk.use_link(&done).await, 204);
    let eve = desk.app.nobody();
    let entered = eve.post("/api/v1/session", json!({"email": "eve@example.com", "password": FRESH})).await.expect(200);
    assert_eq!(entered["user"]["role"], "owner");
    desk.recover(&["--email", "not an address"]).expect(7);
}

#[tokio::test]
async fn of_several_owners_one_is_named() {
    let desk = Desk::new().await;
    desk.app.staff(&desk.owner, "owner").await;
    let asked = desk.recover(&[]).expect(7);
    assert!(asked.err().contains("ada@example.com, owner@example.com"), "{}", asked.err());
    assert_eq!(desk.json(&["--email", "owner@example.com"])["email"], "owner@example.com");
}

#[tokio::test]
async fn restrictions_that_shut_everybody_out_are_lifted_when_it_is_said() {
    let desk = Desk::new().await;
    desk.owner.post("/api/v1/restrictions", json!({"network": "127.0.0.1"})).await.expect_status(201);
    // The office has moved: nobody comes from there any more.
    desk.sql("update identity.restrictions set network = '192.0.2.0/24'").await;
    desk.app.app.auth.forget();
    assert_eq!(desk.sign_in(OWNER_EMAIL, PASSWORD).await, 403);
    desk.json(&[]);
    assert_eq!(desk.sign_in(OWNER_EMAIL, PASSWORD).await, 403, "recovery alone leaves them");
    let done = desk.json(&["--lift-restrictions"]);
    assert_eq!(desk.use_link(&done).await, 204);
    assert_eq!(desk.sign_in(OWNER_EMAIL, FRESH).await, 200);
    assert!(desk.logged("staff.recover-begin").await[1]["detail"].as_str().unwrap().contains("lifts restrictions"));
}

#[tokio::test]
async fn second_factors_stay_unless_it_is_said() {
    let desk = Desk::new().await;
    desk.sql(
        "insert into identity.factors (id, staff_id, kind, label, secret, created_at, confirmed_at) \
         select gen_random_uuid(), id, 'totp', 'Phone', '\\x00', now(), now() from dashboard_auth.dashboard_users; \
         insert into identity.recovery_codes (id, staff_id, code_hash, created_at) \
         select gen_random_uuid(), id, '\\x00', now() from dashboard_auth.dashboard_users",
    )
    .await;
    let left = async || -> (i64, i64) {
        let row = desk
            .app
            .database()
            .await
            .query_one("select (select count(*) from identity.factors), (select count(*) from identity.recovery_codes)", &[])
            .await
            .unwrap();
        (row.get(0), row.get(1))
    };
    desk.json(&[]);
    assert_eq!(left().await, (1, 1));
    let done = desk.json(&["--clear-second-factors"]);
    assert_eq!(left().await, (0, 0));
    assert_eq!(desk.use_link(&done).await, 204);
    assert_eq!(desk.sign_in(OWNER_EMAIL, FRESH).await, 200);
}
