//! A change of a row as the audit log has it, with the values that the log cut where they were kept.

use super::kept::{Sides, Whole};
use crate::catalogue::{Category, Column, Table};
use crate::rows::audit::{LONGEST, short};
use crate::rows::record::Record;
use chrono::{DateTime, Utc};
use kernel::{Problem, Result};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

/// The text of an entry, as far as a change needs it.
#[derive(Debug, Deserialize)]
pub struct Entry {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub actor_label: String,
    pub subject_label: Option<String>,
    pub action: String,
    pub target_id: Option<String>,
    pub changes: Changed,
    pub request_id: String,
    pub detail: Option<String>,
}

/// Columns and both sides of each, in the order of the log.
#[derive(Debug)]
pub struct Changed(pub Vec<(String, Sides)>);

impl<'de> Deserialize<'de> for Changed {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let record = Record::deserialize(deserializer)?;
        let sides = |(name, raw): (String, Box<RawValue>)| Ok((name, serde_json::from_str(raw.get()).map_err(serde::de::Error::custom)?));
        record.0.into_iter().map(sides).collect::<Result<_, _>>().map(Self)
    }
}

/// What is known of one value.
#[derive(Clone, Debug)]
pub enum Known {
    /// All of it.
    Whole(Box<RawValue>),
    /// As the log shows it, of which something is missing.
    Cut(Value),
}

/// One column of a change.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub before: Known,
    pub after: Known,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Create,
    Update,
    Delete,
}

impl Entry {
    /// # Errors
    /// 404 when the entry is about something else than a row.
    pub fn kind(&self) -> Result<Kind> {
        match self.action.as_str() {
            "rows.create" => Ok(Kind::Create),
            "rows.update" => Ok(Kind::Update),
            "rows.delete" => Ok(Kind::Delete),
            _ => Err(Problem::not_found(format_args!("change of a row {}", self.id))),
        }
    }

    /// Its columns, as far as the table still has them and they may be read.
    #[must_use]
    pub fn fields(&self, table: &Table, kept: Option<&Whole>) -> Vec<Field> {
        let readable = |name: &str| table.column(name).filter(|column| column.readable);
        let made = |(name, sides): &(String, Sides)| {
            let column = readable(name)?;
            let whole = kept.and_then(|kept| kept.get(name));
            Some(Field {
                name: name.clone(),
                before: known(column, sides.before.as_deref(), whole.and_then(|sides| sides.before.as_deref())),
                after: known(column, sides.after.as_deref(), whole.and_then(|sides| sides.after.as_deref())),
            })
        };
        self.changes.0.iter().filter_map(made).collect()
    }
}

fn known(column: &Column, shown: Option<&RawValue>, kept: Option<&RawValue>) -> Known {
    let shown = shown.unwrap_or(RawValue::NULL);
    match kept {
        Some(kept) => Known::Whole(kept.to_owned()),
        None if may_be_cut(column.category, shown) || column.sensitive && shown.get() != "null" => {
            Known::Cut(serde_json::from_str(shown.get()).unwrap_or_default())
        }
        None => Known::Whole(shown.to_owned()),
    }
}

/// Whether a value in the log may be less than what was there.
fn may_be_cut(category: Category, shown: &RawValue) -> bool {
    let json = shown.get();
    match category {
        _ if json == "null" => false,
        Category::Bytea => true,
        // JSON that can't be shown without loss is a text.
        Category::Json | Category::Array => json.len() > LONGEST || json.starts_with('"'),
        _ => json.len() > LONGEST,
    }
}

impl Known {
    /// NULL, which is also what a value is that the log doesn't name.
    #[must_use]
    pub fn null() -> Self {
        Self::Whole(RawValue::NULL.to_owned())
    }

    /// Whether a value of a row is this, as far as can be told.
    #[must_use]
    pub fn is(&self, category: Category, value: Option<&RawValue>) -> bool {
        let value = value.unwrap_or(RawValue::NULL);
        match self {
            Self::Whole(known) => known.get() == value.get() || short(category, known) == short(category, value),
            Self::Cut(shown) => *shown == short(category, value),
        }
    }

    /// For people: cut again when it is long.
    #[must_use]
    pub fn shown(&self, category: Category) -> Value {
        match self {
            Self::Whole(value) => short(category, value),
            Self::Cut(shown) => shown.clone(),
        }
    }

    #[must_use]
    pub fn whole(&self) -> Option<&RawValue> {
        match self {
            Self::Whole(value) => Some(value),
            Self::Cut(_) => None,
        }
    }
}

/// The values of a key as the log joins them.
#[must_use]
pub fn key_values(text: &str, columns: usize) -> Option<Vec<String>> {
    if columns == 1 {
        return Some(vec![text.to_owned()]);
    }
    let mut values = vec![String::new()];
    let mut letters = text.chars();
    let mut is_quoted = false;
    while let Some(letter) = letters.next() {
        let value = values.last_mut()?;
        match letter {
            '"' => is_quoted = !is_quoted,
            '\\' if is_quoted => value.push(letters.next()?),
            ',' if !is_quoted => values.push(String::new()),
            _ => value.push(letter),
        }
    }
    (!is_quoted && values.len() == columns).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::key_values;
    use crate::rows::audit::joined;

    #[test]
    fn a_key_is_read_as_it_was_written() {
        for key in [vec!["1"], vec!["a,\"b\\"], vec!["", "x"], vec!["x,y", "1"], vec!["\"", "\\", ",", "ü"]] {
            let key: Vec<String> = key.into_iter().map(str::to_owned).collect();
            assert_eq!(key_values(&joined(&key), key.len()), Some(key));
        }
        assert_eq!(key_values("1,x", 2), Some(vec!["1".into(), "x".into()]));
        assert_eq!(key_values("1,x,2", 2), None);
        assert_eq!(key_values("\"1,x", 2), None);
    }
}
