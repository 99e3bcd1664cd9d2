//! JSON strings.

/// For each byte 0, or what follows the backslash; `u` stands for `\u00XX`.
const ESCAPES: [u8; 256] = escapes();

const fn escapes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 0x20 {
        table[i] = b'u';
        i += 1;
    }
    table[0x08] = b'b';
    table[0x09] = b't';
    table[0x0a] = b'n';
    table[0x0c] = b'f';
    table[0x0d] = b'r';
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table
}

/// Appends `"…"`. Bytes that are no UTF-8 (possible in a database with the encoding SQL_ASCII) become `�`.
pub(super) fn string(bytes: &[u8], out: &mut Vec<u8>) {
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    if is_plain(bytes) {
        out.extend_from_slice(bytes);
    } else {
        match std::str::from_utf8(bytes) {
            Ok(_) => escape(bytes, out),
            Err(_) => escape(String::from_utf8_lossy(bytes).as_bytes(), out),
        }
    }
    out.push(b'"');
}

/// ASCII with nothing to escape, which most values are. Without an early exit the compiler makes it a vector loop.
fn is_plain(bytes: &[u8]) -> bool {
    let special = bytes.iter().fold(false, |any, &b| any | !(0x20..0x80).contains(&b) | (b == b'"') | (b == b'\\'));
    !special
}

fn escape(bytes: &[u8], out: &mut Vec<u8>) {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|b| ESCAPES[usize::from(*b)] != 0) {
        let (plain, tail) = rest.split_at(at);
        out.extend_from_slice(plain);
        let Some((&byte, after)) = tail.split_first() else { return };
        match ESCAPES[usize::from(byte)] {
            b'u' => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.extend_from_slice(b"\\u00");
                out.push(HEX[usize::from(byte >> 4)]);
                out.push(HEX[usize::from(byte & 15)]);
            }
            short => out.extend_from_slice(&[b'\\', short]),
        }
        rest = after;
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::string;

    #[test]
    fn strings_are_read_back_by_a_json_parser() {
        let all: String = (0..0x100).filter_map(char::from_u32).chain("\u{2028}😀".chars()).collect();
        for text in ["", "plain", "\"", "\\", "a\"b\\c\nd", all.as_str()] {
            let mut out = Vec::new();
            string(text.as_bytes(), &mut out);
            assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
        let mut out = Vec::new();
        string(b"a\xffb", &mut out);
        assert_eq!(out, "\"a\u{fffd}b\"".as_bytes());
    }
}
