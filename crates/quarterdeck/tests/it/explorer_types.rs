//! Every type comes back as it went in: what was read can be written again and changes nothing.

use crate::explorer_lab::{Lab, lab};
use serde_json::{Value, json};

const TABLE: &str = "create type mood as enum ('sad', 'it''s \"ok\"', ''); create domain positive as bigint check (value > 0); create type pair as (a int, b text);
    create table t (id int primary key, i2 int2, i8 int8, n numeric, n2 numeric(10, 2), f8 float8, b bool, t text, v varchar(5), c char(3), d date, tm time, tz timetz, ts timestamp, tstz timestamptz,
      iv interval, u uuid, j json, jb jsonb, ints int8[], texts text[], grid int[], moods mood[], jbs jsonb[], m mood, by bytea, r int4range, tr tstzrange, mr int4multirange, ip inet, mac macaddr,
      dom positive, p point, comp pair, money money, bits bit(3), xml xml, vec tsvector, o oid)";

async fn round_trip(lab: &Lab, column: &str, given: Value, stored: &str, read: Value) {
    let made = lab.insert("main/t", json!({"id": 1, column: given})).await.expect(201);
    assert_eq!(lab.ask(&format!("select {column} from t")).await, stored, "{column} was stored otherwise than sent");
    assert_eq!(made[0][column], read, "{column}");
    let row = lab.get(&format!("main/t?select={column}")).await.body_of(200);
    assert_eq!(row[0][column], read, "{column}");
    lab.update("main/t?id=eq.1", row[0].clone()).await.expect_status(200);
    assert_eq!(lab.ask(&format!("select {column} from t")).await, stored, "{column} changed by writing back what was read");
    lab.delete("main/t?id=eq.1").await.expect_status(200);
}

