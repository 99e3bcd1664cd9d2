//! Turns raw text into values, each with a message that says what is expected.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use secrecy::SecretString;
use url::Url;

use super::data_dir;
use super::error::ConfigError;
use super::key::{self, Key};
use super::key_file::KeyFile;
use super::source::{Gathered, Origin, Raw};
use super::{Config, FixedSettings};

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
const DEFAULT_POOL_SIZE: usize = 10;
const POOL_SIZES: std::ops::RangeInclusive<usize> = 2..=500;
const DEFAULT_WORKER_SLOTS: usize = 8;
const WORKER_SLOTS: std::ops::RangeInclusive<usize> = 1..=1000;
const SHORTEST_TOKEN: usize = 16;

impl Gathered {
    pub(super) fn finish(mut self) -> Result<Config, ConfigError> {
        let listen = self.value(key::LISTEN, |raw| list(&raw.text, listen_address));
        let data_dir = self.value(key::DATA_DIR, path).unwrap_or_else(|| self.default_data_dir());
        let database_url = self.value(key::DATABASE_URL, |raw| database_url(&raw.text));
        let base_url = self.value(key::BASE_URL, |raw| base_url(&raw.text));
        let named_key_file = self.value(key::SECRET_KEY_FILE, path);
        let log = self.value(key::LOG, |raw| log_filter(&raw.text));
        let pg_bin = self.value(key::PG_BIN, path);
        let metrics_token = self.value(key::METRICS_TOKEN, |raw| metrics_token(&raw.text));
        let trusted_proxies = self.value(key::TRUSTED_PROXIES, |raw| list(&raw.text, network));
        let environment = self.value(key::ENVIRONMENT, |raw| environment(&raw.text));
        let pool_size = self.value(key::POOL_SIZE, |raw| whole(&raw.text, &POOL_SIZES));
        let worker_slots = self.value(key::WORKER_SLOTS, |raw| whole(&raw.text, &WORKER_SLOTS));
        let smtp = self.value(key::SMTP_URL, |raw| mail::Smtp::parse(&raw.text));
        let mail_from = self.value(key::MAIL_FROM, |raw| mail::Sender::parse(&raw.text));
        let audit_checkpoints = self.value(key::AUDIT_CHECKPOINTS, path);
        if smtp.is_some() && mail_from.is_none() && self.problems.is_empty() {
            let (from, url) = (key::MAIL_FROM.variable, key::SMTP_URL.variable);
            self.problems.push(format!("`{from}` is needed beside `{url}`: whom letters come from, such as Panel <panel@example.com>"));
        }
        ConfigError::unless_empty(std::mem::take(&mut self.problems))?;
        let path = self.system.get("PATH").map(String::as_str).unwrap_or_default();
        Ok(Config {
            listen: listen.unwrap_or_else(|| vec![DEFAULT_LISTEN]),
            secret_key_file: named_key_file.map_or_else(|| KeyFile::default_in(&data_dir), KeyFile::named),
            audit_checkpoints: audit_checkpoints.unwrap_or_else(|| data_dir.join("checkpoints")),
            data_dir,
            database_url,
            base_url,
            log: log.unwrap_or_else(|| "info".to_owned()),
            pg_bin,
            metrics_token,
            trusted_proxies: trusted_proxies.unwrap_or_default(),
            environment: environment.unwrap_or_else(|| "development".to_owned()),
            pool_size: pool_size.unwrap_or(DEFAULT_POOL_SIZE),
            worker_slots: worker_slots.unwrap_or(DEFAULT_WORKER_SLOTS),
            smtp,
            mail_from,
            search_path: std::env::split_paths(path).filter(|path| path.is_absolute()).collect(),
            runtime_dir: self.system.get("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute()),
            fixed_settings: FixedSettings(self.settings),
        })
    }

    fn value<T>(&mut self, key: Key, read: impl FnOnce(&Raw) -> Result<T, String>) -> Option<T> {
        let raw = self.take(key)?;
        match read(&raw) {
            Ok(value) => Some(value),
            Err(expected) => {
                let origin = &raw.origin;
                self.problems.push(if key.secret {
                    format!("{origin} can't be used: {expected}")
                } else {
                    format!("{origin} is `{}`: {expected}", raw.text)
                });
                None
            }
        }
    }

    /// systemd's `StateDirectory=` (the first one when there are several), else the usual place.
    fn default_data_dir(&self) -> PathBuf {
        let state = self.system.get("STATE_DIRECTORY").and_then(|all| all.split(':').next()).map(PathBuf::from);
        state.filter(|path| path.is_absolute()).unwrap_or_else(data_dir::usual)
    }
}

/// A relative path starts from the file it is written in, or from the working directory when it is in a variable.
fn path(raw: &Raw) -> Result<PathBuf, String> {
    if raw.text.is_empty() {
        return Err("a path is expected".to_owned());
    }
    let base = match &raw.origin {
        Origin::File { file, .. } => file.parent().unwrap_or(Path::new("")),
        Origin::Variable(_) => Path::new(""),
    };
    std::path::absolute(base.join(&raw.text)).map_err(|error| format!("it can't be made absolute: {error}"))
}

fn list<T>(text: &str, one: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    let items: Vec<T> = text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(one).collect::<Result<_, _>>()?;
    if items.is_empty() { Err("at least one value is expected".to_owned()) } else { Ok(items) }
}

fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    numeric
        .as_deref()
        .unwrap_or(text)
        .parse()
        .map_err(|_| format!("`{text}` is not an address and a port, such as 127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080"))
}

