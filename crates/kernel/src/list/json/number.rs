//! Numbers: floats as JSON numbers, `numeric` exactly, digit for digit.

use super::Unreadable;
use super::value::two;

pub(super) fn float8(value: f64, out: &mut Vec<u8>) {
    if value.is_finite() {
        finite(ryu::Buffer::new().format_finite(value), out);
    } else {
        special(value.is_nan(), value > 0.0, out);
    }
}

pub(super) fn float4(value: f32, out: &mut Vec<u8>) {
    if value.is_finite() {
        finite(ryu::Buffer::new().format_finite(value), out);
    } else {
        special(value.is_nan(), value > 0.0, out);
    }
}

/// The shortest text that reads back as the same value; without a fraction of nothing.
fn finite(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(text.strip_suffix(".0").unwrap_or(text).as_bytes());
}

fn special(is_nan: bool, is_positive: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(match (is_nan, is_positive) {
        (true, _) => b"\"NaN\"".as_slice(),
        (false, true) => b"\"Infinity\"",
        (false, false) => b"\"-Infinity\"",
    });
}

/// `numeric` without quotes. Its binary form is base 10,000: the number of digits, the weight of the first
/// (a power of 10,000), the sign and the digits after the point to show. Source: `numeric_send` in PostgreSQL.
pub(super) fn numeric(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Unreadable> {
    let word = |i: usize| two(bytes, i * 2).ok_or(Unreadable("numeric"));
    let digits = usize::from(word(0)?);
    let weight = i32::from(word(1)?.cast_signed());
    let (beginning, is_whole) = match word(2)? {
        0x0000 => ("", false),
        0x4000 => ("-", false),
        0xC000 => ("NaN", true),
        0xD000 => ("Infinity", true),
        0xF000 => ("-Infinity", true),
        _ => return Err(Unreadable("numeric")),
    };
    out.extend_from_slice(beginning.as_bytes());
    if is_whole {
        return Ok(());
    }
    let scale = usize::from(word(3)?);
    let digit = |position: i32| match usize::try_from(position) {
        Ok(i) if i < digits => word(4 + i),
        _ => Ok(0),
    };
    if weight < 0 {
        out.push(b'0');
    } else {
        out.extend_from_slice(itoa::Buffer::new().format(digit(0)?).as_bytes());
        for i in 1..=weight {
            out.extend_from_slice(&four_digits(digit(i)?));
        }
    }
    if scale > 0 {
        out.push(b'.');
        let end = out.len() + scale;
        let mut position = weight + 1;
        while out.len() < end {
            out.extend_from_slice(&four_digits(digit(position)?));
            position += 1;
        }
        out.truncate(end);
    }
    Ok(())
}

fn four_digits(n: u16) -> [u8; 4] {
    let (high, low) = (n / 100 % 100, n % 100);
    let digit = |n: u16| b'0' + n as u8;
    [digit(high / 10), digit(high % 10), digit(low / 10), digit(low % 10)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numeric_of(words: &[u16]) -> String {
        let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_be_bytes()).collect();
        let mut out = Vec::new();
        numeric(&bytes, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numerics_are_exact() {
        assert_eq!(numeric_of(&[0, 0, 0, 0]), "0");
        assert_eq!(numeric_of(&[0, 0, 0, 2]), "0.00");
        assert_eq!(numeric_of(&[2, 1, 0x4000, 0, 12, 34]), "-120034");
        assert_eq!(numeric_of(&[1, 1, 0, 0, 1]), "10000");
        assert_eq!(numeric_of(&[1, 0xFFFF, 0, 6, 1]), "0.000100");
        assert_eq!(numeric_of(&[1, 0xFFFE, 0, 8, 5]), "0.00000005");
        assert_eq!(numeric_of(&[2, 0, 0, 2, 12, 3400]), "12.34");
        assert_eq!(numeric_of(&[0, 0, 0xC000, 0]), "NaN");
    }

    #[test]
    fn cut_off_numerics_are_refused() {
        assert!(numeric(&[0, 1, 0], &mut Vec::new()).is_err());
        assert!(numeric(&[0, 1, 0, 0, 0, 0, 0, 0], &mut Vec::new()).is_err());
    }

    #[test]
    fn floats_are_short() {
        let text = |v: f64| {
            let mut out = Vec::new();
            float8(v, &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(text(1.0), "1");
        assert_eq!(text(0.1), "0.1");
        assert_eq!(text(-0.0), "-0");
        assert_eq!(text(1e300), "1e300");
        assert_eq!(text(f64::NAN), "\"NaN\"");
        assert_eq!(text(f64::NEG_INFINITY), "\"-Infinity\"");
    }
}
