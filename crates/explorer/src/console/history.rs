//! The history: what somebody ran, to be found and run again. Each person sees their own; what everybody ran is in the
//! audit log.

use super::store;
use kernel::field::{choice, datetime, int, text};
use kernel::job::{Failure, Run};
use kernel::setting::SettingDef;
use kernel::{Action, Caller, Ctx, Job, Resource, Result, Setting};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

const DAYS: Setting<i64> = Setting::new("explorer.query_history_days");
/// Runs that are kept of each person, whatever the days.
const MOST: i64 = 2000;
const MODES: [(&str, &str, &str); 3] =
    [("read", "Read only", "blue"), ("transaction", "One transaction", "orange"), ("autocommit", "Autocommit", "red")];
const OUTCOMES: [(&str, &str, &str); 4] =
    [("running", "Running", "blue"), ("ok", "Done", "green"), ("failed", "Failed", "red"), ("cancelled", "Cancelled", "gray")];

pub(crate) fn setting() -> SettingDef {
    DAYS.declare(
        "Keep the history of the SQL console for days",
        "Each person's own history; what everybody ran stays in the audit log",
        json!({"type": "integer", "minimum": 1, "maximum": 3650}),
        json!(90),
    )
}

/// A run as actions read it.
#[derive(Clone, Debug, Deserialize)]
pub struct QueryRun {
    pub id: Uuid,
}

pub(crate) fn resource() -> Resource<QueryRun> {
    Resource::<QueryRun>::new("query-runs", "explorer.query_runs")
        .called("SQL history", "Run")
        .describe("history", "What you ran in the SQL console, to be found and run again")
        .group("tables/sql")
        .always("t.owner_id = (select platform.me())")
        .unversioned()
        .title("sql")
        .default_order("started_at.desc")
        .field(text("sql").label("SQL").always().read_only().search())
        .field(text("source").always().read_only().filter())
        .field(choice("mode", &MODES).always().read_only().filter())
        .field(choice("outcome", &OUTCOMES).always().read_only().filter())
        .field(text("error").read_only().detail_only())
        .field(int("statements").label("Statements done").read_only().detail_only())
        .field(int("rows").label("Rows shown").read_only())
        .field(int("milliseconds").label("Milliseconds").read_only().sort())
        .field(text("place").label("Seen as").read_only().filter().detail_only().help("The role in whose place it ran"))
        .field(datetime("started_at").label("When").always().read_only().filter().sort())
        .action(Action::delete(delete).label("Forget").bulk().confirm("It stays in the audit log."))
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000070", "sql": "select count(*) from track", "source": "main", "mode": "read", "outcome": "ok",
            "error": null, "statements": 1, "rows": 1, "milliseconds": 12, "place": null, "started_at": "2026-11-20T09:30:00Z"
        }))
}

async fn delete(ctx: &mut Ctx, target: QueryRun, (): ()) -> Result<Value> {
    store::delete(ctx.db(), target.id).await?;
    Ok(Value::Null)
}

/// Sweeps away what is too old.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sweep {}

impl Job for Sweep {
    const KIND: &'static str = "explorer.sweep";
    const DESCRIPTION: &'static str = "Sweeps away old history of the SQL console";

    async fn run(self, run: Run) -> Result<Value, Failure> {
        let now = run.app.clock.now();
        let tx = run.app.db.begin(&Caller::system("sweep"), now).await?;
        let removed = store::sweep(tx.db(), now, DAYS.get(&run.app)?, MOST).await?;
        tx.commit().await?;
        Ok(json!({"runs": removed}))
    }
}
