//! Why somebody sees a row or doesn't: the policies and rights of one table for one role, what each policy says of a row, and
//! what follows of it.

use super::keys::Key;
use super::look::{Look, told};
use super::side::{self, Side};
use super::standing::Standing;
use super::verdict::{self, Verdict};
use super::{policy, truth};
use crate::state::State;
use crate::tables::admit;
use http::{Method, StatusCode};
use kernel::audit::{self, Entry, Target as Audited};
use kernel::endpoint::{Access, Endpoint, Response, json as answer};
use kernel::{Call, Ctx, Module, Problem, Result};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;

/// Each statement of an explanation.
const SECONDS: u32 = 2;
/// What policies ask about who is looking, in the words of Supabase.
const CLAIMS: [(&str, &str); 3] = [
    ("auth.uid()", "select auth.uid()::pg_catalog.text"),
    ("auth.role()", "select auth.role()::pg_catalog.text"),
    ("auth.jwt()", "select auth.jwt()::pg_catalog.text"),
];

#[derive(Serialize)]
struct Explained {
    who: side::Who,
    #[serde(flatten)]
    standing: Standing,
    claims: Vec<Claim>,
    policies: Vec<policy::Policy>,
    row: Option<Row>,
    verdicts: Vec<Verdict>,
}

#[derive(Serialize)]
struct Claim {
    call: &'static str,
    value: Option<String>,
    problem: Option<String>,
}

#[derive(Serialize)]
struct Row {
    key: Key,
    /// Whether a list in that place has it; null when it can't be read there.
    seen: Option<bool>,
    problem: Option<String>,
}

pub(super) fn routes(module: Module, state: &Arc<State>) -> Module {
    let state = state.clone();
    let object = json!({"type": "object"});
    let list = json!({"type": "array", "items": object});
    module.route(
        Endpoint::new(
            Method::GET,
            "/explorer/{source}/tables/{schema}/{table}/explain",
            "explorer.explain",
            Access::Permission("rows:read".into()),
            move |call: Call| {
                let state = state.clone();
                async move { explain(&state, &call).await }
            },
        )
        .summary("Why somebody sees a row, or doesn't: rights, policies, what each says of the row, and what follows")
        .parameter("as", "query", side::DESCRIPTION)
        .parameter("row", "query", "The row's primary key as a JSON array of texts, such as [\"7\"]; without it, what holds for every row")
        .answer(
            json!({"type": "object", "properties": {"who": object, "role": {"type": "string"}, "row_security": object, "privileges": object,
                "columns": list, "claims": list, "policies": list, "row": {"type": ["object", "null"]}, "verdicts": list}}),
            json!({"who": {"kind": "anon", "label": "anon", "impersonation": "0190b6c8-0000-7000-8000-000000000050"}, "role": "anon",
                "row_security": {"enabled": true, "forced": false, "active": true, "above": null, "view_of": null},
                "privileges": {"schema": true, "select": true, "insert": false, "update": false, "delete": false}, "columns": [],
                "claims": [{"call": "auth.uid()", "value": null, "problem": null}],
                "policies": [{"name": "own rows", "permissive": true, "command": "select", "roles": ["public"], "applies": true,
                    "using": {"sql": "(user_id = auth.uid())", "result": {"state": "null"}}, "check": null}],
                "row": {"key": ["7"], "seen": false, "problem": null},
                "verdicts": [{"command": "select", "allowed": false, "why": "none_allows", "policies": ["own rows"],
                    "sentence": "Nobody in particular can't see this row: none of its permissive policies is true: “own rows”."}]}),
        ),
    )
}

async fn explain(state: &Arc<State>, call: &Call) -> Result<Response> {
    admit(call, "rows:read")?;
    let key = key_of(call, "row")?;
    let side = Side::named(state, call, "as").await?;
    let _turn = state.turn().await?;
    written(call, &side, key.as_ref()).await?;
    answer(StatusCode::OK, &explained(state, call, &side, key).await?)
}

