//! From what a role says to what it gives: patterns become the permissions that exist, among those of a scope.

use crate::memberships::Level;
use kernel::registry::PermissionDef;
use kernel::{Permissions, Registry, Scope};

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

/// What the patterns of a role of staff give among all permissions that exist. `-users:delete` takes away, whatever its place.
///
/// A role that says `*` and takes nothing away stays `*`, so that it needs no list.
#[must_use]
pub fn resolve(registry: &Registry, patterns: &[String]) -> Permissions {
    if patterns.iter().any(|p| p == "*") && !patterns.iter().any(|p| p.starts_with('-')) {
        return Permissions::everything();
    }
    Permissions::of(among(registry.permissions().iter().map(|p| p.name.as_str()), patterns))
}

/// What the patterns of an organization's role give: only permissions that apply within an organization, each by its
/// name and never `*`, and of these only what the level leaves.
#[must_use]
pub fn resolve_member(registry: &Registry, patterns: &[String], level: Level) -> Permissions {
    let all = registry.permissions().iter().filter(|p| applies(p, Scope::Organization) && level.keeps(p)).map(|p| p.name.as_str());
    Permissions::of(among(all, patterns))
}

/// What patterns give in a scope, before any level.
#[must_use]
pub fn of_scope(registry: &Registry, scope: Scope, patterns: &[String]) -> Permissions {
    match scope {
        Scope::Platform => resolve(registry, patterns),
        Scope::Organization => resolve_member(registry, patterns, Level::Admin),
    }
}

/// What any of several ways gives. What one role takes away another may still give.
#[must_use]
pub fn united(all: impl IntoIterator<Item = Permissions>) -> Permissions {
    let all: Vec<Permissions> = all.into_iter().collect();
    Permissions::of(all.iter().flat_map(Permissions::iter))
}

/// Whether a permission means something in this scope.
#[must_use]
pub fn applies(permission: &PermissionDef, scope: Scope) -> bool {
    permission.scopes.contains(&scope)
}

/// What looking after an organization is: its people, their roles, its keys or its security.
const ADMINISTRATION: [&str; 5] = ["memberships:update", "memberships:invite", "roles:create", "keys:create", "restrictions:create"];

/// Whether somebody looks after the organization they hold this in: they are shown its administration.
#[must_use]
pub fn administers(held: &Permissions) -> bool {
    ADMINISTRATION.iter().any(|permission| held.allow(permission))
}

impl Level {
    /// Whether a member with this level may keep what their role gives.
    #[must_use]
    pub fn keeps(self, permission: &PermissionDef) -> bool {
        match self {
            Self::ReadOnly => permission.name.ends_with(":read"),
            Self::ReadWrite => !permission.administrative,
            Self::Admin => true,
        }
    }
}

fn among<'a>(all: impl Iterator<Item = &'a str>, patterns: &[String]) -> impl Iterator<Item = &'a str> {
    let taken: Vec<&str> = patterns.iter().filter_map(|p| p.strip_prefix('-')).collect();
    let given: Vec<&str> = patterns.iter().map(String::as_str).filter(|p| !p.starts_with('-')).collect();
    let any = |patterns: &[&str], permission: &str| patterns.iter().any(|p| matches(p, permission));
    all.filter(move |p| any(&given, p) && !any(&taken, p))
}

/// Every permission that somebody holds, by name; for answers that list them.
#[must_use]
pub fn names(registry: &Registry, held: &Permissions) -> Vec<String> {
    registry.permissions().iter().filter(|p| held.allow(&p.name)).map(|p| p.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Action, Ctx, Module, Resource, Result};
    use serde_json::{Value, json};

    async fn nothing(_: &mut Ctx, _: Value, (): ()) -> Result<Value> {
        Ok(Value::Null)
    }

    fn noun(name: &'static str, scope: Scope) -> Resource<Value> {
        Resource::new(name, "lab.things")
            .describe("box", "Things")
            .group("people")
            .scope(scope)
            .title("name")
            .field(kernel::field::text("name"))
            .sample(json!({"id": "1"}))
    }

    /// `users` are the platform's; `things` an organization's, with a verb that only staff do and one for its admins.
    fn registry() -> Registry {
        let things = noun("things", Scope::Organization)
            .action(Action::new("paint", nothing))
            .action(Action::new("seal", nothing).platform_only())
            .action(Action::new("grant", nothing).administrative());
        let users = noun("users", Scope::Platform).action(Action::new("suspend", nothing));
        Registry::new(vec![Module::new("lab", "Lab", "box").resource(users).resource(things)]).expect("they fit")
    }

    fn patterns(patterns: &[&str]) -> Vec<String> {
        patterns.iter().map(|&p| p.into()).collect()
    }

    fn staff(given: &[&str]) -> Vec<String> {
        resolve(&registry(), &patterns(given)).iter().map(str::to_owned).collect()
    }

    fn member(given: &[&str], level: Level) -> Vec<String> {
        resolve_member(&registry(), &patterns(given), level).iter().map(str::to_owned).collect()
    }

    #[test]
    fn patterns_give_what_they_match() {
        assert_eq!(staff(&["*:read"]), ["things:read", "users:read"]);
        assert_eq!(staff(&["users:*"]), ["users:read", "users:suspend"]);
        assert_eq!(staff(&["*"]), ["*"]);
        assert!(staff(&["user:read", "users", "unknown:*"]).is_empty());
    }

    #[test]
    fn what_is_taken_away_stays_away() {
        assert_eq!(staff(&["-things:*", "*", "-users:suspend"]), ["users:read"]);
        assert!(staff(&["users:suspend", "-users:*"]).is_empty());
    }

    #[test]
    fn a_role_of_an_organization_gives_nothing_of_the_platform() {
        assert_eq!(member(&["*"], Level::Admin), ["things:grant", "things:paint", "things:read"]);
        assert!(member(&["users:*", "users:read", "things:seal"], Level::Admin).is_empty());
    }

    #[test]
    fn a_level_only_takes_away() {
        assert_eq!(member(&["*"], Level::ReadWrite), ["things:paint", "things:read"]);
        assert_eq!(member(&["*"], Level::ReadOnly), ["things:read"]);
        assert_eq!(member(&["things:paint"], Level::Admin), ["things:paint"], "a level gives nothing");
        assert!(member(&["things:grant"], Level::ReadWrite).is_empty());
    }

    #[test]
    fn the_registry_says_where_a_permission_applies() {
        let registry = registry();
        let scopes = |name: &str| registry.permissions().iter().find(|p| p.name == name).map(|p| p.scopes.len());
        assert_eq!(scopes("users:read"), Some(1));
        assert_eq!(scopes("things:read"), Some(2));
        assert_eq!(scopes("things:seal"), Some(1));
    }
}
