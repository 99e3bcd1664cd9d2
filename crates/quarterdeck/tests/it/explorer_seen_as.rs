//! Seeing tables as a user, as nobody or as the platform: their row policies decide, and what staff may do is dropped.

use crate::seen_lab::{Desk, HEADER, rows, tasks, texts};
use chrono::Duration;
use http::Method;
use kernel::Access;
use serde_json::{Value, json};

#[tokio::test]
async fn policies_of_a_tutorial_show_each_subject_their_rows() {
    let desk = Desk::new("").await;
    let owner = &desk.lab.owner;
    assert_eq!(texts(&desk.lab.get("main/todos?order=id").await.expect(200), "task"), ["compile", "debug", "halt"], "staff see all");
    let id = desk.as_grace().await;
    assert_eq!(tasks(owner, &id).await, ["compile", "debug"]);
    // The session is in her place, whether a request says so or not; the answer says which.
    let plain = desk.lab.get("main/todos?order=id").await.expect(200);
    assert_eq!((texts(&plain, "task").len(), plain.header(HEADER)), (2, Some(id.as_str())));
    for (counting, total) in [("exact", "0-1/2"), ("estimated", "0-1/2")] {
        let prefer = format!("count={counting}");
        let counted = owner.send(Method::GET, "/api/v1/data/main/todos", &[(HEADER, &id), ("prefer", &prefer)], None).await.expect(200);
        assert_eq!(counted.header("content-range"), Some(total), "a count tells of nobody else's rows");
    }
    let alan = desk.begin_again(json!({"kind": "user", "user_id": desk.alan, "reason": "the other one"})).await;
    assert_eq!(tasks(owner, &alan).await, ["halt"]);
    let anon = desk.begin_again(json!({"kind": "anon", "reason": "what strangers see"})).await;
    assert!(tasks(owner, &anon).await.is_empty());
    let service = desk.begin_again(json!({"kind": "service", "reason": "what the backend sees"})).await;
    assert_eq!(tasks(owner, &service).await.len(), 3);
    desk.stop().await;
    assert_eq!(texts(&desk.lab.get("main/todos").await.expect(200), "task").len(), 3);
    let log = owner.get("/api/v1/impersonations?order=started_at").await.expect(200);
    let shown: Vec<(&str, &str, &str, &str)> = log
        .body
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap_or("");
            (text("kind"), text("target_label"), text("surface"), text("status"))
        })
        .collect();
    let ended = |kind, label| (kind, label, "database", "ended");
    let mut expected =
        [ended("user", "Grace Hopper"), ended("user", "Alan Turing"), ended("anon", "anon"), ended("service", "service_role")];
    let mut shown = shown;
    shown.sort_unstable();
    expected.sort_unstable();
    assert_eq!(shown, expected);
}

impl Desk {
    /// Stops what is on, and begins another: while one is on its session may not.
    async fn begin_again(&self, input: Value) -> String {
        self.lab.owner.post("/api/v1/impersonations/begin", input.clone()).await.expect_status(403);
        self.stop().await;
        self.begin(&self.lab.owner, input).await
    }
}

