//! Comparing what two people see of a table: columns, policies, counts and rows; and that it opens no door which seeing as
//! somebody doesn't.

use crate::compare_lab::{beside, compare, counts, pages};
use crate::explorer_lab::encoded;
use crate::seen_lab::{Desk, HEADER, rows, tasks};
use chrono::Duration;
use http::Method;
use serde_json::{Value, json};

const OWN: &str = "own";

#[tokio::test]
async fn two_people_see_different_rows_of_a_tutorial() {
    let desk = Desk::new("").await;
    let owner = &desk.lab.owner;
    let (grace, alan) = (desk.look_as(&desk.grace).await, desk.look_as(&desk.alan).await);
    let compared = compare(owner, "todos", &grace, &alan).await.expect(200);
    assert_eq!(counts(&compared), "0/2/1", "{}", compared.text);
    assert_eq!((&compared["counts"]["complete"], &compared["key"]), (&json!(true), &json!(["id"])));
    assert_eq!((&compared["first"]["who"]["label"], &compared["second"]["who"]["label"]), (&json!("Grace Hopper"), &json!("Alan Turing")));
    assert_eq!(compared["first"]["role"], "authenticated");
    assert_eq!(compared["first"]["policies"].as_array().unwrap().len(), 4);
    let whole = compare(owner, "todos", OWN, &alan).await.expect(200);
    assert_eq!((counts(&whole), &whole["first"]["who"]["kind"]), ("1/2/0".into(), &json!("own")));
    let service = desk.look("service").await;
    let above = compare(owner, "todos", &service, OWN).await.expect(200);
    assert_eq!((counts(&above), &above["first"]["row_security"]["above"]), ("3/0/0".into(), &json!("bypass")));

    let only = pages(owner, "todos", (&grace, &alan), "seen_by=first").await.expect(200);
    let shown: Vec<&Value> = only["rows"].as_array().unwrap().iter().map(|row| &row["first"]["task"]).collect();
    assert_eq!((shown, &only["next"]), (vec![&json!("compile"), &json!("debug")], &Value::Null));
    assert!(only["rows"].as_array().unwrap().iter().all(|row| row["second"].is_null()));
    let other = pages(owner, "todos", (&grace, &alan), "seen_by=second").await.expect(200);
    assert_eq!((&other["rows"][0]["second"]["task"], &other["rows"][0]["key"]), (&json!("halt"), &json!(["3"])));
    let both = pages(owner, "todos", (OWN, &alan), "seen_by=both").await.expect(200);
    assert_eq!((&both["rows"][0]["first"], &both["rows"][0]["second"]["task"]), (&both["rows"][0]["second"], &json!("halt")));
    let on = pages(owner, "todos", (OWN, &alan), &format!("seen_by=first&after={}", encoded("[\"1\"]"))).await.expect(200);
    assert_eq!(on["rows"].as_array().unwrap().len(), 1, "{}", on.text);

    // One's own session is nobody's place all the while.
    assert_eq!(desk.lab.get("main/todos").await.expect(200).body.as_array().unwrap().len(), 3);
    // Each look names both, and those who were looked as.
    let log = desk.lab.log().await;
    let looked: Vec<&str> = log.iter().filter(|e| e["action"] == "rows.compare").filter_map(|e| e["subject_label"].as_str()).collect();
    assert!(looked.contains(&"Grace Hopper") && looked.contains(&"Alan Turing") && looked.contains(&"service_role"), "{looked:?}");
    let begun = owner.get("/api/v1/impersonations?surface=eq.comparison").await.expect(200);
    assert_eq!(begun.body.as_array().unwrap().len(), 3);
    assert!(begun.body.as_array().unwrap().iter().all(|one| one["read_only"] == true && one["reason"] == "Case 17"));
}

