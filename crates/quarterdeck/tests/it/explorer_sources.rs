//! Sources: added, tested, changed and removed; their URL stays sealed; rights on tables made later.

use crate::explorer_lab::lab;
use http::Method;
use serde_json::{Value, json};
use testkit::{Server, TestApp};

#[tokio::test]
async fn a_url_is_never_shown_again() {
    let lab = lab("").await;
    let made = lab.source("shop", "postgresql://ada:hunter2@db.example.com:6543/shop?sslmode=require").await;
    assert_eq!(
        (&made["host"], &made["port"], &made["database"], &made["username"]),
        (&json!("db.example.com"), &json!(6543), &json!("shop"), &json!("ada"))
    );
    let id = made["id"].as_str().unwrap();
    let version = made["version"].as_str().unwrap();
    let changed = lab
        .owner
        .patch(&format!("/api/v1/sources/{id}"), version, json!({"url": "postgresql://bob:swordfish@db2.example.com/other"}))
        .await
        .body_of(200);
    assert_eq!((&changed["host"], &changed["username"]), (&json!("db2.example.com"), &json!("bob")));
    let mut seen = made.to_string() + &changed.to_string() + &lab.owner.get("/api/v1/sources").await.text;
    seen += &Value::Array(lab.app.audit().await).to_string();
    assert!(!seen.contains("hunter2") && !seen.contains("swordfish"), "{seen}");
    let stored: Vec<u8> = lab.db.query_one("select url from explorer.sources where name = 'shop'", &[]).await.unwrap().get(0);
    assert!(!String::from_utf8_lossy(&stored).contains("swordfish"));
}

#[tokio::test]
async fn wrong_sources_are_refused_at_their_field() {
    let lab = lab("").await;
    for (name, url, field) in [
        ("Bad Name", "postgresql:///x", "name"),
        ("main", "postgresql:///x", "name"),
        ("a", "http://169.254.169.254/", "url"),
        ("a", "postgresql://postgres@%2Fvar%2Frun%2Fpostgresql/x", "url"),
        ("a", "postgresql://a@h/x?host=/tmp", "url"),
        ("a", "", "url"),
    ] {
        let answer = lab.owner.post("/api/v1/sources", json!({"name": name, "url": url})).await;
        assert!(answer.status == 422 || answer.status == 409, "{url}: {}", answer.text);
        assert_eq!(answer["errors"][0]["field"], field, "{url}: {}", answer.text);
    }
    let main = lab.owner.get("/api/v1/sources?name=eq.main").await.body_of(200);
    let path = format!("/api/v1/sources/{}", main[0]["id"].as_str().unwrap());
    lab.owner.delete(&path).await.expect_status(403);
    lab.owner.patch(&path, "*", json!({"name": "other"})).await.expect_status(403);
    assert_eq!(lab.owner.post(&format!("{path}/test"), json!({})).await.body_of(200)["ok"], true);
    lab.get("nowhere/t").await.expect_status(404);
}

#[tokio::test]
async fn a_source_that_is_away_is_named() {
    let lab = lab("create table t (id int primary key)").await;
    let away = lab.source("away", "postgresql://ada:x@127.0.0.1:1/x").await;
    lab.source("missing", "postgresql:///there_is_no_such_database").await;
    for (path, what) in [("away/t", "away"), ("missing/t", "no such database")] {
        let answer = lab.get(path).await.expect(503);
        assert!(answer["detail"].as_str().unwrap().contains(what), "{}", answer.text);
        assert!(answer.header("retry-after").is_some());
        lab.rows(Method::PATCH, &format!("{path}?id=eq.1"), &[], json!({"a": 1})).await.expect_status(503);
    }
    lab.owner.get("/api/v1/explorer/away/tables").await.expect_status(503);
    let checked = lab.owner.post(&format!("/api/v1/sources/{}/test", away["id"].as_str().unwrap()), json!({})).await.body_of(200);
    assert_eq!((&checked["ok"], &checked["retry"]), (&json!(false), &json!("later")));
    // The others go on.
    lab.get("main/t").await.expect_status(200);
}

