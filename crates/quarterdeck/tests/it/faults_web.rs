//! Faults of web servers: other sites' pages, made-up headers, two spellings of one path, answers kept by others.

use crate::faults_desk::{Desk, id_of, state};
use http::Method;
use kernel::Access;
use quarterdeck::product;
use serde_json::json;
use testkit::{OWNER_EMAIL, PASSWORD, TestApp};

#[tokio::test]
async fn a_page_of_another_site_can_make_a_browser_change_nothing() {
    let desk = Desk::new().await;
    let before = desk.state().await;
    let mut tried = 0;
    for endpoint in desk.t.app.registry.endpoints().iter().filter(|e| e.mutates()) {
        let path: String = endpoint
            .path
            .split('/')
            .map(|part| if part.starts_with('{') { desk.grace.as_str() } else { part })
            .collect::<Vec<_>>()
            .join("/");
        for headers in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site"), ("content-type", "text/plain")],
            &[("origin", "https://evil.example"), ("content-type", "application/x-www-form-urlencoded")],
            &[("origin", "null"), ("content-type", "multipart/form-data; boundary=x")],
            &[("origin", "http://localhost.evil.example:8080")],
            &[("origin", "http://localhost:8081")],
        ] {
            let answer = desk.owner.send(endpoint.method.clone(), &format!("/api/v1{path}"), headers, Some(json!({}))).await;
            assert_eq!(
                (answer.status, &answer["type"]),
                (403, &json!("/problems/cross-site")),
                "{} {headers:?}: {}",
                endpoint.id,
                answer.text
            );
            tried += 1;
        }
    }
    assert!(tried > 400, "only {tried}");
    assert_eq!(desk.state().await, before);
}

#[tokio::test]
async fn no_other_site_is_ever_let_in_to_read() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let asks =
        [("origin", "https://evil.example"), ("access-control-request-method", "GET"), ("access-control-request-headers", "authorization")];
    for path in ["/api/v1/users", "/api/v1/session", "/api/openapi.json", "/healthz", "/auth/verify"] {
        for method in [Method::OPTIONS, Method::GET] {
            let answer = owner.send(method, path, &asks, None).await;
            assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control-")), "{path}: {:?}", answer.headers);
        }
    }
}

#[tokio::test]
async fn no_answer_is_kept_framed_or_taken_for_something_else() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let mut paths: Vec<String> =
        t.app.registry.endpoints().iter().filter(|e| !e.mutates() && !e.path.contains('{')).map(|e| format!("/api/v1{}", e.path)).collect();
    paths.extend(["/api/v1/nothing", "/api/nothing", "/api/v1/users/nobody", "/api/docs", "/auth/verify"].map(str::to_owned));
    assert!(paths.len() > 25);
    for path in paths {
        for client in [&owner, &t.nobody()] {
            let answer = client.get(&path).await;
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
            assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
            let policy = answer.header("content-security-policy").unwrap_or_default();
            assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"), "{path}: {policy}");
            assert!(answer.header("server").is_none() && answer.header("x-powered-by").is_none(), "{path}");
        }
    }
}

#[tokio::test]
async fn nobody_says_in_a_header_who_or_where_they_are() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let id = id_of(&owner, "staff", OWNER_EMAIL).await;
    for (name, value) in [
        ("remote-user", OWNER_EMAIL),
        ("remote-id", &id),
        ("remote-groups", "staff:owner"),
        ("x-remote-user", OWNER_EMAIL),
        ("x-forwarded-user", OWNER_EMAIL),
        ("x-forwarded-email", OWNER_EMAIL),
        ("x-auth-request-user", OWNER_EMAIL),
        ("x-webauth-user", "ada"),
        ("quarterdeck-account", "staff"),
        ("quarterdeck-organization", &id),
        ("x-original-url", "/api/v1/setup"),
        ("x-http-method-override", "DELETE"),
        ("x-sudo", "true"),
    ] {
        t.nobody().with_header(name, value).get("/api/v1/users").await.expect_status(401);
    }
    // An override of the method or of the path is not believed from who is signed in, either.
    let before = state(&t).await;
    let overriding =
        [("x-http-method-override", "DELETE"), ("x-http-method", "DELETE"), ("x-method-override", "DELETE"), ("if-match", "*")];
    owner.send(Method::GET, &format!("/api/v1/staff/{id}?_method=DELETE"), &overriding, None).await.expect_status(200);
    assert_eq!(state(&t).await, before);

    let spoofed = t.nobody().from_address("198.51.100.9");
    let headers = [
        ("x-forwarded-for", "127.0.0.1"),
        ("x-real-ip", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1;host=localhost"),
        ("true-client-ip", "127.0.0.1"),
        ("cf-connecting-ip", "127.0.0.1"),
        ("x-forwarded-host", "localhost"),
        ("x-forwarded-proto", "https"),
        ("via", "1.1 localhost"),
    ];
    let body = json!({"email": OWNER_EMAIL, "password": PASSWORD});
    let answer = spoofed.send(Method::POST, "/api/v1/session", &headers, Some(body)).await.expect(200);
    let set: Vec<&str> = answer.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap()).collect();
    assert!(set.iter().all(|cookie| !cookie.contains("Secure")), "who is no proxy doesn't say that the connection is protected: {set:?}");
    let sessions = owner.get("/api/v1/sessions?order=created_at.desc,id.desc").await.expect(200);
    assert!(sessions.body.as_array().unwrap().iter().any(|s| s["address"] == "198.51.100.9"), "{}", sessions.text);
}

