//! Saved views: who sees which, who may change and share them, and that each list has one default for each audience.

use quarterdeck::product;
use serde_json::{Value, json};
use testkit::{Answer, Client, TestApp};

const PAGE: &str = "/admin/users";

async fn save(by: &Client, name: &str, more: Value) -> Answer {
    let mut body = json!({"name": name, "page": PAGE, "state": "filter=status%3Deq.active&order=name"});
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    by.post("/api/v1/saved-views", body).await
}

async fn share(by: &Client, view: &Answer, with: Value) -> Answer {
    by.post(&format!("/api/v1/saved-views/{}/share", id(view)), with).await
}

/// Saved and shown to others.
async fn shown(by: &Client, name: &str, with: Value) -> Answer {
    let view = save(by, name, json!({})).await.expect(201);
    share(by, &view, with).await.expect_status(200);
    view
}

async fn names(by: &Client) -> Vec<String> {
    let views = by.get("/api/v1/saved-views?order=name").await.expect(200);
    views.body.as_array().unwrap().iter().map(|view| view["name"].as_str().unwrap().to_owned()).collect()
}

async fn role(owner: &Client, name: &str) -> String {
    owner.get(&format!("/api/v1/roles?name=eq.{name}&scope=eq.platform")).await[0]["id"].as_str().unwrap().to_owned()
}

fn id(answer: &Answer) -> &str {
    answer["id"].as_str().unwrap()
}

#[tokio::test]
async fn a_view_is_its_owners_until_it_is_shared() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let (operator, developer) = (t.staff(&owner, "operator").await, t.staff(&owner, "developer").await);
    save(&owner, "Mine", json!({})).await.expect_status(201);
    shown(&owner, "For operators", json!({"audience": "role", "role_id": role(&owner, "operator").await})).await;
    let all = shown(&owner, "For all", json!({"audience": "everybody"})).await;
    save(&operator, "Operator's", json!({})).await.expect_status(201);
    assert_eq!(names(&owner).await, ["For all", "For operators", "Mine"]);
    assert_eq!(names(&operator).await, ["For all", "For operators", "Operator's"]);
    assert_eq!(names(&developer).await, ["For all"]);
    let seen = operator.get(&format!("/api/v1/saved-views/{}", id(&all))).await.expect(200);
    assert_eq!((&seen["mine"], &seen["made_by"], &seen["page"]), (&json!(false), &json!("Ada Lovelace"), &json!(PAGE)));
    // The short link finds it for those who see it.
    let found = operator.get(&format!("/api/v1/saved-views?slug=eq.{}", all["slug"].as_str().unwrap())).await.expect(200);
    assert_eq!(found[0]["state"], "filter=status%3Deq.active&order=name");
    let hidden = owner.get("/api/v1/saved-views?name=eq.Mine").await;
    operator.get(&format!("/api/v1/saved-views/{}", hidden[0]["id"].as_str().unwrap())).await.expect_status(404);
}

#[tokio::test]
async fn what_others_made_is_changed_only_by_those_who_may_share() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let developer = t.staff(&owner, "developer").await;
    let all = shown(&owner, "For all", json!({"audience": "everybody"})).await;
    let path = format!("/api/v1/saved-views/{}", id(&all));
    let refused = developer.patch(&path, "*", json!({"name": "Taken"})).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("Ada Lovelace"), "{}", refused.text);
    developer.delete(&path).await.expect_status(403);
    let own = save(&developer, "Mine", json!({})).await.expect(201);
    for with in [json!({"audience": "everybody"}), json!({"audience": "role", "role_id": role(&owner, "developer").await})] {
        let refused = share(&developer, &own, with).await.expect(403);
        assert!(refused["detail"].as_str().unwrap().contains("saved-views:share"), "{}", refused.text);
    }
    let path = format!("/api/v1/saved-views/{}", id(&own));
    developer.patch(&path, "1", json!({"name": "Still mine"})).await.expect_status(200);
    developer.patch(&path, "1", json!({"name": "Too late"})).await.expect_status(409);
    share(&owner, &all, json!({"audience": "role", "role_id": role(&owner, "developer").await})).await.expect_status(200);
    assert_eq!(names(&developer).await, ["For all", "Still mine"]);
    share(&owner, &all, json!({"audience": "me"})).await.expect_status(200);
    assert_eq!(names(&developer).await, ["Still mine"]);
    developer.delete(&path).await.expect_status(204);
}

