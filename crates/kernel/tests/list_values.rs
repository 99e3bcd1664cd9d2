//! Every type in JSON, and the way from JSON back into a filter.

#![expect(clippy::unwrap_used, reason = "a test that can't go on should stop")]

mod support;

use kernel::list::{self, Column, ColumnType, Preamble, Query, Relation};
use serde_json::{Value, json};
use support::Server;

/// `type`, SQL expression, JSON expected.
fn cases() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("bool", "true", json!(true)),
        ("bool", "null", json!(null)),
        ("int2", "-32768", json!(-32768)),
        ("int4", "2147483647", json!(2_147_483_647)),
        ("int8", "9223372036854775807", json!("9223372036854775807")),
        ("int8", "-9223372036854775808", json!("-9223372036854775808")),
        ("float4", "1.1", json!(1.1)),
        ("float8", "0.1", json!(0.1)),
        ("float8", "1e300", json!(1e300)),
        ("float8", "5", json!(5)),
        ("float8", "'NaN'", json!("NaN")),
        ("float8", "'-Infinity'", json!("-Infinity")),
        ("numeric", "'123456789012345678901234567890.000100'", json!("123456789012345678901234567890.000100")),
        ("numeric", "0.00001", json!("0.00001")),
        ("numeric", "-10000", json!("-10000")),
        ("numeric", "1e20", json!("100000000000000000000")),
        ("numeric", "'NaN'", json!("NaN")),
        ("numeric", "'Infinity'", json!("Infinity")),
        ("numeric(10,2)", "1", json!("1.00")),
        ("text", "''", json!("")),
        ("text", "E'a\\n\\t\"\\\\ \\u00e9 \\U0001F600 \\x01'", json!("a\n\t\"\\ é 😀 \u{1}")),
        ("varchar(5)", "'abc'", json!("abc")),
        ("char(5)", "'ab'", json!("ab   ")),
        ("name", "'n'", json!("n")),
        ("uuid", "'0190f5a4-0000-7000-8000-00000000abcd'", json!("0190f5a4-0000-7000-8000-00000000abcd")),
        ("date", "'2024-02-29'", json!("2024-02-29")),
        ("date", "'0044-03-15 BC'", json!("0044-03-15 BC")),
        ("date", "'infinity'", json!("infinity")),
        ("date", "'12024-01-01'", json!("12024-01-01")),
        ("time", "'23:59:59.120000'", json!("23:59:59.12")),
        ("time", "'24:00'", json!("24:00:00")),
        ("timetz", "'12:00+02'", json!("12:00:00+02")),
        ("timestamp", "'2024-01-02 03:04:05.000001'", json!("2024-01-02T03:04:05.000001")),
        ("timestamp", "'-infinity'", json!("-infinity")),
        ("timestamptz", "'2024-01-02 03:04:05+02'", json!("2024-01-02T01:04:05Z")),
        ("timestamptz", "'1969-12-31 23:59:59.5+00'", json!("1969-12-31T23:59:59.5Z")),
        ("timestamptz", "'0044-03-15 00:00:00+00 BC'", json!("0044-03-15T00:00:00Z BC")),
        ("timestamptz", "'infinity'", json!("infinity")),
        ("interval", "'1 year 2 days 03:04:05'", json!("1 year 2 days 03:04:05")),
        ("json", "'{\"b\": 1,  \"a\": [null]}'", json!({"b": 1, "a": [null]})),
        ("jsonb", "'{\"b\": 1, \"a\": 12345678901234567890.5}'", serde_json::from_str(r#"{"a":12345678901234567890.5,"b":1}"#).unwrap()),
        ("jsonb", "'null'", json!(null)),
        ("bytea", "'\\x00ff10'", json!("\\x00ff10")),
        ("bytea", "''", json!("\\x")),
        ("mood", "'so so'", json!("so so")),
        ("int4range", "'[1,5)'", json!("[1,5)")),
        ("inet", "'10.0.0.1/8'", json!("10.0.0.1/8")),
        ("money", "'12.5'", json!("$12.50")),
        ("oid", "42", json!("42")),
        ("point", "'(1,2)'", json!("(1,2)")),
        ("xml", "'<a/>'", json!("<a/>")),
        ("bit(3)", "'101'", json!("101")),
        ("\"char\"", "'x'", json!("x")),
        ("positive", "5", json!(5)),
        ("int4[]", "'{}'", json!([])),
        ("int4[]", "'{1,null,3}'", json!([1, null, 3])),
        ("int4[]", "'{{1,2},{3,4}}'", json!([[1, 2], [3, 4]])),
        ("int8[]", "'{9223372036854775807}'", json!(["9223372036854775807"])),
        ("text[]", "'{a,\"b\\\"c\",null,\"null\"}'", json!(["a", "b\"c", null, "null"])),
        ("numeric[]", "'{1.50}'", json!(["1.50"])),
        ("timestamptz[]", "'{2024-01-01 00:00:00+00}'", json!(["2024-01-01T00:00:00Z"])),
        ("bool[]", "'{t,f}'", json!([true, false])),
        ("uuid[]", "'{0190f5a4-0000-7000-8000-00000000abcd}'", json!(["0190f5a4-0000-7000-8000-00000000abcd"])),
        ("jsonb[]", "array['{\"a\": 1}'::jsonb]", json!([{"a": 1}])),
        ("mood[]", "'{sad,\"so so\"}'", json!(["sad", "so so"])),
        ("interval[]", "'{1 day}'", json!(["1 day"])),
    ]
}

