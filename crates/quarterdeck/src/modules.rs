//! The only list of rooms.

use host::boot::{Parts, Rooms};

/// Every room of the product, and what they are joined by.
pub fn rooms(parts: Parts) -> Rooms {
    let identity = identity::Identity::new(identity::Config { setup_token: Some(parts.setup_token) });
    let explorer = explorer::Config { owner: parts.owner, explorer: parts.explorer, panel_schemas: PANEL_SCHEMAS };
    Rooms {
        auth: identity.authenticator(),
        modules: vec![kernel::core::module(), identity.module(), explorer::module(explorer), kernel::audit::module()],
    }
}

/// PostgreSQL schemas that belong to the panel: read-only in the explorer.
pub const PANEL_SCHEMAS: &[&str] = &["kernel", "identity", "dashboard_auth", "auth", "explorer"];
