//! `quarterdeck data … history|undo|facets`: what happened to a row, taken back, and what a column mostly has.

use crate::explorer_lab::lab;
use crate::process::{Ended, Node, Place};
use testkit::{OWNER_EMAIL, PASSWORD};

const TABLE: &str = "create table public.bill (id int primary key, city text);
    insert into bill select i, case when i % 4 = 0 then 'Berlin' else 'Köln' end from generate_series(1, 100) i; analyze bill";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_is_seen_and_taken_back() {
    let lab = lab(TABLE).await;
    let place = Place::on(&lab.app.database);
    let node = Node::start(&place).await;
    place.run(&["login", "--url", &node.url, "--email", OWNER_EMAIL, "--password-stdin"], &format!("{PASSWORD}\n")).expect(0);
    let data = |words: &[&str]| -> Ended { place.run(&[&["data", "main", "bill"], words].concat(), "") };

    let common = data(&["facets", "city"]).expect(0);
    assert!(common.out().lines().nth(1).unwrap().contains("Köln") && common.out().contains("0.75"), "{}", common.out());
    assert_eq!(data(&["facets", "city", "-o", "json"]).expect(0).json()["distinct"], "2");
    data(&["facets", "nowhere"]).expect(7);

    data(&["update", "id=7", "--set", "city=Bonn"]).expect(0);
    let told = data(&["history", "id=7"]).expect(0);
    assert!(told.out().contains("city: Köln → Bonn") && told.out().contains("yes"), "{}", told.out());
    let entry = data(&["history", "id=7", "-o", "json"]).expect(0).json()["entries"][0]["id"].as_str().unwrap().to_owned();
    data(&["undo", &entry, "--dry-run"]).expect(0);
    assert_eq!(lab.ask("select city from bill where id = 7").await, "Bonn");
    assert_eq!(data(&["undo", &entry, "-o", "json"]).expect(0).json()["rows"], 1);
    assert_eq!(lab.ask("select city from bill where id = 7").await, "Köln");
    data(&["undo", &entry]).expect(6);
    assert_eq!(data(&["history", "id=7", "-o", "json"]).expect(0).json()["entries"].as_array().unwrap().len(), 2);
    data(&["history", "city=Bonn"]).expect(7);
}
