//! The questions at the door: from where, and when. Asked at sign-in and of every request.

use super::store;
use crate::entry::Closed;
use crate::networks;
use chrono::{DateTime, Utc};
use ipnet::IpNet;
use kernel::actor::Scope;
use kernel::{ActorKind, Caller, Problem, Result};
use std::net::IpAddr;
use tokio_postgres::Client;
use uuid::Uuid;

/// What a known caller's requests must fulfil; asked of the database with the caller, at most a second old.
#[derive(Clone, Debug, Default)]
pub struct Door {
    pub networks: Vec<IpNet>,
    /// Why it is closed at this hour.
    pub closed: Option<String>,
    /// What the organization asks of this session first.
    pub entry: Option<Closed>,
}

impl Door {
    /// The restrictions that bind this caller.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn of(db: &Client, caller: &Caller, now: DateTime<Utc>) -> Result<Self> {
        let organization = if let Scope::Organization(id) = caller.scope { Some(id) } else { None };
        if organization.is_none() && caller.scope != Scope::Platform {
            return Ok(Self::default());
        }
        let account = if caller.actor.kind == ActorKind::Staff { caller.actor.id } else { None };
        let hours = async {
            match account {
                Some(account) => store::closed(db, account, now, false).await,
                None => Ok(None),
            }
        };
        // Both questions go out together.
        let (networks, hours) = futures::try_join!(store::networks(db, organization), hours)?;
        let (networks, closed) = (networks::stored(&networks), hours.map(|words| closed(&words)));
        Ok(Self { networks, closed, entry: None })
    }

    /// # Errors
    /// 403 that says from where, or when.
    pub fn check(&self, address: Option<IpAddr>) -> Result<()> {
        if let Some(words) = &self.closed {
            return Err(Problem::refused(words));
        }
        if !networks::admit(&self.networks, address) {
            return Err(outside(address));
        }
        self.entry.as_ref().map_or(Ok(()), |closed| Err(closed.problem()))
    }
}

fn closed(hours: &str) -> String {
    format!("Your role signs in at these hours only: {hours}")
}

fn outside(address: Option<IpAddr>) -> Problem {
    let from = address.map_or_else(|| "an address that isn't known".to_owned(), |a| a.to_canonical().to_string());
    Problem::refused(format!("You come from {from}, from where this isn't allowed"))
}

/// Before a password is looked at, so that it is the same for every account: whether staff may sign in from here.
///
/// # Errors
/// 403 naming the address.
pub async fn knock(db: &Client, address: Option<IpAddr>) -> Result<()> {
    let networks = networks::stored(&store::networks(db, None).await?);
    if networks::admit(&networks, address) { Ok(()) } else { Err(outside(address)) }
}

/// After the password was right: whether a member of staff may sign in at this hour.
///
/// # Errors
/// 403 with the hours.
pub async fn open_now(db: &Client, account: Uuid, now: DateTime<Utc>) -> Result<()> {
    match store::closed(db, account, now, true).await? {
        Some(hours) => Err(Problem::refused(closed(&hours))),
        None => Ok(()),
    }
}
