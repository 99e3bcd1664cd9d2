//! The SQL console: what a run says, what it keeps, and how it ends.

use crate::console_lab::{Frames, ask, read, write};
use crate::explorer_lab::{Lab, lab};
use futures::StreamExt as _;
use http::Method;
use serde_json::{Value, json};
use testkit::TestApp;

const TABLE: &str = "create table public.things (id int primary key, name text); insert into things values (1, 'one'), (2, null)";

#[tokio::test]
async fn values_are_the_text_that_postgresql_writes_with_the_types_it_names() {
    let lab = lab(TABLE).await;
    let frames = read(
        &lab,
        "select 1 as n, null::text as nothing, '' as empty, 9007199254740993::int8 as big, 1.10::numeric(10,2) as price, 'NaN'::float8 as nan, \
         '{a,\"b c\",null}'::text[] as list, '2026-11-20 09:30+01'::timestamptz as at, '{\"b\": 1,  \"a\": 2}'::json as doc, '\\x00ff'::bytea as raw, \
         true as yes, '(1,\"x y\")'::text::text as rec, 'x'::char(3) as fixed, 'inf'::float4 as inf, 'Ω🦆' as text",
    )
    .await;
    let columns = frames.one("columns")["columns"].as_array().unwrap();
    let types: Vec<&str> = columns.iter().map(|column| column["type"].as_str().unwrap()).collect();
    assert_eq!(
        types,
        [
            "integer",
            "text",
            "text",
            "bigint",
            "numeric(10,2)",
            "double precision",
            "text[]",
            "timestamp with time zone",
            "json",
            "bytea",
            "boolean",
            "text",
            "character(3)",
            "real",
            "text"
        ]
    );
    assert_eq!(
        frames.rows(0),
        [json!([
            "1",
            null,
            "",
            "9007199254740993",
            "1.10",
            "NaN",
            "{a,\"b c\",NULL}",
            "2026-11-20 08:30:00+00",
            "{\"b\": 1,  \"a\": 2}",
            "\\x00ff",
            "t",
            "(1,\"x y\")",
            "x  ",
            "Infinity",
            "Ω🦆"
        ])]
    );
    let done = frames.one("done");
    assert_eq!((&done["command"], &done["rows"], &done["more"]), (&json!("SELECT"), &json!(1), &json!(false)));
    assert_eq!(frames.ended(), ("ok", "nothing"));
}

#[tokio::test]
async fn a_text_runs_statement_by_statement_and_stops_at_the_first_that_fails() {
    let lab = lab(TABLE).await;
    let frames = read(&lab, "select 1; -- ; \n select 'a;b' as x, 2;\n\n  select nme\n from things; select 4").await;
    assert_eq!(frames.all("done").len(), 2);
    assert_eq!(frames.rows(1), [json!(["a;b", "2"])]);
    let error = frames.one("error");
    assert_eq!((&error["index"], &error["code"]), (&json!(2), &json!("42703")));
    assert_eq!((&error["line"], &error["column"]), (&json!(4), &json!(10)), "where it stands in the whole text");
    assert_eq!(frames.ended(), ("failed", "nothing"));
    let divided = read(&lab, "select 1 / (id - 2) from things order by id").await;
    assert_eq!(divided.error().0, "22012");
}

#[tokio::test]
async fn there_are_no_more_rows_than_asked_for_and_it_is_said_that_there_are() {
    let lab = lab(TABLE).await;
    let asked = async |sql: &str, most: u64| Frames::of(&ask(&lab.owner, "read", json!({"sql": sql, "max_rows": most})).await.expect(200));
    for (there, most, shown, more) in
        [(5, 5, 5, false), (5, 4, 4, true), (1000, 1000, 1000, false), (0, 1, 0, false), (401, 400, 400, true)]
    {
        let frames = asked(&format!("select * from generate_series(1, {there})"), most).await;
        let done = frames.one("done");
        assert_eq!((frames.rows(0).len(), done["more"] == true), (shown, more), "{there} of {most}: {done}");
        assert_eq!(done["shown"], json!(shown));
    }
    // What never ends has a beginning.
    let frames = asked("with recursive n as (select 1 as i union all select i + 1 from n) select i from n", 10).await;
    assert_eq!((frames.rows(0).len(), frames.ended().0), (10, "ok"));
    for wrong in
        [json!({"sql": "select 1", "max_rows": 0}), json!({"sql": "select 1", "max_rows": 1_000_000}), json!({"sql": "select 1", "odd": 1})]
    {
        ask(&lab.owner, "read", wrong).await.expect_status(422);
    }
}

