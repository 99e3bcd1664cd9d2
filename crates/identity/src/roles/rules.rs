//! What a role may be made into, and by whom: its patterns name something, it extends a role of its own kind, and
//! whoever changes it holds all that it and the roles that extend it come to give or to lose.

use super::{Role, store};
use crate::{permission, role};
use kernel::{Ctx, Permissions, Problem, Result, Scope};
use std::collections::HashMap;
use uuid::Uuid;

/// A role as it is to be.
#[derive(Clone, Debug)]
pub struct Draft {
    pub label: String,
    pub scope: Scope,
    pub organization: Option<Uuid>,
    pub permissions: Vec<String>,
    pub extends: Option<Uuid>,
}

impl Draft {
    pub fn of(role: &Role) -> Self {
        Self {
            label: role.label.clone(),
            scope: role.scope,
            organization: role.organization_id,
            permissions: role.permissions.clone(),
            extends: role.extends,
        }
    }

    /// # Errors
    /// 422 at the field that names nothing, 403 when it gives more than the caller holds.
    pub async fn check(&self, ctx: &Ctx) -> Result<()> {
        self.known(ctx)?;
        self.covered(ctx).await
    }

    /// Every pattern must name something that exists where the role applies, so that a slip of the pen gives an error
    /// rather than nothing.
    fn known(&self, ctx: &Ctx) -> Result<()> {
        let all = ctx.app().registry.permissions();
        for pattern in &self.permissions {
            let plain = pattern.strip_prefix('-').unwrap_or(pattern);
            if !all.iter().any(|p| permission::matches(plain, &p.name) && permission::applies(p, self.scope)) {
                let of = if self.scope == Scope::Platform { "" } else { " within an organization" };
                let message = format!("There is no permission {plain}{of}. GET /api/v1/meta lists them all.");
                return Err(Problem::field("permissions", "unknown", message));
            }
        }
        Ok(())
    }

    /// Nobody defines more than they hold.
    ///
    /// # Errors
    /// 403 naming what is missing, 422 when it extends a role of another kind.
    pub async fn covered(&self, ctx: &Ctx) -> Result<()> {
        let mut patterns = self.permissions.clone();
        if let Some(parent) = self.extends {
            let (found, owner) = store::parent(ctx.db(), parent, self.scope)
                .await?
                .ok_or_else(|| Problem::field("extends", "reference", "There is no role of this kind with this id"))?;
            if owner.is_some() && owner != self.organization {
                return Err(Problem::field("extends", "reference", "That role belongs to another organization"));
            }
            patterns.extend(found);
        }
        role::covered(ctx, &permission::of_scope(&ctx.app().registry, self.scope, &patterns), &self.label).await
    }
}

/// A role that extends another, and what it gives.
pub struct Heir {
    id: Uuid,
    label: String,
    given: Permissions,
}

/// The roles that extend this one, directly or through others, with what they give now.
///
/// # Errors
/// When the database is away.
pub async fn heirs(ctx: &Ctx, id: Uuid) -> Result<Vec<Heir>> {
    let found = store::heirs(ctx.db(), id).await?;
    let registry = &ctx.app().registry;
    Ok(found
        .into_iter()
        .map(|heir| Heir { id: heir.id, label: heir.label, given: permission::of_scope(registry, heir.scope, &heir.patterns) })
        .collect())
}

/// Whoever takes `-users:delete` out of a role gives it to those that extend it and say `users:*`: what the heirs of a
/// changed role win or lose must be held too.
///
/// # Errors
/// 403 naming role and permission.
pub async fn heirs_change_within(ctx: &Ctx, before: &[Heir]) -> Result<()> {
    let Some(first) = before.first() else { return Ok(()) };
    let held = role::standing(ctx).await?;
    let then: HashMap<Uuid, &Heir> = before.iter().map(|heir| (heir.id, heir)).collect();
    let mut now = Vec::new();
    for heir in before {
        now.extend(store::patterns(ctx.db(), heir.id).await?.map(|(scope, patterns)| (heir.id, scope, patterns)));
    }
    for (id, scope, patterns) in now {
        let was = then.get(&id).map_or(first, |heir| *heir);
        let is = permission::of_scope(&ctx.app().registry, scope, &patterns);
        let changed =
            ctx.app().registry.permissions().iter().find(|p| was.given.allow(&p.name) != is.allow(&p.name) && !held.allow(&p.name));
        if let Some(changed) = changed {
            return Err(Problem::refused(format!(
                "{} extends this role, and {} would change there, which you don't hold yourself. Ask an owner.",
                was.label, changed.name
            )));
        }
    }
    Ok(())
}