#[tokio::test]
async fn columns_are_compared_by_what_was_granted() {
    let desk = Desk::new(
        "create table public.people (id int primary key, name text, salary int); insert into public.people values (1, 'Ada', 10), (2, 'Bo', 20);
         grant select (id, name) on public.people to anon; grant select on public.people to authenticated;
         create table public.odd (id int primary key, name text); grant select (name) on public.odd to anon; insert into public.odd values (1, 'x');
         create table public.shut (id int primary key); insert into public.shut values (1);
         create table public.keyless (name text); grant select on public.keyless to anon;
         create view public.seen as select name from public.people; grant select on public.seen to anon;
         create table public.pairs (a text, b int, primary key (a, b)); alter table public.pairs enable row level security;
         create policy a_few on public.pairs to anon using (b > 1); grant select on public.pairs to anon, authenticated;
         insert into public.pairs select chr(97 + n % 3), n from generate_series(1, 120) n;",
    )
    .await;
    let owner = &desk.lab.owner;
    let (anon, grace) = (desk.look("anon").await, desk.look_as(&desk.grace).await);
    let people = compare(owner, "people", &anon, &grace).await.expect(200);
    let column = |name: &str| people["columns"].as_array().unwrap().iter().find(|c| c["name"] == name).unwrap().clone();
    assert_eq!((&column("salary")["first"], &column("salary")["second"]), (&json!(false), &json!(true)));
    assert_eq!((&column("name")["first"], counts(&people)), (&json!(true), "2/0/0".into()));
    let both = pages(owner, "people", (&anon, &grace), "seen_by=both").await.expect(200);
    assert_eq!(both["rows"][0], json!({"key": ["1"], "first": {"id": 1, "name": "Ada"}, "second": {"id": 1, "name": "Ada", "salary": 10}}));

    let shut = compare(owner, "shut", &anon, OWN).await.expect(200);
    assert_eq!((counts(&shut), &shut["first"]["privileges"]["select"]), ("0/0/1".into(), &json!(false)));
    let told = async |table: &str| compare(owner, table, &anon, OWN).await.expect(200)["reason"].as_str().unwrap_or_default().to_owned();
    assert!(told("odd").await.contains("not id of the primary key"), "{}", told("odd").await);
    assert!(told("keyless").await.starts_with("This table has no primary key"));
    assert!(told("seen").await.starts_with("A view has no primary key"));
    pages(owner, "keyless", (&anon, OWN), "").await.expect_status(403);
    compare(owner, "nowhere", &anon, OWN).await.expect_status(404);

    // Keys of several columns, a page at a time.
    let pairs = compare(owner, "pairs", OWN, &anon).await.expect(200);
    assert_eq!(counts(&pairs), "119/1/0", "{}", pairs.text);
    assert_eq!(counts(&compare(owner, "pairs", &grace, &anon).await.expect(200)), "0/0/119");
    let (mut after, mut seen) = (String::new(), Vec::new());
    loop {
        let page = pages(owner, "pairs", (OWN, &anon), &format!("seen_by=both{after}")).await.expect(200);
        seen.extend(page["rows"].as_array().unwrap().iter().map(|row| row["key"].clone()));
        if page["next"].is_null() {
            break;
        }
        after = format!("&after={}", encoded(&page["next"].to_string()));
    }
    assert_eq!(seen.len(), 119);
    seen.dedup();
    assert_eq!(seen.len(), 119);
    for bad in ["after=7", "after=%5B%221%22%5D", "seen_by=third", "after=%5B%5D"] {
        pages(owner, "pairs", (OWN, &anon), bad).await.expect_status(400);
    }
}

#[tokio::test]
async fn what_is_hidden_stays_hidden() {
    let desk = Desk::new("grant select on public.todos to service_role;").await;
    let owner = &desk.lab.owner;
    let main = owner.get("/api/v1/sources?name=eq.main").await.expect(200)[0]["id"].clone();
    let mark = json!({"source_id": main, "schema_name": "public", "table_name": "todos", "column_name": "task", "treatment": "hidden"});
    owner.post("/api/v1/sensitive-columns", mark).await.expect_status(201);

    let grace = desk.look_as(&desk.grace).await;
    let compared = compare(owner, "todos", OWN, &grace).await.expect(200);
    let task = compared["columns"].as_array().unwrap().iter().find(|c| c["name"] == "task").unwrap().clone();
    assert_eq!((&task["sensitive"], counts(&compared)), (&json!(true), "2/1/0".into()));
    for by in ["first", "both"] {
        let page = pages(owner, "todos", (OWN, &grace), &format!("seen_by={by}")).await.expect(200);
        assert!(!page.text.contains("halt") && !page.text.contains("compile"), "{}", page.text);
    }
}