#[tokio::test]
async fn a_long_value_is_cut_and_its_length_is_said() {
    let lab = lab(TABLE).await;
    let frames = Frames::of(&ask(&lab.owner, "read", json!({"sql": "select repeat('ü', 50), 'short'", "max_cell": 5})).await.expect(200));
    assert_eq!(frames.rows(0), [json!([{"text": "üüüüü", "bytes": 100}, "short"])]);
    // Of many there is an end to what is shown: nobody keeps a gigabyte in memory.
    let sql = "select repeat('x', 1000000) from generate_series(1, 1000)";
    let answer = ask(&lab.owner, "read", json!({"sql": sql, "max_cell": 2_000_000})).await.expect(200);
    assert!(answer.text.len() < 40 << 20, "{} bytes", answer.text.len());
    assert_eq!(Frames::of(&answer).one("done")["more"], true);
    // A single value that is too much for anybody ends the run, not the panel.
    let frames = read(&lab, "select repeat('x', 100000000)").await;
    assert!(frames.error().1.contains("64 MB"), "{:?}", frames.error());
    assert_eq!(read(&lab, "select 1").await.ended().0, "ok");
}

#[tokio::test]
async fn values_are_bound_and_never_part_of_the_text() {
    let lab = lab(TABLE).await;
    let hostile = "1'; drop table things; --";
    let body = json!({"sql": "select :a::text as a, $1 || :b || :a, name from things where id = :id", "parameters": {"a": hostile, "1": "x", "b": "y", "id": "1"}});
    let frames = Frames::of(&ask(&lab.owner, "read", body).await.expect(200));
    assert_eq!(frames.rows(0), [json!([hostile, format!("xy{hostile}"), "one"])]);
    let null = Frames::of(&ask(&lab.owner, "read", json!({"sql": "select :a::text is null", "parameters": {"a": null}})).await.expect(200));
    assert_eq!(null.rows(0), [json!(["t"])]);
    let bad = Frames::of(
        &ask(&lab.owner, "read", json!({"sql": "select name from things where id = :id", "parameters": {"id": "x"}})).await.expect(200),
    );
    assert_eq!(bad.error().0, "22P02");
    let missing = ask(&lab.owner, "read", json!({"sql": "select $1"})).await.expect(422);
    assert_eq!(missing["errors"][0]["field"], "parameters.1");
    let unknown = ask(&lab.owner, "read", json!({"sql": "select 1", "parameters": {"a": "1"}})).await.expect(422);
    assert_eq!(unknown["errors"][0]["field"], "parameters.a");
    assert_eq!(lab.ask("select count(*) from things").await, "2");
}

#[tokio::test]
async fn one_transaction_keeps_all_or_nothing() {
    let lab = lab(TABLE).await;
    let frames = write(&lab, "transaction", "insert into things values (3, 'three'); update things set name = 'uno' where id = 1").await;
    assert_eq!(frames.ended(), ("ok", "all"));
    let done: Vec<(&Value, &Value)> = frames.all("done").into_iter().map(|done| (&done["command"], &done["rows"])).collect();
    assert_eq!(done, [(&json!("INSERT"), &json!(1)), (&json!("UPDATE"), &json!(1))]);
    assert_eq!(lab.ask("select string_agg(name, ',' order by id) from things").await, "uno,three");
    let failing = write(&lab, "transaction", "delete from things; insert into things values (1, 'a'), (1, 'b')").await;
    assert_eq!((failing.error().0.as_str(), failing.ended()), ("23505", ("failed", "nothing")));
    assert_eq!(lab.ask("select count(*) from things").await, "3");
    // What fails at the commit only is a failure, too.
    lab.db.batch_execute("alter table things add constraint late unique (name) deferrable initially deferred").await.unwrap();
    let late = write(&lab, "transaction", "insert into things values (8, 'same'), (9, 'same')").await;
    assert_eq!((late.error().0.as_str(), late.ended()), ("23505", ("failed", "nothing")));
    // A savepoint is the text's own business.
    let saved = write(&lab, "transaction", "savepoint a; delete from things; rollback to a; delete from things where id = 3").await;
    assert_eq!(saved.ended(), ("ok", "all"), "{:#?}", saved.0);
    assert_eq!(lab.ask("select count(*) from things").await, "2");
}

