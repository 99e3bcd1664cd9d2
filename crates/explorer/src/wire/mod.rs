//! PostgreSQL's own protocol, as far as the console and live grids need it: values as the text that PostgreSQL writes, the
//! types of columns, notices in their order, the tag of each command, and whether a transaction is open after it; and the
//! stream of changes that a server sends. The driver of the other rooms asks for binary values, of which that text can't
//! be had, and knows no such stream.

pub mod message;
mod replication;

pub use replication::Said;

use bytes::{Buf as _, BytesMut};
use message::{Message, ServerError};
use pgtls::TlsMode;
use postgres_protocol::IsNull;
use postgres_protocol::authentication::{md5_hash, sasl};
use postgres_protocol::message::frontend;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio_postgres::Config;
use tokio_postgres::config::Host;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};

const CONNECT: Duration = Duration::from_secs(5);
/// A longer message than this, such as a row with a huge value, is not taken into memory.
const LONGEST: usize = 64 << 20;

/// Where a connection goes to.
#[derive(Clone)]
pub struct Way {
    pub config: Config,
    pub tls: TlsMode,
}

impl Way {
    #[must_use]
    pub fn of(config: Config, tls: TlsMode) -> Self {
        let tls = tls.over(&config);
        Self { config, tls }
    }
}

/// Why a connection is of no use any more, or was refused.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("{}", .0.message)]
    Server(Box<ServerError>),
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("a row is longer than 64 MB; select less of it, such as left(column, 1000)")]
    TooLong,
    #[error("{0}")]
    Unable(String),
}

impl From<ServerError> for Fault {
    fn from(error: ServerError) -> Self {
        Self::Server(Box::new(error))
    }
}

/// What bytes go through, with TLS or without.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// By which another connection says what to cancel.
#[derive(Clone, Copy, Debug, Default)]
pub struct Key {
    process: i32,
    secret: i32,
}

/// A connection of its own for one run; nobody uses it afterwards.
pub struct Wire {
    stream: Box<dyn Stream>,
    read: BytesMut,
    write: BytesMut,
    key: Key,
}

impl Wire {
    /// Connects and proves who it is.
    ///
    /// # Errors
    /// When nobody answers in time, or the server refuses.
    pub async fn connect(way: &Way) -> Result<Self, Fault> {
        Self::connect_as(way, "quarterdeck console", false).await
    }

    /// The same, under a name that other connections of the login can see.
    ///
    /// # Errors
    /// As [`Self::connect`].
    pub async fn connect_named(way: &Way, name: &str) -> Result<Self, Fault> {
        Self::connect_as(way, name, false).await
    }

    async fn connect_as(way: &Way, name: &str, replication: bool) -> Result<Self, Fault> {
        let late = |_| Fault::Unable("the server doesn't answer".into());
        tokio::time::timeout(CONNECT, Self::begin(way, name, replication)).await.map_err(late)?
    }

    async fn begin(way: &Way, name: &str, replication: bool) -> Result<Self, Fault> {
        let (read, write) = (BytesMut::with_capacity(16 << 10), BytesMut::new());
        let mut wire = Self { stream: open(way).await?, read, write, key: Key::default() };
        let config = &way.config;
        let user = config.get_user().unwrap_or_default();
        let named = |name: &'static str, value: Option<&'_ str>| value.map(|value| (name, value.to_owned()));
        let given = [
            Some(("client_encoding", "UTF8".to_owned())),
            named("user", Some(user)),
            named("database", config.get_dbname()),
            named("options", config.get_options()),
            named("application_name", Some(name)),
            named("replication", replication.then_some("database")),
        ];
        let given: Vec<(&str, String)> = given.into_iter().flatten().collect();
        frontend::startup_message(given.iter().map(|(name, value)| (*name, value.as_str())), &mut wire.write)?;
        wire.flush().await?;
        wire.prove(user, config.get_password()).await?;
        loop {
            match wire.next().await? {
                Message::Key { process, secret } => wire.key = Key { process, secret },
                Message::Ready { .. } => return Ok(wire),
                Message::Error(error) => return Err(error.into()),
                _ => {}
            }
        }
    }

