//! One of everything: each value of each type is read, filtered, sorted, written back, changed and taken along in files,
//! and comes out as it was; what can't be done is refused with words.

use crate::explorer_lab::encoded;
use crate::import_lab::path;
use crate::zoo_lab::{columns, field, keys, name, one, quoted, zoo};
use futures::TryStreamExt as _;
use http::Method;
use kernel::list::quote_qualified;
use serde_json::{Map, Value, json};
use work::worker;

const OPERATORS: [&str; 25] = [
    "eq",
    "neq",
    "gt",
    "gte",
    "lt",
    "lte",
    "like",
    "ilike",
    "match",
    "imatch",
    "is",
    "isdistinct",
    "in",
    "cs",
    "cd",
    "ov",
    "sl",
    "sr",
    "nxr",
    "nxl",
    "adj",
    "fts",
    "plfts",
    "phfts",
    "wfts",
];

/// Method, parameters and body.
type Request<'a> = (Method, &'a [(&'a str, &'a str)], Value);

#[tokio::test]
async fn every_value_is_written_back_as_it_was_read_and_changed_to_another() {
    let lab = zoo().await;
    let mut tried = 0;
    for animal in lab.animals().await.iter().filter(|animal| animal["update"]["allowed"] == true && name(animal) != "wide") {
        let table = name(animal);
        let rows = lab.feed(Method::GET, table, &[("select", "*")], Value::Null).await.body_of(200);
        let (rows, before) = (rows.as_array().unwrap(), lab.whole(table).await);
        let writable: Vec<&str> = columns(animal).iter().filter(|c| c["writable"] == true).map(|c| c["name"].as_str().unwrap()).collect();
        for row in rows {
            let key = one(animal, row);
            let whole: Map<String, Value> = writable.iter().map(|c| ((*c).to_owned(), row[c].clone())).collect();
            let same = lab.feed(Method::PATCH, table, &[("and", &key)], Value::Object(whole)).await.expect(200);
            assert_eq!(same.body, json!([row]), "{table}");
            assert_eq!(lab.whole(table).await, before, "{table} was changed by writing back what was read: {row}");
            for column in writable.iter().filter(|column| !keys(animal).contains(column)) {
                tried += 1;
                for other in rows.iter().filter(|other| other != &row) {
                    let changed =
                        lab.feed(Method::PATCH, table, &[("and", &key), ("select", &quoted(column))], field(column, &other[column])).await;
                    if changed.status == 422 && other[column].is_null() {
                        continue;
                    }
                    assert_eq!(
                        (changed.status, &changed.body),
                        (200, &json!([field(column, &other[column])])),
                        "{table}.{column}: {}",
                        changed.text
                    );
                    assert_eq!(lab.value(animal, row, column).await, lab.value(animal, other, column).await, "{table}.{column}");
                }
                lab.feed(Method::PATCH, table, &[("and", &key)], field(column, &row[column])).await.expect_status(200);
            }
        }
        assert_eq!(lab.whole(table).await, before, "{table} is not what it was");
    }
    assert!(tried > 300, "only {tried}");
}

