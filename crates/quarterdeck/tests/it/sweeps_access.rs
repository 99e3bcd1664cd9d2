//! Every route as nobody, as somebody without a single permission, and as a developer, who sees all and changes nothing.

use crate::sweeps_console::ONLY_READS;
use crate::sweeps_world::{FUNCTION, TABLE, World};
use http::Method;
use kernel::Access;
use kernel::endpoint::Endpoint;
use serde_json::{Value, json};
use std::collections::HashMap;
use testkit::{Answer, Client};

/// An id that nothing has.
const NOBODYS: &str = "0190b6c8-0000-7000-8000-000000000000";

/// The path of a route with a real object in each place, so that a refusal can't hide behind "not found".
struct Places(HashMap<String, String>);

impl Places {
    async fn new(world: &World) -> Self {
        let mut ids = HashMap::new();
        let names: Vec<&str> = world.app.app.registry.resources().iter().map(|r| r.name).collect();
        for name in names {
            ids.insert(name.to_owned(), world.fresh(name).await);
        }
        Self(ids)
    }

    fn path(&self, world: &World, endpoint: &Endpoint) -> String {
        let collection = endpoint.path.trim_start_matches('/').split('/').next().unwrap_or_default();
        let key = world.app.app.settings.views()[0].key;
        let path = endpoint
            .path
            .replace("{key}", key)
            .replace("{source}", "main")
            .replace("{schema}", "public")
            .replace("{table}", TABLE)
            .replace("{format}", "csv");
        let path = path.replace("{factor}", NOBODYS).replace("{session}", NOBODYS).replace("{organization}", NOBODYS);
        let path =
            path.replace("{function}", FUNCTION).replace("{provider}", "nowhere").replace("{identity}", NOBODYS).replace("{run}", NOBODYS);
        let path = path.replace("{id}", self.0.get(collection).map_or(NOBODYS, String::as_str));
        assert!(!path.contains('{'), "{}: the sweep doesn't know what to put into {path}", endpoint.id);
        // What references a row, or happened to it, can only be asked of a row.
        let query = match endpoint.id.as_str() {
            "explorer.references" | "rows.history" => "?id=eq.1".to_owned(),
            "work.schedule-runs" => "?cron=17%203%20*%20*%20*&zone=UTC".to_owned(),
            "explorer.facets" => "?column=name".to_owned(),
            "identity.explain" => format!("?kind=staff&id={}", self.0["staff"]),
            "identity.limits" => format!("?organization_id={}", self.0["organizations"]),
            _ => String::new(),
        };
        format!("/api/v1{path}{query}")
    }
}

async fn call(client: &Client, endpoint: &Endpoint, path: &str) -> Answer {
    if endpoint.id == "rows.live" {
        // Let in, it has no end.
        let answer = client.open(Method::GET, path, &[], None).await;
        if answer.status() == 200 {
            let (parts, _) = answer.into_parts();
            return Answer { status: 200, headers: parts.headers, body: json!(null), text: String::new() };
        }
    }
    let body = endpoint.mutates().then(|| json!({}));
    client.send(endpoint.method.clone(), path, &[("if-match", "*")], body).await
}

/// Calls every route that `which` picks and collects those whose status is not `right`.
async fn sweep(
    world: &World,
    places: &Places,
    client: &Client,
    which: impl Fn(&Endpoint) -> bool,
    right: impl Fn(u16) -> bool,
) -> (usize, Vec<String>) {
    let (mut count, mut wrong) = (0, Vec::new());
    for endpoint in world.app.app.registry.endpoints().iter().filter(|e| which(e)) {
        let answer = call(client, endpoint, &places.path(world, endpoint)).await;
        count += 1;
        if !right(answer.status) {
            wrong.push(format!("{} answered {} {}", endpoint.id, answer.status, answer.text));
        }
    }
    (count, wrong)
}

