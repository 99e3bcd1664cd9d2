//! Boot configuration: what has to be known before the database is open.
//!
//! It comes from `quarterdeck.toml` and the environment; the environment wins. It is read once, at the start of
//! the process, and every mistake found is reported at once, each with where it was made and what is expected
//! there. Knobs that can change while the panel runs are settings in the database, not keys here;
//! `QUARTERDECK_SETTING_<KEY>` fixes one of them. `docs/configuration.md` is the reader's side of this file.

mod data_dir;
mod error;
mod key;
mod key_file;
mod source;
mod value;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use secrecy::SecretString;
use url::Url;

pub use data_dir::create_data_dir;
pub use error::ConfigError;
pub use key::setting_variable;
pub use key_file::{KeyFile, KeyFileError};

/// The file that is read when it lies in the working directory and no other one is named.
pub const DEFAULT_FILE: &str = "quarterdeck.toml";

/// Everything `quarterdeck` is told from outside. `Debug` never shows a secret.
#[derive(Debug, Clone)]
pub struct Config {
    /// Addresses the panel listens on; never empty.
    pub listen: Vec<SocketAddr>,
    /// Absolute path of the directory that holds the private database, the secret key and the lock.
    pub data_dir: PathBuf,
    /// The PostgreSQL to use; `None` means the private one in `data_dir`.
    pub database_url: Option<SecretString>,
    /// The address people type, without a trailing slash; `None` means this machine and the first port of `listen`.
    pub base_url: Option<Url>,
    /// Where the key that encrypts stored secrets is kept.
    pub secret_key_file: KeyFile,
    /// Log filter in the grammar of `tracing_subscriber::EnvFilter`, already checked.
    pub log: String,
    /// The only directory to take PostgreSQL's programs from, when given.
    pub pg_bin: Option<PathBuf>,
    /// What `GET /metrics` asks for from other machines; `None` means it answers loopback only.
    pub metrics_token: Option<SecretString>,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` headers are believed; no other header is.
    pub trusted_proxies: Vec<IpNet>,
    /// The name in the badge beside the product's name, such as `production`.
    pub environment: String,
    /// Connections the panel keeps to its database.
    pub pool_size: usize,
    pub worker_slots: usize,
    /// The mail server; without one letters are put into files.
    pub smtp: Option<mail::Smtp>,
    /// Whom letters come from.
    pub mail_from: Option<mail::Sender>,
    /// The folder that statements of the audit log's heads are written to, hour by hour.
    pub audit_checkpoints: PathBuf,
    /// Directories of `PATH`, where PostgreSQL's programs are looked for last.
    pub search_path: Vec<PathBuf>,
    /// `XDG_RUNTIME_DIR`: where the socket goes when the data directory's path is too long for one.
    pub runtime_dir: Option<PathBuf>,
    fixed_settings: FixedSettings,
}

impl Config {
    /// Reads the file and the environment.
    ///
    /// `file` is the one named on the command line; without it `QUARTERDECK_CONFIG` names it, and without that
    /// [`DEFAULT_FILE`] is read if it is there. A named file that is missing is an error. Nothing is created.
    ///
    /// # Errors
    /// [`ConfigError`] with every problem found: unknown keys and variables, and values that can't be used.
    pub fn load(file: Option<&Path>, env: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        source::gather(file, env)?.finish()
    }

    /// The value that `QUARTERDECK_SETTING_<KEY>` fixes for a setting, named as in the database
    /// (`identity.staff_idle_minutes`).
    #[must_use]
    pub fn fixed_setting(&self, key: &str) -> Option<&str> {
        self.fixed_settings.0.get(&setting_variable(key)).map(String::as_str)
    }

    /// Refuses `QUARTERDECK_SETTING_*` variables that fix no setting of the product. `known` are all settings' keys.
    ///
    /// # Errors
    /// [`ConfigError`] that names the nearest setting for each.
    pub fn check_fixed_settings<'a>(&self, known: impl Iterator<Item = &'a str>) -> Result<(), ConfigError> {
        let known: Vec<String> = known.map(setting_variable).collect();
        let problems = self
            .fixed_settings
            .0
            .keys()
            .filter(|variable| !known.contains(variable))
            .map(|variable| key::unknown(variable, "fixes no setting", known.iter().map(String::as_str)))
            .collect();
        ConfigError::unless_empty(problems)
    }
}

/// Values by variable name. A setting may hold a secret, so `Debug` shows names only.
#[derive(Clone, Default)]
struct FixedSettings(BTreeMap<String, String>);

impl std::fmt::Debug for FixedSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
