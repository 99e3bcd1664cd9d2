//! Registration: who may, by which code, and that nobody learns who has an account.

use crate::mailed::Mailed;
use chrono::Duration;
use serde_json::{Value, json};
use testkit::{Answer, PASSWORD};

async fn code(world: &Mailed, input: Value) -> String {
    world.owner.post("/api/v1/registration-codes", input).await.expect(201)["code"].as_str().unwrap().to_owned()
}

fn field(answer: &Answer) -> (u16, String, String) {
    let error = &answer["errors"][0];
    (answer.status, error["field"].as_str().unwrap_or_default().into(), error["code"].as_str().unwrap_or_default().into())
}

#[tokio::test]
async fn by_default_nobody_registers() {
    let world = Mailed::start().await;
    let code = code(&world, json!({})).await;
    for more in [json!({}), json!({"code": code})] {
        assert_eq!(world.register(&world.app.nobody(), "grace@example.com", more).await.status, 403);
    }
    world.app.nobody().post("/api/v1/account/registration/code", json!({"code": code})).await.expect_status(403);
    let offers = world.app.nobody().get("/api/v1/account/session").await.expect(200)["offers"].clone();
    assert_eq!(offers["registration"], json!({"mode": "disabled", "organization": false, "confirmed": true}));
    assert_eq!(world.letters().await.len(), 0);
}

#[tokio::test]
async fn who_registers_has_an_account_once_the_address_is_confirmed() {
    let world = Mailed::open().await;
    let browser = world.app.nobody();
    let answer = world.register(&browser, " Grace@Example.COM ", json!({"language": "de"})).await.expect(202);
    assert_eq!(answer.body, json!({"confirm": true}));
    assert_eq!(world.users().await, 0, "there is no account before the address is confirmed");
    let letter = world.letters_to("grace@example.com").await.remove(0);
    assert_eq!(letter["head"]["subject"], "Bestätigen Sie Ihre Adresse für Quarterdeck");
    let token = world.token_for("grace@example.com").await;
    // Programs that open every link of a letter use none up.
    for _ in 0..2 {
        let about = world.app.nobody().get(&format!("/api/v1/account/verification?token={token}")).await.expect(200);
        assert_eq!(about.body, json!({"purpose": "registration", "email": "grace@example.com", "name": "Grace Hopper"}));
    }
    let made = browser.post("/api/v1/account/registration/confirm", json!({"token": token})).await.expect(201);
    assert_eq!((&made["state"], &made["user"]["email"]), (&json!("signed_in"), &json!("grace@example.com")));
    assert_eq!(browser.get("/api/v1/account/session").await.expect(200)["state"], "signed_in");
    let user = world.owner.get("/api/v1/users").await.expect(200)[0].clone();
    assert_eq!((&user["language"], &user["name"], &user["joined"]), (&json!("de"), &json!("Grace Hopper"), &json!("joined")));
    assert!(user["email_verified_at"].is_string());
    let rows = world.app.audit().await;
    assert!(rows.iter().any(|row| row["action"] == "users.join" && row["actor_label"] == "Grace Hopper"), "{rows:?}");
    assert!(!rows.iter().any(|row| row.to_string().contains(&token)), "the link is in no log");
}

#[tokio::test]
async fn an_address_with_an_account_gets_the_same_answer_and_its_owner_a_letter() {
    let world = Mailed::open().await;
    world.app.user(&world.owner, "grace@example.com").await;
    let (known, unknown) = (world.app.nobody(), world.app.nobody());
    let of_known = world.register(&known, "grace@example.com", json!({})).await;
    let of_unknown = world.register(&unknown, "new@example.com", json!({})).await;
    assert_eq!((of_known.status, &of_known.text), (of_unknown.status, &of_unknown.text));
    let names = |answer: &Answer| {
        let mut names: Vec<String> = answer.headers.keys().map(|name| name.as_str().to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&of_known), names(&of_unknown));
    let cookie = |answer: &Answer| answer.header("set-cookie").unwrap().split(['=', ';']).map(str::len).collect::<Vec<_>>();
    assert_eq!(cookie(&of_known), cookie(&of_unknown));
    let again = [
        known.post("/api/v1/account/registration/letter", json!({})).await,
        unknown.post("/api/v1/account/registration/letter", json!({})).await,
    ];
    assert_eq!((again[0].status, &again[0].text), (again[1].status, &again[1].text));

    let letters = world.letters_to("grace@example.com").await;
    assert!(letters.iter().all(|letter| letter["head"]["subject"] == "You have an account at Quarterdeck already"), "{letters:?}");
    assert!(!letters[0]["text"].as_str().unwrap().contains("token="), "there is nothing in it that lets anybody in");
    assert_eq!(world.letters_to("new@example.com").await[0]["head"]["subject"], "Confirm your address for Quarterdeck");
    // Whoever registered with somebody's address learns nothing at the door either, and her password is still hers.
    let stranger = json!({"email": "grace@example.com", "password": "another-horse-battery-staple-43"});
    known.post("/api/v1/account/session", stranger).await.expect_status(401);
    world.sign_in(&world.app.nobody(), "grace@example.com").await.expect_status(200);
    // A look at the rows that both left: nothing tells them apart but the address.
    let rows: Vec<Value> = world.app.audit().await.into_iter().filter(|row| row["action"] == "users.register").collect();
    assert_eq!(rows.len(), 2);
    assert_eq!((&rows[0]["detail"], &rows[0]["outcome"]), (&rows[1]["detail"], &rows[1]["outcome"]));
}

