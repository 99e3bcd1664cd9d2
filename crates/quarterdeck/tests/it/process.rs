//! The real binary, run as a user would: each in an environment of its own, on loopback, with an end.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use testkit::{OWNER_EMAIL, PASSWORD, Server};
use tokio_postgres::config::Host;

pub const BINARY: &str = env!("CARGO_BIN_EXE_quarterdeck");
/// How long a process may take to be ready, or to end, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The environment of one user: their folder, and which database the panel uses.
#[derive(Clone)]
pub struct Place {
    pub home: PathBuf,
    variables: Vec<(String, String)>,
}

impl Place {
    /// On a database of the test's server, with the secret key that testkit's apps use there.
    pub fn on(database: &str) -> Self {
        let config = Server::shared().config(&[]);
        let owner = Server::shared().owner(database);
        let Some(Host::Unix(socket)) = owner.get_hosts().first() else { panic!("tests use a socket") };
        let url = format!("host={} port={} user={} dbname={database}", socket.display(), owner.get_ports()[0], owner.get_user().unwrap());
        let home = config.data_dir.join(format!("home-{database}"));
        std::fs::create_dir_all(&home).unwrap();
        let path = std::env::vars().find(|(name, _)| name == "PATH").map(|(_, value)| value).unwrap_or_default();
        let variables = [
            ("PATH", path),
            ("HOME", home.display().to_string()),
            ("QUARTERDECK_DATA_DIR", config.data_dir.display().to_string()),
            ("QUARTERDECK_POOL_SIZE", "4".into()),
            ("DATABASE_URL", url),
        ];
        Self { home, variables: variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect() }
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(n, _)| n != name);
        self.variables.push((name.into(), value.into()));
        self
    }

    /// What a process of this user finds in its environment.
    pub fn variables(&self) -> impl Iterator<Item = (String, String)> {
        self.variables.clone().into_iter()
    }

    /// Begins one command.
    pub fn begin(&self, args: &[&str]) -> Child {
        let mut command = Command::new(BINARY);
        command.args(args).env_clear().envs(self.variables.clone()).current_dir(&self.home);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Runs one command to its end, with this on standard input.
    pub fn run(&self, args: &[&str], input: &str) -> Ended {
        let mut child = self.begin(args);
        // A command that doesn't read its input may be gone before it is written.
        drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
        Ended(child.wait_with_output().unwrap())
    }
}

/// How a command ended.
pub struct Ended(pub Output);

impl Ended {
    pub fn code(&self) -> i32 {
        self.0.status.code().unwrap_or(-1)
    }

    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }

    /// Stops the test unless it ended with this code.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code(), code, "standard output: {}\nstandard error: {}", self.out(), self.err());
        self
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out()).unwrap_or_else(|e| panic!("{e}: {}\n{}", self.out(), self.err()))
    }
}

/// A running `quarterdeck serve`; it is ended with the test.
pub struct Node {
    child: Child,
    pub url: String,
}

impl Node {
    /// Starts it and waits until it is ready.
    pub async fn start(place: &Place) -> Self {
        let node = Self::launch(place);
        node.ready().await;
        node
    }

    /// Starts it without waiting.
    pub fn launch(place: &Place) -> Self {
        // A port that is free now; whoever takes it in between makes the test fail, not pass.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(BINARY);
        command
            .arg("serve")
            .env_clear()
            .envs(place.variables.clone())
            .env("QUARTERDECK_LISTEN", format!("127.0.0.1:{port}"))
            .current_dir(&place.home);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = child.stderr.take().unwrap();
        // Its log is shown with the test's own output when that fails.
        std::thread::spawn(move || BufReader::new(log).lines().map_while(Result::ok).for_each(|line| println!("[{port}] {line}")));
        Self { child, url: format!("http://127.0.0.1:{port}") }
    }

    pub async fn ready(&self) {
        let http = client();
        let until = Instant::now() + PATIENCE;
        let mut pause = tokio::time::interval(Duration::from_millis(50));
        loop {
            // Another process can only be asked again and again.
            pause.tick().await;
            if http.get(format!("{}/readyz", self.url)).send().await.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            assert!(Instant::now() < until, "{} was not ready within {PATIENCE:?}", self.url);
        }
    }

    /// Signs the owner in; the cookies that make a request theirs.
    pub async fn owner(&self) -> String {
        let body = serde_json::json!({"email": OWNER_EMAIL, "password": PASSWORD});
        let answer = client().post(format!("{}/api/v1/session", self.url)).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let cookies = answer.headers().get_all("set-cookie").iter().map(|c| c.to_str().unwrap().split(';').next().unwrap());
        cookies.collect::<Vec<_>>().join("; ")
    }

    /// Asks it to stop, as a service manager does.
    pub fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end and gives its exit code.
    pub async fn ended(mut self) -> Option<i32> {
        let until = Instant::now() + PATIENCE;
        let mut pause = tokio::time::interval(Duration::from_millis(50));
        loop {
            pause.tick().await;
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < until, "{} didn't end within {PATIENCE:?}", self.url);
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A client with a time limit.
pub fn client() -> reqwest::Client {
    reqwest::Client::builder().timeout(Duration::from_secs(30)).no_proxy().build().unwrap()
}
