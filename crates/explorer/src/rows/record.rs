//! One row as JSON, its values kept as they were written: no number is rounded, no key reordered.

use kernel::list::Selection;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use std::fmt;

/// Names and values, in order.
#[derive(Clone, Debug, Default)]
pub struct Record(pub Vec<(String, Box<RawValue>)>);

impl Record {
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&RawValue> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| &**value)
    }

    /// A value as PostgreSQL writes it, for identifying the row; empty when it isn't there.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        self.get(name).and_then(plain).unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Record;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of column names and values")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
                let mut fields: Vec<(String, Box<RawValue>)> = Vec::with_capacity(map.size_hint().unwrap_or(16));
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    if fields.iter().any(|(known, _)| *known == name) {
                        return Err(A::Error::custom(format_args!("{name} is given twice")));
                    }
                    fields.push((name, value));
                }
                Ok(Record(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// Text of a scalar without its quotes; `None` for NULL.
pub fn plain(value: &RawValue) -> Option<String> {
    match value.get() {
        "null" => None,
        text if text.starts_with('"') => serde_json::from_str(text).ok(),
        text => Some(text.to_owned()),
    }
}

/// The columns that `select` asks for, as they are.
#[must_use]
pub fn project(record: &Record, selection: &Selection) -> Record {
    if selection.items.is_empty() {
        return record.clone();
    }
    let value = |name: &str| record.get(name).unwrap_or(RawValue::NULL).to_owned();
    Record(selection.items.iter().map(|item| (item.key.clone(), value(&item.field.column))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_as_they_were_written() {
        let text = r#"{"n":12345678901234567890.10,"b":"x","a":[1,2]}"#;
        let record: Record = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&record).unwrap(), text);
        assert_eq!(record.text("n"), "12345678901234567890.10");
        assert_eq!(record.text("b"), "x");
        assert!(serde_json::from_str::<Record>(r#"{"a":1,"a":2}"#).unwrap_err().to_string().contains("a is given twice"));
        assert!(serde_json::from_str::<Record>("[1]").is_err());
    }
}
