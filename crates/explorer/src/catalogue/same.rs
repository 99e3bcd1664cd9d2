//! Rows are found by the operators of their key's own type, wherever those lie. No search path need lead to an extension's:
//! without saying where, `citext` would be compared as the text that it can be cast to, and `ltree` not at all.

use super::table::{Column, Table};
use kernel::list::{Own, quote};

/// An operator of a type in SQL.
#[must_use]
pub fn operator(own: Option<&Own>, symbol: &str) -> String {
    let schema = own.and_then(|own| own.schema.as_ref());
    schema.map_or_else(|| symbol.to_owned(), |schema| format!("operator({}.{symbol})", quote(schema)))
}

/// `alias."column" = other`
#[must_use]
pub fn equals(own: Option<&Own>, alias: &str, column: &str, other: &str) -> String {
    format!("{alias}.{} {} {other}", quote(column), operator(own, "="))
}

/// A bound value as one of a type.
#[must_use]
pub fn value(own: Option<&Own>, place: &str) -> String {
    own.filter(|own| own.schema.is_some()).map_or_else(|| place.to_owned(), |own| format!("{place}::{}", own.name))
}

impl Column {
    /// `t."column" = other`, which is a value of the column's type.
    #[must_use]
    pub fn equals(&self, other: &str) -> String {
        equals(self.own.as_ref(), "t", &self.name, other)
    }
}

impl Table {
    /// What PostgreSQL is told when values of a column are compared.
    #[must_use]
    pub fn own(&self, column: &str) -> Option<&Own> {
        self.column(column).and_then(|column| column.own.as_ref())
    }

    /// [`Column::equals`] of a column by its name.
    #[must_use]
    pub fn equals(&self, column: &str, other: &str) -> String {
        equals(self.own(column), "t", column, other)
    }

    /// `t."column" = $1`
    #[must_use]
    pub fn is(&self, column: &str, place: usize) -> String {
        self.equals(column, &value(self.own(column), &format!("${place}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::list::Relation;

    #[test]
    fn a_type_of_an_extension_is_compared_by_its_own_operator() {
        let mut table = Table::of_relation("public", "t", Relation::new("public.t"));
        table.columns = vec![Column::named("plain"), Column::named("a\"b"), Column::named("point")];
        table.columns[1].own = Some(Own { name: "\"ext\".\"citext\"".into(), schema: Some("e\"xt".into()) });
        table.columns[2].own = Some(Own { name: "point".into(), schema: None });
        assert_eq!(table.is("plain", 1), "t.\"plain\" = $1");
        assert_eq!(table.is("a\"b", 2), "t.\"a\"\"b\" operator(\"e\"\"xt\".=) $2::\"ext\".\"citext\"");
        assert_eq!(table.equals("a\"b", "o.k0"), "t.\"a\"\"b\" operator(\"e\"\"xt\".=) o.k0");
        // What PostgreSQL itself brings along is found anyway.
        assert_eq!(table.is("point", 3), "t.\"point\" = $3");
        assert_eq!(operator(None, ">"), ">");
    }
}
