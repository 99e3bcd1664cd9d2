//! Changes from the log that PostgreSQL writes, as its plugin `test_decoding` tells them to a temporary slot. Nothing is
//! made in the database that is watched: a publication would have to be, and a table in one whose key is dropped can't be
//! written to any more. The slot ends with its connection, so that no log is kept for nobody.

use super::change::By;
use super::gathered::Gathered;
use super::line::Line;
use super::mark;
use super::watcher::{Ended, Status, Watcher, Way};
use crate::source::open::Place;
use crate::wire::{self, Fault, Said, Wire};
use kernel::secret::random_bytes;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval};

const NAME: &str = "quarterdeck live";
/// A slot begins when the transactions that are open have ended. After this it is said that it waits.
const SOON: Duration = Duration::from_secs(2);
/// How often the server is told what was read, so that it may forget it.
const CONFIRM: Duration = Duration::from_secs(1);
/// How often it is looked whether the slot makes the server keep too much.
const MEASURE: Duration = Duration::from_secs(30);
/// Bytes of log that are kept for a watcher at most: a transaction that stays open for hours keeps them.
const KEPT: i64 = 1 << 30;
const HOW_MUCH: &str = "select pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), restart_lsn)::int8 from pg_catalog.pg_replication_slots where slot_name = $1";

pub const STATEMENTS: &[&str] = &[HOW_MUCH];

/// Follows the source until nobody watches it, or it can't be done.
pub async fn follow(watcher: &Watcher) -> Ended {
    match read(watcher).await {
        Ok(ended) => ended,
        Err(fault) => ended(fault),
    }
}

async fn read(watcher: &Watcher) -> Result<Ended, Fault> {
    let way = watcher.source.follower();
    let mut wire = Wire::replicating(&way, NAME).await?;
    let slot = format!("quarterdeck_live_{}", random_bytes::<8>().map(|byte| format!("{byte:02x}")).concat());
    let key = wire.key();
    {
        let create = format!("CREATE_REPLICATION_SLOT {slot} TEMPORARY LOGICAL test_decoding NOEXPORT_SNAPSHOT");
        let mut making = std::pin::pin!(wire.command(&create));
        let made = tokio::select! {
            made = &mut making => Some(made),
            () = tokio::time::sleep(SOON) => None,
        };
        match made {
            Some(made) => made?,
            None => {
                watcher.say(Status::Waiting);
                tokio::select! {
                    made = making => made?,
                    () = watcher.deserted() => {
                        // Otherwise the server would wait on, for nobody.
                        wire::cancel(&way, key).await;
                        return Ok(Ended::Deserted);
                    }
                }
            }
        }
    }
    // Transactions in which nothing happened begin and end too, so that their messages are never taken for the next one's.
    wire.stream(&format!("START_REPLICATION SLOT {slot} LOGICAL 0/0 (\"include-xids\" '0', \"skip-empty-xacts\" '0')")).await?;
    watcher.say(Status::Live { way: Way::Log, why: None });
    listen(watcher, &mut wire, &slot).await
}

async fn listen(watcher: &Watcher, wire: &mut Wire, slot: &str) -> Result<Ended, Fault> {
    let mut gathered = Gathered::new(watcher.source.place == Place::Main);
    let known = |content: &str| -> Option<By> { mark::read(&watcher.app, &watcher.source.name, content) };
    let (mut reached, mut confirmed, mut is_between) = (0, 0, true);
    let mut confirm = interval(CONFIRM);
    confirm.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut measured = Instant::now();
    let mut deserted = std::pin::pin!(watcher.deserted());
    loop {
        tokio::select! {
            said = wire.said() => match said? {
                Said::Piece { at, data } => {
                    let text = String::from_utf8_lossy(&data);
                    is_between = gathered.add(&Line::read(&text), &watcher.index, known);
                    if is_between {
                        gathered.deliver(&watcher.index);
                        reached = at;
                    }
                }
                Said::Alive { at, wants_answer } => {
                    if is_between {
                        reached = reached.max(at);
                    }
                    if wants_answer {
                        wire.confirm(reached).await?;
                        confirmed = reached;
                    }
                }
            },
            _ = confirm.tick() => {
                if reached != confirmed {
                    wire.confirm(reached).await?;
                    confirmed = reached;
                }
                if measured.elapsed() >= MEASURE {
                    measured = Instant::now();
                    if keeps_too_much(watcher, slot).await {
                        return Ok(Ended::Lost("a transaction of this database has been open for so long that following it would fill its disk".into()));
                    }
                }
            }
            () = &mut deserted => return Ok(Ended::Deserted),
        }
    }
}

async fn keeps_too_much(watcher: &Watcher, slot: &str) -> bool {
    let Ok(conn) = watcher.source.conn().await else { return false };
    let kept = conn.query_opt(HOW_MUCH, &[&slot]).await;
    kept.ok().flatten().and_then(|row| row.get::<_, Option<i64>>(0)).is_some_and(|kept| kept > KEPT)
}

/// Whether it is this way that isn't open, or the server that is away.
fn ended(fault: Fault) -> Ended {
    let Fault::Server(error) = &fault else { return Ended::Lost(fault.to_string()) };
    match error.code.as_str() {
        "55000" if error.message.contains("wal_level") => {
            Ended::Closed("the server doesn't write what is needed into its log: it needs wal_level = logical".into())
        }
        "42501" | "28000" | "28P01" => {
            Ended::Closed(format!("the login may not follow the server's log: it needs the right REPLICATION ({})", error.message))
        }
        "58P01" | "42704" => Ended::Closed("the server has no plugin test_decoding, which is part of PostgreSQL's package contrib".into()),
        "53400" | "53300" => Ended::Closed("the server has no replication slot left: see max_replication_slots and max_wal_senders".into()),
        "0A000" | "42601" => Ended::Closed(format!("the server can't be followed ({})", error.message)),
        _ => Ended::Lost(error.message.clone()),
    }
}
