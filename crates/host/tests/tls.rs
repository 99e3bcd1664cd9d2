//! TLS to a real PostgreSQL with certificates of an authority of its own: who is let through, who is not, and why.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail the test")]

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use host::boot::Database;
use host::config::Config;

const NOBODY: u32 = 65534;
const DEADLINE: Duration = Duration::from_secs(40);

/// A server whose certificate is for `localhost` only, by the authority in `ca.crt`; `other.crt` is a stranger.
struct Server {
    folder: PathBuf,
    port: u16,
    process: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
        drop(fs::remove_dir_all(&self.folder));
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{:?}: {error}", command.get_program()));
    assert!(output.status.success(), "{:?}: {}", command.get_program(), String::from_utf8_lossy(&output.stderr));
}

/// As the account that may run PostgreSQL.
fn postgres(program: &Path) -> Command {
    let mut command = Command::new(program);
    if nix::unistd::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.env("LC_ALL", "C").current_dir("/").stdin(Stdio::null());
    command
}

fn openssl(folder: &Path, arguments: &str) {
    run(Command::new("openssl").current_dir(folder).args(arguments.split(' ')));
}

/// The newest programs that the machine has; the private PostgreSQL's own tests say what to do without.
fn programs() -> PathBuf {
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let named = std::env::var_os("QUARTERDECK_PG_BIN").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap();
    let mut found: Vec<PathBuf> = installed.filter(|dir| dir.join("initdb").is_file()).collect();
    found.sort();
    found.extend(named);
    found.pop().or_else(|| std::env::split_paths(&path).find(|dir| dir.join("initdb").is_file())).unwrap()
}

impl Server {
    fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("quarterdeck-tls-{}", std::process::id()));
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(folder.join("cluster")).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o711)).unwrap();
        fs::set_permissions(folder.join("cluster"), fs::Permissions::from_mode(0o700)).unwrap();
        for name in ["ca", "other"] {
            openssl(
                &folder,
                &format!(
                    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN={name} -keyout {name}.key -out {name}.crt"
                ),
            );
        }
        openssl(
            &folder,
            "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -keyout server.key -out server.csr",
        );
        fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n").unwrap();
        openssl(&folder, "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.crt");
        fs::set_permissions(folder.join("server.key"), fs::Permissions::from_mode(0o600)).unwrap();
        if nix::unistd::geteuid().is_root() {
            for path in ["cluster", "server.key"] {
                chown(folder.join(path), Some(NOBODY), Some(NOBODY)).unwrap();
            }
        }
        let (bin, cluster) = (programs(), folder.join("cluster"));
        run(postgres(&bin.join("initdb")).arg("-D").arg(&cluster).args(["-U", "panel", "-A", "trust", "-N", "--locale=C"]));
        fs::write(cluster.join("pg_hba.conf"), "hostssl all all 127.0.0.1/32 trust\n").unwrap();
        // Free now, and nobody else's for as long as it takes to hand it over.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = postgres(&bin.join("postgres"));
        command.arg("-D").arg(&cluster).args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"]);
        command.args(["-c", &format!("port={port}"), "-c", "ssl=on"]);
        for (setting, file) in [("ssl_cert_file", "server.crt"), ("ssl_key_file", "server.key")] {
            command.args(["-c", &format!("{setting}={}", folder.join(file).display())]);
        }
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { folder, port, process }
    }

    /// What a connection says about itself, or why there is none.
    async fn ask(&self, host: &str, parameters: &str) -> Result<bool, String> {
        let parameters = parameters.replace("{}", self.folder.to_str().unwrap());
        let url = format!("postgresql://panel@{host}:{}/postgres{parameters}", self.port);
        ask(url).await
    }
}

