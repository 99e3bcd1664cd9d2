//! Why somebody sees a row: the verdict is what PostgreSQL really does, and asking changes and shows nothing.

use crate::compare_lab::{explain, verdict};
use crate::seen_lab::{Desk, rows};
use serde_json::{Value, json};

const MANY: &str = "
create table public.links (doc int, user_id uuid); grant select on public.links to authenticated;
create table public.docs (id int primary key, owner_id uuid, team text, level int, body jsonb, tags text[], \"Odd, \"\"Name\" text);
alter table public.docs enable row level security;
create function public.in_team(t text) returns bool language sql stable as $$ select t = any (array['red', 'blue']) $$;
create function public.rich(d public.docs) returns bool language sql stable as $$ select d.level > 5 $$;
create policy own on public.docs for select using (owner_id = auth.uid());
create policy team on public.docs for select to authenticated using (public.in_team(team));
create policy rich on public.docs for select to authenticated using (public.rich(docs.*));
create policy linked on public.docs for select to authenticated using (exists (select from public.links l where l.doc = docs.id and l.user_id = auth.uid()));
create policy quoted on public.docs for select to anon using (\"Odd, \"\"Name\" = 'open');
create policy low on public.docs as restrictive for select using (level < 9);
create policy any_change on public.docs for update to authenticated using (owner_id = auth.uid()) with check (level < 8);
create policy any_delete on public.docs for delete to authenticated using (level = 1);
create policy nothing on public.docs for insert to authenticated;
grant select, insert, update, delete on public.docs to authenticated; grant select on public.docs to anon;
";

async fn desk() -> Desk {
    let desk = Desk::new(MANY).await;
    let (grace, alan) = (&desk.grace, &desk.alan);
    let sql = format!(
        "insert into public.docs select n, case n % 3 when 0 then '{grace}'::uuid when 1 then '{alan}' end, \
           case n % 4 when 0 then 'red' when 1 then 'green' when 2 then 'blue' end, nullif(n % 11, 10), \
           jsonb_build_object('n', n, 'null', null), array['a\"b', null, 'c,d'], case n % 5 when 0 then 'open' when 1 then E'tab\\t\\\\' end \
           from generate_series(1, 66) n; insert into public.links values (5, '{grace}'), (13, '{grace}'), (17, '{alan}');"
    );
    desk.lab.db.batch_execute(&sql).await.unwrap();
    desk
}

#[tokio::test]
async fn the_verdict_on_each_row_is_what_the_database_does() {
    let desk = desk().await;
    let owner = &desk.lab.owner;
    for place in [desk.look_as(&desk.grace).await, desk.look_as(&desk.alan).await, desk.look("anon").await, desk.look("service").await] {
        let seen = rows(owner, &place, "docs?select=id&limit=1000").await.expect(200);
        let seen: Vec<i64> = seen.body.as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
        for id in 1..=66 {
            let told = explain(owner, "docs", &place, Some(&[&id.to_string()])).await.expect(200);
            let select = verdict(&told, "select");
            assert_eq!(select["allowed"], json!(seen.contains(&id)), "{id}: {}", told.text);
            assert_eq!(told["row"]["seen"], json!(seen.contains(&id)));
            assert_ne!(select["why"], "unknown", "every policy could be asked: {}", told.text);
        }
        assert!(place.is_empty() || seen.len() > 1 && seen.len() <= 66);
    }
}

#[tokio::test]
async fn changes_and_deletions_are_told_as_the_database_allows_them() {
    let desk = desk().await;
    let grace = desk.look_as(&desk.grace).await;
    let mut told = Vec::new();
    for id in 1..=66 {
        let answer = explain(&desk.lab.owner, "docs", &grace, Some(&[&id.to_string()])).await.expect(200);
        told.push((id, verdict(&answer, "update")["allowed"].clone(), verdict(&answer, "delete")["allowed"].clone()));
    }
    // The truth, asked behind the panel's back: each row left as it is, each deleted, each in a transaction that is taken back.
    let claims = format!(
        "set local role authenticated; set local request.jwt.claims = '{{\"sub\": \"{}\", \"role\": \"authenticated\"}}'",
        desk.grace
    );
    for (id, updates, deletes) in told {
        let db = &desk.lab.db;
        db.batch_execute(&format!("begin; {claims}")).await.unwrap();
        let updated = db.execute("update public.docs set level = level where id = $1", &[&id]).await.unwrap_or(0);
        db.batch_execute(&format!("rollback; begin; {claims}")).await.unwrap();
        let deleted = db.execute("delete from public.docs where id = $1", &[&id]).await.unwrap_or(0);
        db.batch_execute("rollback").await.unwrap();
        assert_eq!((updates, deletes), (json!(updated == 1), json!(deleted == 1)), "{id}");
    }
}

#[tokio::test]
async fn reasons_are_named() {
    let desk = desk().await;
    let owner = &desk.lab.owner;
    let grace = desk.look_as(&desk.grace).await;
    let row = async |id: &str| explain(owner, "docs", &grace, Some(&[id])).await.expect(200);
    let own = row("3").await;
    assert_eq!(verdict(&own, "select")["sentence"], "Grace Hopper can see this row: the policy “own” is true.");
    assert_eq!(verdict(&own, "insert")["why"], "none_allows", "a policy without an expression allows nothing");
    let state = |answer: &testkit::Answer, name: &str| {
        let policies = answer["policies"].as_array().unwrap();
        policies.iter().find(|one| one["name"] == name).unwrap()["using"]["result"]["state"].as_str().unwrap_or("-").to_owned()
    };
    let states: Vec<String> = ["own", "team", "rich", "linked", "quoted", "low"].iter().map(|name| state(&own, name)).collect();
    assert_eq!(states, ["true", "null", "false", "false", "-", "true"], "who a policy isn't about is not asked");
    let high = row("9").await;
    assert_eq!((&verdict(&high, "select")["why"], &verdict(&high, "select")["policies"]), (&json!("forbids"), &json!(["low"])));
    assert_eq!(verdict(&high, "delete")["why"], "none_allows");
    let whole = explain(owner, "docs", &grace, None).await.expect(200);
    assert_eq!((&verdict(&whole, "select")["why"], &verdict(&whole, "select")["allowed"]), (&json!("depends"), &Value::Null));
    let claim = |call: &str| whole["claims"].as_array().unwrap().iter().find(|one| one["call"] == call).unwrap()["value"].clone();
    assert_eq!((claim("auth.uid()"), claim("auth.role()")), (json!(desk.grace), json!("authenticated")));
    assert!(claim("auth.jwt()").as_str().unwrap().contains("grace@example.com"));

    let anon = desk.look("anon").await;
    let refused = explain(owner, "docs", &anon, Some(&["3"])).await.expect(200);
    assert_eq!((&verdict(&refused, "update")["why"], &verdict(&refused, "update")["allowed"]), (&json!("no_privilege"), &json!(false)));
    let service = desk.look("service").await;
    let above = explain(owner, "docs", &service, Some(&["9"])).await.expect(200);
    assert_eq!((&verdict(&above, "select")["why"], &state(&above, "low")), (&json!("bypass"), &"-".to_owned()));
    // Oneself is asked about without anybody's place.
    let own = explain(owner, "docs", "own", Some(&["9"])).await.expect(200);
    assert_eq!((&own["who"]["kind"], &verdict(&own, "select")["allowed"]), (&json!("own"), &json!(true)));
    explain(owner, "docs", &grace, Some(&["999"])).await.expect_status(404);
    explain(owner, "docs", &grace, Some(&["3", "4"])).await.expect_status(422);
    explain(owner, "docs", &grace, Some(&[])).await.expect_status(400);
    let log = desk.lab.log().await;
    assert!(log.iter().any(|e| e["action"] == "rows.explain" && e["subject_label"] == "Grace Hopper" && e["target_id"] == "3"), "{log:?}");
    assert!(!log.iter().any(|e| e["action"] == "rows.explain" && e["subject_label"].is_null()), "one's own is no look as anybody");
}

#[tokio::test]
async fn owners_force_and_rights_are_told() {
    let desk = Desk::new(
        "create table public.plain (id int primary key); grant select on public.plain to anon; insert into public.plain values (1);
         create table public.theirs (id int primary key); insert into public.theirs values (1); alter table public.theirs enable row level security;
         alter table public.theirs owner to authenticated;
         create table public.forced (id int primary key); insert into public.forced values (1); alter table public.forced enable row level security, force row level security;
         alter table public.forced owner to authenticated;
         create view public.peek as select id from public.forced; grant select on public.peek to anon;
         create schema apart; create table apart.far (id int primary key); grant select on apart.far to anon;",
    )
    .await;
    let owner = &desk.lab.owner;
    let (anon, grace) = (desk.look("anon").await, desk.look_as(&desk.grace).await);
    let why = async |table: &str, place: &str| {
        verdict(&explain(owner, table, place, None).await.expect(200), "select")["why"].as_str().unwrap().to_owned()
    };
    assert_eq!(why("plain", &anon).await, "off");
    assert_eq!(why("theirs", &grace).await, "owner");
    assert_eq!(why("forced", &grace).await, "no_policy");
    assert_eq!(why("theirs", &anon).await, "no_privilege");
    assert_eq!(why("peek", &anon).await, "view");
    let far = owner.get(&format!("/api/v1/explorer/main/tables/apart/far/explain?as={anon}")).await.expect(200);
    assert_eq!(verdict(&far, "select")["why"], "no_schema");
    assert_eq!(verdict(&explain(owner, "theirs", &grace, Some(&["1"])).await.expect(200), "select")["allowed"], true);
    assert_eq!(verdict(&explain(owner, "forced", &grace, Some(&["1"])).await.expect(200), "select")["allowed"], false);
}

#[tokio::test]
async fn expressions_that_misbehave_are_told_and_do_nothing() {
    let desk = Desk::new(
        "create table public.noise (id int); grant insert on public.noise to authenticated;
         create function public.writes(int) returns bool language plpgsql volatile as $$ begin insert into public.noise values ($1); return true; end $$;
         create function public.raises(t text) returns bool language plpgsql volatile as $$ begin raise exception 'no % for you', t; end $$;
         create function public.sleeps() returns bool language plpgsql volatile as $$ begin perform pg_sleep(30); return true; end $$;
         create function public.slips() returns bool language plpgsql volatile as $$ begin reset role; return true; end $$;
         create function public.closed() returns bool language sql as 'select true'; revoke execute on function public.closed() from public;
         create table public.secrets (id int); insert into public.secrets values (1);
         create table public.t (id int primary key, t text); insert into public.t values (1, 'gold'); alter table public.t enable row level security;
         create policy a_writes on public.t using (public.writes(id)); create policy b_raises on public.t using (public.raises(t));
         create policy c_sleeps on public.t using (public.sleeps()); create policy d_closed on public.t using (public.closed());
         create policy e_secrets on public.t using (exists (select from public.secrets)); create policy f_good on public.t using (id = 1);
         create policy g_system on public.t using (ctid is not null); create policy h_loop on public.t using (exists (select from public.t));
         grant select on public.t to authenticated;
         create table public.l (id int primary key); insert into public.l values (1); alter table public.l enable row level security;
         create policy p on public.l using (public.slips()); grant select on public.l to authenticated;",
    )
    .await;
    let owner = &desk.lab.owner;
    let grace = desk.look_as(&desk.grace).await;
    let told = explain(owner, "t", &grace, Some(&["1"])).await.expect(200);
    let said = |n: usize| told["policies"][n]["using"]["result"].clone();
    let reason = |n: usize| said(n)["reason"].as_str().unwrap_or_default().to_owned();
    assert!(reason(0).contains("read-only"), "{}", reason(0));
    assert!(reason(1).contains("No gold for you"), "{}", reason(1));
    assert!(reason(2).contains("too long"), "{}", reason(2));
    assert!(reason(3).contains("closed") && reason(4).contains("secrets"), "{}{}", reason(3), reason(4));
    assert_eq!(said(5)["state"], "true");
    assert_eq!((said(6)["state"].clone(), said(7)["state"].clone()), (json!("refused"), json!("refused")));
    assert_eq!((&verdict(&told, "select")["allowed"], &verdict(&told, "select")["why"]), (&Value::Null, &json!("unknown")));
    assert_eq!(desk.lab.ask("select count(*) from public.noise").await, "0");
    let slipped = explain(owner, "l", &grace, Some(&["1"])).await.expect(403);
    assert!(slipped["detail"].as_str().unwrap().contains("tried to leave the role"), "{}", slipped.text);
}

#[tokio::test]
async fn of_a_table_with_hidden_columns_no_expression_is_told_by_itself() {
    let desk = Desk::new(
        "create function public.raises(t text) returns bool language plpgsql volatile as $$ begin raise exception 'no % for you', t; end $$;
         create table public.pay (id int primary key, salary int, t text); insert into public.pay values (1, 900, 'gold'), (2, 100, 'tin');
         alter table public.pay enable row level security; create policy rich on public.pay using (salary > 500);
         create policy odd on public.pay as restrictive using (id <> 1 or public.raises(t)); grant select on public.pay to authenticated;",
    )
    .await;
    let owner = &desk.lab.owner;
    let main = owner.get("/api/v1/sources?name=eq.main").await.expect(200)[0]["id"].clone();
    for column in ["salary", "t"] {
        let mark = json!({"source_id": main, "schema_name": "public", "table_name": "pay", "column_name": column, "treatment": "hidden"});
        owner.post("/api/v1/sensitive-columns", mark).await.expect_status(201);
    }
    let grace = desk.look_as(&desk.grace).await;
    for row in ["1", "2"] {
        let told = explain(owner, "pay", &grace, Some(&[row])).await.expect(200);
        assert!(told["policies"].as_array().unwrap().iter().all(|one| one["using"]["result"]["state"] == "withheld"), "{}", told.text);
        assert!(!told.text.contains("gold") && !told.text.contains("tin "), "{}", told.text);
        assert_eq!(verdict(&told, "select")["why"], "unknown");
    }
    let compared = crate::compare_lab::compare(owner, "pay", "own", &grace).await.expect(200);
    assert!(compared["reason"].as_str().unwrap().contains("sensitive") && !compared.text.contains("tin "), "{}", compared.text);
}

#[tokio::test]
async fn in_somebodys_place_only_what_is_seen_from_there_is_explained() {
    let desk = desk().await;
    let owner = &desk.lab.owner;
    let id = desk.as_grace().await;
    let ask = async |row: &str| {
        let path = format!("/api/v1/explorer/main/tables/public/docs/explain?row=%5B%22{row}%22%5D");
        owner.send(http::Method::GET, &path, &[(crate::seen_lab::HEADER, &id)], None).await
    };
    let seen = ask("3").await.expect(200);
    assert_eq!(verdict(&seen, "select")["policies"], json!(["own"]));
    ask("1").await.expect_status(404);
}
