//! From a query to one SQL statement. Names come from the relation and go through `quote`; every value is bound.
//! The text depends on the shape of the query only, so that prepared statements are used again.

mod filter;
mod keyset;
mod order;
mod param;
mod part;
mod records;
mod select;
mod statement;
mod whole;
mod writer;

pub use param::Param;
pub use part::{Part, expressions, part};
pub use records::{Form, Records};
pub use statement::{Predicate, Returning, predicate, returning};
pub use whole::{Whole, whole};

pub(crate) use param::Origins;
pub(crate) use select::{Output, Shorten};
pub(crate) use statement::{Built, CountForm, count, list, one};
