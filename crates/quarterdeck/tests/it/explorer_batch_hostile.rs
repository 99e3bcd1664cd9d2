//! Batches and those who would misuse them: smuggled SQL, columns and rows that are not theirs to change, tables that change
//! under them, rows that somebody holds.

use crate::batch_lab::{begin_by, ended, path, preview, run, stands, table, undo};
use crate::explorer_lab::lab;
use crate::explorer_seen_as_elsewhere::elsewhere;
use serde_json::{Value, json};
use testkit::PASSWORD;

const THINGS: &str = "create table public.things (id int primary key, name varchar(10), n int check (n < 100), doubled int generated always as (n * 2) stored);
    insert into things select i, 'a' || i, i % 50 from generate_series(1, 100) i";

fn all(set: Value, expected: i64) -> Value {
    json!({"verb": "update", "filter": "", "set": set, "expected": expected})
}

#[tokio::test]
async fn nothing_is_smuggled_in() {
    let lab = lab(THINGS).await;
    for filter in ["id=eq.1); drop table things; --", "id=eq.1'%20or%201=1", "1=1", "id;drop=eq.1", "or=(id.eq.1,id.eq.2));--"] {
        let answer = begin_by(&lab.owner, "things", json!({"verb": "delete", "filter": filter, "expected": 100})).await;
        assert!(answer.status == 400 || answer.status == 422, "{filter}: {} {}", answer.status, answer.text);
    }
    for name in ["limit=1", "order=id", "select=id", "offset=5", "cursor=x"] {
        let refused = begin_by(&lab.owner, "things", json!({"verb": "delete", "filter": name, "expected": 1})).await.expect(400);
        assert!(refused.text.contains("every row"), "{}", refused.text);
    }
    let text = "'); drop table things; --";
    let done = run(&lab, "things", json!({"verb": "update", "filter": "search=a10", "set": {"name": text.get(..9)}, "expected": 2})).await;
    assert_eq!(stands(&done), ("done", 2, 0), "{done}");
    assert_eq!(lab.ask("select count(*) from things").await, "100");
}

#[tokio::test]
async fn values_are_checked_before_anything_begins() {
    let lab = lab(THINGS).await;
    for (body, field) in [
        (json!({"set": {"n": "many"}}), "n"),
        (json!({"set": {"name": "much too long"}}), "name"),
        (json!({"set": {"nmae": "x"}}), "nmae"),
        (json!({"set": {"doubled": 1}}), "doubled"),
        (json!({"defaults": ["doubled"]}), "doubled"),
        (json!({"set": {"id": 1}}), "id"),
        (json!({"set": {"n": 1}, "defaults": ["n"]}), "n"),
        (json!({"set": {}}), "set"),
        (json!({"set": {"n": [1]}}), "n"),
        (json!({"set": {"n": 1}, "except": [{"name": "a1"}]}), "except"),
        (json!({"set": {"n": 1}, "except": [{"id": null}]}), "except"),
        (json!({"set": {"n": 1}, "except": [{"id": 1, "n": 1}]}), "except"),
        (json!({"verb": "delete", "set": {"n": 1}}), "set"),
    ] {
        let mut asked = json!({"verb": "update", "filter": "", "expected": 100});
        asked.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        for path in [table("things"), format!("{}/preview", table("things"))] {
            let refused = lab.owner.post(&path, asked.clone()).await.expect(422);
            assert_eq!(refused["errors"][0]["field"], field, "{body}: {}", refused.text);
        }
    }
    begin_by(&lab.owner, "things", json!({"verb": "undo", "filter": "", "expected": 1})).await.expect_status(400);
    begin_by(&lab.owner, "things", json!({"verb": "delete"})).await.expect_status(400);
    begin_by(&lab.owner, "things", json!({"verb": "delete", "filter": "", "sql": "x"})).await.expect_status(400);
    let excepted =
        begin_by(&lab.owner, "things", json!({"verb": "delete", "filter": "", "except": [{"id": "x"}], "expected": 1})).await.expect(422);
    assert_eq!(excepted["errors"][0]["field"], "except", "{}", excepted.text);
    // A rule that only the rows themselves break is told by the batch, and nothing of it stays.
    let failed = run(&lab, "things", all(json!({"n": 100}), 100)).await;
    assert_eq!(stands(&failed), ("failed", 0, 0));
    assert!(failed["error"].as_str().unwrap().contains("n < 100"), "{failed}");
}

