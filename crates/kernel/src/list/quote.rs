//! The one place where an identifier becomes SQL text.

/// Quotes a PostgreSQL identifier: always in double quotes, inner double quotes doubled.
///
/// A NUL can't be part of an identifier and would end the statement early; it is left out, so that such a name
/// matches nothing instead of something else. Source: PostgreSQL manual, 4.1.1 "Identifiers and Key Words".
#[must_use]
pub fn quote(identifier: &str) -> String {
    let mut quoted = String::with_capacity(identifier.len() + 2);
    quote_into(identifier, &mut quoted);
    quoted
}

/// [`quote`] at the end of a statement.
pub(super) fn quote_into(identifier: &str, sql: &mut String) {
    sql.push('"');
    if identifier.contains(['"', '\0']) {
        sql.push_str(&identifier.replace('"', "\"\"").replace('\0', ""));
    } else {
        sql.push_str(identifier);
    }
    sql.push('"');
}

/// `"schema"."name"`.
#[must_use]
pub fn quote_qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", quote(schema), quote(name))
}

#[cfg(test)]
mod tests {
    use super::{quote, quote_qualified};

    #[test]
    fn plain_names_are_quoted_too() {
        assert_eq!(quote("name"), "\"name\"");
        assert_eq!(quote("Ünï cödé"), "\"Ünï cödé\"");
        assert_eq!(quote_qualified("a.b", "c"), "\"a.b\".\"c\"");
    }

    #[test]
    fn nothing_breaks_out() {
        assert_eq!(quote("a\"; drop table t; --"), "\"a\"\"; drop table t; --\"");
        assert_eq!(quote("\""), "\"\"\"\"");
        assert_eq!(quote("a\0b"), "\"ab\"");
        assert_eq!(quote(""), "\"\"");
    }
}
