//! Arrays of any number of dimensions. Source of the binary form: `array_send` in PostgreSQL.

use super::Unreadable;
use super::value::{four, scalar};
use crate::list::types::Scalar;

const BROKEN: Unreadable = Unreadable("array");
/// PostgreSQL's MAXDIM.
const MAX_DIMENSIONS: usize = 6;

pub(super) fn array(element: Scalar, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Unreadable> {
    let word = |at: usize| four(bytes, at).map(|w| w as usize).ok_or(BROKEN);
    let count = word(0)?;
    if count > MAX_DIMENSIONS {
        return Err(BROKEN);
    }
    if count == 0 {
        out.extend_from_slice(b"[]");
        return Ok(());
    }
    let mut lengths = Vec::with_capacity(count);
    for dimension in 0..count {
        lengths.push(word(12 + dimension * 8)?);
    }
    let mut elements = bytes.get(12 + count * 8..).ok_or(BROKEN)?;
    dimension(element, &lengths, &mut elements, out)
}

fn dimension(element: Scalar, lengths: &[usize], elements: &mut &[u8], out: &mut Vec<u8>) -> Result<(), Unreadable> {
    let (&length, inner) = lengths.split_first().ok_or(BROKEN)?;
    out.push(b'[');
    for i in 0..length {
        if i > 0 {
            out.push(b',');
        }
        if inner.is_empty() {
            one(element, elements, out)?;
        } else {
            dimension(element, inner, elements, out)?;
        }
    }
    out.push(b']');
    Ok(())
}

fn one(element: Scalar, elements: &mut &[u8], out: &mut Vec<u8>) -> Result<(), Unreadable> {
    let length = four(elements, 0).ok_or(BROKEN)?.cast_signed();
    let rest = elements.get(4..).ok_or(BROKEN)?;
    let Ok(length) = usize::try_from(length) else {
        *elements = rest;
        out.extend_from_slice(b"null");
        return Ok(());
    };
    let (value, rest) = rest.split_at_checked(length).ok_or(BROKEN)?;
    *elements = rest;
    scalar(element, value, out)
}
