//! Bad input is the client's fault and is told so: never a 5xx (the test client stops at a 500), nothing half-written.

use crate::lab;
use http::Method;
use serde_json::{Value, json};
use testkit::Client;

const NOTES: &str = "/api/v1/notes";

/// Texts that have broken somebody's panel before.
const NASTY: &[&str] = &[
    "'; drop table lab.notes; --",
    "\" or 1=1 --",
    "1) union select password_hash from dashboard_auth.dashboard_users --",
    "$1",
    "$$; select 1; $$",
    "\\'; select pg_sleep(10); --",
    "%' or '%'='",
    "a\u{0}b",
    "\u{202e}\u{fffd}💥",
    "{\"a\":",
    "(((((((((((((((((((((",
    "in.(1,2",
    "eq.",
    ".",
    "not.not.not.eq.1",
    "eq(any).{a,\"",
    "99999999999999999999999999",
    "-1",
    "1e400",
    "NaN",
    "../../etc/passwd",
    "",
];

fn encoded(text: &str) -> String {
    percent(text.as_bytes())
}

fn percent(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("%{b:02X}")).collect()
}

async fn notes(client: &Client) -> usize {
    client.get(NOTES).await.expect(200).body.as_array().unwrap().len()
}

#[tokio::test]
async fn what_is_no_json_is_said_to_be_none() {
    let (_app, owner) = lab::start().await;
    let bodies: [&[u8]; 8] = [
        b"{",
        b"{\"title\": }",
        b"[1,",
        b"\xff\xfe",
        b"{\"title\": \"\xc3\x28\"}",
        b"nul",
        b"{\"title\": \"a\"} trailing",
        b"{\"title\": \"\\ud800\"}",
    ];
    for body in bodies {
        let answer = owner.send_bytes(Method::POST, NOTES, &[], Some(body.to_vec())).await;
        assert_eq!(answer.status, 400, "{} to {}", answer.text, String::from_utf8_lossy(body));
        assert_eq!(answer["type"], "/problems/malformed");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert_eq!(answer["request_id"].as_str(), answer.header("x-request-id"));
        assert!(answer["detail"].as_str().unwrap().contains("JSON"), "{}", answer.text);
    }
    let deep = format!("{{\"body\": {}1{}}}", "[".repeat(5000), "]".repeat(5000));
    owner.send_bytes(Method::POST, NOTES, &[], Some(deep.into_bytes())).await.expect_status(400);
    let form =
        owner.send_bytes(Method::POST, NOTES, &[("content-type", "application/x-www-form-urlencoded")], Some(b"title=One".to_vec())).await;
    form.expect_status(415);
    assert_eq!(notes(&owner).await, 0);
}

#[tokio::test]
async fn unknown_fields_and_wrong_types_are_named() {
    let (_app, owner) = lab::start().await;
    let cases = [
        (json!({"title": "One", "colour": "red"}), "colour", "unknown"),
        (json!({"title": 7}), "title", "type"),
        (json!({"title": null}), "title", "type"),
        (json!({"title": ["One"]}), "title", "type"),
        (json!({"title": {"$ne": null}}), "title", "type"),
        (json!({}), "title", "required"),
        (json!({"title": ""}), "title", "required"),
        (json!({"title": "x".repeat(61)}), "title", "too_long"),
        (json!({"title": "One", "status": "published"}), "status", "unknown"),
        (json!({"title": "One", "id": "0190b6c8-0000-7000-8000-000000000001"}), "id", "unknown"),
        (json!({"title": "One", "version": "7"}), "version", "unknown"),
    ];
    for (body, field, code) in cases {
        let answer = owner.post(NOTES, body.clone()).await.expect(422);
        let errors = answer["errors"].as_array().unwrap();
        assert!(
            errors.iter().any(|e| e["field"] == field && e["code"] == code && !e["message"].as_str().unwrap().is_empty()),
            "{body}: {}",
            answer.text
        );
    }
    for body in [json!([]), json!("text"), json!(7), json!(null)] {
        let answer = owner.post(NOTES, body.clone()).await;
        assert!(matches!(answer.status, 400 | 422), "{body}: {}", answer.text);
    }
    assert_eq!(notes(&owner).await, 0);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let (_app, owner) = lab::start().await;
    let just = json!({"title": "One", "body": "x".repeat((1 << 20) - 1000)});
    assert_eq!(owner.post(NOTES, just).await.status, 422, "it fits through the door and is too long for its field");
    let large = owner.post(NOTES, json!({"title": "One", "body": "x".repeat(1 << 20)})).await.expect(413);
    assert_eq!(large["type"], "/problems/too-large");
}

