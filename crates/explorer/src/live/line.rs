//! What PostgreSQL's plugin `test_decoding` writes, a line for each thing that happened. It is read from its beginning
//! and by its own rules of quoting, so that no name and no value can pass for anything else.

use super::change::{Done, Key};
use std::borrow::Cow;

/// The schema and the name of a table.
pub type Name = (String, String);

#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    Begin,
    Commit,
    Row {
        /// As it is written, quotes included.
        table: &'a str,
        done: Done,
        values: &'a str,
    },
    /// Each table as it is written.
    Truncate(Vec<&'a str>),
    Message {
        prefix: &'a str,
        content: &'a str,
    },
    Other,
}

impl<'a> Line<'a> {
    #[must_use]
    pub fn read(text: &'a str) -> Self {
        if let Some(rest) = text.strip_prefix("table ") {
            return Self::of_table(rest).unwrap_or(Self::Other);
        }
        if let Some(rest) = text.strip_prefix("message: transactional: 1 prefix: ") {
            return Self::message(rest).unwrap_or(Self::Other);
        }
        match text.split(' ').next() {
            Some("BEGIN") => Self::Begin,
            Some("COMMIT") => Self::Commit,
            _ => Self::Other,
        }
    }

    fn of_table(text: &'a str) -> Option<Self> {
        let (table, mut rest) = text.split_at_checked(qualified(text)?)?;
        let mut tables = vec![table];
        while let Some(more) = rest.strip_prefix(", ") {
            let (table, after) = more.split_at_checked(qualified(more)?)?;
            tables.push(table);
            rest = after;
        }
        let rest = rest.strip_prefix(": ")?;
        let (word, values) = rest.split_at_checked(rest.find(':')?)?;
        let done = match word {
            "INSERT" => Done::Inserted,
            "UPDATE" => Done::Updated,
            "DELETE" => Done::Deleted,
            "TRUNCATE" => return Some(Self::Truncate(tables)),
            _ => return None,
        };
        Some(Self::Row { table, done, values: values.strip_prefix(':')? })
    }

    fn message(text: &'a str) -> Option<Self> {
        let (prefix, rest) = text.split_once(", sz: ")?;
        let (_, content) = rest.split_once(" content:")?;
        Some(Self::Message { prefix, content })
    }
}

/// The name without its quotes.
#[must_use]
pub fn named(table: &str) -> Option<Name> {
    let (schema, rest) = table.split_at_checked(identifier(table)?)?;
    Some((bare(schema), bare(rest.strip_prefix('.')?)))
}

/// The values of these columns, of the row as it is after a change or was before it went; `None` when they aren't all there.
#[must_use]
pub fn key(values: &str, columns: &[String]) -> Option<Key> {
    if columns.is_empty() {
        return None;
    }
    let after = match values.strip_prefix(" old-key:") {
        Some(before) => {
            let mut passed = Values(before);
            passed.by_ref().for_each(drop);
            passed.0.strip_prefix(" new-tuple:")?
        }
        None => values,
    };
    let mut found: Vec<Option<String>> = vec![None; columns.len()];
    for (name, value) in Values(after) {
        if let Some(place) = columns.iter().position(|column| *column == name)
            && let Some(slot) = found.get_mut(place)
        {
            *slot = Some(value?.into_owned());
            if found.iter().all(Option::is_some) {
                break;
            }
        }
    }
    found.into_iter().collect()
}

/// The columns of a row with their values; without one for NULL, and for a large value that didn't change.
pub struct Values<'a>(pub &'a str);

impl<'a> Iterator for Values<'a> {
    type Item = (Cow<'a, str>, Option<Cow<'a, str>>);

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.0.strip_prefix(' ')?;
        let (name, rest) = text.split_at_checked(identifier(text)?)?;
        let rest = rest.strip_prefix('[')?;
        let rest = rest.split_at_checked(type_name(rest)?)?.1.strip_prefix("]:")?;
        let (value, rest) = literal(rest)?;
        self.0 = rest;
        let name = if name.starts_with('"') { Cow::Owned(bare(name)) } else { Cow::Borrowed(name) };
        Some((name, value))
    }
}

/// Length of `schema.name` at the beginning.
fn qualified(text: &str) -> Option<usize> {
    let schema = identifier(text)?;
    let rest = text.get(schema..)?.strip_prefix('.')?;
    Some(schema + 1 + identifier(rest)?)
}

