//! The list engine: one grammar, one SQL builder and one JSON writer for every list in the product, be it a
//! panel resource (declared fields) or any table of a connected database (columns from the catalogue).
//!
//! The way of a list: [`Query::parse`] reads the parameters against a [`Relation`] → `sql` builds one statement,
//! everything bound → [`page`] runs it in one pipelined read-only transaction and writes the rows as JSON straight
//! from PostgreSQL's binary values. `docs/api.md` ("Lists: one grammar") is the contract.

pub mod answer;
pub mod count;
pub mod cursor;
pub mod failure;
pub mod grammar;
pub mod json;
mod page;
pub mod quote;
mod relation;
mod run;
mod seen_as;
pub mod sql;
mod transaction;
pub mod types;
pub mod within;

pub use count::{Count, Counting, count};
pub use grammar::{Node, OrderKey, Query, Selection};
pub use page::Page;
pub use quote::{quote, quote_qualified};
pub use relation::{Column, Fixed, Given, Relation};
pub use run::{Object, Row, one, page, select};
pub use seen_as::{DatabaseRole, SeenAs};
pub use sql::{Form, Param, Part, Predicate, Records, Returning, Whole, expressions, part, predicate, returning, whole};
pub use transaction::Preamble;
pub use types::{ColumnType, Encoding, Kind, Own, Scalar};
