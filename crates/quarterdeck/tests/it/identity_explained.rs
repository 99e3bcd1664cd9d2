//! What the explainer says is asked of somebody before anything of theirs counts, to whoever may know it.

use crate::house::House;
use crate::sweeps_world::World;
use serde_json::{Value, json};
use testkit::{Client, TestApp};

async fn asked(by: &Client, whom: &str) -> Vec<Value> {
    by.get(&format!("/api/v1/identity/explain?{whom}")).await.expect(200)["asked"].as_array().unwrap().clone()
}

fn words(asked: &[Value]) -> Vec<(&str, bool, Option<&str>)> {
    asked.iter().map(|one| (one["what"].as_str().unwrap(), one["closed"] == true, one["words"].as_str())).collect()
}

/// Open from 12 to 14 o'clock, or around the clock; the tests begin at 9.
fn hours(role: &str, all_day: bool) -> Value {
    let (opens, closes) = if all_day { ("00:00", "00:00") } else { ("12:00", "14:00") };
    let all = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    json!({"role_id": role, "weekdays": all, "opens": opens, "closes": closes, "time_zone": "UTC"})
}

const CLOSED: &str = "mon, tue, wed, thu, fri, sat, sun 12:00–14:00 (UTC)";
const OPEN: &str = "mon, tue, wed, thu, fri, sat, sun 00:00–00:00 (UTC)";

#[tokio::test]
async fn of_staff_it_says_hours_and_networks() {
    let world = World::of(TestApp::start(quarterdeck::product()).await).await;
    let operator = world.role("operator", "platform").await;
    let (grace, id) = world.staff(&operator).await;
    let whom = format!("kind=staff&id={id}");
    assert_eq!(words(&asked(&world.owner, &whom).await), []);
    world.owner.post("/api/v1/restrictions", json!({"network": "127.0.0.0/8"})).await.expect_status(201);
    let made = world.owner.post("/api/v1/hours", hours(&operator, false)).await.expect(201)["id"].as_str().unwrap().to_owned();
    let told = asked(&world.owner, &whom).await;
    assert_eq!(words(&told), [("hours", true, Some(CLOSED)), ("networks", false, Some("127.0.0.0/8"))]);
    assert_eq!(told[0]["text"], format!("at certain hours only: {CLOSED}; closed now"));
    world.owner.delete(&format!("/api/v1/hours/{made}")).await.expect_status(204);
    world.owner.post("/api/v1/hours", hours(&operator, true)).await.expect_status(201);
    assert_eq!(words(&asked(&world.owner, &whom).await)[0], ("hours", false, Some(OPEN)));
    // Their keys are bound by networks, and by no hours.
    let key =
        grace.post("/api/v1/keys", json!({"name": "k", "scopes": ["users:read"]})).await.expect(201)["id"].as_str().unwrap().to_owned();
    assert_eq!(words(&asked(&world.owner, &format!("kind=key&id={key}")).await), [("networks", false, Some("127.0.0.0/8"))]);
    // Who may not read hours and networks learns that there are some.
    let reader = json!({"label": "Reader", "name": "reader", "permissions": ["roles:read", "staff:read"]});
    let reader = world.owner.post("/api/v1/roles", reader).await.expect(201)["id"].as_str().unwrap().to_owned();
    let (reader, _) = world.staff(&reader).await;
    assert_eq!(words(&asked(&reader, &whom).await), [("hours", false, None), ("networks", false, None)]);
}

#[tokio::test]
async fn of_members_it_says_what_their_organization_asks() {
    let house = House::new().await;
    let (bob, membership) = house.member("bob@house.example", "member", "read_write").await;
    let id = house.membership("bob@house.example").await["user_id"].as_str().unwrap().to_owned();
    let whom = format!("kind=user&id={id}");
    let as_staff = format!("{whom}&organization_id={}", house.id);
    let member = house.world.role("member", "organization").await;
    bob.get("/api/v1/memberships").await.expect_status(200);
    assert_eq!(words(&asked(&house.ada, &whom).await), []);

    house.ada.post(&format!("/api/v1/memberships/{membership}/end-sessions"), json!({})).await.expect_status(200);
    let told = asked(&house.ada, &whom).await;
    assert_eq!((words(&told), &told[0]["sessions"]), (vec![("ended", false, None)], &json!(1)));
    house.ada.post(&format!("/api/v1/roles/{member}/set-rules"), json!({"second_factor": true})).await.expect_status(200);
    house.ada.post("/api/v1/hours", hours(&member, false)).await.expect_status(201);
    house.ada.post("/api/v1/restrictions", json!({"network": "127.0.0.0/8"})).await.expect_status(201);
    let expected =
        [("second_factor", true, None), ("hours", true, Some(CLOSED)), ("ended", false, None), ("networks", false, Some("127.0.0.0/8"))];
    for (by, whom) in [(&house.ada, &whom), (&house.world.owner, &as_staff)] {
        let told = asked(by, whom).await;
        assert_eq!(words(&told), expected);
        assert!(told[0]["text"].as_str().unwrap().contains("they have none"), "{told:?}");
    }
    // Whether a colleague has a second factor, and where they sit, is for those who look after members.
    let reader = json!({"label": "Reader", "name": "reader", "permissions": ["roles:read", "memberships:read"]});
    let reader = house.ada.post("/api/v1/roles", reader).await.expect(201)["id"].clone();
    let (rita, theirs) = house.member("rita@house.example", "viewer", "read_write").await;
    house.ada.patch(&format!("/api/v1/memberships/{theirs}"), "*", json!({"role_id": reader})).await.expect_status(200);
    assert_eq!(words(&asked(&rita, &whom).await), [("second_factor", false, None), ("hours", true, None), ("networks", false, None)]);
    // Another organization asks nothing of this.
    let elsewhere = crate::house::organization(&house.world, "Elsewhere").await;
    crate::house::join(&house.world, &elsewhere, "bob@house.example", "member", "read_write").await;
    assert_eq!(words(&asked(&house.world.owner, &format!("{whom}&organization_id={elsewhere}")).await), []);
}
