//! What proves the audit log: retention that leaves a signed trace, checks that are asked for, and checkpoints that find an older
//! or rewritten database.

use crate::house::House;
use chrono::Duration;
use kernel::audit::Entry;
use kernel::job::Run;
use kernel::{Caller, Ctx, Job as _, RequestInfo};
use safety::checkpoint::{Checkpoint, compare, read};
use safety::verification::Verify;
use safety::verify::verify;
use safety::{Class, checkpoint};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use testkit::{Client, TestApp};
use uuid::Uuid;

struct Log {
    app: TestApp,
    db: tokio_postgres::Client,
    folder: PathBuf,
}

impl Drop for Log {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

async fn log() -> Log {
    static FOLDERS: AtomicU32 = AtomicU32::new(0);
    let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("quarterdeck-checkpoints-{}-{number}", std::process::id()));
    let app = TestApp::with(quarterdeck::product(), &[("QUARTERDECK_AUDIT_CHECKPOINTS", folder.to_str().unwrap())]).await;
    app.owner().await;
    app.audit().await;
    let db = app.database().await;
    Log { app, db, folder }
}

impl Log {
    async fn checkpoint(&self) -> Value {
        let run = Run::new(self.app.app.clone(), self.app.app.ids.next(&self.app.app.clock), 1, Uuid::nil(), None);
        Checkpoint {}.run(run).await.unwrap()
    }

    async fn compared(&self) -> Vec<String> {
        let compared = compare(&self.db, &self.app.app.keys, &read(&self.folder).unwrap()).await.unwrap();
        compared.findings.into_iter().map(|finding| format!("{}: {}", finding.chain, finding.problem)).collect()
    }

    async fn write(&self, actions: &[&str]) {
        let mut ctx = Ctx::open(self.app.app.clone(), Caller::system("test"), RequestInfo::default()).await.unwrap();
        let entries: Vec<Entry> = actions.iter().map(|action| Entry::new(&ctx, action, None)).collect();
        ctx.audit_all(&entries).await.unwrap();
        ctx.commit().await.unwrap();
        self.app.audit().await;
    }

    async fn nightly(&self) {
        let mut ctx = Ctx::open(self.app.app.clone(), Caller::system("test"), RequestInfo::default()).await.unwrap();
        ctx.enqueue(Verify::daily()).await.unwrap();
        ctx.commit().await.unwrap();
        work::worker::drain(&self.app.app).await.unwrap();
        self.app.audit().await;
    }

    /// The owner, signed in now.
    async fn anew(&self) -> Client {
        self.app.owner().await
    }

    async fn keep(&self, setting: &str, days: i64) {
        self.anew().await.patch(&format!("/api/v1/settings/{setting}"), "*", json!({"value": days})).await.expect_status(200);
    }

    async fn count(&self, action: &str) -> i64 {
        self.db.query_one("select count(*) from kernel.audit_log where action = $1", &[&action]).await.unwrap().get(0)
    }

    async fn findings(&self) -> Vec<String> {
        verify(&self.db, &self.app.app.keys).await.unwrap().findings.into_iter().map(|finding| finding.problem).collect()
    }
}

#[tokio::test]
async fn rows_are_kept_for_as_long_as_their_class_and_what_is_left_is_still_proven() {
    let log = log().await;
    log.write(&["rows.reveal", "notes.update", "rows.reveal", "user-sessions.sign-in"]).await;
    log.app.advance(Duration::days(60));
    log.write(&["rows.reveal"]).await;
    log.app.advance(Duration::days(40));
    log.nightly().await;
    assert_eq!(log.count("rows.reveal").await, 3, "without a setting nothing is ever removed");
    log.keep("safety.keep_access_days", 90).await;
    log.nightly().await;
    assert_eq!((log.count("rows.reveal").await, log.count("notes.update").await, log.count("user-sessions.sign-in").await), (1, 1, 1));
    let report = verify(&log.db, &log.app.app.keys).await.unwrap();
    assert_eq!((report.pruned, report.findings), (2, vec![]), "a pruning that the panel signed is no finding");
    assert_eq!(log.count("audit.prune").await, 1, "it is in the log itself");
    let state = log.anew().await.get("/api/v1/safety/audit-state").await.expect(200).body;
    let access = state["retention"].as_array().unwrap().iter().find(|one| one["class"] == "access").unwrap().clone();
    assert_eq!((&access["days"], &access["pruned"]), (&json!(90), &json!("2")), "{access}");
    assert_eq!(state["verifications"][0]["found"], 0);
    log.anew().await.patch("/api/v1/settings/safety.keep_changes_days", "*", json!({"value": 30})).await.expect_status(422);
}

