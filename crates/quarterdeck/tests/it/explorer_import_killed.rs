//! Imports whose process is killed: nothing of half a file stays, the next process does all of it, and nothing is done twice.

use crate::explorer_lab::lab;
use crate::explorer_seen_as_elsewhere::elsewhere;
use crate::import_lab::{counts, path, rejects, upload, work};
use crate::process::{Node, Place, client};
use crate::work_lab::unsaid;
use http::Method;
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};
use testkit::{PASSWORD, Server, TestApp};
use work::worker;

const PATIENCE: Duration = Duration::from_secs(90);
const ROWS: i64 = 6000;
const TABLE: &str = "create table public.slow (id int primary key, filler text);
    create function public.linger() returns trigger language plpgsql as 'begin perform pg_sleep(0.0005); return new; end';
    create trigger linger before insert on public.slow for each row execute function public.linger()";

#[tokio::test]
async fn an_import_that_is_killed_leaves_nothing_and_is_done_by_the_next() {
    let database = "rows_import_killed";
    drop(Server::shared().empty(database).await);
    let node = Node::launch(&Place::on(database));
    node.ready().await;
    let app = TestApp::on(quarterdeck::product(), database, &[]).await;
    app.owner().await;
    let db = app.database().await;
    db.batch_execute(TABLE).await.unwrap();
    let cookie = node.owner().await;
    let post = async |path: &str, body: String| -> Value {
        let sent = client().post(format!("{}/api/v1{path}", node.url)).header("cookie", &cookie).header("sec-fetch-site", "same-origin");
        let answer = sent.body(body).header("content-type", "application/json").send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    };
    // Half of a file: the connection ends before all of it has come.
    let address = node.url.strip_prefix("http://").unwrap();
    let mut half = std::net::TcpStream::connect(address).unwrap();
    let head = format!(
        "POST /api/v1/explorer/main/tables/public/slow/imports?name=half.csv HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\nsec-fetch-site: same-origin\r\n\
         content-length: 1000000\r\n\r\nid,filler\n1,a\n"
    );
    half.write_all(head.as_bytes()).unwrap();
    let kept = async || db.query_one("select count(*) from explorer.imports", &[]).await.unwrap().get::<_, i64>(0);
    let until = Instant::now() + PATIENCE;
    while kept().await == 0 {
        assert!(Instant::now() < until, "the upload never began");
        tokio::task::yield_now().await;
    }
    half.shutdown(std::net::Shutdown::Both).unwrap();
    drop(half.read(&mut [0; 16]));
    while kept().await > 0 {
        assert!(Instant::now() < until, "half of a file is still kept");
        tokio::task::yield_now().await;
    }

    let mut file = String::from("id,filler\n");
    (0..ROWS).for_each(|id| file.push_str(&format!("{id},{}\n", "x".repeat(1000))));
    let import = post("/explorer/main/tables/public/slow/imports?name=slow.csv", file).await;
    let path = format!("/row-imports/{}", import["id"].as_str().unwrap());
    assert_eq!(post(&format!("{path}/run"), "{}".into()).await["status"], "running");
    let until = Instant::now() + PATIENCE;
    while db.query_one("select coalesce(max(done), 0) = 0 from explorer.imports", &[]).await.unwrap().get::<_, bool>(0) {
        assert!(Instant::now() < until, "the import never began");
        tokio::task::yield_now().await;
    }
    drop(node); // SIGKILL, without a word
    let count = async || db.query_one("select count(*) from slow", &[]).await.unwrap().get::<_, i64>(0);
    assert_eq!(count().await, 0, "half of a file is not there");
    db.batch_execute("drop trigger linger on slow").await.unwrap();
    // The dead worker's lease runs out; here it is said to have, instead of waiting for it.
    db.execute("update kernel.jobs set lease_until = now() - interval '1 second' where kind = 'explorer.import-rows'", &[]).await.unwrap();
    let next = Node::launch(&Place::on(database));
    next.ready().await;
    let until = Instant::now() + PATIENCE;
    while count().await == 0 {
        assert!(Instant::now() < until, "nobody took it up");
        tokio::task::yield_now().await;
    }
    assert_eq!(count().await, ROWS, "all of it comes at once");
}

#[tokio::test]
async fn an_attempt_that_was_saved_without_a_word_is_not_repeated() {
    let lab = lab("create table public.plain (n int)").await;
    let made = upload(&lab, "plain", "", "n\n1\n2\n").await;
    let done = work(&lab, &made, "run", json!({})).await;
    assert_eq!(counts(&done), [2, 2, 0, 0, 0]);
    // As if the process had been killed after the source's commit, and before it could say so.
    let again = "update explorer.imports set status = 'running'";
    lab.db.batch_execute(again).await.unwrap();
    unsaid(&lab.db, "explorer.import-rows").await;
    worker::drain(&lab.app.app).await.unwrap();
    let told = lab.owner.get(&path(&made)).await.body_of(200);
    assert_eq!((told["status"].as_str(), counts(&told)), (Some("done"), [2, 2, 0, 0, 0]));
    assert_eq!(lab.ask("select count(*) from plain").await, "2", "nothing came twice");
    // As if before the commit: the source says that the transaction was given up.
    let second = upload(&lab, "plain", "", "n\n3\n").await;
    lab.owner.post(&format!("{}/run", path(&second)), json!({})).await.expect_status(200);
    lab.db.batch_execute("begin").await.unwrap();
    let txid = lab.ask("select txid_current()").await;
    lab.db.batch_execute("rollback").await.unwrap();
    lab.db.batch_execute(&format!("update explorer.imports set txid = {txid} where status = 'running'")).await.unwrap();
    worker::drain(&lab.app.app).await.unwrap();
    assert_eq!(lab.ask("select count(*) from plain").await, "3");
}

#[tokio::test]
async fn policies_of_another_server_decide_row_by_row() {
    let lab = lab("select 1").await;
    let (admin, url) = elsewhere("imported", "filler").await;
    admin
        .batch_execute(&format!(
            "create role filler login password '{PASSWORD}'; create table public.notes (id int primary key, owner text, body text);
             grant select, insert, update on notes to filler; alter table notes enable row level security;
             create policy own on notes to filler using (owner = 'me') with check (owner = 'me');
             create table public.closed (id int); grant select on closed to filler"
        ))
        .await
        .unwrap();
    lab.source("other", &url).await;
    let send = async |table: &str, file: &str| {
        let path = format!("/api/v1/explorer/other/tables/public/{table}/imports");
        lab.owner.send_bytes(Method::POST, &path, &[("content-type", "text/csv")], Some(file.as_bytes().to_vec())).await
    };
    let made = send("notes", "id,owner,body\n1,me,a\n2,you,b\n3,me,c\n").await.body_of(201);
    let done = work(&lab, &made, "run", json!({})).await;
    assert_eq!((counts(&done), rejects(&done)[0].0), ([3, 2, 0, 0, 1], 3), "{done}");
    let rows: i64 = admin.query_one("select count(*) from notes", &[]).await.unwrap().get(0);
    assert_eq!(rows, 2);
    let closed = send("closed", "id\n1\n").await.expect(403);
    assert!(closed["detail"].as_str().unwrap().contains("may not insert"), "{}", closed.text);
    let ended: Vec<Value> = lab.app.audit().await.into_iter().filter(|e| e["action"] == "rows.import").collect();
    assert_eq!(ended[0]["target_kind"], "other.public.notes");
}