async fn earlier(by: &Client, view: &Answer) -> Vec<(i64, String, String)> {
    let found = by.get(&format!("/api/v1/saved-view-versions?view_id=eq.{}&order=number", id(view))).await.expect(200);
    let text = |version: &Value, name: &str| version[name].as_str().unwrap().to_owned();
    found.body.as_array().unwrap().iter().map(|v| (v["number"].as_i64().unwrap(), text(v, "name"), text(v, "replaced_by"))).collect()
}

#[tokio::test]
async fn what_a_view_was_is_kept_and_can_be_saved_again() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let operator = t.staff(&owner, "operator").await;
    let view = shown(&owner, "First", json!({"audience": "everybody"})).await;
    let hidden = save(&owner, "Hidden", json!({})).await.expect(201);
    let path = format!("/api/v1/saved-views/{}", id(&view));
    assert!(earlier(&owner, &view).await.is_empty());
    operator.patch(&path, "*", json!({"state": "filter=status%3Deq.suspended"})).await.expect_status(200);
    owner.patch(&path, "*", json!({"name": "Second"})).await.expect_status(200);
    owner.patch(&path, "*", json!({"is_default": true, "name": "Second"})).await.expect_status(200);
    owner.patch(&format!("/api/v1/saved-views/{}", id(&hidden)), "*", json!({"name": "Still hidden"})).await.expect_status(200);
    let own = save(&operator, "Operator's", json!({})).await.expect(201);
    let by = operator.get(&format!("/api/v1/saved-views/{}", id(&own))).await["made_by"].as_str().unwrap().to_owned();
    let kept = [(1, "First".to_owned(), by), (2, "First".to_owned(), "Ada Lovelace".to_owned())];
    assert_eq!(earlier(&operator, &view).await, kept, "only what changed how it looks or is called");
    assert!(earlier(&operator, &hidden).await.is_empty(), "of views that one sees");
    let first = owner.get(&format!("/api/v1/saved-view-versions?view_id=eq.{}&number=eq.1", id(&view))).await;
    owner.patch(&path, "*", json!({"name": first[0]["name"], "state": first[0]["state"]})).await.expect_status(200);
    let again = owner.get(&path).await.expect(200);
    assert_eq!((&again["name"], &again["state"]), (&json!("First"), &json!("filter=status%3Deq.active&order=name")));
    assert_eq!(earlier(&owner, &view).await.len(), 3, "what was left by going back is kept, too");
    owner.delete(&path).await.expect_status(204);
    assert!(earlier(&owner, &view).await.is_empty());
}

#[tokio::test]
async fn the_newest_fifty_versions_are_kept() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let view = save(&owner, "0", json!({})).await.expect(201);
    for name in 1..=53 {
        owner.patch(&format!("/api/v1/saved-views/{}", id(&view)), "*", json!({"name": name.to_string()})).await.expect_status(200);
    }
    let kept = earlier(&owner, &view).await;
    assert_eq!((kept.len(), &kept[0].1, &kept[49].1), (50, &"3".to_owned(), &"52".to_owned()));
}

