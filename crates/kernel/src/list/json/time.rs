//! Dates and times: RFC 3339 where it can say it, PostgreSQL's own words (infinity, BC) where it can't.
//! All of it is text that PostgreSQL reads back as the same value.

const DAY: i64 = 86_400_000_000;
/// 2000-01-01, where PostgreSQL counts from, in days since 1970-01-01.
const EPOCH: i64 = 10_957;

/// Days since 2000-01-01.
pub(super) fn date(days: i32, out: &mut Vec<u8>) {
    match days {
        i32::MAX => out.extend_from_slice(b"infinity"),
        i32::MIN => out.extend_from_slice(b"-infinity"),
        days => {
            if day(i64::from(days), out) {
                out.extend_from_slice(b" BC");
            }
        }
    }
}

/// Microseconds since 2000-01-01 00:00; `zone` is `Z` for an instant and nothing for a local time.
pub(super) fn timestamp(micros: i64, zone: &[u8], out: &mut Vec<u8>) {
    match micros {
        i64::MAX => out.extend_from_slice(b"infinity"),
        i64::MIN => out.extend_from_slice(b"-infinity"),
        micros => {
            let is_bc = day(micros.div_euclid(DAY), out);
            out.push(b'T');
            time(micros.rem_euclid(DAY), out);
            out.extend_from_slice(zone);
            if is_bc {
                out.extend_from_slice(b" BC");
            }
        }
    }
}

/// Microseconds since midnight; 24:00:00 is a time in PostgreSQL.
pub(super) fn time(micros: i64, out: &mut Vec<u8>) {
    let (seconds, fraction) = ((micros / 1_000_000) as u32, (micros % 1_000_000) as u32);
    let ([h0, h1], [m0, m1], [s0, s1]) = (pair(seconds / 3600), pair(seconds / 60 % 60), pair(seconds % 60));
    out.extend_from_slice(&[h0, h1, b':', m0, m1, b':', s0, s1]);
    if fraction != 0 {
        let ([a, b], [c, d], [e, f]) = (pair(fraction / 10_000), pair(fraction / 100 % 100), pair(fraction % 100));
        let digits = [b'.', a, b, c, d, e, f];
        let end = digits.iter().rposition(|d| *d != b'0').map_or(0, |last| last + 1);
        out.extend_from_slice(digits.get(..end).unwrap_or_default());
    }
}

/// Appends `YYYY-MM-DD` of the proleptic Gregorian calendar; true when the year is BC.
/// Method: counting in eras of 400 years from 1 March, as in H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
fn day(days: i64, out: &mut Vec<u8>) -> bool {
    let shifted = days + EPOCH + 719_468;
    let era = shifted.div_euclid(146_097);
    // Small numbers: dividing them costs a fraction of what it does in 64 bits, and lists are full of dates.
    let day_of_era = shifted.rem_euclid(146_097) as u32;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = i64::from(year_of_era + u32::from(month <= 2)) + era * 400;
    let is_bc = year <= 0;
    let shown = if is_bc { 1 - year } else { year };
    let ([m0, m1], [d0, d1]) = (pair(month), pair(day));
    if shown < 10_000 {
        let ([c0, c1], [y0, y1]) = (pair(shown as u32 / 100), pair(shown as u32 % 100));
        out.extend_from_slice(&[c0, c1, y0, y1, b'-', m0, m1, b'-', d0, d1]);
    } else {
        out.extend_from_slice(itoa::Buffer::new().format(shown).as_bytes());
        out.extend_from_slice(&[b'-', m0, m1, b'-', d0, d1]);
    }
    is_bc
}

/// The two digits of a number below 100.
fn pair(n: u32) -> [u8; 2] {
    [b'0' + (n / 10) as u8, b'0' + (n % 10) as u8]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date_of(days: i32) -> String {
        let mut out = Vec::new();
        date(days, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn instant(micros: i64) -> String {
        let mut out = Vec::new();
        timestamp(micros, b"Z", &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn days_are_the_calendar() {
        assert_eq!(date_of(0), "2000-01-01");
        assert_eq!(date_of(-1), "1999-12-31");
        assert_eq!(date_of(59), "2000-02-29");
        assert_eq!(date_of(-730_119), "0001-01-01");
        assert_eq!(date_of(-730_120), "0001-12-31 BC");
        assert_eq!(date_of(2_921_940), "10000-01-01");
        assert_eq!(date_of(i32::MAX), "infinity");
    }

    #[test]
    fn instants_trim_their_fraction() {
        assert_eq!(instant(0), "2000-01-01T00:00:00Z");
        assert_eq!(instant(-1), "1999-12-31T23:59:59.999999Z");
        assert_eq!(instant(1_500_000), "2000-01-01T00:00:01.5Z");
        assert_eq!(instant(1_000_010), "2000-01-01T00:00:01.00001Z");
        assert_eq!(instant(86_399_000_000), "2000-01-01T23:59:59Z");
        assert_eq!(instant(i64::MIN), "-infinity");
    }
}
