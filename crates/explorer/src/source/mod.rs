//! Sources: the PostgreSQL databases that the explorer shows. `main` is the panel's own and always there.
//!
//! The URL is sealed under `explorer.sources|url|<id>` and never shown; what may be known of it (host, database,
//! user) stands beside it.

pub mod address;
pub mod alter;
mod check;
pub mod grants;
pub mod open;
pub mod place;
pub mod reading;
pub mod session;
pub mod transactions;

use crate::state::State;
use address::Address;
use kernel::field::{bool as boolean, datetime, int, text};
use kernel::{Action, Ctx, Problem, Resource, Result, Risk};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// The name of the panel's own database.
pub const MAIN: &str = "main";

/// One source, as the registry reads it.
#[derive(Clone, Debug, Deserialize)]
pub struct Source {
    pub id: Uuid,
    pub name: String,
    pub built_in: bool,
}

/// Where the URL of a source is sealed.
#[must_use]
pub fn place(id: Uuid) -> String {
    format!("explorer.sources|url|{id}")
}

/// The noun.
pub(crate) fn sources(state: &Arc<State>) -> Resource<Source> {
    const OURS: &str = "This is the panel's own database; its place is set where the panel is configured";
    let tester = state.clone();
    let test = move |ctx: &mut Ctx, source: Source, (): ()| {
        let (state, app) = (tester.clone(), ctx.app().clone());
        async move { Ok(check::check(&state, &app, &source.name).await) }
    };
    Resource::new("sources", "explorer.sources")
        .called("Sources", "Source")
        .describe("database", "PostgreSQL databases whose tables you can browse and edit")
        .group("tables")
        .field(text("name").required().search().max(63).help("Small letters, digits, _ and -; part of every address"))
        .field(text("url").label("URL").secret().help("postgresql://user:password@host:5432/database, or postgresql:///database for one beside the panel's own"))
        .field(boolean("built_in").label("Built in").always().sql("t.url is null"))
        .field(text("host").filter().read_only())
        .field(int("port").read_only())
        .field(text("database").always().search().read_only())
        .field(text("username").label("User").filter().read_only())
        .field(datetime("created_at").always().sort().read_only())
        .field(datetime("updated_at").always().sort().read_only().detail_only())
        .default_order("name.asc")
        .in_search()
        .action(Action::create(create).label("Add source"))
        .action(Action::update(update).when(|s: &Source| !s.built_in, OURS))
        .action(Action::delete(delete).confirm("The panel forgets the database and its credentials. The database itself is not touched.").when(|s: &Source| !s.built_in, OURS))
        .action(Action::new("test", test).label("Test connection").icon("plug-zap").risk(Risk::Safe))
        .sample(json!({
            "id": "0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e", "name": "shop", "built_in": false, "host": "db.example.com", "port": 5432,
            "database": "shop", "username": "reporting", "created_at": "2026-11-20T06:00:00Z", "updated_at": "2026-11-20T06:00:00Z", "version": "1"
        }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    /// Small letters, digits, _ and -
    #[schemars(length(min = 1, max = 63))]
    name: String,
    /// postgresql://user:password@host:5432/database, or postgresql:///database for one beside the panel's own
    #[schemars(length(min = 1, max = 4096), extend("writeOnly" = true))]
    url: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
struct Update {
    /// Small letters, digits, _ and -
    #[schemars(length(min = 1, max = 63))]
    name: Option<String>,
    /// A new URL; the old one is never shown
    #[schemars(length(min = 1, max = 4096), extend("writeOnly" = true))]
    url: Option<String>,
}

async fn create(ctx: &mut Ctx, input: Create) -> Result<Value> {
    check_name(&input.name)?;
    let id = ctx.id();
    store::insert(ctx, id, &input.name).await?;
    set_url(ctx, id, input.url).await?;
    Ok(json!({"id": id}))
}

async fn update(ctx: &mut Ctx, source: Source, input: Update) -> Result<()> {
    if let Some(name) = &input.name {
        check_name(name)?;
        store::rename(ctx, source.id, name).await?;
    }
    if let Some(url) = input.url {
        set_url(ctx, source.id, url).await?;
    }
    Ok(())
}

async fn delete(ctx: &mut Ctx, source: Source, (): ()) -> Result<()> {
    store::delete(ctx, source.id).await
}

async fn set_url(ctx: &Ctx, id: Uuid, url: String) -> Result<()> {
    let url = SecretString::from(url);
    let address = Address::parse(&url)?;
    store::set_url(ctx, id, &url, &address).await
}

fn check_name(name: &str) -> Result<()> {
    let fits =
        (1..=63).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
    if fits { Ok(()) } else { Err(Problem::field("name", "format", "Use 1 to 63 small letters, digits, _ and -, such as shop_eu")) }
}

/// Every statement about sources.
pub(crate) mod store {
    use super::address::Address;
    use super::place;
    use kernel::{Client, Ctx, Result};
    use secrecy::{ExposeSecret, SecretString};
    use uuid::Uuid;

    // The database is named in the same transaction, by `SET_URL`.
    const INSERT: &str = "insert into explorer.sources (id, name, database, created_at, updated_at) values ($1, $2, '', $3, $3)";
    const RENAME: &str = "update explorer.sources set name = $2 where id = $1";
    const SET_URL: &str = "update explorer.sources set url = $2, host = $3, port = $4, database = $5, username = $6 where id = $1";
    const DELETE: &str = "delete from explorer.sources where id = $1 and url is not null";
    const FIND: &str = "select id, version, url from explorer.sources where name = $1";

    pub const STATEMENTS: &[&str] = &[INSERT, RENAME, SET_URL, DELETE, FIND];

    pub(super) async fn insert(ctx: &Ctx, id: Uuid, name: &str) -> Result<()> {
        ctx.db().execute(INSERT, &[&id, &name, &ctx.now()]).await?;
        Ok(())
    }

    pub(super) async fn rename(ctx: &Ctx, id: Uuid, name: &str) -> Result<()> {
        ctx.db().execute(RENAME, &[&id, &name]).await?;
        Ok(())
    }

    pub(super) async fn set_url(ctx: &Ctx, id: Uuid, url: &SecretString, address: &Address) -> Result<()> {
        let sealed = ctx.app().keys.seal(&place(id), url.expose_secret().as_bytes())?;
        let remote = address.remote();
        let (host, user) = (remote.map(|r| r.host.as_str()), remote.map(|r| r.username.as_str()));
        ctx.db().execute(SET_URL, &[&id, &sealed, &host, &remote.map(|r| i32::from(r.port)), &address.database(), &user]).await?;
        Ok(())
    }

    pub(super) async fn delete(ctx: &Ctx, id: Uuid) -> Result<()> {
        ctx.db().execute(DELETE, &[&id]).await?;
        Ok(())
    }

    /// A source as it is stored.
    pub struct Stored {
        pub id: Uuid,
        pub version: i64,
        /// Sealed; `None` is the panel's own database.
        pub url: Option<Vec<u8>>,
    }

    /// Finds a source by its name.
    ///
    /// # Errors
    /// When the panel's database is away.
    pub async fn find(db: &Client, name: &str) -> Result<Option<Stored>> {
        let row = db.query_opt(FIND, &[&name]).await?;
        Ok(row.map(|row| Stored { id: row.get(0), version: row.get(1), url: row.get(2) }))
    }
}
