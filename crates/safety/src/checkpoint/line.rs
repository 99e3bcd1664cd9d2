//! One statement: a line of JSON whose last member signs the text before it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use kernel::secret::{Keyring, same};
use kernel::{Problem, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use uuid::Uuid;

const PURPOSE: &str = "audit-checkpoint";
const SIGNATURE: &str = ",\"signature\":\"";

/// How far a chain is: its last row's number, and the hash that it has there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub seq: i64,
    /// Base64.
    pub hash: String,
}

impl Head {
    #[must_use]
    pub fn new(seq: i64, hash: &[u8]) -> Self {
        Self { seq, hash: STANDARD.encode(hash) }
    }
}

/// Heads by the name of their chain.
pub type Heads = BTreeMap<String, Head>;

/// What a line says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Statement {
    /// Which folder's lines it belongs to.
    pub series: Uuid,
    pub number: i64,
    pub at: DateTime<Utc>,
    /// Hash of the line before it; the first of a series has none.
    pub previous: Option<String>,
    /// Whether every head is in it; otherwise those that moved since the line before.
    pub whole: bool,
    pub heads: Heads,
}

impl Statement {
    /// The line, without its end.
    ///
    /// # Errors
    /// Never: it is plain data.
    pub fn line(&self, keys: &Keyring) -> Result<String> {
        let mut text = serde_json::to_string(self).map_err(Problem::internal)?;
        text.pop();
        let signature = STANDARD.encode(keys.sign(PURPOSE, text.as_bytes()));
        Ok(format!("{text}{SIGNATURE}{signature}\"}}"))
    }

    /// Reads a line of ours; none when it isn't, or was changed.
    #[must_use]
    pub fn read(keys: &Keyring, line: &str) -> Option<Self> {
        let (text, signature) = line.strip_suffix("\"}")?.rsplit_once(SIGNATURE)?;
        let signature = STANDARD.decode(signature).ok()?;
        if !same(&keys.sign(PURPOSE, text.as_bytes()), &signature) {
            return None;
        }
        serde_json::from_str(&format!("{text}}}")).ok()
    }
}

/// What the next line names as the one before.
#[must_use]
pub fn digest(line: &str) -> String {
    STANDARD.encode(Sha256::digest(line.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement() -> Statement {
        let heads = [("platform".to_owned(), Head::new(7, &[1, 2, 3]))].into_iter().collect();
        Statement { series: Uuid::nil(), number: 1, at: DateTime::UNIX_EPOCH, previous: None, whole: true, heads }
    }

    #[test]
    fn a_line_is_read_as_it_was_written_and_only_so() {
        let keys = Keyring::new([7; 32]);
        let line = statement().line(&keys).unwrap();
        let read = Statement::read(&keys, &line).unwrap();
        assert_eq!((read.number, read.heads), (1, statement().heads));
        assert!(Statement::read(&keys, &line.replace("\"seq\":7", "\"seq\":6")).is_none());
        assert!(Statement::read(&Keyring::new([8; 32]), &line).is_none());
        assert!(Statement::read(&keys, "").is_none() && Statement::read(&keys, "{}").is_none());
        assert!(Statement::read(&keys, &line[..line.len() - 5]).is_none());
    }
}
