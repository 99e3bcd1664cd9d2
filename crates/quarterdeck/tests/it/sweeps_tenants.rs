//! Two organizations side by side: whoever acts for one sees and changes nothing of the other, in any table.

use crate::sweeps_world::World;
use kernel::actor::{Caller, Scope};
use kernel::db::TENANT_ROLE;
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

const TABLES: &str = "select c.oid::regclass::text, has_table_privilege($1, c.oid, 'select') or exists (select from pg_attribute s where s.attrelid = c.oid and s.attnum > 0 \
     and has_column_privilege($1, c.oid, s.attnum, 'select')) from pg_class c join pg_namespace n on n.oid = c.relnamespace \
     join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped \
     where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema') order by 1";

/// Rows that no route makes yet, for one organization. A new tenant table belongs here, or into `furnish`.
const BY_HAND: &[(&str, &str)] = &[
    (
        "identity.providers",
        "insert into identity.providers (id, slug, label, account_kind, organization_id, issuer, client_id) \
        values (gen_random_uuid(), left(md5(random()::text), 8), 'Login', 'user', $1, 'https://login.example.com', 'quarterdeck')",
    ),
    (
        "platform.saved_views",
        "insert into platform.saved_views (id, organization_id, owner_id, made_by, page, name, state, audience, slug) \
        values (gen_random_uuid(), $1, gen_random_uuid(), 'Grace', '/dashboard/admin', 'Crew', '', 'everybody', left(md5(random()::text), 8))",
    ),
    (
        "platform.saved_view_versions",
        "insert into platform.saved_view_versions (id, view_id, organization_id, number, name, state, replaced_by) \
        select gen_random_uuid(), v.id, $1, 1, 'Crew before', '', 'Grace' from platform.saved_views v where v.organization_id = $1 limit 1",
    ),
    (
        "identity.roles",
        "insert into identity.roles (id, scope, organization_id, name, label, permissions) values (gen_random_uuid(), 'organization', $1, 'own', 'Own', '{}')",
    ),
    (
        "identity.api_keys",
        "insert into identity.api_keys (id, name, prefix, token_hash, organization_id, scopes) values (gen_random_uuid(), 'k', left(md5(random()::text), 8), decode(md5(random()::text), 'hex'), $1, '{users:read}')",
    ),
    (
        "auth.invitations",
        "insert into auth.invitations (id, email, organization_id, role_id, level, token_hash, created_at, expires_at) \
        select gen_random_uuid(), 'guest@example.com', $1, r.id, 'read_write', decode(md5(random()::text), 'hex'), now(), now() + interval '7 days' \
        from identity.roles r where r.name = 'member' and r.built_in limit 1",
    ),
    (
        "identity.accesses",
        "insert into identity.accesses (id, key_id, organization_id, at, method, route, status, request_id) \
        select gen_random_uuid(), k.id, $1, now(), 'GET', '/users', 200, '' from identity.api_keys k where k.organization_id = $1 limit 1",
    ),
    (
        "identity.restrictions",
        "insert into identity.restrictions (id, organization_id, network) values (gen_random_uuid(), $1, '127.0.0.0/8')",
    ),
    (
        "identity.role_rules",
        "insert into identity.role_rules (role_id, organization_id) select r.id, $1 from identity.roles r where r.name = 'member' and r.built_in",
    ),
    (
        "identity.hours",
        "insert into identity.hours (id, role_id, organization_id, time_zone, weekdays, opens, closes) \
        select gen_random_uuid(), r.id, $1, 'UTC', '{mon}', '07:00', '07:00' from identity.roles r where r.name = 'viewer' and r.built_in",
    ),
    (
        "identity.memberships",
        "insert into identity.memberships (id, organization_id, user_id, role_id) \
        select gen_random_uuid(), $1, u.id, r.id from auth.users u, identity.roles r where r.name = 'viewer' and r.built_in limit 1 on conflict do nothing",
    ),
    (
        "identity.member_sessions",
        "with session as (insert into auth.sessions (id, user_id, created_at, last_seen_at, idle_expires_at, expires_at) \
          select gen_random_uuid(), m.user_id, now(), now(), now() + interval '1 day', now() + interval '1 day' from identity.memberships m where m.organization_id = $1 limit 1 returning id, user_id) \
        insert into identity.member_sessions (id, organization_id, membership_id, session_id, created_at, last_seen_at) \
        select gen_random_uuid(), $1, m.id, s.id, now(), now() from session s join identity.memberships m on m.user_id = s.user_id and m.organization_id = $1",
    ),
    (
        "identity.key_counts",
        "insert into identity.key_counts (lineage_id, kind, starts_at, organization_id, count) values (gen_random_uuid(), 'month', now(), $1, 1)",
    ),
    (
        "identity.elevations",
        "insert into identity.elevations (id, scope, organization_id, user_id, requester, role, level, reason, minutes, approvals_needed, created_at, answer_by) \
        select gen_random_uuid(), 'organization', $1, u.id, 'Grace', 'Admin', 'admin', 'a test', 60, 1, now(), now() + interval '1 hour' from auth.users u limit 1",
    ),
    (
        "identity.elevation_approvals",
        "insert into identity.elevation_approvals (elevation_id, organization_id, staff_id, approver, at) \
        select e.id, $1, s.id, 'Ada', now() from identity.elevations e, dashboard_auth.dashboard_users s where e.organization_id = $1 limit 1",
    ),
    (
        "identity.registration_codes",
        "insert into identity.registration_codes (id, code_hash, organization_id, role_id, level, made_by, staff_id) \
        select gen_random_uuid(), decode(md5(random()::text), 'hex'), $1, r.id, 'read_write', 'Ada', s.id \
        from identity.roles r, dashboard_auth.dashboard_users s where r.name = 'member' and r.built_in limit 1",
    ),
    (
        "kernel.jobs",
        "insert into kernel.jobs (id, kind, payload, run_at, max_attempts, request_id, created_at, organization_id) values (gen_random_uuid(), 'lab.none', '{}', now(), 4, '', now(), $1)",
    ),
    (
        "kernel.finished_jobs",
        "insert into kernel.finished_jobs (id, kind, payload, state, run_at, attempt, max_attempts, request_id, created_at, finished_at, organization_id) \
        values (gen_random_uuid(), 'lab.none', '{}', 'completed', now(), 1, 4, '', now(), now(), $1)",
    ),
    (
        "kernel.events",
        "insert into kernel.events (id, name, payload, organization_id, actor_kind, request_id, at) values (gen_random_uuid(), 'thing.happened', '{}', $1, 'system', '', now())",
    ),
    (
        "auth.impersonation_sessions",
        "insert into auth.impersonation_sessions (id, admin_user_id, admin_label, target_user_id, organization_id, impersonation_type, reason, started_at, expires_at) \
        select gen_random_uuid(), u.id, 'Ada', gen_random_uuid(), $1, 'user', 'a test', now(), now() + interval '15 minutes' from dashboard_auth.dashboard_users u limit 1",
    ),
];

