//! The private PostgreSQL against the real programs: what happens when things are started twice, killed, of another
//! version, or on a full disk. Every wait polls against a deadline.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail the test")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use host::config::Config;
use host::postgres::{Endpoint, Error, Private, State};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio_postgres::{Client, NoTls};

const DATABASE: &str = "quarterdeck";
const DEADLINE: Duration = Duration::from_secs(40);

/// A data directory of the test's own.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("quarterdeck-pg-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn config(&self) -> Config {
        config(&self.0)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn config(data_dir: &Path) -> Config {
    let data_dir = ("QUARTERDECK_DATA_DIR".to_owned(), data_dir.to_str().unwrap().to_owned());
    // Where PostgreSQL is may be said, so that the tests can run on each version.
    let told = std::env::vars().filter(|(name, _)| name == "PATH" || name == "QUARTERDECK_PG_BIN");
    Config::load(None, std::iter::once(data_dir).chain(told)).unwrap()
}

async fn start(config: &Config) -> Private {
    Private::start(config, DATABASE).await.unwrap()
}

async fn refusal(config: &Config) -> Error {
    Private::start(config, DATABASE).await.unwrap_err()
}

fn pid(private: &Private) -> u32 {
    match &*private.state().borrow() {
        State::Ready { pid } => *pid,
        state => panic!("not ready: {state:?}"),
    }
}

