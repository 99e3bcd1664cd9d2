//! An organization looks after its own people: it asks them in, lets them rest, sees how they sign in and wants a second
//! factor; and people go of their own accord. Everybody here has really signed in.

use crate::house::{House, acting, join, organization};
use crate::sweeps_world::{World, token};
use kernel::actor::{Caller, Scope};
use serde_json::{Value, json};
use testkit::{Client, PASSWORD, TestApp};
use uuid::Uuid;

fn accepted(invited: &Value) -> Value {
    json!({"token": token(invited), "name": "Hedy Lamarr", "password": PASSWORD})
}

#[tokio::test]
async fn an_admin_asks_somebody_in() {
    let house = House::new().await;
    let invited = house.invite(&house.ada, "hedy@house.example").await.expect(200).body;
    let open = house.ada.get("/api/v1/user-invitations?status=eq.open").await.expect(200);
    assert_eq!((open[0]["email"].as_str(), open[0]["inviter"].as_str()), (Some("hedy@house.example"), Some("Grace Hopper")));
    assert!(open[0].get("invited_by").is_none_or(Value::is_null), "it is no act of staff");
    // A newer invitation takes the place of the older; the older link is worth nothing.
    let newer = house.invite(&house.ada, "Hedy@House.example").await.expect(200).body;
    house.world.app.nobody().post("/api/v1/account/invitation", accepted(&invited)).await.expect_status(410);
    house.world.app.nobody().post("/api/v1/account/invitation", accepted(&newer)).await.expect_status(201);
    let members = house.ada.get("/api/v1/memberships?email=eq.hedy@house.example").await.expect(200);
    assert_eq!(members[0]["role_id"], house.world.role("member", "organization").await, "a member when nothing is said");
    let log = house.log().await;
    for action in ["memberships.invite", "user-invitations.create", "memberships.join"] {
        assert!(log.iter().any(|one| one == action), "{action} is in the organization's log: {log:?}");
    }
    house.invite(&house.ada, "hedy@house.example").await.expect_status(422);
    // Resent and withdrawn by the organization itself.
    let id = house.invite(&house.ada, "joan@house.example").await.expect(200)["invitation_id"].as_str().unwrap().to_owned();
    let resent = house.ada.post(&format!("/api/v1/user-invitations/{id}/resend"), json!({})).await.expect(200).body;
    house.ada.post(&format!("/api/v1/user-invitations/{id}/revoke"), json!({})).await.expect_status(200);
    house.world.app.nobody().post("/api/v1/account/invitation", accepted(&resent)).await.expect_status(410);
}

#[tokio::test]
async fn who_has_an_account_joins_with_it_and_nobody_else_does() {
    let house = House::new().await;
    let bob = house.world.app.user(&house.world.owner, "bob@elsewhere.example").await;
    let eve = house.world.app.user(&house.world.owner, "eve@elsewhere.example").await;
    // The organization doesn't learn who has an account.
    let known = house.invite(&house.ada, "bob@elsewhere.example").await.expect(200).body;
    let unknown = house.invite(&house.ada, "nobody@elsewhere.example").await.expect(200).body;
    let names = |body: &Value| body.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&known), names(&unknown));
    // Whoever has the link does.
    let nobody = house.world.app.nobody();
    let offer = |invited: &Value| format!("/api/v1/account/invitation?token={}", token(invited));
    assert_eq!(nobody.get(&offer(&known)).await.expect(200)["account"], true);
    assert_eq!(nobody.get(&offer(&unknown)).await.expect(200)["account"], false);

    nobody.post("/api/v1/account/invitation", accepted(&known)).await.expect_status(409);
    let path = "/api/v1/account/invitation/join";
    let given = json!({"token": token(&known)});
    nobody.post(path, given.clone()).await.expect_status(401);
    house.world.owner.post(path, given.clone()).await.expect_status(403);
    eve.post(path, given.clone()).await.expect_status(403);
    bob.post(path, json!({"token": token(&unknown)})).await.expect_status(403);
    bob.post(path, json!({"token": "made up"})).await.expect_status(404);
    let joined = bob.post(path, given.clone()).await.expect(200);
    assert_eq!(joined["organization_id"], house.id.as_str());
    bob.post(path, given).await.expect_status(410);
    let own = bob.get("/api/v1/account/session").await.expect(200);
    assert_eq!(own["organizations"][0]["id"], house.id.as_str());
    assert!(house.log().await.iter().any(|action| action == "memberships.join"));
    // An invitation to the platform alone leads somebody who has an account nowhere.
    let db = house.world.app.database().await;
    let plain = house.world.made("/users/invite", json!({"email": "carol@elsewhere.example"})).await;
    house.world.app.user(&house.world.owner, "carol@elsewhere.example").await;
    let carol = house.world.app.user_in("carol@elsewhere.example").await;
    carol.post(path, json!({"token": token(&plain)})).await.expect_status(409);
    let open: i64 = db.query_one("select count(*) from auth.invitations where accepted_at is null", &[]).await.unwrap().get(0);
    assert!(open >= 2, "a refusal uses nothing up");
}