/// The columns of a table as the catalogue gives them.
async fn relation(client: &tokio_postgres::Client, table: &str) -> Relation {
    let sql = "select a.attname, format_type(a.atttypid, a.atttypmod), b.oid, b.typcategory::text, a.attnotnull \
        from pg_attribute a join pg_type t on t.oid = a.atttypid \
        join pg_type b on b.oid = case when t.typtype = 'd' then t.typbasetype else t.oid end \
        where a.attrelid = $1::text::regclass and a.attnum > 0 order by a.attnum";
    let mut relation = Relation::table("public", table).primary_key(&["id"]);
    for row in client.query(sql, &[&table]).await.unwrap() {
        let (name, ty, oid, category, not_null): (String, String, u32, String, bool) =
            (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4));
        let mut column = Column::new(name, ColumnType::from_catalogue(oid, &ty, category.chars().next().unwrap()));
        column.nullable = !not_null;
        relation = relation.column(column);
    }
    relation.version = Some("t.xmin::text".into());
    relation
}

#[tokio::test]
async fn every_type_has_its_json_and_comes_back_through_a_cursor() {
    let server = Server::start().await;
    let client = server.client().await;
    client
        .batch_execute("create type mood as enum ('sad', 'so so'); create domain positive as int4 check (value > 0); set lc_monetary = 'C'")
        .await
        .unwrap();
    let mut columns = vec!["id int4 primary key".to_owned()];
    let mut values = vec!["1".to_owned()];
    for (i, (ty, sql, _)) in cases().iter().enumerate() {
        columns.push(format!("c{i} {ty}"));
        values.push((*sql).to_owned());
    }
    client
        .batch_execute(&format!("create table kinds ({}); insert into kinds values ({})", columns.join(", "), values.join(", ")))
        .await
        .unwrap();
    let relation = relation(&client, "kinds").await;
    let rows = list::select(&client, &Preamble::none(), &relation, &Query::default()).await.unwrap();
    assert_eq!(rows.len(), 1);
    for (i, (ty, sql, expected)) in cases().iter().enumerate() {
        assert_eq!(&rows[0][&format!("c{i}")], expected, "{ty} {sql}");
    }

    // A second row with the same values: sorted by each column, the first page's cursor must lead to it.
    client.batch_execute("insert into kinds select * from kinds; ").await.unwrap_err();
    let list: Vec<String> = (0..cases().len()).map(|i| format!("c{i}")).collect();
    client.batch_execute(&format!("insert into kinds select 2, {} from kinds", list.join(", "))).await.unwrap();
    for (i, (ty, sql, _)) in cases().iter().enumerate() {
        if matches!(*ty, "json" | "point" | "xml") {
            continue;
        }
        for direction in ["asc", "desc"] {
            let mut query = Query::parse_string(&relation, &format!("select=id&limit=1&order=c{i}.{direction}")).unwrap();
            let first = list::page(&client, &Preamble::none(), &relation, &query, None).await.unwrap();
            query.cursor = first.next.clone();
            let second =
                list::page(&client, &Preamble::none(), &relation, &query, None).await.unwrap_or_else(|e| panic!("{ty} {sql}: {e:?}"));
            let pages = if direction == "asc" { ("[{\"id\":1}]", "[{\"id\":2}]") } else { ("[{\"id\":2}]", "[{\"id\":1}]") };
            assert_eq!((&first.body[..], &second.body[..]), (pages.0.as_bytes(), pages.1.as_bytes()), "{ty} {sql} {direction}");
            assert!(second.next.is_none());
        }
    }
}

