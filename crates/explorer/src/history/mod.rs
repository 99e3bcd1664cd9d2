//! What happened to a row, from the audit log, and taking it back.
//!
//! Who reads a row's history needs `audit:read` beside `rows:read`: it names people, and it has values that are not in the
//! table any more. Columns that the source's login may not read are left out of it, whatever the log has.

mod entry;
pub(crate) mod kept;
mod plan;
mod undo;

use crate::catalogue::{self, Table};
use crate::masking;
use crate::rows::answer;
use crate::rows::target::Target;
use crate::state::State;
use entry::Entry;
use http::{Method, StatusCode};
use kernel::endpoint::{Access, Endpoint, Response, json as respond};
use kernel::list::Query;
use kernel::list::grammar::{Node, Value as Given};
use kernel::secret::same;
use kernel::{Call, Module, Problem, Result};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// Entries in one answer.
const PAGE: usize = 25;
const TABLE: &str = "/explorer/{source}/tables/{schema}/{table}";

/// The routes.
pub(crate) fn routes(module: Module, state: &Arc<State>) -> Module {
    let (looking, undoing) = (state.clone(), state.clone());
    module
        .setting(kept::setting())
        .job_by_hand::<kept::Forget>()
        .schedule("explorer.forget-values", "23 4 * * *", &kept::Forget {})
        .route(
            Endpoint::new(Method::GET, &format!("{TABLE}/history"), "rows.history", Access::Permission("rows:read".into()), move |call: Call| {
                let state = looking.clone();
                async move { list(&state, &call).await }
            })
            .summary("What happened to the row that a filter names by its whole primary key, newest first; needs audit:read too")
            .parameter("before", "query", "The id of an entry; those before it are given")
            .answer(
                json!({"type": "object", "properties": {"entries": {"type": "array", "items": {"type": "object", "properties": {
                    "id": {"type": "string", "format": "uuid"}, "at": {"type": "string", "format": "date-time"}, "action": {"type": "string"},
                    "actor_kind": {"type": "string"}, "actor_label": {"type": "string"}, "subject_label": {"type": ["string", "null"]},
                    "detail": {"type": ["string", "null"]}, "request_id": {"type": "string"},
                    "fields": {"type": "array", "items": {"type": "object", "properties": {"field": {"type": "string"}, "before": {}, "after": {}}}},
                    "undo": {"type": "object", "properties": {"allowed": {"type": "boolean"}, "reason": {"type": ["string", "null"]}}}}}},
                    "more": {"type": "boolean"}}}),
                json!({"entries": [{"id": "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e", "at": "2026-11-20T09:30:00Z", "action": "rows.update", "actor_kind": "staff",
                    "actor_label": "Ada Lovelace", "subject_label": null, "detail": null, "request_id": "4bf92f3577b34da6a3ce929d0e0e4736",
                    "fields": [{"field": "name", "before": "Old", "after": "New"}], "undo": {"allowed": true, "reason": null}}], "more": false}),
            ),
        )
        .route(
            Endpoint::new(Method::POST, &format!("{TABLE}/undo"), "rows.undo", Access::Permission("rows:update".into()), move |call: Call| {
                let state = undoing.clone();
                async move { undo::undo(&state, &call).await.map_err(answer::foreign) }
            })
            .summary("Take a change of rows back, if they are still as it left them: all that one request changed, or none of it")
            .takes::<undo::Asked>()
            .parameter(masking::HEADER, "header", masking::DESCRIPTION)
            .answer(
                json!({"type": "object", "properties": {"rows": {"type": "integer"}, "entry": {"type": ["string", "null"], "format": "uuid"}}}),
                json!({"rows": 1, "entry": "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e"}),
            ),
        )
}

#[derive(Serialize)]
struct Shown<'a> {
    id: Uuid,
    at: chrono::DateTime<chrono::Utc>,
    action: &'a str,
    actor_kind: &'a str,
    actor_label: &'a str,
    subject_label: Option<&'a str>,
    detail: Option<&'a str>,
    request_id: &'a str,
    fields: Vec<Value>,
    undo: catalogue::Allowed,
}

async fn list(state: &Arc<State>, call: &Call) -> Result<Response> {
    crate::tables::admit(call, "rows:read")?;
    let caller = call.caller()?;
    caller.require("audit:read")?;
    let source = state.for_caller(call).await?;
    let table = masking::table(call, &source, call.param("schema"), call.param("table")).await?;
    let target = Target { source, table };
    let (key, before) = asked(&target, call)?;
    let found = store::of_row(&call.app, &target.table.kind_in(&target.source.name), &key, before).await?;
    let ids: Vec<Uuid> = found.iter().map(|(entry, _)| entry.id).collect();
    let kept = store::kept(&call.app, &ids).await?;
    let table = &target.table;
    let shown: Vec<Shown<'_>> = found
        .iter()
        .take(PAGE)
        .map(|(entry, is_ours)| {
            let fields = entry.fields(table, kept.get(&entry.id));
            let undo = if *is_ours { plan::allowed(table, caller, entry, &fields) } else { Err(FORGED.into()) };
            Shown {
                id: entry.id,
                at: entry.at,
                action: &entry.action,
                actor_kind: &entry.actor_kind,
                actor_label: &entry.actor_label,
                subject_label: entry.subject_label.as_deref(),
                detail: entry.detail.as_deref(),
                request_id: &entry.request_id,
                fields: fields.iter().map(|field| shown(table, field)).collect(),
                undo: catalogue::Allowed::unless(undo.err()),
            }
        })
        .collect();
    respond(StatusCode::OK, &json!({"entries": shown, "more": found.len() > PAGE}))
}

