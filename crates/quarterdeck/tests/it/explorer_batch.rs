//! Batches: every row that a filter finds is changed or deleted, or none; what was there before can be written again.

use crate::batch_lab::{begin_by, ended, paid, path, preview, run, stands, table, undo};
use crate::explorer_lab::lab;
use http::Method;
use serde_json::{Value, json};

const BILLS: &str =
    "create table public.bill (id int primary key, paid boolean not null default false, note text, total numeric(10, 2) default 5,
      doubled numeric generated always as (total * 2) stored, at timestamptz);
    insert into bill (id, paid, note, total, at) select i, i % 4 = 0, 'note ' || i, i * 1.10, '2026-01-01' from generate_series(1, 5000) i";

#[tokio::test]
async fn rows_that_a_filter_finds_are_changed_and_changed_back() {
    let lab = lab(BILLS).await;
    let before = lab.ask("select md5(string_agg(bill::text, ',' order by id)) from bill").await;
    for mode in ["atomic", "chunked"] {
        let asked = json!({"verb": "update", "filter": "paid=is.false&id=gt.10&search=note", "set": {"paid": true, "note": null, "total": 1.50}, "defaults": ["at"],
            "except": [{"id": 11}, {"id": "13"}], "expected": 3740, "mode": mode});
        let seen = preview(&lab, "bill", asked.clone()).await;
        assert_eq!((&seen["rows"], &seen["undo"]["allowed"], &seen["refused"]), (&json!(3740), &json!(true), &Value::Null), "{seen}");
        assert_eq!(seen["sample"].as_array().unwrap().len(), 5);
        assert_eq!(seen["sample"][0]["after"]["total"], json!("1.50"));
        assert_eq!(lab.ask("select md5(string_agg(bill::text, ',' order by id)) from bill").await, before, "a look changes nothing");
        let done = run(&lab, "bill", asked).await;
        assert_eq!(stands(&done), ("done", 3740, 0), "{done}");
        let count = "select count(*) from bill where paid and note is null and total = 1.50 and doubled = 3 and at is null";
        assert_eq!(lab.ask(count).await, "3740");
        assert_eq!(lab.ask("select count(*) from bill where id in (11, 13) and not paid").await, "2", "they were left out");
        let undone = undo(&lab, &done, json!({})).await;
        assert_eq!(stands(&undone), ("done", 3740, 0), "{undone}");
        assert_eq!(lab.ask("select md5(string_agg(bill::text, ',' order by id)) from bill").await, before);
        let again = lab.owner.post(&format!("{}/undo", path(&done)), json!({})).await.expect(409);
        assert!(again["detail"].as_str().unwrap().contains("undone already"), "{}", again.text);
    }
    let log: Vec<Value> = lab.log().await.into_iter().filter(|entry| entry["action"] == "rows.batch").collect();
    let details: Vec<&str> = log.iter().map(|entry| entry["detail"].as_str().unwrap()).collect();
    assert_eq!(details.len(), 4, "{details:?}");
    assert!(
        details
            .iter()
            .any(|detail| detail
                .starts_with("update paid=is.false&id=gt.10&search=note without 2 of them, chunked: 3740 of 3740 rows changed")),
        "{details:?}"
    );
    assert!(log.iter().all(|entry| entry["changes"]["rows"]["after"] == 3740 && entry["target_kind"] == "main.public.bill"));
}

#[tokio::test]
async fn deleted_rows_come_back_as_they_were() {
    let lab = lab("create table public.thing (id int generated always as identity primary key, data bytea, tags text[], doc json, amount money, short char(4),
          span int4range, size float8, made text generated always as (short || '!') stored);
        insert into thing (data, tags, doc, amount, short, span, size) select '\\x00ff', array['a,b', null, '\"'], '{\"n\": 1.10,  \"n\": 2}', 1.5, 'ab', '[1,5)', 0.1
          from generate_series(1, 3000)").await;
    let print = "select md5(string_agg(t::text, ',' order by id)) from thing t";
    let before = lab.ask(print).await;
    for mode in ["atomic", "chunked"] {
        let done = run(&lab, "thing", json!({"verb": "delete", "filter": "", "except": [{"id": 7}], "expected": 2999, "mode": mode})).await;
        assert_eq!(stands(&done), ("done", 2999, 0), "{done}");
        assert_eq!(lab.ask("select string_agg(id::text, ',') from thing").await, "7");
        let undone = undo(&lab, &done, json!({})).await;
        assert_eq!(stands(&undone), ("done", 2999, 0), "{undone}");
        assert_eq!(lab.ask(print).await, before, "{mode}");
    }
}

#[tokio::test]
async fn with_another_number_of_rows_nothing_is_changed() {
    let lab = lab(BILLS).await;
    for mode in ["atomic", "chunked"] {
        let begun = begin_by(&lab.owner, "bill", paid(3750, mode)).await.body_of(201);
        // Somebody inserts a row between the look and the work.
        lab.db.batch_execute("insert into bill (id) select max(id) + 1 from bill").await.unwrap();
        let failed = ended(&lab, &begun).await;
        assert_eq!(stands(&failed), ("failed", 0, 0), "{failed}");
        let why = failed["error"].as_str().unwrap();
        assert!(why.contains("3751 rows") && why.contains("3750 were expected") && why.contains("Nothing was changed"), "{why}");
        assert_eq!(lab.ask("select count(*) from bill where not paid").await, "3751");
        lab.db.batch_execute("delete from bill where id > 5000").await.unwrap();
    }
    let missing = begin_by(&lab.owner, "bill", json!({"verb": "delete", "filter": ""})).await.expect(422);
    assert_eq!(missing["errors"][0]["field"], "expected");
}