#[tokio::test]
async fn only_who_may_and_only_ones_own() {
    let lab = lab(THINGS).await;
    let begun = begin_by(&lab.owner, "things", all(json!({"n": 1}), 100)).await.body_of(201);
    let (operator, developer) = (lab.app.staff(&lab.owner, "operator").await, lab.app.staff(&lab.owner, "developer").await);
    begin_by(&lab.app.nobody(), "things", all(json!({"n": 1}), 100)).await.expect_status(401);
    assert!(begin_by(&developer, "things", all(json!({"n": 1}), 100)).await.expect(403).text.contains("rows:batch"));
    for verb in ["pause", "resume", "cancel", "undo"] {
        operator.post(&format!("{}/{verb}", path(&begun)), json!({})).await.expect_status(404);
        developer.post(&format!("{}/{verb}", path(&begun)), json!({})).await.expect_status(403);
    }
    operator.get(&path(&begun)).await.expect_status(404);
    assert_eq!(operator.get(&table("things")).await.body_of(200), json!([]));
    lab.owner.get("/api/v1/row-batches/nonsense").await.expect_status(404);
    // Who may run batches needs the right to what they do as well.
    let permissions = json!(["rows:batch", "rows:update"]);
    let role =
        lab.owner.post("/api/v1/roles", json!({"name": "changer", "label": "Changer", "permissions": permissions})).await.body_of(201);
    drop(role);
    let changer = lab.app.staff(&lab.owner, "changer").await;
    let refused = begin_by(&changer, "things", json!({"verb": "delete", "filter": "", "expected": 100})).await.expect(403);
    assert!(refused.text.contains("rows:delete"), "{}", refused.text);
    let seen = changer.post(&format!("{}/preview", table("things")), all(json!({"n": 2}), 100)).await.body_of(200);
    assert_eq!((&seen["rows"], &seen["sample"]), (&json!(100), &Value::Null), "who may not read rows is shown none");
    let done = ended(&lab, &begun).await;
    assert_eq!(stands(&done), ("done", 100, 0));
}

#[tokio::test]
async fn a_table_that_changes_meanwhile_is_told() {
    let lab = lab(THINGS).await;
    for (sql, back, word) in [
        ("alter table things rename column n to m", "alter table things rename column m to n", "n"),
        ("alter table things rename to other", "alter table other rename to things", "things"),
    ] {
        for mode in ["atomic", "chunked"] {
            let asked = json!({"verb": "update", "filter": "n=gte.0", "set": {"n": 1}, "expected": 100, "mode": mode});
            let begun = begin_by(&lab.owner, "things", asked).await.body_of(201);
            lab.db.batch_execute(sql).await.unwrap();
            let failed = ended(&lab, &begun).await;
            assert_eq!(stands(&failed), ("failed", 0, 0));
            assert!(failed["error"].as_str().unwrap().contains(word), "{failed}");
            lab.db.batch_execute(back).await.unwrap();
        }
    }
    let begun = begin_by(&lab.owner, "things", all(json!({"n": 1}), 100)).await.body_of(201);
    lab.db.batch_execute("alter table things rename to old; create table things (like old including all); insert into things (id, n) select i, 5 from generate_series(1, 100) i").await.unwrap();
    let failed = ended(&lab, &begun).await;
    assert!(failed["error"].as_str().unwrap().contains("made anew"), "{failed}");
    assert_eq!(lab.ask("select count(*) from things where n = 5").await, "100");
}