async fn ask(url: String) -> Result<bool, String> {
    let config = Config::load(None, [("DATABASE_URL".to_owned(), url)].into_iter()).unwrap();
    let database = Database::open(&config).await.map_err(|error| error.to_string())?;
    let client = database.owner_client().await.map_err(|error| error.to_string())?;
    Ok(client.query_one("select ssl from pg_stat_ssl where pid = pg_backend_pid()", &[]).await.unwrap().get(0))
}

#[tokio::test]
async fn tls_to_postgresql_trusts_who_it_was_told_to_trust() {
    let server = Server::start();
    let since = Instant::now();
    while server.ask("127.0.0.1", "?sslmode=require").await.is_err() {
        assert!(since.elapsed() < DEADLINE, "the server took too long");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    for (host, parameters) in [
        ("127.0.0.1", ""),
        ("127.0.0.1", "?sslmode=prefer"),
        ("127.0.0.1", "?sslmode=require"),
        ("localhost", "?sslmode=verify-full&sslrootcert={}/ca.crt"),
        ("127.0.0.1", "?sslmode=verify-ca&sslrootcert={}/ca.crt"),
        ("127.0.0.1", "?sslmode=require&sslrootcert={}/ca.crt"),
    ] {
        assert_eq!(server.ask(host, parameters).await, Ok(true), "{host} {parameters}");
    }

    for (host, parameters, reason) in [
        ("127.0.0.1", "?sslmode=verify-full&sslrootcert={}/ca.crt", "is not for 127.0.0.1, only for: localhost"),
        ("localhost", "?sslmode=verify-full&sslrootcert={}/other.crt", "not from an authority that is trusted here"),
        ("localhost", "?sslmode=verify-ca&sslrootcert={}/other.crt", "not from an authority that is trusted here"),
        ("localhost", "?sslmode=require&sslrootcert={}/other.crt", "not from an authority that is trusted here"),
        ("localhost", "?sslmode=verify-full", "not from an authority that is trusted here"),
        ("localhost", "?sslmode=verify-ca", "sslmode=verify-ca needs sslrootcert="),
        ("localhost", "?sslmode=prefer&sslrootcert={}/ca.crt", "sslrootcert asks for sslmode=verify-full"),
        ("localhost", "?sslmode=verify-full&sslrootcert={}/server.key", "no certificate (PEM) can be read there"),
        ("localhost", "?sslmode=verify-full&sslrootcert={}/missing", "no certificate (PEM) can be read there"),
        ("localhost", "?sslmode=verify-full&sslrootcert=ca.crt", "must be the whole path"),
        ("localhost", "?sslmode=always", "sslmode=always is not known"),
        // pg_hba.conf takes TLS only.
        ("127.0.0.1", "?sslmode=disable", "no encryption"),
    ] {
        let refused = server.ask(host, parameters).await.unwrap_err();
        assert!(refused.contains(reason), "{host} {parameters}: {refused}");
    }

    // The other form of the same.
    let words = |mode: &str| format!("host=127.0.0.1 port={} user=panel dbname=postgres sslmode={mode}", server.port);
    assert_eq!(ask(words("require")).await, Ok(true));
    let refused = ask(words("disable")).await.unwrap_err();
    assert!(refused.contains("no encryption"), "{refused}");
}

#[tokio::test]
async fn a_server_without_tls_or_no_server_at_all_is_named_as_that() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused = ask(format!("postgresql://panel@127.0.0.1:{free}/postgres?sslmode=require")).await.unwrap_err();
    assert!(refused.contains("refused"), "{refused}");
    // Answers the request for TLS with a no, as PostgreSQL without certificates does.
    let plain = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = plain.local_addr().unwrap().port();
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut stream, _) = plain.accept().await.unwrap();
        stream.read_exact(&mut [0; 8]).await.unwrap();
        stream.write_all(b"N").await.unwrap();
    });
    let refused = ask(format!("postgresql://panel@127.0.0.1:{port}/postgres?sslmode=require")).await.unwrap_err();
    assert!(refused.contains("server does not support TLS"), "{refused}");
}
