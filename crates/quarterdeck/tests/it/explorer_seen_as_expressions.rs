//! Whoever is seen as somebody runs what the tables' makers wrote: checks, domains, generated columns, indexes, rules, triggers
//! that wait for the end. None of it leaves the role unseen.

use crate::explorer_seen_as_elsewhere::elsewhere;
use crate::seen_lab::{Desk, HEADER};
use http::Method;
use serde_json::{Value, json};
use testkit::PASSWORD;

/// Leaves the role from where an expression is computed, where `reset role` isn't possible.
const SLIPS: &str = "create function public.slip(n int) returns int language plpgsql immutable as $f$ begin perform set_config('role', 'none', false); return n; end $f$;
    create function public.slips() returns trigger language plpgsql as $f$ begin perform public.slip(1); return coalesce(new, old); end $f$;
    create domain public.sly as int check (public.slip(value) > 0);
    create table public.generated (id int primary key, n int, g int generated always as (public.slip(n)) stored);
    create table public.checked (id int primary key, n int check (public.slip(n) > 0));
    create table public.domained (id int primary key, n public.sly);
    create table public.indexed (id int primary key, n int); create index on public.indexed ((public.slip(n)));
    create table public.partly (id int primary key, n int); create index on public.partly (id) where public.slip(n) > 0;
    create table public.judged (id int primary key, n int); alter table public.judged enable row level security;
    create policy sees on public.judged using (true) with check (public.slip(n) > 0);
    create table public.waits (id int primary key, n int);
    create constraint trigger waits after insert on public.waits deferrable initially deferred for each row execute function public.slips();
    create table public.statement (id int primary key, n int); create trigger slips after insert on public.statement execute function public.slips();
    create table public.base (id int primary key, n int); create view public.over as select * from public.base;
    create trigger slips instead of insert on public.over for each row execute function public.slips();
    create function public.computed(public.todos) returns int language sql stable as 'select public.slip(1)';
    grant select, insert, update, delete on all tables in schema public to authenticated;";

#[tokio::test]
async fn nothing_that_a_table_computes_leaves_the_role() {
    let desk = Desk::new(SLIPS).await;
    let id = desk.as_grace_writing().await;
    for table in ["generated", "checked", "domained", "indexed", "partly", "judged", "waits", "statement", "over"] {
        let answer = desk.lab.insert(&format!("main/{table}"), json!({"id": 1, "n": 1})).await;
        assert_eq!(answer.status, 403, "{table}: {}", answer.text);
        // The check of a domain leaves it before PostgreSQL looks whether the table may be written to at all.
        let words = if table == "domained" { "permission denied" } else { "tried to leave the role" };
        assert!(answer["detail"].as_str().unwrap().contains(words), "{table}: {}", answer.text);
        assert_eq!(desk.lab.ask(&format!("select count(*) from public.{table}")).await, "0", "{table}");
    }
    let computed = desk.lab.owner.send(Method::GET, "/api/v1/data/main/todos?select=id,computed", &[(HEADER, &id)], None).await;
    assert_eq!(computed.status, 403, "{}", computed.text);
    // The console comes to the same end by the same triggers.
    let body = json!({"sql": "insert into waits values (1, 1)", "mode": "transaction"});
    let run = desk.lab.owner.send(Method::POST, "/api/v1/explorer/main/sql/write", &[(HEADER, &id)], Some(body)).await;
    assert!(run.text.contains("tried to leave the role"), "{}", run.text);
    assert_eq!(desk.lab.ask("select count(*) from public.waits").await, "0");
    // Several rows, each its own statement, and the last one's trigger waits.
    desk.stop().await;
    desk.lab.db.batch_execute("insert into public.base values (1, 1); create table public.later (id int primary key, n int); insert into later values (1, 1), (2, 2); \
        create constraint trigger waits after update on public.later deferrable initially deferred for each row execute function public.slips(); grant select, update on later to authenticated").await.unwrap();
    desk.as_grace_writing().await;
    let changes = json!({"changes": [{"key": {"id": 1}, "set": {"n": 5}}, {"key": {"id": 2}, "set": {"n": 6}}]});
    let refused = desk.lab.owner.post("/api/v1/explorer/main/tables/public/later/changes", changes).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert_eq!(desk.lab.ask("select sum(n) from public.later").await, "3");
}

