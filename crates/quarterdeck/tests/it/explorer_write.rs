//! Writing rows: versions, keys, rules of the database, upserts, many rows, and what is refused.

use crate::explorer_lab::lab;
use http::Method;
use serde_json::{Value, json};

const BOOKS: &str = "create table author (id int primary key, name text not null unique);
    create table book (id int primary key, author_id int references author, title text not null, pages int constraint book_pages_rule check (pages > 0), twice int generated always as (pages * 2) stored);
    create unique index book_title_key on book (author_id, title);
    insert into author values (1, 'Ada'), (2, 'Grace'); insert into book values (1, 1, 'One', 10), (2, 1, 'Two', 20)";

#[tokio::test]
async fn a_stale_version_is_a_conflict_with_both_values() {
    let lab = lab(BOOKS).await;
    let row = lab.rows(Method::GET, "main/book?id=eq.1", &[("prefer", "versions")], Value::Null).await.body_of(200);
    let version = row[0]["$version"].as_str().unwrap().to_owned();
    let saved = lab.owner.patch("/api/v1/data/main/book?id=eq.1", &format!("\"{version}\""), json!({"title": "First"})).await.expect(204);
    let current = saved.header("etag").unwrap().trim_matches('"').to_owned();
    assert_ne!(current, version);
    let stale = lab.owner.patch("/api/v1/data/main/book?id=eq.1", &version, json!({"title": "Mine", "pages": 10})).await.expect(409);
    assert_eq!(stale["conflict"], json!({"current_version": current, "fields": [{"field": "title", "mine": "Mine", "theirs": "First"}]}));
    assert_eq!(lab.ask("select title from book where id = 1").await, "First");
    lab.rows(Method::DELETE, "main/book?id=eq.1", &[("if-match", &version)], Value::Null).await.expect_status(409);
    lab.rows(Method::DELETE, "main/book?id=eq.1", &[("if-match", &current)], Value::Null).await.expect_status(204);
    lab.owner.patch("/api/v1/data/main/book?id=eq.1", &current, json!({"title": "Late"})).await.expect_status(404);
    lab.owner.patch("/api/v1/data/main/book?id=eq.2", "nonsense", json!({"title": "x"})).await.expect_status(409);
    lab.owner.patch("/api/v1/data/main/book?id=eq.2", "*", json!({"title": "forced"})).await.expect_status(204);
    lab.owner.patch("/api/v1/data/main/book?title=eq.x", "5", json!({"title": "y"})).await.expect_status(400);
}

#[tokio::test]
async fn of_two_writers_at_once_one_gets_the_conflict() {
    let lab = lab(BOOKS).await;
    let row = lab.rows(Method::GET, "main/book?id=eq.1", &[("prefer", "versions")], Value::Null).await.body_of(200);
    let version = row[0]["$version"].as_str().unwrap();
    let write = |title: &'static str| lab.owner.patch("/api/v1/data/main/book?id=eq.1", version, json!({"title": title}));
    let (a, b) = futures::join!(write("A"), write("B"));
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409], "{} {}", a.text, b.text);
}

