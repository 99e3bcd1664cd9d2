//! What was changed, kept: the statements and their way back, in the order in which it happened.

use crate::source::open::Open;
use kernel::audit::{self, Changes, Entry, Outcome, Target};
use kernel::field::{choice, datetime, int, text};
use kernel::problem::Kind;
use kernel::{App, Call, Caller, Ctx, Problem, RequestInfo, Resource, Result, runner};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

use super::change::Change;
use super::marks;
use super::plan::Plan;

/// Longest text in the audit log, in characters; what is kept here is whole.
const LONGEST: usize = 2000;
const OUTCOMES: [(&str, &str, &str); 3] = [("running", "Running", "blue"), ("ok", "Done", "green"), ("failed", "Failed", "red")];
const ACTION: &str = "schema.change";

/// A change as actions read it.
#[derive(Clone, Debug, Deserialize)]
pub struct SchemaChange {}

pub(super) fn resource() -> Resource<SchemaChange> {
    Resource::<SchemaChange>::new("schema-changes", "explorer.schema_changes")
        .called("Schema changes", "Schema change")
        .describe("file-clock", "What was made, changed and dropped in the tables of a source, with the way back")
        .group("tables/changes")
        .unversioned()
        .title("up")
        .default_order("started_at.desc")
        .field(text("up").label("SQL").always().read_only().search())
        .field(text("down").label("Way back").read_only().detail_only())
        .field(text("source").always().read_only().filter())
        .field(text("actor_label").label("Who").always().read_only().search())
        .field(choice("outcome", &OUTCOMES).always().read_only().filter())
        .field(text("error").read_only().detail_only())
        .field(int("milliseconds").label("Milliseconds").read_only().sort())
        .field(datetime("started_at").label("When").always().read_only().filter().sort())
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000071", "up": "alter table \"public\".\"album\" add column \"year\" integer;",
            "down": "alter table \"public\".\"album\" drop column \"year\";", "source": "main", "actor_label": "ada@example.com", "outcome": "ok",
            "error": null, "milliseconds": 12, "started_at": "2026-11-20T09:30:00Z"
        }))
}

/// A change that has begun.
pub struct Record {
    pub id: Uuid,
    app: Arc<App>,
    caller: Caller,
    request: RequestInfo,
    target: Target,
}

impl Record {
    /// That it begins, before anything is run.
    ///
    /// # Errors
    /// When the panel's database is away; then nothing is changed.
    pub async fn start(call: &Call, source: &Open, plan: &Plan) -> Result<Self> {
        let (app, caller, request) = (call.app.clone(), call.caller()?.clone(), call.request.clone());
        let target = Target::new("sources", source.id, &source.name);
        let ctx = Ctx::open(app.clone(), caller.clone(), request.clone()).await?;
        let record = Self { id: ctx.id(), app, caller, request, target };
        let (up, down) = (plan.up(), plan.down());
        store::begin(&ctx, record.id, &source.name, &record.caller.actor.label, &up, &down).await?;
        let mut changes = Changes::new();
        changes.insert("up".into(), json!({"before": null, "after": cut(&up)}));
        changes.insert("down".into(), json!({"before": null, "after": cut(&down)}));
        record.write(&ctx, Outcome::Started, changes, None).await?;
        ctx.commit().await?;
        Ok(record)
    }

    /// How it ended.
    pub async fn end(&self, ended: &Result<()>, milliseconds: u64, source: &Open, (changes, marked): (&[Change], &[Uuid])) {
        let why = ended.as_ref().err().map(|problem| problem.detail().to_owned());
        let written = async {
            let ctx = Ctx::open(self.app.clone(), self.caller.clone(), self.request.clone()).await?;
            let outcome = if ended.is_ok() { Outcome::Ok } else { Outcome::Failed };
            marks::after(&ctx, source, changes, marked, ended.is_ok()).await?;
            store::end(&ctx, self.id, outcome.as_str(), why.as_deref(), milliseconds).await?;
            self.write(&ctx, outcome, Changes::new(), why.clone()).await?;
            ctx.commit().await
        };
        // What was done is done; the entry of the start stays as the sign of it.
        if let Err(error) = written.await {
            tracing::error!(error = %error, "the end of a change of tables could not be written to the audit log");
        }
    }

    async fn write(&self, ctx: &Ctx, outcome: Outcome, changes: Changes, why: Option<String>) -> Result<()> {
        let entry = Entry::of(ctx.id(), ctx.now(), &self.caller, &self.request, ACTION, Some(self.target.clone()));
        let said = why.map(|why| format!(": {why}")).unwrap_or_default();
        let entry = entry.outcome(outcome).changes(changes).detail(Some(format!("schema change {}{said}", self.id)));
        audit::store::append(ctx.db(), &self.app.keys, &entry).await
    }
}

fn cut(text: &str) -> String {
    let mut shown: String = text.chars().take(LONGEST).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// That somebody wanted to and may not.
pub async fn refused(call: &Call, action: &str, problem: &Problem) {
    if problem.kind() == Kind::Forbidden
        && let Ok(caller) = call.caller()
    {
        let target = Target::new("sources", call.param("source"), call.param("source"));
        runner::note_refusal(&call.app, caller, &call.request, action, Some(target), problem).await;
    }
}

/// Every statement about changes of tables.
pub(crate) mod store {
    use kernel::{Ctx, Result};
    use uuid::Uuid;

    const BEGIN: &str =
        "insert into explorer.schema_changes (id, source, actor_label, up, down, started_at) values ($1, $2, $3, $4, $5, $6)";
    const END: &str = "update explorer.schema_changes set outcome = $2, error = $3, milliseconds = $4 where id = $1";

    pub const STATEMENTS: &[&str] = &[BEGIN, END];

    pub(super) async fn begin(ctx: &Ctx, id: Uuid, source: &str, actor: &str, up: &str, down: &str) -> Result<()> {
        ctx.db().execute(BEGIN, &[&id, &source, &actor, &up, &down, &ctx.now()]).await?;
        Ok(())
    }

    pub(super) async fn end(ctx: &Ctx, id: Uuid, outcome: &str, error: Option<&str>, milliseconds: u64) -> Result<()> {
        let milliseconds = i32::try_from(milliseconds).unwrap_or(i32::MAX);
        ctx.db().execute(END, &[&id, &outcome, &error, &milliseconds]).await?;
        Ok(())
    }
}
