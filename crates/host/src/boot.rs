//! Putting it together: database, migrations, logins, app; then the server and the worker until somebody says stop.

use crate::config::{Config, ConfigError};
use crate::logins::Logins;
use crate::meter;
use crate::migrate::{Migration, migrate};
use crate::postgres::{Endpoint, Private};
use crate::request::Network;
use crate::server::{Host, router};
use crate::stop::stopped;
use axum::serve::ListenerExt as _;
use futures::future::BoxFuture;
use kernel::clock::{Clock, Ids};
use kernel::db::Db;
use kernel::problem::{Kind, Problem};
use kernel::secret::{Keyring, Token};
use kernel::setting::Settings;
use kernel::{App, Authenticate, Module, Registry, Site};
use metrics_exporter_prometheus::PrometheusHandle;
use pgtls::TlsMode;
use secrecy::ExposeSecret;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_postgres::NoTls;
use tokio_postgres::config::SslMode;

/// The panel's database in the private cluster.
pub const DATABASE: &str = "quarterdeck";
/// What the installation is called, in the shell and in mail.
pub(crate) const SITE_NAME: &str = "Quarterdeck";
/// How long requests may take to end when the process stops.
const DRAIN: Duration = Duration::from_secs(30);

/// Why the panel can't start, for the person at the console.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Key(#[from] crate::config::KeyFileError),
    #[error(transparent)]
    Postgres(#[from] crate::postgres::Error),
    #[error("{}", reason(.0))]
    Problem(#[from] Problem),
    #[error("the database can't be reached: {0}")]
    Database(String),
    #[error("can't listen on {address}: {source}")]
    Listen { address: SocketAddr, source: std::io::Error },
}

/// At the start there is nobody but the operator to tell, and no log yet to look into.
fn reason(problem: &Problem) -> String {
    match std::error::Error::source(problem) {
        Some(source) if problem.kind() == Kind::Internal => source.to_string(),
        _ => problem.detail().to_owned(),
    }
}

/// What a room gets when it is made.
pub struct Parts {
    /// The owner's connection, for what only the owner may do; and the explorer's.
    pub owner: tokio_postgres::Config,
    pub explorer: tokio_postgres::Config,
    pub places: crate::seen_as::Places,
    /// How tables are changed.
    pub schema: crate::schema_login::SchemaLogin,
    /// How they speak to the server.
    pub tls: TlsMode,
    /// Connections each pool may have.
    pub pool_size: usize,
    /// What the first launch asks for from anywhere but this machine.
    pub setup_token: Token,
    /// How mail leaves.
    pub mail: mail::Config,
    /// The folder of the audit log's checkpoints.
    pub checkpoints: std::path::PathBuf,
}

/// The setup token of an installation: the same on every node, worth nothing once an administrator exists.
#[must_use]
pub fn setup_token(keys: &Keyring) -> Token {
    keys.token("first-launch")
}

/// The rooms and what the binary plugs in.
pub struct Rooms {
    pub modules: Vec<Module>,
    pub auth: Arc<dyn Authenticate>,
    pub plugged: http::Extensions,
}

/// A product: its rooms, migrations and version.
#[derive(Clone, Copy)]
pub struct Product {
    pub version: &'static str,
    pub migrations: &'static [Migration],
    pub rooms: fn(Parts) -> Rooms,
    pub worker: Worker,
    /// Tells workers of other processes what this one has queued.
    pub bell: fn(Arc<App>) -> BoxFuture<'static, ()>,
}

/// Does background work under a name, so many jobs at once, until it is told to stop.
pub type Worker = fn(Arc<App>, String, usize, watch::Receiver<bool>) -> BoxFuture<'static, ()>;

/// The database in use, private or given.
pub struct Database {
    pub owner: tokio_postgres::Config,
    pub tls: TlsMode,
    pub private: Option<Private>,
}

impl Database {
    /// Starts the private server, or takes the one that `DATABASE_URL` names.
    ///
    /// # Errors
    /// With what to do: see [`crate::postgres::Error`].
    pub async fn open(config: &Config) -> Result<Self, BootError> {
        match &config.database_url {
            Some(url) => {
                let (owner, tls) = parse_url(url.expose_secret())?;
                Ok(Self { owner, tls, private: None })
            }
            None => {
                let private = Private::start(config, DATABASE).await?;
                Ok(Self { owner: private.endpoint().owner(), tls: TlsMode::Disable, private: Some(private) })
            }
        }
    }

    /// Like [`Database::open`], or the private server that another process of this installation runs.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub async fn open_or_join(config: &Config) -> Result<Self, BootError> {
        match (&config.database_url, Endpoint::running(config, DATABASE)) {
            (None, Some(endpoint)) => Ok(Self { owner: endpoint.owner(), tls: TlsMode::Disable, private: None }),
            _ => Self::open(config).await,
        }
    }

    /// A connection as the database's owner.
    ///
    /// # Errors
    /// When the server is away or refuses.
    pub async fn owner_client(&self) -> Result<tokio_postgres::Client, BootError> {
        connect(&self.owner, self.tls.clone()).await
    }

    pub async fn close(self) {
        if let Some(private) = self.private {
            private.stop().await;
        }
    }
}

