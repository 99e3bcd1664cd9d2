//! Verifying the log: every night, and when somebody asks. What was found is kept, to be read on the page.

use crate::reading::Reading;
use crate::verify::{Report, chains, strays, verify_chain};
use crate::{retention, store};
use chrono::Duration;
use http::{Method, StatusCode};
use kernel::audit::{Outcome, Target};
use kernel::endpoint::{Response, json};
use kernel::job::{Failure, Run};
use kernel::problem::Kind;
use kernel::{Access, Call, Caller, Ctx, Endpoint, Job, Module, Problem, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

const PERMISSION: &str = "audit:verify";
const WHO: &str = "audit verification";

pub(crate) fn routes(module: Module) -> Module {
    let answer = json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "format": "uuid"}}});
    module.permission(PERMISSION, "Have every chain of the audit log checked").route(
        Endpoint::new(Method::POST, "/safety/verifications", "audit.verify", Access::Permission(PERMISSION.into()), ask)
            .summary("Check every chain of the audit log in the background")
            .status(StatusCode::CREATED)
            .answer(answer, json!({"id": "0190b6c8-0000-7000-8000-000000000090"})),
    )
}

async fn ask(call: Call) -> Result<Response> {
    let caller = call.caller()?.clone();
    caller.require(PERMISSION)?;
    let mut ctx = Ctx::open(call.app.clone(), caller, call.request.clone()).await?;
    if store::running(ctx.db(), ctx.now() - Duration::hours(1)).await?.is_some() {
        return Err(Problem::new(Kind::Conflict, "The log is being checked already; its result will be here when it is done"));
    }
    let (id, by) = (ctx.id(), ctx.actor().label.clone());
    store::ask(ctx.db(), id, &by, ctx.now()).await?;
    ctx.enqueue(Verify { verification: Some(id), by, prune: false }).await?;
    ctx.audit("audit.verify", Some(Target::new("audit", id, "Audit log")), kernel::audit::Changes::new(), None).await?;
    ctx.commit().await?;
    json(StatusCode::CREATED, &json!({"id": id}))
}

/// Checks every chain; what retention says goes after that.
#[derive(Serialize, Deserialize)]
pub struct Verify {
    verification: Option<Uuid>,
    by: String,
    prune: bool,
}

impl Verify {
    /// The one that comes round by the clock, and prunes.
    #[must_use]
    pub fn daily() -> Self {
        Self { verification: None, by: "schedule".into(), prune: true }
    }
}

impl Job for Verify {
    const KIND: &'static str = "audit.verify";
    const DESCRIPTION: &'static str = "Checks every chain of the audit log, and removes what its retention says";

    async fn run(self, run: Run) -> Result<Value, Failure> {
        let id = self.verification.unwrap_or(run.id);
        let app = &run.app;
        let tx = app.db.begin(&Caller::system(WHO), app.clock.now()).await?;
        store::forget(tx.db(), app.clock.now() - Duration::days(365)).await?;
        store::begin(tx.db(), id, &self.by, app.clock.now()).await?;
        tx.commit().await?;
        match check(&run, id, self.prune).await {
            Ok(done) => Ok(done),
            Err(failure) => {
                let why = match &failure {
                    Failure::Retry(problem) | Failure::Fail(problem) => problem.detail().to_owned(),
                    _ => "it was stopped".to_owned(),
                };
                let tx = app.db.begin(&Caller::system(WHO), app.clock.now()).await?;
                store::failed(tx.db(), id, app.clock.now(), &why).await?;
                tx.commit().await?;
                Err(failure)
            }
        }
    }
}

async fn check(run: &Run, id: Uuid, prune: bool) -> Result<Value, Failure> {
    let app = &run.app;
    kernel::audit::seal(app).await?;
    let reading = Reading::begin(app, &Caller::system(WHO)).await?;
    let all = chains(reading.client()?).await?;
    let mut report = Report::default();
    for (at, chain) in all.iter().enumerate() {
        verify_chain(reading.client()?, &app.keys, chain, &mut report).await?;
        let percent = i16::try_from((at + 1) * 95 / all.len()).unwrap_or(95);
        run.progress(percent, &format!("{} rows in {} of {} chains checked", report.rows, at + 1, all.len())).await?;
        let tx = app.db.begin(&Caller::system(WHO), app.clock.now()).await?;
        store::progress(tx.db(), id, percent).await?;
        tx.commit().await?;
    }
    strays(reading.client()?, &mut report).await?;
    reading.end().await?;
    let removed = if prune { retention::prune(run, &all, &report.findings).await? } else { 0 };
    let tx = app.db.begin(&Caller::system(WHO), app.clock.now()).await?;
    store::done(tx.db(), id, app.clock.now(), &report).await?;
    if let Some(first) = report.findings.first() {
        tracing::error!(audit.findings = report.findings.len(), "the audit log was changed by hand: {} {}", first.chain, first.problem);
        let detail = format!("{} findings; the first: {} {}: {}", report.findings.len(), first.chain, first.seq, first.problem);
        let entry = kernel::audit::Entry::of(
            app.ids.next(&app.clock),
            app.clock.now(),
            &Caller::system(WHO),
            &kernel::RequestInfo::default(),
            "audit.found",
            Some(Target::new("audit", id, "Audit log")),
        );
        kernel::audit::store::append(tx.db(), &app.keys, &entry.outcome(Outcome::Failed).detail(Some(detail))).await?;
    }
    tx.commit().await?;
    Ok(json!({"rows": report.rows, "chains": report.chains, "findings": report.findings.len(), "removed": removed}))
}
