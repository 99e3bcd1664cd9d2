//! Columns that functions compute, ways that functions give, and ways from and to views.

use crate::explorer_lab::{Lab, encoded, lab};
use http::Method;
use serde_json::{Value, json};

const PEOPLE: &str = "create schema crm; create table crm.town (id int primary key, name text);
    create table crm.people (id int primary key, first text, last text, town_id int references crm.town, t int default 7);
    insert into crm.town values (1, 'Bonn'), (2, 'Ulm'); insert into crm.people values (1, 'Ada', 'Love', 1), (2, 'Bo', 'Dy', 1), (3, null, 'Nobody', null);
    create function crm.full_name(crm.people) returns text language sql stable as $$ select $1.first || ' ' || $1.last $$;
    create function crm.initials(p crm.people) returns text[] language sql immutable as $$ select array[left(p.first, 1), left(p.last, 1)] $$;
    create function crm.loud(crm.people) returns text language sql volatile as 'select upper($1.last)';
    create function crm.last(crm.people) returns text language sql stable as $$ select 'not the column' $$;
    create function crm.neighbours(crm.people) returns setof crm.people language sql stable as 'select p.* from crm.people p where p.town_id = $1.town_id and p.id <> $1.id order by p.id';
    create function crm.home(crm.people) returns setof crm.town rows 1 language sql stable as 'select * from crm.town where id = $1.town_id';
    create function crm.everybody() returns setof crm.people language sql stable as 'select * from crm.people'";

async fn of(lab: &Lab, table: &str, query: &[(&str, &str)]) -> Value {
    let query: Vec<String> = query.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    lab.rows(Method::GET, &format!("main/{table}?{}", query.join("&")), &[("accept-profile", "crm")], Value::Null).await.body_of(200)
}

#[tokio::test]
async fn computed_columns_are_selected_filtered_and_sorted_by_their_name() {
    let lab = lab(PEOPLE).await;
    let read = async |query: &[(&str, &str)]| of(&lab, "people", query).await;
    assert_eq!(read(&[("id", "eq.1")]).await, json!([{"id": 1, "first": "Ada", "last": "Love", "town_id": 1, "t": 7}]));
    assert_eq!(
        read(&[("select", "id,full_name,initials,x:full_name::text"), ("full_name", "not.is.null"), ("order", "full_name.desc")]).await,
        json!([{"id": 2, "full_name": "Bo Dy", "initials": ["B", "D"], "x": "Bo Dy"}, {"id": 1, "full_name": "Ada Love", "initials": ["A", "L"], "x": "Ada Love"}])
    );
    assert_eq!(read(&[("select", "id"), ("or", "(full_name.ilike.*love,full_name.is.null)")]).await, json!([{"id": 1}, {"id": 3}]));
    assert_eq!(read(&[("select", "last"), ("id", "eq.1")]).await, json!([{"last": "Love"}]));
    assert_eq!(read(&[("select", "full_name,count()"), ("full_name", "eq.Bo Dy")]).await, json!([{"full_name": "Bo Dy", "count": "1"}]));
    // Below another table, of a function's rows, and in the answer of a write.
    assert_eq!(
        of(&lab, "town", &[("select", "name,people(full_name)"), ("people.order", "full_name.desc"), ("id", "eq.1")]).await,
        json!([{"name": "Bonn", "people": [{"full_name": "Bo Dy"}, {"full_name": "Ada Love"}]}])
    );
    assert_eq!(of(&lab, "rpc/everybody", &[("select", "full_name"), ("full_name", "like.Ada*")]).await, json!([{"full_name": "Ada Love"}]));
    let headers = [("content-profile", "crm"), ("prefer", "return=representation")];
    let changed =
        lab.rows(Method::PATCH, "main/people?full_name=eq.Bo%20Dy&select=full_name,town(name)", &headers, json!({"last": "Derek"})).await;
    assert_eq!(changed.body_of(200), json!([{"full_name": "Bo Derek", "town": {"name": "Bonn"}}]));
    // What may change something is called, not read.
    let refused = lab.rows(Method::GET, "main/people?select=loud", &[("accept-profile", "crm")], Value::Null).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    let paged = lab
        .rows(Method::GET, "main/people?select=id&order=full_name.nullsfirst&limit=1", &[("accept-profile", "crm")], Value::Null)
        .await
        .expect(200);
    let next = of(
        &lab,
        "people",
        &[("select", "id"), ("order", "full_name.nullsfirst"), ("limit", "1"), ("cursor", paged.header("next-cursor").unwrap())],
    )
    .await;
    assert_eq!((paged.body, next), (json!([{"id": 3}]), json!([{"id": 1}])));
}

