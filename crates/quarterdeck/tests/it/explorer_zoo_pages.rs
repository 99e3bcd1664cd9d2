//! Page after page through everything that can be sorted: each row once, there and back, with rows of NULL among them.

use crate::explorer_lab::Lab;
use crate::zoo_lab::{columns, name, quoted, zoo};
use http::Method;
use serde_json::{Value, json};

/// Rows of a list, page by page of two, and back again by the cursors of the way there.
async fn walk(lab: &Lab, table: &str, order: &str) -> Result<[Vec<Value>; 2], String> {
    let page = async |cursor: Option<String>| {
        let mut query = vec![("order", order), ("limit", "2")];
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let answer = lab.feed(Method::GET, table, &query, Value::Null).await;
        if answer.status != 200 {
            return Err(format!("{} {}", answer.status, answer.text));
        }
        let cursor = |name: &str| answer.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        Ok((answer.body.as_array().unwrap().clone(), cursor("next-cursor"), cursor("prev-cursor")))
    };
    let (mut rows, mut next, mut prev) = page(None).await?;
    let mut last = rows.clone();
    while let Some(cursor) = next {
        let (more, after, before) = page(Some(cursor)).await?;
        rows.extend(more.clone());
        (last, next, prev) = (more, after, before);
        if rows.len() > 50 {
            return Err("goes on for ever".into());
        }
    }
    let mut back = vec![last];
    while let Some(cursor) = prev {
        let (before, _, further) = page(Some(cursor)).await?;
        if !before.is_empty() {
            back.push(before);
        }
        prev = further;
        if back.len() > 50 {
            return Err("goes back for ever".into());
        }
    }
    Ok([rows, back.into_iter().rev().flatten().collect()])
}

