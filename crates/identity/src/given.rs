//! What inputs have in common: telling "not given" from "given as null", defaults, names, languages.

use serde::{Deserialize, Deserializer};

/// For a field `Option<Option<T>>` with `#[serde(default, deserialize_with = "given::or_null")]`:
/// absent is `None`, null is `Some(None)`.
///
/// # Errors
/// When the value is neither null nor a `T`.
pub(crate) fn or_null<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}

/// What somebody leaves open and usually wants.
pub const fn yes() -> bool {
    true
}

/// A name without what surrounds it; an empty one is none.
pub fn plain(name: Option<&str>) -> Option<&str> {
    name.map(str::trim).filter(|name| !name.is_empty())
}

/// A language that people can be written in.
#[derive(Clone, Copy, Debug, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Language {
    En,
    De,
}

impl Language {
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }
}
