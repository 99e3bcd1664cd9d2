//! What can be listed: a table, a view or a subquery, with the columns that a caller may name.

use super::grammar::OrderKey;
use super::quote::{quote_into, quote_qualified};
use super::sql::{Param, Records};
use super::types::{ColumnType, Kind};

/// A relation to list. All SQL in it is ours (declared in code or quoted from the catalogue); callers can only
/// name its columns. Every expression refers to the relation by the alias `t`.
#[derive(Clone, Debug)]
pub struct Relation {
    /// `"schema"."table"`, or `(select …)`.
    pub from: String,
    pub columns: Vec<Column>,
    /// More that can be named, and is part of nothing that wasn't asked for.
    pub computed: Vec<Column>,
    /// Names of the primary key's columns, in order. Empty: no keyset paging, pages go by offset.
    pub primary_key: Vec<String>,
    /// The order when none is asked for; empty means the primary key.
    pub default_order: Vec<OrderKey>,
    /// Always added to the filter, such as the caller's scope.
    pub fixed: Option<Fixed>,
    /// The expression of a row's version, such as `t.xmin::text`; `None` when rows have none (views).
    pub version: Option<String>,
    /// More of ours that always holds, over `t`.
    pub conditions: Vec<String>,
    /// Values in `from`, `conditions` and the columns' expressions, where they are `$1`, `$2`, …
    pub given: Vec<Given>,
}

/// A bound value, and the request parameter that it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    pub value: Param,
    pub parameter: String,
}

/// A predicate of ours with values bound to it: `t.organization_id = $1::uuid`.
/// Its own placeholders count from `$1`; the builder renumbers them, so a literal `$1` can't be part of it.
#[derive(Clone, Debug)]
pub struct Fixed {
    pub sql: String,
    pub params: Vec<Option<String>>,
}

/// One column that a caller may name.
#[derive(Clone, Debug)]
pub struct Column {
    pub name: String,
    /// `None`: the column `t."name"`. Otherwise an expression over `t`.
    pub expr: Option<String>,
    pub ty: ColumnType,
    /// Its values are rows of their own.
    pub records: Option<Records>,
    pub nullable: bool,
    /// The longest value in characters where the type limits it; such a column is never shortened below it.
    pub max_length: Option<u32>,
    pub selectable: bool,
    pub filterable: bool,
    pub sortable: bool,
    pub searchable: bool,
}

impl Relation {
    /// A table or view by its name, without columns yet.
    #[must_use]
    pub fn table(schema: &str, name: &str) -> Self {
        Self::new(quote_qualified(schema, name))
    }

    /// `from` is SQL of ours: a quoted name or a parenthesised subquery.
    #[must_use]
    pub fn new(from: impl Into<String>) -> Self {
        Self {
            from: from.into(),
            columns: Vec::new(),
            computed: Vec::new(),
            primary_key: Vec::new(),
            default_order: Vec::new(),
            fixed: None,
            version: None,
            conditions: Vec::new(),
            given: Vec::new(),
        }
    }

    #[must_use]
    pub fn column(mut self, column: Column) -> Self {
        self.columns.push(column);
        self
    }

    #[must_use]
    pub fn primary_key(mut self, names: &[&str]) -> Self {
        self.primary_key = names.iter().map(|&n| n.to_owned()).collect();
        self
    }

    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Column> {
        self.columns.iter().chain(&self.computed).find(|c| c.name == name)
    }
}

impl Column {
    /// A column that is NOT NULL and may be selected, filtered and, where its type has an order, sorted.
    #[must_use]
    pub fn new(name: impl Into<String>, ty: ColumnType) -> Self {
        let sortable = !matches!(ty.kind, Kind::Json);
        Self {
            name: name.into(),
            expr: None,
            ty,
            records: None,
            nullable: false,
            max_length: None,
            selectable: true,
            filterable: true,
            sortable,
            searchable: false,
        }
    }

    #[must_use]
    pub fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    #[must_use]
    pub fn searchable(mut self) -> Self {
        self.searchable = true;
        self
    }

    #[must_use]
    pub fn expr(mut self, sql: impl Into<String>) -> Self {
        self.expr = Some(sql.into());
        self
    }

    /// A column that a query adds for itself: callers can't name it.
    #[must_use]
    pub fn added(name: impl Into<String>, ty: ColumnType, sql: impl Into<String>) -> Self {
        Self { selectable: false, filterable: false, sortable: false, ..Self::new(name, ty).nullable().expr(sql) }
    }

    /// The column in SQL, always qualified: an unqualified name in ORDER BY would mean the *output* column.
    pub(crate) fn sql(&self) -> String {
        let mut sql = String::with_capacity(self.name.len() + 4);
        self.sql_into(&mut sql);
        sql
    }

    /// [`Self::sql`] at the end of a statement.
    pub(crate) fn sql_into(&self, sql: &mut String) {
        match &self.expr {
            Some(expr) => {
                sql.push('(');
                sql.push_str(expr);
                sql.push(')');
            }
            None => {
                sql.push_str("t.");
                quote_into(&self.name, sql);
            }
        }
    }
}
