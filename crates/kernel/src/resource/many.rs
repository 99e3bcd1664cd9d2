//! Actions on many objects by a few statements, for nouns of which there are very many.

use super::ResourceDef;
use super::endpoints::Bulk;
use crate::action::ActionDef;
use crate::audit::{Changes, Target};
use crate::ctx::Ctx;
use crate::list::{Predicate, Query, predicate};
use crate::problem::{Problem, Result};
use serde_json::{Value, json};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

/// The objects of one request, and what else it says.
pub struct Many {
    from: String,
    matching: Predicate,
    asked: Bulk,
}

impl Many {
    /// Most objects that one request may change.
    pub const MOST: usize = 200_000;

    /// Reads of each object what `columns` says over `t`, and that it is as many as the caller believes.
    ///
    /// # Errors
    /// 409 when they are more or fewer, 422 when they are too many, a `filter` problem for a value that doesn't fit.
    pub async fn rows(&self, ctx: &Ctx, columns: &str) -> Result<Vec<Row>> {
        let place = self.matching.params.len() + 1;
        let (from, matching, most) = (&self.from, &self.matching.sql, Self::MOST + 1);
        let sql = format!("select {columns} from {from} t where {matching} and t.id <> all(${place}) order by t.id limit {most}");
        let mut params: Vec<&(dyn ToSql + Sync)> = self.matching.params.iter().map(|p| p as &(dyn ToSql + Sync)).collect();
        params.push(&self.asked.except);
        let rows = ctx.db().query(&sql, &params).await.map_err(|error| self.matching.problem(error))?;
        if rows.len() > Self::MOST {
            return Err(Problem::field("filter", "too_many", format!("This matches more than {} objects. Narrow the filter.", Self::MOST)));
        }
        self.asked.agrees(rows.len())?;
        Ok(rows)
    }

    /// Whether only to say what would come of it. Nothing that is written then stays.
    #[must_use]
    pub fn is_dry_run(&self) -> bool {
        self.asked.dry_run
    }

    #[must_use]
    pub fn input(&self) -> &Value {
        &self.asked.input
    }
}

/// Runs it and writes it down once; none when the action goes one by one.
pub(super) async fn run(ctx: &mut Ctx, def: &ResourceDef, action: &ActionDef, asked: &Bulk, query: &Query) -> Result<Option<Value>> {
    let Some(run) = &action.run_many else { return Ok(None) };
    if action.step_up() {
        ctx.caller().prove(action.in_person, ctx.now())?;
    }
    let matching = predicate(def.relation(), &query.filter, query.search.as_deref(), 1)?;
    let mut answer = run(ctx, Many { from: def.relation().from.clone(), matching, asked: asked.clone() }).await?;
    if asked.dry_run {
        let would = std::mem::replace(&mut answer["changed"], 0.into());
        answer["would"] = would;
        return Ok(Some(answer));
    }
    let changes: Changes = [("changed".to_owned(), json!({"before": null, "after": answer["changed"]}))].into_iter().collect();
    let detail = format!("{} of {} that match {}", answer["changed"], asked.expected, asked.filter);
    let target = Target::new(def.name, "many", &def.label);
    ctx.audit(&format!("{}.{}", def.name, action.name), Some(target), changes, Some(detail)).await?;
    Ok(Some(answer))
}