#[tokio::test]
async fn it_takes_what_seeing_as_somebody_takes() {
    let desk = Desk::new("").await;
    let app = &desk.lab.app;
    let owner = &desk.lab.owner;
    let begin = async |by: &testkit::Client, input: Value| by.post("/api/v1/impersonations/begin", input).await;
    // The same words are missing that are missing for the other kind.
    begin(owner, json!({"kind": "anon", "comparing": true})).await.expect_status(422);
    begin(owner, json!({"kind": "anon", "comparing": true, "reason": "Case 17", "read_only": false})).await.expect_status(422);
    begin(owner, json!({"kind": "user", "comparing": true, "reason": "Case 17"})).await.expect_status(422);
    let developer = app.staff(owner, "developer").await;
    begin(&developer, json!({"kind": "anon", "comparing": true, "reason": "Case 17"})).await.expect_status(403);
    let operator = app.staff(owner, "operator").await;
    begin(&operator, json!({"kind": "service", "comparing": true, "reason": "Case 17"})).await.expect_status(403);
    let anon = beside(&operator, json!({"kind": "anon"})).await;
    compare(&operator, "todos", OWN, &anon).await.expect_status(200);

    // What somebody else began is nobody else's.
    compare(owner, "todos", OWN, &anon).await.expect_status(410);
    compare(&developer, "todos", OWN, &anon).await.expect_status(410);
    compare(owner, "todos", OWN, "0190b6c8-0000-7000-8000-000000000050").await.expect_status(410);
    compare(owner, "todos", OWN, "root").await.expect_status(400);
    // One that may be looked from and one that may not: nothing is told.
    let mine = desk.look("anon").await;
    let refused = compare(owner, "todos", &mine, &anon).await.expect(410);
    assert!(refused["counts"].is_null());
    // A key can't have begun one.
    let key = owner.post("/api/v1/keys", json!({"name": "k", "scopes": ["*"]})).await.expect(201)["key"].as_str().unwrap().to_owned();
    compare(&app.nobody().with_key(&key), "todos", OWN, &mine).await.expect_status(410);

    // A request that names it is answered there, and only looks; others aren't.
    let grace = desk.look_as(&desk.grace).await;
    assert_eq!(tasks(owner, &grace).await, ["compile", "debug"]);
    let write = owner.send(Method::DELETE, "/api/v1/data/main/todos?id=eq.1", &[(HEADER, &grace)], None).await;
    write.expect_status(403);
    owner.send(Method::GET, "/api/v1/users", &[(HEADER, &grace)], None).await.expect_status(403);
    assert!(owner.get("/api/v1/session").await.expect(200)["impersonation"].is_null());
    // Nor does one compare from there: the explorer's own eyes are more than that place has.
    let path = format!("/api/v1/explorer/main/tables/public/todos/compare?first=own&second={mine}");
    owner.send(Method::GET, &path, &[(HEADER, &grace)], None).await.expect_status(403);
    // Leaving it ends it, and it alone.
    owner.send(Method::DELETE, "/api/v1/impersonation", &[(HEADER, &grace)], None).await.expect_status(204);
    compare(owner, "todos", OWN, &grace).await.expect_status(410);
    compare(owner, "todos", OWN, &mine).await.expect_status(200);
}

#[tokio::test]
async fn it_ends_as_seeing_as_somebody_ends() {
    let desk = Desk::new("").await;
    let (app, owner) = (&desk.lab.app, &desk.lab.owner);
    let grace = desk.look_as(&desk.grace).await;
    compare(owner, "todos", OWN, &grace).await.expect_status(200);
    owner.post(&format!("/api/v1/users/{}/suspend", desk.grace), json!({})).await.expect_status(200);
    compare(owner, "todos", OWN, &grace).await.expect_status(410);
    // In somebody's place the session is in no other.
    let alan = desk.look_as(&desk.alan).await;
    let anon = desk.begin(owner, json!({"kind": "anon", "reason": "Case 17"})).await;
    compare(owner, "todos", OWN, &alan).await.expect_status(403);
    rows(owner, &alan, "todos").await.expect_status(410);
    rows(owner, &anon, "todos").await.expect_status(200);
    desk.stop().await;
    compare(owner, "todos", OWN, &alan).await.expect_status(410);
    // And by time.
    let alan = desk.look_as(&desk.alan).await;
    app.advance(Duration::minutes(14));
    compare(owner, "todos", OWN, &alan).await.expect_status(200);
    app.advance(Duration::minutes(2));
    compare(owner, "todos", OWN, &alan).await.expect_status(410);
}

