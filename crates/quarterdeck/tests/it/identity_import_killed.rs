//! An import in a process that is killed leaves nothing behind, and is done by the next one.

use crate::identity_imports::people;
use crate::process::{Node, Place, client};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use testkit::{Server, TestApp};

const ROWS: usize = 20_000;
const PATIENCE: Duration = Duration::from_secs(90);

async fn post(node: &Node, cookie: &str, path: &str, body: &Value) -> Value {
    let sent = client().post(format!("{}/api/v1{path}", node.url)).header("cookie", cookie).header("sec-fetch-site", "same-origin");
    let answer = sent.json(body).send().await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{path}: {status} {text}");
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn an_import_that_is_killed_leaves_nothing_and_is_done_by_the_next() {
    let database = "import_killed";
    drop(Server::shared().empty(database).await);
    let node = Node::launch(&Place::on(database));
    node.ready().await;
    let app = TestApp::on(quarterdeck::product(), database, &[]).await;
    app.owner().await;
    let cookie = node.owner().await;
    let import = post(&node, &cookie, "/user-imports", &json!({"text": people(ROWS)})).await;
    let path = format!("/user-imports/{}", import["id"].as_str().unwrap());
    post(&node, &cookie, &format!("{path}/check"), &import["settings"]).await;
    assert_eq!(post(&node, &cookie, &format!("{path}/run"), &json!({})).await["status"], "running");
    let db = app.database().await;
    let begun = "select coalesce(max(progress), 0) > 0 from kernel.jobs where kind = 'identity.import-users'";
    let until = Instant::now() + PATIENCE;
    while !db.query_one(begun, &[]).await.unwrap().get::<_, bool>(0) {
        assert!(Instant::now() < until, "the import never began");
        tokio::task::yield_now().await;
    }
    drop(node); // SIGKILL, without a word
    let count = async || db.query_one("select count(*) from auth.users", &[]).await.unwrap().get::<_, i64>(0);
    assert_eq!(count().await, 0, "half of a file is not there");
    // The dead worker's lease runs out; here it is said to have, instead of waiting for it.
    db.execute("update kernel.jobs set lease_until = now() - interval '1 second' where kind = 'identity.import-users'", &[]).await.unwrap();
    let next = Node::launch(&Place::on(database));
    next.ready().await;
    let until = Instant::now() + PATIENCE;
    while count().await == 0 {
        assert!(Instant::now() < until, "nobody took it up");
        tokio::task::yield_now().await;
    }
    assert_eq!(usize::try_from(count().await).unwrap(), ROWS, "all of it comes at once");
}