#[tokio::test]
async fn nobody_invites_above_their_own_rights() {
    let house = House::new().await;
    let world = &house.world;
    let theirs = organization(world, "Theirs").await;
    let (viewer, _) = house.member("viewer@house.example", "viewer", "admin").await;
    let (manager, _) = house.member("manager@house.example", "manager", "admin").await;
    let (capped, _) = house.member("capped@house.example", "admin", "read_write").await;
    for by in [&viewer, &manager, &capped] {
        house.invite(by, "guest@house.example").await.expect_status(403);
    }
    manager.get("/api/v1/user-invitations").await.expect_status(403);
    // Who only looks after members gives no more than that.
    let doorman = json!({"label": "Doorman", "name": "doorman", "permissions": ["memberships:*", "roles:read"]});
    let doorman = house.ada.post("/api/v1/roles", doorman).await.expect(201)["id"].clone();
    let admin = world.role("admin", "organization").await;
    let (keeper, membership) = house.member("keeper@house.example", "viewer", "admin").await;
    house.ada.patch(&format!("/api/v1/memberships/{membership}"), "*", json!({"role_id": doorman})).await.expect_status(200);
    let asks = |role: &Value, level: &str| json!({"email": "guest@house.example", "role_id": role, "level": level});
    let refused = keeper.post("/api/v1/memberships/invite", asks(&json!(admin), "admin")).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("can do more than you"), "{}", refused.text);
    let made = keeper.post("/api/v1/memberships/invite", asks(&doorman, "admin")).await.expect(200).body;
    // Sent anew, it is looked at again: who holds less by now can't.
    let id = made["invitation_id"].as_str().unwrap();
    let porter = json!({"label": "Porter", "name": "porter", "permissions": ["user-invitations:*"]});
    let porter = house.ada.post("/api/v1/roles", porter).await.expect(201)["id"].clone();
    house.ada.patch(&format!("/api/v1/memberships/{membership}"), "*", json!({"role_id": porter})).await.expect_status(200);
    let resend = format!("/api/v1/user-invitations/{id}/resend");
    let refused = keeper.post(&resend, json!({})).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("can do more than you"), "{}", refused.text);
    house.ada.post(&resend, json!({})).await.expect_status(200);
    // Into nobody else's organization, with nobody else's role.
    let mut elsewhere = json!({"email": "guest@house.example", "organization_id": theirs});
    house.ada.post("/api/v1/memberships/invite", elsewhere.clone()).await.expect_status(422);
    elsewhere["organization_id"] = house.id.as_str().into();
    house.ada.post("/api/v1/memberships/invite", elsewhere).await.expect_status(200);
    let own = json!({"label": "Theirs", "name": "theirs", "scope": "organization", "organization_id": theirs, "permissions": ["memberships:read"]});
    let own = world.made("/roles", own).await["id"].clone();
    house.ada.post("/api/v1/memberships/invite", asks(&own, "read_only")).await.expect_status(422);
    // Staff say into which.
    world.owner.post("/api/v1/memberships/invite", json!({"email": "guest@house.example"})).await.expect_status(422);
    // Not by those who don't act for it.
    let stranger = acting(world.app.user(&world.owner, "stranger@elsewhere.example").await, &house.id);
    house.invite(&stranger, "guest@house.example").await.expect_status(403);
}

