//! Tables changed through the panel: every kind of change does what it says, and its way back leaves no trace.

use crate::schema_lab::{apply, back, done, dump, plan, shop, statements};
use crate::seen_lab::{Desk, rows, tasks};
use serde_json::{Value, json};

/// Changes that can be taken back without a trace, each with a word that the catalogue has then and hadn't before.
pub fn changes() -> Vec<(Value, &'static str)> {
    let album = |more: Value| {
        let mut change = json!({"schema": "shop", "table": "album"});
        change.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!([change])
    };
    vec![
        (json!([{"change": "create_schema", "schema": "Neu \"x\"; 🦆", "comment": "it's new"}]), "schema Neu \"x\"; 🦆 it's new"),
        (
            json!([{"change": "create_table", "schema": "shop", "table": "Größe", "comment": "how big", "primary_key": ["id"], "columns": [
                {"name": "id", "type": "bigint", "identity": "by_default", "nullable": false},
                {"name": "select", "type": "character varying(20)[]", "default": "'{a}'", "comment": "it's \\ odd"},
                {"name": "double", "type": "bigint", "generated": "id * 2"}, {"name": "at", "type": "timestamptz", "default": "now()", "nullable": false}]}]),
            "relation r Größe quarterdeck_schema",
        ),
        (album(json!({"change": "rename_table", "to": "record"})), "relation r record"),
        (album(json!({"change": "set_table_comment", "comment": "all of them"})), "all of them"),
        (
            album(
                json!({"change": "add_column", "column": {"name": "year", "type": "int", "default": "1999", "nullable": false, "comment": "out"}}),
            ),
            "column album.year integer notnull=t default=1999",
        ),
        (album(json!({"change": "rename_column", "column": "price", "to": "cost"})), "column album.cost"),
        (
            album(json!({"change": "set_column_type", "column": "tags", "type": "varchar(10)[]"})),
            "column album.tags character varying(10)[]",
        ),
        (
            album(json!({"change": "set_column_type", "column": "made_at", "type": "date", "using": "made_at::date"})),
            "column album.made_at date",
        ),
        (album(json!({"change": "set_column_default", "column": "price", "default": "1 + 2"})), "default=(1 + 2)"),
        (
            album(json!({"change": "set_column_default", "column": "price", "default": null})),
            "column album.price numeric(10,2) notnull=f default= ",
        ),
        (
            album(json!({"change": "set_column_nullable", "column": "price", "nullable": false})),
            "column album.price numeric(10,2) notnull=t",
        ),
        (
            album(json!({"change": "set_column_nullable", "column": "title", "nullable": true})),
            "column album.title character varying(20) notnull=f",
        ),
        (album(json!({"change": "set_column_comment", "column": "title", "comment": "$$ ' \\ --"})), "$$ ' \\ --"),
        (
            json!([{"change": "set_column_type", "schema": "shop", "table": "album", "column": "made_at", "type": "timestamptz(3)"},
                {"change": "set_column_default", "schema": "shop", "table": "album", "column": "made_at", "default": "'2026-01-01'"},
                {"change": "set_column_nullable", "schema": "shop", "table": "album", "column": "made_at", "nullable": false},
                {"change": "set_column_comment", "schema": "shop", "table": "album", "column": "made_at", "comment": "when"},
                {"change": "rename_column", "schema": "shop", "table": "album", "column": "made_at", "to": "at"}]),
            "column album.at timestamp(3) with time zone notnull=t",
        ),
        (
            album(json!({"change": "add_constraint", "name": "dear", "rule": {"kind": "check", "expression": "price < 1000"}})),
            "rule album dear CHECK",
        ),
        (
            album(
                json!({"change": "add_constraint", "name": "dear", "not_valid": true, "rule": {"kind": "check", "expression": "price < 1000"}}),
            ),
            "NOT VALID valid=f",
        ),
        (
            album(json!({"change": "add_constraint", "name": "once", "rule": {"kind": "unique", "columns": ["artist_id", "title"]}})),
            "rule album once UNIQUE (artist_id, title)",
        ),
        (
            album(
                json!({"change": "add_constraint", "name": "twin", "rule": {"kind": "foreign_key", "columns": ["id"], "target_schema": "shop", "target_table": "album",
                "target_columns": ["id"], "on_delete": "set_null", "on_update": "cascade"}}),
            ),
            "rule album twin FOREIGN KEY (id) REFERENCES shop.album(id) ON UPDATE CASCADE ON DELETE SET NULL",
        ),
        (album(json!({"change": "drop_constraint", "name": "album_price_check"})), ""),
        (album(json!({"change": "drop_constraint", "name": "album_artist_id_fkey"})), ""),
        (album(json!({"change": "drop_constraint", "name": "album_title_key"})), ""),
        (album(json!({"change": "create_index", "name": "tags_idx", "method": "gin", "keys": [{"column": "tags"}]})), "USING gin (tags)"),
        (
            album(
                json!({"change": "create_index", "name": "many_idx", "concurrently": false, "unique": true, "include": ["price"], "where": "price > 0",
                "keys": [{"expression": "lower(title)"}, {"column": "id", "descending": true}]}),
            ),
            "(lower((title)::text), id DESC) INCLUDE (price) WHERE (price > (0)::numeric)",
        ),
        (json!([{"change": "drop_index", "schema": "shop", "name": "album_lower_idx"}]), ""),
        (json!([{"change": "drop_index", "schema": "shop", "name": "album_artist_id_idx", "concurrently": false}]), ""),
        (json!([{"change": "create_enum", "schema": "shop", "name": "size", "values": ["it's", "b\\ig"]}]), "enum size it's,b\\ig"),
        (
            json!([{"change": "rename_enum_value", "schema": "shop", "name": "mood", "value": "ok", "to": "fine"}]),
            "enum mood sad,fine,happy",
        ),
        (
            json!([{"change": "create_view", "schema": "shop", "name": "dear", "query": "select id -- the key\n from shop.album where price > 5;"}]),
            "relation v dear quarterdeck_schema rls=f/f",
        ),
        (
            json!([{"change": "create_view", "schema": "shop", "name": "cheap", "replace": true, "query": "select id, title, price from shop.album"}]),
            "column cheap.price",
        ),
        (json!([{"change": "drop_view", "schema": "shop", "name": "cheap"}]), ""),
        (album(json!({"change": "drop_column", "column": "tags"})), ""),
        (album(json!({"change": "drop_column", "column": "artist_id"})), ""),
        (
            json!([{"change": "drop_view", "schema": "shop", "name": "cheap"}, {"change": "drop_table", "schema": "shop", "table": "album"}]),
            "",
        ),
        (
            json!([{"change": "drop_constraint", "schema": "shop", "table": "album", "name": "album_artist_id_fkey"},
                {"change": "drop_table", "schema": "shop", "table": "artist"}]),
            "",
        ),
        (album(json!({"change": "set_row_security", "enabled": true, "forced": true})), "relation r album quarterdeck_schema rls=t/t"),
        (
            album(
                json!({"change": "create_policy", "name": "Mine; \"all\"", "command": "update", "permissive": false, "roles": ["authenticated", "anon"],
                "using": "(select auth.uid()) is not null", "check": "price > 0"}),
            ),
            "policy album Mine; \"all\" f w {",
        ),
        (
            json!([{"change": "alter_policy", "schema": "shop", "table": "artist", "name": "own rows", "roles": ["public"], "using": "id = 2"}]),
            "(id = 2)",
        ),
        (
            json!([{"change": "rename_policy", "schema": "shop", "table": "artist", "name": "own rows", "to": "theirs"}]),
            "policy artist theirs",
        ),
        (json!([{"change": "drop_policy", "schema": "shop", "table": "artist", "name": "own rows"}]), ""),
        (
            json!([{"change": "grant", "schema": "shop", "table": "album", "role": "anon", "rights": ["select", "delete"]},
                {"change": "grant", "schema": "shop", "table": "album", "role": "authenticated", "rights": ["select", "update"]}]),
            "grant album anon DELETE",
        ),
        (json!([{"change": "revoke", "schema": "shop", "table": "album", "role": "authenticated", "rights": ["insert", "delete"]}]), ""),
        (
            json!([{"change": "create_table", "schema": "shop", "table": "todos", "primary_key": ["id"], "columns": [{"name": "id", "type": "int", "nullable": false}, {"name": "user_id", "type": "uuid"}]},
                {"change": "create_index", "schema": "shop", "table": "todos", "name": "todos_user_id_idx", "keys": [{"column": "user_id"}], "concurrently": false},
                {"change": "set_row_security", "schema": "shop", "table": "todos", "enabled": true, "forced": false},
                {"change": "create_policy", "schema": "shop", "table": "todos", "name": "own", "using": "user_id = auth.uid()"}]),
            "relation r todos quarterdeck_schema rls=t/f",
        ),
    ]
}