#[tokio::test]
async fn without_confirmation_the_account_is_there_at_once() {
    let world = Mailed::open().await;
    world.set("identity.registration_confirmed", json!(false)).await;
    let first = world.register(&world.app.nobody(), "grace@example.com", json!({})).await;
    let second = world.register(&world.app.nobody(), "grace@example.com", json!({"password": "another-horse-battery-staple-43"})).await;
    assert_eq!((first.status, &first.text), (second.status, &second.text));
    assert_eq!(first.body, json!({"confirm": false}));
    assert_eq!(world.users().await, 1);
    world.sign_in(&world.app.nobody(), "grace@example.com").await.expect_status(200);
    assert_eq!(world.owner.get("/api/v1/users").await.expect(200)[0]["email_verified_at"], Value::Null);
    assert_eq!(world.letters_to("grace@example.com").await[0]["head"]["subject"], "You have an account at Quarterdeck already");
}

#[tokio::test]
async fn addresses_that_look_alike_are_one_or_none() {
    let world = Mailed::open().await;
    for (email, status) in [
        ("gr\u{430}ce@example.com", 422),
        ("grace@ex\u{430}mple.com", 422),
        ("grace@example.com\r\nbcc: x@example.com", 422),
        ("gr\u{2060}ace@example.com", 422),
        ("", 422),
        (&format!("{}@example.com", "a".repeat(300)), 422),
    ] {
        assert_eq!(world.register(&world.app.nobody(), email, json!({})).await.status, status, "{email:?}");
    }
    world.join("grace@example.com", json!({})).await;
    world.register(&world.app.nobody(), "GRACE@EXAMPLE.COM", json!({})).await.expect_status(202);
    assert_eq!(
        world.letters_to("grace@example.com").await.last().unwrap()["head"]["subject"],
        "You have an account at Quarterdeck already"
    );
    assert_eq!(world.users().await, 1);
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field_and_nothing_is_kept() {
    let world = Mailed::open().await;
    world.set("identity.registration_organization", json!(true)).await;
    let everything = world.register(&world.app.nobody(), "nobody", json!({"name": "  ", "password": "short"})).await.expect(422);
    let fields: Vec<&str> = everything["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["name", "email", "password", "organization"]);
    for more in [
        json!({"name": "x".repeat(121)}),
        json!({"organization": "x".repeat(121)}),
        json!({"password": "x".repeat(2000)}),
        json!({"code": "x".repeat(41)}),
        json!({"role": "owner"}),
    ] {
        assert_eq!(world.register(&world.app.nobody(), "grace@example.com", more.clone()).await.status, 422, "{more}");
    }
    let own =
        world.register(&world.app.nobody(), "grace@example.com", json!({"organization": "Navy", "password": "grace@example.com"})).await;
    assert_eq!(field(&own).1, "password");
    world.set("identity.user_password_rules", json!(["upper_case", "symbol"])).await;
    let composed = world
        .register(&world.app.nobody(), "grace@example.com", json!({"organization": "Navy", "password": "violet tundra biscuit anchor"}))
        .await;
    assert_eq!(field(&composed), (422, "password".into(), "composition".into()));
    let waiting: i64 = world.app.database().await.query_one("select count(*) from auth.registrations", &[]).await.unwrap().get(0);
    assert_eq!((waiting, world.letters().await.len()), (0, 0));
}

#[tokio::test]
async fn only_addresses_of_the_allowed_domains_get_in() {
    let world = Mailed::open().await;
    world.set("identity.registration_domains", json!(["example.org"])).await;
    let refused = world.register(&world.app.nobody(), "grace@example.com", json!({})).await;
    assert_eq!(field(&refused), (422, "email".into(), "domain".into()));
    assert!(!refused.text.contains("example.org"), "strangers aren't told which: {}", refused.text);
    let code = code(&world, json!({})).await;
    let told = world.register(&world.app.nobody(), "grace@example.com", json!({"code": code})).await;
    assert!(field(&told).1 == "email" && told.text.contains("Only addresses of example.org"), "{}", told.text);
    for sly in ["grace@example.org.evil.net", "grace@mail.example.org", "grace@badexample.org"] {
        assert_eq!(field(&world.register(&world.app.nobody(), sly, json!({})).await).2, "domain", "{sly}");
    }
    world.join("grace@EXAMPLE.org", json!({})).await;
    let wrong = world.owner.patch("/api/v1/settings/identity.registration_domains", "*", json!({"value": ["@example.org"]})).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text);
}

#[tokio::test]
async fn who_registers_may_get_an_organization_of_their_own() {
    let world = Mailed::open().await;
    world.set("identity.registration_organization", json!(true)).await;
    world.organization("Navy").await;
    let browser = world.join("grace@example.com", json!({"organization": "navy"})).await;
    let session = browser.get("/api/v1/account/session").await.expect(200);
    let own = &session["organizations"][0];
    assert_eq!((&own["name"], &own["role"], &own["level"]), (&json!("navy"), &json!("admin"), &json!("admin")));
    let membership = world.owner.get("/api/v1/memberships?owner=is.true").await.expect(200)[0].clone();
    assert_eq!((&membership["email"], &membership["owner"]), (&json!("grace@example.com"), &json!(true)));
    // Somebody else's name is no way to find out which organizations there are.
    world.join("eve@example.com", json!({"organization": "NAVY"})).await;
    let names = world.owner.get("/api/v1/organizations").await.expect(200);
    let names: std::collections::BTreeSet<&str> = names.body.as_array().unwrap().iter().map(|o| o["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["NAVY", "Navy", "navy"].into());
}

#[tokio::test]
async fn strangers_get_only_so_many_letters() {
    let world = Mailed::open().await;
    let attacker = world.app.nobody().from_address("198.51.100.9");
    let mut statuses = Vec::new();
    for _ in 0..25 {
        statuses.push(world.register(&attacker, "victim@example.com", json!({})).await.status);
    }
    assert_eq!((statuses.iter().filter(|s| **s == 202).count(), statuses.last()), (20, Some(&429)));
    assert_eq!(world.letters_to("victim@example.com").await.len(), 5, "one mailbox isn't filled");
    world.app.advance(Duration::seconds(61));
    let elsewhere = world.app.nobody().from_address("198.51.100.10");
    world.register(&elsewhere, "grace@example.com", json!({})).await.expect_status(202);
    assert_eq!(world.letters_to("grace@example.com").await.len(), 1);
    let (status, _, _) = field(&world.register(&attacker, "other@example.com", json!({"password": PASSWORD})).await);
    assert_eq!(status, 202, "a minute later there is one more");
}

#[tokio::test]
async fn staff_see_who_waits_send_the_letter_again_and_forget_what_was_a_mistake() {
    let world = Mailed::open().await;
    let browser = world.app.nobody();
    world.register(&browser, "grace@example.com", json!({})).await.expect(202);
    let listed = world.owner.get("/api/v1/registrations").await.expect(200);
    let row = &listed[0];
    assert_eq!(
        (&row["email"], &row["name"], &row["status"], &row["linked"]),
        (&json!("grace@example.com"), &json!("Grace Hopper"), &json!("waiting"), &json!(false))
    );
    assert!(!listed.text.contains("hash"), "{}", listed.text);
    let path = format!("/api/v1/registrations/{}", row["id"].as_str().unwrap());
    let first = world.token_for("grace@example.com").await;
    assert_eq!(world.owner.get(&path).await.expect(200)["linked"], true);
    world.owner.post(&format!("{path}/resend"), json!({})).await.expect_status(200);
    let second = world.token_for("grace@example.com").await;
    assert_ne!(first, second);
    let confirm = async |token: &str| browser.post("/api/v1/account/registration/confirm", json!({"token": token})).await.status;
    assert_eq!(confirm(&first).await, 404, "the newer letter counts");
    world.owner.delete(&path).await.expect_status(204);
    assert_eq!((confirm(&second).await, world.users().await), (404, 0));
    let rows = world.app.audit().await;
    let acts: Vec<&str> =
        rows.iter().filter_map(|row| row["action"].as_str()).filter(|action| action.starts_with("registrations.")).collect();
    assert!(acts.contains(&"registrations.resend") && acts.contains(&"registrations.delete"), "{acts:?}");
    // What has expired is not sent again.
    world.register(&browser, "linus@example.com", json!({})).await.expect(202);
    let id = world.owner.get("/api/v1/registrations?email=eq.linus@example.com").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
    world.app.advance(Duration::hours(24));
    let owner = world.app.sign_in(testkit::OWNER_EMAIL).await;
    let refused = owner.post(&format!("/api/v1/registrations/{id}/resend"), json!({})).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    // Members of organizations have nothing to do with who registers on the platform.
    world.app.user(&owner, "eve@example.com").await.get("/api/v1/registrations").await.expect_status(403);
}
