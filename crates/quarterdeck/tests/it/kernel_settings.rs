//! Settings: checked, audited, the same on every node after one look, and fixed by the environment where it says so.

use crate::lab::{self, LONGEST};
use http::Method;
use serde_json::{Value, json};
use testkit::{Client, OWNER_EMAIL};

const PATH: &str = "/api/v1/settings/lab.longest_note";

async fn view(client: &Client) -> Value {
    let all = client.get("/api/v1/settings").await.expect(200).body;
    all.as_array().unwrap().iter().find(|s| s["key"] == LONGEST.key).expect("the setting is listed").clone()
}

#[tokio::test]
async fn a_change_counts_here_at_once_and_elsewhere_after_one_look() {
    let (app, owner) = lab::start().await;
    let other = lab::another(&app, &[]).await;
    assert_eq!(
        view(&owner).await,
        json!({"key": LONGEST.key, "value": 100, "default": 100, "source": "default", "locked": false, "version": "0"})
    );
    let changed = owner.patch(PATH, "\"0\"", json!({"value": 200})).await.expect(200);
    assert_eq!((&changed["value"], changed.header("etag")), (&json!(200), Some("\"1\"")));
    assert_eq!((LONGEST.get(&app.app).unwrap(), LONGEST.get(&other.app).unwrap()), (200, 100));
    other.app.settings.reload(&other.app).await.unwrap();
    assert_eq!(LONGEST.get(&other.app).unwrap(), 200);
    let rows = app.audit().await;
    let row = rows.iter().find(|row| row["action"] == "settings.update").unwrap();
    assert_eq!((&row["changes"], &row["target_id"]), (&json!({"value": {"before": 100, "after": 200}}), &json!(LONGEST.key)));
    owner.patch(PATH, "\"1\"", json!({"value": null})).await.expect_status(200);
    assert_eq!(view(&owner).await["source"], "default");
}

#[tokio::test]
async fn what_doesnt_fit_is_refused_and_changes_nothing() {
    let (app, owner) = lab::start().await;
    for wrong in [json!(0), json!(1001), json!("many"), json!([1]), json!(1.5)] {
        owner.patch(PATH, "*", json!({"value": wrong})).await.expect_status(422);
    }
    owner.patch(PATH, "*", json!({})).await.expect_status(422);
    owner.patch("/api/v1/settings/lab.nothing", "*", json!({"value": 1})).await.expect_status(404);
    owner.send(Method::PATCH, PATH, &[], Some(json!({"value": 5}))).await.expect_status(428);
    assert_eq!(LONGEST.get(&app.app).unwrap(), 100);
}

#[tokio::test]
async fn of_two_changes_at_once_the_later_hears_of_the_first() {
    let (_app, owner) = lab::start().await;
    owner.patch(PATH, "\"0\"", json!({"value": 200})).await.expect_status(200);
    let stale = owner.patch(PATH, "\"0\"", json!({"value": 300})).await.expect(409);
    assert_eq!(stale["conflict"]["current_version"], "1");
    assert_eq!((&stale["conflict"]["fields"][0]["mine"], &stale["conflict"]["fields"][0]["theirs"]), (&json!(300), &json!(200)));
}

#[tokio::test]
async fn the_environment_has_the_last_word() {
    let (app, owner) = lab::start().await;
    owner.patch(PATH, "*", json!({"value": 200})).await.expect_status(200);
    let fixed = lab::another(&app, &[("QUARTERDECK_SETTING_LAB_LONGEST_NOTE", "42")]).await;
    let there = fixed.sign_in(OWNER_EMAIL).await;
    let seen = view(&there).await;
    assert_eq!((&seen["value"], &seen["source"], &seen["locked"]), (&json!(42), &json!("environment"), &json!(true)));
    let refused = there.patch(PATH, "*", json!({"value": 300})).await.expect(409);
    assert!(refused["detail"].as_str().unwrap().contains("fixed by the environment"), "{}", refused.text);
    assert_eq!(LONGEST.get(&fixed.app).unwrap(), 42);
}

#[tokio::test]
async fn a_view_reads_and_checks_like_any_other_route() {
    let (app, owner) = lab::start().await;
    let about = owner.get("/api/v1/system/about").await.expect(200);
    assert!(about["database_version"].as_str().is_some_and(|v| v.starts_with(|c: char| c.is_ascii_digit())), "{}", about.text);
    assert!(about["database_bytes"].as_str().unwrap().parse::<u64>().unwrap() > 0, "eight-byte numbers travel as text");
    owner.get("/api/v1/system/about?colour=red").await.expect_status(422);
    app.nobody().get("/api/v1/system/about").await.expect_status(401);
}
