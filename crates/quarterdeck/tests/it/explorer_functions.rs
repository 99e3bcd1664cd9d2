//! Functions over HTTP: arguments in, rows and values out, and the log of what may change something.

use crate::explorer_lab::{encoded, lab};
use http::Method;
use serde_json::{Value, json};

const FUNCTIONS: &str = r#"
    create table item (id int primary key, name text, owner_id int);
    create table owner (id int primary key, name text);
    alter table item add foreign key (owner_id) references owner;
    insert into owner values (1, 'Ada'); insert into item values (1, 'one', 1), (2, 'two', 1), (3, 'three', null);
    create function add(a int, b int default 10) returns int language sql immutable as 'select a + b';
    create function items_like(pattern text) returns setof item language sql stable as 'select * from item where name like pattern order by name';
    create function pairs(n int) returns table ("the key" int, big bigint) language sql stable as 'select g, 9007199254740993 + g from generate_series(1, n) g';
    create function names() returns setof text language sql stable as 'select name from item order by id desc';
    create function first_item() returns item language sql stable as 'select * from item where id = 1';
    create function nothing() returns void language sql stable as 'select 1';
    create function tell(document json) returns text language sql stable as $$ select document ->> 'a' $$;
    create function whole(jsonb) returns jsonb language sql stable as 'select $1';
    create function total(variadic n int[]) returns bigint language sql immutable as 'select sum(x) from unnest(n) x';
    create function tags(t text[]) returns text language sql immutable as $$ select array_to_string(t, '|') $$;
    create function twice(in a int, out doubled int, out "as text" text) language sql immutable as 'select a * 2, a::text';
    create function rename(item_id int, to_name text) returns item language sql volatile as 'update item set name = to_name where id = item_id returning *';
    create function "Ho""stile; $1"("a ""b" text, "😀" int default 1) returns table ("x""y" text) language sql stable as 'select "a ""b" || "😀"';
    create function who(out role text) language sql stable as 'select current_user::text';
"#;

#[tokio::test]
async fn arguments_go_in_and_every_kind_of_result_comes_out() {
    let lab = lab(FUNCTIONS).await;
    let get = async |path: &str| lab.get(&format!("main/rpc/{path}")).await.body_of(200);
    let post = async |path: &str, body: Value| lab.rows(Method::POST, &format!("main/rpc/{path}"), &[], body).await.body_of(200);
    assert_eq!(get("add?a=1").await, json!(11));
    assert_eq!(get("add?a=1&b=2").await, json!(3));
    assert_eq!(post("add", json!({"a": 1, "b": "2"})).await, json!(3));
    assert_eq!(get("pairs?n=2").await, json!([{"the key": 1, "big": "9007199254740994"}, {"the key": 2, "big": "9007199254740995"}]));
    assert_eq!(get("names").await, json!(["three", "two", "one"]));
    assert_eq!(get("first_item").await, json!({"id": 1, "name": "one", "owner_id": 1}));
    assert_eq!(get("twice?a=4").await, json!({"doubled": 8, "as text": "4"}));
    assert_eq!(get("who").await, json!({"role": "quarterdeck_explorer"}));
    lab.get("main/rpc/nothing").await.expect_status(204);
    lab.rows(Method::POST, "main/rpc/nothing", &[], Value::Null).await.expect_status(204);
    assert_eq!(post("tell", json!({"document": {"a": "x"}})).await, json!("x"));
    assert_eq!(post("whole", json!({"any": [1, {"thing": null}]})).await, json!({"any": [1, {"thing": null}]}));
    assert_eq!(post("whole", json!([1, "2"])).await, json!([1, "2"]));
    assert_eq!(get("total?n=1&n=2&n=39").await, json!("42"));
    assert_eq!(post("total", json!({"n": [1, 2]})).await, json!("3"));
    assert_eq!(post("tags", json!({"t": ["a,b", "\"c\"", "{"]})).await, json!("a,b|\"c\"|{"));
    assert_eq!(get(&format!("tags?t={}", encoded("{a,\"b c\"}"))).await, json!("a|b c"));
    let hostile = format!("{}?{}={}&{}=7", encoded("Ho\"stile; $1"), encoded("a \"b"), encoded("'; drop table item; --"), encoded("😀"));
    assert_eq!(get(&hostile).await, json!([{"x\"y": "'; drop table item; --7"}]));
    let form = lab
        .owner
        .send_bytes(
            Method::POST,
            "/api/v1/data/main/rpc/add",
            &[("content-type", "application/x-www-form-urlencoded")],
            Some(b"a=1&b=5".to_vec()),
        )
        .await;
    assert_eq!(form.body_of(200), json!(6));
}

