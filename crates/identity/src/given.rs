//! Telling "not given" from "given as null" in the input of a change.

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
