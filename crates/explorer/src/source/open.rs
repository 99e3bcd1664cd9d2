//! A source in use: its connections, its catalogue, its rights.

use super::address::{Address, Remote};
use super::alter::Alter;
use super::grants::Grants;
use super::reading::{self, Reading};
use super::session::pool;
use crate::Config as Server;
use crate::catalogue::Catalogue;
use crate::live::Needs;
use crate::masking::Marks;
use crate::wire::Way;
use deadpool_postgres::{HookError, Object, Pool, PoolError};
use kernel::list::quote;
use kernel::problem::Kind;
use kernel::{DatabaseRole, Problem, Result};
use pgtls::TlsMode;
use secrecy::ExposeSecret;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio::sync::{OnceCell, Semaphore};
use tokio_postgres::error::SqlState;
use tokio_postgres::{CancelToken, Config};
use uuid::Uuid;

/// Connections unused for this long are closed.
const IDLE: Duration = Duration::from_secs(60);
/// Connections to a source that is not the panel's own database.
const FEW: usize = 5;
/// Exports of one source at the same time.
const EXPORTS: usize = 2;
/// Runs of the console on one source at the same time, each with a connection of its own.
const RUNS: usize = 5;
/// The group that the explorer itself works as, on the panel's own server.
const EXPLORER: &str = "quarterdeck_explorer";
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
    /// Which of its columns are sensitive.
    pub marks: Arc<Marks>,
    /// In whose place rows are seen here; with the explorer's own rights without.
    pub role: Option<DatabaseRole>,
    pub(crate) grants: Option<Arc<Grants>>,
    pool: Pool,
    pub(crate) alter: Arc<Alter>,
    /// Each holds a connection for as long as somebody's download takes.
    pub(crate) exports: Arc<Semaphore>,
    /// How the console connects, whose connections are its own.
    pub(crate) way: Way,
    /// Whether changes through the panel have to say whose they are.
    pub(crate) needs_marks: Needs,
    pub(crate) runs: Arc<Semaphore>,
    /// Filled once the source has been reached and may be shown.
    ready: OnceCell<()>,
    ways: Ways,
    /// The same source in somebody's place, by role; each with connections and a catalogue of its own.
    places: [OnceLock<Arc<Open>>; 3],
}

/// How a source is reached in somebody's place.
#[derive(Clone)]
struct Ways {
    tls: TlsMode,
    /// The login of each role: on the panel's own server one that can take nothing else, elsewhere that of the source.
    logins: Vec<(DatabaseRole, Config)>,
    /// What somebody has to run first on the panel's own server.
    missing: Vec<String>,
}

