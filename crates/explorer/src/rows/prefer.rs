//! The `Prefer` headers of a rows request (RFC 7240). A preference that isn't known is ignored; a known one with a
//! value that isn't is refused.

use kernel::list::Counting;
use kernel::list::answer::{counting, preferences};
use kernel::{Call, Problem, Result};

/// What a write answers with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Return {
    #[default]
    Minimal,
    HeadersOnly,
    Representation,
}

/// What an insert does with rows that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    Merge,
    Ignore,
}

/// Most characters of a value that `shorten` may ask for, and fewest.
const SHORTEN: std::ops::RangeInclusive<u32> = 16..=1_048_576;

#[derive(Debug, Default)]
pub struct Prefer {
    pub returning: Return,
    pub resolution: Option<Resolution>,
    /// Missing values take the column's default instead of NULL.
    pub missing_default: bool,
    pub versions: bool,
    pub shorten: Option<u32>,
    pub count: Option<Counting>,
    pub max_affected: Option<u64>,
    /// Everything is done and answered, and then taken back.
    pub rolled_back: bool,
    applied: Vec<String>,
}

impl Prefer {
    /// # Errors
    /// 400 naming the preference.
    pub fn of(call: &Call) -> Result<Self> {
        let mut prefer = Self { count: counting(call)?, ..Self::default() };
        let is_strict = preferences(call).any(|preference| preference == "handling=strict");
        for preference in preferences(call) {
            let (name, value) = preference.split_once('=').map_or((preference, ""), |(n, v)| (n.trim(), v.trim().trim_matches('"')));
            let unknown = |known: &str| Problem::malformed(format!("Prefer: {name}={value} is unknown; use {known}"));
            match name {
                "return" => {
                    prefer.returning = match value {
                        "minimal" => Return::Minimal,
                        "headers-only" => Return::HeadersOnly,
                        "representation" => Return::Representation,
                        _ => return Err(unknown("minimal, headers-only or representation")),
                    }
                }
                "resolution" => {
                    prefer.resolution = Some(match value {
                        "merge-duplicates" => Resolution::Merge,
                        "ignore-duplicates" => Resolution::Ignore,
                        _ => return Err(unknown("merge-duplicates or ignore-duplicates")),
                    });
                }
                "missing" => prefer.missing_default = value == "default",
                "versions" => prefer.versions = true,
                "shorten" => {
                    let size = value.parse().ok().filter(|size| SHORTEN.contains(size));
                    prefer.shorten = Some(size.ok_or_else(|| unknown("a number of characters from 16 to 1048576"))?);
                }
                "max-affected" => prefer.max_affected = Some(value.parse().map_err(|_| unknown("a number of rows"))?),
                "tx" => {
                    prefer.rolled_back = match value {
                        "rollback" => true,
                        "commit" => false,
                        _ => return Err(unknown("commit or rollback")),
                    }
                }
                "handling" if !matches!(value, "strict" | "lenient") => return Err(unknown("strict or lenient")),
                "count" => continue,
                "handling" => {}
                _ if is_strict => {
                    return Err(Problem::malformed(format!("Prefer: {preference} is unknown, and handling=strict was asked for"))
                        .with("code", "PGRST122"));
                }
                _ => continue,
            }
            prefer.applied.push(preference.to_owned());
        }
        Ok(prefer)
    }

    /// # Errors
    /// 400 when more rows are affected than the caller allows.
    pub fn check_affected(&self, rows: usize) -> Result<()> {
        match self.max_affected {
            Some(most) if rows as u64 > most => {
                Err(Problem::malformed(format!("{rows} rows would change, more than max-affected={most}. Nothing was changed."))
                    .with("code", "PGRST124"))
            }
            _ => Ok(()),
        }
    }

    /// The value of `Preference-Applied`; `count` is what was counted, which may differ from what was asked.
    #[must_use]
    pub fn applied(&self, count: Option<Counting>) -> Option<String> {
        let count = count.map(|count| format!("count={}", count.name()));
        let applied: Vec<&str> = self.applied.iter().map(String::as_str).chain(count.as_deref()).collect();
        (!applied.is_empty()).then(|| applied.join(", "))
    }
}
