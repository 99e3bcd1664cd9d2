//! Reading rows over HTTP: the grammar on real data, paging to the end, and what may not be read.

use crate::explorer_lab::{encoded, lab};
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test]
async fn the_grammar_works_on_chinook() {
    let lab = lab("").await.chinook().await;
    let names = lab.get("chinook/genre?select=name&order=name.desc&limit=2").await.body_of(200);
    assert_eq!(names, json!([{"name": "World"}, {"name": "TV Shows"}]));
    let some = lab.get("chinook/track?select=id:track_id,unit_price&track_id=in.(1,2)&order=track_id").await.body_of(200);
    assert_eq!(some, json!([{"id": 1, "unit_price": "0.99"}, {"id": 2, "unit_price": "0.99"}]));
    let found = lab
        .get("chinook/track?select=track_id&or=(name.ilike.*rock*,and(milliseconds.gt.5000000,genre_id.eq.19))&order=track_id&limit=3")
        .await
        .body_of(200);
    assert_eq!(found.as_array().unwrap().len(), 3);
    let counted = lab.rows(Method::GET, "chinook/track?limit=10", &[("prefer", "count=exact")], Value::Null).await.expect(206);
    assert_eq!(counted.header("content-range"), Some("0-9/3503"));
    let head = lab.rows(Method::HEAD, "chinook/track?genre_id=eq.1", &[("prefer", "count=exact")], Value::Null).await;
    assert_eq!(head.header("content-range").and_then(|range| range.rsplit('/').next()), Some("1297"));
    assert!(head.text.is_empty());
    let one = lab
        .rows(Method::GET, "chinook/track?track_id=eq.1&select=name", &[("accept", "application/vnd.pgrst.object+json")], Value::Null)
        .await;
    assert_eq!(one.body_of(200), json!({"name": "For Those About To Rock (We Salute You)"}));
    let none = lab
        .rows(Method::GET, "chinook/track?track_id=eq.-1", &[("accept", "application/vnd.pgrst.object+json")], Value::Null)
        .await
        .expect(406);
    assert_eq!((&none["code"], &none["details"]), (&json!("PGRST116"), &json!("The result contains 0 rows")));
    lab.rows(Method::GET, "chinook/track", &[("accept", "text/html")], Value::Null).await.expect_status(406);
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repeat() {
    let lab = lab("").await.chinook().await;
    // A composite key, and an order with many equal values.
    for (path, key, total) in [
        ("chinook/playlist_track?limit=1000", ["playlist_id", "track_id"], 8715),
        ("chinook/track?limit=1000&order=genre_id.desc", ["track_id", "track_id"], 3503),
    ] {
        let mut seen = BTreeSet::new();
        let mut next = String::new();
        loop {
            let page = lab.get(&format!("{path}{next}")).await.expect(200);
            for row in page.body.as_array().unwrap() {
                assert!(seen.insert((row[key[0]].as_i64(), row[key[1]].as_i64())), "{row} came twice");
            }
            match page.header("next-cursor") {
                Some(cursor) => next = format!("&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(seen.len(), total);
    }
}

#[tokio::test]
async fn every_kind_of_table_is_listed_and_read() {
    let lab = lab("create table plain (id int primary key, t text);
        create table parent (id int, at date, primary key (id, at)) partition by range (at);
        create table child partition of parent for values from ('2026-01-01') to ('2027-01-01');
        create view seen as select id from plain;
        create materialized view kept as select 1 as x;
        create table nokey (a int); insert into nokey values (1);
        insert into plain values (1, 'one'); insert into parent values (1, '2026-05-05');
        create schema \"Odd \"\"Näme\"; create table \"Odd \"\"Näme\".\"select\" (\"from\" int primary key, \"a.b\" text)")
    .await;
    let tables = lab.owner.get("/api/v1/explorer/main/tables").await.body_of(200);
    let kind = |name: &str| {
        tables.as_array().unwrap().iter().find(|t| t["name"] == name).map(|t| (t["kind"].clone(), t["parent"].clone(), t["panel"].clone()))
    };
    assert_eq!(kind("plain"), Some((json!("table"), json!(null), json!(false))));
    assert_eq!(kind("parent").unwrap().0, "partitioned");
    assert_eq!(kind("child"), Some((json!("partition"), json!("public.parent"), json!(false))));
    assert_eq!(kind("seen").unwrap().0, "view");
    assert_eq!(kind("kept").unwrap().0, "materialized_view");
    assert_eq!(kind("audit_log").unwrap().2, json!(true));
    for (path, rows) in [("main/plain", 1), ("main/parent", 1), ("main/child", 1), ("main/seen", 1), ("main/kept", 1), ("main/nokey", 1)] {
        assert_eq!(lab.get(path).await.body_of(200).as_array().unwrap().len(), rows, "{path}");
    }
    let odd = format!("main/{}?{}=eq.x&order={}", encoded("select"), encoded("a.b"), encoded("\"a.b\""));
    lab.rows(Method::GET, &odd, &[("accept-profile", "Odd \"Näme")], Value::Null).await.expect_status(404);
    let described = lab.owner.get(&format!("/api/v1/explorer/main/tables/{}/select", encoded("Odd \"Näme"))).await.body_of(200);
    assert_eq!(described["primary_key"], json!(["from"]));
    let nokey = lab.owner.get("/api/v1/explorer/main/tables/public/nokey").await.body_of(200);
    assert_eq!(
        (&nokey["insert"]["allowed"], &nokey["update"]["allowed"], &nokey["delete"]["allowed"]),
        (&json!(true), &json!(false), &json!(false))
    );
    assert!(nokey["update"]["reason"].as_str().unwrap().contains("no primary key"));
    for name in ["seen", "kept"] {
        assert_eq!(lab.owner.get(&format!("/api/v1/explorer/main/tables/public/{name}")).await.body_of(200)["update"]["allowed"], false);
    }
}

#[tokio::test]
async fn a_table_is_described_whole() {
    let lab = lab("create type mood as enum ('sad', 'ok'); create domain short as varchar(3) check (value <> 'bad');
        create table author (id int primary key, name text not null);
        create table book (id int generated by default as identity primary key, author_id int not null references author on delete cascade, title varchar(20) default 'none', m mood, ms mood[],
          pages int check (pages > 0), twice int generated always as (pages * 2) stored, code short unique, j jsonb);
        comment on table book is 'Printed'; comment on column book.title is 'On the cover'; create index book_title_idx on book (lower(title))")
    .await;
    let book = lab.owner.get("/api/v1/explorer/main/tables/public/book").await.body_of(200);
    let column = |name: &str| book["columns"].as_array().unwrap().iter().find(|c| c["name"] == name).unwrap().clone();
    assert_eq!(book["comment"], "Printed");
    assert_eq!(
        (&column("title")["max_length"], &column("title")["comment"], &column("title")["nullable"]),
        (&json!(20), &json!("On the cover"), &json!(true))
    );
    assert_eq!((&column("id")["identity"], &column("id")["primary_key"]), (&json!("by_default"), &json!(1)));
    assert_eq!((&column("m")["category"], &column("m")["enum_values"]), (&json!("enum"), &json!(["sad", "ok"])));
    assert_eq!((&column("ms")["category"], &column("ms")["element"]), (&json!("array"), &json!("mood")));
    assert_eq!(
        (&column("code")["category"], &column("code")["max_length"], &column("code")["type"]),
        (&json!("text"), &json!(3), &json!("short"))
    );
    assert_eq!((&column("twice")["generated"], &column("twice")["writable"]), (&json!(true), &json!(false)));
    assert_eq!(book["foreign_keys"][0]["title_column"], "name");
    assert_eq!(book["checks"][0]["columns"], json!(["pages"]));
    assert_eq!(book["uniques"][0]["columns"], json!(["code"]));
    assert!(
        book["indexes"].as_array().unwrap().iter().any(|i| i["name"] == "book_title_idx" && i["columns"] == json!(["lower(title::text)"])),
        "{}",
        book["indexes"]
    );
    let author = lab.owner.get("/api/v1/explorer/main/tables/public/author").await.body_of(200);
    assert_eq!((&author["referenced_by"][0]["table"], &author["referenced_by"][0]["on_delete"]), (&json!("book"), &json!("cascade")));
}

#[tokio::test]
async fn what_references_a_row_is_counted() {
    let lab = lab("create table parent (a int, b int, primary key (a, b)); insert into parent values (1, 1), (1, 2);
        create table child (id serial primary key, x int, y int, foreign key (x, y) references parent on delete cascade);
        insert into child (x, y) select 1, 1 from generate_series(1, 1500); insert into child (x, y) values (1, 2)")
    .await;
    let path = "/api/v1/explorer/main/tables/public/parent/references";
    let many = lab.owner.get(&format!("{path}?a=eq.1&b=eq.1")).await.body_of(200);
    assert_eq!(
        (&many[0]["count"], &many[0]["capped"], &many[0]["on_delete"], &many[0]["columns"]),
        (&json!(1000), &json!(true), &json!("cascade"), &json!(["x", "y"]))
    );
    let few = lab.owner.get(&format!("{path}?a=eq.1&b=eq.2")).await.body_of(200);
    assert_eq!((&few[0]["count"], &few[0]["capped"]), (&json!(1), &json!(false)));
    lab.owner.get(&format!("{path}?a=eq.x")).await.expect_status(400);
}

#[tokio::test]
async fn sql_in_any_position_stays_text() {
    let lab = lab("create table t (id int primary key, name text, j jsonb); insert into t values (1, 'x', '{}')").await;
    let evil = [
        "'; drop table t; --",
        "\"; drop table t; --",
        "1) or 1=1 --",
        "$1",
        "\\'; select pg_sleep(9); --",
        "%00",
        "/**/union/**/select/**/1",
        "id; delete from t",
    ];
    for text in evil {
        let text = encoded(text);
        for path in [
            format!("main/t?name=eq.{text}"),
            format!("main/t?{text}=eq.1"),
            format!("main/t?select={text}"),
            format!("main/t?order={text}"),
            format!("main/t?order=id.{text}"),
            format!("main/t?limit={text}"),
            format!("main/t?cursor={text}"),
            format!("main/t?search={text}"),
            format!("main/t?or=({text})"),
            format!("main/t?id=in.({text})"),
            format!("main/t?j->>{text}=eq.1"),
            format!("main/t?name=fts({text}).x"),
            format!("main/{text}"),
            format!("{text}/t"),
        ] {
            let answer = lab.get(&path.replace('>', "%3E")).await;
            assert!(answer.status < 500, "{path}: {}", answer.text);
        }
        for header in ["accept-profile", "prefer", "range"] {
            let value = text.replace("%00", "").replace('%', "\"'");
            let answer = lab.rows(Method::GET, "main/t", &[(header, &value)], Value::Null).await;
            assert!(answer.status < 500, "{header}: {}", answer.text);
        }
        for (method, path, body) in [
            (Method::PATCH, format!("main/t?id=eq.{text}"), json!({"name": "y"})),
            (Method::PATCH, "main/t?id=eq.1".into(), json!({text.clone(): "y"})),
            (Method::DELETE, format!("main/t?{text}=eq.1"), Value::Null),
            (Method::POST, format!("main/t?on_conflict={text}"), json!({"id": 1})),
            (Method::POST, format!("main/t?columns={text}"), json!({"id": 1})),
            (Method::POST, "main/t".into(), json!({text.clone(): 1})),
        ] {
            let answer = lab.rows(method, &path, &[("prefer", "resolution=merge-duplicates")], body).await;
            assert!((400..500).contains(&answer.status), "{path}: {} {}", answer.status, answer.text);
        }
    }
    assert_eq!(lab.ask("select count(*) from t").await, "1");
    assert_eq!(lab.ask("select name from t").await, "x");
}

#[tokio::test]
async fn a_table_that_changes_while_it_is_open_is_told() {
    let lab = lab("create table t (id int primary key, a text, b int); insert into t values (1, 'a', 1)").await;
    lab.get("main/t").await.expect_status(200);
    lab.db.batch_execute("alter table t drop column b").await.unwrap();
    let gone = lab.get("main/t?select=id,b").await;
    assert!(gone.status == 404 || gone.status == 400, "{}", gone.text);
    assert_eq!(lab.get("main/t").await.body_of(200), json!([{"id": 1, "a": "a"}]));
    // A type that is read otherwise, while the old one is still remembered.
    lab.db.batch_execute("alter table t alter column id type numeric, alter column a type int using 5").await.unwrap();
    assert_eq!(lab.get("main/t").await.body_of(200), json!([{"id": "1", "a": 5}]));
    lab.db.batch_execute("alter table t add column c int default 7").await.unwrap();
    lab.db.batch_execute("drop table t").await.unwrap();
    let answer = lab.get("main/t").await.expect(404);
    assert!(answer["detail"].as_str().unwrap().contains("table"), "{}", answer.text);
    let answer = lab.update("main/t?id=eq.1", json!({"a": "b"})).await.expect(404);
    assert!(answer["message"].as_str().unwrap().contains("public.t"), "{}", answer.text);
    lab.owner.get("/api/v1/explorer/main/tables/public/t").await.expect_status(404);
    lab.db.batch_execute("create table t (id int primary key, z text); insert into t values (1, 'again')").await.unwrap();
    assert_eq!(lab.get("main/t").await.body_of(200), json!([{"id": 1, "z": "again"}]));
}

#[tokio::test]
async fn long_values_are_shortened_only_when_asked() {
    let lab = lab("create table t (id int primary key, a text, b bytea, j jsonb); insert into t values (1, repeat('ä', 5000), decode(repeat('ab', 5000), 'hex'), to_jsonb(repeat('x', 5000)))").await;
    let short = lab.rows(Method::GET, "main/t", &[("prefer", "shorten=64, versions")], Value::Null).await.expect(200);
    assert_eq!(short[0]["a"]["$size"], 10000);
    assert_eq!(short[0]["a"]["$short"].as_str().unwrap().chars().count(), 64);
    assert_eq!(short[0]["b"]["$size"], 5000);
    assert!(short[0]["$version"].is_string());
    let whole = lab.get("main/t?id=eq.1&select=a").await.body_of(200);
    assert_eq!(whole[0]["a"].as_str().unwrap().chars().count(), 5000);
    lab.rows(Method::GET, "main/t", &[("prefer", "shorten=-1")], Value::Null).await.expect_status(400);
}
