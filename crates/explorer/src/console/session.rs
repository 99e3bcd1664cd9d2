//! A connection with the transaction that a run is in, and the two proofs that it stays there: PostgreSQL's own word,
//! after each statement, whether the transaction is still open and which command it ran.

use super::ask::{Mode, Plan};
use super::rules;
use super::running::Ticket;
use crate::source::open::Open;
use crate::source::place;
use crate::wire::message::{Message, Row, ServerError};
use crate::wire::{self, Fault, Way, Wire};
use kernel::{Problem, Result, SeenAs};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// How long a cancelled statement may take to notice it.
const ENDING: Duration = Duration::from_secs(10);
/// What every run begins with. Text forms don't depend on the database's settings; who waits for a lock stands in the
/// way of others, so nobody waits long.
const SETTINGS: &str = "select pg_catalog.set_config('statement_timeout', $1, false), pg_catalog.set_config('lock_timeout', '5s', false), \
     pg_catalog.set_config('idle_in_transaction_session_timeout', '120s', false), pg_catalog.set_config('timezone', 'UTC', false), \
     pg_catalog.set_config('datestyle', 'ISO, MDY', false), pg_catalog.set_config('intervalstyle', 'postgres', false), \
     pg_catalog.set_config('bytea_output', 'hex', false), pg_catalog.set_config('extra_float_digits', '1', false), \
     pg_catalog.set_config('default_transaction_read_only', $2, false)";
const ROLE: &str = "select pg_catalog.set_config('role', $1, false)";
/// The first question of a transaction: after it PostgreSQL lets nobody make it read-write any more.
const FIRST: &str = "select pg_catalog.set_config('transaction_read_only', 'on', true)";
const TYPE: &str = "select pg_catalog.format_type($1::pg_catalog.oid, $2::pg_catalog.int4)";

pub const STATEMENTS: &[&str] = &[SETTINGS, ROLE, FIRST, TYPE];

/// The name of the statement that is run; those of our own have none.
const NAME: &str = "run";
/// Remarks that are kept until somebody takes them.
const NOTICES: usize = 200;

/// A column as it is shown.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
}

/// What a statement said next.
pub enum Step {
    Row(Row),
    /// It has given as many rows as were asked for.
    Suspended,
    /// The tag of the command; none of an empty one.
    Complete(String),
}

/// Why a statement didn't come to its end.
#[derive(Debug)]
pub enum Halt {
    /// PostgreSQL refused it; the connection is well.
    Refused(Box<ServerError>),
    /// It did what a run doesn't do.
    Forbidden(&'static str),
    /// The connection is of no use any more.
    Lost(Fault),
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Server(error) => Self::Refused(error),
            fault => Self::Lost(fault),
        }
    }
}

pub struct Session {
    wire: Wire,
    way: Way,
    mode: Mode,
    seen: Option<Arc<SeenAs>>,
    stop: Arc<Notify>,
    cancelled: bool,
    /// Whether the end of the statement was sent already.
    synced: bool,
    transaction: u8,
    types: HashMap<(u32, i32), String>,
    /// What PostgreSQL remarked since they were last taken.
    pub notices: Vec<ServerError>,
}

impl Session {
    /// Connects and begins.
    ///
    /// # Errors
    /// 503 when the source can't be reached; what it refuses about the role.
    pub async fn begin(source: &Open, plan: &Plan, seen: Option<Arc<SeenAs>>, ticket: &Ticket) -> Result<Self> {
        // Whether the source may be used at all, and what is wrong with it, in the words of the other rooms.
        drop(source.conn().await?);
        let way = source.way.clone();
        let away = |fault: Fault| Problem::unavailable(format!("The source {} can't be reached: {fault}. Nothing was run.", source.name));
        let wire = Wire::connect_named(&way, ticket.name()).await.map_err(away)?;
        let mut session = Self {
            wire,
            way,
            mode: plan.mode,
            seen,
            stop: ticket.stop(),
            cancelled: false,
            synced: true,
            transaction: b'I',
            types: HashMap::new(),
            notices: Vec::new(),
        };
        session.start(plan.timeout_seconds, source.works_as()).await.map_err(away)?;
        Ok(session)
    }

