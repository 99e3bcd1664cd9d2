//! A text divided into its statements, with their parameters as PostgreSQL numbers them.

use super::lexer::{Kind, Token, Tokens};
use std::ops::Range;

/// First words that are kept of a statement.
const WORDS: usize = 6;

/// One statement of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// In bytes of the whole text, without the semicolon.
    pub at: Range<usize>,
    /// What it begins with, in small letters and without quotes, up to the first token of another kind.
    pub words: Vec<String>,
    /// `:name` and `$1`, where they stand in the whole text.
    spots: Vec<(Range<usize>, String)>,
}

/// A statement as it is sent: names are numbers, and places can be found again.
#[derive(Debug, PartialEq, Eq)]
pub struct Sent {
    pub sql: String,
    /// The parameters' names in the order of their numbers; `1` for `$1`.
    pub parameters: Vec<String>,
    /// Bytes of what is sent, each with its place in the text.
    starts: Vec<(usize, usize)>,
}

impl Statement {
    /// What is sent when these parameters are given; others stay as they are.
    #[must_use]
    pub fn sent(&self, text: &str, before: &str, given: impl Fn(&str) -> bool) -> Sent {
        let mut parameters: Vec<String> = Vec::new();
        let highest = self.spots.iter().filter_map(|(_, name)| name.parse::<usize>().ok()).max().unwrap_or(0);
        parameters.extend((1..=highest.min(usize::from(u16::MAX))).map(|number| number.to_string()));
        let mut sql = before.to_owned();
        let mut starts = vec![(sql.len(), self.at.start)];
        let mut from = self.at.start;
        for (spot, name) in &self.spots {
            if name.parse::<usize>().is_ok() || !given(name) {
                continue;
            }
            let number = parameters.iter().position(|other| other == name).unwrap_or_else(|| {
                parameters.push(name.clone());
                parameters.len() - 1
            });
            sql.push_str(text.get(from..spot.start).unwrap_or_default());
            starts.push((sql.len(), spot.start));
            sql.push_str(&format!("${}", number + 1));
            starts.push((sql.len(), spot.end));
            from = spot.end;
        }
        sql.push_str(text.get(from..self.at.end).unwrap_or_default());
        Sent { sql, parameters, starts }
    }

    /// The names and numbers in it.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        self.spots.iter().map(|(_, name)| name.as_str())
    }
}

impl Sent {
    /// The byte of the text that character `position` (from 1) of what was sent stands for.
    #[must_use]
    pub fn place(&self, position: usize) -> usize {
        let byte = self.sql.char_indices().nth(position.saturating_sub(1)).map_or(self.sql.len(), |(byte, _)| byte);
        let start = self.starts.iter().rev().find(|(sent, _)| *sent <= byte).or(self.starts.first());
        start.map_or(0, |(sent, place)| place + byte.saturating_sub(*sent))
    }
}

/// Every statement of a text; nothing of what is empty.
#[must_use]
pub fn split(text: &str) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut current = Open::default();
    for token in Tokens::of(text) {
        if token.kind == Kind::Semicolon && current.is_outside() {
            statements.extend(std::mem::take(&mut current).statement);
        } else {
            current.add(text, &token);
        }
    }
    statements.extend(current.statement);
    statements
}

/// A statement that has not ended.
#[derive(Default)]
struct Open {
    statement: Option<Statement>,
    /// Whether its first words are over.
    begun: bool,
    round: usize,
    square: usize,
    /// `begin atomic … end` and `case … end` in a function whose body is SQL.
    blocks: usize,
}

impl Open {
    fn is_outside(&self) -> bool {
        self.round == 0 && self.blocks == 0
    }

