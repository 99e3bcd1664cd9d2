//! Changes of many rows in one request: all or none, each with what it began with.

use crate::explorer_lab::{Lab, lab};
use http::Method;
use serde_json::{Value, json};
use testkit::Answer;

const BOOKS: &str = "create table author (id int primary key); insert into author values (1);
    create table book (id int primary key, author_id int references author, title text, pages int check (pages > 0), twice int generated always as (pages * 2) stored);
    insert into book values (1, 1, 'One', 10), (2, 1, 'Two', 20), (3, 1, 'Three', 30)";

async fn commit(lab: &Lab, changes: Value) -> Answer {
    lab.owner.post("/api/v1/explorer/main/tables/public/book/changes", json!({"changes": changes})).await
}

async fn version(lab: &Lab, id: i32) -> String {
    let rows = lab.rows(Method::GET, &format!("main/book?id=eq.{id}"), &[("prefer", "versions")], Value::Null).await.body_of(200);
    rows[0]["$version"].as_str().unwrap().to_owned()
}

async fn all(lab: &Lab) -> String {
    lab.ask("select string_agg(title || pages, ' ' order by id) from book").await
}

#[tokio::test]
async fn each_row_is_changed_in_its_own_way_and_named() {
    let lab = lab(BOOKS).await;
    let (one, three) = (version(&lab, 1).await, version(&lab, 3).await);
    let done = commit(
        &lab,
        json!([{"key": {"id": 3}, "version": three, "set": {"title": "C", "pages": 33}}, {"key": {"id": "1"}, "version": one, "set": {"title": null}}]),
    )
    .await
    .expect(200);
    assert_eq!((&done["rows"][0]["id"], &done["rows"][0]["twice"], &done["rows"][1]["title"]), (&json!(3), &json!(66), &Value::Null));
    assert_eq!(done["rows"][0]["$version"], version(&lab, 3).await.as_str());
    assert_eq!(lab.log().await.len(), 2);
    // As one change it is taken back as one.
    let entry = done["entry"].as_str().unwrap();
    lab.owner.post("/api/v1/explorer/main/tables/public/book/undo", json!({"entry": entry})).await.expect_status(200);
    assert_eq!(all(&lab).await, "One10 Two20 Three30");
}

#[tokio::test]
async fn one_that_cannot_be_made_stops_all() {
    let lab = lab(BOOKS).await;
    let row = |id: i32, set: Value| json!({"key": {"id": id}, "set": set});
    let cases = [
        (row(2, json!({"pages": -1})), 422, "changes.1.set.pages"),
        (row(2, json!({"author_id": 9})), 409, "changes.1.set.author_id"),
        (row(2, json!({"pages": "many"})), 422, "changes.1.set.pages"),
        (row(2, json!({"twice": 1})), 422, "changes.1.set.twice"),
        (row(2, json!({"titel": "x"})), 422, "changes.1.set.titel"),
        (row(2, json!({})), 422, "changes.1.set"),
        (row(1, json!({"title": "again"})), 422, "changes.1.key"),
        (json!({"key": {"ident": 1}, "set": {"title": "x"}}), 422, "changes.1.key"),
        (json!({"key": {"id": null}, "set": {"title": "x"}}), 422, "changes.1.key"),
    ];
    for (second, status, field) in cases {
        let answer = commit(&lab, json!([row(1, json!({"title": "A"})), second])).await;
        assert_eq!((answer.status, answer["errors"][0]["field"].as_str()), (status, Some(field)), "{}", answer.text);
    }
    commit(&lab, json!([])).await.expect_status(400);
    commit(&lab, json!([row(1, json!({"title": "A"})), row(99, json!({"title": "B"}))])).await.expect_status(409);
    assert_eq!(all(&lab).await, "One10 Two20 Three30");
    assert!(lab.log().await.is_empty());
}

