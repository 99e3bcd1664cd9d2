//! Reading a `select` that reaches into other tables:
//! `name,album!inner(title,artist(name)),...genre(genre:name),milliseconds.sum()`.
//!
//! Columns stay as they were written: reading them is the list engine's business.

use kernel::{Problem, Result};

/// Levels below the table that is listed.
const MOST_LEVELS: usize = 6;
/// Other tables in one `select`.
const MOST_EMBEDS: usize = 24;
const AGGREGATES: [&str; 5] = ["count", "sum", "avg", "min", "max"];

/// What is asked of one table.
#[derive(Debug, Default)]
pub struct Level {
    /// Columns as they were written.
    pub columns: Vec<String>,
    pub aggregates: Vec<Aggregate>,
    pub embeds: Vec<Embed>,
    /// Filters, order and paging of this level, by the names that they have here.
    pub parameters: Vec<(String, String)>,
}

/// Another table, as it was written.
#[derive(Debug)]
pub struct Embed {
    pub spread: bool,
    pub alias: Option<String>,
    /// The table, or the constraint or column that leads to it.
    pub name: String,
    /// Which of several ways to it is meant.
    pub hint: Option<String>,
    /// Only rows that have one.
    pub inner: bool,
    /// `name=is.null` and its opposite: whether there may be one.
    pub exists: Option<bool>,
    /// `name()`: nothing of it is shown.
    pub is_hidden: bool,
    pub level: Level,
}

/// `alias:column.sum()::text`.
#[derive(Debug)]
pub struct Aggregate {
    pub key: String,
    pub function: &'static str,
    /// As it was written; none is `count()`.
    pub column: Option<String>,
    pub cast: Option<String>,
}

impl Level {
    /// # Errors
    /// A `filter` problem at `select`.
    pub fn read(select: &str) -> Result<Self> {
        Self::below(select, 0, &mut 0)
    }

    fn below(select: &str, depth: usize, embeds: &mut usize) -> Result<Self> {
        let mut level = Self::default();
        if depth > MOST_LEVELS {
            return Err(wrong(format!("tables are embedded at most {MOST_LEVELS} deep")));
        }
        for item in split(select)? {
            let Some(open) = unquoted(item, |rest| rest.starts_with('(')) else {
                level.columns.push(item.to_owned());
                continue;
            };
            let (head, rest) = item.split_at(open);
            let Some(close) = closing(rest) else { return Err(wrong("a parenthesis is not closed")) };
            let (inside, after) = (rest.get(1..close).unwrap_or_default(), rest.get(close + 1..).unwrap_or_default());
            if let Some(aggregate) = Aggregate::read(head, inside, after)? {
                level.aggregates.push(aggregate);
                continue;
            }
            if !after.is_empty() {
                return Err(wrong(format!("expected a comma after the parenthesis, found {}", shown(after))));
            }
            *embeds += 1;
            if *embeds > MOST_EMBEDS {
                return Err(wrong(format!("at most {MOST_EMBEDS} tables are embedded")));
            }
            let mut embed = Embed::read(head)?;
            embed.is_hidden = inside.is_empty();
            embed.level = Self::below(inside, depth + 1, embeds)?;
            level.embeds.push(embed);
        }
        Ok(level)
    }

    /// Whether the list engine needs no help with it.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.aggregates.is_empty() && self.embeds.is_empty()
    }

    /// Gives a parameter to the level that it is about: `album.title` to that of `album`.
    pub fn give(&mut self, name: &str, value: &str) -> Result<()> {
        let (first, rest) = first_name(name);
        let Some(embed) = self.embeds.iter_mut().find(|embed| embed.shown_name() == first) else {
            self.parameters.push((name.to_owned(), value.to_owned()));
            return Ok(());
        };
        match rest {
            Some(rest) => embed.level.give(rest, value),
            None => {
                embed.exists = Some(match value {
                    "is.null" | "not.is.not_null" => false,
                    "not.is.null" | "is.not_null" => true,
                    _ => return Err(Problem::filter(name, "an embedded table is compared with is.null or not.is.null")),
                });
                Ok(())
            }
        }
    }
}

