//! Actions: what can be done to a noun. Create, update and delete are ordinary actions.

use crate::actor::Caller;
use crate::ctx::{Ctx, to_json};
use crate::input;
use crate::problem::Result;
pub use crate::resource::many::Many;
use futures::future::BoxFuture;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::marker::PhantomData;
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    Create,
    Update,
    Delete,
    Verb,
}

/// How a page asks before it acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// At once.
    Safe,
    /// After one question.
    Confirm,
    /// After a question that shows what goes; typed confirmation for many.
    Danger,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    One,
    None,
}

pub(crate) type RunMany = Arc<dyn for<'a> Fn(&'a mut Ctx, Many) -> BoxFuture<'a, Result<Value>> + Send + Sync>;
pub(crate) type Run = Arc<dyn for<'a> Fn(&'a mut Ctx, Value, Value) -> BoxFuture<'a, Result<Value>> + Send + Sync>;
type Guard = Arc<dyn Fn(&Caller, &Value) -> Option<String> + Send + Sync>;

/// An action, its types forgotten: what the registry keeps.
#[derive(Clone)]
pub struct ActionDef {
    pub name: &'static str,
    pub label: String,
    pub icon: &'static str,
    pub kind: ActionKind,
    pub target: TargetKind,
    pub bulk: bool,
    pub risk: Risk,
    /// Only people who are signed in, never keys.
    pub in_person: bool,
    /// What the dialog says will happen.
    pub confirm: Option<&'static str>,
    /// `collection:name`; set when the resource is declared.
    pub permission: String,
    /// Only staff do it, even where the noun is an organization's.
    pub platform_only: bool,
    /// About people, roles, keys, security or money: a level below `admin` takes it away.
    pub administrative: bool,
    pub input: Value,
    pub(crate) guards: Vec<Guard>,
    pub(crate) run: Run,
    /// How it is done to many by a few statements instead of one by one.
    pub(crate) run_many: Option<RunMany>,
}

impl ActionDef {
    /// Why this caller can't do it to this object, beyond permissions.
    #[must_use]
    pub fn refusal(&self, caller: &Caller, target: &Value) -> Option<String> {
        self.guards.iter().find_map(|guard| guard(caller, target))
    }

    /// Whether people are asked to prove who they are, when they haven't lately.
    #[must_use]
    pub fn step_up(&self) -> bool {
        self.in_person || self.risk == Risk::Danger
    }
}

/// Declares an action on objects of type `T`.
pub struct Action<T> {
    pub(crate) def: ActionDef,
    kind: PhantomData<fn(T)>,
}

/// An async function with a target: `async fn expire(ctx: &mut Ctx, coupon: Coupon, input: Expire) -> Result<Coupon>`.
pub trait OnOne<'a, T, I>: Send + Sync {
    type Answer: Serialize;
    type Future: Future<Output = Result<Self::Answer>> + Send + 'a;
    fn call(&self, ctx: &'a mut Ctx, target: T, input: I) -> Self::Future;
}

