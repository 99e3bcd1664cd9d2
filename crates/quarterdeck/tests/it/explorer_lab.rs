//! What the explorer's tests stand on: a panel with tables of its own, and Chinook beside it.

use http::Method;
use serde_json::{Value, json};
use testkit::{Answer, Client, Server, TestApp};
use tokio::sync::OnceCell;

/// A panel, its owner signed in, and a connection that may do anything.
pub struct Lab {
    pub app: TestApp,
    pub owner: Client,
    pub db: tokio_postgres::Client,
}

/// A panel whose database has what this SQL makes.
pub async fn lab(sql: &str) -> Lab {
    let app = TestApp::start(quarterdeck::product()).await;
    let (owner, db) = (app.owner().await, app.database().await);
    db.batch_execute(sql).await.unwrap();
    Lab { app, owner, db }
}

const CHINOOK: &str = include_str!("../../../../fixtures/chinook.sql");

/// The database `chinook`, made once per test process; tests only read it.
async fn chinook_database() {
    static MADE: OnceCell<()> = OnceCell::const_new();
    MADE.get_or_init(|| async {
        let config = Server::shared().empty("chinook").await;
        let client = host::boot::connect(&config, pgtls::TlsMode::Disable).await.unwrap();
        // What psql does before the tables is done.
        let tables = CHINOOK.split_once("\\c chinook;").map_or(CHINOOK, |(_, tables)| tables);
        client.batch_execute(tables).await.unwrap();
    })
    .await;
}

impl Lab {
    /// Adds Chinook as the source `chinook`.
    pub async fn chinook(self) -> Self {
        chinook_database().await;
        self.source("chinook", "postgresql:///chinook").await;
        self
    }

    pub async fn source(&self, name: &str, url: &str) -> Value {
        self.owner.post("/api/v1/sources", json!({"name": name, "url": url})).await.body_of(201)
    }

    /// A request for rows; `path` is `source/table?filter`.
    pub async fn rows(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        let body = (!body.is_null()).then_some(body);
        self.owner.send(method, &format!("/api/v1/data/{path}"), headers, body).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.rows(Method::GET, path, &[], Value::Null).await
    }

    pub async fn insert(&self, path: &str, body: Value) -> Answer {
        self.rows(Method::POST, path, &[("prefer", "return=representation, versions")], body).await
    }

    pub async fn update(&self, path: &str, body: Value) -> Answer {
        self.rows(Method::PATCH, path, &[("prefer", "return=representation, versions")], body).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.rows(Method::DELETE, path, &[("prefer", "return=representation")], Value::Null).await
    }

    /// What the audit log says about rows, oldest first.
    pub async fn log(&self) -> Vec<Value> {
        let entries = self.app.audit().await;
        entries.into_iter().filter(|entry| entry["action"].as_str().is_some_and(|action| action.starts_with("rows."))).collect()
    }

    /// One value, asked behind the panel's back.
    pub async fn ask(&self, sql: &str) -> String {
        self.db.query_one(&format!("select ({sql})::text"), &[]).await.unwrap().get::<_, Option<String>>(0).unwrap_or_else(|| "NULL".into())
    }
}

/// Text for a URL.
pub fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}
