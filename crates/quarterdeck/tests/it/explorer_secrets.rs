//! The panel's own tables: read-only, and what is secret in them can't be reached by any parameter.

use crate::explorer_lab::{encoded, lab};
use http::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn panel_tables_are_read_only() {
    let lab = lab("").await;
    for (schema, table, key) in [
        ("auth", "users", "id"),
        ("dashboard_auth", "dashboard_users", "id"),
        ("kernel", "audit_log", "id"),
        ("explorer", "sources", "id"),
        ("identity", "roles", "id"),
    ] {
        let described = lab.owner.get(&format!("/api/v1/explorer/main/tables/{schema}/{table}")).await.body_of(200);
        assert_eq!(described["panel"], true);
        for verb in ["insert", "update", "delete"] {
            assert_eq!(described[verb]["allowed"], false, "{schema}.{table} {verb}");
        }
        assert!(described["columns"].as_array().unwrap().iter().all(|c| c["writable"] == false));
        let profile = [("content-profile", schema)];
        lab.rows(Method::PATCH, &format!("main/{table}?{key}=not.is.null"), &profile, json!({key: "x"})).await.expect_status(403);
        lab.rows(Method::DELETE, &format!("main/{table}?{key}=not.is.null"), &profile, Value::Null).await.expect_status(403);
        lab.rows(Method::POST, &format!("main/{table}"), &profile, json!({key: "x"})).await.expect_status(403);
    }
}

#[tokio::test]
async fn secrets_are_out_of_reach_of_every_parameter() {
    let lab = lab("").await;
    lab.source("elsewhere", "postgresql://ada:hunter2@db.example.com/x").await;
    let tables = lab.owner.get("/api/v1/explorer/main/tables").await.body_of(200);
    let mut secrets = 0;
    for table in tables.as_array().unwrap().iter().filter(|t| t["panel"] == true) {
        let (schema, name) = (table["schema"].as_str().unwrap(), table["name"].as_str().unwrap());
        let profile = [("accept-profile", schema)];
        let described = lab.owner.get(&format!("/api/v1/explorer/main/tables/{schema}/{name}")).await.body_of(200);
        let rows = lab.rows(Method::GET, &format!("main/{name}"), &profile, Value::Null).await.expect(200);
        for column in described["columns"].as_array().unwrap().iter().filter(|c| c["readable"] == false) {
            secrets += 1;
            let column = column["name"].as_str().unwrap();
            assert!(rows.body.as_array().unwrap().iter().all(|row| row.get(column).is_none()), "{schema}.{name}.{column} was shown");
            for query in [
                format!("select={column}"),
                format!("select=x:{column}"),
                format!("select={column}::text"),
                format!("{column}=not.is.null"),
                format!("or=({column}.is.null,{column}.not.is.null)"),
                format!("order={column}"),
                format!("select={column}-%3E%3Ea"),
            ] {
                let answer = lab.rows(Method::GET, &format!("main/{name}?{query}"), &profile, Value::Null).await;
                assert_eq!(answer.status, 400, "{schema}.{name}?{query}: {}", answer.text);
            }
        }
        // A word that only a secret contains finds nothing.
        let found = lab.rows(Method::GET, &format!("main/{name}?search={}", encoded("$argon2id$")), &profile, Value::Null).await;
        assert!(found.status == 400 || found.body == json!([]), "{schema}.{name}: {}", found.text);
    }
    assert!(secrets >= 10, "only {secrets} columns are secret");
    let sources = lab.owner.get("/api/v1/explorer/main/tables/explorer/sources").await.body_of(200);
    let url = sources["columns"].as_array().unwrap().iter().find(|c| c["name"] == "url").unwrap();
    assert_eq!((&url["readable"], &url["hidden_reason"]), (&json!(false), &json!("Secret: this never leaves the database")));
}

#[tokio::test]
async fn the_login_itself_can_reach_no_secret() {
    let lab = lab("create table public.mine (id int primary key)").await;
    lab.get("main/mine").await.expect_status(200);
    for refused in [
        "select password_hash from dashboard_auth.dashboard_users",
        "select * from auth.users",
        "select url from explorer.sources",
        "select response from kernel.idempotency",
        "select entry from kernel.audit_log",
        "select * from kernel.audit_seals",
        "select * from kernel.audit_unsealed",
        "delete from kernel.audit_unsealed",
        "update dashboard_auth.dashboard_users set name = 'x'",
        "delete from kernel.audit_log",
        "create table public.theirs (id int)",
        "create schema theirs",
        "set role quarterdeck_platform",
    ] {
        lab.db.batch_execute("begin; set local role quarterdeck_explorer").await.unwrap();
        let outcome = if refused.starts_with("set role") {
            // As a superuser's session this would be allowed; membership is what counts.
            let member: bool =
                lab.db.query_one("select pg_has_role('quarterdeck_explorer', 'quarterdeck_platform', 'member')", &[]).await.unwrap().get(0);
            (!member).then_some(())
        } else {
            lab.db.batch_execute(refused).await.err().map(drop)
        };
        lab.db.batch_execute("rollback").await.unwrap();
        assert!(outcome.is_some(), "{refused} was allowed");
    }
}