    async fn start(&mut self, seconds: u32, role: Option<&str>) -> Result<(), Fault> {
        let text = |text: &str| Some(text.to_owned());
        let read_only = if self.mode == Mode::Read { "on" } else { "off" };
        self.wire.run(SETTINGS, &[Some(format!("{seconds}s")), text(read_only)]).await?;
        if let Some(role) = role {
            self.wire.run(ROLE, &[text(role)]).await?;
        }
        match self.mode {
            Mode::Read => {
                self.wire.run("begin read only", &[]).await?;
                self.wire.run(FIRST, &[]).await?;
            }
            Mode::Transaction => {
                self.wire.run("begin read write", &[]).await?;
            }
            Mode::Autocommit => return Ok(()),
        }
        self.transaction = b'T';
        Ok(())
    }

    /// Takes the place again: role and claims are what they are, whatever the statement before has set.
    async fn take_place(&mut self) -> Result<(), Halt> {
        if let Some(seen) = &self.seen {
            self.wire.run(place::TAKE, &[Some(seen.role.name().to_owned()), Some(seen.claims.clone())]).await?;
        }
        Ok(())
    }

    /// Makes a statement known; the columns of the rows that it will give, if it gives any.
    ///
    /// # Errors
    /// What PostgreSQL can't read.
    pub async fn prepare(&mut self, sql: &str) -> Result<Option<Vec<Column>>, Halt> {
        self.take_place().await?;
        self.wire.parse(NAME, sql)?;
        self.sync().await?;
        let (mut columns, mut failed) = (None, None);
        loop {
            match self.message().await? {
                Message::Columns(found) => columns = Some(found),
                Message::Error(error) => failed = Some(error),
                Message::Ready { transaction } => {
                    self.transaction = transaction;
                    break;
                }
                _ => {}
            }
        }
        if let Some(error) = failed {
            return Err(Halt::Refused(Box::new(error)));
        }
        let Some(columns) = columns else { return Ok(None) };
        let mut named = Vec::with_capacity(columns.len());
        for column in columns {
            let kind = self.type_name(column.kind, column.modifier).await?;
            named.push(Column { name: column.name, kind });
        }
        Ok(Some(named))
    }

    async fn type_name(&mut self, kind: u32, modifier: i32) -> Result<String, Halt> {
        if let Some(known) = self.types.get(&(kind, modifier)) {
            return Ok(known.clone());
        }
        let rows = self.wire.run(TYPE, &[Some(kind.to_string()), Some(modifier.to_string())]).await?;
        let name = rows.into_iter().flatten().next().flatten().unwrap_or_else(|| "unknown".into());
        self.types.insert((kind, modifier), name.clone());
        Ok(name)
    }

    /// Runs what was prepared until it has given so many rows; 0 is all of them.
    ///
    /// # Errors
    /// When the connection has ended.
    pub async fn execute(&mut self, values: Option<&[Option<String>]>, rows: usize) -> Result<(), Halt> {
        if let Some(values) = values {
            self.wire.bind(NAME, values)?;
        }
        self.wire.execute(i32::try_from(rows).unwrap_or(i32::MAX))?;
        if rows == 0 {
            self.sync().await
        } else {
            self.synced = false;
            self.wire.ask();
            Ok(self.wire.flush().await?)
        }
    }

    /// What comes next of the statement that runs.
    ///
    /// # Errors
    /// What PostgreSQL refuses.
    pub async fn step(&mut self) -> Result<Step, Halt> {
        loop {
            match self.message().await? {
                Message::Row(row) => return Ok(Step::Row(row)),
                Message::Suspended => return Ok(Step::Suspended),
                Message::Complete(tag) => return Ok(Step::Complete(tag)),
                Message::Empty => return Ok(Step::Complete(String::new())),
                Message::Error(error) => {
                    self.end().await?;
                    return Err(Halt::Refused(Box::new(error)));
                }
                Message::CopyOut => return Err(Halt::Forbidden("COPY … TO STDOUT is not shown here; select the rows and export them")),
                Message::CopyIn => return Err(Halt::Forbidden("COPY … FROM STDIN has nothing to read here; import a file into the table")),
                _ => {}
            }
        }
    }

