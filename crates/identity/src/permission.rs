//! From what a role says to what it gives: patterns become the permissions that exist.

use kernel::{Permissions, Registry};

/// Whether a pattern such as `users:*` or `*` names this permission.
#[must_use]
pub fn matches(pattern: &str, permission: &str) -> bool {
    if pattern == "*" || pattern == permission {
        return true;
    }
    let (Some((resource, verb)), Some((has_resource, has_verb))) = (pattern.split_once(':'), permission.split_once(':')) else {
        return false;
    };
    (resource == "*" || resource == has_resource) && (verb == "*" || verb == has_verb)
}

/// What the patterns of a role give among all permissions that exist. `-users:delete` takes away, whatever its place.
///
/// A role that says `*` and takes nothing away stays `*`, so that it needs no list.
#[must_use]
pub fn resolve(registry: &Registry, patterns: &[String]) -> Permissions {
    among(registry.permissions().iter().map(|p| p.name.as_str()), patterns)
}

fn among<'a>(all: impl Iterator<Item = &'a str>, patterns: &[String]) -> Permissions {
    let taken: Vec<&str> = patterns.iter().filter_map(|p| p.strip_prefix('-')).collect();
    let given: Vec<&str> = patterns.iter().map(String::as_str).filter(|p| !p.starts_with('-')).collect();
    if taken.is_empty() && given.contains(&"*") {
        return Permissions::everything();
    }
    let any = |patterns: &[&str], permission: &str| patterns.iter().any(|p| matches(p, permission));
    Permissions::of(all.filter(|p| any(&given, p) && !any(&taken, p)))
}

/// Every permission that somebody holds, by name; for answers that list them.
#[must_use]
pub fn names(registry: &Registry, held: &Permissions) -> Vec<String> {
    registry.permissions().iter().filter(|p| held.allow(&p.name)).map(|p| p.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [&str; 5] = ["users:read", "users:delete", "staff:read", "staff:change-role", "rows:read"];

    fn given(patterns: &[&str]) -> Vec<String> {
        let patterns: Vec<String> = patterns.iter().map(|&p| p.into()).collect();
        among(ALL.into_iter(), &patterns).iter().map(str::to_owned).collect()
    }

    #[test]
    fn patterns_give_what_they_match() {
        assert_eq!(given(&["*:read"]), ["rows:read", "staff:read", "users:read"]);
        assert_eq!(given(&["users:*"]), ["users:delete", "users:read"]);
        assert_eq!(given(&["*"]), ["*"]);
        assert!(given(&["user:read", "users", "unknown:*"]).is_empty());
    }

    #[test]
    fn what_is_taken_away_stays_away() {
        assert_eq!(given(&["-staff:change-role", "*"]), ["rows:read", "staff:read", "users:delete", "users:read"]);
        assert!(given(&["users:delete", "-users:*"]).is_empty());
    }
}
