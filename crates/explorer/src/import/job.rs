//! The work on an import: all of it in one transaction of the source, so that a process that is killed leaves nothing
//! behind and the next attempt begins anew. Before the commit it is written down which transaction it is: who comes later
//! asks the source whether it was committed, so that nothing is imported twice.

use super::log;
use super::pieces::pieces;
use super::rejects::Rejects;
use super::settings::Plan;
use super::store::{self, Import};
use super::view::Report;
use super::write::Writer;
use crate::Explorer;
use crate::catalogue::{self, TableKind};
use crate::errand;
use crate::rows::failure;
use crate::rows::transaction::Transaction;
use crate::source::open::Open;
use crate::source::transactions;
use kernel::job::{Failure, Run};
use kernel::problem::Kind;
use kernel::{Ctx, Job, Problem, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_postgres::Error;
use uuid::Uuid;

/// How often it is said how far it is.
const SAY_EVERY: Duration = Duration::from_millis(300);
/// How often it is said during a batch that takes long, and asked whether it is to stop.
const STILL_THERE: Duration = Duration::from_secs(2);
/// A statement is one batch, and may wait for others; rules that wait for the end are kept row by row.
const LIMITS: &str = "set local statement_timeout = '15min'; set local lock_timeout = '30s'; set local idle_in_transaction_session_timeout = '15min'; \
     set constraints all immediate";

/// Imports a file into a table, or tries to.
#[derive(Serialize, Deserialize)]
pub struct ImportRows {
    pub id: Uuid,
}

impl Job for ImportRows {
    const KIND: &'static str = "explorer.import-rows";
    const DESCRIPTION: &'static str = "Imports a file into a table, or tries what would come of it";
    const TIME_LIMIT: Duration = Duration::from_hours(24);

    async fn run(self, run: Run) -> Result<Value, Failure> {
        let work = Work { id: self.id, run: &run };
        let last = run.attempt >= Self::MAX_ATTEMPTS;
        match work.attempt().await {
            Ok(report) => Ok(json!(report.map(|report| report.tally))),
            Err(Failure::Retry(problem)) if !last => Err(Failure::Retry(problem)),
            Err(failure @ (Failure::Overtaken | Failure::Snooze(_))) => Err(failure),
            Err(failure) => {
                match &failure {
                    Failure::Retry(problem) | Failure::Fail(problem) => work.end("failed", None, Some(problem.detail())).await?,
                    _ => work.end("cancelled", None, Some("It was cancelled; nothing was imported")).await?,
                }
                Err(failure)
            }
        }
    }
}

struct Work<'a> {
    id: Uuid,
    run: &'a Run,
}

