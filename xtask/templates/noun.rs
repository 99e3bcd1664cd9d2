//! {{Nouns}}: say here what they are for.
//! Emits `{{event}}.archived`.

use kernel::field::{choice, datetime, long_text, text};
use kernel::{Action, Ctx, Event, Resource, Result, Risk};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// One of them as actions read it.
#[derive(Debug, Deserialize)]
pub struct {{Noun}} {
    pub id: Uuid,
    pub status: String,
}

/// It is no longer in use.
#[derive(Debug, Serialize)]
pub struct {{Noun}}Archived {
    pub id: Uuid,
    pub reason: String,
}

impl Event for {{Noun}}Archived {
    const NAME: &'static str = "{{event}}.archived";
}

pub(crate) fn {{nouns}}() -> Resource<{{Noun}}> {
    Resource::<{{Noun}}>::new("{{collection}}", "{{room}}.{{nouns}}")
        .called("{{Label}}", "{{One}}")
        .describe("box", "Say in one sentence what they are for")
        .group("{{group}}")
        .default_order("created_at.desc")
        .field(text("name").required().max(120).unique().search())
        .field(long_text("note").max(2000))
        .field(choice("status", &[("active", "Active", "green"), ("archived", "Archived", "gray")]).always().read_only().sort())
        .field(datetime("created_at").label("Created").always().read_only().filter().sort())
        .field(datetime("updated_at").label("Changed").always().read_only().detail_only())
        .create()
        .update()
        .delete()
        .action(Action::new("archive", archive).icon("archive").risk(Risk::Confirm).bulk().when(|one: &{{Noun}}| one.status == "active", "It is archived already"))
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-0000000000ff", "name": "First", "note": null, "status": "active",
            "created_at": "2026-11-20T09:00:00Z", "updated_at": "2026-11-20T09:00:00Z", "version": "1"
        }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Archive {
    /// Kept with the event
    #[schemars(length(min = 1, max = 500))]
    reason: String,
}

async fn archive(ctx: &mut Ctx, one: {{Noun}}, input: Archive) -> Result<()> {
    store::archive(ctx.db(), one.id).await?;
    ctx.emit({{Noun}}Archived { id: one.id, reason: input.reason }).await
}

pub(crate) mod store {
    use kernel::Result;
    use tokio_postgres::Client;
    use uuid::Uuid;

    const ARCHIVE: &str = "update {{room}}.{{nouns}} set status = 'archived' where id = $1";

    pub const STATEMENTS: &[&str] = &[ARCHIVE];

    pub(super) async fn archive(db: &Client, id: Uuid) -> Result<()> {
        db.execute(ARCHIVE, &[&id]).await?;
        Ok(())
    }
}
