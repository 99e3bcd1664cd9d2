//! Pages: any order, any depth, both directions, the same rows as OFFSET.

#![expect(clippy::unwrap_used, reason = "a test that can't go on should stop")]

mod support;

use kernel::list::{self, Column, ColumnType, Counting, Page, Preamble, Query, Relation};
use kernel::problem::Kind;
use serde_json::Value;
use support::Server;

/// 500 rows with many equal values and NULLs in `a` and `b`; the key is (k, n).
const TABLE: &str = "
    create table cell (k text, n int4, a int4, b text, c timestamptz not null, primary key (k, n));
    insert into cell select chr(97 + i % 5), i, nullif(i % 7, 3), nullif('v' || i % 4, 'v2'), timestamptz '2024-01-01' + (i % 11) * interval '1 hour' from generate_series(1, 500) i;
    create view keyless as select a, b from cell;
    analyze cell";

fn relation() -> Relation {
    Relation::table("public", "cell")
        .primary_key(&["k", "n"])
        .column(Column::new("k", ColumnType::named("text")))
        .column(Column::new("n", ColumnType::named("int4")))
        .column(Column::new("a", ColumnType::named("int4")).nullable())
        .column(Column::new("b", ColumnType::named("text")).nullable())
        .column(Column::new("c", ColumnType::named("timestamptz")))
}

async fn page(server: &Server, relation: &Relation, text: &str, cursor: Option<&str>) -> Page {
    let mut query = Query::parse_string(relation, text).unwrap();
    query.cursor = cursor.map(str::to_owned);
    let client = server.client().await;
    list::page(&client, &Preamble::none(), relation, &query, None).await.map_err(|e| format!("{text}: {e:?}")).unwrap()
}

fn rows(page: &Page) -> Vec<Value> {
    let rows: Vec<Value> = serde_json::from_slice(&page.body).unwrap();
    assert_eq!(rows.len(), page.rows);
    rows
}

