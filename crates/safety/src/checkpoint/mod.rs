//! Checkpoints: every hour a signed statement of all heads, written outside of the database. A database that is restored from
//! an older copy, or rewritten by who holds its keys, can't be what was stated then.

mod compare;
mod folder;
mod line;

pub use compare::{Comparison, compare};
pub use folder::read;
pub(crate) use line::{Head, Heads, Statement};

use crate::store;
use folder::Kept;
use kernel::audit::{Entry, Outcome, Target};
use kernel::job::{Failure, Run};
use kernel::{App, Caller, Job, Problem, RequestInfo, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;

const WHO: &str = "audit checkpoint";

/// Where they are written. Plugged into the app; see [`kernel::App::plugged`].
pub struct Checkpoints {
    folder: PathBuf,
}

impl Checkpoints {
    #[must_use]
    pub fn into(folder: PathBuf) -> Arc<Self> {
        Arc::new(Self { folder })
    }

    /// # Errors
    /// 500 when the binary plugged nothing in.
    pub(crate) fn of(app: &App) -> Result<&Arc<Self>> {
        app.plugged.get::<Arc<Self>>().ok_or_else(|| Problem::internal("no folder for checkpoints is plugged in"))
    }
}

/// Writes one.
#[derive(Serialize, Deserialize)]
pub struct Checkpoint {}

impl Job for Checkpoint {
    const KIND: &'static str = "audit.checkpoint";
    const DESCRIPTION: &'static str = "Writes a signed statement of the audit log's heads outside of the database";
    const TIME_LIMIT: std::time::Duration = std::time::Duration::from_mins(10);

    async fn run(self, run: Run) -> Result<Value, Failure> {
        let app: &App = &run.app;
        kernel::audit::seal(app).await?;
        let now = app.clock.now();
        let kept = Kept::of(Checkpoints::of(app)?.folder.clone(), now, &app.keys).await?;
        let tx = app.db.begin(&Caller::system(WHO), now).await?;
        let heads = store::heads(tx.db()).await?;
        let problems = problems(&tx, &kept).await?;
        let number = kept.number + 1;
        let moved: Heads =
            heads.iter().filter(|(chain, head)| kept.heads.get(*chain) != Some(head)).map(|(c, h)| (c.clone(), h.clone())).collect();
        let (chains, written) = (heads.len(), moved.len());
        let statement = Statement {
            series: kept.series.unwrap_or(run.id),
            number,
            at: now,
            previous: kept.previous.clone(),
            whole: kept.is_new,
            heads: moved,
        };
        let line = statement.line(&app.keys)?;
        let file = kept.append(&line).await?;
        for problem in &problems {
            tracing::error!(audit.problem = %problem, "the audit log isn't what a checkpoint stated");
            let target = Target::new("audit", "", "Audit log");
            let entry =
                Entry::of(app.ids.next(&app.clock), now, &Caller::system(WHO), &RequestInfo::default(), "audit.rewritten", Some(target))
                    .outcome(Outcome::Failed)
                    .detail(Some(problem.clone()));
            kernel::audit::store::append(tx.db(), &app.keys, &entry).await?;
        }
        store::keep_checkpoint(tx.db(), &statement, &file, chains, &problems).await?;
        tx.commit().await?;
        // Whoever collects logs has it off the machine, too.
        tracing::info!(audit.checkpoint = %line, "audit checkpoint {number}");
        Ok(json!({"number": number, "chains": chains, "moved": written, "file": file, "problems": problems}))
    }
}

/// What is wrong with the last statements, or with the database since.
async fn problems(tx: &kernel::db::Tx, kept: &Kept) -> Result<Vec<String>> {
    let mut problems = kept.problems.clone();
    for (chain, _, problem) in compare::differing(tx.db(), &kept.heads).await? {
        problems.push(format!("{chain}: {problem}"));
    }
    Ok(problems)
}
