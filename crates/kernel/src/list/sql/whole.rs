//! A whole result in one statement, without pages, for whoever runs it themself.

use super::select::Output;
use super::writer::{OURS, Writer};
use super::{Origins, Param};
use crate::list::failure;
use crate::list::grammar::Query;
use crate::list::json::JsonWriter;
use crate::list::relation::Relation;
use crate::list::transaction::Failure;
use crate::list::types::Encoding;
use crate::problem::Problem;
use postgres_types::Type;

/// Every row that a query matches.
pub struct Whole {
    pub sql: String,
    pub params: Vec<Param>,
    origins: Origins,
    outputs: Vec<Output>,
}

impl Whole {
    /// What the columns are called.
    #[must_use]
    pub fn header(&self) -> Vec<String> {
        self.outputs.iter().map(|output| output.key.clone()).collect()
    }

    /// The form in which each arrives, and of which its JSON is made.
    #[must_use]
    pub fn encodings(&self) -> Vec<Encoding> {
        self.outputs.iter().map(|output| output.encoding).collect()
    }

    /// What writes its rows as JSON.
    #[must_use]
    pub fn writer(&self) -> JsonWriter {
        JsonWriter::new(&self.outputs)
    }

    /// What the database said about it: a value that doesn't fit is a `filter` problem that names the parameter.
    #[must_use]
    pub fn problem(&self, error: tokio_postgres::Error) -> Problem {
        failure::problem(Failure::Database(error), &self.sql, &self.params, &self.origins)
    }
}

/// In the order that was asked for, otherwise as PostgreSQL finds them, which is quickest. `settings`: the values are
/// read from settings of the transaction, since COPY binds none; of these types.
///
/// # Errors
/// A `filter` problem when something names a column that is not there.
pub fn whole(relation: &Relation, query: &Query, settings: Option<&[Type]>) -> Result<Whole, Problem> {
    let mut writer = Writer::new(relation, 1);
    if let Some(types) = settings {
        writer.read_settings(types);
    }
    let columns = writer.columns(&query.select, false, None)?;
    let keys = query.order.iter().map(|key| writer.sort_key(key)).collect::<Result<Vec<_>, _>>()?;
    let start = writer.sql.len();
    writer.push("select ");
    writer.push(columns.list());
    writer.mark(start, if query.select.items.is_empty() { OURS } else { "select" });
    writer.push(" from ");
    writer.push(&relation.from);
    writer.push(" as t");
    writer.wheres(&query.filter, query.search.as_deref())?;
    writer.order_by(&keys);
    Ok(Whole { sql: writer.sql, params: writer.params, origins: writer.origins, outputs: columns.outputs })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::{Column, ColumnType};

    fn sql(query: &str, settings: Option<&[Type]>) -> String {
        let relation = Relation::table("public", "x")
            .primary_key(&["id"])
            .column(Column::new("id", ColumnType::named("int8")))
            .column(Column::new("a$1", ColumnType::named("text")));
        whole(&relation, &Query::parse_string(&relation, query).unwrap(), settings).unwrap().sql
    }

    #[test]
    fn nothing_is_sorted_that_nobody_asked_to_sort() {
        assert_eq!(sql("id=gte.5", None), r#"select t."id", t."a$1" from "public"."x" as t where (t."id" >= $1)"#);
        assert!(sql("order=id.desc", None).ends_with(r#" order by t."id" desc"#));
    }

    #[test]
    fn values_of_a_copy_are_settings_and_names_stay_names() {
        assert_eq!(
            sql("select=id&a$1=eq.b&id=in.(1,2)", Some(&[Type::TEXT, Type::INT8_ARRAY])),
            r#"select t."id" from "public"."x" as t where (t."a$1" = pg_catalog.current_setting('quarterdeck.p1')::"pg_catalog"."text") and (t."id" = any(pg_catalog.current_setting('quarterdeck.p2')::"pg_catalog"."_int8"))"#
        );
    }
}
