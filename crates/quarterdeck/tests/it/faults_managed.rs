//! A database that somebody else runs: its owner is no superuser and bypasses no row policies, which are forced on the
//! owner too. A migration or a function that forgets it reaches no rows there, and nobody would notice elsewhere.

use crate::sweeps_audit::drive_all;
use crate::sweeps_world::{TABLE, World};
use quarterdeck::product;
use serde_json::json;
use testkit::{Server, TestApp};
use work::worker;

/// The product may use nothing more of a server that it doesn't run.
async fn is_plain(owner: &tokio_postgres::Config) {
    let db = host::boot::connect(owner, pgtls::TlsMode::Disable).await.unwrap();
    let row = db.query_one("select rolsuper, rolbypassrls, rolcreatedb from pg_roles where rolname = current_user", &[]).await.unwrap();
    assert_eq!((row.get(0), row.get(1), row.get(2)), (false, false, false));
}

#[tokio::test]
async fn every_change_works_where_the_owner_is_no_superuser() {
    let server = Server::untouched("managed");
    let owner = server.given("managed", "createrole").await;
    let app = TestApp::given(product(), &server, owner.clone(), &[]).await.expect("it starts");
    is_plain(&owner).await;
    let world = World::of(app).await;
    // The administered platform's tables belong to the owner of its database, too.
    world.app.database().await.batch_execute(&format!("alter table public.{TABLE} owner to managed")).await.unwrap();
    drive_all(&world).await;

    // What is read, what is done in the background, and what is proven.
    for resource in world.app.app.registry.resources() {
        world.owner.get(&format!("/api/v1/{}", resource.name)).await.expect_status(200);
    }
    let tables = world.owner.get("/api/v1/data/main/sweep_rows").await.expect(200);
    assert!(tables.body.as_array().is_some_and(|rows| !rows.is_empty()), "{}", tables.text);
    worker::drain(&world.app.app).await.unwrap();
    kernel::audit::seal(&world.app.app).await.unwrap();
    let tx = world.app.app.db.begin(&kernel::Caller::system("verify"), world.app.app.clock.now()).await.unwrap();
    let report = safety::verify::verify(tx.db(), &world.app.app.keys).await.unwrap();
    assert!(report.rows > 100 && report.findings.is_empty(), "{:?}", report.findings.len());
    tx.rollback().await.unwrap();

    // A second node, and a restart, find everything as it is.
    let again = TestApp::given(product(), &server, owner, &[]).await.expect("it starts again");
    assert_eq!(again.owner().await.get("/api/v1/session").await.expect(200)["state"], "signed_in");
}

#[tokio::test]
async fn an_owner_who_may_make_no_roles_is_told_what_to_run_and_then_starts() {
    let server = Server::untouched("strict");
    let owner = server.given("strict", "").await;
    let Err(refused) = TestApp::given(product(), &server, owner.clone(), &[]).await else { panic!("it started without its roles") };
    let told = refused.to_string();
    assert!(
        told.contains("The database user strict may not create roles") || told.contains("the database user strict may not create roles"),
        "{told}"
    );
    let run: Vec<&str> = told.lines().filter(|line| line.starts_with("  ")).collect();
    assert_eq!(run.len(), 5, "three groups and two logins: {told}");
    let db = kernel_tables(&server, "strict").await;
    assert_eq!(db, 0, "nothing is half done");

    let admin = host::boot::connect(&server.owner("strict"), pgtls::TlsMode::Disable).await.unwrap();
    admin.batch_execute(&run.join("\n")).await.unwrap();
    is_plain(&owner).await;
    let app = TestApp::given(product(), &server, owner, &[]).await.expect("it starts");
    let staff = app.owner().await;
    app.user(&staff, "grace@example.com").await;
    staff.post("/api/v1/organizations", json!({"name": "Navy"})).await.expect_status(201);
    assert_eq!(staff.get("/api/v1/users").await.expect(200).body.as_array().map(Vec::len), Some(1));
}

async fn kernel_tables(server: &Server, database: &str) -> i64 {
    let admin = host::boot::connect(&server.owner(database), pgtls::TlsMode::Disable).await.unwrap();
    admin
        .query_one("select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'kernel'", &[])
        .await
        .unwrap()
        .get(0)
}
