//! `quarterdeck data … import`: tried, imported, and what didn't fit; its exit codes.

use crate::explorer_lab::lab;
use crate::process::{Ended, Node, Place};
use testkit::{OWNER_EMAIL, PASSWORD};

const TABLE: &str = "create table public.things (id int primary key, full_name text not null, kind text default 'none')";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_tried_and_imported_and_the_rest_is_told() {
    let lab = lab(TABLE).await;
    let place = Place::on(&lab.app.database);
    let node = Node::start(&place).await;
    place.run(&["login", "--url", &node.url, "--email", OWNER_EMAIL, "--password-stdin"], &format!("{PASSWORD}\n")).expect(0);
    let file = place.home.join("things.csv");
    std::fs::write(&file, "ID;Name;Kind\n1;one;a\n2;;b\n3;three;c\n").unwrap();
    let name = file.to_str().unwrap().to_owned();
    let import = |words: &[&str], input: &str| -> Ended { place.run(&[&["data", "main", "things", "import"], words].concat(), input) };

    let refused = place.home.join("refused.csv");
    let tried =
        import(&[&name, "--map", "full_name=Name", "--dry-run", "--refused", refused.to_str().unwrap(), "-o", "json"], "").expect(7);
    let counts: serde_json::Value = serde_json::from_str(&tried.out()).unwrap();
    assert_eq!((&counts["inserted"], &counts["rejected"]), (&2.into(), &1.into()), "{}", tried.out());
    assert!(tried.err().contains("1 rows don't fit and would not be imported"), "{}", tried.err());
    assert!(std::fs::read_to_string(&refused).unwrap().contains("3,\"full_name\",\"This can't be NULL\",\"2;;b\""));
    assert_eq!(lab.ask("select count(*) from things").await, "0");

    let whole = import(&[&name, "--map", "full_name=Name", "--all-or-nothing"], "").expect(7);
    assert!(
        whole.err().contains("line 3, full_name: This can't be NULL") && whole.err().contains("Nothing was imported"),
        "{}",
        whole.err()
    );
    let some = import(&[&name, "--map", "full_name=Name", "--leave-out", "kind"], "").expect(7);
    assert!(some.err().contains("were not imported"), "{}", some.err());
    assert_eq!(lab.ask("select string_agg(full_name || kind, ',' order by id) from things").await, "onenone,threenone");

    let piped = import(
        &["-", "--kind", "ndjson", "--mode", "upsert", "--key", "id", "--value", "kind=piped"],
        "{\"id\":1,\"full_name\":\"ONE\"}\n",
    )
    .expect(0);
    assert!(piped.out().contains("updated"), "{}", piped.out());
    assert_eq!(lab.ask("select full_name || kind from things where id = 1").await, "ONEpiped");
    assert_eq!(lab.ask("select count(*) from explorer.imports").await, "0", "nothing is left in the list");

    import(&["/nowhere/at/all.csv"], "").expect(2);
    import(&[&name, "--map", "name"], "").expect(2);
    import(&[&name, "--map", "nowhere=Name"], "").expect(7);
    place.run(&["data", "main", "nowhere", "import", &name], "").expect(5);
    drop(node);
}
