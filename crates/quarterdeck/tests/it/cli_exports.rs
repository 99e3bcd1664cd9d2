//! `quarterdeck data … export --background` and `quarterdeck exports …`: made by the panel, taken in one go or in parts.

use crate::explorer_lab::lab;
use crate::process::{Ended, Node, Place};
use serde_json::Value;
use testkit::{OWNER_EMAIL, PASSWORD};

const TABLE: &str = "create table public.many as select n as id, repeat('x', 100) as name from generate_series(1, 30000) n; \
     create view public.breaks as select id, 1 / (29000 - id) as share from many";

struct Console {
    place: Place,
    node: Node,
}

impl Console {
    fn run(&self, words: &[&str]) -> Ended {
        self.place.run(words, "")
    }

    fn list(&self) -> Vec<Value> {
        self.run(&["exports", "list", "-o", "json"]).expect(0).json().as_array().unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_made_watched_taken_and_forgotten() {
    let lab = lab(TABLE).await;
    let place = Place::on(&lab.app.database);
    let node = Node::start(&place).await;
    let console = Console { place, node };
    let login = ["login", "--url", &console.node.url, "--email", OWNER_EMAIL, "--password-stdin"];
    console.place.run(&login, &format!("{PASSWORD}\n")).expect(0);

    let made = ["data", "main", "many", "export", "--background"];
    let piped = console.run(&[&made[..], &["--filter", "id=lte.2", "--order", "id.desc", "--select", "number:id"]].concat()).expect(0);
    assert_eq!(piped.out(), "number\n2\n1\n");
    assert!(console.list().is_empty(), "what was taken is left nowhere");
    let file = console.place.home.join("many.csv");
    let to = file.to_str().unwrap();
    console.run(&[&made[..], &["--order", "id", "--to", to]].concat()).expect(0);
    let whole = std::fs::read(&file).unwrap();
    assert_eq!(whole.iter().filter(|byte| **byte == b'\n').count(), 30_001);

    // One that is there already, of which a part was taken before.
    let begun = r#"{"format": "csv", "query": "order=id"}"#;
    let begun = console
        .place
        .run(&["api", "POST", "/explorer/main/tables/public/many/exports", "--input", "-", "-o", "json"], begun)
        .expect(0)
        .json();
    let id = begun["id"].as_str().unwrap();
    assert_eq!(console.run(&["exports", "watch", id, "-o", "json"]).expect(0).json()["status"], "done");
    let part = console.place.home.join(format!("many.csv.{id}.part"));
    std::fs::write(&part, &whole[..1_000_000]).unwrap();
    std::fs::remove_file(&file).unwrap();
    let taken = console.run(&["exports", "download", id, "--to", to]).expect(0);
    assert!(taken.err().contains(" to ") && !part.exists(), "{}", taken.err());
    assert!(std::fs::read(&file).unwrap() == whole, "a part and the rest are the whole");
    let last =
        lab.app.audit().await.into_iter().filter(|entry| entry["action"] == "row-exports.file").map(|entry| entry["detail"].to_string());
    assert!(last.into_iter().any(|detail| detail.contains("bytes 1000000 to")), "only the rest was sent");
    assert_eq!(console.run(&["exports", "download", id]).expect(0).out().as_bytes(), whole);
    assert_eq!(console.run(&["exports", "show", id, "-o", "json"]).expect(0).json()["rows"], 30_000);
    assert_eq!(console.list()[0]["id"], id);
    console.run(&["exports", "cancel", id]).expect(6);
    console.run(&["exports", "delete", id]).expect(0);
    console.run(&["exports", "show", id]).expect(5);

    let broken = console.run(&["data", "main", "breaks", "export", "--background", "--to", to]).expect(1);
    assert!(broken.err().contains("ivision by zero"), "{}", broken.err());
    assert!(std::fs::read(&file).unwrap() == whole, "what was there stays");
    let wrong = console.run(&[&made[..], &["--filter", "id=eq.x"]].concat()).expect(7);
    assert!(wrong.out().is_empty() && wrong.err().contains("id"), "{}", wrong.err());
}
