//! What nobody learns from a live grid, and when it ends.

use crate::explorer_lab::lab;
use crate::live_lab::{Grid, path};
use crate::seen_lab::{Desk, HEADER};
use chrono::Duration;
use http::Method;
use serde_json::json;

const TABLE: &str = "create table public.things (id int primary key, name text); insert into things values (1, 'one'), (2, 'two')";

#[tokio::test]
async fn rows_that_row_policies_hide_have_not_changed() {
    let desk = Desk::new("").await;
    let id = desk.as_grace().await;
    let (mut grid, state) = Grid::live(&desk.lab.owner, "main", "todos", &[(HEADER, &id)]).await;
    assert_eq!(state["complete"], false, "who sees some rows isn't told of all changes");
    let (grace, alan) = (&desk.grace, &desk.alan);
    // Alan's come and go, and Grace's grid says nothing.
    let unseen = format!(
        "insert into todos (user_id, task) values ('{alan}', 'prove'); update todos set task = 'stop' where user_id = '{alan}';
         delete from todos where user_id = '{alan}'"
    );
    desk.lab.db.batch_execute(&unseen).await.unwrap();
    desk.lab.db.batch_execute(&format!("insert into todos (id, user_id, task) values (5000, '{grace}', 'link')")).await.unwrap();
    let change = grid.change().await;
    assert_eq!(change["keys"], json!([["5000"]]));
    assert_eq!(change["changes"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&change["changes"][0]["inserted"], &change["changes"][0]["updated"], &change["changes"][0]["deleted"]),
        (&json!(1), &json!(0), &json!(0))
    );
    // Of one statement that changes hers and his, only hers.
    let both = format!("insert into todos (id, user_id, task) values (6000, '{alan}', 'a'), (6001, '{grace}', 'b')");
    desk.lab.db.batch_execute(&both).await.unwrap();
    let change = grid.change().await;
    assert_eq!((&change["keys"], &change["changes"][0]["inserted"]), (&json!([["6001"]]), &json!(1)));
    // Of many of his nothing, and of many of hers that they are many.
    let flood = |whose: &str| format!("insert into todos (user_id, task) select '{whose}', n::text from generate_series(1, 1000) n");
    desk.lab.db.batch_execute(&flood(grace)).await.unwrap();
    let change = grid.change().await;
    assert_eq!((&change["keys"], &change["changes"][0]["inserted"], &change["deleted"]), (&json!(null), &json!(null), &json!([])));
    desk.lab.db.batch_execute("truncate todos").await.unwrap();
    desk.lab.db.batch_execute(&flood(alan)).await.unwrap();
    desk.lab.db.batch_execute(&format!("insert into todos (id, user_id, task) values (9000, '{grace}', 'y')")).await.unwrap();
    let told = grid.until(&json!(["9000"])).await;
    assert!(told.len() == 1 && told[0]["changes"][0]["inserted"] == 1 && told[0]["changes"][0]["truncated"] == false, "{told:?}");
}

#[tokio::test]
async fn it_ends_with_the_session_and_with_the_place() {
    let lab = lab(TABLE).await;
    let second = lab.app.sign_in(testkit::OWNER_EMAIL).await;
    let (mut grid, _) = Grid::live(&second, "main", "things", &[]).await;
    second.delete("/api/v1/session").await.expect_status(200);
    assert_eq!(grid.end().await["status"], 401);

    let desk = Desk::new("").await;
    let id = desk.as_grace().await;
    let (mut grid, _) = Grid::live(&desk.lab.owner, "main", "todos", &[(HEADER, &id)]).await;
    desk.stop().await;
    let ended = grid.end().await;
    assert!(ended["status"].as_u64().unwrap() >= 400, "{ended}");
}

