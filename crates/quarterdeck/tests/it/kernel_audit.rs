//! The audit chain: whoever has the database in hand and changes the log is found out, with the row named.

use crate::lab;
use kernel::audit::{Entry, Outcome, Target};
use kernel::{Caller, Ctx, RequestInfo};
use safety::verify::{Report, verify};
use serde_json::json;
use testkit::TestApp;
use tokio_postgres::Client;

/// All rows of the chain in one seal, as if they had come at once.
const ONE_SEAL: &str = "with old as (delete from kernel.audit_seals returning *), \
     one as (select chain, array_agg(id order by first, n) as ids, array_agg(hash order by first, n) as hashes \
       from old, unnest(ids, hashes) with ordinality as u (id, hash, n) group by chain) \
     insert into kernel.audit_seals select chain, 1, ids, hashes from one";
/// The id of the row with number $1.
const NUMBER: &str = "(select ids[$1::int8] from kernel.audit_seals)";

/// A sealed log of at least six rows on the platform's chain, and a connection that may do anything.
async fn log() -> (TestApp, Client) {
    let (app, owner) = lab::start().await;
    for title in ["One", "Two", "Three", "Four", "Five"] {
        owner.post("/api/v1/notes", json!({"title": title})).await.expect_status(201);
    }
    assert!(app.audit().await.len() >= 6);
    let db = app.database().await;
    let clean = verify(&db, &app.app.keys).await.unwrap();
    assert!(clean.findings.is_empty() && clean.rows >= 6, "{clean:?}");
    db.batch_execute("alter table kernel.audit_log disable trigger all; alter table kernel.audit_seals disable trigger all").await.unwrap();
    // The tests seal at their will, so the seals are as many as there were rounds.
    db.batch_execute(ONE_SEAL).await.unwrap();
    (app, db)
}

async fn findings(app: &TestApp, db: &Client) -> Vec<(i64, String)> {
    let Report { findings, .. } = verify(db, &app.app.keys).await.unwrap();
    findings.into_iter().map(|f| (f.seq, f.problem)).collect()
}

fn named(found: &[(i64, String)], seq: i64, words: &str) -> bool {
    found.iter().any(|(at, problem)| *at == seq && problem.contains(words))
}

#[tokio::test]
async fn an_edited_row_is_found() {
    let (app, db) = log().await;
    db.execute("update kernel.audit_log set entry = replace(entry, 'Two', 'Zwei') where entry like '%Two%'", &[]).await.unwrap();
    let seq: i32 = db
        .query_one("select array_position(ids, id) from kernel.audit_seals, kernel.audit_log where entry like '%Zwei%'", &[])
        .await
        .unwrap()
        .get(0);
    let found = findings(&app, &db).await;
    assert!(named(&found, seq.into(), "edited"), "{found:?}");
    assert!(found.iter().all(|(at, _)| *at == i64::from(seq)), "only the row itself is named: {found:?}");
}

#[tokio::test]
async fn an_edit_with_a_new_hash_is_found() {
    let (app, db) = log().await;
    // Somebody who knows how the chain is made, but has no key: the hash is right again.
    let edit =
        format!("update kernel.audit_log set entry = replace(entry, '\"outcome\":\"ok\"', '\"outcome\":\"refused\"') where id = {NUMBER}");
    db.execute(&edit, &[&3_i64]).await.unwrap();
    db.execute(
        "update kernel.audit_seals set hashes[3] = (select sha256(hashes[2] || entry::bytea) from kernel.audit_log where id = ids[3])",
        &[],
    )
    .await
    .unwrap();
    let found = findings(&app, &db).await;
    assert!(named(&found, 3, "signature") && named(&found, 4, "doesn't follow"), "{found:?}");
}

#[tokio::test]
async fn a_removed_row_is_found() {
    let (app, db) = log().await;
    db.execute(&format!("delete from kernel.audit_log where id = {NUMBER}"), &[&3_i64]).await.unwrap();
    assert_eq!(findings(&app, &db).await, [(3, "the row was removed".to_owned())]);
}

