//! Changes of tables taken back: without a trace, as changes of their own, and never where something would be lost.

use crate::explorer_lab::Lab;
use crate::explorer_schema::changes;
use crate::schema_lab::{self, apply, dump, plan, shop};
use serde_json::{Value, json};
use testkit::Answer;

/// Makes a change; the list that takes it back.
async fn made(lab: &Lab, list: &Value) -> Value {
    json!([{"change": "take_back", "id": run(lab, list).await.expect(200)["id"]}])
}

/// Plans a list and makes it.
async fn run(lab: &Lab, list: &Value) -> Answer {
    let plan = plan(&lab.owner, list).await;
    if plan.status != 200 {
        return plan;
    }
    apply(&lab.owner, list, plan["hash"].as_str().unwrap()).await
}

fn added(name: &str) -> Value {
    json!([{"change": "add_column", "schema": "shop", "table": "album", "column": {"name": name, "type": "int"}}])
}

async fn refused(lab: &Lab, list: &Value, why: &str) {
    let answer = run(lab, list).await.expect(409);
    assert!(answer["detail"].as_str().unwrap().contains(why), "{}", answer.text);
}

#[tokio::test]
async fn every_change_that_loses_nothing_is_taken_back_without_a_trace() {
    let lab = shop().await;
    for (list, _) in changes() {
        let before = dump(&lab, "shop").await;
        let forward = plan(&lab.owner, &list).await.body_of(200);
        let takes_back = made(&lab, &list).await;
        if forward["lost"].to_string().contains("\"rows\"") {
            refused(&lab, &takes_back, "What was there is gone").await;
            schema_lab::back(&lab, &forward).await;
            continue;
        }
        let seen = plan(&lab.owner, &takes_back).await.body_of(200);
        assert!(seen["statements"][0]["sql"].is_string() && seen["foreign"] == json!([]), "{list}: {seen:#}");
        // A column that must have a value comes back as such only where there is no row.
        if seen["statements"].to_string().contains("not null") {
            lab.db.batch_execute("delete from shop.album").await.unwrap();
        }
        run(&lab, &takes_back).await.expect_status(200);
        assert_eq!(before, dump(&lab, "shop").await, "{list}: {seen:#}");
    }
}

#[tokio::test]
async fn it_is_a_change_of_its_own_that_names_the_other() {
    let lab = shop().await;
    let takes_back = made(&lab, &added("year")).await;
    let first = &takes_back[0]["id"];
    let seen = plan(&lab.owner, &takes_back).await.body_of(200);
    assert_eq!(seen["statements"][0]["sql"], "alter table \"shop\".\"album\" drop column \"year\"");
    assert_eq!(seen["statements"][0]["locks"][0], json!({"mode": "ACCESS EXCLUSIVE", "on": "shop.album", "blocks": "everything"}));
    assert_eq!((&seen["lost"][0]["code"], &seen["tables"][0]["name"]), (&json!("new_values"), &json!("shop.album")));
    apply(&lab.owner, &takes_back, "another").await.expect_status(409);
    let second = run(&lab, &takes_back).await.expect(200);
    let one = lab.owner.get(&format!("/api/v1/schema-changes/{}", second["id"].as_str().unwrap())).await.expect(200);
    assert_eq!((&one["takes_back"], &one["outcome"]), (first, &json!("ok")));
    let said = format!("takes back {}", first.as_str().unwrap());
    let log = lab.app.audit().await;
    assert_eq!(log.iter().filter(|entry| entry["detail"].as_str().is_some_and(|detail| detail.contains(&said))).count(), 2);

    refused(&lab, &takes_back, "taken back already").await;
    refused(&lab, &json!([{"change": "take_back", "id": second["id"]}]), "Make that change again").await;
}

#[tokio::test]
async fn what_is_gone_or_was_changed_since_is_not_taken_back() {
    let lab = shop().await;
    let dropped = made(&lab, &json!([{"change": "drop_column", "schema": "shop", "table": "album", "column": "tags"}])).await;
    refused(&lab, &dropped, "What was there is gone").await;
    let value = made(&lab, &json!([{"change": "add_enum_value", "schema": "shop", "name": "mood", "value": "calm"}])).await;
    refused(&lab, &value, "no way back").await;

    let takes_back = made(&lab, &added("year")).await;
    lab.db.batch_execute("alter table shop.album add column theirs int").await.unwrap();
    refused(&lab, &takes_back, "shop.album was changed again").await;
    lab.db.batch_execute("alter table shop.album drop column theirs").await.unwrap();
    // Another column of the same name isn't the one that was made.
    lab.db.batch_execute("alter table shop.album drop column year; alter table shop.album add column year text").await.unwrap();
    refused(&lab, &takes_back, "shop.album was changed again").await;
    let renamed = made(&lab, &json!([{"change": "rename_table", "schema": "shop", "table": "artist", "to": "maker"}])).await;
    lab.db.batch_execute("create table shop.artist (id int)").await.unwrap();
    refused(&lab, &renamed, "shop.artist was changed again").await;
    // What comes between the plan and its doing.
    let takes_back = made(&lab, &added("late")).await;
    let seen = plan(&lab.owner, &takes_back).await.body_of(200);
    lab.db.batch_execute("alter table shop.album add column theirs int").await.unwrap();
    apply(&lab.owner, &takes_back, seen["hash"].as_str().unwrap()).await.expect_status(409);
    assert!(dump(&lab, "shop").await.contains("column album.late"));
}

