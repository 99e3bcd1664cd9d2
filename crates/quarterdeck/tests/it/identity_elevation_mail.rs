//! Mail about elevations: to those who may approve and nobody else, to who asked once it is answered, queued with its cause.

use crate::sweeps_members::{member, product};
use crate::sweeps_world::World;
use crate::work_lab::EVERY;
use serde_json::{Value, json};
use testkit::{Client, OWNER_EMAIL, TestApp};
use work::worker;

async fn world() -> World {
    World::of(TestApp::start(product()).await).await
}

/// Delivers everything that is queued, and gives the recipients of what mentions this word, in order.
async fn told(world: &World, word: &str) -> Vec<String> {
    worker::drain(&world.app.app).await.unwrap();
    let folder = world.owner.get("/api/v1/mail/status").await.expect(200)["folder"].as_str().unwrap().to_owned();
    let texts = std::fs::read_dir(folder).into_iter().flatten().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    // Long lines are folded on their way.
    let texts = texts.map(|text| text.replace("=\r\n", "").replace("=\n", ""));
    let to = |text: &str| text.lines().find_map(|line| line.strip_prefix("To: ")).unwrap_or_default().to_owned();
    let address = |line: String| line.rsplit(['<', ' ']).next().unwrap_or_default().trim_end_matches('>').to_owned();
    let mut found: Vec<String> = texts.filter(|text| text.contains(word)).map(|text| address(to(&text))).collect();
    found.sort();
    found
}

async fn queued(world: &World) -> i64 {
    let statement = format!("select count(*) from {EVERY} where payload->>'letter' like 'identity.elevation-%'");
    world.app.database().await.query_one(&statement, &[]).await.unwrap().get(0)
}

async fn ask(who: &Client, role: &str, reason: &str) -> Value {
    let body = json!({"role_id": role, "reason": reason});
    who.post("/api/v1/elevations", body).await.expect(201).body
}

#[tokio::test]
async fn those_who_may_approve_hear_of_it_and_who_asked_hears_the_answer() {
    let world = world().await;
    let at = |role: &'static str, email: &'static str| {
        let world = &world;
        async move { world.staff_at(&world.role(role, "platform").await, email).await.0 }
    };
    let grace = at("operator", "asks@example.com").await;
    at("operator", "another-operator@example.com").await;
    at("developer", "looks-only@example.com").await;
    at("owner", "other-owner@example.com").await;
    let suspended = world.staff_at(&world.role("owner", "platform").await, "suspended-owner@example.com").await.1;
    world.owner.post(&format!("/api/v1/staff/{suspended}/suspend"), json!({})).await.expect_status(200);

    // Refused, and so nobody is bothered.
    let administrator = world.role("dashboard_admin", "platform").await;
    grace.post("/api/v1/elevations", json!({"role_id": administrator, "reason": "  "})).await.expect_status(422);
    assert_eq!(queued(&world).await, 0);

    let asked = ask(&grace, &administrator, "Case-7f31a").await;
    assert_eq!(told(&world, "Case-7f31a").await, [OWNER_EMAIL, "other-owner@example.com"]);
    let deny = format!("/api/v1/elevations/{}/deny", asked["id"].as_str().unwrap());
    world.owner.post(&deny, json!({"why": "Refused-7f31b"})).await.expect_status(200);
    assert_eq!(told(&world, "Refused-7f31b").await, ["asks@example.com"]);

    let before = queued(&world).await;
    let asked = ask(&grace, &administrator, "Case-7f31c").await;
    assert_eq!(queued(&world).await, before + 2);
    world.owner.post(&format!("/api/v1/elevations/{}/approve", asked["id"].as_str().unwrap()), json!({})).await.expect_status(200);
    assert_eq!(queued(&world).await, before + 3, "one more, to who asked");
}

