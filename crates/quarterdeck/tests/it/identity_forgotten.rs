//! "Forgot your password?" at both doors: a letter to who has an account, the same answer to everybody.

use crate::mailed::Mailed;
use crate::work_lab::EVERY;
use serde_json::{Value, json};
use testkit::{Answer, Client, OWNER_EMAIL, PASSWORD};

const NEW: &str = "another-horse-battery-staple-43";

async fn forgot(client: &Client, door: &str, email: &str) -> Answer {
    client.post(&format!("/api/v1{door}/forgotten-password"), json!({"email": email})).await
}

async fn set(client: &Client, token: &str) -> u16 {
    client.post("/api/v1/password-reset", json!({"token": token, "password": NEW})).await.status
}

#[tokio::test]
async fn users_and_staff_choose_a_new_password_by_a_letter() {
    let world = Mailed::start().await;
    let id = world.owner.post("/api/v1/users", json!({"email": "grace@example.com", "language": "de"})).await.expect(201)["id"].clone();
    for (door, kind, email) in [("/account/session", "user", "grace@example.com"), ("/session", "staff", OWNER_EMAIL)] {
        let browser = world.app.nobody();
        assert_eq!(browser.get(&format!("/api/v1{door}")).await.expect(200)["offers"]["forgotten_password"], true);
        let answer = forgot(&browser, door, &email.to_uppercase()).await.expect(202);
        assert_eq!(answer.body, json!({}));
        let token = world.token_for(email).await;
        let about = browser.get(&format!("/api/v1/password-reset?token={token}")).await.expect(200);
        assert_eq!(about.body, json!({"kind": kind, "email": email}));
        assert_eq!((set(&browser, &token).await, set(&browser, &token).await), (204, 410));
        assert_eq!(browser.get(&format!("/api/v1/password-reset?token={token}")).await.status, 410);
        let session = browser.post(&format!("/api/v1{door}"), json!({"email": email, "password": NEW})).await.expect(200);
        assert_eq!(session["state"], "signed_in");
    }
    let subject = world.letters_to("grace@example.com").await[0]["head"]["subject"].clone();
    assert_eq!(subject, "Neues Passwort für Quarterdeck wählen", "in her own language");
    assert!(world.app.audit().await.iter().any(|row| row["action"] == "users.forgot-password"));
    assert!(id.is_string());
}

#[tokio::test]
async fn every_address_gets_the_same_answer_and_only_active_accounts_a_letter() {
    let world = Mailed::open().await;
    world.app.user(&world.owner, "grace@example.com").await;
    let suspended =
        world.owner.post("/api/v1/users", json!({"email": "eve@example.com"})).await.expect(201)["id"].as_str().unwrap().to_owned();
    world.owner.post(&format!("/api/v1/users/{suspended}/suspend"), json!({})).await.expect_status(200);
    world.register(&world.app.nobody(), "waiting@example.com", json!({})).await.expect_status(202);
    let already = world.letters().await.len();
    let known = forgot(&world.app.nobody(), "/account/session", "grace@example.com").await;
    for email in ["nobody@example.com", "eve@example.com", "waiting@example.com", OWNER_EMAIL] {
        let answer = forgot(&world.app.nobody(), "/account/session", email).await;
        assert_eq!((answer.status, &answer.text, answer.headers.len()), (known.status, &known.text, known.headers.len()), "{email}");
    }
    // A user at the door of the staff is a stranger there.
    forgot(&world.app.nobody(), "/session", "grace@example.com").await.expect_status(202);
    assert_eq!(world.letters().await.len() - already, 1);
    for bad in ["", "nobody", "gr\u{430}ce@example.com", &"x".repeat(300)] {
        forgot(&world.app.nobody(), "/account/session", bad).await.expect_status(422);
    }
    let queue = world
        .app
        .database()
        .await
        .query(&format!("select payload::text from {EVERY} where kind = 'identity.forgotten-password'"), &[])
        .await
        .unwrap();
    assert!(
        !queue.is_empty() && queue.iter().all(|row| !row.get::<_, String>(0).contains("example.com")),
        "the queue tells nobody's address"
    );
}

