//! Who makes a change through a panel, written into the change's own transaction where no entry of the log is: for the
//! server's log as a message, for triggers as a setting. It is sealed, so that no client of the database can sign with
//! somebody's name, and counts for a minute, so that nobody can keep it for later.

use super::change::By;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use kernel::{Actor, App};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How our messages are told from those of others.
pub const PREFIX: &str = "quarterdeck";
const COUNTS: Duration = Duration::minutes(1);

#[derive(Serialize, Deserialize)]
struct Mark {
    kind: String,
    id: Option<Uuid>,
    name: String,
    at: DateTime<Utc>,
}

fn place(source: &str) -> String {
    format!("explorer.live|by|{source}")
}

/// What is written for this actor.
///
/// # Errors
/// 500 when it can't be sealed.
pub fn write(app: &App, source: &str, actor: &Actor) -> kernel::Result<String> {
    let mark = Mark { kind: actor.kind.as_str().to_owned(), id: actor.id, name: actor.label.clone(), at: app.clock.now() };
    let plain = serde_json::to_vec(&mark).map_err(kernel::Problem::internal)?;
    Ok(STANDARD_NO_PAD.encode(app.keys.seal(&place(source), &plain)?))
}

/// Who it was, if a panel wrote it just now.
pub fn read(app: &App, source: &str, text: &str) -> Option<By> {
    let sealed = STANDARD_NO_PAD.decode(text.trim()).ok()?;
    let plain = app.keys.open(&place(source), &sealed).ok()?;
    let mark: Mark = serde_json::from_slice(plain.expose_secret()).ok()?;
    let age = app.clock.now() - mark.at;
    (age.abs() <= COUNTS).then_some(By::Panel { kind: mark.kind, id: mark.id, name: mark.name })
}
