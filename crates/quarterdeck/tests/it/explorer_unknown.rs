//! Types of which nothing is known are shown as text and never written, by whatever door somebody comes.

use crate::batch_lab::{preview, run};
use crate::explorer_lab::{Lab, lab};
use crate::import_lab::{by_name, path, upload};
use http::Method;
use serde_json::{Value, json};

/// `weird` is read otherwise than it is written: its values would grow each time they are written back.
const TABLES: &str = "create type public.weird;
    create function public.weird_in(cstring) returns public.weird language internal immutable strict as 'textin';
    create function public.weird_out(public.weird) returns cstring language internal immutable strict as 'textout';
    create type public.weird (input = public.weird_in, output = public.weird_out, internallength = variable, category = 'A', collatable = true);
    create type public.odd;
    create function public.odd_in(cstring) returns public.odd language internal immutable strict as 'textin';
    create function public.odd_out(public.odd) returns cstring language internal immutable strict as 'textout';
    create type public.odd (input = public.odd_in, output = public.odd_out, internallength = variable, category = 'S', collatable = true);
    create cast (public.odd as text) without function as implicit;
    create domain public.weirder as public.weird; create type public.holds as (a int, w public.weird);
    create type public.deep as (h public.holds[]); create domain public.known as int4range[];
    create table public.things (id int primary key, note text unique, w public.weird, d public.weirder, l public.weird[], c public.holds, cs public.holds[], e public.deep, o public.odd, k public.known);
    insert into things values (1, 'one', 'x y', '{1}', '{a,\"b c\"}', row(1, 'q'), array[row(1, 'q')::public.holds], row(array[row(1, 'q')::public.holds]), 'o', '{\"[1,2)\"}'); insert into things values (2, 'two');
    create table public.needs (id int primary key, w public.weird not null); insert into needs values (1, 'x');
    create table public.has (id int primary key, w public.weird not null default 'x');
    create domain public.ready as public.weird not null default 'y'; create table public.readied (id int primary key, w public.ready);
    create table public.filled (id int primary key, w public.weird not null);
    create function public.fills() returns trigger language plpgsql as $$ begin new.w := 'z'; return new; end $$;
    create trigger fills before insert on filled for each row execute function public.fills();
    create table public.keyed (o public.odd primary key, n int); insert into keyed values ('a', 1);
    create table public.found (id int primary key, o public.odd unique, n int); insert into found values (1, 'a', 1)";
const UNKNOWN: [&str; 7] = ["w", "d", "l", "c", "cs", "e", "o"];

async fn table(lab: &Lab, name: &str) -> Value {
    lab.owner.get(&format!("/api/v1/explorer/main/tables/public/{name}")).await.body_of(200)
}

async fn whole(lab: &Lab) -> String {
    lab.ask("select string_agg(t::text, '; ' order by id) from things t").await
}

#[tokio::test]
async fn they_are_shown_and_said_to_be_unknown() {
    let lab = lab(TABLES).await;
    let things = table(&lab, "things").await;
    for column in things["columns"].as_array().unwrap() {
        let name = column["name"].as_str().unwrap();
        let expected = match name {
            "o" => json!("public.odd"),
            name if UNKNOWN.contains(&name) => json!("public.weird"),
            _ => Value::Null,
        };
        assert_eq!((&column["unknown_type"], &column["writable"]), (&expected, &json!(expected.is_null())), "{name}");
        let can_be_compared = !UNKNOWN.contains(&name) || name == "o";
        assert_eq!(column["sortable"], json!(can_be_compared), "{name}");
        assert_eq!(column["operators"] == json!(["is"]), !can_be_compared, "{name}: {}", column["operators"]);
    }
    // What calls itself a list need not be written like one.
    assert_eq!(things["columns"][2]["category"], "other");
    let rows = lab.get("main/things?order=id").await.body_of(200);
    let first = json!({"id": 1, "note": "one", "w": "x y", "d": "{1}", "l": ["a", "b c"], "c": "(1,q)", "cs": ["(1,q)"], "e": "(\"{\"\"(1,q)\"\"}\")", "o": "o", "k": ["[1,2)"]});
    assert_eq!(rows[0], first);
    assert_eq!(lab.get("main/things?w=is.null&select=id").await.body_of(200), json!([{"id": 2}]));
    assert_eq!(lab.get("main/things?o=eq.o&select=id").await.body_of(200), json!([{"id": 1}]));
    for refused in [
        "w=eq.x",
        "w=like.x*",
        "w=in.(x)",
        "c=gt.(1,q)",
        "l=cs.%7Ba%7D",
        "w=isdistinct.x",
        "w-%3Ea=eq.1",
        "order=w",
        "order=c.desc",
        "order=l",
    ] {
        let answer = lab.get(&format!("main/things?{refused}")).await;
        assert_eq!(answer.status, 400, "{refused}: {}", answer.text);
    }
}

