//! What staff do to an organization stands in its own log: that they did it and who, not from where and not why.

use crate::house::{House, join, organization};
use serde_json::{Value, json};
use testkit::Client;

async fn log(client: &Client) -> Vec<Value> {
    client.get("/api/v1/audit?order=at.desc,id.desc&limit=200").await.expect(200).body.as_array().unwrap().clone()
}

fn find<'a>(rows: &'a [Value], action: &str) -> &'a Value {
    rows.iter()
        .find(|row| row["action"] == action)
        .unwrap_or_else(|| panic!("no {action} among {:?}", rows.iter().map(|row| row["action"].as_str().unwrap()).collect::<Vec<_>>()))
}

#[tokio::test]
async fn an_organization_reads_what_staff_did_to_it_and_to_its_people() {
    let house = House::new().await;
    let world = &house.world;
    let elsewhere = organization(world, "Elsewhere").await;
    let (eve, _) = join(world, &elsewhere, "eve@elsewhere.example", "admin", "admin").await;
    let (_, membership) = house.member("bob@house.example", "member", "read_write").await;
    let bob = house.membership("bob@house.example").await["user_id"].as_str().unwrap().to_owned();
    let before = world.owner.get("/api/v1/audit?chain=eq.platform&limit=1000").await.expect(200).body.as_array().unwrap().len();

    world.owner.patch(&format!("/api/v1/organizations/{}", house.id), "*", json!({"name": "Ours, renamed"})).await.expect_status(200);
    let viewer = world.role("viewer", "organization").await;
    world.owner.patch(&format!("/api/v1/memberships/{membership}"), "*", json!({"role_id": viewer})).await.expect_status(200);
    let reason = json!({"reason": "Something secret about another customer", "ticket": "SUP-7"});
    let begun = world.made(&format!("/users/{bob}/impersonate"), reason).await["impersonation_id"].as_str().unwrap().to_owned();
    world.made(&format!("/impersonations/{begun}/end"), json!({})).await;
    let session = world.owner.get(&format!("/api/v1/user-sessions?user_id=eq.{bob}")).await.expect(200)[0]["id"].clone();
    world.made(&format!("/user-sessions/{}/revoke", session.as_str().unwrap()), json!({})).await;
    world.made(&format!("/users/{bob}/suspend"), json!({})).await;
    world.made(&format!("/users/{bob}/activate"), json!({})).await;
    let by_key = json!({"name": "Script", "scopes": ["organizations:*"]});
    let by_key = world.made("/keys", by_key).await["key"].as_str().unwrap().to_owned();
    let script = world.app.nobody().with_key(&by_key);
    script.post(&format!("/api/v1/organizations/{}/suspend", house.id), json!({})).await.expect_status(200);
    script.post(&format!("/api/v1/organizations/{}/activate", house.id), json!({})).await.expect_status(200);

    let rows = log(&house.ada).await;
    for action in [
        "organizations.create",
        "memberships.create",
        "organizations.update",
        "memberships.update",
        "memberships.impersonation-started",
        "memberships.impersonation-ended",
        "memberships.account-signed-out",
        "memberships.account-suspended",
        "memberships.account-activated",
        "organizations.suspend",
        "organizations.activate",
    ] {
        let row = find(&rows, action);
        assert_eq!((row["actor_kind"].as_str(), &row["address"]), (Some("staff"), &Value::Null), "{row}");
        assert!(row["actor_label"].as_str().unwrap().contains("Ada Lovelace"), "{row}");
        assert_eq!(row["chain"], format!("organization:{}", house.id));
    }
    assert_eq!(find(&rows, "organizations.update")["changes"]["name"]["after"], "Ours, renamed");
    let text = Value::Array(rows.clone()).to_string();
    for secret in ["Something secret", "SUP-7", "127.0.0.1"] {
        assert!(!text.contains(secret), "{secret} is the platform's own business");
    }
    // Nor by asking for it; and whoever did something themselves reads from where.
    assert_eq!(house.ada.get("/api/v1/audit?address=eq.127.0.0.1").await.expect(200).body, json!([]));
    house.ada.patch(&format!("/api/v1/organizations/{}", house.id), "*", json!({"name": "Ours"})).await.expect_status(200);
    let own = log(&house.ada).await.into_iter().find(|row| row["actor_kind"] == "person" && row["action"] == "organizations.update");
    assert_eq!(own.unwrap()["address"], "127.0.0.1");
    // Another organization reads nothing of it.
    let theirs = log(&eve).await;
    assert!(theirs.iter().all(|row| row["chain"] == format!("organization:{elsewhere}")), "{theirs:?}");
    assert!(theirs.iter().any(|row| row["action"] == "organizations.create"));

    // Staff read all of it, with everything; the log is whole.
    let of_staff = world.owner.get(&format!("/api/v1/audit?chain=eq.organization:{}&limit=1000", house.id)).await.expect(200);
    let mine = of_staff.body.as_array().unwrap().clone();
    assert!(find(&mine, "organizations.update")["address"].is_string());
    assert_eq!(find(&mine, "organizations.suspend")["actor_kind"], "key");
    let after = world.owner.get("/api/v1/audit?chain=eq.platform&limit=1000").await.expect(200).body;
    let after = after.as_array().unwrap();
    assert!(after.len() > before, "what concerns the account itself stays in the platform's chain");
    assert!(after.iter().any(|row| row["action"] == "impersonations.start" && row.to_string().contains("Something secret")));
    kernel::audit::seal(&world.app.app).await.unwrap();
    let tx = world.app.app.db.begin(&kernel::Caller::system("test"), world.app.app.clock.now()).await.unwrap();
    let report = safety::verify::verify(tx.db(), &world.app.app.keys).await.unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}
