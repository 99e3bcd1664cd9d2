//! Two who act at the same moment: whoever comes second is told so, and what is left is what one of them wanted.

use crate::sweeps_world::World;
use http::Method;
use serde_json::{Value, json};
use testkit::{Answer, Client, TestApp};
use tokio::join;

/// Often enough for both orders to happen.
const ROUNDS: usize = 8;

async fn world() -> World {
    World::of(TestApp::start(quarterdeck::product()).await).await
}

async fn post(who: &Client, path: &str, body: Value) -> Answer {
    who.post(&format!("/api/v1{path}"), body).await
}

async fn staff(world: &World, role: &str) -> (Client, String) {
    let role = world.role(role, "platform").await;
    world.staff(&role).await
}

/// One of them did it, the other was told what is in the way.
#[track_caller]
fn one_of(answers: [&Answer; 2], why: &str) {
    let (done, refused): (Vec<&Answer>, Vec<&Answer>) = answers.into_iter().partition(|answer| (200..300).contains(&answer.status));
    assert_eq!(done.len(), 1, "{} / {}", answers[0].text, answers[1].text);
    let refused = refused[0];
    assert!(matches!(refused.status, 403 | 409 | 422), "{}: {}", refused.status, refused.text);
    assert!(refused["detail"].as_str().unwrap_or_default().contains(why), "{}", refused.text);
}

async fn ask(world: &World, who: &Client) -> String {
    let role = world.role("dashboard_admin", "platform").await;
    let asked = post(who, "/elevations", json!({"role_id": role, "reason": "Invoice 4711", "minutes": 60})).await.expect(201);
    asked["id"].as_str().unwrap().to_owned()
}

async fn elevation(world: &World, id: &str) -> Value {
    world.owner.get(&format!("/api/v1/elevations/{id}")).await.expect(200).body
}