    /// Ends the statement, whether or not it has given all its rows.
    ///
    /// # Errors
    /// What PostgreSQL refuses at its end, and when it did what a run doesn't do.
    pub async fn finish(&mut self, tag: Option<&str>, words: &[String]) -> Result<(), Halt> {
        self.end().await?;
        if self.mode == Mode::Autocommit {
            return Ok(());
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let ended = matches!(tag, Some("BEGIN" | "START TRANSACTION" | "COMMIT" | "PREPARE TRANSACTION"))
            || tag == Some("ROLLBACK") && !rules::goes_back(&words);
        if ended || self.transaction != b'T' {
            return Err(Halt::Forbidden("The statement ended the transaction of this run. Nothing more is run"));
        }
        self.prove_place().await
    }

    async fn prove_place(&mut self) -> Result<(), Halt> {
        let Some(seen) = self.seen.clone() else { return Ok(()) };
        match self.wire.run(place::check(seen.role), &[]).await {
            Err(Fault::Server(_)) => Err(Halt::Forbidden(kernel::list::failure::LEFT)),
            proved => Ok(proved.map(drop)?),
        }
    }

    async fn end(&mut self) -> Result<(), Halt> {
        if !self.synced {
            self.sync().await?;
        }
        let mut failed = None;
        loop {
            match self.message().await? {
                Message::Error(error) => failed = Some(error),
                Message::Ready { transaction } => {
                    self.transaction = transaction;
                    return failed.map_or(Ok(()), |error| Err(Halt::Refused(Box::new(error))));
                }
                _ => {}
            }
        }
    }

    async fn sync(&mut self) -> Result<(), Halt> {
        self.synced = true;
        self.wire.sync();
        Ok(self.wire.flush().await?)
    }

    /// Ends the transaction; whether its changes are kept.
    ///
    /// # Errors
    /// What PostgreSQL refuses at the commit, such as a deferred constraint.
    pub async fn close(mut self, keep: bool) -> Result<bool, Halt> {
        if self.transaction == b'I' {
            return Ok(false);
        }
        let keep = keep && self.transaction == b'T' && self.mode == Mode::Transaction;
        if keep && self.is_in_place() {
            self.wire.run(place::SETTLE, &[]).await?;
            self.prove_place().await?;
        }
        self.wire.run(if keep { "commit" } else { "rollback" }, &[]).await?;
        Ok(keep)
    }

    /// Whether a transaction is open that the text began.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.transaction != b'I'
    }

    /// Whether rows are seen in somebody's place.
    #[must_use]
    pub fn is_in_place(&self) -> bool {
        self.seen.is_some()
    }

    /// Whether somebody asked for it to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancelled
    }

    /// Cancels what runs and leaves the connection, which nobody uses again.
    pub async fn abandon(self) {
        wire::cancel(&self.way, self.wire.key()).await;
    }

    /// The next message; a wish to stop is passed on to the server, which then ends the statement by itself.
    async fn message(&mut self) -> Result<Message, Halt> {
        let Self { wire, stop, cancelled, way, notices, .. } = self;
        loop {
            let message = tokio::select! {
                biased;
                () = stop.notified(), if !*cancelled => {
                    *cancelled = true;
                    wire::cancel(way, wire.key()).await;
                    continue;
                }
                message = wire.next() => message?,
                () = tokio::time::sleep(ENDING), if *cancelled => return Err(Halt::Lost(Fault::Unable("the server doesn't stop".into()))),
            };
            match message {
                Message::Notice(notice) => {
                    // A loop may raise a million of them.
                    if notices.len() < NOTICES {
                        notices.push(notice);
                    }
                }
                message => return Ok(message),
            }
        }
    }
}
