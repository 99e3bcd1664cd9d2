//! A file that is being taken in: decoded, cut into rows, and put together again in pieces of whole rows. What is held is
//! one piece and one row, however long the file is.

use super::fields;
use super::lines::{LONGEST_ROW, Splitter};
use super::shape::{Format, Shape};
use super::text::Decoder;
use crate::catalogue::Table;
use kernel::{Problem, Result};
use std::sync::Arc;

/// Bytes of a piece, or a little more: it ends with a row. Each connection of the pool keeps buffers as large as the largest.
const PIECE: usize = 512 << 10;
/// Text that is looked at before it is decided what parts fields.
const LOOKED_AT: usize = 64 << 10;

/// Some whole rows of the file.
pub struct Piece {
    pub number: i32,
    pub line: u64,
    pub rows: u64,
    pub content: Vec<u8>,
}

pub struct Intake {
    table: Arc<Table>,
    decoder: Decoder,
    /// Decoded text that is in no piece yet.
    text: Vec<u8>,
    shape: Shape,
    splitter: Option<Splitter>,
    /// Number, first line and rows so far of the piece that is being filled.
    piece: (i32, u64, u64),
}

impl Intake {
    pub fn new(table: Arc<Table>, format: Format, delimiter: Option<u8>, header: Option<bool>) -> Self {
        let shape = Shape::new(format, delimiter.filter(|_| format == Format::Csv), header);
        Self { table, decoder: Decoder::new(), text: Vec::new(), shape, splitter: None, piece: (0, 1, 0) }
    }

    /// Takes in what comes next; gives a piece when one is full.
    ///
    /// # Errors
    /// 422 with the line, when the file can't be read.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Option<Piece>> {
        self.decoder.push(bytes, &mut self.text)?;
        if self.splitter.is_none() && self.text.len() < LOOKED_AT {
            return Ok(None);
        }
        self.look()
    }

    /// The rest of it, and what is known of the whole.
    ///
    /// # Errors
    /// As [`Self::push`], and when there is nothing in it.
    pub fn finish(mut self) -> Result<(Option<Piece>, Shape, &'static str)> {
        self.decoder.finish(&mut self.text)?;
        let mut pieces = self.look()?;
        if let Some(splitter) = &mut self.splitter {
            let last = splitter.last(&self.text).map_err(never_closed)?;
            if let Some(row) = last {
                self.count(row.start, row.end)?;
                self.text.push(b'\n');
            }
        }
        if !self.text.is_empty() {
            let content = std::mem::take(&mut self.text);
            let rest = self.cut(content);
            // A full piece and a rest are one piece then: it is only a little longer.
            pieces = Some(match pieces {
                Some(mut full) => {
                    full.content.extend_from_slice(&rest.content);
                    Piece { rows: full.rows + rest.rows, ..full }
                }
                None => rest,
            });
        }
        let encoding = self.decoder.encoding();
        Ok((pieces, self.shape.settled(&self.table)?, encoding))
    }

    fn look(&mut self) -> Result<Option<Piece>> {
        let splitter = self.splitter.get_or_insert_with(|| {
            if self.shape.format == Format::Csv {
                self.shape.delimiter.get_or_insert_with(|| fields::delimiter(&self.text));
            }
            Splitter::new(self.shape.delimiter, 1)
        });
        while let Some(row) = splitter.next(&self.text) {
            if row.end - row.start > LONGEST_ROW {
                return Err(too_long(row.line));
            }
            let before = self.shape.rows;
            self.shape.add(self.text.get(row.start..row.end).unwrap_or_default(), &self.table)?;
            self.piece.2 += self.shape.rows - before;
        }
        let (taken, line) = splitter.taken();
        if self.text.len() - taken > LONGEST_ROW {
            return Err(too_long(line));
        }
        // A line feed that may follow belongs to the row before it.
        if taken < PIECE || splitter.is_undecided() {
            return Ok(None);
        }
        splitter.forget(taken);
        let rest = self.text.split_off(taken);
        let content = std::mem::replace(&mut self.text, rest);
        let piece = self.cut(content);
        self.piece.1 = line;
        Ok(Some(piece))
    }

    fn count(&mut self, start: usize, end: usize) -> Result<()> {
        let before = self.shape.rows;
        self.shape.add(self.text.get(start..end).unwrap_or_default(), &self.table)?;
        self.piece.2 += self.shape.rows - before;
        Ok(())
    }

    fn cut(&mut self, content: Vec<u8>) -> Piece {
        let (number, line, rows) = self.piece;
        self.piece = (number + 1, line, 0);
        Piece { number, line, rows, content }
    }
}

fn too_long(line: u64) -> Problem {
    let most = LONGEST_ROW >> 20;
    Problem::field(
        "file",
        "too_long",
        format!("The row that begins in line {line} is longer than {most} MB. If it has a quote that is never closed, close it."),
    )
}

fn never_closed(line: u64) -> Problem {
    Problem::field(
        "file",
        "quotes",
        format!("A quote in the row that begins in line {line} is never closed. Close it and upload the file again."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Column;
    use kernel::list::Relation;

    fn take(text: &[u8], step: usize) -> Result<(Vec<Piece>, Shape), String> {
        let mut table = Table::of_relation("public", "t", Relation::new(""));
        table.columns = vec![Column::named("id"), Column::named("name")];
        let mut intake = Intake::new(Arc::new(table), Format::Csv, None, None);
        let mut pieces = Vec::new();
        for part in text.chunks(step) {
            pieces.extend(intake.push(part).map_err(|p| p.detail().to_owned())?);
        }
        let (last, shape, _) = intake.finish().map_err(|p| p.detail().to_owned())?;
        pieces.extend(last);
        Ok((pieces, shape))
    }

    #[test]
    fn pieces_are_whole_rows_and_together_the_file() {
        let mut text = String::from("id;name\n");
        for n in 0..60_000 {
            text.push_str(&format!("{n};\"name\n{n} {}\"\r\n", "x".repeat(100)));
        }
        let (pieces, shape) = take(text.as_bytes(), 50_001).unwrap();
        assert!(pieces.len() > 2);
        assert_eq!(pieces.iter().map(|p| p.rows).sum::<u64>(), 60_000);
        assert_eq!(shape.rows, 60_000);
        let next = format!("{};", pieces[0].rows);
        assert!(pieces[1].content.starts_with(next.as_bytes()) && pieces[1].content.ends_with(b"\n"), "a row is never torn");
        let whole: Vec<u8> = pieces.iter().flat_map(|p| p.content.clone()).collect();
        assert_eq!(String::from_utf8(whole).unwrap(), text);
        let before = pieces[0].content.iter().filter(|b| **b == b'\n').count() as u64;
        assert_eq!((pieces[0].line, pieces[1].line), (1, before + 1));
    }

    #[test]
    fn broken_quotes_and_endless_rows_are_refused_with_their_line() {
        assert!(take(b"id,name\n1,a\n2,\"b\n3,c\n", 5).err().unwrap().contains("line 3"));
        let endless = [b"id,name\n1,\"".to_vec(), vec![b'x'; LONGEST_ROW + 10]].concat();
        let refused = take(&endless, 1 << 16).err().unwrap();
        assert!(refused.contains("line 2") && refused.contains("8 MB"), "{refused}");
        let long = [b"id,name\n1,".to_vec(), vec![b'x'; LONGEST_ROW - 100], b"\n2,b\n".to_vec()].concat();
        assert_eq!(take(&long, 1 << 16).unwrap().1.rows, 2);
    }
}
