//! Exports: the whole of what a filter matches, as COPY would write it; who may, what is kept back, and how they end.

use crate::explorer_lab::{Lab, encoded, lab};
use futures::{StreamExt as _, TryStreamExt as _};
use http::Method;
use serde_json::{Value, json};
use testkit::{Answer, Client};

/// Values that files get wrong.
const ZOO: &str = r#"create table public.zoo (id int primary key, t text, n numeric, big int8, at timestamptz, d date, j json, jb jsonb, a text[], b bytea, ok bool, f float8, r int4range, m money);
    insert into zoo values
      (1, 'plain', 1.10, 9007199254740993, '2026-11-20 09:30:00+00', '2026-11-20', '{"a": [1,
  2]}', '{"k": "v"}', '{a,"b c",null}', '\x00ff', true, 1e300, '[1,5)', 12.5),
      (2, '', null, null, null, null, null, null, null, null, null, 'NaN', null, null),
      (3, null, -0.001, -1, '0044-03-15 12:00:00+00 BC', 'infinity', 'null', 'null', '{}', '', false, '-Infinity', 'empty', -1),
      (4, E'comma, "quote"\nline\r\ttab \\ back', 0, 0, 'infinity', '-infinity', '"x"', '[]', '{{1,2},{3,4}}', '\xdeadbeef', null, 0.1, '(,)', 0)"#;

const MANY: &str = "create table public.many as select n as id, repeat('x', 100) as filler from generate_series(1, 50000) n; \
     alter table many add primary key (id)";

fn path(table: &str, format: &str, query: &str) -> String {
    format!("/api/v1/explorer/main/tables/public/{}/export/{format}{query}", encoded(table))
}

async fn export(client: &Client, table: &str, format: &str, query: &str) -> Answer {
    client.get(&path(table, format, query)).await
}

/// What PostgreSQL itself writes.
async fn copied(lab: &Lab, query: &str) -> String {
    lab.db.batch_execute("set timezone = 'UTC'").await.unwrap();
    let rows = lab.db.copy_out(&format!("copy ({query}) to stdout (format csv, header)")).await.unwrap();
    let bytes: Vec<u8> = rows.map_ok(|row| row.to_vec()).try_concat().await.unwrap();
    String::from_utf8(bytes).unwrap()
}

async fn log(lab: &Lab) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    lab.log().await.iter().filter(|e| e["action"] == "rows.export").map(|e| (text(&e["outcome"]), text(&e["detail"]))).collect()
}

