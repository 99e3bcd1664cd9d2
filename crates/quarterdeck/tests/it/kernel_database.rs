//! The database goes away and comes back: a clear 503 meanwhile, and no restart afterwards.

use crate::lab;
use serde_json::json;
use testkit::{OWNER_EMAIL, Server};

/// Closes or opens the test's database, from another one; whoever is in is thrown out.
async fn allow(database: &str, open: bool) {
    let (admin, connection) = Server::shared().owner("postgres").connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    admin.batch_execute(&format!("alter database {} with allow_connections {open}", kernel::list::quote(database))).await.unwrap();
    if !open {
        admin.query("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1", &[&database]).await.unwrap();
    }
}

#[tokio::test]
async fn a_database_that_is_away_is_unavailable_and_comes_back_by_itself() {
    let (app, owner) = lab::start().await;
    owner.post("/api/v1/notes", json!({"title": "before"})).await.expect_status(201);
    allow(&app.database, false).await;
    for _ in 0..2 {
        for answer in [owner.get("/api/v1/notes").await, owner.post("/api/v1/notes", json!({"title": "meanwhile"})).await] {
            let answer = answer.expect(503);
            assert_eq!(answer["type"], "/problems/unavailable");
            assert!(answer.header("retry-after").is_some_and(|s| s.parse::<u32>().is_ok()), "{:?}", answer.headers);
            assert!(!answer.text.contains("password") && !answer.text.contains("quarterdeck_app"), "{}", answer.text);
        }
    }
    let ready = app.nobody().get("/readyz").await.expect(503);
    assert_eq!((&ready["ready"], &ready["database"]), (&json!(false), &json!(false)));
    app.nobody().get("/healthz").await.expect_status(200);
    allow(&app.database, true).await;
    let notes = owner.get("/api/v1/notes").await.expect(200);
    assert_eq!(notes.body.as_array().unwrap().len(), 1, "nothing was half-written");
    owner.post("/api/v1/notes", json!({"title": "after"})).await.expect_status(201);
    app.sign_in(OWNER_EMAIL).await;
    assert_eq!(app.nobody().get("/readyz").await["database"], true);
}

#[tokio::test]
async fn connections_that_died_in_the_pool_are_replaced() {
    let (app, owner) = lab::start().await;
    owner.get("/api/v1/notes").await.expect_status(200);
    let db = app.database().await;
    db.query(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
        &[],
    )
    .await
    .unwrap();
    owner.post("/api/v1/notes", json!({"title": "One"})).await.expect_status(201);
}

#[tokio::test]
async fn a_change_whose_event_cant_be_kept_is_undone() {
    let (app, owner) = lab::start().await;
    let id = owner.post("/api/v1/notes", json!({"title": "One"})).await.expect(201)["id"].as_str().unwrap().to_owned();
    let db = app.database().await;
    db.batch_execute("alter table kernel.events rename to away").await.unwrap();
    let refused = owner.post(&format!("/api/v1/notes/{id}/publish"), json!({})).await;
    assert!(refused.status >= 400 && refused["request_id"].is_string(), "{}", refused.text);
    db.batch_execute("alter table kernel.away rename to events").await.unwrap();
    assert_eq!(owner.get(&format!("/api/v1/notes/{id}")).await.expect(200)["status"], "draft", "the change was undone with its event");
}
