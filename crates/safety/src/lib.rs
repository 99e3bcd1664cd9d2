//! Safety: what proves the audit log, what is kept of it, and what leaves it as a file. The log itself is the kernel's.
//!
//! Decisions are in `README.md` beside this crate.

pub mod checkpoint;
mod class;
mod export;
mod log;
mod reading;
mod retention;
mod state;
mod store;
pub mod verification;
pub mod verify;

pub use checkpoint::Checkpoints;
pub use class::Class;

use kernel::Module;

/// The room: the audit log as the kernel declares it, and what is built on it.
#[must_use]
pub fn module() -> Module {
    let module = log::module().job::<checkpoint::Checkpoint>().job::<verification::Verify>();
    let module = Class::ALL.into_iter().fold(module, |module, class| module.setting(class.setting()));
    export::routes(verification::routes(module))
        .view(state::view())
        .schedule("audit.checkpoint", "0 * * * *", &checkpoint::Checkpoint {})
        .schedule("audit.verify", "29 3 * * *", &verification::Verify::daily())
}

/// Every fixed statement of the room, for the test that prepares them against the real schema.
#[must_use]
pub fn statements() -> Vec<&'static str> {
    [store::STATEMENTS, verify::store::STATEMENTS].concat()
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