/// Reads `DATABASE_URL`. The driver knows neither `verify-full` nor `sslrootcert`, so both are read here.
fn parse_url(text: &str) -> Result<(tokio_postgres::Config, TlsMode), BootError> {
    let wrong = |e: &dyn std::fmt::Display| BootError::Database(format!("DATABASE_URL: {e}"));
    let (mut mode, mut root) = (None, None);
    let mut rest = text.to_owned();
    if let Ok(mut url) = url::Url::parse(text) {
        let mut kept = Vec::new();
        for (name, value) in url.query_pairs().into_owned().collect::<Vec<_>>() {
            match name.as_str() {
                "sslmode" => mode = Some(value),
                "sslrootcert" => root = Some(value),
                _ => kept.push((name, value)),
            }
        }
        url.set_query(None);
        if !kept.is_empty() {
            url.query_pairs_mut().extend_pairs(kept);
        }
        rest = url.into();
    }
    let mut config: tokio_postgres::Config = rest
        .parse()
        .map_err(|e: tokio_postgres::Error| wrong(&std::error::Error::source(&e).map_or_else(|| e.to_string(), ToString::to_string)))?;
    // The other form, `host=… sslmode=require`, is read by the driver.
    let driver = match config.get_ssl_mode() {
        SslMode::Disable => Some("disable"),
        SslMode::Require => Some("require"),
        _ => None,
    };
    let tls = TlsMode::named(mode.as_deref().or(driver), root.as_deref()).map_err(|e| wrong(&e))?;
    config.connect_timeout(Duration::from_secs(10)).application_name("quarterdeck");
    Ok((config, tls))
}

/// Opens one connection and drives it in the background.
///
/// # Errors
/// When the server is away or refuses.
pub async fn connect(config: &tokio_postgres::Config, tls: TlsMode) -> Result<tokio_postgres::Client, BootError> {
    let mut config = config.clone();
    let tls = tls.over(&config);
    config.ssl_mode(tls.ssl_mode());
    let refused = |e: tokio_postgres::Error| BootError::Database(pgtls::why(&e));
    if tls == TlsMode::Disable {
        let (client, connection) = config.connect(NoTls).await.map_err(refused)?;
        drive(connection);
        return Ok(client);
    }
    let (client, connection) = config.connect(tls.connector().map_err(|e| BootError::Database(e.to_string()))?).await.map_err(refused)?;
    drive(connection);
    Ok(client)
}

fn drive<S, T>(connection: tokio_postgres::Connection<S, T>)
where
    tokio_postgres::Connection<S, T>: Future<Output = Result<(), tokio_postgres::Error>> + Send + 'static,
{
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = %error, "a database connection ended");
        }
    });
}

/// Reads the secret key.
///
/// # Errors
/// When the file is missing, open to others, or no key.
pub fn keyring(config: &Config) -> Result<Keyring, BootError> {
    let key = config.secret_key_file.load()?;
    let bytes: [u8; 32] = key.expose_secret().try_into().map_err(|_| Problem::malformed("The secret key must be 32 bytes"))?;
    Ok(Keyring::new(bytes))
}

/// Migrates and makes the logins, as the database's owner; the names of what was applied.
///
/// # Errors
/// With what to do.
pub async fn bring_up_to_date(keys: &Keyring, database: &Database, product: Product) -> Result<Vec<&'static str>, BootError> {
    let mut owner = database.owner_client().await?;
    let logins = Logins::of(keys);
    logins.possible(&owner, keys).await?;
    let applied = migrate(&mut owner, product.migrations).await?;
    logins.ensure(&owner, keys).await?;
    Ok(applied)
}