#[tokio::test]
async fn autocommit_keeps_each_statement_by_itself() {
    let lab = lab(TABLE).await;
    let frames = write(&lab, "autocommit", "delete from things where id = 2; select 1 / 0; delete from things").await;
    assert_eq!((frames.error().0.as_str(), frames.ended()), ("22012", ("failed", "each")));
    assert_eq!(lab.ask("select count(*) from things").await, "1");
    // Only there: vacuum can't be in a transaction.
    assert_eq!(write(&lab, "autocommit", "vacuum pg_catalog.pg_class").await.one("done")["command"], "VACUUM");
    assert_eq!(write(&lab, "transaction", "vacuum pg_catalog.pg_class").await.error().0, "25001");
    assert_eq!(write(&lab, "autocommit", "begin; delete from things; commit").await.ended().0, "ok");
    assert_eq!(lab.ask("select count(*) from things").await, "0");
    // What is left open is taken back, and that is said.
    let open = write(&lab, "autocommit", "begin; insert into things values (7, 'x')").await;
    assert_eq!(open.ended(), ("ok", "open"));
    assert_eq!(lab.ask("select count(*) from things").await, "0");
}

#[tokio::test]
async fn remarks_come_in_their_order() {
    let lab = lab(TABLE).await;
    let frames = read(&lab, "do $$ begin raise notice 'half; way' using hint = 'go on'; raise warning 'careful'; end $$; select 1").await;
    let notices: Vec<(&str, &str)> =
        frames.all("notice").into_iter().map(|n| (n["severity"].as_str().unwrap(), n["message"].as_str().unwrap())).collect();
    assert_eq!(notices, [("NOTICE", "half; way"), ("WARNING", "careful")]);
    assert_eq!(frames.ended().0, "ok");
}

#[tokio::test]
async fn a_plan_is_told_and_what_analyzing_changed_is_taken_back() {
    let lab = lab(TABLE).await;
    let plan = Frames::of(
        &ask(&lab.owner, "read", json!({"sql": "select * from things where id = :id", "explain": "plan", "parameters": {"id": "1"}}))
            .await
            .expect(200),
    );
    let told: Value = serde_json::from_str(plan.rows(0)[0][0].as_str().unwrap()).unwrap();
    assert!(told[0]["Plan"]["Node Type"].is_string(), "{told}");
    let refused = Frames::of(&ask(&lab.owner, "read", json!({"sql": "delete from things", "explain": "analyze"})).await.expect(200));
    assert_eq!(refused.error().0, "25006", "a read-only transaction runs no changes, not even to look at them");
    let body = json!({"sql": "delete from things", "explain": "analyze", "mode": "transaction"});
    let analyzed = Frames::of(&ask(&lab.owner, "write", body).await.expect(200));
    let told: Value = serde_json::from_str(analyzed.rows(0)[0][0].as_str().unwrap()).unwrap();
    assert!(told[0]["Execution Time"].is_number(), "{told}");
    assert_eq!((analyzed.ended(), lab.ask("select count(*) from things").await.as_str()), (("ok", "nothing"), "2"));
    let wrong = Frames::of(&ask(&lab.owner, "read", json!({"sql": "\n selec 1", "explain": "plan"})).await.expect(200));
    assert_eq!((&wrong.one("error")["line"], &wrong.one("error")["column"]), (&json!(2), &json!(2)));
    ask(&lab.owner, "read", json!({"sql": "select 1; select 2", "explain": "plan"})).await.expect_status(422);
    ask(&lab.owner, "write", json!({"sql": "select 1", "explain": "analyze", "mode": "autocommit"})).await.expect_status(422);
}

