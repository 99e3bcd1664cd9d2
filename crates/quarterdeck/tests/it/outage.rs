//! A panel whose database can't write, or doesn't answer: what callers are told meanwhile, and that everything works
//! again by itself with nothing half-written. The panel is the real binary with its private PostgreSQL.

use crate::process::{BINARY, client};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use testkit::{OWNER_EMAIL, PASSWORD};

const PATIENCE: Duration = Duration::from_secs(60);
/// Longer than the panel waits for a silent server, shorter than any person does.
const BOUND: Duration = Duration::from_secs(9);

/// A panel on a small disk of its own, in a mount namespace that ends with it.
struct Panel {
    child: Child,
    home: PathBuf,
    url: String,
    cookie: String,
    http: reqwest::Client,
}

/// What was answered, and after how long.
struct Said {
    status: u16,
    body: Value,
    took: Duration,
}

impl Panel {
    /// `None` where this account may not mount.
    async fn start(name: &str) -> Option<Self> {
        let home = std::env::temp_dir().join(format!("quarterdeck-outage-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&home).unwrap();
        let rights: &[&str] = if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
            &["--mount"]
        } else {
            &["--map-current-user", "--keep-caps", "--mount"]
        };
        if !Command::new("unshare").args(rights).arg("true").stderr(Stdio::null()).status().is_ok_and(|s| s.success()) {
            println!("skipped: this account may not mount a small file system");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("unshare");
        command.args(rights).args(["sh", "-c", r#"mount -t tmpfs -o size=220m,mode=711 none "$QUARTERDECK_DATA_DIR" && exec "$0" serve"#]);
        command.arg(BINARY).current_dir(&home).env("QUARTERDECK_DATA_DIR", &home).env("QUARTERDECK_LISTEN", format!("127.0.0.1:{port}"));
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let url = format!("http://127.0.0.1:{port}");
        let mut panel = Self { child, home, url, cookie: String::new(), http: client() };
        panel.until_ready().await;
        let owner = json!({"email": OWNER_EMAIL, "name": "Ada Lovelace", "password": PASSWORD});
        let answer = panel.http.post(format!("{}/api/v1/setup", panel.url)).json(&owner).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        let cookies = answer.headers().get_all("set-cookie").iter();
        panel.cookie = cookies.map(|c| c.to_str().unwrap().split(';').next().unwrap()).collect::<Vec<_>>().join("; ");
        Some(panel)
    }

    /// Its data directory, seen from outside of its namespace.
    fn disk(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{}", self.child.id(), self.home.display()))
    }

    async fn send(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> Said {
        let since = Instant::now();
        let mut request = self.http.request(method, format!("{}{path}", self.url)).header("cookie", &self.cookie);
        request = request.header("sec-fetch-site", "same-origin");
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        Said { status, body: answer.json().await.unwrap_or_default(), took: since.elapsed() }
    }

    async fn get(&self, path: &str) -> Said {
        self.send(reqwest::Method::GET, path, None).await
    }

    async fn create(&self, name: &str) -> Said {
        self.send(reqwest::Method::POST, "/api/v1/users", Some(json!({"email": format!("{name}@example.com"), "name": name}))).await
    }

    async fn until_ready(&self) {
        let until = Instant::now() + PATIENCE;
        let mut pause = tokio::time::interval(Duration::from_millis(50));
        loop {
            pause.tick().await;
            if self.http.get(format!("{}/readyz", self.url)).send().await.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            assert!(Instant::now() < until, "the panel was not ready within {PATIENCE:?}");
        }
    }

    /// Exactly these people are there, and the audit log has exactly as many rows about it.
    async fn assert_there(&self, names: &[String]) {
        let users = self.get("/api/v1/users?select=name&order=name&limit=1000").await.body;
        let there: Vec<&str> = users.as_array().unwrap().iter().map(|user| user["name"].as_str().unwrap()).collect();
        let mut expected: Vec<&str> = names.iter().map(String::as_str).collect();
        expected.sort_unstable();
        assert_eq!(there, expected);
        let until = Instant::now() + PATIENCE;
        let mut pause = tokio::time::interval(Duration::from_millis(50));
        loop {
            // The sealer writes it a moment later.
            pause.tick().await;
            let rows = self.get("/api/v1/audit?action=eq.users.create&select=id&limit=1000").await.body;
            let rows = rows.as_array().map_or(0, Vec::len);
            if rows == names.len() {
                return;
            }
            assert!(rows < names.len() && Instant::now() < until, "{rows} audit rows for {} people", names.len());
        }
    }
}

impl Drop for Panel {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        drop(std::fs::remove_dir_all(&self.home));
    }
}

#[tokio::test]
async fn a_full_disk_is_told_reading_goes_on_and_space_is_all_it_needs() {
    let Some(panel) = Panel::start("full").await else { return };
    let mut made = Vec::new();
    let ballast = panel.disk().join("ballast");
    let mut file = std::fs::File::create(&ballast).unwrap();
    while std::io::Write::write_all(&mut file, &[0; 1 << 16]).is_ok() {}
    // Open, it would keep its space beyond its removal.
    drop(file);
    // What PostgreSQL has set aside still takes some.
    let refused = loop {
        let name = format!("person {}", made.len());
        let said = panel.create(&name.replace(' ', "-")).await;
        if said.status != 201 {
            break said;
        }
        made.push(name.replace(' ', "-"));
        assert!(made.len() < 10_000, "the disk is full and doesn't matter");
    };
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert!(refused.body["detail"].as_str().unwrap().contains("disk is full"), "{}", refused.body);
    assert_eq!(panel.get("/api/v1/users?limit=1").await.status, 200, "reading goes on");
    std::fs::remove_file(&ballast).unwrap();
    let until = Instant::now() + PATIENCE;
    loop {
        let said = panel.create("afterwards").await;
        if said.status == 201 {
            break;
        }
        assert!(Instant::now() < until, "there is space again, and still: {} {}", said.status, said.body);
    }
    made.push("afterwards".to_owned());
    panel.assert_there(&made).await;
}

#[tokio::test]
async fn a_database_that_does_not_answer_keeps_nobody_waiting() {
    let Some(panel) = Panel::start("frozen").await else { return };
    assert_eq!(panel.create("before").await.status, 201);
    let postmaster = std::fs::read_to_string(panel.disk().join("pg/postmaster.pid")).unwrap().lines().next().unwrap().to_owned();
    let children = std::fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children")).unwrap();
    let signal = |name: &str| {
        let sent = Command::new("kill").arg(name).arg(&postmaster).args(children.split_whitespace()).stderr(Stdio::null()).status();
        sent.unwrap();
    };
    signal("-STOP");
    let (write, ready) = tokio::join!(panel.create("during"), panel.get("/readyz"));
    // Who asks is known for a moment; after that it has to be looked up again.
    let read = panel.get("/api/v1/users?limit=1").await;
    signal("-CONT");
    for (what, said) in [("a change", &write), ("a list", &read), ("readiness", &ready)] {
        assert_eq!(said.status, 503, "{what}: {}", said.body);
        assert!(said.took < BOUND, "{what} took {:?}", said.took);
    }
    assert!(write.body["detail"].as_str().unwrap().contains("Nothing was changed"), "{}", write.body);
    assert_eq!(ready.body["ready"], false);
    panel.until_ready().await;
    assert_eq!(panel.create("afterwards").await.status, 201);
    panel.assert_there(&["before".to_owned(), "afterwards".to_owned()]).await;
}