#[tokio::test]
async fn every_change_is_made_and_its_way_back_leaves_no_trace() {
    let lab = shop().await;
    // Views with the rights of their caller came with PostgreSQL 15.
    let rights =
        if lab.ask("select current_setting('server_version_num')::int >= 150000").await == "true" { "{security_invoker=true}" } else { "" };
    for (list, now) in changes() {
        let before = dump(&lab, "shop").await;
        let plan = done(&lab, &list).await;
        let after = dump(&lab, "shop").await;
        assert_ne!(before, after, "{list}: {:?}", statements(&plan));
        if !now.is_empty() {
            assert!(!before.contains(now) && after.contains(now), "{list}\n{now}\n{after}");
            assert!(!now.starts_with("relation v") || after.contains(&format!("{now} {rights}")), "{list}\n{after}");
        }
        assert_eq!(plan["foreign"], json!([]), "{list}");
        // A column that must have a value comes back as such only where there is no row; the plan says so.
        if plan["lost"].to_string().contains("not_null_later") {
            lab.db.batch_execute("delete from shop.album").await.unwrap();
        }
        back(&lab, &plan).await;
        assert_eq!(before, dump(&lab, "shop").await, "{list}: {:#}", plan["down"]);
    }
}

#[tokio::test]
async fn a_table_made_here_is_seen_and_filled_at_once() {
    let lab = shop().await;
    let list = json!([{"change": "create_table", "schema": "public", "table": "notes", "primary_key": ["id"], "columns": [
        {"name": "id", "type": "int", "identity": "always", "nullable": false}, {"name": "text", "type": "text"}]}]);
    done(&lab, &list).await;
    assert_eq!(lab.insert("main/notes", json!({"text": "hello"})).await.expect(201)[0]["id"], 1);
    done(&lab, &json!([{"change": "add_column", "schema": "public", "table": "notes", "column": {"name": "stars", "type": "int"}}])).await;
    lab.update("main/notes?id=eq.1", json!({"stars": 5})).await.expect_status(200);
    done(&lab, &json!([{"change": "rename_column", "schema": "public", "table": "notes", "column": "stars", "to": "points"}])).await;
    assert_eq!(lab.get("main/notes?select=points").await.expect(200).body, json!([{"points": 5}]));
    // In a schema that was made here, too.
    let list = json!([{"change": "create_schema", "schema": "crm"}, {"change": "create_table", "schema": "crm", "table": "deals", "primary_key": ["id"],
        "columns": [{"name": "id", "type": "int", "nullable": false}]}]);
    done(&lab, &list).await;
    let headers = [("content-profile", "crm"), ("prefer", "return=representation")];
    lab.rows(http::Method::POST, "main/deals", &headers, json!({"id": 1})).await.expect_status(201);
}

