//! What happened to a row, and taking it back: only when it still is as the change left it, all of a request or none.

use crate::explorer_lab::{Lab, encoded, lab};
use crate::seen_lab::Desk;
use http::Method;
use serde_json::{Value, json};
use testkit::{Answer, Server};

const BOOKS: &str = "create table book (id int primary key, title text, pages int, note text, body bytea, twice int generated always as (pages * 2) stored);
    insert into book values (1, 'One', 10, null, '\\x01'), (2, 'Two', 20, 'n', null), (3, 'Three', 30, null, null)";

async fn undo_in(lab: &Lab, table: &str, entry: &str, more: Value) -> Answer {
    let mut body = json!({"entry": entry});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    lab.owner.post(&format!("/api/v1/explorer/{table}/undo"), body).await
}

async fn undo(lab: &Lab, entry: &str) -> Answer {
    undo_in(lab, "main/tables/public/book", entry, json!({})).await
}

async fn history(lab: &Lab, filter: &str) -> Value {
    lab.owner.get(&format!("/api/v1/explorer/main/tables/public/book/history?{filter}")).await.body_of(200)
}

fn entry_of(answer: &Answer) -> String {
    answer.header("audit-entry").expect("the change is named").to_owned()
}

async fn changed(lab: &Lab, path: &str, body: Value) -> String {
    entry_of(&lab.rows(Method::PATCH, path, &[], body).await.expect(204))
}

async fn deleted(lab: &Lab, path: &str) -> String {
    entry_of(&lab.rows(Method::DELETE, path, &[], Value::Null).await.expect(204))
}

async fn book(lab: &Lab, id: i32) -> String {
    lab.ask(&format!("select b from book b where id = {id}")).await
}

#[tokio::test]
async fn a_row_tells_who_changed_what() {
    let lab = lab(BOOKS).await;
    changed(&lab, "main/book?id=eq.1", json!({"title": "First"})).await;
    lab.app.advance(chrono::Duration::seconds(5));
    changed(&lab, "main/book?id=eq.1", json!({"title": null, "pages": 11})).await;
    changed(&lab, "main/book?id=eq.2", json!({"title": "other"})).await;
    let told = history(&lab, "id=eq.1").await;
    let entries = told["entries"].as_array().unwrap();
    assert_eq!((entries.len(), &told["more"]), (2, &json!(false)));
    assert_eq!(entries[0]["actor_label"], "Ada Lovelace");
    assert_eq!(
        entries[0]["fields"],
        json!([{"field": "title", "before": "First", "after": null}, {"field": "pages", "before": 10, "after": 11}, {"field": "twice", "before": 20, "after": 22}])
    );
    assert_eq!(entries[0]["undo"], json!({"allowed": true, "reason": null}));
    let older = history(&lab, &format!("id=eq.1&before={}", entries[0]["id"].as_str().unwrap())).await;
    assert_eq!(older["entries"].as_array().unwrap().len(), 1);
    assert_eq!(older["entries"][0]["fields"][0]["before"], "One");
    lab.owner.get("/api/v1/explorer/main/tables/public/book/history").await.expect_status(400);
    lab.owner.get("/api/v1/explorer/main/tables/public/book/history?id=gt.1").await.expect_status(400);
}

#[tokio::test]
async fn history_has_pages() {
    let lab = lab(BOOKS).await;
    for i in 0..30 {
        changed(&lab, "main/book?id=eq.1", json!({"pages": 100 + i})).await;
        lab.app.advance(chrono::Duration::seconds(1));
    }
    let first = history(&lab, "id=eq.1").await;
    assert_eq!((first["entries"].as_array().unwrap().len(), &first["more"]), (25, &json!(true)));
    let rest = history(&lab, &format!("id=eq.1&before={}", first["entries"][24]["id"].as_str().unwrap())).await;
    assert_eq!((rest["entries"].as_array().unwrap().len(), &rest["more"]), (5, &json!(false)));
}

#[tokio::test]
async fn who_may_not_read_the_log_reads_no_history() {
    let lab = lab(BOOKS).await;
    changed(&lab, "main/book?id=eq.1", json!({"title": "secret"})).await;
    let role = lab
        .owner
        .post("/api/v1/roles", json!({"name": "rows", "label": "Rows", "permissions": ["rows:read", "rows:update"]}))
        .await
        .expect(201);
    let clerk = lab.app.staff(&lab.owner, role["name"].as_str().unwrap()).await;
    let refused = clerk.get("/api/v1/explorer/main/tables/public/book/history?id=eq.1").await.expect(403);
    assert_eq!(refused["permission"], "audit:read");
    // What somebody else did is not theirs to take back either; what they did themselves is.
    let entry = changed(&lab, "main/book?id=eq.1", json!({"title": "hers"})).await;
    let path = "/api/v1/explorer/main/tables/public/book/undo";
    assert_eq!(clerk.post(path, json!({"entry": entry})).await.expect(403)["permission"], "audit:read");
    let own = entry_of(&clerk.patch("/api/v1/data/main/book?id=eq.1", "*", json!({"title": "his"})).await.expect(204));
    clerk.post(path, json!({"entry": own})).await.expect_status(200);
    assert_eq!(lab.ask("select title from book where id = 1").await, "hers");
}

