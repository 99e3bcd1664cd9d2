//! What the sweeps send to those who look after an organization, and to those who come and go.

use crate::sweeps_world::{Drive, World, token};
use serde_json::json;

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
