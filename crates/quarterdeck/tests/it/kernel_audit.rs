//! The audit chain: whoever has the database in hand and changes the log is found out, with the row named.

use crate::lab;
use kernel::audit::{Report, verify};
use serde_json::json;
use testkit::TestApp;
use tokio_postgres::Client;

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
    db.batch_execute("alter table kernel.audit_log disable trigger all").await.unwrap();
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
    let seq: i64 = db.query_one("select seq from kernel.audit_log where entry like '%Zwei%'", &[]).await.unwrap().get(0);
    let found = findings(&app, &db).await;
    assert!(named(&found, seq, "edited"), "{found:?}");
    assert!(found.iter().all(|(at, _)| *at == seq), "only the row itself is named: {found:?}");
}

#[tokio::test]
async fn an_edit_with_a_new_hash_is_found() {
    let (app, db) = log().await;
    // Somebody who knows how the chain is made, but has no key: hashes are right again from here to the end.
    let rows = db
        .query("select seq, entry from kernel.audit_log where chain = (select chain from kernel.audit_heads limit 1) order by seq", &[])
        .await
        .unwrap();
    let seq: i64 = rows[2].get(0);
    db.execute("update kernel.audit_log set entry = replace(entry, '\"outcome\":\"ok\"', '\"outcome\":\"refused\"'), hash = sha256(entry::bytea) where seq = $1", &[&seq]).await.unwrap();
    assert!(named(&findings(&app, &db).await, seq, "signature"));
}

#[tokio::test]
async fn a_removed_row_is_found() {
    let (app, db) = log().await;
    db.execute("delete from kernel.audit_log where seq = 3", &[]).await.unwrap();
    let found = findings(&app, &db).await;
    assert!(named(&found, 4, "rows 3 to 3 are missing"), "{found:?}");
}

#[tokio::test]
async fn rows_in_another_order_are_found() {
    let (app, db) = log().await;
    db.batch_execute("update kernel.audit_log set seq = -2 where seq = 2; update kernel.audit_log set seq = 2 where seq = 3; update kernel.audit_log set seq = 3 where seq = -2").await.unwrap();
    let found = findings(&app, &db).await;
    assert!(named(&found, 2, "moved") && named(&found, 3, "moved"), "{found:?}");
}

#[tokio::test]
async fn a_cut_tail_is_found() {
    let (app, db) = log().await;
    let last: i64 = db
        .query_one("delete from kernel.audit_log where seq = (select max(seq) from kernel.audit_log) returning seq", &[])
        .await
        .unwrap()
        .get(0);
    let found = findings(&app, &db).await;
    assert!(named(&found, last - 1, &format!("rows {last} to {last} were removed from the end")), "{found:?}");
    // Who moves the head back as well has no key to sign it.
    db.execute("update kernel.audit_heads set seq = $1, hash = (select hash from kernel.audit_log where seq = $1)", &[&(last - 1)])
        .await
        .unwrap();
    assert!(findings(&app, &db).await.iter().any(|(_, problem)| problem.contains("head was edited")));
    db.execute("delete from kernel.audit_heads", &[]).await.unwrap();
    assert!(findings(&app, &db).await.iter().any(|(_, problem)| problem.contains("head is missing")));
}

#[tokio::test]
async fn a_column_that_differs_from_its_text_is_found() {
    let (app, db) = log().await;
    db.execute("update kernel.audit_log set at = at + interval '1 day' where seq = 2", &[]).await.unwrap();
    assert!(named(&findings(&app, &db).await, 2, "columns"));
}

#[tokio::test]
async fn a_row_slipped_in_before_sealing_is_kept_as_evidence() {
    let (app, db) = log().await;
    db.batch_execute("alter table kernel.audit_log enable trigger all; insert into kernel.audit_pending (id, entry, signature) values (gen_random_uuid(), '{\"action\":\"users.delete\"}', '\\x00')").await.unwrap();
    let rows = app.audit().await;
    let forged = rows.iter().find(|row| row["action"] == "audit.forged").expect("the forged row is in the log");
    assert!(forged["detail"].as_str().unwrap().contains("users.delete"));
    assert!(findings(&app, &db).await.is_empty(), "and the chain is whole");
}