#[tokio::test]
async fn what_others_changed_elsewhere_in_a_row_stays() {
    let lab = lab(BOOKS).await;
    let (one, two) = (version(&lab, 1).await, version(&lab, 2).await);
    lab.db.batch_execute("update book set pages = pages + 1 where id <= 2").await.unwrap();
    let changes = |base: Value| {
        json!([{"key": {"id": 1}, "version": one, "base": {"title": "One"}, "set": {"title": "A"}},
            {"key": {"id": 2}, "version": two, "base": base, "set": {"title": "B", "pages": 5}}])
    };
    let answer = commit(&lab, changes(json!({"title": "Two", "pages": 20}))).await.expect(409);
    let rows = answer["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0]["change"], &rows[0]["gone"]), (&json!(1), &json!(false)));
    assert_eq!(rows[0]["fields"], json!([{"field": "pages", "base": 20, "mine": 5, "theirs": 21}]));
    assert_eq!(rows[0]["current_version"], version(&lab, 2).await.as_str());
    assert_eq!(all(&lab).await, "One11 Two21 Three30");
    let done = commit(&lab, changes(json!({"title": "Two", "pages": 21}))).await.expect(200);
    assert_eq!(done["merged"], 2);
    assert_eq!(all(&lab).await, "A11 B5 Three30");
    // Without what it began with, another version is always a conflict.
    commit(&lab, json!([{"key": {"id": 1}, "version": one, "set": {"title": "late"}}])).await.expect_status(409);
    assert_eq!(all(&lab).await, "A11 B5 Three30");
}

#[tokio::test]
async fn who_only_reads_commits_nothing() {
    let lab = lab(BOOKS).await;
    let reader = lab.app.staff(&lab.owner, "developer").await;
    let body = json!({"changes": [{"key": {"id": 1}, "set": {"title": "x"}}]});
    let refused = reader.post("/api/v1/explorer/main/tables/public/book/changes", body).await.expect(403);
    assert_eq!(refused["permission"], "rows:update");
    let log = lab.log().await;
    assert_eq!((log.len(), &log[0]["outcome"], &log[0]["target_kind"]), (1, &json!("refused"), &json!("main.public.book")));
    let panel = lab
        .owner
        .post("/api/v1/explorer/main/tables/identity/roles/changes", json!({"changes": [{"key": {"id": 1}, "set": {"label": "x"}}]}))
        .await;
    assert_eq!(panel.status, 403, "{}", panel.text);
}

#[tokio::test]
async fn the_same_request_twice_is_done_once() {
    let lab = lab(BOOKS).await;
    let body = json!({"changes": [{"key": {"id": 1}, "version": version(&lab, 1).await, "set": {"title": "once"}}]});
    let path = "/api/v1/explorer/main/tables/public/book/changes";
    let send = || lab.owner.send(Method::POST, path, &[("idempotency-key", "k-1")], Some(body.clone()));
    let first = send().await.expect(200);
    assert_eq!(send().await.expect(200).text, first.text);
    assert_eq!(lab.log().await.len(), 1);
}

#[tokio::test]
async fn rows_come_and_go_beside_and_all_of_it_is_taken_back_as_one() {
    let lab = lab(BOOKS).await;
    let changes = json!([{"insert": {"id": 4, "title": "Four", "pages": 4}}, {"key": {"id": 1}, "version": version(&lab, 1).await, "set": {"pages": 11}},
        {"key": {"id": 2}, "version": version(&lab, 2).await, "delete": true}]);
    let path = "/api/v1/explorer/main/tables/public/book/changes";
    let tried = lab.owner.post(path, json!({"changes": changes, "dry_run": true})).await.expect(200);
    assert_eq!((&tried["entry"], tried["tried"].as_array().unwrap().len()), (&Value::Null, 3));
    assert_eq!((&tried["tried"][0]["before"], &tried["tried"][0]["after"]["twice"]), (&Value::Null, &json!(8)));
    assert_eq!((&tried["tried"][1]["before"]["pages"], &tried["tried"][1]["after"]["pages"]), (&json!(10), &json!(11)));
    assert_eq!((&tried["tried"][2]["before"]["title"], &tried["tried"][2]["after"]), (&json!("Two"), &Value::Null));
    assert_eq!((all(&lab).await.as_str(), lab.log().await.len()), ("One10 Two20 Three30", 0), "nothing was changed");

    let done = commit(&lab, changes).await.expect(200);
    assert_eq!(
        (all(&lab).await.as_str(), done["rows"].as_array().unwrap().len(), &done["tried"]),
        ("One11 Three30 Four4", 2, &Value::Null)
    );
    let mut actions: Vec<String> = lab.log().await.iter().map(|entry| entry["action"].as_str().unwrap().to_owned()).collect();
    actions.sort();
    assert_eq!(actions, ["rows.create", "rows.delete", "rows.update"]);
    lab.owner.post("/api/v1/explorer/main/tables/public/book/undo", json!({"entry": done["entry"]})).await.expect_status(200);
    assert_eq!(all(&lab).await, "One10 Two20 Three30");
}

#[tokio::test]
async fn a_row_that_was_changed_is_not_deleted_and_none_is_made_twice() {
    let lab = lab(BOOKS).await;
    let before = version(&lab, 2).await;
    lab.db.batch_execute("update book set pages = 21 where id = 2").await.unwrap();
    let refused = commit(&lab, json!([{"insert": {"id": 4}}, {"key": {"id": 2}, "version": before, "delete": true}])).await.expect(409);
    assert_eq!(
        (&refused["rows"][0]["key"], &refused["rows"][0]["gone"], &refused["rows"][0]["fields"]),
        (&json!("2"), &json!(false), &json!([]))
    );
    for (change, status, field) in [
        (json!({"insert": {"id": 1}}), 409, "changes.0.insert.id"),
        (json!({"insert": {"id": 5, "pages": -1}}), 422, "changes.0.insert.pages"),
        (json!({"insert": {"id": 5, "twice": 1}}), 422, "changes.0.insert.twice"),
        (json!({"insert": {}}), 422, "changes.0.insert"),
        (json!({"key": {"id": 1}, "insert": {"id": 5}}), 422, "changes.0.key"),
        (json!({"key": {"id": 1}, "set": {"pages": 1}, "delete": true}), 422, "changes.0"),
        (json!({"key": {"id": 1}}), 422, "changes.0"),
        (json!({"delete": true}), 422, "changes.0.key"),
    ] {
        let answer = commit(&lab, json!([change])).await;
        assert_eq!((answer.status, answer["errors"][0]["field"].as_str()), (status, Some(field)), "{}", answer.text);
    }
    assert_eq!(all(&lab).await, "One10 Two21 Three30");
}

#[tokio::test]
async fn who_may_only_change_rows_neither_makes_nor_deletes_them_by_it() {
    let lab = lab(BOOKS).await;
    let role = json!({"name": "rows", "label": "Rows", "permissions": ["rows:read", "rows:update"]});
    lab.owner.post("/api/v1/roles", role).await.expect_status(201);
    let clerk = lab.app.staff(&lab.owner, "rows").await;
    let path = "/api/v1/explorer/main/tables/public/book/changes";
    for (change, permission) in [(json!({"insert": {"id": 9}}), "rows:create"), (json!({"key": {"id": 1}, "delete": true}), "rows:delete")]
    {
        for dry_run in [true, false] {
            let refused = clerk.post(path, json!({"changes": [change], "dry_run": dry_run})).await.expect(403);
            assert_eq!(refused["permission"], permission);
        }
    }
    assert_eq!(all(&lab).await, "One10 Two20 Three30");
    clerk.post(path, json!({"changes": [{"key": {"id": 1}, "set": {"pages": 12}}]})).await.expect_status(200);
}
