//! Columns whose values are rows of another relation: how they come, and how they are shown.

use super::select::Output;
use std::sync::Arc;

/// How rows stand inside of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An object, or null: the column is a record.
    One,
    /// A list of objects: the column is an array of records.
    Many,
    /// The record's columns beside those of the row that it is in.
    Spread,
    /// The same for an array of records, each column as the list of its values.
    SpreadMany,
}

/// What a column of records holds; made by [`super::Part::records`].
#[derive(Clone, Debug)]
pub struct Records {
    pub(crate) form: Form,
    pub(crate) outputs: Arc<[Output]>,
}
