//! The kernel: eight words (Module, Resource, Action, View, Job, Event, Setting, Connector), the life of a
//! change, and what they stand on. It knows no feature and no table of any room.


pub mod problem;
mod problem_sql;

pub use problem::{Problem, Result};
