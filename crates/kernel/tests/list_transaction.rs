//! The transaction around a list: the preamble holds in it and ends with it, whatever happens.

#![expect(clippy::unwrap_used, reason = "a test that can't go on should stop")]

mod support;

use kernel::list::{self, Column, ColumnType, Param, Preamble, Query, Relation};
use kernel::problem::Kind;
use std::time::Duration;
use support::Server;

const TABLE: &str = "
    create schema hidden;
    create table hidden.note (id int4 primary key, org text not null, body text);
    insert into hidden.note values (1, 'a', 'x'), (2, 'b', 'y'), (3, 'a', 'z');
    alter table hidden.note enable row level security;
    create policy org on hidden.note using (org = current_setting('app.org', true));
    create role list_reader_ROLE; grant usage on schema hidden to list_reader_ROLE; grant select on hidden.note to list_reader_ROLE;
    create role list_login_ROLE login noinherit in role list_reader_ROLE";

fn relation() -> Relation {
    Relation::table("hidden", "note")
        .primary_key(&["id"])
        .column(Column::new("id", ColumnType::named("int4")))
        .column(Column::new("body", ColumnType::named("text")).nullable())
}

fn preamble(role: &str, org: &str) -> Preamble {
    Preamble {
        sql: "select set_config('role', $1, true), set_config('app.org', $2, true)".into(),
        params: vec![Param::text(role), Param::text(org)],
        is_bare: false,
        check: "",
    }
}

struct Fixture {
    server: Server,
    suffix: String,
}

impl Fixture {
    async fn new() -> Self {
        let server = Server::start().await;
        let suffix = std::process::id().to_string() + &std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos().to_string();
        server.client().await.batch_execute(&TABLE.replace("ROLE", &suffix)).await.unwrap();
        Self { server, suffix }
    }

    fn reader(&self) -> String {
        format!("list_reader_{}", self.suffix)
    }

    /// A connection that logs in as the role without rights of its own.
    async fn client(&self) -> deadpool_postgres::Object {
        let client = self.server.client().await;
        client.batch_execute(&format!("set session authorization list_login_{}", self.suffix)).await.unwrap();
        client
    }

    async fn end(self) {
        for client in [self.server.client().await] {
            client.batch_execute("reset session authorization").await.unwrap();
            let suffix = &self.suffix;
            client
                .batch_execute(&format!("drop schema hidden cascade; drop role list_login_{suffix}; drop role list_reader_{suffix}"))
                .await
                .unwrap();
        }
    }
}

#[tokio::test]
async fn the_preamble_decides_what_is_seen_and_does_not_outlive_the_page() {
    let f = Fixture::new().await;
    let client = f.client().await;
    let relation = relation();
    for _ in 0..3 {
        let rows = list::select(&client, &preamble(&f.reader(), "a"), &relation, &Query::default()).await.unwrap();
        assert_eq!(rows.iter().map(|r| r["id"].as_i64().unwrap()).collect::<Vec<_>>(), [1, 3]);
        let rows = list::select(&client, &preamble(&f.reader(), "b"), &relation, &Query::default()).await.unwrap();
        assert_eq!(rows.len(), 1);
        let state = client
            .query_one("select current_user::text = session_user::text, coalesce(current_setting('app.org', true), '')", &[])
            .await
            .unwrap();
        assert_eq!((state.get::<_, bool>(0), state.get::<_, String>(1)), (true, String::new()));
    }
    // Without the role there is no right.
    let refused = list::select(&client, &Preamble::none(), &relation, &Query::default()).await.unwrap_err();
    assert_eq!(refused.kind(), Kind::Forbidden, "{refused:?}");
    // A preamble that fails lets nothing through.
    let refused = list::select(&client, &preamble("nobody_such", "a"), &relation, &Query::default()).await;
    assert!(refused.is_err());
    let rows = list::select(&client, &preamble(&f.reader(), "a"), &relation, &Query::default()).await.unwrap();
    assert_eq!(rows.len(), 2);
    drop(client);
    f.end().await;
}

#[tokio::test]
async fn a_caller_who_goes_away_leaves_no_transaction() {
    let f = Fixture::new().await;
    let client = f.server.client().await;
    let relation = relation();
    for micros in [0, 50, 100, 200, 400, 800, 1600] {
        // New shapes, so that the call is cut off at each of its steps.
        let query = Query::parse_string(&relation, &format!("select=id,x{micros}:body")).unwrap();
        let preamble = Preamble::none();
        let page = list::page(&client, &preamble, &relation, &query, None);
        drop(tokio::time::timeout(Duration::from_micros(micros), page).await);
        let sql = "select state from pg_stat_activity where pid = $1";
        let pid: i32 = client.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0);
        let other = f.server.client().await;
        let state: String = other.query_one(sql, &[&pid]).await.unwrap().get(0);
        assert_eq!(state, "idle", "after {micros} µs");
    }
    drop(client);
    f.end().await;
}

#[tokio::test]
async fn prepared_statements_are_bounded_and_survive_a_changed_table() {
    let f = Fixture::new().await;
    let client = f.server.client().await;
    let relation = relation();
    for i in 0..600 {
        let query = Query::parse_string(&relation, &format!("limit={i}&select=id")).unwrap();
        list::page(&client, &Preamble::none(), &relation, &query, None).await.unwrap();
    }
    assert!(client.statement_cache.size() <= 257);
    let kept: i64 = client.query_one("select count(*) from pg_prepared_statements", &[]).await.unwrap().get(0);
    assert!(kept <= 260, "{kept}");

    let query = Query::default();
    assert_eq!(list::select(&client, &Preamble::none(), &relation, &query).await.unwrap().len(), 3);
    client.batch_execute("alter table hidden.note alter body type varchar(7)").await.unwrap();
    assert_eq!(list::select(&client, &Preamble::none(), &relation, &query).await.unwrap()[0]["body"], "x");
    client.batch_execute("alter table hidden.note drop body").await.unwrap();
    let gone = list::select(&client, &Preamble::none(), &relation, &query).await.unwrap_err();
    assert_eq!(gone.kind(), Kind::NotFound, "{gone:?}");
    client.batch_execute("drop table hidden.note").await.unwrap();
    let gone = list::select(&client, &Preamble::none(), &relation, &query).await.unwrap_err();
    assert_eq!(gone.kind(), Kind::NotFound, "{gone:?}");
    client.batch_execute("create table hidden.note (id int4 primary key, body text)").await.unwrap();
    assert!(list::select(&client, &Preamble::none(), &relation, &query).await.unwrap().is_empty());
    drop(client);
    f.end().await;
}
