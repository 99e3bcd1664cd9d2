//! The steps that decide about one permission, as words for scripts and a sentence for people.

use super::{Source, SourceKind, Subject};
use crate::memberships::Level;
use crate::permission::matches;
use chrono::{DateTime, Utc};
use kernel::registry::PermissionDef;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

/// What decided.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// A role, or one that it extends, names it.
    Given { kind: SourceKind, role: String, id: Uuid, pattern: String, via: Vec<String>, until: Option<DateTime<Utc>> },
    /// No role of the chain names it.
    NotGiven { kind: SourceKind, role: String, id: Uuid },
    /// A role of the chain takes it away, wherever it is given.
    TakenAway { role: String, id: Uuid, pattern: String, via: Vec<String> },
    /// It is held for a while, and not at this hour.
    Hours { role: String, id: Uuid },
    /// The level takes it away.
    Capped { level: Level },
    /// The key's scopes don't name it.
    ScopeMissing,
    /// The key's scope that names it.
    Scope { pattern: String },
    /// The whole account, key or organization is out of order.
    Blocked { what: &'static str },
}

/// A step as it is answered.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Reason {
    /// `given`, `elevated`, `not_given`, `taken_away`, `capped`, `hours`, `scope`, `scope_missing`, or what is out of order
    step: &'static str,
    role: Option<String>,
    role_id: Option<Uuid>,
    pattern: Option<String>,
    /// From the role that is held to the one that decided
    via: Vec<String>,
    level: Option<Level>,
    until: Option<DateTime<Utc>>,
    /// The same as a sentence
    text: String,
}

/// All that decided about one permission.
pub(crate) fn why(subject: &Subject, def: &PermissionDef, allowed: bool) -> Vec<Step> {
    if !subject.blocked.is_empty() {
        return subject.blocked.clone();
    }
    let mut steps: Vec<Step> = subject.sources.iter().map(|source| decided(source, def)).collect();
    let gives = |step: &Step| matches!(step, Step::Given { .. });
    if steps.iter().any(gives) {
        // Who has it from one side needn't hear why not from the other.
        steps.retain(gives);
    }
    if let Some(scopes) = &subject.scopes {
        match scopes.iter().find(|scope| matches(scope, &def.name)) {
            Some(pattern) if allowed => steps.push(Step::Scope { pattern: pattern.clone() }),
            Some(_) => {}
            None => steps.push(Step::ScopeMissing),
        }
    }
    steps
}

fn decided(source: &Source, def: &PermissionDef) -> Step {
    let named = |taking: bool| {
        source.chain.iter().enumerate().find_map(|(place, link)| {
            let pattern = link.patterns.iter().find(|p| match p.strip_prefix('-') {
                Some(plain) => taking && matches(plain, &def.name),
                None => !taking && matches(p, &def.name),
            })?;
            let via = source.chain.iter().take(place + 1).map(|l| l.label.clone()).collect();
            Some((link, pattern.clone(), via))
        })
    };
    let Some((link, pattern, via)) = named(false) else {
        let (role, id) = source.chain.first().map_or_else(Default::default, |link| (link.label.clone(), link.id));
        return Step::NotGiven { kind: source.kind, role, id };
    };
    if let Some((taker, pattern, via)) = named(true) {
        return Step::TakenAway { role: taker.label.clone(), id: taker.id, pattern, via };
    }
    match source.level {
        Some(level) if !level.keeps(def) => Step::Capped { level },
        _ if source.closed.is_some() => Step::Hours { role: link.label.clone(), id: link.id },
        _ => Step::Given { kind: source.kind, role: link.label.clone(), id: link.id, pattern, via, until: source.until },
    }
}

/// "Operator extends Reader, which"
fn path(via: &[String]) -> String {
    match via {
        [] => String::new(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first} extends {}, which", rest.join(", which extends ")),
    }
}

impl From<Step> for Reason {
    fn from(step: Step) -> Self {
        let nothing = |step: &'static str, text: String| Self {
            step,
            role: None,
            role_id: None,
            pattern: None,
            via: Vec::new(),
            level: None,
            until: None,
            text,
        };
        match step {
            Step::Given { kind, role, id, pattern, via, until } => {
                let mut text = format!("{} gives {pattern}", path(&via));
                if let Some(until) = until {
                    text = format!("elevated until {}: {text}", until.format("%Y-%m-%d %H:%M UTC"));
                }
                let word = if kind == SourceKind::Elevation { "elevated" } else { "given" };
                Self { role: Some(role), role_id: Some(id), pattern: Some(pattern), via, until, ..nothing(word, text) }
            }
            Step::NotGiven { kind, role, id } => {
                let text = if kind == SourceKind::Elevation {
                    format!("the elevation to {role} doesn't give it")
                } else {
                    format!("{role} doesn't give it")
                };
                Self { role: Some(role), role_id: Some(id), ..nothing("not_given", text) }
            }
            Step::TakenAway { role, id, pattern, via } => {
                let text = format!("{} takes it away ({pattern})", path(&via));
                Self { role: Some(role), role_id: Some(id), pattern: Some(pattern), via, ..nothing("taken_away", text) }
            }
            Step::Hours { role, id } => {
                let text = format!("{role} is held for a while, and not at this hour");
                Self { role: Some(role), role_id: Some(id), ..nothing("hours", text) }
            }
            Step::Capped { level } => {
                let text = format!("the level {} takes it away", level.as_str());
                Self { level: Some(level), ..nothing("capped", text) }
            }
            Step::Scope { pattern } => {
                let text = format!("the key's scope {pattern} includes it");
                Self { pattern: Some(pattern), ..nothing("scope", text) }
            }
            Step::ScopeMissing => nothing("scope_missing", "the key's scopes don't include it".into()),
            Step::Blocked { what } => nothing(what, format!("{}: nothing counts", what.replace('_', " "))),
        }
    }
}
