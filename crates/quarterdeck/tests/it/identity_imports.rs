//! Importing users from files: every row or none, whatever is in the file and whatever happens on the way.

use crate::work_lab::EVERY;
use serde_json::{Value, json};
use testkit::{Answer, Client, PASSWORD, TestApp};
use work::worker;

async fn start() -> (TestApp, Client) {
    let app = TestApp::start(quarterdeck::product()).await;
    let owner = app.owner().await;
    (app, owner)
}

async fn upload(client: &Client, text: &str) -> Value {
    client.post("/api/v1/user-imports", json!({"name": "people.csv", "text": text})).await.expect(201).body
}

fn at(import: &Value, verb: &str) -> String {
    format!("/api/v1/user-imports/{}/{verb}", import["id"].as_str().unwrap())
}

async fn check(client: &Client, import: &Value, settings: Value) -> Value {
    client.post(&at(import, "check"), settings).await.expect(200).body
}

async fn run(client: &Client, import: &Value) -> Answer {
    client.post(&at(import, "run"), json!({})).await
}

async fn users(app: &TestApp) -> i64 {
    app.database().await.query_one("select count(*) from auth.users", &[]).await.unwrap().get(0)
}

/// Line and code of each fault.
fn faults(report: &Value) -> Vec<(u64, String)> {
    let faults = report["faults"].as_array().unwrap().iter();
    faults.map(|fault| (fault["line"].as_u64().unwrap(), fault["code"].as_str().unwrap().to_owned())).collect()
}

#[tokio::test]
async fn a_file_becomes_users_members_and_metadata() {
    let (app, owner) = start().await;
    owner.post("/api/v1/organizations", json!({"name": "Navy"})).await.expect_status(201);
    let import = upload(
        &owner,
        "E-Mail;Vorname;Nachname;Firma;Rolle;Sprache;Abteilung;Level\n\
         Grace@Example.com;Grace;Hopper;navy;Manager;de-DE;=1+1;read only\n\
         ada@example.com;\"Ada \"\"A.\"\"\";Lovelace;;;;;\n;;;;;;;\n",
    )
    .await;
    assert_eq!((&import["rows"], &import["delimiter"], &import["encoding"]), (&json!(2), &json!(";"), &json!("utf-8")));
    assert_eq!(import["settings"]["map"]["last_name"], "Nachname", "{import}");
    let mut settings = import["settings"].clone();
    settings["metadata"] = json!(["Abteilung"]);
    let report = check(&owner, &import, settings).await;
    assert_eq!((&report["new"], &report["faults_total"]), (&json!(2), &json!(0)), "{report}");
    assert_eq!(users(&app).await, 0, "a check makes nothing");
    let done = run(&owner, &import).await.expect(200);
    assert_eq!((&done["status"], &done["created"]), (&json!("done"), &json!(2)));
    let grace = &owner.get("/api/v1/users?email=eq.grace@example.com").await.expect(200)[0];
    assert_eq!((&grace["name"], &grace["language"]), (&json!("Grace Hopper"), &json!("de")));
    assert_eq!(grace["metadata"], json!({"Abteilung": "=1+1"}), "what looks like a formula stays text");
    assert_eq!(grace["roles"], json!(["Manager (read only)"]));
    let ada = &owner.get("/api/v1/users?email=eq.ada@example.com").await.expect(200)[0];
    assert_eq!((&ada["name"], &ada["organizations"], &ada["joined"]), (&json!("Ada \"A.\" Lovelace"), &json!([]), &json!("pending")));
    run(&owner, &import).await.expect_status(403);
    check_is_refused(&owner, &import).await;
    assert_eq!(users(&app).await, 2);
    let kept: Option<String> = app.database().await.query_one("select content from auth.user_imports", &[]).await.unwrap().get(0);
    assert_eq!(kept, None, "what the file said is not kept");
    let log = app.audit().await;
    assert!(log.iter().any(|row| row["action"] == "users.import"));
    let created: Vec<_> = log.iter().filter(|row| row["action"] == "users.create").collect();
    assert_eq!(created.len(), 2, "each of them has a row of their own, by whoever imported them");
    let row = created.iter().find(|row| row["target_id"] == grace["id"]).unwrap();
    assert_eq!(row["actor_label"], "Ada Lovelace");
    assert_eq!(row["changes"]["email"]["after"], "grace@example.com");
    assert_eq!((&row["changes"]["organization"]["after"], &row["changes"]["role"]["after"]), (&json!("navy"), &json!("Manager")));
    let verified = safety::verify::verify(&app.database().await, &app.app.keys).await.unwrap();
    assert!(verified.findings.is_empty(), "{:?}", verified.findings);
}

async fn check_is_refused(client: &Client, import: &Value) {
    client.post(&at(import, "check"), json!({})).await.expect_status(403);
}

