//! The questions at the door: from where, and when. Asked at sign-in and of every request.

use super::store;
use crate::entry::Closed;
use crate::networks;
use chrono::{DateTime, Utc};
use ipnet::IpNet;
use kernel::{Client, Problem, Result};
use std::net::IpAddr;
use uuid::Uuid;

/// What a known caller's requests must fulfil; asked of the database with the caller, at most a second old.
#[derive(Clone, Debug, Default)]
pub struct Door {
    pub networks: Vec<IpNet>,
    /// Asked besides: those of a key itself; those of the organization, for staff in the place of a member.
    pub also: Vec<IpNet>,
    /// Why it is closed at this hour.
    pub closed: Option<String>,
    /// What the organization asks of this session first.
    pub entry: Option<Closed>,
}

impl Door {
    /// What binds a member of staff: the platform's networks, and the hours of their role.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn of_staff(db: &Client, account: Uuid, now: DateTime<Utc>) -> Result<Self> {
        // Both questions go out together.
        let (door, hours) = futures::try_join!(Self::of(db, None), store::closed(db, account, now, false))?;
        Ok(Self { closed: hours.map(|words| closed(&words)), ..door })
    }

    /// What binds staff in the place of a user: everything that binds both.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn of_both(db: &Client, staff: Uuid, organization: Option<Uuid>, now: DateTime<Utc>) -> Result<Self> {
        let theirs = async {
            match organization {
                Some(_) => Self::of(db, organization).await,
                None => Ok(Self::default()),
            }
        };
        let (door, theirs) = futures::try_join!(Self::of_staff(db, staff, now), theirs)?;
        Ok(Self { also: theirs.networks, ..door })
    }

    /// The networks of an organization, or of the platform.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn of(db: &Client, organization: Option<Uuid>) -> Result<Self> {
        Ok(Self { networks: networks::stored(&store::networks(db, organization).await?), ..Self::default() })
    }

    /// # Errors
    /// 403 that says from where, or when.
    pub fn check(&self, address: Option<IpAddr>) -> Result<()> {
        if let Some(words) = &self.closed {
            return Err(Problem::refused(words));
        }
        if !networks::admit(&self.networks, address) || !networks::admit(&self.also, address) {
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
