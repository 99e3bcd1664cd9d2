//! The registry as one caller sees it: what generic pages, forms, navigation and the palette are made from.

use crate::action::ActionDef;
use crate::actor::{Caller, Scope};
use crate::app::App;
use crate::registry::Registry;
use crate::resource::ResourceDef;
use serde_json::{Value, json};

/// `GET /meta`.
#[must_use]
pub fn describe(app: &App, caller: &Caller) -> Value {
    let registry = &app.registry;
    json!({
        "product": { "name": app.site.name, "version": app.site.version, "environment": app.site.environment, "base_url": app.site.base_url },
        "modules": registry.modules(),
        "resources": registry.resources().iter().map(|r| resource(registry, r, caller)).collect::<Vec<_>>(),
        "pages": registry.pages().iter().map(|p| {
            let mut page = json!(p);
            // Pages of a room are the staff's; who acts for an organization has the nouns of it.
            page["allowed"] = (caller.scope == Scope::Platform && caller.permissions.allow(p.permission)).into();
            page
        }).collect::<Vec<_>>(),
        "settings": app.settings.defs().iter().map(|s| {
            let mut setting = json!(s);
            setting["allowed"] = registry.require(caller, s.permission).is_ok().into();
            setting
        }).collect::<Vec<_>>(),
        "permissions": registry.permissions(),
    })
}

fn resource(registry: &Registry, def: &ResourceDef, caller: &Caller) -> Value {
    json!({
        "name": def.name,
        "module": def.module,
        "group": def.group,
        "label": def.label,
        "singular": def.singular,
        "icon": def.icon,
        "description": def.description,
        "scope": def.scope,
        "title_field": def.title_field,
        "default_order": def.default_order,
        "version_field": def.versioned.then_some("version"),
        "searchable": def.fields.iter().any(|f| f.search),
        "can_read": registry.require(caller, &def.permission("read")).is_ok(),
        "read_permission": def.permission("read"),
        "fields": def.fields,
        "actions": def.actions.iter().map(|a| action(registry, a, caller)).collect::<Vec<_>>(),
    })
}

fn action(registry: &Registry, def: &ActionDef, caller: &Caller) -> Value {
    let allowed = registry.require(caller, &def.permission).is_ok();
    json!({
        "name": def.name,
        "kind": def.kind,
        "target": def.target,
        "bulk": def.bulk,
        "label": def.label,
        "icon": def.icon,
        "risk": def.risk,
        "step_up": def.step_up(),
        "confirm": def.confirm,
        "permission": def.permission,
        "allowed": allowed,
        "reason": (!allowed).then(|| format!("This needs the permission {}", def.permission)),
        "input": def.input,
    })
}
