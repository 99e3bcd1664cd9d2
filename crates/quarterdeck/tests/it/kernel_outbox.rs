//! Events: in the transaction of the change, handed out once each, and none lost to a slow neighbour.

use crate::lab;
use serde_json::json;
use testkit::{Client, TestApp};

async fn publish(owner: &Client, title: &str) {
    let id = owner.post("/api/v1/notes", json!({"title": title})).await.expect(201)["id"].as_str().unwrap().to_owned();
    owner.post(&format!("/api/v1/notes/{id}/publish"), json!({})).await.expect_status(200);
}

async fn heard(app: &TestApp) -> Vec<String> {
    let db = app.database().await;
    let rows = db.query("select payload ->> 'title' from lab.heard order by place", &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

async fn dispatch(app: &TestApp) {
    kernel::event::dispatch(&app.app).await.unwrap();
}

/// Hands over until this many were heard. Transactions of other tests on the same server are neighbours too, and
/// facts wait for them.
async fn dispatch_until(app: &TestApp, count: usize) -> Vec<String> {
    let all = async {
        loop {
            dispatch(app).await;
            let titles = heard(app).await;
            if titles.len() >= count {
                return titles;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), all).await.expect("every fact is handed over")
}

#[tokio::test]
async fn a_fact_is_handed_over_once_and_in_order() {
    let (app, owner) = lab::start().await;
    for title in ["One", "Two", "Three"] {
        publish(&owner, title).await;
    }
    assert_eq!(dispatch_until(&app, 3).await, ["One", "Two", "Three"]);
    dispatch(&app).await;
    assert_eq!(heard(&app).await.len(), 3, "and not again");
}

#[tokio::test]
async fn a_fact_of_a_slow_transaction_is_not_lost() {
    let (app, owner) = lab::start().await;
    dispatch(&app).await;
    let mut slow = app.database().await;
    let slow = slow.transaction().await.unwrap();
    slow.execute(
        "insert into kernel.events (id, name, payload, actor_kind, request_id, at) values ('00000000-0000-7000-8000-000000000001', 'note.published', '{\"title\": \"slow\"}', 'system', '', now())",
        &[],
    )
    .await
    .unwrap();
    // It began earlier and has the smaller id, but it commits later than this one.
    publish(&owner, "quick").await;
    dispatch(&app).await;
    assert_eq!(heard(&app).await, Vec::<String>::new(), "what comes after a running transaction waits for it");
    slow.commit().await.unwrap();
    assert_eq!(dispatch_until(&app, 2).await, ["slow", "quick"]);
}

#[tokio::test]
async fn what_is_undone_never_happened() {
    let (app, owner) = lab::start().await;
    let id = owner.post("/api/v1/notes", json!({"title": "unlucky"})).await.expect(201)["id"].as_str().unwrap().to_owned();
    owner.post(&format!("/api/v1/notes/{id}/publish"), json!({})).await.expect_status(403);
    let db = app.database().await;
    let events: i64 = db.query_one("select count(*) from kernel.events where name = 'note.published'", &[]).await.unwrap().get(0);
    assert_eq!(events, 0);
}

#[tokio::test]
async fn a_listener_that_fails_is_asked_again() {
    let (app, owner) = lab::start().await;
    publish(&owner, "One").await;
    let db = app.database().await;
    db.batch_execute("alter table lab.heard rename to away").await.unwrap();
    // Once the fact may be read at all, the listener is asked and fails.
    let readable = "select bool_and(xid < pg_snapshot_xmin(pg_current_snapshot())) from kernel.events";
    let ready = async { while !db.query_one(readable, &[]).await.unwrap().get::<_, bool>(0) {} };
    tokio::time::timeout(std::time::Duration::from_secs(30), ready).await.unwrap();
    dispatch(&app).await;
    db.batch_execute("alter table lab.away rename to heard").await.unwrap();
    assert_eq!(heard(&app).await, Vec::<String>::new());
    assert_eq!(dispatch_until(&app, 1).await, ["One"]);
}

#[tokio::test]
async fn two_nodes_hand_each_fact_over_once() {
    let (app, owner) = lab::start().await;
    let other = lab::another(&app, &[]).await;
    for n in 0..10 {
        publish(&owner, &format!("n{n}")).await;
    }
    let all = async {
        while heard(&app).await.len() < 10 {
            let (a, b) = tokio::join!(kernel::event::dispatch(&app.app), kernel::event::dispatch(&other.app));
            a.unwrap();
            b.unwrap();
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), all).await.expect("every fact is handed over");
    let mut titles = heard(&app).await;
    titles.sort();
    titles.dedup();
    assert_eq!((heard(&app).await.len(), titles.len()), (10, 10));
}