fn database_url(text: &str) -> Result<SecretString, String> {
    let is_url = text.starts_with("postgres://") || text.starts_with("postgresql://");
    if is_url {
        Url::parse(text).map_err(|error| format!("it is no valid URL: {error}"))?;
    } else if !text.contains('=') {
        return Err("it must look like postgres://user:password@host:5432/database".to_owned());
    }
    Ok(SecretString::from(text))
}

fn base_url(text: &str) -> Result<Url, String> {
    const EXPECTED: &str = "the address people type is expected, such as https://panel.example.com";
    let url = Url::parse(text).map_err(|error| format!("{EXPECTED} ({error})"))?;
    let right_scheme = matches!(url.scheme(), "http" | "https");
    if !right_scheme || url.host_str().is_none() || !url.username().is_empty() || url.password().is_some() {
        return Err(EXPECTED.to_owned());
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(format!("{EXPECTED}, without a path"));
    }
    Ok(url)
}

fn log_filter(text: &str) -> Result<String, String> {
    tracing_subscriber::EnvFilter::try_new(text)
        .map(|_| text.to_owned())
        .map_err(|error| format!("a level (error, warn, info, debug, trace) or a filter such as info,postgres=debug is expected ({error})"))
}

fn metrics_token(text: &str) -> Result<SecretString, String> {
    if text.len() < SHORTEST_TOKEN {
        return Err(format!("a token of at least {SHORTEST_TOKEN} characters is expected, for example from `openssl rand -hex 32`"));
    }
    if text.chars().any(|c| !c.is_ascii_graphic()) {
        return Err("a token has no spaces and only ASCII characters".to_owned());
    }
    Ok(SecretString::from(text))
}

fn network(text: &str) -> Result<IpNet, String> {
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| format!("`{text}` is not a network or an address, such as 10.0.0.0/8, ::1/128 or 127.0.0.1"))
}

fn environment(text: &str) -> Result<String, String> {
    let right = (1..=32).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if right {
        Ok(text.to_owned())
    } else {
        Err("a short name of lower-case letters, digits and hyphens is expected, such as production".to_owned())
    }
}

fn whole(text: &str, range: &std::ops::RangeInclusive<usize>) -> Result<usize, String> {
    text.replace('_', "")
        .parse()
        .ok()
        .filter(|size| range.contains(size))
        .ok_or_else(|| format!("a whole number from {} to {} is expected", range.start(), range.end()))
}