#[tokio::test]
async fn rules_of_the_database_are_told_at_their_columns() {
    let lab = lab(BOOKS).await;
    let cases = [
        (lab.insert("main/book", json!({"id": 3, "author_id": 9, "title": "x"})).await, 409, "author_id", "reference:book_author_id_fkey"),
        (lab.insert("main/book", json!({"id": 3, "title": null})).await, 422, "title", "required"),
        (lab.insert("main/book", json!({"id": 3, "title": "x", "pages": -1})).await, 422, "pages", "check:book_pages_rule"),
        (lab.insert("main/book", json!({"id": 1, "title": "x"})).await, 409, "id", "unique:book_pkey"),
        (lab.update("main/book?id=eq.2", json!({"title": "One"})).await, 409, "author_id", "unique:book_title_key"),
        (lab.update("main/author?id=eq.2", json!({"name": "Ada"})).await, 409, "name", "unique:author_name_key"),
        (lab.insert("main/book", json!({"id": 3, "title": "x", "twice": 4})).await, 422, "twice", "generated"),
        (lab.insert("main/book", json!({"id": 3, "titel": "x"})).await, 422, "titel", "unknown"),
    ];
    for (answer, status, field, code) in cases {
        assert_eq!(
            (answer.status, answer["errors"][0]["field"].as_str(), answer["errors"][0]["code"].as_str()),
            (status, Some(field), Some(code)),
            "{}",
            answer.text
        );
    }
    let referenced = lab.delete("main/author?id=eq.1").await.expect(409);
    assert!(referenced["detail"].as_str().unwrap().contains("still referenced"), "{}", referenced.text);
    assert!(lab.insert("main/book", json!({"id": 3, "titel": "x"})).await.expect(422)["detail"].as_str().unwrap().contains("title"));
    assert_eq!(lab.ask("select count(*) from book").await, "2");
}

#[tokio::test]
async fn any_key_can_be_edited_and_no_key_cannot() {
    let lab =
        lab("create table pairs (a text, b int, v text, primary key (a, b)); insert into pairs values ('x,y', 1, 'p'), ('x,y', 2, 'q');
        create table nokey (a int); insert into nokey values (1);
        create table parts (id int, at date, v text, primary key (id, at)) partition by range (at);
        create table parts_26 partition of parts for values from ('2026-01-01') to ('2027-01-01');
        create table parts_27 partition of parts for values from ('2027-01-01') to ('2028-01-01')")
        .await;
    assert_eq!(lab.update("main/pairs?a=eq.x,y&b=eq.2", json!({"v": "new"})).await.body_of(200).as_array().unwrap().len(), 1);
    assert_eq!(lab.ask("select string_agg(v, ',' order by b) from pairs").await, "p,new");
    // A key itself can be changed.
    lab.update("main/pairs?a=eq.x,y&b=eq.2", json!({"b": 7})).await.expect_status(200);
    assert_eq!(lab.ask("select v from pairs where b = 7").await, "new");
    let refused = lab.update("main/nokey?a=eq.1", json!({"a": 2})).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("no primary key"));
    lab.delete("main/nokey?a=eq.1").await.expect_status(403);
    lab.insert("main/nokey", json!({"a": 2})).await.expect_status(201);
    lab.insert("main/parts", json!({"id": 1, "at": "2026-05-05", "v": "x"})).await.expect_status(201);
    let row = lab.rows(Method::GET, "main/parts", &[("prefer", "versions")], Value::Null).await.body_of(200);
    lab.owner
        .patch("/api/v1/data/main/parts?id=eq.1&at=eq.2026-05-05", row[0]["$version"].as_str().unwrap(), json!({"v": "y"}))
        .await
        .expect_status(204);
    lab.update("main/parts?id=eq.1&at=eq.2026-05-05", json!({"at": "2027-05-05"})).await.expect_status(200);
    assert_eq!(lab.ask("select v from parts_27").await, "y");
}

