//! Registration codes: good for so many, for so long, for what their maker may give, and for nobody else's organization.

use crate::mailed::Mailed;
use chrono::Duration;
use serde_json::{Value, json};
use testkit::Answer;

async fn made(world: &Mailed, input: Value) -> (String, String) {
    let answer = world.owner.post("/api/v1/registration-codes", input).await.expect(201);
    (answer["id"].as_str().unwrap().to_owned(), answer["code"].as_str().unwrap().to_owned())
}

async fn by_invitation() -> Mailed {
    let world = Mailed::start().await;
    world.set("identity.registration", json!("invitation")).await;
    world
}

async fn ask(world: &Mailed, email: &str, code: &str) -> Answer {
    world.register(&world.app.nobody(), email, json!({"code": code})).await
}

async fn status_of(world: &Mailed, id: &str) -> (Value, Value) {
    let code = world.owner.get(&format!("/api/v1/registration-codes/{id}")).await.expect(200);
    (code["status"].clone(), code["uses"].clone())
}

#[tokio::test]
async fn a_code_makes_members_of_its_organization() {
    let world = by_invitation().await;
    let navy = world.organization("Navy").await;
    let input =
        json!({"note": "Crew", "organization_id": navy, "role_id": world.role("viewer").await, "level": "read_only", "max_uses": 2});
    let answer = world.owner.post("/api/v1/registration-codes", input).await.expect(201);
    let (id, code) = (answer["id"].as_str().unwrap(), answer["code"].as_str().unwrap());
    assert_eq!(answer["link"], format!("{}/auth/register?invite={code}", world.app.app.site.base_url));
    assert_eq!((&answer["note"], &answer["status"], &answer["uses"]), (&json!("Crew"), &json!("open"), &json!(0)));
    assert!(!world.owner.get("/api/v1/registration-codes").await.expect(200).text.contains(code), "it is shown once");

    let offer = world.app.nobody().post("/api/v1/account/registration/code", json!({"code": code})).await.expect(200);
    assert_eq!(offer.body, json!({"organization": "Navy", "role": "Viewer"}));
    world.set("identity.registration_organization", json!(true)).await;
    // However it is typed, and with no organization of one's own beside it.
    let grace = world.join("grace@example.com", json!({"code": code.to_uppercase().replace('-', " "), "organization": "Mine"})).await;
    let session = grace.get("/api/v1/account/session").await.expect(200);
    assert_eq!(session["organizations"].as_array().unwrap().len(), 1);
    assert_eq!((&session["organizations"][0]["name"], &session["organizations"][0]["level"]), (&json!("Navy"), &json!("read_only")));
    assert_eq!(status_of(&world, id).await, (json!("open"), json!(1)));
    let log: String = world.app.audit().await.iter().map(Value::to_string).collect();
    assert!(!log.contains(code) && log.contains(id), "the log knows which code it was, and not what it says");
}

#[tokio::test]
async fn without_a_good_code_nobody_registers_by_invitation() {
    let world = by_invitation().await;
    let missing = world.register(&world.app.nobody(), "grace@example.com", json!({})).await.expect(422);
    assert_eq!((&missing["errors"][0]["field"], &missing["errors"][0]["code"]), (&json!("code"), &json!("required")));
    let end = world.app.app.clock.now() + Duration::minutes(20);
    let (expired, old) = made(&world, json!({"expires_at": end})).await;
    let (revoked, withdrawn) = made(&world, json!({})).await;
    let (used, once) = made(&world, json!({"max_uses": 1})).await;
    world.join("first@example.com", json!({"code": once})).await;
    world.owner.post(&format!("/api/v1/registration-codes/{revoked}/revoke"), json!({})).await.expect_status(200);
    world.app.advance(Duration::minutes(19));
    ask(&world, "in-time@example.com", &old).await.expect_status(202);
    world.app.advance(Duration::minutes(2));
    let mut texts = std::collections::BTreeSet::new();
    for wrong in [&old, &withdrawn, &once, &old[..old.len() - 1], "abcd-efgh-ijkm-npqr", "'; drop table users; --"] {
        let answer = ask(&world, "grace@example.com", wrong).await;
        assert_eq!((answer.status, &answer["errors"][0]["field"]), (422, &json!("code")), "{wrong}: {}", answer.text);
        let looked = world.app.nobody().post("/api/v1/account/registration/code", json!({"code": wrong})).await.expect(422);
        texts.insert(looked["errors"][0]["message"].to_string());
    }
    assert_eq!(texts.len(), 1, "expired, withdrawn and unknown are one answer: {texts:?}");
    assert_eq!(status_of(&world, &expired).await.0, "expired");
    assert_eq!(status_of(&world, &revoked).await.0, "revoked");
    assert_eq!(status_of(&world, &used).await, (json!("used_up"), json!(1)));
    assert_eq!(world.users().await, 1);
    let late = world.owner.post("/api/v1/registration-codes", json!({"expires_at": "2020-01-01T00:00:00Z"})).await.expect(422);
    assert_eq!(late["errors"][0]["field"], "expires_at");
    // Who began in time finishes, and somebody whose code was withdrawn in the meantime doesn't.
    let token = world.token_for("in-time@example.com").await;
    world.app.nobody().post("/api/v1/account/registration/confirm", json!({"token": token})).await.expect_status(201);
}