#[tokio::test]
async fn what_changed_since_the_plan_is_a_new_plan() {
    let lab = shop().await;
    let list = json!([{"change": "drop_column", "schema": "shop", "table": "album", "column": "price"}]);
    let list_of_another = json!([{"change": "drop_column", "schema": "shop", "table": "album", "column": "tags"}]);
    let seen = plan(&lab.owner, &list_of_another).await.body_of(200);
    let hash = seen["hash"].as_str().unwrap();
    let refused = apply(&lab.owner, &list, hash).await.expect(409);
    assert!(refused["plan"]["hash"].is_string(), "{}", refused.text);
    // The way back is part of what was seen: somebody added an index that would go along.
    lab.db.batch_execute("create index tags_idx on shop.album using gin (tags)").await.unwrap();
    let refused = apply(&lab.owner, &list_of_another, hash).await.expect(409);
    assert!(refused["plan"]["down"].to_string().contains("tags_idx"), "{}", refused.text);
    assert_eq!(lab.ask("select count(*) from pg_attribute where attrelid = 'shop.album'::regclass and attname = 'tags'").await, "1");
    apply(&lab.owner, &list_of_another, refused["plan"]["hash"].as_str().unwrap()).await.expect_status(200);
}

#[tokio::test]
async fn a_plan_says_locks_work_what_stands_in_the_way_and_what_is_lost() {
    let lab = shop().await;
    let planned = |list: Value| {
        let lab = &lab;
        async move { plan(&lab.owner, &list).await.body_of(200) }
    };
    let volatile = planned(json!([{"change": "add_column", "schema": "shop", "table": "album", "column": {"name": "r", "type": "uuid", "default": "gen_random_uuid()"}}])).await;
    assert_eq!((&volatile["statements"][0]["work"], &volatile["notes"][0]["code"]), (&json!("rewrite"), &json!("volatile_default")));
    let quick = planned(
        json!([{"change": "add_column", "schema": "shop", "table": "album", "column": {"name": "r", "type": "int", "default": "7"}}]),
    )
    .await;
    assert_eq!(quick["statements"][0]["work"], "nothing");
    assert_eq!(quick["statements"][0]["locks"], json!([{"mode": "ACCESS EXCLUSIVE", "on": "shop.album", "blocks": "everything"}]));
    assert_eq!(quick["tables"][0]["name"], "shop.album");

    let dropped = planned(json!([{"change": "drop_column", "schema": "shop", "table": "album", "column": "title"}])).await;
    let used = |name: &str, effect: &str| {
        dropped["used_by"].as_array().unwrap().iter().any(|one| one["name"].as_str().unwrap().contains(name) && one["effect"] == effect)
    };
    assert!(used("shop.cheap", "blocks") && used("album_title_key", "goes") && used("album_lower_idx", "goes"), "{:#}", dropped["used_by"]);
    let codes: Vec<&str> = dropped["lost"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["not_null_later", "rows", "place"]);

    let reference = json!([{"change": "drop_table", "schema": "shop", "table": "artist"}]);
    let blocked = planned(reference.clone()).await;
    assert!(
        blocked["used_by"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["effect"] == "blocks" && one["name"].as_str().unwrap().contains("album_artist_id_fkey")),
        "{blocked:#}"
    );
    let refused = apply(&lab.owner, &reference, blocked["hash"].as_str().unwrap()).await.expect(422);
    assert!(refused.text.contains("album_artist_id_fkey") && refused.text.contains("Nothing was changed"), "{}", refused.text);

    let built = planned(json!([{"change": "create_index", "schema": "shop", "table": "album", "name": "i", "keys": [{"column": "title"}], "concurrently": false}])).await;
    assert_eq!((&built["statements"][0]["locks"][0]["blocks"], &built["notes"][0]["code"]), (&json!("writes"), &json!("concurrently")));
    let value = planned(json!([{"change": "add_enum_value", "schema": "shop", "name": "mood", "value": "great", "before": "happy"}])).await;
    assert_eq!((&value["down"], &value["lost"][0]["code"]), (&json!([]), &json!("enum_value")));
}