#[tokio::test]
async fn what_other_tables_lead_to_since_is_not_taken_back() {
    let lab = shop().await;
    let table = json!([{"change": "create_table", "schema": "shop", "table": "genre", "columns": [{"name": "id", "type": "int"}], "primary_key": ["id"]}]);
    let takes_back = made(&lab, &table).await;
    lab.db.batch_execute("create table public.tagged (genre int references shop.genre (id))").await.unwrap();
    refused(&lab, &takes_back, "shop.genre is referenced since, by tagged_genre_fkey of public.tagged: FOREIGN KEY (genre)").await;
    lab.db.batch_execute("drop table public.tagged").await.unwrap();
    // What only looks at it is named, and PostgreSQL refuses.
    lab.db.batch_execute("create view public.genres as select id from shop.genre").await.unwrap();
    let seen = plan(&lab.owner, &takes_back).await.body_of(200);
    assert_eq!(seen["used_by"], json!([{"kind": "view", "name": "public.genres", "effect": "blocks"}]));
    apply(&lab.owner, &takes_back, seen["hash"].as_str().unwrap()).await.expect_status(422);
    lab.db.batch_execute("drop view public.genres").await.unwrap();
    assert_eq!(plan(&lab.owner, &takes_back).await.body_of(200)["used_by"], json!([]));
    run(&lab, &takes_back).await.expect_status(200);
    assert!(!dump(&lab, "shop").await.contains("genre"));

    // A reference that was there is none since; and one that is there again.
    let born = json!([{"change": "add_column", "schema": "shop", "table": "artist", "column": {"name": "born", "type": "int"}}]);
    let takes_back = made(&lab, &born).await;
    lab.db.batch_execute("alter table shop.album drop constraint album_artist_id_fkey").await.unwrap();
    refused(&lab, &takes_back, "shop.artist was referenced then, by album_artist_id_fkey of shop.album").await;
    let again =
        "alter table shop.album add constraint album_artist_id_fkey foreign key (artist_id) references shop.artist (id) on delete cascade";
    lab.db.batch_execute(again).await.unwrap();
    // Of what was made before references were looked at the definition alone is known.
    lab.db.batch_execute("create table public.signed (artist int references shop.artist (id))").await.unwrap();
    refused(&lab, &takes_back, "is referenced since").await;
    lab.db
        .batch_execute(
            "update explorer.schema_changes set left_as = (select jsonb_object_agg(k, v -> 'is') from jsonb_each(left_as) e (k, v)) where left_as is not null",
        )
        .await
        .unwrap();
    run(&lab, &takes_back).await.expect_status(200);
    assert!(!dump(&lab, "shop").await.contains("artist.born"));
}

#[tokio::test]
async fn only_what_was_made_here_by_who_may_and_by_itself() {
    let lab = shop().await;
    let takes_back = made(&lab, &added("year")).await;
    let clerk = lab.app.staff(&lab.owner, "operator").await;
    assert_eq!(plan(&clerk, &takes_back).await.expect(403)["permission"], "schema:write");
    let unknown = json!([{"change": "take_back", "id": "0190b6c8-0000-7000-8000-000000000071"}]);
    plan(&lab.owner, &unknown).await.expect_status(404);
    plan(&lab.owner, &json!([{"change": "take_back", "id": "x"}])).await.expect_status(422);
    let both = json!([takes_back[0], added("more")[0]]);
    assert_eq!(plan(&lab.owner, &both).await.expect(422)["errors"][0]["field"], "changes.0.change");
    // What failed left nothing to take back.
    let list = json!([{"change": "set_column_nullable", "schema": "shop", "table": "album", "column": "tags", "nullable": false}]);
    run(&lab, &list).await.expect_status(422);
    let failed = lab.owner.get("/api/v1/schema-changes?outcome=eq.failed").await.expect(200);
    refused(&lab, &json!([{"change": "take_back", "id": failed[0]["id"]}]), "not made to its end").await;
}

#[tokio::test]
async fn a_sensitive_column_is_so_under_its_old_name_again() {
    let lab = shop().await;
    let sources = lab.owner.get("/api/v1/sources?name=eq.main").await.expect(200);
    let mark = json!({"source_id": sources[0]["id"], "schema_name": "shop", "table_name": "album", "column_name": "title"});
    lab.owner.post("/api/v1/sensitive-columns", mark).await.expect_status(201);
    let rename = json!([{"change": "rename_column", "schema": "shop", "table": "album", "column": "title", "to": "name"}]);
    let takes_back = made(&lab, &rename).await;
    run(&lab, &takes_back).await.expect_status(200);
    let marks = lab.owner.get("/api/v1/sensitive-columns").await.expect(200);
    assert_eq!((marks.body.as_array().unwrap().len(), &marks[0]["column_name"]), (1, &json!("title")));
    let rows = lab.rows(http::Method::GET, "main/album?limit=1", &[("accept-profile", "shop")], Value::Null).await.expect(200);
    assert!(!rows.text.contains("Notes"), "{}", rows.text);
}
