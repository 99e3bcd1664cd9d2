//! Mail without a mail server: queued with its cause, sealed, put into a file, and nothing of its link in any log.

use crate::work_lab::EVERY;
use chrono::Duration;
use kernel::{Caller, Ctx, RequestInfo};
use mail::{Language, Mail};
use serde_json::{Value, json};
use std::path::PathBuf;
use testkit::{Client, TestApp};
use work::worker;

/// The mails that lie in the folder of this test's own data.
fn files(folder: &str) -> Vec<(PathBuf, String)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

/// Where letters go; tests of one process share it, so each looks for its own recipient.
async fn folder(owner: &Client) -> String {
    owner.get("/api/v1/mail/status").await.expect(200)["folder"].as_str().unwrap().to_owned()
}

/// The token of the link that was written to somebody, on a platform without a mail server.
pub async fn linked(app: &TestApp, owner: &Client, email: &str) -> String {
    worker::drain(&app.app).await.unwrap();
    let letters = files(&folder(owner).await).into_iter().map(|(_, text)| text.replace("=\r\n", "").replace("=3D", "="));
    let to = |text: &String| text.split("\r\n\r\n").next().is_some_and(|head| head.contains(email));
    let letter = letters.filter(to).find(|text| text.contains("?token="));
    let letter = letter.unwrap_or_else(|| panic!("no link was written to {email}"));
    letter.split("?token=").nth(1).unwrap().chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect()
}

async fn invite(owner: &Client, email: &str) -> Value {
    let roles = owner.get("/api/v1/roles?name=eq.operator").await.expect(200);
    owner.post("/api/v1/staff/invite", json!({"email": email, "role_id": roles[0]["id"]})).await.expect(200).body
}