#[tokio::test]
async fn a_list_is_done_as_a_whole_or_not_at_all() {
    let lab = shop().await;
    let before = dump(&lab, "shop").await;
    let list = json!([{"change": "add_column", "schema": "shop", "table": "album", "column": {"name": "year", "type": "int"}},
        {"change": "add_constraint", "schema": "shop", "table": "artist", "name": "short", "rule": {"kind": "check", "expression": "length(name) < 4"}}]);
    let seen = plan(&lab.owner, &list).await.body_of(200);
    let refused = apply(&lab.owner, &list, seen["hash"].as_str().unwrap()).await.expect(422);
    assert_eq!(refused["errors"][0]["field"], "changes.1", "{}", refused.text);
    assert!(refused.text.contains("Statement 2 of 2") && refused.text.contains("Nothing was changed"), "{}", refused.text);
    assert_eq!(before, dump(&lab, "shop").await);

    // A build that fails leaves nothing.
    lab.db.batch_execute("insert into shop.album (artist_id, title) values (1, 'Engine')").await.unwrap();
    let list = json!([{"change": "create_index", "schema": "shop", "table": "album", "name": "once", "unique": true, "keys": [{"column": "artist_id"}]}]);
    let seen = plan(&lab.owner, &list).await.body_of(200);
    let refused = apply(&lab.owner, &list, seen["hash"].as_str().unwrap()).await.expect(422);
    assert!(refused.text.contains("was dropped again"), "{}", refused.text);
    assert_eq!(before, dump(&lab, "shop").await);

    let history = lab.owner.get("/api/v1/schema-changes").await.expect(200);
    assert_eq!((&history[0]["outcome"], &history[1]["outcome"]), (&json!("failed"), &json!("failed")));
}

#[tokio::test]
async fn somebody_who_holds_the_table_is_not_waited_for_long() {
    let lab = shop().await;
    let other = lab.app.database().await;
    other.batch_execute("begin; lock table shop.album in access share mode").await.unwrap();
    let list = json!([{"change": "drop_column", "schema": "shop", "table": "album", "column": "tags"}]);
    let seen = plan(&lab.owner, &list).await.body_of(200);
    let refused = apply(&lab.owner, &list, seen["hash"].as_str().unwrap()).await;
    assert!(refused.text.contains("wasn't free within 3 seconds"), "{}", refused.text);
    // Others read on meanwhile, and afterwards it is done.
    other.batch_execute("commit").await.unwrap();
    apply(&lab.owner, &list, seen["hash"].as_str().unwrap()).await.expect_status(200);
}

