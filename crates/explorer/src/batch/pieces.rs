//! What rows were before a batch, in pieces that are signed: what somebody put there by hand is never written into a row.

use kernel::problem::Kind;
use kernel::secret::{Keyring, same};
use kernel::{Problem, Result};
use uuid::Uuid;

/// A key, and the values that are kept of its row; all as PostgreSQL writes them.
pub type Row = (Vec<String>, Vec<Option<String>>);

/// Rows that one transaction, or one step of it, changed.
#[derive(Debug)]
pub struct Piece {
    pub number: i32,
    /// The transaction that changed them: it is the version that they have since.
    pub txid: i64,
    pub rows: i64,
    /// None when it was too much to be kept.
    pub content: Option<String>,
    pub signature: Option<Vec<u8>>,
}

/// Rows that are still to be changed.
pub struct Waiting {
    pub number: i32,
    pub keys: Vec<Vec<String>>,
    /// The transaction of an attempt that broke off while it was committing.
    pub txid: Option<i64>,
}

impl Piece {
    /// # Errors
    /// Never with texts.
    pub fn of(keys: &Keyring, batch: Uuid, number: i32, txid: i64, rows: &[Row], keeping: bool) -> Result<Self> {
        let content = if keeping { Some(serde_json::to_string(rows).map_err(Problem::internal)?) } else { None };
        let signature = content.as_ref().map(|content| sign(keys, batch, number, txid, content));
        Ok(Self { number, txid, rows: i64::try_from(rows.len()).unwrap_or(i64::MAX), content, signature })
    }

    /// Its rows, as the panel wrote them.
    ///
    /// # Errors
    /// 409 when they aren't there any more, or somebody else wrote them.
    pub fn read(&self, keys: &Keyring, batch: Uuid) -> Result<Vec<Row>> {
        let gone = |why: &str| Problem::new(Kind::Conflict, format!("{why}, so nothing was taken back")).titled("This can't be undone");
        let (Some(content), Some(signature)) = (&self.content, &self.signature) else {
            return Err(gone("What the rows were before is not kept any more"));
        };
        if !same(&sign(keys, batch, self.number, self.txid, content), signature) {
            return Err(gone("What is kept of this batch was not written by this panel, or was changed since"));
        }
        serde_json::from_str(content).map_err(Problem::internal)
    }

    /// The version of rows that it changed, as long as nobody changed them again: the low half of its number.
    #[must_use]
    pub fn version(&self) -> String {
        (self.txid & 0xffff_ffff).to_string()
    }
}

fn sign(keys: &Keyring, batch: Uuid, number: i32, txid: i64, content: &str) -> Vec<u8> {
    keys.sign("explorer-batch", format!("{batch}|{number}|{txid}|{content}").as_bytes())
}