#[tokio::test]
async fn every_order_leads_over_each_row_once_and_back() {
    let lab = zoo().await;
    // More rows than a page has, with equal values and NULLs at every page's edge.
    for table in ["numbers", "texts", "times", "nets", "ranges", "arrays", "composites", "trees"] {
        let copies = match table {
            "texts" => "gen_random_uuid()",
            "times" => "k || t.id",
            "nets" => "t.a + 10 * k",
            "trees" => "(t.id + 10 * k)",
            _ => "(t.id + 10 * k)",
        };
        let key = if table == "nets" { "a" } else { "id" };
        lab.db
            .batch_execute(&format!(
                "do $$ declare list text; begin
                   select string_agg(case attname when '{key}' then '{copies}' else format('t.%I', attname) end, ', ' order by attnum) into list
                     from pg_attribute where attrelid = 'zoo.{table}'::regclass and attnum > 0 and not attisdropped;
                   execute 'insert into zoo.{table} select ' || list || ' from zoo.{table} t cross join generate_series(1, 2) k';
                 end $$"
            ))
            .await
            .unwrap();
    }
    let (mut wrong, mut walked) = (Vec::new(), 0);
    for animal in lab.animals().await.iter().filter(|animal| !matches!(name(animal), "wide" | "far")) {
        let table = name(animal);
        for column in columns(animal) {
            let (column_name, is_sortable) = (column["name"].as_str().unwrap(), column["sortable"] == json!(true));
            for direction in ["asc", "desc", "asc.nullsfirst", "desc.nullslast"] {
                let order = format!("{}.{direction}", quoted(column_name));
                // PostgreSQL's own order by the column and the key.
                let sorted = lab.feed(Method::GET, table, &[("order", &order)], Value::Null).await;
                if !is_sortable {
                    if sorted.status != 400 || !sorted.text.contains("can't be sorted by") {
                        wrong.push(format!("{table} {order}: {} {}", sorted.status, sorted.text));
                    }
                    continue;
                }
                if sorted.status != 200 {
                    wrong.push(format!("{table} {order} {}: {} {}", column["type"], sorted.status, sorted.text));
                    continue;
                }
                let expected = sorted.body.as_array().unwrap();
                walked += 1;
                match walk(&lab, table, &order).await {
                    Err(error) => wrong.push(format!("{table} {order} {}: {error}", column["type"])),
                    Ok([there, back]) if &there != expected || &back != expected => {
                        wrong.push(format!("{table} {order} {}: not each row once, in order", column["type"]));
                    }
                    Ok(_) => {}
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(walked > 500, "only {walked}");
}

#[tokio::test]
async fn what_has_an_order_in_postgresql_can_be_sorted() {
    let lab = zoo().await;
    let sortable = |animal: &Value, column: &str| columns(animal).iter().find(|c| c["name"] == column).unwrap()["sortable"] == true;
    let (texts, nets, arrays, composites) =
        (lab.animal("texts").await, lab.animal("nets").await, lab.animal("arrays").await, lab.animal("composites").await);
    for (animal, can, cannot) in [
        // hstore has an order, of operators that are called otherwise.
        (&texts, &["t", "ci", "m", "vec", "jb", "by"][..], &["j", "x", "h", "w"][..]),
        (&nets, &["ip", "cls", "typ", "lsn", "ov", "b3", "t"], &["pt", "ln", "x", "bx", "snap"]),
        (&arrays, &["i", "pairs", "moods", "rs"], &["js", "pts"]),
        (&composites, &["p", "nest"], &["opaque"]),
    ] {
        for column in can {
            assert!(sortable(animal, column), "{column}");
        }
        for column in cannot {
            assert!(!sortable(animal, column), "{column}");
        }
    }
}

#[tokio::test]
async fn types_of_extensions_are_compared_as_what_they_are_wherever_they_lie() {
    let lab = zoo().await;
    assert_eq!(lab.ask("select current_setting('search_path')").await, "\"$user\", public", "the extensions are in no search path");
    let ids = async |table: &str, filter: &str| {
        let query: Vec<(&str, &str)> =
            filter.split('&').filter_map(|part| part.split_once('=')).chain([("select", "id"), ("order", "id")]).collect();
        let found = lab.feed(Method::GET, table, &query, Value::Null).await.body_of(200);
        found.as_array().unwrap().iter().map(|row| row["id"].to_string()).collect::<Vec<_>>().join(",")
    };
    // In any case, as citext means it.
    for filter in [
        "ci=eq.GRÜSSE",
        "ci=in.(GRÜSSE,x)",
        "ci=like.GR*SSE",
        "ci=gte.GRÜSSE&ci=lte.grüsse",
        "ci=not.isdistinct.GRÜSSE",
        "ci=eq(any).{GRÜSSE}",
    ] {
        assert_eq!(ids("texts", filter).await, "\"ffffffff-ffff-4fff-bfff-ffffffffffff\"", "{filter}");
    }
    assert_eq!(ids("texts", "ci=neq.GRÜSSE").await, "\"00000000-0000-0000-0000-000000000001\"");
    for (filter, expected) in [
        ("h=cs.a=>1", "\"00000000-0000-0000-0000-000000000001\""),
        ("h=eq.\"b c\"=>NULL, a=>1", "\"00000000-0000-0000-0000-000000000001\""),
        ("h=cd.a=>1", "\"ffffffff-ffff-4fff-bfff-ffffffffffff\""),
    ] {
        let (name, value) = filter.split_once('=').unwrap();
        let query = [(name, value), ("select", "id"), ("order", "id")];
        let found = lab.feed(Method::GET, "texts", &query, Value::Null).await.body_of(200);
        assert_eq!(found[0]["id"].to_string(), expected, "{filter}");
        assert_eq!(found.as_array().unwrap().len(), 1, "{filter}");
    }
    for (filter, expected) in [
        ("path=cd.Top.Science", "2,3"),
        ("path=cs.Top.Science.Astronomy", "1,2,3"),
        ("path=match.*.Astronomy", "3"),
        ("path=gt.Top", "2,3"),
        ("path=not.is.null", "1,2,3"),
    ] {
        assert_eq!(ids("trees", filter).await, expected, "{filter}");
    }
    let wrong = lab.feed(Method::GET, "trees", &[("path", "match.*.{x"), ("select", "id")], Value::Null).await;
    assert_eq!(wrong.status, 400, "{}", wrong.text);
    let wrong = lab.feed(Method::GET, "trees", &[("path", "eq.a b"), ("select", "id")], Value::Null).await;
    assert_eq!(wrong.status, 400, "{}", wrong.text);
    // The order is theirs too: page by page, whatever case.
    lab.db
        .batch_execute(
            "insert into zoo.texts (id, ci, must) select gen_random_uuid(), x, '' from unnest(array['a', 'B', 'c', 'D', 'b', 'A']) x",
        )
        .await
        .unwrap();
    let [there, _] = walk(&lab, "texts", "ci").await.unwrap();
    let order: Vec<String> = there.iter().filter_map(|row| row["ci"].as_str()).map(str::to_lowercase).collect();
    assert_eq!(order, ["a", "a", "b", "b", "c", "d", "grüsse", "grüße"]);
}