#[tokio::test]
async fn values_survive_the_way_there_and_back() {
    let lab = lab(TABLE).await;
    let cases = [
        ("i2", json!(-32768), "-32768", json!(-32768)),
        ("i8", json!("9223372036854775807"), "9223372036854775807", json!("9223372036854775807")),
        ("i8", json!(9_007_199_254_740_993_i64), "9007199254740993", json!("9007199254740993")),
        (
            "n",
            json!("123456789012345678901234567890.12345678901234567890"),
            "123456789012345678901234567890.12345678901234567890",
            json!("123456789012345678901234567890.12345678901234567890"),
        ),
        ("n", json!("NaN"), "NaN", json!("NaN")),
        ("n2", json!("0.10"), "0.10", json!("0.10")),
        ("b", json!(false), "false", json!(false)),
        ("t", json!(""), "", json!("")),
        ("t", json!("007"), "007", json!("007")),
        ("t", json!("null"), "null", json!("null")),
        ("t", json!("ä\u{1F600}\"\\\n\t"), "ä\u{1F600}\"\\\n\t", json!("ä\u{1F600}\"\\\n\t")),
        ("v", json!("äöüßé"), "äöüßé", json!("äöüßé")),
        ("d", json!("2026-02-28"), "2026-02-28", json!("2026-02-28")),
        ("tm", json!("23:59:59.123456"), "23:59:59.123456", json!("23:59:59.123456")),
        (
            "u",
            json!("0190B6C8-5F7E-7A3C-9D1E-2F4A6B8C0D1E"),
            "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e",
            json!("0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e"),
        ),
        ("jb", json!({"a": [1, null, "x"]}), r#"{"a": [1, null, "x"]}"#, json!({"a": [1, null, "x"]})),
        ("jb", json!("text"), "\"text\"", json!("text")),
        ("ints", json!(["9223372036854775807", null]), "{9223372036854775807,NULL}", json!(["9223372036854775807", null])),
        (
            "texts",
            json!(["a,b", "\"q\"", "NULL", null, "", "{x}"]),
            r#"{"a,b","\"q\"","NULL",NULL,"","{x}"}"#,
            json!(["a,b", "\"q\"", "NULL", null, "", "{x}"]),
        ),
        ("texts", json!([]), "{}", json!([])),
        ("grid", json!([[1, 2], [3, 4]]), "{{1,2},{3,4}}", json!([[1, 2], [3, 4]])),
        ("moods", json!(["sad", "it's \"ok\""]), r#"{sad,"it's \"ok\""}"#, json!(["sad", "it's \"ok\""])),
        ("m", json!("it's \"ok\""), "it's \"ok\"", json!("it's \"ok\"")),
        ("m", json!(""), "", json!("")),
        ("by", json!("\\x00ff5c27"), "\\x00ff5c27", json!("\\x00ff5c27")),
        ("by", json!("\\x"), "\\x", json!("\\x")),
        ("r", json!("[1,5)"), "[1,5)", json!("[1,5)")),
        ("r", json!("empty"), "empty", json!("empty")),
        ("mr", json!("{[1,3),[5,7)}"), "{[1,3),[5,7)}", json!("{[1,3),[5,7)}")),
        ("ip", json!("10.0.0.0/8"), "10.0.0.0/8", json!("10.0.0.0/8")),
        ("mac", json!("08:00:2b:01:02:03"), "08:00:2b:01:02:03", json!("08:00:2b:01:02:03")),
        ("dom", json!("5"), "5", json!("5")),
        ("p", json!("(1.5,2)"), "(1.5,2)", json!("(1.5,2)")),
        ("comp", json!("(1,\"a,b\")"), "(1,\"a,b\")", json!("(1,\"a,b\")")),
        ("bits", json!("101"), "101", json!("101")),
        ("iv", json!("1 year 2 mons 3 days 04:05:06.7"), "1 year 2 mons 3 days 04:05:06.7", json!("1 year 2 mons 3 days 04:05:06.7")),
        ("vec", json!("'a':1 'b':2"), "'a':1 'b':2", json!("'a':1 'b':2")),
        ("o", json!("4294967295"), "4294967295", json!("4294967295")),
    ];
    for (column, given, stored, read) in cases {
        round_trip(&lab, column, given, stored, read).await;
    }
}

#[tokio::test]
async fn times_come_in_utc_and_json_is_not_reordered() {
    let lab = lab(TABLE).await;
    let row = lab.insert("main/t", json!({"id": 1, "tstz": "2026-11-20T10:00:00+02:00", "ts": "2026-11-20 10:00:00.5", "f8": 0.1, "jbs": [{"a": 1}, [2], "x", null], "tr": "[2026-01-01 00:00:00+02,)", "c": "a"})).await.expect(201);
    assert_eq!(row[0]["tstz"], "2026-11-20T08:00:00Z");
    assert_eq!(row[0]["f8"], 0.1);
    assert_eq!(row[0]["tr"], "[\"2025-12-31 22:00:00+00\",)");
    assert_eq!(lab.ask("select array_length(jbs, 1) || (jbs[1] ->> 'a') || (jbs[3] #>> '{}') from t").await, "41x");
    lab.insert("main/t", json!({"id": 2, "j": {"z": 1, "a": 2}})).await.expect_status(201);
    assert_eq!(lab.ask("select j from t where id = 2").await, r#"{"z":1,"a":2}"#);
    // The whole row, as it was read, changes nothing when it is written again.
    for id in [1, 2] {
        let before = lab.ask(&format!("select t::text from t where id = {id}")).await;
        let row = lab.get(&format!("main/t?id=eq.{id}")).await.body_of(200);
        lab.update(&format!("main/t?id=eq.{id}"), row[0].clone()).await.expect_status(200);
        assert_eq!(lab.ask(&format!("select t::text from t where id = {id}")).await, before);
    }
}

#[tokio::test]
async fn null_is_not_empty() {
    let lab = lab("create table t (id int primary key, a text default 'preset', j jsonb)").await;
    lab.insert("main/t", json!([{"id": 1, "a": null, "j": null}, {"id": 2, "a": "", "j": {}}])).await.expect_status(201);
    lab.insert("main/t", json!({"id": 3})).await.expect_status(201);
    assert_eq!(lab.ask("select string_agg(coalesce(a, 'NULL'), '|' order by id) from t").await, "NULL||preset");
    assert_eq!(lab.get("main/t?a=is.null&select=id").await.body_of(200), json!([{"id": 1}]));
    assert_eq!(lab.get("main/t?a=eq.&select=id").await.body_of(200), json!([{"id": 2}]));
    lab.update("main/t?id=eq.2", json!({"a": null})).await.expect_status(200);
    assert_eq!(lab.ask("select a is null from t where id = 2").await, "true");
}

#[tokio::test]
async fn what_does_not_fit_is_told_at_its_column() {
    let lab = lab(TABLE).await;
    lab.insert("main/t", json!({"id": 1})).await.expect_status(201);
    for (column, value) in [
        ("i2", json!(40000)),
        ("i8", json!("abc")),
        ("n2", json!("12x")),
        ("b", json!("maybe")),
        ("v", json!("too long")),
        ("d", json!("2026-02-30")),
        ("u", json!("no uuid")),
        ("jb", json!({"a": "\u{0}"})),
        ("ints", json!(["x"])),
        ("ints", json!({"a": 1})),
        ("m", json!("angry")),
        ("by", json!("\\xzz")),
        ("r", json!("[5,1)")),
        ("t", json!([1])),
        ("t", json!("a\u{0}b")),
        ("dom", json!("-1")),
        ("ip", json!("300.0.0.1")),
    ] {
        let refused = lab.update("main/t?id=eq.1", json!({column: value, "f8": 1.5})).await.expect(422);
        assert_eq!(refused["errors"][0]["field"], column, "{column}: {}", refused.text);
        assert!(!refused["errors"][0]["message"].as_str().unwrap().is_empty());
    }
    assert_eq!(lab.ask("select f8 from t").await, "NULL");
}
