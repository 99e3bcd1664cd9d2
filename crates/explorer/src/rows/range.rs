//! `Range: 0-9`: the rows of a page by their numbers, for clients that ask so instead of with `limit` and `offset`.

use kernel::list::Query;
use kernel::list::grammar::{DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET};
use kernel::problem::Kind;
use kernel::{Call, Problem, Result};

pub struct Range {
    offset: u32,
    /// Without it, as many as a page has.
    limit: Option<u32>,
}

/// What the header asks for; other units than rows are for others to read.
///
/// # Errors
/// 416 when it ends before it begins, or begins too far down.
pub fn of(call: &Call) -> Result<Option<Range>> {
    let Some(range) = call.header("range").filter(|_| call.header("range-unit").is_none_or(|unit| unit == "items")) else {
        return Ok(None);
    };
    let numbers = range.split_once('-').and_then(|(from, to)| Some((from.parse::<u32>().ok()?, to)));
    let Some((offset, to)) = numbers else { return Ok(None) };
    let last = if to.is_empty() { None } else { Some(to.parse::<u32>().ok().filter(|last| *last >= offset)) };
    if offset > MAX_OFFSET || last == Some(None) {
        let message = format!("Range: {range} can't be answered; it begins at most at {MAX_OFFSET} and ends after it begins");
        return Err(Problem::new(Kind::Range, message).with("code", "PGRST103"));
    }
    Ok(Some(Range { offset, limit: last.flatten().map(|last| (last - offset).saturating_add(1).min(MAX_LIMIT)) }))
}

impl Range {
    /// Within what the parameters ask for.
    pub fn narrow(&self, query: &mut Query) {
        if query.cursor.is_some() {
            return;
        }
        query.offset = query.offset.saturating_add(self.offset).min(MAX_OFFSET);
        if let Some(limit) = self.limit {
            query.limit = if query.limit == DEFAULT_LIMIT { limit } else { query.limit.min(limit) };
        }
    }
}
