//! How what somebody wrote becomes part of a statement: names, texts, types and expressions.
//!
//! A statement is sent by itself, so PostgreSQL refuses a second one in it. What an expression could still do is to end its
//! parentheses and add a clause to the statement that it is part of; that is what is looked for here.

use crate::console::lexer::{Kind, Tokens};
use kernel::{Problem, Result};

/// PostgreSQL cuts longer names, so that another would be meant.
const LONGEST: usize = 63;

/// A name as SQL.
///
/// # Errors
/// 422 for one that PostgreSQL would cut or that is none.
pub fn name(field: &str, name: &str) -> Result<String> {
    if name.is_empty() {
        return Err(Problem::field(field, "required", "This can't be empty"));
    }
    if name.len() > LONGEST {
        return Err(Problem::field(field, "too_long", format!("At most {LONGEST} bytes: PostgreSQL would cut it")));
    }
    if name.contains('\0') {
        return Err(Problem::field(field, "characters", "A name has no NUL in it"));
    }
    Ok(kernel::list::quote(name))
}

/// `"schema"."name"`.
///
/// # Errors
/// As [`name`].
pub fn qualified(schema: &str, field: &str, given: &str) -> Result<String> {
    Ok(format!("{}.{}", name("schema", schema)?, name(field, given)?))
}

/// A text as SQL, whatever the settings for backslashes are.
#[must_use]
pub fn literal(text: &str) -> String {
    let escaped = text.replace('\'', "''");
    if escaped.contains('\\') { format!("E'{}'", escaped.replace('\\', "\\\\")) } else { format!("'{escaped}'") }
}

/// An expression in its parentheses, out of which it can't get.
///
/// # Errors
/// 422 where it would.
pub fn expression(field: &str, text: &str) -> Result<String> {
    let text = clean(field, text)?;
    is_closed(field, &text, "This is more than one expression, or its quotes and parentheses don't match")?;
    // A comment at its end must not reach further.
    Ok(if text.contains("--") { format!("({text}\n)") } else { format!("({text})") })
}

/// A whole query, such as a view's.
///
/// # Errors
/// 422 where it is more than one, or its quotes don't match.
pub fn query(field: &str, text: &str) -> Result<String> {
    let text = clean(field, text)?;
    let text = text.strip_suffix(';').map_or(text.as_str(), str::trim_end);
    is_closed(field, text, "This is more than one query, or its quotes and parentheses don't match")?;
    Ok(text.to_owned())
}

/// PostgreSQL ends a comment at a lone carriage return too, where nobody sees it.
fn clean(field: &str, text: &str) -> Result<String> {
    let text = text.replace("\r\n", "\n").trim().to_owned();
    if text.is_empty() {
        return Err(Problem::field(field, "required", "This can't be empty"));
    }
    if text.contains(['\r', '\0']) {
        return Err(Problem::field(field, "characters", "Type it anew: it has characters that can't be seen"));
    }
    Ok(text)
}

/// A parenthesis after it must be read as one: then no quote and no comment is open, and none was closed too many.
fn is_closed(field: &str, text: &str, why: &str) -> Result<()> {
    let closed = format!("{text}\n)");
    let (mut depth, mut last) = (1_usize, 0);
    for token in Tokens::of(&closed) {
        match token.kind {
            _ if depth == 0 => return Err(Problem::field(field, "expression", why)),
            Kind::Open => depth += 1,
            Kind::Close => depth -= 1,
            Kind::Semicolon => return Err(Problem::field(field, "expression", why)),
            _ => {}
        }
        last = token.at.start;
    }
    if depth == 0 && last == closed.len() - 1 { Ok(()) } else { Err(Problem::field(field, "expression", why)) }
}

/// Words before a parenthesis: functions that an expression calls, without their schemas.
#[must_use]
pub fn calls(text: &str) -> Vec<String> {
    let tokens: Vec<_> = Tokens::of(text).collect();
    let word = |at: &std::ops::Range<usize>| text.get(at.clone()).unwrap_or_default();
    tokens
        .windows(2)
        .filter_map(|pair| match pair {
            [one, two] if two.kind == Kind::Open && one.kind == Kind::Word => Some(word(&one.at).to_lowercase()),
            [one, two] if two.kind == Kind::Open && one.kind == Kind::Quoted => Some(word(&one.at).trim_matches('"').replace("\"\"", "\"")),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{calls, expression, literal, name, query};

    #[test]
    fn an_expression_stays_in_its_parentheses() {
        for good in ["0", "now()", "a > 0 and (b < 1)", "'a)b'", "$$)$$", "'it''s' || \")\"", "1 /* ) */", "x[1]", "E'\\')'"] {
            assert!(expression("default", good).is_ok(), "{good}");
        }
        for bad in [
            "1); drop table x; --",
            "1), drop column b, add column c int default (1",
            "1) --",
            "1; select 2",
            "'open",
            "$$ open",
            "\"open",
            "1 /* open",
            "(1",
            "1)",
            ")(",
            "1 --\r), drop column b --",
            "",
            "  ",
        ] {
            assert!(expression("default", bad).is_err(), "{bad}");
        }
        assert_eq!(expression("default", "1 -- one").unwrap(), "(1 -- one\n)");
    }

    #[test]
    fn a_query_is_one() {
        assert_eq!(query("query", "select 1 ; ").unwrap(), "select 1");
        for bad in ["select 1; drop table x", "select 1)", "select 'x", "select 1;;"] {
            assert!(query("query", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_are_quoted_and_never_cut() {
        assert_eq!(name("name", "a\"; drop table x; --").unwrap(), "\"a\"\"; drop table x; --\"");
        assert!(name("name", &"x".repeat(63)).is_ok());
        assert!(name("name", &"ü".repeat(32)).is_err(), "64 bytes");
        assert!(name("name", "").is_err());
    }

    #[test]
    fn texts_are_texts_and_calls_are_found() {
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\'b"), "E'a\\\\''b'");
        assert_eq!(calls("coalesce(random(), \"My Fn\"(1)) + x"), ["coalesce", "random", "My Fn"]);
    }
}