#[tokio::test]
async fn what_waits_for_the_end_does_not_use_the_rights_of_the_login_elsewhere() {
    let desk = Desk::new("").await;
    let (admin, url) = elsewhere("waiting", "keeper").await;
    let sql = format!(
        "create role keeper login password '{PASSWORD}'; grant anon, authenticated to keeper; grant usage on schema public to keeper, authenticated;
         create table public.vault (id int primary key, what text); insert into vault values (1, 'gold'); grant all on public.vault to keeper;
         create table public.notes (id int primary key, body text); grant select, insert on public.notes to authenticated, keeper;
         create function public.robs() returns trigger language plpgsql as $f$ begin
           perform set_config('role', 'none', false); delete from public.vault; return new; end $f$;
         create constraint trigger robs after insert on public.notes deferrable initially deferred for each row execute function public.robs();"
    );
    admin.batch_execute(&sql).await.unwrap();
    desk.lab.source("waiting", &url).await;
    let id = desk.as_grace_writing().await;
    let note = json!({"id": 1, "body": "dear"});
    let answer = desk.lab.owner.send(Method::POST, "/api/v1/data/waiting/notes", &[(HEADER, &id)], Some(note)).await;
    assert_eq!(answer.status, 403, "{}", answer.text);
    let left: i64 = admin.query_one("select count(*) from vault", &[]).await.unwrap().get(0);
    assert_eq!(left, 1);
    // A constraint that waits is told as what it is.
    desk.stop().await;
    admin
        .batch_execute("drop trigger robs on notes; create table public.parts (id int primary key, note int references public.notes deferrable initially deferred); grant select, insert on parts to authenticated")
        .await
        .unwrap();
    let id = desk.as_grace_writing().await;
    let part: Value = json!({"id": 1, "note": 99});
    let answer = desk.lab.owner.send(Method::POST, "/api/v1/data/waiting/parts", &[(HEADER, &id)], Some(part)).await;
    assert!(matches!(answer.status, 409 | 422) && !answer.text.contains("leave the role"), "{} {}", answer.status, answer.text);
}

#[tokio::test]
async fn what_puts_itself_off_until_after_the_proof_changes_and_tells_nothing() {
    let desk = Desk::new("").await;
    let (admin, url) = elsewhere("putoff", "delayer").await;
    let sql = format!(
        "create role delayer login password '{PASSWORD}'; grant anon, authenticated to delayer; grant usage on schema public to delayer, authenticated;
         create table public.vault (id int primary key, what text); insert into vault values (1, 'gold'); grant all on public.vault to delayer;
         create table public.robbed (id int primary key); create table public.told (id int primary key); create table public.quiet (id int primary key);
         create table public.again (id int primary key); create table public.broken (id int primary key);
         create table public.second (what text); grant select, insert on all tables in schema public to authenticated, delayer; revoke all on public.vault from authenticated;
         create function public.puts_off() returns trigger language plpgsql as $f$ begin
           set constraints all deferred; insert into public.second values (tg_table_name); return new; end $f$;
         create function public.strikes() returns trigger language plpgsql as $f$ begin
           if new.what = 'quiet' then return new; end if;
           perform set_config('role', 'none', false);
           if new.what = 'told' then raise exception 'there is %', (select string_agg(what, ',') from public.vault); end if;
           if new.what = 'again' then raise exception 'there is %', (select string_agg(what, ',') from public.vault) using errcode = '40001'; end if;
           if new.what = 'broken' then raise exception 'there is %', (select string_agg(what, ',') from public.vault) using errcode = 'XX000'; end if;
           delete from public.vault; perform set_config('role', 'authenticated', false); return new; end $f$;
         create constraint trigger puts_off after insert on public.robbed deferrable initially deferred for each row execute function public.puts_off();
         create constraint trigger puts_off after insert on public.told deferrable initially deferred for each row execute function public.puts_off();
         create constraint trigger puts_off after insert on public.again deferrable initially deferred for each row execute function public.puts_off();
         create constraint trigger puts_off after insert on public.broken deferrable initially deferred for each row execute function public.puts_off();
         create constraint trigger puts_off after insert on public.quiet deferrable initially deferred for each row execute function public.puts_off();
         create constraint trigger strikes after insert on public.second deferrable initially deferred for each row execute function public.strikes();"
    );
    admin.batch_execute(&sql).await.unwrap();
    desk.lab.source("put-off", &url).await;
    let id = desk.as_grace_writing().await;
    for (table, status) in [("robbed", 403), ("told", 403), ("again", 403), ("broken", 403), ("quiet", 201)] {
        let answer =
            desk.lab.owner.send(Method::POST, &format!("/api/v1/data/put-off/{table}"), &[(HEADER, &id)], Some(json!({"id": 1}))).await;
        assert_eq!(answer.status, status, "{table}: {}", answer.text);
        assert!(status == 201 || answer.text.contains("tried to leave the role"), "{}", answer.text);
        assert!(!answer.text.contains("gold"), "{}", answer.text);
        let kept: i64 = admin.query_one(&format!("select count(*) from public.{table}"), &[]).await.unwrap().get(0);
        assert_eq!(kept, i64::from(status == 201), "{table}");
    }
    let left: i64 = admin.query_one("select count(*) from vault", &[]).await.unwrap().get(0);
    assert_eq!(left, 1);
}
