//! The log as a file, and found by everything that a row has.

use crate::house::{House, join, organization};
use serde_json::{Value, json};

#[tokio::test]
async fn what_a_filter_finds_leaves_as_a_file_and_that_is_in_the_log() {
    let house = House::new().await;
    let (world, owner) = (&house.world, &house.world.owner);
    world.made("/organizations", json!({"name": "=HYPERLINK(1)"})).await;
    world.app.audit().await;
    let csv = owner.get("/api/v1/audit/export/csv?action=eq.organizations.create&select=action,target_label").await.expect(200);
    assert!(csv.header("content-type").unwrap().starts_with("text/csv"));
    let text = &csv.text;
    assert!(text.starts_with("action,target_label\n") && text.contains("organizations.create,'=HYPERLINK(1)"), "{text}");
    let lines = owner.get("/api/v1/audit/export/ndjson?limit=1&class=eq.change").await.expect(200).text;
    let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(rows.len() > 1 && rows.iter().all(|row| row["class"] == "change"), "a page's limit is none of a file's");
    owner.get("/api/v1/audit/export/xlsx").await.expect_status(404);
    owner.get("/api/v1/audit/export/csv?nonsense=eq.1").await.expect_status(400);
    let log = world.app.audit().await;
    let outcomes: Vec<&Value> = log.iter().filter(|row| row["action"] == "audit.export").map(|row| &row["outcome"]).collect();
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == "started").count(), 2, "{outcomes:?}");
    let end = log.iter().find(|row| row["action"] == "audit.export" && row["outcome"] == "ok").unwrap();
    assert!(end["detail"].as_str().unwrap().contains("rows"), "{end}");
}

#[tokio::test]
async fn an_organization_takes_away_its_own_rows_alone_and_who_may_only_look_takes_none() {
    let house = House::new().await;
    let world = &house.world;
    let elsewhere = organization(world, "Elsewhere").await;
    let (eve, _) = join(world, &elsewhere, "eve@elsewhere.example", "admin", "admin").await;
    let (viewer, _) = house.member("vic@house.example", "viewer", "read_only").await;
    world.app.audit().await;
    let text = house.ada.get("/api/v1/audit/export/ndjson").await.expect(200).text;
    assert!(!text.is_empty() && !text.contains(&elsewhere), "{text}");
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        assert_eq!(row["chain"], format!("organization:{}", house.id));
    }
    let of_another = format!("/api/v1/audit/export/ndjson?chain=eq.organization:{}", house.id);
    assert_eq!(eve.get(&of_another).await.expect(200).text, "");
    viewer.get("/api/v1/audit/export/csv").await.expect_status(403);
    let developer = world.staff(&world.role("developer", "platform").await).await.0;
    developer.get("/api/v1/audit?limit=1").await.expect_status(200);
    developer.get("/api/v1/audit/export/csv").await.expect_status(403);
}

#[tokio::test]
async fn rows_are_found_by_everything_they_have() {
    let house = House::new().await;
    let (world, owner) = (&house.world, &house.world.owner);
    world.made("/organizations", json!({"name": "Kraken Shipping"})).await;
    world.app.audit().await;
    let row = owner.get("/api/v1/audit?search=kraken%20ship").await.expect(200)[0].clone();
    assert_eq!((&row["action"], row.get("words")), (&json!("organizations.create"), None), "{row}");
    owner.get("/api/v1/audit?select=words").await.expect_status(400);
    owner.get("/api/v1/audit?words=eq.x").await.expect_status(400);
    for filter in ["actor_id", "action", "class", "target_kind", "target_id", "request_id", "address", "chain", "outcome", "at"] {
        let value = row[filter].as_str().unwrap_or_else(|| panic!("{filter} of {row}"));
        let found = owner
            .get(&format!("/api/v1/audit?{filter}=eq.{}&id=eq.{}", value.replace('+', "%2B"), row["id"].as_str().unwrap()))
            .await
            .expect(200);
        assert_eq!(found.body.as_array().unwrap().len(), 1, "{filter}");
    }
    assert_eq!(owner.get("/api/v1/audit?search=nobody-wrote-this").await.expect(200).body, json!([]));
}