#[tokio::test]
async fn nobody_is_written_to_again_and_again() {
    let house = House::new().await;
    let mut last = Value::Null;
    for _ in 0..4 {
        last = house.invite(&house.ada, "tired@house.example").await.expect(200).body;
    }
    let resend = format!("/api/v1/user-invitations/{}/resend", last["invitation_id"].as_str().unwrap());
    house.ada.post(&resend, json!({})).await.expect_status(200);
    let refused = house.ada.post(&resend, json!({})).await.expect(422);
    assert_eq!(refused["errors"][0]["code"], "too_many", "{}", refused.text);
    house.invite(&house.ada, "tired@house.example").await.expect_status(422);
    house.invite(&house.ada, "fresh@house.example").await.expect_status(200);
    house.world.app.advance(chrono::Duration::hours(25));
    let ada = acting(house.person("ada@house.example").await, &house.id);
    house.invite(&ada, "tired@house.example").await.expect_status(200);
}

#[tokio::test]
async fn an_invitation_ends_with_whoever_made_it() {
    let house = House::new().await;
    for (email, ends) in [("eve@house.example", "suspend"), ("mallory@house.example", "delete"), ("trudy@house.example", "leave")] {
        let (by, membership) = house.member(email, "admin", "admin").await;
        let guest = format!("guest-of-{email}");
        let invited = house.invite(&by, &guest).await.expect(200).body;
        match ends {
            "leave" => {
                let path = format!("/api/v1/account/organizations/{}/leave", house.id);
                house.person(email).await.post(&path, json!({})).await.expect_status(204);
            }
            "delete" => house.ada.delete(&format!("/api/v1/memberships/{membership}")).await.expect_status(204),
            _ => house.ada.post(&format!("/api/v1/memberships/{membership}/suspend"), json!({})).await.expect_status(200),
        };
        house.world.app.nobody().post("/api/v1/account/invitation", accepted(&invited)).await.expect_status(410);
    }
    let kept = house.invite(&house.ada, "kept@house.example").await.expect(200).body;
    house.world.app.nobody().post("/api/v1/account/invitation", accepted(&kept)).await.expect_status(201);
}

