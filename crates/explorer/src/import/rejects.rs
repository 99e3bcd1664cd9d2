//! Rows that were refused: kept, so that they can be put right, as long as there aren't too many; then only counted.

use super::batch::Reject;
use super::store;
use super::view::{Refused, SHOWN};
use super::write::Tally;
use kernel::{App, Caller, Result};
use std::sync::Arc;
use uuid::Uuid;

/// Rows that are kept of one import.
const MOST: usize = 10_000;
const MOST_BYTES: usize = 16 << 20;
/// Refused rows after which an import of all or nothing needs to know no more.
const ENOUGH: u64 = 1000;

pub struct Rejects {
    id: Uuid,
    /// Whether one is enough for nothing to be imported.
    whole: bool,
    kept: usize,
    bytes: usize,
    pub shown: Vec<Refused>,
}

impl Rejects {
    pub fn new(id: Uuid, whole: bool) -> Self {
        Self { id, whole, kept: 0, bytes: 0, shown: Vec::new() }
    }

    /// # Errors
    /// When the panel's database is away.
    pub async fn keep(&mut self, app: &Arc<App>, mut rejects: Vec<Reject>) -> Result<()> {
        self.shown.extend(rejects.iter().take(SHOWN.saturating_sub(self.shown.len())).map(Refused::from));
        rejects.truncate(MOST.saturating_sub(self.kept));
        let mut room = MOST_BYTES.saturating_sub(self.bytes);
        let fits = |reject: &Reject| {
            let size = reject.content.len() + reject.reason.len();
            let fits = size <= room;
            room = room.saturating_sub(size);
            fits
        };
        let count = rejects.iter().map(fits).take_while(|fits| *fits).count();
        rejects.truncate(count);
        if rejects.is_empty() {
            return Ok(());
        }
        let first = i32::try_from(self.kept).unwrap_or(i32::MAX);
        let tx = app.db.begin(&Caller::system("import"), app.clock.now()).await?;
        store::keep_rejects(tx.db(), self.id, first, &rejects).await?;
        tx.commit().await?;
        self.kept += rejects.len();
        self.bytes += rejects.iter().map(|reject| reject.content.len() + reject.reason.len()).sum::<usize>();
        Ok(())
    }

    /// Whether going on would tell nothing new: all or nothing is decided, or hardly anything fits.
    pub fn are_enough(&self, tally: &Tally) -> bool {
        (self.whole && tally.rejected >= ENOUGH) || hardly_fits(tally)
    }

    /// Why nothing is imported; none when something is.
    pub fn why(&self, tally: &Tally) -> Option<String> {
        let (refused, of) = (tally.rejected, tally.rows);
        if refused == 0 {
            return None;
        }
        if hardly_fits(tally) {
            return Some(format!("Nothing was imported: {refused} of the first {of} rows don't fit. Perhaps the columns are mixed up."));
        }
        if self.whole {
            return Some(format!("Nothing was imported, since not every row fits: {refused} of {of} were refused"));
        }
        (refused == of).then(|| format!("Nothing was imported: none of the {of} rows fits"))
    }
}

fn hardly_fits(tally: &Tally) -> bool {
    tally.rejected >= MOST as u64 && tally.rejected.saturating_mul(2) > tally.rows
}
