//! `Range: bytes=…` (RFC 9110, 14.2): one part of a file. Several at once, other units and what can't be read mean all of it.

/// Bytes that are sent: from the first, up to but without the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    All,
    Part(u64, u64),
    /// It begins where the file has nothing.
    Nothing,
}

pub fn of(header: Option<&str>, size: u64) -> Wanted {
    header.and_then(|header| read(header, size)).unwrap_or(Wanted::All)
}

fn read(header: &str, size: u64) -> Option<Wanted> {
    let (from, to) = header.trim().strip_prefix("bytes=")?.split_once('-')?;
    let number = |text: &str| if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse::<u64>().ok() } else { None };
    let (from, to) = match (from, to) {
        // The last so many.
        ("", last) => (size.saturating_sub(number(last).filter(|last| *last > 0)?), size),
        (from, "") => (number(from)?, size),
        (from, to) => {
            let (from, to) = (number(from)?, number(to)?);
            if to < from {
                return None;
            }
            (from, to.saturating_add(1).min(size))
        }
    };
    Some(if from < size { Wanted::Part(from, to) } else { Wanted::Nothing })
}

#[cfg(test)]
mod tests {
    use super::{Wanted, of};

    #[test]
    fn one_part_is_a_part_and_all_else_is_all_or_nothing() {
        let of = |header| of(Some(header), 100);
        assert_eq!(of("bytes=0-"), Wanted::Part(0, 100));
        assert_eq!(of("bytes=10-19"), Wanted::Part(10, 20));
        assert_eq!(of("bytes=90-900"), Wanted::Part(90, 100));
        assert_eq!(of("bytes=-10"), Wanted::Part(90, 100));
        assert_eq!(of("bytes=-1000"), Wanted::Part(0, 100));
        assert_eq!(of("bytes=99-18446744073709551615"), Wanted::Part(99, 100));
        for beyond in ["bytes=100-", "bytes=100-200"] {
            assert_eq!(of(beyond), Wanted::Nothing, "{beyond}");
        }
        for odd in [
            "bytes=5-4",
            "bytes=-0",
            "bytes=-",
            "bytes=a-b",
            "bytes=0-1,5-6",
            "rows=0-1",
            "0-1",
            "bytes=+1-2",
            "bytes=99999999999999999999-",
        ] {
            assert_eq!(of(odd), Wanted::All, "{odd}");
        }
        assert_eq!(super::of(None, 100), Wanted::All);
        assert_eq!(super::of(Some("bytes=0-"), 0), Wanted::Nothing);
    }
}
