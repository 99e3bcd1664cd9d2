//! Going on where the page before ended, without counting rows.
//!
//! The rows after a position are cut into segments that follow each other in the order and that an index can
//! serve as a range each. With all keys NOT NULL and in one direction there is a single one, a row comparison.

use super::order::SortKey;
use super::writer::Writer;

impl Writer<'_> {
    /// The predicates of the segments after `values`, in order. `values` are the keys' texts, NULL as `None`.
    pub(super) fn segments(&mut self, keys: &[SortKey], values: &[Option<String>]) -> Vec<String> {
        let bound: Vec<Option<String>> =
            values.iter().map(|v| v.as_ref().map(|v| self.bind(v.as_str(), "cursor"))).collect();
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
    let uniform = pairs.iter().all(|(k, v)| !k.nullable && v.is_some() && k.descending == first.descending);
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

fn sign(key: &SortKey) -> &'static str {
    if key.descending { "<" } else { ">" }
}

fn equal(key: &SortKey, value: Option<&str>) -> String {
    match value {
        Some(value) => format!("{} = {value}", key.expr),
        None => format!("{} is null", key.expr),
    }
}

/// Strictly after the value, in order.
fn after(key: &SortKey, value: Option<&str>) -> Vec<String> {
    let expr = &key.expr;
    match (value, key.nullable, key.nulls_first) {
        (None, _, true) => vec![format!("{expr} is not null")],
        (None, _, false) => Vec::new(),
        (Some(value), true, false) => vec![format!("{expr} {} {value}", sign(key)), format!("{expr} is null")],
        (Some(value), _, _) => vec![format!("{expr} {} {value}", sign(key))],
    }
}
