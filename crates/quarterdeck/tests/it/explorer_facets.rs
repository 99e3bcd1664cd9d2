//! Common values from the planner's statistics, and what a list will cost: nobody learns from either what they may not read.

use crate::explorer_lab::{Lab, encoded, lab};
use crate::seen_lab::Desk;
use serde_json::{Value, json};

async fn facets(lab: &Lab, table: &str, column: &str) -> Value {
    lab.owner.get(&format!("/api/v1/explorer/main/tables/public/{table}/facets?column={column}")).await.body_of(200)
}

fn values(facets: &Value) -> Vec<&str> {
    facets["values"].as_array().unwrap().iter().map(|facet| facet["value"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn common_values_come_with_their_shares() {
    let lab = lab("create table sale (id int primary key, city text, paid bool, tags text[], at date);
        insert into sale select i, case when i % 10 < 7 then 'Berlin' when i % 10 < 9 then '' end, i % 4 = 0, array['a', 'b'], '2026-05-05' from generate_series(1, 1000) i;
        analyze sale; create table fresh (id int primary key, a text)")
    .await;
    let city = facets(&lab, "sale", "city").await;
    assert_eq!(values(&city), ["Berlin", ""]);
    assert!(
        (city["values"][0]["share"].as_f64().unwrap() - 0.7).abs() < 0.01 && (city["nulls"].as_f64().unwrap() - 0.1).abs() < 0.01,
        "{city}"
    );
    assert_eq!(values(&facets(&lab, "sale", "paid").await), ["false", "true"]);
    assert_eq!(values(&facets(&lab, "sale", "tags").await).len(), 1);
    assert_eq!(values(&facets(&lab, "sale", "at").await), ["2026-05-05"]);
    let unique = facets(&lab, "sale", "id").await;
    assert_eq!((values(&unique).len(), &unique["distinct"]), (0, &json!("1000")));
    assert!(facets(&lab, "fresh", "a").await["reason"].as_str().unwrap().contains("ANALYZE"));
    lab.owner.get("/api/v1/explorer/main/tables/public/sale/facets?column=nothing").await.expect_status(400);
    lab.owner.get("/api/v1/explorer/main/tables/public/sale/facets").await.expect_status(400);
}

#[tokio::test]
async fn statistics_tell_nothing_that_policies_or_rights_hide() {
    let lab = lab("create table patient (id int primary key, name text, illness text);
        insert into patient select i, 'Ada', 'plague' from generate_series(1, 1000) i; analyze patient;
        grant select (id, name) on patient to authenticated")
    .await;
    for _ in 0..3 {
        let taken = "revoke select on patient from quarterdeck_explorer; grant select (id, name) on patient to quarterdeck_explorer";
        lab.db.batch_execute(taken).await.unwrap();
        lab.owner.get("/api/v1/explorer/main/tables/public/patient").await.expect_status(200);
    }
    assert_eq!(values(&facets(&lab, "patient", "name").await), ["Ada"]);
    let hidden = lab.owner.get("/api/v1/explorer/main/tables/public/patient/facets?column=illness").await.expect(400);
    assert!(!hidden.text.contains("plague"), "{}", hidden.text);
    lab.owner.get("/api/v1/explorer/main/tables/public/patient/plan?illness=eq.x").await.expect_status(400);
    // Secrets of the panel's own tables don't exist either.
    lab.owner.get("/api/v1/explorer/main/tables/explorer/sources/facets?column=url").await.expect_status(400);
}

#[tokio::test]
async fn in_somebodys_place_statistics_are_theirs() {
    let desk = Desk::new("insert into todos (user_id, task) select gen_random_uuid(), 'plague' from generate_series(1, 1000); analyze todos;
        create table ward (id int primary key, name text, illness text); insert into ward select i, 'Ada', 'plague' from generate_series(1, 1000) i; analyze ward;
        grant select (id, name) on ward to authenticated")
    .await;
    assert!(values(&facets(&desk.lab, "todos", "task").await).contains(&"plague"), "staff see all rows");
    desk.as_grace().await;
    let todos = facets(&desk.lab, "todos", "task").await;
    assert!(!todos.to_string().contains("plague") && todos["nulls"].is_null() && todos["distinct"].is_null(), "{todos}");
    assert!(todos["reason"].as_str().unwrap().contains("policies"), "{todos}");
    assert_eq!(values(&facets(&desk.lab, "ward", "name").await), ["Ada"]);
    let hidden = desk.lab.owner.get("/api/v1/explorer/main/tables/public/ward/facets?column=illness").await.expect(400);
    assert!(!hidden.text.contains("plague"), "{}", hidden.text);
}

async fn plan(lab: &Lab, query: &str) -> Value {
    lab.owner.get(&format!("/api/v1/explorer/main/tables/public/big/plan?{query}")).await.body_of(200)
}

#[tokio::test]
async fn a_slow_list_is_told_before_it_runs_with_the_index_that_would_help() {
    let lab = lab("create table big (id int primary key, a text, b int, doc jsonb, tags text[], pad text);
        insert into big select i, md5(i::text), i % 1000, jsonb_build_object('k', i), array[i::text], repeat('x', 300) from generate_series(1, 150000) i;
        create index on big (b); analyze big")
    .await;
    let on = r#"create index concurrently on "public"."big""#;
    let cases = [
        (format!("a=eq.{}", "0".repeat(32)), format!("{on} (\"a\")")),
        (format!("a=ilike.{}", encoded("*zzz*")), format!("create extension if not exists pg_trgm;\n{on} using gin (\"a\" gin_trgm_ops)")),
        (format!("tags=cs.{}", encoded("{zz}")), format!("{on} using gin (\"tags\")")),
        (format!("doc-%3E%3Ek=eq.{}", encoded("a'b")), format!("{on} ((\"doc\" ->> 'k'))")),
        ("order=a.desc".to_owned(), format!("{on} (\"a\" desc)")),
        (format!("pad=eq.y&a=gt.{}", "f".repeat(32)), format!("{on} (\"pad\", \"a\")")),
    ];
    for (query, index) in cases {
        let told = plan(&lab, &query).await;
        assert_eq!((&told["slow"], &told["indexes"][0]), (&json!(true), &json!(index)), "{query}: {told}");
    }
    for query in ["b=eq.5", "id=eq.7", "order=id.desc", "", "a=not.is.null"] {
        let told = plan(&lab, query).await;
        assert_eq!((&told["slow"], &told["indexes"]), (&json!(false), &json!([])), "{query}: {told}");
    }
    // The index is one that PostgreSQL takes, and then nothing is slow any more.
    let query = format!("doc-%3E%3Ek=eq.{}", encoded("a'b"));
    let sql = plan(&lab, &query).await["indexes"][0].as_str().unwrap().to_owned();
    lab.db.batch_execute(&sql).await.unwrap();
    lab.db.batch_execute("analyze big").await.unwrap();
    assert_eq!(plan(&lab, &query).await["slow"], false);
    lab.owner.get("/api/v1/explorer/main/tables/public/big/plan?b=eq.x").await.expect_status(400);
}

#[tokio::test]
async fn a_read_that_nobody_waits_for_ends_in_the_database() {
    let lab = lab("create table t (id int primary key); insert into t values (1);
        create function slowly(int) returns int language plpgsql as 'begin perform pg_sleep(25); return $1; end';
        create view slow as select id, slowly(id) as s from t; grant select on slow to quarterdeck_explorer")
    .await;
    lab.get("main/t").await.expect_status(200);
    let running = "select count(*) from pg_stat_activity where state = 'active' and query like '%\"slow\"%' and application_name = 'quarterdeck explorer'";
    let until = async |count: &str| {
        while lab.ask(running).await != count {
            tokio::task::yield_now().await;
        }
    };
    {
        let asking = lab.get("main/slow");
        tokio::select! {
            answer = asking => panic!("it was not slow: {}", answer.text),
            () = until("1") => {}
        }
    }
    until("0").await;
    // The source goes on serving others.
    lab.get("main/t").await.expect_status(200);
}

#[tokio::test]
async fn a_table_with_a_trash_says_so() {
    let lab = lab("create table a (id int primary key, deleted_at timestamptz);
        create table b (id int primary key, gone timestamp, deleted_at timestamptz); comment on column b.gone is 'When it went. @trash';
        create table c (id int primary key, deleted_at timestamptz not null); create table d (id int primary key, deleted_at text);
        create table e (id int, deleted_at timestamptz); insert into a values (1), (2)")
    .await;
    let trash =
        async |table: &str| lab.owner.get(&format!("/api/v1/explorer/main/tables/public/{table}")).await.body_of(200)["trash"].clone();
    assert_eq!(trash("a").await, "deleted_at");
    assert_eq!(trash("b").await, "gone");
    for none in ["c", "d", "e"] {
        assert_eq!(trash(none).await, Value::Null, "{none}");
    }
    // What the page sends: the database's own time, and nothing to bring a row back.
    lab.update("main/a?id=eq.1", json!({"deleted_at": "now"})).await.expect_status(200);
    assert_eq!(lab.get("main/a?deleted_at=is.null").await.body_of(200), json!([{"id": 2, "deleted_at": null}]));
    assert_eq!(lab.ask("select now() - deleted_at < interval '1 minute' from a where id = 1").await, "true");
    lab.update("main/a?id=eq.1", json!({"deleted_at": null})).await.expect_status(200);
    assert_eq!(lab.ask("select count(*) from a where deleted_at is null").await, "2");
}
