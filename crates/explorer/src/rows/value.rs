//! A JSON value as the text that PostgreSQL reads for a column. Nothing is guessed from how a text looks:
//! `"007"` stays `007`, `""` stays empty and only `null` is NULL.

use super::record::plain;
use crate::catalogue::{Category, Column};
use kernel::problem::FieldError;
use serde_json::value::RawValue;

/// The text of a value for a column; `None` is NULL.
///
/// # Errors
/// When the value can't be of the column's type whatever it says: the field, and what to send.
pub fn text(column: &Column, value: &RawValue) -> Result<Option<String>, FieldError> {
    let json = value.get();
    if json == "null" {
        return Ok(None);
    }
    let wrong = |message: String| FieldError { field: column.name.clone(), code: "type".into(), message };
    let text = match (json.as_bytes().first(), column.category) {
        (_, Category::Json) => json.to_owned(),
        (Some(b'['), Category::Array) => array(value, column.json_elements).ok_or_else(|| wrong("This can't be read as a list".into()))?,
        (Some(b'['), _) => return Err(wrong(format!("This is {}, not a list", column.type_name))),
        (Some(b'{'), _) => return Err(wrong(format!("This is {}, not an object", column.type_name))),
        _ => plain(value).unwrap_or_default(),
    };
    if text.contains('\0') {
        return Err(wrong("PostgreSQL can't store the character NUL".into()));
    }
    if let Some(most) = column.max_length
        && text.chars().count() > most as usize
    {
        return Err(FieldError { field: column.name.clone(), code: "too_long".into(), message: format!("At most {most} characters") });
    }
    Ok(Some(text))
}

/// `{1,"a b",NULL,{…}}`: PostgreSQL's text form of an array.
pub fn array(value: &RawValue, json_elements: bool) -> Option<String> {
    let mut literal = String::with_capacity(value.get().len() + 8);
    elements(value, json_elements, &mut literal)?;
    Some(literal)
}

fn elements(value: &RawValue, json_elements: bool, out: &mut String) -> Option<()> {
    let items: Vec<Box<RawValue>> = serde_json::from_str(value.get()).ok()?;
    out.push('{');
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        match item.get().as_bytes().first() {
            _ if item.get() == "null" => out.push_str("NULL"),
            _ if json_elements => quoted(item.get(), out),
            Some(b'[') => elements(item, json_elements, out)?,
            Some(b'{') => return None,
            _ => quoted(&plain(item).unwrap_or_default(), out),
        }
    }
    out.push('}');
    Some(())
}

/// An array literal of texts.
#[must_use]
pub fn literal(texts: &[&str]) -> String {
    nullable(texts.iter().copied().map(Some))
}

/// An array literal of texts, where nothing is NULL.
#[must_use]
pub fn nullable<'a>(texts: impl IntoIterator<Item = Option<&'a str>>) -> String {
    let mut literal = String::from("{");
    for (i, text) in texts.into_iter().enumerate() {
        if i > 0 {
            literal.push(',');
        }
        match text {
            Some(text) => quoted(text, &mut literal),
            None => literal.push_str("NULL"),
        }
    }
    literal.push('}');
    literal
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(category: Category) -> Column {
        Column { type_name: "some type".into(), category, ..Column::named("c") }
    }

    fn read(column: &Column, json: &str) -> Result<Option<String>, String> {
        text(column, &RawValue::from_string(json.into()).unwrap()).map_err(|e| e.message)
    }

    #[test]
    fn scalars_keep_every_digit_and_null_is_not_empty() {
        let number = column(Category::Numeric);
        assert_eq!(read(&number, "12345678901234567890.0100").unwrap().unwrap(), "12345678901234567890.0100");
        assert_eq!(read(&number, "\"007\"").unwrap().unwrap(), "007");
        assert_eq!(read(&number, "null").unwrap(), None);
        assert_eq!(read(&column(Category::Text), "\"\"").unwrap().unwrap(), "");
        assert_eq!(read(&column(Category::Bool), "true").unwrap().unwrap(), "true");
    }

    #[test]
    fn lists_become_array_literals() {
        let mut list = column(Category::Array);
        assert_eq!(read(&list, r#"["a","b,\"c\\",null,"null",3,""]"#).unwrap().unwrap(), r#"{"a","b,\"c\\",NULL,"null","3",""}"#);
        assert_eq!(read(&list, "[[1,2],[3,4]]").unwrap().unwrap(), r#"{{"1","2"},{"3","4"}}"#);
        assert!(read(&list, r#"[{"a":1}]"#).is_err());
        list.json_elements = true;
        assert_eq!(read(&list, r#"[{"a":1},[2],"x"]"#).unwrap().unwrap(), r#"{"{\"a\":1}","[2]","\"x\""}"#);
    }

    #[test]
    fn json_is_taken_as_it_is_and_nothing_else_takes_an_object() {
        assert_eq!(read(&column(Category::Json), "\"text\"").unwrap().unwrap(), "\"text\"");
        assert!(read(&column(Category::Int), "{}").unwrap_err().contains("not an object"));
        assert!(read(&column(Category::Text), "[1]").unwrap_err().contains("not a list"));
        assert!(read(&column(Category::Text), "\"a\\u0000\"").unwrap_err().contains("NUL"));
        let mut short = column(Category::Text);
        short.max_length = Some(2);
        assert!(read(&short, "\"äöü\"").is_err());
        assert!(read(&short, "\"äö\"").is_ok());
    }
}
