//! The declarations against the real database: every statement, every row policy, every column that can be filtered.

use crate::sweeps_world::World;
use host::logins::Logins;
use kernel::db::{PLATFORM_ROLE, TENANT_ROLE};
use kernel::field::FieldType;
use testkit::TestApp;

/// The statements of every room; a room that keeps its own list joins here.
fn statements() -> Vec<&'static str> {
    [kernel::statements(), identity::statements(), explorer::statements(), platform::statements(), work::statements()].concat()
}

async fn unprepared(db: &tokio_postgres::Client, statements: &[&str]) -> Vec<String> {
    let mut wrong = Vec::new();
    for sql in statements {
        if let Err(error) = db.prepare(sql).await {
            let why = error.as_db_error().map_or_else(|| error.to_string(), |e| e.message().to_owned());
            wrong.push(format!("{why}: {sql}"));
        }
    }
    wrong
}

#[tokio::test]
async fn every_fixed_statement_fits_the_migrated_schema() {
    let app = TestApp::start(quarterdeck::product()).await;
    let db = app.database().await;
    let statements = statements();
    assert!(statements.len() > 60, "only {} statements are listed", statements.len());
    let wrong = unprepared(&db, &statements).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(unprepared(&db, &["select nothing from nowhere.at_all"]).await.len(), 1, "a statement that doesn't fit is noticed");
}

const LEAKY: &str = "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace \
     join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped \
     where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema') \
     and not (c.relrowsecurity and c.relforcerowsecurity and exists (select from pg_policy p where p.polrelid = c.oid)) order by 1";

#[tokio::test]
async fn every_tenant_table_has_forced_row_security() {
    let app = TestApp::start(quarterdeck::product()).await;
    let db = app.database().await;
    let leaky = |rows: Vec<tokio_postgres::Row>| rows.iter().map(|row| row.get(0)).collect::<Vec<String>>();
    assert_eq!(leaky(db.query(LEAKY, &[]).await.unwrap()), Vec::<String>::new());
    db.batch_execute("create table identity.forgotten (id uuid primary key, organization_id uuid not null); alter table identity.forgotten enable row level security").await.unwrap();
    assert_eq!(leaky(db.query(LEAKY, &[]).await.unwrap()), ["identity.forgotten"], "a table that forgets it is noticed");
}

#[tokio::test]
async fn the_application_can_neither_change_nor_shorten_the_audit_log() {
    let world = World::new().await;
    assert!(!world.app.audit().await.is_empty());
    let keys = &world.app.app.keys;
    let login = Logins::config(&world.app.owner, keys, &Logins::of(keys).app);
    for role in [PLATFORM_ROLE, TENANT_ROLE] {
        let (client, connection) = login.connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(&format!("set role {role}")).await.unwrap();
        for statement in [
            "update kernel.audit_log set entry = entry",
            "update kernel.audit_seals set first = first",
            "delete from kernel.audit_seals",
            "delete from kernel.audit_log",
            "truncate kernel.audit_log",
            "alter table kernel.audit_log disable trigger all",
            "drop table kernel.audit_log",
        ] {
            let error = client.batch_execute(statement).await.expect_err(statement);
            assert_eq!(error.code().map(tokio_postgres::error::SqlState::code), Some("42501"), "{role}: {statement}: {error}");
        }
    }
    // Even the owner of the database is stopped, as long as nobody takes the trigger away.
    let owner = world.app.database().await;
    assert!(owner.batch_execute("delete from kernel.audit_log").await.is_err());
}

#[tokio::test]
async fn the_explorer_reads_no_secret_of_the_panel() {
    let app = TestApp::start(quarterdeck::product()).await;
    let keys = &app.app.keys;
    let (client, connection) = Logins::config(&app.owner, keys, &Logins::of(keys).explorer).connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let secrets = client
        .query("select format('%I.%I', table_schema, table_name), column_name from information_schema.column_privileges \
                where grantee in (current_user, 'quarterdeck_explorer', 'PUBLIC') and privilege_type = 'SELECT' \
                and column_name ~ '(password_hash|token_hash|token|secret|^signature|totp|private_key)' and table_schema not in ('pg_catalog', 'information_schema')", &[])
        .await
        .unwrap();
    let secrets: Vec<String> = secrets.iter().map(|row| format!("{}.{}", row.get::<_, String>(0), row.get::<_, String>(1))).collect();
    assert_eq!(secrets, Vec::<String>::new());
    let error = client.query("select password_hash from dashboard_auth.dashboard_users", &[]).await.unwrap_err();
    assert_eq!(error.code().map(tokio_postgres::error::SqlState::code), Some("42501"));
}

#[tokio::test]
async fn every_field_can_be_listed_filtered_sorted_and_searched() {
    let world = World::new().await;
    let mut wrong = Vec::new();
    for resource in world.app.app.registry.resources() {
        let mut queries = vec!["limit=1".to_owned(), "search=ada".to_owned(), "limit=1&select=id".to_owned()];
        for field in resource.fields.iter().filter(|f| !f.secret) {
            if field.filter {
                let value = match field.kind {
                    FieldType::Bool => "is.true",
                    FieldType::List => "cs.{a}",
                    FieldType::Json => "cs.{}",
                    _ => "not.is.null",
                };
                queries.push(format!("{}={value}", field.name));
            }
            if field.sort {
                queries.push(format!("order={}.desc.nullslast&limit=1", field.name));
            }
        }
        for query in queries {
            let answer = world.owner.get(&format!("/api/v1/{}?{query}", resource.name)).await;
            if answer.status != 200 && !(query == "search=ada" && answer.status == 400) {
                wrong.push(format!("{}?{query}: {} {}", resource.name, answer.status, answer.text));
            }
        }
        for secret in resource.fields.iter().filter(|f| f.secret) {
            let answer = world.owner.get(&format!("/api/v1/{}?{}=not.is.null", resource.name, secret.name)).await;
            if answer.status != 400 {
                wrong.push(format!("{}: the secret {} can be filtered by", resource.name, secret.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