#[tokio::test]
async fn a_link_leads_to_the_configured_address_whatever_host_was_asked() {
    let t = TestApp::with(product(), &[("QUARTERDECK_BASE_URL", "https://panel.example.com")]).await;
    t.owner().await;
    let client = t.nobody().with_header("host", "evil.example").with_header("x-forwarded-host", "evil.example");
    client.post("/api/v1/session", json!({"email": OWNER_EMAIL, "password": PASSWORD})).await.expect_status(200);
    let user = client.post("/api/v1/users", json!({"email": "grace@example.com"})).await.expect(201)["id"].as_str().unwrap().to_owned();
    let role = client.get("/api/v1/roles?name=eq.developer").await.expect(200)[0]["id"].clone();
    for (path, body) in [
        (format!("/users/{user}/reset-link"), json!({})),
        ("/users/invite".to_owned(), json!({"email": "alan@example.com"})),
        ("/staff/invite".to_owned(), json!({"email": "alan@example.com", "role_id": role})),
        (format!("/users/{user}/impersonate"), json!({"reason": "a test"})),
    ] {
        let answer = client.post(&format!("/api/v1{path}"), body).await.expect(200);
        let link = answer["link"].as_str().or(answer["open"].as_str()).unwrap();
        assert!(link.starts_with("https://panel.example.com/") && !answer.text.contains("evil.example"), "{path}: {}", answer.text);
    }
    let gate = t.nobody().with_header("host", "evil.example");
    for (back, kept) in [
        ("/reports?year=2026", "%2Freports%3Fyear%3D2026"),
        ("//evil.example", "%2F"),
        ("/\\evil.example", "%2F"),
        ("/\t/evil.example", "%2F"),
        ("https://evil.example/", "%2F"),
        ("javascript:alert(1)", "%2F"),
    ] {
        let answer = gate.send(Method::GET, "/auth/verify?redirect=1", &[("x-forwarded-uri", back)], None).await.expect(302);
        assert_eq!(answer.header("location"), Some(format!("https://panel.example.com/auth/login?return_to={kept}").as_str()), "{back:?}");
    }
    for moved in ["/administration//evil.example", "/administration/\\evil.example", "/administration/%2f/evil.example"] {
        let answer = t.nobody().get(moved).await.expect(308);
        assert!(
            answer.header("location").unwrap().starts_with("/admin/") && !answer.header("location").unwrap().starts_with("//"),
            "{moved}"
        );
    }
}

#[tokio::test]
async fn two_credentials_are_none() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let made = |name: &'static str, scope: &'static str| owner.post("/api/v1/keys", json!({"name": name, "scopes": [scope]}));
    let (one, two) = (made("one", "users:read").await.expect(201), made("two", "staff:read").await.expect(201));
    let key = |answer: &testkit::Answer| answer["key"].as_str().unwrap().to_owned();
    let client = t.nobody().with_key(&key(&one));
    client.get("/api/v1/users").await.expect_status(200);
    for second in [key(&two), key(&one), "nonsense".to_owned()] {
        let header = format!("Bearer {second}");
        for path in ["/api/v1/users", "/api/v1/staff"] {
            client.send(Method::GET, path, &[("authorization", &header)], None).await.expect_status(401);
        }
    }
    // A key beside a cookie is the key, never the sum of both.
    let both = t.nobody().with_key(&key(&one));
    both.set_cookie(owner.cookie().as_deref());
    both.get("/api/v1/staff").await.expect_status(403);
    // A scheme of another kind is nobody, whatever cookie stands beside it.
    let basic = t.nobody().with_header("authorization", "Basic YWRhOmFkYQ==");
    basic.set_cookie(owner.cookie().as_deref());
    basic.get("/api/v1/users").await.expect_status(401);
}