#[tokio::test]
async fn rows_that_were_changed_since_are_not_overwritten_by_an_undo() {
    let lab = lab(BILLS).await;
    let done = run(&lab, "bill", paid(3750, "chunked")).await;
    lab.db.batch_execute("update bill set note = 'mine' where id = 1; delete from bill where id = 2").await.unwrap();
    let refused = undo(&lab, &done, json!({})).await;
    assert_eq!(stands(&refused), ("failed", 0, 0));
    assert!(refused["error"].as_str().unwrap().starts_with("2 of 3750 rows were changed or deleted again since"), "{refused}");
    assert_eq!(lab.ask("select count(*) from bill where not paid").await, "0");
    let undone = undo(&lab, &done, json!({"leave_changed": true})).await;
    assert_eq!(stands(&undone), ("done", 3748, 2), "{undone}");
    assert_eq!(lab.ask("select (paid, note)::text from bill where id = 1").await, "(t,mine)");
    assert_eq!(lab.ask("select count(*) from bill where not paid").await, "3748");
}

#[tokio::test]
async fn a_look_tells_what_else_happens() {
    let lab = lab("create table public.parent (id int primary key, kind text, stamp text);
        create table public.child (id int primary key, parent int references parent on delete cascade);
        create table public.loose (id int primary key, parent int references parent on delete set null);
        create table public.strict (id int primary key, parent int references parent);
        insert into parent select i, case when i < 4 then 'a' else 'b' end from generate_series(1, 10) i;
        insert into child values (1, 1), (2, 1), (3, 9); insert into loose values (1, 2); insert into strict values (1, 3);
        create function public.stamp() returns trigger language plpgsql as 'begin new.stamp := ''by trigger''; return new; end';
        create trigger stamp before update of kind on public.parent for each row execute function public.stamp();
        create trigger quiet before update of stamp on public.parent for each row execute function public.stamp();
        alter table public.parent add constraint short check (length(kind) < 4)")
    .await;
    let seen = preview(&lab, "parent", json!({"verb": "delete", "filter": "kind=eq.a"})).await;
    let references: Vec<(&str, &str, i64)> = seen["references"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["table"].as_str().unwrap(), r["on_delete"].as_str().unwrap(), r["count"].as_i64().unwrap()))
        .collect();
    assert_eq!(references, [("child", "cascade", 2), ("loose", "set_null", 1), ("strict", "no_action", 1)]);
    assert_eq!(seen["triggers"], json!([]));
    let seen = preview(&lab, "parent", json!({"verb": "update", "filter": "kind=eq.a", "set": {"kind": "x"}})).await;
    assert_eq!(seen["triggers"], json!([{"name": "stamp", "function": "stamp", "timing": "before", "each": "row"}]));
    let seen = preview(&lab, "parent", json!({"verb": "update", "filter": "kind=eq.a", "set": {"kind": "long"}})).await;
    assert!(seen["refused"]["detail"].as_str().unwrap().contains("short"), "{seen}");
    assert_eq!(seen["sample"][0]["after"], Value::Null);
    // What is refused for one row is refused for all, and in words.
    let failed = run(&lab, "parent", json!({"verb": "delete", "filter": "kind=eq.a", "expected": 3})).await;
    assert_eq!(stands(&failed), ("failed", 0, 0));
    assert!(failed["error"].as_str().unwrap().contains("strict"), "{failed}");
    assert_eq!(lab.ask("select count(*) from parent").await, "10");
}

#[tokio::test]
async fn rows_that_point_to_each_other_go_together() {
    let lab = lab("create table public.node (id int primary key, above int references node);
        insert into node select i, nullif(i - 1, 0) from generate_series(1, 4500) i")
    .await;
    let done = run(&lab, "node", json!({"verb": "delete", "filter": "", "expected": 4500})).await;
    assert_eq!(stands(&done), ("done", 4500, 0), "{done}");
    let undone = undo(&lab, &done, json!({})).await;
    assert_eq!(stands(&undone), ("done", 4500, 0), "{undone}");
    assert_eq!(lab.ask("select count(*) from node where above is not null").await, "4499");
}

#[tokio::test]
async fn a_request_that_is_sent_twice_begins_one_batch() {
    let lab = lab(BILLS).await;
    let send = async || lab.owner.send(Method::POST, &table("bill"), &[("idempotency-key", "once")], Some(paid(3750, "atomic"))).await;
    let (one, again) = (send().await.body_of(201), send().await.body_of(201));
    assert_eq!(one["id"], again["id"]);
    assert_eq!(stands(&ended(&lab, &one).await), ("done", 3750, 0));
    assert_eq!(lab.ask("select count(*) from explorer.batches").await, "1");
    // Two at once are enough; a third waits for one to end.
    let wanted = json!({"verb": "update", "filter": "id=eq.1", "set": {"note": "x"}, "expected": 1});
    for _ in 0..2 {
        begin_by(&lab.owner, "bill", wanted.clone()).await.expect_status(201);
    }
    assert!(begin_by(&lab.owner, "bill", wanted).await.expect(429).header("retry-after").is_some());
}