impl Embed {
    fn read(head: &str) -> Result<Self> {
        let (spread, head) = match head.trim().strip_prefix("...") {
            Some(rest) => (true, rest),
            None => (false, head.trim()),
        };
        let (mut name, mut rest) = word(head)?;
        let mut alias = None;
        if let Some(after) = rest.strip_prefix(':') {
            (alias, (name, rest)) = (Some(name), word(after)?);
        }
        if name.is_empty() {
            return Err(wrong("expected the name of a table before the parenthesis"));
        }
        if spread && alias.is_some() {
            return Err(wrong("what is spread has no name of its own; leave the alias out"));
        }
        let (mut hint, mut inner) = (None, false);
        while let Some(after) = rest.strip_prefix('!') {
            let (given, left) = word(after)?;
            rest = left;
            match given.as_str() {
                "inner" => inner = true,
                "left" => inner = false,
                "" => return Err(wrong("expected a constraint, a column, a table, inner or left after !")),
                _ if hint.is_some() => return Err(wrong(format!("{} has two hints; one says it", shown(&name)))),
                _ => hint = Some(given),
            }
        }
        if !rest.is_empty() {
            return Err(wrong(format!("expected a parenthesis after {}, found {}", shown(&name), shown(rest))));
        }
        Ok(Self { spread, alias, name, hint, inner, exists: None, is_hidden: false, level: Level::default() })
    }

    /// What it is called in the answer and in parameters.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }
}

impl Aggregate {
    fn read(head: &str, inside: &str, after: &str) -> Result<Option<Self>> {
        let is_single =
            |at: usize| !head.get(at + 1..).is_some_and(|r| r.starts_with(':')) && !head.get(..at).is_some_and(|l| l.ends_with(':'));
        let colon = head.match_indices(':').map(|(at, _)| at).find(|at| is_single(*at) && unquoted_at(head, *at));
        let (alias, called) = match colon {
            Some(at) => (Some(word(head.get(..at).unwrap_or_default())?.0), head.get(at + 1..).unwrap_or_default()),
            None => (None, head),
        };
        let found = AGGREGATES.iter().find_map(|name| {
            let before = called.trim().strip_suffix(name)?;
            match before.strip_suffix('.') {
                Some(column) if !column.is_empty() => Some((*name, Some(column.to_owned()))),
                None if before.is_empty() && *name == "count" => Some((*name, None)),
                _ => None,
            }
        });
        let Some((function, column)) = found.filter(|_| inside.is_empty()) else { return Ok(None) };
        let cast = match after.strip_prefix("::") {
            Some(cast) => Some(cast.to_owned()),
            None if after.is_empty() => None,
            None => return Err(wrong(format!("expected a comma or a cast after {function}(), found {}", shown(after)))),
        };
        Ok(Some(Self { key: alias.filter(|a| !a.is_empty()).unwrap_or_else(|| function.to_owned()), function, column, cast }))
    }
}

/// One `a.desc` of an order, and the embedded table whose column it is: `album(title).desc`.
pub fn order_keys(order: &str) -> Result<Vec<(Option<String>, String)>> {
    let keys = split(order).map_err(|_| Problem::filter("order", "quotes or parentheses don't match"))?;
    keys.into_iter()
        .map(|key| match unquoted(key, |rest| rest.starts_with('(')) {
            None => Ok((None, key.to_owned())),
            Some(open) => {
                let (name, rest) = key.split_at(open);
                let close = closing(rest).ok_or_else(|| Problem::filter("order", "a parenthesis is not closed"))?;
                let (column, after) = (rest.get(1..close).unwrap_or_default(), rest.get(close + 1..).unwrap_or_default());
                Ok((Some(word(name)?.0), format!("{column}{after}")))
            }
        })
        .collect()
}

/// The name up to the first dot, and what follows the dot.
fn first_name(name: &str) -> (String, Option<&str>) {
    if name.starts_with('"')
        && let Ok((first, rest)) = word(name)
    {
        return (first, rest.strip_prefix('.'));
    }
    match name.split_once('.') {
        Some((first, rest)) => (first.to_owned(), Some(rest)),
        None => (name.to_owned(), None),
    }
}

/// A name, quoted or plain, and what follows it.
fn word(text: &str) -> Result<(String, &str)> {
    if !text.starts_with('"') {
        let end = text.find([':', '!', '(', ')', ',', '"']).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        return Ok((name.to_owned(), rest));
    }
    let mut name = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((name, text.get(at + 1..).unwrap_or_default())),
            '\\' => name.extend(chars.next().map(|(_, escaped)| escaped)),
            c => name.push(c),
        }
    }
    Err(wrong("a double quote is not closed"))
}

