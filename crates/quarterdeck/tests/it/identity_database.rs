//! What the database itself guarantees: row policies, rights, the statements that people know from elsewhere.

use quarterdeck::product;
use serde_json::json;
use testkit::TestApp;

#[tokio::test]
async fn every_statement_fits_the_schema() {
    let t = TestApp::start(product()).await;
    let db = t.database().await;
    for statement in identity::statements() {
        if let Err(error) = db.prepare(statement).await {
            panic!("{statement}\n{error:?}");
        }
    }
}

#[tokio::test]
async fn the_printed_statements_run_verbatim_for_the_explorer_too() {
    let t = TestApp::start(product()).await;
    t.owner().await;
    let db = t.database().await;
    for role in ["none", "quarterdeck_explorer", "quarterdeck_platform"] {
        db.batch_execute(&format!("set role {role}")).await.unwrap();
        db.query("SELECT * FROM auth.impersonation_sessions\nORDER BY started_at DESC\nLIMIT 50;", &[]).await.unwrap();
        let rows = db.query("SELECT * FROM dashboard_auth.sessions\nORDER BY created_at DESC;", &[]).await.unwrap();
        assert_eq!(rows.len(), 1, "as {role}");
    }
}

#[tokio::test]
async fn the_explorer_can_not_read_a_secret_or_write_anything() {
    let t = TestApp::start(product()).await;
    t.owner().await;
    let db = t.database().await;
    db.batch_execute("set role quarterdeck_explorer").await.unwrap();
    for secret in [
        "select password_hash from dashboard_auth.dashboard_users",
        "select password_hash from auth.users",
        "select * from dashboard_auth.session_tokens",
        "select * from auth.session_tokens",
        "select token_hash from dashboard_auth.invitations",
        "select token_hash from dashboard_auth.password_resets",
        "select token_hash from auth.password_resets",
        "select token_hash from identity.api_keys",
        "select * from identity.throttle",
        "update dashboard_auth.dashboard_users set status = 'active'",
        "insert into auth.users (id, email) values (gen_random_uuid(), 'eve@example.com')",
        "delete from identity.memberships",
    ] {
        let error = db.query(secret, &[]).await.expect_err(secret);
        assert_eq!(error.code().map(|code| code.code()), Some("42501"), "{secret}");
    }
    db.query("select id, email, name, status from dashboard_auth.dashboard_users", &[]).await.unwrap();
}

#[tokio::test]
async fn no_role_of_ours_can_change_evidence() {
    let t = TestApp::start(product()).await;
    t.owner().await;
    let db = t.database().await;
    for role in ["quarterdeck_platform", "quarterdeck_tenant"] {
        db.batch_execute(&format!("set role {role}")).await.unwrap();
        for statement in [
            "delete from auth.impersonation_sessions",
            "update auth.impersonation_sessions set reason = 'x'",
            "delete from dashboard_auth.dashboard_users",
            "delete from auth.users",
        ] {
            assert!(db.execute(statement, &[]).await.is_err(), "{statement} as {role}");
        }
    }
}

