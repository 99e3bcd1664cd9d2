//! The environment of the process, read once.

use std::collections::BTreeMap;

/// Variables by name; an empty one counts as unset.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    pub fn of_process() -> Self {
        Self(std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect())
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub fn all(&self) -> impl Iterator<Item = (String, String)> {
        self.0.clone().into_iter()
    }

    #[cfg(test)]
    pub fn of<const N: usize>(pairs: [(&str, &str); N]) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    #[cfg(test)]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        other.0.insert(name.into(), value.into());
        other
    }
}
