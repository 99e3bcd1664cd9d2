//! Cursors: where a page ended, as opaque text that only the same order can read.

use super::grammar::{Direction, Nulls, OrderKey, field_text};
use crate::problem::Problem;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The position between two rows of an ordered list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Fingerprint of the order.
    #[serde(rename = "o")]
    order: String,
    /// The page lies before the position, not after it.
    #[serde(rename = "b", default, skip_serializing_if = "std::ops::Not::not")]
    pub backward: bool,
    /// Rows before the page, as far as the pages so far tell; only lists without a key rely on it.
    #[serde(rename = "n")]
    pub offset: u64,
    /// The keys' values in PostgreSQL's text form.
    #[serde(rename = "v", default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Option<String>>,
}

/// Longest cursor read: values of many kilobytes are no sensible sort keys.
const MAX_BYTES: usize = 64 * 1024;

impl Cursor {
    #[must_use]
    pub fn new(order: &str, backward: bool, offset: u64, values: Vec<Option<String>>) -> Self {
        Self { order: order.to_owned(), backward, offset, values }
    }

    #[must_use]
    pub fn write(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// # Errors
    /// A `filter` problem on `cursor`: not a cursor, or one of another order.
    pub fn read(text: &str, order: &str, values: usize) -> Result<Self, Problem> {
        let broken = || Problem::filter("cursor", "is not a cursor of this list; take it from Next-Cursor or Prev-Cursor");
        if text.len() > MAX_BYTES {
            return Err(broken());
        }
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| broken())?;
        let cursor: Self = serde_json::from_slice(&json).map_err(|_| broken())?;
        if cursor.order != order {
            return Err(Problem::filter("cursor", "belongs to another order; start again without it"));
        }
        let has_nul = cursor.values.iter().flatten().any(|v| v.contains('\0'));
        if cursor.values.len() != values || has_nul || cursor.offset > i64::MAX as u64 {
            return Err(broken());
        }
        Ok(cursor)
    }
}

/// Names an order in a few characters.
#[must_use]
pub fn fingerprint(order: &[OrderKey]) -> String {
    let mut hash = Sha256::new();
    for key in order {
        hash.update(field_text(&key.field));
        hash.update(match key.direction {
            Direction::Ascending => ".a",
            Direction::Descending => ".d",
        });
        hash.update(match key.nulls {
            None => ",",
            Some(Nulls::First) => "f,",
            Some(Nulls::Last) => "l,",
        });
    }
    URL_SAFE_NO_PAD.encode(&hash.finalize()[..6])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back() {
        let order = fingerprint(&[OrderKey::new("a", Direction::Ascending)]);
        let cursor = Cursor::new(&order, true, 7, vec![Some("x\"é".into()), None]);
        assert_eq!(Cursor::read(&cursor.write(), &order, 2).unwrap(), cursor);
    }

    #[test]
    fn foreign_and_broken_cursors_are_refused() {
        let ascending = fingerprint(&[OrderKey::new("a", Direction::Ascending)]);
        let descending = fingerprint(&[OrderKey::new("a", Direction::Descending)]);
        assert_ne!(ascending, descending);
        let text = Cursor::new(&ascending, false, 0, vec![Some("1".into())]).write();
        let other = Cursor::read(&text, &descending, 1).unwrap_err();
        assert!(other.detail().contains("another order"), "{}", other.detail());
        for text in ["", "%%%", "e30", "bm90IGpzb24", &text[..text.len() - 3]] {
            assert!(Cursor::read(text, &ascending, 1).is_err(), "{text}");
        }
        assert!(Cursor::read(&text, &ascending, 2).is_err());
    }
}
