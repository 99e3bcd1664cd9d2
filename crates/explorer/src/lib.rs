//! The explorer: every table of every connected PostgreSQL, browsed, searched and edited, each change audited.
//!
//! Nouns: `sources`. Routes: `/explorer/…` (the catalogue) and `/data/{source}/{table}` (rows, in PostgREST's
//! grammar). Decisions are in `README.md` beside this crate.

mod advisor;
mod batch;
mod catalogue;
mod console;
mod diagram;
mod embed;
mod errand;
mod export;
mod facets;
mod functions;
mod history;
mod import;
mod live;
mod masking;
mod places;
mod plan;
mod references;
mod rows;
mod schema;
mod source;
mod spelled;
mod state;
mod tables;
mod wire;

use kernel::registry::Page;
use kernel::{DatabaseRole, Module};
use pgtls::TlsMode;
pub use source::alter::SchemaLogin;
use state::State;
use std::sync::Arc;

/// The panel's own server, as the explorer needs it.
#[derive(Clone, Debug)]
pub struct Config {
    /// The explorer's login on the panel's database: a member of `quarterdeck_explorer` that owns nothing.
    pub explorer: tokio_postgres::Config,
    /// Logins that can take one role each, to see rows in somebody's place.
    pub places: Vec<(DatabaseRole, tokio_postgres::Config)>,
    /// Statements that somebody has to run before those logins work; none when they do.
    pub missing: Vec<String>,
    /// The login that changes tables.
    pub schema: SchemaLogin,
    /// The owner of the panel's database; used for nothing but giving the explorer its rights.
    pub owner: tokio_postgres::Config,
    /// For connections of all that are not unix sockets.
    pub tls: TlsMode,
    /// The panel's own schemas: shown read-only, without their secrets.
    pub panel_schemas: Vec<String>,
    /// Most connections to the panel's own database.
    pub connections: usize,
}

/// The room, and what its jobs reach sources by: plugged into the app. See [`kernel::App::plugged`].
#[derive(Clone)]
pub struct Explorer {
    state: Arc<State>,
}

impl Explorer {
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { state: State::new(config) }
    }

    #[must_use]
    pub fn module(&self) -> Module {
        module(&self.state)
    }
}

fn module(state: &Arc<State>) -> Module {
    let module = Module::new("explorer", "Tables", "table")
        .page(Page {
            name: "tables",
            module: "",
            group: "tables",
            label: "Tables",
            icon: "table",
            path: "/admin/tables",
            permission: "rows:read",
        })
        .page(Page {
            name: "sql",
            module: "",
            group: "tables/sql",
            label: "SQL",
            icon: "square-terminal",
            path: "/admin/tables/sql",
            permission: "sql:read",
        })
        .resource(source::sources(state));
    let module = diagram::routes(advisor::routes(tables::routes(module, state), state), state);
    let module = spelled::routes(history::routes(module, state), state);
    let module = plan::routes(facets::routes(module, state), state);
    let module = rows::routes(export::routes(places::routes(module, state), state), state);
    let module = console::routes(functions::routes(import::declare(batch::declare(module, state), state), state), state);
    live::routes(masking::declare(schema::routes(module, state)), state)
}

/// Every fixed statement of the room, for the test that prepares them against the real schema.
#[must_use]
pub fn statements() -> Vec<&'static str> {
    [
        source::store::STATEMENTS,
        source::open::STATEMENTS,
        source::place::STATEMENTS,
        source::transactions::STATEMENTS,
        &places::statements(),
        catalogue::queries::STATEMENTS,
        &[catalogue::operators::OPERATORS, catalogue::known::UNKNOWN],
        functions::queries::STATEMENTS,
        &advisor::statements(),
        import::store::STATEMENTS,
        batch::store::STATEMENTS,
        export::STATEMENTS,
        diagram::STATEMENTS,
        facets::STATEMENTS,
        history::store::STATEMENTS,
        history::kept::store::STATEMENTS,
        &console::statements(),
        &schema::statements(),
        &masking::statements(),
        &live::statements(),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declaration_is_whole() {
        let config = Config {
            explorer: Default::default(),
            places: Vec::new(),
            missing: Vec::new(),
            schema: SchemaLogin::default(),
            owner: Default::default(),
            tls: TlsMode::Disable,
            panel_schemas: Vec::new(),
            connections: 1,
        };
        if let Err(problem) = kernel::Registry::new(vec![Explorer::new(config).module()]) {
            panic!("{:?}", std::error::Error::source(&problem));
        }
    }
}