/// Asking for more rights changes nothing by itself, and how one looks at lists is one's own business, as is one's history.
const OWN: [&str; 11] = [
    "elevations.create",
    "saved-views.create",
    "saved-views.update",
    "saved-views.delete",
    "saved-views.delete.many",
    "saved-queries.create",
    "saved-queries.update",
    "saved-queries.delete",
    "saved-queries.delete.many",
    "query-runs.delete",
    "query-runs.delete.many",
];
/// What takes more than to look: a whole table as a file, files that somebody brings, and changes of whole tables.
const TAKING: [&str; 12] = [
    "audit.export",
    "rows.export",
    "row-exports.list",
    "row-exports.all",
    "row-exports.get",
    "row-exports.file",
    "row-exports.file-head",
    "row-imports.list",
    "row-imports.get",
    "row-imports.refused",
    "row-batches.list",
    "row-batches.get",
];
/// What is shown to nobody but whoever made it.
const PRIVATE: [&str; 2] = ["query-runs.get", "query-runs.actions"];

fn needs_permission(endpoint: &Endpoint) -> bool {
    matches!(endpoint.access, Access::Permission(_))
}

#[tokio::test]
async fn nobody_gets_past_any_door() {
    let world = World::new().await;
    let places = Places::new(&world).await;
    let (count, wrong) = sweep(&world, &places, &world.app.nobody(), |e| e.access != Access::Public, |status| status == 401).await;
    assert!(count > 60 && wrong.is_empty(), "{count} routes\n{}", wrong.join("\n"));
    let stale = world.app.nobody().with_key("qd_nonsense");
    let (_, wrong) = sweep(&world, &places, &stale, |e| e.access != Access::Public, |status| status == 401).await;
    assert!(wrong.is_empty(), "with a made-up key:\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn somebody_without_permissions_sees_and_changes_nothing() {
    let world = World::new().await;
    let places = Places::new(&world).await;
    let role = world.owner.post("/api/v1/roles", json!({"name": "nothing", "label": "Nothing", "permissions": []})).await.expect(201);
    let (stranger, _) = world.staff(role["id"].as_str().unwrap()).await;
    let (count, wrong) = sweep(&world, &places, &stranger, needs_permission, |status| status == 403 || status == 404).await;
    assert!(count > 60 && wrong.is_empty(), "{count} routes\n{}", wrong.join("\n"));
    let meta = stranger.get("/api/v1/meta").await.expect(200);
    let offered: Vec<&Value> = meta["resources"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|r| r["can_read"] == true || r["actions"].as_array().unwrap().iter().any(|a| a["allowed"] == true))
        .collect();
    assert!(offered.is_empty(), "the registry offers {offered:?}");
    let found = stranger.get("/api/v1/search?q=example").await.expect(200);
    assert_eq!(found.body, json!([]), "search finds nothing that can't be read");
}

#[tokio::test]
async fn a_developer_sees_everything_and_changes_nothing() {
    let world = World::new().await;
    let places = Places::new(&world).await;
    let role = world.role("developer", "platform").await;
    let (developer, _) = world.staff(&role).await;
    let (count, wrong) = sweep(
        &world,
        &places,
        &developer,
        |e| needs_permission(e) && e.mutates() && !OWN.contains(&e.id.as_str()) && !ONLY_READS.contains(&e.id.as_str()),
        |status| status == 403,
    )
    .await;
    assert!(count > 30 && wrong.is_empty(), "{count} changes\n{}", wrong.join("\n"));
    let (count, wrong) = sweep(
        &world,
        &places,
        &developer,
        |e| needs_permission(e) && !e.mutates() && !TAKING.contains(&e.id.as_str()) && !PRIVATE.contains(&e.id.as_str()),
        |status| status == 200,
    )
    .await;
    assert!(count > 20 && wrong.is_empty(), "{count} reads\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_key_can_do_no_more_than_its_scopes() {
    let world = World::new().await;
    let places = Places::new(&world).await;
    let made = world.owner.post("/api/v1/keys", json!({"name": "reader", "scopes": ["users:read"]})).await.expect(201);
    let script = world.app.nobody().with_key(made["key"].as_str().unwrap());
    script.get("/api/v1/users").await.expect_status(200);
    let others = |e: &Endpoint| matches!(&e.access, Access::Permission(p) if p != "users:read");
    let (count, wrong) = sweep(&world, &places, &script, others, |status| status == 403 || status == 404).await;
    assert!(count > 60 && wrong.is_empty(), "{count} routes\n{}", wrong.join("\n"));
}