#[tokio::test]
async fn a_write_says_which_rows_and_not_too_many() {
    let lab = lab("create table t (id int primary key, v int); insert into t select i, 0 from generate_series(1, 1500) i").await;
    let answer = lab.rows(Method::PATCH, "main/t", &[], json!({"v": 1})).await.expect(400);
    assert!(answer["detail"].as_str().unwrap().contains("id=eq.1"), "{}", answer.text);
    lab.rows(Method::DELETE, "main/t", &[], Value::Null).await.expect_status(400);
    lab.rows(Method::DELETE, "main/t?limit=5", &[], Value::Null).await.expect_status(400);
    lab.rows(Method::DELETE, "main/t?search=5", &[], Value::Null).await.expect_status(400);
    let many = lab.rows(Method::PATCH, "main/t?id=gt.0", &[], json!({"v": 1})).await.expect(422);
    assert!(many["detail"].as_str().unwrap().contains("1000"));
    assert_eq!(lab.ask("select sum(v) from t").await, "0");
    let some = lab.rows(Method::PATCH, "main/t?id=lte.1000", &[("prefer", "count=exact")], json!({"v": 1})).await.expect(204);
    assert_eq!(some.header("content-range"), Some("0-999/1000"));
    assert_eq!(lab.log().await.len(), 1000);
    lab.rows(Method::DELETE, "main/t?id=lte.10", &[("prefer", "max-affected=9")], Value::Null).await.expect_status(400);
    assert_eq!(lab.ask("select count(*) from t").await, "1500");
    assert_eq!(lab.rows(Method::DELETE, "main/t?id=eq.-1", &[], Value::Null).await.status, 204);
}

#[tokio::test]
async fn inserts_take_lists_defaults_and_duplicates() {
    let lab = lab("create table t (id int generated by default as identity primary key, a text unique, b text default 'preset')").await;
    let made = lab.insert("main/t?select=key:id,b", json!([{"a": "1"}, {"a": "2"}])).await.expect(201);
    assert_eq!(made.body.as_array().unwrap().len(), 2);
    assert_eq!(made[0]["b"], "preset");
    lab.insert("main/t", json!([{"a": "3"}, {"b": "4"}])).await.expect_status(400);
    let default = lab
        .rows(
            Method::POST,
            "main/t?columns=a,b",
            &[("prefer", "missing=default,return=representation")],
            json!([{"a": "3"}, {"a": "4", "b": null}]),
        )
        .await
        .expect(201);
    assert_eq!((&default[0]["b"], &default[1]["b"]), (&json!("preset"), &json!(null)));
    lab.insert("main/t", json!([])).await.expect_status(201);
    lab.insert("main/t", json!({})).await.expect_status(201);
    let merged = lab
        .rows(
            Method::POST,
            "main/t?on_conflict=a",
            &[("prefer", "resolution=merge-duplicates,return=representation")],
            json!([{"a": "1", "b": "merged"}, {"a": "9", "b": "new"}]),
        )
        .await
        .expect(201);
    assert_eq!((&merged[0]["id"], &merged[0]["b"]), (&json!(1), &json!("merged")));
    let ignored = lab
        .rows(
            Method::POST,
            "main/t?on_conflict=a",
            &[("prefer", "resolution=ignore-duplicates,return=representation")],
            json!([{"a": "1", "b": "no"}]),
        )
        .await;
    assert_eq!(ignored.body_of(201), json!([]));
    let wrong = lab
        .rows(Method::POST, "main/t?on_conflict=b", &[("prefer", "resolution=merge-duplicates")], json!({"a": "1", "b": "x"}))
        .await
        .expect(400);
    assert_eq!(wrong["errors"][0]["field"], "on_conflict");
    let located =
        lab.rows(Method::POST, "main/t", &[("prefer", "return=headers-only")], json!({"id": 1000000, "a": "x"})).await.expect(201);
    assert_eq!(located.header("location"), Some("/api/v1/data/main/t?id=eq.1000000"));
    let log = lab.log().await;
    let merge = log.iter().find(|e| e["action"] == "rows.update").expect("the merged row is logged as a change");
    assert_eq!(merge["changes"]["b"], json!({"before": "preset", "after": "merged"}));
    let many: Vec<Value> = (0..3000).map(|i| json!({"a": format!("many{i}"), "b": "x"})).collect();
    lab.rows(Method::POST, "main/t", &[], Value::Array(many)).await.expect_status(201);
    assert_eq!(lab.ask("select count(*) from t where a like 'many%'").await, "3000");
}