async fn connect(endpoint: &Endpoint) -> Client {
    let (client, connection) = endpoint.owner().connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn text(endpoint: &Endpoint, query: &str) -> String {
    connect(endpoint).await.query_one(query, &[]).await.unwrap().get(0)
}

async fn keep_a_row(endpoint: &Endpoint) {
    connect(endpoint).await.batch_execute("create table kept (v text); insert into kept values ('safe')").await.unwrap();
}

async fn assert_row_kept(endpoint: &Endpoint) {
    assert_eq!(text(endpoint, "select string_agg(v, ',') from kept").await, "safe");
}

/// Whether a process has ended; one that only waits to be reaped has.
fn is_gone(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_none_or(|rest| rest.trim_start().starts_with('Z')) || stat.is_empty()
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < DEADLINE, "{what} took too long");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn kill_hard(pid: u32) {
    kill(Pid::from_raw(i32::try_from(pid).unwrap()), Signal::SIGKILL).unwrap();
}

/// A panel in a process of its own, and its server's process id.
struct Panel {
    process: Child,
    postmaster: u32,
}

impl Panel {
    fn start(data_dir: &Path) -> Self {
        let mut process = panel_command().env("QUARTERDECK_DATA_DIR", data_dir).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let postmaster = line.split(' ').next().unwrap().parse().expect("the panel says where it is");
        Self { process, postmaster }
    }

    fn kill_hard(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// The example of this crate. `cargo test -p host` builds it beside the tests; with `--test postgres` alone it may be stale.
fn panel_command() -> Command {
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().unwrap().parent().unwrap().join("examples/private_postgres");
    assert!(program.is_file(), "build it first: cargo build -p host --example private_postgres");
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

#[tokio::test]
async fn the_first_start_makes_it_and_the_next_is_fast_and_finds_everything() {
    let folder = Folder::new("first");
    let config = folder.config();
    assert!(Endpoint::running(&config, DATABASE).is_none());
    let private = start(&config).await;
    let endpoint = private.endpoint().clone();
    assert_eq!(Endpoint::running(&config, DATABASE).as_ref(), Some(&endpoint), "other commands find it");
    keep_a_row(&endpoint).await;
    for (query, expected) in [
        ("show data_checksums", "on"),
        ("show listen_addresses", ""),
        ("show server_encoding", "UTF8"),
        ("select current_database() || current_user", "quarterdeckquarterdeck"),
        ("select string_agg(extname, ' ' order by extname) from pg_extension", "pg_stat_statements pg_trgm plpgsql"),
        ("select (count(*) >= 0)::text from pg_stat_statements", "true"),
        ("select (lower('ÄÖ') = 'äö')::text", "true"),
    ] {
        assert_eq!(text(&endpoint, query).await, expected, "{query}");
    }
    let open_to = fs::metadata(&endpoint.socket_dir).unwrap().permissions().mode() & 0o777;
    assert_eq!(open_to, 0o700, "only the owner reaches the socket");
    let first = pid(&private);
    private.stop().await;
    assert!(is_gone(first));
    assert!(Endpoint::running(&config, DATABASE).is_none());

    let since = Instant::now();
    let private = start(&config).await;
    let took = since.elapsed();
    assert_row_kept(private.endpoint()).await;
    private.stop().await;
    // 130 ms on a quiet machine; tests share theirs.
    assert!(took < Duration::from_secs(3), "an existing cluster took {took:?}");
}

#[tokio::test]
async fn a_second_panel_on_the_same_directory_is_refused() {
    let folder = Folder::new("second");
    let private = start(&folder.config()).await;
    let message = refusal(&folder.config()).await.to_string();
    assert!(message.contains(&format!("process {}", std::process::id())), "{message}");
    assert!(message.contains(folder.0.to_str().unwrap()) && message.contains("QUARTERDECK_DATA_DIR"), "{message}");
    text(private.endpoint(), "select 'the first one is unharmed'").await;
    private.stop().await;
}

#[tokio::test]
async fn a_killed_server_is_started_again_with_everything_in_it() {
    let folder = Folder::new("server");
    let private = start(&folder.config()).await;
    keep_a_row(private.endpoint()).await;
    let first = pid(&private);
    let mut state = private.state();
    kill_hard(first);
    let down = |state: &State| matches!(state, State::Down { .. });
    let reason = tokio::time::timeout(DEADLINE, state.wait_for(down)).await.unwrap().unwrap().clone();
    assert!(matches!(&reason, State::Down { reason } if reason.contains("signal: 9")), "{reason:?}");
    let ready = |state: &State| matches!(state, State::Ready { pid } if *pid != first);
    tokio::time::timeout(DEADLINE, state.wait_for(ready)).await.unwrap().unwrap();
    assert_row_kept(private.endpoint()).await;
    private.stop().await;
    assert_eq!(*state.borrow(), State::Stopped);
}

#[tokio::test]
async fn a_server_that_does_not_start_again_is_tried_until_it_does() {
    let folder = Folder::new("tried");
    let private = start(&folder.config()).await;
    let real = private.endpoint().bin_dir.clone();
    keep_a_row(private.endpoint()).await;
    private.stop().await;
    // Programs that can be taken away.
    let mut config = folder.config();
    let bin = folder.0.join("bin");
    fs::create_dir(&bin).unwrap();
    for program in ["initdb", "postgres"] {
        symlink(real.join(program), bin.join(program)).unwrap();
    }
    config.pg_bin = Some(bin.clone());
    let private = start(&config).await;
    let first = pid(&private);
    let mut state = private.state();
    fs::remove_file(bin.join("postgres")).unwrap();
    kill_hard(first);
    // First it is down because it was killed, then because it can't be started.
    let in_vain = |state: &State| matches!(state, State::Down { reason } if !reason.contains("signal: 9"));
    tokio::time::timeout(DEADLINE, state.wait_for(in_vain)).await.unwrap().unwrap();
    symlink(real.join("postgres"), bin.join("postgres")).unwrap();
    let ready = |state: &State| matches!(state, State::Ready { pid } if *pid != first);
    tokio::time::timeout(DEADLINE, state.wait_for(ready)).await.unwrap().unwrap();
    assert_row_kept(private.endpoint()).await;
    private.stop().await;
}

#[tokio::test]
async fn a_killed_panel_leaves_no_server_behind() {
    let folder = Folder::new("panel");
    let mut panel = Panel::start(&folder.0);
    let endpoint = Endpoint::running(&folder.config(), DATABASE).unwrap();
    keep_a_row(&endpoint).await;
    panel.kill_hard();
    until("the end of the orphan", || is_gone(panel.postmaster)).await;
    let private = start(&folder.config()).await;
    assert_row_kept(private.endpoint()).await;
    private.stop().await;
}

#[tokio::test]
async fn a_panel_that_is_started_right_after_a_killed_one_waits_for_its_server() {
    let folder = Folder::new("restart");
    let mut panel = Panel::start(&folder.0);
    keep_a_row(&Endpoint::running(&folder.config(), DATABASE).unwrap()).await;
    panel.kill_hard();
    let private = start(&folder.config()).await;
    assert!(is_gone(panel.postmaster));
    assert_row_kept(private.endpoint()).await;
    private.stop().await;
}

/// The shell that waits beside a server for the end of its panel.
fn watcher_of(data_dir: &Path) -> u32 {
    let is_watcher = |pid: &u32| {
        let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let arguments = String::from_utf8_lossy(&arguments).into_owned();
        arguments.contains("read -r ended") && arguments.contains(data_dir.to_str().unwrap())
    };
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.into_iter().find(is_watcher).expect("it waits")
}

#[tokio::test]
async fn a_server_that_nobody_watches_is_stopped_by_the_next_panel() {
    let folder = Folder::new("orphan");
    let mut panel = Panel::start(&folder.0);
    keep_a_row(&Endpoint::running(&folder.config(), DATABASE).unwrap()).await;
    kill_hard(watcher_of(&folder.0));
    panel.kill_hard();
    assert!(!is_gone(panel.postmaster), "nobody has told it");
    let private = start(&folder.config()).await;
    assert!(is_gone(panel.postmaster));
    assert_row_kept(private.endpoint()).await;
    private.stop().await;
}

#[tokio::test]
async fn both_killed_at_once_recover() {
    let folder = Folder::new("both");
    let mut panel = Panel::start(&folder.0);
    keep_a_row(&Endpoint::running(&folder.config(), DATABASE).unwrap()).await;
    kill_hard(panel.postmaster);
    panel.kill_hard();
    let private = start(&folder.config()).await;
    assert_row_kept(private.endpoint()).await;
    private.stop().await;
}

#[tokio::test]
async fn a_panel_that_is_told_to_stop_stops_its_server_first() {
    let folder = Folder::new("term");
    let mut panel = Panel::start(&folder.0);
    kill(Pid::from_raw(i32::try_from(panel.process.id()).unwrap()), Signal::SIGTERM).unwrap();
    let status = panel.process.wait().unwrap();
    assert!(status.success(), "{status}");
    assert!(is_gone(panel.postmaster));
    assert!(!folder.0.join("pg/postmaster.pid").exists(), "a clean end removes it");
}

#[tokio::test]
async fn a_dropped_server_stops() {
    let folder = Folder::new("dropped");
    let private = start(&folder.config()).await;
    let postmaster = pid(&private);
    drop(private);
    until("the end of the dropped server", || is_gone(postmaster)).await;
}

#[tokio::test]
async fn a_cluster_of_another_version_is_refused_with_the_command() {
    let folder = Folder::new("version");
    start(&folder.config()).await.stop().await;
    let version = folder.0.join("pg/PG_VERSION");
    let before = fs::read_to_string(&version).unwrap();
    fs::write(&version, "11\n").unwrap();
    let message = refusal(&folder.config()).await.to_string();
    let cluster = folder.0.join("pg").display().to_string();
    for expected in ["made by PostgreSQL 11, but only PostgreSQL", "pg_upgrade -b /usr/lib/postgresql/11/bin -B /", "QUARTERDECK_PG_BIN"] {
        assert!(message.contains(expected), "{expected} is missing in {message}");
    }
    assert!(message.contains(&format!("-d {cluster} -D {cluster}.new -U quarterdeck")), "{message}");
    fs::write(&version, "99\n").unwrap();
    let message = refusal(&folder.config()).await.to_string();
    assert!(message.contains("can't be taken back") && !message.contains("pg_upgrade"), "{message}");
    fs::write(&version, before).unwrap();
    start(&folder.config()).await.stop().await;
}

#[tokio::test]
async fn a_half_made_cluster_is_made_again_and_a_foreign_folder_is_not_touched() {
    let folder = Folder::new("half");
    fs::create_dir_all(folder.0.join("data.init/base")).unwrap();
    fs::write(folder.0.join("data.init/PG_VERSION"), "15\n").unwrap();
    fs::create_dir_all(folder.0.join("pg")).unwrap();
    fs::write(folder.0.join("pg/mine.txt"), "mine").unwrap();
    let message = refusal(&folder.config()).await.to_string();
    assert!(message.contains("is no PostgreSQL database"), "{message}");
    assert!(folder.0.join("pg/mine.txt").exists());
    fs::remove_dir_all(folder.0.join("pg")).unwrap();
    start(&folder.config()).await.stop().await;
    assert!(!folder.0.join("data.init").exists());
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_is_no_obstacle() {
    let folder = Folder::new("long");
    let config = config(&folder.0.join("a-long-name-".repeat(10)));
    let private = start(&config).await;
    let endpoint = private.endpoint().clone();
    assert!(!endpoint.socket_dir.starts_with(&folder.0));
    text(&endpoint, "select 'reached'").await;
    private.stop().await;
    fs::remove_dir(&endpoint.socket_dir).unwrap();
}

/// Runs a shell script on a small file system of its own, in a mount namespace that ends with it; `$0` is the panel,
/// and the data directory is that disk.
fn on_a_disk_of(megabytes: u32, folder: &Path, script: &str) -> String {
    fs::create_dir_all(folder).unwrap();
    let rights: &[&str] = if nix::unistd::geteuid().is_root() { &["--mount"] } else { &["--map-current-user", "--keep-caps", "--mount"] };
    let mount = format!("mount -t tmpfs -o size={megabytes}m,mode=711 none \"$QUARTERDECK_DATA_DIR\" || exit 77\n");
    let output = Command::new("unshare")
        .args(rights)
        .args(["sh", "-c", &(mount + script)])
        .arg(panel_command().get_program())
        .env("QUARTERDECK_DATA_DIR", folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_ne!(output.status.code(), Some(77), "this test needs to mount a small file system: {said}");
    said
}

#[tokio::test]
async fn a_full_disk_is_told_before_anything_is_written() {
    let folder = Folder::new("small");
    let said = on_a_disk_of(40, &folder.0, r#""$0"; ls "$QUARTERDECK_DATA_DIR" >&2"#);
    assert!(said.contains("The disk that holds"), "{said}");
    assert!(said.contains("is full") && said.contains("needs at least 150 MB"), "{said}");
    assert!(said.ends_with("supervisor.lock\n"), "nothing but the lock was made: {said}");
}

#[tokio::test]
async fn a_disk_that_fills_up_is_told_and_costs_nothing() {
    let folder = Folder::new("full");
    let script = r#"
        cd "$QUARTERDECK_DATA_DIR"
        once() { mkfifo "$1"; timeout 60 "$0" >"$1" 2>&3 & panel=$!; read -r line <"$1"; kill $panel; wait $panel; rm "$1"; }
        once first 3>/dev/null
        dd if=/dev/zero of=ballast bs=64k 2>/dev/null
        timeout 60 "$0" >/dev/null
        rm ballast
        once second 3>/dev/null
        [ -n "$line" ] && echo "runs again" >&2
    "#;
    let said = on_a_disk_of(260, &folder.0, script);
    assert!(said.contains("is full (0 MB free)"), "{said}");
    assert!(said.ends_with("runs again\n"), "{said}");
}
