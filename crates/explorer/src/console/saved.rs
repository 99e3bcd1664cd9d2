//! Saved queries: SQL under a name, for oneself, for a role or for everybody, with a short link. Opening one runs nothing.
//! Emits `saved-query.created`, `saved-query.updated`, `saved-query.deleted`.

use super::ask::LONGEST;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::field::{bool, choice, datetime, reference, text};
use kernel::secret::random_bytes;
use kernel::{Action, Caller, Ctx, Event, Problem, Resource, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

const SHARE: &str = "saved-queries:share";
/// Mine, and those that are shown to me.
const VISIBLE: &str = "(t.owner_id = (select platform.me()) or t.audience = 'everybody' \
     or (t.audience = 'role' and t.role_id = (select platform.my_role())))";
const AUDIENCES: [(&str, &str, &str); 3] = [("me", "Only me", "gray"), ("role", "A role", "blue"), ("everybody", "Everybody", "green")];

/// One as actions read it.
#[derive(Clone, Debug, Deserialize)]
pub struct SavedQuery {
    pub id: Uuid,
    pub name: String,
    pub source: String,
    pub sql: String,
    pub note: Option<String>,
    pub audience: Audience,
    pub mine: bool,
    pub made_by: String,
}

/// Who sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Audience {
    #[default]
    Me,
    Role,
    Everybody,
}

impl Audience {
    fn name(self) -> &'static str {
        match self {
            Self::Me => "me",
            Self::Role => "role",
            Self::Everybody => "everybody",
        }
    }
}

