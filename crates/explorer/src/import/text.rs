//! From the bytes of a file to UTF-8, as they come: UTF-8 with or without its mark, or UTF-16 with its mark. Anything else
//! is refused with the line that shows it: a guess would write wrong letters into a table.

use kernel::{Problem, Result};

enum Kind {
    /// Not enough bytes yet to tell.
    Unknown,
    Utf8,
    Utf16 {
        read: fn([u8; 2]) -> u16,
        /// The first half of a character that needs two.
        high: Option<u16>,
        name: &'static str,
    },
}

pub struct Decoder {
    kind: Kind,
    /// Bytes of a character that isn't whole yet.
    rest: Vec<u8>,
    line: u64,
}

impl Decoder {
    pub fn new() -> Self {
        Self { kind: Kind::Unknown, rest: Vec::new(), line: 1 }
    }

    pub fn encoding(&self) -> &'static str {
        match self.kind {
            Kind::Utf16 { name, .. } => name,
            _ => "utf-8",
        }
    }

    /// Appends the text of the next bytes.
    ///
    /// # Errors
    /// 422 with the line, when they are no text.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
        if self.rest.is_empty() && !matches!(self.kind, Kind::Unknown) {
            return self.read(bytes, out);
        }
        let mut all = std::mem::take(&mut self.rest);
        all.extend_from_slice(bytes);
        self.read(&all, out)
    }

    /// # Errors
    /// 422 when the file ends in the middle of a character.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if matches!(self.kind, Kind::Unknown) {
            self.kind = Kind::Utf8;
            let rest = std::mem::take(&mut self.rest);
            self.read(&rest, out)?;
        }
        let half = matches!(self.kind, Kind::Utf16 { high: Some(_), .. });
        if self.rest.is_empty() && !half { Ok(()) } else { Err(self.refused("The file ends in the middle of a character")) }
    }

    fn read(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let text = match (&self.kind, bytes) {
            (Kind::Unknown, [b'P', b'K', 3, ..]) => return Err(workbook()),
            (Kind::Unknown, [0xef, 0xbb, 0xbf, rest @ ..]) => {
                self.kind = Kind::Utf8;
                rest
            }
            (Kind::Unknown, [0xff, 0xfe, rest @ ..]) => {
                self.kind = Kind::Utf16 { read: u16::from_le_bytes, high: None, name: "utf-16le" };
                rest
            }
            (Kind::Unknown, [0xfe, 0xff, rest @ ..]) => {
                self.kind = Kind::Utf16 { read: u16::from_be_bytes, high: None, name: "utf-16be" };
                rest
            }
            (Kind::Unknown, [] | [_] | [_, _]) => {
                self.rest = bytes.to_vec();
                return Ok(());
            }
            (Kind::Unknown, _) => {
                self.kind = Kind::Utf8;
                bytes
            }
            _ => bytes,
        };
        let before = out.len();
        match self.kind {
            Kind::Utf16 { .. } => self.utf16(text, out)?,
            _ => self.utf8(text, out)?,
        }
        let new = out.get(before..).unwrap_or_default();
        if let Some(at) = new.iter().position(|byte| *byte == 0) {
            self.line += lines(new.get(..at).unwrap_or_default());
            return Err(self.refused("There is a zero byte, so this is no plain text, or UTF-16 without its mark"));
        }
        self.line += lines(new);
        Ok(())
    }

    fn utf8(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
        match std::str::from_utf8(bytes) {
            Ok(_) => out.extend_from_slice(bytes),
            Err(error) => {
                let (good, rest) = bytes.split_at(error.valid_up_to());
                if error.error_len().is_some() {
                    self.line += lines(good);
                    let why = "There is a character that is not UTF-8, as older spreadsheets write (Latin-1, Windows-1252)";
                    return Err(self.refused(why));
                }
                out.extend_from_slice(good);
                self.rest = rest.to_vec();
            }
        }
        Ok(())
    }

    fn utf16(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let Kind::Utf16 { read, mut high, name } = self.kind else { return Ok(()) };
        let (pairs, rest) = bytes.as_chunks::<2>();
        self.rest = rest.to_vec();
        let units = high.take().into_iter().chain(pairs.iter().map(|pair| read(*pair)));
        let mut last = None;
        for decoded in char::decode_utf16(units) {
            if let Some(unit) = last.take() {
                return Err(self.half(unit, out));
            }
            match decoded {
                Ok(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                // Its other half may come with the next bytes; one that comes later than the end is none.
                Err(error) => last = Some(error.unpaired_surrogate()),
            }
        }
        if let Some(unit) = last
            && !(0xd800..0xdc00).contains(&unit)
        {
            return Err(self.half(unit, out));
        }
        self.kind = Kind::Utf16 { read, high: last, name };
        Ok(())
    }

    fn half(&mut self, unit: u16, out: &[u8]) -> Problem {
        self.line += lines(out);
        self.refused(&format!("There is half of a UTF-16 character ({unit:04X})"))
    }

    fn refused(&self, why: &str) -> Problem {
        Problem::field("file", "encoding", format!("Line {}: {why}. Save the file as UTF-8 and upload it again.", self.line))
    }
}

