//! Bound values. All travel as text: PostgreSQL reads each as the type that its place in the statement has, so
//! the engine needs to know no input syntax, and an invalid value is refused by the server, never rewritten by us.

use crate::list::failure::Risk;
use bytes::BytesMut;
use postgres_types::{Format, IsNull, ToSql, Type, to_sql_checked};
use std::error::Error;

/// A value of any type in PostgreSQL's text form; `None` is NULL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param(pub Option<String>);

impl Param {
    #[must_use]
    pub fn text(value: impl Into<String>) -> Self {
        Self(Some(value.into()))
    }
}

impl ToSql for Param {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        Ok(match &self.0 {
            Some(text) => {
                out.extend_from_slice(text.as_bytes());
                IsNull::No
            }
            None => IsNull::Yes,
        })
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

/// Which request parameter each bound value and each piece of the SQL came from, so that a refusal by the
/// server can name it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins {
    /// By bound value: the request parameter, and the value for the message.
    pub(crate) params: Vec<String>,
    /// By byte range of the SQL text.
    pub(crate) spans: Vec<(std::ops::Range<usize>, String)>,
    /// What can fail only when rows are read.
    pub(crate) risks: Vec<(Risk, String)>,
}