#[tokio::test]
async fn a_row_removed_with_its_place_is_found() {
    let close = "update kernel.audit_seals set ids = ids[:2] || ids[4:], hashes = hashes[:2] || hashes[4:]";
    let leave = "insert into kernel.audit_seals select chain, 4, ids[4:], hashes[4:] from kernel.audit_seals; \
         update kernel.audit_seals set ids = ids[:2], hashes = hashes[:2] where first = 1";
    for (gap, seq, words) in [(close, 3, "doesn't follow"), (leave, 4, "rows 3 to 3 are missing")] {
        let (app, db) = log().await;
        db.execute(&format!("delete from kernel.audit_log where id = {NUMBER}"), &[&3_i64]).await.unwrap();
        db.batch_execute(gap).await.unwrap();
        let found = findings(&app, &db).await;
        assert!(named(&found, seq, words), "{found:?}");
    }
}

#[tokio::test]
async fn rows_in_another_order_are_found() {
    let (app, db) = log().await;
    db.batch_execute("update kernel.audit_seals set ids = ids[:1] || ids[3:3] || ids[2:2] || ids[4:]").await.unwrap();
    let found = findings(&app, &db).await;
    assert!(named(&found, 2, "moved") && named(&found, 3, "moved"), "{found:?}");
}

#[tokio::test]
async fn a_cut_tail_is_found() {
    let (app, db) = log().await;
    let last: i32 = db.query_one("select cardinality(ids) from kernel.audit_seals", &[]).await.unwrap().get(0);
    let last = i64::from(last);
    db.execute(&format!("delete from kernel.audit_log where id = {NUMBER}"), &[&last]).await.unwrap();
    db.batch_execute("update kernel.audit_seals set ids = trim_array(ids, 1), hashes = trim_array(hashes, 1)").await.unwrap();
    let found = findings(&app, &db).await;
    assert!(named(&found, last - 1, &format!("rows {last} to {last} were removed from the end")), "{found:?}");
    // Who moves the head back as well has no key to sign it.
    db.execute("update kernel.audit_heads set seq = $1::int8, hash = (select hashes[$1::int8] from kernel.audit_seals)", &[&(last - 1)])
        .await
        .unwrap();
    assert!(findings(&app, &db).await.iter().any(|(_, problem)| problem.contains("head was edited")));
    db.execute("delete from kernel.audit_heads", &[]).await.unwrap();
    assert!(findings(&app, &db).await.iter().any(|(_, problem)| problem.contains("head is missing")));
}

#[tokio::test]
async fn a_column_that_differs_from_its_text_is_found() {
    for change in [
        "at = at + interval '1 day'",
        "actor_label = 'Nobody'",
        "target_id = null",
        "changes = '{\"a\":1}'",
        "organization_id = gen_random_uuid()",
    ] {
        let (app, db) = log().await;
        db.execute(&format!("update kernel.audit_log set {change} where id = {NUMBER}"), &[&4_i64]).await.unwrap();
        assert_eq!(findings(&app, &db).await, [(4, "the row's columns don't match its text".to_owned())], "{change}");
    }
}

/// A row as somebody without the key would write it.
const SLIPPED_IN: &str = "insert into kernel.audit_log (id, entry, signature, at, actor_kind, actor_label, action, changes, outcome, request_id) \
     values (gen_random_uuid(), '{\"action\":\"users.delete\"}', '\\x00', now(), 'staff', 'Ada', 'users.delete', '{}', 'ok', '') returning id";

#[tokio::test]
async fn a_row_slipped_in_is_found() {
    let (app, db) = log().await;
    db.query_one(SLIPPED_IN, &[]).await.unwrap();
    let found = findings(&app, &db).await;
    assert!(found.len() == 1 && found[0].1.contains("in no chain"), "{found:?}");
}

#[tokio::test]
async fn a_row_slipped_in_before_sealing_is_noted_and_found() {
    let (app, db) = log().await;
    let id: uuid::Uuid = db.query_one(SLIPPED_IN, &[]).await.unwrap().get(0);
    db.execute("insert into kernel.audit_unsealed values ($1), (gen_random_uuid())", &[&id]).await.unwrap();
    let rows = app.audit().await;
    let noted = |action: &str| rows.iter().find(|row| row["action"] == action).unwrap_or_else(|| panic!("{action} is in the log"));
    assert_eq!(noted("audit.forged")["target_id"], id.to_string());
    assert_eq!(noted("audit.removed")["outcome"], "failed");
    let found = findings(&app, &db).await;
    assert!(
        !found.is_empty() && found.iter().all(|(_, problem)| problem.contains("signature") || problem.contains("columns")),
        "{found:?}"
    );
}