#[tokio::test]
async fn staff_ask_only_where_the_setting_lets_them() {
    let world = Mailed::start().await;
    world.set("identity.staff_reset", json!(false)).await;
    assert_eq!(forgot(&world.app.nobody(), "/session", OWNER_EMAIL).await.status, 403);
    assert_eq!(world.app.nobody().get("/api/v1/session").await.expect(200)["offers"]["forgotten_password"], false);
    assert_eq!(world.letters().await.len(), 0);
    forgot(&world.app.nobody(), "/account/session", "grace@example.com").await.expect_status(202);
}

#[tokio::test]
async fn strangers_make_no_link_of_the_staff_useless_and_fill_no_mailbox() {
    let world = Mailed::start().await;
    let made = world.owner.post("/api/v1/users", json!({"email": "grace@example.com"})).await.expect(201);
    let path = format!("/api/v1/users/{}/reset-link", made["id"].as_str().unwrap());
    let link = |answer: &Answer| answer["link"].as_str().unwrap().split("token=").nth(1).unwrap().to_owned();
    let by_staff = link(&world.owner.post(&path, json!({})).await.expect(200));
    let attacker = world.app.nobody().from_address("198.51.100.9");
    let mut statuses = Vec::new();
    for _ in 0..25 {
        statuses.push(forgot(&attacker, "/account/session", "grace@example.com").await.status);
    }
    assert_eq!((statuses.iter().filter(|status| **status == 202).count(), statuses[24]), (20, 429));
    let letters = world.letters_to("grace@example.com").await;
    assert_eq!(letters.len(), 5);
    let tokens: Vec<String> = letters.iter().map(crate::mailed::token_in).collect();
    let mut good = 0;
    for token in &tokens {
        good += u32::from(world.app.nobody().get(&format!("/api/v1/password-reset?token={token}")).await.status == 200);
    }
    assert_eq!(good, 1, "the newest takes the place of the others");
    assert_eq!(set(&world.app.nobody(), &by_staff).await, 204, "the link of the staff still works");
    for token in &tokens {
        assert_eq!(set(&world.app.nobody(), token).await, 404, "and once a password is set, no other link does");
    }
}

#[tokio::test]
async fn pages_offer_only_what_works() {
    // No mail server, and nobody at hand to look into the folder.
    let app = testkit::TestApp::with(quarterdeck::product(), &[("QUARTERDECK_ENVIRONMENT", "production")]).await;
    let owner = app.owner().await;
    for (key, value) in
        [("identity.magic_link", json!(true)), ("identity.registration", json!("open")), ("system.name", json!("Acme Cloud"))]
    {
        owner.patch(&format!("/api/v1/settings/{key}"), "*", json!({"value": value})).await.expect(200);
    }
    let session = app.nobody().get("/api/v1/account/session").await.expect(200);
    assert_eq!(session["platform"], "Acme Cloud");
    let offers = &session["offers"];
    assert_eq!(
        (&offers["forgotten_password"], &offers["magic_link"], &offers["registration"]),
        (&json!(false), &json!(false), &Value::Null)
    );
    owner.patch("/api/v1/settings/identity.registration_confirmed", "*", json!({"value": false})).await.expect(200);
    let offers = app.nobody().get("/api/v1/account/session").await.expect(200)["offers"].clone();
    assert_eq!(offers["registration"]["mode"], "open");
    owner.patch("/api/v1/settings/identity.staff_password_rules", "*", json!({"value": ["digit"]})).await.expect(200);
    let staff = app.nobody().get("/api/v1/session").await.expect(200)["offers"]["password"].clone();
    assert_eq!(staff, json!({"shortest": 12, "ingredients": ["digit"]}));
    let invited = owner.post("/api/v1/users/invite", json!({"email": "grace@example.com"})).await.expect(200);
    let token = invited["link"].as_str().unwrap().split("token=").nth(1).unwrap();
    app.nobody()
        .post("/api/v1/account/invitation", json!({"token": token, "name": "Grace", "password": PASSWORD}))
        .await
        .expect_status(201);
    let blank = owner.patch("/api/v1/settings/system.name", "*", json!({"value": "  "})).await;
    assert_eq!(blank.status, 422, "{}", blank.text);
}
