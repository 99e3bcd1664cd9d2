//! The complete order of a list: what was asked for, made total by the primary key.

use super::writer::Writer;
use crate::list::grammar::{Direction, Field, Nulls, OrderKey, Query, Step};
use crate::list::relation::Relation;
use crate::list::types::{Encoding, Kind, Own, Scalar};
use crate::problem::Problem;

/// One key of the order, ready for SQL.
#[derive(Clone, Debug)]
pub(crate) struct SortKey {
    pub(crate) field: Field,
    pub(crate) expr: String,
    pub(crate) descending: bool,
    pub(crate) nullable: bool,
    pub(crate) nulls_first: bool,
    /// How its value arrives when selected as [`Self::selected`].
    pub(crate) scalar: Scalar,
    /// `::text` when the value can't be read otherwise.
    pub(crate) cast: &'static str,
    pub(crate) own: Option<Own>,
}

impl SortKey {
    pub(super) fn reversed(&self) -> Self {
        Self { descending: !self.descending, nulls_first: !self.nulls_first, ..self.clone() }
    }

    pub(super) fn operator(&self, symbol: &str) -> String {
        self.own.as_ref().map_or_else(|| symbol.to_owned(), |own| own.operator(symbol))
    }

    /// Tests for NULL and for a value. A record of NULLs is a value, whatever `is null` says of it.
    pub(super) fn null(&self) -> [&'static str; 2] {
        if self.own.is_some() { ["is not distinct from null", "is distinct from null"] } else { ["is null", "is not null"] }
    }

    /// The key in ORDER BY. NULLS is said only where it differs from the default: with it, an index in the
    /// default order would not serve.
    fn sql(&self) -> String {
        let direction = if self.descending { " desc" } else { "" };
        let nulls = match (self.nullable, self.descending, self.nulls_first) {
            (true, false, true) => " nulls first",
            (true, true, false) => " nulls last",
            _ => "",
        };
        format!("{}{direction}{nulls}", self.expr)
    }
}

/// What was asked for, else the default, then the primary key. `None` for the second: no total order is known,
/// so the pages go by offset.
pub(super) fn complete(relation: &Relation, query: &Query) -> (Vec<OrderKey>, bool) {
    let mut keys = if query.order.is_empty() { relation.default_order.clone() } else { query.order.clone() };
    // The tie-break follows the direction of the last key, so that one index and one row comparison serve both.
    let direction = keys.last().map_or(Direction::Ascending, |k| k.direction);
    let total = !relation.primary_key.is_empty();
    let rest: Vec<&str> = if total {
        relation.primary_key.iter().map(String::as_str).collect()
    } else {
        relation.columns.iter().filter(|c| c.sortable && has_order(c.ty.kind)).map(|c| c.name.as_str()).collect()
    };
    for name in &rest {
        let field = Field::column(*name);
        if !keys.iter().any(|k| k.field == field) {
            keys.push(OrderKey { field, direction, nulls: None });
        }
    }
    if total {
        // Once the whole key is there, nothing after it can decide any more.
        let mut missing: Vec<&str> = rest;
        let needed = keys.iter().position(|k| {
            missing.retain(|name| !(k.field.steps.is_empty() && k.field.column == *name));
            missing.is_empty()
        });
        keys.truncate(needed.map_or(keys.len(), |last| last + 1));
    }
    (keys, total)
}

/// Types that certainly have a sort order, for the rows that no key tells apart.
fn has_order(kind: Kind) -> bool {
    !matches!(kind, Kind::Json | Kind::Other | Kind::Array)
}

impl Writer<'_> {
    pub(super) fn sort_key(&mut self, key: &OrderKey) -> Result<SortKey, Problem> {
        let expr = self.field(&key.field, "order")?;
        let column = self.relation.find(&key.field.column);
        let path_ends_in_text = key.field.steps.last().map(Step::gives_text);
        let (scalar, cast) = match (path_ends_in_text, column.and_then(|c| c.ty.encoding)) {
            (Some(true), _) => (Scalar::Text, ""),
            (None, Some(Encoding::Scalar(scalar))) => (scalar, ""),
            _ => (Scalar::Text, "::text"),
        };
        let is_key = self.relation.primary_key.contains(&key.field.column);
        let nullable = path_ends_in_text.is_some() || column.is_none_or(|c| c.nullable && !is_key);
        let descending = key.direction == Direction::Descending;
        let nulls_first = key.nulls.map_or(descending, |n| n == Nulls::First);
        let own = column.and_then(|c| c.ty.own.clone());
        Ok(SortKey { field: key.field.clone(), expr, descending, nullable, nulls_first, scalar, cast, own })
    }

    pub(super) fn order_by(&mut self, keys: &[SortKey]) {
        for (i, key) in keys.iter().enumerate() {
            self.push(if i == 0 { " order by " } else { ", " });
            let start = self.sql.len();
            self.push(&key.sql());
            self.mark(start, "order");
        }
    }
}
