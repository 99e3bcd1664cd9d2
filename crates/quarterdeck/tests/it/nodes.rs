//! Two panels on one database, as real processes: they race for the migrations, see each other's changes at once, and
//! stop without cutting anybody off.

use crate::process::{Node, Place, client};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use testkit::{OWNER_EMAIL, PASSWORD, Server, TestApp};

async fn get(node: &Node, cookie: &str, path: &str) -> Value {
    client().get(format!("{}/api/v1{path}", node.url)).header("cookie", cookie).send().await.unwrap().json().await.unwrap()
}

fn write(method: reqwest::Method, node: &Node, cookie: &str, path: &str, body: &Value) -> reqwest::RequestBuilder {
    client()
        .request(method, format!("{}/api/v1{path}", node.url))
        .header("cookie", cookie)
        .header("sec-fetch-site", "same-origin")
        .header("if-match", "*")
        .json(body)
}

#[tokio::test]
async fn two_nodes_share_one_database() {
    let server = Server::shared();
    let database = "two_nodes";
    drop(server.empty(database).await);
    let place = Place::on(database);
    // An empty database: both want to migrate it, and to make the same logins.
    let (one, two) = (Node::launch(&place), Node::launch(&place));
    tokio::join!(one.ready(), two.ready());
    let db = TestApp::on(quarterdeck::product(), database, &[]).await.database().await;
    let applied: i64 = db.query_one("select count(*) from kernel.migrations", &[]).await.unwrap().get(0);
    assert_eq!(usize::try_from(applied).unwrap(), quarterdeck::MIGRATIONS.len(), "each migration ran once");

    let owner = json!({"email": OWNER_EMAIL, "name": "Ada Lovelace", "password": PASSWORD});
    let made = client().post(format!("{}/api/v1/setup", one.url)).json(&owner).send().await.unwrap();
    assert_eq!(made.status(), 201, "{}", made.text().await.unwrap());
    let gone = client().post(format!("{}/api/v1/setup", two.url)).json(&owner).send().await.unwrap();
    assert_eq!(gone.status(), 404, "the first launch happened on the other node");

    let cookie = one.owner().await;
    let user = json!({"email": "grace@example.com", "name": "Grace"});
    assert_eq!(write(reqwest::Method::POST, &one, &cookie, "/users", &user).send().await.unwrap().status(), 201);
    let seen = get(&two, &cookie, "/users?email=eq.grace@example.com").await;
    assert_eq!(seen[0]["name"], "Grace", "the session and the change of one node count on the other");

    let key =
        get(&one, &cookie, "/settings").await.as_array().unwrap().iter().find(|s| s["value"].is_number()).expect("a setting with a number")
            ["key"]
            .as_str()
            .unwrap()
            .to_owned();
    let now = |settings: Value| settings.as_array().unwrap().iter().find(|s| s["key"] == key).unwrap()["value"].as_i64().unwrap();
    let changed = now(get(&one, &cookie, "/settings").await) + 1;
    assert_eq!(
        write(reqwest::Method::PATCH, &one, &cookie, &format!("/settings/{key}"), &json!({"value": changed}))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    let until = Instant::now() + Duration::from_secs(20);
    while now(get(&two, &cookie, "/settings").await) != changed {
        assert!(Instant::now() < until, "the other node never heard of the setting");
        tokio::task::yield_now().await;
    }

    one.terminate();
    assert_eq!(one.ended().await, Some(0));
    assert!(get(&two, &cookie, "/users").await.is_array(), "the other goes on");
    two.terminate();
    assert_eq!(two.ended().await, Some(0));
}

#[tokio::test]
async fn a_panel_that_is_asked_to_stop_answers_first() {
    let app = TestApp::start(quarterdeck::product()).await;
    let owner = app.owner().await;
    let user = owner.post("/api/v1/users", json!({"email": "grace@example.com"})).await.expect(201)["id"].as_str().unwrap().to_owned();
    let node = Node::start(&Place::on(&app.database)).await;
    let cookie = node.owner().await;
    let mut db = app.database().await;
    let watching = app.database().await;
    let holding = db.transaction().await.unwrap();
    holding.execute("select 1 from auth.users where id = $1::text::uuid for update", &[&user]).await.unwrap();
    let request = write(reqwest::Method::PATCH, &node, &cookie, &format!("/users/{user}"), &json!({"name": "Grace"}));
    let request = tokio::spawn(request.send());
    let waits = "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')";
    let waiting = async { while !watching.query_one(waits, &[]).await.unwrap().get::<_, bool>(0) {} };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("the request reaches the lock");
    node.terminate();
    // Nobody new is let in any more, and the one inside still waits.
    let until = Instant::now() + Duration::from_secs(20);
    while client().get(format!("{}/healthz", node.url)).send().await.is_ok() {
        assert!(Instant::now() < until, "the panel goes on as if nobody had asked");
    }
    assert!(!request.is_finished());
    holding.commit().await.unwrap();
    let answer = request.await.unwrap().expect("the answer arrives");
    assert_eq!(answer.status(), 200);
    assert_eq!(node.ended().await, Some(0));
    assert_eq!(owner.get(&format!("/api/v1/users/{user}")).await.expect(200)["name"], "Grace");
}