#[tokio::test]
async fn of_two_at_once_one_takes_the_last_use() {
    let world = by_invitation().await;
    let (id, code) = made(&world, json!({"max_uses": 2})).await;
    let emails = ["a@example.com", "b@example.com", "c@example.com", "d@example.com"];
    let mut tokens = Vec::new();
    for email in emails {
        ask(&world, email, &code).await.expect_status(202);
        tokens.push(world.token_for(email).await);
    }
    let confirm = |token: &String| {
        let (client, body) = (world.app.nobody(), json!({"token": token}));
        async move { client.post("/api/v1/account/registration/confirm", body).await.status }
    };
    let mut statuses = futures::future::join_all(tokens.iter().map(confirm)).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201, 410, 410]);
    assert_eq!((status_of(&world, &id).await, world.users().await), ((json!("used_up"), json!(2)), 2));
    // Without letters the use is counted where the account is made, by the same statement.
    world.set("identity.registration_confirmed", json!(false)).await;
    let (id, code) = made(&world, json!({"max_uses": 1})).await;
    let mut statuses: Vec<u16> =
        futures::future::join_all(["e@example.com", "f@example.com", "g@example.com"].map(|email| ask(&world, email, &code)))
            .await
            .iter()
            .map(|answer| answer.status)
            .collect();
    statuses.sort_unstable();
    assert!(statuses[0] == 202 && statuses[1..].iter().all(|s| matches!(s, 410 | 422)), "{statuses:?}");
    assert_eq!(status_of(&world, &id).await, (json!("used_up"), json!(1)));
}

#[tokio::test]
async fn a_code_withdrawn_or_closed_in_the_meantime_makes_nothing() {
    let world = by_invitation().await;
    let (id, code) = made(&world, json!({})).await;
    ask(&world, "grace@example.com", &code).await.expect_status(202);
    let token = world.token_for("grace@example.com").await;
    let confirm = || async { world.app.nobody().post("/api/v1/account/registration/confirm", json!({"token": token})).await.status };
    world.set("identity.registration", json!("disabled")).await;
    assert_eq!(confirm().await, 403);
    world.set("identity.registration", json!("invitation")).await;
    world.owner.post(&format!("/api/v1/registration-codes/{id}/revoke"), json!({})).await.expect_status(200);
    assert_eq!(confirm().await, 410);
    assert_eq!(world.users().await, 0);
}

