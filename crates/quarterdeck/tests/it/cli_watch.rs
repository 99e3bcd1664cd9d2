//! `quarterdeck data … watch`: a line for each change, until it is interrupted or the panel says no.

use crate::explorer_lab::lab;
use crate::process::{BINARY, Node, Place};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use testkit::{OWNER_EMAIL, PASSWORD};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_is_printed_for_each_change() {
    let lab = lab("create table public.things (id int primary key, name text); insert into things values (1, 'one')").await;
    let place = Place::on(&lab.app.database);
    let node = Node::start(&place).await;
    place.run(&["login", "--url", &node.url, "--email", OWNER_EMAIL, "--password-stdin"], &format!("{PASSWORD}\n")).expect(0);
    place.run(&["data", "main", "nothing", "watch"], "").expect(5);
    let mut command = Command::new(BINARY);
    command.args(["data", "main", "things", "watch", "-o", "json"]).env_clear().envs(place.variables()).current_dir(&place.home);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(said.by_ref().map_while(Result::ok).any(|line| line == "Following."), "it says when it has begun");
    lab.db.batch_execute("update things set name = 'eins'").await.unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!((&line["keys"], &line["changes"][0]["updated"]), (&serde_json::json!([[1]]), &serde_json::json!(1)));
    child.kill().unwrap();
    child.wait().unwrap();
}
