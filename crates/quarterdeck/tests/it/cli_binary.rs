//! Commands of the machine: version, migrate, setup, psql, audit verify, and the exit codes of mistakes.

use crate::process::{Node, Place};
use serde_json::json;
use testkit::{PASSWORD, Server, TestApp};

async fn place() -> (TestApp, Place) {
    let app = TestApp::start(quarterdeck::product()).await;
    let place = Place::on(&app.database);
    (app, place)
}

#[tokio::test]
async fn mistakes_on_the_command_line_end_with_two() {
    let (_app, place) = place().await;
    assert_eq!(place.run(&["version"], "").expect(0).out(), format!("quarterdeck {}\n", env!("CARGO_PKG_VERSION")));
    assert!(place.run(&["users", "--help"], "").expect(0).out().contains("suspend"), "the registry's verbs are commands");
    for args in [
        &["fly"][..],
        &["users"],
        &["users", "list", "--nope"],
        &["users", "create"],
        &["setup", "--email", "a@b.c", "--name", "A"],
        &["users", "list", "--limit", "0"],
    ] {
        let ended = place.run(args, "").expect(2);
        assert!(!ended.err().is_empty() && ended.out().is_empty(), "{args:?}: help for a mistake belongs on standard error");
    }
    let unknown = place.clone().with("QUARTERDECK_LISTENN", "127.0.0.1:1").run(&["migrate"], "").expect(2);
    assert!(unknown.err().contains("QUARTERDECK_LISTEN`"), "{}", unknown.err());
}

#[tokio::test]
async fn a_database_is_brought_up_to_date_once() {
    let database = "migrated_by_hand";
    drop(Server::shared().empty(database).await);
    let place = Place::on(database);
    let first = place.run(&["migrate"], "").expect(0);
    assert!(first.err().contains(&format!("{} migrations applied", quarterdeck::MIGRATIONS.len())), "{}", first.err());
    assert!(place.run(&["migrate"], "").expect(0).err().contains("up to date"));
    let away = place.with("DATABASE_URL", "host=/nowhere user=nobody dbname=nothing").run(&["migrate"], "").expect(8);
    assert!(away.err().contains("can't be reached"), "{}", away.err());
}

#[tokio::test]
async fn the_first_administrator_is_made_once() {
    let (_app, place) = place().await;
    let args = ["setup", "--email", "ada@example.com", "--name", "Ada Lovelace", "--password-stdin"];
    let weak = place.run(&args, "short\n").expect(7);
    assert!(weak.err().contains("password:"), "{}", weak.err());
    place.run(&args, "").expect(2);
    let made = place.run(&[&args[..], &["-o", "json"]].concat(), &format!("{PASSWORD}\n")).expect(0).json();
    assert_eq!((made["email"].as_str(), made["id"].as_str().map(str::len)), (Some("ada@example.com"), Some(36)));
    place.run(&args, &format!("{PASSWORD}\n")).expect(5);
}

#[tokio::test]
async fn psql_gets_the_database_the_arguments_and_gives_its_exit_code_back() {
    let (app, place) = place().await;
    let name = place.run(&["psql", "-Atc", "select current_database()"], "").expect(0);
    assert_eq!(name.out().trim(), app.database);
    assert_eq!(place.run(&["psql", "-d", "postgres", "-Atc", "select current_database()"], "").expect(0).out().trim(), "postgres");
    assert_eq!(place.run(&["psql", "-At", "-f", "-"], "select 6 * 7;").expect(0).out().trim(), "42");
    place.run(&["psql", "-c", "select nothing"], "").expect(1);
    place.run(&["psql", "-v", "ON_ERROR_STOP=1", "-f", "-"], "select nothing;").expect(3);
    assert!(place.run(&["psql", "--help"], "").expect(0).out().contains("interactive terminal"), "--help is psql's own");
}

#[tokio::test]
async fn a_broken_chain_ends_with_one_and_names_the_row() {
    let (app, place) = place().await;
    let owner = app.owner().await;
    owner.post("/api/v1/users", json!({"email": "grace@example.com"})).await.expect_status(201);
    app.audit().await;
    let whole = place.run(&["audit", "verify", "-o", "json"], "").expect(0).json();
    assert!(whole["rows"].as_u64().unwrap() >= 2 && whole["findings"] == json!([]), "{whole}");
    let db = app.database().await;
    db.batch_execute("alter table kernel.audit_log disable trigger all; update kernel.audit_log set entry = replace(entry, 'grace', 'eve') where entry like '%grace%'").await.unwrap();
    let broken = place.run(&["audit", "verify", "-o", "json"], "").expect(1).json();
    let id: uuid::Uuid = db.query_one("select id from kernel.audit_log where entry like '%eve%' limit 1", &[]).await.unwrap().get(0);
    assert_eq!(broken["findings"][0]["id"], id.to_string());
    let table = place.run(&["audit", "verify"], "").expect(1);
    assert!(table.out().contains(&id.to_string()) && table.out().contains("edited"), "{}", table.out());
}

#[tokio::test]
async fn without_a_panel_commands_are_unavailable() {
    let (_app, place) = place().await;
    let nowhere = place.clone().with("QUARTERDECK_URL", "http://127.0.0.1:9").run(&["users", "list"], "").expect(8);
    assert!(nowhere.err().contains("no panel at http://127.0.0.1:9"), "{}", nowhere.err());
    place.with("QUARTERDECK_URL", "ftp://example.com").run(&["users", "list"], "").expect(2);
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_at_once() {
    let (app, place) = place().await;
    let node = Node::start(&place).await;
    let listen = node.url.trim_start_matches("http://").to_owned();
    let second = place.with("QUARTERDECK_LISTEN", &listen).run(&["serve"], "").expect(1);
    assert!(second.err().contains(&format!("can't listen on {listen}")), "{}", second.err());
    drop(app);
}

#[tokio::test]
async fn a_completion_script_knows_the_collections() {
    let (_app, place) = place().await;
    for shell in ["bash", "zsh", "fish"] {
        assert!(place.run(&["completion", shell], "").expect(0).out().contains("organizations"), "{shell}");
    }
    place.run(&["completion", "cmd"], "").expect(2);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let (app, place) = place().await;
    app.database().await.execute("insert into kernel.migrations (name, checksum) values ('29991231000000_later', '')", &[]).await.unwrap();
    for command in [["migrate"], ["serve"]] {
        let refused = place.run(&command, "").expect(1);
        assert!(refused.err().contains("29991231000000_later") && refused.err().contains("newer version"), "{}", refused.err());
    }
}
