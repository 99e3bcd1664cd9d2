//! The PostgreSQL of a test run: one private cluster per test process, one migrated template, one copy per test.

use host::boot::{self, Product};
use host::config::Config;
use host::logins::Logins;
use host::migrate::migrate;
use host::postgres::Private;
use pgtls::TlsMode;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::{Mutex, OnceCell};

const TEMPLATE: &str = "template_quarterdeck";

/// A server for this process. It ends with the process.
pub struct Server {
    config: Config,
    owner: tokio_postgres::Config,
    template: OnceCell<()>,
    /// PostgreSQL copies a template only while nobody is connected to it, and one copy at a time is fastest.
    copying: Mutex<()>,
    made: AtomicU32,
}

impl Server {
    /// The one server of this process.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    fn start() -> Self {
        let dir = std::env::temp_dir().join("quarterdeck-tests").join(std::process::id().to_string());
        sweep(dir.parent().unwrap());
        Self::in_folder(&dir)
    }

    /// A server of a test's own, where no role of ours was made yet.
    #[must_use]
    pub fn untouched(name: &str) -> Self {
        Self::in_folder(&Self::shared().config.data_dir.join(name))
    }

    /// An empty database that belongs to a new login with these rights and no others, as providers give them.
    pub async fn given(&self, login: &str, rights: &str) -> tokio_postgres::Config {
        let admin = boot::connect(&self.owner("postgres"), TlsMode::Disable).await.unwrap();
        admin.batch_execute(&format!("create role {login} login nosuperuser nobypassrls nocreatedb {rights}")).await.unwrap();
        admin.batch_execute(&format!("create database {login} owner {login}")).await.unwrap();
        let mut config = self.owner(login);
        config.user(login);
        config
    }

    fn in_folder(dir: &Path) -> Self {
        let config = load(dir, &[]);
        let (send, receive) = std::sync::mpsc::channel();
        let boot = config.clone();
        // A thread of its own, since each test has a runtime that ends with it.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            runtime.block_on(async move {
                let private = Private::start(&boot, "postgres").await.expect("PostgreSQL starts");
                let owner = private.endpoint().owner();
                let client = boot::connect(&owner, TlsMode::Disable).await.unwrap();
                // Tests lose nothing when the machine goes down.
                client.batch_execute("alter system set fsync = off").await.unwrap();
                client.batch_execute("alter system set synchronous_commit = off").await.unwrap();
                client.batch_execute("select pg_reload_conf()").await.unwrap();
                send.send(owner).unwrap();
                std::future::pending::<()>().await;
                drop(private);
            });
        });
        let owner = receive.recv().expect("PostgreSQL starts");
        Self { config, owner, template: OnceCell::new(), copying: Mutex::new(()), made: AtomicU32::new(0) }
    }

    /// Configuration for an app on this server.
    #[must_use]
    pub fn config(&self, environment: &[(&str, &str)]) -> Config {
        load(&self.config.data_dir, environment)
    }

    /// The owner's connection to a database.
    #[must_use]
    pub fn owner(&self, database: &str) -> tokio_postgres::Config {
        let mut config = self.owner.clone();
        config.dbname(database);
        config
    }

    /// A migrated database of its own.
    pub async fn database(&self, product: Product) -> String {
        self.template.get_or_init(|| self.make_template(product)).await;
        let name = format!("test_{}", self.made.fetch_add(1, Ordering::Relaxed));
        self.create(&name, Some(TEMPLATE)).await;
        name
    }

    /// An empty database.
    pub async fn empty(&self, name: &str) -> tokio_postgres::Config {
        self.create(name, None).await;
        self.owner(name)
    }

    async fn create(&self, name: &str, template: Option<&str>) {
        let _one = self.copying.lock().await;
        let client = boot::connect(&self.owner("postgres"), TlsMode::Disable).await.unwrap();
        let template = template.map(|t| format!(" template {t}")).unwrap_or_default();
        client.batch_execute(&format!("create database {}{template}", kernel::list::quote(name))).await.unwrap();
    }

    async fn make_template(&self, product: Product) {
        self.create(TEMPLATE, None).await;
        let mut client = boot::connect(&self.owner(TEMPLATE), TlsMode::Disable).await.unwrap();
        client.batch_execute("create extension if not exists pg_trgm").await.unwrap();
        migrate(&mut client, product.migrations).await.expect("the migrations run");
        let keys = boot::keyring(&self.config).unwrap();
        Logins::of(&keys).ensure(&client, &keys).await.unwrap();
        drop(client);
        // The connection ends a moment later; the copy waits for it by trying.
        let admin = boot::connect(&self.owner("postgres"), TlsMode::Disable).await.unwrap();
        loop {
            let busy: i64 = admin.query_one("select count(*) from pg_stat_activity where datname = $1", &[&TEMPLATE]).await.unwrap().get(0);
            if busy == 0 {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
}

fn load(dir: &Path, environment: &[(&str, &str)]) -> Config {
    let fixed = [("QUARTERDECK_DATA_DIR", dir.to_str().unwrap()), ("QUARTERDECK_POOL_SIZE", "4"), ("QUARTERDECK_ENVIRONMENT", "test")];
    // Where PostgreSQL is may be said, so that the tests can run on each version.
    let path = std::env::vars().filter(|(name, _)| name == "PATH" || name == "QUARTERDECK_PG_BIN");
    let environment = fixed.iter().chain(environment).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).chain(path);
    Config::load(None, environment).expect("the test configuration is right")
}

/// Removes what the servers of processes that are gone left behind.
fn sweep(parent: &Path) {
    let entries: Vec<PathBuf> = std::fs::read_dir(parent).into_iter().flatten().filter_map(|e| Some(e.ok()?.path())).collect();
    for dir in entries {
        let pid = dir.file_name().and_then(|n| n.to_str()).and_then(|n| n.parse::<u32>().ok());
        if pid.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            drop(std::fs::remove_dir_all(&dir));
        }
    }
}
