//! A real PostgreSQL for these tests: the server of `QUARTERDECK_TEST_DATABASE_URL`, else a temporary cluster
//! that listens on a unix socket only and is removed at the end.

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio_postgres::{Config, NoTls};

/// Of this process, so that two tests that begin at the same moment share nothing.
static NUMBER: AtomicU32 = AtomicU32::new(0);

fn name() -> String {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos();
    format!("list_{}_{now}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// A server with one empty database, `Server::pool`.
pub struct Server {
    pub pool: Pool,
    cluster: Option<Cluster>,
}

struct Cluster {
    dir: PathBuf,
    bin: PathBuf,
}

impl Server {
    #[expect(clippy::disallowed_methods, reason = "tests have no boot configuration")]
    pub async fn start() -> Self {
        if let Ok(url) = std::env::var("QUARTERDECK_TEST_DATABASE_URL") {
            return Self::on(url.parse().unwrap(), None).await;
        }
        let cluster = Cluster::start();
        let mut config = Config::new();
        config.host_path(&cluster.dir).user("tests").dbname("postgres");
        Self::on(config, Some(cluster)).await
    }

    /// Makes a database of its own on the server.
    async fn on(config: Config, cluster: Option<Cluster>) -> Self {
        let name = name();
        let (client, connection) = config.connect(NoTls).await.unwrap();
        let task = tokio::spawn(connection);
        client.batch_execute(&format!("create database {name} template template0 encoding 'UTF8'")).await.unwrap();
        drop(client);
        // Whoever closes first, the server or we, the other may find nobody there.
        drop(task.await);
        let mut config = config;
        config.dbname(&name);
        let manager = Manager::from_config(config, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
        Self { pool: Pool::builder(manager).max_size(4).build().unwrap(), cluster }
    }

    pub async fn client(&self) -> Object {
        self.pool.get().await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.pool.close();
        if let Some(cluster) = self.cluster.take() {
            let data = cluster.dir.join("data");
            let stopped = owner(&cluster.bin.join("pg_ctl"))
                .arg("-D")
                .arg(&data)
                .args(["-m", "immediate", "-w", "stop"])
                .stdout(Stdio::null())
                .status();
            drop(stopped);
            drop(std::fs::remove_dir_all(&cluster.dir));
        }
    }
}

impl Cluster {
    fn start() -> Self {
        let bin = binaries();
        let dir = std::env::temp_dir().join(format!("qd-{}", name()));
        std::fs::create_dir_all(&dir).unwrap();
        if is_root() {
            assert!(Command::new("chown").arg(user()).arg(&dir).status().unwrap().success());
        }
        let data = dir.join("data");
        let made = owner(&bin.join("initdb"))
            .arg("-D")
            .arg(&data)
            .args(["-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"])
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(made.success(), "initdb");
        let options = format!("-c listen_addresses='' -c unix_socket_directories='{}' -c fsync=off", dir.display());
        let started = owner(&bin.join("pg_ctl"))
            .arg("-D")
            .arg(&data)
            .args(["-w", "-l"])
            .arg(dir.join("log"))
            .args(["-o", &options, "start"])
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(started.success(), "pg_ctl start, see {}", dir.join("log").display());
        Self { dir, bin }
    }
}

/// The named server, the newest installed one, or the one in `PATH`.
fn binaries() -> PathBuf {
    if let Some(named) = std::env::var_os("QUARTERDECK_PG_BIN") {
        return PathBuf::from(named);
    }
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").exists())
        .collect();
    found.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = || std::env::split_paths(&path).find(|dir| dir.join("initdb").exists());
    found.pop().map(|(_, bin)| bin).or_else(in_path).unwrap_or_else(|| PathBuf::from("/usr/local/pgsql/bin"))
}

/// PostgreSQL refuses to run as root.
fn owner(program: &Path) -> Command {
    if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", user(), "--regid", group(), "--clear-groups"]).arg(program);
        command.current_dir("/");
        command
    } else {
        Command::new(program)
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.starts_with(b"0\n")
}

fn user() -> &'static str {
    "nobody"
}

fn group() -> &'static str {
    "nogroup"
}
