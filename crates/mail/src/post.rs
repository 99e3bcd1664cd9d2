//! The way out: a mail server, or a folder where there is none.

use crate::config::{Config, Smtp, Tls as Protection};
use crate::letter::Letter;
use futures::future::BoxFuture;
use kernel::connector::{Connector, Health, RetryClass};
use kernel::job::Failure;
use kernel::problem::Kind;
use kernel::{App, Problem, Result};
use lettre::message::Message;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{AsyncSmtpTransport, Error};
use lettre::{AsyncTransport as _, Tokio1Executor};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How long the mail server may take for each answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// Answers that say that we are not known: somebody has to change the configuration, and the mail waits for it.
const NOT_KNOWN: [u16; 4] = [530, 534, 535, 538];

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// What this installation sends with. Plugged into the app; see [`kernel::App::plugged`].
pub struct Post {
    config: Config,
    letters: Vec<&'static Letter>,
}

impl Post {
    /// `letters` are those of all rooms.
    #[must_use]
    pub fn new(config: Config, letters: Vec<&'static Letter>) -> Arc<Self> {
        Arc::new(Self { config, letters })
    }

    /// What the app sends with.
    ///
    /// # Errors
    /// 500 when the binary plugged nothing in.
    pub fn of(app: &App) -> Result<&Arc<Self>> {
        app.plugged.get::<Arc<Self>>().ok_or_else(|| Problem::internal("no way out for mail is plugged in"))
    }

    /// Whether letters reach people without help; else they wait in a folder.
    #[must_use]
    pub fn delivers(&self) -> bool {
        self.config.smtp.is_some()
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn letter(&self, name: &str) -> Option<&'static Letter> {
        self.letters.iter().find(|letter| letter.name == name).copied()
    }

    /// Sends one message, once; says where it went.
    pub(crate) async fn deliver(&self, mail: Uuid, letter: &str, message: Message) -> Result<String, Failure> {
        match &self.config.smtp {
            Some(smtp) => {
                let transport = self.transport(smtp).map_err(Failure::Retry)?;
                let answer = transport.send(message).await.map_err(|error| failure(smtp, &error))?;
                Ok(format!("{} {}", answer.code(), answer.message().collect::<Vec<_>>().join(" ")))
            }
            None => {
                let path = self.config.folder.join(format!("{}.eml", mail.simple()));
                write(&self.config.folder, &path, message.formatted())
                    .await
                    .map_err(|error| Failure::Retry(Problem::unavailable(format!("{}: {error}", path.display()))))?;
                tracing::info!(mail.letter = letter, mail.file = %path.display(), "no mail server is configured, so a mail was put into a file");
                Ok(path.display().to_string())
            }
        }
    }

    fn transport(&self, smtp: &Smtp) -> Result<Transport> {
        let wrong = |what: &dyn std::fmt::Display| Problem::unavailable(format!("The mail server {} can't be used: {what}", smtp.shown()));
        let parameters = || {
            let mut builder = TlsParameters::builder(smtp.host.clone());
            if let Some(path) = &smtp.authority {
                let pem = std::fs::read(path).map_err(|e| wrong(&format!("{}: {e}", path.display())))?;
                let authority = Certificate::from_pem(&pem).map_err(|e| wrong(&format!("{}: {e}", path.display())))?;
                builder = builder.certificate_store(CertificateStore::None).add_root_certificate(authority);
            }
            builder.build_rustls().map_err(|e| wrong(&e))
        };
        let tls = match smtp.tls {
            Protection::Wrapped => Tls::Wrapper(parameters()?),
            Protection::Required => Tls::Required(parameters()?),
            Protection::None => Tls::None,
        };
        let mut builder = Transport::builder_dangerous(&smtp.host)
            .port(smtp.port)
            .tls(tls)
            .hello_name(ClientId::Domain(self.config.from.domain().to_owned()))
            .timeout(Some(PATIENCE));
        if let Some((user, password)) = smtp.login() {
            builder = builder.credentials(Credentials::new(user.to_owned(), password.to_owned()));
        }
        Ok(builder.build())
    }

    async fn reach(&self, smtp: &Smtp) -> Result<(), Failure> {
        let transport = self.transport(smtp).map_err(Failure::Retry)?;
        transport.test_connection().await.map(drop).map_err(|error| failure(smtp, &error))
    }
}

/// What went wrong and whether another attempt may help. The server's own words are the most useful ones.
fn failure(smtp: &Smtp, error: &Error) -> Failure {
    let mut causes = vec![error.to_string()];
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let said = cause.to_string();
        if !causes.iter().any(|c| c.contains(&said)) {
            causes.push(said);
        }
        source = cause.source();
    }
    let code = error.status().map(u16::from);
    let problem = Problem::new(Kind::Unavailable, format!("The mail server {} said: {}", smtp.shown(), causes.join(": ")));
    if error.is_permanent() && !code.is_some_and(|code| NOT_KNOWN.contains(&code)) {
        Failure::Fail(problem)
    } else {
        Failure::Retry(problem)
    }
}

/// The folder is for the panel's account alone, since the files hold links that let people in.
async fn write(folder: &Path, path: &Path, bytes: Vec<u8>) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let (folder, path) = (folder.to_owned(), path.to_owned());
    let written = tokio::task::spawn_blocking(move || {
        use std::io::Write as _;
        use std::os::unix::fs::DirBuilderExt as _;
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let half: PathBuf = path.with_extension("part");
        let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&half)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        std::fs::rename(half, path)
    });
    written.await.map_err(std::io::Error::other)?
}

impl Connector for Post {
    fn kind(&self) -> &'static str {
        "smtp"
    }

    fn timeout(&self) -> Duration {
        Duration::from_secs(15)
    }

    fn check(&self) -> BoxFuture<'_, Health> {
        Box::pin(async move {
            let Some(smtp) = &self.config.smtp else {
                let message = format!("No mail server is configured; letters are put into {}", self.config.folder.display());
                return Health { ok: false, message, version: None, milliseconds: 0, retry: Some(RetryClass::Never) };
            };
            let began = Instant::now();
            let outcome = tokio::time::timeout(self.timeout(), self.reach(smtp)).await;
            let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            let failed = |message: String, retry| Health { ok: false, message, version: None, milliseconds, retry: Some(retry) };
            match outcome {
                Ok(Ok(())) => {
                    let message = format!("The mail server {} answered in {milliseconds} ms", smtp.shown());
                    Health { ok: true, message, version: None, milliseconds, retry: None }
                }
                Ok(Err(Failure::Fail(problem))) => failed(problem.detail().to_owned(), RetryClass::Never),
                Ok(Err(Failure::Retry(problem))) => failed(problem.detail().to_owned(), RetryClass::Later),
                Ok(Err(_)) => failed("It was cancelled".to_owned(), RetryClass::Later),
                Err(_) => failed(
                    format!("The mail server {} doesn't answer within {} s", smtp.shown(), self.timeout().as_secs()),
                    RetryClass::Later,
                ),
            }
        })
    }
}
