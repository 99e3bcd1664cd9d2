//! Seeing tables as somebody on a source added by URL: another PostgreSQL, where nobody but the login of the source is ours.

use crate::seen_lab::{Desk, HEADER, texts};
use host::boot;
use http::Method;
use pgtls::TlsMode;
use serde_json::{Value, json};
use std::sync::OnceLock;
use testkit::{Answer, PASSWORD, Server};
use tokio::net::{TcpListener, UnixStream};
use tokio::sync::OnceCell;
use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config};

const TABLE: &str = "create table public.notes (id int primary key, owner uuid, body text); alter table public.notes enable row level security; \
     create policy own on public.notes for select to authenticated using (owner::text = current_setting('request.jwt.claims', true)::jsonb ->> 'sub'); \
     create policy change on public.notes for update to authenticated using (owner::text = current_setting('request.jwt.claims', true)::jsonb ->> 'sub'); \
     grant usage on schema public to anon, authenticated; grant select, update on public.notes to authenticated; grant select on public.notes to anon";

/// The server of the tests listens on a socket only; a source is reached by TCP.
async fn over_tcp(config: &Config) -> u16 {
    let Some(Host::Unix(folder)) = config.get_hosts().first() else { panic!("tests use a socket") };
    let socket = folder.join(format!(".s.PGSQL.{}", config.get_ports()[0]));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut one, _)) = listener.accept().await {
            let socket = socket.clone();
            tokio::spawn(async move {
                let mut other = UnixStream::connect(socket).await.unwrap();
                drop(tokio::io::copy_bidirectional(&mut one, &mut other).await);
            });
        }
    });
    port
}

/// A server of its own with two of the three roles, as whoever administers it; and the address of one of its databases, as
/// `login`.
pub async fn elsewhere(database: &str, login: &str) -> (Client, String) {
    static OTHER: OnceLock<Server> = OnceLock::new();
    // They are the whole server's, which the tests share.
    static ROLES: OnceCell<()> = OnceCell::const_new();
    // Starting it waits, which a runtime of one thread must not.
    let server = tokio::task::spawn_blocking(|| OTHER.get_or_init(|| Server::untouched("elsewhere"))).await.unwrap();
    let config = server.empty(database).await;
    let port = over_tcp(&config).await;
    let url = format!("postgresql://{login}:{PASSWORD}@127.0.0.1:{port}/{database}?sslmode=disable");
    let admin = boot::connect(&config, TlsMode::Disable).await.unwrap();
    ROLES.get_or_init(async || admin.batch_execute("create role anon nologin; create role authenticated nologin").await.unwrap()).await;
    (admin, url)
}

async fn get(desk: &Desk, id: &str, path: &str) -> Answer {
    desk.lab.owner.send(Method::GET, &format!("/api/v1/data/{path}"), &[(HEADER, id)], None).await
}

async fn available(desk: &Desk, source: &str) -> Vec<(String, bool)> {
    let roles = desk.lab.owner.get(&format!("/api/v1/explorer/{source}/roles")).await.expect(200);
    let mut found: Vec<(String, bool)> =
        roles.body.as_array().unwrap().iter().map(|role| (role["kind"].as_str().unwrap().to_owned(), role["available"] == true)).collect();
    found.sort();
    found
}

#[tokio::test]
async fn another_server_is_seen_in_the_place_that_its_own_roles_give() {
    let desk = Desk::new("").await;
    let (admin, url) = elsewhere("app", "reader").await;
    let roles = format!(
        "create role reader login password '{PASSWORD}'; grant anon, authenticated to reader; \
                 grant usage on schema public to reader"
    );
    admin.batch_execute(&roles).await.unwrap();
    admin.batch_execute(TABLE).await.unwrap();
    let notes = format!("insert into public.notes values (1, '{}', 'hers'), (2, '{}', 'his')", desk.grace, desk.alan);
    admin.batch_execute(&notes).await.unwrap();
    desk.lab.source("app", &url).await;
    assert_eq!(available(&desk, "app").await, [("anon".into(), true), ("service".into(), false), ("user".into(), true)]);

    // Held: what a policy shows, and no more, by whatever way it is asked for.
    let id = desk.as_grace().await;
    assert_eq!(texts(&get(&desk, &id, "app/notes").await.expect(200), "body"), ["hers"]);
    assert_eq!(get(&desk, &id, "app/notes?id=eq.2").await.expect(200).body, json!([]));
    desk.lab
        .owner
        .send(Method::PATCH, "/api/v1/data/app/notes?id=eq.1", &[(HEADER, &id)], Some(json!({"body": "x"})))
        .await
        .expect_status(403);
    desk.stop().await;
    get(&desk, &id, "app/notes").await.expect_status(410);
    let id = desk.as_grace_writing().await;
    let change = async |row: i32| {
        let path = format!("/api/v1/data/app/notes?id=eq.{row}");
        desk.lab
            .owner
            .send(Method::PATCH, &path, &[(HEADER, &id), ("prefer", "return=representation")], Some(json!({"body": "changed"})))
            .await
    };
    assert_eq!(change(1).await.expect(200)[0]["body"], "changed");
    let others = change(2).await;
    assert!(others.status == 404 || others.body == json!([]), "{}", others.text);
    let kept: String = admin.query_one("select body from public.notes where id = 2", &[]).await.unwrap().get(0);
    assert_eq!(kept, "his");
    desk.stop().await;
    let id = desk.begin(&desk.lab.owner, json!({"kind": "anon", "reason": "what strangers see"})).await;
    assert_eq!(get(&desk, &id, "app/notes").await.expect(200).body, json!([]));
    desk.stop().await;

    // Refused: a role that the login of the source isn't in.
    let id = desk.begin(&desk.lab.owner, json!({"kind": "service", "reason": "what the backend sees"})).await;
    let refused = get(&desk, &id, "app/notes").await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("service_role"), "{}", refused.text);
    desk.stop().await;
    let log = desk.lab.log().await;
    let changed: Vec<&Value> = log.iter().filter(|row| row["action"] == "rows.update" && row["subject_label"] == "Grace Hopper").collect();
    assert!(!changed.is_empty(), "what was changed there names whom it was done as");
}

#[tokio::test]
async fn a_source_without_the_roles_shows_nothing_in_anybodys_place() {
    let desk = Desk::new("").await;
    // A database where none of the three roles may be taken by the login of the source.
    let (admin, url) = elsewhere("plain", "lonely").await;
    let sql = format!(
        "create role lonely login password '{PASSWORD}'; create table public.mine (id int); insert into public.mine values (1); grant select on public.mine to lonely"
    );
    admin.batch_execute(&sql).await.unwrap();
    desk.lab.source("plain", &url).await;
    assert_eq!(desk.lab.get("plain/mine").await.expect(200).body, json!([{"id": 1}]), "staff themselves see it");
    let id = desk.as_grace().await;
    let refused = get(&desk, &id, "plain/mine").await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("authenticated"), "{}", refused.text);
    desk.stop().await;
    assert_eq!(desk.lab.get("plain/mine").await.expect(200).body, json!([{"id": 1}]));
}
