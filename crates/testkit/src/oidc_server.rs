//! A real OpenID Connect provider for tests, and the browser that signs in there. Made ready by `scripts/setup-oidc`.

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;
use url::Url;

/// Pages that a sign-in there may take.
const MOST_PAGES: usize = 12;

/// A provider of a test's own, on a port of its own.
pub struct OidcServer {
    /// What it calls itself.
    pub issuer: String,
    process: Child,
    // Closing it ends the server, also when a test stops loudly.
    talk: Mutex<(ChildStdin, Lines<BufReader<ChildStdout>>)>,
}

fn script() -> &'static Path {
    static SCRIPT: OnceLock<PathBuf> = OnceLock::new();
    SCRIPT.get_or_init(|| {
        let setup = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/setup-oidc");
        let made = Command::new(&setup).output().expect("scripts/setup-oidc can be started");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        PathBuf::from(String::from_utf8_lossy(&made.stdout).trim())
    })
}

impl OidcServer {
    /// `told` is described in `scripts/oidc/server.mjs`; it is the time of the tests there.
    #[must_use]
    pub fn start(mut told: Value) -> Self {
        told["now"] = json!(crate::start_of_time().to_rfc3339());
        let mut process = Command::new("node")
            .arg(script())
            .arg(told.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node is there");
        let input = process.stdin.take().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let first: Value = serde_json::from_str(&lines.next().expect("the provider says who it is").unwrap()).unwrap();
        let issuer = first["issuer"].as_str().unwrap().to_owned();
        Self { issuer, process, talk: Mutex::new((input, lines)) }
    }

    /// From now on it says this of these people.
    pub fn says(&self, people: Value) {
        let mut talk = self.talk.lock().unwrap();
        writeln!(talk.0, "{}", json!({"people": people})).unwrap();
        talk.1.next().expect("the provider goes on").unwrap();
    }

    /// Signs in there as `login`, who was never there before; gives the address to which the browser is sent back.
    pub async fn sign_in(&self, location: &str, login: &str) -> String {
        Visitor::default().walk(location, &self.issuer, Some(login)).await
    }

    /// Gives up on the sign-in page there.
    pub async fn give_up(&self, location: &str) -> String {
        Visitor::default().walk(location, &self.issuer, None).await
    }
}

impl Drop for OidcServer {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// A browser at a provider.
#[derive(Default)]
pub struct Visitor {
    cookies: BTreeMap<String, String>,
}

impl Visitor {
    /// Follows where it is sent, signs in and consents, or says that it does want to sign out, until it is sent elsewhere.
    pub async fn walk(&mut self, location: &str, issuer: &str, login: Option<&str>) -> String {
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .danger_accept_invalid_certs(true)
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        let mut here = Url::parse(location).unwrap();
        let mut form: Option<Vec<(&str, String)>> = None;
        for _ in 0..MOST_PAGES {
            if !here.as_str().starts_with(issuer) {
                return here.into();
            }
            let request = match form.take() {
                Some(fields) => client
                    .post(here.clone())
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()),
                None => client.get(here.clone()),
            };
            let jar: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let response = request.header(COOKIE, jar.join("; ")).send().await.expect("the provider answers");
            self.keep(&response);
            if let Some(next) = response.headers().get(LOCATION) {
                here = here.join(next.to_str().unwrap()).unwrap();
                continue;
            }
            let status = response.status();
            let page = response.text().await.unwrap();
            assert!(status.is_success(), "the provider answered {status}: {page}");
            let target = |mark: &str| {
                let rest = page.split(mark).nth(1).unwrap_or_else(|| panic!("no {mark} on the page {page}"));
                here.join(&rest.split('"').next().unwrap().replace("&amp;", "&")).unwrap()
            };
            if let Some(rest) = page.split("name=\"xsrf\" value=\"").nth(1) {
                let mark = rest.split('"').next().unwrap().to_owned();
                form = Some(vec![("xsrf", mark), ("logout", "yes".to_owned())]);
                here = target("action=\"");
                continue;
            }
            match login {
                None => here = target("href=\""),
                Some(login) => {
                    let asks = if page.contains("name=\"login\"") { "login" } else { "consent" };
                    form = Some(vec![("prompt", asks.to_owned()), ("login", login.to_owned())]);
                    here = target("action=\"");
                }
            }
        }
        panic!("the provider never sent the browser back; it is at {here}");
    }

    fn keep(&mut self, response: &Response) {
        for cookie in response.headers().get_all(SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
