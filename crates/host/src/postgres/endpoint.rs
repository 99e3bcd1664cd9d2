//! How to reach the private server, and what is made in it at every start.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::{Client, NoTls};

use super::OWNER;
use super::error::Error;
use super::lock;
use super::place::PORT;
use crate::config::Config;

const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// The database that every cluster has.
const MAINTENANCE: &str = "postgres";
/// Extensions the panel uses where the server has them.
const EXTENSIONS: [&str; 2] = ["pg_stat_statements", "pg_trgm"];

/// Where the private server is and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The folder of its socket.
    pub socket_dir: PathBuf,
    /// The panel's database.
    pub database: String,
    /// The folder of the programs that run it.
    pub bin_dir: PathBuf,
}

impl Endpoint {
    /// The server that another process of this installation runs at this moment, if one does.
    #[must_use]
    pub fn running(config: &Config, database: &str) -> Option<Self> {
        let holder = lock::holder(&config.data_dir)?;
        Some(Self { socket_dir: holder.socket_dir?, database: database.to_owned(), bin_dir: holder.bin_dir? })
    }

    /// Connects as the owner, a superuser, to the panel's database.
    #[must_use]
    pub fn owner(&self) -> tokio_postgres::Config {
        self.as_role(OWNER)
    }

    /// Connects as any role to the panel's database. The private server asks nobody for a password: see `cluster`.
    #[must_use]
    pub fn as_role(&self, role: &str) -> tokio_postgres::Config {
        let mut config = tokio_postgres::Config::new();
        config.host_path(&self.socket_dir).port(PORT).user(role).dbname(&self.database);
        config.application_name("quarterdeck").connect_timeout(CONNECT_LIMIT);
        config
    }

    /// The same as [`Endpoint::owner`], as a URL for other programs.
    #[must_use]
    pub fn owner_url(&self) -> String {
        let quoted = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
        let host = quoted(&self.socket_dir.display().to_string());
        format!("postgresql://{OWNER}@/{}?host={host}&port={PORT}", quoted(&self.database))
    }

    /// A client program such as `psql`: the one of this server's version, else one from `PATH`. Not every set of
    /// server programs brings the clients.
    #[must_use]
    pub fn program(&self, name: &str, search_path: &[PathBuf]) -> Option<PathBuf> {
        let mut dirs = std::iter::once(self.bin_dir.as_path()).chain(search_path.iter().map(PathBuf::as_path));
        dirs.find_map(|dir: &Path| Some(dir.join(name)).filter(|path| path.is_file()))
    }

    /// Makes the database and the extensions that are missing.
    pub(super) async fn prepare(&self) -> Result<(), Error> {
        let mut maintenance = self.owner();
        maintenance.dbname(MAINTENANCE);
        let client = connect(&maintenance).await?;
        // The server itself quotes the name; no row means that the database is there.
        let missing = "select format('create database %I', $1::text)
                       where not exists (select from pg_database where datname = $1::text)";
        let row = client.query_opt(missing, &[&self.database]).await.map_err(Error::refused("list its databases"))?;
        if let Some(statement) = row {
            let statement: String = statement.try_get(0).map_err(Error::refused("list its databases"))?;
            client.batch_execute(&statement).await.map_err(Error::refused("make the panel's database"))?;
        }
        self.add_extensions().await
    }

    async fn add_extensions(&self) -> Result<(), Error> {
        let client = connect(&self.owner()).await?;
        let available = "select format('create extension if not exists %I', name) from pg_available_extensions
                         where name = any($1) and installed_version is null
                           and (name <> 'pg_stat_statements'
                                or current_setting('shared_preload_libraries') like '%pg_stat_statements%')";
        let rows = client.query(available, &[&EXTENSIONS.as_slice()]).await;
        for row in rows.map_err(Error::refused("list its extensions"))? {
            let statement: String = row.try_get(0).map_err(Error::refused("list its extensions"))?;
            client.batch_execute(&statement).await.map_err(Error::refused("add an extension"))?;
        }
        Ok(())
    }
}

async fn connect(config: &tokio_postgres::Config) -> Result<Client, Error> {
    let (client, connection) = config.connect(NoTls).await.map_err(Error::refused("let the panel in"))?;
    tokio::spawn(async move {
        // Its end is seen by whoever uses the client.
        let _ = connection.await;
    });
    Ok(client)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_leads_to_the_same_place() {
        let endpoint =
            Endpoint { socket_dir: PathBuf::from("/srv/a b/run"), database: "quarterdeck".to_owned(), bin_dir: PathBuf::from("/nowhere") };
        assert_eq!(endpoint.owner_url(), "postgresql://quarterdeck@/quarterdeck?host=%2Fsrv%2Fa%20b%2Frun&port=5432");
        let parsed: tokio_postgres::Config = endpoint.owner_url().parse().unwrap();
        assert_eq!(parsed.get_hosts(), endpoint.owner().get_hosts());
        assert_eq!(parsed.get_user(), Some(OWNER));
        assert_eq!(endpoint.program("psql", &[]), None);
    }
}
