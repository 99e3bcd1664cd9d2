//! Batches that are paused, cancelled or killed: no row is changed twice or left out, and of one transaction nothing stays.

use crate::batch_lab::{begin_by, ended, paid, path, stands};
use crate::explorer_lab::{Lab, lab};
use crate::process::{Node, Place, client};
use crate::work_lab::unsaid;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use testkit::{Server, TestApp};
use work::worker;

const PATIENCE: Duration = Duration::from_secs(90);
/// Each change of a row is counted, and takes a moment.
const SLOW: &str = "create table public.bill (id int primary key, paid boolean not null default false, times int not null default 0);
    insert into bill select i from generate_series(1, 8000) i;
    create function public.linger() returns trigger language plpgsql as 'begin perform pg_sleep(0.0002); new.times := old.times + 1; return new; end';
    create trigger linger before update on public.bill for each row execute function public.linger()";
const DONE: &str = "select count(*) from bill where paid and times = 1";

/// Begins a batch, and says something when it is under way.
async fn midway(lab: &Lab, mode: &str, verb: &str) -> Value {
    let begun = begin_by(&lab.owner, "bill", paid(8000, mode)).await.body_of(201);
    let word = async {
        let until = Instant::now() + PATIENCE;
        while lab.owner.get(&path(&begun)).await.body_of(200)["changed"] == 0 {
            assert!(Instant::now() < until, "the batch never began");
        }
        lab.owner.post(&format!("{}/{verb}", path(&begun)), json!({})).await.expect_status(200);
    };
    let (worked, ()) = tokio::join!(worker::drain(&lab.app.app), word);
    worked.unwrap();
    lab.owner.get(&path(&begun)).await.body_of(200)
}

#[tokio::test]
async fn in_pieces_what_is_done_stays_and_the_rest_is_done_later() {
    let lab = lab(SLOW).await;
    let paused = midway(&lab, "chunked", "pause").await;
    let changed = paused["changed"].as_i64().unwrap();
    assert!(paused["status"] == "paused" && 0 < changed && changed < 8000, "{paused}");
    assert_eq!(lab.ask(DONE).await, changed.to_string(), "what is done stays");
    lab.owner.post(&format!("{}/pause", path(&paused)), json!({})).await.expect_status(409);
    // A row that isn't meant any more, and one that nobody meant.
    lab.db.batch_execute("alter table bill disable trigger linger; update bill set paid = true where id = (select max(id) from bill where not paid); insert into bill values (9000); alter table bill enable trigger linger").await.unwrap();
    lab.owner.post(&format!("{}/resume", path(&paused)), json!({})).await.expect_status(200);
    let done = ended(&lab, &paused).await;
    assert_eq!(stands(&done), ("done", 7999, 1), "{done}");
    assert_eq!(lab.ask(DONE).await, "7999", "none twice, none left out");
    assert_eq!(lab.ask("select paid from bill where id = 9000").await, "false");
    lab.owner.post(&format!("{}/resume", path(&done)), json!({})).await.expect_status(409);
    lab.owner.post(&format!("{}/cancel", path(&done)), json!({})).await.expect_status(409);
}

#[tokio::test]
async fn cancelled_in_pieces_it_says_what_it_did_and_that_can_be_undone() {
    let lab = lab(SLOW).await;
    let cancelled = midway(&lab, "chunked", "cancel").await;
    let changed = cancelled["changed"].as_i64().unwrap();
    assert!(cancelled["status"] == "cancelled" && 0 < changed && changed < 8000, "{cancelled}");
    assert_eq!(lab.ask(DONE).await, changed.to_string());
    let entry = lab.log().await.into_iter().find(|entry| entry["action"] == "rows.batch").unwrap();
    assert!(
        entry["detail"].as_str().unwrap().contains(&format!("{changed} of 8000 rows changed")) && entry["outcome"] == "failed",
        "{entry}"
    );
    let undone = crate::batch_lab::undo(&lab, &cancelled, json!({})).await;
    assert_eq!(stands(&undone), ("done", changed, 0), "{undone}");
    assert_eq!(lab.ask("select count(*) from bill where paid").await, "0");
}

#[tokio::test]
async fn of_one_transaction_nothing_stays() {
    let lab = lab(SLOW).await;
    let cancelled = midway(&lab, "atomic", "cancel").await;
    assert_eq!(stands(&cancelled), ("cancelled", 0, 0), "{cancelled}");
    assert_eq!(lab.ask("select count(*) from bill where paid").await, "0");
    let paused = midway(&lab, "atomic", "pause").await;
    assert_eq!(stands(&paused), ("paused", 0, 0), "{paused}");
    assert_eq!(lab.ask("select count(*) from bill where paid").await, "0");
    assert_eq!(lab.ask("select count(*) from explorer.batch_pieces").await, "0", "and nothing is kept of it");
    lab.owner.post(&format!("{}/resume", path(&paused)), json!({})).await.expect_status(200);
    assert_eq!(stands(&ended(&lab, &paused).await), ("done", 8000, 0));
    assert_eq!(lab.ask(DONE).await, "8000");
}