#[tokio::test]
async fn functions_say_what_supabase_says() {
    let sql = "create view public.me with (security_invoker) as select auth.uid() as uid, auth.role() as role, auth.email() as email, auth.jwt() as jwt, \
               current_user::text as who; grant select on public.me to anon, authenticated, service_role";
    // Views with the rights of their caller came with PostgreSQL 15; these functions read no table, so it is the same.
    let desk = Desk::new(&sql.replace(" with (security_invoker)", "")).await;
    let owner = &desk.lab.owner;
    let odd = json!({"plan": "\"}, {\"role\": \"service_role\"", "it's": {"deep": [1, null]}});
    owner
        .patch(&format!("/api/v1/users/{}", desk.grace), "*", json!({"metadata": odd, "name": "O'Brien\", \"role\": \"service_role"}))
        .await
        .expect_status(200);
    let id = desk.as_grace().await;
    let me = rows(owner, &id, "me").await.expect(200)[0].clone();
    assert_eq!((&me["uid"], &me["role"], &me["email"]), (&json!(desk.grace), &json!("authenticated"), &json!("grace@example.com")));
    assert_eq!((&me["who"], &me["jwt"]["app_metadata"], &me["jwt"]["sub"]), (&json!("authenticated"), &odd, &json!(desk.grace)));
    desk.stop().await;
    let id = desk.begin(owner, json!({"kind": "anon", "reason": "looking"})).await;
    let me = rows(owner, &id, "me").await.expect(200)[0].clone();
    assert_eq!((&me["uid"], &me["role"], &me["email"], &me["who"]), (&Value::Null, &json!("anon"), &Value::Null, &json!("anon")));
    desk.stop().await;
    // Outside of it nobody is signed in.
    let me = desk.lab.ask("select row(auth.uid(), auth.role(), auth.jwt())").await;
    assert_eq!(me, "(,,)");
}

#[tokio::test]
async fn who_only_looks_is_stopped_by_the_panel_and_by_the_database() {
    let desk = Desk::new(
        "create table public.noise (id int); grant select, insert on public.noise to authenticated;
         create function public.make_noise() returns int language plpgsql volatile as $$ begin insert into public.noise values (1); return 1; end $$;
         create view public.sly as select public.make_noise() as n; grant select on public.sly to authenticated;",
    )
    .await;
    let id = desk.as_grace().await;
    let owner = &desk.lab.owner;
    let body = json!({"user_id": desk.grace, "task": "more"});
    for (method, path) in [(Method::POST, "todos"), (Method::PATCH, "todos?id=eq.1"), (Method::DELETE, "todos?id=eq.1")] {
        owner.send(method, &format!("/api/v1/data/main/{path}"), &[], Some(body.clone())).await.expect_status(403);
    }
    let refused = rows(owner, &id, "sly").await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("read-only"), "{}", refused.text);
    assert_eq!(desk.lab.ask("select count(*) from public.noise").await, "0");
    assert_eq!(desk.lab.ask("select count(*) from public.todos").await, "3");
}

#[tokio::test]
async fn what_is_written_obeys_the_policies_and_names_both() {
    let desk = Desk::new("").await;
    desk.as_grace_writing().await;
    let more = desk.lab.insert("main/todos", json!({"user_id": desk.grace, "task": "sleep"})).await.expect(201);
    let refused = desk.lab.insert("main/todos", json!({"user_id": desk.alan, "task": "not mine"})).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("row-level security"), "{}", refused.text);
    // Other people's rows don't exist.
    assert_eq!(desk.lab.update("main/todos?task=eq.halt", json!({"task": "go on"})).await.expect(200).body, json!([]));
    assert_eq!(desk.lab.delete("main/todos?task=eq.halt").await.expect(200).body, json!([]));
    // Nor can one's own be given away.
    desk.lab.update("main/todos?task=eq.compile", json!({"user_id": desk.alan})).await.expect_status(403);
    desk.lab.update("main/todos?task=eq.compile", json!({"task": "compiled"})).await.expect_status(200);
    assert_eq!(desk.lab.ask("select string_agg(task, ',' order by id) from public.todos").await, "compiled,debug,halt,sleep");
    desk.stop().await;
    let log = desk.lab.log().await;
    let done: Vec<&Value> = log.iter().filter(|e| e["outcome"] == "ok").collect();
    assert!(
        done.len() >= 3 && log.iter().all(|e| e["actor_label"] == "Ada Lovelace" && e["subject_id"] == desk.grace.as_str()),
        "{log:#?}"
    );
    let insert = done.iter().find(|e| e["action"] == "rows.create").unwrap();
    assert_eq!(insert["changes"]["task"]["after"], "sleep");
    assert!(log.iter().any(|e| e["outcome"] == "failed"), "what the policies refused is in the log");
    let evidence = desk.lab.owner.get("/api/v1/impersonations").await.expect(200);
    assert!(evidence[0]["done"].as_i64().unwrap() >= 4, "{}", evidence.text);
    drop(more);
}