#[tokio::test]
async fn rows_of_a_function_are_listed_like_a_table() {
    let lab = lab(FUNCTIONS).await;
    let pattern = encoded("%");
    let get = async |rest: &str| lab.get(&format!("main/rpc/items_like?pattern={pattern}{rest}")).await;
    // In the order that the function gives them, unless another is asked for.
    let names = |value: Value| value.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(get("").await.body_of(200)), ["one", "three", "two"]);
    assert_eq!(names(get("&order=id.desc&limit=2").await.body_of(200)), ["three", "two"]);
    assert_eq!(get("&select=n:name&id=gt.1&or=(id.eq.2,name.eq.x)").await.body_of(200), json!([{"n": "two"}]));
    assert_eq!(get("&select=count()").await.body_of(200), json!([{"count": "3"}]));
    assert_eq!(
        get(&format!("&select={}&id=lte.1", encoded("name,owner(name)"))).await.body_of(200),
        json!([{"name": "one", "owner": {"name": "Ada"}}])
    );
    assert_eq!(get(&format!("&select={}", encoded("owner!inner(),count()"))).await.body_of(200), json!([{"count": "2"}]));
    let counted = lab
        .rows(Method::GET, &format!("main/rpc/items_like?pattern={pattern}&limit=1"), &[("prefer", "count=exact")], Value::Null)
        .await
        .expect(206);
    assert_eq!(counted.header("content-range"), Some("0-0/3"));
    let head = lab.rows(Method::HEAD, &format!("main/rpc/items_like?pattern={pattern}"), &[("prefer", "count=exact")], Value::Null).await;
    assert_eq!((head.header("content-range"), head.text.as_str()), (Some("0-2/3"), ""));
    let next = lab.get(&format!("main/rpc/items_like?pattern={pattern}&limit=1&cursor={}", counted.header("next-cursor").unwrap())).await;
    assert_eq!(names(next.body_of(200)), ["three"]);
    let one = lab
        .rows(
            Method::GET,
            &format!("main/rpc/items_like?pattern={pattern}&id=eq.2"),
            &[("accept", "application/vnd.pgrst.object+json")],
            Value::Null,
        )
        .await;
    assert_eq!(one.body_of(200)["name"], "two");
}

#[tokio::test]
async fn what_may_change_something_is_posted_and_logged() {
    let lab = lab(FUNCTIONS).await;
    let refused = lab.get("main/rpc/rename?item_id=1&to_name=x").await.expect(405);
    assert_eq!(refused["code"], "25006");
    let changed = lab.rows(Method::POST, "main/rpc/rename", &[], json!({"item_id": 1, "to_name": "new"})).await.body_of(200);
    assert_eq!(
        (changed, lab.ask("select name from item where id = 1").await),
        (json!({"id": 1, "name": "new", "owner_id": 1}), "new".into())
    );
    let log = lab.log().await;
    let entry = log.last().unwrap();
    assert_eq!(
        (&entry["action"], &entry["outcome"], &entry["target_kind"]),
        (&json!("rows.call"), &json!("ok"), &json!("main.public.rename"))
    );
    assert_eq!(entry["detail"], "with item_id, to_name");
    // Tried, answered and taken back.
    let tried = lab
        .rows(Method::POST, "main/rpc/rename", &[("prefer", "tx=rollback")], json!({"item_id": 1, "to_name": "tried"}))
        .await
        .body_of(200);
    assert_eq!((&tried["name"], lab.ask("select name from item where id = 1").await), (&json!("tried"), "new".into()));
    assert_eq!(lab.log().await.len(), log.len());
    // The same key is done once.
    let key = [("idempotency-key", "one")];
    for _ in 0..2 {
        lab.rows(Method::POST, "main/rpc/rename", &key, json!({"item_id": 2, "to_name": "again"})).await.expect_status(200);
    }
    assert_eq!(lab.log().await.len(), log.len() + 1);
    // What fails leaves nothing.
    lab.db
        .batch_execute(
            "create function half() returns int language plpgsql as $$ begin update item set name = 'half'; return 1 / 0; end $$",
        )
        .await
        .unwrap();
    let failed = lab.rows(Method::POST, "main/rpc/half", &[], json!({})).await;
    assert!(matches!(failed.status, 400 | 422), "{}", failed.text);
    assert_eq!(lab.ask("select count(*) from item where name = 'half'").await, "0");
}
