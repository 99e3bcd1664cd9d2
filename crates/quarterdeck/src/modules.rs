//! The only list of rooms.

use futures::future::BoxFuture;
use host::boot::{Parts, Rooms};
use kernel::App;
use std::sync::Arc;
use tokio::sync::watch;

/// Every room of the product, and what they are joined by.
#[must_use]
pub fn rooms(parts: Parts) -> Rooms {
    rooms_hashing(parts, identity::Cost::default())
}

/// The same with another cost of passwords.
#[must_use]
pub fn rooms_hashing(parts: Parts, hashing: identity::Cost) -> Rooms {
    let identity = identity::Identity::new(identity::Config { setup_token: Some(parts.setup_token), hashing });
    let explorer = explorer::Explorer::new(explorer::Config {
        explorer: parts.explorer,
        places: parts.places.logins,
        missing: parts.places.missing,
        schema: explorer::SchemaLogin { config: parts.schema.config, missing: parts.schema.missing },
        owner: parts.owner,
        tls: parts.tls,
        panel_schemas: PANEL_SCHEMAS.iter().map(|&schema| schema.to_owned()).collect(),
        connections: parts.pool_size,
    });
    let mut plugged = http::Extensions::new();
    plugged.insert(explorer.clone());
    plugged.insert(safety::Checkpoints::into(parts.checkpoints));
    plugged.insert(mail::Post::new(parts.mail, identity::letters()));
    Rooms {
        auth: identity.authenticator(),
        plugged,
        modules: vec![
            kernel::core::module(),
            identity.module(),
            explorer.module(),
            platform::module(),
            work::module(),
            mail::module(),
            safety::module(),
        ],
    }
}

/// Who does what the rooms leave for later.
pub fn worker(app: Arc<App>, name: String, slots: usize, stop: watch::Receiver<bool>) -> BoxFuture<'static, ()> {
    Box::pin(work::worker::run(app, name, slots, stop))
}

/// Who tells other processes of new jobs.
pub fn bell(app: Arc<App>) -> BoxFuture<'static, ()> {
    Box::pin(work::bell::ring(app))
}

/// PostgreSQL schemas that belong to the panel: read-only in the explorer, their secrets unreadable.
pub const PANEL_SCHEMAS: &[&str] = &["kernel", "identity", "dashboard_auth", "auth", "explorer", "platform"];