impl<'a, F, Fut, T, I, O> OnOne<'a, T, I> for F
where
    F: Fn(&'a mut Ctx, T, I) -> Fut + Send + Sync,
    Fut: Future<Output = Result<O>> + Send + 'a,
    O: Serialize,
{
    type Answer = O;
    type Future = Fut;
    fn call(&self, ctx: &'a mut Ctx, target: T, input: I) -> Fut {
        self(ctx, target, input)
    }
}

/// An async function without a target: `async fn invite(ctx: &mut Ctx, input: Invite) -> Result<Invited>`.
pub trait OnNone<'a, I>: Send + Sync {
    type Answer: Serialize;
    type Future: Future<Output = Result<Self::Answer>> + Send + 'a;
    fn call(&self, ctx: &'a mut Ctx, input: I) -> Self::Future;
}

impl<'a, F, Fut, I, O> OnNone<'a, I> for F
where
    F: Fn(&'a mut Ctx, I) -> Fut + Send + Sync,
    Fut: Future<Output = Result<O>> + Send + 'a,
    O: Serialize,
{
    type Answer = O;
    type Future = Fut;
    fn call(&self, ctx: &'a mut Ctx, input: I) -> Fut {
        self(ctx, input)
    }
}

impl<T: DeserializeOwned + Send + 'static> Action<T> {
    /// A verb on one object. `()` as input means that nothing is asked.
    pub fn new<I, F>(name: &'static str, run: F) -> Self
    where
        I: DeserializeOwned + JsonSchema + Send + 'static,
        F: for<'a> OnOne<'a, T, I> + 'static,
    {
        let run = Arc::new(run);
        Self::with(
            name,
            ActionKind::Verb,
            TargetKind::One,
            schema_of::<I>(),
            Arc::new(move |ctx, target, value| {
                let run = run.clone();
                Box::pin(async move {
                    let target = input::stored::<T>(target)?;
                    let value = input::parse::<I>(value)?;
                    to_json(run.call(ctx, target, value).await?)
                })
            }),
        )
    }

    /// A verb that needs no object, such as `invite`. The answer's `id`, when it has one, becomes the audited target.
    pub fn without_target<I, F>(name: &'static str, run: F) -> Self
    where
        I: DeserializeOwned + JsonSchema + Send + 'static,
        F: for<'a> OnNone<'a, I> + 'static,
    {
        let run = Arc::new(run);
        Self::with(
            name,
            ActionKind::Verb,
            TargetKind::None,
            schema_of::<I>(),
            Arc::new(move |ctx, _, value| {
                let run = run.clone();
                Box::pin(async move {
                    let value = input::parse::<I>(value)?;
                    to_json(run.call(ctx, value).await?)
                })
            }),
        )
    }

    /// `create` by the room's own function; the answer must carry the new `id`.
    pub fn create<I, F>(run: F) -> Self
    where
        I: DeserializeOwned + JsonSchema + Send + 'static,
        F: for<'a> OnNone<'a, I> + 'static,
    {
        let mut made = Self::without_target("create", run);
        made.def.kind = ActionKind::Create;
        made.def.icon = "plus";
        made
    }

    /// `update` by the room's own function.
    pub fn update<I, F>(run: F) -> Self
    where
        I: DeserializeOwned + JsonSchema + Send + 'static,
        F: for<'a> OnOne<'a, T, I> + 'static,
    {
        let mut made = Self::new("update", run);
        made.def.kind = ActionKind::Update;
        made.def.icon = "pencil";
        made
    }

    /// `delete` by the room's own function, which takes no input.
    pub fn delete<F>(run: F) -> Self
    where
        F: for<'a> OnOne<'a, T, ()> + 'static,
    {
        let mut made = Self::new("delete", run).risk(Risk::Danger);
        made.def.kind = ActionKind::Delete;
        made.def.icon = "trash-2";
        made
    }

    pub(crate) fn with(name: &'static str, kind: ActionKind, target: TargetKind, input: Value, run: Run) -> Self {
        let label = name.replace('-', " ");
        let mut chars = label.chars();
        let label = chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default();
        Self {
            def: ActionDef {
                name,
                label,
                icon: "play",
                kind,
                target,
                bulk: false,
                risk: Risk::Safe,
                in_person: false,
                confirm: None,
                permission: String::new(),
                platform_only: false,
                administrative: false,
                input,
                guards: Vec::new(),
                run,
                run_many: None,
            },
            kind: PhantomData,
        }
    }

    #[must_use]
    pub fn label(mut self, label: &str) -> Self {
        self.def.label = label.into();
        self
    }

    #[must_use]
    pub fn icon(mut self, icon: &'static str) -> Self {
        self.def.icon = icon;
        self
    }

    #[must_use]
    pub fn risk(mut self, risk: Risk) -> Self {
        self.def.risk = risk;
        self
    }

    /// What the dialog says will happen; asks at least once.
    #[must_use]
    pub fn confirm(mut self, text: &'static str) -> Self {
        self.def.confirm = Some(text);
        if self.def.risk == Risk::Safe {
            self.def.risk = Risk::Confirm;
        }
        self
    }

    /// Only by people who have just proved who they are (`Risk::Danger` asks for that by itself); never by keys.
    #[must_use]
    pub fn in_person(mut self) -> Self {
        self.def.in_person = true;
        self
    }

    /// May also be done to all that match a filter, as one transaction.
    #[must_use]
    pub fn bulk(mut self) -> Self {
        self.def.bulk = true;
        self
    }

    /// The same by a few statements that take all of them, as many as [`Many::MOST`]. `run` answers with `changed` and
    /// whatever else there is to say; it is written down once.
    #[must_use]
    pub fn bulk_at_once<F>(mut self, run: F) -> Self
    where
        F: for<'a> OnNone<'a, Many> + 'static,
    {
        let run = Arc::new(run);
        self.def.run_many = Some(Arc::new(move |ctx, many| {
            let run = run.clone();
            Box::pin(async move { to_json(run.call(ctx, many).await?) })
        }));
        self.bulk()
    }

    /// Only staff do it, even where the noun is an organization's.
    #[must_use]
    pub fn platform_only(mut self) -> Self {
        self.def.platform_only = true;
        self
    }

    /// About people, roles, keys, security or money: a level below `admin` takes it away.
    #[must_use]
    pub fn administrative(mut self) -> Self {
        self.def.administrative = true;
        self
    }

    /// Only while the object is in the right state; otherwise `reason` is what people read. Narrows, never widens.
    #[must_use]
    pub fn when(self, holds: impl Fn(&T) -> bool + Send + Sync + 'static, reason: &'static str) -> Self {
        self.guard(move |_, target| (!holds(target)).then(|| reason.to_owned()))
    }

    /// Like [`Action::when`], for rules that look at the caller too.
    #[must_use]
    pub fn guard(mut self, refuses: impl Fn(&Caller, &T) -> Option<String> + Send + Sync + 'static) -> Self {
        self.def.guards.push(Arc::new(move |caller, target| match input::stored::<T>(target.clone()) {
            Ok(target) => refuses(caller, &target),
            Err(problem) => Some(problem.to_string()),
        }));
        self
    }
}

/// The JSON Schema of an input type; unknown fields are refused unless the type says otherwise.
#[must_use]
pub fn schema_of<I: JsonSchema>() -> Value {
    let mut schema = schemars::generate::SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.meta_schema = None;
            settings.inline_subschemas = true;
        })
        .into_generator()
        .into_root_schema_for::<I>()
        .to_value();
    if schema["type"] == "null" {
        return json!({"type": "object", "properties": {}, "additionalProperties": false});
    }
    if let Value::Object(map) = &mut schema {
        map.remove("title");
        if map.get("type").is_some_and(|kind| kind == "object") {
            map.entry("additionalProperties").or_insert(false.into());
            map.entry("properties").or_insert_with(|| json!({}));
        }
    }
    schema
}
