//! The database as the kernel uses it: a pool whose login owns nothing, and transactions that say who is in them.
//!
//! The login role has no rights of its own (`NOINHERIT`); each transaction takes on `quarterdeck_platform` or
//! `quarterdeck_tenant` and names its organisation, so that row policies decide what exists for the caller.
//! Outside a transaction, and with nothing set, there are zero rows.

use crate::actor::{Caller, Scope};
use crate::problem::{Problem, Result};
use crate::problem_sql::SILENT;
use chrono::{DateTime, Utc};
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
pub use pgprepared::Client;
use pgtls::TlsMode;
use std::time::Duration;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, NoTls};

/// Role that sees every organisation; staff and background work.
pub const PLATFORM_ROLE: &str = "quarterdeck_platform";
/// Role that sees one organisation.
pub const TENANT_ROLE: &str = "quarterdeck_tenant";

/// Sets role, organisation, actor and clock for one transaction. One statement, so it can be pipelined.
pub const PREAMBLE: &str = "select set_config('role', $1, true), set_config('app.organization_id', $2, true), \
     set_config('app.actor_id', $3, true), set_config('app.now', $4, true)";

/// The values of [`PREAMBLE`] for a caller.
#[must_use]
pub fn preamble_values(caller: &Caller, now: DateTime<Utc>) -> [String; 4] {
    let (role, organization) = match caller.scope {
        Scope::Platform => (PLATFORM_ROLE, String::new()),
        Scope::Organization(id) => (TENANT_ROLE, id.to_string()),
        Scope::Own => (TENANT_ROLE, String::new()),
    };
    let who = caller.subject.as_ref().unwrap_or(&caller.actor);
    [role.into(), organization, who.id.map(|id| id.to_string()).unwrap_or_default(), now.to_rfc3339()]
}

/// How long a server may take to begin a transaction.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long it may take to write one to its disk.
const COMMIT: Duration = Duration::from_secs(30);
/// The word of the server was lost, not necessarily the change.
const UNSURE: &str = "The database went away while it was saving. The change may have been made: look before you make it again.";

/// A pool of connections of one login.
#[derive(Clone)]
pub struct Db {
    pool: Pool,
    config: Config,
    tls: TlsMode,
}

impl Db {
    /// # Errors
    /// When the pool can't be built; no connection is made yet.
    pub fn new(mut config: Config, tls: TlsMode, size: usize) -> Result<Self> {
        let tls = tls.over(&config);
        config.ssl_mode(tls.ssl_mode());
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match tls {
            TlsMode::Disable => Manager::from_config(config.clone(), NoTls, recycling),
            ref tls => Manager::from_config(config.clone(), tls.connector().map_err(|e| Problem::unavailable(e.to_string()))?, recycling),
        };
        let pool = Pool::builder(manager)
            .max_size(size)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(Duration::from_secs(10)))
            .create_timeout(Some(Duration::from_secs(5)))
            .build()
            .map_err(Problem::internal)?;
        Ok(Self { pool, config, tls })
    }

    /// # Errors
    /// 503 when the server is away or all connections stay busy for 10 s.
    pub async fn conn(&self) -> Result<Object> {
        Ok(self.pool.get().await?)
    }

    /// Hears what is said on a channel, on a connection of its own, until that is lost.
    ///
    /// # Errors
    /// When the server is away, or goes away.
    pub async fn listen(&self, channel: &str, heard: impl Fn() + Send) -> Result<()> {
        let listen = format!("listen {}", crate::list::quote(channel));
        pgtls::listen(&self.config, &self.tls, &listen, heard).await.map_err(|e| Problem::unavailable(e.to_string()))
    }

    /// Connections in the pool, in use and idle, for metrics.
    #[must_use]
    pub fn status(&self) -> deadpool_postgres::Status {
        self.pool.status()
    }

    /// Opens a transaction in the caller's scope.
    ///
    /// # Errors
    /// 503 when the server is away.
    pub async fn begin(&self, caller: &Caller, now: DateTime<Utc>) -> Result<Tx> {
        let conn = self.conn().await?;
        let values = preamble_values(caller, now);
        let tx = Tx { conn: Some(Client::new(conn)) };
        let client = tx.db();
        let params: [&(dyn ToSql + Sync); 4] = [&values[0], &values[1], &values[2], &values[3]];
        // Both go out in one flush; the second waits for nothing. Beginning takes no lock, so a server that doesn't do
        // it at once is frozen, and a limit that the server itself would have to keep is worth nothing.
        let both = async { futures::join!(client.batch_execute("begin"), client.query(PREAMBLE, &params)) };
        let (begun, set) = tokio::time::timeout(PATIENCE, both).await.map_err(|_| Problem::unavailable(SILENT))?;
        begun?;
        set?;
        Ok(tx)
    }
}

/// An open transaction. Dropped without [`Tx::commit`] or [`Tx::rollback`] its connection is closed rather than
/// reused, so that a cancelled request leaves nothing behind.
pub struct Tx {
    conn: Option<Client>,
}

impl Tx {
    /// The connection, inside the transaction.
    #[must_use]
    #[expect(clippy::expect_used, reason = "commit and rollback take self, so the connection is there while self is")]
    pub fn db(&self) -> &Client {
        self.conn.as_ref().expect("the connection is there until the end")
    }

    /// # Errors
    /// When the commit fails: nothing was changed then, unless the problem says that nobody knows.
    pub async fn commit(mut self) -> Result<()> {
        match tokio::time::timeout(COMMIT, self.db().batch_execute("commit")).await {
            Ok(Err(error)) if error.as_db_error().is_none() => return Err(Problem::unavailable(UNSURE).because(error)),
            Ok(done) => done?,
            Err(_) => return Err(Problem::unavailable(UNSURE)),
        }
        drop(self.conn.take());
        Ok(())
    }

    /// Gives up every change.
    ///
    /// # Errors
    /// When the server is away; nothing was changed in that case either.
    pub async fn rollback(mut self) -> Result<()> {
        self.db().batch_execute("rollback").await?;
        drop(self.conn.take());
        Ok(())
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take() {
            conn.close();
        }
    }
}
