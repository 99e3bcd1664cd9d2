//! A list of rows as SQL: what it gives, run by anybody, is what the list shows.

use crate::explorer_lab::{encoded, lab};

const TABLE: &str = r#"
    create table public.item (id int primary key, "a$1 b" text, tags text[], at timestamptz, more jsonb);
    insert into public.item values (1, 'O''Hara $2', '{a,b}', '2026-01-02 03:04:05+00', '{"n": 1}'), (2, 'two', '{}', null, null), (3, null, null, null, '{"n": 3}');
"#;

#[tokio::test]
async fn the_sql_gives_the_rows_of_the_list() {
    let lab = lab(TABLE).await;
    let name = encoded("\"a$1 b\"");
    let queries = [
        String::new(),
        format!("{name}=eq.{}", encoded("O'Hara $2")),
        "id=in.(1,3)&order=id.desc&limit=1".into(),
        format!("tags=cs.{}", encoded("{a}")),
        "at=gte.2026-01-01T00:00:00Z&select=id,at".into(),
        format!("{}=eq.3", encoded("more->>n")),
        "or=(id.eq.2,and(id.gt.2,at.is.null))&search=two".into(),
    ];
    for query in queries {
        let sql = lab.owner.get(&format!("/api/v1/explorer/main/tables/public/item/sql?{query}")).await.body_of(200);
        let sql = sql["sql"].as_str().unwrap().to_owned();
        let rows: Vec<i32> =
            lab.db.query(&sql, &[]).await.unwrap_or_else(|e| panic!("{sql}: {e:?}")).iter().map(|row| row.get(0)).collect();
        let listed = lab.get(&format!("main/item?{query}")).await.body_of(200);
        let mut shown: Vec<i64> = listed.as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
        let mut rows: Vec<i64> = rows.into_iter().map(i64::from).collect();
        if !query.contains("order=") {
            shown.sort_unstable();
            rows.sort_unstable();
        }
        assert_eq!(rows, shown, "{sql}");
    }
}

#[tokio::test]
async fn what_may_not_be_read_is_not_spelled_out() {
    let lab = lab(TABLE).await;
    let sql = async |path: &str| lab.owner.get(&format!("/api/v1/explorer/main/tables/{path}")).await;
    sql("auth/users/sql?password_hash=like.x").await.expect_status(400);
    let told = sql("auth/users/sql").await.body_of(200);
    assert!(!told["sql"].as_str().unwrap().contains("password_hash"), "{told}");
    sql("public/nothing/sql").await.expect_status(404);
    sql("public/item/sql?id=gt").await.expect_status(400);
    lab.owner.from_address("127.0.0.1").get("/api/v1/explorer/main/tables/public/item/sql").await.expect_status(401);
}