/// Migrates, makes the logins and builds the app. The same for `serve`, `worker`, the command line and tests.
///
/// # Errors
/// With what to do.
pub async fn build(config: &Config, database: &Database, product: Product, clock: Clock, ids: Ids) -> Result<Arc<App>, BootError> {
    let keys = keyring(config)?;
    let applied = bring_up_to_date(&keys, database, product).await?;
    if !applied.is_empty() {
        tracing::info!(migrations = applied.len(), "the database was brought up to date");
    }
    let logins = Logins::of(&keys);
    let owner = database.owner_client().await?;
    let parts = Parts {
        owner: database.owner.clone(),
        explorer: Logins::config(&database.owner, &keys, &logins.explorer),
        places: crate::seen_as::ensure(&owner, &database.owner, &keys).await?,
        schema: crate::schema_login::ensure(&owner, &database.owner, &keys).await?,
        tls: database.tls.clone(),
        pool_size: config.pool_size,
        setup_token: setup_token(&keys),
        mail: crate::letters::config(config, &base_url(config))?,
        checkpoints: config.audit_checkpoints.clone(),
    };
    let rooms = (product.rooms)(parts);
    let registry = Registry::new(rooms.modules)?;
    config.check_fixed_settings(registry.settings().iter().map(|s| s.key))?;
    let fixed: HashMap<String, String> =
        registry.settings().iter().filter_map(|s| Some((s.key.to_owned(), config.fixed_setting(s.key)?.to_owned()))).collect();
    let settings = Settings::new(registry.settings().to_vec(), &fixed)?;
    let db = Db::new(Logins::config(&database.owner, &keys, &logins.app), database.tls.clone(), config.pool_size)?;
    let site =
        Site { name: SITE_NAME.into(), version: product.version, environment: config.environment.clone(), base_url: base_url(config) };
    let app = Arc::new(App {
        registry,
        db,
        clock,
        ids,
        keys,
        settings,
        site,
        auth: rooms.auth,
        plugged: rooms.plugged,
        wake: tokio::sync::Notify::new(),
        queued: watch::Sender::new(()),
        stopping: watch::Sender::new(false),
    });
    app.settings.reload(&app).await?;
    Ok(app)
}

fn base_url(config: &Config) -> String {
    config.base_url.as_ref().map_or_else(
        || {
            let port = config.listen.first().map_or(8080, SocketAddr::port);
            format!("http://localhost:{port}")
        },
        |url| url.as_str().trim_end_matches('/').to_owned(),
    )
}

/// The server's view of an app.
#[must_use]
pub fn host(config: &Config, app: Arc<App>, product: Product, metrics: Option<PrometheusHandle>) -> Arc<Host> {
    let https = app.site.base_url.starts_with("https:");
    Arc::new(Host {
        app,
        network: Network { trusted_proxies: config.trusted_proxies.clone(), https },
        migrations: product.migrations,
        metrics,
        metrics_token: config.metrics_token.clone(),
    })
}

/// `quarterdeck serve`: panel and, unless told otherwise, worker, until SIGTERM or SIGINT.
///
/// # Errors
/// With what to do.
pub async fn serve(config: Config, product: Product, with_worker: bool, greet: impl FnOnce(&App, &Database)) -> Result<(), BootError> {
    let metrics = meter::install();
    let mut listeners = Vec::new();
    // Before the database: a taken port is the commonest mistake, and should be told at once.
    for address in &config.listen {
        let listener = TcpListener::bind(address).await.map_err(|source| BootError::Listen { address: *address, source })?;
        listeners.push(listener);
    }
    let database = Database::open(&config).await?;
    let app = match build(&config, &database, product, Clock::System, Ids::Random).await {
        Ok(app) => app,
        Err(error) => {
            database.close().await;
            return Err(error);
        }
    };
    let stopping = app.stopping.subscribe();
    let working = with_worker.then(|| tokio::spawn((product.worker)(app.clone(), worker_name(), config.worker_slots, stopping.clone())));
    let bell = tokio::spawn((product.bell)(app.clone()));
    let served = router(host(&config, app.clone(), product, metrics));
    let mut servers = tokio::task::JoinSet::new();
    for listener in listeners {
        let mut stopping = stopping.clone();
        let service = served.clone().into_make_service_with_connect_info::<SocketAddr>();
        servers.spawn(async move {
            let ending = async move { drop(stopping.wait_for(|stop| *stop).await) };
            // An answer leaves when it is written, not when the other side has acknowledged the one before.
            let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
            axum::serve(listener, service).with_graceful_shutdown(ending).await
        });
    }
    greet(&app, &database);
    stopped().await;
    tracing::info!("stopping: requests and jobs get 30 s to end");
    app.stopping.send_replace(true);
    let drained = tokio::time::timeout(DRAIN, async {
        while servers.join_next().await.is_some() {}
        if let Some(working) = working {
            drop(working.await);
        }
    });
    if drained.await.is_err() {
        tracing::warn!("some requests or jobs didn't end within 30 s and were cut off");
    }
    bell.abort();
    if let Err(problem) = app.auth.settle(&app).await {
        tracing::warn!(error = %problem, "what was kept in memory couldn't be written at the end");
    }
    drop(app);
    database.close().await;
    Ok(())
}

/// `quarterdeck worker`: background work only.
///
/// # Errors
/// With what to do.
pub async fn work(config: Config, product: Product) -> Result<(), BootError> {
    let database = Database::open_or_join(&config).await?;
    let app = build(&config, &database, product, Clock::System, Ids::Random).await?;
    let (stop, stopping) = watch::channel(false);
    let bell = tokio::spawn((product.bell)(app.clone()));
    let working = tokio::spawn((product.worker)(app, worker_name(), config.worker_slots, stopping));
    stopped().await;
    stop.send_replace(true);
    drop(working.await);
    bell.abort();
    database.close().await;
    Ok(())
}

fn worker_name() -> String {
    let host = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok()).unwrap_or_else(|| "worker".into());
    format!("{host}:{}", std::process::id())
}
