//! Importing a large file in the background: one transaction, so that a process that is killed leaves nothing behind
//! and the next attempt begins anew.

use super::pass::{self, Aim};
use super::rows::Report;
use super::store::{self, Stored};
use super::{conclude, refusal};
use kernel::actor::Scope;
use kernel::job::{Failure, Run};
use kernel::{Caller, Ctx, Job, Permissions, Problem, RequestInfo};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// Imports a checked file of users.
#[derive(Serialize, Deserialize)]
pub struct ImportUsers {
    pub id: Uuid,
}

impl Job for ImportUsers {
    const KIND: &'static str = "identity.import-users";
    const DESCRIPTION: &'static str = "Imports a file of users, whole or not at all";
    const TIME_LIMIT: Duration = Duration::from_hours(6);

    async fn run(self, run: Run) -> Result<Value, Failure> {
        let last = run.attempt >= Self::MAX_ATTEMPTS;
        match attempt(self.id, &run).await {
            Ok(report) => Ok(json!({"created": report.new, "skipped": report.skipped, "faults": report.faults_total})),
            Err(Failure::Retry(problem)) if !last => Err(Failure::Retry(problem)),
            Err(failure @ (Failure::Overtaken | Failure::Snooze(_))) => Err(failure),
            Err(failure) => {
                let why = match &failure {
                    Failure::Retry(problem) | Failure::Fail(problem) => problem.detail().to_owned(),
                    _ => "It was cancelled; nothing was imported".to_owned(),
                };
                fail(self.id, &run, None, &why).await?;
                Err(failure)
            }
        }
    }
}

fn request(run: &Run) -> RequestInfo {
    RequestInfo { id: run.id.simple().to_string(), ..RequestInfo::default() }
}

/// Whoever asked for it does it; what it gives was checked when they did.
fn acting(stored: &Stored) -> Caller {
    Caller { actor: stored.actor.clone(), scope: Scope::Platform, permissions: Permissions::default(), ..Caller::system("import") }
}

async fn attempt(id: Uuid, run: &Run) -> Result<Report, Failure> {
    let ctx = Ctx::open(run.app.clone(), Caller::system("import"), request(run)).await?;
    let found = store::find(ctx.db(), id).await?;
    ctx.rollback().await?;
    let gone = || Failure::Fail(Problem::not_found("such import"));
    let mut ctx = Ctx::open(run.app.clone(), acting(&found.ok_or_else(gone)?), request(run)).await?;
    // Done already, by an attempt whose end nobody heard of.
    let Some(stored) = store::lock_running(ctx.db(), id).await? else {
        ctx.rollback().await?;
        return Ok(Report::default());
    };
    let (settings, all) = (stored.settings.clone(), stored.rows.max(1));
    let outcome: Result<Report, Failure> = pass::over(&mut ctx, &stored, &settings, Aim::ImportChecked, |done| {
        let percent = i16::try_from(done * 99 / all).unwrap_or(99);
        async move { run.progress(percent, &format!("{done} of {all} rows")).await }
    })
    .await;
    match outcome {
        Ok(report) if report.faults_total > 0 => {
            ctx.rollback().await?;
            fail(id, run, Some(&report), refusal(&report).detail()).await?;
            Ok(report)
        }
        Ok(report) => {
            conclude(&mut ctx, id, &report).await?;
            ctx.commit().await?;
            Ok(report)
        }
        Err(failure) => {
            drop(ctx.rollback().await);
            Err(failure)
        }
    }
}

async fn fail(id: Uuid, run: &Run, report: Option<&Report>, why: &str) -> Result<(), Failure> {
    let ctx = Ctx::open(run.app.clone(), Caller::system("import"), request(run)).await?;
    store::fail(ctx.db(), id, report, why).await?;
    ctx.commit().await?;
    Ok(())
}