    async fn prove(&mut self, user: &str, password: Option<&[u8]>) -> Result<(), Fault> {
        let mut scram: Option<sasl::ScramSha256> = None;
        loop {
            let (kind, data) = match self.next().await? {
                Message::Authentication { kind, data } => (kind, data),
                Message::Error(error) => return Err(error.into()),
                _ => continue,
            };
            if kind == 0 {
                return Ok(());
            }
            let password = password.ok_or_else(|| Fault::Unable("the server wants a password".into()))?;
            match (kind, &mut scram) {
                (3, _) => frontend::password_message(password, &mut self.write)?,
                (5, _) => {
                    let salt = <[u8; 4]>::try_from(data.as_ref()).map_err(|_| strange())?;
                    frontend::password_message(md5_hash(user.as_bytes(), password, salt).as_bytes(), &mut self.write)?;
                }
                (10, _) => {
                    if !data.split(|byte| *byte == 0).any(|name| name == sasl::SCRAM_SHA_256.as_bytes()) {
                        return Err(unknown_proof());
                    }
                    let made = scram.insert(sasl::ScramSha256::new(password, sasl::ChannelBinding::unsupported()));
                    frontend::sasl_initial_response(sasl::SCRAM_SHA_256, made.message(), &mut self.write)?;
                }
                (11, Some(scram)) => {
                    scram.update(&data)?;
                    frontend::sasl_response(scram.message(), &mut self.write)?;
                }
                (12, Some(scram)) => {
                    scram.finish(&data)?;
                    continue;
                }
                _ => return Err(unknown_proof()),
            }
            self.flush().await?;
        }
    }

    /// Who it is for [`cancel`].
    #[must_use]
    pub fn key(&self) -> Key {
        self.key
    }

    /// The next message. May be given up while it waits; nothing is lost.
    ///
    /// # Errors
    /// When the connection ends, or a message is too long to be taken.
    pub async fn next(&mut self) -> Result<Message, Fault> {
        loop {
            if let Some(length) = self.read.get(1..5) {
                let length = u32::from_be_bytes(<[u8; 4]>::try_from(length).map_err(|_| strange())?) as usize;
                if length > LONGEST {
                    return Err(Fault::TooLong);
                }
                if length < 4 {
                    return Err(strange());
                }
                if self.read.len() > length {
                    let mut whole = self.read.split_to(length + 1).freeze();
                    let tag = whole.get_u8();
                    whole.advance(4);
                    return Message::read(tag, whole).ok_or_else(strange);
                }
                self.read.reserve(length + 1 - self.read.len());
            }
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
    }

    /// A statement under a name, and the question what it takes and gives. The text has no NUL character.
    ///
    /// # Errors
    /// When it is too long.
    pub fn parse(&mut self, name: &str, sql: &str) -> Result<(), Fault> {
        frontend::close(b'S', name, &mut self.write)?;
        frontend::parse(name, sql, [], &mut self.write)?;
        Ok(frontend::describe(b'S', name, &mut self.write)?)
    }

    /// Gives it its values, as text without NUL characters.
    ///
    /// # Errors
    /// When they are too many or too long.
    pub fn bind(&mut self, name: &str, values: &[Option<String>]) -> Result<(), Fault> {
        let bound = frontend::bind(
            "",
            name,
            [],
            values,
            |value, buffer| match value {
                Some(value) => {
                    buffer.extend_from_slice(value.as_bytes());
                    Ok(IsNull::No)
                }
                None => Ok(IsNull::Yes),
            },
            [],
            &mut self.write,
        );
        bound.map_err(|_| Fault::Unable("too many values".into()))
    }

    /// Runs what is bound, until it has given so many rows; 0 is all.
    ///
    /// # Errors
    /// Never.
    pub fn execute(&mut self, rows: i32) -> Result<(), Fault> {
        Ok(frontend::execute("", rows, &mut self.write)?)
    }

    /// Ends the statement: what failed before it is passed over up to here.
    pub fn sync(&mut self) {
        frontend::sync(&mut self.write);
    }

    /// Asks for what there is by now, without ending the statement.
    pub fn ask(&mut self) {
        frontend::flush(&mut self.write);
    }

    /// Sends what was put together.
    ///
    /// # Errors
    /// When the connection has ended.
    pub async fn flush(&mut self) -> Result<(), Fault> {
        // A server that reads nothing because it waits to be read would never let go.
        let sent = tokio::time::timeout(Duration::from_secs(60), self.stream.write_all_buf(&mut self.write));
        sent.await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        Ok(self.stream.flush().await?)
    }

    /// Runs one statement of ours whole; its rows.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn run(&mut self, sql: &str, values: &[Option<String>]) -> Result<Vec<Vec<Option<String>>>, Fault> {
        self.parse("", sql)?;
        self.bind("", values)?;
        self.execute(0)?;
        self.sync();
        self.flush().await?;
        let (mut rows, mut failed) = (Vec::new(), None);
        loop {
            match self.next().await? {
                Message::Row(row) => {
                    rows.push(row.cells().map(|cell| cell.map(|bytes| String::from_utf8_lossy(bytes).into_owned())).collect())
                }
                Message::Error(error) => failed = Some(error),
                Message::Ready { .. } => return failed.map_or(Ok(rows), |error| Err(error.into())),
                _ => {}
            }
        }
    }
}

