//! Work: what runs in the background. Rooms declare jobs and schedules with the kernel's words and queue them in the
//! transaction of their cause; this room runs them.
//!
//! Decisions are in `README.md` beside this crate.

mod attempt;
mod hands;
pub mod schedule;
mod store;
pub mod worker;

/// Every fixed statement of the room, for the test that prepares them against the real schema.
#[must_use]
pub fn statements() -> Vec<&'static str> {
    [store::STATEMENTS, schedule::store::STATEMENTS].concat()
}
