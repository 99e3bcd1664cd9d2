//! Rows that are told apart by a type of an extension which no search path leads to: found, changed, joined and gone through by
//! that type's own operators, at every door.

use crate::batch_lab;
use crate::compare_lab::{compare, counts, pages};
use crate::explorer_lab::{Lab, encoded, lab};
use crate::import_lab;
use crate::seen_lab::Desk;
use http::Method;
use serde_json::{Value, json};

/// A shop is the same in any case; a place is a path; a set is what it holds, in any order.
const SHOPS: &str = "create schema extensions; create extension citext schema extensions; create extension ltree schema extensions; create extension hstore schema extensions;
    grant usage on schema extensions to public;
    create table shop (code extensions.citext primary key, name text);
    create table place (path extensions.ltree primary key, label text);
    create table goods (shop extensions.citext references shop, path extensions.ltree references place, title text, primary key (shop, path));
    create table sets (h extensions.hstore primary key, n int);
    insert into shop values ('North', 'The north'), ('south', 'The south'), ('East', 'The east');
    insert into place values ('Top.Tea', 'Tea'), ('Top.Tea.Green', 'Green tea');
    insert into goods values ('NORTH', 'Top.Tea', 'Assam'), ('North', 'Top.Tea.Green', 'Sencha'), ('south', 'Top.Tea', 'Ceylon');
    insert into sets values ('a=>1, b=>2', 1), ('a=>1', 2)";

async fn names(lab: &Lab) -> String {
    lab.ask("select string_agg(code::text || '=' || name, ' ' order by code::text collate \"C\") from shop").await
}

async fn staged(lab: &Lab, table: &str, changes: Value) -> testkit::Answer {
    lab.owner.post(&format!("/api/v1/explorer/main/tables/public/{table}/changes"), json!({"changes": changes})).await
}

#[tokio::test]
async fn a_row_is_found_and_changed_by_its_own_equality() {
    let lab = lab(SHOPS).await;
    assert_eq!(lab.get("main/shop?code=eq.NORTH&select=name").await.body_of(200), json!([{"name": "The north"}]));
    lab.update("main/shop?code=eq.NORTH", json!({"name": "N"})).await.expect_status(200);
    lab.update("main/shop?code=in.(SOUTH,EAST)", json!({"name": "x"})).await.expect_status(200);
    assert_eq!(names(&lab).await, "East=x North=N south=x");
    let missing = lab.update("main/shop?code=eq.Nor", json!({"name": "y"})).await.expect(200);
    assert_eq!(missing.body, json!([]));
    for (filter, set) in
        [("place?path=eq.Top.Tea", json!({"label": "Black"})), ("goods?shop=eq.NORTH&path=eq.Top.Tea", json!({"title": "A"}))]
    {
        let done = lab.update(&format!("main/{filter}"), set).await.expect(200);
        assert_eq!(done.body.as_array().unwrap().len(), 1, "{filter}");
    }
    let set = encoded("b=>2, a=>1");
    assert_eq!(lab.update(&format!("main/sets?h=eq.{set}"), json!({"n": 7})).await.expect(200)[0]["n"], 7);
    assert_eq!(lab.delete(&format!("main/sets?h=eq.{set}")).await.expect(200).body.as_array().unwrap().len(), 1);
    assert_eq!(lab.ask("select count(*) from sets").await, "1");
    // What such a type can't read is the caller's to mend, and said at its column.
    let long = "x".repeat(2_000);
    for (table, column, value) in [("place", "path", "a b"), ("place", "path", long.as_str()), ("sets", "h", "a=>")] {
        let refused = lab.insert(&format!("main/{table}"), json!({column: value})).await.expect(422);
        assert_eq!(refused["errors"][0]["field"], column, "{}", refused.text);
        let refused = lab.get(&format!("main/{table}?{column}=eq.{}", encoded(value))).await.expect(400);
        assert_eq!(refused["errors"][0]["field"], column, "{}", refused.text);
    }
    // What is there already is changed, and the log says what it was.
    let merge = [("prefer", "resolution=merge-duplicates, return=representation")];
    lab.rows(Method::POST, "main/shop", &merge, json!([{"code": "NORTH", "name": "Again"}])).await.expect_status(201);
    let expected = json!({"before": "N", "after": "Again"});
    let log = lab.log().await;
    assert!(log.iter().any(|entry| entry["action"] == "rows.update" && entry["changes"]["name"] == expected), "{log:#?}");
}