#[tokio::test]
async fn a_hole_without_a_signed_pruning_is_found() {
    let log = log().await;
    log.write(&["rows.reveal", "rows.reveal", "rows.reveal", "notes.update"]).await;
    log.app.advance(Duration::days(100));
    log.keep("safety.keep_access_days", 90).await;
    let gone: Uuid = log.db.query_one("select id from kernel.audit_log where action = 'notes.update'", &[]).await.unwrap().get(0);
    log.nightly().await;
    assert!(log.findings().await.is_empty());
    log.db
        .batch_execute("alter table kernel.audit_log disable trigger all; alter table kernel.audit_prunings disable trigger all")
        .await
        .unwrap();
    // A row that no pruning names.
    log.db.execute("delete from kernel.audit_log where id = $1", &[&gone]).await.unwrap();
    assert_eq!(log.findings().await, ["the row was removed"]);
    // A pruning that somebody without the key wrote, and one that had a row put into it.
    let forged = "insert into kernel.audit_prunings select gen_random_uuid(), chain, class, before, at, array[$1::uuid], signature from kernel.audit_prunings limit 1";
    log.db.execute(forged, &[&gone]).await.unwrap();
    let found = log.findings().await;
    assert!(found.len() == 1 && found[0].contains("the panel didn't sign"), "{found:?}");
    log.db.batch_execute("delete from kernel.audit_prunings where cardinality(ids) = 1").await.unwrap();
    log.db.execute("update kernel.audit_prunings set ids = ids || $1::uuid", &[&gone]).await.unwrap();
    let found = log.findings().await;
    assert!(found.len() == 1 && found[0].contains("the panel didn't sign"), "{found:?}");
    // The pruning itself gone: every row it named is missing.
    log.db.batch_execute("delete from kernel.audit_prunings").await.unwrap();
    assert_eq!(log.findings().await, ["the row was removed"; 4]);
}

#[tokio::test]
async fn nothing_is_pruned_from_a_chain_that_was_changed_by_hand() {
    let log = log().await;
    log.write(&["rows.reveal", "notes.update"]).await;
    log.app.advance(Duration::days(100));
    log.keep("safety.keep_access_days", 90).await;
    log.db.batch_execute("alter table kernel.audit_log disable trigger all; update kernel.audit_log set entry = replace(entry, 'ok', 'no') where action = 'notes.update'; alter table kernel.audit_log enable trigger all").await.unwrap();
    log.nightly().await;
    assert_eq!(log.count("rows.reveal").await, 1, "what is there may be evidence");
    assert_eq!(log.count("audit.found").await, 1);
    let state = log.anew().await.get("/api/v1/safety/audit-state").await.expect(200).body;
    assert!(state["verifications"][0]["findings"].to_string().contains("edited"), "{state}");
}

#[tokio::test]
async fn only_the_panel_prunes_and_nothing_young() {
    let log = log().await;
    log.write(&["rows.reveal"]).await;
    let keys = &log.app.app.keys;
    let login = host::logins::Logins::config(&log.app.owner, keys, &host::logins::Logins::of(keys).app);
    let (client, connection) = login.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("set role quarterdeck_platform; select set_config('app.pruning', 'on', false)").await.unwrap();
    assert!(client.batch_execute("delete from kernel.audit_log").await.is_err(), "it has no right to");
    let removed = "with p as (insert into kernel.audit_prunings select gen_random_uuid(), 'platform', 'access', now(), now(), array_agg(id), '' from kernel.audit_log returning id) \
         select id from p";
    let id: Uuid = client.query_one(removed, &[]).await.unwrap().get(0);
    client.batch_execute(&format!("set app.now = '{}'", log.app.app.clock.now().to_rfc3339())).await.unwrap();
    assert_eq!(client.query_one("select kernel.prune_audit($1)", &[&id]).await.unwrap().get::<_, i64>(0), 0, "nothing here is 30 days old");
    client.batch_execute("set role quarterdeck_tenant").await.unwrap();
    assert!(client.query_one("select kernel.prune_audit($1)", &[&id]).await.is_err());
}

#[tokio::test]
async fn the_class_in_the_database_is_the_class_of_the_panel() {
    let log = log().await;
    let mut actions: Vec<String> = log.app.app.registry.endpoints().iter().filter(|e| e.mutates()).map(|e| e.id.clone()).collect();
    actions.extend(
        [
            "rows.reveal",
            "row-exports.file",
            "sessions.sign-in",
            "audit.prune",
            "impersonations.enter",
            "users.import",
            "user-sessions.ask-magic-link",
        ]
        .map(str::to_owned),
    );
    for action in &actions {
        let class: String = log.db.query_one("select kernel.audit_class($1)", &[action]).await.unwrap().get(0);
        assert_eq!(class, Class::of(action).name(), "{action}");
    }
    assert_eq!(
        ["rows.reveal", "sessions.sign-in", "roles.update", "users.update"].map(Class::of),
        [Class::Access, Class::SignIn, Class::Security, Class::Change]
    );
}