#[tokio::test]
async fn nasty_text_is_stored_as_it_is_or_refused() {
    let (_app, owner) = lab::start().await;
    for text in NASTY.iter().filter(|t| !t.is_empty()) {
        let answer = owner.post(NOTES, json!({"title": text})).await;
        match answer.status {
            201 => {
                let path = format!("{NOTES}?title=eq.{}", encoded(&format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))));
                let found = owner.get(&path).await;
                assert!(found.status == 200 || found.status == 400, "{text}: {}", found.text);
                assert_eq!(owner.get(&format!("{NOTES}/{}", answer["id"].as_str().unwrap())).await.expect(200)["title"], *text);
            }
            422 => assert_eq!(answer["errors"][0]["field"], "title", "{text}: {}", answer.text),
            other => panic!("{text:?} answered {other} {}", answer.text),
        }
    }
    assert!(notes(&owner).await > 15, "the table is still there, with most of it");
}

#[tokio::test]
async fn nasty_text_in_a_list_is_no_match_or_a_clear_refusal() {
    let (app, owner) = lab::start().await;
    owner.post(NOTES, json!({"title": "One"})).await.expect_status(201);
    let collections: Vec<&str> = app.app.registry.resources().iter().map(|r| r.name).collect();
    for text in NASTY {
        let value = encoded(text);
        let mut queries: Vec<String> = ["select", "order", "limit", "offset", "cursor", "search", "and", "or", "not.and", "nope"]
            .iter()
            .map(|name| format!("{name}={value}"))
            .collect();
        queries.extend([
            format!("title=eq.{value}"),
            format!("title={value}"),
            format!("title=in.({value})"),
            format!("{value}=eq.1"),
            format!("title=like.*{value}*"),
            format!("title=match.{value}"),
            format!("id=eq.{value}"),
            format!("select={value}::text"),
        ]);
        for query in queries {
            for collection in ["notes"]
                .into_iter()
                .chain(collections.iter().copied().filter(|_| query.starts_with("order") || query.starts_with("search")))
            {
                let answer = owner.get(&format!("/api/v1/{collection}?{query}")).await;
                refused_or_listed(&answer.body, answer.status, &format!("{collection}?{query} ({text:?}): {}", answer.text));
            }
        }
        let answer = owner.get(&format!("{NOTES}/{value}x")).await;
        assert!(matches!(answer.status, 404 | 405), "{text:?}: {}", answer.text);
    }
    assert_eq!(owner.get(NOTES).await.expect(200)[0]["title"], "One");
}

fn refused_or_listed(body: &Value, status: u16, context: &str) {
    match status {
        200 | 206 => assert!(body.is_array(), "{context}"),
        400 => {
            assert!(matches!(body["type"].as_str(), Some("/problems/filter" | "/problems/malformed")), "{context}");
            assert!(!body["detail"].as_str().unwrap_or_default().is_empty(), "{context}");
        }
        _ => panic!("{context}"),
    }
}

#[tokio::test]
async fn a_path_or_method_that_isnt_there_is_a_problem_too() {
    let (_app, owner) = lab::start().await;
    owner.get("/api/v1/nothing").await.expect_status(404);
    owner.get("/api/nothing").await.expect_status(404);
    let wrong = owner.send(Method::PUT, NOTES, &[], Some(json!({}))).await.expect(405);
    assert_eq!(wrong["type"], "/problems/method");
    let missing = owner.get(&format!("{NOTES}/0190b6c8-0000-7000-8000-000000000001")).await.expect(404);
    assert_eq!(missing["type"], "/problems/not-found");
    owner.patch(&format!("{NOTES}/not-an-id"), "*", json!({"title": "x"})).await.expect_status(404);
}

#[tokio::test]
async fn a_request_id_is_taken_over_only_when_it_is_one() {
    let (_app, owner) = lab::start().await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let taken = owner.send(Method::GET, NOTES, &[("traceparent", &format!("00-{trace}-00f067aa0ba902b7-01"))], None).await;
    assert_eq!(taken.header("x-request-id"), Some(trace));
    for wrong in ["00-nonsense-x-01", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "<script>"] {
        let made = owner.send(Method::GET, NOTES, &[("traceparent", wrong)], None).await;
        let id = made.header("x-request-id").unwrap();
        assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()) && id != trace, "{wrong}: {id}");
    }
}
