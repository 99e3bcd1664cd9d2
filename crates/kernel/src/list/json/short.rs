//! Long values, shortened to `{"$short":"the beginning","$size":12345}`.

use super::{Unreadable, text, value};
use crate::list::sql::Shorten;
use crate::list::types::{Encoding, Scalar};

/// Appends a value that may be too long. `size`: its full size when the server has cut it already.
pub(super) fn value(encoding: Encoding, bytes: &[u8], shorten: Shorten, size: Option<&[u8]>, out: &mut Vec<u8>) -> Result<(), Unreadable> {
    let max = shorten.max as usize;
    let full = match size {
        Some(size) => value::four(size, 0).ok_or(Unreadable("integer"))? as usize,
        None => bytes.len(),
    };
    let is_bytea = encoding == Encoding::Scalar(Scalar::Bytea);
    // The text of bytea is the mark `\x` and two digits a byte.
    let most = if is_bytea { (max / 2).saturating_sub(1) } else { max };
    let longer = if is_bytea { bytes.get(..most).filter(|b| b.len() < bytes.len()) } else { characters(bytes, most) };
    let beginning = match longer {
        Some(beginning) => beginning,
        // Within the limit, and not because it was cut: the whole value.
        None if bytes.len() == full => return value::write(encoding, bytes, out),
        None => bytes,
    };
    out.extend_from_slice(b"{\"$short\":");
    match encoding {
        Encoding::Scalar(Scalar::Bytea) => value::write(encoding, beginning, out)?,
        // The beginning of a JSON document is text.
        _ => text::string(beginning, out),
    }
    out.extend_from_slice(b",\"$size\":");
    out.extend_from_slice(itoa::Buffer::new().format(full).as_bytes());
    out.push(b'}');
    Ok(())
}

/// The first characters; `None` when there are no more than that.
fn characters(bytes: &[u8], most: usize) -> Option<&[u8]> {
    if bytes.len() <= most {
        return None;
    }
    // A character begins at every byte that is no continuation.
    let mut starts = bytes.iter().enumerate().filter(|(_, b)| **b & 0xC0 != 0x80).map(|(i, _)| i);
    let end = starts.nth(most)?;
    bytes.get(..end)
}