#[tokio::test]
async fn every_operator_works_where_it_is_offered_and_nowhere_else() {
    let lab = zoo().await;
    let mut wrong = Vec::new();
    for animal in lab.animals().await.iter().filter(|animal| name(animal) != "wide") {
        let table = quote_qualified("zoo", name(animal));
        for column in columns(animal) {
            let column_name = column["name"].as_str().unwrap();
            let offered: Vec<&str> = column["operators"].as_array().unwrap().iter().map(|op| op.as_str().unwrap()).collect();
            let sample = lab
                .ask(&format!("select {}::text from {table} order by 1 desc nulls last limit 1", kernel::list::quote(column_name)))
                .await;
            for operator in OPERATORS {
                let value = match operator {
                    "is" => "null".to_owned(),
                    "like" | "ilike" | "match" | "imatch" | "fts" | "plfts" | "phfts" | "wfts" => "a".to_owned(),
                    "in" => format!("({})", quoted(&sample)),
                    _ => quoted(&sample),
                };
                let filter = format!("({}.{operator}.{value})", quoted(column_name));
                let answer = lab
                    .feed(Method::GET, name(animal), &[("select", &quoted(column_name)), ("and", &filter), ("limit", "1")], Value::Null)
                    .await;
                let expected = if offered.contains(&operator) { 200 } else { 400 };
                if answer.status != expected {
                    wrong.push(format!("{table}.{column_name} {} {operator} {sample}: {} {}", column["type"], answer.status, answer.text));
                }
            }
            for direction in ["asc", "desc.nullsfirst"] {
                let order = format!("{}.{direction}", quoted(column_name));
                let sorted = lab.feed(Method::GET, name(animal), &[("order", &order)], Value::Null).await;
                if !matches!(sorted.status, 200 | 400) || sorted.status == 400 && offered.contains(&"like") {
                    wrong.push(format!("{table}.{column_name} {} by {direction}: {} {}", column["type"], sorted.status, sorted.text));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn every_table_comes_back_from_its_files() {
    let lab = zoo().await;
    let mut wrong = Vec::new();
    for animal in lab.animals().await {
        let table = name(&animal).to_owned();
        if !matches!(animal["kind"].as_str(), Some("table" | "partitioned")) || matches!(table.as_str(), "made" | "wide") {
            continue;
        }
        // Of types of which nothing is known the file has the values, and no import takes them.
        for column in columns(&animal).iter().filter(|column| column["unknown_type"].is_string()) {
            let column = kernel::list::quote(column["name"].as_str().unwrap());
            lab.db.batch_execute(&format!("update {} set {column} = null", quote_qualified("zoo", &table))).await.unwrap();
        }
        let (from, copy) = (quote_qualified("zoo", &table), format!("copy of {table}").chars().take(20).collect::<String>());
        let to = quote_qualified("zoo", &copy);
        lab.db.batch_execute(&format!("create table {to} (like {from} including defaults)")).await.unwrap();
        for format in ["csv", "ndjson", "xlsx", "parquet"] {
            let path_out = format!("/api/v1/explorer/main/tables/zoo/{}/export/{format}", encoded(&table));
            let answer = lab.owner.open(Method::GET, &path_out, &[], None).await;
            assert_eq!(answer.status().as_u16(), 200, "{table} as {format}");
            let body = answer.into_body().into_data_stream().try_fold(Vec::new(), async |mut all, part| {
                all.extend_from_slice(&part);
                Ok(all)
            });
            let Ok(file) = body.await else {
                // Said so in the log: a sheet has no place for it.
                let log = lab.log().await;
                let ended = log.iter().any(|entry| entry["action"] == "rows.export" && entry["outcome"] == "failed");
                if !ended || matches!(format, "csv" | "ndjson") {
                    wrong.push(format!("{table} as {format}: broken off"));
                }
                continue;
            };
            if format == "parquet" {
                continue;
            }
            let path_in = format!("/api/v1/explorer/main/tables/zoo/{}/imports?format={format}&name=x.{format}", encoded(&copy));
            let import = lab.owner.send_bytes(Method::POST, &path_in, &[("content-type", "application/octet-stream")], Some(file)).await;
            if import.status != 201 {
                wrong.push(format!("{table} as {format}: {} {}", import.status, import.text));
                continue;
            }
            let import = import.body;
            lab.owner.post(&format!("{}/run", path(&import)), json!({"whole": true})).await.expect_status(200);
            worker::drain(&lab.app.app).await.unwrap();
            let done = lab.owner.get(&path(&import)).await.body_of(200);
            let differs = lab
                .ask(&format!(
                    "select string_agg(x::text, E'\\n') from (select t::text from {from} t except all select t::text from {to} t) x"
                ))
                .await;
            // In a sheet an empty text is nothing, and so is a row of nothing.
            if format == "xlsx" && matches!(table.as_str(), "texts" | "times" | "keyless") {
                assert!(done["status"] == "done" || done["error"].as_str().is_some_and(|error| error.len() > 15), "{done}");
            } else if done["status"] != "done" || differs != "NULL" {
                wrong.push(format!("{table} as {format}: {} {} {}\n  {differs}", done["status"], done["error"], done["report"]["rejects"]));
            }
            lab.db.batch_execute(&format!("truncate {to}")).await.unwrap();
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn what_cannot_be_written_is_refused_with_words() {
    let lab = zoo().await;
    for (method, table, body, status, words) in [
        (Method::PATCH, "made", json!({"id": 9}), 422, "makes the values of id itself"),
        (Method::PATCH, "made", json!({"twice": 9}), 422, "makes the values of twice itself"),
        (Method::PATCH, "keyless", json!({"b": "y"}), 403, "no primary key"),
        (Method::PATCH, "expressed", json!({"n": 2}), 403, "no primary key"),
        (Method::DELETE, "keyless", Value::Null, 403, "no primary key"),
        (Method::PATCH, "counted", json!({"n": 2}), 403, "can't update this view"),
        (Method::POST, "counted", json!({"n": 2}), 403, "can't insert into this view"),
        (Method::PATCH, "frozen", json!({"i4": 2}), 403, "refreshing"),
        (Method::PATCH, "shown", json!({"t": "x"}), 403, "no primary key"),
        (Method::PATCH, "numbers", json!({"dom": "-1"}), 422, "positive"),
        (Method::PATCH, "texts", json!({"must": null}), 422, "null"),
        (Method::PATCH, "arrays", json!({"few": ["1", "2", "3", "4", "5", "6", "7", "8", "9"]}), 422, "few"),
        (Method::PATCH, "arrays", json!({"grid": [[1], [2, 3]]}), 422, "alformed array"),
        (Method::PATCH, "composites", json!({"p": {"a": 1}}), 422, "not an object"),
    ] {
        let animal = lab.animal(table).await;
        let column = columns(&animal)[0]["name"].as_str().unwrap().to_owned();
        let filter = format!("({}.not.is.null)", quoted(&column));
        let query = [("and", filter.as_str())];
        let query = if method == Method::POST { &[][..] } else { &query[..] };
        let before = lab.whole(table).await;
        let refused = lab.feed(method.clone(), table, query, body.clone()).await;
        assert!(refused.status == status && refused.text.contains(words), "{method} {table} {body}: {} {}", refused.status, refused.text);
        assert_eq!(lab.whole(table).await, before);
    }
    // What can: rows without a key, keys made by the database, views with triggers, partitions.
    let made = lab.feed(Method::POST, "made", &[("select", "id,seq,base,twice")], json!({"base": 21})).await.body_of(201);
    assert_eq!(made, json!([{"id": 3, "seq": 3, "base": 21, "twice": 42}]));
    lab.feed(Method::POST, "keyless", &[], json!({"a": 2, "b": null})).await.expect_status(201);
    let clash = lab.feed(Method::POST, "expressed", &[], json!({"name": "ADA", "n": 3})).await;
    assert_eq!(clash.status, 409, "{}", clash.text);
    let seen =
        lab.feed(Method::POST, "instead", &[], json!({"id": "10000000-0000-0000-0000-000000000000", "loud": "HELLO"})).await.body_of(201);
    assert_eq!(seen[0]["loud"], "HELLO");
    assert_eq!(lab.ask("select t from zoo.texts where id = '10000000-0000-0000-0000-000000000000'").await, "hello");
    let moved = lab.feed(Method::PATCH, "parted", &[("id", "eq.1")], json!({"at": "2026-12-24"})).await.body_of(200);
    assert_eq!((moved[0]["at"].as_str(), lab.ask("select count(*) from zoo.parted_new").await.as_str()), (Some("2026-12-24"), "2"));
}

#[tokio::test]
async fn a_table_of_1600_columns_is_a_table() {
    let lab = zoo().await;
    let rows = lab.feed(Method::GET, "wide", &[("order", "id")], Value::Null).await.body_of(200);
    assert_eq!((rows[0].as_object().unwrap().len(), &rows[0]["c1600"]), (1600, &json!(1)));
    let same = lab.feed(Method::PATCH, "wide", &[("id", "eq.1")], rows[0].clone()).await.body_of(200);
    assert_eq!(same, json!([rows[0]]));
    let changed = lab.feed(Method::PATCH, "wide", &[("c1600", "eq.2"), ("select", "id,c1600")], json!({"c1600": 3})).await.body_of(200);
    assert_eq!(changed, json!([{"id": 2, "c1600": 3}]));
    let made =
        lab.feed(Method::POST, "wide", &[("select", "id,c2")], json!([{"id": 3, "c2": 5}, {"id": 4, "c2": null}])).await.body_of(201);
    assert_eq!(made, json!([{"id": 3, "c2": 5}, {"id": 4, "c2": null}]));
    let answer = lab.feed(Method::GET, "wide", &[("c1600", "is.null"), ("select", "id")], Value::Null).await.body_of(200);
    assert_eq!(answer, json!([{"id": 3}, {"id": 4}]));
}

#[tokio::test]
async fn rows_from_elsewhere_are_read_like_others() {
    let lab = zoo().await;
    if lab.ask("select count(*) from pg_foreign_table").await == "0" {
        eprintln!("this PostgreSQL has no postgres_fdw that can reach itself: foreign tables are not tried");
        return;
    }
    let animal = lab.animal("far").await;
    assert_eq!((animal["kind"].as_str(), animal["update"]["allowed"].as_bool()), (Some("foreign"), Some(false)));
    let far = lab.feed(Method::GET, "far", &[("i8", "gt.0")], Value::Null).await;
    if far.status == 200 {
        assert_eq!(far.body, json!([{"id": 2, "i4": 2_147_483_647, "i8": "9223372036854775807"}]));
    } else {
        // Who may not log in there is told so, and it is no fault of ours.
        assert!(far.status < 500 || far.status == 503, "{} {}", far.status, far.text);
    }
}

#[tokio::test]
async fn tables_that_change_between_two_looks_are_told_and_never_a_fault() {
    let lab = zoo().await;
    let changes = [
        "alter table {t} drop column b",
        "alter table {t} rename column b to c",
        "alter table {t} alter column b type text using b::text",
        "alter table {t} alter column b type int8",
        "alter table {t} add column c int not null default 1",
        "alter table {t} drop constraint {p}",
        "drop table {t}",
        "alter table {t} rename to {n}_moved",
        "drop table {t}; create view {t} as select 1 as id, 2 as b",
        "drop table {t}; create table {t} (id text primary key, b mood2)",
    ];
    lab.db.batch_execute("create type zoo.mood2 as enum ('x'); set search_path = zoo, public").await.unwrap();
    let requests: [Request<'_>; 11] = [
        (Method::GET, &[], Value::Null),
        (Method::GET, &[("select", "b")], Value::Null),
        (Method::GET, &[("b", "eq.5")], Value::Null),
        (Method::GET, &[("b", "in.(5,6)"), ("order", "b.desc")], Value::Null),
        (Method::GET, &[("select", "b,count()")], Value::Null),
        (Method::PATCH, &[("id", "eq.1")], json!({"b": 6})),
        (Method::PATCH, &[("b", "eq.5"), ("select", "id,b::text")], json!({"b": 6})),
        (Method::POST, &[], json!({"id": 9, "b": 7})),
        (Method::PUT, &[("id", "eq.1")], json!({"id": 1, "b": 7})),
        (Method::DELETE, &[("b", "eq.5")], Value::Null),
        (Method::HEAD, &[("b", "gt.1")], Value::Null),
    ];
    let mut wrong = Vec::new();
    for (i, change) in changes.iter().enumerate() {
        for (k, (method, query, body)) in requests.iter().enumerate() {
            let table = format!("moving_{i}_{k}");
            lab.db
                .batch_execute(&format!("create table zoo.{table} (id int primary key, b int); insert into zoo.{table} values (1, 5)"))
                .await
                .unwrap();
            // Looked at, and the statement prepared.
            lab.animal(&table).await;
            lab.feed(Method::GET, &table, if *method == Method::GET { query } else { &[] }, Value::Null).await.expect_status(200);
            let change = change.replace("{t}", &format!("zoo.{table}")).replace("{n}", &table).replace("{p}", &format!("{table}_pkey"));
            lab.db.batch_execute(&change).await.unwrap();
            let answer = lab.feed(method.clone(), &table, query, body.clone()).await;
            let is_told =
                *method == Method::HEAD || answer.status < 300 || answer["detail"].as_str().is_some_and(|detail| detail.len() > 15);
            if answer.status >= 500 || !is_told {
                wrong.push(format!("{method} {query:?} after {change}: {} {}", answer.status, answer.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
