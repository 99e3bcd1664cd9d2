//! An entry as it is kept: the exact text that is signed, and the same values as columns, to be found by.

use super::{Entry, store};
use crate::secret::Keyring;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row, Statement};
use uuid::Uuid;

type Text<'e> = Cow<'e, str>;

/// The members of an entry's text, in its order. All but `user_agent` are columns too.
#[derive(Debug, Serialize, Deserialize)]
struct Members<'e> {
    id: Uuid,
    at: DateTime<Utc>,
    organization_id: Option<Uuid>,
    actor_kind: Text<'e>,
    actor_id: Option<Uuid>,
    actor_label: Text<'e>,
    subject_id: Option<Uuid>,
    subject_label: Option<Text<'e>>,
    action: Text<'e>,
    target_kind: Option<Text<'e>>,
    target_id: Option<Text<'e>>,
    target_label: Option<Text<'e>>,
    changes: Box<RawValue>,
    outcome: Text<'e>,
    request_id: Text<'e>,
    address: Option<Text<'e>>,
    user_agent: Option<Text<'e>>,
    detail: Option<Text<'e>>,
}

/// An entry with its signature, ready to be written.
#[derive(Debug)]
pub struct Signed<'e> {
    members: Members<'e>,
    text: String,
    signature: Vec<u8>,
}

impl<'e> Signed<'e> {
    #[must_use]
    pub fn of(keys: &Keyring, entry: &'e Entry) -> Self {
        let (subject, target) = (entry.subject.as_ref(), entry.target.as_ref());
        let members = Members {
            id: entry.id,
            at: entry.at,
            organization_id: entry.organization,
            actor_kind: entry.actor.kind.as_str().into(),
            actor_id: entry.actor.id,
            actor_label: clean(&entry.actor.label),
            subject_id: subject.and_then(|s| s.id),
            subject_label: subject.map(|s| clean(&s.label)),
            action: clean(&entry.action),
            target_kind: target.map(|t| clean(&t.kind)),
            target_id: target.map(|t| clean(&t.id)),
            target_label: target.map(|t| clean(&t.label)),
            changes: changes(entry),
            outcome: entry.outcome.as_str().into(),
            request_id: clean(&entry.request.id),
            address: entry.request.address.map(|a| a.to_string().into()),
            user_agent: entry.request.user_agent.as_deref().map(clean),
            detail: entry.detail.as_deref().map(clean),
        };
        // Plain data: there is nothing in it that could fail to become text.
        let text = serde_json::to_string(&members).unwrap_or_default();
        let signature = store::signature(keys, &text);
        Self { members, text, signature }
    }

    /// Its text and signature, from which the log's columns can be read.
    pub(super) fn into_parts(self) -> (String, Vec<u8>) {
        (self.text, self.signature)
    }

    /// Writes the entry with a statement that is prepared already, so that nothing is waited for before it is sent.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn write(&self, db: &Client, append: &Statement) -> Result<u64, Error> {
        let m = &self.members;
        let changes = m.changes.get();
        let values: [&(dyn ToSql + Sync); 19] = [
            &m.id,
            &m.organization_id,
            &self.text,
            &self.signature,
            &m.at,
            &m.actor_kind,
            &m.actor_id,
            &m.actor_label,
            &m.subject_id,
            &m.subject_label,
            &m.action,
            &m.target_kind,
            &m.target_id,
            &m.target_label,
            &changes,
            &m.outcome,
            &m.request_id,
            &m.address,
            &m.detail,
        ];
        db.execute(append, &values).await
    }
}

/// Whether the columns of a row say what its text says. `row` has them from `first` on in the order of
/// the log: after the signature, without the text.
///
/// # Errors
/// When a column isn't what the log has there.
pub fn says_the_same(id: Uuid, text: &str, row: &Row, first: usize) -> Result<bool, Error> {
    let Ok(members) = serde_json::from_str::<Members<'_>>(text) else { return Ok(false) };
    let uuid = |column: usize| row.try_get::<_, Option<Uuid>>(first + column);
    let same = |column: usize, member: Option<&Text<'_>>| {
        row.try_get::<_, Option<&str>>(first + column).map(|value| value == member.map(AsRef::as_ref))
    };
    let m = &members;
    Ok(m.id == id
        && uuid(0)? == m.organization_id
        && row.try_get::<_, DateTime<Utc>>(first + 1)? == m.at
        && same(2, Some(&m.actor_kind))?
        && uuid(3)? == m.actor_id
        && same(4, Some(&m.actor_label))?
        && uuid(5)? == m.subject_id
        && same(6, m.subject_label.as_ref())?
        && same(7, Some(&m.action))?
        && same(8, m.target_kind.as_ref())?
        && same(9, m.target_id.as_ref())?
        && same(10, m.target_label.as_ref())?
        && same(11, Some(&m.changes.get().into()))?
        && same(12, Some(&m.outcome))?
        && same(13, Some(&m.request_id))?
        && same(14, m.address.as_ref())?
        && same(15, m.detail.as_ref())?)
}

/// PostgreSQL's text has no NUL; what a client sent must not be able to stop its own audit row.
fn clean(text: &str) -> Text<'_> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
}

fn changes(entry: &Entry) -> Box<RawValue> {
    // `json` takes an escaped NUL, but nothing that reads it as text could.
    let text = serde_json::to_string(&entry.changes).unwrap_or_default().replace("\\u0000", "\\ufffd");
    RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
}
