//! The world the sweeps go over: a platform with its owner, and a new object of any collection when one is asked for.

use kernel::action::{ActionDef, ActionKind};
use kernel::resource::ResourceDef;
use serde_json::{Map, Value, json};
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
    /// A form instead of JSON, where the protocol wants one.
    pub form: Option<String>,
}

impl Drive {
    pub fn of(path: impl Into<String>, body: Value) -> Self {
        Self { who: None, path: path.into(), body, headers: Vec::new(), form: None }
    }

    pub fn by(mut self, who: Client) -> Self {
        self.who = Some(who);
        self
    }

    pub fn any_version(mut self) -> Self {
        self.headers.push(("if-match", "*".into()));
        self
    }
}

/// The table that the rows API is driven on.
pub const TABLE: &str = "sweep_rows";
/// A function that changes nothing.
pub const FUNCTION: &str = "sweep_count";

impl World {
    pub async fn new() -> Self {
        Self::of(TestApp::start(quarterdeck::product()).await).await
    }

    pub async fn of(app: TestApp) -> Self {
        let db = app.database().await;
        db.batch_execute(&format!(
            "create table public.{TABLE} (id int primary key, name text); insert into public.{TABLE} values (1, 'one'), (2, 'two');
             create function public.{FUNCTION}() returns int language sql stable as 'select count(*)::int from public.{TABLE}'"
        ))
        .await
        .unwrap();
        let owner = app.owner().await;
        Self { app, owner, made: AtomicU32::new(0) }
    }

    pub fn next(&self) -> u32 {
        self.made.fetch_add(1, Ordering::Relaxed)
    }

    pub async fn made(&self, path: &str, body: Value) -> Value {
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
    pub async fn own_role(&self) -> String {
        let name = format!("guard{}", self.next());
        let role = self.made("/roles", json!({"scope": "platform", "name": name, "label": name, "permissions": ["users:read"]})).await;
        role["id"].as_str().unwrap_or_default().to_owned()
    }

    /// A source that leads back to the database of this test.
    pub fn own_url(&self) -> String {
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
            "member-sessions" => Box::pin(crate::sweeps_organizations::session_in_one(self)).await,
            "audit" => {
                self.app.audit().await;
                id(&self.owner.get("/api/v1/audit?limit=1").await.expect(200)[0])
            }
            "memberships" => {
                let (organization, user) = (Box::pin(self.fresh("organizations")).await, Box::pin(self.fresh("users")).await);
                let role = self.role("member", "organization").await;
                id(&self.made("/memberships", json!({"organization_id": organization, "user_id": user, "role_id": role})).await)
            }
            "registrations" => Box::pin(crate::sweeps_registration::fresh(self)).await,
            "identity-providers" => Box::pin(crate::sweeps_sso::fresh(self)).await,
            "staff-identities" | "user-identities" => Box::pin(crate::sweeps_sso::identity(self, collection)).await,
            "saved-queries" => {
                let body = json!({"name": format!("query {n}"), "source": "main", "sql": "select 1"});
                let query = id(&self.made("/saved-queries", body).await);
                self.made(&format!("/saved-queries/{query}/share"), json!({"audience": "everybody"})).await;
                query
            }
            "saved-views" => {
                let view = id(&self.made("/saved-views", json!({"name": format!("view {n}"), "page": "/admin/users"})).await);
                self.made(&format!("/saved-views/{view}/share"), json!({"audience": "everybody"})).await;
                view
            }
            "schedules" => crate::sweeps_schedules::fresh(self).await,
            "schedule-slots" => crate::sweeps_schedules::slot(self).await,
            "schema-changes" => crate::sweeps_ddl::fresh(self).await,
            "jobs" | "queues" | "workers" => crate::sweeps_jobs::fresh(self, collection).await,
            "query-runs" => crate::sweeps_console::fresh(self).await,
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
            "saved-view-versions" => {
                let view = Box::pin(self.fresh("saved-views")).await;
                let renamed = json!({"name": format!("View {n}")});
                self.owner.patch(&format!("/api/v1/saved-views/{view}"), "*", renamed).await.expect_status(200);
                id(&self.owner.get(&format!("/api/v1/saved-view-versions?view_id=eq.{view}")).await.expect(200)[0])
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
    pub async fn input(&self, resource: &ResourceDef, action: &ActionDef) -> Value {
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
pub fn token(answer: &Value) -> String {
    answer["link"]
        .as_str()
        .and_then(|link| link.split("token=").nth(1))
        .unwrap_or_else(|| panic!("no link with a token in {answer}"))
        .to_owned()
}
