//! The connections by which a source's tables are changed: a login of its own on the panel's server, elsewhere that of
//! the source.

use super::open::{Open, Place};
use super::session::pool;
use deadpool_postgres::{Object, Pool, PoolError};
use kernel::{Problem, Result};
use pgtls::TlsMode;
use tokio_postgres::Config;

/// The group that owns what is made through the panel.
pub const OWNER: &str = "quarterdeck_schema";
/// Looking and changing at the same time; a change holds a connection for as long as it takes.
const FEW: usize = 3;

/// How the panel's own server is told to change tables.
#[derive(Clone, Debug, Default)]
pub struct SchemaLogin {
    pub config: Config,
    /// Statements that somebody has to run before it works; none when it does.
    pub missing: Vec<String>,
}

pub(crate) struct Alter {
    pool: Pool,
    missing: Vec<String>,
}

impl Alter {
    /// By the login that only changes tables.
    pub fn ours(login: &SchemaLogin, config: Config, tls: TlsMode) -> Result<Self> {
        Ok(Self { pool: pool(config, tls, FEW, Some(OWNER))?, missing: login.missing.clone() })
    }

    /// By the source's own login.
    pub fn theirs(config: Config, tls: TlsMode) -> Result<Self> {
        Ok(Self { pool: pool(config, tls, FEW, None)?, missing: Vec::new() })
    }

    pub fn tidy(&self, idle: std::time::Duration) {
        self.pool.retain(|_, metrics| metrics.last_used() < idle);
    }

    pub fn close(&self) {
        self.pool.close();
    }
}

impl Open {
    /// A connection that may change tables.
    ///
    /// # Errors
    /// 403 with what is missing where the login could not be made; otherwise as [`Open::conn`].
    pub async fn altering(&self) -> Result<Object> {
        // Whether the source may be used at all, and what is wrong with it.
        drop(self.conn().await?);
        self.alter.pool.get().await.map_err(|error| match &error {
            PoolError::Timeout(_) => {
                Problem::unavailable(format!("Tables of {} are being changed already. Try again when that has ended.", self.name))
                    .because(error)
            }
            _ if !self.alter.missing.is_empty() => {
                let sql = self.alter.missing.iter().map(|sql| format!("{sql};")).collect::<Vec<_>>().join("\n");
                let text = "The login that changes tables could not be made. Let somebody who may run the SQL beside this, then start the panel again.";
                Problem::refused(text).with("sql", sql).because(error)
            }
            _ => self.away(error),
        })
    }

    /// Tables were changed: nothing that was known of them is true any more.
    pub fn forget(&self) {
        self.catalogue.forget_all();
        self.places().for_each(|place| place.catalogue.forget_all());
    }

    /// Who owns what is made here; the source's own login elsewhere.
    #[must_use]
    pub fn alters_as(&self) -> Option<&'static str> {
        (self.place != Place::Remote).then_some(OWNER)
    }
}
