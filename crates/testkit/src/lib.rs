//! What tests stand on: a real PostgreSQL, a database per test, a clock that stands still, and a client that speaks
//! to the whole product without a socket. Only ever a dev-dependency.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on should stop loudly")]

mod certificate;
mod client;
mod device;
mod mail_server;
mod oidc_server;
mod server;

pub use certificate::certificate;
pub use client::{Answer, Client};
pub use device::{Device, totp};
pub use mail_server::MailServer;
pub use oidc_server::{OidcServer, Visitor};
pub use server::Server;

use chrono::{DateTime, Duration, TimeZone, Utc};
use host::boot::{self, Database, Product};
use host::config::Config;
use kernel::App;
use kernel::clock::{Clock, Ids};
use pgtls::TlsMode;
use serde_json::{Value, json};
use std::sync::Arc;

/// The owner every test may sign in as.
pub const OWNER_EMAIL: &str = "ada@example.com";
/// A password that passes the policy.
pub const PASSWORD: &str = "correct-horse-battery-staple-42";

/// When tests take place.
#[must_use]
pub fn start_of_time() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap()
}

/// The product on a database of its own.
pub struct TestApp {
    pub app: Arc<App>,
    pub database: String,
    pub owner: tokio_postgres::Config,
    config: Config,
    product: Product,
}

impl TestApp {
    /// A migrated, empty installation.
    pub async fn start(product: Product) -> Self {
        Self::with(product, &[]).await
    }

    /// The same with environment variables, such as `QUARTERDECK_BASE_URL`.
    pub async fn with(product: Product, environment: &[(&str, &str)]) -> Self {
        let server = Server::shared();
        let database = server.database(product).await;
        Self::on(product, &database, environment).await
    }

    /// Another node on a database that is there already.
    pub async fn on(product: Product, database: &str, environment: &[(&str, &str)]) -> Self {
        let server = Server::shared();
        Self::given(product, server, server.owner(database), environment).await.expect("the app starts")
    }

    /// On a database that somebody gave, as whoever owns it.
    ///
    /// # Errors
    /// What the person at the console is told when it can't start there.
    pub async fn given(
        product: Product,
        server: &Server,
        owner: tokio_postgres::Config,
        environment: &[(&str, &str)],
    ) -> Result<Self, boot::BootError> {
        let config = server.config(environment);
        let database = owner.get_dbname().unwrap_or_default().to_owned();
        let opened = Database { owner, tls: TlsMode::Disable, private: None };
        let app = boot::build(&config, &opened, product, Clock::fixed(start_of_time()), Ids::Random).await?;
        // Behind the scenes tests see everything, whatever the owner may.
        let owner = server.owner(&database);
        Ok(Self { app, database, owner, config, product })
    }

    /// Somebody who has not signed in, on this machine.
    #[must_use]
    pub fn nobody(&self) -> Client {
        Client::new(host::server::router(boot::host(&self.config, self.app.clone(), self.product, None)))
    }

    /// The owner, made by the first launch.
    pub async fn owner(&self) -> Client {
        let client = self.nobody();
        let answer = client.post("/api/v1/setup", json!({"email": OWNER_EMAIL, "name": "Ada Lovelace", "password": PASSWORD})).await;
        if answer.status == 404 {
            return self.sign_in(OWNER_EMAIL).await;
        }
        answer.expect(201);
        client
    }

    /// Signs in with the password all tests use.
    pub async fn sign_in(&self, email: &str) -> Client {
        let client = self.nobody();
        client.post("/api/v1/session", json!({"email": email, "password": PASSWORD})).await.expect(200);
        client
    }

    /// A member of staff with a built-in or custom role, invited by the owner and signed in.
    pub async fn staff(&self, owner: &Client, role: &str) -> Client {
        let roles = owner.get(&format!("/api/v1/roles?name=eq.{role}")).await.expect(200);
        let role_id = roles[0]["id"].as_str().unwrap_or_else(|| panic!("there is no role {role}")).to_owned();
        let email = format!("{role}@example.com");
        let invited = owner.post("/api/v1/staff/invite", json!({"email": email, "role_id": role_id})).await.expect(200);
        let link = invited["link"].as_str().expect("the invitation has a link");
        let token = link.split("token=").nth(1).expect("the link has a token");
        let client = self.nobody();
        client.post("/api/v1/invitation", json!({"token": token, "name": role, "password": PASSWORD})).await.expect(201);
        client
    }

    /// An app user with the password all tests use, signed in.
    pub async fn user(&self, owner: &Client, email: &str) -> Client {
        let made = owner.post("/api/v1/users", json!({"email": email, "name": "Grace Hopper"})).await.expect(201);
        let id = made["id"].as_str().expect("a user has an id");
        let link = owner.post(&format!("/api/v1/users/{id}/reset-link"), json!({})).await.expect(200);
        let token = link["link"].as_str().and_then(|link| link.split("token=").nth(1)).expect("the link has a token");
        self.nobody().post("/api/v1/password-reset", json!({"token": token, "password": PASSWORD})).await.expect(204);
        self.user_in(email).await
    }

    /// Signs an app user in.
    pub async fn user_in(&self, email: &str) -> Client {
        let client = self.nobody();
        client.post("/api/v1/account/session", json!({"email": email, "password": PASSWORD})).await.expect(200);
        client
    }

    /// Moves the clock.
    pub fn advance(&self, by: Duration) {
        self.app.clock.advance(by);
    }

    /// A connection as the database's owner, for looking behind the scenes and for attacks.
    pub async fn database(&self) -> tokio_postgres::Client {
        boot::connect(&self.owner, TlsMode::Disable).await.expect("the owner connects")
    }

    /// Seals the audit log and reads it, oldest first.
    pub async fn audit(&self) -> Vec<Value> {
        kernel::audit::seal(&self.app).await.expect("sealing works");
        let db = self.database().await;
        let rows = db.query("select entry from kernel.audit_log order by at, id", &[]).await.unwrap();
        rows.iter().map(|row| serde_json::from_str(row.get(0)).unwrap()).collect()
    }
}
