//! {{Nouns}}, over HTTP.

use serde_json::json;
use testkit::TestApp;

#[tokio::test]
async fn {{a_noun}}_is_made_and_archived_once() {
    let app = TestApp::start(quarterdeck::product()).await;
    let owner = app.owner().await;
    let made = owner.post("/api/v1/{{collection}}", json!({"name": "First"})).await.expect(201);
    let path = format!("/api/v1/{{collection}}/{}", made["id"].as_str().unwrap());
    owner.post(&format!("{path}/archive"), json!({"reason": "no longer needed"})).await.expect(200);
    assert_eq!(owner.get(&path).await.expect(200)["status"], "archived");
    owner.post(&format!("{path}/archive"), json!({"reason": "again"})).await.expect(403);
}

#[tokio::test]
async fn {{a_noun}}_without_a_name_is_refused_at_the_field() {
    let app = TestApp::start(quarterdeck::product()).await;
    let owner = app.owner().await;
    let refused = owner.post("/api/v1/{{collection}}", json!({"name": ""})).await.expect(422);
    assert_eq!(refused["errors"][0]["field"], "name");
}