#[tokio::test]
async fn cursors_give_the_rows_of_offset_in_both_directions() {
    let server = Server::start().await;
    server.client().await.batch_execute(TABLE).await.unwrap();
    let relation = relation();
    let orders = [
        "",
        "n",
        "n.desc",
        "k.desc",
        "k,n",
        "c.desc",
        "c,k.desc",
        "a",
        "a.desc",
        "a.nullsfirst",
        "a.desc.nullslast",
        "a,b",
        "a.desc,b",
        "a.desc,b.desc",
        "a.nullsfirst,b.desc.nullslast,c",
        "b.desc.nullslast,a.desc",
        "c.desc,a,k",
        "b,n.desc,k",
    ];
    let mut wrong = Vec::new();
    for order in orders {
        for filter in ["", "&a=gt.1", "&search_none", "&or=(b.is.null,n.lt.40)"] {
            let filter = if filter == "&search_none" { "&n=gt.1000" } else { filter };
            let text = format!("order={order}{filter}&select=k,n");
            // What OFFSET says.
            let mut expected = rows(&page(&server, &relation, &format!("{text}&limit=1000"), None).await);
            if filter.is_empty() {
                assert_eq!(expected.len(), 500);
            }
            // Forward to the end.
            let text = format!("{text}&limit=37");
            let (mut seen, mut cursor, mut last, mut at) = (Vec::new(), None, None, 0);
            loop {
                let page = page(&server, &relation, &text, cursor.as_deref()).await;
                assert_eq!(page.offset, at, "{text}");
                assert_eq!(page.prev.is_some(), at > 0 && page.rows > 0, "{text}");
                at += page.rows as u64;
                seen.extend(rows(&page));
                cursor = page.next.clone();
                let is_last = cursor.is_none();
                last = Some(page).or(last);
                if is_last {
                    break;
                }
            }
            if seen != expected {
                wrong.push(format!("forward {text}"));
            }
            // And back to the beginning.
            let last = last.unwrap();
            let mut seen: Vec<Vec<Value>> = vec![rows(&last)];
            let mut cursor = last.prev;
            while let Some(at) = cursor {
                let page = page(&server, &relation, &text, Some(&at)).await;
                assert!(page.next.is_some(), "{text}");
                seen.push(rows(&page));
                cursor = page.prev;
                if cursor.is_none() {
                    assert_eq!(page.offset, 0, "{text}");
                }
            }
            seen.reverse();
            if seen.concat() != expected {
                wrong.push(format!("backward {text}"));
            }
            expected.clear();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn offset_and_cursor_meet() {
    let server = Server::start().await;
    server.client().await.batch_execute(TABLE).await.unwrap();
    let relation = relation();
    let middle = page(&server, &relation, "order=n&limit=10&offset=100&select=n", None).await;
    assert_eq!((middle.offset, rows(&middle)[0]["n"].as_i64()), (100, Some(101)));
    let before = page(&server, &relation, "order=n&limit=10&select=n", middle.prev.as_deref()).await;
    assert_eq!((before.offset, rows(&before)[0]["n"].as_i64()), (90, Some(91)));
    let after = page(&server, &relation, "order=n&limit=10&select=n", middle.next.as_deref()).await;
    assert_eq!((after.offset, rows(&after)[0]["n"].as_i64()), (110, Some(111)));
    // A cursor of another order is refused; another filter or page size is not.
    let mut query = Query::parse_string(&relation, "order=n.desc").unwrap();
    query.cursor = middle.next.clone();
    let client = server.client().await;
    let problem = list::page(&client, &Preamble::none(), &relation, &query, None).await.unwrap_err();
    assert_eq!((problem.kind(), problem.errors()[0].field.as_str()), (Kind::Filter, "cursor"));
    let other = page(&server, &relation, "order=n&limit=1&n=gt.400&select=n", middle.next.as_deref()).await;
    assert_eq!(rows(&other)[0]["n"].as_i64(), Some(401));
}

#[tokio::test]
async fn a_cursor_with_foreign_values_is_refused() {
    let server = Server::start().await;
    server.client().await.batch_execute(TABLE).await.unwrap();
    let relation = relation();
    let first = page(&server, &relation, "order=n&limit=1", None).await.next.unwrap();
    let text = String::from_utf8(base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, &first).unwrap()).unwrap();
    let forged = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, text.replace("[\"1\"", "[\"1; drop\""));
    assert_ne!(first, forged);
    let mut query = Query::parse_string(&relation, "order=n").unwrap();
    query.cursor = Some(forged);
    let client = server.client().await;
    let problem = list::page(&client, &Preamble::none(), &relation, &query, None).await.unwrap_err();
    assert_eq!((problem.kind(), problem.errors()[0].field.as_str()), (Kind::Filter, "cursor"));
}

#[tokio::test]
async fn a_list_without_a_key_goes_by_offset() {
    let server = Server::start().await;
    server.client().await.batch_execute(TABLE).await.unwrap();
    let relation = Relation::table("public", "keyless")
        .column(Column::new("a", ColumnType::named("int4")).nullable())
        .column(Column::new("b", ColumnType::named("text")).nullable());
    let expected = rows(&page(&server, &relation, "limit=1000", None).await);
    let (mut seen, mut cursor, mut prev) = (Vec::new(), None, None);
    for _ in 0..10 {
        let page = page(&server, &relation, "limit=60", cursor.as_deref()).await;
        seen.extend(rows(&page));
        (cursor, prev) = (page.next, page.prev);
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, expected);
    let before = page(&server, &relation, "limit=60", prev.as_deref()).await;
    assert_eq!((before.offset, rows(&before)), (420, expected[420..480].to_vec()));
}

#[tokio::test]
async fn counts_are_exact_or_say_that_they_are_not() {
    let server = Server::start().await;
    server.client().await.batch_execute(TABLE).await.unwrap();
    let relation = relation();
    let client = server.client().await;
    let count = async |text: &str, counting| {
        let query = Query::parse_string(&relation, text).unwrap();
        list::count(&client, &Preamble::none(), &relation, &query, counting).await.unwrap()
    };
    let exact = count("a=eq.1", Counting::Exact).await;
    assert_eq!((exact.rows, exact.is_exact, exact.applied), (72, true, Counting::Exact));
    let estimated = count("a=eq.1", Counting::Estimated).await;
    assert_eq!((estimated.rows, estimated.is_exact), (72, true));
    let planned = count("", Counting::Planned).await;
    assert_eq!((planned.rows, planned.is_exact), (500, false));
    let query = Query::parse_string(&relation, "a=eq.1&limit=10").unwrap();
    let page = list::page(&client, &Preamble::none(), &relation, &query, Some(Counting::Exact)).await.unwrap();
    assert_eq!((page.rows, page.total.unwrap().rows), (10, 72));
    // A count that takes too long becomes an estimate, and says so.
    client.batch_execute("create view slow as select k, n from cell where pg_sleep(0.1) is not null").await.unwrap();
    let mut slow = relation.clone();
    slow.from = "\"slow\"".into();
    slow.columns.truncate(2);
    let count = list::count(&client, &Preamble::none(), &slow, &Query::default(), Counting::Exact).await.unwrap();
    assert_eq!((count.is_exact, count.applied), (false, Counting::Estimated));
    let after = client.query_one("select 1", &[]).await.unwrap();
    assert_eq!(after.get::<_, i32>(0), 1);
}
