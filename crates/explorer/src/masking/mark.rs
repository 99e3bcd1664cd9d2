//! The marks: which columns are sensitive, and which are open though they are made from one.

use kernel::field::{choice, datetime, reference, text};
use kernel::{Action, Ctx, Resource, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

const TREATMENTS: [(&str, &str, &str); 2] = [("hidden", "Hidden", "orange"), ("open", "Open", "gray")];

#[derive(Clone, Debug, Deserialize)]
pub struct SensitiveColumn {
    pub id: Uuid,
}

pub(crate) fn resource() -> Resource<SensitiveColumn> {
    Resource::<SensitiveColumn>::new("sensitive-columns", "explorer.sensitive_columns")
        .called("Sensitive columns", "Sensitive column")
        .describe("eye-off", "Columns whose values are shown only to who says why, and then each look is in the audit log")
        .group("tables/sensitive-columns")
        .title("column_name")
        .default_order("table_name.asc")
        .field(reference("source_id", "sources").label("Source").required().create_only().filter())
        .field(text("schema_name").label("Schema").required().create_only().max(63).filter().help("public, unless the table is in another"))
        .field(text("table_name").label("Table").required().create_only().max(63).filter().search())
        .field(text("column_name").label("Column").required().create_only().max(63).always().search())
        .field(
            choice("treatment", &TREATMENTS)
                .filter()
                .help("A generated column or a view that is made from a hidden column is hidden too, until it is marked as open"),
        )
        .field(text("note").max(500).help("Why it is sensitive, or why it is not"))
        .field(datetime("created_at").label("Marked").read_only().sort())
        .field(datetime("updated_at").label("Changed").read_only().detail_only().sort())
        .action(Action::create(create).label("Mark a column"))
        .action(Action::update(update))
        .action(
            Action::delete(delete)
                .label("Take the mark away")
                .bulk()
                .confirm("Everybody who may see the table's rows sees the column's values again."),
        )
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000090", "source_id": "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e", "schema_name": "public",
            "table_name": "customer", "column_name": "tax_number", "treatment": "hidden", "note": "GDPR, article 87",
            "created_at": "2026-11-20T06:00:00Z", "updated_at": "2026-11-20T06:00:00Z", "version": "1"
        }))
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Treatment {
    /// Nobody sees it without a reason
    #[default]
    Hidden,
    /// Shown, though it is made from a hidden column
    Open,
}

impl Treatment {
    fn name(self) -> &'static str {
        match self {
            Self::Hidden => "hidden",
            Self::Open => "open",
        }
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    /// The database that the table is in
    source_id: Uuid,
    /// public, unless the table is in another
    #[schemars(length(min = 1, max = 63))]
    schema_name: String,
    #[schemars(length(min = 1, max = 63))]
    table_name: String,
    #[schemars(length(min = 1, max = 63))]
    column_name: String,
    #[serde(default)]
    treatment: Treatment,
    /// Why it is sensitive, or why it is not
    #[schemars(length(max = 500))]
    note: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
struct Update {
    #[schemars(with = "Treatment")]
    treatment: Option<Treatment>,
    /// Why it is sensitive, or why it is not
    #[schemars(length(max = 500))]
    note: Option<String>,
}

async fn create(ctx: &mut Ctx, input: Create) -> Result<Value> {
    let id = ctx.id();
    store::insert(ctx, id, &input).await?;
    Ok(json!({"id": id}))
}

async fn update(ctx: &mut Ctx, target: SensitiveColumn, input: Update) -> Result<()> {
    store::update(ctx, target.id, &input).await
}

async fn delete(ctx: &mut Ctx, target: SensitiveColumn, (): ()) -> Result<()> {
    store::delete(ctx, target.id).await
}

/// Every statement that changes marks.
pub(super) mod store {
    use super::{Create, Update};
    use kernel::{Ctx, Result};
    use uuid::Uuid;

    const INSERT: &str = "insert into explorer.sensitive_columns (id, source_id, schema_name, table_name, column_name, treatment, note) \
        values ($1, $2, $3, $4, $5, $6, $7)";
    const UPDATE: &str =
        "update explorer.sensitive_columns set treatment = coalesce($2, treatment), note = coalesce($3, note) where id = $1";
    const DELETE: &str = "delete from explorer.sensitive_columns where id = $1";

    pub const STATEMENTS: &[&str] = &[INSERT, UPDATE, DELETE];

    pub(super) async fn insert(ctx: &Ctx, id: Uuid, new: &Create) -> Result<()> {
        let Create { source_id, schema_name, table_name, column_name, treatment, note } = new;
        ctx.db().execute(INSERT, &[&id, source_id, schema_name, table_name, column_name, &treatment.name(), note]).await?;
        Ok(())
    }

    pub(super) async fn update(ctx: &Ctx, id: Uuid, input: &Update) -> Result<()> {
        let treatment = input.treatment.map(super::Treatment::name);
        ctx.db().execute(UPDATE, &[&id, &treatment, &input.note]).await?;
        Ok(())
    }

    pub(super) async fn delete(ctx: &Ctx, id: Uuid) -> Result<()> {
        ctx.db().execute(DELETE, &[&id]).await?;
        Ok(())
    }
}
