//! What the sweeps send to those who look after an organization, and to those who come and go.

use crate::sweeps_world::{Drive, World, token};
use serde_json::json;

/// A member who is signed in and was in their organization: what the organization sees of that session.
pub async fn session_in_one(world: &World) -> String {
    let email = format!("inside{}@example.com", world.next());
    let user = world.app.user(&world.owner, &email).await;
    let id = world.owner.get(&format!("/api/v1/users?email=eq.{email}")).await.expect(200)[0]["id"].clone();
    let organization = world.fresh("organizations").await;
    let role = world.role("member", "organization").await;
    world.made("/memberships", json!({"organization_id": organization, "user_id": id, "role_id": role})).await;
    user.with_header("quarterdeck-organization", &organization).get("/api/v1/memberships").await.expect_status(200);
    let there = world.owner.get(&format!("/api/v1/member-sessions?organization_id=eq.{organization}")).await.expect(200);
    there[0]["id"].as_str().unwrap().to_owned()
}

pub async fn prepared(world: &World, id: &str) -> Option<Drive> {
    Some(match id {
        "memberships.invite" => {
            let organization = world.fresh("organizations").await;
            let email = format!("guest{}@example.com", world.next());
            Drive::of("/memberships/invite", json!({"email": email, "organization_id": organization}))
        }
        "account.join" => {
            let email = format!("joins{}@example.com", world.next());
            let user = world.app.user(&world.owner, &email).await;
            let organization = world.fresh("organizations").await;
            let invited = world.made("/memberships/invite", json!({"email": email, "organization_id": organization})).await;
            Drive::of("/account/invitation/join", json!({"token": token(&invited)})).by(user)
        }
        "account.leave-organization" => {
            let email = format!("leaves{}@example.com", world.next());
            let user = world.app.user(&world.owner, &email).await;
            let id = world.owner.get(&format!("/api/v1/users?email=eq.{email}")).await.expect(200)[0]["id"].clone();
            let organization = world.fresh("organizations").await;
            let role = world.role("member", "organization").await;
            world.made("/memberships", json!({"organization_id": organization, "user_id": id, "role_id": role})).await;
            Drive::of(format!("/account/organizations/{organization}/leave"), json!({})).by(user)
        }
        _ => return None,
    })
}