#[tokio::test]
async fn rows_that_somebody_holds_are_waited_for_and_then_told() {
    let lab = lab(THINGS).await;
    let other = lab.app.database().await;
    other.batch_execute("begin; update things set name = 'mine' where id = 50").await.unwrap();
    let failed = run(&lab, "things", all(json!({"n": 1}), 100)).await;
    assert_eq!(stands(&failed), ("failed", 0, 0));
    assert!(failed["error"].as_str().unwrap().contains("Somebody else holds"), "{failed}");
    let asked = json!({"verb": "update", "filter": "", "set": {"n": 1}, "expected": 100, "mode": "chunked"});
    let paused = run(&lab, "things", asked).await;
    assert_eq!(stands(&paused), ("paused", 0, 0), "{paused}");
    assert!(paused["error"].as_str().unwrap().contains("Somebody else holds"), "{paused}");
    other.batch_execute("commit").await.unwrap();
    lab.owner.post(&format!("{}/resume", path(&paused)), json!({})).await.expect_status(200);
    assert_eq!(stands(&ended(&lab, &paused).await), ("done", 100, 0));
    assert_eq!(lab.ask("select name from things where id = 50").await, "mine");
}

#[tokio::test]
async fn keys_and_names_of_every_kind() {
    let hostile = "we\"ird; drop table x --\u{1f980}";
    let quoted = hostile.replace('"', "\"\"");
    let lab = lab(&format!(
        "create table public.\"{quoted}\" (\"a\"\"b\" char(4), at timestamptz, f float8, \"set\" text[], primary key (\"a\"\"b\", at, f));
         insert into public.\"{quoted}\" select 'x' || i, timestamptz '2026-01-01' + i * interval '1.000001 s', i / 3.0, array['{{'] from generate_series(1, 30) i;
         create domain public.code as text check (value <> ''); create type public.\"Mood\" as enum ('a,b', 'c\"d');
         create table public.coded (code code primary key, mood \"Mood\"); insert into coded select i || ',\"\\{{}}', 'a,b' from generate_series(1, 10) i;
         create table public.parts (id int, at date, n int, primary key (id, at)) partition by range (at);
         create table public.part1 partition of parts for values from ('2026-01-01') to ('2026-02-01');
         create table public.part2 partition of parts for values from ('2026-02-01') to ('2026-03-01');
         insert into parts select i, date '2026-01-01' + i, i from generate_series(0, 50) i"
    ))
    .await;
    for (name, body, expected, changed) in [
        (
            hostile,
            json!({"set": {"set": ["x", null, "{\"}"]}, "except": [{"a\"b": "x1", "at": "2026-01-01T00:00:01.000001Z", "f": "0.3333333333333333"}]}),
            29,
            "\"set\" = array['x', null, '{\"}']",
        ),
        ("coded", json!({"set": {"mood": "c\"d"}}), 10, "mood = 'c\"d'"),
        ("parts", json!({"set": {"n": -1}}), 51, "n = -1"),
    ] {
        for mode in ["atomic", "chunked"] {
            let mut asked = json!({"verb": "update", "filter": "", "expected": expected, "mode": mode});
            asked.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
            let done = run(&lab, name, asked).await;
            assert_eq!(stands(&done), ("done", expected, 0), "{name}: {done}");
            let count = format!("select count(*) from \"{}\" where {changed}", name.replace('"', "\"\""));
            assert_eq!(lab.ask(&count).await, expected.to_string());
            let undone = undo(&lab, &done, json!({})).await;
            assert_eq!(stands(&undone), ("done", expected, 0), "{name}: {undone}");
            assert_eq!(lab.ask(&count).await, "0");
        }
    }
}

#[tokio::test]
async fn what_has_no_rows_of_its_own_is_refused_with_the_reason() {
    let lab = lab("create table public.keyless (a int); insert into keyless values (1);
        create table public.base (id int primary key); create view public.seen as select id from base;
        create function public.instead() returns trigger language plpgsql as 'begin return null; end';
        create view public.handled as select id, 1 as n from base union select 0, 0;
        create trigger instead instead of update or delete on public.handled for each row execute function public.instead();
        create materialized view public.frozen as select 1 as id")
    .await;
    for (name, word) in [("keyless", "no primary key"), ("seen", "no primary key"), ("handled", "no primary key"), ("frozen", "refreshing")]
    {
        for path in [table(name), format!("{}/preview", table(name))] {
            let refused = lab.owner.post(&path, json!({"verb": "delete", "filter": "", "expected": 1})).await.expect(403);
            assert!(refused["detail"].as_str().unwrap().contains(word), "{name}: {}", refused.text);
        }
    }
    // The panel's own tables have rules that only their own pages know.
    let path = "/api/v1/explorer/main/tables/explorer/batches/batches";
    let refused = lab.owner.post(path, json!({"verb": "update", "filter": "", "set": {"status": "done"}, "expected": 1})).await.expect(403);
    assert!(refused.text.contains("belongs to the panel"), "{}", refused.text);
}

#[tokio::test]
async fn what_is_kept_is_shown_to_nobody_and_forged_by_nobody() {
    let lab = lab(THINGS).await;
    let done = run(&lab, "things", all(json!({"name": "new"}), 100)).await;
    lab.owner.get("/api/v1/data/main/batch_pieces?limit=1").await.expect_status(404);
    let pieces = lab.owner.send(http::Method::GET, "/api/v1/data/main/batch_pieces", &[("accept-profile", "explorer")], None).await;
    assert!(pieces.status == 403 || pieces.status == 404, "{} {}", pieces.status, pieces.text);
    let asked = lab.owner.send(http::Method::GET, "/api/v1/data/main/batches?select=asked", &[("accept-profile", "explorer")], None).await;
    assert_eq!(asked.status, 400, "{}", asked.text);
    lab.db.batch_execute("update explorer.batch_pieces set content = replace(content, '\"a1\"', '\"forged\"')").await.unwrap();
    let refused = undo(&lab, &done, json!({})).await;
    assert_eq!(stands(&refused), ("failed", 0, 0));
    assert!(refused["error"].as_str().unwrap().contains("not written by this panel"), "{refused}");
    assert_eq!(lab.ask("select count(*) from things where name = 'new'").await, "100");
    // Values are forgotten in time, and then nothing can be taken back.
    lab.db.batch_execute("update explorer.batches set created_at = created_at - interval '31 days'").await.unwrap();
    lab.db
        .batch_execute("update kernel.schedules set next_at = now() - interval '10 years' where name = 'explorer-batches'")
        .await
        .unwrap();
    let late = ended(&lab, &done).await;
    assert_eq!(late["undo"]["reason"], "What the rows were before is not kept any more", "{late}");
}

#[tokio::test]
async fn policies_and_rights_of_another_server_decide() {
    let lab = lab("select 1").await;
    let (admin, url) = elsewhere("batched", "changer").await;
    admin
        .batch_execute(&format!(
            "create role changer login password '{PASSWORD}'; create table public.notes (id int primary key, owner text, body text, secret text default 's');
             insert into notes select i, case when i % 2 = 0 then 'me' else 'you' end, 'b' from generate_series(1, 20) i;
             grant select (id, owner, body), update (body, secret), delete on notes to changer; alter table notes enable row level security;
             create policy seen on notes for select to changer using (id > 2); create policy own on notes for update to changer using (owner = 'me');
             create policy gone on notes for delete to changer using (owner = 'me')"
        ))
        .await
        .unwrap();
    lab.source("other", &url).await;
    let there = "/api/v1/explorer/other/tables/public/notes/batches";
    let begin = async |asked: Value| lab.owner.post(there, asked).await;
    let refused = begin(json!({"verb": "update", "filter": "", "set": {"owner": "me"}, "expected": 18})).await.expect(422);
    assert!(refused.text.contains("may not write owner"), "{}", refused.text);
    begin(json!({"verb": "update", "filter": "secret=eq.s", "set": {"body": "x"}, "expected": 18})).await.expect_status(400);
    let asked = |mode: &str| json!({"verb": "update", "filter": "", "set": {"body": "x"}, "expected": 18, "mode": mode});
    let held = ended(&lab, &begin(asked("atomic")).await.body_of(201)).await;
    assert_eq!(stands(&held), ("failed", 0, 0), "{held}");
    assert!(held["error"].as_str().unwrap().contains("policy"), "{held}");
    let done = ended(&lab, &begin(asked("chunked")).await.body_of(201)).await;
    assert_eq!(stands(&done), ("done", 9, 9), "{done}");
    let changed: i64 =
        admin.query_one("select count(*) from notes where body = 'x' and owner = 'me' and id > 2", &[]).await.unwrap().get(0);
    assert_eq!(changed, 9);
    assert!(done["undo"]["reason"].as_str().unwrap().contains("no version"), "not every column may be read: {done}");
    let seen = preview_at(&lab, there, json!({"verb": "delete", "filter": "owner=eq.me"})).await;
    assert!(seen["undo"]["reason"].as_str().unwrap().contains("secret"), "{seen}");
    let log: Vec<Value> = lab.app.audit().await.into_iter().filter(|e| e["action"] == "rows.batch").collect();
    assert!(log.iter().all(|entry| entry["target_kind"] == "other.public.notes"), "{log:?}");
}

async fn preview_at(lab: &crate::explorer_lab::Lab, there: &str, asked: Value) -> Value {
    lab.owner.post(&format!("{there}/preview"), asked).await.body_of(200)
}

#[tokio::test]
async fn a_trigger_that_holds_rows_back_stops_all_of_it() {
    let lab = lab(&format!(
        "{THINGS}; create function public.hold() returns trigger language plpgsql as 'begin if old.id = 77 then return null; end if; return new; end';
         create trigger hold before update on public.things for each row execute function public.hold()"
    ))
    .await;
    let seen = preview(&lab, "things", json!({"verb": "update", "filter": "id=eq.77", "set": {"n": 1}})).await;
    assert_eq!(seen["sample"][0]["after"], Value::Null, "it is left as it is: {seen}");
    let failed = run(&lab, "things", all(json!({"name": "x"}), 100)).await;
    assert_eq!(stands(&failed), ("failed", 0, 0));
    assert!(failed["error"].as_str().unwrap().contains("leaves 1 rows"), "{failed}");
    let asked = json!({"verb": "update", "filter": "", "set": {"name": "x"}, "expected": 100, "mode": "chunked"});
    let done = run(&lab, "things", asked).await;
    assert_eq!(stands(&done), ("done", 99, 1), "{done}");
    assert_eq!(stands(&undo(&lab, &done, json!({})).await), ("done", 99, 0));
}

#[tokio::test]
async fn sensitive_columns_are_neither_shown_nor_asked_about_and_come_back_all_the_same() {
    let lab = lab("create table public.person (id int primary key, name text, ssn text); insert into person select i, 'n' || i, 'ssn-' || i from generate_series(1, 20) i").await;
    let source = lab.owner.get("/api/v1/sources?name=eq.main").await.body_of(200)[0]["id"].clone();
    let mark = json!({"source_id": source, "schema_name": "public", "table_name": "person", "column_name": "ssn", "treatment": "hidden"});
    lab.owner.post("/api/v1/sensitive-columns", mark).await.expect_status(201);
    lab.owner.get("/api/v1/explorer/main/tables/public/person").await.expect_status(200);
    let seen = preview(&lab, "person", json!({"verb": "delete", "filter": "id=lt.4"})).await;
    assert!(!seen.to_string().contains("ssn-") && seen["rows"] == 3 && seen["undo"]["allowed"] == true, "{seen}");
    let guessed = begin_by(&lab.owner, "person", json!({"verb": "delete", "filter": "ssn=eq.ssn-1", "expected": 1})).await;
    assert!(guessed.status == 400 || guessed.status == 422, "{} {}", guessed.status, guessed.text);
    let found = preview(&lab, "person", json!({"verb": "delete", "filter": "search=ssn-1"})).await;
    assert_eq!(found["rows"], 0, "a search doesn't look there");
    begin_by(&lab.owner, "person", json!({"verb": "update", "filter": "", "set": {"ssn": "x"}, "expected": 20})).await.expect_status(422);
    let done = run(&lab, "person", json!({"verb": "delete", "filter": "id=lt.4", "expected": 3})).await;
    assert_eq!(stands(&done), ("done", 3, 0));
    assert!(!lab.app.audit().await.iter().any(|entry| entry.to_string().contains("ssn-")), "nothing of it is in the log");
    assert_eq!(stands(&undo(&lab, &done, json!({})).await), ("done", 3, 0));
    assert_eq!(lab.ask("select string_agg(ssn, ',' order by id) from person where id < 4").await, "ssn-1,ssn-2,ssn-3");
}
