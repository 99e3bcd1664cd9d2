//! What the sweeps send to the nouns of people and their rights, where the declaration alone doesn't say it.

use crate::sweeps_world::{Drive, World, token};
use serde_json::json;
use testkit::PASSWORD;

pub async fn prepared(world: &World, id: &str) -> Option<Drive> {
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
        _ => return None,
    })
}