/// Asks the server to cancel what the connection with this key is doing. It is no error when that has ended.
pub async fn cancel(way: &Way, key: Key) {
    let asking = async {
        let mut stream = open(way).await?;
        let mut request = BytesMut::new();
        frontend::cancel_request(key.process, key.secret, &mut request);
        stream.write_all(&request).await?;
        stream.flush().await?;
        // The server closes it when it has passed the request on.
        drop(stream.read(&mut [0; 1]).await);
        Ok::<(), Fault>(())
    };
    match tokio::time::timeout(CONNECT, asking).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(error = %error, "a statement of the console could not be cancelled"),
        Err(_) => tracing::warn!("a statement of the console could not be cancelled: the server doesn't answer"),
    }
}

async fn open(way: &Way) -> Result<Box<dyn Stream>, Fault> {
    let port = way.config.get_ports().first().copied().unwrap_or(5432);
    match way.config.get_hosts().first() {
        Some(Host::Unix(folder)) => Ok(Box::new(UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).await?)),
        Some(Host::Tcp(host)) => {
            let mut stream = TcpStream::connect((host.as_str(), port)).await?;
            stream.set_nodelay(true)?;
            if way.tls == TlsMode::Disable {
                return Ok(Box::new(stream));
            }
            let mut request = BytesMut::new();
            frontend::ssl_request(&mut request);
            stream.write_all(&request).await?;
            if stream.read_u8().await? != b'S' {
                return match way.tls {
                    TlsMode::Prefer => Ok(Box::new(stream)),
                    _ => Err(Fault::Unable("the server doesn't offer TLS".into())),
                };
            }
            let told = |error: &dyn std::fmt::Display| Fault::Unable(error.to_string());
            let mut connector = way.tls.connector().map_err(|error| told(&error))?;
            let tls = MakeTlsConnect::<TcpStream>::make_tls_connect(&mut connector, host).map_err(|error| told(&error))?;
            Ok(Box::new(tls.connect(stream).await?))
        }
        None => Err(Fault::Unable("no host is named".into())),
    }
}

fn strange() -> Fault {
    Fault::Unable("the server's answer can't be read".into())
}

fn unknown_proof() -> Fault {
    Fault::Unable("the server wants a proof of identity that the console doesn't know".into())
}
