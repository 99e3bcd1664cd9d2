//! A source in use: its connections, its catalogue, its rights.

use super::address::{Address, Remote};
use super::grants::Grants;
use super::session;
use crate::catalogue::Catalogue;
use crate::state::Server;
use deadpool_postgres::{HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime};
use kernel::problem::Kind;
use kernel::{Problem, Result};
use pgtls::TlsMode;
use secrecy::ExposeSecret;
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Config, NoTls};
use uuid::Uuid;

/// Connections unused for this long are closed.
const IDLE: Duration = Duration::from_secs(60);
const CONNECT: Duration = Duration::from_secs(5);
/// Connections to a source that is not the panel's own database.
const FEW: usize = 5;
/// A table that only a panel has.
const IS_PANEL: &str = "select to_regclass('kernel.audit_log') is not null";

pub const STATEMENTS: &[&str] = &[IS_PANEL];

/// Where a source is, as far as rights and the audit log are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The panel's own database: the audit row is part of the change's transaction.
    Main,
    /// Another database of the panel's own server.
    Sibling,
    Remote,
}

/// A source with its connections.
pub struct Open {
    pub id: Uuid,
    pub version: i64,
    pub name: String,
    pub place: Place,
    pub catalogue: Catalogue,
    pub(crate) grants: Option<Grants>,
    pool: Pool,
    /// Filled once the source has been reached and may be shown.
    ready: OnceCell<()>,
}

impl Open {
    /// The panel's own database.
    pub(crate) fn main(server: &Server, id: Uuid, version: i64) -> Result<Self> {
        let grants = Grants::new(server.owner.clone(), server.tls.clone(), server.panel_schemas.clone());
        let pool = pool(server.explorer.clone(), server.tls.clone(), server.connections, true)?;
        Ok(Self::new(super::MAIN, id, version, Place::Main, pool, Some(grants), server.panel_schemas.clone()))
    }

    /// Any other.
    pub(crate) fn other(server: &Server, name: &str, id: Uuid, version: i64, address: &Address) -> Result<Self> {
        Ok(match address {
            Address::Sibling { database } => {
                let of = |config: &Config| {
                    let mut config = config.clone();
                    config.dbname(database);
                    config
                };
                let grants = Grants::new(of(&server.owner), server.tls.clone(), Vec::new());
                let pool = pool(of(&server.explorer), server.tls.clone(), FEW, true)?;
                Self::new(name, id, version, Place::Sibling, pool, Some(grants), Vec::new())
            }
            Address::Remote(remote) => {
                let pool = pool(remote_config(remote), remote.tls.clone(), FEW, false)?;
                Self::new(name, id, version, Place::Remote, pool, None, Vec::new())
            }
        })
    }

    fn new(name: &str, id: Uuid, version: i64, place: Place, pool: Pool, grants: Option<Grants>, panel_schemas: Vec<String>) -> Self {
        Self { id, version, name: name.to_owned(), place, catalogue: Catalogue::new(panel_schemas), grants, pool, ready: OnceCell::new() }
    }

    /// A connection, once the source has shown that it may be used.
    ///
    /// # Errors
    /// 503 naming the source when it can't be reached; 403 when it is the database of a panel.
    pub async fn conn(&self) -> Result<Object> {
        let conn = self.raw().await?;
        self.ready.get_or_try_init(|| self.first_use(&conn)).await?;
        Ok(conn)
    }

    async fn raw(&self) -> Result<Object> {
        self.pool.get().await.map_err(|error| self.away(error))
    }

    async fn first_use(&self, conn: &Object) -> Result<()> {
        if self.place != Place::Main {
            let is_panel: bool = conn.query_one(IS_PANEL, &[]).await?.get(0);
            if is_panel {
                return Err(Problem::refused(format!(
                    "The source {} is the database of a panel, where sessions and secrets are. The panel's own tables are in the source main.",
                    self.name
                )));
            }
        }
        if let Some(grants) = &self.grants {
            grants.first().await;
        }
        Ok(())
    }

    /// Says which source a problem is about.
    pub fn named(&self, problem: Problem) -> Problem {
        match problem.kind() {
            Kind::Unavailable => Problem::unavailable(format!("Source {}: {}", self.name, problem.detail())).because(problem),
            Kind::Timeout => Problem::new(Kind::Timeout, format!("Source {}: {}", self.name, problem.detail())).because(problem),
            _ => problem,
        }
    }

    fn away(&self, error: PoolError) -> Problem {
        let backend = match &error {
            PoolError::Backend(e) | PoolError::PostCreateHook(HookError::Backend(e)) => Some(e),
            _ => None,
        };
        let why = match backend.and_then(|e| e.code()) {
            Some(code) if *code == SqlState::INVALID_CATALOG_NAME => "the server has no such database".to_owned(),
            Some(code) if *code == SqlState::INVALID_PASSWORD => "the server refuses the login; check user and password".into(),
            Some(code) if *code == SqlState::TOO_MANY_CONNECTIONS => "the server has no connection left".into(),
            Some(_) => backend.and_then(|e| e.as_db_error()).map(|e| e.message().to_owned()).unwrap_or_default(),
            None => match (&error, backend) {
                (PoolError::Timeout(deadpool_postgres::TimeoutType::Wait), _) => "all its connections are busy".into(),
                (PoolError::Timeout(_), _) => "the server doesn't answer".into(),
                (_, Some(e)) => pgtls::why(e),
                _ => error.to_string(),
            },
        };
        Problem::unavailable(format!("The source {} can't be reached: {why}. Nothing was changed.", self.name)).because(error)
    }

    /// Closes connections that nobody used for a while.
    pub fn tidy(&self) {
        self.pool.retain(|_, metrics| metrics.last_used() < IDLE);
    }

    /// Closes everything; connections in use end with their request.
    pub fn close(&self) {
        self.pool.close();
    }

    /// How long it takes to reach the source afresh.
    pub(crate) async fn reach(&self) -> Result<(Object, Duration)> {
        let start = Instant::now();
        let conn = self.conn().await?;
        Ok((conn, start.elapsed()))
    }
}

fn remote_config(remote: &Remote) -> Config {
    let mut config = Config::new();
    config.host(&remote.host).port(remote.port).dbname(&remote.database).user(&remote.username);
    if let Some(password) = &remote.password {
        config.password(password.expose_secret());
    }
    config
}

/// How every connection to a source is made.
pub(crate) fn prepared(mut config: Config, mode: TlsMode) -> (Config, TlsMode) {
    let mode = mode.over(&config);
    config.ssl_mode(mode.ssl_mode());
    config.connect_timeout(CONNECT).application_name("quarterdeck explorer");
    (config, mode)
}

fn pool(config: Config, mode: TlsMode, size: usize, is_ours: bool) -> Result<Pool> {
    let (config, mode) = prepared(config, mode);
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = match mode {
        TlsMode::Disable => Manager::from_config(config, NoTls, recycling),
        mode => Manager::from_config(config, mode.connector().map_err(|e| Problem::unavailable(e.to_string()))?, recycling),
    };
    Pool::builder(manager)
        .max_size(size)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(Duration::from_secs(10)))
        .create_timeout(Some(CONNECT))
        .post_create(session::hook(is_ours))
        .build()
        .map_err(Problem::internal)
}
