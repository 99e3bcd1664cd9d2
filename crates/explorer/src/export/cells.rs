//! What formats of typed columns have in common: a column's name and form, and a row taken apart.

use kernel::list::Encoding;
use kernel::problem::Kind;
use kernel::{Problem, Result};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::fmt;

/// The columns of a file, in order.
#[derive(Clone, Debug)]
pub struct Cells {
    pub columns: Vec<(String, Encoding)>,
}

/// The values of a row in the order of its columns: every row has all of them.
///
/// # Errors
/// Never with what the list engine wrote.
pub fn row_of(json: &[u8]) -> Result<Vec<Box<RawValue>>> {
    let row: Row = serde_json::from_slice(json).map_err(Problem::internal)?;
    Ok(row.0)
}

struct Row(Vec<Box<RawValue>>);

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Values;
        impl<'de> Visitor<'de> for Values {
            type Value = Row;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row, A::Error> {
                let mut values = Vec::with_capacity(map.size_hint().unwrap_or(16));
                while let Some((_, value)) = map.next_entry::<serde::de::IgnoredAny, Box<RawValue>>()? {
                    values.push(value);
                }
                Ok(Row(values))
            }
        }
        deserializer.deserialize_map(Values)
    }
}

/// A row that the format can't hold.
#[must_use]
pub fn invalid(detail: String) -> Problem {
    Problem::new(Kind::Validation, detail)
}