#[tokio::test]
async fn each_audience_of_a_list_has_one_default() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let operator = t.staff(&owner, "operator").await;
    let defaults = async |by: &Client| {
        let views = by.get("/api/v1/saved-views?is_default=is.true&order=name").await.expect(200);
        views.body.as_array().unwrap().iter().map(|view| view["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    save(&owner, "A", json!({"is_default": true})).await.expect_status(201);
    save(&operator, "B", json!({"is_default": true})).await.expect_status(201);
    let c = save(&owner, "C", json!({"is_default": true})).await.expect(201);
    share(&owner, &c, json!({"audience": "everybody"})).await.expect_status(200);
    save(&owner, "A2", json!({"is_default": true})).await.expect_status(201);
    assert_eq!(defaults(&owner).await, ["A2", "C"]);
    assert_eq!(defaults(&operator).await, ["B", "C"], "one's own is nobody else's");
    let d = save(&owner, "D", json!({"is_default": true})).await.expect(201);
    assert_eq!(defaults(&owner).await, ["C", "D"]);
    share(&owner, &d, json!({"audience": "everybody"})).await.expect_status(200);
    assert_eq!(defaults(&owner).await, ["D"]);
    owner.patch(&format!("/api/v1/saved-views/{}", id(&d)), "*", json!({"is_default": false})).await.expect_status(200);
    assert_eq!(defaults(&operator).await, ["B"]);
}

#[tokio::test]
async fn what_is_no_view_is_refused_at_its_field() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let taken = save(&owner, "Taken", json!({})).await.expect(201);
    let somebodys = owner.get("/api/v1/roles?name=eq.member&scope=eq.organization").await[0]["id"].clone();
    for (more, status, field) in [
        (json!({"name": " "}), 422, "name"),
        (json!({"name": "x".repeat(81)}), 422, "name"),
        (json!({"name": "taken"}), 409, "name"),
        (json!({"page": "/dashboard/admin"}), 422, "page"),
        (json!({"page": "//evil.example/admin"}), 422, "page"),
        (json!({"page": "/admin/../account"}), 422, "page"),
        (json!({"page": "/admin/users?row=5"}), 422, "page"),
        (json!({"state": "row=5"}), 422, "state"),
        (json!({"state": "order=a&order=b"}), 422, "state"),
    ] {
        let refused = save(&owner, "Fresh", more.clone()).await.expect(status);
        assert_eq!(refused["errors"][0]["field"], field, "{more}: {}", refused.text);
    }
    assert_eq!(names(&owner).await, ["Taken"]);
    for with in [
        json!({"audience": "role"}),
        json!({"audience": "role", "role_id": somebodys}),
        json!({"audience": "everybody", "role_id": somebodys}),
    ] {
        let refused = share(&owner, &taken, with.clone()).await.expect(422);
        assert_eq!(refused["errors"][0]["field"], "role_id", "{with}: {}", refused.text);
    }
}

#[tokio::test]
async fn an_organizations_views_are_its_members_and_go_with_their_owners_role() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    let mut members = Vec::new();
    let organization = owner.post("/api/v1/organizations", json!({"name": "Navy"})).await.expect(201)["id"].as_str().unwrap().to_owned();
    let role = owner.get("/api/v1/roles?name=eq.admin&scope=eq.organization").await[0]["id"].clone();
    for email in ["grace@example.com", "alan@example.com"] {
        let client = t.user(&owner, email).await;
        let user = owner.get(&format!("/api/v1/users?email=eq.{email}")).await[0]["id"].clone();
        let member = json!({"organization_id": organization, "user_id": user, "role_id": role, "level": "admin"});
        owner.post("/api/v1/memberships", member).await.expect_status(201);
        members.push(client.with_header("quarterdeck-account", "user").with_header("quarterdeck-organization", &organization));
    }
    let page = format!("/dashboard/admin/{organization}/memberships");
    let crew = save(&members[0], "Crew", json!({"page": page})).await.expect(201);
    share(&members[0], &crew, json!({"audience": "everybody"})).await.expect_status(200);
    save(&members[0], "Own", json!({"page": page})).await.expect_status(201);
    assert_eq!(names(&members[1]).await, ["Crew"]);
    assert!(names(&owner).await.is_empty(), "those of staff are others");
    shown(&owner, "Staff's", json!({"audience": "everybody"})).await;
    assert_eq!(names(&members[0]).await, ["Crew", "Own"]);
}

#[tokio::test]
async fn a_key_sees_what_its_owner_sees() {
    let t = TestApp::start(product()).await;
    let owner = t.owner().await;
    save(&owner, "Mine", json!({})).await.expect_status(201);
    let key = owner.post("/api/v1/keys", json!({"name": "cli", "scopes": ["saved-views:read", "saved-views:create"]})).await.expect(201);
    let by_key = t.nobody().with_key(key["key"].as_str().unwrap());
    assert_eq!(names(&by_key).await, ["Mine"]);
    let made = save(&by_key, "Made by key", json!({})).await.expect(201);
    assert_eq!(names(&owner).await, ["Made by key", "Mine"]);
    share(&by_key, &made, json!({"audience": "everybody"})).await.expect_status(403);
}
