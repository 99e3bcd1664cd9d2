//! Gathers raw values from the file and the environment and remembers where each one came from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::DEFAULT_FILE;
use super::error::ConfigError;
use super::key::{self, Key};

/// Where a value was written.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    /// A file, the line in it, and the folder that its relative paths start from.
    File {
        file: PathBuf,
        line: usize,
        name: &'static str,
    },
    Variable(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, line, name } => write!(f, "{}:{line}: `{name}`", file.display()),
            Self::Variable(name) => write!(f, "`{name}`"),
        }
    }
}

/// A value as it was written, still text.
#[derive(Debug, Clone)]
pub(super) struct Raw {
    pub origin: Origin,
    pub text: String,
}

/// Everything that was said, before it is understood.
#[derive(Default)]
pub(super) struct Gathered {
    values: BTreeMap<&'static str, Raw>,
    pub settings: BTreeMap<String, String>,
    /// Variables of the system that the configuration leans on (`PATH`, `STATE_DIRECTORY`, `XDG_RUNTIME_DIR`).
    pub system: BTreeMap<&'static str, String>,
    pub problems: Vec<String>,
}

impl Gathered {
    pub(super) fn take(&mut self, key: Key) -> Option<Raw> {
        self.values.remove(key.name)
    }
}

const SYSTEM: [&str; 3] = ["PATH", "STATE_DIRECTORY", "XDG_RUNTIME_DIR"];

pub(super) fn gather(file: Option<&Path>, env: impl Iterator<Item = (String, String)>) -> Result<Gathered, ConfigError> {
    // An empty variable means an unset one: that is how compose files and service units leave a value out.
    let env: BTreeMap<String, String> = env.filter(|(_, value)| !value.is_empty()).collect();
    let mut gathered = Gathered::default();
    let named = file.map(Path::to_path_buf).or_else(|| env.get(key::CONFIG_VARIABLE).map(PathBuf::from));
    read_file(named.as_deref(), &mut gathered)?;
    read_environment(env, &mut gathered);
    Ok(gathered)
}

fn read_environment(env: BTreeMap<String, String>, gathered: &mut Gathered) {
    for (name, value) in env {
        if let Some(key) = key::ALL.iter().find(|key| key.variable == name) {
            gathered.values.insert(key.name, Raw { origin: Origin::Variable(key.variable), text: value });
        } else if let Some(system) = SYSTEM.iter().find(|system| **system == name) {
            gathered.system.insert(system, value);
        } else if name.len() > key::SETTING_PREFIX.len() && name.starts_with(key::SETTING_PREFIX) {
            gathered.settings.insert(name, value);
        } else if name.starts_with(key::PREFIX) && !key::CLIENT_VARIABLES.contains(&name.as_str()) {
            let known = key::ALL.iter().map(|key| key.variable).chain(key::CLIENT_VARIABLES);
            gathered.problems.push(key::unknown(&name, "is no variable of Quarterdeck", known));
        }
    }
}

fn read_file(named: Option<&Path>, gathered: &mut Gathered) -> Result<(), ConfigError> {
    let path = named.unwrap_or(Path::new(DEFAULT_FILE));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => {
            return Ok(());
        }
        Err(error) => {
            return Err(ConfigError::one(format!("The configuration file {} can't be read: {error}", path.display())));
        }
    };
    // The parser's own rendering quotes the line, which may hold a secret; only its message and place are shown.
    let table = DeTable::parse(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(&text, span.start));
        ConfigError::one(format!("{}:{line}: this is not valid TOML: {}", path.display(), error.message()))
    })?;
    for (name, value) in table.get_ref() {
        read_entry(path, &text, name.get_ref(), name.span().start, value, gathered);
    }
    Ok(())
}

fn read_entry(path: &Path, text: &str, name: &str, at: usize, value: &Spanned<DeValue<'_>>, gathered: &mut Gathered) {
    let line = line_of(text, at);
    let Some(key) = key::ALL.iter().find(|key| key.name == name) else {
        let known = key::ALL.iter().map(|key| key.name);
        let problem = key::unknown(name, "is no key of this file", known);
        gathered.problems.push(format!("{}:{line}: {problem}", path.display()));
        return;
    };
    let origin = Origin::File { file: path.to_path_buf(), line, name: key.name };
    match plain_text(value.get_ref(), key.many) {
        Some(text) => {
            gathered.values.insert(key.name, Raw { origin, text });
        }
        None => {
            let expected = if key.many { "a text or an array of texts" } else { "a single value" };
            let found = value.get_ref().type_str();
            gathered.problems.push(format!("{origin} must be {expected}, not of type {found}"));
        }
    }
}

/// Numbers and booleans are taken as their text, so that a key reads the same in the file and in the environment.
fn plain_text(value: &DeValue<'_>, many: bool) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
        DeValue::Boolean(value) => Some(value.to_string()),
        DeValue::Array(items) if many => {
            let texts: Option<Vec<_>> = items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect();
            texts.map(|texts| texts.join(","))
        }
        _ => None,
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.get(..offset).map_or(1, |before| before.matches('\n').count() + 1)
}
