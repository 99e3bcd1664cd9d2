//! Rows in other forms than a list of objects: CSV both ways, forms, ranges, and the preferences that change a write.

use crate::explorer_lab::{Lab, lab};
use http::Method;
use serde_json::{Value, json};
use testkit::Answer;

const TABLE: &str = "create table t (id int primary key, a text, n numeric, ints int[], j jsonb, at timestamptz, by bytea)";

async fn post(lab: &Lab, path: &str, kind: &str, body: &str) -> Answer {
    let headers = [("content-type", kind), ("prefer", "return=representation")];
    lab.owner.send_bytes(Method::POST, &format!("/api/v1/data/{path}"), &headers, Some(body.as_bytes().to_vec())).await
}

#[tokio::test]
async fn csv_is_read_as_it_was_written() {
    let lab = lab(TABLE).await;
    lab.insert("main/t", json!([
        {"id": 1, "a": "x,\"y\"\r\nz", "n": "0.10", "ints": [1, null], "j": {"k": [1, "ä"]}, "at": "2026-11-20T10:00:00Z", "by": "\\x00ff"},
        {"id": 2, "a": "", "n": null, "ints": [], "j": null, "at": null, "by": null},
        {"id": 3, "a": "NULL", "n": null, "ints": null, "j": "text", "at": null, "by": null}
    ])).await.expect_status(201);
    let written = lab.rows(Method::GET, "main/t?order=id", &[("accept", "text/csv")], Value::Null).await.expect(200);
    assert_eq!(written.header("content-type"), Some("text/csv; charset=utf-8"));
    let lines = "id,a,n,ints,j,at,by\r\n1,\"x,\"\"y\"\"\r\nz\",0.10,\"{\"\"1\"\",NULL}\",\"{\"\"k\"\": [1, \"\"ä\"\"]}\",2026-11-20T10:00:00Z,\\x00ff\r\n2,\"\",,{},,,\r\n3,\"NULL\",,,";
    assert!(written.text.starts_with(lines), "{}", written.text);
    let before = lab.get("main/t?order=id").await.body_of(200);
    lab.db.batch_execute("truncate t").await.unwrap();
    // JSON texts are read as JSON: the one that is a text has its quotes.
    let again = written.text.replace(",text,", ",\"\"\"text\"\"\",");
    post(&lab, "main/t", "text/csv", &again).await.expect_status(201);
    assert_eq!(lab.get("main/t?order=id").await.body_of(200), before);
    let empty = lab.rows(Method::GET, "main/t?id=lt.0&select=x:id,a", &[("accept", "text/csv")], Value::Null).await.expect(200);
    assert_eq!(empty.text, "x,a\r\n");
}

#[tokio::test]
async fn broken_csv_changes_nothing_and_says_where() {
    let lab = lab(TABLE).await;
    for (body, word) in [
        ("", "empty"),
        ("id,a\n1,\"x", "Line 2"),
        ("id,a\n1", "Line 2"),
        ("id,a\n1,x,y", "Line 2"),
        ("id,id\n1,2", "twice"),
        ("id,a\n1,x\"y", "Line 2"),
        ("id,j\n1,{", "line 2"),
        ("id,nope\n1,2", "nope"),
        ("id,a\nx,y", "integer"),
    ] {
        let refused = post(&lab, "main/t", "text/csv", body).await;
        assert!(matches!(refused.status, 400 | 422) && refused.text.contains(word), "{body}: {}", refused.text);
    }
    let latin =
        lab.owner.send_bytes(Method::POST, "/api/v1/data/main/t", &[("content-type", "text/csv")], Some(b"id,a\n1,\xe4".to_vec())).await;
    assert_eq!(latin.status, 400, "{}", latin.text);
    assert_eq!(lab.ask("select count(*) from t").await, "0");
    post(&lab, "main/t", "text/csv; charset=utf-8", "\u{feff}id,a\n1,x\n").await.expect_status(201);
    post(&lab, "main/t", "application/x-www-form-urlencoded", "id=2&a=x+y&j=%7B%7D").await.expect_status(201);
    assert_eq!(lab.ask("select string_agg(id || coalesce(a, '') || coalesce(j::text, ''), ';' order by id) from t").await, "1x;2x y{}");
    post(&lab, "main/t", "application/x-www-form-urlencoded", "id=3&id=4").await.expect_status(400);
    post(&lab, "main/t", "text/html", "<p>").await.expect_status(415);
}

#[tokio::test]
async fn ranges_and_strict_preferences() {
    let lab = lab("create table t (id int primary key); insert into t select generate_series(1, 50)").await;
    let get = async |headers: &[(&str, &str)]| lab.rows(Method::GET, "main/t?order=id", headers, Value::Null).await;
    let page = get(&[("range", "10-19"), ("range-unit", "items"), ("prefer", "count=exact")]).await.expect(206);
    assert_eq!((page.header("content-range"), &page.body[0]["id"]), (Some("10-19/50"), &json!(11)));
    assert_eq!(get(&[("range", "45-")]).await.body_of(200).as_array().unwrap().len(), 5);
    assert_eq!(get(&[("range", "9-1")]).await.expect(416)["code"], "PGRST103");
    // Bytes are somebody else's ranges.
    assert_eq!(get(&[("range", "bytes=0-9")]).await.body_of(200).as_array().unwrap().len(), 50);
    assert_eq!(get(&[("prefer", "handling=strict, nonsense")]).await.expect(400)["code"], "PGRST122");
    get(&[("prefer", "handling=lenient, nonsense")]).await.expect_status(200);
    get(&[("prefer", "handling=maybe")]).await.expect_status(400);
    let tried =
        lab.rows(Method::DELETE, "main/t?id=lte.10", &[("prefer", "return=representation, tx=rollback")], Value::Null).await.expect(200);
    assert_eq!(
        (tried.body.as_array().unwrap().len(), tried.header("preference-applied")),
        (10, Some("return=representation, tx=rollback"))
    );
    assert_eq!((lab.ask("select count(*) from t").await, lab.log().await.len()), ("50".into(), 0));
    let limited =
        lab.rows(Method::DELETE, "main/t?id=lte.10", &[("prefer", "handling=strict, max-affected=5")], Value::Null).await.expect(400);
    assert_eq!((&limited["code"], lab.ask("select count(*) from t").await), (&json!("PGRST124"), "50".into()));
}