#[tokio::test]
async fn a_column_that_cannot_be_read_is_not_in_the_history() {
    let lab = lab(BOOKS).await;
    changed(&lab, "main/book?id=eq.1", json!({"title": "First", "note": "hidden later"})).await;
    // The panel's owner gives its explorer what is missing once; what is taken away again stays away.
    for _ in 0..3 {
        let taken = "revoke select on book from quarterdeck_explorer; grant select (id, title, pages) on book to quarterdeck_explorer";
        lab.db.batch_execute(taken).await.unwrap();
        lab.owner.get("/api/v1/explorer/main/tables/public/book").await.expect_status(200);
    }
    let told = history(&lab, "id=eq.1").await;
    assert!(!told.to_string().contains("hidden later"), "{told}");
    assert_eq!(told["entries"][0]["fields"].as_array().unwrap().len(), 1);
    assert_eq!(told["entries"][0]["undo"]["allowed"], false);
}

#[tokio::test]
async fn an_update_is_taken_back_and_that_too() {
    let lab = lab(BOOKS).await;
    let was = book(&lab, 1).await;
    let entry = changed(&lab, "main/book?id=eq.1", json!({"title": null, "pages": 99, "note": "x"})).await;
    let is = book(&lab, 1).await;
    let undone = undo(&lab, &entry).await.expect(200);
    assert_eq!(undone["rows"], 1);
    assert_eq!(book(&lab, 1).await, was);
    let again = undone["entry"].as_str().unwrap().to_owned();
    assert_eq!(entry_of(&undone), again);
    undo(&lab, &again).await.expect_status(200);
    assert_eq!(book(&lab, 1).await, is);
    let log = lab.log().await;
    assert!(log.iter().any(|e| e["action"] == "rows.update" && e["detail"] == format!("undo of {entry}")), "{log:?}");
    assert!(safety::verify::verify(&lab.db, &lab.app.app.keys).await.unwrap().findings.is_empty());
}

