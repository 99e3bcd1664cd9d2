//! Two organizations, every route, every role of an organization: real members of one call everything there is and
//! get nothing of the other, nothing of the platform, and no error of the database.

use crate::sweeps_world::World;
use futures::future::BoxFuture;
use host::boot::{Parts, Product, Rooms};
use http::HeaderMap;
use kernel::actor::Scope as Acting;
use kernel::endpoint::Endpoint;
use kernel::{Access, Actor, ActorKind, App, Authenticate, Caller, Permissions, RequestInfo, Result, Scope};
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::{Client, TestApp};
use uuid::Uuid;

/// `user/organization`, and `*` after it for a member who wrongly holds everything.
const HEADER: &str = "x-test-member";

/// Members are let in by a header, and looked up as sign-in looks them up.
struct Members(Arc<dyn Authenticate>);

impl Authenticate for Members {
    fn authenticate<'a>(
        &'a self,
        app: &'a Arc<App>,
        headers: &'a HeaderMap,
        request: &'a RequestInfo,
    ) -> BoxFuture<'a, Result<Option<Caller>>> {
        let Some(member) = headers.get(HEADER).and_then(|h| h.to_str().ok()) else { return self.0.authenticate(app, headers, request) };
        let parts: Vec<&str> = member.split('/').collect();
        let (user, organization) = (Uuid::parse_str(parts[0]).unwrap(), Uuid::parse_str(parts[1]).unwrap());
        let wrongly = parts.len() > 2;
        Box::pin(async move {
            let tx = app.db.begin(&Caller::system("authenticate"), app.clock.now()).await?;
            let found = identity::member::find(tx.db(), user, organization).await?;
            tx.rollback().await?;
            Ok(found.map(|member| Caller {
                actor: Actor { kind: ActorKind::Person, id: Some(user), label: "Grace".into() },
                subject: None,
                seen_as: None,
                scope: Acting::Organization(organization),
                permissions: if wrongly { Permissions::everything() } else { member.elevated(&app.registry, true, app.clock.now()).0 },
                role: member.role,
                session: Some(member.id),
                proved_at: Some(app.clock.now()),
            }))
        })
    }

    fn forget(&self) {
        self.0.forget();
    }
}

/// The product, into which members come by [`HEADER`].
pub fn product() -> Product {
    fn rooms(parts: Parts) -> Rooms {
        let rooms = (quarterdeck::product().rooms)(parts);
        Rooms { auth: Arc::new(Members(rooms.auth)), modules: rooms.modules, plugged: rooms.plugged }
    }
    Product { rooms, ..quarterdeck::product() }
}

/// Somebody with this role and level in an organization, calling for it.
pub async fn member(world: &World, organization: &str, role: &str, level: &str) -> (Client, String) {
    let user = world.fresh("users").await;
    let role = world.role(role, "organization").await;
    let body = json!({"organization_id": organization, "user_id": user, "role_id": role, "level": level});
    let membership = world.owner.post("/api/v1/memberships", body).await.expect(201)["id"].as_str().unwrap().to_owned();
    (world.app.nobody().with_header(HEADER, &format!("{user}/{organization}")), membership)
}

async fn organization(world: &World, name: &str) -> String {
    world.owner.post("/api/v1/organizations", json!({"name": name})).await.expect(201)["id"].as_str().unwrap().to_owned()
}

fn path(world: &World, endpoint: &Endpoint, id: &str) -> String {
    let key = world.app.app.settings.views()[0].key;
    let path = endpoint.path.replace("{key}", key).replace("{source}", "main").replace("{schema}", "public");
    format!(
        "/api/v1{}",
        path.replace("{function}", crate::sweeps_world::FUNCTION).replace("{table}", crate::sweeps_world::TABLE).replace("{id}", id)
    )
}

/// An object of theirs for each collection that belongs to organizations.
async fn objects(world: &World, organization: &str, membership: &str) -> Vec<(&'static str, String)> {
    let mut objects = Vec::new();
    for resource in world.app.app.registry.resources().iter().filter(|r| r.scope == Scope::Organization) {
        let id = match resource.name {
            "memberships" => membership.to_owned(),
            "organizations" => organization.to_owned(),
            _ => {
                let db = world.app.database().await;
                let sql = format!("select id::text from {} where organization_id = $1::text::uuid limit 1", resource.table);
                let row = db.query_opt(&sql, &[&organization]).await.unwrap();
                row.unwrap_or_else(|| panic!("the sweep has no {} of an organization", resource.name)).get(0)
            }
        };
        objects.push((resource.name, id));
    }
    objects
}

