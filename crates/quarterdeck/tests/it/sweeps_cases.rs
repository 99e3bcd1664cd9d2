//! What the sweeps send: for every operation that changes something, a request that works. Ordinary actions are made
//! from their declaration (sample and input schema), so a new noun is driven without a line here; what needs a
//! prepared world has its case below or in the file of its part. An operation that none can drive fails the sweep by name.

use crate::sweeps_world::{Drive, TABLE, World};
use crate::{
    sweeps_batches, sweeps_console, sweeps_ddl, sweeps_doors, sweeps_exports, sweeps_functions, sweeps_imports, sweeps_jobs, sweeps_live,
    sweeps_organizations, sweeps_people, sweeps_registration, sweeps_rows, sweeps_schedules, sweeps_seen_as, sweeps_sso,
};
use kernel::action::ActionDef;
use kernel::action::{ActionKind, TargetKind};
use kernel::endpoint::Endpoint;
use kernel::resource::ResourceDef;
use serde_json::{Value, json};
use std::sync::Arc;

/// A request that does what the operation is for; none when nobody has said how.
pub async fn drive(world: &World, endpoint: &Endpoint) -> Option<Drive> {
    if let Some(prepared) = prepared(world, &endpoint.id).await {
        return Some(prepared);
    }
    let (collection, rest) = endpoint.id.split_once('.')?;
    let resource: Arc<ResourceDef> = world.app.app.registry.resource(collection)?.clone();
    let many = rest.strip_suffix(".many");
    let action = resource.action(many.unwrap_or(rest))?;
    let input = world.input(&resource, action).await;
    if many.is_some() {
        let id = world.fresh(collection).await;
        ready(world, &resource, action, &id).await;
        return Some(Drive::of(
            format!("/{collection}/{}", action.name),
            json!({"filter": format!("id=eq.{id}"), "expected": 1, "input": input}),
        ));
    }
    Some(match (action.kind, action.target) {
        (ActionKind::Create, _) => Drive::of(format!("/{collection}"), input),
        (_, TargetKind::None) => Drive::of(format!("/{collection}/{}", action.name), input),
        (kind, TargetKind::One) => {
            let id = world.fresh(collection).await;
            ready(world, &resource, action, &id).await;
            match kind {
                ActionKind::Update => Drive::of(format!("/{collection}/{id}"), input).any_version(),
                ActionKind::Delete => Drive::of(format!("/{collection}/{id}"), Value::Null).any_version(),
                _ => Drive::of(format!("/{collection}/{id}/{}", action.name), input),
            }
        }
    })
}

/// Brings an object into the state that an action needs: what may be activated must be suspended first.
async fn ready(world: &World, resource: &ResourceDef, action: &ActionDef, id: &str) {
    if action.name == "reset-factors" {
        sweeps_doors::give_factor(world, resource.name, id).await;
    }
    if action.name == "activate" {
        world.made(&format!("/{}/{id}/suspend", resource.name), json!({})).await;
    }
}

/// Operations with a story of their own.
async fn prepared(world: &World, id: &str) -> Option<Drive> {
    if id == "audit.verify" {
        return Some(Drive::of("/safety/verifications", json!({})));
    }
    if let Some(drive) = sweeps_doors::prepared(world, id).await {
        return Some(drive);
    }
    if let Some(drive) = sweeps_people::prepared(world, id).await {
        return Some(drive);
    }
    if let Some(drive) = sweeps_registration::prepared(world, id).await {
        return Some(drive);
    }
    if let Some(drive) = sweeps_organizations::prepared(world, id).await {
        return Some(drive);
    }
    if let Some(drive) = Box::pin(sweeps_sso::prepared(world, id)).await {
        return Some(drive);
    }
    if let Some(drive) = sweeps_seen_as::prepared(world, id).await {
        return Some(drive);
    }
    if let Some(drive) = sweeps_live::prepared(world, id).await {
        return Some(drive);
    }
    if let Some(drive) = sweeps_functions::prepared(world, id).await {
        return Some(drive);
    }
    if let Some(drive) = sweeps_imports::prepared(world, id).await {
        return Some(drive);
    }
    if let Some(drive) = sweeps_exports::prepared(world, id).await {
        return Some(drive);
    }
    if let Some(drive) = sweeps_batches::prepared(world, id).await {
        return Some(drive);
    }
    if let Some(drive) = sweeps_rows::prepared(world, id).await {
        return Some(drive);
    }
    if let Some(drive) = sweeps_console::prepared(world, id).await {
        return Some(drive);
    }
    if let Some(drive) = sweeps_jobs::prepared(world, id).await {
        return Some(drive);
    }
    if let Some(drive) = sweeps_ddl::prepared(world, id).await {
        return Some(drive);
    }
    if let Some(drive) = sweeps_schedules::prepared(world, id).await {
        return Some(drive);
    }
    let rows = format!("/data/main/{TABLE}");
    Some(match id {
        "settings.update" => {
            let setting = world.app.app.settings.views().remove(0);
            Drive::of(format!("/settings/{}", setting.key), json!({"value": setting.default})).any_version()
        }
        "sources.create" => Drive::of("/sources", json!({"name": format!("source{}", world.next()), "url": world.own_url()})),
        "sources.update" => {
            Drive::of(format!("/sources/{}", world.fresh("sources").await), json!({"name": format!("source{}", world.next())}))
                .any_version()
        }
        "sensitive-columns.update" => {
            Drive::of(format!("/sensitive-columns/{}", world.fresh("sensitive-columns").await), json!({"treatment": "open"})).any_version()
        }
        "saved-views.create" => Drive::of("/saved-views", json!({"name": format!("view {}", world.next()), "page": "/admin/users"})),
        "saved-views.share" | "saved-views.share.many" | "saved-queries.share" | "saved-queries.share.many" => {
            let kind = id.split('.').next().unwrap_or_default();
            let one = world.fresh(kind).await;
            let input = json!({"audience": "me"});
            if id.ends_with(".many") {
                let filter = format!("id=eq.{one}");
                return Some(Drive::of(format!("/{kind}/share"), json!({"filter": filter, "expected": 1, "input": input})));
            }
            Drive::of(format!("/{kind}/{one}/share"), input)
        }
        "saved-views.update" => {
            Drive::of(format!("/saved-views/{}", world.fresh("saved-views").await), json!({"name": format!("view {}", world.next())}))
                .any_version()
        }
        "mail.check" => Drive::of("/mail/check", json!({})),
        "mail.test" => Drive::of("/mail/test", json!({"email": "ada@example.com"})),
        "rows.create" => Drive::of(rows, json!({"id": 100 + world.next(), "name": "new"})),
        "rows.update" => Drive::of(format!("{rows}?id=eq.1"), json!({"name": format!("changed {}", world.next())})),
        "rows.delete" => {
            let id = 1000 + world.next();
            world
                .app
                .database()
                .await
                .execute(&format!("insert into public.{TABLE} values ($1)"), &[&i32::try_from(id).unwrap()])
                .await
                .unwrap();
            Drive::of(format!("{rows}?id=eq.{id}"), Value::Null)
        }
        _ => return None,
    })
}
