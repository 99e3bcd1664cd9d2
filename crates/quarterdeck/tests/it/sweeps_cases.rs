//! What the sweeps send: for every operation that changes something, a request that works. Ordinary actions are made
//! from their declaration (sample and input schema), so a new noun is driven without a line here; what needs a
//! prepared world has its case below. An operation that neither can drive fails the sweep by name.

use crate::sweeps_doors;
use kernel::action::{ActionDef, ActionKind, TargetKind};
use kernel::endpoint::Endpoint;
use kernel::resource::ResourceDef;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use testkit::{Client, OWNER_EMAIL, PASSWORD, TestApp};

/// A platform with its owner, and a table of the administered database to work on.
pub struct World {
    pub app: TestApp,
    pub owner: Client,
    made: AtomicU32,
}

/// One request, ready to be sent.
pub struct Drive {
    /// Somebody else than the owner, where the operation is theirs.
    pub who: Option<Client>,
    /// Below `/api/v1`.
    pub path: String,
    pub body: Value,
    pub headers: Vec<(&'static str, String)>,
}

impl Drive {
    pub fn of(path: impl Into<String>, body: Value) -> Self {
        Self { who: None, path: path.into(), body, headers: Vec::new() }
    }

    pub fn by(mut self, who: Client) -> Self {
        self.who = Some(who);
        self
    }

    fn any_version(mut self) -> Self {
        self.headers.push(("if-match", "*".into()));
        self
    }
}

/// The table that the rows API is driven on.
pub const TABLE: &str = "sweep_rows";

impl World {
    pub async fn new() -> Self {
        Self::of(TestApp::start(quarterdeck::product()).await).await
    }

    pub async fn of(app: TestApp) -> Self {
        let db = app.database().await;
        db.batch_execute(&format!(
            "create table public.{TABLE} (id int primary key, name text); insert into public.{TABLE} values (1, 'one'), (2, 'two')"
        ))
        .await
        .unwrap();
        let owner = app.owner().await;
        Self { app, owner, made: AtomicU32::new(0) }
    }

    pub fn next(&self) -> u32 {
        self.made.fetch_add(1, Ordering::Relaxed)
    }

    async fn made(&self, path: &str, body: Value) -> Value {
        let answer = self.owner.post(&format!("/api/v1{path}"), body).await;
        assert!((200..300).contains(&answer.status), "preparing {path}: {}", answer.text);
        answer.body
    }

    pub async fn role(&self, name: &str, scope: &str) -> String {
        let roles = self.owner.get(&format!("/api/v1/roles?name=eq.{name}&scope=eq.{scope}")).await.expect(200);
        roles[0]["id"].as_str().unwrap_or_else(|| panic!("there is no role {name}")).to_owned()
    }

    /// A member of staff with this role, signed in, and their id.
    pub async fn staff(&self, role_id: &str) -> (Client, String) {
        let email = format!("staff{}@example.com", self.next());
        self.staff_at(role_id, &email).await
    }

    pub async fn staff_at(&self, role_id: &str, email: &str) -> (Client, String) {
        let invited = self.made("/staff/invite", json!({"email": email, "role_id": role_id})).await;
        let client = self.app.nobody();
        client
            .post("/api/v1/invitation", json!({"token": token(&invited), "name": "Grace", "password": PASSWORD}))
            .await
            .expect_status(201);
        let id = self.owner.get(&format!("/api/v1/staff?email=eq.{email}")).await.expect(200)[0]["id"].as_str().unwrap().to_owned();
        (client, id)
    }

    /// A new role of staff that nobody has.
    async fn own_role(&self) -> String {
        let name = format!("guard{}", self.next());
        let role = self.made("/roles", json!({"scope": "platform", "name": name, "label": name, "permissions": ["users:read"]})).await;
        role["id"].as_str().unwrap_or_default().to_owned()
    }

    /// A source that leads back to the database of this test.
    fn own_url(&self) -> String {
        format!("postgresql:///{}", self.app.database)
    }

