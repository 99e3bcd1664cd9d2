//! Saved queries: whose they are, who is shown them, and who changes them.

use crate::explorer_lab::{Lab, lab};
use serde_json::{Value, json};
use testkit::Client;

const SQL: &str = "select * from invoice where at >= :since";

async fn save(by: &Client, name: &str) -> Value {
    by.post("/api/v1/saved-queries", json!({"name": name, "source": "main", "sql": SQL})).await.body_of(201)
}

async fn names(by: &Client) -> Vec<String> {
    let listed = by.get("/api/v1/saved-queries?order=name").await.body_of(200);
    listed.as_array().unwrap().iter().map(|query| query["name"].as_str().unwrap().to_owned()).collect()
}

async fn path(by: &Client, name: &str) -> (String, String) {
    let found = by.get(&format!("/api/v1/saved-queries?name=eq.{name}&select=id,version")).await.body_of(200)[0].clone();
    (format!("/api/v1/saved-queries/{}", found["id"].as_str().unwrap()), found["version"].as_str().unwrap().to_owned())
}

async fn desks() -> (Lab, Client, Client) {
    let lab = lab("").await;
    let (developer, operator) = (lab.app.staff(&lab.owner, "developer").await, lab.app.staff(&lab.owner, "operator").await);
    (lab, developer, operator)
}

#[tokio::test]
async fn a_query_is_its_makers_until_it_is_shown() {
    let (lab, developer, operator) = desks().await;
    save(&lab.owner, "revenue").await;
    save(&operator, "mine").await;
    assert_eq!(
        (names(&lab.owner).await, names(&operator).await, names(&developer).await),
        (vec!["revenue".into()], vec!["mine".into()], vec![])
    );
    let (revenue, _) = path(&lab.owner, "revenue").await;
    developer.get(&revenue).await.expect_status(404);

    let roles = lab.owner.get("/api/v1/roles?name=eq.developer&scope=eq.platform&select=id").await.body_of(200);
    lab.owner.post(&format!("{revenue}/share"), json!({"audience": "role", "role_id": roles[0]["id"]})).await.expect_status(200);
    assert_eq!((names(&operator).await, names(&developer).await), (vec!["mine".to_owned()], vec!["revenue".to_owned()]));
    lab.owner.post(&format!("{revenue}/share"), json!({"audience": "everybody"})).await.expect_status(200);
    assert_eq!(names(&operator).await, ["mine", "revenue"]);
    let shown = developer.get(&revenue).await.body_of(200);
    assert_eq!((&shown["sql"], &shown["mine"]), (&json!(SQL), &json!(false)));
    let slug = shown["slug"].as_str().unwrap();
    assert_eq!(developer.get(&format!("/api/v1/saved-queries?slug=eq.{slug}")).await.body_of(200)[0]["name"], "revenue");
    // Its text isn't in the tables that the explorer shows.
    let columns = lab.owner.get("/api/v1/explorer/main/tables/explorer/saved_queries").await.body_of(200)["columns"].clone();
    let sql = columns.as_array().unwrap().iter().find(|column| column["name"] == "sql").unwrap();
    assert_eq!(sql["readable"], false);
}

#[tokio::test]
async fn others_queries_are_changed_by_who_may_share() {
    let (lab, developer, operator) = desks().await;
    save(&lab.owner, "revenue").await;
    let (revenue, version) = path(&lab.owner, "revenue").await;
    lab.owner.post(&format!("{revenue}/share"), json!({"audience": "everybody"})).await.expect_status(200);
    let version = (version.parse::<i64>().unwrap() + 1).to_string();
    let change = json!({"sql": "drop table invoice"});
    let refused = developer.patch(&revenue, &version, change.clone()).await;
    assert!((400..500).contains(&refused.status) && refused.text.contains("This query is"), "{} {}", refused.status, refused.text);
    assert!((400..500).contains(&developer.delete(&revenue).await.status));
    save(&developer, "own").await;
    let (own, _) = path(&developer, "own").await;
    developer.post(&format!("{own}/share"), json!({"audience": "everybody"})).await.expect_status(403);
    assert_eq!(lab.owner.get(&revenue).await.body_of(200)["sql"], SQL);
    operator.patch(&revenue, &version, json!({"note": "By country"})).await.expect_status(200);
    developer.delete(&own).await.expect_status(204);
}

#[tokio::test]
async fn a_name_is_there_once_and_something_must_be_kept() {
    let (lab, developer, _) = desks().await;
    save(&lab.owner, "revenue").await;
    save(&developer, "Revenue").await;
    let post = async |body: Value| lab.owner.post("/api/v1/saved-queries", body).await;
    let again = post(json!({"name": "REVENUE", "source": "main", "sql": SQL})).await.expect(409);
    assert!(again.text.contains("name"), "{}", again.text);
    for wrong in [
        json!({"name": " ", "source": "main", "sql": SQL}),
        json!({"name": "x", "source": "main", "sql": "  "}),
        json!({"name": "x", "sql": SQL}),
    ] {
        post(wrong).await.expect_status(422);
    }
    let (revenue, _) = path(&lab.owner, "revenue").await;
    for wrong in [json!({"audience": "role"}), json!({"audience": "me", "role_id": "0190b6c8-0000-7000-8000-000000000001"})] {
        lab.owner.post(&format!("{revenue}/share"), wrong).await.expect_status(422);
    }
}