async fn jobs(app: &TestApp) -> Vec<(String, String, String)> {
    let db = app.database().await;
    let rows = db.query(&format!("select state, payload::text, coalesce(result::text, '') || coalesce(error, '') from {EVERY} where kind = 'mail.deliver' order by id"), &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

#[tokio::test]
async fn a_letter_becomes_a_file_that_only_we_can_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let app = TestApp::start(quarterdeck::product()).await;
    let owner = app.owner().await;
    let invited = invite(&owner, "file-sink@example.com").await;
    assert_eq!(invited["mailed"], false, "no mail server takes it, so the link has to be passed on");
    worker::drain(&app.app).await.unwrap();
    let found: Vec<_> = files(&folder(&owner).await).into_iter().filter(|(_, text)| text.contains("file-sink@example.com")).collect();
    let [(path, text)] = found.as_slice() else { panic!("{} files", found.len()) };
    assert!(text.contains("Ada Lovelace") && text.contains("multipart/alternative"), "{text}");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(path.parent().unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(jobs(&app).await[0].0, "completed");
}

#[tokio::test]
async fn the_queue_holds_nothing_that_lets_somebody_in() {
    let app = TestApp::start(quarterdeck::product()).await;
    let owner = app.owner().await;
    let invited = invite(&owner, "sealed@example.com").await;
    let token = invited["link"].as_str().unwrap().split("token=").nth(1).unwrap();
    let kept =
        |jobs: Vec<(String, String, String)>| jobs.iter().map(|(_, payload, outcome)| format!("{payload}{outcome}")).collect::<String>();
    for when in ["queued", "delivered"] {
        let kept = kept(jobs(&app).await);
        assert!(kept.contains("identity.staff-invitation"), "{kept}");
        assert!(!kept.contains(token) && !kept.contains("sealed@example.com"), "{when}: {kept}");
        worker::drain(&app.app).await.unwrap();
    }
    let db = app.database().await;
    // Moved to another mail, or changed by a byte, it can't be opened, and is not tried for ever.
    invite(&owner, "moved@example.com").await;
    db.execute(
        "update kernel.jobs set payload = jsonb_set(payload, '{mail}', to_jsonb(gen_random_uuid())) where kind = 'mail.deliver' and state = 'available'",
        &[],
    )
    .await
    .unwrap();
    worker::drain(&app.app).await.unwrap();
    let mut states: Vec<String> = jobs(&app).await.into_iter().map(|job| job.0).collect();
    states.sort();
    assert_eq!(states, ["completed", "discarded"]);
}

#[tokio::test]
async fn a_mail_is_sent_only_when_its_cause_is_committed() {
    let app = TestApp::start(quarterdeck::product()).await;
    for (email, commit) in [("committed@example.com", true), ("rolled-back@example.com", false)] {
        let mut ctx = Ctx::open(app.app.clone(), Caller::system("test"), RequestInfo::default()).await.unwrap();
        let letter = identity::letters().into_iter().find(|l| l.name == "identity.password-reset").unwrap();
        let mail = Mail {
            letter,
            email,
            name: Some("Ada"),
            language: Language::De,
            values: &[("email", email), ("until", "morgen")],
            link: Some("https://panel.example.com/x"),
            expires_at: Some(ctx.now() + Duration::minutes(60)),
        };
        mail::send(&mut ctx, mail).await.unwrap();
        if commit { ctx.commit().await.unwrap() } else { ctx.rollback().await.unwrap() }
    }
    worker::drain(&app.app).await.unwrap();
    assert_eq!(jobs(&app).await.len(), 1);
    let owner = app.owner().await;
    let texts: String = files(&folder(&owner).await).into_iter().map(|(_, text)| text).collect();
    assert!(texts.contains("committed@example.com") && !texts.contains("rolled-back@example.com"));
}

#[tokio::test]
async fn a_link_that_expired_in_the_queue_is_not_sent() {
    let app = TestApp::start(quarterdeck::product()).await;
    let owner = app.owner().await;
    invite(&owner, "too-late@example.com").await;
    app.advance(Duration::days(8));
    worker::drain(&app.app).await.unwrap();
    let jobs = jobs(&app).await;
    assert!(jobs[0].0 == "discarded" && jobs[0].2.contains("expired"), "{jobs:?}");
}

#[tokio::test]
async fn who_invites_may_keep_the_mail_back() {
    let app = TestApp::start(quarterdeck::product()).await;
    let owner = app.owner().await;
    let roles = owner.get("/api/v1/roles?name=eq.operator").await.expect(200);
    let body = json!({"email": "quiet@example.com", "role_id": roles[0]["id"], "mail": false});
    assert_eq!(owner.post("/api/v1/staff/invite", body).await.expect(200)["mailed"], false);
    assert!(jobs(&app).await.is_empty());
}

#[tokio::test]
async fn who_invites_by_a_key_is_named_as_a_person() {
    let app = TestApp::start(quarterdeck::product()).await;
    let owner = app.owner().await;
    let made =
        owner.post("/api/v1/keys", json!({"name": "nightly on db1.internal", "scopes": ["users:invite", "users:read"]})).await.expect(201);
    let script = app.nobody().with_key(made["key"].as_str().unwrap());
    script.post("/api/v1/users/invite", json!({"email": "by-key@example.com"})).await.expect_status(200);
    worker::drain(&app.app).await.unwrap();
    let found = files(&folder(&owner).await).into_iter().find(|(_, text)| text.contains("by-key@example.com")).unwrap();
    assert!(found.1.contains("Ada Lovelace has invited you") && !found.1.contains("db1.internal"), "{}", found.1);
}

#[tokio::test]
async fn a_letter_speaks_the_platforms_language() {
    let app = TestApp::with(quarterdeck::product(), &[("QUARTERDECK_SETTING_MAIL_LANGUAGE", "de")]).await;
    let owner = app.owner().await;
    invite(&owner, "sprache@example.com").await;
    worker::drain(&app.app).await.unwrap();
    let found = files(&folder(&owner).await).into_iter().find(|(_, text)| text.contains("sprache@example.com")).unwrap();
    assert!(found.1.contains("lang=3D\"de\"") || found.1.contains("lang=\"de\""), "{}", found.1);
}