macro_rules! fact {
    ($(#[$doc:meta])* $name:ident = $event:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize)]
        pub struct $name {
            pub id: Uuid,
            pub audience: Audience,
        }
        impl Event for $name {
            const NAME: &'static str = $event;
        }
    };
}
fact!(
    /// SQL has a name now.
    SavedQueryCreated = "saved-query.created"
);
fact!(
    /// It is called, reads or is shown otherwise.
    SavedQueryUpdated = "saved-query.updated"
);
fact!(
    /// It is gone.
    SavedQueryDeleted = "saved-query.deleted"
);

pub(crate) fn resource() -> Resource<SavedQuery> {
    Resource::<SavedQuery>::new("saved-queries", "explorer.saved_queries")
        .called("Saved queries", "Saved query")
        .describe("bookmark", "SQL under a name, for yourself or for others")
        .group("tables/sql")
        .always(VISIBLE)
        .title("name")
        .default_order("name.asc")
        .field(text("name").required().max(80).search().sort())
        .field(text("source").required().always().filter().help("The database it is written for"))
        .field(text("sql").label("SQL").required().always().search().help("Parameters are :name or $1"))
        .field(text("note").max(500).help("What it is for"))
        .field(choice("audience", &AUDIENCES).label("Shown to").always().read_only().filter())
        .field(reference("role_id", "roles").label("Role").read_only().help("Whose holders see it"))
        .field(text("made_by").label("By").always().read_only())
        .field(bool("mine").always().read_only().sql("t.owner_id = (select platform.me())").filter().sort())
        .field(text("slug").label("Short link").always().read_only().filter().detail_only().help("Opens at /admin/tables/sql?query=…"))
        .field(datetime("created_at").label("Created").read_only().sort().detail_only())
        .field(datetime("updated_at").label("Changed").always().read_only().sort())
        .action(Action::create(create).label("Save"))
        .action(Action::update(update).guard(others))
        .action(Action::new("share", share).icon("share-2").bulk())
        .action(Action::delete(delete).guard(others).bulk().confirm("Nothing but the saved text is deleted."))
        .sample(json!({
            "id": "0190b6c8-0000-7000-8000-000000000080", "name": "Revenue by country", "source": "main",
            "sql": "select billing_country, sum(total) from invoice where invoice_date >= :since group by 1 order by 2 desc", "note": "For the monthly report",
            "audience": "everybody", "role_id": null, "made_by": "Ada Lovelace", "mine": true, "slug": "kJ8s-2Qx",
            "created_at": "2026-11-20T09:30:00Z", "updated_at": "2026-11-20T09:30:00Z", "version": "1"
        }))
}

/// What others made is changed by those who may share.
fn others(caller: &Caller, query: &SavedQuery) -> Option<String> {
    (!query.mine && !caller.permissions.allow(SHARE)).then(|| format!("This query is {}'s", query.made_by))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    #[schemars(length(min = 1, max = 80))]
    name: String,
    /// The database it is written for
    #[schemars(length(min = 1, max = 63))]
    source: String,
    /// One or more statements; parameters are :name or $1
    #[schemars(length(min = 1, max = 1_048_576))]
    sql: String,
    /// What it is for
    #[serde(default)]
    #[schemars(length(max = 500))]
    note: Option<String>,
}

#[derive(Serialize)]
struct Created {
    id: Uuid,
    slug: String,
}

async fn create(ctx: &mut Ctx, input: Create) -> Result<Created> {
    let (id, slug) = (ctx.id(), URL_SAFE_NO_PAD.encode(random_bytes::<6>()));
    let text = store::Text { name: named(&input.name)?, source: &input.source, sql: written(&input.sql)?, note: input.note.as_deref() };
    let made_by = ctx.actor().label.clone();
    store::insert(ctx.db(), id, &made_by, &slug, &text).await?;
    ctx.emit(SavedQueryCreated { id, audience: Audience::Me }).await?;
    Ok(Created { id, slug })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
struct Update {
    #[serde(default)]
    #[schemars(with = "String", length(min = 1, max = 80))]
    name: Option<String>,
    /// The database it is written for
    #[serde(default)]
    #[schemars(with = "String", length(min = 1, max = 63))]
    source: Option<String>,
    /// One or more statements; parameters are :name or $1
    #[serde(default)]
    #[schemars(with = "String", length(min = 1, max = 1_048_576))]
    sql: Option<String>,
    /// What it is for
    #[serde(default)]
    #[schemars(with = "String", length(max = 500))]
    note: Option<String>,
}

async fn update(ctx: &mut Ctx, target: SavedQuery, input: Update) -> Result<Value> {
    let text = store::Text {
        name: named(input.name.as_deref().unwrap_or(&target.name))?,
        source: input.source.as_deref().unwrap_or(&target.source),
        sql: written(input.sql.as_deref().unwrap_or(&target.sql))?,
        note: input.note.as_deref().or(target.note.as_deref()),
    };
    store::update(ctx.db(), target.id, &text).await?;
    ctx.emit(SavedQueryUpdated { id: target.id, audience: target.audience }).await?;
    Ok(Value::Null)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Share {
    /// Who sees it from now on
    audience: Audience,
    /// The role whose holders see it, when it is shown to one
    #[serde(default)]
    #[schemars(extend("x-references" = "roles"))]
    role_id: Option<Uuid>,
}

async fn share(ctx: &mut Ctx, target: SavedQuery, input: Share) -> Result<Value> {
    let role = match (input.audience, input.role_id) {
        (Audience::Role, Some(role)) if store::role_exists(ctx.db(), role).await? => Some(role),
        (Audience::Role, Some(_)) => return Err(Problem::field("role_id", "reference", "There is no role of the platform with this id")),
        (Audience::Role, None) => return Err(Problem::field("role_id", "required", "Choose the role that sees it")),
        (_, Some(_)) => return Err(Problem::field("role_id", "unexpected", "A role is only said when it is shown to one")),
        (_, None) => None,
    };
    store::share(ctx.db(), target.id, input.audience.name(), role).await?;
    ctx.emit(SavedQueryUpdated { id: target.id, audience: input.audience }).await?;
    Ok(Value::Null)
}

async fn delete(ctx: &mut Ctx, target: SavedQuery, (): ()) -> Result<Value> {
    store::delete(ctx.db(), target.id).await?;
    ctx.emit(SavedQueryDeleted { id: target.id, audience: target.audience }).await?;
    Ok(Value::Null)
}

fn named(name: &str) -> Result<&str> {
    let name = name.trim();
    if name.is_empty() { Err(Problem::field("name", "required", "Give it a name")) } else { Ok(name) }
}

fn written(sql: &str) -> Result<&str> {
    match sql {
        sql if sql.trim().is_empty() => Err(Problem::field("sql", "required", "There is no statement in this text")),
        sql if sql.len() > LONGEST => Err(Problem::field("sql", "length", "The text is longer than 1 MB")),
        sql => Ok(sql),
    }
}

/// Statements about saved queries.
pub(super) mod store {
    use kernel::{Client, Result};
    use uuid::Uuid;

    const INSERT: &str = "insert into explorer.saved_queries (id, owner_id, made_by, slug, name, source, sql, note) \
         values ($1, (select platform.me()), $2, $3, $4, $5, $6, nullif($7, ''))";
    const UPDATE: &str = "update explorer.saved_queries set name = $2, source = $3, sql = $4, note = nullif($5, '') where id = $1";
    const SHARE: &str = "update explorer.saved_queries set audience = $2, role_id = $3 where id = $1";
    const DELETE: &str = "delete from explorer.saved_queries where id = $1";
    const ROLE_EXISTS: &str = "select exists (select from identity.roles where id = $1 and scope = 'platform')";

    pub const STATEMENTS: &[&str] = &[INSERT, UPDATE, SHARE, DELETE, ROLE_EXISTS];

    pub(super) struct Text<'a> {
        pub name: &'a str,
        pub source: &'a str,
        pub sql: &'a str,
        pub note: Option<&'a str>,
    }

    pub(super) async fn insert(db: &Client, id: Uuid, made_by: &str, slug: &str, text: &Text<'_>) -> Result<()> {
        let Text { name, source, sql, note } = text;
        db.execute(INSERT, &[&id, &made_by, &slug, name, source, sql, note]).await?;
        Ok(())
    }

    pub(super) async fn update(db: &Client, id: Uuid, text: &Text<'_>) -> Result<()> {
        let Text { name, source, sql, note } = text;
        db.execute(UPDATE, &[&id, name, source, sql, note]).await?;
        Ok(())
    }

    pub(super) async fn share(db: &Client, id: Uuid, audience: &str, role: Option<Uuid>) -> Result<()> {
        db.execute(SHARE, &[&id, &audience, &role]).await?;
        Ok(())
    }

    pub(super) async fn delete(db: &Client, id: Uuid) -> Result<()> {
        db.execute(DELETE, &[&id]).await?;
        Ok(())
    }

    pub(super) async fn role_exists(db: &Client, role: Uuid) -> Result<bool> {
        Ok(db.query_one(ROLE_EXISTS, &[&role]).await?.get(0))
    }
}
