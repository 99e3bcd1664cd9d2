//! Reading single objects inside a change: locked, in the caller's scope, as JSON by their declaration.

use super::ResourceDef;
use crate::ctx::Ctx;
use crate::list;
use crate::problem::{Problem, Result};
use serde_json::Value;
use uuid::Uuid;

/// Reads the id of an object; anything that is no UUID names nothing.
///
/// # Errors
/// 404.
pub fn parse_id(def: &ResourceDef, text: &str) -> Result<Uuid> {
    Uuid::parse_str(text).map_err(|_| missing(def, text))
}

/// # Errors
/// 404 when it isn't there or not visible in the caller's scope.
pub async fn lock_and_load(ctx: &Ctx, def: &ResourceDef, id: Uuid) -> Result<Value> {
    let sql = format!("select 1 from {} t where t.id = $1 for update", def.relation().from);
    if ctx.db().query_opt(&sql, &[&id]).await?.is_none() {
        return Err(missing(def, id));
    }
    load(ctx, def, id).await?.ok_or_else(|| missing(def, id))
}

/// # Errors
/// When the database refuses.
pub async fn load(ctx: &Ctx, def: &ResourceDef, id: Uuid) -> Result<Option<Value>> {
    let found = list::select_one(ctx.db(), def.relation(), &[id.to_string()]).await?;
    found.map(|object| serde_json::from_slice(&object.body).map_err(Problem::internal)).transpose()
}

pub fn missing(def: &ResourceDef, id: impl std::fmt::Display) -> Problem {
    Problem::not_found(format!("{}/{id}", def.name))
}
