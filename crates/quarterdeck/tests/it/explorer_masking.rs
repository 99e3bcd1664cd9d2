//! Sensitive columns: hidden at every door, revealed only to who may and says why.

use crate::console_lab::{self, Frames};
use crate::explorer_lab::{Lab, encoded, lab};
use crate::seen_lab::Desk;
use http::Method;
use serde_json::{Value, json};
use testkit::{Answer, Client};

const PEOPLE: &str =
    "create table person (id int primary key, name text not null, ssn text check (ssn <> 'bad'), boss int references person (id),
      last text generated always as (right(ssn, 4)) stored);
    insert into person (id, name, ssn, boss) values (1, 'Ada', '111-22-3333', null), (2, 'Grace', '444-55-6666', 1);
    create table visit (id int primary key, person_id int references person (id)); insert into visit values (1, 1);
    create table plain (id int primary key, word text); insert into plain values (1, 'open'); analyze;";
const SECRETS: [&str; 2] = ["111-22-3333", "3333"];

async fn source_id(lab: &Lab) -> String {
    lab.owner.get("/api/v1/sources?name=eq.main").await.body_of(200)[0]["id"].as_str().unwrap().to_owned()
}

async fn mark(lab: &Lab, table: &str, column: &str, treatment: &str) -> String {
    let body = json!({"source_id": source_id(lab).await, "schema_name": "public", "table_name": table, "column_name": column, "treatment": treatment});
    let made = lab.owner.post("/api/v1/sensitive-columns", body).await.body_of(201);
    look(lab, table).await;
    made["id"].as_str().unwrap().to_owned()
}

/// What the page of a table shows of it. The node reads its marks again for this.
async fn look(lab: &Lab, table: &str) -> Value {
    lab.owner.get(&format!("/api/v1/explorer/main/tables/public/{table}")).await.body_of(200)
}

/// Columns of a table that anybody who may read rows can see.
async fn shown(lab: &Lab, table: &str) -> Vec<String> {
    let columns = look(lab, table).await["columns"].as_array().unwrap().clone();
    columns.iter().filter(|column| column["readable"] == true).map(|column| column["name"].as_str().unwrap().to_owned()).collect()
}

async fn masked() -> Lab {
    let lab = lab(PEOPLE).await;
    mark(&lab, "person", "ssn", "hidden").await;
    lab
}

async fn revealed(by: &Client, method: Method, path: &str, reason: &str, body: Option<Value>) -> Answer {
    by.send(method, path, &[("reveal-reason", &encoded(reason)), ("prefer", "return=representation")], body).await
}

