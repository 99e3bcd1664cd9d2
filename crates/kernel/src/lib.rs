//! The kernel: eight words (Module, Resource, Action, View, Job, Event, Setting, Connector), the life of a
//! change, and what they stand on. It knows no feature and no table of any room.

pub mod action;
pub mod actor;
pub mod app;
pub mod audit;
pub mod body;
pub mod clock;
pub mod connector;
pub mod core;
pub mod ctx;
pub mod db;
pub mod endpoint;
pub mod event;
pub mod field;
pub mod idempotency;
pub mod input;
pub mod job;
pub mod list;
pub mod meta;
pub mod problem;
mod problem_sql;
pub mod registry;
pub mod resource;
pub mod runner;
pub mod secret;
pub mod setting;
pub mod view;

pub use action::{Action, Risk};
pub use actor::{Actor, ActorKind, Caller, Permissions};
pub use app::{App, Authenticate, Site};
pub use ctx::{Ctx, RequestInfo};
pub use db::Client;
pub use endpoint::{Access, Call, Endpoint, Response};
pub use event::Event;
pub use job::Job;
pub use list::{DatabaseRole, SeenAs};
pub use problem::{Problem, Result};
pub use registry::{Module, Page, Registry};
pub use resource::{Resource, Scope};
pub use setting::Setting;
pub use view::View;

/// Every fixed statement of the kernel, for the test that prepares them against the real schema.
#[must_use]
pub fn statements() -> Vec<&'static str> {
    [
        audit::store::STATEMENTS,
        core::STATEMENTS,
        event::store::STATEMENTS,
        job::store::STATEMENTS,
        setting::store::STATEMENTS,
        idempotency::STATEMENTS,
        runner::STATEMENTS,
    ]
    .concat()
}
