//! Exports that nobody waits for: the same file as a download, kept for a while for whoever asked, in parts as one likes.

use crate::explorer_lab::{Lab, lab};
use crate::export_lab::{ask, ask_by, ended, log, path, pieces, run, table, taken, taken_by};
use crate::work_lab::unsaid;
use calamine::{Reader as _, Xlsx};
use chrono::Duration;
use http::Method;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use serde_json::{Value, json};
use std::io::Cursor;
use testkit::OWNER_EMAIL;
use work::worker;

const MANY: &str = "create table public.many as select n as id, repeat('x', 100) as filler from generate_series(1, 50000) n; \
     alter table many add primary key (id); analyze many";

async fn streamed(lab: &Lab, format: &str, query: &str) -> String {
    lab.owner.get(&format!("/api/v1/explorer/main/tables/public/many/export/{format}?{query}")).await.expect(200).text
}

#[tokio::test]
async fn the_file_is_the_one_that_a_download_gives() {
    let lab = lab(MANY).await;
    let query = "id=gt.10&order=id.desc&select=number:id,filler";
    for format in ["csv", "ndjson"] {
        let done = run(&lab, "many", format, query).await;
        assert_eq!((&done["status"], &done["rows"], &done["percent"]), (&json!("done"), &json!(49_990), &json!(100)), "{done}");
        let file = taken(&lab, &done).await;
        assert_eq!(done["bytes"], file.len().to_string());
        assert!(file.len() > 4 << 20 && file == streamed(&lab, format, query).await.as_bytes(), "{format} differs");
    }
    let sheet = run(&lab, "many", "xlsx", query).await;
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(taken(&lab, &sheet).await)).unwrap();
    let name = book.sheet_names()[0].clone();
    let range = book.worksheet_range(&name).unwrap();
    assert_eq!((range.height(), range.get((0, 0)).unwrap().to_string()), (49_991, "number".to_owned()));
    let typed = run(&lab, "many", "parquet", query).await;
    let reader = SerializedFileReader::new(bytes::Bytes::from(taken(&lab, &typed).await)).unwrap();
    assert_eq!(reader.metadata().file_metadata().num_rows(), 49_990);
    let nothing = run(&lab, "many", "ndjson", "id=lt.0").await;
    assert_eq!((&nothing["status"], &nothing["rows"], taken(&lab, &nothing).await.len()), (&json!("done"), &json!(0), 0));
}

#[tokio::test]
async fn it_is_listed_and_told_in_the_log() {
    let lab = lab(MANY).await;
    let begun = ask(&lab, "many", "csv", "id=lte.100").await;
    assert_eq!((&begun["status"], &begun["name"], &begun["revealed"]), (&json!("running"), &json!("many.csv"), &json!(false)));
    assert!((80..120).contains(&begun["expected"].as_i64().unwrap()), "the planner is asked: {begun}");
    let (early, _, _) = taken_by(&lab.owner, &begun, &[]).await;
    assert_eq!(early, 409, "there is no file yet");
    lab.owner.delete(&path(&begun)).await.expect_status(409);
    let done = ended(&lab, &begun).await;
    for list in [table("many"), "/api/v1/row-exports".into()] {
        assert_eq!(lab.owner.get(&list).await.body_of(200), json!([done]));
    }
    assert_eq!(lab.owner.get(&table("other")).await.body_of(200), json!([]));
    // Who only asks how large it is takes nothing.
    let head = lab.owner.open(Method::HEAD, &format!("{}/file", path(&done)), &[], None).await;
    assert_eq!((head.status().as_u16(), &head.headers()["content-length"].to_str().unwrap()), (200, &done["bytes"].as_str().unwrap()));
    assert!(log(&lab, "row-exports.file").await.is_empty());
    let file = taken(&lab, &done).await;
    assert_eq!(log(&lab, "row-exports.create").await, [("ok".into(), "csv: id=lte.100".into())]);
    assert_eq!(log(&lab, "rows.export").await, [("ok".into(), format!("csv: 100 rows, {} bytes kept", file.len()))]);
    let events = "select string_agg(payload ->> 'rows', ',') from kernel.events where name = 'rows.exported'";
    assert_eq!(lab.ask(events).await, "100");
    let told = loop {
        // The last entry is written after the last byte.
        let told = log(&lab, "row-exports.file").await;
        if told.len() == 2 {
            break told;
        }
        tokio::task::yield_now().await;
    };
    assert!(told.contains(&("started".into(), format!("csv: bytes 0 to {0} of {0}", file.len()))), "{told:?}");
    assert!(told.contains(&("ok".into(), format!("csv: {} bytes sent", file.len()))), "{told:?}");
    lab.owner.delete(&path(&done)).await.expect_status(204);
    assert_eq!((pieces(&lab).await.as_str(), log(&lab, "row-exports.delete").await.len()), ("0", 1));
    lab.owner.get(&path(&done)).await.expect_status(404);
}

