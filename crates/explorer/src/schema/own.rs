//! Taking over what another role owns, so that it can be changed here.
//!
//! The owner of the panel's database does it, by two fixed statements and nothing that somebody wrote: what belongs to
//! itself or to a superuser changes hands, and of an ordinary role the rights are taken. A role that could lead anywhere
//! else is refused.

use super::planner::Planner;
use super::{OWN, changed_by, panel_owner, record, word};
use crate::source::alter::OWNER;
use crate::source::open::Open;
use crate::state::State;
use http::StatusCode;
use kernel::audit::{Changes, Entry, Target};
use kernel::endpoint::{Response, json as answer};
use kernel::list::quote;
use kernel::problem::{Kind, sentence};
use kernel::{Call, Ctx, Problem, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    schema: String,
    /// A table, view or enumeration
    name: String,
    /// Who owns it, as it was seen
    owner: String,
}

pub async fn take_over(state: &Arc<State>, call: &Call) -> Result<Response> {
    let outcome = attempt(state, call).await;
    if let Err(problem) = &outcome {
        record::refused(call, "schema.own", problem).await;
    }
    outcome
}

async fn attempt(state: &Arc<State>, call: &Call) -> Result<Response> {
    let source = changed_by(state, call, OWN).await?;
    let asked: Asked = call.input()?;
    let conn = source.altering().await?;
    let mut planner = Planner::new(&source, &conn, panel_owner(state)).await?;
    let kind = found(&mut planner, &asked).await?;
    let Some(foreign) = planner.plan.foreign.first().cloned() else {
        return Err(
            Problem::new(Kind::Conflict, format!("{}.{} can be changed here already", asked.schema, asked.name)).titled("Nothing to do")
        );
    };
    if foreign.owner != asked.owner {
        return Err(Problem::conflict(format!("{}.{} belongs to {} by now", asked.schema, asked.name, foreign.owner), None));
    }
    if !foreign.can_take_over {
        return Err(Problem::refused(foreign.reason));
    }
    let target = format!("{} {}", kind, word::qualified(&asked.schema, "name", &asked.name)?);
    let granted = take(&source, &target, &asked, &panel_owner(state)).await?;
    source.forget();
    written(call, &source, &asked, granted).await?;
    answer(
        StatusCode::OK,
        &json!({"owner": if granted { asked.owner.as_str() } else { OWNER }, "granted": granted.then_some(&asked.owner)}),
    )
}

/// `table` or `type`; what isn't ours is in the plan then.
async fn found(planner: &mut Planner<'_>, asked: &Asked) -> Result<&'static str> {
    match planner.relation(&asked.schema, &asked.name).await {
        Ok(_) => return Ok("table"),
        Err(problem) if problem.kind() != Kind::NotFound => return Err(problem),
        Err(_) => {}
    }
    super::ddl::enumeration(planner, &asked.schema, &asked.name).await?;
    Ok("type")
}

/// Does it; whether a role's rights were given rather than the thing itself.
async fn take(source: &Open, target: &str, asked: &Asked, panel_owner: &str) -> Result<bool> {
    let Some(grants) = &source.grants else { return Err(Problem::internal("a source without an owner's connection")) };
    let changes_hands = grants.is_above(&asked.owner, panel_owner).await?;
    let sql = if changes_hands {
        format!("alter {target} owner to {}", quote(OWNER))
    } else {
        format!("grant {} to {}", quote(&asked.owner), quote(OWNER))
    };
    grants.run_as_owner(&sql).await?.map_err(|error| match error.as_db_error() {
        Some(db) => Problem::refused(format!(
            "The owner of the panel's database may not do that. {}. Let somebody who may run the SQL beside this.",
            sentence(db.message())
        ))
        .with("sql", format!("{sql};"))
        .because(error),
        None => error.into(),
    })?;
    Ok(!changes_hands)
}

async fn written(call: &Call, source: &Open, asked: &Asked, granted: bool) -> Result<()> {
    let ctx = Ctx::open(call.app.clone(), call.caller()?.clone(), call.request.clone()).await?;
    let mut changes = Changes::new();
    let (before, after) = if granted { (None, Some(asked.owner.as_str())) } else { (Some(asked.owner.as_str()), Some(OWNER)) };
    changes.insert(if granted { "granted" } else { "owner" }.into(), json!({"before": before, "after": after}));
    let target = Target::new(format!("{}.{}.{}", source.name, asked.schema, asked.name), "", &asked.name);
    let entry = Entry::of(ctx.id(), ctx.now(), call.caller()?, &call.request, "schema.own", Some(target)).changes(changes);
    kernel::audit::store::append(ctx.db(), &call.app.keys, &entry).await?;
    ctx.commit().await
}
