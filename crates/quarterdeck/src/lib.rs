//! The product: which rooms it has, what its database looks like, and the command line.

pub mod cli;
mod modules;

use host::boot::Product;
use host::migrate::Migration;

pub use modules::rooms_hashing;

/// Every migration, oldest first.
pub const MIGRATIONS: &[Migration] = include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// What `main`, the tests and the generators all start from.
#[must_use]
pub const fn product() -> Product {
    Product {
        version: env!("CARGO_PKG_VERSION"),
        migrations: MIGRATIONS,
        rooms: modules::rooms,
        worker: modules::worker,
        bell: modules::bell,
    }
}