#[tokio::test]
async fn every_fault_is_told_with_its_line_and_nothing_is_imported() {
    let (app, owner) = start().await;
    owner.post("/api/v1/organizations", json!({"name": "Navy"})).await.expect_status(201);
    owner.post("/api/v1/users", json!({"email": "there@example.com"})).await.expect_status(201);
    let text = format!(
        "email,name,organization,role,level,language\n\
         good@example.com,Good,Navy,Member,admin,en\n\
         ,Nobody,,,,\n\
         nonsense,Bad,,,,\n\
         \u{430}da@example.com,Looks like Ada,,,,\n\
         GOOD@example.com ,Again,,,,\n\
         there@example.com,There,,,,\n\
         long@example.com,{},,,,\n\
         a@example.com,A,Army,,,\n\
         b@example.com,B,Navy,Admiral,,\n\
         c@example.com,C,Navy,,sudo,\n\
         d@example.com,D,,Member,,\n\
         e@example.com,E,,,,fr\n\
         f@example.com,F\n\
         g@example.com,\"two\nlines\",,,,\n",
        "n".repeat(121)
    );
    let import = upload(&owner, &text).await;
    let report = check(&owner, &import, json!({})).await;
    let expected = [
        (3, "required"),
        (4, "format"),
        (5, "format"),
        (6, "duplicate"),
        (7, "exists"),
        (8, "too_long"),
        (9, "reference"),
        (10, "reference"),
        (11, "option"),
        (12, "required"),
        (13, "option"),
        (14, "fields"),
        (15, "format"),
    ];
    assert_eq!(faults(&report), expected.map(|(line, code)| (line, code.to_owned())), "{report:#}");
    assert!(report["faults"][3]["message"].as_str().unwrap().contains("line 2"), "where the first one is");
    assert_eq!((&report["new"], &report["faults_total"]), (&json!(1), &json!(13)));
    let refused = run(&owner, &import).await.expect(422);
    assert_eq!(refused["errors"].as_array().unwrap().len(), 13);
    assert_eq!(users(&app).await, 1);
    let csv = owner.get(&at(&import, "report")).await;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    assert!(csv.text.contains("\n4,email,nonsense,"), "{}", csv.text);
}

#[tokio::test]
async fn files_of_every_encoding_are_read_or_refused_with_what_to_do() {
    let (_app, owner) = start().await;
    let text = "Mail;Name\nmueller@example.com;Müller\n";
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    for (bytes, encoding) in [(text.as_bytes().to_vec(), "utf-8"), (utf16, "utf-16le"), (latin, "windows-1252")] {
        let sent = owner
            .send_bytes(http::Method::POST, "/api/v1/user-imports?name=%C3%A4.csv", &[("content-type", "text/csv")], Some(bytes))
            .await;
        let import = sent.expect(201);
        assert_eq!(
            (&import["encoding"], &import["name"], &import["columns"][1]["samples"][0]),
            (&json!(encoding), &json!("ä.csv"), &json!("Müller"))
        );
    }
    for bad in [
        b"PK\x03\x04xlsx".to_vec(),
        b"M\0a\0i\0l\0".to_vec(),
        vec![],
        b"\xef\xbb\xbf\xff\xff".to_vec(),
        b"ada@example.com,Ada\n".to_vec(),
        b"mail\n".to_vec(),
    ] {
        let sent = owner.send_bytes(http::Method::POST, "/api/v1/user-imports", &[("content-type", "text/csv")], Some(bad.clone())).await;
        assert_eq!(sent.status, 422, "{bad:?}: {}", sent.text);
    }
}

#[tokio::test]
async fn columns_are_what_somebody_says_they_are() {
    let (_app, owner) = start().await;
    let import = upload(&owner, "a,b,b\nada@example.com,Ada,x\n").await;
    for (map, field) in [
        (json!({}), "map.email"),
        (json!({"email": "nope"}), "map.email"),
        (json!({"email": "a", "name": "a"}), "map.name"),
        (json!({"email": "a", "role": "b"}), "map.organization"),
    ] {
        let refused = owner.post(&at(&import, "check"), json!({"map": map})).await.expect(422);
        assert_eq!(refused["errors"][0]["field"], field, "{}", refused.text);
    }
    owner.post(&at(&import, "check"), json!({"map": {"email": "a", "name": "b (2)"}})).await.expect_status(200);
    run(&owner, &import).await.expect_status(200);
    assert_eq!(owner.get("/api/v1/users").await.expect(200)[0]["name"], "x");
}

#[tokio::test]
async fn people_who_are_there_can_be_left_as_they_are() {
    let (app, owner) = start().await;
    owner.post("/api/v1/users", json!({"email": "there@example.com", "name": "Before"})).await.expect_status(201);
    let import = upload(&owner, "email,name\nthere@example.com,After\nnew@example.com,New\n").await;
    let report = check(&owner, &import, json!({"existing": "skip", "mail": true})).await;
    assert_eq!((&report["new"], &report["skipped"]), (&json!(1), &json!(1)));
    let key = [("idempotency-key", "import-1")];
    let first = owner.send(http::Method::POST, &at(&import, "run"), &key, Some(json!({}))).await.expect(200);
    let again = owner.send(http::Method::POST, &at(&import, "run"), &key, Some(json!({}))).await.expect(200);
    assert_eq!((first.body, again.headers["idempotency-replayed"].to_str().unwrap()), (again.body.clone(), "true"));
    assert_eq!(users(&app).await, 2);
    assert_eq!(owner.get("/api/v1/users?email=eq.there@example.com").await.expect(200)[0]["name"], "Before");
    let mails: i64 =
        app.database().await.query_one(&format!("select count(*) from {EVERY} where kind = 'mail.deliver'"), &[]).await.unwrap().get(0);
    assert_eq!(mails, 1, "only who is new gets a welcome mail");
}

