//! Functions as an attacker calls them: what may not be run, in whose place, and what a function may leave behind.

use crate::explorer_lab::{encoded, lab};
use crate::seen_lab::{Desk, HEADER};
use http::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn what_is_not_there_or_not_granted_is_not_found() {
    let lab = lab("create function add(a int, b int default 10) returns int language sql immutable as 'select a + b';
        create function add(a text) returns text language sql immutable as 'select a'; create function shut() returns int language sql as 'select 1'; revoke execute on function shut from public;
        create function f(a int, b int default 1) returns int language sql immutable as 'select 1'; create function f(a int, c text default '') returns int language sql immutable as 'select 2';
        create function any_record() returns record language sql as 'select 1, 2'; create function fired() returns trigger language plpgsql as 'begin return new; end';
        create procedure done() language sql as 'select 1'; create aggregate mine(int) (sfunc = int4pl, stype = int)")
    .await;
    let get = async |path: &str| lab.get(&format!("main/rpc/{path}")).await;
    for path in [
        "nope",
        "add",
        "add?b=1",
        "add?a=1&b=2&c=3&select=x",
        "shut",
        "fired",
        "done",
        "mine",
        "pg_sleep?seconds=1",
        "set_config",
        "current_user",
    ] {
        let answer = get(path).await;
        assert!(matches!(answer.status, 404 | 400), "{path}: {}", answer.text);
    }
    assert_eq!(get("nope").await.expect(404)["code"], "PGRST202");
    // Longer than any name in PostgreSQL can be.
    assert_eq!(get(&"n".repeat(64)).await.expect(404)["code"], "PGRST202");
    let several = get("f?a=1").await.expect(300);
    assert_eq!((&several["code"], several["details"].as_array().unwrap().len()), (&json!("PGRST203"), 2));
    assert_eq!(get("f?a=1&c=x").await.body_of(200), json!(2));
    get("any_record").await.expect_status(405);
    lab.rows(Method::POST, "main/rpc/any_record", &[], json!({})).await.expect_status(400);
    for schema in ["pg_catalog", "information_schema", "kernel", "identity"] {
        let answer = lab
            .rows(
                Method::POST,
                "main/rpc/set_config",
                &[("content-profile", schema)],
                json!({"setting_name": "role", "new_value": "x", "is_local": false}),
            )
            .await;
        assert_eq!(answer.status, 404, "{schema}: {}", answer.text);
    }
    for (path, body) in [("add", json!({"a": {"x": 1}})), ("add", json!([1])), ("add", json!({"a": "x"})), ("add", json!("text"))] {
        let answer = lab.rows(Method::POST, &format!("main/rpc/{path}"), &[], body).await;
        assert!((300..500).contains(&answer.status), "{}", answer.text);
    }
    let wrong = get("add?a=x&b=1").await.expect(400);
    assert_eq!(wrong["errors"][0]["field"], "a");
    // Who may read rows may ask what changes nothing, and call nothing that could.
    let made = lab.owner.post("/api/v1/keys", json!({"name": "reader", "scopes": ["rows:read"]})).await.expect(201);
    let reader = lab.app.nobody().with_key(made["key"].as_str().unwrap());
    reader.get("/api/v1/data/main/rpc/add?a=1&b=1").await.expect_status(200);
    reader.post("/api/v1/data/main/rpc/add", json!({"a": 1, "b": 1})).await.expect_status(403);
    let nobody = lab.app.nobody().get("/api/v1/data/main/rpc/add?a=1").await;
    assert_eq!(nobody.status, 401);
}

#[tokio::test]
async fn a_function_keeps_to_its_role_and_its_faults_are_its_own() {
    let desk = Desk::new(
        "create function mine() returns setof todos language sql stable as 'select * from public.todos';
         create function me() returns text language sql stable as $$ select current_user || ' ' || coalesce(auth.uid()::text, '') $$;
         create function put(what text) returns void language sql volatile as $$ insert into public.todos (user_id, task) values (auth.uid(), what) $$;
         create function escape() returns text language plpgsql volatile as $$ begin perform set_config('role', 'none', false); return current_user; end $$;
         create function sly() returns text language plpgsql stable as $$ begin perform set_config('default_transaction_read_only', 'off', false); return current_setting('transaction_read_only'); end $$;
         create function writes() returns int language plpgsql volatile as $$ begin delete from public.todos; return 1; end $$;
         create function liar() returns int language sql stable as 'select count(public.writes())::int';",
    )
    .await;
    let lab = &desk.lab;
    let id = desk.as_grace().await;
    let ask = async |method: Method, path: &str, id: &str, body: Value| {
        let body = (!body.is_null()).then_some(body);
        lab.owner.send(method, &format!("/api/v1/data/main/rpc/{path}"), &[(HEADER, id)], body).await
    };
    let tasks = ask(Method::GET, "mine?order=id&select=task", &id, Value::Null).await.body_of(200);
    assert_eq!(tasks, json!([{"task": "compile"}, {"task": "debug"}]));
    assert_eq!(ask(Method::GET, "me", &id, Value::Null).await.body_of(200), json!(format!("authenticated {}", desk.grace)));
    // Looking only is held to.
    ask(Method::POST, "put", &id, json!({"what": "x"})).await.expect_status(403);
    desk.stop().await;
    let id = desk.as_grace_writing().await;
    ask(Method::POST, "put", &id, json!({"what": "third"})).await.expect_status(204);
    assert_eq!(
        lab.ask("select user_id::text = (select user_id::text from todos where task = 'compile') from todos where task = 'third'").await,
        "true"
    );
    // Out of the role is out of the transaction.
    let before = lab.ask("select count(*) from todos").await;
    let escaped = ask(Method::POST, "escape", &id, json!({})).await;
    assert_eq!(escaped.status, 403, "{}", escaped.text);
    assert_eq!(lab.ask("select count(*) from todos").await, before);
    desk.stop().await;
    // A function that says it changes nothing can't change anything, whatever it leaves in the session.
    for _ in 0..3 {
        assert_eq!(lab.get("main/rpc/sly").await.body_of(200), json!("on"));
        let refused = lab.get("main/rpc/liar").await;
        assert_eq!(refused.status, 403, "{}", refused.text);
    }
    assert_eq!(lab.ask("select count(*) from todos").await, before);
}

#[tokio::test]
async fn what_fails_inside_is_never_a_fault_of_ours() {
    let raise = |name: &str, body: &str| {
        format!("create function {name}() returns int language plpgsql volatile as $$ begin {body}; return 1; end $$;")
    };
    let sql = [
        raise("a", "raise exception 'no %', 'way'"),
        raise("b", "raise exception using errcode = 'XX000', message = 'corrupt'"),
        raise("c", "perform * from no_such_table"),
        raise("d", "perform no_such_function()"),
        raise("e", "perform 1 / 0"),
        raise("f", "insert into t values (1), (1)"),
        raise("g", "perform nope from t"),
        raise("h", "execute 'select nonsense nonsense nonsense'"),
        raise("i", "commit"),
        raise("j", "raise exception using errcode = '40001', message = 'again'"),
        raise("k", "perform a from t for update"),
        raise("l", "perform k()"),
        "create table t (id int primary key); create function m(n int) returns int language sql as 'select m(n + 1)';".to_owned(),
    ]
    .concat();
    let lab = lab(&sql).await;
    for name in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"] {
        let answer = lab.rows(Method::POST, &format!("main/rpc/{name}"), &[], json!({})).await;
        assert!((400..500).contains(&answer.status), "{name}: {} {}", answer.status, answer.text);
    }
    let deep = lab.rows(Method::POST, "main/rpc/m", &[], json!({"n": 1})).await;
    assert!((400..500).contains(&deep.status), "{}", deep.text);
    assert_eq!(lab.rows(Method::POST, "main/rpc/a", &[], json!({})).await.expect(422)["code"], "P0001");
    let odd = lab.get(&format!("main/rpc/{}", encoded("a\0b"))).await;
    assert!((400..500).contains(&odd.status), "{}", odd.text);
}