#[tokio::test]
async fn long_values_are_shortened_and_versions_added() {
    let server = Server::start().await;
    let client = server.client().await;
    client
        .batch_execute(
            "create table docs (id int8 primary key, body text, doc jsonb, raw bytea, code varchar(10));
             insert into docs values (1, repeat('é', 30), jsonb_build_object('k', repeat('x', 50)), decode(repeat('ab', 20), 'hex'), 'short'),
                                     (2, repeat('é', 20), '{\"a\":1}', '\\xab', null),
                                     (3, repeat('x', 1000) || 'é', to_jsonb(repeat(chr(1), 5)), decode(repeat('ab', 9), 'hex'), ''),
                                     (4, repeat('😀', 21), '[1, 2, 3, 4]', decode(repeat('ab', 10), 'hex'), '')",
        )
        .await
        .unwrap();
    let relation = relation(&client, "docs").await;
    let query = Query { versions: true, shorten: Some(20), ..Query::default() };
    let rows = list::select(&client, &Preamble::none(), &relation, &query).await.unwrap();
    assert_eq!(rows[0]["body"], json!({"$short": "é".repeat(20), "$size": 60}));
    assert_eq!(rows[0]["doc"], json!({"$short": "{\"k\": \"xxxxxxxxxxxxx", "$size": 59}));
    assert_eq!(rows[0]["raw"], json!({"$short": format!("\\x{}", "ab".repeat(9)), "$size": 20}));
    assert_eq!(rows[0]["code"], json!("short"));
    assert_eq!(rows[1]["body"], json!("é".repeat(20)));
    assert_eq!(rows[1]["doc"], json!({"a": 1}));
    assert_eq!(rows[1]["raw"], json!("\\xab"));
    assert_eq!(rows[1]["code"], json!(null));
    // Small as stored, long as text; small as text, large as stored; cut by the server, and by us.
    assert_eq!(rows[2]["doc"], json!({"$short": "\"\\u0001\\u0001\\u0001\\", "$size": 32}));
    assert_eq!(rows[3]["doc"], json!([1, 2, 3, 4]));
    assert_eq!(rows[2]["body"], json!({"$short": "x".repeat(20), "$size": 1002}));
    assert_eq!(rows[3]["body"], json!({"$short": "😀".repeat(20), "$size": 84}));
    assert_eq!(rows[2]["raw"], json!(format!("\\x{}", "ab".repeat(9))));
    assert_eq!(rows[3]["raw"], json!({"$short": format!("\\x{}", "ab".repeat(9)), "$size": 10}));
    assert!(rows[0]["$version"].as_str().unwrap().parse::<u32>().unwrap() > 0);

    // What is huge isn't unpacked for its beginning, as itself or as text.
    let huge = "create table heap (id int8 primary key, doc jsonb, old json);
        insert into heap select 1, a, a from (select jsonb_agg(md5(n::text)) a from generate_series(1, 20000) n) t";
    client.batch_execute(huge).await.unwrap();
    let heap = self::relation(&client, "heap").await;
    let query = Query { shorten: Some(20), ..Query::parse_string(&heap, "select=doc,old,text:doc::text").unwrap() };
    let piled = list::select(&client, &Preamble::none(), &heap, &query).await.unwrap();
    let stored = client.query_one("select pg_column_size(doc), pg_column_size(old) from heap", &[]).await.unwrap();
    let empty = |place: usize| json!({"$short": "", "$size": stored.get::<_, i32>(place)});
    assert_eq!((&piled[0]["doc"], &piled[0]["old"], &piled[0]["text"]), (&empty(0), &empty(1), &empty(0)));

    let object = list::one(&client, &Preamble::none(), &relation, &["2".into()], &list::Selection::default()).await.unwrap().unwrap();
    assert_eq!(object.version.as_deref(), rows[1]["$version"].as_str());
    assert!(!object.body.windows(8).any(|w| w == b"$version"));
    assert!(list::one(&client, &Preamble::none(), &relation, &["9".into()], &list::Selection::default()).await.unwrap().is_none());
    let wrong = list::one(&client, &Preamble::none(), &relation, &["x".into()], &list::Selection::default()).await.unwrap_err();
    assert_eq!(wrong.errors()[0].field, "id");
}
