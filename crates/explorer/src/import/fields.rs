//! One row of CSV in its fields. Whether a field stood in quotes is kept: without them, nothing at all is NULL.

/// The fields of the row that was read last.
#[derive(Default)]
pub struct Fields {
    text: Vec<u8>,
    ends: Vec<(usize, bool)>,
}

/// A field without its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    pub text: &'a [u8],
    pub quoted: bool,
}

impl Fields {
    /// Takes a row apart. What follows the closing quote of a field is part of it, as PostgreSQL has it.
    pub fn read(&mut self, row: &[u8], delimiter: u8) {
        self.text.clear();
        self.ends.clear();
        let (mut quoted, mut inside) = (false, false);
        let mut bytes = row.iter().copied().peekable();
        let mut start = true;
        while let Some(byte) = bytes.next() {
            match byte {
                b'"' if inside => {
                    if bytes.next_if_eq(&b'"').is_some() {
                        self.text.push(b'"');
                    } else {
                        inside = false;
                    }
                }
                _ if inside => self.text.push(byte),
                b'"' if start => (quoted, inside) = (true, true),
                _ if byte == delimiter => {
                    self.ends.push((self.text.len(), quoted));
                    (quoted, start) = (false, true);
                    continue;
                }
                _ => self.text.push(byte),
            }
            start = false;
        }
        self.ends.push((self.text.len(), quoted));
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn get(&self, place: usize) -> Option<Field<'_>> {
        let (end, quoted) = *self.ends.get(place)?;
        let start = place.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |(end, _)| *end);
        Some(Field { text: self.text.get(start..end)?, quoted })
    }

    pub fn iter(&self) -> impl Iterator<Item = Field<'_>> {
        (0..self.len()).filter_map(|place| self.get(place))
    }
}

/// The sign that parts the first row into most fields; the earlier one wins a draw.
pub fn delimiter(text: &[u8]) -> u8 {
    let (mut counts, mut quoted) = ([(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)], false);
    for byte in text {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            byte if !quoted => counts.iter_mut().filter(|(sign, _)| sign == byte).for_each(|(_, count)| *count += 1),
            _ => {}
        }
    }
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(sign, _)| *sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(row: &str) -> Vec<(String, bool)> {
        let mut fields = Fields::default();
        fields.read(row.as_bytes(), b',');
        fields.iter().map(|f| (String::from_utf8(f.text.to_vec()).unwrap(), f.quoted)).collect()
    }

    #[test]
    fn quotes_tell_an_empty_text_from_nothing() {
        let field = |text: &str, quoted: bool| (text.to_owned(), quoted);
        assert_eq!(read("a,\"b,\"\"c\"\"\",,\"\""), [field("a", false), field("b,\"c\"", true), field("", false), field("", true)]);
        assert_eq!(read(""), [field("", false)]);
        assert_eq!(read("5\" pipe, \"x\""), [field("5\" pipe", false), field(" \"x\"", false)]);
        assert_eq!(read("\"a\"b,\"c\nd\""), [field("ab", true), field("c\nd", true)]);
        assert_eq!(read("=1+1,\\N"), [field("=1+1", false), field("\\N", false)]);
    }

    #[test]
    fn the_separator_is_guessed() {
        assert_eq!(delimiter(b"a;b,c;d\n1,2,3,4"), b';');
        assert_eq!(delimiter(b"a\tb\n"), b'\t');
        assert_eq!(delimiter(b"\"a,b,c\"|d\n"), b'|');
        assert_eq!(delimiter(b"one\n"), b',');
    }
}
