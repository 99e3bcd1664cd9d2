//! Going on where the page before ended, without counting rows.
//!
//! The rows after a position are cut into segments that follow each other in the order and that an index can
//! serve as a range each. With all keys NOT NULL and in one direction there is a single one, a row comparison.

use super::order::SortKey;
use super::writer::Writer;

impl Writer<'_> {
    /// The predicates of the segments after `values`, in order. `values` are the keys' texts, NULL as `None`.
    pub(super) fn segments(&mut self, keys: &[SortKey], values: &[Option<String>]) -> Vec<String> {
        let mut bind = |(key, value): (&SortKey, &Option<String>)| {
            let place = self.bind(value.as_deref()?, "cursor");
            Some(key.own.as_ref().map_or(place.clone(), |own| place + &own.cast("")))
        };
        let bound: Vec<Option<String>> = keys.iter().zip(values).map(&mut bind).collect();
        let pairs: Vec<(&SortKey, Option<&str>)> = keys.iter().zip(bound.iter().map(Option::as_deref)).collect();
        if let Some(comparison) = row_comparison(&pairs) {
            return vec![comparison];
        }
        let mut segments = Vec::new();
        // From the longest common beginning to none: (a = 1 and b > 2), then (a > 1).
        for split in (0..pairs.len()).rev() {
            let (before, rest) = pairs.split_at(split);
            let Some((key, value)) = rest.first() else { continue };
            let same: Vec<String> = before.iter().map(|(k, v)| equal(k, *v)).collect();
            for after in after(key, *value) {
                let mut all = same.clone();
                all.push(after);
                segments.push(all.join(" and "));
            }
        }
        segments
    }
}

/// `(a, b) > ($1, $2)` where that means the order.
fn row_comparison(pairs: &[(&SortKey, Option<&str>)]) -> Option<String> {
    let (first, _) = pairs.first()?;
    let is_plain = |key: &SortKey| !key.nullable && key.own.as_ref().is_none_or(|own| own.schema.is_none());
    let uniform = pairs.iter().all(|(k, v)| is_plain(k) && v.is_some() && k.descending == first.descending);
    if !uniform {
        return None;
    }
    let sign = sign(first);
    let names: Vec<&str> = pairs.iter().map(|(k, _)| k.expr.as_str()).collect();
    let values: Vec<&str> = pairs.iter().filter_map(|(_, v)| *v).collect();
    Some(match (names.as_slice(), values.as_slice()) {
        ([name], [value]) => format!("{name} {sign} {value}"),
        _ => format!("({}) {sign} ({})", names.join(", "), values.join(", ")),
    })
}

fn sign(key: &SortKey) -> String {
    key.operator(if key.descending { "<" } else { ">" })
}

fn equal(key: &SortKey, value: Option<&str>) -> String {
    match value {
        Some(value) => format!("{} {} {value}", key.expr, key.operator("=")),
        None => format!("{} {}", key.expr, key.null()[0]),
    }
}

/// Strictly after the value, in order.
fn after(key: &SortKey, value: Option<&str>) -> Vec<String> {
    let (expr, [is_null, is_value]) = (&key.expr, key.null());
    match (value, key.nullable, key.nulls_first) {
        (None, _, true) => vec![format!("{expr} {is_value}")],
        (None, _, false) => Vec::new(),
        (Some(value), true, false) => vec![format!("{expr} {} {value}", sign(key)), format!("{expr} {is_null}")],
        (Some(value), _, _) => vec![format!("{expr} {} {value}", sign(key))],
    }
}

#[cfg(test)]
mod tests {
    use crate::list::cursor::{Cursor, fingerprint};
    use crate::list::sql::list;
    use crate::list::{Column, ColumnType, Query, Relation};

    /// The WHERE and ORDER BY of the page after `values`.
    fn after(order: &str, values: &[Option<&str>]) -> String {
        let relation = Relation::table("public", "x")
            .primary_key(&["id"])
            .column(Column::new("id", ColumnType::named("int8")))
            .column(Column::new("a", ColumnType::named("text")))
            .column(Column::new("b", ColumnType::named("text")).nullable());
        let mut query = Query::parse_string(&relation, &format!("select=id&limit=9&order={order}")).unwrap();
        let (keys, _) = super::super::order::complete(&relation, &query);
        let values = values.iter().map(|v| v.map(str::to_owned)).collect();
        query.cursor = Some(Cursor::new(&fingerprint(&keys), false, 0, values).write());
        let sql = list(&relation, &query).unwrap().sql;
        sql.replace("t.\"id\"", "id").replace("t.\"a\"", "a").replace("t.\"b\"", "b").replace("from \"public\".\"x\" as t", "from x")
    }

    #[test]
    fn one_direction_without_nulls_is_a_row_comparison() {
        assert_eq!(after("id", &[Some("1")]), "select id from x where (id > $1) order by id limit 10");
        assert_eq!(
            after("a.desc", &[Some("m"), Some("1")]),
            "select id, a from x where ((a, id) < ($1, $2)) order by a desc, id desc limit 10"
        );
    }

    #[test]
    fn everything_else_is_a_row_of_ranges() {
        assert_eq!(
            after("b", &[Some("m"), Some("1")]),
            "(select id, b from x where (b = $1 and id > $2) order by b, id limit 10) union all \
             (select id, b from x where (b > $1) order by b, id limit 10) union all \
             (select id, b from x where (b is null) order by b, id limit 10) limit 10"
        );
        assert_eq!(after("b", &[None, Some("1")]), "select id, b from x where (b is null and id > $1) order by b, id limit 10");
        assert_eq!(
            after("a.desc,id", &[Some("m"), Some("1")]),
            "(select id, a from x where (a = $1 and id > $2) order by a desc, id limit 10) union all \
             (select id, a from x where (a < $1) order by a desc, id limit 10) limit 10"
        );
    }
}
