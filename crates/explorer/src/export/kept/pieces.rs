//! A file in pieces of the panel's database: all of one size but the last, so that it is known in which one a byte is, and
//! each sealed for its place, so that none can be moved, and no dump of the panel's database has rows of others in it.

use super::super::log::Sent;
use super::job::{Stop, Work};
use super::store::{self, Export};
use kernel::{App, Caller, Problem, Result};
use secrecy::{ExposeSecret as _, SecretBox};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Bytes of a piece. Each connection of the pool keeps buffers as large as the largest.
pub const PIECE: usize = 512 << 10;
/// How often it is said how far it is.
const SAY_EVERY: Duration = Duration::from_millis(300);

/// Takes a file in, as one attempt at an export makes it.
pub struct Keeper<'a> {
    work: &'a Work<'a>,
    /// Most bytes of it.
    most: u64,
    number: i32,
    said: Instant,
    pub sent: Sent,
}

impl<'a> Keeper<'a> {
    pub fn new(work: &'a Work<'a>, most: u64) -> Self {
        Self { work, most, number: 0, said: Instant::now(), sent: Sent::default() }
    }

    /// Takes whole pieces off the beginning of what has come.
    pub async fn take(&mut self, come: &mut Vec<u8>) -> Result<(), Stop> {
        while come.len() >= PIECE {
            let rest = come.split_off(PIECE);
            let piece = std::mem::replace(come, rest);
            self.keep(piece).await?;
        }
        Ok(())
    }

    /// Keeps the next piece, of which the last is shorter.
    pub async fn keep(&mut self, piece: Vec<u8>) -> Result<(), Stop> {
        if piece.is_empty() {
            return Ok(());
        }
        self.sent.bytes += piece.len() as u64;
        self.fits(self.sent.bytes)?;
        let Work { run, export, .. } = self.work;
        let place = place(export, self.number);
        let app = run.app.clone();
        // A few milliseconds each, and whoever is on this thread has others to serve.
        let sealed = tokio::task::spawn_blocking(move || app.keys.seal(&place, &piece)).await.map_err(Problem::internal)??;
        let ctx = self.work.ctx().await?;
        let is_ours = store::keep(ctx.db(), export, self.number, self.sent, &sealed, ctx.now()).await?;
        ctx.commit().await?;
        if !is_ours {
            return Err(Stop::Overtaken);
        }
        self.number += 1;
        self.tell().await
    }

    /// Whether it may have so many bytes.
    pub fn fits(&self, bytes: u64) -> Result<(), Stop> {
        if bytes <= self.most << 20 {
            return Ok(());
        }
        let (most, key) = (self.most, super::MEGABYTES.key);
        Err(Stop::Fail(Problem::new(
            kernel::problem::Kind::TooLarge,
            format!(
                "The file is larger than {most} MB. Filter, choose fewer columns or download it directly, or have the limit raised: setting {key}."
            ),
        )))
    }

    /// Says how far it is, at times.
    pub async fn tell(&mut self) -> Result<(), Stop> {
        if self.said.elapsed() < SAY_EVERY {
            return Ok(());
        }
        self.said = Instant::now();
        self.work.say(self.sent).await
    }
}

/// One piece as it was made; none when it is not kept any more.
///
/// # Errors
/// When somebody changed it, or the database is away.
pub async fn read(app: &Arc<App>, export: &Export, number: i32) -> Result<Option<SecretBox<Vec<u8>>>> {
    let tx = app.db.begin(&Caller::system("export"), app.clock.now()).await?;
    let sealed = store::piece(tx.db(), export.id, number).await?;
    tx.rollback().await?;
    let Some(sealed) = sealed else { return Ok(None) };
    let (keys, place) = (app.clone(), place(export, number));
    tokio::task::spawn_blocking(move || keys.keys.open(&place, &sealed)).await.map_err(Problem::internal)?.map(Some)
}

/// The bytes of an opened piece between two places of it.
pub fn between(piece: &SecretBox<Vec<u8>>, from: usize, to: usize) -> Option<Vec<u8>> {
    let bytes = piece.expose_secret();
    bytes.get(from..to.min(bytes.len())).filter(|bytes| !bytes.is_empty()).map(<[u8]>::to_vec)
}

/// A piece of one attempt is no piece of another.
fn place(export: &Export, number: i32) -> String {
    format!("explorer.export_pieces|content|{}/{}/{number}", export.id, export.attempt)
}