async fn events(world: &World, name: &str, id: &str) -> i64 {
    let sql = "select count(*) from kernel.events where name = $1 and payload->>'id' = $2";
    world.app.database().await.query_one(sql, &[&name, &id]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_approve_at_once() {
    let world = world().await;
    let (grace, _) = staff(&world, "operator").await;
    let ((one, _), (other, _)) = (staff(&world, "dashboard_admin").await, staff(&world, "dashboard_admin").await);
    for _ in 0..ROUNDS {
        let id = ask(&world, &grace).await;
        let path = format!("/elevations/{id}/approve");
        let (first, second) = join!(post(&one, &path, json!({})), post(&other, &path, json!({})));
        one_of([&first, &second], "doesn't wait for an answer");
        let now = elevation(&world, &id).await;
        assert_eq!((&now["status"], now["approved_by"].as_array().unwrap().len()), (&json!("active"), 1));
        assert_eq!(events(&world, "elevation.granted", &id).await, 1);
        post(&grace, &format!("/elevations/{id}/revoke"), json!({})).await.expect_status(200);
    }
    // Where two are needed both count, and it is granted once.
    world.owner.patch("/api/v1/settings/identity.elevation_approvals", "*", json!({"value": 2})).await.expect_status(200);
    let id = ask(&world, &grace).await;
    let path = format!("/elevations/{id}/approve");
    let (first, second) = join!(post(&one, &path, json!({})), post(&other, &path, json!({})));
    assert_eq!((first.status, second.status), (200, 200), "{} {}", first.text, second.text);
    assert_eq!(elevation(&world, &id).await["status"], "active");
    assert_eq!(events(&world, "elevation.granted", &id).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_person_approves_once_however_often_they_say_it() {
    let world = world().await;
    world.owner.patch("/api/v1/settings/identity.elevation_approvals", "*", json!({"value": 2})).await.expect_status(200);
    let (grace, _) = staff(&world, "operator").await;
    let (one, _) = staff(&world, "dashboard_admin").await;
    let id = ask(&world, &grace).await;
    let path = format!("/elevations/{id}/approve");
    let (first, second) = join!(post(&one, &path, json!({})), post(&one, &path, json!({})));
    one_of([&first, &second], "approved it already");
    assert_eq!(elevation(&world, &id).await["status"], "pending", "one voice is no two");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_approves_while_the_other_withdraws() {
    let world = world().await;
    let (grace, _) = staff(&world, "operator").await;
    let (admin, _) = staff(&world, "dashboard_admin").await;
    for _ in 0..ROUNDS {
        let id = ask(&world, &grace).await;
        let (approve, withdraw) = (format!("/elevations/{id}/approve"), format!("/elevations/{id}/revoke"));
        let (approved, withdrawn) = join!(post(&admin, &approve, json!({})), post(&grace, &withdraw, json!({})));
        // Withdrawn first, nobody can approve it; approved first, it is ended at once.
        withdrawn.expect_status(200);
        if approved.status != 200 {
            assert_eq!(approved.status, 403, "{}", approved.text);
            assert!(approved["detail"].as_str().unwrap().contains("doesn't wait for an answer"), "{}", approved.text);
        }
        assert_eq!(elevation(&world, &id).await["status"], "ended");
        assert_eq!(grace.get("/api/v1/session/elevations").await.expect(200)["active"], json!([]), "nothing is left of it");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_approves_while_the_other_denies() {
    let world = world().await;
    let (grace, _) = staff(&world, "operator").await;
    let ((one, _), (other, _)) = (staff(&world, "dashboard_admin").await, staff(&world, "dashboard_admin").await);
    for _ in 0..ROUNDS {
        let id = ask(&world, &grace).await;
        let (approve, deny) = (format!("/elevations/{id}/approve"), format!("/elevations/{id}/deny"));
        let (approved, denied) = join!(post(&one, &approve, json!({})), post(&other, &deny, json!({"why": "No"})));
        one_of([&approved, &denied], "doesn't wait for an answer");
        let expected = if approved.status == 200 { "active" } else { "denied" };
        assert_eq!(elevation(&world, &id).await["status"], expected);
        if approved.status == 200 {
            post(&grace, &format!("/elevations/{id}/revoke"), json!({})).await.expect_status(200);
        }
    }
}

/// Somebody signed in, and their user.
async fn person(world: &World) -> (Client, String) {
    let email = format!("member{}@example.com", world.next());
    let client = world.app.user(&world.owner, &email).await;
    let user = world.owner.get(&format!("/api/v1/users?email=eq.{email}")).await.expect(200)[0]["id"].as_str().unwrap().to_owned();
    (client, user)
}

/// Makes them a member with this role; their membership.
async fn member(world: &World, organization: &str, user: &str, role: &str) -> String {
    let body =
        json!({"organization_id": organization, "user_id": user, "role_id": world.role(role, "organization").await, "level": "admin"});
    world.made("/memberships", body).await["id"].as_str().unwrap().to_owned()
}

/// A request of somebody who acts for the organization.
async fn act_for(who: &Client, organization: &str, path: &str, body: Value) -> Answer {
    let path = format!("/api/v1{path}");
    who.send(Method::POST, &path, &[("quarterdeck-organization", organization)], Some(body)).await
}

async fn owners_of(world: &World, organization: &str) -> Vec<String> {
    let found = world.owner.get(&format!("/api/v1/memberships?organization_id=eq.{organization}&owner=is.true")).await.expect(200);
    found.body.as_array().unwrap().iter().map(|row| row["user_id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_hands_over_twice_at_once() {
    let world = world().await;
    let ((ada, owner), (_, one), (_, other)) = (person(&world).await, person(&world).await, person(&world).await);
    for _ in 0..ROUNDS {
        let organization = world.fresh("organizations").await;
        member(&world, &organization, &owner, "admin").await;
        let one_membership = member(&world, &organization, &one, "member").await;
        member(&world, &organization, &other, "member").await;
        // By both doors, which lock different rows.
        let (at_member, at_organization) =
            (format!("/memberships/{one_membership}/make-owner"), format!("/organizations/{organization}/transfer-ownership"));
        let (first, second) = join!(
            act_for(&ada, &organization, &at_member, json!({})),
            act_for(&ada, &organization, &at_organization, json!({"user_id": other}))
        );
        one_of([&first, &second], "Only the owner");
        let expected = if first.status == 200 { &one } else { &other };
        assert_eq!(owners_of(&world, &organization).await, std::slice::from_ref(expected));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_leaves_while_they_become_the_owner() {
    let world = world().await;
    let ((ada, owner), (bob, heir)) = (person(&world).await, person(&world).await);
    for _ in 0..ROUNDS {
        let organization = world.fresh("organizations").await;
        member(&world, &organization, &owner, "admin").await;
        member(&world, &organization, &heir, "member").await;
        let (hand_over, leave) =
            (format!("/organizations/{organization}/transfer-ownership"), format!("/account/organizations/{organization}/leave"));
        let (handed, left) =
            join!(act_for(&ada, &organization, &hand_over, json!({"user_id": heir})), act_for(&bob, &organization, &leave, json!({})));
        one_of([&handed, &left], if handed.status == 200 { "You own this organization" } else { "" });
        let expected = if handed.status == 200 { &heir } else { &owner };
        assert_eq!(owners_of(&world, &organization).await, std::slice::from_ref(expected), "there is one owner, who is in it");
    }
}

async fn active_owners(world: &World) -> i64 {
    let sql = "select count(*) from dashboard_auth.dashboard_users u join identity.roles r on r.id = u.role_id \
         where r.name = 'owner' and u.status = 'active' and u.deleted_at is null";
    world.app.database().await.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_two_owners_put_each_other_out_at_once() {
    for verb in ["suspend", "delete", "change-role"] {
        let world = world().await;
        let developer = world.role("developer", "platform").await;
        let (bob, other) = staff(&world, "owner").await;
        let ada = world.owner.get("/api/v1/staff?email=eq.ada@example.com").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
        let act = async |who: &Client, id: &str| match verb {
            "delete" => who.delete(&format!("/api/v1/staff/{id}")).await,
            "suspend" => post(who, &format!("/staff/{id}/suspend"), json!({})).await,
            _ => post(who, &format!("/staff/{id}/change-role"), json!({"role_id": developer})).await,
        };
        let (first, second) = join!(act(&world.owner, &other), act(&bob, &ada));
        let done = [&first, &second].iter().filter(|answer| (200..300).contains(&answer.status)).count();
        assert_eq!(done, 1, "{verb}: {} {} / {} {}", first.status, first.text, second.status, second.text);
        let refused = if first.status < 300 { second } else { first };
        // They are no owner any more, or the last one.
        assert!(matches!(refused.status, 401 | 403 | 409), "{verb}: {}", refused.text);
        assert_eq!(active_owners(&world).await, 1, "{verb}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_two_owners_step_down_at_once() {
    let world = world().await;
    let developer = world.role("developer", "platform").await;
    let (bob, other) = staff(&world, "owner").await;
    let ada = world.owner.get("/api/v1/staff?email=eq.ada@example.com").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
    let down = async |who: &Client, id: &str| post(who, &format!("/staff/{id}/change-role"), json!({"role_id": developer})).await;
    let (first, second) = join!(down(&world.owner, &ada), down(&bob, &other));
    one_of([&first, &second], "last active owner");
    assert_eq!(active_owners(&world).await, 1);
}
