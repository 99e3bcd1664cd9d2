//! `quarterdeck sql`: rows on standard output, remarks and failures beside them.

use crate::explorer_lab::lab;
use crate::process::{Node, Place};
use testkit::{OWNER_EMAIL, PASSWORD};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_are_run_and_told_from_what_is_said_about_them() {
    let lab = lab("create table public.things (id int primary key, name text)").await;
    let place = Place::on(&lab.app.database);
    let node = Node::start(&place).await;
    place.run(&["login", "--url", &node.url, "--email", OWNER_EMAIL, "--password-stdin"], &format!("{PASSWORD}\n")).expect(0);
    let sql = |words: &[&str], input: &str| place.run(&[&["sql"], words].concat(), input);

    let json = sql(&["select :a::int + 1 as n, :b::text as t, 1 as n", "--param", "a=4", "--null", "b", "-o", "json"], "").expect(0);
    let rows: serde_json::Value = serde_json::from_str(&json.out()).unwrap();
    assert_eq!(rows, serde_json::json!([{"n": "5", "t": null, "n_2": "1"}]));
    assert!(json.err().contains("SELECT 1 in "), "{}", json.err());
    let csv = sql(&["-f", "-", "-o", "csv"], "select 1; select 'a,b' as x, '' as y").expect(0);
    assert_eq!(csv.out(), "x,y\r\n\"a,b\",\r\n");

    let refused = sql(&["delete from things"], "").expect(1);
    assert!(refused.out().is_empty() && refused.err().contains("read-only") && refused.err().contains("25006"), "{}", refused.err());
    let wrong = sql(&["select 1;\n selec 2"], "").expect(1);
    assert!(wrong.err().contains("line 2, column 2: "), "{}", wrong.err());
    let written =
        sql(&["insert into things values (1, 'one'); do $$ begin raise notice 'done'; end $$", "--mode", "transaction"], "").expect(0);
    assert!(written.err().contains("INSERT 1 in ") && written.err().contains("NOTICE: done"), "{}", written.err());
    assert_eq!(lab.ask("select count(*) from things").await, "1");
    let table = sql(&["select * from generate_series(1, 5) as n", "--max-rows", "2"], "").expect(0);
    assert!(table.out().starts_with("N\n1\n2\n") && table.err().contains("there are more"), "{} {}", table.out(), table.err());
    place.run(&["saved-queries", "create", "--name", "Twice", "--source", "main", "--sql", "select 2 * :n::int as n"], "").expect(0);
    assert_eq!(sql(&["--saved", "Twice", "--param", "n=21", "-o", "csv"], "").expect(0).out(), "n\r\n42\r\n");
    let unknown = sql(&["--saved", "Thrice"], "").expect(5);
    assert!(unknown.err().contains("Thrice"), "{}", unknown.err());
    sql(&["select :a", "--param", "b=1"], "").expect(7);
    sql(&[], "").expect(2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sensitive_columns_are_shown_to_who_says_why() {
    let lab = lab("create table public.person (id int primary key, ssn text); insert into person values (1, '111-22')").await;
    let place = Place::on(&lab.app.database);
    let node = Node::start(&place).await;
    let run = |words: &[&str]| place.run(words, "");
    place.run(&["login", "--url", &node.url, "--email", OWNER_EMAIL, "--password-stdin"], &format!("{PASSWORD}\n")).expect(0);
    let mark =
        ["sensitive-columns", "create", "--source-id", "main", "--schema-name", "public", "--table-name", "person", "--column-name", "ssn"];
    run(&mark).expect(0);
    let list = ["data", "main", "person", "list", "-o", "csv"];
    assert_eq!(run(&list).expect(0).out(), "id\r\n1\r\n");
    let reveal = ["--reveal", "Ticket 7: ü"];
    assert_eq!(run(&[&list[..], &reveal].concat()).expect(0).out(), "id,ssn\r\n1,111-22\r\n");
    let export = ["data", "main", "person", "export"];
    assert_eq!(run(&export).expect(0).out(), "id\n1\n");
    assert_eq!(run(&[&export[..], &reveal].concat()).expect(0).out(), "id,ssn\n1,111-22\n");
    run(&[&export[..], &["--reveal", "x"]].concat()).expect(7);
    let sql = ["sql", "select ssn from person", "-o", "csv"];
    let refused = run(&sql).expect(4);
    assert!(refused.err().contains("public.person.ssn"), "{}", refused.err());
    assert_eq!(run(&[&sql[..], &reveal].concat()).expect(0).out(), "ssn\r\n111-22\r\n");
}
