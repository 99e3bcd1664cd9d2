//! An organization with people in it, for the tests of what it does by itself. Everybody here has really signed in.

use crate::sweeps_world::World;
use serde_json::{Value, json};
use testkit::{Answer, Client, TestApp};

/// An organization whose first admin, Ada, owns it.
pub struct House {
    pub world: World,
    pub id: String,
    pub ada: Client,
}

/// Somebody signed in, calling for an organization.
pub fn acting(client: Client, organization: &str) -> Client {
    client.with_header("quarterdeck-organization", organization)
}

impl House {
    pub async fn new() -> Self {
        let world = World::of(TestApp::start(quarterdeck::product()).await).await;
        let id = organization(&world, "Ours").await;
        let ada = join(&world, &id, "ada@house.example", "admin", "admin").await.0;
        Self { world, id, ada }
    }

    /// A member with this role and level, signed in and acting for the organization; and their membership.
    pub async fn member(&self, email: &str, role: &str, level: &str) -> (Client, String) {
        join(&self.world, &self.id, email, role, level).await
    }

    /// The same browser as somebody's, calling for this organization, or for none.
    pub fn same_browser(&self, client: &Client, organization: Option<&str>) -> Client {
        let browser = self.world.app.nobody();
        browser.set_cookie(client.cookie().as_deref());
        match organization {
            Some(organization) => acting(browser, organization),
            None => browser,
        }
    }

    /// The same person without an organization, in a browser of its own.
    pub async fn person(&self, email: &str) -> Client {
        self.world.app.user_in(email).await
    }

    pub async fn invite(&self, by: &Client, email: &str) -> Answer {
        by.post("/api/v1/memberships/invite", json!({"email": email})).await
    }

    /// A membership of the organization by the address of its person.
    pub async fn membership(&self, email: &str) -> Value {
        self.world.owner.get(&format!("/api/v1/memberships?email=eq.{email}&organization_id=eq.{}", self.id)).await.expect(200)[0].clone()
    }

    /// What the organization's own log says, newest first.
    pub async fn log(&self) -> Vec<String> {
        self.world.app.audit().await;
        let rows = self.ada.get("/api/v1/audit?order=at.desc,id.desc").await.expect(200).body;
        rows.as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap().to_owned()).collect()
    }
}

pub async fn organization(world: &World, name: &str) -> String {
    world.made("/organizations", json!({"name": name})).await["id"].as_str().unwrap().to_owned()
}

pub async fn join(world: &World, organization: &str, email: &str, role: &str, level: &str) -> (Client, String) {
    let found = world.owner.get(&format!("/api/v1/users?email=eq.{email}")).await.expect(200);
    let client =
        if found.body.as_array().unwrap().is_empty() { world.app.user(&world.owner, email).await } else { world.app.user_in(email).await };
    let user = world.owner.get(&format!("/api/v1/users?email=eq.{email}")).await.expect(200)[0]["id"].clone();
    let role = world.role(role, "organization").await;
    let made = world.made("/memberships", json!({"organization_id": organization, "user_id": user, "role_id": role, "level": level})).await;
    (acting(client, organization), made["id"].as_str().unwrap().to_owned())
}