const FORGED: &str = "The panel didn't write this entry of the audit log";

fn shown(table: &Table, field: &entry::Field) -> Value {
    let category = table.column(&field.name).map_or(catalogue::Category::Other, |column| column.category);
    json!({"field": field.name, "before": field.before.shown(category), "after": field.after.shown(category)})
}

/// The key of the row as the log has it, and the entry before which the answer begins.
fn asked(target: &Target, call: &Call) -> Result<(String, Option<Uuid>)> {
    let (mut filters, mut before) = (Vec::new(), None);
    for (name, value) in url::form_urlencoded::parse(call.query.as_bytes()).into_owned() {
        if name == "before" && target.table.column("before").is_none_or(|_| value.parse::<Uuid>().is_ok()) {
            before = Some(value.parse().map_err(|_| Problem::filter("before", "is the id of an entry, as an answer gives it"))?);
        } else {
            filters.push((name, value));
        }
    }
    let query = Query::parse(&target.table.relation, &filters)?;
    if !target.is_one_row(&query.filter) {
        let key = target.table.primary_key.join(", ");
        return Err(Problem::malformed(format!("Say which row: filter by the whole primary key ({key}) with eq")));
    }
    let value = |name: &String| {
        query.filter.iter().find_map(|node| match node {
            Node::Condition(condition) if condition.field.column == *name => match &condition.value {
                Given::One(value) => Some(value.clone()),
                _ => None,
            },
            _ => None,
        })
    };
    let values: Vec<String> = target.table.primary_key.iter().filter_map(value).collect();
    Ok((crate::rows::audit::joined(&values), before))
}

/// Every statement about changes in the audit log.
pub(crate) mod store {
    use super::kept::Whole;
    use super::{Entry, PAGE, same};
    use kernel::{App, Caller, Problem, Result};
    use std::collections::HashMap;
    use std::sync::Arc;
    use tokio_postgres::Row;
    use uuid::Uuid;

    const OF_ROW: &str = "select entry, signature from kernel.audit_log \
        where target_kind = $1 and target_id = $2 and outcome = 'ok' and action in ('rows.create', 'rows.update', 'rows.delete') \
        order by at desc, id desc limit $3";
    const BEFORE: &str = "select entry, signature from kernel.audit_log \
        where target_kind = $1 and target_id = $2 and outcome = 'ok' and action in ('rows.create', 'rows.update', 'rows.delete') \
          and (at, id) < (select b.at, b.id from kernel.audit_log b where b.id = $4) \
        order by at desc, id desc limit $3";
    const ONE: &str = "select entry, signature from kernel.audit_log where id = $1 and target_kind = $2 and outcome = 'ok'";
    /// Found by their time, since nothing is indexed by request; the entries of one are written within a moment.
    const TOGETHER: &str = "select l.entry, l.signature from kernel.audit_log l, kernel.audit_log o \
        where o.id = $1 and l.at between o.at - interval '1 minute' and o.at + interval '1 minute' and l.request_id = o.request_id \
          and l.target_kind = o.target_kind and l.actor_kind = o.actor_kind and l.actor_id is not distinct from o.actor_id \
          and l.outcome = 'ok' and l.action in ('rows.create', 'rows.update', 'rows.delete') \
        order by l.id limit $2";

    pub const STATEMENTS: &[&str] = &[OF_ROW, BEFORE, ONE, TOGETHER];

    /// An entry, and whether the panel wrote it.
    type Read = (Entry, bool);

    /// The newest entries about a row, one more than a page of them.
    pub(super) async fn of_row(app: &Arc<App>, kind: &str, key: &str, before: Option<Uuid>) -> Result<Vec<Read>> {
        let tx = app.db.begin(&Caller::system("explorer"), app.clock.now()).await?;
        let most = PAGE as i64 + 1;
        let rows = match before {
            None => tx.db().query(OF_ROW, &[&kind, &key, &most]).await?,
            Some(before) => tx.db().query(BEFORE, &[&kind, &key, &most, &before]).await?,
        };
        tx.rollback().await?;
        read(app, &rows)
    }

    /// One entry about a table.
    pub(super) async fn one(app: &Arc<App>, id: Uuid, kind: &str) -> Result<Option<Read>> {
        let tx = app.db.begin(&Caller::system("explorer"), app.clock.now()).await?;
        let rows = tx.db().query(ONE, &[&id, &kind]).await?;
        tx.rollback().await?;
        Ok(read(app, &rows)?.pop())
    }

    /// The entries of the request that wrote this one, in their order.
    pub(super) async fn together(app: &Arc<App>, id: Uuid, most: i64) -> Result<Vec<Read>> {
        let tx = app.db.begin(&Caller::system("explorer"), app.clock.now()).await?;
        let rows = tx.db().query(TOGETHER, &[&id, &most]).await?;
        tx.rollback().await?;
        read(app, &rows)
    }

    /// What was kept beside these entries.
    pub(super) async fn kept(app: &Arc<App>, entries: &[Uuid]) -> Result<HashMap<Uuid, Whole>> {
        let tx = app.db.begin(&Caller::system("explorer"), app.clock.now()).await?;
        let kept = super::kept::store::find(tx.db(), &app.keys, entries).await?;
        tx.rollback().await?;
        Ok(kept)
    }

    fn read(app: &Arc<App>, rows: &[Row]) -> Result<Vec<Read>> {
        let one = |row: &Row| {
            let (text, signature): (&str, &[u8]) = (row.get(0), row.get(1));
            let is_ours = same(&kernel::audit::store::signature(&app.keys, text), signature);
            Ok((serde_json::from_str(text).map_err(Problem::internal)?, is_ours))
        };
        rows.iter().map(one).collect()
    }
}
