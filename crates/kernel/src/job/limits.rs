//! How much of a kind may run, and begin, at once.

use std::time::Duration;

/// Limits over all workers. What isn't said isn't limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Limits {
    /// Jobs at once.
    pub running: Option<u32>,
    /// Jobs at once of each organization; those of the platform itself count as one.
    pub running_each: Option<u32>,
    pub starts: Option<Starts>,
}

impl Limits {
    pub const NONE: Self = Self { running: None, running_each: None, starts: None };
}

/// `most` at once, and then one every `per / most`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Starts {
    pub most: u32,
    pub per: Duration,
}
