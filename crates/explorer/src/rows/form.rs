//! In which form rows are asked for (`Accept`): a list, exactly one object, CSV; objects also without their nulls.

use super::record::Record;
use super::{answer, csv};
use bytes::Bytes;
use http::{HeaderValue, header};
use kernel::endpoint::Response;
use kernel::list::{Query, Relation};
use kernel::problem::Kind;
use kernel::{Call, Problem, Result};
use serde_json::value::{RawValue, to_raw_value};

const OBJECT: &str = "application/vnd.pgrst.object+json";
const ARRAY: &str = "application/vnd.pgrst.array+json";
const STRIPPED_OBJECT: &str = "application/vnd.pgrst.object+json;nulls=stripped";
const STRIPPED_ARRAY: &str = "application/vnd.pgrst.array+json;nulls=stripped";
const CSV: &str = "text/csv; charset=utf-8";

/// For the documents.
pub const KINDS: &[&str] = &["application/json", "application/vnd.pgrst.object+json", "text/csv"];
pub const DESCRIPTION: &str =
    "application/json, application/vnd.pgrst.object+json for exactly one row, or text/csv; ;nulls=stripped leaves nulls out";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    List,
    Object,
    Csv,
}

/// What a caller takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    shape: Shape,
    /// What is null is left out.
    is_stripped: bool,
}

impl Form {
    /// The form that the caller likes best of those that are spoken here.
    ///
    /// # Errors
    /// 406 when it is none of them.
    pub fn of(call: &Call) -> Result<Self> {
        match call.header("accept") {
            None => Ok(Self { shape: Shape::List, is_stripped: false }),
            Some(accept) => Self::read(accept).ok_or_else(|| {
                Problem::new(
                    Kind::NotAcceptable,
                    format!("{accept} can't be answered; rows come as application/json, {OBJECT} or text/csv"),
                )
                .with("code", "PGRST107")
            }),
        }
    }

    fn read(accept: &str) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for kind in accept.split(',') {
            let mut parts = kind.split(';').map(str::trim);
            let shape = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "" | "*/*" | "application/*" | "application/json" | ARRAY | "application/vnd.pgrst.array" => Shape::List,
                OBJECT | "application/vnd.pgrst.object" => Shape::Object,
                "text/csv" | "text/*" => Shape::Csv,
                _ => continue,
            };
            let (mut quality, mut is_stripped) = (1.0, false);
            for (name, value) in parts.filter_map(|part| part.split_once('=')) {
                match name.trim() {
                    "q" => quality = value.trim().parse().unwrap_or_default(),
                    "nulls" => is_stripped = value.trim() == "stripped",
                    _ => {}
                }
            }
            if quality > best.as_ref().map_or(0.0, |(known, _)| *known) {
                best = Some((quality, Self { shape, is_stripped }));
            }
        }
        best.map(|(_, form)| form)
    }

    /// Whether exactly one row is asked for.
    #[must_use]
    pub fn is_object(self) -> bool {
        self.shape == Shape::Object
    }

    #[must_use]
    pub fn is_csv(self) -> bool {
        self.shape == Shape::Csv
    }

    /// A list of `rows` objects in this form; `relation` and `query` are what it is a list of.
    ///
    /// # Errors
    /// 406 when one row was asked for and there isn't exactly one.
    pub fn of_rows(self, body: Bytes, rows: usize, relation: &Relation, query: &Query) -> Result<Bytes> {
        match self.shape {
            Shape::Csv => csv::page(relation, query, &body),
            Shape::Object if rows != 1 => Err(answer::not_one(rows)),
            Shape::Object => self.of_value(body.slice(1..body.len() - 1)),
            Shape::List => self.of_value(body),
        }
    }

    /// A value without its nulls, where that is asked for.
    ///
    /// # Errors
    /// Never with JSON.
    pub fn of_value(self, body: Bytes) -> Result<Bytes> {
        if !self.is_stripped {
            return Ok(body);
        }
        let value: &RawValue = serde_json::from_slice(&body).map_err(Problem::internal)?;
        Ok(Bytes::from(stripped(value)?.get().to_owned()))
    }

    /// Says in the answer which form it has.
    pub fn name(self, response: &mut Response) {
        let kind = match (self.shape, self.is_stripped) {
            (Shape::List, false) => return,
            (Shape::List, true) => STRIPPED_ARRAY,
            (Shape::Object, false) => OBJECT,
            (Shape::Object, true) => STRIPPED_OBJECT,
            (Shape::Csv, _) => CSV,
        };
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
}

/// Objects at any depth without what is null in them; nulls in lists stay.
fn stripped(value: &RawValue) -> Result<Box<RawValue>> {
    let text = value.get();
    let made = match text.as_bytes().first() {
        Some(b'{') => {
            let record: Record = serde_json::from_str(text).map_err(Problem::internal)?;
            let kept = record.0.iter().filter(|(_, value)| value.get() != "null");
            to_raw_value(&Record(kept.map(|(name, value)| Ok((name.clone(), stripped(value)?))).collect::<Result<_>>()?))
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text).map_err(Problem::internal)?;
            to_raw_value(&items.into_iter().map(stripped).collect::<Result<Vec<_>>>()?)
        }
        _ => return Ok(value.to_owned()),
    };
    made.map_err(Problem::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_that_is_liked_best_counts() {
        let form = |accept: &str| Form::read(accept).map(|form| (form.shape, form.is_stripped));
        assert_eq!(form("*/*"), Some((Shape::List, false)));
        assert_eq!(form("text/csv"), Some((Shape::Csv, false)));
        assert_eq!(form("application/json;q=0.5, text/csv"), Some((Shape::Csv, false)));
        assert_eq!(form("text/html, application/vnd.pgrst.object+json; nulls=stripped"), Some((Shape::Object, true)));
        assert_eq!(form("application/vnd.pgrst.array+json;nulls=stripped"), Some((Shape::List, true)));
        assert_eq!(form("image/png, application/json;q=0"), None);
    }

    #[test]
    fn nulls_are_left_out_of_objects_at_any_depth() {
        let form = Form { shape: Shape::List, is_stripped: true };
        let body = Bytes::from_static(br#"[{"a":null,"b":{"c":null,"n":1.10},"d":[null,{"e":null}]}]"#);
        assert_eq!(form.of_value(body).unwrap(), &br#"[{"b":{"n":1.10},"d":[null,{}]}]"#[..]);
    }
}
