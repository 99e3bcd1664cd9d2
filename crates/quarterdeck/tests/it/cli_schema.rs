//! `quarterdeck schema`: planned, made and shown.

use crate::explorer_lab::lab;
use crate::process::{Node, Place};
use testkit::{OWNER_EMAIL, PASSWORD};

const CHANGES: &str = r#"[{"change": "create_table", "schema": "public", "table": "orders", "primary_key": ["id"], "columns": [
  {"name": "id", "type": "bigint", "identity": "always", "nullable": false}, {"name": "total", "type": "numeric(10,2)", "default": "0"}]}]"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_are_planned_made_and_shown() {
    let lab = lab("create table public.theirs (id int)").await;
    let place = Place::on(&lab.app.database);
    let node = Node::start(&place).await;
    let login = ["login", "--url", &node.url, "--email", OWNER_EMAIL, "--password-stdin"];
    place.run(&login, &format!("{PASSWORD}\n")).expect(0);

    let planned = place.run(&["schema", "plan", "-"], CHANGES).expect(0);
    assert!(
        planned.out().starts_with("create table \"public\".\"orders\" (\n") && planned.out().trim_end().ends_with(");"),
        "{}",
        planned.out()
    );
    assert!(planned.err().contains("drop table \"public\".\"orders\""), "{}", planned.err());
    assert_eq!(lab.ask("select to_regclass('public.orders')").await, "NULL");
    // Nobody can be asked here.
    place.run(&["schema", "apply", "-"], CHANGES).expect(2);
    place.run(&["schema", "apply", "-", "--yes"], CHANGES).expect(0);
    assert_eq!(lab.ask("select pg_get_userbyid(relowner) from pg_class where relname = 'orders'").await, "quarterdeck_schema");
    let sql = place.run(&["schema", "sql", "orders"], "").expect(0);
    // What would turn hidden values into others asks for a reason. The description of a table looks for marks at once.
    let mark = ["--source-id", "main", "--schema-name", "public", "--table-name", "orders", "--column-name", "total"];
    place.run(&[&["sensitive-columns", "create"][..], &mark].concat(), "").expect(0);
    place.run(&["api", "GET", "/explorer/main/tables/public/orders"], "").expect(0);
    let apply = ["schema", "apply", "-", "--yes"];
    let text = r#"[{"change": "set_column_type", "schema": "public", "table": "orders", "column": "total", "type": "text", "using": "total::text"}]"#;
    let refused = place.run(&apply, text).expect(4);
    assert!(refused.err().contains("--reveal"), "{}", refused.err());
    place.run(&[&apply[..], &["--reveal", "Ticket 7"]].concat(), text).expect(0);
    assert!(sql.out().contains("\"total\" numeric(10,2) default 0"), "{}", sql.out());
    let json =
        place.run(&["schema", "plan", "-", "-o", "json"], r#"[{"change": "drop_table", "schema": "public", "table": "theirs"}]"#).expect(0);
    assert!(json.out().contains("\"can_take_over\": true"), "{}", json.out());

    let more = r#"[{"change": "add_column", "schema": "public", "table": "orders", "column": {"name": "note", "type": "text"}}]"#;
    let made = place.run(&["schema", "apply", "-", "--yes", "-o", "json"], more).expect(0).json();
    let back = ["schema", "take-back", made["id"].as_str().unwrap()];
    place.run(&back, "").expect(2);
    let taken = place.run(&[&back[..], &["--yes"]].concat(), "").expect(0);
    assert!(taken.out().starts_with("alter table \"public\".\"orders\" drop column \"note\";"), "{}", taken.out());
    assert_eq!(
        lab.ask("select count(*) from pg_attribute where attname = 'note' and attrelid = 'orders'::regclass and not attisdropped").await,
        "0"
    );
    let again = place.run(&[&back[..], &["--yes"]].concat(), "").expect(6);
    assert!(again.err().contains("taken back already"), "{}", again.err());

    let drawn = place.run(&["schema", "diagram", "public"], "").expect(0);
    assert!(drawn.out().starts_with("erDiagram") && drawn.out().contains("bigint id PK"), "{}", drawn.out());
    assert!(place.run(&["schema", "diagram", "--as", "dot"], "").expect(0).out().contains("\"public.orders\" [label="));
    let page = place.run(&["schema", "diagram", "public", "-o", "json"], "").expect(0).json();
    assert_eq!(page, place.run(&["api", "GET", "/explorer/main/diagram?schema=public", "-o", "json"], "").expect(0).json());

    place.run(&["schema", "plan", "-"], "{").expect(2);
    let wrong = place.run(&["schema", "plan", "-"], r#"[{"change": "drop_table", "schema": "public"}]"#);
    assert!(wrong.err().contains("changes.0.table"), "{}", wrong.err());
    place.run(&["schema", "sql", "nothing"], "").expect(5);
}
