//! What is declared says enough: words, icons, samples that fit, and an OpenAPI document that is the committed one.

use host::openapi;
use kernel::action::ActionKind;
use kernel::{Registry, input};
use quarterdeck::cli;
use std::collections::BTreeSet;
use std::path::Path;

fn registry() -> Registry {
    cli::registry().expect("the registry holds together")
}

fn committed(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}; run make gen", path.display()))
}

#[test]
fn the_committed_documents_are_what_the_registry_makes() {
    let registry = registry();
    let document = serde_json::to_string_pretty(&openapi::document(&registry, quarterdeck::product().version)).unwrap() + "\n";
    for (name, made) in [("docs/openapi.json", document), ("docs/cli.md", cli::reference::markdown(&registry))] {
        let kept = committed(name);
        let line = kept
            .lines()
            .zip(made.lines())
            .position(|(a, b)| a != b)
            .map_or_else(|| kept.lines().count().min(made.lines().count()) + 1, |at| at + 1);
        assert!(kept == made, "{name} differs from line {line} on; run make gen and look at what changed");
    }
}

#[test]
fn every_resource_has_its_words_and_a_sample_that_fits() {
    let registry = registry();
    let mut wrong = Vec::new();
    for resource in registry.resources() {
        let mut say = |what: String| wrong.push(format!("{}: {what}", resource.name));
        if resource.description.len() < 10 || resource.icon.is_empty() {
            say("a description and an icon".into());
        }
        if let Err(problem) = input::check(&resource.schema(), &resource.sample) {
            say(format!("its sample doesn't fit its schema: {:?}", problem.errors()));
        }
        let known: BTreeSet<&str> = resource.fields.iter().map(|f| f.name).chain(["id", "version"]).collect();
        for name in resource.sample.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).filter(|name| !known.contains(name)) {
            say(format!("its sample has {name}, which is no field"));
        }
        for field in &resource.fields {
            if let Some(other) = field.references.filter(|other| registry.resource(other).is_none()) {
                say(format!("{} refers to {other}, which is no resource", field.name));
            }
        }
        for action in &resource.actions {
            if action.input["type"] != "object" || action.input["additionalProperties"] != false {
                say(format!("the input of {} takes unknown fields", action.name));
            }
            if action.kind == ActionKind::Delete && action.confirm.is_none_or(str::is_empty) && action.risk != kernel::Risk::Danger {
                say("its deletion doesn't ask".into());
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_route_has_a_summary_and_an_example() {
    let registry = registry();
    let mut wrong = Vec::new();
    for endpoint in registry.endpoints() {
        if endpoint.summary.is_empty() {
            wrong.push(format!("{} has no summary", endpoint.id));
        }
        let plain = endpoint.answer.as_ref().is_some_and(|schema| schema.as_object().is_some_and(|s| !s.is_empty()));
        if plain && endpoint.example.as_ref().is_none_or(serde_json::Value::is_null) {
            wrong.push(format!("{} has an answer without an example", endpoint.id));
        }
        if let (Some(schema), Some(example)) =
            (endpoint.answer.as_ref().filter(|_| plain), endpoint.example.as_ref().filter(|e| !e.is_null()))
            && let Err(problem) = input::check(schema, example)
        {
            wrong.push(format!("{}: its example doesn't fit its schema: {:?}", endpoint.id, problem.errors()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_event_and_setting_is_named_after_what_it_belongs_to() {
    let registry = registry();
    let mut seen = BTreeSet::new();
    for event in registry.events() {
        assert!(event.split_once('.').is_some_and(|(noun, fact)| !noun.is_empty() && !fact.is_empty()), "{event} is no noun.fact");
        assert!(seen.insert(event), "{event} is declared twice");
    }
    for setting in registry.settings() {
        assert!(setting.key.starts_with(&format!("{}.", setting.module)), "{} belongs to {}", setting.key, setting.module);
        input::check(&setting.schema, &setting.default).unwrap_or_else(|p| panic!("the default of {} doesn't fit: {p}", setting.key));
        assert!(!setting.label.is_empty() && !setting.help.is_empty(), "{} has no words", setting.key);
    }
}