fn lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

fn workbook() -> Problem {
    Problem::field(
        "file",
        "format",
        "This is a workbook of Excel or another archive. A workbook has a name that ends in .xlsx; anything else, save as CSV with the encoding UTF-8.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However the bytes come in pieces, the text is the same.
    fn decoded(bytes: &[u8], piece: usize) -> Result<(String, &'static str), String> {
        let (mut decoder, mut out) = (Decoder::new(), Vec::new());
        for part in bytes.chunks(piece) {
            decoder.push(part, &mut out).map_err(|p| p.detail().to_owned())?;
        }
        decoder.finish(&mut out).map_err(|p| p.detail().to_owned())?;
        Ok((String::from_utf8(out).unwrap(), decoder.encoding()))
    }

    #[test]
    fn encodings_are_told_by_their_mark() {
        let text = "a;Näme 🦆\n";
        let utf16 =
            |mark: [u8; 2], write: fn(u16) -> [u8; 2]| -> Vec<u8> { mark.into_iter().chain(text.encode_utf16().flat_map(write)).collect() };
        for piece in [1, 2, 3, 5, 100] {
            assert_eq!(decoded(text.as_bytes(), piece).unwrap(), (text.into(), "utf-8"));
            assert_eq!(decoded(format!("\u{feff}{text}").as_bytes(), piece).unwrap(), (text.into(), "utf-8"));
            assert_eq!(decoded(&utf16([0xff, 0xfe], u16::to_le_bytes), piece).unwrap(), (text.into(), "utf-16le"));
            assert_eq!(decoded(&utf16([0xfe, 0xff], u16::to_be_bytes), piece).unwrap(), (text.into(), "utf-16be"));
        }
        assert_eq!(decoded(b"a", 1).unwrap(), ("a".into(), "utf-8"));
        assert_eq!(decoded(b"", 1).unwrap(), (String::new(), "utf-8"));
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_line() {
        for piece in [1, 2, 100] {
            assert!(decoded(b"a\nb\nN\xe4me\n", piece).unwrap_err().starts_with("Line 3: "));
            assert!(decoded(b"a\nb\0\n", piece).unwrap_err().starts_with("Line 2: "));
            assert!(decoded(b"\xff\xfea\0\x00\xd8a\0", piece).unwrap_err().contains("half"));
            assert!(decoded(b"\xff\xfea\0\x00\xdc", piece).unwrap_err().contains("half"));
            assert!(decoded(b"\xff\xfea\0\x00\xd8", piece).unwrap_err().contains("middle"));
            assert!(decoded(b"\xff\xfea\0b", piece).unwrap_err().contains("middle"));
            assert!(decoded("ä".as_bytes().split_last().unwrap().1, piece).unwrap_err().contains("middle"));
            assert!(decoded(b"PK\x03\x04rest", piece).unwrap_err().contains("workbook"));
        }
    }
}
