//! The OpenAPI 3.1 document, from the registry alone.

use http::Method;
use kernel::endpoint::{Access, Endpoint};
use kernel::registry::Registry;
use serde_json::{Map, Value, json};

/// The whole document.
#[must_use]
pub fn document(registry: &Registry, version: &str) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for endpoint in registry.endpoints() {
        let path = paths.entry(format!("/api/v1{}", endpoint.path)).or_insert_with(|| json!({}));
        path[endpoint.method.as_str().to_lowercase()] = operation(endpoint);
    }
    paths.sort_keys();
    let tags: Vec<Value> = registry.modules().iter().map(|m| json!({"name": m.name, "description": m.label})).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Quarterdeck",
            "version": version,
            "description": "The control plane for a platform you run yourself. Conventions are in docs/api.md.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}
        },
        "servers": [{"url": "/"}],
        "tags": tags,
        "security": [{"cookie": []}, {"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "cookie": {"type": "apiKey", "in": "cookie", "name": "qd_staff", "description": "Session of a member of staff; __Host-qd_staff over TLS"},
                "key": {"type": "http", "scheme": "bearer", "description": "An API key, qd_…"}
            },
            "schemas": {"Problem": problem()},
            "responses": {"Problem": {"description": "What went wrong (RFC 9457)", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}}
        }
    })
}

fn operation(endpoint: &Endpoint) -> Value {
    let mut parameters: Vec<Value> = path_parameters(&endpoint.path);
    parameters.extend(
        endpoint
            .parameters
            .iter()
            .map(|p| json!({"name": p.name, "in": p.place, "required": false, "description": p.description, "schema": {"type": "string"}})),
    );
    if endpoint.method == Method::POST {
        parameters.push(json!({"name": "Idempotency-Key", "in": "header", "required": false, "description": "The same key and body are done once", "schema": {"type": "string", "maxLength": 255}}));
    }
    let mut responses = Map::new();
    let mut success = json!({"description": "Done"});
    if let Some(answer) = &endpoint.answer {
        let mut media = json!({"schema": answer});
        if let Some(example) = endpoint.example.as_ref().filter(|e| !e.is_null()) {
            media["example"] = example.clone();
        }
        success["content"] = endpoint.answer_types.iter().map(|kind| ((*kind).to_owned(), media.clone())).collect::<Map<_, _>>().into();
    }
    responses.insert(endpoint.status.as_str().into(), success);
    responses.insert("default".into(), json!({"$ref": "#/components/responses/Problem"}));
    let mut operation = json!({
        "operationId": endpoint.id,
        "tags": [endpoint.module],
        "summary": endpoint.summary,
        "parameters": parameters,
        "responses": responses,
    });
    if let Some(body) = &endpoint.body {
        let kinds = if endpoint.streams { &["text/csv", "application/x-ndjson"][..] } else { &["application/json"] };
        let content: Map<String, Value> = kinds.iter().map(|kind| ((*kind).to_owned(), json!({"schema": body}))).collect();
        operation["requestBody"] = json!({"required": true, "content": content});
    }
    match &endpoint.access {
        Access::Public => operation["security"] = json!([]),
        Access::SignedIn => {}
        Access::Permission(name) => operation["x-permission"] = name.as_str().into(),
    }
    operation
}

fn path_parameters(path: &str) -> Vec<Value> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({"name": name.trim_start_matches('*'), "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect()
}

fn problem() -> Value {
    json!({"type": "object", "required": ["type", "title", "status", "detail", "request_id"], "properties": {
        "type": {"type": "string", "examples": ["/problems/validation"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string", "description": "W3C trace id; give it to support"},
        "permission": {"type": "string", "description": "The permission that is missing"},
        "errors": {"type": "array", "items": {"type": "object", "required": ["field", "code", "message"], "properties": {
            "field": {"type": "string"}, "code": {"type": "string"}, "message": {"type": "string"} }}},
        "conflict": {"type": "object", "properties": {
            "current_version": {"type": "string"},
            "fields": {"type": "array", "items": {"type": "object", "properties": {"field": {"type": "string"}, "base": {}, "mine": {}, "theirs": {}}}} }}
    }})
}
