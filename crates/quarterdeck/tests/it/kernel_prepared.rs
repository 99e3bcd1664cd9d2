//! Statements of stores stay prepared on their connection, and are prepared again when their table has changed.

use kernel::Caller;
use kernel::db::Tx;
use quarterdeck::product;
use testkit::TestApp;

const COUNT: &str = "select n from public.counted";

async fn begin(app: &TestApp) -> Tx {
    app.app.db.begin(&Caller::system("test"), testkit::start_of_time()).await.unwrap()
}

/// With one free connection, so that each transaction meets what the last one left on it.
async fn start() -> (TestApp, tokio_postgres::Client, Tx) {
    let app = TestApp::with(product(), &[("QUARTERDECK_POOL_SIZE", "2")]).await;
    let other = begin(&app).await;
    let db = app.database().await;
    db.batch_execute("create table counted as select 1::int as n; grant all on counted to quarterdeck_platform").await.unwrap();
    (app, db, other)
}

#[tokio::test]
async fn a_statement_is_prepared_once_for_its_connection() {
    let (app, _db, _other) = start().await;
    for _ in 0..3 {
        let tx = begin(&app).await;
        assert_eq!(tx.db().query_one(COUNT, &[]).await.unwrap().get::<_, i32>(0), 1);
        assert_eq!(tx.db().query_opt(COUNT, &[]).await.unwrap().unwrap().get::<_, i32>(0), 1);
        let prepared = tx.db().query_one("select count(*) from pg_prepared_statements where statement = $1", &[&COUNT]).await.unwrap();
        assert_eq!(prepared.get::<_, i64>(0), 1);
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_table_that_has_changed_costs_one_transaction_and_no_more() {
    let (app, db, _other) = start().await;
    let tx = begin(&app).await;
    tx.db().query_one(COUNT, &[]).await.unwrap();
    tx.commit().await.unwrap();
    db.batch_execute("alter table counted alter n type bigint").await.unwrap();
    let tx = begin(&app).await;
    let problem = kernel::Problem::from(tx.db().query_one(COUNT, &[]).await.unwrap_err());
    assert_eq!(problem.kind(), kernel::problem::Kind::Unavailable, "{problem}");
    tx.rollback().await.unwrap();
    let tx = begin(&app).await;
    assert_eq!(tx.db().query_one(COUNT, &[]).await.unwrap().get::<_, i64>(0), 1);
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_statement_that_is_refused_is_asked_again_not_remembered() {
    let (app, db, _other) = start().await;
    for sql in ["select n from public.nowhere", "select m from public.counted"] {
        let tx = begin(&app).await;
        tx.db().query(sql, &[]).await.unwrap_err();
        tx.rollback().await.unwrap();
    }
    db.batch_execute("alter table counted rename n to m").await.unwrap();
    let tx = begin(&app).await;
    assert_eq!(tx.db().query("select m from public.counted", &[]).await.unwrap().len(), 1);
    tx.commit().await.unwrap();
}
