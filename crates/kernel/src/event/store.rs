//! Every statement about the outbox.

use super::{Fact, NewEvent};
use crate::actor::{Caller, Scope};
use crate::db::Client;
use crate::problem::Result;
use chrono::{DateTime, Utc};
use uuid::Uuid;

const INSERT: &str = "insert into kernel.events (id, name, payload, organization_id, actor_kind, actor_id, request_id, at) \
     values ($1, $2, $3, $4, $5, $6, $7, $8)";
const REGISTER: &str = "insert into kernel.event_consumers (name) values ($1) on conflict do nothing";
const LOCK: &str = "select xid::text, id from kernel.event_consumers where name = $1 for update skip locked";
const AFTER: &str = "select xid::text, id, name, payload, organization_id, actor_kind, actor_id, request_id, at from kernel.events \
     where (xid, id) > ($1::text::xid8, $2) and xid < pg_snapshot_xmin(pg_current_snapshot()) order by xid, id limit $3";
const MOVE: &str = "update kernel.event_consumers set xid = $2::text::xid8, id = $3 where name = $1";
const FORGET: &str = "delete from kernel.events where at < $1";

pub const STATEMENTS: &[&str] = &[INSERT, REGISTER, LOCK, AFTER, MOVE, FORGET];

/// A place in the outbox.
#[derive(Clone, Debug)]
pub struct Place {
    pub xid: String,
    pub id: Uuid,
}

/// # Errors
/// When the database refuses.
pub async fn insert(db: &Client, id: Uuid, event: &NewEvent, caller: &Caller, request_id: &str, at: DateTime<Utc>) -> Result<()> {
    let organization = match caller.scope {
        Scope::Organization(id) => Some(id),
        Scope::Platform | Scope::Own => None,
    };
    let kind = caller.actor.kind.as_str();
    db.execute(INSERT, &[&id, &event.name, &event.payload, &organization, &kind, &caller.actor.id, &request_id, &at]).await?;
    Ok(())
}

/// The consumer's place, held until the transaction ends; none when another node holds it.
pub(super) async fn lock_consumer(db: &Client, name: &str) -> Result<Option<Place>> {
    db.execute(REGISTER, &[&name]).await?;
    Ok(db.query_opt(LOCK, &[&name]).await?.map(|row| Place { xid: row.get(0), id: row.get(1) }))
}

pub(super) async fn after(db: &Client, place: &Place, limit: i64) -> Result<Vec<(Place, Fact)>> {
    let rows = db.query(AFTER, &[&place.xid, &place.id, &limit]).await?;
    Ok(rows
        .iter()
        .map(|row| {
            let place = Place { xid: row.get(0), id: row.get(1) };
            let fact = Fact {
                id: row.get(1),
                name: row.get(2),
                payload: row.get(3),
                organization_id: row.get(4),
                actor_kind: row.get(5),
                actor_id: row.get(6),
                request_id: row.get(7),
                at: row.get(8),
            };
            (place, fact)
        })
        .collect())
}

pub(super) async fn move_consumer(db: &Client, name: &str, place: &Place) -> Result<()> {
    db.execute(MOVE, &[&name, &place.xid, &place.id]).await?;
    Ok(())
}

/// Forgets facts older than `before`; returns how many.
///
/// # Errors
/// When the database refuses.
pub async fn forget(db: &Client, before: DateTime<Utc>) -> Result<u64> {
    Ok(db.execute(FORGET, &[&before]).await?)
}