#[tokio::test]
async fn an_import_gives_no_more_than_the_importer_holds() {
    let (app, owner) = start().await;
    owner.post("/api/v1/organizations", json!({"name": "Navy"})).await.expect_status(201);
    let permissions = json!(["user-imports:*", "users:read", "organizations:read"]);
    owner.post("/api/v1/roles", json!({"name": "importer", "label": "Importer", "permissions": permissions})).await.expect_status(201);
    let importer = app.staff(&owner, "importer").await;
    let import = upload(&importer, "email,organization,role\na@example.com,,\nb@example.com,Navy,Admin\n").await;
    let report = check(&importer, &import, json!({})).await;
    assert_eq!(faults(&report), [(3, "forbidden".to_owned())]);
    run(&importer, &import).await.expect_status(422);
    assert_eq!(users(&app).await, 0);
    let reader = app.staff(&owner, "developer").await;
    reader.post("/api/v1/user-imports", json!({"text": "email\na@b.c\n"})).await.expect_status(403);
}

/// A file of so many people.
pub fn people(count: usize) -> String {
    (0..count).fold(String::from("email,name,city\n"), |text, i| text + &format!("person{i}@example.com,Person {i},\"Town, {i}\"\n"))
}

#[tokio::test]
async fn a_large_file_is_imported_by_a_job_in_one_piece() {
    let (app, owner) = start().await;
    let import = upload(&owner, &people(2500)).await;
    let mut settings = import["settings"].clone();
    settings["metadata"] = json!(["city"]);
    check(&owner, &import, settings).await;
    let running = run(&owner, &import).await.expect(200);
    assert_eq!((&running["status"], users(&app).await), (&json!("running"), 0));
    run(&owner, &import).await.expect_status(403);
    // Somebody takes one of the addresses while it waits: nothing of it comes in, and it says why.
    let taken = owner.post("/api/v1/users", json!({"email": "person2400@example.com"})).await.expect(201);
    worker::drain(&app.app).await.unwrap();
    let failed = owner.get(&at(&import, "")[..at(&import, "").len() - 1]).await.expect(200);
    assert_eq!((&failed["status"], users(&app).await), (&json!("failed"), 1), "{}", failed.text);
    assert_eq!(faults(&failed["report"]), [(2402, "exists".to_owned())]);
    owner.delete(&format!("/api/v1/users/{}", taken["id"].as_str().unwrap())).await.expect_status(204);
    run(&owner, &import).await.expect_status(200);
    worker::drain(&app.app).await.unwrap();
    let done = owner.get(&at(&import, "")[..at(&import, "").len() - 1]).await.expect(200);
    assert_eq!((&done["status"], &done["created"]), (&json!("done"), &json!(2500)), "{}", done.text);
    let last = &owner.get("/api/v1/users?email=eq.person2499@example.com").await.expect(200)[0];
    assert_eq!(last["metadata"], json!({"city": "Town, 2499"}));
    let imports = app.audit().await.into_iter().filter(|row| row["action"] == "users.import").collect::<Vec<_>>();
    assert_eq!((imports.len(), &imports[0]["actor_label"]), (1, &json!("Ada Lovelace")), "whoever asked for it did it");
    // A file of people who can't sign in yet.
    let signed = app.nobody().post("/api/v1/session", json!({"email": "person1@example.com", "password": PASSWORD})).await;
    assert_eq!(signed.status, 401);
}

#[tokio::test]
async fn of_two_organizations_with_one_name_the_id_says_which() {
    let (app, owner) = start().await;
    owner.post("/api/v1/organizations", json!({"name": "Navy"})).await.expect_status(201);
    let second = owner.post("/api/v1/organizations", json!({"name": "navy"})).await.expect(201)["id"].as_str().unwrap().to_owned();
    let import = upload(&owner, &format!("email,organization\na@example.com,Navy\nb@example.com,{}\n", second.to_uppercase())).await;
    let report = check(&owner, &import, import["settings"].clone()).await;
    assert_eq!(faults(&report), [(2, "ambiguous".into())], "{report}");
    assert!(report.to_string().contains("the id of one instead"));
    let import = upload(&owner, &format!("email,organization\nb@example.com,{second}\n")).await;
    check(&owner, &import, import["settings"].clone()).await;
    run(&owner, &import).await.expect_status(200);
    assert_eq!(users(&app).await, 1);
    let members = owner.get(&format!("/api/v1/memberships?organization_id=eq.{second}")).await.expect(200);
    assert_eq!(members[0]["email"], "b@example.com");
}
