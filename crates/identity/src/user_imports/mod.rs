//! Importing users from a file: upload, say which column is what, check, import. All rows or none; who is imported can't
//! sign in before choosing a password.
//! Emits `users.imported`.

mod job;
mod pass;
mod report;
mod rows;
mod settings;
pub mod store;
mod table;
mod text;
mod upload;

pub(crate) use job::ImportUsers;
pub(crate) use report::endpoint as report_endpoint;
pub(crate) use upload::{PERMISSION, endpoint as upload_endpoint};

use crate::fact::fact;
use kernel::audit::{Changes, Target};
use kernel::field::{choice, datetime, int, json as json_field, text as text_field};
use kernel::problem::FieldError;
use kernel::registry::Page;
use kernel::{Action, Ctx, Problem, Resource, Result};
use pass::Aim;
use rows::Report;
use serde::Deserialize;
use serde_json::{Value, json};
use settings::Settings;
use store::Stored;
use uuid::Uuid;

/// Rows that are imported while the request waits; more are a job.
const AT_ONCE: usize = 1000;
/// Faults in a refusal; the report has more.
const IN_REFUSAL: usize = 50;

/// An import as actions read it.
#[derive(Clone, Debug, Deserialize)]
pub struct UserImport {
    pub id: Uuid,
    pub status: String,
}

fact!(
    /// A file of users was imported.
    UsersImported = "users.imported" { id: Uuid, users: usize }
);

pub(crate) fn page() -> Page {
    Page {
        name: "user-import",
        module: "",
        group: "people",
        label: "Import users",
        icon: "upload",
        path: "/admin/users/import",
        permission: "user-imports:create",
    }
}

pub(crate) fn resource() -> Resource<UserImport> {
    let waits = |i: &UserImport| matches!(i.status.as_str(), "new" | "failed");
    Resource::<UserImport>::new("user-imports", "auth.user_imports")
        .called("User imports", "User import")
        .describe("upload", "Files of users: what became of each, and who imported it")
        .group("people/users")
        .unversioned()
        .default_order("created_at.desc")
        .field(text_field("name").label("File").always().read_only().search())
        .field(
            choice("status", &[("new", "Not imported", "gray"), ("running", "Running", "blue"), ("done", "Imported", "green"), ("failed", "Failed", "red")])
                .always()
                .sql("case when t.status = 'running' and not exists (select from kernel.jobs j where j.id = t.job_id) then 'failed' else t.status end"),
        )
        .field(int("rows").always().read_only())
        .field(int("created").label("Users made").read_only())
        .field(int("progress").suffix("%").read_only().detail_only().sql("case when t.status = 'done' then 100 else (select j.progress::int from kernel.jobs j where j.id = t.job_id) end"))
        .field(text_field("error").label("Why it failed").read_only().detail_only())
        .field(text_field("encoding").always().read_only().detail_only())
        .field(text_field("delimiter").label("Separator").always().read_only().detail_only())
        .field(text_field("actor_label").label("By").always().read_only())
        .field(datetime("created_at").label("Uploaded").always().read_only().filter().sort())
        .field(datetime("finished_at").label("Imported").read_only().filter().sort())
        .field(json_field("columns").always().read_only().detail_only())
        .field(json_field("settings").always().read_only().detail_only())
        .field(json_field("report").read_only().detail_only())
        .action(
            Action::new("check", check)
                .icon("circle-check")
                .when(waits, "It was imported already, or is being imported"),
        )
        .action(
            Action::new("run", run)
                .label("Import")
                .icon("upload")
                .confirm("Every row becomes a user, or none does.")
                .when(waits, "It was imported already, or is being imported"),
        )
        .action(Action::delete(delete).confirm("The file and its report are gone; users that it made stay.").when(
            |i: &UserImport| i.status != "running",
            "It is being imported",
        ))
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000040", "name": "people.csv", "status": "done", "rows": 120, "created": 118, "progress": null, "error": null,
            "encoding": "utf-8", "delimiter": ";", "actor_label": "Ada Lovelace", "created_at": "2026-11-20T09:30:00Z", "finished_at": "2026-11-20T09:31:00Z",
            "columns": [{"name": "Mail", "samples": ["ada@example.com"], "guess": "email"}], "settings": {"map": {"email": "Mail"}, "existing": "skip"},
            "report": {"rows": 120, "new": 118, "skipped": 2, "faults_total": 0, "faults": []}
        }))
}

async fn stored(ctx: &Ctx, id: Uuid) -> Result<Stored> {
    store::find(ctx.db(), id).await?.ok_or_else(|| Problem::not_found("such import"))
}

/// Nothing waits for the steps of a pass that runs within a request.
async fn quietly(_: usize) -> Result<()> {
    Ok(())
}

/// Says what would come of every row, and keeps how the file is to be read.
async fn check(ctx: &mut Ctx, target: UserImport, input: Settings) -> Result<Value> {
    let stored = stored(ctx, target.id).await?;
    let settings = Settings { map: Some(input.map.unwrap_or_else(|| settings::Map::guessed(&stored.columns))), ..input };
    let report = pass::over(ctx, &stored, &settings, Aim::Check, quietly).await?;
    store::settle(ctx.db(), target.id, &settings).await?;
    store::checked(ctx.db(), target.id, &report).await?;
    kernel::ctx::to_json(report)
}

/// Imports as it was last checked.
async fn run(ctx: &mut Ctx, target: UserImport, (): ()) -> Result<Value> {
    let stored = stored(ctx, target.id).await?;
    let small = stored.rows <= AT_ONCE;
    let aim = if small { Aim::Import } else { Aim::Check };
    let report = pass::over(ctx, &stored, &stored.settings.clone(), aim, quietly).await?;
    if report.faults_total > 0 {
        return Err(refusal(&report));
    }
    if small {
        conclude(ctx, target.id, &report).await?;
    } else {
        let job = ctx.enqueue(ImportUsers { id: target.id }).await?;
        store::start(ctx.db(), target.id, Some(job), &ctx.actor().clone()).await?;
    }
    Ok(Value::Null)
}

/// Writes down that a file was imported.
async fn conclude(ctx: &mut Ctx, id: Uuid, report: &Report) -> Result<()> {
    store::finish(ctx.db(), id, report, ctx.now()).await?;
    let mut changes = Changes::new();
    changes.insert("users".into(), json!({"before": null, "after": report.new}));
    ctx.audit("users.import", Some(Target::new("user-imports", id, "")), changes, None).await?;
    ctx.emit(UsersImported { id, users: report.new }).await
}

/// Why nothing was imported, row by row.
fn refusal(report: &Report) -> Problem {
    let errors: Vec<FieldError> = report
        .faults
        .iter()
        .take(IN_REFUSAL)
        .map(|fault| FieldError {
            field: fault.column.as_ref().map_or_else(|| format!("line {}", fault.line), |column| format!("line {}, {column}", fault.line)),
            code: fault.code.clone(),
            message: fault.message.clone(),
        })
        .collect();
    Problem::new(kernel::problem::Kind::Validation, format!("Nothing was imported: {} of the file's rows have faults", report.faults_total))
        .with_errors(errors)
}

async fn delete(ctx: &mut Ctx, target: UserImport, (): ()) -> Result<Value> {
    store::delete(ctx.db(), target.id).await?;
    Ok(Value::Null)
}