#[tokio::test]
async fn it_ends_when_a_permission_or_a_right_is_taken_away() {
    let lab = lab(TABLE).await;
    let developer = lab.app.staff(&lab.owner, "developer").await;
    let (mut grid, _) = Grid::live(&developer, "main", "things", &[]).await;
    let role =
        lab.owner.post("/api/v1/roles", json!({"name": "nothing", "label": "Nothing", "permissions": ["audit:read"]})).await.expect(201);
    let staff = lab.owner.get("/api/v1/staff?email=eq.developer@example.com").await.expect(200);
    let change = format!("/api/v1/staff/{}/change-role", staff[0]["id"].as_str().unwrap());
    lab.owner.post(&change, json!({"role_id": role["id"]})).await.expect(200);
    let ended = grid.end().await;
    assert_eq!((&ended["status"], &ended["permission"]), (&json!(403), &json!("rows:read")));

    // In somebody's place what counts are the rights of the role.
    let desk = Desk::new("").await;
    let id = desk.as_grace().await;
    let (mut grid, _) = Grid::live(&desk.lab.owner, "main", "todos", &[(HEADER, &id)]).await;
    desk.lab.db.batch_execute("revoke all on todos from authenticated").await.unwrap();
    desk.lab.db.batch_execute(&format!("insert into todos (user_id, task) values ('{}', 'x')", desk.grace)).await.unwrap();
    assert_eq!(grid.end().await["status"], 403);
}

#[tokio::test]
async fn a_column_that_may_not_be_read_is_in_no_event() {
    let desk =
        Desk::new("create table public.notes (secret text primary key, body text); grant select (body) on public.notes to authenticated;")
            .await;
    let id = desk.as_grace().await;
    let (mut grid, _) = Grid::live(&desk.lab.owner, "main", "notes", &[(HEADER, &id)]).await;
    desk.lab.db.batch_execute("insert into notes values ('hunter2', 'x'); delete from notes").await.unwrap();
    let change = grid.change().await;
    assert!(!change.to_string().contains("hunter2"), "{change}");
}

#[tokio::test]
async fn a_sensitive_key_is_in_no_event() {
    let lab = lab("create table public.cards (number text primary key, name text)").await;
    let main = lab.owner.get("/api/v1/sources?name=eq.main").await.body_of(200);
    let mark = json!({"source_id": main[0]["id"], "schema_name": "public", "table_name": "cards", "column_name": "number"});
    lab.owner.post("/api/v1/sensitive-columns", mark).await.expect_status(201);
    let (mut grid, _) = Grid::live(&lab.owner, "main", "cards", &[]).await;
    lab.db.batch_execute("insert into cards values ('4111111111111111', 'Ada'); delete from cards").await.unwrap();
    let change = grid.change().await;
    assert!(!change.to_string().contains("4111") && change["keys"].is_null() && change["deleted"].is_null(), "{change}");
}

#[tokio::test]
async fn who_only_watches_is_idle() {
    let lab = lab(TABLE).await;
    let seen = "select last_seen_at from dashboard_auth.sessions order by created_at desc limit 1";
    let (mut grid, _) = Grid::live(&lab.owner, "main", "things", &[]).await;
    let before = lab.ask(seen).await;
    lab.app.advance(Duration::minutes(5));
    lab.db.batch_execute("update things set name = 'x'").await.unwrap();
    grid.change().await;
    assert_eq!(lab.ask(seen).await, before, "a stream that goes on is no sign of life");
    lab.owner.get("/api/v1/session").await.expect(200);
    lab.app.advance(Duration::days(1));
    assert_eq!(grid.end().await["status"], 401);
}

#[tokio::test]
async fn there_is_an_end_to_the_grids_of_one_person() {
    let lab = lab(TABLE).await;
    let mut grids = Vec::new();
    for _ in 0..60 {
        grids.push(Grid::open(&lab.owner, &path("main", "things"), &[]).await);
    }
    let refused = lab.owner.get(&path("main", "things")).await.expect(429);
    assert!(refused["detail"].as_str().unwrap().contains("60 live grids"));
    // Who closes one has room for another.
    drop(grids);
    let opens = async || lab.owner.open(Method::GET, &path("main", "things"), &[], None).await.status();
    while opens().await != 200 {
        tokio::task::yield_now().await;
    }
}