#[tokio::test]
async fn what_was_done_is_written_down_with_its_way_back() {
    let lab = shop().await;
    done(&lab, &json!([{"change": "add_column", "schema": "shop", "table": "album", "column": {"name": "year", "type": "int"}}])).await;
    let history = lab.owner.get("/api/v1/schema-changes").await.expect(200);
    let one = lab.owner.get(&format!("/api/v1/schema-changes/{}", history[0]["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(one["up"], "alter table \"shop\".\"album\" add column \"year\" int;\n");
    assert_eq!(one["down"], "alter table \"shop\".\"album\" drop column \"year\";\n");
    assert_eq!((&one["outcome"], &one["actor_label"]), (&json!("ok"), &json!("Ada Lovelace")));
    let log: Vec<Value> = lab.app.audit().await.into_iter().filter(|entry| entry["action"] == "schema.change").collect();
    let (started, ended) =
        (log.iter().find(|entry| entry["outcome"] == "started").unwrap(), log.iter().any(|entry| entry["outcome"] == "ok"));
    assert!(ended && log.len() == 2);
    assert!(
        started["changes"]["up"]["after"].as_str().unwrap().contains("add column")
            && started["changes"]["down"]["after"].as_str().unwrap().contains("drop column")
    );
}

#[tokio::test]
async fn a_policy_of_a_tutorial_is_made_here_and_holds_at_once() {
    let desk = Desk::new(
        "drop policy \"Individuals can view their own todos.\" on public.todos; alter table public.todos disable row level security; \
        alter table public.todos owner to quarterdeck_schema; revoke all on public.todos from anon, authenticated",
    )
    .await;
    let list = json!([{"change": "create_policy", "schema": "public", "table": "todos", "name": "Individuals can view their own todos.", "command": "select",
            "using": "(select auth.uid()) = user_id"},
        {"change": "set_row_security", "schema": "public", "table": "todos", "enabled": true, "forced": false},
        {"change": "grant", "schema": "public", "table": "todos", "role": "authenticated", "rights": ["select"]}]);
    done(&desk.lab, &list).await;
    let id = desk.as_grace().await;
    assert_eq!(tasks(&desk.lab.owner, &id).await, ["compile", "debug"]);
    desk.stop().await;
    let id = desk.begin(&desk.lab.owner, json!({"kind": "anon", "reason": "What is open"})).await;
    rows(&desk.lab.owner, &id, "todos").await.expect_status(403);
}

#[tokio::test]
async fn a_sensitive_column_stays_so_under_another_name() {
    let lab = shop().await;
    let sources = lab.owner.get("/api/v1/sources?name=eq.main").await.expect(200);
    let mark = json!({"source_id": sources[0]["id"], "schema_name": "shop", "table_name": "album", "column_name": "title"});
    lab.owner.post("/api/v1/sensitive-columns", mark).await.expect_status(201);
    done(&lab, &json!([{"change": "rename_column", "schema": "shop", "table": "album", "column": "title", "to": "name"}])).await;
    done(&lab, &json!([{"change": "rename_table", "schema": "shop", "table": "album", "to": "record"}])).await;
    let marks = lab.owner.get("/api/v1/sensitive-columns").await.expect(200);
    let names: Vec<&str> = marks.body.as_array().unwrap().iter().map(|one| one["column_name"].as_str().unwrap()).collect();
    assert_eq!((names, &marks[0]["table_name"]), (vec!["name"], &json!("record")), "{}", marks.text);
    let rows = lab.rows(http::Method::GET, "main/record?limit=1", &[("accept-profile", "shop")], Value::Null).await.expect(200);
    assert!(!rows.text.contains("Notes"), "{}", rows.text);
    // What couldn't be renamed leaves no mark behind.
    let list = json!([{"change": "rename_column", "schema": "shop", "table": "record", "column": "name", "to": "label"},
        {"change": "add_constraint", "schema": "shop", "table": "record", "name": "no", "rule": {"kind": "check", "expression": "price < 0"}}]);
    let seen = plan(&lab.owner, &list).await.expect(200);
    apply(&lab.owner, &list, seen["hash"].as_str().unwrap()).await.expect_status(422);
    assert_eq!(lab.owner.get("/api/v1/sensitive-columns").await.expect(200).body.as_array().unwrap().len(), 1);
}
