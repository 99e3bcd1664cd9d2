//! `quarterdeck data … update-all|delete-all|batch`: looked at, counted, done, undone; its exit codes.

use crate::explorer_lab::lab;
use crate::process::{Ended, Node, Place};
use testkit::{OWNER_EMAIL, PASSWORD};

const TABLE: &str = "create table public.bill (id int primary key, paid boolean not null default false, note text default 'none');
    insert into bill select i, i % 2 = 0, 'n' || i from generate_series(1, 100) i";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_rows_are_changed_by_their_number_and_changed_back() {
    let lab = lab(TABLE).await;
    let place = Place::on(&lab.app.database);
    let node = Node::start(&place).await;
    place.run(&["login", "--url", &node.url, "--email", OWNER_EMAIL, "--password-stdin"], &format!("{PASSWORD}\n")).expect(0);
    let data = |words: &[&str]| -> Ended { place.run(&[&["data", "main", "bill"], words].concat(), "") };
    let update = ["update-all", "--where", "paid=is.false", "--set", "paid=true", "--default", "note", "--except", "id=7"];

    let counted = data(&update).expect(2);
    assert!(counted.err().contains("49 rows match now; nothing was done") && counted.err().contains("--expected N"), "{}", counted.err());
    let seen = data(&[&update[..], &["--dry-run", "-o", "json"]].concat()).expect(0);
    let seen: serde_json::Value = serde_json::from_str(&seen.out()).unwrap();
    assert_eq!((&seen["rows"], &seen["sample"][0]["after"]["note"]), (&49.into(), &"none".into()), "{seen}");
    let unasked = data(&[&update[..], &["--expected", "49"]].concat()).expect(2);
    assert!(unasked.err().contains("Change 49 rows?") && unasked.err().contains("--yes"), "{}", unasked.err());
    let wrong = data(&[&update[..], &["--expected", "48", "--yes"]].concat()).expect(1);
    assert!(wrong.err().contains("49 rows are meant now, and 48 were expected"), "{}", wrong.err());
    assert_eq!(lab.ask("select count(*) from bill where paid").await, "50");

    let done = data(&[&update[..], &["--expected", "49", "--chunked", "--yes", "-o", "json"]].concat()).expect(0);
    let done: serde_json::Value = serde_json::from_str(&done.out()).unwrap();
    assert_eq!((&done["status"], &done["changed"]), (&"done".into(), &49.into()), "{done}");
    assert_eq!(lab.ask("select string_agg(id::text, ',') from bill where not paid").await, "7");
    let id = done["id"].as_str().unwrap();
    let listed = data(&["batch", "list"]).expect(0);
    assert!(listed.out().contains(id), "{}", listed.out());
    lab.db.batch_execute("update bill set note = 'mine' where id = 1").await.unwrap();
    let kept = data(&["batch", "undo", id]).expect(1);
    assert!(kept.err().contains("1 of 49 rows were changed or deleted again since"), "{}", kept.err());
    data(&["batch", "undo", id, "--leave-changed"]).expect(0);
    assert_eq!(lab.ask("select count(*) from bill where paid").await, "51");
    data(&["batch", "resume", id]).expect(6);
    data(&["batch", "show", id]).expect(0);
    data(&["batch", "show", "nonsense"]).expect(5);

    data(&["delete-all", "--where", "id=gt.90", "--expected", "10", "--yes"]).expect(0);
    assert_eq!(lab.ask("select count(*) from bill").await, "90");
    data(&["update-all", "--where", "", "--yes", "--expected", "1"]).expect(2);
    data(&["update-all", "--where", "", "--set", "nowhere=1", "--expected", "90", "--yes"]).expect(7);
    data(&["delete-all", "--where", "nowhere=eq.1", "--expected", "1", "--yes"]).expect(7);
    drop(node);
}