    /// The id of a new object of a collection, in the state that most actions want.
    pub async fn fresh(&self, collection: &str) -> String {
        let n = self.next();
        let id = |object: &Value| object["id"].as_str().unwrap_or_default().to_owned();
        match collection {
            "staff" => {
                let role = self.role("operator", "platform").await;
                self.staff(&role).await.1
            }
            "invitations" => {
                let role = self.role("operator", "platform").await;
                let invited = self.made("/staff/invite", json!({"email": format!("invited{n}@example.com"), "role_id": role})).await;
                invited["invitation_id"].as_str().unwrap().to_owned()
            }
            "user-imports" => {
                let text = format!("email,name\nimported{n}@example.com,Grace\n");
                id(&self.made("/user-imports", json!({"name": "people.csv", "text": text})).await)
            }
            "user-invitations" => {
                let invited = self.made("/users/invite", json!({"email": format!("guest{n}@example.com")})).await;
                invited["invitation_id"].as_str().unwrap().to_owned()
            }
            "sessions" => {
                let there = self.owner.get("/api/v1/sessions?limit=1000").await.expect(200).body;
                let before: Vec<String> = there.as_array().unwrap().iter().map(id).collect();
                self.app.sign_in(OWNER_EMAIL).await;
                let now = self.owner.get("/api/v1/sessions?limit=1000").await.expect(200).body;
                now.as_array().unwrap().iter().map(id).find(|id| !before.contains(id)).expect("a new session is listed")
            }
            "elevations" => {
                let role = self.role("developer", "platform").await;
                let (somebody, _) = self.staff(&role).await;
                let body = json!({"role_id": self.role("operator", "platform").await, "reason": "a test", "minutes": 60});
                id(&somebody.post("/api/v1/elevations", body).await.expect(201).body)
            }
            "impersonations" => {
                let user = Box::pin(self.fresh("users")).await;
                let begun = self.made(&format!("/users/{user}/impersonate"), json!({"reason": "a test"})).await;
                begun["impersonation_id"].as_str().unwrap().to_owned()
            }
            "user-sessions" => {
                let email = format!("person{n}@example.com");
                self.app.user(&self.owner, &email).await;
                let user = id(&self.owner.get(&format!("/api/v1/users?email=eq.{email}")).await.expect(200)[0]);
                id(&self.owner.get(&format!("/api/v1/user-sessions?user_id=eq.{user}")).await.expect(200)[0])
            }
            "audit" => {
                self.app.audit().await;
                id(&self.owner.get("/api/v1/audit?limit=1").await.expect(200)[0])
            }
            "memberships" => {
                let (organization, user) = (Box::pin(self.fresh("organizations")).await, Box::pin(self.fresh("users")).await);
                let role = self.role("member", "organization").await;
                id(&self.made("/memberships", json!({"organization_id": organization, "user_id": user, "role_id": role})).await)
            }
            "sources" => id(&self.made("/sources", json!({"name": format!("source{n}"), "url": self.own_url()})).await),
            "keys" => id(&self.made("/keys", json!({"name": format!("key {n}"), "scopes": ["users:read"]})).await),
            // The first network must let the owner in, who comes from this machine.
            "restrictions" => {
                let networks = self.owner.get("/api/v1/restrictions?organization_id=is.null").await.expect(200).body;
                if networks.as_array().is_none_or(Vec::is_empty) {
                    self.made("/restrictions", json!({"network": "127.0.0.0/8"})).await;
                }
                id(&self.made("/restrictions", json!({"network": format!("10.{}.{}.0/24", n / 250, n % 250)})).await)
            }
            "hours" => {
                let role = self.own_role().await;
                let hours = json!({"role_id": role, "weekdays": ["mon"], "opens": "07:00", "closes": "19:00", "time_zone": "UTC"});
                id(&self.made("/hours", hours).await)
            }
            "accesses" => {
                let made = self.made("/keys", json!({"name": format!("key {n}"), "scopes": ["users:read"]})).await;
                self.app.nobody().with_key(made["key"].as_str().unwrap()).get("/api/v1/users").await.expect_status(200);
                self.app.app.auth.settle(&self.app.app).await.unwrap();
                id(&self.owner.get(&format!("/api/v1/accesses?key_id=eq.{}", id(&made))).await.expect(200)[0])
            }
            other => {
                let resource = self.app.app.registry.resource(other).unwrap_or_else(|| panic!("no resource {other}")).clone();
                let action = resource
                    .actions
                    .iter()
                    .find(|a| a.kind == ActionKind::Create)
                    .unwrap_or_else(|| panic!("{other} has no create: say in World::fresh how one comes to be"));
                let input = self.input(&resource, action).await;
                id(&self.made(&format!("/{other}"), input).await)
            }
        }
    }

