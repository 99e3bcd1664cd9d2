//! The keys there are: one table, from which the file, the environment and the messages are read.

/// One key of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    /// Its name in `quarterdeck.toml`.
    pub name: &'static str,
    /// Its name in the environment.
    pub variable: &'static str,
    /// A secret value is never repeated in a message.
    pub secret: bool,
    /// May be several values: an array in the file, separated by commas in the environment.
    pub many: bool,
}

const fn key(name: &'static str, variable: &'static str) -> Key {
    Key { name, variable, secret: false, many: false }
}

pub(super) const LISTEN: Key = Key { many: true, ..key("listen", "QUARTERDECK_LISTEN") };
pub(super) const DATA_DIR: Key = key("data_dir", "QUARTERDECK_DATA_DIR");
pub(super) const DATABASE_URL: Key = Key { secret: true, ..key("database_url", "DATABASE_URL") };
pub(super) const BASE_URL: Key = key("base_url", "QUARTERDECK_BASE_URL");
pub(super) const SECRET_KEY_FILE: Key = key("secret_key_file", "QUARTERDECK_SECRET_KEY_FILE");
pub(super) const LOG: Key = key("log", "QUARTERDECK_LOG");
pub(super) const PG_BIN: Key = key("pg_bin", "QUARTERDECK_PG_BIN");
pub(super) const METRICS_TOKEN: Key = Key { secret: true, ..key("metrics_token", "QUARTERDECK_METRICS_TOKEN") };
pub(super) const TRUSTED_PROXIES: Key = Key { many: true, ..key("trusted_proxies", "QUARTERDECK_TRUSTED_PROXIES") };
pub(super) const ENVIRONMENT: Key = key("environment", "QUARTERDECK_ENVIRONMENT");
pub(super) const POOL_SIZE: Key = key("pool_size", "QUARTERDECK_POOL_SIZE");
pub(super) const WORKER_SLOTS: Key = key("worker_slots", "QUARTERDECK_WORKER_SLOTS");
pub(super) const SMTP_URL: Key = Key { secret: true, ..key("smtp_url", "QUARTERDECK_SMTP_URL") };
pub(super) const MAIL_FROM: Key = key("mail_from", "QUARTERDECK_MAIL_FROM");
pub(super) const AUDIT_CHECKPOINTS: Key = key("audit_checkpoints", "QUARTERDECK_AUDIT_CHECKPOINTS");

/// Every key of the file, in the order of `docs/configuration.md`.
pub(super) const ALL: [Key; 15] = [
    LISTEN,
    DATA_DIR,
    DATABASE_URL,
    BASE_URL,
    SECRET_KEY_FILE,
    LOG,
    PG_BIN,
    METRICS_TOKEN,
    TRUSTED_PROXIES,
    ENVIRONMENT,
    POOL_SIZE,
    WORKER_SLOTS,
    SMTP_URL,
    MAIL_FROM,
    AUDIT_CHECKPOINTS,
];

/// Names the configuration file.
pub(super) const CONFIG_VARIABLE: &str = "QUARTERDECK_CONFIG";

/// Variables of the command line's own, which `serve` leaves alone.
pub(super) const CLIENT_VARIABLES: [&str; 4] = [CONFIG_VARIABLE, "QUARTERDECK_URL", "QUARTERDECK_TOKEN", "QUARTERDECK_PROFILE"];

/// Every variable of ours starts like this, so that a misspelt one can be told.
pub(super) const PREFIX: &str = "QUARTERDECK_";

/// Variables that fix a setting start like this.
pub(super) const SETTING_PREFIX: &str = "QUARTERDECK_SETTING_";

/// The variable that fixes a setting: `identity.staff_idle_minutes` is `QUARTERDECK_SETTING_IDENTITY_STAFF_IDLE_MINUTES`.
#[must_use]
pub fn setting_variable(key: &str) -> String {
    let name: String = key.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    format!("{SETTING_PREFIX}{name}")
}

/// `<name> <what>; the nearest known one is <nearest>`.
pub(super) fn unknown<'a>(name: &str, what: &str, known: impl Iterator<Item = &'a str>) -> String {
    let nearest = known.min_by_key(|candidate| strsim::damerau_levenshtein(candidate, name));
    match nearest {
        Some(nearest) => format!("`{name}` {what}; the nearest one there is: `{nearest}`"),
        None => format!("`{name}` {what}"),
    }
}
