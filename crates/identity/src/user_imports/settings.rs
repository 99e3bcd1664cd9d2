//! How a file is to be read, as somebody said.

use super::table::{Column, Target};
use kernel::{Problem, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which column is what; a column is named as in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct Map {
    pub email: Option<String>,
    pub name: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub language: Option<String>,
    /// An organization by its name
    pub organization: Option<String>,
    /// A role of organizations by its name; Member when a row says none
    pub role: Option<String>,
    /// read_only, read_write or admin
    pub level: Option<String>,
}

/// What is done with somebody who is a user already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Existing {
    /// It is a fault of its row, and nothing is imported.
    #[default]
    Refuse,
    /// They stay as they are.
    Skip,
}

/// What is said beside the file itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Which column is what; guessed when nothing is said
    #[schemars(with = "Map")]
    pub map: Option<Map>,
    /// Columns that become facts of the user's metadata
    #[schemars(length(max = 50))]
    pub metadata: Vec<String>,
    /// What is done with people who are users already
    pub existing: Existing,
    /// Send each of them a link to choose a password
    #[schemars(title = "Send welcome mails")]
    pub mail: bool,
}

impl Map {
    /// What the columns probably are.
    pub fn guessed(columns: &[Column]) -> Self {
        let find = |target| columns.iter().find(|c| c.guess == Some(target)).map(|c| c.name.clone());
        Self {
            email: find(Target::Email),
            name: find(Target::Name),
            first_name: find(Target::FirstName),
            last_name: find(Target::LastName),
            language: find(Target::Language),
            organization: find(Target::Organization),
            role: find(Target::Role),
            level: find(Target::Level),
        }
    }
}

/// Where in a row each thing stands.
#[derive(Debug, Default)]
pub struct Places {
    pub email: usize,
    pub name: Option<usize>,
    pub first_name: Option<usize>,
    pub last_name: Option<usize>,
    pub language: Option<usize>,
    pub organization: Option<usize>,
    pub role: Option<usize>,
    pub level: Option<usize>,
    pub metadata: Vec<(String, usize)>,
}

impl Places {
    /// # Errors
    /// 422 when a column isn't there, is used twice, or nothing says where the address is.
    pub fn of(settings: &Settings, columns: &[Column]) -> Result<Self> {
        let map = settings.map.clone().unwrap_or_else(|| Map::guessed(columns));
        let mut used = Vec::new();
        let mut place = |field: &str, name: &Option<String>| -> Result<Option<usize>> {
            let Some(name) = name.as_deref().filter(|name| !name.is_empty()) else { return Ok(None) };
            let at = columns.iter().position(|c| c.name == name).ok_or_else(|| {
                let there: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
                Problem::field(
                    format!("map.{field}"),
                    "reference",
                    format!("The file has no column {name:?}; there are {}", there.join(", ")),
                )
            })?;
            if used.contains(&at) {
                return Err(Problem::field(
                    format!("map.{field}"),
                    "unique",
                    format!("The column {name:?} is used for something else already"),
                ));
            }
            used.push(at);
            Ok(Some(at))
        };
        let email = place("email", &map.email)?
            .ok_or_else(|| Problem::field("map.email", "required", "Say which column has the e-mail addresses"))?;
        let mut places = Self {
            email,
            name: place("name", &map.name)?,
            first_name: place("first_name", &map.first_name)?,
            last_name: place("last_name", &map.last_name)?,
            language: place("language", &map.language)?,
            organization: place("organization", &map.organization)?,
            role: place("role", &map.role)?,
            level: place("level", &map.level)?,
            metadata: Vec::new(),
        };
        if places.organization.is_none() && (places.role.is_some() || places.level.is_some()) {
            return Err(Problem::field(
                "map.organization",
                "required",
                "A role and a level are had in an organization; say which column names it",
            ));
        }
        for name in &settings.metadata {
            if let Some(at) = place("metadata", &Some(name.clone()))? {
                places.metadata.push((name.clone(), at));
            }
        }
        Ok(places)
    }
}