    /// An input for an action: what is required, from the sample where it fits, else made up from the schema.
    async fn input(&self, resource: &ResourceDef, action: &ActionDef) -> Value {
        let mut input = Map::new();
        let required: Vec<&str> = action.input["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let properties = action.input["properties"].as_object().cloned().unwrap_or_default();
        let least = if required.is_empty() && action.input["minProperties"] == 1 { 1 } else { 0 };
        let optional = properties.keys().map(String::as_str).filter(|p| !required.contains(p)).take(least);
        for name in required.iter().copied().chain(optional) {
            let value = self.value(resource, name, &properties[name]).await;
            input.insert(name.to_owned(), value);
        }
        Value::Object(input)
    }

    async fn value(&self, resource: &ResourceDef, name: &str, schema: &Value) -> Value {
        let field = resource.field(name);
        if let Some(other) = schema["x-references"].as_str().or(field.and_then(|f| f.references)) {
            return Box::pin(self.fresh(other)).await.into();
        }
        let n = self.next();
        if schema["format"] == "email" {
            return format!("somebody{n}@example.com").into();
        }
        let sample = &resource.sample[name];
        let kind = schema["type"].as_str().or_else(|| schema["type"].as_array()?.first()?.as_str()).unwrap_or("string");
        match kind {
            _ if !sample.is_null() && !sample.is_string() && field.is_none_or(|f| !f.unique) => sample.clone(),
            "string" if schema["enum"].is_array() => schema["enum"][0].clone(),
            "string" if schema["format"] == "password" => PASSWORD.into(),
            "string" => format!("{}{n}", sample.as_str().map_or("text", |_| "sample")).into(),
            "integer" | "number" => schema["minimum"].as_i64().unwrap_or(1).into(),
            "boolean" => true.into(),
            "array" => json!([]),
            _ => json!({}),
        }
    }
}

/// The token of a one-time link.
fn token(answer: &Value) -> String {
    answer["link"]
        .as_str()
        .and_then(|link| link.split("token=").nth(1))
        .unwrap_or_else(|| panic!("no link with a token in {answer}"))
        .to_owned()
}

/// A request that does what the operation is for; none when nobody has said how.
pub async fn drive(world: &World, endpoint: &Endpoint) -> Option<Drive> {
    if let Some(prepared) = prepared(world, &endpoint.id).await {
        return Some(prepared);
    }
    let (collection, rest) = endpoint.id.split_once('.')?;
    let resource: Arc<ResourceDef> = world.app.app.registry.resource(collection)?.clone();
    let many = rest.strip_suffix(".many");
    let action = resource.action(many.unwrap_or(rest))?;
    let input = world.input(&resource, action).await;
    if many.is_some() {
        let id = world.fresh(collection).await;
        ready(world, &resource, action, &id).await;
        return Some(Drive::of(
            format!("/{collection}/{}", action.name),
            json!({"filter": format!("id=eq.{id}"), "expected": 1, "input": input}),
        ));
    }
    Some(match (action.kind, action.target) {
        (ActionKind::Create, _) => Drive::of(format!("/{collection}"), input),
        (_, TargetKind::None) => Drive::of(format!("/{collection}/{}", action.name), input),
        (kind, TargetKind::One) => {
            let id = world.fresh(collection).await;
            ready(world, &resource, action, &id).await;
            match kind {
                ActionKind::Update => Drive::of(format!("/{collection}/{id}"), input).any_version(),
                ActionKind::Delete => Drive::of(format!("/{collection}/{id}"), Value::Null).any_version(),
                _ => Drive::of(format!("/{collection}/{id}/{}", action.name), input),
            }
        }
    })
}

/// Brings an object into the state that an action needs: what may be activated must be suspended first.
async fn ready(world: &World, resource: &ResourceDef, action: &ActionDef, id: &str) {
    if action.name == "reset-factors" {
        sweeps_doors::give_factor(world, resource.name, id).await;
    }
    if action.name == "activate" {
        world.made(&format!("/{}/{id}/suspend", resource.name), json!({})).await;
    }
}

/// Operations with a story of their own.
async fn prepared(world: &World, id: &str) -> Option<Drive> {
    if let Some(drive) = sweeps_doors::prepared(world, id).await {
        return Some(drive);
    }
    let rows = format!("/data/main/{TABLE}");
    Some(match id {
        "session.accept-invitation" => {
            let role = world.role("operator", "platform").await;
            let invited =
                world.made("/staff/invite", json!({"email": format!("guest{}@example.com", world.next()), "role_id": role})).await;
            Drive::of("/invitation", json!({"token": token(&invited), "name": "Grace", "password": PASSWORD})).by(world.app.nobody())
        }
        "account.accept-invitation" => {
            let invited = world.made("/users/invite", json!({"email": format!("guest{}@example.com", world.next())})).await;
            Drive::of("/account/invitation", json!({"token": token(&invited), "name": "Grace", "password": PASSWORD}))
                .by(world.app.nobody())
        }
        "session.password-reset" => {
            let user = world.fresh("users").await;
            let link = world.made(&format!("/users/{user}/reset-link"), json!({})).await;
            Drive::of("/password-reset", json!({"token": token(&link), "password": "another-horse-battery-staple-43"}))
                .by(world.app.nobody())
        }
        "settings.update" => {
            let setting = world.app.app.settings.views().remove(0);
            Drive::of(format!("/settings/{}", setting.key), json!({"value": setting.default})).any_version()
        }
        "staff.invite" => Drive::of(
            "/staff/invite",
            json!({"email": format!("new{}@example.com", world.next()), "role_id": world.role("operator", "platform").await}),
        ),
        "staff.change-role" => {
            let staff = world.fresh("staff").await;
            Drive::of(format!("/staff/{staff}/change-role"), json!({"role_id": world.role("developer", "platform").await}))
        }
        "memberships.create" => {
            let (organization, user) = (world.fresh("organizations").await, world.fresh("users").await);
            Drive::of(
                "/memberships",
                json!({"organization_id": organization, "user_id": user, "role_id": world.role("member", "organization").await}),
            )
        }
        "memberships.update" => {
            let membership = world.fresh("memberships").await;
            Drive::of(format!("/memberships/{membership}"), json!({"level": "read_only"})).any_version()
        }
        "elevations.create" => {
            let (role, wanted) = (world.role("developer", "platform").await, world.role("operator", "platform").await);
            Drive::of("/elevations", json!({"role_id": wanted, "reason": "a test"})).by(world.staff(&role).await.0)
        }
        "organizations.transfer-ownership" => {
            let membership = world.fresh("memberships").await;
            let membership = world.owner.get(&format!("/api/v1/memberships/{membership}")).await.expect(200);
            let organization = membership["organization_id"].as_str().unwrap();
            Drive::of(format!("/organizations/{organization}/transfer-ownership"), json!({"user_id": membership["user_id"]}))
        }
        "memberships.change-role" | "memberships.change-role.many" => {
            let membership = world.fresh("memberships").await;
            let input = json!({"role_id": world.role("viewer", "organization").await});
            if id.ends_with(".many") {
                let body = json!({"filter": format!("id=eq.{membership}"), "expected": 1, "input": input});
                Drive::of("/memberships/change-role", body)
            } else {
                Drive::of(format!("/memberships/{membership}/change-role"), input)
            }
        }
        "organizations.add-member" => {
            let (organization, user) = (world.fresh("organizations").await, world.fresh("users").await);
            Drive::of(
                format!("/organizations/{organization}/add-member"),
                json!({"user_id": user, "role_id": world.role("member", "organization").await}),
            )
        }
        "sources.create" => Drive::of("/sources", json!({"name": format!("source{}", world.next()), "url": world.own_url()})),
        "sources.update" => {
            Drive::of(format!("/sources/{}", world.fresh("sources").await), json!({"name": format!("source{}", world.next())}))
                .any_version()
        }
        "mail.check" => Drive::of("/mail/check", json!({})),
        "mail.test" => Drive::of("/mail/test", json!({"email": "ada@example.com"})),
        "restrictions.create" => Drive::of("/restrictions", json!({"network": "127.0.0.0/8"})),
        "restrictions.update" => {
            Drive::of(format!("/restrictions/{}", world.fresh("restrictions").await), json!({"note": "Office"})).any_version()
        }
        "hours.create" => {
            let role = world.own_role().await;
            Drive::of("/hours", json!({"role_id": role, "weekdays": ["mon"], "opens": "07:00", "closes": "19:00", "time_zone": "UTC"}))
        }
        "hours.update" => Drive::of(format!("/hours/{}", world.fresh("hours").await), json!({"opens": "08:00"})).any_version(),
        "keys.update" => {
            Drive::of(format!("/keys/{}", world.fresh("keys").await), json!({"networks": ["127.0.0.0/8"], "per_minute": 60})).any_version()
        }
        "user-imports.create" => Drive::of("/user-imports", json!({"text": "email\nada@example.com\n"})),
        "keys.create" => Drive::of("/keys", json!({"name": "Nightly report", "scopes": ["users:read"]})),
        "rows.create" => Drive::of(rows, json!({"id": 100 + world.next(), "name": "new"})),
        "rows.update" => Drive::of(format!("{rows}?id=eq.1"), json!({"name": format!("changed {}", world.next())})),
        "rows.delete" => {
            let id = 1000 + world.next();
            world
                .app
                .database()
                .await
                .execute(&format!("insert into public.{TABLE} values ($1)"), &[&i32::try_from(id).unwrap()])
                .await
                .unwrap();
            Drive::of(format!("{rows}?id=eq.{id}"), Value::Null)
        }
        _ => return None,
    })
}
