//! Forward authentication behind a real nginx, configured as the guide says, with an application that only knows what
//! the headers tell it.

use crate::process::{Node, Place, client};
use quarterdeck::product;
use serde_json::json;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use testkit::{Client, PASSWORD, TestApp};

/// nginx before the panel and an application that answers with the headers it got.
struct Proxy {
    process: Child,
    url: String,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn nginx() -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/setup-nginx");
    let made = Command::new(&script).output().expect("scripts/setup-nginx can be started");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    PathBuf::from(String::from_utf8_lossy(&made.stdout).trim())
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// One protected place, as in `docs/forward-auth.md`.
fn location(path: &str, gate: &str, app: u16) -> String {
    let names = ["user", "id", "email", "name", "kind", "organization", "groups", "actor"];
    let taken: String = names.iter().map(|n| format!("auth_request_set $gate_{n} $upstream_http_remote_{n};\n")).collect();
    let given: String = names.iter().map(|n| format!("proxy_set_header Remote-{} $gate_{n};\n", n[..1].to_uppercase() + &n[1..])).collect();
    format!(
        "location {path} {{ auth_request {gate}; auth_request_set $gate_status $upstream_status; auth_request_set $gate_location $upstream_http_location;\n{taken}{given}\
         error_page 500 = @gate_closed; proxy_pass http://127.0.0.1:{app}; }}"
    )
}

fn ask(name: &str, panel: &str, query: &str) -> String {
    format!(
        "location = {name} {{ internal; proxy_pass {panel}/auth/verify{query}; proxy_pass_request_body off; proxy_set_header Content-Length \"\";\n\
         proxy_set_header Host $http_host; proxy_set_header X-Original-URI $request_uri; }}"
    )
}

async fn start(node: &Node, organization: &str) -> Proxy {
    let folder = std::env::temp_dir().join(format!("quarterdeck-gate-{}", free_port()));
    std::fs::create_dir_all(&folder).unwrap();
    let (front, app) = (free_port(), free_port());
    let temp: String =
        ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|n| format!("{n}_temp_path {}/{n};\n", folder.display())).concat();
    let echo = "user=$http_remote_user;email=$http_remote_email;kind=$http_remote_kind;groups=$http_remote_groups;organization=$http_remote_organization;actor=$http_remote_actor";
    let text = format!(
        "daemon off; master_process off; error_log stderr crit; pid {dir}/pid;\nevents {{}}\nhttp {{ access_log off;\n{temp}\
         server {{ listen 127.0.0.1:{app}; location / {{ default_type text/plain; return 200 \"{echo}\"; }} }}\n\
         server {{ listen 127.0.0.1:{front};\n{everybody}\n{staff}\n{members}\n{gate}\n{gate_staff}\n{gate_members}\n\
         location @gate_closed {{ if ($gate_status = 503) {{ return 503 \"closed\"; }} return 500; }} }} }}",
        dir = folder.display(),
        everybody = location("/", "/gate", app),
        staff = location("/tools/", "/gate-staff", app),
        members = location("/navy/", "/gate-members", app),
        gate = ask("/gate", &node.url, ""),
        gate_staff = ask("/gate-staff", &node.url, "?for=staff"),
        gate_members = ask("/gate-members", &node.url, &format!("?organization={organization}&permission=memberships:read")),
    );
    let file = folder.join("nginx.conf");
    std::fs::write(&file, text).unwrap();
    let process =
        Command::new(nginx()).arg("-p").arg(&folder).arg("-c").arg(&file).stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let proxy = Proxy { process, url: format!("http://127.0.0.1:{front}") };
    let until = Instant::now() + Duration::from_secs(20);
    while client().get(&proxy.url).send().await.is_err() {
        assert!(Instant::now() < until, "nginx doesn't listen");
        tokio::task::yield_now().await;
    }
    proxy
}

