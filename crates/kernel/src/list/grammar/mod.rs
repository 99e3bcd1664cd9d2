//! The grammar of list parameters, PostgREST's: filters, `select`, `order`, paging.
//!
//! Reading is total: any text either becomes a [`Query`] or a problem that names the parameter and says what
//! would be right. Nothing here makes SQL; the builder takes names from the relation and binds every value.

mod check;
mod filter;
mod operator;
mod order;
mod query;
mod render;
mod scan;
mod select;
mod tree;

pub use operator::{Operator, Quantifier};
pub use query::Query;
pub(crate) use render::field as field_text;
pub use render::render;
pub use select::cast;
pub use tree::{Condition, Direction, Field, Is, Item, Node, Nulls, OrderKey, Selection, Step, Value};

/// Nesting of `and`/`or` groups.
pub const MAX_DEPTH: usize = 10;
/// Conditions in one query, over all parameters.
pub const MAX_CONDITIONS: usize = 200;
/// Values in one `in.(…)`.
pub const MAX_LIST: usize = 1_000;
/// Characters of all parameters together, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;
/// Columns in `order`.
pub const MAX_ORDER: usize = 16;
/// Columns in `select`.
pub const MAX_SELECT: usize = 1_700;
/// Arrows in one JSON path.
pub const MAX_STEPS: usize = 16;
pub const DEFAULT_LIMIT: u32 = 100;
pub const MAX_LIMIT: u32 = 1_000;
pub const MAX_OFFSET: u32 = 100_000;
