//! Walking through a parameter's text, character by character, with errors that say where.

use super::MAX_STEPS;
use super::tree::{Field, Step};
use crate::problem::Problem;

pub(super) struct Scan<'a> {
    parameter: &'a str,
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    pub(super) fn new(parameter: &'a str, text: &'a str) -> Self {
        Self { parameter, text, at: 0 }
    }

    pub(super) fn parameter(&self) -> &'a str {
        self.parameter
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn is_done(&self) -> bool {
        self.at >= self.text.len()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Takes `expected` when it comes next.
    pub(super) fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.at += expected.len();
        }
        found
    }

    pub(super) fn take_rest(&mut self) -> &'a str {
        let rest = self.rest();
        self.at = self.text.len();
        rest
    }

    pub(super) fn take_until(&mut self, stop: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(stop).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    /// A problem at the current place, with the text that is left there.
    pub(super) fn expected(&self, what: &str) -> Problem {
        let rest = self.rest();
        let here = if rest.is_empty() {
            "the end".to_owned()
        } else {
            let mut shown: String = rest.chars().take(20).collect();
            if shown.len() < rest.len() {
                shown.push('…');
            }
            format!("“{shown}”")
        };
        let position = self.text.get(..self.at).unwrap_or_default().chars().count() + 1;
        Problem::filter(self.parameter, format!("expected {what} at character {position}, found {here}"))
    }

    pub(super) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::filter(self.parameter, message)
    }

    /// The rest of a `"…"` whose first quote comes next; `\` takes the character after it as it is.
    pub(super) fn quoted(&mut self) -> Result<String, Problem> {
        let start = self.at;
        let mut value = String::new();
        if !self.eat("\"") {
            return Err(self.expected("a double quote"));
        }
        while let Some(c) = self.next() {
            match c {
                '"' => return Ok(value),
                '\\' => match self.next() {
                    Some(escaped) => value.push(escaped),
                    None => break,
                },
                c => value.push(c),
            }
        }
        self.at = start;
        Err(self.expected("a closing double quote"))
    }

    /// A column with its JSON path. An unquoted name ends at `->` or where `stop` says.
    pub(super) fn field(&mut self, stop: impl Fn(char) -> bool + Copy) -> Result<Field, Problem> {
        let column = self.name(stop)?;
        if column.is_empty() {
            return Err(self.expected("a column"));
        }
        Ok(Field { column, steps: self.steps(stop)? })
    }

    pub(super) fn steps(&mut self, stop: impl Fn(char) -> bool + Copy) -> Result<Vec<Step>, Problem> {
        let mut steps: Vec<Step> = Vec::new();
        loop {
            let text = if self.eat("->>") {
                true
            } else if self.eat("->") {
                false
            } else {
                return Ok(steps);
            };
            if steps.last().is_some_and(Step::gives_text) {
                return Err(self.problem("after ->> the value is text, so no further arrow can follow; use -> before it"));
            }
            if steps.len() == MAX_STEPS {
                return Err(self.problem(format!("a JSON path has at most {MAX_STEPS} arrows")));
            }
            let is_quoted = self.peek() == Some('"');
            let key = self.name(stop)?;
            if key.is_empty() && !is_quoted {
                return Err(self.expected("a JSON key or index"));
            }
            let index = if is_quoted { None } else { key.parse::<i32>().ok().filter(|i| i.to_string() == key) };
            steps.push(match (index, text) {
                (Some(index), false) => Step::Index(index),
                (Some(index), true) => Step::IndexText(index),
                (None, false) => Step::Key(key),
                (None, true) => Step::KeyText(key),
            });
        }
    }

    /// A quoted or plain name; a plain one ends at `->` or where `stop` says.
    pub(super) fn name(&mut self, stop: impl Fn(char) -> bool) -> Result<String, Problem> {
        if self.peek() == Some('"') {
            return self.quoted();
        }
        let rest = self.rest();
        let end = rest
            .char_indices()
            .find(|&(i, c)| stop(c) || rest.get(i..).is_some_and(|r| r.starts_with("->")))
            .map_or(rest.len(), |(i, _)| i);
        self.at += end;
        Ok(rest.get(..end).unwrap_or_default().to_owned())
    }
}