#[tokio::test]
async fn what_the_role_may_decides_what_is_offered() {
    let desk = Desk::new(
        "create table public.letters (id int primary key, body text, sealed text); insert into public.letters values (1, 'dear', 'hush');
         grant select (id, body) on public.letters to authenticated; create table public.bare (id int primary key);",
    )
    .await;
    let describe = |table: &'static str| {
        let owner = &desk.lab.owner;
        async move { owner.get(&format!("/api/v1/explorer/main/tables/public/{table}")).await.expect(200) }
    };
    let own = describe("letters").await;
    assert_eq!(own["insert"]["allowed"], true);
    let id = desk.as_grace_writing().await;
    let theirs = describe("letters").await;
    assert_eq!(theirs["insert"], json!({"allowed": false, "reason": "authenticated may not insert into this table"}));
    let sealed = theirs["columns"].as_array().unwrap().iter().find(|c| c["name"] == "sealed").unwrap().clone();
    assert_eq!((&sealed["readable"], &sealed["hidden_reason"]), (&json!(false), &json!("authenticated may not read this column")));
    assert_eq!(rows(&desk.lab.owner, &id, "letters").await.expect(200).body, json!([{"id": 1, "body": "dear"}]));
    rows(&desk.lab.owner, &id, "letters?sealed=eq.hush").await.expect_status(400);
    let refused = rows(&desk.lab.owner, &id, "bare").await.expect(403);
    assert!(refused["detail"].as_str().unwrap().starts_with("authenticated may not read public.bare"), "{}", refused.text);
    assert!(refused["sql"].as_str().unwrap().contains("grant select on \"public\".\"bare\" to authenticated"), "{}", refused.text);
    desk.stop().await;
    // What was learned in her place is not what staff see, and the other way round.
    assert_eq!(describe("letters").await["insert"]["allowed"], true);
}

#[tokio::test]
async fn staff_drop_everything_else() {
    let desk = Desk::new("").await;
    let owner = &desk.lab.owner;
    let id = desk.as_grace_writing().await;
    let session = owner.get("/api/v1/session").await.expect(200);
    assert_eq!(
        session["permissions"],
        json!(["rows:read", "rows:create", "rows:update", "rows:delete", "rows:call", "sql:read", "sql:write", "sources:read"])
    );
    assert_eq!(session["user"]["email"], testkit::OWNER_EMAIL);
    let banner = &session["impersonation"];
    assert_eq!((&banner["id"], &banner["kind"], &banner["name"]), (&json!(id), &json!("user"), &json!("Grace Hopper")));
    assert_eq!((&banner["role"], &banner["read_only"]), (&json!("authenticated"), &json!(false)));
    for path in ["/users", "/staff", "/keys", "/audit", "/settings", "/impersonations", "/session/elevations"] {
        let answer = owner.get(&format!("/api/v1{path}")).await;
        assert!(answer.status == 403 || path == "/session/elevations", "{path} answered {}", answer.status);
    }
    let changing: Vec<_> =
        desk.lab.app.app.registry.endpoints().iter().filter(|e| e.mutates() && e.access != Access::Public).cloned().collect();
    assert!(changing.len() > 60);
    for endpoint in changing.iter().filter(|e| e.id != "impersonation.leave" && !e.id.starts_with("rows.") && !e.id.starts_with("sql.")) {
        let path = endpoint.path.replace("{key}", "identity.staff_idle_minutes").replace("{source}", "main").replace("{schema}", "public");
        let path: String = path.split('/').map(|p| if p.starts_with('{') { &desk.grace } else { p }).collect::<Vec<_>>().join("/");
        let answer = owner.send(endpoint.method.clone(), &format!("/api/v1{path}"), &[("if-match", "*")], Some(json!({}))).await;
        assert!([401, 403, 404].contains(&answer.status), "{} answered {} {}", endpoint.id, answer.status, answer.text);
    }
    // The platform behind the gate knows staff as themselves.
    let gate = owner.get("/api/v1/gate?for=staff").await.expect(200);
    assert_eq!((gate.header("remote-kind"), gate.header("remote-email")), (Some("staff"), Some(testkit::OWNER_EMAIL)));
    desk.stop().await;
    owner.get("/api/v1/users").await.expect_status(200);
}

