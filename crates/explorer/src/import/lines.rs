//! Where rows end. A line break within quotes belongs to its row; quotes count only at the beginning of a field, so that
//! an inch sign in the middle of one is a sign like any other.

/// Most bytes of one row.
pub const LONGEST_ROW: usize = 8 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// At the beginning of a field.
    Start,
    Plain,
    Quoted,
    /// After a quote inside quotes: the end of them, or the first of two.
    Quote,
    /// After a carriage return that ended a row: a line feed belongs to it.
    Return,
}

/// One row, without what ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    pub start: usize,
    pub end: usize,
    /// Line of the file that it begins in, from 1.
    pub line: u64,
}

/// Finds rows in text that may come in pieces.
pub struct Splitter {
    /// What parts fields; none where a line is a row whatever is in it.
    delimiter: Option<u8>,
    state: State,
    start: usize,
    at: usize,
    line: u64,
    begun: u64,
}

impl Splitter {
    pub fn new(delimiter: Option<u8>, line: u64) -> Self {
        Self { delimiter, state: State::Start, start: 0, at: 0, line, begun: line }
    }

    /// The next row that is whole.
    pub fn next(&mut self, text: &[u8]) -> Option<Found> {
        while let Some(byte) = text.get(self.at).copied() {
            self.at += 1;
            if self.state == State::Return {
                self.state = State::Start;
                if byte == b'\n' {
                    self.start = self.at;
                    continue;
                }
            }
            let is_break = matches!(byte, b'\n' | b'\r');
            let Some(delimiter) = self.delimiter else {
                if is_break {
                    return Some(self.end(byte));
                }
                continue;
            };
            match self.state {
                State::Quoted if byte == b'"' => self.state = State::Quote,
                State::Quoted => self.line += u64::from(byte == b'\n'),
                State::Quote if byte == b'"' => self.state = State::Quoted,
                _ if is_break => return Some(self.end(byte)),
                _ if byte == delimiter => self.state = State::Start,
                State::Start if byte == b'"' => self.state = State::Quoted,
                _ => self.state = State::Plain,
            }
        }
        None
    }

    /// What is left when the file ends without a line break; the line whose quotes are still open.
    pub fn last(&mut self, text: &[u8]) -> Result<Option<Found>, u64> {
        if self.state == State::Quoted {
            return Err(self.begun);
        }
        let found = (self.start < text.len()).then_some(Found { start: self.start, end: text.len(), line: self.begun });
        self.start = text.len();
        Ok(found)
    }

    /// Whether what comes next may belong to the row that was found last.
    pub fn is_undecided(&self) -> bool {
        self.state == State::Return
    }

    /// How much of the text was given away as rows, and the line that follows.
    pub fn taken(&self) -> (usize, u64) {
        (self.start, self.begun)
    }

    /// The first bytes of the text are no longer there.
    pub fn forget(&mut self, bytes: usize) {
        self.start -= bytes;
        self.at -= bytes;
    }

    fn end(&mut self, byte: u8) -> Found {
        let found = Found { start: self.start, end: self.at - 1, line: self.begun };
        self.state = if byte == b'\r' { State::Return } else { State::Start };
        self.line += 1;
        (self.start, self.begun) = (self.at, self.line);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, piece: usize) -> Result<Vec<(String, u64)>, u64> {
        let (mut splitter, mut buffer, mut found) = (Splitter::new(Some(b','), 1), Vec::new(), Vec::new());
        let mut keep = |row: Found, buffer: &[u8]| found.push((String::from_utf8(buffer[row.start..row.end].to_vec()).unwrap(), row.line));
        for part in text.as_bytes().chunks(piece) {
            buffer.extend_from_slice(part);
            while let Some(row) = splitter.next(&buffer) {
                keep(row, &buffer);
            }
            let (taken, _) = splitter.taken();
            buffer.drain(..taken);
            splitter.forget(taken);
        }
        if let Some(row) = splitter.last(&buffer)? {
            keep(row, &buffer);
        }
        Ok(found)
    }

    #[test]
    fn rows_end_where_they_end_however_they_come() {
        for piece in [1, 2, 3, 7, 100] {
            let row = |text: &str, line: u64| (text.to_owned(), line);
            assert_eq!(rows("a,b\nc,d", piece).unwrap(), [row("a,b", 1), row("c,d", 2)]);
            assert_eq!(rows("a\r\nb\rc\n", piece).unwrap(), [row("a", 1), row("b", 2), row("c", 3)]);
            assert_eq!(rows("\"a\nb\",\"c\"\"\r\n\"\nd\n", piece).unwrap(), [row("\"a\nb\",\"c\"\"\r\n\"", 1), row("d", 4)]);
            assert_eq!(rows("5\" pipe,x\ny\n", piece).unwrap(), [row("5\" pipe,x", 1), row("y", 2)]);
            assert_eq!(rows("a\n\n\nb\n", piece).unwrap(), [row("a", 1), row("", 2), row("", 3), row("b", 4)]);
            assert_eq!(rows("a\nb,\"c\nd\n", piece), Err(2));
            assert_eq!(rows("", piece).unwrap(), []);
        }
    }
}
