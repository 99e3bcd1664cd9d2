//! SQL as words: just enough to tell where a statement ends, which words it begins with and where its parameters are.
//! Quotes, dollar quotes and nested comments are passed over as PostgreSQL passes over them.
//!
//! Nothing that is forbidden is forbidden by this: PostgreSQL refuses two statements in one, and says itself when a
//! transaction was ended. It is for dividing a text, and for saying early and in words what won't be done.

use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A name or a keyword, without quotes.
    Word,
    /// `"A name"`.
    Quoted,
    /// Any string: `'…'`, `E'…'`, `$tag$…$tag$`.
    Text,
    /// `$1`.
    Number,
    /// `:name`.
    Name,
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    Semicolon,
    /// Anything else, such as an operator or a digit.
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    /// In bytes.
    pub at: Range<usize>,
}

/// Every token of a text; white space and comments are between them.
pub struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Tokens<'a> {
    #[must_use]
    pub fn of(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(0)
    }

    fn end_after(&self, what: &str, from: usize) -> usize {
        let rest = self.text.get(from..).unwrap_or_default();
        rest.find(what).map_or(self.text.len(), |found| from + found + what.len())
    }

    /// Where the run of bytes that `fits` ends.
    fn end_of(&self, from: usize, fits: impl Fn(u8) -> bool) -> usize {
        let bytes = self.text.as_bytes().get(from..).unwrap_or_default();
        from + bytes.iter().position(|byte| !fits(*byte)).unwrap_or(bytes.len())
    }

    fn skip(&mut self) {
        loop {
            match (self.byte(self.at), self.byte(self.at + 1)) {
                (b'-', b'-') => self.at = self.end_after("\n", self.at),
                (b'/', b'*') => self.at = self.comment(),
                (byte, _) if byte.is_ascii_whitespace() || byte == 0x0b => self.at += 1,
                _ => return,
            }
        }
    }

    /// The end of a comment, which may have others in it.
    fn comment(&self) -> usize {
        let (mut at, mut depth) = (self.at + 2, 1);
        while depth > 0 && at < self.text.len() {
            match (self.byte(at), self.byte(at + 1)) {
                (b'/', b'*') => (at, depth) = (at + 2, depth + 1),
                (b'*', b'/') => (at, depth) = (at + 2, depth - 1),
                _ => at += 1,
            }
        }
        at
    }

    /// The end of what is quoted from `from` on, where the quote itself is doubled or, in an `E` string, escaped.
    fn quoted(&self, from: usize, quote: u8, escapes: bool) -> usize {
        let mut at = from + 1;
        while at < self.text.len() {
            match self.byte(at) {
                b'\\' if escapes => at += 2,
                byte if byte == quote && self.byte(at + 1) == quote => at += 2,
                byte if byte == quote => return at + 1,
                _ => at += 1,
            }
        }
        self.text.len()
    }

    /// The end of a dollar quote that begins here, if one does.
    fn dollar(&self) -> Option<usize> {
        let name = self.at + 1;
        let end = self.end_of(name, |byte| is_inner(byte) && byte != b'$');
        (self.byte(end) == b'$' && !self.byte(name).is_ascii_digit()).then(|| {
            let tag = self.text.get(self.at..=end).unwrap_or_default();
            self.end_after(tag, end + 1)
        })
    }

    fn one(&self) -> (Kind, usize) {
        let (here, next) = (self.byte(self.at), self.byte(self.at + 1));
        match here {
            b'\'' => (Kind::Text, self.quoted(self.at, b'\'', false)),
            b'"' => (Kind::Quoted, self.quoted(self.at, b'"', false)),
            b'e' | b'E' if next == b'\'' => (Kind::Text, self.quoted(self.at + 1, b'\'', true)),
            b'b' | b'B' | b'x' | b'X' | b'n' | b'N' if next == b'\'' => (Kind::Text, self.quoted(self.at + 1, b'\'', false)),
            b'u' | b'U' if next == b'&' && self.byte(self.at + 2) == b'\'' => (Kind::Text, self.quoted(self.at + 2, b'\'', false)),
            b'u' | b'U' if next == b'&' && self.byte(self.at + 2) == b'"' => (Kind::Quoted, self.quoted(self.at + 2, b'"', false)),
            b'$' if next.is_ascii_digit() => (Kind::Number, self.end_of(self.at + 1, |byte| byte.is_ascii_digit())),
            b'$' => self.dollar().map_or((Kind::Other, self.at + 1), |end| (Kind::Text, end)),
            b':' if next == b':' || next == b'=' => (Kind::Other, self.at + 2),
            b':' if is_first(next) => (Kind::Name, self.end_of(self.at + 1, is_inner)),
            b'(' => (Kind::Open, self.at + 1),
            b')' => (Kind::Close, self.at + 1),
            b'[' => (Kind::OpenBracket, self.at + 1),
            b']' => (Kind::CloseBracket, self.at + 1),
            b';' => (Kind::Semicolon, self.at + 1),
            byte if is_first(byte) => (Kind::Word, self.end_of(self.at, is_inner)),
            byte if byte.is_ascii_digit() => (Kind::Other, self.end_of(self.at, |byte| byte.is_ascii_alphanumeric() || byte == b'_')),
            _ => (Kind::Other, self.at + 1),
        }
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.skip();
        if self.at >= self.text.len() {
            return None;
        }
        let (kind, end) = self.one();
        let start = self.at;
        self.at = end.min(self.text.len());
        Some(Token { kind, at: start..self.at })
    }
}

fn is_first(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_inner(byte: u8) -> bool {
    is_first(byte) || byte.is_ascii_digit() || byte == b'$'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(Kind, &str)> {
        Tokens::of(text).map(|token| (token.kind, &text[token.at])).collect()
    }

    #[test]
    fn strings_of_every_kind_are_one_token() {
        for text in [
            "'it''s; ok'",
            r"E'it\'s; ok'",
            r"e'\\'",
            r"'\'",
            "$$a;b$$",
            "$q$ $$ ; $r$ $q$",
            "$_1$;$_1$",
            "U&'\\0041;'",
            "B'01'",
            "N'x;'",
            "'unfinished ; ",
            "$$ unfinished ;",
            "$ü$;$ü$",
        ] {
            assert_eq!(shown(text), [(Kind::Text, text)], "{text}");
        }
        assert_eq!(shown("\"a\"\";b\""), [(Kind::Quoted, "\"a\"\";b\"")]);
        assert_eq!(shown("a$b$c"), [(Kind::Word, "a$b$c")], "a dollar inside of a name begins nothing");
        assert_eq!(shown("name'x'"), [(Kind::Word, "name"), (Kind::Text, "'x'")], "only a lone E is a prefix");
    }

    #[test]
    fn comments_are_between_tokens_also_when_they_are_nested() {
        assert_eq!(shown("a -- ; '\nb /* ; /* ' */ ; */ c"), [(Kind::Word, "a"), (Kind::Word, "b"), (Kind::Word, "c")]);
        assert_eq!(shown("a /* never /* closed */ ;"), [(Kind::Word, "a")]);
        assert_eq!(shown("a --"), [(Kind::Word, "a")]);
    }

    #[test]
    fn parameters_are_told_from_casts_and_dollar_quotes() {
        assert_eq!(shown(":a::int"), [(Kind::Name, ":a"), (Kind::Other, "::"), (Kind::Word, "int")]);
        assert_eq!(shown("$1$2"), [(Kind::Number, "$1"), (Kind::Number, "$2")]);
        assert_eq!(shown("f(a := 1)")[2..4], [(Kind::Word, "a"), (Kind::Other, ":=")]);
    }
}