#[tokio::test]
async fn staged_changes_and_their_way_back_find_the_same_rows() {
    let lab = lab(SHOPS).await;
    let done =
        staged(&lab, "shop", json!([{"key": {"code": "NORTH"}, "set": {"name": "N"}}, {"key": {"code": "South"}, "set": {"name": "S"}}]))
            .await
            .expect(200);
    assert_eq!(names(&lab).await, "East=The east North=N south=S");
    lab.owner.post("/api/v1/explorer/main/tables/public/shop/undo", json!({"entry": done["entry"]})).await.expect_status(200);
    assert_eq!(names(&lab).await, "East=The east North=The north south=The south");
    staged(&lab, "goods", json!([{"key": {"shop": "NoRtH", "path": "Top.Tea.Green"}, "set": {"title": "G"}}])).await.expect_status(200);
    staged(&lab, "sets", json!([{"key": {"h": "b=>2, a=>1"}, "set": {"n": 5}}])).await.expect_status(200);
    assert_eq!(lab.ask("select (select title from goods where path::text = 'Top.Tea.Green') || (select max(n) from sets)").await, "G5");
    // Another row is none, and what is no path is said where it is.
    staged(&lab, "shop", json!([{"key": {"code": "NORTHERN"}, "set": {"name": "N"}}])).await.expect_status(409);
    staged(&lab, "place", json!([{"key": {"path": "a b"}, "set": {"label": "N"}}])).await.expect_status(422);
}

#[tokio::test]
async fn tables_hang_together_by_it() {
    let lab = lab(SHOPS).await;
    let asked = async |path: &str| lab.get(path).await.body_of(200);
    let found = asked("main/shop?select=code,goods(title)&code=eq.north&goods.order=title").await;
    assert_eq!(found, json!([{"code": "North", "goods": [{"title": "Assam"}, {"title": "Sencha"}]}]));
    let found = asked("main/goods?select=title,shop(name),place(label)&title=eq.Assam").await;
    assert_eq!(found, json!([{"title": "Assam", "shop": {"name": "The north"}, "place": {"label": "Tea"}}]));
    // Through a third table.
    let found = asked("main/shop?select=name,place(label)&code=eq.NORTH&place.order=label").await;
    assert_eq!(found, json!([{"name": "The north", "place": [{"label": "Green tea"}, {"label": "Tea"}]}]));
    let found = asked("main/shop?select=code,goods()&goods=is.null").await;
    assert_eq!(found, json!([{"code": "East"}]));
    let path = "/api/v1/explorer/main/tables/public/shop/references?code=eq.NORTH";
    assert_eq!(lab.owner.get(path).await.body_of(200)[0]["count"], 2);
}

#[tokio::test]
async fn batches_and_imports_find_rows_by_it() {
    let lab = lab(SHOPS).await;
    let asked = json!({"verb": "update", "filter": "name=like.The*", "set": {"name": "x"}, "except": [{"code": "SOUTH"}], "expected": 2, "mode": "atomic"});
    let seen = batch_lab::preview(&lab, "shop", asked.clone()).await;
    assert_eq!(seen["rows"], 2, "{seen:#}");
    let batch = batch_lab::run(&lab, "shop", asked).await;
    assert_eq!(batch_lab::stands(&batch), ("done", 2, 0), "{batch:#}");
    assert_eq!(names(&lab).await, "East=x North=x south=The south");
    let undone = batch_lab::undo(&lab, &batch, json!({})).await;
    assert_eq!(batch_lab::stands(&undone), ("done", 2, 0), "{undone:#}");
    let places = json!({"verb": "update", "filter": "label=not.is.null", "set": {"label": "y"}, "expected": 2, "mode": "chunked"});
    assert_eq!(batch_lab::stands(&batch_lab::run(&lab, "place", places).await), ("done", 2, 0));

    let update = json!({"mode": "update", "columns": import_lab::by_name(&["code", "name"]), "key": ["code"]});
    let imported = import_lab::import(&lab, "shop", "code,name\nNORTH,N\nSOUTH,S\nwest,W\n", update).await;
    assert_eq!(import_lab::counts(&imported)[2], 2, "{imported:#}");
    assert_eq!(names(&lab).await, "East=The east North=N south=S");
}

#[tokio::test]
async fn what_two_people_see_is_gone_through_in_its_own_order() {
    let desk = Desk::new(&format!("{SHOPS}; grant select on shop, goods, place, sets to service_role")).await;
    let (owner, service) = (&desk.lab.owner, desk.look("service").await);
    for table in ["shop", "goods", "place"] {
        let compared = compare(owner, table, "own", &service).await.expect(200);
        assert_eq!(compared["counts"]["first"], 0, "{}", compared.text);
        assert_eq!(counts(&compared), if table == "place" { "2/0/0" } else { "3/0/0" }, "{}", compared.text);
    }
    // East, North, south: with the order of text the last one would come first.
    let after = |key: &str| format!("seen_by=both&after={}", encoded(key));
    let shown = async |table: &str, rest: &str| {
        let page = pages(owner, table, ("own", &service), rest).await.expect(200);
        page["rows"].as_array().unwrap().iter().map(|row| row["key"][0].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(shown("shop", "seen_by=both").await, "East North south");
    assert_eq!(shown("shop", &after("[\"NORTH\"]")).await, "south");
    assert_eq!(shown("goods", &after("[\"north\", \"Top.Tea\"]")).await, "North south");
    // An order that has other operators is none to go by.
    let sets = compare(owner, "sets", "own", &service).await.expect(200);
    assert!(sets["reason"].as_str().unwrap_or_default().contains("without an order"), "{}", sets.text);
}
