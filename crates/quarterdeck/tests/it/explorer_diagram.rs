//! What a diagram is drawn from: tables, their columns, and what points where.

use crate::explorer_lab::{encoded, lab};
use serde_json::{Value, json};

fn table<'a>(body: &'a Value, name: &str) -> &'a Value {
    body["tables"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap()
}

#[tokio::test]
async fn tables_keys_and_how_many_point_where() {
    let lab = lab(
        "create schema \"Odd; --\"; create table \"Odd; --\".\"a\"\"b ☃\" (id int primary key, \"Ünïcode\" text);
         create table public.person (id int primary key, boss int references public.person);
         create table public.passport (person int primary key references public.person, number text);
         create table public.line (a int not null references public.person, b int, c text, primary key (a, c), foreign key (b) references \"Odd; --\".\"a\"\"b ☃\");
         create view public.bosses as select distinct boss from public.person;
         create table public.parted (id int primary key) partition by range (id); create table public.parted_1 partition of public.parted for values from (0) to (9);",
    )
    .await;
    let all = lab.owner.get("/api/v1/explorer/main/diagram?schema=public").await.expect(200).body;
    let names: Vec<&str> = all["tables"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["bosses", "line", "parted", "passport", "person"], "a partition is drawn as its parent");
    assert_eq!(table(&all, "bosses")["kind"], "view");
    assert_eq!(
        table(&all, "person")["columns"],
        json!([{"name": "id", "type": "integer", "nullable": false, "key": true}, {"name": "boss", "type": "integer", "nullable": true, "key": false}])
    );
    let reference = |from: &str, column: &str| {
        let found = all["references"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["from"]["table"] == from && one["from"]["columns"] == json!([column]));
        found.map(|one| (one["to"]["table"].clone(), one["unique"].clone(), one["optional"].clone())).unwrap()
    };
    assert_eq!(reference("person", "boss"), (json!("person"), json!(false), json!(true)));
    assert_eq!(reference("passport", "person"), (json!("person"), json!(true), json!(false)));
    assert_eq!(reference("line", "a"), (json!("person"), json!(false), json!(false)));
    assert_eq!(reference("line", "b").0, json!("a\"b ☃"), "what is elsewhere is named");
    let odd = lab.owner.get(&format!("/api/v1/explorer/main/diagram?schema={}", encoded("Odd; --"))).await.expect(200).body;
    assert_eq!(table(&odd, "a\"b ☃")["columns"][1]["name"], "Ünïcode");
    let none = lab.owner.get("/api/v1/explorer/main/diagram?schema=nowhere").await.expect(200).body;
    assert_eq!((&none["tables"], &none["references"], &none["more"]), (&json!([]), &json!([]), &json!(false)));
}

#[tokio::test]
async fn secrets_of_the_panel_are_not_even_drawn() {
    let lab = lab("").await;
    let text = lab.owner.get("/api/v1/explorer/main/diagram?schema=dashboard_auth").await.expect(200).text;
    assert!(text.contains("dashboard_users") && !text.contains("password_hash") && !text.contains("token_hash"), "{text}");
}

#[tokio::test]
async fn a_schema_of_thousands_is_answered_as_far_as_is_said() {
    let lab = lab(
        "create schema many; do $$ begin for n in 1..3005 loop execute format('create table many.t%s (id int)', n); end loop; end $$;
         do $$ begin execute 'create table public.wide (' || (select string_agg('c' || n || ' int', ', ') from generate_series(1, 150) n) || ')'; end $$",
    )
    .await;
    let many = lab.owner.get("/api/v1/explorer/main/diagram?schema=many").await.expect(200).body;
    assert_eq!((many["tables"].as_array().unwrap().len(), &many["more"]), (3000, &json!(true)));
    let wide = lab.owner.get("/api/v1/explorer/main/diagram?schema=public").await.expect(200).body;
    assert_eq!((table(&wide, "wide")["columns"].as_array().unwrap().len(), &table(&wide, "wide")["width"]), (100, &json!(150)));
}