#[tokio::test]
async fn what_cant_be_asked_is_refused_by_name_before_anything_begins() {
    let lab = lab(MANY).await;
    for (query, field) in
        [("id=eq.abc", "id"), ("nowhere=eq.1", "nowhere"), ("select=nowhere", "select"), ("order=nowhere", "order"), ("limit=5", "limit")]
    {
        let refused = ask_by(&lab.owner, "many", "csv", query).await.expect(400);
        assert_eq!(refused["errors"][0]["field"], field, "{query}: {}", refused.text);
    }
    assert_eq!(ask_by(&lab.owner, "many", "xls", "").await.expect(422)["errors"][0]["field"], "format");
    ask_by(&lab.owner, "nowhere", "csv", "").await.expect_status(404);
    lab.owner.post(&table("many"), json!({"format": "csv", "rows": 5})).await.expect_status(422);
    assert_eq!(lab.ask("select count(*) from explorer.exports").await, "0");
    // The same request sent twice is one export.
    let keyed = async || {
        let body = json!({"format": "csv", "query": ""});
        lab.owner.send(Method::POST, &table("many"), &[("idempotency-key", "once")], Some(body)).await.body_of(201)
    };
    assert_eq!(keyed().await["id"], keyed().await["id"]);
}

#[tokio::test]
async fn parts_of_it_are_parts_of_it() {
    let lab = lab(MANY).await;
    let done = run(&lab, "many", "csv", "order=id").await;
    let whole = taken(&lab, &done).await;
    let (status, headers, _) = taken_by(&lab.owner, &done, &[]).await;
    let header = |headers: &http::HeaderMap, name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(
        (status, header(&headers, "accept-ranges"), header(&headers, "content-length")),
        (200, Some("bytes".into()), Some(whole.len().to_string()))
    );
    assert_eq!(header(&headers, "content-type").as_deref(), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(header(&headers, "content-disposition").as_deref(), Some("attachment; filename=\"many.csv\"; filename*=UTF-8''many.csv"));
    let tag = header(&headers, "etag").unwrap();
    let piece = 512 << 10;
    let size = whole.len();
    for (range, from, to) in [
        ("bytes=0-0".to_owned(), 0, 1),
        (format!("bytes={}-{}", piece - 3, piece + 3), piece - 3, piece + 4),
        (format!("bytes={piece}-{}", 3 * piece), piece, 3 * piece + 1),
        (format!("bytes={}-", size - 5), size - 5, size),
        ("bytes=-7".to_owned(), size - 7, size),
        (format!("bytes=10-{}", size * 2), 10, size),
    ] {
        let (status, headers, part) = taken_by(&lab.owner, &done, &[("range", &range), ("if-range", &tag)]).await;
        assert_eq!((status, header(&headers, "content-range")), (206, Some(format!("bytes {from}-{}/{size}", to - 1))), "{range}");
        assert_eq!(header(&headers, "content-length"), Some((to - from).to_string()));
        assert!(part.unwrap() == whole[from..to], "{range}");
    }
    let (status, headers, _) = taken_by(&lab.owner, &done, &[("range", &format!("bytes={size}-"))]).await;
    assert_eq!((status, header(&headers, "content-range")), (416, Some(format!("bytes */{size}"))));
    assert_eq!(header(&headers, "content-type").as_deref(), Some("application/problem+json"));
    for ignored in [[("range", "bytes=5-4"), ("if-range", tag.as_str())], [("range", "bytes=0-1"), ("if-range", "\"another\"")]] {
        let (status, _, all) = taken_by(&lab.owner, &done, &ignored).await;
        assert_eq!((status, all.unwrap().len()), (200, size));
    }
}

#[tokio::test]
async fn its_time_and_its_size_have_limits() {
    let mut lab = lab(MANY).await;
    let set = async |lab: &Lab, key: &str, value: Value| {
        lab.owner.patch(&format!("/api/v1/settings/explorer.{key}"), "*", json!({"value": value})).await.expect_status(200);
        lab.app.app.settings.reload(&lab.app.app).await.unwrap();
    };
    set(&lab, "export_hours", json!(2)).await;
    set(&lab, "export_megabytes", json!(1)).await;
    for format in ["csv", "ndjson"] {
        let failed = run(&lab, "many", format, "").await;
        assert_eq!(failed["status"], "failed", "{failed}");
        assert!(failed["error"].as_str().unwrap().contains("larger than 1 MB"), "{failed}");
        assert_eq!(taken_by(&lab.owner, &failed, &[]).await.0, 409);
    }
    assert_eq!(pieces(&lab).await, "0", "nothing of it is kept");
    assert!(log(&lab, "rows.export").await.iter().all(|(outcome, _)| outcome == "failed"));
    let small = run(&lab, "many", "csv", "id=lt.9").await;
    assert_eq!((&small["status"], pieces(&lab).await.as_str()), (&json!("done"), "1"));
    lab.app.advance(Duration::minutes(119));
    lab.owner = lab.app.sign_in(OWNER_EMAIL).await;
    taken(&lab, &small).await;
    lab.app.advance(Duration::minutes(1));
    assert_eq!(lab.owner.get(&path(&small)).await.body_of(200)["status"], "expired");
    assert_eq!(taken_by(&lab.owner, &small, &[]).await.0, 410, "to the minute, swept or not");
    // The sweep comes round within the hour.
    lab.app.advance(Duration::hours(1));
    worker::drain(&lab.app.app).await.unwrap();
    assert_eq!((pieces(&lab).await.as_str(), lab.ask("select count(*) from explorer.exports").await.as_str()), ("0", "3"));
    lab.app.advance(Duration::days(32));
    worker::drain(&lab.app.app).await.unwrap();
    assert_eq!(lab.ask("select count(*) from explorer.exports").await, "0", "and is forgotten in the end");
}

#[tokio::test]
async fn there_are_not_too_many() {
    let lab = lab(MANY).await;
    for _ in 0..2 {
        ask(&lab, "many", "csv", "id=eq.1").await;
    }
    let third = ask_by(&lab.owner, "many", "csv", "").await.expect(429);
    assert!(third["detail"].as_str().unwrap().contains("Two exports"), "{}", third.text);
    worker::drain(&lab.app.app).await.unwrap();
    for _ in 0..8 {
        run(&lab, "many", "csv", "id=eq.1").await;
    }
    let full = ask_by(&lab.owner, "many", "csv", "").await.expect(409);
    assert!(full["detail"].as_str().unwrap().contains("Delete one"), "{}", full.text);
    let one = &lab.owner.get("/api/v1/row-exports").await.body_of(200)[0];
    lab.owner.delete(&path(one)).await.expect_status(204);
    ask(&lab, "many", "csv", "").await;
}

#[tokio::test]
async fn what_fails_on_the_way_is_no_file() {
    let lab = lab(&format!("{MANY}; create view public.breaks as select id, 1 / (40000 - id) as share from many")).await;
    for format in ["csv", "parquet"] {
        let failed = run(&lab, "breaks", format, "").await;
        assert_eq!(failed["status"], "failed");
        assert!(failed["error"].as_str().unwrap().contains("ivision by zero"), "{failed}");
    }
    assert_eq!(pieces(&lab).await, "0");
    let jobs = "select string_agg(distinct state || ' ' || attempt, ',') from kernel.finished_jobs where kind = 'explorer.export-rows'";
    assert_eq!(lab.ask(jobs).await, "discarded 1", "trying again would not help");
}

#[tokio::test]
async fn a_file_that_is_whole_stays_when_its_job_is_begun_again() {
    let lab = lab(MANY).await;
    let done = run(&lab, "many", "csv", "id=lte.100").await;
    let file = taken(&lab, &done).await;
    // As a node leaves it that dies after it kept the file, and before it said that the job was done.
    assert_eq!(unsaid(&lab.db, "explorer.export-rows").await, 1);
    worker::drain(&lab.app.app).await.unwrap();
    assert!(!file.is_empty() && taken(&lab, &done).await == file);
}
