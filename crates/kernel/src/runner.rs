//! The life of a change, written once: load the target in the caller's scope (unseen = 404) → permission (403) →
//! rules of the object → version → input → run → audit → commit → wake listeners. A feature can't skip a step,
//! because it never sees the request.

use crate::action::{ActionDef, ActionKind, TargetKind};
use crate::actor::Caller;
use crate::app::App;
use crate::audit::{self, Changes, Entry, MASK, Outcome, Target};
use crate::ctx::{Ctx, RequestInfo};
use crate::endpoint::{Call, Response, empty, json, set_header};
use crate::idempotency::{self, Claimed};
use crate::input;
use crate::problem::{Conflict, FieldConflict, Kind, Problem, Result};
use crate::resource::{ResourceDef, record};
use http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// Fields that change with every write and say nothing in a diff.
const RESTLESS: &[&str] = &["version", "updated_at"];

/// Runs one action from its request to its answer.
///
/// # Errors
/// Whatever refused or failed; nothing was changed then.
pub async fn run(call: Call, resource: Arc<ResourceDef>, action: ActionDef) -> Result<Response> {
    let caller = call.caller()?.clone();
    let outcome = attempt(&call, &caller, &resource, &action).await;
    if let Err(problem) = &outcome
        && problem.kind() == Kind::Forbidden
    {
        let target = (action.target == TargetKind::One).then(|| Target::new(resource.name, call.param("id"), ""));
        note_refusal(&call.app, &caller, &call.request, &format!("{}.{}", resource.name, action.name), target, problem).await;
    }
    outcome
}

/// Writes that somebody tried what they may not. A refusal must not fail because it can't be noted.
pub async fn note_refusal(app: &Arc<App>, caller: &Caller, request: &RequestInfo, action: &str, target: Option<Target>, problem: &Problem) {
    let noted = async {
        let ctx = Ctx::open(app.clone(), caller.clone(), request.clone()).await?;
        let entry = Entry::new(&ctx, action, target).outcome(Outcome::Refused).detail(Some(problem.detail().to_owned()));
        audit::store::append(ctx.db(), &app.keys, &entry).await?;
        ctx.commit().await?;
        app.wake.notify_one();
        Ok::<_, Problem>(())
    };
    if let Err(error) = noted.await {
        tracing::error!(action, error = %error, "a refusal could not be written to the audit log");
    }
}

async fn attempt(call: &Call, caller: &Caller, resource: &ResourceDef, action: &ActionDef) -> Result<Response> {
    // Who may not even read the collection learns nothing about what is in it.
    if action.target == TargetKind::One {
        caller.require(&resource.permission("read"))?;
    } else {
        caller.require(&action.permission)?;
    }
    let given = call.json()?;
    let mut ctx = Ctx::open(call.app.clone(), caller.clone(), call.request.clone()).await?;
    match steps(call, caller, resource, action, given, &mut ctx).await {
        Ok(Done::Fresh(response)) => {
            ctx.wake = true;
            ctx.commit().await?;
            Ok(response)
        }
        Ok(Done::Replayed(response)) => {
            ctx.rollback().await?;
            Ok(response)
        }
        Err(problem) => {
            // The first fault is the one to tell; a connection that can't even roll back is closed.
            drop(ctx.rollback().await);
            Err(problem)
        }
    }
}

enum Done {
    Fresh(Response),
    Replayed(Response),
}

async fn steps(call: &Call, caller: &Caller, resource: &ResourceDef, action: &ActionDef, given: Value, ctx: &mut Ctx) -> Result<Done> {
    let claim = match idempotency::claim(ctx.db(), call, caller, ctx.now()).await? {
        Claimed::Replay(response) => return Ok(Done::Replayed(response)),
        Claimed::New(claim) => Some(claim),
        Claimed::None => None,
    };
    let response = match action.target {
        TargetKind::None => {
            let done = change(ctx, resource, action, None, given).await?;
            answer(action, &done)?
        }
        TargetKind::One => {
            let id = record::parse_id(resource, call.param("id"))?;
            let target = record::lock_and_load(ctx, resource, id).await?;
            caller.require(&action.permission)?;
            if resource.versioned && needs_version(action) {
                check_version(ctx, resource, call.if_match()?.as_deref(), &target, &given).await?;
            } else if let Ok(Some(expected)) = call.if_match() {
                check_version(ctx, resource, Some(&expected), &target, &given).await?;
            }
            let done = change(ctx, resource, action, Some(target), given).await?;
            answer(action, &done)?
        }
    };
    if let Some(claim) = claim {
        idempotency::keep(ctx.db(), &claim, &response).await?;
    }
    Ok(Done::Fresh(response))
}

fn needs_version(action: &ActionDef) -> bool {
    matches!(action.kind, ActionKind::Update | ActionKind::Delete)
}

/// What one change did.
pub struct Change {
    pub answer: Value,
    /// The object afterwards, where there is one.
    pub after: Option<Value>,
}