#[tokio::test]
async fn an_organizations_admin_gives_what_they_hold_and_where_they_are() {
    let world = by_invitation().await;
    let (navy, army) = (world.organization("Navy").await, world.organization("Army").await);
    let admin = world.member(&navy, "admin", "admin", "admin@example.com").await;
    let made = admin.post("/api/v1/registration-codes", json!({"max_uses": 5, "level": "read_only"})).await.expect(201);
    assert_eq!(
        (&made["organization_id"], &made["made_by"], &made["role_id"]),
        (&json!(navy), &json!("Grace Hopper"), &json!(world.role("member").await))
    );
    let code = made["code"].as_str().unwrap().to_owned();
    world.join("crew@example.com", json!({"code": code})).await;

    // Nowhere else, whichever way it is asked.
    let elsewhere = admin.post("/api/v1/registration-codes", json!({"organization_id": army})).await;
    assert_eq!((elsewhere.status, &elsewhere["errors"][0]["field"]), (422, &json!("organization_id")));
    let theirs = world.owner.post("/api/v1/registration-codes", json!({"organization_id": army})).await.expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    admin.get(&format!("/api/v1/registration-codes/{theirs}")).await.expect_status(404);
    admin.post(&format!("/api/v1/registration-codes/{theirs}/revoke"), json!({})).await.expect_status(404);
    assert_eq!(admin.get("/api/v1/registration-codes").await.expect(200).body.as_array().unwrap().len(), 1);

    // Nobody gives what they don't hold: a role that makes codes and little else, and levels below.
    let body = json!({"scope": "organization", "name": "greeter", "label": "Greeter", "permissions": ["registration-codes:*", "memberships:read"]});
    world.owner.post("/api/v1/roles", body).await.expect_status(201);
    let greeter = world.member(&navy, "greeter", "admin", "greeter@example.com").await;
    let above = greeter.post("/api/v1/registration-codes", json!({"role_id": world.role("admin").await, "level": "admin"})).await;
    assert_eq!(above.status, 403, "{}", above.text);
    greeter
        .post("/api/v1/registration-codes", json!({"role_id": world.role("greeter").await, "level": "read_only"}))
        .await
        .expect_status(201);
    let id = made["id"].as_str().unwrap();
    let stronger = world
        .owner
        .post("/api/v1/registration-codes", json!({"organization_id": navy, "role_id": world.role("admin").await, "level": "admin"}))
        .await
        .expect(201);
    greeter.post(&format!("/api/v1/registration-codes/{}/revoke", stronger["id"].as_str().unwrap()), json!({})).await.expect_status(403);
    for (role, level, email) in
        [("manager", "admin", "m@example.com"), ("admin", "read_write", "w@example.com"), ("viewer", "admin", "v@example.com")]
    {
        let member = world.member(&navy, role, level, email).await;
        member.post("/api/v1/registration-codes", json!({})).await.expect_status(403);
        member.post(&format!("/api/v1/registration-codes/{id}/revoke"), json!({})).await.expect_status(403);
    }
}

#[tokio::test]
async fn a_code_ends_with_what_its_maker_may_do() {
    let world = by_invitation().await;
    let navy = world.organization("Navy").await;
    world.member(&navy, "admin", "admin", "owner@example.com").await;
    let admin = world.member(&navy, "admin", "admin", "admin@example.com").await;
    let code = admin.post("/api/v1/registration-codes", json!({})).await.expect(201)["code"].as_str().unwrap().to_owned();
    ask(&world, "begun@example.com", &code).await.expect_status(202);
    let begun = world.token_for("begun@example.com").await;
    let membership = world.owner.get("/api/v1/memberships?owner=is.false").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
    world.owner.patch(&format!("/api/v1/memberships/{membership}"), "*", json!({"role_id": world.role("viewer").await})).await.expect(200);
    ask(&world, "grace@example.com", &code).await.expect_status(422);
    world.app.nobody().post("/api/v1/account/registration/confirm", json!({"token": begun})).await.expect_status(410);

    // Of staff who are shut out nothing stays open.
    let staff = world.app.staff(&world.owner, "operator").await;
    staff.post("/api/v1/registration-codes", json!({})).await.expect_status(403);
    let staff_role = json!({"name": "greeter", "label": "Greeter", "permissions": ["registration-codes:*", "organizations:read"]});
    world.owner.post("/api/v1/roles", staff_role).await.expect_status(201);
    let greeter = world.app.staff(&world.owner, "greeter").await;
    let plain = greeter.post("/api/v1/registration-codes", json!({})).await.expect(201)["code"].as_str().unwrap().to_owned();
    let above = json!({"organization_id": navy, "role_id": world.role("admin").await, "level": "admin"});
    greeter.post("/api/v1/registration-codes", above).await.expect_status(403);
    ask(&world, "grace@example.com", &plain).await.expect_status(202);
    let id = world.owner.get("/api/v1/staff?email=eq.greeter@example.com").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
    world.owner.post(&format!("/api/v1/staff/{id}/suspend"), json!({})).await.expect_status(200);
    ask(&world, "grace@example.com", &plain).await.expect_status(422);
}