#[tokio::test]
async fn connections_that_were_cut_are_made_again() {
    let lab = lab("create table t (id int primary key, a text); insert into t values (1, 'x')").await;
    lab.get("main/t").await.expect_status(200);
    let cut = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename like 'quarterdeck_explorer_%'";
    for _ in 0..3 {
        lab.db.query(cut, &[]).await.unwrap();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        loop {
            let answer = lab.update("main/t?id=eq.1", json!({"a": "y"})).await;
            if answer.status == 200 {
                break;
            }
            assert_eq!(answer.status, 503, "{}", answer.text);
            assert!(std::time::Instant::now() < deadline, "the source doesn't come back");
        }
    }
}

#[tokio::test]
async fn the_database_of_a_panel_is_no_source() {
    let lab = lab("").await;
    lab.source("back_door", &format!("postgresql:///{}", lab.app.database)).await;
    let answer = lab.rows(Method::GET, "back_door/dashboard_users", &[("accept-profile", "dashboard_auth")], Value::Null).await.expect(403);
    assert!(answer["detail"].as_str().unwrap().contains("main"), "{}", answer.text);
    lab.owner.get("/api/v1/explorer/back_door/tables").await.expect_status(403);
}

#[tokio::test]
async fn tables_made_later_can_be_used_at_once() {
    let lab = lab("create table before (id int primary key)").await;
    lab.insert("main/before", json!({"id": 1})).await.expect_status(201);
    lab.db.batch_execute("create table after (id int generated by default as identity primary key, a text); create schema extra; create table extra.more (id serial primary key, a text)").await.unwrap();
    lab.insert("main/after", json!({"a": "x"})).await.expect_status(201);
    lab.rows(Method::POST, "main/more", &[("content-profile", "extra")], json!({"a": "x"})).await.expect_status(201);
    // Made by somebody else, where default privileges of the owner don't reach.
    let role = format!("stranger_{}", lab.app.database);
    lab.db.batch_execute(&format!("create role {role}; create schema theirs authorization {role}; set role {role}; create table theirs.own (id serial primary key, a text); reset role")).await.unwrap();
    let tables = lab.owner.get("/api/v1/explorer/main/tables").await.body_of(200);
    assert!(tables.as_array().unwrap().iter().any(|t| t["schema"] == "theirs" && t["name"] == "own"));
    lab.rows(Method::POST, "main/own", &[("content-profile", "theirs")], json!({"a": "x"})).await.expect_status(201);
    // The panel's schemas got nothing more by it.
    assert_eq!(lab.ask("select has_table_privilege('quarterdeck_explorer', 'dashboard_auth.dashboard_users', 'select')").await, "false");
    assert_eq!(lab.ask("select has_any_column_privilege('quarterdeck_explorer', 'auth.users', 'update')").await, "false");
}

#[tokio::test]
async fn another_node_sees_a_changed_source() {
    let one = Server::shared().empty("node_one").await;
    let two = Server::shared().empty("node_two").await;
    for (config, name) in [(one, "one"), (two, "two")] {
        let client = host::boot::connect(&config, pgtls::TlsMode::Disable).await.unwrap();
        client.batch_execute(&format!("create table t (id int primary key, name text); insert into t values (1, '{name}')")).await.unwrap();
    }
    let lab = lab("").await;
    let made = lab.source("moving", "postgresql:///node_one").await;
    let other = TestApp::on(quarterdeck::product(), &lab.app.database, &[]).await;
    let there = other.sign_in(testkit::OWNER_EMAIL).await;
    assert_eq!(there.get("/api/v1/data/moving/t").await.body_of(200)[0]["name"], "one");
    let path = format!("/api/v1/sources/{}", made["id"].as_str().unwrap());
    lab.owner.patch(&path, "*", json!({"url": "postgresql:///node_two"})).await.expect_status(200);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while there.get("/api/v1/data/moving/t").await.body_of(200)[0]["name"] != "two" {
        assert!(std::time::Instant::now() < deadline, "the other node still has the old source");
    }
    lab.owner.delete(&path).await.expect_status(204);
    while there.get("/api/v1/data/moving/t").await.status != 404 {
        assert!(std::time::Instant::now() < deadline, "the other node still has the removed source");
    }
}

#[tokio::test]
async fn every_fixed_statement_fits_the_schema() {
    let lab = lab("").await;
    for sql in explorer::statements() {
        if let Err(error) = lab.db.prepare(sql).await {
            panic!("{error:?}: {sql}");
        }
    }
}