impl Open {
    /// The panel's own database.
    pub(crate) fn main(server: &Server, id: Uuid, version: i64) -> Result<Self> {
        let grants = Grants::new(server.owner.clone(), server.tls.clone(), server.panel_schemas.clone());
        let way = Way::of(server.explorer.clone(), server.tls.clone());
        let pool = pool(server.explorer.clone(), server.tls.clone(), server.connections, Some(EXPLORER))?;
        let ways = Ways { tls: server.tls.clone(), logins: server.places.clone(), missing: server.missing.clone() };
        let alter = Alter::ours(&server.schema, server.schema.config.clone(), server.tls.clone())?;
        Ok(Self::new(super::MAIN, id, version, Place::Main, (pool, way, alter), Some(grants), server.panel_schemas.clone(), ways))
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
                let way = Way::of(of(&server.explorer), server.tls.clone());
                let pool = pool(of(&server.explorer), server.tls.clone(), FEW, Some(EXPLORER))?;
                let logins = server.places.iter().map(|(role, config)| (*role, of(config))).collect();
                let ways = Ways { tls: server.tls.clone(), logins, missing: server.missing.clone() };
                let alter = Alter::ours(&server.schema, of(&server.schema.config), server.tls.clone())?;
                Self::new(name, id, version, Place::Sibling, (pool, way, alter), Some(grants), Vec::new(), ways)
            }
            Address::Remote(remote) => {
                let config = remote_config(remote);
                let way = Way::of(config.clone(), remote.tls.clone());
                let pool = pool(config.clone(), remote.tls.clone(), FEW, None)?;
                let logins = DatabaseRole::ALL.map(|role| (role, config.clone())).to_vec();
                let ways = Ways { tls: remote.tls.clone(), logins, missing: Vec::new() };
                let alter = Alter::theirs(remote_config(remote), remote.tls.clone())?;
                Self::new(name, id, version, Place::Remote, (pool, way, alter), None, Vec::new(), ways)
            }
        })
    }

    #[expect(clippy::too_many_arguments, reason = "what the three kinds of source differ in")]
    fn new(
        name: &str,
        id: Uuid,
        version: i64,
        place: Place,
        (pool, way, alter): (Pool, Way, Alter),
        grants: Option<Grants>,
        panel_schemas: Vec<String>,
        ways: Ways,
    ) -> Self {
        Self {
            id,
            version,
            name: name.to_owned(),
            place,
            catalogue: Catalogue::new(panel_schemas),
            marks: Arc::default(),
            role: None,
            grants: grants.map(Arc::new),
            pool,
            alter: Arc::new(alter),
            exports: Arc::new(Semaphore::new(EXPORTS)),
            way,
            needs_marks: Needs::default(),
            runs: Arc::new(Semaphore::new(RUNS)),
            ready: OnceCell::new(),
            ways,
            places: Default::default(),
        }
    }

    /// The same source in somebody's place.
    ///
    /// # Errors
    /// As [`Self::conn`]; that the role is missing shows when a connection is wanted.
    pub async fn in_place_of(&self, role: DatabaseRole) -> Result<Arc<Self>> {
        // Whether the source may be shown at all is for the explorer to find out.
        if !self.ready.initialized() {
            drop(self.conn().await?);
        }
        let [anon, authenticated, service] = &self.places;
        let place = match role {
            DatabaseRole::Anon => anon,
            DatabaseRole::Authenticated => authenticated,
            DatabaseRole::Service => service,
        };
        if let Some(open) = place.get() {
            return Ok(open.clone());
        }
        let login = self.ways.logins.iter().find(|(of, _)| *of == role).map(|(_, config)| config.clone());
        let login = login.ok_or_else(|| Problem::internal("no login was made for this role"))?;
        let made = Self {
            id: self.id,
            version: self.version,
            name: self.name.clone(),
            place: self.place,
            catalogue: self.catalogue.empty(),
            marks: self.marks.clone(),
            role: Some(role),
            // What a service role of our own making may read follows what the explorer may.
            grants: self.grants.clone().filter(|_| role == DatabaseRole::Service),
            way: Way::of(login.clone(), self.ways.tls.clone()),
            needs_marks: Needs::default(),
            pool: pool(login, self.ways.tls.clone(), FEW, Some(role.name()))?,
            alter: self.alter.clone(),
            exports: self.exports.clone(),
            runs: self.runs.clone(),
            ready: OnceCell::new_with(Some(())),
            ways: self.ways.clone(),
            places: Default::default(),
        };
        Ok(place.get_or_init(|| Arc::new(made)).clone())
    }

    /// The group or role that its connections work as; the login's own rights without.
    #[must_use]
    pub fn works_as(&self) -> Option<&'static str> {
        match (self.role, self.place) {
            (Some(role), _) => Some(role.name()),
            (None, Place::Remote) => None,
            (None, _) => Some(EXPLORER),
        }
    }

    /// How its changes are followed: as the owner of the database where the panel knows one, otherwise by its login.
    #[must_use]
    pub fn follower(&self) -> Way {
        self.grants.as_ref().map_or_else(|| self.way.clone(), |grants| grants.way())
    }

    /// How notices of its triggers are heard, for which anybody will do.
    #[must_use]
    pub fn listener(&self) -> Way {
        self.way.clone()
    }

    /// Whether the audit entry of a change can be part of its transaction: nobody else's role may write there.
    #[must_use]
    pub fn carries_audit(&self) -> bool {
        self.place == Place::Main && self.role.is_none()
    }

    /// Who it is that may not do something, in words.
    #[must_use]
    pub fn who(&self) -> &'static str {
        self.role.map_or("The login of this source", DatabaseRole::name)
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

    /// A connection for a read that ends when nobody waits for it any more.
    ///
    /// # Errors
    /// As [`Self::conn`].
    pub async fn reading(&self) -> Result<Reading> {
        Ok(Reading::new(self.conn().await?, self.ways.tls.clone()))
    }

    /// Stops what a connection of this source is doing.
    pub fn stop(&self, token: CancelToken) {
        reading::stop(token, self.ways.tls.clone());
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

    pub(crate) fn away(&self, error: PoolError) -> Problem {
        let backend = match &error {
            PoolError::Backend(e) | PoolError::PostCreateHook(HookError::Backend(e)) => Some(e),
            _ => None,
        };
        if let Some(role) = self.role
            && backend.and_then(|e| e.code()).is_some_and(is_about_the_role)
        {
            return self.lacks(role).because(error);
        }
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

    /// What somebody has to run before the source can be seen in the place of a role that is missing.
    #[must_use]
    pub fn wanting(&self, role: DatabaseRole) -> String {
        if self.place != Place::Remote {
            return self.ways.missing.iter().map(|sql| format!("{sql};")).collect::<Vec<_>>().join("\n");
        }
        let name = role.name();
        let login = self.ways.logins.first().and_then(|(_, config)| config.get_user()).unwrap_or_default();
        let above = if role == DatabaseRole::Service { " bypassrls" } else { "" };
        format!("create role {name} nologin noinherit{above};\ngrant {name} to {};", quote(login))
    }

    /// The role is not there, or can't be taken.
    fn lacks(&self, role: DatabaseRole) -> Problem {
        let sql = self.wanting(role);
        let then = if sql.is_empty() {
            "Start the panel again: it makes what is missing."
        } else {
            "Let somebody who may run the SQL beside this."
        };
        let why = "the database has no such role, or the panel may not take it";
        Problem::refused(format!("The source {} can't be seen as {}: {why}. {then}", self.name, role.name())).with("sql", sql)
    }

    pub(crate) fn places(&self) -> impl Iterator<Item = &Arc<Self>> {
        self.places.iter().filter_map(OnceLock::get)
    }

    /// Closes connections that nobody used for a while.
    pub fn tidy(&self) {
        self.pool.retain(|_, metrics| metrics.last_used() < IDLE);
        self.alter.tidy(IDLE);
        self.places().for_each(|place| place.tidy());
    }

    /// Closes everything; connections in use end with their request.
    pub fn close(&self) {
        self.pool.close();
        self.alter.close();
        self.places().for_each(|place| place.close());
    }

    /// How long it takes to reach the source afresh.
    pub(crate) async fn reach(&self) -> Result<(Object, Duration)> {
        let start = Instant::now();
        let conn = self.conn().await?;
        Ok((conn, start.elapsed()))
    }
}

/// Whether a connection failed for want of a role, rather than of the database.
fn is_about_the_role(code: &SqlState) -> bool {
    [
        SqlState::INVALID_PASSWORD,
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        SqlState::INSUFFICIENT_PRIVILEGE,
        SqlState::INVALID_PARAMETER_VALUE,
        SqlState::UNDEFINED_OBJECT,
    ]
    .contains(code)
}

fn remote_config(remote: &Remote) -> Config {
    let mut config = Config::new();
    config.host(&remote.host).port(remote.port).dbname(&remote.database).user(&remote.username);
    if let Some(password) = &remote.password {
        config.password(password.expose_secret());
    }
    config
}
