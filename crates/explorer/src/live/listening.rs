//! Changes as triggers of ours tell them, for servers whose log can't be followed. Anybody who may connect can send such
//! a notice, so nothing in it is believed: it only says where to look, and who looks is asked the database what they may
//! see. Who did it is believed only where it is sealed.

use super::change::{By, Changes, Done, Key};
use super::mark;
use super::trigger::CHANNEL;
use super::watcher::{Ended, Status, Watcher, Way};
use crate::source::session::prepared;
use futures::{StreamExt as _, stream};
use pgtls::TlsMode;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{AsyncMessage, Client, NoTls, Socket};

/// Notices that wait; of more it is only known that there were some.
const WAITING: usize = 1000;
/// The login of a notice's sender, as far as the server knows it.
const WHO: &str = "select usename::text from pg_catalog.pg_stat_activity where pid = $1 and datname = pg_catalog.current_database()";
/// Sent now and then: a connection that is dead unnoticed would be silent for ever.
const ALIVE: &str = "select 1";
const ASK: std::time::Duration = std::time::Duration::from_secs(10);

pub const STATEMENTS: &[&str] = &[WHO, ALIVE];

/// What a trigger says.
#[derive(Deserialize)]
struct Notice {
    table: (String, String),
    done: String,
    rows: u64,
    keys: Option<Vec<Key>>,
    by: Option<String>,
}

/// Follows the source until nobody watches it. `why` is what stands against the better way.
pub async fn follow(watcher: &Watcher, why: String) -> Ended {
    let way = watcher.source.listener();
    let (config, tls) = prepared(way.config, way.tls);
    let followed = if tls == TlsMode::Disable {
        connected(watcher, &config, NoTls, why).await
    } else {
        match tls.connector() {
            Ok(connector) => connected(watcher, &config, connector, why).await,
            Err(error) => return Ended::Lost(error.to_string()),
        }
    };
    followed.unwrap_or_else(|error| Ended::Lost(pgtls::why(&error)))
}

async fn connected<T>(watcher: &Watcher, config: &tokio_postgres::Config, tls: T, why: String) -> Result<Ended, tokio_postgres::Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let (client, mut connection) = config.connect(tls).await?;
    let (sender, mut receiver) = mpsc::channel(WAITING);
    let running = tokio::spawn(async move {
        let mut messages = stream::poll_fn(move |context| connection.poll_message(context));
        while let Some(Ok(message)) = messages.next().await {
            if let AsyncMessage::Notification(notice) = message {
                // Who falls so far behind loses notices, not memory: the next one has the page read again.
                drop(sender.try_send((notice.process_id(), notice.payload().to_owned())));
            }
        }
    });
    client.batch_execute(&format!("set statement_timeout = '10s'; listen {CHANNEL}")).await?;
    watcher.say(Status::Live { way: Way::Triggers, why: Some(why) });
    let mut deserted = std::pin::pin!(watcher.deserted());
    let ended = loop {
        tokio::select! {
            notice = receiver.recv() => match notice {
                Some((process, text)) => tell(watcher, &client, process, &text).await,
                None => break Ended::Lost("the server closed the connection".into()),
            },
            () = tokio::time::sleep(ASK) => client.batch_execute(ALIVE).await?,
            () = &mut deserted => break Ended::Deserted,
        }
    };
    drop(client);
    running.abort();
    Ok(ended)
}

async fn tell(watcher: &Watcher, client: &Client, process: i32, text: &str) {
    let Ok(notice) = serde_json::from_str::<Notice>(text) else { return };
    let Some(columns) = watcher.index.key(&notice.table) else { return };
    let changes = match notice.done.as_str() {
        "INSERT" => rows(Done::Inserted, &notice, columns.len()),
        "UPDATE" => rows(Done::Updated, &notice, columns.len()),
        "DELETE" => rows(Done::Deleted, &notice, columns.len()),
        "TRUNCATE" => Changes { truncated: true, ..Changes::default() },
        _ => return,
    };
    let by = match notice.by.as_deref().and_then(|by| mark::read(&watcher.app, &watcher.source.name, by)) {
        Some(by) => by,
        None => {
            let found = client.query_opt(WHO, &[&process]).await.ok().flatten();
            By::Database(found.and_then(|row| row.get(0)))
        }
    };
    watcher.index.deliver(&notice.table, &by, &changes);
}

fn rows(done: Done, notice: &Notice, columns: usize) -> Changes {
    let keys = notice.keys.as_deref().unwrap_or_default();
    if keys.is_empty() || u64::try_from(keys.len()).ok() != Some(notice.rows) || keys.iter().any(|key| key.len() != columns) {
        return Changes::counted(done, notice.rows);
    }
    let mut changes = Changes::default();
    keys.iter().for_each(|key| changes.add(done, Some(key.clone())));
    changes
}
