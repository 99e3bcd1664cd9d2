//! `quarterdeck <collection> <verb>`: the same declarations that made the API and the pages, as commands.

pub mod args;
pub mod bulk;
pub mod find;
pub mod list;

use super::client::{Api, Request, segment};
use super::environment::Environment;
use super::exit::Failure;
use super::flags;
use super::input::Stdin;
use super::output::{self, Format};
use super::tree::{api_of, format_of, person_of};
use clap::ArgMatches;
use kernel::action::{ActionDef, ActionKind, Risk, TargetKind};
use kernel::resource::ResourceDef;
use reqwest::Method;
use serde_json::{Map, Value};

/// Runs one command of a collection.
///
/// # Errors
/// What the panel refuses; usage errors before anything is sent.
pub async fn run(
    registry: &kernel::Registry,
    resource: &ResourceDef,
    verb: &str,
    matches: &ArgMatches,
    environment: &Environment,
) -> Result<(), Failure> {
    let api = if in_person(resource, verb) { person_of(matches, environment)? } else { api_of(matches, environment)? };
    let format = format_of(matches);
    match verb {
        "list" => list::print(&api, &format!("/{}", resource.name), &[], matches, format, Some((registry, resource))).await,
        "get" => {
            let id = find::id(&api, resource, matches).await?;
            let reply = api.send(Request::get(&format!("/{}/{id}", resource.name))).await?;
            output::object(format, &reply.body)
        }
        verb => {
            Act { api: &api, registry, resource, action: action(resource, verb)?, matches, format, named: None }
                .run(&mut Stdin::of_process())
                .await
        }
    }
}

/// Does one action to an object whose id is known already.
///
/// # Errors
/// As [`run`].
pub async fn act_on(
    registry: &kernel::Registry,
    resource: &ResourceDef,
    verb: &str,
    id: String,
    matches: &ArgMatches,
    api: &Api,
) -> Result<(), Failure> {
    let (action, format) = (action(resource, verb)?, format_of(matches));
    Act { api, registry, resource, action, matches, format, named: Some(id) }.run(&mut Stdin::of_process()).await
}

/// What people do themselves, not their keys: with the session of the sign-in, while it lasts.
fn in_person(resource: &ResourceDef, verb: &str) -> bool {
    match resource.name {
        "keys" => matches!(verb, "create" | "add" | "update" | "rotate"),
        "elevations" => matches!(verb, "create" | "add" | "approve" | "deny"),
        _ => resource.action(verb).is_some_and(|action| action.in_person),
    }
}

fn action<'a>(resource: &'a ResourceDef, verb: &str) -> Result<&'a ActionDef, Failure> {
    let name = if verb == "add" && resource.action("add").is_none() { "create" } else { verb };
    resource.action(name).ok_or_else(|| Failure::usage(format!("quarterdeck: {} can't {verb}", resource.name)))
}

/// One action on its way.
struct Act<'a> {
    api: &'a Api,
    registry: &'a kernel::Registry,
    resource: &'a ResourceDef,
    action: &'a ActionDef,
    matches: &'a ArgMatches,
    format: Format,
    /// The id, where it isn't on the command line as such.
    named: Option<String>,
}

impl Act<'_> {
    async fn run(&self, stdin: &mut Stdin) -> Result<(), Failure> {
        let flags = args::flags_of(self.resource, self.action);
        if self.given("where").is_some() {
            // Flags that are required of one object are required of many as well.
            let input = flags::input(&flags, self.matches, stdin)?;
            return self.many(self.resolve(&flags, input).await?, stdin).await;
        }
        let input = flags::input(&flags, self.matches, stdin)?;
        if self.action.kind == ActionKind::Update && input.is_empty() {
            return Err(Failure::usage("quarterdeck: nothing to change: give at least one field, or --input FILE"));
        }
        let input = self.resolve(&flags, input).await?;
        let reply =
            if self.action.target == TargetKind::One { self.one(input, stdin).await? } else { self.without_target(input, stdin).await? };
        if reply.is_null() && self.format == Format::Table {
            output::note("Done.");
            return Ok(());
        }
        output::object(self.format, &reply)
    }

    fn given(&self, name: &str) -> Option<&str> {
        self.matches.try_get_one::<String>(name).ok().flatten().map(String::as_str)
    }

    fn ask(&self, what: &str, stdin: &mut Stdin) -> Result<(), Failure> {
        let said = self.matches.try_get_one::<bool>("yes").ok().flatten().copied().unwrap_or(false);
        if self.action.risk != Risk::Danger || said {
            return Ok(());
        }
        let consequence = self.action.confirm.map(|text| format!(" {text}")).unwrap_or_default();
        stdin.confirm(&format!("{} {what}?{consequence}", self.action.label))
    }

    async fn without_target(&self, input: Map<String, Value>, stdin: &mut Stdin) -> Result<Value, Failure> {
        self.ask(&args::one(self.resource), stdin)?;
        let path = match self.action.kind {
            ActionKind::Create => format!("/{}", self.resource.name),
            _ => format!("/{}/{}", self.resource.name, self.action.name),
        };
        Ok(self.api.send(Request::post(&path, &Value::Object(input))).await?.body)
    }

    async fn one(&self, input: Map<String, Value>, stdin: &mut Stdin) -> Result<Value, Failure> {
        let id = match &self.named {
            Some(id) => id.clone(),
            None => find::id(self.api, self.resource, self.matches).await?,
        };
        let object = format!("/{}/{id}", self.resource.name);
        let needs_version = self.resource.versioned && matches!(self.action.kind, ActionKind::Update | ActionKind::Delete);
        let mut version = self.given("if-match").map(str::to_owned);
        let asks = self.action.risk == Risk::Danger;
        let mut title = id.clone();
        if asks || (needs_version && version.is_none()) {
            let now = self.api.send(Request::get(&object)).await?;
            title = self.resource.title(&now.body);
            if needs_version && version.is_none() {
                version = now.header("etag").map(|tag| tag.trim_matches('"').to_owned());
            }
        }
        self.ask(&title, stdin)?;
        let (method, path) = match self.action.kind {
            ActionKind::Update => (Method::PATCH, object),
            ActionKind::Delete => (Method::DELETE, object),
            _ => (Method::POST, format!("{object}/{}", segment(self.action.name))),
        };
        let quoted = version.map(|v| if v == "*" { v } else { format!("\"{v}\"") });
        let headers: Vec<(&str, &str)> = quoted.iter().map(|v| ("if-match", v.as_str())).collect();
        let body = Value::Object(input);
        let body = (self.action.kind != ActionKind::Delete).then_some(&body);
        Ok(self.api.send(Request { method, path: &path, query: &[], headers: &headers, body }).await?.body)
    }

    /// Replaces names by ids in the fields that refer to other objects.
    async fn resolve(&self, flags: &[flags::Flag], mut input: Map<String, Value>) -> Result<Map<String, Value>, Failure> {
        for flag in flags {
            let Some(other) = flag.references.as_ref().and_then(|name| self.registry.resource(name)) else { continue };
            if let Some(Value::String(word)) = input.get(&flag.field) {
                let id = find::by_word(self.api, other, word).await?;
                input.insert(flag.field.clone(), id.into());
            }
        }
        Ok(input)
    }
}
