//! Jobs of which there is to be one at a time, and what becomes of a second.

use chrono::Duration;

/// Makes a job the only one of its kind, organization and key.
#[derive(Clone, Debug)]
pub struct Unique {
    pub(crate) key: String,
    /// Whether one that runs already counts too.
    pub(crate) live: bool,
    pub(crate) twin: Twin,
}

/// What becomes of a job whose twin is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twin {
    /// It is refused with 409.
    Reject,
    /// The one that is there is all there will be.
    Keep,
    /// The one that waits gets the newer arguments, and its time.
    Replace,
    /// As [`Twin::Replace`], and it waits until nobody has asked for so long; no longer than ten times that in all.
    Debounce(Duration),
}

impl Unique {
    /// None other waits or runs. The one that does is all there will be.
    #[must_use]
    pub fn live(key: impl Into<String>) -> Self {
        Self { key: key.into(), live: true, twin: Twin::Keep }
    }

    /// None other waits or runs; a second is refused.
    #[must_use]
    pub fn or_refused(key: impl Into<String>) -> Self {
        Self { twin: Twin::Reject, ..Self::live(key) }
    }

    /// None other waits. While one runs another may wait: it sees what has changed since.
    #[must_use]
    pub fn waiting(key: impl Into<String>) -> Self {
        Self { key: key.into(), live: false, twin: Twin::Keep }
    }

    /// The newest arguments are those that count.
    #[must_use]
    pub fn replacing(key: impl Into<String>) -> Self {
        Self { twin: Twin::Replace, ..Self::waiting(key) }
    }

    /// Once nobody has asked for `quiet`, with the newest arguments.
    #[must_use]
    pub fn after_quiet(key: impl Into<String>, quiet: Duration) -> Self {
        Self { twin: Twin::Debounce(quiet), ..Self::waiting(key) }
    }
}
