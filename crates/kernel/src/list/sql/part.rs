//! The parts of a select, for statements that put several relations together.

use super::order;
use super::records::{Form, Records};
use super::select::Output;
use super::writer::Writer;
use crate::list::grammar::{Field, Query};
use crate::list::relation::{Given, Relation};
use crate::problem::Problem;

/// What stands around the FROM of a select, where the relation goes by the alias `t`.
#[derive(Debug)]
pub struct Part {
    /// The select list.
    pub columns: String,
    /// Without `where`; `true` when nothing is asked.
    pub filter: String,
    /// With `order by`; empty without a key to sort by.
    pub order: String,
    pub given: Vec<Given>,
    outputs: Vec<Output>,
}

impl Part {
    /// What a column holds whose records have these columns.
    #[must_use]
    pub fn records(self, form: Form) -> Records {
        Records { form, outputs: self.outputs.into() }
    }
}

/// The parts of a list, with placeholders from `$first` on; its paging is for the caller.
///
/// # Errors
/// A `filter` problem when the query names a column that is not there.
pub fn part(relation: &Relation, query: &Query, first: usize) -> Result<Part, Problem> {
    let mut writer = Writer::new(relation, first);
    let columns = writer.columns(&query.select, false, query.shorten)?;
    let filter = if writer.wheres(&query.filter, query.search.as_deref())? {
        writer.sql.strip_prefix(" where ").unwrap_or(&writer.sql).to_owned()
    } else {
        "true".to_owned()
    };
    writer.sql.clear();
    let keys = order::complete(relation, query).0.iter().map(|key| writer.sort_key(key)).collect::<Result<Vec<_>, _>>()?;
    writer.order_by(&keys);
    Ok(Part {
        columns: columns.list().to_owned(),
        filter,
        order: std::mem::take(&mut writer.sql),
        given: writer.given(),
        outputs: columns.outputs,
    })
}

/// Fields as expressions over `t`, with placeholders from `$first` on.
///
/// # Errors
/// A `filter` problem when a column is not there.
pub fn expressions(relation: &Relation, fields: &[Field], first: usize) -> Result<(Vec<String>, Vec<Given>), Problem> {
    let mut writer = Writer::new(relation, first);
    let expressions = fields.iter().map(|field| writer.field(field, "select")).collect::<Result<_, _>>()?;
    Ok((expressions, writer.given()))
}

impl Writer<'_> {
    fn given(self) -> Vec<Given> {
        self.params.into_iter().zip(self.origins.params).map(|(value, parameter)| Given { value, parameter }).collect()
    }
}
