//! All the parameters of a list, read against a relation.

use super::filter::Filters;
use super::tree::{Node, OrderKey, Selection};
use super::{DEFAULT_LIMIT, MAX_BYTES, MAX_LIMIT, MAX_OFFSET, order, select};
use crate::list::relation::Relation;
use crate::problem::Problem;

/// What a caller asks of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// All of these must hold.
    pub filter: Vec<Node>,
    pub select: Selection,
    /// As asked for; empty means the relation's default. The tie-break is added by the builder.
    pub order: Vec<OrderKey>,
    pub limit: u32,
    pub offset: u32,
    /// Opaque, from the page before.
    pub cursor: Option<String>,
    pub search: Option<String>,
    /// Adds `"$version"` to every row (where the relation has versions).
    pub versions: bool,
    /// Longest text, JSON or bytea value in characters; longer ones become `{"$short":…,"$size":…}`.
    pub shorten: Option<u32>,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            filter: Vec::new(),
            select: Selection::default(),
            order: Vec::new(),
            limit: DEFAULT_LIMIT,
            offset: 0,
            cursor: None,
            search: None,
            versions: false,
            shorten: None,
        }
    }
}

impl Query {
    /// Reads decoded parameters. Every parameter that is not a word of the grammar is a filter on a column.
    ///
    /// # Errors
    /// A `filter` problem that names the parameter: unknown column or operator, a value that breaks the grammar,
    /// a limit that is exceeded. The values themselves are checked by PostgreSQL when the query runs.
    pub fn parse<K: AsRef<str>, V: AsRef<str>>(relation: &Relation, parameters: &[(K, V)]) -> Result<Self, Problem> {
        let mut query = Self::default();
        let mut filters = Filters::new(relation);
        let size: usize = parameters.iter().map(|(k, v)| k.as_ref().len() + v.as_ref().len()).sum();
        if size > MAX_BYTES {
            return Err(Problem::malformed(format!("The parameters are {size} bytes; at most {MAX_BYTES} are read")));
        }
        let mut seen: Vec<&str> = Vec::new();
        for (key, value) in parameters {
            let (key, value) = (key.as_ref(), value.as_ref());
            if matches!(key, "select" | "order" | "limit" | "offset" | "cursor" | "search") {
                if seen.contains(&key) {
                    return Err(Problem::filter(key, "is given twice"));
                }
                seen.push(key);
            }
            match key {
                "select" => query.select = select::select(relation, value)?,
                "order" => query.order = order::order(relation, value)?,
                "limit" => query.limit = number(key, value, MAX_LIMIT)?,
                "offset" => query.offset = number(key, value, MAX_OFFSET)?,
                "cursor" => query.cursor = Some(value.to_owned()).filter(|c| !c.is_empty()),
                "search" => query.search = search(relation, value)?,
                _ => query.filter.push(filters.parameter(key, value)?),
            }
        }
        if query.cursor.is_some() && query.offset > 0 {
            return Err(Problem::filter("offset", "can't be used together with cursor"));
        }
        Ok(query)
    }

    /// Reads a query string, `age=gte.18&order=name`, as in a URL.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_string(relation: &Relation, text: &str) -> Result<Self, Problem> {
        let parameters: Vec<(String, String)> = url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        Self::parse(relation, &parameters)
    }

    /// Reads only an order, such as `name.asc,created_at.desc`; for defaults in declarations.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_order(relation: &Relation, text: &str) -> Result<Vec<OrderKey>, Problem> {
        order::order(relation, text)
    }
}

fn number(key: &str, value: &str, max: u32) -> Result<u32, Problem> {
    let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    let hint = if key == "offset" { "; go further with cursor (Next-Cursor of the page before)" } else { "" };
    match value.parse::<u32>() {
        Ok(n) if digits && n <= max => Ok(n),
        _ if digits => Err(Problem::filter(key, format!("is at most {max}{hint}"))),
        _ => Err(Problem::filter(key, format!("must be a whole number from 0 to {max}"))),
    }
}

fn search(relation: &Relation, value: &str) -> Result<Option<String>, Problem> {
    if value.is_empty() {
        return Ok(None);
    }
    if value.contains('\0') {
        return Err(Problem::filter("search", "can't contain the character NUL"));
    }
    if !relation.columns.iter().any(|c| c.searchable) {
        return Err(Problem::filter("search", "there is no column here to search in"));
    }
    Ok(Some(value.to_owned()))
}
