//! Faults of imports: half a file, two accounts from one line, text that a spreadsheet runs.

use crate::faults_desk::state;
use crate::identity_imports::people;
use http::Method;
use quarterdeck::product;
use serde_json::{Value, json};
use testkit::{Answer, Client, TestApp};
use work::worker;

async fn start() -> (TestApp, Client) {
    let app = TestApp::start(product()).await;
    let owner = app.owner().await;
    (app, owner)
}

async fn upload(client: &Client, text: impl Into<Vec<u8>>) -> Answer {
    client.send_bytes(Method::POST, "/api/v1/user-imports?name=people.csv", &[("content-type", "text/csv")], Some(text.into())).await
}

fn at(import: &Value, verb: &str) -> String {
    format!("/api/v1/user-imports/{}/{verb}", import["id"].as_str().unwrap())
}

async fn users(app: &TestApp) -> i64 {
    app.database().await.query_one("select count(*) from auth.users", &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_file_of_too_many_rows_is_refused_whole() {
    let (app, owner) = start().await;
    let refused = upload(&owner, people(100_001)).await.expect(422);
    assert_eq!((&refused["errors"][0]["field"], &refused["errors"][0]["code"]), (&json!("file"), &json!("rows")), "{}", refused.text);
    assert!(refused["errors"][0]["message"].as_str().unwrap().contains("100000"), "{}", refused.text);
    let kept: i64 = app.database().await.query_one("select count(*) from auth.user_imports", &[]).await.unwrap().get(0);
    assert_eq!((kept, users(&app).await), (0, 0));
    upload(&owner, vec![b'a'; (32 << 20) + 1]).await.expect_status(413);
}

#[tokio::test]
async fn one_bad_row_at_the_end_of_many_keeps_all_of_them_out() {
    let (app, owner) = start().await;
    let import = upload(&owner, people(20_000) + "nonsense,Eve,Town\n").await.expect(201).body;
    owner.post(&at(&import, "check"), json!({})).await.expect_status(200);
    owner.post(&at(&import, "run"), json!({})).await;
    worker::drain(&app.app).await.unwrap();
    assert_eq!(users(&app).await, 0);
    let import = upload(&owner, people(20_000)).await.expect(201).body;
    owner.post(&at(&import, "check"), json!({})).await.expect_status(200);
    owner.post(&at(&import, "run"), json!({})).await.expect_status(200);
    worker::drain(&app.app).await.unwrap();
    assert_eq!(users(&app).await, 20_000);
}

#[tokio::test]
async fn addresses_that_are_there_twice_or_only_look_alike_make_no_second_account() {
    let (app, owner) = start().await;
    owner.post("/api/v1/users", json!({"email": "there@example.com"})).await.expect_status(201);
    let before = users(&app).await;
    for (second, code) in [
        ("ADA@EXAMPLE.COM", "duplicate"),
        ("\" ada@example.com \"", "duplicate"),
        ("There@Example.com", "exists"),
        ("\u{430}da@example.com", "format"),
        ("ａｄａ@example.com", "format"),
        ("ada@example.com\u{200b}", "format"),
        ("ada@ex\u{e4}mple.com", "format"),
        ("\"ada@example.com, eve@example.com\"", "format"),
        ("=ada@example.com", "new"),
    ] {
        let import = upload(&owner, format!("email,name\nada@example.com,Ada\n{second},Eve\n")).await.expect(201).body;
        let report = owner.post(&at(&import, "check"), json!({})).await.expect(200);
        if code == "new" {
            assert_eq!(report["faults_total"], 0, "what begins like a formula is an address all the same: {}", report.text);
            continue;
        }
        assert_eq!((&report["faults"][0]["line"], &report["faults"][0]["code"]), (&json!(3), &json!(code)), "{second}: {}", report.text);
        owner.post(&at(&import, "run"), json!({})).await.expect_status(422);
        assert_eq!(users(&app).await, before, "{second}");
    }
}

#[tokio::test]
async fn a_formula_is_text_on_its_way_in_and_harmless_on_its_way_out() {
    let (_app, owner) = start().await;
    let formulas = ["=cmd|' /C calc'!A0", "@SUM(1+1)*cmd", "+1+cmd", "-2+3+cmd", "\u{ff1d}1+1", "=HYPERLINK(\"\"http://evil.example\"\")"];
    let mut text = String::from("email,name,note\n");
    for (n, formula) in formulas.iter().enumerate() {
        text += &format!("person{n}@example.com,\"{formula}\",\"{formula}\"\n");
        text += &format!("\"{formula}\",Eve,x\n");
    }
    let import = upload(&owner, text).await.expect(201).body;
    let report =
        owner.post(&at(&import, "check"), json!({"map": {"email": "email", "name": "name"}, "metadata": ["note"]})).await.expect(200);
    assert_eq!((&report["new"], &report["faults_total"]), (&json!(formulas.len()), &json!(formulas.len())), "{}", report.text);
    let csv = owner.get(&at(&import, "report")).await;
    assert_eq!(csv.header("content-disposition"), Some("attachment; filename=\"faults.csv\""));
    for line in csv.text.lines().skip(1) {
        for cell in line.split(',').map(|cell| cell.trim_start_matches('"')) {
            assert!(!cell.starts_with(['=', '+', '@', '\t', '\u{ff1d}']) && (!cell.starts_with('-')), "{line}");
        }
    }
}

#[tokio::test]
async fn what_is_no_table_leaves_nothing_behind() {
    let (app, owner) = start().await;
    let before = state(&app).await;
    let deep = format!("email,name\n{}", "\"".repeat(1_000_001));
    for (what, bytes) in [
        ("an archive", b"PK\x03\x04rest".to_vec()),
        ("a program", b"\x7fELF\x02\x01\x01\0\0".to_vec()),
        ("half a character", b"email,name\nada@example.com,A\xf0\x9f\n\x81".to_vec()),
        ("broken utf-16", b"\xff\xfe\x00\xd8e".to_vec()),
        ("zero bytes", b"email,name\na\0da@example.com,Ada\n".to_vec()),
        ("no names of columns", b",,,\n1,2,3\n".to_vec()),
        ("a hundred and one columns", (vec!["c"; 101].join(",") + "\n1\n").into_bytes()),
        ("nothing", Vec::new()),
    ] {
        let refused = upload(&owner, bytes).await;
        assert_eq!(refused.status, 422, "{what}: {}", refused.text);
        assert!(refused["errors"][0]["message"].as_str().is_some_and(|said| said.len() > 10), "{what}: {}", refused.text);
    }
    assert_eq!(state(&app).await, before);
    // A quote that is never closed swallows the rest into one field, which is no row of two.
    let import = upload(&owner, deep).await.expect(201).body;
    let report = owner.post(&at(&import, "check"), json!({"map": {"email": "email"}})).await.expect(200);
    assert_eq!((&report["new"], &report["faults_total"]), (&json!(0), &json!(1)), "{}", &report.text[..report.text.len().min(500)]);
    assert_eq!(users(&app).await, 0);
}