/// Waits until the database does or does not run what has this comment.
async fn runs(lab: &Lab, mark: &str, expected: bool) {
    loop {
        let sql = format!(
            "select exists (select from pg_stat_activity where query like '%{mark}%' and pid <> pg_backend_pid() and state = 'active')"
        );
        if (lab.ask(&sql).await == "true") == expected {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_run_is_cancelled_by_its_id_or_by_who_goes_away() {
    let lab = lab(TABLE).await;
    let open = async |mark: &str| {
        let body = json!({"sql": format!("select /* {mark} */ pg_sleep(300)")}).to_string().into_bytes();
        let mut answer =
            lab.owner.open(Method::POST, "/api/v1/explorer/main/sql/read", &[], Some(body)).await.into_body().into_data_stream();
        let first = answer.next().await.unwrap().unwrap();
        let run: Value = serde_json::from_slice(first.split(|byte| *byte == b'\n').next().unwrap()).unwrap();
        runs(&lab, mark, true).await;
        (answer, run["run"].as_str().unwrap().to_owned())
    };
    let (answer, run) = open("first").await;
    let cancel = |run: &str| format!("/api/v1/explorer/main/sql/{run}/cancel");
    let other = lab.app.staff(&lab.owner, "dashboard_admin").await;
    other.post(&cancel(&run), json!({})).await.expect_status(404);
    lab.owner.post(&cancel(&run), json!({})).await.expect_status(204);
    let rest: Vec<u8> = answer.map(Result::unwrap).collect::<Vec<_>>().await.concat();
    let frames = Frames(
        rest.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(|line| serde_json::from_slice(line).unwrap()).collect(),
    );
    assert_eq!((frames.error().0.as_str(), frames.ended()), ("57014", ("cancelled", "nothing")));
    lab.owner.post(&cancel(&run), json!({})).await.expect_status(404);

    // Another node doesn't know of the run and finds it in PostgreSQL, for who began it alone.
    let node = TestApp::on(quarterdeck::product(), &lab.app.database, &[]).await;
    let (owner, other) = (node.owner().await, node.sign_in("dashboard_admin@example.com").await);
    let (answer, run) = open("third").await;
    other.post(&cancel(&run), json!({})).await.expect_status(404);
    owner.post(&cancel(&run), json!({})).await.expect_status(204);
    let rest: Vec<u8> = answer.map(Result::unwrap).collect::<Vec<_>>().await.concat();
    let last: Value = rest
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .next_back()
        .unwrap();
    assert_eq!((&last["frame"], &last["outcome"]), (&json!("end"), &json!("cancelled")));
    owner.post(&cancel(&run), json!({})).await.expect_status(404);

    let (answer, _) = open("second").await;
    drop(answer);
    runs(&lab, "second", false).await;
}

#[tokio::test]
async fn what_takes_too_long_is_ended_and_enough_is_enough() {
    let lab = lab(TABLE).await;
    let slow = Frames::of(&ask(&lab.owner, "read", json!({"sql": "select pg_sleep(300)", "timeout_seconds": 1})).await.expect(200));
    assert_eq!(slow.error().0, "57014");
    let body = json!({"sql": "select pg_sleep(300)"}).to_string().into_bytes();
    let mut held = Vec::new();
    for _ in 0..5 {
        held.push(lab.owner.open(Method::POST, "/api/v1/explorer/main/sql/read", &[], Some(body.clone())).await);
    }
    let sixth = ask(&lab.owner, "read", json!({"sql": "select 1"})).await.expect(429);
    assert!(sixth.header("retry-after").is_some(), "{}", sixth.text);
}

#[tokio::test]
async fn a_result_is_exported_whole_by_running_it_again() {
    let lab = lab(TABLE).await;
    let export = async |format: &str, sql: &str| ask(&lab.owner, &format!("export/{format}"), json!({"sql": sql, "parameters": {}})).await;
    let csv = export("csv", "select n, case when n = 2 then 'a,\"b\"' when n = 3 then '' end as t from generate_series(1, 2500) n")
        .await
        .expect(200);
    assert!(csv.text.starts_with("n,t\n1,\n2,\"a,\"\"b\"\"\"\n3,\"\"\n4,\n"), "{}", &csv.text[..60]);
    assert_eq!(csv.text.lines().count(), 2501);
    let lines = export("ndjson", "select 1 as n, null as t, 'x' as \"a b\"").await.expect(200);
    assert_eq!(lines.text, "{\"n\":\"1\",\"t\":null,\"a b\":\"x\"}\n");
    assert_eq!(export("csv", "select nothing").await.expect(422)["errors"][0]["code"], "42703");
    assert!(export("csv", "delete from things").await.expect(422)["detail"].as_str().unwrap().contains("no rows"));
    export("csv", "select 1; select 2").await.expect_status(422);
    export("csv", "commit").await.expect_status(422);
    export("xlsx", "select 1").await.expect_status(404);
    let body = json!({"sql": "select 1 / (3000 - n) from generate_series(1, 5000) n"}).to_string().into_bytes();
    let parts: Vec<_> = lab
        .owner
        .open(Method::POST, "/api/v1/explorer/main/sql/export/csv", &[], Some(body))
        .await
        .into_body()
        .into_data_stream()
        .collect()
        .await;
    assert!(parts.last().unwrap().is_err(), "the end of a part must not look like an end");
    let developer = lab.app.staff(&lab.owner, "developer").await;
    ask(&developer, "export/csv", json!({"sql": "select 1"})).await.expect_status(403);
}
