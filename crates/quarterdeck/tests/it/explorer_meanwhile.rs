//! Somebody changes a table between a look at it and what is asked then, by every door beside the rows' own (`explorer_zoo` has
//! those). Each is right or told with words; nothing is a fault, and no value lands where it doesn't belong.

use crate::explorer_lab::{Lab, lab};
use crate::import_lab::by_name;
use futures::TryStreamExt as _;
use http::Method;
use serde_json::{Value, json};
use work::worker;

/// What somebody does; `{t}` is the table.
const CHANGES: [&str; 12] = [
    "alter table {t} drop column n",
    "alter table {t} rename column n to m",
    "alter table {t} rename column n to m; alter table {t} rename column note to n; alter table {t} rename column m to note",
    "alter table {t} alter column n type text using n::text",
    "alter table {t} alter column n type uuid using '00000000-0000-0000-0000-000000000001'",
    "alter table {t} alter column id type text using id::text",
    "alter table {t} add column must int not null default 1",
    "alter table {t} drop constraint {t}_pkey",
    "alter table {t} rename to {t}_moved",
    "drop table {t}",
    "drop table {t}; create view {t} as select 1 as id, 2 as n, 'v'::text as note",
    "alter table {t} add check (n < 3)",
];

#[derive(Clone, Copy, Debug)]
enum Door {
    Commit,
    Undo,
    Batch,
    Begun,
    Import,
    Uploaded,
    Export(&'static str),
    Kept,
    Facets,
    History,
    References,
    Plan,
    Page,
}

const DOORS: [Door; 15] = [
    Door::Commit,
    Door::Undo,
    Door::Batch,
    Door::Begun,
    Door::Import,
    Door::Uploaded,
    Door::Export("csv"),
    Door::Export("ndjson"),
    Door::Export("parquet"),
    Door::Kept,
    Door::Facets,
    Door::History,
    Door::References,
    Door::Plan,
    Door::Page,
];

fn path(table: &str, end: &str) -> String {
    format!("/api/v1/explorer/main/tables/public/{table}/{end}")
}

async fn text(lab: &Lab, path: &str) -> (u16, String) {
    send(lab, Method::GET, path, None).await
}

/// An answer that may be a fault.
async fn send(lab: &Lab, method: Method, path: &str, body: Option<Value>) -> (u16, String) {
    let headers = [("content-type", "application/json")];
    let body = body.map(|body| body.to_string().into_bytes());
    let answer = lab.owner.open(method, path, &headers, body).await;
    let status = answer.status().as_u16();
    let body = answer.into_body().into_data_stream().try_fold(Vec::new(), async |mut all, part| {
        all.extend_from_slice(&part);
        Ok(all)
    });
    // What breaks off has said so in the log.
    (status, body.await.map(|body| String::from_utf8_lossy(&body).into_owned()).unwrap_or_else(|_| "broken off, as the log says".into()))
}

/// A job that was begun before the change, worked off after it.
async fn worked(lab: &Lab, path: &str) -> (u16, String) {
    worker::drain(&lab.app.app).await.unwrap();
    let answer = lab.owner.get(path).await;
    let ended = matches!(answer["status"].as_str(), Some("done" | "failed"));
    (if answer.status == 200 && !ended { 599 } else { answer.status }, answer.text)
}

/// What a door is asked, looked at before and asked after `change`.
async fn ask(lab: &Lab, door: Door, table: &str, change: &str) -> (u16, String) {
    let (rows, versions) = (format!("main/{table}"), [("prefer", "versions")]);
    let seen = lab.rows(Method::GET, &format!("{rows}?id=eq.1"), &versions, Value::Null).await.body_of(200);
    let (batches, imports, exports) = (path(table, "batches"), path(table, "imports?format=csv&name=x.csv"), path(table, "exports"));
    let batch = json!({"verb": "update", "filter": "n=lt.9", "set": {"n": 5}, "expected": 2, "mode": "atomic"});
    let file = async || {
        let headers = [("content-type", "text/csv")];
        lab.owner.send_bytes(Method::POST, &imports, &headers, Some(b"id,n,note\n7,5,x\n".to_vec())).await
    };
    let run = json!({"columns": by_name(&["id", "n", "note"])});
    let go = async || lab.db.batch_execute(change).await.unwrap();
    let id = |made: &Value| made["id"].as_str().unwrap().to_owned();
    match door {
        Door::Commit => {
            go().await;
            let change = json!({"key": {"id": 1}, "version": seen[0]["$version"], "base": {"n": 1}, "set": {"n": 5}});
            send(lab, Method::POST, &path(table, "changes"), Some(json!({"changes": [change]}))).await
        }
        Door::Undo => {
            let changed = lab.update(&format!("{rows}?id=eq.1"), json!({"n": 2})).await.expect(200);
            let entry = changed.header("audit-entry").unwrap().to_owned();
            go().await;
            send(lab, Method::POST, &path(table, "undo"), Some(json!({"entry": entry}))).await
        }
        Door::Batch => {
            go().await;
            send(lab, Method::POST, &format!("{batches}/preview"), Some(batch)).await
        }
        Door::Begun => {
            let begun = lab.owner.post(&batches, batch).await.body_of(201);
            go().await;
            worked(lab, &format!("/api/v1/row-batches/{}", id(&begun))).await
        }
        Door::Import => {
            let made = file().await.body_of(201);
            go().await;
            let begun = send(lab, Method::POST, &format!("/api/v1/row-imports/{}/run", id(&made)), Some(run)).await;
            if begun.0 == 200 { worked(lab, &format!("/api/v1/row-imports/{}", id(&made))).await } else { begun }
        }
        Door::Uploaded => {
            let made = file().await.body_of(201);
            lab.owner.post(&format!("/api/v1/row-imports/{}/run", id(&made)), run).await.expect_status(200);
            go().await;
            worked(lab, &format!("/api/v1/row-imports/{}", id(&made))).await
        }
        Door::Export(format) => {
            go().await;
            text(lab, &format!("{}?select=id,n&n=lt.9", path(table, &format!("export/{format}")))).await
        }
        Door::Kept => {
            let made = lab.owner.post(&exports, json!({"format": "csv", "query": "n=lt.9"})).await.body_of(201);
            go().await;
            worked(lab, &format!("/api/v1/row-exports/{}", id(&made))).await
        }
        Door::Facets => {
            go().await;
            text(lab, &path(table, "facets?column=n")).await
        }
        Door::History => {
            lab.update(&format!("{rows}?id=eq.1"), json!({"n": 2})).await.expect_status(200);
            go().await;
            text(lab, &path(table, "history?id=eq.1")).await
        }
        Door::References => {
            go().await;
            text(lab, &path(table, "references?id=eq.1")).await
        }
        Door::Plan => {
            go().await;
            text(lab, &path(table, "plan?n=eq.1&order=n")).await
        }
        Door::Page => {
            let page = lab.get(&format!("{rows}?order=n.desc&limit=1")).await.expect(200);
            let cursor = page.header("next-cursor").unwrap().to_owned();
            go().await;
            text(lab, &format!("/api/v1/data/{rows}?order=n.desc&limit=1&cursor={cursor}")).await
        }
    }
}

#[tokio::test]
async fn no_door_trips_over_a_table_that_was_changed_and_no_value_goes_astray() {
    let lab = lab("").await;
    let mut wrong = Vec::new();
    for (i, change) in CHANGES.iter().enumerate() {
        for (k, door) in DOORS.iter().enumerate() {
            let table = format!("moving_{i}_{k}");
            let made = format!(
                "create table public.{table} (id int primary key, n int, note text); insert into {table} values (1, 1, 'one'), (2, 2, 'two'); analyze {table}"
            );
            lab.db.batch_execute(&made).await.unwrap();
            lab.owner.get(&format!("/api/v1/explorer/main/tables/public/{table}")).await.expect_status(200);
            let (status, said) = ask(&lab, *door, &table, &change.replace("{t}", &table)).await;
            if status >= 500 || (status >= 400 && said.len() < 20) {
                wrong.push(format!("{door:?} after {change}: {status} {said}"));
            }
            // Where n and note changed their places, a number may be in either; a text that was there is never lost to another column.
            if *change == CHANGES[2] {
                let kept = lab.ask(&format!("select string_agg(t::text, ';' order by id) from {table} t where id < 3")).await;
                let allowed =
                    matches!(kept.as_str(), "(1,one,1);(2,two,2)" | "(1,1,one);(2,2,two)" | "(1,one,2);(2,two,2)" | "(1,2,one);(2,2,two)");
                let written = matches!(door, Door::Commit | Door::Batch | Door::Begun);
                if !allowed && !written {
                    wrong.push(format!("{door:?} after {change}: {kept}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    let log = lab.app.audit().await;
    assert!(
        !log.iter().any(|entry| entry["outcome"] == "failed" && entry["detail"].as_str().is_some_and(|detail| detail.contains("internal")))
    );
}