#[tokio::test]
async fn a_suspended_organization_takes_nobody_in() {
    let world = by_invitation().await;
    let navy = world.organization("Navy").await;
    let (_, code) = made(&world, json!({"organization_id": navy})).await;
    ask(&world, "grace@example.com", &code).await.expect_status(202);
    let token = world.token_for("grace@example.com").await;
    world.owner.post(&format!("/api/v1/organizations/{navy}/suspend"), json!({})).await.expect_status(200);
    world.app.nobody().post("/api/v1/account/registration/confirm", json!({"token": token})).await.expect_status(410);
    ask(&world, "other@example.com", &code).await.expect_status(422);
    world.owner.post(&format!("/api/v1/organizations/{navy}/activate"), json!({})).await.expect_status(200);
    world.app.nobody().post("/api/v1/account/registration/confirm", json!({"token": token})).await.expect_status(201);
}

#[tokio::test]
async fn the_setting_says_what_new_members_become() {
    let world = by_invitation().await;
    let navy = world.organization("Navy").await;
    world.set("identity.new_member_role", json!("viewer")).await;
    let answer = world.owner.post("/api/v1/registration-codes", json!({"organization_id": navy})).await.expect(201);
    assert_eq!(answer["role_id"], world.role("viewer").await);
    world.set("identity.new_member_role", json!("nonsense")).await;
    let refused = world.owner.post("/api/v1/registration-codes", json!({"organization_id": navy})).await.expect(422);
    assert!(refused["errors"][0]["field"] == "role_id" && refused.text.contains("identity.new_member_role"), "{}", refused.text);
    let roleless = world.owner.post("/api/v1/registration-codes", json!({"role_id": world.role("viewer").await})).await.expect(422);
    assert_eq!(roleless["errors"][0]["field"], "organization_id");
}

#[tokio::test]
async fn a_code_says_why_it_has_no_effect_and_works_again_with_its_makers_rights() {
    let world = Mailed::open().await;
    let organization = world.organization("Navy").await;
    // Whoever comes first may own it, and stays what they are.
    world.member(&organization, "admin", "admin", "linus@example.com").await;
    let admin = world.member(&organization, "admin", "admin", "grace@example.com").await;
    let grace = world.owner.get("/api/v1/users?email=eq.grace@example.com").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
    let code = admin.post("/api/v1/registration-codes", json!({"role_id": world.role("manager").await})).await.expect(201);
    let path = format!("/api/v1/registration-codes/{}", code["id"].as_str().unwrap());
    let seen = async |status: &str| {
        let mut row = Value::Null;
        // A fact waits for every older transaction of the server, those of other tests among them.
        for _ in 0..200 {
            kernel::event::dispatch(&world.app.app).await.unwrap();
            row = world.owner.get(&path).await.expect(200).body;
            if row["status"] == status {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        (row["status"].clone(), row["hindrance"].clone())
    };
    let works = async || {
        let body = json!({"code": code["code"]});
        world.app.nobody().post("/api/v1/account/registration/code", body).await.status == 200
    };
    assert_eq!((seen("open").await, works().await), ((json!("open"), Value::Null), true));
    let membership = world.owner.get(&format!("/api/v1/memberships?user_id=eq.{grace}")).await.expect(200)[0]["id"].clone();
    let membership = format!("/api/v1/memberships/{}", membership.as_str().unwrap());
    world.owner.patch(&membership, "*", json!({"level": "read_only"})).await.expect_status(200);
    assert_eq!((seen("lapsed").await, works().await), ((json!("lapsed"), json!("maker")), false));
    world.owner.patch(&membership, "*", json!({"level": "admin"})).await.expect_status(200);
    assert_eq!((seen("open").await, works().await), ((json!("open"), Value::Null), true));
    world.owner.post(&format!("/api/v1/organizations/{organization}/suspend"), json!({})).await.expect_status(200);
    assert_eq!((seen("lapsed").await, works().await), ((json!("lapsed"), json!("organization")), false));
}
