//! Files that are broken or meant to harm, people who may not, and tables that change meanwhile.

use crate::explorer_lab::lab;
use crate::import_lab::{counts, import, path, rejects, upload, upload_by, work};
use http::Method;
use serde_json::{Value, json};

const THINGS: &str = "create table public.things (id int primary key, name text, extra text)";

#[tokio::test]
async fn files_that_cant_be_read_say_where_and_leave_nothing() {
    let lab = lab(THINGS).await;
    for (file, said) in [
        (&b""[..], "empty"),
        (b"id,name\n", "no rows"),
        (b"id,name\n1,N\xe4me\n", "Line 2"),
        (b"id,name\n1,a\n2,\"open\n3,c\n", "line 3"),
        (b"id,name\n1,a\0b\n", "zero byte"),
        (b"PK\x03\x04rest", "workbook"),
        (b"\xff\xfei\0d\0\n\0\x00\xd8", "character"),
    ] {
        let refused = upload_by(&lab.owner, "things", "?format=csv", file).await.expect(422);
        assert!(refused["detail"].as_str().unwrap().contains(said), "{said}: {}", refused.text);
    }
    let row = [b"id,name\n1,".to_vec(), vec![b'x'; 9 << 20], b"\n".to_vec()].concat();
    assert!(upload_by(&lab.owner, "things", "", &row).await.expect(422)["detail"].as_str().unwrap().contains("line 2"));
    assert!(upload_by(&lab.owner, "things", "?format=ods", b"x").await.expect(400).text.contains("csv, ndjson and xlsx"));
    assert!(upload_by(&lab.owner, "things", "?delimiter=x", b"x").await.expect(400).text.contains("tab"));
    upload_by(&lab.owner, "nowhere", "", b"id\n1\n").await.expect_status(404);
    while lab.ask("select count(*) from explorer.imports").await != "0" {
        tokio::task::yield_now().await;
    }
    assert_eq!(lab.ask("select count(*) from explorer.import_pieces").await, "0");
}

