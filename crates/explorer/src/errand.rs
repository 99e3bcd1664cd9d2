//! Errands: work on a table that somebody asked for and a job does, whether they wait for it or not: imports, batches and
//! exports. Whoever asked is the only one who sees it; to others it is as if it weren't there.

use crate::state::State;
use chrono::{DateTime, Utc};
use http::StatusCode;
use kernel::actor::{Actor, Scope};
use kernel::audit::Target;
use kernel::db::Client;
use kernel::endpoint::{Response, json};
use kernel::job::Run;
use kernel::problem::Kind;
use kernel::{Call, Caller, Ctx, Permissions, Problem, RequestInfo, Result};
use serde_json::Value;
use std::sync::Arc;
use tokio_postgres::Row;
use uuid::Uuid;

/// Errands of one kind that wait or run at once, so that other work is done beside them.
const AT_ONCE: i64 = 2;
/// Errands that are listed.
const LISTED: i64 = 20;

/// What the kinds have in common. Their statements are fixed, and stand in the store of each.
pub trait Errand: Sized {
    /// One of them, and several.
    const NAMES: (&'static str, &'static str);
    const PERMISSION: &'static str;
    /// That nobody does it in somebody's place: when the work is done nobody is there whose place it could be proven to be in.
    const OWN_ONLY: &'static str;
    /// By its id.
    const FIND: &'static str;
    /// The same, held until the transaction ends.
    const LOCK: &'static str;
    /// Those of a source, schema, table and person, the newest first, at most so many.
    const LIST: &'static str;
    /// How many wait or run.
    const BUSY: &'static str;

    /// # Errors
    /// When the row was written by a newer panel.
    fn read(row: &Row) -> Result<Self>;
    /// Who asked for it.
    fn actor(&self) -> &Actor;
    /// As the API shows it.
    fn shown(&self, now: DateTime<Utc>) -> Value;
}

/// What the audit log says it is about: the table, and which errand.
pub fn target(source: &str, schema: &str, table: &str, id: Uuid) -> Target {
    Target::new(format!("{source}.{schema}.{table}"), id, table)
}

/// Who may ask for it, as themselves.
///
/// # Errors
/// 403 without the permission, or in somebody's place.
pub fn may<E: Errand>(call: &Call) -> Result<&Caller> {
    crate::tables::admit(call, E::PERMISSION)?;
    let caller = call.caller()?;
    if caller.seen_as.is_some() || caller.subject.is_some() {
        return Err(Problem::refused(format!("{} Leave it first.", E::OWN_ONLY)));
    }
    Ok(caller)
}

pub fn missing<E: Errand>() -> Problem {
    Problem::not_found(format!("such {}", E::NAMES.0))
}

fn id_of<E: Errand>(call: &Call) -> Result<Uuid> {
    Uuid::parse_str(call.param("id")).map_err(|_| missing::<E>())
}

fn own<E: Errand>(found: Option<E>, caller: &Caller) -> Result<E> {
    found.filter(|errand| errand.actor().id == caller.actor.id).ok_or_else(missing::<E>)
}

/// # Errors
/// When the database is away.
pub async fn find<E: Errand>(db: &Client, id: Uuid) -> Result<Option<E>> {
    db.query_opt(E::FIND, &[&id]).await?.as_ref().map(E::read).transpose()
}

/// The caller's own that the path names.
///
/// # Errors
/// 404 when there is none.
pub async fn found<E: Errand>(call: &Call, caller: &Caller) -> Result<E> {
    let tx = call.app.db.begin(caller, call.app.clock.now()).await?;
    let errand = find(tx.db(), id_of::<E>(call)?).await?;
    tx.rollback().await?;
    own(errand, caller)
}

/// The same, held until the transaction ends, so that it is begun, steered or deleted once.
///
/// # Errors
/// As [`found`].
pub async fn locked<E: Errand>(call: &Call, caller: &Caller) -> Result<(Ctx, E)> {
    let ctx = Ctx::open(call.app.clone(), caller.clone(), call.request.clone()).await?;
    let errand = ctx.db().query_opt(E::LOCK, &[&id_of::<E>(call)?]).await?.as_ref().map(E::read).transpose()?;
    let errand = own(errand, caller)?;
    Ok((ctx, errand))
}

/// The answer of one.
///
/// # Errors
/// As [`found`].
pub async fn get<E: Errand>(call: &Call) -> Result<Response> {
    let errand: E = found(call, may::<E>(call)?).await?;
    json(StatusCode::OK, &errand.shown(call.app.clock.now()))
}

/// The caller's last ones of the table in the path.
///
/// # Errors
/// 403 without the permission, 404 without the source.
pub async fn of_table<E: Errand>(state: &Arc<State>, call: &Call) -> Result<Response> {
    // Which sources there are is told to nobody else.
    may::<E>(call)?;
    let source = state.open(&call.app, call.param("source")).await?;
    list::<E>(call, Some((&source.name, call.param("schema"), call.param("table")))).await
}

/// The caller's last ones, of one table or of all.
///
/// # Errors
/// 403 without the permission.
pub async fn list<E: Errand>(call: &Call, table: Option<(&str, &str, &str)>) -> Result<Response> {
    let caller = may::<E>(call)?;
    let now = call.app.clock.now();
    let (source, schema, table) = (table.map(|t| t.0), table.map(|t| t.1), table.map(|t| t.2));
    let tx = call.app.db.begin(caller, now).await?;
    let rows = tx.db().query(E::LIST, &[&source, &schema, &table, &caller.actor.id, &LISTED]).await?;
    let errands = rows.iter().map(E::read).collect::<Result<Vec<_>>>()?;
    tx.rollback().await?;
    json(StatusCode::OK, &errands.iter().map(|errand| errand.shown(now)).collect::<Vec<_>>())
}

/// # Errors
/// 429 when enough of them wait or run.
pub async fn not_too_many<E: Errand>(ctx: &Ctx) -> Result<()> {
    let busy: i64 = ctx.db().query_one(E::BUSY, &[]).await?.get(0);
    if busy < AT_ONCE {
        return Ok(());
    }
    let many = E::NAMES.1;
    Err(Problem::new(Kind::Throttled, format!("Two {many} are running already. Begin this one when one of them has ended."))
        .titled(format!("Enough {many} at once"))
        .retry_after(5))
}

/// Commits, and answers with it as it is then.
///
/// # Errors
/// When the database refuses; then nothing was done.
pub async fn ended<E: Errand>(ctx: Ctx, id: Uuid, status: StatusCode) -> Result<Response> {
    let errand: E = find(ctx.db(), id).await?.ok_or_else(missing::<E>)?;
    let shown = errand.shown(ctx.now());
    ctx.commit().await?;
    json(status, &shown)
}

fn request(run: &Run) -> RequestInfo {
    RequestInfo { id: run.id.simple().to_string(), ..RequestInfo::default() }
}

/// The job itself, for what it only notes down; `what` it is.
///
/// # Errors
/// When the panel's database is away.
pub async fn working(run: &Run, what: &str) -> Result<Ctx> {
    Ctx::open(run.app.clone(), Caller::system(what), request(run)).await
}

/// Whoever asked for it does it; what they may was checked when they did.
///
/// # Errors
/// As [`working`].
pub async fn acting(run: &Run, errand: &impl Errand) -> Result<Ctx> {
    let actor = errand.actor().clone();
    let caller = Caller { actor, scope: Scope::Platform, permissions: Permissions::default(), ..Caller::system("errand") };
    Ctx::open(run.app.clone(), caller, request(run)).await
}
