//! From the bytes of a file to text: UTF-8, UTF-16 with its mark, or what older spreadsheets write (Windows-1252).

use kernel::{Problem, Result};

/// A file as text, and how it was written.
#[derive(Debug, PartialEq, Eq)]
pub struct Decoded {
    pub text: String,
    pub encoding: &'static str,
}

/// What Windows-1252 has where Latin-1 has control characters; `\0` is nothing at all.
const WINDOWS: [char; 32] = [
    '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘', '’', '“', '”', '•', '–', '—', '˜', '™',
    'š', '›', 'œ', '\0', 'ž', 'Ÿ',
];

/// # Errors
/// 422 with what to do, when it is no text.
pub fn decode(bytes: &[u8]) -> Result<Decoded> {
    let no_text = |why: &str| Problem::field("file", "encoding", format!("{why} Save it as CSV with the encoding UTF-8"));
    let (text, encoding) = match bytes {
        [] => return Err(Problem::field("file", "required", "The file is empty")),
        [b'P', b'K', 3, 4, ..] => return Err(no_text("This is an Excel workbook or another archive, not CSV.")),
        [0xef, 0xbb, 0xbf, rest @ ..] => {
            let text = std::str::from_utf8(rest).map_err(|_| no_text("The file says that it is UTF-8, but isn't."))?;
            (text.to_owned(), "utf-8")
        }
        [0xff, 0xfe, rest @ ..] => (utf16(rest, u16::from_le_bytes).ok_or_else(|| no_text("The file is broken UTF-16."))?, "utf-16le"),
        [0xfe, 0xff, rest @ ..] => (utf16(rest, u16::from_be_bytes).ok_or_else(|| no_text("The file is broken UTF-16."))?, "utf-16be"),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => (text.to_owned(), "utf-8"),
            Err(_) => (windows(bytes).ok_or_else(|| no_text("The file is no text in an encoding that is known here."))?, "windows-1252"),
        },
    };
    if text.contains('\0') {
        return Err(no_text("The file has zero bytes in it, so it is no plain text or UTF-16 without its mark."));
    }
    Ok(Decoded { text, encoding })
}

fn utf16(bytes: &[u8], read: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    rest.is_empty().then_some(())?;
    char::decode_utf16(pairs.iter().map(|pair| read(*pair))).collect::<Result<String, _>>().ok()
}

fn windows(bytes: &[u8]) -> Option<String> {
    let read = |byte: &u8| match byte {
        0x80..=0x9f => WINDOWS.get(usize::from(byte - 0x80)).copied().filter(|c| *c != '\0'),
        byte => Some(char::from(*byte)),
    };
    bytes.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (String, &'static str) {
        let decoded = decode(bytes).unwrap();
        (decoded.text, decoded.encoding)
    }

    #[test]
    fn the_encodings_of_spreadsheets_are_told_apart() {
        let text = "Mail;Näme\n";
        assert_eq!(read(text.as_bytes()), (text.into(), "utf-8"));
        assert_eq!(read("\u{feff}Mail;Näme\n".as_bytes()), (text.into(), "utf-8"));
        let little: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(read(&little), (text.into(), "utf-16le"));
        let big: Vec<u8> = [0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
        assert_eq!(read(&big), (text.into(), "utf-16be"));
        assert_eq!(read(b"Mail;N\xe4me\n"), (text.into(), "windows-1252"));
        assert_eq!(read(b"\x80 \x9c"), ("€ œ".into(), "windows-1252"));
    }

    #[test]
    fn what_is_no_text_says_what_to_do() {
        for bad in [b"".as_slice(), b"PK\x03\x04rest", b"\xef\xbb\xbf\xff", b"\xff\xfea", b"a\0b", b"\x81\x8d", b"\xff\xfe\x00\xd8"] {
            assert!(decode(bad).is_err(), "{bad:?}");
        }
    }
}