async fn furnish(world: &World, name: &str) -> Uuid {
    let organization =
        world.owner.post("/api/v1/organizations", json!({"name": name})).await.expect(201)["id"].as_str().unwrap().to_owned();
    let user = world.fresh("users").await;
    let role = world.role("member", "organization").await;
    world
        .owner
        .post("/api/v1/memberships", json!({"organization_id": organization, "user_id": user, "role_id": role}))
        .await
        .expect_status(201);
    let organization = Uuid::parse_str(&organization).unwrap();
    by_hand(world, organization).await;
    organization
}

/// Rows of an organization that no route makes.
pub async fn by_hand(world: &World, organization: Uuid) {
    let db = world.app.database().await;
    for (table, insert) in BY_HAND {
        db.execute(*insert, &[&organization]).await.unwrap_or_else(|e| panic!("{table}: {e:?}"));
    }
    // Somebody who acts for the organization leaves a trail of its own: one row sealed, one still pending.
    for sealed in [true, false] {
        let caller = Caller { scope: Scope::Organization(organization), ..Caller::system("member") };
        let mut ctx = kernel::Ctx::open(world.app.app.clone(), caller, kernel::RequestInfo::default()).await.unwrap();
        ctx.audit("things.touch", None, kernel::audit::Changes::new(), None).await.unwrap();
        ctx.commit().await.unwrap();
        if sealed {
            kernel::audit::seal(&world.app.app).await.unwrap();
        }
    }
}

/// How many rows of each organization a query sees.
async fn seen(db: &tokio_postgres::Client, table: &str) -> BTreeMap<Option<Uuid>, i64> {
    let rows = db
        .query(&format!("select organization_id, count(*) from {table} group by 1"), &[])
        .await
        .unwrap_or_else(|e| panic!("{table}: {e:?}"));
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[tokio::test]
async fn one_organization_sees_and_changes_nothing_of_another() {
    let world = World::new().await;
    let (ours, theirs) = (furnish(&world, "Ours").await, furnish(&world, "Theirs").await);
    let db = world.app.database().await;
    let tables: Vec<(String, bool)> = db.query(TABLES, &[&TENANT_ROLE]).await.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect();
    assert!(tables.len() >= 5, "only {tables:?} have organizations");
    let mut wrong = Vec::new();
    for (table, readable) in &tables {
        let there = seen(&db, table).await;
        if !there.contains_key(&Some(ours)) || !there.contains_key(&Some(theirs)) {
            wrong.push(format!("{table}: the sweep has no row of both organizations; add one to BY_HAND"));
            continue;
        }
        let caller = Caller { scope: Scope::Organization(ours), ..Caller::system("member") };
        let tx = world.app.app.db.begin(&caller, world.app.app.clock.now()).await.unwrap();
        if *readable {
            let visible = seen(tx.db(), table).await;
            if visible.contains_key(&Some(theirs)) {
                wrong.push(format!("{table}: rows of another organization can be read"));
            }
        }
        tx.rollback().await.unwrap();
        for statement in [
            format!("update {table} set organization_id = organization_id where organization_id = $1"),
            format!("delete from {table} where organization_id = $1"),
        ] {
            let tx = world.app.app.db.begin(&caller, world.app.app.clock.now()).await.unwrap();
            if let Ok(changed @ 1..) = tx.db().execute(&statement, &[&theirs]).await {
                wrong.push(format!("{table}: {changed} rows of another organization could be changed: {statement}"));
            }
            tx.rollback().await.unwrap();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn without_an_organization_there_are_no_rows() {
    let world = World::new().await;
    furnish(&world, "Ours").await;
    let keys = &world.app.app.keys;
    let login = host::logins::Logins::config(&world.app.owner, keys, &host::logins::Logins::of(keys).app);
    let (client, connection) = login.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    assert!(client.query("select 1 from identity.memberships", &[]).await.is_err(), "the login itself may nothing");
    client.batch_execute(&format!("set role {TENANT_ROLE}")).await.unwrap();
    for table in ["identity.memberships", "auth.users", "kernel.audit_log"] {
        let count: i64 = client.query_one(&format!("select count(*) from {table}"), &[]).await.unwrap().get(0);
        assert_eq!(count, 0, "{table}");
    }
}