#[tokio::test]
async fn to_be_an_owner_is_told_to_owners_only_and_granted_with_the_last_yes() {
    let world = world().await;
    let role = |name: &'static str| world.role(name, "platform");
    let grace = world.staff_at(&role("dashboard_admin").await, "asks-more@example.com").await.0;
    world.staff_at(&role("dashboard_admin").await, "an-administrator@example.com").await;
    let second = world.staff_at(&role("owner").await, "second-owner@example.com").await.0;
    let asked = ask(&grace, &role("owner").await, "Case-7f31d").await;
    assert_eq!(told(&world, "Case-7f31d").await, [OWNER_EMAIL, "second-owner@example.com"]);
    let approve = format!("/api/v1/elevations/{}/approve", asked["id"].as_str().unwrap());
    world.owner.post(&approve, json!({})).await.expect_status(200);
    assert_eq!(queued(&world).await, 2, "one of two has said yes");
    second.post(&approve, json!({})).await.expect_status(200);
    assert_eq!(queued(&world).await, 3);
}

#[tokio::test]
async fn within_an_organization_its_members_who_may_are_told() {
    let world = world().await;
    let make = |name: &'static str| world.made("/organizations", json!({"name": name}));
    let ours = make("Ours").await["id"].as_str().unwrap().to_owned();
    let theirs = make("Theirs").await["id"].as_str().unwrap().to_owned();
    let writer = member(&world, &ours, "member", "read_write").await.0;
    member(&world, &ours, "viewer", "read_only").await;
    let admin = member(&world, &ours, "admin", "admin").await;
    member(&world, &theirs, "admin", "admin").await;
    let user = world.owner.get(&format!("/api/v1/memberships/{}", admin.1)).await.expect(200)["user_id"].as_str().unwrap().to_owned();
    let email = world.owner.get(&format!("/api/v1/users/{user}")).await.expect(200)["email"].as_str().unwrap().to_owned();
    let asked = ask(&writer, &world.role("manager", "organization").await, "Case-7f31e").await;
    assert_eq!(told(&world, "Case-7f31e").await, [email]);
    // To the approvals of this organization, whichever they were in last.
    let page = format!("/dashboard/admin/{ours}/approvals");
    assert_eq!(told(&world, &page).await.len(), 1, "the letter leads to {page}");
    let approve = format!("/api/v1/elevations/{}/approve", asked["id"].as_str().unwrap());
    admin.0.post(&approve, json!({})).await.expect_status(200);
    assert_eq!(queued(&world).await, 2);
}

#[tokio::test]
async fn who_is_denied_comes_to_a_page_that_says_so_for_some_days() {
    let world = world().await;
    let ours = world.made("/organizations", json!({"name": "Ours"})).await["id"].as_str().unwrap().to_owned();
    let writer = member(&world, &ours, "member", "read_write").await.0;
    let another = member(&world, &ours, "member", "read_write").await.0;
    let admin = member(&world, &ours, "admin", "admin").await.0;
    let asked = ask(&writer, &world.role("manager", "organization").await, "Case-7f31f").await;
    let deny = format!("/api/v1/elevations/{}/deny", asked["id"].as_str().unwrap());
    admin.post(&deny, json!({"why": "Refused-7f31f"})).await.expect_status(200);
    // An equals sign in a letter.
    let page = format!("/dashboard?organization=3D{ours}");
    assert_eq!(told(&world, &page).await.len(), 1, "the letter leads to {page}");

    let denied = async |who: &Client| who.get("/api/v1/session/elevations").await.expect(200)["denied"].clone();
    let own = denied(&writer).await;
    assert_eq!((&own[0]["decided_why"], own.as_array().unwrap().len()), (&json!("Refused-7f31f"), 1));
    assert_eq!(denied(&another).await, json!([]), "nobody else's");
    assert_eq!(denied(&admin).await, json!([]));

    let older = "update identity.elevations set created_at = created_at - interval '4 days 1 minute', answer_by = answer_by - interval '4 days 1 minute'";
    world.app.database().await.execute(older, &[]).await.unwrap();
    assert_eq!(denied(&writer).await, json!([]), "it is no news any more");
}
