//! Embedding as an attacker uses it: hostile names and grammar, what may not be read, and other people's rows.

use crate::explorer_lab::{encoded, lab};
use crate::seen_lab::{Desk, rows};
use http::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn names_of_any_kind_are_names() {
    let long = "ß".repeat(31);
    for name in ["a\"b", "x; drop table parent; --", "😀", "$1", "select", "a.b", "a,b", "a(b)", "o", "t", "j", long.as_str()] {
        let quoted = format!("\"{}\"", name.replace('"', "\"\""));
        let lab = lab(&format!(
            "create table parent (id int primary key, {quoted} text); insert into parent values (1, 'one');
             create table {quoted} ({quoted} int references parent, id int primary key, \"v\" text); insert into {quoted} values (1, 7, 'x'), (null, 8, 'y')"
        ))
        .await;
        let called = format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
        let below =
            lab.get(&format!("main/parent?select={}&{}=eq.x", encoded(&format!("{called},{called}:{called}(id,v)")), encoded("id"))).await;
        // The column and the table have one name, which may be there once.
        below.expect_status(400);
        let below =
            lab.get(&format!("main/parent?select={}&{}=eq.x", encoded(&format!("id,kids:{called}({called},id)")), encoded("kids.v"))).await;
        assert_eq!(below.body_of(200), json!([{"id": 1, "kids": [{name: 1, "id": 7}]}]), "{name}");
        let above = lab
            .get(&format!("main/{}?select={}&order={}", encoded(name), encoded("id,p:parent(*)"), encoded("p(id).desc.nullslast,id")))
            .await;
        assert_eq!(above.body_of(200), json!([{"id": 7, "p": {"id": 1, name: "one"}}, {"id": 8, "p": null}]), "{name}");
        let by_column = lab.get(&format!("main/{}?select={}&id=eq.7", encoded(name), encoded(&format!("up:{called}(id)")))).await;
        assert_eq!(by_column.body_of(200), json!([{"up": {"id": 1}}]), "{name}");
    }
}

#[tokio::test]
async fn hostile_grammar_is_refused_with_a_reason() {
    let lab = lab("").await.chinook().await;
    let select = |text: &str| format!("chinook/artist?select={}", encoded(text));
    for text in [
        "album(",
        "album)",
        "album())",
        "(album)",
        "album(title",
        "album!(title)",
        "album!inner!a!b(title)",
        "...x:album(title)",
        "album(title)x",
        "\"album(title)",
        "album(nope)",
        "nope(title)",
        "album(*,*)",
        "album(title),album(title)",
        "name,name:album(title)",
        "album(title)::text",
        "a:b:album(title)",
        "album(track(playlist(track(album(artist(album(track(name))))))))",
        "album.sum()",
        "name.sum()",
        "name.nope()",
        "sum()",
        "*.count()",
        "count()::regclass",
        "name,count(),count()",
        "album_id.sum()::text;drop",
    ] {
        let refused = lab.get(&select(text)).await;
        assert_eq!(refused.status, 400, "{text}: {}", refused.text);
    }
    for (name, value) in [
        ("album", "eq.1"),
        ("album.nope", "eq.1"),
        ("album.title", "nope.1"),
        ("album.limit", "x"),
        ("album.limit", "1001"),
        ("album.offset", "-1"),
        ("album.order", "nope"),
        ("album.album_id", "eq.x"),
        ("album.or", "(title.eq"),
        ("album.track.name", "eq.x"),
        ("album.", "eq.1"),
        ("album.cursor", "x"),
        ("order", "album(title"),
        ("order", "album(nope)"),
        ("album.\0", "eq.1"),
    ] {
        let refused = lab.get(&format!("{}&{}={}", select("name,album(title)"), encoded(name), encoded(value))).await;
        assert_eq!(refused.status, 400, "{name}={value}: {}", refused.text);
        assert!(refused["errors"][0]["field"].as_str().is_some_and(|field| !field.is_empty()), "{name}={value}: {}", refused.text);
    }
    let named = lab.get(&format!("{}&album.album_id=eq.x", select("name,album(title)"))).await.expect(400);
    assert_eq!(named["errors"][0]["field"], "album.album_id");
    let many = vec!["album(title)"; 40].join(",");
    lab.get(&select(&many)).await.expect_status(400);
}

#[tokio::test]
async fn what_the_login_may_not_read_does_not_exist() {
    let lab = lab("").await;
    lab.owner.post("/api/v1/keys", json!({"name": "script", "scopes": ["rows:read"]})).await.expect_status(201);
    let read =
        async |query: &str| lab.rows(Method::GET, &format!("main/{query}"), &[("accept-profile", "dashboard_auth")], Value::Null).await;
    // The panel's own secrets: no column that its migrations don't grant comes along, filters or sorts.
    let keys = read("dashboard_users?select=id,api_keys(*)&api_keys=not.is.null").await.expect(200);
    assert!(keys.text.contains("\"prefix\"") && !keys.text.contains("token_hash") && !keys.text.contains("password"), "{}", keys.text);
    for query in [
        "select=api_keys(token_hash)",
        "select=api_keys(h:token_hash)",
        "select=api_keys(id)&api_keys.token_hash=not.is.null",
        "select=api_keys!inner()&api_keys.or=(token_hash.not.is.null)",
        "select=api_keys(id)&api_keys.order=token_hash",
        "select=api_keys(token_hash.max())",
        "select=api_keys(token_hash,count())",
        "select=...api_keys(token_hash)",
        "select=api_keys(dashboard_users(password_hash))",
        "select=sessions(*)&order=sessions(token_hash)",
    ] {
        let refused = read(&format!("dashboard_users?{query}")).await;
        assert_eq!(refused.status, 400, "{query}: {}", refused.text);
    }
}

#[tokio::test]
async fn policies_and_rights_of_the_place_hold_for_what_is_embedded() {
    let desk = Desk::new(
        "create table public.lists (id int primary key, name text); insert into public.lists values (1, 'work');
         alter table public.todos add column list_id int references public.lists; update public.todos set list_id = 1;
         create table public.secrets (id int primary key references public.lists, word text); insert into public.secrets values (1, 'hush');
         create table public.half (id int primary key, list_id int references public.lists, open text, shut text); insert into public.half values (1, 1, 'o', 's');
         grant select on public.lists to authenticated; grant select (id, list_id, open) on public.half to authenticated;",
    )
    .await;
    let id = desk.as_grace().await;
    let owner = &desk.lab.owner;
    let lists = rows(owner, &id, "lists?select=name,todos(task)&todos.order=task").await.body_of(200);
    assert_eq!(lists, json!([{"name": "work", "todos": [{"task": "compile"}, {"task": "debug"}]}]));
    let counted = rows(owner, &id, "lists?select=todos(count())").await.body_of(200);
    assert_eq!(counted, json!([{"todos": [{"count": "2"}]}]));
    // Somebody else's row is not found by a filter either.
    assert_eq!(rows(owner, &id, "lists?select=name,todos!inner()&todos.task=eq.halt").await.body_of(200), json!([]));
    let sorted = rows(owner, &id, "todos?select=task,lists(name)&order=lists(name),id").await.body_of(200);
    assert_eq!(sorted.as_array().unwrap().len(), 2);
    // Nothing was granted on it: it is not there.
    assert_eq!(rows(owner, &id, "lists?select=name,secrets(word)").await.expect(400)["code"], "PGRST200");
    assert_eq!(rows(owner, &id, "lists?select=half(*)").await.body_of(200), json!([{"half": [{"id": 1, "list_id": 1, "open": "o"}]}]));
    rows(owner, &id, "lists?select=half(shut)").await.expect_status(400);
    desk.stop().await;
    // The explorer's own login sees below another table what it sees of the table itself.
    assert_eq!(
        desk.lab.get("main/secrets?select=word,lists(name)").await.body_of(200),
        json!([{"word": "hush", "lists": {"name": "work"}}])
    );
    let direct = desk.lab.get("main/todos?select=task&order=id").await.body_of(200);
    assert_eq!(desk.lab.get("main/lists?select=todos(task)&todos.order=id").await.body_of(200), json!([{"todos": direct}]));
}