impl Work<'_> {
    async fn ctx(&self) -> Result<Ctx> {
        errand::working(self.run, "import").await
    }

    /// What came of it; none when it has ended already, or somebody else works on it now.
    async fn attempt(&self) -> Result<Option<Report>, Failure> {
        let app = &self.run.app;
        let ctx = self.ctx().await?;
        let taken = store::take(ctx.db(), self.id, ctx.now()).await?;
        let found: Option<Import> = errand::find(ctx.db(), self.id).await?;
        ctx.commit().await?;
        let (Some(attempt), Some(import)) = (taken, found) else { return Ok(None) };
        let explorer = app.plugged.get::<Explorer>().ok_or_else(|| Problem::internal("the explorer was not plugged in"))?;
        let source = explorer.state.open(app, &import.source).await.map_err(for_good)?;
        if let Some(txid) = import.txid
            && import.status == "running"
            && self.was_committed(&source, txid).await?
        {
            let report = import.report.clone().unwrap_or_default();
            self.conclude(&import, &report).await?;
            return Ok(Some(report));
        }
        let table = catalogue::fresh(&source, &import.schema, &import.table).await.map_err(for_good)?;
        let settings = import.settings.clone().unwrap_or_default();
        let plan = Plan::new(table, import.format, import.delimiter, &import.columns, &settings).map_err(Failure::Fail)?;
        let ctx = self.ctx().await?;
        store::clear(ctx.db(), self.id).await?;
        ctx.commit().await?;
        self.import(&import, attempt, &source, Arc::new(plan)).await
    }

    /// Whether an earlier attempt was saved after all, though nobody heard of it.
    async fn was_committed(&self, source: &Open, txid: i64) -> Result<bool, Failure> {
        let gone = || {
            Failure::Fail(Problem::new(
                Kind::Gone,
                "An earlier attempt broke off while it was saving, and the source no longer knows whether it was saved. Look at the table, then upload the file again if its rows are missing.",
            ))
        };
        transactions::was_committed(source, txid).await?.ok_or_else(gone)
    }

    async fn import(&self, import: &Import, attempt: i32, source: &Open, plan: Arc<Plan>) -> Result<Option<Report>, Failure> {
        let transaction = Transaction::new(source.conn().await?, None);
        let client = transaction.client()?;
        let refused = |error: Error| refused(error, &plan, source);
        transaction.open(client).await.map_err(refused)?;
        client.batch_execute(LIMITS).await.map_err(refused)?;
        let secured = store::is_secured(client, plan.table.oid).await.map_err(|problem| source.named(problem))?;
        let holds = matches!(plan.table.kind, TableKind::Table | TableKind::Partition | TableKind::Partitioned | TableKind::Foreign);
        let mut writer = Writer::new(client, &plan, holds && !secured, secured || !holds).await.map_err(refused)?;
        let mut coming = pieces(&self.run.app, import, &plan, writer.is_numbered());
        let mut rejects = Rejects::new(self.id, plan.whole);
        let mut report = Report { tried: import.status == "checking", ..Report::default() };
        let mut said: Option<Instant> = None;
        while let Some(batch) = coming.recv().await {
            let mut batch = batch?;
            let written = {
                let mut writing = pin!(writer.write(&mut batch));
                loop {
                    tokio::select! {
                        written = &mut writing => break written.map_err(refused)?,
                        // Triggers can make a batch long; whoever waits for it is still there.
                        () = tokio::time::sleep(STILL_THERE) => {
                            if !self.say(import, attempt, &report).await? {
                                return Ok(None);
                            }
                        }
                    }
                }
            };
            rejects.keep(&self.run.app, written).await?;
            report = Report { tally: writer.tally, rejects: rejects.shown.clone(), ..report };
            if rejects.are_enough(&writer.tally) {
                break;
            }
            if said.is_none_or(|at| at.elapsed() >= SAY_EVERY) {
                said = Some(Instant::now());
                if !self.say(import, attempt, &report).await? {
                    transaction.rollback().await;
                    return Ok(None);
                }
            }
        }
        let stopped = rejects.why(&writer.tally);
        drop(coming);
        if report.tried {
            transaction.rollback().await;
            self.checked(&report).await?;
            return Ok(Some(report));
        }
        if let Some(why) = stopped {
            transaction.rollback().await;
            self.end("failed", Some(&report), Some(&why)).await?;
            return Ok(Some(report));
        }
        let txid = transactions::number(client).await.map_err(|problem| source.named(problem))?;
        let ctx = self.ctx().await?;
        let may = store::committing(ctx.db(), self.id, attempt, txid, &report, ctx.now()).await?;
        ctx.commit().await?;
        if !may {
            transaction.rollback().await;
            // Somebody wanted it to stop, or somebody else works on it now.
            return if self.say(import, attempt, &report).await? {
                Err(Failure::Retry(Problem::internal("it was neither")))
            } else {
                Ok(None)
            };
        }
        transaction.commit().await.map_err(|problem| source.named(problem))?;
        transaction.committed();
        self.conclude(import, &report).await?;
        Ok(Some(report))
    }

    /// Says how far it is; whether it is still this attempt's.
    async fn say(&self, import: &Import, attempt: i32, report: &Report) -> Result<bool, Failure> {
        let done = i64::try_from(report.tally.rows).unwrap_or(i64::MAX);
        let ctx = self.ctx().await?;
        let heard = store::advance(ctx.db(), self.id, attempt, done, report, ctx.now()).await?;
        ctx.commit().await?;
        if heard == Some(true) {
            return Err(Failure::Cancelled);
        }
        let percent = i16::try_from(done.saturating_mul(99).checked_div(import.rows).unwrap_or(0)).unwrap_or(99);
        self.run.progress(percent, &format!("{done} of {} rows", import.rows)).await?;
        Ok(heard.is_some())
    }

    async fn checked(&self, report: &Report) -> Result<(), Failure> {
        let ctx = self.ctx().await?;
        store::end(ctx.db(), self.id, "new", Some(report), None, ctx.now()).await?;
        Ok(ctx.commit().await?)
    }

    async fn conclude(&self, import: &Import, report: &Report) -> Result<(), Failure> {
        let mut ctx = errand::acting(self.run, import).await?;
        store::end(ctx.db(), self.id, "done", Some(report), None, ctx.now()).await?;
        log::ended(&mut ctx, import, &report.tally, None).await?;
        ctx.commit().await?;
        // It is done for whoever waits; the file goes after that.
        let ctx = self.ctx().await?;
        store::forget_pieces(ctx.db(), self.id).await?;
        Ok(ctx.commit().await?)
    }

    async fn end(&self, status: &str, report: Option<&Report>, why: Option<&str>) -> Result<(), Failure> {
        let ctx = self.ctx().await?;
        let found: Option<Import> = errand::find(ctx.db(), self.id).await?;
        ctx.rollback().await?;
        let Some(import) = found else { return Ok(()) };
        let mut ctx = errand::acting(self.run, &import).await?;
        let tried = import.status == "checking";
        // A try that was called off is none; the file is as it was.
        let (status, why) = if tried && status == "cancelled" { ("new", None) } else { (status, why) };
        store::end(ctx.db(), self.id, status, report, why, ctx.now()).await?;
        if !tried {
            let tally = report.or(import.report.as_ref()).map(|report| report.tally).unwrap_or_default();
            log::ended(&mut ctx, &import, &tally, why).await?;
        }
        Ok(ctx.commit().await?)
    }
}

/// What isn't there or may not be used won't be by waiting.
fn for_good(problem: Problem) -> Failure {
    match problem.kind() {
        Kind::NotFound | Kind::Forbidden | Kind::Validation => Failure::Fail(problem),
        _ => Failure::Retry(problem),
    }
}

/// What is about the import as a whole.
fn refused(error: Error, plan: &Plan, source: &Open) -> Failure {
    let code = error.code().map(|code| code.code().to_owned()).unwrap_or_default();
    let problem = source.named(failure::problem(error, &plan.table, &[]));
    // Connections, deadlocks, locks and servers that stop are over some time.
    let passes = code.is_empty() || matches!(code.get(..2), Some("08" | "40" | "53" | "57" | "58")) || code == "55P03";
    if passes {
        return Failure::Retry(problem);
    }
    source.catalogue.forget(&plan.table);
    Failure::Fail(problem)
}
