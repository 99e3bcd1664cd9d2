//! Reading objects inside a change: locked, in the caller's scope, as JSON by their declaration.

use super::ResourceDef;
use crate::ctx::Ctx;
use crate::list::{Query, Selection, within};
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
    let found = within::one(ctx.db(), def.relation(), &[id.to_string()], &Selection::default()).await?;
    found.map(|object| serde_json::from_slice(&object.body).map_err(Problem::internal)).transpose()
}

/// The ids of what a list query matches, at most its limit, in its order.
///
/// # Errors
/// When a value of the filter doesn't fit its column.
pub async fn ids(ctx: &Ctx, def: &ResourceDef, query: &Query) -> Result<Vec<Uuid>> {
    let rows = within::select(ctx.db(), def.relation(), query).await?;
    Ok(rows.iter().filter_map(|row| Uuid::parse_str(row.get("id")?.as_str()?).ok()).collect())
}

pub fn missing(def: &ResourceDef, id: impl std::fmt::Display) -> Problem {
    Problem::not_found(format!("{}/{id}", def.name))
}
