//! In whose place a source can be seen, what two people see differently of a table, and why somebody sees a row or doesn't.

mod compare;
mod explain;
mod keys;
mod look;
mod pages;
mod policy;
mod roles;
mod side;
mod standing;
mod truth;
mod verdict;

use crate::state::State;
use kernel::Module;
use std::sync::Arc;

pub(crate) fn routes(module: Module, state: &Arc<State>) -> Module {
    explain::routes(pages::routes(compare::routes(roles::routes(module, state), state), state), state)
}

/// Every fixed statement about places.
#[must_use]
pub fn statements() -> Vec<&'static str> {
    [roles::STATEMENTS, look::STATEMENTS, standing::STATEMENTS, policy::STATEMENTS].concat()
}