/// The log once it says how the last export ended: that is written after the last byte.
async fn ended(lab: &Lab, entries: usize) -> Vec<(String, String)> {
    loop {
        let mut log = log(lab).await;
        if log.len() >= entries {
            // The clock stands still, so their times don't tell which came first.
            log.sort_by_key(|(outcome, _)| outcome != "started");
            return log;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_file_is_what_copy_writes() {
    let lab = lab(ZOO).await;
    let answer = export(&lab.owner, "zoo", "csv", "?order=id").await.expect(200);
    assert_eq!(answer.text, copied(&lab, "select * from zoo order by id").await);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"zoo.csv\"; filename*=UTF-8''zoo.csv"));
    // And PostgreSQL reads it back as the same rows.
    lab.db.batch_execute("create table back (like zoo)").await.unwrap();
    let sink = lab.db.copy_in("copy back from stdin (format csv, header)").await.unwrap();
    let mut sink = std::pin::pin!(sink);
    futures::SinkExt::send(&mut sink, bytes::Bytes::from(answer.text)).await.unwrap();
    assert_eq!(sink.finish().await.unwrap(), 4);
    assert_eq!(lab.ask("select count(*) from (select kept::text from zoo kept except select kept::text from back kept) x").await, "0");
}

#[tokio::test]
async fn lines_are_the_objects_that_lists_give() {
    let lab = lab(ZOO).await;
    let answer = export(&lab.owner, "zoo", "ndjson", "?order=id").await.expect(200);
    let lines: Vec<Value> = answer.text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"))).collect();
    assert_eq!(json!(lines), lab.get("main/zoo?order=id").await.body_of(200));
    assert_eq!(answer.text.matches('\n').count(), 4, "a line each, also where somebody laid out their json");
    assert_eq!(export(&lab.owner, "zoo", "ndjson", "?id=eq.99").await.expect(200).text, "");
}

#[tokio::test]
async fn what_a_list_can_ask_an_export_can_ask() {
    let lab = lab(ZOO).await;
    let rows = async |query: &str| export(&lab.owner, "zoo", "csv", query).await.expect(200).text;
    assert_eq!(rows("?select=number:id,name:t,deep:jb-%3E%3Ek&id=in.(1,2)&order=id.desc").await, "number,name,deep\n2,\"\",\n1,plain,v\n");
    assert_eq!(rows("?select=id&or=(t.eq.plain,and(n.lt.0,ok.is.false))&order=id").await, "id\n1\n3\n");
    assert_eq!(rows("?select=id&jb-%3E%3Ek=eq.v").await, "id\n1\n");
    assert_eq!(rows("?select=id&a=cs.%7Ba%7D").await, "id\n1\n");
    assert_eq!(rows("?select=id&search=comma").await, "id\n4\n");
    assert_eq!(rows("?select=id&t=fts(simple).quote").await, "id\n4\n");
    assert_eq!(rows("?select=id&at=gte.2026-01-01&at=lt.2027-01-01").await, "id\n1\n");
    assert_eq!(rows("?select=id&id=gt.99").await, "id\n");
}

#[tokio::test]
async fn what_cant_be_asked_is_refused_by_name_before_anything_is_sent() {
    let lab = lab(ZOO).await;
    for (query, field) in [
        ("?id=eq.abc", "id"),
        ("?at=gte.never", "at"),
        ("?nowhere=eq.1", "nowhere"),
        ("?select=nowhere", "select"),
        ("?order=nowhere", "order"),
        ("?limit=5", "limit"),
        ("?offset=5", "offset"),
        ("?cursor=x", "cursor"),
        ("?id=frob.1", "id"),
        ("?j=eq.1", "j"),
    ] {
        for format in ["csv", "ndjson"] {
            let refused = export(&lab.owner, "zoo", format, query).await.expect(400);
            assert_eq!(refused["errors"][0]["field"], field, "{query}: {}", refused.text);
        }
    }
    assert!(export(&lab.owner, "zoo", "xls", "").await.expect(404)["detail"].as_str().unwrap().contains("csv, ndjson, xlsx or parquet"));
    export(&lab.owner, "nowhere", "csv", "").await.expect_status(404);
    lab.owner.get("/api/v1/explorer/nowhere/tables/public/zoo/export/csv").await.expect_status(404);
    assert_eq!(log(&lab).await, [], "nothing was taken");
}

#[tokio::test]
async fn names_and_values_stay_names_and_values() {
    let hostile = "a\"; drop table zoo; --$1' 🦆";
    let named = hostile.replace('"', "\"\"");
    let sql = format!(
        "{ZOO}; create table public.\"{named}\" (\"{named}\" text); insert into \"{named}\" values ('it''s'), ($$');drop table zoo;--$$), ('\\')"
    );
    let lab = lab(&sql).await;
    let column = encoded(&format!("\"{}\"", hostile.replace('\\', "\\\\").replace('"', "\\\"")));
    for (value, sent) in [("it's", "it's"), ("');drop table zoo;--", "\"');drop table zoo;--\""), ("\\", "\\")] {
        let answer = export(&lab.owner, hostile, "csv", &format!("?{column}=eq.{}", encoded(value))).await.expect(200);
        let (_, row) = answer.text.trim_end().rsplit_once('\n').unwrap();
        assert_eq!(row.trim_matches('"'), sent.trim_matches('"'));
    }
    assert_eq!(lab.ask("select count(*) from zoo").await, "4");
}

#[tokio::test]
async fn who_may_read_may_not_take_away_and_secrets_stay() {
    let lab = lab(ZOO).await;
    let developer = lab.app.staff(&lab.owner, "developer").await;
    developer.get("/api/v1/data/main/zoo").await.expect_status(200);
    assert!(export(&developer, "zoo", "csv", "").await.expect(403)["detail"].as_str().unwrap().contains("rows:export"));
    let shown = developer.get("/api/v1/explorer/main/tables/public/zoo").await.expect(200);
    assert_eq!(shown["export"]["allowed"], false, "{}", shown.text);
    assert_eq!(lab.owner.get("/api/v1/explorer/main/tables/public/zoo").await["export"], json!({"allowed": true, "reason": null}));
    let users = lab.owner.get("/api/v1/explorer/main/tables/dashboard_auth/dashboard_users/export/csv").await.expect(200);
    assert!(users.text.contains("ada@example.com") && !users.text.contains("argon2"), "{}", users.text);
    let asked = lab.owner.get("/api/v1/explorer/main/tables/dashboard_auth/dashboard_users/export/csv?select=password_hash").await;
    asked.expect_status(400);
    lab.app.nobody().get(&path("zoo", "csv", "")).await.expect_status(401);
}

#[tokio::test]
async fn the_log_says_that_it_began_and_how_much_was_taken() {
    let lab = lab(MANY).await;
    let answer = export(&lab.owner, "many", "csv", "?id=gt.10").await.expect(200);
    assert_eq!(answer.text.lines().count(), 49_991);
    let sent = format!("csv: 49990 rows, {} bytes sent", answer.text.len());
    assert_eq!(ended(&lab, 2).await, [("started".into(), "csv: id=gt.10".into()), ("ok".into(), sent)]);
}

#[tokio::test]
async fn a_reader_who_goes_away_frees_the_place() {
    let lab = lab(MANY).await;
    let mut waiting = Vec::new();
    for _ in 0..2 {
        let mut body = lab.owner.open(Method::GET, &path("many", "csv", ""), &[], None).await.into_body().into_data_stream();
        assert_eq!(body.next().await.unwrap().unwrap(), "id,filler\n", "the first line leaves at once");
        waiting.push(body);
    }
    let third = export(&lab.owner, "many", "csv", "").await.expect(429);
    assert!(third.header("retry-after").is_some() && third["detail"].as_str().unwrap().contains("Two exports"), "{}", third.text);
    drop(waiting);
    let log = ended(&lab, 4).await;
    let gone = log.iter().filter(|(outcome, detail)| outcome == "failed" && detail.ends_with("the reader went away"));
    assert_eq!(gone.count(), 2, "{log:?}");
    assert_eq!(export(&lab.owner, "many", "csv", "").await.expect(200).text.lines().count(), 50_001);
}

#[tokio::test]
async fn what_fails_on_the_way_is_no_whole_file() {
    let lab = lab(&format!("{MANY}; create view public.breaks as select id, 1 / (40000 - id) as share from many")).await;
    for format in ["csv", "ndjson"] {
        let body = lab.owner.open(Method::GET, &path("breaks", format, ""), &[], None).await.into_body();
        let parts: Vec<_> = body.into_data_stream().collect().await;
        assert!(parts.last().unwrap().is_err(), "{format}: the end of a part must not look like an end");
    }
    let log = ended(&lab, 4).await;
    let (_, last) = log.iter().find(|(outcome, _)| outcome == "failed").unwrap();
    assert!(last.to_lowercase().contains("division by zero"), "{log:?}");
}