#[tokio::test]
async fn many_rows_written_at_once_say_what_their_texts_say() {
    let (app, _) = lab::start().await;
    let db = app.database().await;
    let odd = [
        "\0 null",
        "\"}, {\"id\": null",
        "back\\slash \\u0000",
        "tab\tnew\nline \u{1} \u{7f}",
        "Zoë 🦀 \u{202e}",
        "",
        "'; drop table x; --",
    ];
    let mut ctx = Ctx::open(app.app.clone(), Caller::system("import"), RequestInfo::default()).await.unwrap();
    let entries: Vec<Entry> = odd
        .iter()
        .map(|text| {
            let changes = [("name".to_owned(), json!({"before": null, "after": [text, {"deep": 1.50}]}))].into_iter().collect();
            let entry = Entry::new(&ctx, "notes.import", Some(Target::new("notes", ctx.id(), *text))).changes(changes);
            Entry { outcome: Outcome::Started, ..entry.detail(Some((*text).to_owned())) }
        })
        .collect();
    ctx.audit_all(&entries).await.unwrap();
    ctx.audit_all(&[]).await.unwrap();
    ctx.commit().await.unwrap();
    let written = app.audit().await.into_iter().filter(|row| row["action"] == "notes.import").count();
    assert_eq!(written, odd.len());
    let report = verify(&db, &app.app.keys).await.unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    let label: String = db.query_one("select target_label from kernel.audit_log where id = $1", &[&entries[4].id]).await.unwrap().get(0);
    assert_eq!(label, odd[4]);
    // Those that are taken back are gone, with what waited to be sealed.
    let mut ctx = Ctx::open(app.app.clone(), Caller::system("import"), RequestInfo::default()).await.unwrap();
    let lost = [Entry::new(&ctx, "notes.lost", None)];
    ctx.audit_all(&lost).await.unwrap();
    ctx.rollback().await.unwrap();
    assert!(app.audit().await.iter().all(|row| row["action"] != "notes.lost"));
    assert!(verify(&db, &app.app.keys).await.unwrap().findings.is_empty());
}

#[tokio::test]
async fn what_is_done_to_many_is_written_down_at_once() {
    let app = TestApp::start(quarterdeck::product()).await;
    let owner = app.owner().await;
    for n in 0..5 {
        owner.post("/api/v1/users", json!({"email": format!("user{n}@example.com")})).await.expect_status(201);
    }
    let db = app.database().await;
    // Each statement that writes entries, however many.
    db.batch_execute(
        "create table public.statements (n int);
         create function public.counted() returns trigger security definer language plpgsql as 'begin insert into public.statements values (1); return null; end';
         create trigger counted after insert on kernel.audit_log for each statement execute function public.counted()",
    )
    .await
    .unwrap();
    let statements = async || -> i64 { db.query_one("select count(*) from public.statements", &[]).await.unwrap().get(0) };
    let many = |expected: u32| json!({"filter": "email=like.user*", "expected": expected});
    owner.post("/api/v1/users/suspend", many(4)).await.expect_status(409);
    owner.post("/api/v1/users/suspend", json!({"filter": "email=like.user*", "expected": 5, "dry_run": true})).await.expect_status(200);
    assert_eq!(statements().await, 0);
    assert_eq!(owner.post("/api/v1/users/suspend", many(5)).await.expect(200)["changed"], 5);
    assert_eq!(statements().await, 1);
    let log = app.audit().await;
    let mut whose: Vec<&str> =
        log.iter().filter(|row| row["action"] == "users.suspend").filter_map(|row| row["target_label"].as_str()).collect();
    whose.sort_unstable();
    assert_eq!(whose, ["user0@example.com", "user1@example.com", "user2@example.com", "user3@example.com", "user4@example.com"]);
    assert!(log.iter().all(|row| row["action"] != "users.suspend" || row["changes"]["status"]["after"] == "suspended"));
    assert!(verify(&db, &app.app.keys).await.unwrap().findings.is_empty());
    // One by itself is written with its change, as ever.
    let id = owner.get("/api/v1/users?email=eq.user0@example.com").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
    owner.post(&format!("/api/v1/users/{id}/activate"), json!({})).await.expect_status(200);
    assert_eq!(statements().await, 2);
}