#[tokio::test]
async fn no_door_writes_them() {
    let lab = lab(TABLES).await;
    let before = whole(&lab).await;
    let code = |answer: &testkit::Answer, field: &str| {
        let errors = answer["errors"].as_array().cloned().unwrap_or_default();
        let error = errors.iter().find(|error| error["field"] == field).cloned().unwrap_or_default();
        let message = error["message"].as_str().unwrap_or_default().to_owned();
        assert_eq!((answer.status, &error["code"]), (422, &json!("unknown_type")), "{field}: {}", answer.text);
        assert!(message.contains("Read-only: the type public.") && message.contains("change it with SQL"), "{message}");
    };
    let row = lab.get("main/things?id=eq.1").await.body_of(200)[0].clone();
    for name in UNKNOWN {
        for value in [row[name].clone(), Value::Null] {
            code(&lab.update("main/things?id=eq.1", json!({name: value})).await, name);
            code(&lab.insert("main/things", json!({"id": 9, name: value})).await, name);
            let upsert = [("prefer", "resolution=merge-duplicates")];
            code(&lab.rows(Method::POST, "main/things", &upsert, json!({"id": 1, name: value})).await, name);
            let put = lab.rows(Method::PUT, "main/things?id=eq.1", &[], json!({"id": 1, "note": "n", "k": null, name: value})).await;
            code(&put, name);
            let staged = json!({"changes": [{"key": {"id": 1}, "set": {name: value}}]});
            code(&lab.owner.post("/api/v1/explorer/main/tables/public/things/changes", staged).await, &format!("changes.0.set.{name}"));
            let staged = json!({"changes": [{"insert": {"id": 9, name: value}}]});
            code(&lab.owner.post("/api/v1/explorer/main/tables/public/things/changes", staged).await, &format!("changes.0.insert.{name}"));
            let batch = json!({"verb": "update", "filter": "", "set": {name: value}, "expected": 2, "mode": "atomic"});
            for end in ["batches", "batches/preview"] {
                code(&lab.owner.post(&format!("/api/v1/explorer/main/tables/public/things/{end}"), batch.clone()).await, name);
            }
        }
        let default = json!({"verb": "update", "filter": "", "defaults": [name], "expected": 2, "mode": "atomic"});
        code(&lab.owner.post("/api/v1/explorer/main/tables/public/things/batches", default).await, name);
        let csv = lab.owner.send_bytes(
            Method::POST,
            "/api/v1/data/main/things",
            &[("content-type", "text/csv")],
            Some(format!("id,{name}\n9,x\n").into_bytes()),
        );
        code(&csv.await, name);
        let file = upload(&lab, "things", "?format=csv", &format!("id,{name}\n9,x\n")).await;
        let asked = json!({"columns": by_name(&["id", name])});
        code(&lab.owner.post(&format!("{}/run", path(&file)), asked).await, &format!("columns.{name}"));
        let fixed = json!({"columns": {"id": {"column": "id"}, name: {"value": "x"}}});
        code(&lab.owner.post(&format!("{}/run", path(&file)), fixed).await, &format!("columns.{name}"));
    }
    assert_eq!(whole(&lab).await, before);
    // The rest of such a row is changed, and they stay.
    lab.update("main/things?id=eq.1", json!({"note": "else", "k": ["[3,4)"]})).await.expect_status(200);
    lab.rows(Method::PUT, "main/things?id=eq.1", &[], json!({"id": 1, "note": "one", "k": ["[1,2)"]})).await.expect_status(204);
    assert_eq!(whole(&lab).await, before);
}

#[tokio::test]
async fn a_table_that_needs_one_says_so_before_anybody_types() {
    let lab = lab(TABLES).await;
    let needs = table(&lab, "needs").await;
    assert_eq!(needs["insert"]["allowed"], false);
    assert!(needs["insert"]["reason"].as_str().unwrap().contains("w, and the type public.weird is not known here: insert rows with SQL"));
    let refused = lab.insert("main/needs", json!({"id": 2})).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("insert rows with SQL"), "{}", refused.text);
    let file = lab.owner.send_bytes(
        Method::POST,
        "/api/v1/explorer/main/tables/public/needs/imports?format=csv",
        &[("content-type", "text/csv")],
        Some(b"id\n2\n".to_vec()),
    );
    let file = file.await;
    let run = if file.status == 201 { lab.owner.post(&format!("{}/run", path(&file.body)), json!({})).await } else { file };
    assert_eq!(run.status, 403, "{}", run.text);
    lab.update("main/needs?id=eq.1", json!({"id": 3})).await.expect_status(200);
    assert_eq!(lab.ask("select string_agg(t::text, ';') from needs t").await, "(3,x)");
    // Where the database gives it a value, nobody has to.
    for (name, value) in [("has", "x"), ("readied", "y"), ("filled", "z")] {
        assert_eq!(table(&lab, name).await["insert"]["allowed"], true, "{name}");
        lab.insert(&format!("main/{name}"), json!({"id": 1})).await.expect_status(201);
        assert_eq!(lab.ask(&format!("select w from {name}")).await, value);
    }
    lab.db.batch_execute("alter table filled disable trigger fills").await.unwrap();
    let fresh = lab.owner.get("/api/v1/explorer/main/tables/public/filled?fresh=1").await.body_of(200);
    let answer = lab.insert("main/filled", json!({"id": 2})).await;
    assert!(fresh["insert"]["allowed"] == false && answer.status == 403 || answer.status == 422, "{}", answer.text);
}