/// Cuts at the commas that stand in neither quotes nor parentheses.
fn split(text: &str) -> Result<Vec<&str>> {
    let (mut items, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    if text.is_empty() {
        return Ok(items);
    }
    for (at, c) in plain_chars(text) {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1).ok_or_else(|| wrong("a parenthesis is closed that was not opened"))?,
            ',' if depth == 0 => {
                items.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    if depth > 0 {
        return Err(wrong("a parenthesis is not closed"));
    }
    items.push(text.get(start..).unwrap_or_default());
    Ok(items)
}

/// The place of the parenthesis that closes the one at the beginning.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in plain_chars(text) {
        match c {
            '(' => depth += 1,
            ')' if depth == 1 => return Some(at),
            ')' => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    None
}

/// The first place outside of quotes where the rest of the text is as wanted.
fn unquoted(text: &str, wanted: impl Fn(&str) -> bool) -> Option<usize> {
    plain_chars(text).map(|(at, _)| at).find(|at| text.get(*at..).is_some_and(&wanted))
}

fn unquoted_at(text: &str, place: usize) -> bool {
    plain_chars(text).any(|(at, _)| at == place)
}

/// The characters outside of double quotes, with their places. `\` in quotes takes the next character as it is.
fn plain_chars(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    let (mut quoted, mut escaped) = (false, false);
    text.char_indices().filter(move |(_, c)| {
        if escaped {
            escaped = false;
            return false;
        }
        match c {
            '"' => {
                quoted = !quoted;
                false
            }
            '\\' if quoted => {
                escaped = true;
                false
            }
            _ => !quoted,
        }
    })
}

fn wrong(message: impl Into<String>) -> Problem {
    Problem::filter("select", message)
}

/// A name in a message: short, and never more than it is.
pub fn shown(name: &str) -> String {
    let mut short: String = name.chars().take(60).collect();
    if short.len() < name.len() {
        short.push('…');
    }
    format!("“{short}”")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_told_from_columns_and_aggregates() {
        let level = Level::read(
            "name,x:doc->a::text,album!inner(title,by:artist!artist_fk(*)),...genre(genre:name),n:length.sum()::text,count(),\"a,(b\"",
        )
        .unwrap();
        assert_eq!(level.columns, ["name", "x:doc->a::text", "\"a,(b\""]);
        let [album, genre] = level.embeds.as_slice() else { panic!("{:?}", level.embeds) };
        assert_eq!((album.shown_name(), album.inner, album.spread), ("album", true, false));
        let by = &album.level.embeds[0];
        assert_eq!((by.shown_name(), by.name.as_str(), by.hint.as_deref()), ("by", "artist", Some("artist_fk")));
        assert!(genre.spread && genre.level.columns == ["genre:name"]);
        let [sum, count] = level.aggregates.as_slice() else { panic!("{:?}", level.aggregates) };
        assert_eq!(
            (sum.key.as_str(), sum.function, sum.column.as_deref(), sum.cast.as_deref()),
            ("n", "sum", Some("length"), Some("text"))
        );
        assert_eq!((count.key.as_str(), count.column.as_deref()), ("count", None));
    }

    #[test]
    fn parameters_find_their_level() {
        let mut level = Level::read("album(title,\"odd.name\"(*))").unwrap();
        for (name, value) in [("album.title", "eq.x"), ("album.\"odd.name\".or", "(a.eq.1)"), ("name", "eq.y"), ("album", "not.is.null")] {
            level.give(name, value).unwrap();
        }
        assert_eq!(level.parameters, [("name".to_owned(), "eq.y".to_owned())]);
        let album = &level.embeds[0];
        assert_eq!((album.level.parameters[0].0.as_str(), album.exists), ("title", Some(true)));
        assert_eq!(album.level.embeds[0].level.parameters, [("or".to_owned(), "(a.eq.1)".to_owned())]);
        assert!(level.give("album", "eq.1").is_err());
    }

    #[test]
    fn nonsense_is_refused_and_never_panics() {
        for text in
            ["a(", "a)", "(a)", "a(b))", "a!(b)", "a!x!y(b)", "...x:a(b)", "a(b)c", "a.sum()x", ":(", "!!(", "a(b(c(d(e(f(g(h)))))))"]
        {
            assert!(Level::read(text).is_err(), "{text}");
        }
        let many = "a(b),".repeat(30);
        assert!(Level::read(&many).is_err());
        // Names no table: the list engine says what is wrong with it.
        assert!(Level::read("\"a(b)").unwrap().is_plain());
        assert!(Level::read("é(ü),\"\\\"\"(*)").is_ok());
    }
}