#[tokio::test]
async fn who_it_may_be_and_what_it_takes() {
    let desk = Desk::new("").await;
    let owner = &desk.lab.owner;
    let begin = |input: Value| async move { owner.post("/api/v1/impersonations/begin", input).await };
    let anon = |more: Value| {
        let mut input = json!({"kind": "anon", "reason": "looking"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    for wrong in [
        json!({"kind": "anon"}),
        json!({"kind": "staff", "reason": "looking"}),
        json!({"kind": "user", "reason": "looking"}),
        anon(json!({"reason": "  "})),
        anon(json!({"minutes": 14})),
        anon(json!({"minutes": 61})),
        anon(json!({"user_id": desk.grace})),
    ] {
        begin(wrong).await.expect_status(422);
    }
    // Never staff, nor an account that belongs to them.
    let staff = owner.get("/api/v1/staff").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
    let user = |id: &str| json!({"kind": "user", "user_id": id, "reason": "looking"});
    begin(user(&staff)).await.expect_status(422);
    desk.lab.db.execute("update auth.users set staff_id = $1::text::uuid where id = $2::text::uuid", &[&staff, &desk.alan]).await.unwrap();
    begin(user(&desk.alan)).await.expect_status(422);
    owner.post(&format!("/api/v1/users/{}/impersonate", desk.alan), json!({"reason": "looking"})).await.expect_status(403);
    // Who isn't an owner never is the platform; who only looks at everything begins nothing; keys neither.
    let operator = desk.lab.app.staff(owner, "operator").await;
    let service = json!({"kind": "service", "reason": "looking"});
    operator.post("/api/v1/impersonations/begin", service.clone()).await.expect_status(403);
    operator.post("/api/v1/impersonations/begin", anon(json!({}))).await.expect_status(200);
    desk.lab.app.staff(owner, "developer").await.post("/api/v1/impersonations/begin", anon(json!({}))).await.expect_status(403);
    let key = owner.post("/api/v1/keys", json!({"name": "Script", "scopes": ["*"]})).await.expect(201);
    let script = desk.lab.app.nobody().with_key(key["key"].as_str().unwrap());
    script.post("/api/v1/impersonations/begin", anon(json!({}))).await.expect_status(403);
    desk.lab.app.advance(Duration::minutes(11));
    for input in [service, anon(json!({}))] {
        assert!(begin(input).await.expect(403)["type"].as_str().unwrap().ends_with("/step-up"));
    }
}

#[tokio::test]
async fn the_evidence_outlives_both_accounts() {
    let desk = Desk::new("").await;
    let colleague = desk.lab.app.staff(&desk.lab.owner, "operator").await;
    desk.begin(&colleague, json!({"kind": "user", "user_id": desk.grace, "reason": "looking", "ticket": "SUP-7"})).await;
    desk.lab.owner.delete(&format!("/api/v1/users/{}", desk.grace)).await.expect_status(204);
    let staff = desk.lab.owner.get("/api/v1/staff?email=eq.operator@example.com").await.expect(200)[0]["id"].as_str().unwrap().to_owned();
    desk.lab.owner.delete(&format!("/api/v1/staff/{staff}")).await.expect_status(204);
    let row = desk.lab.owner.get("/api/v1/impersonations").await.expect(200)[0].clone();
    assert_eq!((&row["admin_label"], &row["target_label"], &row["ticket"]), (&json!("operator"), &json!("Grace Hopper"), &json!("SUP-7")));
    let told = desk
        .lab
        .ask("select string_agg(impersonation_type || ' ' || target_role || ' ' || reason, ',') from auth.impersonation_sessions")
        .await;
    assert_eq!(told, "user authenticated looking");
}
