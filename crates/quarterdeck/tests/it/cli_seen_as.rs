//! `quarterdeck data … --as-user`: rows in somebody's place by the command line, the same as on the page.

use crate::process::{Ended, Node, Place};
use crate::seen_lab::Desk;
use serde_json::{Value, json};
use testkit::{OWNER_EMAIL, PASSWORD};

/// The desk of the other tests, with a panel of its own and a home from which somebody signed in.
struct Console {
    desk: Desk,
    place: Place,
    node: Node,
}

impl Console {
    async fn new() -> Self {
        let desk = Desk::new("").await;
        let place = Place::on(&desk.lab.app.database);
        let node = Node::start(&place).await;
        let console = Self { desk, place, node };
        console.login().expect(0);
        console
    }

    fn login(&self) -> Ended {
        self.place.run(&["login", "--url", &self.node.url, "--email", OWNER_EMAIL, "--password-stdin"], &format!("{PASSWORD}\n"))
    }

    fn list(&self, words: &[&str]) -> Ended {
        self.place.run(&[&["data", "main", "todos", "list", "--order", "id", "-o", "json"], words].concat(), "")
    }

    fn todo(&self, words: &[&str]) -> Ended {
        self.place.run(&[&["data", "main", "todos"], words, &["-o", "json"]].concat(), "")
    }

    fn tasks(&self, words: &[&str]) -> Vec<String> {
        let rows = self.list(words).expect(0).json();
        rows.as_array().unwrap().iter().map(|row| row["task"].as_str().unwrap().to_owned()).collect()
    }

    /// State and end of every impersonation there was, oldest first.
    async fn history(&self) -> Vec<(String, String, String)> {
        let rows = self.desk.lab.owner.get("/api/v1/impersonations?order=started_at").await.expect(200);
        let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        rows.body.as_array().unwrap().iter().map(|row| (text(row, "kind"), text(row, "status"), text(row, "reason"))).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_listed_as_somebody_sees_them() {
    let console = Console::new().await;
    assert_eq!(console.tasks(&[]).len(), 3, "as oneself");
    assert_eq!(console.tasks(&["--as-user", "grace@example.com", "--reason", "Case 17"]), ["compile", "debug"]);
    assert_eq!(console.tasks(&["--as-user", &console.desk.alan, "--reason", "Case 17"]), ["halt"]);
    assert!(console.tasks(&["--as-anon", "--reason", "Case 17"]).is_empty());
    assert_eq!(console.tasks(&["--as-service", "--reason", "Case 17"]).len(), 3);
    assert_eq!(console.tasks(&[]).len(), 3, "nothing of it is left");
    // One that fails is over as well.
    console.list(&["--as-anon", "--reason", "Case 18", "--filter", "nothing=eq.1"]).expect(7);
    let mut history = console.history().await;
    history.sort();
    let ended = |kind: &str, reason: &str| (kind.to_owned(), "ended".to_owned(), reason.to_owned());
    let expected = [
        ended("anon", "Case 17"),
        ended("anon", "Case 18"),
        ended("service", "Case 17"),
        ended("user", "Case 17"),
        ended("user", "Case 17"),
    ];
    assert_eq!(history, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_key_takes_somebodys_place_and_nobody_without_a_reason() {
    let console = Console::new().await;
    console.list(&["--as-user", "grace@example.com"]).expect(2);
    console.list(&["--as-user", "nobody@example.com", "--reason", "Case 17"]).expect(5);
    let key = console.desk.lab.owner.post("/api/v1/keys", json!({"name": "k", "scopes": ["*"]})).await.expect(201)["key"].clone();
    let script = console.place.clone().with("QUARTERDECK_URL", &console.node.url).with("QUARTERDECK_TOKEN", key.as_str().unwrap());
    let refused = script.run(&["data", "main", "todos", "list", "--as-anon", "--reason", "Case 17"], "");
    assert_eq!(refused.code(), 4, "{}", refused.err());
    assert!(refused.err().contains("quarterdeck login"), "{}", refused.err());
    assert!(console.history().await.is_empty());
}

const AS_GRACE: [&str; 4] = ["--as-user", "grace@example.com", "--reason", "Case 19"];
const CHANGING: [&str; 5] = ["--as-user", "grace@example.com", "--reason", "Case 19", "--change"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_row_is_read_and_changed_as_oneself_and_in_somebodys_place() {
    let console = Console::new().await;
    let (grace, alan) = (format!("user_id={}", console.desk.grace), format!("user_id={}", console.desk.alan));
    // As oneself: rows are what the panel's own login sees.
    let made = console.todo(&["create", "--set", &alan, "--set", "task=think"]).expect(0).json();
    let id = format!("id={}", made["id"].as_str().unwrap());
    assert_eq!(console.todo(&["update", &id, "--set", "task=think twice"]).expect(0).json()["task"], "think twice");
    assert_eq!(console.todo(&["get", &id, "--select", "task"]).expect(0).json(), json!({"task": "think twice"}));
    console.todo(&["update", &id, "--set", "task=late", "--if-match", "1"]).expect(6);
    console.todo(&["delete", &id]).expect(2);
    console.todo(&["delete", &id, "--yes"]).expect(0);
    console.todo(&["get", &id]).expect(5);
    assert!(console.history().await.is_empty());

    // In somebody's place the database decides, and what is theirs alone is changed.
    let with = |words: &[&str], place: &[&str]| console.todo(&[words, place].concat());
    let hers = with(&["create", "--set", &grace, "--set", "task=link"], &CHANGING).expect(0).json();
    let id = format!("id={}", hers["id"].as_str().unwrap());
    assert_eq!(with(&["get", &id], &AS_GRACE).expect(0).json()["task"], "link");
    assert_eq!(with(&["update", &id, "--set", "task=load"], &CHANGING).expect(0).json()["task"], "load");
    with(&["create", "--set", &alan, "--set", "task=hers"], &CHANGING).expect(4);
    for verb in [&["get", "id=3"][..], &["update", "id=3", "--set", "task=hers"], &["delete", "id=3", "--yes"]] {
        let place = if verb[0] == "get" { &AS_GRACE[..] } else { &CHANGING };
        with(verb, place).expect(5);
    }
    with(&["delete", &id, "--yes"], &CHANGING).expect(0);
    // Without saying so nothing is changed, and none of it was begun for changing.
    with(&["update", "id=1", "--set", "task=hers"], &AS_GRACE).expect(2);
    assert_eq!(console.tasks(&[]), ["compile", "debug", "halt"]);

    let log = console.desk.lab.app.audit().await;
    let done: Vec<_> = log.iter().filter(|row| row["subject_label"] == "Grace Hopper" && row["outcome"] == "ok").collect();
    let actions: Vec<_> = done.iter().filter_map(|row| row["action"].as_str()).filter(|action| action.starts_with("rows.")).collect();
    assert_eq!(actions, ["rows.create", "rows.update", "rows.delete"]);
    let rows = console.desk.lab.owner.get("/api/v1/impersonations").await.expect(200).body;
    let rows = rows.as_array().unwrap();
    assert!(rows.iter().all(|row| row["status"] == "ended"), "those that failed, too: {rows:?}");
    assert_eq!(rows.iter().filter(|row| row["read_only"] == true).count(), 2, "those that only looked");
}