#[tokio::test]
async fn the_same_key_inserts_once() {
    let lab = lab("create table t (id serial primary key, a text)").await;
    let insert = |body: Value| lab.rows(Method::POST, "main/t", &[("idempotency-key", "k1"), ("prefer", "return=representation")], body);
    let first = insert(json!({"a": "x"})).await.expect(201);
    let second = insert(json!({"a": "x"})).await.expect(201);
    assert_eq!((first.text, second.header("idempotency-replayed")), (second.text.clone(), Some("true")));
    insert(json!({"a": "y"})).await.expect_status(422);
    assert_eq!(lab.ask("select count(*) from t").await, "1");
    // A refused insert doesn't use its key up.
    let retry = |id: i32| lab.rows(Method::POST, "main/t", &[("idempotency-key", "k2")], json!({"id": id}));
    retry(1).await.expect_status(409);
    lab.db.batch_execute("delete from t").await.unwrap();
    retry(1).await.expect_status(201);
}

#[tokio::test]
async fn bad_bodies_are_refused_with_words() {
    let lab = lab(BOOKS).await;
    for (body, status) in [("", 400), ("[", 400), ("3", 400), ("[3]", 400), ("{\"id\":1,\"id\":2}", 400), ("null", 400)] {
        let answer = lab.owner.send_bytes(Method::POST, "/api/v1/data/main/book", &[], Some(body.into())).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text);
        assert!(!answer["message"].as_str().unwrap().is_empty());
    }
    lab.owner
        .send_bytes(Method::POST, "/api/v1/data/main/book", &[("content-type", "text/html")], Some("id\n1".into()))
        .await
        .expect_status(415);
    lab.rows(Method::PATCH, "main/book?id=eq.1", &[], json!({})).await.expect_status(400);
    lab.rows(Method::PATCH, "main/book?id=eq.1", &[], json!([{"title": "x"}])).await.expect_status(400);
    lab.rows(Method::POST, "main/book", &[("prefer", "return=everything")], json!({"id": 1})).await.expect_status(400);
}

/// The server answers a full disk with SQLSTATE 53100 in the middle of a statement, as this trigger does.
#[tokio::test]
async fn a_full_disk_is_said_and_nothing_is_half_written() {
    let lab = lab("create table t (id int primary key, a text); insert into t values (1, 'old'), (2, 'old'); \
         create function full_disk() returns trigger language plpgsql as $$ begin \
           if old.id = 2 then raise exception 'could not extend file: No space left on device' using errcode = '53100'; end if; return new; end $$; \
         create trigger full_disk before update on t for each row execute function full_disk()")
    .await;
    let answer = lab.update("main/t?a=eq.old", json!({"a": "new"})).await.expect(503);
    assert_eq!(answer.header("retry-after"), Some("5"));
    assert!(answer["detail"].as_str().unwrap().contains("disk is full"), "{}", answer.text);
    assert_eq!(lab.ask("select count(*) from t where a = 'old'").await, "2");
    assert!(lab.log().await.is_empty());
    lab.update("main/t?id=eq.1", json!({"a": "new"})).await.expect_status(200);
}

/// A code that a trigger's author chooses says nothing about the server.
#[tokio::test]
async fn what_a_trigger_raises_is_a_refusal_whatever_its_code() {
    let lab = lab("create table t (id int primary key, code text); insert into t values (1, null); \
         create function raises() returns trigger language plpgsql as $$ begin raise exception 'not on a %', 'sunday' using errcode = new.code; end $$; \
         create trigger raises before update on t for each row execute function raises()")
    .await;
    for code in ["P0001", "XX000", "XX001", "QX123", "38000", "0A000", "55000"] {
        let answer = lab.update("main/t?id=eq.1", json!({"code": code})).await;
        assert_eq!(answer.status, 422, "{code}: {}", answer.text);
        assert!(answer.text.contains("Not on a sunday"), "{code}: {}", answer.text);
    }
    lab.update("main/t?id=eq.1", json!({"code": "40001"})).await.expect_status(409);
}
