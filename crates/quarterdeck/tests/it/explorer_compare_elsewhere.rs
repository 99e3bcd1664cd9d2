//! Comparing and explaining on sources beside the panel's own: another server by URL, where only the login of the source is
//! ours, and another database of the panel's server.

use crate::compare_lab::{counts, verdict};
use crate::explorer_lab::encoded;
use crate::explorer_seen_as_elsewhere::elsewhere;
use crate::seen_lab::Desk;
use host::boot;
use pgtls::TlsMode;
use serde_json::{Value, json};
use testkit::{Answer, PASSWORD, Server};

const NOTES: &str = "create table public.notes (id int primary key, owner uuid, body text, doc jsonb, secret text); alter table public.notes enable row level security; \
     create policy own on public.notes for select to authenticated using (owner::text = current_setting('request.jwt.claims', true)::jsonb ->> 'sub'); \
     create policy mine on public.notes for update to authenticated using (owner::text = current_setting('request.jwt.claims', true)::jsonb ->> 'sub') with check (body <> 'forbidden'); \
     create policy pinned on public.notes for select to anon using (id = 3); \
     grant usage on schema public to anon, authenticated; grant select (id, owner, body, doc), update (body) on public.notes to authenticated; grant select (id, body) on public.notes to anon; \
     create table public.shut (id int primary key); insert into public.shut values (1);";

async fn get(desk: &Desk, source: &str, rest: &str) -> Answer {
    desk.lab.owner.get(&format!("/api/v1/explorer/{source}/tables/public/notes/{rest}")).await
}

/// Both ways to the same table: what two people see, what each row's policies say.
async fn compares_and_explains(desk: &Desk, source: &str, sees_all: bool) {
    let (grace, alan, anon) = (desk.look_as(&desk.grace).await, desk.look_as(&desk.alan).await, desk.look("anon").await);
    let compared = get(desk, source, &format!("compare?first={grace}&second={alan}")).await.expect(200);
    assert_eq!((counts(&compared), &compared["counts"]["complete"]), ("0/1/1".into(), &json!(true)), "{source}: {}", compared.text);
    assert_eq!(compared["first"]["role"], "authenticated");
    let strangers = get(desk, source, &format!("compare?first={grace}&second={anon}")).await.expect(200);
    assert_eq!(counts(&strangers), "0/1/1", "{source}: {}", strangers.text);
    let column = |name: &str| strangers["columns"].as_array().unwrap().iter().find(|c| c["name"] == name).unwrap().clone();
    assert_eq!((&column("doc")["first"], &column("doc")["second"]), (&json!(true), &json!(false)));
    let own = get(desk, source, &format!("compare?first=own&second={grace}")).await.expect(200);
    assert_eq!(counts(&own), if sees_all { "1/2/0" } else { "0/0/1" }, "{source}: {}", own.text);

    let only = get(desk, source, &format!("compare/rows?first={grace}&second={alan}&seen_by=first")).await.expect(200);
    let row = json!({"id": 1, "owner": desk.grace, "body": "hers", "doc": {"n": 1}});
    assert_eq!(only["rows"][0]["key"], json!(["1"]));
    assert!(only.text.contains("9007199254740993"), "every digit: {}", only.text);
    assert_eq!((&only["rows"][0]["first"]["body"], &only["rows"][0]["second"]), (&row["body"], &Value::Null));
    // For who reads numbers as doubles.
    let texts = get(desk, source, &format!("compare/rows?first={grace}&second={alan}&seen_by=first&json=text")).await.expect(200);
    assert_eq!(texts["rows"][0]["first"]["doc"], "{\"n\": 9007199254740993}");
    get(desk, source, &format!("compare/rows?first={grace}&second={alan}&json=xml")).await.expect_status(400);

    let explained =
        async |place: &str, key: &str| get(desk, source, &format!("explain?as={place}&row={}", encoded(&json!([key]).to_string()))).await;
    // A row is read by the login of the source, which may see less than all.
    let told = explained(&grace, "1").await;
    if sees_all {
        let told = told.expect(200);
        assert_eq!((&verdict(&told, "select")["allowed"], &told["row"]["seen"]), (&json!(true), &json!(true)), "{}", told.text);
        let told = explained(&alan, "1").await.expect(200);
        assert_eq!((&verdict(&told, "select")["allowed"], &told["row"]["seen"]), (&json!(false), &json!(false)), "{}", told.text);
        assert_eq!(verdict(&told, "update")["allowed"], json!(false), "{}", told.text);
        assert_eq!(verdict(&told, "insert")["allowed"], json!(false), "{}", told.text);
    } else {
        assert!(matches!(told.status, 404 | 422), "{}", told.text);
    }
    let service = desk.look("service").await;
    let refused = get(desk, source, &format!("compare?first={service}&second=own")).await;
    assert!(refused.status == 403 || source == "sibling", "{}", refused.text);
}

async fn fill(admin: &tokio_postgres::Client, desk: &Desk) {
    admin.batch_execute(NOTES).await.unwrap();
    let rows = format!(
        "insert into public.notes values (1, '{}', 'hers', '{{\"n\": 9007199254740993}}'), (2, '{}', 'his', 'null'), (3, null, 'pinned', null)",
        desk.grace, desk.alan
    );
    admin.batch_execute(&rows).await.unwrap();
}

#[tokio::test]
async fn another_server_is_compared_and_explained_by_its_own_roles() {
    let desk = Desk::new("").await;
    let (admin, url) = elsewhere("compared", "comparer").await;
    let roles = format!(
        "create role comparer login bypassrls password '{PASSWORD}'; grant anon, authenticated to comparer;
         create role narrow login noinherit password '{PASSWORD}'; grant anon, authenticated to narrow; grant usage on schema public to comparer, narrow"
    );
    admin.batch_execute(&roles).await.unwrap();
    fill(&admin, &desk).await;
    admin.batch_execute("grant select on all tables in schema public to comparer, narrow").await.unwrap();
    desk.lab.source("app", &url).await;
    compares_and_explains(&desk, "app", true).await;
    // A login that its own policies bind sees less than those whose place it can take.
    desk.lab.source("narrow", &url.replace("comparer:", "narrow:")).await;
    compares_and_explains(&desk, "narrow", false).await;
    let log = desk.lab.log().await;
    assert!(log.iter().any(|entry| entry["action"] == "rows.compare" && entry["target_kind"] == "app.public.notes"));
}

#[tokio::test]
async fn another_database_of_the_panels_server_is_compared_and_explained() {
    let desk = Desk::new("").await;
    let config = Server::shared().empty("compared_sibling").await;
    let admin = boot::connect(&config, TlsMode::Disable).await.unwrap();
    fill(&admin, &desk).await;
    desk.lab.source("sibling", "postgresql:///compared_sibling").await;
    compares_and_explains(&desk, "sibling", true).await;
}