#[tokio::test]
async fn marks_separators_and_utf16_are_understood() {
    let lab = lab(THINGS).await;
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain("id\tname\n2\tzwölf 🦆\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for (file, encoding, delimiter) in
        [("\u{feff}id;name\r\n1;a,b\r\n".as_bytes(), "utf-8", ";"), (&utf16, "utf-16le", "\t"), (b"id|name\n3|x\n", "utf-8", "|")]
    {
        let made = upload_by(&lab.owner, "things", "", file).await.body_of(201);
        assert_eq!((&made["encoding"], &made["delimiter"]), (&json!(encoding), &json!(delimiter)));
        assert_eq!(counts(&work(&lab, &made, "run", json!({})).await), [1, 1, 0, 0, 0]);
    }
    assert_eq!(lab.ask("select string_agg(name, '/' order by id) from things").await, "a,b/zwölf 🦆/x");
    let bare = upload(&lab, "things", "?header=false", "7,seven\n").await;
    let columns = json!({"id": {"column": "Column 1"}, "name": {"column": "Column 2"}});
    assert_eq!(counts(&work(&lab, &bare, "run", json!({"columns": columns})).await), [1, 1, 0, 0, 0]);
    let twice = upload(&lab, "things", "", "id,name,name\n8,first,second\n").await;
    let columns = json!({"id": {"column": "id"}, "name": {"column": "name (2)"}});
    assert_eq!(counts(&work(&lab, &twice, "run", json!({"columns": columns})).await), [1, 1, 0, 0, 0]);
    assert_eq!(lab.ask("select name from things where id = 8").await, "second");
    let null = import(&lab, "things", "id,name\n9,NULL\n10,\n11,\"NULL\"\n", json!({"null": "NULL"})).await;
    assert_eq!(counts(&null), [3, 3, 0, 0, 0]);
    assert_eq!(
        lab.ask("select string_agg(coalesce('<' || name || '>', 'none'), ' ' order by id) from things where id > 8").await,
        "none <> <NULL>"
    );
}

#[tokio::test]
async fn settings_that_dont_fit_are_refused_where_they_are_wrong() {
    let lab = lab(&format!("{THINGS}; create table public.keyless (a int)")).await;
    let made = upload(&lab, "things", "", "id,name\n1,a\n").await;
    for (settings, field) in [
        (json!({"columns": {"nowhere": {"column": "id"}}}), "columns.nowhere"),
        (json!({"columns": {"id": {"column": "nowhere"}}}), "columns.id"),
        (json!({"columns": {}}), "columns"),
        (json!({"mode": "upsert", "columns": {"name": {"column": "name"}}}), "key"),
        (json!({"mode": "upsert", "key": ["name"]}), "key"),
        (json!({"mode": "update", "columns": {"id": {"column": "id"}}}), "columns"),
        (json!({"mode": "replace"}), "mode"),
        (json!({"unknown": 1}), "unknown"),
    ] {
        let refused = lab.owner.post(&format!("{}/run", path(&made)), settings.clone()).await.expect(422);
        assert!(refused["errors"][0]["field"].as_str().unwrap().starts_with(field), "{settings}: {}", refused.text);
    }
    let keyless = upload(&lab, "keyless", "", "a\n1\n").await;
    lab.owner.post(&format!("{}/run", path(&keyless)), json!({"mode": "upsert"})).await.expect_status(403);
    assert_eq!(lab.ask("select count(*) from things").await, "0");
}

#[tokio::test]
async fn only_who_may_and_only_ones_own() {
    let lab = lab(THINGS).await;
    let made = upload(&lab, "things", "", "id,name\n1,a\n").await;
    let (operator, developer) = (lab.app.staff(&lab.owner, "operator").await, lab.app.staff(&lab.owner, "developer").await);
    upload_by(&lab.app.nobody(), "things", "", b"id\n1\n").await.expect_status(401);
    assert!(upload_by(&developer, "things", "", b"id\n1\n").await.expect(403).text.contains("rows:import"));
    for (verb, body) in [("check", json!({})), ("run", json!({})), ("cancel", json!({}))] {
        operator.post(&format!("{}/{verb}", path(&made)), body.clone()).await.expect_status(404);
        developer.post(&format!("{}/{verb}", path(&made)), body).await.expect_status(403);
    }
    for there in [path(&made), format!("{}/refused", path(&made))] {
        operator.get(&there).await.expect_status(404);
        developer.get(&there).await.expect_status(403);
    }
    operator.delete(&path(&made)).await.expect_status(404);
    let listed = operator.get("/api/v1/explorer/main/tables/public/things/imports").await.body_of(200);
    assert_eq!(listed, json!([]));
    upload_by(&operator, "things", "", b"id\n5\n").await.expect_status(201);
    let shown = developer.get("/api/v1/explorer/main/tables/public/things").await.expect(200);
    assert_eq!(shown["import"]["allowed"], false, "{}", shown.text);
    lab.owner.get("/api/v1/row-imports/nonsense").await.expect_status(404);
    lab.owner.delete(&path(&made)).await.expect_status(204);
    lab.owner.get(&path(&made)).await.expect_status(404);
}

#[tokio::test]
async fn a_table_that_changes_meanwhile_is_told() {
    let lab = lab(THINGS).await;
    let made = upload(&lab, "things", "", "id,name,extra\n1,a,b\n").await;
    lab.owner.post(&format!("{}/run", path(&made)), json!({})).await.expect_status(200);
    lab.db.batch_execute("alter table things drop column extra").await.unwrap();
    work::worker::drain(&lab.app.app).await.unwrap();
    let failed = lab.owner.get(&path(&made)).await.body_of(200);
    assert_eq!(failed["status"], "failed");
    assert!(failed["error"].as_str().unwrap().contains("extra"), "{failed}");
    let done = work(&lab, &made, "run", json!({"columns": {"id": {"column": "id"}}})).await;
    assert_eq!(counts(&done), [1, 1, 0, 0, 0], "{done}");
    let gone = upload(&lab, "things", "", "id\n2\n").await;
    lab.db.batch_execute("drop table things").await.unwrap();
    lab.owner.post(&format!("{}/run", path(&gone)), json!({})).await.expect_status(404);
}

#[tokio::test]
async fn what_is_cancelled_leaves_nothing_and_a_second_start_waits() {
    let lab = lab(THINGS).await;
    let made = upload(&lab, "things", "", "id\n1\n2\n").await;
    lab.owner.post(&format!("{}/cancel", path(&made)), json!({})).await.expect_status(409);
    lab.owner.post(&format!("{}/run", path(&made)), json!({})).await.expect_status(200);
    lab.owner.post(&format!("{}/run", path(&made)), json!({})).await.expect_status(409);
    lab.owner.delete(&path(&made)).await.expect_status(409);
    let others = [upload(&lab, "things", "", "id\n3\n").await, upload(&lab, "things", "", "id\n4\n").await];
    lab.owner.post(&format!("{}/check", path(&others[0])), json!({})).await.expect_status(200);
    let third = lab.owner.post(&format!("{}/run", path(&others[1])), json!({})).await.expect(429);
    assert!(third.header("retry-after").is_some());
    lab.owner.post(&format!("{}/cancel", path(&made)), json!({})).await.expect_status(200);
    work::worker::drain(&lab.app.app).await.unwrap();
    let cancelled = lab.owner.get(&path(&made)).await.body_of(200);
    assert_eq!((&cancelled["status"], &cancelled["kept"]), (&json!("cancelled"), &json!(true)), "{cancelled}");
    assert_eq!(lab.ask("select count(*) from things").await, "0");
    assert_eq!(counts(&work(&lab, &made, "run", json!({})).await), [2, 2, 0, 0, 0]);
}

#[tokio::test]
async fn the_limit_of_size_is_a_setting() {
    let lab = lab(THINGS).await;
    let set = lab.owner.patch("/api/v1/settings/explorer.import_megabytes", "*", json!({"value": 1})).await;
    set.expect_status(200);
    lab.app.app.settings.reload(&lab.app.app).await.unwrap();
    let file = format!("id,name\n{}", "1,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n".repeat(30_000));
    let refused = upload_by(&lab.owner, "things", "", file.as_bytes()).await.expect(413);
    assert!(refused["detail"].as_str().unwrap().contains("1 MB"), "{}", refused.text);
}

#[tokio::test]
async fn files_of_mixed_up_columns_are_given_up_early() {
    let lab = lab(THINGS).await;
    let file = format!("name,id\n{}", "a,b\n".repeat(25_000));
    let failed = import(&lab, "things", &file, json!({})).await;
    assert_eq!(failed["status"], "failed");
    assert!(failed["error"].as_str().unwrap().contains("mixed up"), "{failed}");
    let none = import(&lab, "things", "id\nx\ny\n", json!({})).await;
    assert!(none["error"].as_str().unwrap().contains("none of the 2"), "{none}");
    assert_eq!(rejects(&none).len(), 2);
}

#[tokio::test]
async fn lines_that_are_no_objects_are_told_by_line() {
    let lab = lab(THINGS).await;
    let file = "{\"id\":1,\"name\":\"a\\tb\"}\nnot json\n{\"id\":2,\"name\":{\"a\":1}}\n\n{\"id\":3}\n{\"id\":1.5}\n";
    let made = upload(&lab, "things", "?name=x.jsonl", file).await;
    let done = work(&lab, &made, "run", Value::Object(Default::default())).await;
    assert_eq!(counts(&done), [5, 2, 0, 0, 3], "{done}");
    assert_eq!(rejects(&done).iter().map(|r| r.0).collect::<Vec<_>>(), [2, 3, 6]);
    assert_eq!(lab.ask("select name from things where id = 1").await, "a\tb");
    let sent = lab.owner.send_bytes(Method::POST, &format!("{}/run", path(&made)), &[], Some(b"{".to_vec())).await;
    sent.expect_status(400);
}
