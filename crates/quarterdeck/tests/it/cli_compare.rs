//! `quarterdeck data … compare` and `… explain`.

use crate::process::{Node, Place};
use crate::seen_lab::Desk;
use testkit::{OWNER_EMAIL, PASSWORD};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_are_compared_and_a_row_is_explained() {
    let desk = Desk::new("").await;
    let place = Place::on(&desk.lab.app.database);
    let node = Node::start(&place).await;
    place.run(&["login", "--url", &node.url, "--email", OWNER_EMAIL, "--password-stdin"], &format!("{PASSWORD}\n")).expect(0);
    let run = |words: &[&str]| place.run(&[&["data", "main", "todos"], words].concat(), "");
    let both = ["--as", "grace@example.com", "--with", "alan@example.com", "--reason", "Case 17"];

    let found = run(&[&["compare"], &both[..], &["-o", "json"]].concat()).expect(0).json();
    assert_eq!((&found["counts"]["first"], &found["counts"]["second"], &found["counts"]["both"]), (&2.into(), &1.into(), &0.into()));
    let table = run(&[&["compare"], &both[..]].concat());
    assert_eq!(table.code(), 0, "{}", table.err());
    let rows = run(&["compare", "--with", "anon", "--rows", "first", "--reason", "Case 17", "-o", "json"]).expect(0).json();
    assert_eq!(rows.as_array().unwrap().len(), 3);
    let told = run(&["explain", "id=3", "--as", "grace@example.com", "--reason", "Case 17", "-o", "json"]).expect(0).json();
    assert_eq!((&told["verdicts"][0]["allowed"], &told["verdicts"][0]["why"]), (&false.into(), &"none_allows".into()));
    let sentence = run(&["explain", "id=3", "--as", "grace@example.com", "--reason", "Case 17"]);
    assert!(sentence.err().contains("Grace Hopper can't see this row"), "{}", sentence.err());
    // One's own eyes need nothing.
    run(&["explain"]).expect(0);

    run(&["compare", "--with", "anon"]).expect(2);
    run(&["compare", "--with", "nobody@example.com", "--reason", "Case 17"]).expect(5);
    run(&["explain", "id=99", "--as", "anon", "--reason", "Case 17"]).expect(5);
    // All of it is over, what failed as well.
    let open = desk.lab.owner.get("/api/v1/impersonations?limit=100").await.expect(200).body;
    let open = open.as_array().unwrap();
    assert!(open.len() >= 8 && open.iter().all(|one| one["status"] == "ended" && one["surface"] == "comparison"), "{open:?}");
}