fn keeps_secret(answer: &Answer) {
    for secret in SECRETS {
        assert!(!answer.text.contains(secret), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_sensitive_column_is_nowhere() {
    let lab = masked().await;
    assert_eq!(shown(&lab, "person").await, ["id", "name", "boss"], "and what is computed from it isn't shown either");
    let rows = lab.get("main/person?order=id").await.expect(200);
    assert_eq!(rows.text, r#"[{"id":1,"name":"Ada","boss":null},{"id":2,"name":"Grace","boss":1}]"#);
    // Who can't see it can't find it out by asking either.
    for asked in [
        "ssn=like.111*",
        "order=ssn",
        "select=ssn",
        "select=last",
        "select=ssn.count()",
        "or=(id.eq.1,ssn.eq.x)",
        "last=eq.3333",
        "select=boss:person(ssn)",
    ] {
        lab.get(&format!("main/person?{asked}")).await.expect_status(400);
    }
    assert_eq!(lab.get("main/person?search=111").await.expect(200).text, "[]");
    for path in
        ["facets?column=ssn", "plan?ssn=eq.1", "references?ssn=eq.1", "sql?ssn=eq.1", "export/csv?select=ssn", "export/csv?ssn=eq.1"]
    {
        lab.owner.get(&format!("/api/v1/explorer/main/tables/public/person/{path}")).await.expect_status(400);
    }
    let file = lab.owner.get("/api/v1/explorer/main/tables/public/person/export/csv").await.expect(200);
    assert_eq!(file.text.lines().next(), Some("id,name,boss"));
    keeps_secret(&file);
    keeps_secret(&lab.get("main/visit?select=*,person(*)").await.expect(200));
    lab.get("main/visit?select=*,person(ssn)").await.expect_status(400);
    lab.get("main/visit?select=*,person!inner(*)&person.ssn=eq.111-22-3333").await.expect_status(400);
}

#[tokio::test]
async fn writes_answer_without_it_and_take_it_from_who_may_see_it() {
    let lab = masked().await;
    let row = "/api/v1/data/main/person?id=eq.1";
    let refused = lab.update("main/person?id=eq.1", json!({"ssn": "999"})).await.expect(422);
    assert!(refused.text.contains("sensitive") && refused.text.contains("\"field\":\"ssn\""), "{}", refused.text);
    keeps_secret(&lab.update("main/person?id=eq.1", json!({"name": "Ada L."})).await.expect(200));
    keeps_secret(&lab.delete("main/visit?id=eq.1").await.expect(200));
    // What PostgreSQL says of a row that fails isn't passed on.
    keeps_secret(&lab.update("main/person?id=eq.1", json!({"name": null})).await.expect(422));

    let changed = revealed(&lab.owner, Method::PATCH, row, "A typo, ticket 12", Some(json!({"ssn": "111-22-9999"}))).await.expect(200);
    assert!(changed.text.contains("111-22-9999"), "{}", changed.text);
    assert_eq!(lab.ask("select ssn from person where id = 1").await, "111-22-9999");
    let log = lab.log().await;
    let entry = log.iter().find(|entry| entry["action"] == "rows.update" && !entry["changes"]["ssn"].is_null()).unwrap();
    assert_eq!(entry["changes"]["ssn"], json!({"before": "•••", "after": "•••"}));
    assert!(!json!(log).to_string().contains("111-22"), "no value of it is in the log");

    // It can be taken back by who may see it, and by nobody else.
    let undo = "/api/v1/explorer/main/tables/public/person/undo";
    let body = json!({"entry": entry["id"]});
    lab.owner.post(undo, body.clone()).await.expect_status(409);
    revealed(&lab.owner, Method::POST, undo, "The typo was none", Some(body)).await.expect_status(200);
    assert_eq!(lab.ask("select ssn from person where id = 1").await, "111-22-3333");
    let history = lab.owner.get("/api/v1/explorer/main/tables/public/person/history?id=eq.1").await.expect(200);
    keeps_secret(&history);
}

#[tokio::test]
async fn a_conflict_tells_nothing_of_it() {
    let lab = masked().await;
    let version =
        lab.rows(Method::GET, "main/person?id=eq.1", &[("prefer", "versions")], Value::Null).await.expect(200)[0]["$version"].clone();
    lab.db.batch_execute("update person set ssn = '111-22-3333x', name = 'Countess' where id = 1").await.unwrap();
    let header = format!("\"{}\"", version.as_str().unwrap());
    let conflict = lab.rows(Method::PATCH, "main/person?id=eq.1", &[("if-match", &header)], json!({"name": "Mine"})).await.expect(409);
    assert!(conflict.text.contains("Countess"));
    keeps_secret(&conflict);
    let staged = json!({"changes": [{"key": {"id": 1}, "version": version, "set": {"name": "Mine"}}]});
    keeps_secret(&lab.owner.post("/api/v1/explorer/main/tables/public/person/changes", staged).await.expect(409));
    let blind = json!({"changes": [{"key": {"id": 1}, "set": {"ssn": "1"}}]});
    lab.owner.post("/api/v1/explorer/main/tables/public/person/changes", blind).await.expect_status(422);
}

#[tokio::test]
async fn it_is_revealed_to_who_may_and_says_why_and_that_is_written_down_first() {
    let lab = masked().await;
    let path = "/api/v1/data/main/person?id=eq.1&ssn=like.111*";
    let rows = revealed(&lab.owner, Method::GET, path, "Müller asked for his data", None).await.expect(200);
    assert_eq!((&rows[0]["ssn"], &rows[0]["last"]), (&json!("111-22-3333"), &json!("3333")));
    let log = lab.log().await;
    let entry = log.iter().find(|entry| entry["action"] == "rows.reveal").unwrap();
    assert_eq!((entry["outcome"].as_str(), entry["target_kind"].as_str()), (Some("ok"), Some("main.public.person")));
    assert_eq!(entry["detail"], "Müller asked for his data (id=eq.1&ssn=like.111*)");
    for reason in ["", "  ", "x", "a\tb\nc", &"x".repeat(501)] {
        let refused = revealed(&lab.owner, Method::GET, path, reason, None).await.expect(422);
        assert!(refused.text.contains("reveal-reason"), "{}", refused.text);
    }
    lab.owner.send(Method::GET, path, &[("reveal-reason", "%ff%fe%fd")], None).await.expect_status(422);
    let file = "/api/v1/explorer/main/tables/public/person/export/csv";
    assert!(revealed(&lab.owner, Method::GET, file, "Auditor", None).await.expect(200).text.contains("111-22-3333"));
    assert_eq!(lab.log().await.iter().filter(|entry| entry["action"] == "rows.reveal" && entry["detail"] == "Auditor").count(), 1);

    let developer = lab.app.staff(&lab.owner, "developer").await;
    revealed(&developer, Method::GET, path, "Only curious", None).await.expect_status(403);
    assert!(lab.log().await.iter().any(|entry| entry["action"] == "rows.reveal" && entry["outcome"] == "refused"));
    developer.get("/api/v1/data/main/person").await.expect_status(200);
    // A table without one needs no reason, and gives none to write down.
    let before = lab.log().await.len();
    revealed(&lab.owner, Method::GET, "/api/v1/data/main/plain", "Nothing to see", None).await.expect_status(200);
    assert_eq!(lab.log().await.len(), before);
}

#[tokio::test]
async fn what_is_made_of_it_is_hidden_until_somebody_finds_it_harmless() {
    let lab = lab(&format!(
        "{PEOPLE} create view renamed as select id, ssn as x from person; create view above as select * from renamed;
         create view whole as select id, to_jsonb(p) as doc from person p; create view harmless as select id, name from person;
         create materialized view kept as select id, ssn from person;
         create table events (id int, secret text, primary key (id)) partition by range (id);
         create table events_1 partition of events for values from (1) to (100); insert into events values (1, '111-22-3333');"
    ))
    .await;
    mark(&lab, "person", "ssn", "hidden").await;
    for view in ["renamed", "above", "whole", "kept"] {
        assert_eq!(shown(&lab, view).await, [""; 0], "{view}");
        lab.get(&format!("main/{view}")).await.expect_status(403);
    }
    assert_eq!(shown(&lab, "harmless").await, ["id", "name"]);
    mark(&lab, "renamed", "id", "open").await;
    assert_eq!(shown(&lab, "renamed").await, ["id"]);
    assert_eq!(lab.get("main/renamed?order=id").await.expect(200).text, r#"[{"id":1},{"id":2}]"#);
    mark(&lab, "person", "last", "open").await;
    assert_eq!(shown(&lab, "person").await, ["id", "name", "boss", "last"]);
    // A partition is read through its parent, and by itself.
    mark(&lab, "events_1", "secret", "hidden").await;
    for table in ["events", "events_1"] {
        assert_eq!(shown(&lab, table).await, ["id"], "{table}");
    }
    // Who gives it another name doesn't see it by that one.
    lab.db.batch_execute("alter table person rename column ssn to harmless_number").await.unwrap();
    assert_eq!(shown(&lab, "person").await, ["last"], "but what was found harmless");
}

#[tokio::test]
async fn sql_and_functions_ask_for_a_reason_where_there_is_something_to_hide() {
    let lab =
        lab(&format!("{PEOPLE} create function whisper() returns text stable language sql as 'select ssn from person where id = 1'")).await;
    let sql = json!({"sql": "select ssn from person where id = 1"});
    let path = "/api/v1/explorer/main/sql/read";
    lab.owner.post(path, sql.clone()).await.expect_status(200);
    let mark = mark(&lab, "person", "ssn", "hidden").await;
    let refused = lab.owner.post(path, sql.clone()).await.expect(403);
    assert!(refused.text.contains("public.person.ssn") && refused.body["reveal"] == true, "{}", refused.text);
    for way in ["write", "export/csv"] {
        let body = if way == "write" { json!({"sql": "select 1", "mode": "transaction"}) } else { sql.clone() };
        lab.owner.post(&format!("/api/v1/explorer/main/sql/{way}"), body).await.expect_status(403);
    }
    lab.get("main/rpc/whisper").await.expect_status(403);
    let copy = json!({"hash": "x", "changes": [{"change": "set_column_type", "schema": "public", "table": "person", "column": "name", "type": "text", "using": "ssn"}]});
    let refused = lab.owner.post("/api/v1/explorer/main/schema/changes", copy).await.expect(403);
    assert!(refused.text.contains("public.person.ssn"), "{}", refused.text);
    lab.owner.post("/api/v1/data/main/rpc/whisper", json!({})).await.expect_status(403);

    let shown = revealed(&lab.owner, Method::POST, path, "Ticket 7", Some(sql.clone())).await.expect(200);
    assert_eq!(Frames::of(&shown).rows(0), [json!(["111-22-3333"])]);
    assert!(
        revealed(&lab.owner, Method::GET, "/api/v1/data/main/rpc/whisper", "Ticket 7", None).await.expect(200).text.contains("111-22-3333")
    );
    let told = lab.log().await.into_iter().filter(|entry| entry["action"] == "rows.reveal" && entry["outcome"] == "ok").count();
    assert_eq!(told, 2);
    let developer = lab.app.staff(&lab.owner, "developer").await;
    let refused = revealed(&developer, Method::POST, path, "Curious", Some(sql.clone())).await.expect(403);
    assert!(refused.text.contains("rows:reveal"), "{}", refused.text);

    lab.owner.delete(&format!("/api/v1/sensitive-columns/{mark}")).await.expect_status(204);
    look(&lab, "person").await;
    assert_eq!(console_lab::read(&lab, "select 1").await.ended().0, "ok");
    assert!(lab.get("main/person").await.expect(200).text.contains("111-22-3333"));
}

#[tokio::test]
async fn in_somebodys_place_it_stays_hidden() {
    let desk = Desk::new("select 1").await;
    let lab = &desk.lab;
    mark(lab, "todos", "task", "hidden").await;
    desk.as_grace().await;
    let rows = lab.get("main/todos").await.expect(200);
    assert!(!rows.text.contains("compile") && rows.body.as_array().unwrap().len() == 2, "{}", rows.text);
    let refused = revealed(&lab.owner, Method::GET, "/api/v1/data/main/todos", "She asked for it", None).await.expect(403);
    assert!(!refused.text.contains("compile"), "{}", refused.text);
}

#[tokio::test]
async fn who_marks_columns_is_who_runs_the_platform() {
    let lab = masked().await;
    let developer = lab.app.staff(&lab.owner, "developer").await;
    let body = json!({"source_id": source_id(&lab).await, "schema_name": "public", "table_name": "plain", "column_name": "word"});
    developer.post("/api/v1/sensitive-columns", body.clone()).await.expect_status(403);
    let listed = lab.owner.get("/api/v1/sensitive-columns").await.body_of(200);
    let path = format!("/api/v1/sensitive-columns/{}", listed[0]["id"].as_str().unwrap());
    developer.delete(&path).await.expect_status(403);
    developer.patch(&path, "1", json!({"treatment": "open"})).await.expect_status(403);
    lab.owner.post("/api/v1/sensitive-columns", body.clone()).await.expect_status(201);
    lab.owner.post("/api/v1/sensitive-columns", body).await.expect_status(409);
    let elsewhere =
        json!({"source_id": "0190b6c8-0000-7000-8000-000000000001", "schema_name": "public", "table_name": "plain", "column_name": "word"});
    lab.owner.post("/api/v1/sensitive-columns", elsewhere).await.expect_status(409);
}
