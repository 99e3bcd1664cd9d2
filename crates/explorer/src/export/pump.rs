//! From the database to whoever reads, at the pace of the slower: a full channel stops the reading, a reader that is
//! gone or takes nothing for a minute ends it, so that no connection is held for nobody.

use super::file;
use super::log::{Log, Sent};
use bytes::Bytes;
use deadpool_postgres::{ClientWrapper, Object};
use kernel::body::{Body, StreamError};
use kernel::{Problem, Result};
use std::io::SeekFrom;
use std::time::Duration;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{self, Sender};

/// Bytes that are sent together.
const CHUNK: usize = 64 << 10;
/// Chunks that wait for the reader.
const WAITING: usize = 4;
/// A reader that takes nothing for so long is given up.
const PATIENCE: Duration = Duration::from_secs(60);
/// One state of the source, however long it takes to read.
const BEGIN: &str = "begin isolation level repeatable read read only";
/// Ends by itself what nobody would wait for.
const LONGEST: &str = "1h";

/// A connection with an open transaction. Left before its end it is closed, which ends what it was reading.
pub struct Reading(Option<Object>);

impl Reading {
    /// # Errors
    /// When the source is away.
    pub async fn begin(conn: Object) -> Result<Self> {
        Self::lasting(conn, LONGEST).await
    }

    /// `longest`: how long a statement may take, as PostgreSQL writes it.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub async fn lasting(conn: Object, longest: &str) -> Result<Self> {
        let reading = Self(Some(conn));
        reading.client()?.batch_execute(&format!("{BEGIN}; set local statement_timeout = '{longest}'")).await?;
        Ok(reading)
    }

    /// # Errors
    /// Never before the end.
    pub fn client(&self) -> Result<&ClientWrapper> {
        self.0.as_deref().ok_or_else(|| Problem::internal("the transaction has ended"))
    }

    /// # Errors
    /// When the source is away.
    pub async fn end(mut self) -> Result<()> {
        self.client()?.batch_execute("commit").await?;
        drop(self.0.take());
        Ok(())
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if let Some(conn) = self.0.take() {
            drop(Object::take(conn));
        }
    }
}

/// Why it ended before its end.
pub enum Stop {
    Reader(&'static str),
    Database(Problem),
}

impl Stop {
    /// For the log.
    pub fn why(self) -> String {
        match self {
            Self::Reader(why) => why.to_owned(),
            Self::Database(problem) => problem.detail().to_owned(),
        }
    }
}

/// The body of the answer, which somebody else fills from now on.
pub fn send(reading: Reading, file: file::File, log: Log, place: OwnedSemaphorePermit) -> Body {
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        let mut sent = Sent::default();
        let ended = pump(reading, file, &sender, &mut sent).await;
        drop(place);
        let why = ended.err().map(Stop::why);
        let is_whole = why.is_none();
        log.end(&format!("{} rows, {} bytes sent", sent.rows, sent.bytes), why).await;
        if !is_whole {
            // Without it the reader would take what there is for the whole, whenever they read on.
            drop(sender.send(Err(StreamError)).await);
        }
    });
    Body::Stream(receiver)
}

async fn pump(reading: Reading, mut file: file::File, sender: &Sender<Result<Bytes, StreamError>>, sent: &mut Sent) -> Result<(), Stop> {
    // The first line leaves at once: whoever waits sees that it has begun.
    let mut chunk = file.head().map_err(Stop::Database)?;
    let mut full = 1;
    loop {
        if chunk.len() >= full {
            full = CHUNK;
            sent.bytes += chunk.len() as u64;
            give(sender, std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK + CHUNK / 8))).await?;
        }
        let more = tokio::select! {
            biased;
            more = file.next(&mut chunk) => more.map_err(Stop::Database)?,
            () = sender.closed() => return Err(Stop::Reader("the reader went away")),
        };
        if !more {
            break;
        }
        sent.rows += 1;
    }
    reading.end().await.map_err(Stop::Database)?;
    sent.bytes += chunk.len() as u64;
    if !chunk.is_empty() {
        give(sender, chunk).await?;
    }
    match file.rest().await.map_err(Stop::Database)? {
        Some(rest) => read(File::from_std(rest), sender, sent).await,
        None => Ok(()),
    }
}

/// Sends a file that is on disk.
async fn read(mut file: File, sender: &Sender<Result<Bytes, StreamError>>, sent: &mut Sent) -> Result<(), Stop> {
    file.seek(SeekFrom::Start(0)).await.map_err(|error| Stop::Database(Problem::internal(error)))?;
    loop {
        let mut chunk = Vec::with_capacity(CHUNK);
        let read =
            (&mut file).take(CHUNK as u64).read_to_end(&mut chunk).await.map_err(|error| Stop::Database(Problem::internal(error)))?;
        if read == 0 {
            return Ok(());
        }
        sent.bytes += read as u64;
        give(sender, chunk).await?;
    }
}

/// Hands over what comes next.
///
/// # Errors
/// When whoever reads is gone, or takes nothing.
pub async fn give(sender: &Sender<Result<Bytes, StreamError>>, chunk: Vec<u8>) -> Result<(), Stop> {
    match tokio::time::timeout(PATIENCE, sender.send(Ok(chunk.into()))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Stop::Reader("the reader went away")),
        Err(_) => Err(Stop::Reader("the reader took nothing for a minute")),
    }
}