    fn add(&mut self, text: &str, token: &Token) {
        let shown = text.get(token.at.clone()).unwrap_or_default();
        let statement = self.statement.get_or_insert_with(|| Statement { at: token.at.clone(), ..Statement::default() });
        statement.at.end = token.at.end;
        match token.kind {
            Kind::Word => {
                let word = shown.to_ascii_lowercase();
                if makes_function(&statement.words) {
                    match word.as_str() {
                        "atomic" => self.blocks += 1,
                        "case" if self.blocks > 0 => self.blocks += 1,
                        "end" => self.blocks = self.blocks.saturating_sub(1),
                        _ => {}
                    }
                }
                if !self.begun && statement.words.len() < WORDS {
                    statement.words.push(word);
                }
                return;
            }
            // The name of a setting may be quoted: set "role" to …
            Kind::Quoted if !self.begun && statement.words.len() < WORDS => {
                statement.words.push(shown.trim_matches('"').to_ascii_lowercase());
                return;
            }
            Kind::Open => self.round += 1,
            Kind::Close => self.round = self.round.saturating_sub(1),
            Kind::OpenBracket => self.square += 1,
            Kind::CloseBracket => self.square = self.square.saturating_sub(1),
            Kind::Number => statement.spots.push((token.at.clone(), shown.trim_start_matches('$').to_owned())),
            // In a[1:n] it is a bound.
            Kind::Name if self.square == 0 => statement.spots.push((token.at.clone(), shown.trim_start_matches(':').to_owned())),
            _ => {}
        }
        self.begun = true;
    }
}

fn makes_function(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| !matches!(*word, "or" | "replace")).collect();
    matches!(words.as_slice(), ["create", "function" | "procedure", ..])
}

/// Line and column of a byte, both from 1 and in characters.
#[must_use]
pub fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte.min(text.len())).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before.get(line_start..).unwrap_or_default().chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<&str> {
        split(text).into_iter().map(|statement| &text[statement.at]).collect()
    }

    #[test]
    fn a_text_is_divided_where_postgresql_divides_it() {
        assert_eq!(parts("select 1; select ';' ;; -- ;\n select \"a;b\""), ["select 1", "select ';'", "select \"a;b\""]);
        assert_eq!(parts("do $$ begin; end $$; select 1"), ["do $$ begin; end $$", "select 1"]);
        assert_eq!(parts("create rule r as on insert to t do (select 1; select 2); select 3").len(), 2);
        let body =
            "create or replace function f(a int) returns int begin atomic select 1; select case when a > 0 then 1 end; end; select 2";
        assert_eq!(parts(body).len(), 2, "{:?}", parts(body));
        assert_eq!(parts("begin; select 1; end"), ["begin", "select 1", "end"]);
        assert_eq!(parts("/* nothing */ ; -- at all"), Vec::<&str>::new());
        assert_eq!(parts("  \n select 1 -- here\n"), ["select 1"]);
    }

    #[test]
    fn the_first_words_are_those_that_count() {
        let words = |text: &str| split(text)[0].words.join(" ");
        assert_eq!(words("/* x */ RoLLback /* y */ TO s"), "rollback to s");
        assert_eq!(words("set \"ROLE\" to admin"), "set role to admin");
        assert_eq!(words("set session authorization 'x'"), "set session authorization");
        assert_eq!(words("(select 1)"), "");
    }

    #[test]
    fn names_are_numbered_and_places_found_again() {
        let text = "select 'ü:a', :a + $2, :b::int, :a, arr[1:b] from t where x = :c";
        let statement = &split(text)[0];
        let sent = statement.sent(text, "", |name| name != "c");
        assert_eq!(sent.sql, "select 'ü:a', $3 + $2, $4::int, $3, arr[1:b] from t where x = :c");
        assert_eq!(sent.parameters, ["1", "2", "a", "b"]);
        let of = |needle: &str| {
            let position = sent.sql[..sent.sql.find(needle).unwrap()].chars().count() + 1;
            &text[sent.place(position)..][..needle.len()]
        };
        assert_eq!([of("arr"), of("from"), of(":c")], ["arr", "from", ":c"]);
        assert!(text[sent.place(15)..].starts_with(":a +"));
        let explained = statement.sent(text, "explain ", |_| false);
        assert_eq!(explained.place(9), 0);
        assert_eq!(explained.place(1), 0, "what was put before it points to its beginning");
    }

    #[test]
    fn lines_and_columns_are_counted_in_characters() {
        assert_eq!(line_and_column("a\nüb", 1 + 1 + 2), (2, 2));
        assert_eq!(line_and_column("", 5), (1, 1));
    }
}
