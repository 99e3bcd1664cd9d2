//! What somebody asks of a batch: which rows, what with them, and how many they expect.

use crate::rows::record::Record;
use kernel::{Problem, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Most rows that can be left out by their keys.
pub const MOST_EXCEPT: usize = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    Update,
    Delete,
    /// Takes another batch back; never asked for in words.
    #[serde(skip_deserializing)]
    Undo,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// One transaction: all of it or nothing.
    #[default]
    Atomic,
    /// In pieces that are each committed: what is done stays, whatever comes.
    Chunked,
}

impl Verb {
    pub fn name(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Undo => "undo",
        }
    }

    pub fn named(name: &str) -> Result<Self> {
        [Self::Update, Self::Delete, Self::Undo]
            .into_iter()
            .find(|verb| verb.name() == name)
            .ok_or_else(|| Problem::internal("a batch of no kind"))
    }

    /// What is needed beside the permission for batches.
    pub fn permission(self) -> &'static str {
        match self {
            Self::Delete => "rows:delete",
            Self::Update | Self::Undo => "rows:update",
        }
    }
}

impl Mode {
    pub fn name(self) -> &'static str {
        match self {
            Self::Atomic => "atomic",
            Self::Chunked => "chunked",
        }
    }

    pub fn named(name: &str) -> Self {
        if name == "chunked" { Self::Chunked } else { Self::Atomic }
    }
}

/// A batch as it is asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    pub verb: Verb,
    /// The list's own filters and search, as in its address.
    pub filter: String,
    #[serde(default)]
    pub set: Record,
    /// Columns that get their default.
    #[serde(default)]
    pub defaults: Vec<String>,
    /// Keys of rows that are left as they are.
    #[serde(default)]
    pub except: Vec<Record>,
    #[serde(default)]
    pub mode: Mode,
    #[serde(default)]
    pub expected: Option<u64>,
}

impl Asked {
    /// # Errors
    /// 400 when the body is something else.
    pub fn read(body: &[u8]) -> Result<Self> {
        serde_json::from_slice(body.trim_ascii()).map_err(|error| {
            Problem::malformed(format!(
                "The body is not a batch, as in {{\"verb\": \"update\", \"filter\": \"paid=is.false\", \"set\": {{\"paid\": true}}, \"expected\": 12}}: {error}"
            ))
        })
    }
}

/// The schema of [`Asked`], for the documents.
pub fn schema() -> Value {
    let row = |what: &str| json!({"type": "object", "description": what});
    json!({"type": "object", "required": ["verb", "filter"], "additionalProperties": false, "properties": {
        "verb": {"type": "string", "enum": ["update", "delete"]},
        "filter": {"type": "string", "description": "Which rows: the list's own filters and search as in its address, such as status=eq.open&search=berlin. Nothing at all means every row"},
        "set": row("Columns and their new values, as in a PATCH of rows; null is NULL"),
        "defaults": {"type": "array", "items": {"type": "string"}, "description": "Columns that get their default"},
        "except": {"type": "array", "maxItems": MOST_EXCEPT, "items": row("The whole primary key of a row that is left as it is")},
        "mode": {"type": "string", "enum": ["atomic", "chunked"], "description": "atomic: one transaction, all or nothing. chunked: in pieces that are each committed, which holds no row for long"},
        "expected": {"type": "integer", "minimum": 0, "description": "How many rows it must be; with any other number nothing is changed"}
    }})
}