#[tokio::test]
async fn no_row_is_told_from_another_by_one() {
    let lab = lab(TABLES).await;
    let keyed = table(&lab, "keyed").await;
    for verb in ["update", "delete", "batch"] {
        assert_eq!(keyed[verb]["allowed"], false, "{verb}");
        assert!(keyed[verb]["reason"].as_str().unwrap().contains("public.odd of o in the primary key is not known"), "{verb}");
    }
    lab.update("main/keyed?o=eq.a", json!({"n": 2})).await.expect_status(403);
    lab.delete("main/keyed?o=eq.a").await.expect_status(403);
    assert_eq!(lab.get("main/keyed?o=eq.a").await.body_of(200), json!([{"o": "a", "n": 1}]));
    let upsert = [("prefer", "resolution=merge-duplicates")];
    let refused = lab.rows(Method::POST, "main/found?on_conflict=o", &upsert, json!({"id": 2, "o": "a", "n": 2})).await.expect(422);
    assert_eq!(refused["errors"][0]["code"], "unknown_type");
    let refused = lab.rows(Method::POST, "main/found?on_conflict=o", &upsert, json!({"id": 2, "n": 2})).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    let file = upload(&lab, "found", "?format=csv", "o,n\na,2\n").await;
    for mode in ["update", "upsert"] {
        let asked = json!({"mode": mode, "key": ["o"], "columns": by_name(&["o", "n"])});
        let refused = lab.owner.post(&format!("{}/run", path(&file)), asked).await.expect(422);
        assert!(refused.text.contains("unknown_type"), "{mode}: {}", refused.text);
    }
    assert_eq!(lab.ask("select n from found").await, "1");
}

#[tokio::test]
async fn what_is_deleted_with_one_is_not_said_to_come_back() {
    let lab = lab(TABLES).await;
    let seen = preview(&lab, "things", json!({"verb": "delete", "filter": "", "expected": 2, "mode": "atomic"})).await;
    assert_eq!(seen["undo"]["allowed"], false);
    assert!(seen["undo"]["reason"].as_str().unwrap().contains("public.weird of w is not known"), "{}", seen["undo"]);
    let undo = async |id: i32| {
        let deleted = lab.delete(&format!("main/things?id=eq.{id}")).await.expect(200);
        let entry = deleted.headers["audit-entry"].to_str().unwrap().to_owned();
        lab.owner.post("/api/v1/explorer/main/tables/public/things/undo", json!({"entry": entry})).await
    };
    let refused = undo(1).await;
    assert!(refused.status == 409 && refused.text.contains("can't be written back"), "{}", refused.text);
    // A row without any is whole without them.
    undo(2).await.expect_status(200);
    assert_eq!(lab.ask("select t::text from things t").await, "(2,two,,,,,,,,)");
    // A trigger changed one together with what was asked for.
    lab.db
        .batch_execute(
            "create function public.marks() returns trigger language plpgsql as $$ begin new.w := 'new'; return new; end $$;
             create trigger marks before update on things for each row execute function public.marks()",
        )
        .await
        .unwrap();
    let changed = lab.update("main/things?id=eq.2", json!({"note": "three"})).await.expect(200);
    let entry = changed.headers["audit-entry"].to_str().unwrap().to_owned();
    let refused = lab.owner.post("/api/v1/explorer/main/tables/public/things/undo", json!({"entry": entry})).await;
    assert!(refused.status == 409 && refused.text.contains("can't be written back"), "{}", refused.text);
    let done = run(&lab, "things", json!({"verb": "delete", "filter": "", "expected": 1, "mode": "chunked"})).await;
    assert_eq!(done["status"], "done");
    lab.owner.post(&format!("/api/v1/row-batches/{}/undo", done["id"].as_str().unwrap()), json!({})).await.expect_status(409);
}