#[tokio::test]
async fn members_get_nothing_of_the_platform_or_of_another_organization() {
    let world = World::of(TestApp::start(product()).await).await;
    let (ours, theirs) = (organization(&world, "Ours").await, organization(&world, "Theirs").await);
    world.fresh("users").await;
    for organization in [&ours, &theirs] {
        crate::sweeps_tenants::by_hand(&world, Uuid::parse_str(organization).unwrap()).await;
    }
    kernel::audit::seal(&world.app.app).await.unwrap();
    let (_, their_membership) = member(&world, &theirs, "admin", "admin").await;
    let their_user =
        world.owner.get(&format!("/api/v1/memberships/{their_membership}")).await.expect(200)["user_id"].as_str().unwrap().to_owned();
    let others = objects(&world, &theirs, &their_membership).await;
    let secrets: Vec<&str> = others.iter().map(|(_, id)| id.as_str()).chain([theirs.as_str(), their_user.as_str(), "Theirs"]).collect();

    let mut callers = Vec::new();
    for (role, level) in
        [("admin", "admin"), ("admin", "read_write"), ("manager", "admin"), ("member", "read_write"), ("viewer", "read_only")]
    {
        callers.push((format!("{role}/{level}"), member(&world, &ours, role, level).await.0));
    }
    let user = world.fresh("users").await;
    let viewer = world.role("viewer", "organization").await;
    let body = json!({"organization_id": ours, "user_id": user, "role_id": viewer});
    world.owner.post("/api/v1/memberships", body).await.expect_status(201);
    callers.push(("who wrongly holds *".into(), world.app.nobody().with_header(HEADER, &format!("{user}/{ours}/*"))));

    let (mut calls, mut wrong) = (0, Vec::new());
    for (who, client) in &callers {
        for endpoint in world.app.app.registry.endpoints().iter().filter(|e| e.access != Access::Public) {
            let collection = endpoint.path.trim_start_matches('/').split('/').next().unwrap_or_default();
            let id = others.iter().find(|(name, _)| *name == collection).map_or("0190b6c8-0000-7000-8000-000000000000", |(_, id)| id);
            let many = endpoint.id.ends_with(".many");
            let body = if many { json!({"filter": format!("id=eq.{id}"), "expected": 1}) } else { json!({}) };
            let query = if endpoint.id == "system.search" { "?q=Theirs" } else { "" };
            let address = format!("{}{query}", path(&world, endpoint, id));
            let answer = client.send(endpoint.method.clone(), &address, &[("if-match", "*")], endpoint.mutates().then_some(body)).await;
            calls += 1;
            let complaint = |what: &str| {
                format!("{who}: {} answered {} {what}: {}", endpoint.id, answer.status, answer.text.chars().take(300).collect::<String>())
            };
            if endpoint.scope == Scope::Platform && answer.status != 403 {
                wrong.push(complaint("where only staff may"));
            }
            if answer.status >= 500 {
                wrong.push(complaint("instead of a refusal"));
            }
            // A refusal may repeat what was asked, and so may the trail of refusals; an answer may not tell anything.
            let asked = |secret: &&&str| collection == "audit" && others.iter().any(|(_, id)| id == **secret);
            if answer.status < 400 && secrets.iter().filter(|s| !asked(s)).any(|secret| answer.text.contains(secret)) {
                wrong.push(complaint("with something of the other organization"));
            }
            if answer.status < 400 && endpoint.path.contains("{id}") {
                wrong.push(complaint("for an object of the other organization"));
            }
            if answer.status < 400 && many {
                wrong.push(complaint("for objects of the other organization"));
            }
        }
    }
    assert!(calls > 300 && wrong.is_empty(), "{calls} calls\n{}", wrong.join("\n"));
    let left = world.owner.get(&format!("/api/v1/memberships/{their_membership}")).await.expect(200);
    assert_eq!(left["level"], "admin", "nothing of theirs has changed");
}

#[tokio::test]
async fn members_can_list_what_is_theirs() {
    let world = World::of(TestApp::start(product()).await).await;
    let ours = organization(&world, "Ours").await;
    world.fresh("users").await;
    crate::sweeps_tenants::by_hand(&world, Uuid::parse_str(&ours).unwrap()).await;
    kernel::audit::seal(&world.app.app).await.unwrap();
    let (admin, membership) = member(&world, &ours, "admin", "admin").await;
    for (name, id) in objects(&world, &ours, &membership).await {
        let found = admin.get(&format!("/api/v1/{name}?id=eq.{id}")).await.expect(200);
        assert_eq!(found.body.as_array().map(Vec::len), Some(1), "{name}: {}", found.text);
        admin.get(&format!("/api/v1/{name}/{id}")).await.expect_status(200);
        admin.get(&format!("/api/v1/{name}/{id}/actions")).await.expect_status(200);
    }
    let meta = admin.get("/api/v1/meta").await.expect(200).body;
    let readable = |name: &str| meta["resources"].as_array().unwrap().iter().find(|r| r["name"] == name).unwrap()["can_read"].clone();
    assert_eq!((readable("memberships"), readable("users")), (Value::Bool(true), Value::Bool(false)));
    let pages: Vec<&Value> = meta["pages"].as_array().unwrap().iter().filter(|p| p["allowed"] == true).map(|p| &p["name"]).collect();
    assert!(pages.is_empty(), "pages of the platform: {pages:?}");
}

#[tokio::test]
async fn a_suspended_or_removed_member_holds_nothing() {
    let world = World::of(TestApp::start(product()).await).await;
    let ours = organization(&world, "Ours").await;
    let (admin, _) = member(&world, &ours, "admin", "admin").await;
    let (viewer, membership) = member(&world, &ours, "viewer", "read_only").await;
    viewer.get("/api/v1/memberships").await.expect_status(200);
    world
        .owner
        .send(http::Method::DELETE, &format!("/api/v1/memberships/{membership}"), &[("if-match", "*")], None)
        .await
        .expect_status(204);
    viewer.get("/api/v1/memberships").await.expect_status(401);
    let db = world.app.database().await;
    db.execute("update identity.organizations set status = 'suspended' where id = $1::text::uuid", &[&ours]).await.unwrap();
    admin.get("/api/v1/memberships").await.expect_status(401);
}
