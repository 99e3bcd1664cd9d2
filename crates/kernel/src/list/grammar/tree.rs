//! The syntax tree of a list query.

use super::operator::{Operator, Quantifier};

/// A column, perhaps with a JSON path into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub column: String,
    pub steps: Vec<Step>,
}

/// One arrow of a JSON path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `->key`: stays JSON.
    Key(String),
    /// `->2`: stays JSON.
    Index(i32),
    /// `->>key`: text; always the last.
    KeyText(String),
    /// `->>2`: text; always the last.
    IndexText(i32),
}

impl Step {
    /// Whether what it gives is text rather than JSON.
    #[must_use]
    pub fn gives_text(&self) -> bool {
        matches!(self, Self::KeyText(_) | Self::IndexText(_))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    Condition(Condition),
    /// `any`: or; otherwise and.
    Group {
        negated: bool,
        any: bool,
        nodes: Vec<Node>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The request parameter it came from, for messages.
    pub parameter: String,
    pub field: Field,
    pub negated: bool,
    pub operator: Operator,
    pub value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    One(String),
    /// `eq(any).{a,b}`: an array literal.
    Quantified(Quantifier, String),
    /// `in.(a,b)`.
    List(Vec<String>),
    Is(Is),
    /// `fts(english).text`.
    Search {
        config: Option<String>,
        text: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Is {
    Null,
    NotNull,
    True,
    False,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    First,
    Last,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderKey {
    pub field: Field,
    pub direction: Direction,
    /// `None`: as PostgreSQL does, last when ascending and first when descending.
    pub nulls: Option<Nulls>,
}

/// What `select` asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Empty: every selectable column.
    pub items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The key in the JSON object.
    pub key: String,
    pub field: Field,
    /// A type name from the fixed list in `select.rs`.
    pub cast: Option<&'static str>,
}

impl Field {
    #[must_use]
    pub fn column(name: impl Into<String>) -> Self {
        Self { column: name.into(), steps: Vec::new() }
    }
}

impl OrderKey {
    #[must_use]
    pub fn new(column: impl Into<String>, direction: Direction) -> Self {
        Self { field: Field::column(column), direction, nulls: None }
    }
}

impl Condition {
    /// `column = value`.
    #[must_use]
    pub fn equals(column: impl Into<String>, value: impl Into<String>) -> Self {
        let column = column.into();
        Self {
            parameter: column.clone(),
            field: Field::column(column),
            negated: false,
            operator: Operator::Eq,
            value: Value::One(value.into()),
        }
    }
}
