//! Kept exports whose process is killed in the middle: the next one throws away what there is and makes all of it.

use crate::process::{Node, Place, client};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use testkit::{Server, TestApp};

const PATIENCE: Duration = Duration::from_secs(90);
const ROWS: i64 = 6000;
/// Rows that come slowly until somebody says otherwise.
const TABLE: &str = "create table public.many as select n as id, repeat('x', 1000) as filler from generate_series(1, 6000) n;
    create table public.pace (seconds float8); insert into pace values (0.001);
    create function public.linger() returns int language plpgsql as 'begin perform pg_sleep(seconds) from public.pace; return 1; end';
    create view public.slow as select id, filler, linger() as one from many";

#[tokio::test]
async fn an_export_that_is_killed_is_made_anew_by_the_next() {
    let database = "row_exports_killed";
    drop(Server::shared().empty(database).await);
    let node = Node::launch(&Place::on(database));
    node.ready().await;
    let app = TestApp::on(quarterdeck::product(), database, &[]).await;
    app.owner().await;
    let db = app.database().await;
    db.batch_execute(TABLE).await.unwrap();
    let cookie = node.owner().await;
    let asked = client()
        .post(format!("{}/api/v1/explorer/main/tables/public/slow/exports", node.url))
        .header("cookie", &cookie)
        .header("sec-fetch-site", "same-origin")
        .json(&json!({"format": "csv", "query": "order=id"}))
        .send()
        .await
        .unwrap();
    assert_eq!(asked.status(), 201);
    let id = serde_json::from_str::<Value>(&asked.text().await.unwrap()).unwrap()["id"].as_str().unwrap().to_owned();
    let kept = async || db.query_one("select count(*) from explorer.export_pieces", &[]).await.unwrap().get::<_, i64>(0);
    let until = Instant::now() + PATIENCE;
    while kept().await == 0 {
        assert!(Instant::now() < until, "the export never began");
        tokio::task::yield_now().await;
    }
    drop(node); // SIGKILL, without a word
    let unfinished = "select status = 'running' and rows > 0 and rows < 6000 and attempt = 1 from explorer.exports";
    assert!(db.query_one(unfinished, &[]).await.unwrap().get::<_, bool>(0), "it was in the middle of it");
    // The rows are others by the time somebody goes on: nothing of the old ones may be in the file.
    db.batch_execute("update many set filler = repeat('y', 1000); update pace set seconds = 0").await.unwrap();
    // The dead worker's lease runs out; here it is said to have, instead of waiting for it.
    db.execute("update kernel.jobs set lease_until = now() - interval '1 second' where kind = 'explorer.export-rows'", &[]).await.unwrap();
    let next = Node::launch(&Place::on(database));
    next.ready().await;
    let until = Instant::now() + PATIENCE;
    while !db.query_one("select status = 'done' from explorer.exports", &[]).await.unwrap().get::<_, bool>(0) {
        assert!(Instant::now() < until, "nobody took it up");
        tokio::task::yield_now().await;
    }
    let file = client().get(format!("{}/api/v1/row-exports/{id}/file", next.url)).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(file.status(), 200);
    let text = file.text().await.unwrap();
    assert_eq!(i64::try_from(text.lines().count()).unwrap(), ROWS + 1);
    assert!(!text.contains('x'), "one state of the table");
    let attempt: i32 = db.query_one("select attempt from explorer.exports", &[]).await.unwrap().get(0);
    assert_eq!(attempt, 2);
}
