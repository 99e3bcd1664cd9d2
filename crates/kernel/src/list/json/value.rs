//! One value, by its type.

use super::Unreadable;
use super::{array, number, text, time};
use crate::list::types::{Encoding, Scalar};

/// Appends a value that is not NULL.
pub(super) fn write(encoding: Encoding, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Unreadable> {
    match encoding {
        Encoding::Scalar(kind) => scalar(kind, bytes, out),
        Encoding::Array(element) => array::array(element, bytes, out),
    }
}

pub(super) fn scalar(kind: Scalar, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Unreadable> {
    match kind {
        Scalar::Text => text::string(bytes, out),
        Scalar::Bool => out.extend_from_slice(if bytes == [1] { b"true" } else { b"false" }),
        Scalar::Int2 => {
            let value = two(bytes, 0).ok_or(Unreadable("smallint"))?.cast_signed();
            out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        }
        Scalar::Int4 => {
            let value = four(bytes, 0).ok_or(Unreadable("integer"))?.cast_signed();
            out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        }
        Scalar::Float4 => number::float4(f32::from_bits(four(bytes, 0).ok_or(Unreadable("real"))?), out),
        Scalar::Float8 => number::float8(f64::from_bits(eight(bytes).ok_or(Unreadable("double precision"))?), out),
        Scalar::Json => out.extend_from_slice(bytes),
        Scalar::Jsonb => out.extend_from_slice(jsonb(bytes)?),
        // These contain no character that JSON escapes, apart from the one backslash of bytea.
        Scalar::Int8 | Scalar::Numeric | Scalar::Uuid | Scalar::Date | Scalar::Time | Scalar::Timestamp | Scalar::TimestampTz => {
            out.push(b'"');
            plain(kind, bytes, out)?;
            out.push(b'"');
        }
        Scalar::Bytea => {
            out.extend_from_slice(b"\"\\");
            plain(kind, bytes, out)?;
            out.push(b'"');
        }
    }
    Ok(())
}

/// The value as text that PostgreSQL reads back as the same value; for cursors.
pub(crate) fn text_of(kind: Scalar, bytes: &[u8]) -> Result<String, Unreadable> {
    let mut out = Vec::new();
    match kind {
        Scalar::Text => out.extend_from_slice(bytes),
        Scalar::Jsonb => out.extend_from_slice(jsonb(bytes)?),
        Scalar::Float4 | Scalar::Float8 => {
            scalar(kind, bytes, &mut out)?;
            out.retain(|b| *b != b'"');
        }
        Scalar::Bool | Scalar::Int2 | Scalar::Int4 | Scalar::Json => scalar(kind, bytes, &mut out)?,
        _ => plain(kind, bytes, &mut out)?,
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// A value that is a string in JSON, without the quotes.
fn plain(kind: Scalar, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Unreadable> {
    match kind {
        Scalar::Int8 => {
            let value = eight(bytes).ok_or(Unreadable("bigint"))?.cast_signed();
            out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        }
        Scalar::Numeric => number::numeric(bytes, out)?,
        Scalar::Uuid => uuid(bytes, out)?,
        Scalar::Date => time::date(four(bytes, 0).ok_or(Unreadable("date"))?.cast_signed(), out),
        Scalar::Time => time::time(eight(bytes).ok_or(Unreadable("time"))?.cast_signed(), out),
        Scalar::Timestamp => time::timestamp(eight(bytes).ok_or(Unreadable("timestamp"))?.cast_signed(), b"", out),
        Scalar::TimestampTz => time::timestamp(eight(bytes).ok_or(Unreadable("timestamp"))?.cast_signed(), b"Z", out),
        Scalar::Bytea => {
            out.reserve(2 + bytes.len() * 2);
            out.extend_from_slice(b"\\x");
            hex(bytes, out);
        }
        _ => return Err(Unreadable("value")),
    }
    Ok(())
}

/// `jsonb` without the version that leads its binary form.
fn jsonb(bytes: &[u8]) -> Result<&[u8], Unreadable> {
    match bytes.split_first() {
        Some((1, json)) => Ok(json),
        _ => Err(Unreadable("jsonb")),
    }
}

fn uuid(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Unreadable> {
    if bytes.len() != 16 {
        return Err(Unreadable("uuid"));
    }
    for (i, byte) in bytes.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        hex(std::slice::from_ref(byte), out);
    }
    Ok(())
}

fn hex(bytes: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
    }
}

pub(super) fn two(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

pub(super) fn four(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn eight(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.try_into().ok()?))
}
