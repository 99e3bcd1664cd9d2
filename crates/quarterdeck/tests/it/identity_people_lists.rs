//! Lists of people at size: what a row says, the search by its index, and many roles changed at once, tried first.

use crate::sweeps_world::World;
use kernel::Caller;
use kernel::list::Query;
use serde_json::{Value, json};

async fn membership(world: &World, organization: &str, role: &str, level: &str) -> String {
    let user = world.fresh("users").await;
    let body = json!({"organization_id": organization, "user_id": user, "role_id": world.role(role, "organization").await, "level": level});
    world.owner.post("/api/v1/memberships", body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_row_says_where_somebody_belongs_and_whether_they_have_joined() {
    let world = World::new().await;
    let (navy, army) = (world.fresh("organizations").await, world.fresh("organizations").await);
    let user = world.fresh("users").await;
    for (organization, role, level) in [(&navy, "viewer", "read_only"), (&army, "manager", "read_write")] {
        let body =
            json!({"organization_id": organization, "user_id": user, "role_id": world.role(role, "organization").await, "level": level});
        world.owner.post("/api/v1/memberships", body).await.expect_status(201);
    }
    let row = world.owner.get(&format!("/api/v1/users/{user}")).await.expect(200);
    let mut roles: Vec<&str> = row["roles"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    roles.sort_unstable();
    assert_eq!(roles, ["Manager", "Viewer (read only)"]);
    assert_eq!(row["joined"], "pending");
    let name = row["organizations"][0].as_str().unwrap();
    let found = world.owner.get(&format!("/api/v1/users?organizations=cs.%7B%22{name}%22%7D&joined=eq.pending")).await.expect(200);
    assert_eq!(found.body.as_array().unwrap().len(), 1, "{}", found.text);
    assert_eq!(world.owner.get("/api/v1/users?joined=eq.joined").await.expect(200).body, json!([]));
}

#[tokio::test]
async fn people_are_searched_by_the_index() {
    let world = World::new().await;
    let db = world.app.database().await;
    db.batch_execute(
        "insert into auth.users (id, email, name) select gen_random_uuid(), md5(i::text) || '@example.com', md5((i + 7)::text) from generate_series(1, 20000) i; \
         insert into auth.users (id, email, name) values (gen_random_uuid(), 'countess@example.com', 'Ada Lovelace'); analyze auth.users",
    )
    .await
    .unwrap();
    let found = world.owner.get("/api/v1/users?search=ovelac").await.expect(200);
    assert_eq!(found.body.as_array().unwrap().len(), 1);
    // What the search asks, said as a filter, with its values written into it, by the role that asks it.
    let resource = world.app.app.registry.resource("users").unwrap().clone();
    let query = Query::parse(resource.relation(), &[("or", "(email.ilike.*ovelac*,name.ilike.*ovelac*)")]).unwrap();
    let asked = kernel::list::predicate(resource.relation(), &query.filter, None, 1).unwrap();
    let mut sql = format!("select id from auth.users t where {}", asked.sql);
    for (at, param) in asked.params.iter().enumerate().rev() {
        sql = sql.replace(&format!("${}", at + 1), &format!("'{}'", param.0.as_deref().unwrap()));
    }
    let tx = world.app.app.db.begin(&Caller::system("test"), world.app.app.clock.now()).await.unwrap();
    let plan: Vec<String> = tx.db().query(&format!("explain {sql}"), &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    tx.rollback().await.unwrap();
    let plan = plan.join("\n");
    assert!(plan.contains("users_email_trgm_idx") && plan.contains("users_name_trgm_idx"), "{plan}");
}

#[tokio::test]
async fn many_roles_are_tried_first_and_changed_all_or_none() {
    let world = World::new().await;
    let navy = world.fresh("organizations").await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(membership(&world, &navy, "member", "read_write").await);
    }
    let manager = world.role("manager", "organization").await;
    let filter = format!("organization_id=eq.{navy}");
    let ask =
        |dry_run: bool| json!({"filter": filter, "expected": 3, "dry_run": dry_run, "input": {"role_id": manager, "level": "read_only"}});
    let tried = world.owner.post("/api/v1/memberships/change-role", ask(true)).await.expect(200);
    assert_eq!((&tried["changed"], tried["rows"].as_array().unwrap().len()), (&json!(0), 3));
    assert!(tried["rows"].as_array().unwrap().iter().all(|row| row["ok"] == true && row["title"].is_string()), "{}", tried.text);
    let unchanged = world.owner.get(&format!("/api/v1/memberships?{filter}&role_id=eq.{manager}")).await.expect(200);
    assert_eq!(unchanged.body, json!([]), "trying changes nothing");
    let audited = world.app.audit().await.len();
    assert_eq!(world.owner.post("/api/v1/memberships/change-role", ask(false)).await.expect(200)["changed"], 3);
    assert_eq!(world.app.audit().await.len(), audited + 3, "each change has its row");
    let changed = world.owner.get(&format!("/api/v1/memberships?{filter}&role_id=eq.{manager}&level=eq.read_only")).await.expect(200);
    assert_eq!(changed.body.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_dry_run_names_each_row_that_would_be_refused_and_the_act_then_changes_nothing() {
    let world = World::new().await;
    let operator = world.role("operator", "platform").await;
    let (_, first) = world.staff(&operator).await;
    let developer = world.role("developer", "platform").await;
    let ask = |dry_run: bool| json!({"filter": "status=eq.active", "expected": 2, "dry_run": dry_run, "input": {"role_id": developer}});
    let tried = world.owner.post("/api/v1/staff/change-role", ask(true)).await.expect(200);
    let rows = tried["rows"].as_array().unwrap();
    let refused: Vec<&Value> = rows.iter().filter(|row| row["ok"] == false).collect();
    assert!(refused.len() == 1 && refused[0]["message"].as_str().unwrap().contains("last active owner"), "{}", tried.text);
    world.owner.post("/api/v1/staff/change-role", ask(false)).await.expect_status(403);
    assert_eq!(world.owner.get(&format!("/api/v1/staff/{first}")).await.expect(200)["role"], "operator", "all or none");
}
