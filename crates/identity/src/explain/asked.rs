//! What is asked of somebody before any of what they may do counts: a second factor, hours, networks, a proof after an end.
//! It is asked of each session or request as it comes; here is what can be said beforehand.

use super::{Source, SourceKind};
use crate::restrictions::Door;
use kernel::Result;
use kernel::{Client, Permissions};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

/// One thing that is asked.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Asked {
    /// `second_factor`, `hours`, `networks` or `ended`
    what: &'static str,
    /// Whether nobody comes in by it at this moment, wherever they sit
    closed: bool,
    /// A role held for a while that asks for it; the rest counts without
    role: Option<String>,
    /// The hours or networks, for whoever may read them
    words: Option<String>,
    /// How many sessions an admin ended there
    sessions: Option<i64>,
    /// The same as a sentence
    text: String,
}

/// What an account or an organization asks, as the database has it.
#[derive(Default)]
pub(super) struct Rules {
    pub second_factor: bool,
    /// Whether they have one; none where that is not the caller's to know.
    pub enrolled: Option<bool>,
    /// The hours in words, and whether they are closed now.
    pub hours: Option<(String, bool)>,
    /// Sessions that an admin ended there, and that have not come in again.
    pub ended: i64,
}

fn asked(what: &'static str, closed: bool, role: Option<&str>, words: Option<String>, text: &str) -> Asked {
    let mut sentence = role.map_or_else(String::new, |role| format!("what {role} gives for a while: "));
    sentence.push_str(text);
    if let Some(words) = &words {
        sentence = format!("{sentence}: {words}");
    }
    if closed {
        sentence.push_str("; closed now");
    }
    Asked { what, closed, role: role.map(str::to_owned), words, sessions: None, text: sentence }
}

fn second_factor(closed: bool, role: Option<&str>) -> Asked {
    let text = if closed { "a second factor is asked for, and they have none" } else { "a second factor is asked for in every session" };
    asked("second_factor", closed, role, None, text)
}

fn hours(words: String, closed: bool, role: Option<&str>, may: &Permissions) -> Asked {
    asked("hours", closed, role, Some(words).filter(|_| may.allow("hours:read")), "at certain hours only")
}

/// All of it, in the order in which one meets it.
pub(super) fn of_person(rules: Rules, sources: &[Source], may: &Permissions) -> Vec<Asked> {
    let mut all = Vec::new();
    if rules.second_factor {
        all.push(second_factor(rules.enrolled == Some(false), None));
    }
    all.extend(rules.hours.map(|(words, closed)| hours(words, closed, None, may)));
    if rules.ended > 0 {
        let text = "an admin ended sessions of theirs, and who sits there proves anew who they are";
        all.push(Asked { sessions: Some(rules.ended), ..asked("ended", false, None, None, text) });
    }
    for source in sources.iter().filter(|source| source.kind == SourceKind::Elevation) {
        let role = source.chain.first().map(|link| link.label.as_str());
        if source.second_factor {
            all.push(second_factor(rules.enrolled == Some(false), role));
        }
        all.extend(source.closed.clone().map(|words| hours(words, true, role, may)));
    }
    all
}

/// From where they may come, for the platform or an organization; people and keys alike.
///
/// # Errors
/// When the database is away.
pub(super) async fn networks(db: &Client, organization: Option<Uuid>, may: &Permissions) -> Result<Option<Asked>> {
    let networks: Vec<String> = Door::of(db, organization).await?.networks.iter().map(ToString::to_string).collect();
    let words = Some(networks.join(", ")).filter(|_| may.allow("restrictions:read"));
    Ok((!networks.is_empty()).then(|| asked("networks", false, None, words, "from certain networks only")))
}