#[tokio::test]
async fn a_deleted_row_comes_back_with_its_key_and_a_new_one_goes() {
    let lab = lab("create table book (id int generated always as identity primary key, title text default 'preset', body bytea, long text, doc jsonb, tags text[], at timestamptz, n numeric, f float8);
        insert into book (title, body, long, doc, tags, at, n, f) values (null, '\\xdeadbeef', repeat('ü', 3000), '{\"n\": 12345678901234567890.123, \"a\": [1, null]}', '{a,NULL,\"b,c\"}', '2026-05-05 12:00:00.123456+02', 1.10, 'NaN')")
    .await;
    let was = book(&lab, 1).await;
    let entry = deleted(&lab, "main/book?id=eq.1").await;
    undo(&lab, &entry).await.expect_status(200);
    assert_eq!(book(&lab, 1).await, was);
    // What would be there twice is a conflict.
    let answer = undo(&lab, &entry).await.expect(409);
    assert_eq!((&answer["rows"][0]["key"], &answer["rows"][0]["gone"]), (&json!("1"), &json!(false)));
    let made = entry_of(&lab.rows(Method::POST, "main/book", &[], json!({"title": "new"})).await.expect(201));
    undo(&lab, &made).await.expect_status(200);
    assert_eq!(lab.ask("select count(*) from book").await, "1");
    // A new row that somebody has added to is theirs as well.
    let made = entry_of(&lab.rows(Method::POST, "main/book", &[], json!({"title": "newer"})).await.expect(201));
    changed(&lab, "main/book?title=eq.newer", json!({"long": "work"})).await;
    let answer = undo(&lab, &made).await.expect(409);
    assert_eq!(answer["conflict"]["fields"][0]["field"], "long");
    assert_eq!(lab.ask("select count(*) from book").await, "2");
}

#[tokio::test]
async fn what_others_changed_since_is_not_overwritten() {
    let lab = lab(BOOKS).await;
    let entry = changed(&lab, "main/book?id=eq.1", json!({"title": "First"})).await;
    // Elsewhere in the row is no conflict.
    lab.db.batch_execute("update book set pages = 77 where id = 1").await.unwrap();
    undo_in(&lab, "main/tables/public/book", &entry, json!({"dry_run": true})).await.expect_status(200);
    assert_eq!(lab.ask("select title from book where id = 1").await, "First");
    lab.db.batch_execute("update book set title = 'theirs' where id = 1").await.unwrap();
    let answer = undo(&lab, &entry).await.expect(409);
    assert_eq!(answer["conflict"]["fields"], json!([{"field": "title", "base": "First", "mine": "One", "theirs": "theirs"}]));
    assert_eq!(answer["rows"][0]["fields"], answer["conflict"]["fields"]);
    assert_eq!(lab.ask("select title || pages from book where id = 1").await, "theirs77");
    lab.db.batch_execute("delete from book where id = 1").await.unwrap();
    assert_eq!(undo(&lab, &entry).await.expect(409)["rows"][0]["gone"], true);
}

#[tokio::test]
async fn a_bulk_change_is_taken_back_as_one() {
    let lab = lab(BOOKS).await;
    let all = "select string_agg(b::text, ' ' order by id) from book b";
    let was = lab.ask(all).await;
    let entry = changed(&lab, "main/book?id=gte.1", json!({"note": "bulk"})).await;
    lab.db.batch_execute("update book set note = 'theirs' where id = 2").await.unwrap();
    let now = lab.ask(all).await;
    assert_eq!(undo(&lab, &entry).await.expect(409)["rows"].as_array().unwrap().len(), 1);
    assert_eq!(lab.ask(all).await, now, "all or nothing");
    lab.db.batch_execute("update book set note = 'bulk' where id = 2").await.unwrap();
    assert_eq!(undo(&lab, &entry).await.expect(200)["rows"], 3);
    assert_eq!(lab.ask(all).await, was);
    let gone = deleted(&lab, "main/book?id=gte.2").await;
    assert_eq!(undo_in(&lab, "main/tables/public/book", &gone, json!({"only": true})).await.expect(200)["rows"], 1);
    assert_eq!(lab.ask("select count(*) from book").await, "2");
    // The other row of it is still to be brought back, but not both at once.
    undo(&lab, &gone).await.expect_status(409);
}

#[tokio::test]
async fn a_key_that_changed_is_found_by_its_new_value() {
    let lab =
        lab("create table pair (a text, b text, v int, primary key (a, b)); insert into pair values ('x,y', '\"', 1), ('x', 'y,\"', 2)")
            .await;
    let path = format!("main/pair?a=eq.{}&b=eq.{}", encoded("x,y"), encoded("\""));
    let entry = changed(&lab, &path, json!({"a": "new\\", "v": 5})).await;
    undo_in(&lab, "main/tables/public/pair", &entry, json!({})).await.expect_status(200);
    assert_eq!(lab.ask("select v from pair where a = 'x,y'").await, "1");
    let gone = deleted(&lab, &path).await;
    undo_in(&lab, "main/tables/public/pair", &gone, json!({})).await.expect_status(200);
    assert_eq!(lab.ask("select count(*) from pair").await, "2");
}

#[tokio::test]
async fn long_values_come_back_whole_for_as_long_as_they_are_kept() {
    let lab = lab(BOOKS).await;
    lab.db
        .batch_execute("update book set title = repeat('long', 1000), body = decode(repeat('ab', 5000), 'hex') where id = 1")
        .await
        .unwrap();
    let was = book(&lab, 1).await;
    let entry = changed(&lab, "main/book?id=eq.1", json!({"title": "short", "body": null})).await;
    undo(&lab, &entry).await.expect_status(200);
    assert_eq!(book(&lab, 1).await, was);
    let entry = changed(&lab, "main/book?id=eq.1", json!({"title": "short"})).await;
    lab.db.batch_execute("delete from explorer.kept_values").await.unwrap();
    let told = history(&lab, "id=eq.1").await;
    let of = told["entries"].as_array().unwrap().iter().find(|e| e["id"] == entry.as_str()).unwrap();
    assert_eq!(of["undo"]["allowed"], false);
    assert!(of["undo"]["reason"].as_str().unwrap().contains("title"), "{of}");
    let answer = undo(&lab, &entry).await.expect(409);
    assert!(answer["detail"].as_str().unwrap().contains("title"), "{}", answer.text);
    assert_eq!(lab.ask("select title from book where id = 1").await, "short");
}

#[tokio::test]
async fn values_that_somebody_slipped_in_are_not_written() {
    let lab = lab(BOOKS).await;
    lab.db.batch_execute("update book set title = repeat('long', 1000) where id = 1").await.unwrap();
    let entry = changed(&lab, "main/book?id=eq.1", json!({"title": "short"})).await;
    lab.db.batch_execute("update explorer.kept_values set changes = replace(changes, 'longlong', 'evilevil')").await.unwrap();
    undo(&lab, &entry).await.expect_status(409);
    assert_eq!(lab.ask("select title from book where id = 1").await, "short");
    // An entry of the log that the panel didn't write.
    let forged = "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e";
    lab.db
        .batch_execute(&format!(
            "with real as (select * from kernel.audit_log where id = '{entry}')
             insert into kernel.audit_log (id, entry, signature, at, actor_kind, actor_id, actor_label, action, target_kind, target_id, target_label, changes, outcome, request_id)
             select '{forged}', replace(replace(entry, '{entry}', '{forged}'), 'longlong', 'evilevil'), signature, at, actor_kind, actor_id, actor_label, action, target_kind, target_id,
               target_label, changes, outcome, 'forged' from real"
        ))
        .await
        .unwrap();
    let answer = undo(&lab, forged).await.expect(409);
    assert!(answer["detail"].as_str().unwrap().contains("didn't write"), "{}", answer.text);
}

#[tokio::test]
async fn undoing_takes_the_right_of_what_it_does() {
    let lab = lab(BOOKS).await;
    let entry = deleted(&lab, "main/book?id=eq.1").await;
    let role = json!({"name": "half", "label": "Half", "permissions": ["rows:read", "rows:update", "audit:read"]});
    let role = lab.owner.post("/api/v1/roles", role).await.expect(201);
    let half = lab.app.staff(&lab.owner, role["name"].as_str().unwrap()).await;
    let path = "/api/v1/explorer/main/tables/public/book/undo";
    assert!(half.post(path, json!({"entry": entry})).await.expect(403).text.contains("rows:create"));
    let reader = lab.app.staff(&lab.owner, "developer").await;
    assert_eq!(reader.post(path, json!({"entry": entry})).await.expect(403)["permission"], "rows:update");
    lab.owner.post(path, json!({"entry": "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e"})).await.expect_status(404);
    // Of another table it is none.
    lab.db.batch_execute("create table other (id int primary key)").await.unwrap();
    undo_in(&lab, "main/tables/public/other", &entry, json!({})).await.expect_status(404);
    assert_eq!(lab.ask("select count(*) from book").await, "2");
}

#[tokio::test]
async fn elsewhere_a_change_is_taken_back_as_well() {
    let config = Server::shared().empty("undo_elsewhere").await;
    let there = host::boot::connect(&config, pgtls::TlsMode::Disable).await.unwrap();
    there.batch_execute(BOOKS).await.unwrap();
    let lab = lab("").await;
    lab.source("away", "postgresql:///undo_elsewhere").await;
    let entry = changed(&lab, "away/book?id=gte.2", json!({"title": "y".repeat(2000)})).await;
    assert_eq!(undo_in(&lab, "away/tables/public/book", &entry, json!({})).await.expect(200)["rows"], 2);
    let titles: String = there.query_one("select string_agg(title, ',' order by id) from book", &[]).await.unwrap().get(0);
    assert_eq!(titles, "One,Two,Three");
    let told: Vec<String> = lab.log().await.iter().map(|e| e["outcome"].as_str().unwrap().to_owned()).collect();
    assert_eq!(told.iter().filter(|outcome| *outcome == "started").count(), 2, "{told:?}");
}

#[tokio::test]
async fn in_somebodys_place_one_undoes_no_more_than_they_may() {
    let desk = Desk::new("").await;
    let path = "/api/v1/explorer/main/tables/public/todos/undo";
    let lab = &desk.lab;
    // What staff did above the policies is not to be reached from below them, although it is the same person.
    let halt = changed(lab, "main/todos?task=eq.halt", json!({"task": "stop"})).await;
    let id = lab.ask("select id from todos where task = 'stop'").await;
    desk.as_grace().await;
    lab.owner.post(path, json!({"entry": halt})).await.expect_status(403);
    lab.owner.get(&format!("/api/v1/explorer/main/tables/public/todos/history?id=eq.{id}")).await.expect_status(403);
    desk.stop().await;
    desk.as_grace_writing().await;
    let gone = lab.owner.post(path, json!({"entry": halt})).await.expect(409);
    assert!(!gone.text.contains("halt") && !gone.text.contains("stop"), "{}", gone.text);
    let own = changed(lab, "main/todos?task=eq.compile", json!({"task": "compiled"})).await;
    lab.owner.post(path, json!({"entry": own})).await.expect_status(200);
    desk.stop().await;
    assert_eq!(lab.ask("select string_agg(task, ',' order by id) from todos").await, "compile,debug,stop");
    let log = lab.log().await;
    assert!(log.iter().any(|e| e["detail"] == format!("undo of {own}") && e["subject_id"] == desk.grace.as_str()), "{log:?}");
}
