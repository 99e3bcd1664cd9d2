//! What was changed, kept: the statements and their way back, in the order in which it happened.

use crate::source::open::Open;
use kernel::audit::{self, Changes, Entry, Outcome, Target};
use kernel::field::{choice, datetime, int, reference, text};
use kernel::problem::Kind;
use kernel::{App, Call, Caller, Ctx, Problem, RequestInfo, Resource, Result, runner};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

use super::back;
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
        .field(reference("takes_back", "schema-changes").label("Takes back").read_only().detail_only().filter())
        .field(int("milliseconds").label("Milliseconds").read_only().sort())
        .field(datetime("started_at").label("When").always().read_only().filter().sort())
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000071", "up": "alter table \"public\".\"album\" add column \"year\" integer;",
            "down": "alter table \"public\".\"album\" drop column \"year\";", "source": "main", "actor_label": "ada@example.com", "outcome": "ok",
            "error": null, "takes_back": null, "milliseconds": 12, "started_at": "2026-11-20T09:30:00Z"
        }))
}

/// A change that has begun.
pub struct Record {
    pub id: Uuid,
    /// The change that this one takes back.
    takes_back: Option<Uuid>,
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
    pub async fn start(call: &Call, source: &Open, plan: &Plan, given: &Value) -> Result<Self> {
        let (app, caller, request) = (call.app.clone(), call.caller()?.clone(), call.request.clone());
        let target = Target::new("sources", source.id, &source.name);
        let ctx = Ctx::open(app.clone(), caller.clone(), request.clone()).await?;
        let takes_back = back::taken(given);
        let record = Self { id: ctx.id(), takes_back, app, caller, request, target };
        let (up, down) = (plan.up(), plan.down());
        store::begin(&ctx, &record, &source.name, plan, given).await?;
        let mut changes = Changes::new();
        changes.insert("up".into(), json!({"before": null, "after": cut(&up)}));
        changes.insert("down".into(), json!({"before": null, "after": cut(&down)}));
        record.write(&ctx, Outcome::Started, changes, None).await?;
        ctx.commit().await?;
        Ok(record)
    }

    /// How it ended, and how it left what it was about.
    pub async fn end(
        &self,
        ended: &Result<()>,
        milliseconds: u64,
        left: Option<Value>,
        source: &Open,
        (changes, marked): (&[Change], &[Uuid]),
    ) {
        let why = ended.as_ref().err().map(|problem| problem.detail().to_owned());
        let written = async {
            let ctx = Ctx::open(self.app.clone(), self.caller.clone(), self.request.clone()).await?;
            let outcome = if ended.is_ok() { Outcome::Ok } else { Outcome::Failed };
            marks::after(&ctx, source, changes, marked, ended.is_ok()).await?;
            store::end(&ctx, self.id, outcome.as_str(), why.as_deref(), milliseconds, left).await?;
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
        let back = self.takes_back.map(|id| format!(", which takes back {id}")).unwrap_or_default();
        let entry = entry.outcome(outcome).changes(changes).detail(Some(format!("schema change {}{back}{said}", self.id)));
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
    use super::super::back::Made;
    use super::super::plan::Plan;
    use super::Record;
    use kernel::{Client, Ctx, Result};
    use serde_json::{Value, json};
    use uuid::Uuid;

    const BEGIN: &str = "insert into explorer.schema_changes (id, source, actor_label, up, down, started_at, changes, forward, back, lost, takes_back) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    const END: &str = "update explorer.schema_changes set outcome = $2, error = $3, milliseconds = $4, left_as = $5 where id = $1";
    const FIND: &str = "select outcome, changes, forward, back, lost, left_as, \
        exists (select from explorer.schema_changes t where t.takes_back = c.id and t.outcome = 'ok') \
        from explorer.schema_changes c where id = $1 and source = $2";

    pub const STATEMENTS: &[&str] = &[BEGIN, END, FIND];

    pub(super) async fn begin(ctx: &Ctx, record: &Record, source: &str, plan: &Plan, given: &Value) -> Result<()> {
        let actor = &record.caller.actor.label;
        let forward: Vec<&str> = plan.statements.iter().map(|one| one.sql.as_str()).collect();
        let lost = json!(plan.lost);
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 11] =
            [&record.id, &source, actor, &plan.up(), &plan.down(), &ctx.now(), given, &forward, &plan.down, &lost, &record.takes_back];
        ctx.db().execute(BEGIN, &values).await?;
        Ok(())
    }

    pub(super) async fn end(ctx: &Ctx, id: Uuid, outcome: &str, error: Option<&str>, milliseconds: u64, left: Option<Value>) -> Result<()> {
        let milliseconds = i32::try_from(milliseconds).unwrap_or(i32::MAX);
        ctx.db().execute(END, &[&id, &outcome, &error, &milliseconds, &left]).await?;
        Ok(())
    }

    /// A change of a source as it was made.
    pub(in super::super) async fn find(db: &Client, id: Uuid, source: &str) -> Result<Option<Made>> {
        let row = db.query_opt(FIND, &[&id, &source]).await?;
        Ok(row.map(|row| Made {
            outcome: row.get(0),
            changes: row.get::<_, Option<Value>>(1).unwrap_or_default(),
            forward: row.get(2),
            back: row.get(3),
            lost: row.get(4),
            left: row.get(5),
            is_taken_back: row.get(6),
        }))
    }
}