/// Length of an identifier at the beginning. What isn't made of small letters, digits and `_` stands in quotes.
fn identifier(text: &str) -> Option<usize> {
    let length = if text.starts_with('"') {
        quoted(text, b'"')?
    } else {
        text.bytes().position(|b| !(b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')).unwrap_or(text.len())
    };
    (length > 0).then_some(length)
}

/// Length of what stands in quotes at the beginning, with them; within, they are doubled.
fn quoted(text: &str, quote: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == quote)?;
        if bytes.get(at + 1) != Some(&quote) {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Length of a type's name, which can have quotes and brackets.
fn type_name(text: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        if rest.starts_with("]:") {
            return Some(at);
        }
        at += if rest.starts_with('"') { quoted(rest, b'"')? } else { rest.chars().next()?.len_utf8() };
    }
}

fn literal(text: &str) -> Option<(Option<Cow<'_, str>>, &str)> {
    let start = usize::from(text.starts_with("B'"));
    let rest = text.get(start..)?;
    if rest.starts_with('\'') {
        let (value, after) = rest.split_at_checked(quoted(rest, b'\'')?)?;
        let value = value.get(1..value.len() - 1)?;
        let value = if value.contains('\'') { Cow::Owned(value.replace("''", "'")) } else { Cow::Borrowed(value) };
        return Some((Some(value), after));
    }
    let (value, after) = text.split_at_checked(text.find(' ').unwrap_or(text.len()))?;
    let is_there = !matches!(value, "null" | "unchanged-toast-datum");
    Some((is_there.then_some(Cow::Borrowed(value)), after))
}

fn bare(name: &str) -> String {
    match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> (Name, Done, Option<Key>) {
        let Line::Row { table, done, values } = Line::read(text) else { panic!("no row: {text}") };
        (named(table).unwrap(), done, key(values, &["id".to_owned()]))
    }

    fn track(schema: &str, name: &str) -> Name {
        (schema.into(), name.into())
    }

    #[test]
    fn rows_and_their_keys_are_read() {
        let id = |value: &str| Some(vec![value.to_owned()]);
        assert_eq!(
            row("table public.track: INSERT: id[integer]:1 name[text]:'it''s' n[numeric]:1.50"),
            (track("public", "track"), Done::Inserted, id("1"))
        );
        assert_eq!(
            row("table public.track: UPDATE: old-key: id[integer]:1 new-tuple: name[text]:'x new-tuple: id[integer]:9' id[integer]:2"),
            (track("public", "track"), Done::Updated, id("2"))
        );
        assert_eq!(row("table public.track: DELETE: id[text]:'a b'").2, id("a b"));
        assert_eq!(row("table public.track: DELETE: (no-tuple-data)").2, None);
        assert_eq!(row("table public.track: INSERT: name[text]:null id[bit]:B'101'").2, id("101"));
        assert_eq!(row("table public.track: UPDATE: big[text]:unchanged-toast-datum id[integer[]]:'{1}'").2, id("{1}"));
        assert_eq!(row("table public.track: INSERT: id[integer]:null").2, None);
    }

    #[test]
    fn hostile_names_and_values_pass_for_nothing_else() {
        let hostile = r#"table "a.b: INSERT: ".""": DELETE: ": INSERT: "id"""[public."t]:'y"]:'; drop' id[text]:''' id[text]:''fake'''"#;
        assert_eq!(row(hostile), (track("a.b: INSERT: ", "\": DELETE: "), Done::Inserted, Some(vec!["' id[text]:'fake'".into()])));
        let list = Line::read(r#"table public.a, public."b, c": TRUNCATE: (no-flags)"#);
        assert_eq!(list, Line::Truncate(vec!["public.a", "public.\"b, c\""]));
        assert_eq!(
            Line::read("message: transactional: 1 prefix: quarterdeck, sz: 2 content:hi"),
            Line::Message { prefix: "quarterdeck", content: "hi" }
        );
        assert_eq!(Line::read("message: transactional: 0 prefix: quarterdeck, sz: 2 content:hi"), Line::Other);
        assert_eq!((Line::read("BEGIN 733"), Line::read("COMMIT"), Line::read("")), (Line::Begin, Line::Commit, Line::Other));
        for cut in 0..hostile.len() {
            if let Some(part) = hostile.get(..cut)
                && let Line::Row { values, .. } = Line::read(part)
            {
                assert_ne!(key(values, &["id".to_owned()]), Some(vec!["fake".into()]));
            }
        }
    }
}