#[tokio::test]
async fn the_database_itself_keeps_invitations_in_their_organization() {
    let house = House::new().await;
    let theirs = organization(&house.world, "Theirs").await;
    join(&house.world, &theirs, "their@admin.example", "admin", "admin").await;
    let caller = Caller { scope: Scope::Organization(Uuid::parse_str(&house.id).unwrap()), ..Caller::system("member") };
    let insert = |organization: &str, by: &str| {
        format!(
            "insert into auth.invitations (id, email, organization_id, role_id, level, token_hash, invited_by, created_at, expires_at) \
             select gen_random_uuid(), 'x@example.com', '{organization}', r.id, 'admin', decode(md5(random()::text), 'hex'), {by}, now(), now() + interval '1 day' \
             from identity.roles r where r.name = 'admin' and r.scope = 'organization' and r.built_in"
        )
    };
    let app = &house.world.app.app;
    for (sql, fits) in [
        (insert(&house.id, "null"), true),
        (insert(&theirs, "null"), false),
        (insert(&house.id, "(select user_id from identity.memberships limit 1)"), false),
    ] {
        let tx = app.db.begin(&caller, app.clock.now()).await.unwrap();
        assert_eq!(tx.db().execute(&sql, &[]).await.is_ok(), fits, "{sql}");
        tx.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn a_suspended_member_does_nothing_in_this_organization_and_goes_on_elsewhere() {
    let house = House::new().await;
    let elsewhere = organization(&house.world, "Elsewhere").await;
    let (bob, membership) = house.member("bob@house.example", "admin", "admin").await;
    let (there, _) = join(&house.world, &elsewhere, "bob@house.example", "viewer", "read_only").await;
    let key = json!({"name": "Bob's", "organization_id": house.id, "scopes": ["memberships:read"]});
    let key =
        house.person("bob@house.example").await.post("/api/v1/account/keys", key).await.expect(201)["key"].as_str().unwrap().to_owned();
    let script = house.world.app.nobody().with_key(&key);
    script.get("/api/v1/memberships").await.expect_status(200);

    let path = |verb: &str| format!("/api/v1/memberships/{membership}/{verb}");
    bob.post(&path("suspend"), json!({})).await.expect_status(403);
    let owned = house.ada.get("/api/v1/memberships?owner=is.true").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
    for by in [&bob, &house.world.owner] {
        by.post(&format!("/api/v1/memberships/{owned}/suspend"), json!({})).await.expect_status(403);
    }
    house.ada.post(&path("activate"), json!({})).await.expect_status(403);
    house.ada.post(&path("suspend"), json!({})).await.expect_status(200);
    bob.get("/api/v1/memberships").await.expect_status(403);
    script.get("/api/v1/memberships").await.expect_status(401);
    there.get("/api/v1/memberships").await.expect_status(200);
    let own = house.person("bob@house.example").await.get("/api/v1/account/session").await.expect(200).body;
    let told = own["organizations"].as_array().unwrap().iter().find(|o| o["id"] == house.id.as_str()).unwrap().clone();
    assert_eq!((told["membership"].as_str(), told["administers"].as_bool()), (Some("suspended"), Some(false)));
    let user = house.ada.get(&format!("/api/v1/memberships/{membership}")).await.expect(200)["user_id"].as_str().unwrap().to_owned();
    let why = house.ada.get(&format!("/api/v1/identity/explain?kind=user&id={user}")).await.expect(200);
    assert_eq!(why["blocked"][0]["step"], "membership_suspended");
    // They can't become the owner, and hand nothing on.
    house.ada.post(&path("make-owner"), json!({})).await.expect_status(422);

    house.ada.post(&path("activate"), json!({})).await.expect_status(200);
    bob.get("/api/v1/memberships").await.expect_status(200);
    script.get("/api/v1/memberships").await.expect_status(200);
    // Only its owner, in person, makes somebody else the owner; staff may, too.
    bob.post(&path("make-owner"), json!({})).await.expect_status(403);
    house.ada.post(&path("make-owner"), json!({})).await.expect_status(200);
    assert_eq!(house.ada.get(&format!("/api/v1/memberships/{membership}")).await.expect(200)["owner"], true);
}

#[tokio::test]
async fn sign_ins_are_told_to_those_who_look_after_members() {
    let house = House::new().await;
    let (viewer, _) = house.member("viewer@house.example", "viewer", "admin").await;
    let (capped, _) = house.member("capped@house.example", "admin", "read_write").await;
    let key = json!({"name": "Reader", "role_id": house.world.role("admin", "organization").await, "level": "admin", "scopes": ["memberships:read"]});
    let key = house.ada.post("/api/v1/keys", key).await.expect(201)["key"].as_str().unwrap().to_owned();
    let script = house.world.app.nobody().with_key(&key);
    for by in [&house.ada, &house.world.owner] {
        let row = by.get("/api/v1/memberships?email=eq.viewer@house.example").await.expect(200)[0].clone();
        assert!(row["last_sign_in_at"].is_string() && row["second_factor"] == false, "{row}");
        assert_eq!(by.get("/api/v1/memberships?last_sign_in_at=not.is.null").await.expect(200).body.as_array().unwrap().len(), 3);
    }
    for by in [&viewer, &capped, &script] {
        let rows = by.get("/api/v1/memberships").await.expect(200).body;
        let told =
            rows.as_array().unwrap().iter().filter(|row| !row["last_sign_in_at"].is_null() || !row["second_factor"].is_null()).count();
        assert_eq!((rows.as_array().unwrap().len(), told), (3, 0), "{rows}");
        // Nor by asking in other ways.
        for filter in ["last_sign_in_at=not.is.null", "second_factor=is.false", "second_factor=is.true"] {
            assert_eq!(by.get(&format!("/api/v1/memberships?{filter}")).await.expect(200).body, json!([]), "{filter}");
        }
    }
}

#[tokio::test]
async fn people_leave_of_their_own_accord_and_the_owner_stays() {
    let house = House::new().await;
    let (viewer, _) = house.member("viewer@house.example", "viewer", "read_only").await;
    let path = format!("/api/v1/account/organizations/{}/leave", house.id);
    let refused = house.person("ada@house.example").await.post(&path, json!({})).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("Hand it over"), "{}", refused.text);
    house.world.owner.post(&path, json!({})).await.expect_status(403);
    house.world.app.nobody().post(&path, json!({})).await.expect_status(401);
    let stranger = house.world.app.user(&house.world.owner, "stranger@elsewhere.example").await;
    stranger.post(&path, json!({})).await.expect_status(404);
    stranger.post("/api/v1/account/organizations/nonsense/leave", json!({})).await.expect_status(404);
    // Not by a key of theirs.
    let person = house.person("viewer@house.example").await;
    let key = json!({"name": "Own", "organization_id": house.id, "scopes": ["memberships:read"]});
    let key = person.post("/api/v1/account/keys", key).await.expect(201)["key"].as_str().unwrap().to_owned();
    house.world.app.nobody().with_key(&key).post(&path, json!({})).await.expect_status(403);

    person.post(&path, json!({})).await.expect_status(204);
    person.post(&path, json!({})).await.expect_status(404);
    viewer.get("/api/v1/memberships").await.expect_status(403);
    house.world.app.nobody().with_key(&key).get("/api/v1/memberships").await.expect_status(401);
    assert_eq!(house.ada.get("/api/v1/memberships").await.expect(200).body.as_array().unwrap().len(), 1);
    assert!(house.log().await.iter().any(|action| action == "memberships.leave"), "it stands in the organization's log");
}

#[tokio::test]
async fn all_members_go_together_in_whatever_order() {
    let world = World::of(TestApp::start(quarterdeck::product()).await).await;
    for order in ["created_at.asc", "created_at.desc"] {
        let id = organization(&world, order).await;
        join(&world, &id, &format!("owner-{order}@house.example"), "admin", "admin").await;
        let (_, second) = join(&world, &id, &format!("second-{order}@house.example"), "viewer", "read_only").await;
        let (_, third) = join(&world, &id, &format!("third-{order}@house.example"), "member", "read_write").await;
        let bulk = |expected: u32, except: Value, dry: bool| json!({"filter": format!("organization_id=eq.{id}&order={order}"), "expected": expected, "except": except, "dry_run": dry});
        // Somebody would stay behind without an owner.
        let left = bulk(2, json!([second]), false);
        world.owner.post("/api/v1/memberships/delete", left).await.expect_status(403);
        let tried = world.owner.post("/api/v1/memberships/delete", bulk(2, json!([third]), true)).await.expect(200);
        assert_eq!(tried["rows"].as_array().unwrap().iter().filter(|row| row["ok"] == false).count(), 1, "{}", tried.text);
        let tried = world.owner.post("/api/v1/memberships/delete", bulk(3, json!([]), true)).await.expect(200);
        assert!(tried["rows"].as_array().unwrap().iter().all(|row| row["ok"] == true), "{order}: {}", tried.text);
        let done = world.owner.post("/api/v1/memberships/delete", bulk(3, json!([]), false)).await.expect(200);
        assert_eq!(done["changed"], 3, "{order}");
    }
}

#[tokio::test]
async fn the_session_tells_who_looks_after_what() {
    let house = House::new().await;
    let told = async |client: &Client| client.get("/api/v1/account/session").await.expect(200)["organizations"][0].clone();
    let ada = told(&house.ada).await;
    assert_eq!((&ada["administers"], &ada["owned"], &ada["role_label"]), (&json!(true), &json!(true), &json!("Admin")));
    for (role, level) in [("admin", "read_write"), ("manager", "admin"), ("member", "admin"), ("viewer", "read_only")] {
        let (client, _) = house.member(&format!("{role}-{level}@house.example"), role, level).await;
        let one = told(&client).await;
        assert_eq!((&one["administers"], one["owner"].as_str()), (&json!(false), Some("Grace Hopper")), "{role}/{level}");
    }
}

#[tokio::test]
async fn an_organizations_name_tells_nothing_about_others() {
    let house = House::new().await;
    let theirs = organization(&house.world, "Somebody else's").await;
    let rename = async |name: &str| house.ada.patch(&format!("/api/v1/organizations/{}", house.id), "*", json!({"name": name})).await;
    let (free, taken) = (rename("Nobody's").await, rename("SOMEBODY ELSE'S").await);
    assert_eq!((free.status, taken.status), (200, 200), "{}", taken.text);
    let found = house.world.owner.get("/api/v1/organizations?name=ilike.somebody*").await.expect(200);
    assert_eq!(found.body.as_array().unwrap().len(), 2);
    assert!(found.body.as_array().unwrap().iter().any(|one| one["id"] == theirs.as_str()));
}

#[tokio::test]
async fn people_see_where_they_belong_and_what_leaving_ends() {
    let house = House::new().await;
    let (viewer, _) = house.member("viewer@house.example", "admin", "admin").await;
    house.invite(&viewer, "guest@house.example").await.expect_status(200);
    let person = house.person("viewer@house.example").await;
    let own = person.get("/api/v1/account/organizations").await.expect(200);
    let one = &own["organizations"][0];
    assert_eq!((one["id"].as_str(), one["role"].as_str(), &one["closed"]), (Some(house.id.as_str()), Some("admin"), &Value::Null));
    assert!(one["since"].is_string());
    let key = json!({"name": "Own", "organization_id": house.id, "scopes": ["memberships:read"]});
    let key = person.post("/api/v1/account/keys", key).await.expect(201)["key"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/account/organizations/{}/leave", house.id);
    let goes = person.get(&path).await.expect(200).body;
    assert_eq!(goes, json!({"keys": 1, "invitations": 1, "elevations": 0, "blocked": null}));
    let owner = house.person("ada@house.example").await.get(&path).await.expect(200);
    assert!(owner["blocked"].as_str().unwrap().contains("Hand it over"), "{}", owner.text);
    // It is one's own business: nobody else's, no key's, no staff's.
    house.world.owner.get(&path).await.expect_status(403);
    house.world.app.nobody().with_key(&key).get(&path).await.expect_status(403);
    house.world.app.nobody().get("/api/v1/account/organizations").await.expect_status(401);
    let stranger = house.world.app.user(&house.world.owner, "stranger@elsewhere.example").await;
    stranger.get(&path).await.expect_status(404);
    assert_eq!(stranger.get("/api/v1/account/organizations").await.expect(200)["organizations"], json!([]));
    person.post(&path, json!({})).await.expect_status(204);
    person.get(&path).await.expect_status(404);
}

#[tokio::test]
async fn recent_activity_is_as_much_as_ones_permissions_show() {
    let house = House::new().await;
    let elsewhere = organization(&house.world, "Elsewhere").await;
    let (bob, membership) = house.member("bob@house.example", "member", "read_write").await;
    join(&house.world, &elsewhere, "bob@house.example", "member", "read_write").await;
    house.invite(&house.ada, "guest@house.example").await.expect_status(200);
    let path = format!("/api/v1/account/activity?organization={}", house.id);
    let mine = house.same_browser(&bob, None);
    let whole = mine.get(&path).await.expect(200);
    assert_eq!(whole["whose"], "organization");
    let actions =
        |told: &Value| told["entries"].as_array().unwrap().iter().map(|one| one["action"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert!(actions(&whole.body).contains(&"memberships.invite".to_owned()), "{}", whole.text);
    assert!(!whole.text.contains("127.0.0.1"));
    // Whoever may not read the log sees what they did themselves, and only there.
    let narrow = json!({"label": "Narrow", "name": "narrow", "permissions": ["roles:*", "memberships:read"]});
    let narrow = house.ada.post("/api/v1/roles", narrow).await.expect(201)["id"].clone();
    house
        .ada
        .patch(&format!("/api/v1/memberships/{membership}"), "*", json!({"role_id": narrow, "level": "admin"}))
        .await
        .expect_status(200);
    bob.post("/api/v1/roles", json!({"label": "His", "name": "his", "permissions": ["memberships:read"]})).await.expect_status(201);
    let own = mine.get(&path).await.expect(200);
    assert_eq!((own["whose"].as_str(), actions(&own.body)), (Some("own"), vec!["roles.create".to_owned()]));
    // Without an organization: what they did anywhere. In one that isn't theirs, or doesn't open: nothing.
    assert!(actions(&mine.get("/api/v1/account/activity").await.expect(200).body).contains(&"roles.create".to_owned()));
    let stranger = house.world.app.user(&house.world.owner, "stranger@elsewhere.example").await;
    stranger.get(&path).await.expect_status(404);
    stranger.get("/api/v1/account/activity?organization=nonsense").await.expect_status(404);
    let rule = json!({"second_factor": true});
    house.world.owner.patch(&format!("/api/v1/organizations/{}", house.id), "*", rule).await.expect_status(200);
    mine.get(&path).await.expect_status(403);
}