#[tokio::test]
async fn computed_ways_are_embedded_like_others() {
    let lab = lab(PEOPLE).await;
    let all = of(&lab, "people", &[("select", "id,neighbours(id,full_name),home(name)"), ("order", "id")]).await;
    assert_eq!(
        all,
        json!([
            {"id": 1, "neighbours": [{"id": 2, "full_name": "Bo Dy"}], "home": {"name": "Bonn"}},
            {"id": 2, "neighbours": [{"id": 1, "full_name": "Ada Love"}], "home": {"name": "Bonn"}},
            {"id": 3, "neighbours": [], "home": null}
        ])
    );
    let filtered = of(&lab, "people", &[("select", "id,neighbours!inner()"), ("neighbours.first", "eq.Ada")]).await;
    assert_eq!(filtered, json!([{"id": 2}]));
}

#[tokio::test]
async fn functions_show_nothing_that_is_hidden() {
    let lab = lab(PEOPLE).await;
    let all = |names: &[&str]| names.iter().map(|name| format!("main/people?select=id,{name}")).collect::<Vec<_>>();
    let profile = [("accept-profile", "crm")];
    let source = lab.owner.get("/api/v1/sources?name=eq.main").await.body_of(200)[0]["id"].clone();
    let mark = json!({"source_id": source, "schema_name": "crm", "table_name": "town", "column_name": "name", "treatment": "hidden"});
    lab.owner.post("/api/v1/sensitive-columns", mark).await.expect_status(201);
    lab.owner.get("/api/v1/explorer/main/tables/crm/people").await.expect_status(200);
    for path in all(&["full_name", "neighbours(id)"]) {
        let refused = lab.rows(Method::GET, &path, &profile, Value::Null).await;
        assert_eq!(refused.status, 400, "{path}: {}", refused.text);
    }
}

#[tokio::test]
async fn views_hang_together_by_the_columns_that_they_show() {
    let lab = lab(&format!("{PEOPLE}; set search_path = public;
        create view crm.citizens as select p.id as nr, p.last as name, t.id as town_nr, p.town_id as lives_in from crm.people p left join crm.town t on t.id = p.town_id;
        create view crm.places as select id as place, name || '!' as name from crm.town;
        create view crm.deep as select nr, lives_in from (select * from crm.citizens) c where nr > 1;
        create view crm.counted as select town_id + 0 as town_id, count(*) as n from crm.people group by 1;
        create table crm.note (id int primary key, people_id int references crm.people, body text); insert into crm.note values (1, 1, 'hi'), (2, 2, 'ho')"))
    .await;
    let from = of(&lab, "citizens", &[("select", "name,town(name),note(body)"), ("order", "nr")]).await;
    assert_eq!(from[0], json!({"name": "Love", "town": {"name": "Bonn"}, "note": [{"body": "hi"}]}));
    assert_eq!(from[2], json!({"name": "Nobody", "town": null, "note": []}));
    let to = of(&lab, "note", &[("select", "id,citizens(name)"), ("order", "id")]).await;
    assert_eq!(to, json!([{"id": 1, "citizens": {"name": "Love"}}, {"id": 2, "citizens": {"name": "Dy"}}]));
    let both = of(&lab, "places", &[("select", "name,deep(nr)"), ("order", "place")]).await;
    assert_eq!(both, json!([{"name": "Bonn!", "deep": [{"nr": 2}]}, {"name": "Ulm!", "deep": []}]));
    let inner = of(&lab, "deep", &[("select", "nr,places!inner(name)")]).await;
    assert_eq!(inner, json!([{"nr": 2, "places": {"name": "Bonn!"}}]));
    for (table, select) in [("counted", "n,town(name)"), ("places", "counted(n)"), ("people", "places!nonsense(name)")] {
        let refused =
            lab.rows(Method::GET, &format!("main/{table}?select={}", encoded(select)), &[("accept-profile", "crm")], Value::Null).await;
        assert_eq!((refused.status, &refused["code"]), (400, &json!("PGRST200")), "{}", refused.text);
    }
}