/// Runs the feature's function on a loaded target, and audits what it did. Permission is checked by who calls.
///
/// # Errors
/// Whatever the rules or the function refuse.
pub async fn change(ctx: &mut Ctx, resource: &ResourceDef, action: &ActionDef, target: Option<Value>, given: Value) -> Result<Change> {
    if let Some(target) = &target
        && let Some(reason) = action.refusal(ctx.caller(), target)
    {
        return Err(Problem::refused(reason));
    }
    if action.step_up() {
        ctx.caller().prove(action.in_person, ctx.now())?;
    }
    input::check(&action.input, &given)?;
    ctx.concerns = target.as_ref().and_then(|target| resource.organization(target));
    let before = target.clone();
    let answer = (action.run)(ctx, target.unwrap_or(Value::Null), given.clone()).await?;
    let id = before.as_ref().map_or(&answer["id"], |b| &b["id"]).as_str().and_then(|id| Uuid::parse_str(id).ok());
    let after = match id {
        Some(id) if action.kind != ActionKind::Delete => record::load(ctx, resource, id).await?,
        _ => None,
    };
    ctx.concerns = after.as_ref().or(before.as_ref()).and_then(|object| resource.organization(object));
    let mut changes = audit::diff(before.as_ref(), after.as_ref(), RESTLESS);
    mask_secrets(resource, &given, &mut changes);
    let target = id.map(|id| {
        let title = after.as_ref().or(before.as_ref()).map(|r| resource.title(r)).unwrap_or_default();
        Target::new(resource.name, id, title)
    });
    ctx.audit(&format!("{}.{}", resource.name, action.name), target, changes, None).await?;
    Ok(Change { answer, after })
}

/// A secret that was set shows that it was set, and nothing more.
fn mask_secrets(resource: &ResourceDef, given: &Value, changes: &mut Changes) {
    for field in resource.fields.iter().filter(|f| f.secret) {
        if given.get(field.name).is_some() {
            changes.insert(field.name.into(), json!({"before": MASK, "after": MASK}));
        }
    }
}

fn answer(action: &ActionDef, done: &Change) -> Result<Response> {
    let mut response = match action.kind {
        ActionKind::Delete => empty(),
        ActionKind::Create => {
            // What only the function knows, such as a key that is shown once, comes on top of the object.
            let mut object = done.after.clone().unwrap_or(Value::Null);
            match (&mut object, &done.answer) {
                (Value::Object(object), Value::Object(extra)) => {
                    object.extend(extra.iter().filter(|(k, _)| *k != "id").map(|(k, v)| (k.clone(), v.clone())))
                }
                (object @ Value::Null, extra) => *object = extra.clone(),
                _ => {}
            }
            json(StatusCode::CREATED, &object)?
        }
        ActionKind::Update => json(StatusCode::OK, &done.after)?,
        ActionKind::Verb => match (&done.answer, &done.after) {
            (Value::Null, Some(after)) => json(StatusCode::OK, after)?,
            (Value::Null, None) => empty(),
            (answer, _) => json(StatusCode::OK, answer)?,
        },
    };
    if let Some(version) = done.after.as_ref().and_then(|a| a["version"].as_str()) {
        set_header(&mut response, "etag", &format!("\"{version}\""));
    }
    Ok(response)
}

/// 409 with what differs, when the caller read another version.
async fn check_version(ctx: &Ctx, resource: &ResourceDef, expected: Option<&str>, target: &Value, given: &Value) -> Result<()> {
    let current = target["version"].as_str().unwrap_or_default();
    let Some(expected) = expected.filter(|expected| *expected != current) else { return Ok(()) };
    let bases = base_values(ctx, resource, target, expected).await?;
    let fields = given
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, mine)| target.get(*name).is_some_and(|theirs| theirs != *mine))
        .map(|(name, mine)| FieldConflict {
            field: name.clone(),
            base: bases.get(name).cloned(),
            mine: mine.clone(),
            theirs: target[name].clone(),
        })
        .collect();
    Err(Problem::conflict(
        format!("{} was changed meanwhile (you have version {expected}, now it is {current})", resource.title(target)),
        Some(Conflict { current_version: current.into(), fields }),
    ))
}

const HISTORY: &str = "select changes from kernel.audit_log \
     where target_kind = $1 and target_id = $2 and outcome = 'ok' and changes::text <> '{}' order by at desc, id desc limit $3";

pub const STATEMENTS: &[&str] = &[HISTORY];

/// What each changed field was in the version the caller read: the `before` of the oldest change since.
async fn base_values(ctx: &Ctx, resource: &ResourceDef, target: &Value, expected: &str) -> Result<serde_json::Map<String, Value>> {
    let number = |text: &str| text.parse::<i64>().ok();
    let since =
        number(target["version"].as_str().unwrap_or_default()).zip(number(expected)).map_or(0, |(now, then)| (now - then).clamp(0, 100));
    let id = target["id"].as_str().unwrap_or_default();
    let rows = ctx.db().query(HISTORY, &[&resource.name, &id, &since]).await?;
    let mut bases = target.as_object().cloned().unwrap_or_default();
    for row in rows {
        let changes: Value = row.get(0);
        for (name, change) in changes.as_object().into_iter().flatten() {
            bases.insert(name.clone(), change["before"].clone());
        }
    }
    Ok(bases)
}