#[tokio::test]
async fn what_was_saved_without_a_word_is_not_repeated() {
    let lab = lab("create table public.bill (id int primary key, paid boolean not null default false, times int default 0); insert into bill select i from generate_series(1, 5000) i;
        create function public.count_up() returns trigger language plpgsql as 'begin new.times := old.times + 1; return new; end';
        create trigger count_up before update on public.bill for each row execute function public.count_up()").await;
    let again = "update explorer.batches set status = 'running', finished_at = null";
    for mode in ["atomic", "chunked"] {
        let done = crate::batch_lab::run(&lab, "bill", paid(5000, mode)).await;
        assert_eq!(stands(&done), ("done", 5000, 0));
        // As if the process had been killed after the source's commit, and before it could say so.
        lab.db.batch_execute(again).await.unwrap();
        assert!(unsaid(&lab.db, "explorer.change-rows").await > 0);
        if mode == "chunked" {
            lab.db.batch_execute("update explorer.batch_pieces p set done = false, keys = (select json_agg(r -> 0)::text from json_array_elements(content::json) r) where number = 2;
                update explorer.batches set changed = changed - 1000").await.unwrap();
        }
        let told = ended(&lab, &done).await;
        assert_eq!(stands(&told), ("done", 5000, 0), "{mode}: {told}");
        assert_eq!(lab.ask(DONE).await, "5000", "nothing was done twice");
        lab.db.batch_execute("delete from explorer.batches; update bill set paid = false; update bill set times = 0; alter table bill disable trigger count_up; update bill set times = 0; alter table bill enable trigger count_up").await.unwrap();
    }
}

#[tokio::test]
async fn a_batch_that_is_killed_is_gone_on_with_by_the_next() {
    let database = "batch_killed";
    drop(Server::shared().empty(database).await);
    let node = Node::launch(&Place::on(database));
    node.ready().await;
    let app = TestApp::on(quarterdeck::product(), database, &[]).await;
    app.owner().await;
    let db = app.database().await;
    db.batch_execute(SLOW).await.unwrap();
    db.batch_execute(&SLOW.replace("bill", "whole").replace("linger", "linger_too")).await.unwrap();
    let cookie = node.owner().await;
    for (table, mode) in [("bill", "chunked"), ("whole", "atomic")] {
        let sent = client()
            .post(format!("{}/api/v1/explorer/main/tables/public/{table}/batches", node.url))
            .header("cookie", &cookie)
            .header("sec-fetch-site", "same-origin")
            .json(&paid(8000, mode))
            .send()
            .await
            .unwrap();
        assert_eq!(sent.status(), 201, "{}", sent.text().await.unwrap());
    }
    let count = async || db.query_one(DONE, &[]).await.unwrap().get::<_, i64>(0);
    let until = Instant::now() + PATIENCE;
    let begun = "select count(*) from explorer.batches where changed > 0";
    while count().await == 0 || db.query_one(begun, &[]).await.unwrap().get::<_, i64>(0) < 2 {
        assert!(Instant::now() < until, "the batches never began");
        tokio::task::yield_now().await;
    }
    drop(node); // SIGKILL, without a word
    assert!(count().await < 8000, "it was killed midway");
    assert_eq!(db.query_one("select count(*) from whole where paid", &[]).await.unwrap().get::<_, i64>(0), 0, "all or nothing");
    // The dead worker's lease runs out; here it is said to have, instead of waiting for it.
    db.execute("update kernel.jobs set lease_until = now() - interval '1 second' where kind = 'explorer.change-rows'", &[]).await.unwrap();
    let next = Node::launch(&Place::on(database));
    next.ready().await;
    let until = Instant::now() + PATIENCE;
    let is_done = "select bool_and(status = 'done' and changed = 8000 and skipped = 0) from explorer.batches";
    while !db.query_one(is_done, &[]).await.unwrap().get::<_, bool>(0) {
        assert!(Instant::now() < until, "nobody took it up");
        tokio::task::yield_now().await;
    }
    assert_eq!(count().await, 8000);
    assert_eq!(
        db.query_one("select max(times), min(times) from (table bill union all table whole) both_of_them", &[])
            .await
            .map(|row| (row.get::<_, i32>(0), row.get::<_, i32>(1)))
            .unwrap(),
        (1, 1)
    );
}