async fn explained(state: &Arc<State>, call: &Call, side: &Side, key: Option<Key>) -> Result<Explained> {
    let Some(key) = key else { return told_of(side, None, None).await };
    let columns = &side.table.primary_key;
    if columns.is_empty() {
        return Err(Problem::field("row", "key", "This table has no primary key, so one row can't be told from another"));
    }
    if key.len() != columns.len() {
        return Err(Problem::field("row", "key", format!("Its primary key is {}", columns.join(", "))));
    }
    // Whoever asks reads the row with their own eyes: it need not be one that is seen from there.
    let own = Side::named(state, call, "").await?;
    if own.table.relation.primary_key.is_empty() {
        return Err(Problem::field("row", "key", "Its primary key can't be read here, or is sensitive"));
    }
    let reader = Look::begin(&own, SECONDS, None).await?;
    let moment = reader.moment().await?;
    let row = truth::whole(&reader, &key).await?;
    let explained = told_of(side, Some((key, row, &own)), Some(&moment)).await?;
    reader.end().await?;
    Ok(explained)
}

async fn told_of(side: &Side, asked: Option<(Key, truth::Whole, &Side)>, moment: Option<&super::look::Moment>) -> Result<Explained> {
    let look = Look::begin(side, SECONDS, moment).await?;
    let standing = Standing::of(&look).await?;
    let mut policies = policy::all(&look).await?;
    let claims = claims(&look).await?;
    let mut row = None;
    if let Some((key, whole, own)) = asked {
        let seen = truth::is_seen(&look, &own.table.relation, &key).await?;
        // Whom no policy binds, none is asked for.
        if standing.row_security.active {
            truth::judge(&look, &mut policies, &whole).await?;
        }
        row = Some(match seen {
            Ok(seen) => Row { key, seen: Some(seen), problem: None },
            Err(problem) => Row { key, seen: None, problem: Some(problem) },
        });
    }
    look.end().await?;
    let verdicts = verdict::all(&side.name(), &standing, &policies, row.as_ref().map(|row| row.seen));
    Ok(Explained { who: side.who(), standing, claims, policies, row, verdicts })
}

async fn claims(look: &Look<'_>) -> Result<Vec<Claim>> {
    let mut claims = Vec::with_capacity(CLAIMS.len());
    for (call, sql) in CLAIMS {
        let asked = look.attempt(sql, &[]).await?;
        claims.push(match asked {
            Ok(rows) => Claim { call, value: rows.first().and_then(|row| row.get(0)), problem: None },
            Err(error) => Claim { call, value: None, problem: Some(told(&error, &look.side.table)) },
        });
    }
    Ok(claims)
}

/// A key from the query string.
///
/// # Errors
/// A `filter` problem that names the parameter.
pub(super) fn key_of(call: &Call, parameter: &str) -> Result<Option<Key>> {
    let Some(given) = call.query_value(parameter) else { return Ok(None) };
    let read: Option<Key> = serde_json::from_str(&given).ok().filter(|key: &Key| !key.is_empty() && key.len() <= 32);
    let key = read.ok_or_else(|| Problem::filter(parameter, "is no key: write a JSON array of texts, such as [\"7\"]"))?;
    Ok(Some(key))
}

/// Puts it into the log before anything is shown, where somebody else's eyes are used; both stand there.
async fn written(call: &Call, side: &Side, key: Option<&Key>) -> Result<()> {
    if side.seen().is_none() {
        return Ok(());
    }
    let target = Audited::new(side.table.kind_in(&side.source.name), key.map(|key| key.join(", ")).unwrap_or_default(), &side.table.name);
    log(call, &[side], "rows.explain", &target).await
}

/// One entry for each pair of eyes, in one transaction.
pub(super) async fn log(call: &Call, sides: &[&Side], action: &str, target: &Audited) -> Result<()> {
    let ctx = Ctx::open(call.app.clone(), call.caller()?.clone(), call.request.clone()).await?;
    let asked: String = call.query.chars().take(500).collect();
    for side in sides {
        let entry = Entry::of(ctx.app().ids.next(&ctx.app().clock), ctx.now(), &side.caller, &call.request, action, Some(target.clone()));
        audit::store::append(ctx.db(), &call.app.keys, &entry.detail(Some(asked.clone()))).await?;
    }
    ctx.commit().await
}