#[tokio::test]
async fn a_path_has_one_spelling_and_a_method_one_meaning() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    for path in [
        "/api/v1/users/",
        "/api/v1//users",
        "/api//v1/users",
        "/api/v1/./users",
        "/api/v1/staff/../users",
        "/api/v1/users%2f",
        "/api/v1/%75sers/",
        "/api/v1/users;v=1",
        "/api/v1/users%00",
        "/api/v1/Users",
        "/api/v1/../v1/users",
        "/api/v2/users",
    ] {
        let answer = owner.get(path).await;
        assert!(!answer.body.is_array() && answer.status == 404, "{path}: {} {}", answer.status, answer.text);
    }
    for method in [Method::TRACE, Method::OPTIONS, Method::PUT, Method::CONNECT, Method::from_bytes(b"PROPFIND").unwrap()] {
        for path in ["/api/v1/users", "/api/v1/session"] {
            let answer = owner.send(method.clone(), path, &[("x-secret", "echo")], None).await;
            assert_eq!(answer.status, 405, "{method} {path}: {}", answer.text);
            assert!(!answer.text.contains("echo"), "{method} {path} gives back what it was sent");
        }
    }
    let head = owner.send(Method::HEAD, "/api/v1/users", &[("range", "bytes=0-1")], None).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    let part = owner.send(Method::GET, "/api/v1/users", &[("range", "bytes=0-1")], None).await;
    assert!(part.status == 200 && part.body.is_array(), "parts of an answer are not given: {}", part.status);
}

#[tokio::test]
async fn no_route_takes_a_field_it_does_not_know() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let mut open = Vec::new();
    for endpoint in t.app.registry.endpoints() {
        let Some(body) = endpoint.body.as_ref().filter(|body| body["type"] == "object") else { continue };
        if body["additionalProperties"] != json!(false) && body["properties"].as_object().is_some_and(|p| !p.is_empty()) {
            open.push(endpoint.id.clone());
        }
    }
    assert!(open.is_empty(), "these take anything: {open:?}");
    let id = id_of(&owner, "staff", OWNER_EMAIL).await;
    let user = owner.post("/api/v1/users", json!({"email": "grace@example.com"})).await.expect(201)["id"].as_str().unwrap().to_owned();
    let before = state(&t).await;
    for (path, body, field) in [
        (format!("/staff/{id}"), json!({"name": "Eve", "role_id": id}), "role_id"),
        (format!("/staff/{id}"), json!({"name": "Eve", "password_hash": "x"}), "password_hash"),
        (format!("/users/{user}"), json!({"name": "Eve", "email_verified_at": "2026-01-01T00:00:00Z"}), "email_verified_at"),
        (format!("/users/{user}"), json!({"name": "Eve", "status": "active"}), "status"),
        (format!("/users/{user}"), json!({"name": "Eve", "id": id}), "id"),
        ("/profile".to_owned(), json!({"name": "Eve", "role": "owner"}), "role"),
        ("/profile".to_owned(), json!({"name": "Eve", "__proto__": {"role": "owner"}}), "__proto__"),
    ] {
        let answer = owner.patch(&format!("/api/v1{path}"), "*", body.clone()).await.expect(422);
        assert!(
            answer["errors"].as_array().unwrap().iter().any(|e| e["field"] == field && e["code"] == "unknown"),
            "{body}: {}",
            answer.text
        );
    }
    assert_eq!(state(&t).await, before);
}

#[tokio::test]
async fn of_a_field_that_is_sent_twice_one_counts_everywhere() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let body = br#"{"email": "first@example.com", "name": "A", "email": "second@example.com"}"#;
    let made = owner.send_bytes(Method::POST, "/api/v1/users", &[], Some(body.to_vec())).await.expect(201);
    assert_eq!(made["email"], "second@example.com");
    let users = owner.get("/api/v1/users").await.expect(200);
    assert_eq!(users.body.as_array().map(Vec::len), Some(1));
    let log = t.audit().await;
    let row = log.iter().find(|row| row["action"] == "users.create").unwrap();
    assert_eq!(row["changes"]["email"]["after"], "second@example.com", "the log says what happened");
}

#[tokio::test]
async fn what_is_open_to_everybody_is_a_short_list() {
    let t = TestApp::start(product()).await;
    let mut open: Vec<&str> = t.app.registry.endpoints().iter().filter(|e| e.access == Access::Public).map(|e| e.id.as_str()).collect();
    open.sort_unstable();
    let doors = ["account.", "session.", "gate.verify"];
    let strange: Vec<&&str> = open.iter().filter(|id| !doors.iter().any(|door| id.starts_with(door))).collect();
    assert!(strange.is_empty(), "a route without a lock that is no door: {strange:?}");
    // Whoever isn't signed in learns nothing about people from the ones that can be read.
    t.owner().await;
    for endpoint in t.app.registry.endpoints().iter().filter(|e| e.access == Access::Public && !e.mutates()) {
        let answer = t.nobody().get(&format!("/api/v1{}", endpoint.path)).await;
        assert!(!answer.text.contains("ada@example.com") && !answer.text.contains("Lovelace"), "{}: {}", endpoint.id, answer.text);
    }
}