#[tokio::test]
async fn policies_that_write_raise_leak_or_never_end_are_told_and_do_nothing() {
    let desk = Desk::new(
        "create table public.noise (id int); grant insert on public.noise to authenticated;
         create function public.writes(int) returns bool language plpgsql volatile as $$ begin insert into public.noise values ($1); return true; end $$;
         create function public.raises(t text) returns bool language plpgsql volatile as $$ begin raise exception 'no % for you', t; end $$;
         create function public.sleeps() returns bool language plpgsql volatile as $$ begin perform pg_sleep(30); return true; end $$;
         create function public.slips() returns bool language plpgsql volatile as $$ begin reset role; return true; end $$;
         create function public.tells(t text) returns bool language plpgsql volatile cost 0.0001 as $$ begin raise notice 'saw %', t; return true; end $$;
         create table public.w (id int primary key, t text); create table public.r (id int primary key, t text); create table public.s (id int primary key, t text);
         create table public.l (id int primary key, t text); create table public.c (id int primary key, t text, mine bool);
         insert into public.w values (1, 'x'); insert into public.r values (1, 'gold'); insert into public.s values (1, 'x'); insert into public.l values (1, 'x');
         insert into public.c values (1, 'open', true), (2, 'silver', false);
         alter table public.w enable row level security; create policy p on public.w using (public.writes(id));
         alter table public.r enable row level security; create policy p on public.r using (public.raises(t));
         alter table public.s enable row level security; create policy p on public.s using (public.sleeps());
         alter table public.l enable row level security; create policy p on public.l using (public.slips());
         alter table public.c enable row level security; create policy p on public.c using (mine and public.tells(t));
         grant select on public.w, public.r, public.s, public.l, public.c to authenticated;",
    )
    .await;
    let owner = &desk.lab.owner;
    let grace = desk.look_as(&desk.grace).await;
    let reason = async |table: &str| compare(owner, table, OWN, &grace).await.expect(200)["reason"].as_str().unwrap_or_default().to_owned();
    assert!(reason("w").await.contains("read-only"), "{}", reason("w").await);
    assert_eq!(desk.lab.ask("select count(*) from public.noise").await, "0");
    assert!(reason("r").await.contains("No gold for you"), "what the owner may read anyway");
    assert!(reason("s").await.contains("longer than"), "{}", reason("s").await);
    let slipped = compare(owner, "l", OWN, &grace).await.expect(403);
    assert!(slipped["detail"].as_str().unwrap().contains("tried to leave the role"), "{}", slipped.text);
    let page = pages(owner, "c", (&grace, OWN), "seen_by=first").await.expect(200);
    assert!(page["rows"].as_array().unwrap().is_empty());
    assert_eq!(counts(&compare(owner, "c", &grace, OWN).await.expect(200)), "1/0/1");
    assert!(!pages(owner, "c", (&grace, OWN), "seen_by=both").await.expect(200).text.contains("silver"));
    pages(owner, "r", (OWN, &grace), "").await.expect_status(422);
    // Connections on which that happened serve nobody wrongly.
    assert_eq!(tasks(owner, &grace).await, ["compile", "debug"]);
}

#[tokio::test]
async fn a_large_table_is_compared_as_far_as_is_said() {
    let desk = Desk::new(
        "create table public.many (id int primary key, odd bool); insert into public.many select n, n % 2 = 1 from generate_series(1, 130000) n;
         alter table public.many enable row level security; create policy odd on public.many using (odd); grant select on public.many to anon;",
    )
    .await;
    let anon = desk.look("anon").await;
    let compared = compare(&desk.lab.owner, "many", OWN, &anon).await.expect(200);
    assert_eq!(counts(&compared), "50000/50000/0");
    assert_eq!((&compared["counts"]["complete"], &compared["counts"]["up_to"]), (&json!(false), &json!(["100000"])));
    // Pages go on after that.
    let after = encoded("[\"129990\"]");
    let page = pages(&desk.lab.owner, "many", (OWN, &anon), &format!("seen_by=first&after={after}")).await.expect(200);
    assert_eq!((page["rows"].as_array().unwrap().len(), &page["next"]), (5, &Value::Null));
}
