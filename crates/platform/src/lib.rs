//! The platform: how the panel itself is set up, for one person or for all.
//!
//! Nouns: `saved-views`, `saved-view-versions`. Decisions are in `README.md` beside this crate.

mod upkeep;
mod views;

use kernel::Module;

/// The room.
#[must_use]
pub fn module() -> Module {
    Module::new("platform", "Platform", "sliders-horizontal")
        .resource(views::resource())
        .resource(views::versions::resource())
        .job_by_hand::<upkeep::Upkeep>()
        .schedule("system.upkeep", "17 3 * * *", &upkeep::Upkeep {})
}

/// Every fixed statement of the room, for the test that prepares them against the real schema.
#[must_use]
pub fn statements() -> Vec<&'static str> {
    views::store::STATEMENTS.to_vec()
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
