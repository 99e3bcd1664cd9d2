//! Work: what runs in the background. Rooms declare jobs and schedules with the kernel's words and queue them in the
//! transaction of their cause; this room runs them.
//!
//! Decisions are in `README.md` beside this crate.

mod acks;
mod attempt;
pub mod bell;
mod claim;
mod hands;
mod house;
mod jobs;
mod lanes;
pub mod schedule;
mod store;
pub mod worker;
mod workers;

use kernel::Module;

/// The room.
#[must_use]
pub fn module() -> Module {
    jobs::declare(Module::new("work", "Work", "list-checks")).resource(lanes::resource()).resource(workers::resource())
}

/// Every fixed statement of the room, for the test that prepares them against the real schema.
#[must_use]
pub fn statements() -> Vec<&'static str> {
    [store::STATEMENTS, claim::store::STATEMENTS, schedule::store::STATEMENTS, jobs::store::STATEMENTS, lanes::store::STATEMENTS].concat()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_declaration_is_whole() {
        if let Err(problem) = kernel::Registry::new(vec![super::module()]) {
            panic!("{:?}", std::error::Error::source(&problem));
        }
    }
}
