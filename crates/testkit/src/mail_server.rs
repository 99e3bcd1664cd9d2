//! A real mail server for tests, which shows what it was sent. Made ready by `scripts/setup-smtp`.

use crate::certificate::certificate;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::time::Duration;

/// How long to wait for what has been sent already.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server of a test's own, on a port of its own.
pub struct MailServer {
    port: u16,
    authority: Option<PathBuf>,
    sent: Arc<(Mutex<Vec<Value>>, Condvar)>,
    process: Child,
    // Closing it ends the server, also when a test stops loudly.
    _held: Option<ChildStdin>,
}

/// The Python with the server in it.
fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/setup-smtp");
        let made = Command::new(&script).output().expect("scripts/setup-smtp can be started");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        PathBuf::from(String::from_utf8_lossy(&made.stdout).trim())
    })
}

impl MailServer {
    /// `told` is described in `smtp_server.py`.
    #[must_use]
    pub fn start(told: Value) -> Self {
        Self::with(told, None)
    }

    /// With a certificate for `localhost` of an authority of its own.
    #[must_use]
    pub fn protected(mut told: Value) -> Self {
        let folder = certificate();
        told["cert"] = json!(folder.join("server.crt"));
        told["key"] = json!(folder.join("server.key"));
        Self::with(told, Some(folder.join("ca.crt")))
    }

    fn with(told: Value, authority: Option<PathBuf>) -> Self {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("smtp_server.py");
        let mut process = Command::new(python())
            .arg(program)
            .arg(told.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the mail server starts");
        let held = process.stdin.take();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let first: Value = serde_json::from_str(&lines.next().expect("the mail server says its port").unwrap()).unwrap();
        let sent = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
        let seen = sent.clone();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                seen.0.lock().unwrap().push(serde_json::from_str(&line).unwrap());
                seen.1.notify_all();
            }
        });
        let port = first["port"].as_u64().and_then(|port| u16::try_from(port).ok()).unwrap();
        Self { port, authority, sent, process, _held: held }
    }

    /// The address for `QUARTERDECK_SMTP_URL`; `login` is `user:password@` or nothing.
    #[must_use]
    pub fn url(&self, scheme: &str, login: &str) -> String {
        let parameters = match &self.authority {
            Some(path) => format!("?ca={}", path.display()),
            None => "?tls=none".to_owned(),
        };
        format!("{scheme}://{login}localhost:{}{parameters}", self.port)
    }

    /// The messages so far, once there are this many.
    #[must_use]
    pub fn sent(&self, count: usize) -> Vec<Value> {
        let messages = self.sent.0.lock().unwrap();
        let (messages, _) = self.sent.1.wait_timeout_while(messages, PATIENCE, |messages| messages.len() < count).unwrap();
        assert!(messages.len() >= count, "{} of {count} messages came", messages.len());
        messages.clone()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