#[tokio::test]
async fn a_tenant_sees_its_own_rows_and_no_others() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let member = owner.get("/api/v1/roles?name=eq.member").await[0]["id"].as_str().unwrap().to_owned();
    let mut organizations = Vec::new();
    for name in ["Navy", "Army"] {
        let organization = owner.post("/api/v1/organizations", json!({"name": name})).await.expect(201)["id"].as_str().unwrap().to_owned();
        let user = owner.post("/api/v1/users", json!({"email": format!("{name}@example.com")})).await.expect(201)["id"]
            .as_str()
            .unwrap()
            .to_owned();
        owner
            .post("/api/v1/memberships", json!({"organization_id": organization, "user_id": user, "role_id": member}))
            .await
            .expect_status(201);
        organizations.push(organization);
    }
    owner.post("/api/v1/users", json!({"email": "loner@example.com"})).await.expect_status(201);

    let db = t.database().await;
    let tables = ["identity.organizations", "identity.memberships", "identity.api_keys", "auth.users", "auth.impersonation_sessions"];
    let key_row = "insert into identity.api_keys (id, name, prefix, token_hash, organization_id, scopes) select gen_random_uuid(), name, name, name::bytea, id, '{users:read}' from identity.organizations";
    db.execute(key_row, &[]).await.unwrap();
    db.execute(
        "insert into auth.impersonation_sessions (id, admin_user_id, admin_label, organization_id, impersonation_type, reason, started_at, expires_at) \
         select gen_random_uuid(), u.id, u.name, o.id, 'anon', 'why', now(), now() + interval '15 minutes' from dashboard_auth.dashboard_users u, identity.organizations o",
        &[],
    )
    .await
    .unwrap();
    let count = async |table: &str| -> i64 {
        // Columns differ in their grants; counting needs the right to any one of them.
        db.query_one(&format!("select count(id) from {table}"), &[]).await.unwrap().get(0)
    };
    for organization in ["", organizations[0].as_str(), organizations[1].as_str(), "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e"] {
        db.batch_execute(&format!(
            "begin; set local role quarterdeck_tenant; select set_config('app.organization_id', '{organization}', true)"
        ))
        .await
        .unwrap();
        let expected = i64::from(organizations.iter().any(|o| o == organization));
        for table in tables {
            assert_eq!(count(table).await, expected, "{table} as {organization}");
        }
        db.batch_execute("rollback").await.unwrap();
    }

    // Writing into another organization is refused, moving a row there too.
    let begin = format!("begin; set local role quarterdeck_tenant; select set_config('app.organization_id', '{}', true)", organizations[0]);
    for statement in [
        format!(
            "insert into identity.memberships (id, organization_id, user_id, role_id) select gen_random_uuid(), '{}', user_id, role_id from identity.memberships",
            organizations[1]
        ),
        format!("update identity.memberships set organization_id = '{}'", organizations[1]),
        "select * from dashboard_auth.sessions".to_owned(),
        "select password_hash from auth.users".to_owned(),
        "update auth.users set status = 'suspended'".to_owned(),
    ] {
        db.batch_execute(&begin).await.unwrap();
        assert!(db.query(&statement, &[]).await.is_err(), "{statement}");
        db.batch_execute("rollback").await.unwrap();
    }
}

#[tokio::test]
async fn every_table_of_an_organization_has_forced_row_policies() {
    let t = TestApp::start(product()).await;
    let db = t.database().await;
    let rows = db
        .query(
            "select c.oid::regclass::text from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped \
             where c.relkind in ('r', 'p') and c.relnamespace::regnamespace::text in ('identity', 'auth', 'dashboard_auth') \
               and not (c.relrowsecurity and c.relforcerowsecurity and exists (select from pg_policy p where p.polrelid = c.oid))",
            &[],
        )
        .await
        .unwrap();
    let open: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert!(open.is_empty(), "{open:?}");
}

#[tokio::test]
async fn sweeping_forgets_what_is_over_and_nothing_else() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let operator = owner.get("/api/v1/roles?name=eq.operator").await[0]["id"].as_str().unwrap().to_owned();
    owner.post("/api/v1/staff/invite", json!({"email": "grace@example.com", "role_id": operator})).await.expect_status(200);
    t.nobody()
        .from_address("203.0.113.5")
        .post("/api/v1/session", json!({"email": "x@example.com", "password": "x"}))
        .await
        .expect_status(401);
    let db = t.database().await;
    let count = async || -> (i64, i64, i64) {
        let row = db
            .query_one("select (select count(*) from dashboard_auth.sessions), (select count(*) from dashboard_auth.invitations), (select count(*) from identity.throttle)", &[])
            .await
            .unwrap();
        (row.get(0), row.get(1), row.get(2))
    };
    let sweep = async || {
        // The schedule is due every hour.
        work::worker::drain(&t.app).await.unwrap();
        work::worker::drain(&t.app).await.unwrap();
    };
    assert_eq!(count().await, (1, 1, 3));
    sweep().await;
    t.advance(chrono::Duration::days(8));
    sweep().await;
    assert_eq!(count().await, (1, 1, 0));
    t.advance(chrono::Duration::days(100));
    sweep().await;
    assert_eq!(count().await, (0, 0, 0));
}