#[tokio::test]
async fn checkpoints_say_hour_by_hour_how_far_the_log_was() {
    let log = log().await;
    let first = log.checkpoint().await;
    assert_eq!((&first["number"], &first["problems"]), (&json!(1), &json!([])));
    log.app.advance(Duration::hours(1));
    assert_eq!(log.checkpoint().await["moved"], 0, "heads that didn't move are stated already");
    log.write(&["notes.update"]).await;
    assert_eq!(log.checkpoint().await["moved"], 1);
    log.app.advance(Duration::days(31));
    log.write(&["notes.update"]).await;
    log.checkpoint().await;
    let files = read(&log.folder).unwrap();
    assert_eq!(files.iter().map(|(_, text)| text.lines().count()).collect::<Vec<_>>(), [3, 1], "a file for each month");
    assert_eq!(log.compared().await, Vec::<String>::new());
    let state = log.anew().await.get("/api/v1/safety/audit-state").await.expect(200).body;
    assert_eq!(state["checkpoint"]["number"], 4, "{state}");
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(std::fs::metadata(&files[0].0).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn an_edited_moved_or_cut_checkpoint_file_is_found() {
    let log = log().await;
    for _ in 0..4 {
        log.write(&["notes.update"]).await;
        log.checkpoint().await;
    }
    let (file, text) = read(&log.folder).unwrap().remove(0);
    let lines: Vec<&str> = text.lines().collect();
    let with = |lines: &[&str]| std::fs::write(&file, lines.join("\n") + "\n").unwrap();
    let edited = lines[1].replacen("\"seq\":", "\"seq\":1", 1);
    for (kept, words) in [
        (vec![lines[0], &edited, lines[2], lines[3]], "was edited"),
        (vec![lines[0], lines[2], lines[3]], "missing or were moved"),
        (vec![lines[0], lines[2], lines[1], lines[3]], "missing or were moved"),
        (vec![lines[0], lines[1]], "3 to 4, which the database knows, were cut off"),
    ] {
        with(&kept);
        let found = log.compared().await;
        assert!(found.iter().any(|problem| problem.contains(words)), "{words}: {found:?}");
    }
    with(&lines);
    assert_eq!(log.compared().await, Vec::<String>::new());
    // The next hour says so, too, and goes on.
    with(&[lines[0], &edited, lines[2], lines[3]]);
    let next = log.checkpoint().await;
    assert!(next["problems"][0].as_str().unwrap().contains("was edited") && next["number"] == 5, "{next}");
    assert_eq!(log.count("audit.rewritten").await, 1);
}

#[tokio::test]
async fn an_older_database_that_was_restored_is_found() {
    let log = log().await;
    log.write(&["notes.update"]).await;
    log.checkpoint().await;
    // What the log's tables are in the copy that is restored later.
    log.db
        .batch_execute("create schema copy; create table copy.log as table kernel.audit_log; create table copy.seals as table kernel.audit_seals; create table copy.heads as table kernel.audit_heads")
        .await
        .unwrap();
    log.write(&["notes.delete", "notes.delete"]).await;
    log.checkpoint().await;
    log.db
        .batch_execute(
            "alter table kernel.audit_log disable trigger all; alter table kernel.audit_seals disable trigger all; \
             delete from kernel.audit_log l where not exists (select from copy.log c where c.id = l.id); \
             delete from kernel.audit_seals; insert into kernel.audit_seals table copy.seals; delete from kernel.audit_heads; insert into kernel.audit_heads table copy.heads; \
             delete from kernel.audit_checkpoints where number > 1",
        )
        .await
        .unwrap();
    assert!(log.findings().await.is_empty(), "by itself the older database is whole");
    let found = log.compared().await;
    assert!(found.len() == 1 && found[0].contains("checkpoint 2") && found[0].contains("older one"), "{found:?}");
    // It grows past what was stated: now the hashes differ.
    log.write(&["notes.create", "notes.create", "notes.create"]).await;
    let found = log.compared().await;
    assert!(found.len() == 1 && found[0].contains("rewritten"), "{found:?}");
    let problems = log.checkpoint().await["problems"].to_string();
    assert!(problems.contains("rewritten"), "the next hour finds it by itself: {problems}");
    assert_eq!(log.count("audit.rewritten").await, 1);
    assert!(checkpoint::read(&log.folder.join("nowhere")).is_err());
}

#[tokio::test]
async fn a_check_is_asked_for_once_and_an_organization_sees_its_own_chain_alone() {
    let house = House::new().await;
    let owner = &house.world.owner;
    owner.post("/api/v1/safety/verifications", json!({})).await.expect_status(201);
    owner.post("/api/v1/safety/verifications", json!({})).await.expect_status(409);
    house.ada.post("/api/v1/safety/verifications", json!({})).await.expect_status(403);
    work::worker::drain(&house.world.app.app).await.unwrap();
    house.world.app.audit().await;
    let all = owner.get("/api/v1/safety/audit-state").await.expect(200).body;
    assert_eq!((&all["verifications"][0]["state"], &all["verifications"][0]["percent"]), (&json!("done"), &json!(100)), "{all}");
    assert!(all["chains_total"].as_i64().unwrap() > 1 && all["chains"][0]["chain"] == "platform", "{all}");
    let own = house.ada.get("/api/v1/safety/audit-state").await.expect(200).body;
    let chains: Vec<&str> = own["chains"].as_array().unwrap().iter().map(|one| one["chain"].as_str().unwrap()).collect();
    assert_eq!(chains, [format!("organization:{}", house.id)]);
    assert!(own["checkpoint"].is_null() && own["verifications"][0].get("asked_by").is_none(), "{own}");
}