async fn get(proxy: &Proxy, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let mut request = client().get(format!("{}{path}", proxy.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn member(t: &TestApp, owner: &Client, email: &str, organization: &str) {
    t.user(owner, email).await;
    let user = owner.get(&format!("/api/v1/users?email=eq.{email}")).await[0]["id"].as_str().unwrap().to_owned();
    let role = owner.get("/api/v1/roles?name=eq.admin&scope=eq.organization").await[0]["id"].as_str().unwrap().to_owned();
    let input = json!({"organization_id": organization, "user_id": user, "role_id": role, "level": "admin"});
    owner.post("/api/v1/memberships", input).await.expect_status(201);
}

async fn cookie(node: &Node, door: &str, email: &str) -> String {
    let answer =
        client().post(format!("{}/api/v1{door}", node.url)).json(&json!({"email": email, "password": PASSWORD})).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let cookies = answer.headers().get_all("set-cookie").iter().map(|c| c.to_str().unwrap().split(';').next().unwrap().to_owned());
    cookies.collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn nginx_lets_in_who_it_should_and_the_application_believes_only_the_gate() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let navy = owner.post("/api/v1/organizations", json!({"name": "Navy"})).await.expect(201)["id"].as_str().unwrap().to_owned();
    member(&t, &owner, "grace@example.com", &navy).await;
    t.user(&owner, "alan@example.com").await;
    let node = Node::start(&Place::on(&t.database)).await;
    let proxy = start(&node, &navy).await;

    let spoofed = [
        ("remote-user", "root"),
        ("remote-email", "root@example.com"),
        ("remote-actor", "root"),
        ("remote-groups", "admin"),
        ("remote-kind", "staff"),
    ];
    assert_eq!(get(&proxy, "/", &spoofed).await.0, 401, "nobody is nobody, whatever they say");

    let grace = cookie(&node, "/account/session", "grace@example.com").await;
    let mut headers = vec![("cookie", grace.as_str())];
    headers.extend(spoofed);
    let (status, seen) = get(&proxy, "/", &headers).await;
    assert_eq!((status, seen.as_str()), (200, "user=grace@example.com;email=grace@example.com;kind=person;groups=;organization=;actor="));
    let (status, seen) = get(&proxy, "/navy/", &headers).await;
    assert_eq!((status, seen.contains(&format!("groups=admin;organization={navy};actor="))), (200, true), "{seen}");
    assert_eq!(get(&proxy, "/tools/", &headers).await.0, 401, "a user is nobody at the door of staff");

    let alan = cookie(&node, "/account/session", "alan@example.com").await;
    assert_eq!(get(&proxy, "/navy/", &[("cookie", &alan)]).await.0, 403, "no member");
    let ada = cookie(&node, "/session", testkit::OWNER_EMAIL).await;
    assert_eq!(get(&proxy, "/tools/", &[("cookie", &ada)]).await.0, 200);
    assert_eq!(get(&proxy, "/", &[("cookie", &ada)]).await.0, 401, "staff is no user");
    // The gate itself can't be reached through the proxy, and made-up sessions open nothing.
    assert_eq!(get(&proxy, "/gate", &headers).await.0, 404);
    assert_eq!(get(&proxy, "/", &[("cookie", "qd_user=x; qd_staff=x; qd_impersonation=x")]).await.0, 401);

    // Suspended on another node: nobody within a second.
    let id = owner.get("/api/v1/users?email=eq.grace@example.com").await[0]["id"].as_str().unwrap().to_owned();
    owner.post(&format!("/api/v1/users/{id}/suspend"), json!({})).await.expect_status(200);
    let until = Instant::now() + Duration::from_secs(3);
    while get(&proxy, "/", &headers).await.0 != 401 {
        assert!(Instant::now() < until, "a suspended user still gets in");
    }
}

#[tokio::test]
async fn in_maintenance_only_staff_get_in() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let user = t.user(&owner, "grace@example.com").await;
    user.get("/auth/verify").await.expect_status(200);
    owner.patch("/api/v1/settings/identity.gate_closed", "*", json!({"value": true})).await.expect_status(200);
    let closed = user.get("/auth/verify").await.expect(503);
    assert!(closed.header("retry-after").is_some() && closed["detail"].as_str().unwrap().contains("back shortly"), "{}", closed.text);
    t.nobody().get("/auth/verify").await.expect_status(503);
    owner.get("/auth/verify?for=any").await.expect_status(200);
    let node = Node::start(&Place::on(&t.database)).await;
    let proxy = start(&node, "0190b6c8-0000-7000-8000-000000000000").await;
    assert_eq!(get(&proxy, "/", &[]).await, (503, "closed".into()));
    let ada = cookie(&node, "/session", testkit::OWNER_EMAIL).await;
    assert_eq!(get(&proxy, "/tools/", &[("cookie", &ada)]).await.0, 200);
}

#[tokio::test]
async fn the_gate_answers_clearly_and_sends_nobody_elsewhere() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let user = t.user(&owner, "grace@example.com").await;
    let gate = |headers: &'static [(&'static str, &'static str)]| {
        let stranger = t.nobody();
        async move {
            stranger
                .send(http::Method::GET, "/auth/verify?redirect=1", headers, None)
                .await
                .expect(302)
                .header("location")
                .unwrap()
                .to_owned()
        }
    };
    assert_eq!(gate(&[("x-forwarded-uri", "/invoices?page=2")]).await, "http://localhost:8080/auth/login?return_to=%2Finvoices%3Fpage%3D2");
    for elsewhere in [
        &[("x-forwarded-uri", "https://evil.example/")][..],
        &[("x-forwarded-uri", "//evil.example/")],
        &[("x-original-uri", "/\\evil.example")],
    ] {
        assert!(gate(elsewhere).await.ends_with("return_to=%2F"), "{elsewhere:?}");
    }
    for bad in ["?for=everybody", "?organization=navy"] {
        user.get(&format!("/auth/verify{bad}")).await.expect_status(422);
    }
    user.get("/auth/verify?permission=users:delete").await.expect_status(403);
    user.get("/auth/verify?organization=0190b6c8-0000-7000-8000-000000000000").await.expect_status(403);
    // The same address with a token is the page behind a link in a mail.
    let page = t.nobody().get("/auth/verify?token=abc").await;
    assert!(page.status != 401 && page.header("remote-user").is_none(), "{}", page.text);
    // Names that can't stand in a header are written so that they can, and come out the same.
    user.send(http::Method::PATCH, "/api/v1/account", &[], Some(json!({"name": "Gráce %0d Höpper"}))).await.expect_status(204);
    assert_eq!(user.get("/auth/verify").await.header("remote-name"), Some("Gr%C3%A1ce %250d H%C3%B6pper"));
    // Staff in a user's name pass as the user, and the application can see it.
    let id = owner.get("/api/v1/users?email=eq.grace@example.com").await[0]["id"].as_str().unwrap().to_owned();
    let begun = owner.post(&format!("/api/v1/users/{id}/impersonate"), json!({"reason": "looking"})).await.expect(200);
    let code = begun["open"].as_str().unwrap().split("code=").nth(1).unwrap();
    owner.post("/api/v1/impersonation", json!({"code": code})).await.expect_status(200);
    let seen = owner.get("/auth/verify").await.expect(200);
    assert_eq!(
        (seen.header("remote-user"), seen.header("remote-actor"), seen.header("remote-read-only")),
        (Some("grace@example.com"), Some("Ada Lovelace"), Some("true"))
    );
}

#[tokio::test]
async fn the_description_names_the_status_that_a_proxy_gets() {
    let app = TestApp::start(quarterdeck::product()).await;
    let owner = app.owner().await;
    let gate = app.app.registry.endpoints().iter().find(|endpoint| endpoint.id == "gate.verify").unwrap();
    assert_eq!(owner.get("/api/v1/gate?for=staff").await.status, gate.status.as_u16());
}
