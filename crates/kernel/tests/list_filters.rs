//! Every operator against rows, and what is refused.

#![expect(clippy::unwrap_used, reason = "a test that can't go on should stop")]

mod support;

use kernel::list::{self, Column, ColumnType, Fixed, Preamble, Query, Relation};
use kernel::problem::{Kind, Problem};
use support::Server;

const TABLE: &str = "
    create type mood as enum ('low', 'mid', 'high');
    create table item (
        id int4 primary key, name text not null, code varchar(10), age int4, price numeric, vip bool, at timestamptz, day date, mood mood,
        tags text[], doc jsonb, old json, span int4range, ip inet, words tsvector, ref uuid, place point, \"odd \"\"col\" int4);
    insert into item values
        (1, 'Ada', 'a1', 36, 1.50, true, '2024-01-01 10:00+00', '2024-01-01', 'low', '{red,blue}', '{\"a\": {\"b\": \"x\"}, \"n\": 5, \"l\": [7,8]}', '{\"k\": \"v\"}', '[1,5)', '10.0.0.1', to_tsvector('english', 'The cats run'), '0190f5a4-0000-7000-8000-000000000001', '(1,2)', 1),
        (2, 'Bob', 'b2', 17, 20, false, '2024-02-01 10:00+00', '2024-02-01', 'mid', '{green}', '{\"a\": {\"b\": \"y\"}, \"n\": 50}', '{\"k\": \"w\"}', '[5,9)', '10.0.1.1', to_tsvector('english', 'A dog runs'), '0190f5a4-0000-7000-8000-000000000002', '(3,4)', 2),
        (3, '50%_\\\\', null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
        (4, 'null', 'c,\"4', 65, -3, true, 'infinity', '2024-03-01', 'high', '{}', '[]', '[]', 'empty', '192.168.0.1', '', '0190f5a4-0000-7000-8000-000000000004', '(0,0)', 4);";

fn relation() -> Relation {
    let column = |name: &str, ty: ColumnType| Column::new(name, ty).nullable();
    let named = |name: &str, ty: &str| column(name, ColumnType::named(ty));
    let mut relation = Relation::table("public", "item").primary_key(&["id"]);
    relation = relation
        .column(Column::new("id", ColumnType::named("int4")))
        .column(Column::new("name", ColumnType::named("text")).searchable())
        .column(named("code", "varchar").searchable())
        .column(named("age", "int4"))
        .column(named("price", "numeric"))
        .column(named("vip", "bool"))
        .column(named("at", "timestamptz"))
        .column(named("day", "date"))
        .column(column("mood", ColumnType::from_catalogue(99_999, "mood", 'E')))
        .column(named("tags", "text[]"))
        .column(named("doc", "jsonb"))
        .column(named("old", "json"))
        .column(column("span", ColumnType::from_catalogue(3904, "int4range", 'R')))
        .column(named("ip", "inet"))
        .column(named("words", "tsvector"))
        .column(named("ref", "uuid"))
        .column(column("place", ColumnType::from_catalogue(600, "point", 'G')))
        .column(named("odd \"col", "int4"))
        .column(column("half", ColumnType::named("int4")).expr("t.age / 2"));
    let mut secret = named("secret", "text");
    (secret.selectable, secret.filterable, secret.sortable) = (false, false, false);
    relation.column(secret)
}

struct Fixture {
    server: Server,
    relation: Relation,
}

impl Fixture {
    async fn new() -> Self {
        let server = Server::start().await;
        server.client().await.batch_execute(TABLE).await.unwrap();
        Self { server, relation: relation() }
    }

    /// Ids of the rows that a query string gives, in order.
    async fn ids(&self, text: &str) -> Result<Vec<i64>, Problem> {
        let query = Query::parse_string(&self.relation, text)?;
        let client = self.server.client().await;
        let rows = list::select(&client, &Preamble::none(), &self.relation, &query).await?;
        Ok(rows.iter().map(|r| r["id"].as_i64().unwrap()).collect())
    }
}

#[tokio::test]
async fn operators_select_what_they_say() {
    let f = Fixture::new().await;
    let cases: &[(&str, &[i64])] = &[
        ("", &[1, 2, 3, 4]),
        ("age=eq.36", &[1]),
        ("age=neq.36", &[2, 4]),
        ("age=gt.36", &[4]),
        ("age=gte.36", &[1, 4]),
        ("age=lt.36", &[2]),
        ("age=lte.36", &[1, 2]),
        ("age=not.lte.36", &[4]),
        ("age=gte.18&age=lt.40", &[1]),
        ("age=isdistinct.36", &[2, 3, 4]),
        ("age=not.isdistinct.36", &[1]),
        ("half=eq.18", &[1]),
        ("odd \"col=eq.2", &[2]),
        ("or=(\"odd \\\"col\".eq.2,id.eq.1)", &[1, 2]),
        ("price=eq.1.5", &[1]),
        ("price=lt.0", &[4]),
        ("vip=is.true", &[1, 4]),
        ("vip=is.false", &[2]),
        ("vip=is.unknown", &[3]),
        ("vip=not.is.true", &[2, 3]),
        ("vip=eq.true", &[1, 4]),
        ("age=is.null", &[3]),
        ("age=not.is.null", &[1, 2, 4]),
        ("age=is.not_null", &[1, 2, 4]),
        ("name=eq.null", &[4]),
        ("name=like.A*", &[1]),
        ("name=like.a*", &[]),
        ("name=ilike.a*", &[1]),
        ("name=like(any).{A*,B*}", &[1, 2]),
        ("name=ilike(all).{*a*,*d*}", &[1]),
        ("name=match.^[AB]", &[1, 2]),
        ("name=imatch.^a", &[1]),
        ("code=eq.c,\"4", &[4]),
        ("code=in.(a1,\"c,\\\"4\")", &[1, 4]),
        ("id=in.(1,4)", &[1, 4]),
        ("id=in.()", &[]),
        ("id=not.in.(1,4)", &[2, 3]),
        ("mood=in.(low,high)", &[1, 4]),
        ("mood=gt.low", &[2, 4]),
        ("mood=eq(any).{low,mid}", &[1, 2]),
        ("id=eq(any).{1,2}", &[1, 2]),
        ("id=gt(all).{1,2}", &[3, 4]),
        ("ref=eq.0190f5a4-0000-7000-8000-000000000002", &[2]),
        ("ref=in.(0190f5a4-0000-7000-8000-000000000002)", &[2]),
        ("at=gte.2024-02-01T10:00:00Z", &[2, 4]),
        ("at=eq.infinity", &[4]),
        ("day=lt.2024-02-01", &[1]),
        ("tags=cs.{red}", &[1]),
        ("tags=cd.{green,blue}", &[2, 4]),
        ("tags=ov.{blue,green}", &[1, 2]),
        ("tags=eq.{}", &[4]),
        ("doc=cs.{\"n\": 5}", &[1]),
        ("doc=cd.[1]", &[4]),
        ("doc->>n=eq.5", &[1]),
        ("doc->n=gt.5", &[2]),
        ("doc->a->>b=in.(x,z)", &[1]),
        ("doc->l->1=eq.8", &[1]),
        ("doc->l->>-1=eq.8", &[1]),
        ("old->>k=like.v*", &[1]),
        ("span=cs.[2,3]", &[1]),
        ("span=cd.[0,6)", &[1, 4]),
        ("span=ov.[4,6)", &[1, 2]),
        ("span=sl.[5,6)", &[1]),
        ("span=sr.[1,5)", &[2]),
        ("span=nxr.[1,6)", &[1]),
        ("span=nxl.[3,6)", &[2]),
        ("span=adj.[5,6)", &[1]),
        ("ip=sl.10.0.0.0/8", &[1, 2]),
        ("words=fts.cat", &[1]),
        ("words=fts(english).runs", &[1, 2]),
        ("words=plfts(english).cats running", &[1]),
        ("words=phfts(english).dog runs", &[2]),
        ("words=wfts(english).dog or cats", &[1, 2]),
        ("name=fts(simple).ada", &[1]),
        ("doc=fts(simple).y", &[2]),
        ("or=(age.lt.18,and(age.gt.60,vip.is.true))", &[2, 4]),
        ("and=(age.gt.1,or(id.eq.1,id.eq.2))", &[1, 2]),
        ("not.or=(id.eq.1,id.eq.2)", &[3, 4]),
        ("not.and=(id.eq.1,name.eq.Ada)", &[2, 3, 4]),
        ("or=(not.and(id.gt.1),id.in.(4,3))", &[1, 3, 4]),
        ("or=(name.eq.\"50%_\\\\\\\\\",tags.cs.{red,blue},doc.cs.{\"a\":{\"b\":\"y\"}})", &[1, 2, 3]),
        ("and=(name.not.eq.Ada,age.not.is.null)", &[2, 4]),
        ("or=(span.ov.\"[4,6)\",id.eq.3)", &[1, 2, 3]),
        ("search=B", &[2]),
        ("search=ada", &[1]),
        ("search=%25_", &[3]),
        ("search=\\", &[3]),
        ("search=c,", &[4]),
        ("order=age.desc", &[3, 4, 1, 2]),
        ("order=age.desc.nullslast", &[4, 1, 2, 3]),
        ("order=age", &[2, 1, 4, 3]),
        ("order=age.asc.nullsfirst", &[3, 2, 1, 4]),
        ("order=vip.desc.nullslast,name.desc", &[4, 1, 2, 3]),
        ("order=doc->n.desc.nullslast", &[2, 1, 4, 3]),
        ("order=doc->a->>b,id.desc", &[1, 2, 4, 3]),
        ("order=half.desc.nullslast&limit=2", &[4, 1]),
        ("limit=2&offset=1", &[2, 3]),
        ("limit=0", &[]),
    ];
    let mut wrong = Vec::new();
    for (text, expected) in cases {
        let encoded = text.replace("%25", "%").replace('%', "%25").replace('+', "%2B");
        match f.ids(&encoded).await {
            Ok(ids) if ids == *expected => {}
            other => wrong.push(format!("{text}: {other:?}, not {expected:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn faults_name_their_parameter_and_say_what_is_right() {
    let f = Fixture::new().await;
    let cases: &[(&str, &str, &str)] = &[
        ("nmae=eq.1", "nmae", "did you mean “name”"),
        ("zzzzzzzz=eq.1", "zzzzzzzz", "there are id, name"),
        ("secret=eq.1", "secret", "no column"),
        ("order=nme.desc", "order", "did you mean “name”"),
        ("order=secret", "order", "no column"),
        ("select=id,secret", "select", "no column"),
        ("select=idd", "select", "did you mean “id”"),
        ("name=equals.1", "name", "operators: eq, neq"),
        ("name=Ada", "name", "there is no operator “Ada”"),
        ("name=", "name", "<operator>.<value>"),
        ("name=eq", "name", "a dot and a value"),
        ("age=like.3*", "age", "like doesn't work on “age”, which is int4; what does: eq"),
        ("age=is.true", "age", "boolean"),
        ("name=is.5", "name", "is takes null"),
        ("name=cs.{a}", "name", "doesn't work"),
        ("old=eq.1", "old", "->>"),
        ("name->a=eq.1", "name->a", "no JSON path"),
        ("doc->>a->b=eq.1", "doc->>a->b", "no further arrow"),
        ("order=old", "order", "can't be sorted"),
        ("name=in.1,2", "name", "a list in parentheses"),
        ("name=in.(1,2", "name", "closing parenthesis"),
        ("name=in.(1)x", "name", "the end"),
        ("or=(a.eq.1", "or", "did you mean"),
        ("or=(id.eq.1", "or", "closing parenthesis"),
        ("or=id.eq.1", "or", "opening parenthesis"),
        ("or=()", "or", "a column"),
        ("or=(id.eq.1)x", "or", "the end"),
        ("name=eq(some).{a}", "name", "(any) or (all)"),
        ("name=neq(any).{a}", "name", "nothing in parentheses"),
        ("name=eq(any).a", "name", "an array"),
        ("limit=x", "limit", "whole number"),
        ("limit=1001", "limit", "at most 1000"),
        ("limit=-1", "limit", "whole number"),
        ("offset=100001", "offset", "cursor"),
        ("cursor=abc", "cursor", "not a cursor"),
        ("limit=1&limit=2", "limit", "twice"),
        ("select=id,other(id)", "select", "embedding"),
        ("select=...other(id)", "select", "embedding"),
        ("select=id.sum()", "select", "aggregates"),
        ("select=id,id", "select", "twice"),
        ("select=id::regclass", "select", "can't cast"),
        ("other.name=eq.1", "other.name", "embedded"),
        ("order=other(name)", "order", "embedded"),
        ("name=eq.a%00b", "name", "NUL"),
        // From here on PostgreSQL finds the fault.
        ("age=eq.abc", "age", "invalid input syntax for type integer"),
        ("age=eq.99999999999", "age", "out of range"),
        ("age=in.(1,x)", "age", "invalid input syntax for type integer"),
        ("id=eq.1&at=gt.yesterdayish", "at", "invalid input syntax"),
        ("day=eq.2024-02-31", "day", "out of range"),
        ("ref=eq.1", "ref", "uuid"),
        ("mood=eq.angry", "mood", "mood"),
        ("tags=cs.red", "tags", "malformed array literal"),
        ("doc=cs.{", "doc", "json"),
        ("span=cs.[1", "span", "range"),
        ("order=place", "order", "ordering operator"),
        ("select=id,d:day::int4", "select", "cannot cast"),
        ("id=gt.0&name=match.(", "name", "regular expression"),
        ("id=gt.0&words=fts.a b", "words", "tsquery"),
        ("words=fts(klingon).a", "words", "klingon"),
        ("id=gt.0&place=eq.(1,2)", "place", "operator"),
        ("or=(id.eq.1,age.eq.x)", "or", "invalid input"),
        ("id=gt.0&select=id,n:name::int4", "select", "invalid input"),
    ];
    let mut wrong = Vec::new();
    for (text, parameter, message) in cases {
        match f.ids(text).await {
            Err(problem)
                if problem.kind() == Kind::Filter && problem.errors()[0].field == *parameter && problem.detail().contains(message) => {}
            other => wrong.push(format!("{text}: {other:?}, not {parameter}: {message}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let deep = format!("or={}id.eq.1{}", "(and".repeat(11), ")".repeat(11));
    assert!(f.ids(&deep).await.unwrap_err().detail().contains("10 deep"));
    let many: Vec<String> = (0..201).map(|i| format!("id=neq.{i}")).collect();
    assert!(f.ids(&many.join("&")).await.unwrap_err().detail().contains("200 conditions"));
    assert_eq!(f.ids(&many[..200].join("&")).await.unwrap(), Vec::<i64>::new());
    // Nothing of it left a connection in a transaction, or broken.
    let client = f.server.client().await;
    let sql = "select count(*) from pg_stat_activity where state like 'idle in transaction%' and datname = current_database()";
    assert_eq!(client.query_one(sql, &[]).await.unwrap().get::<_, i64>(0), 0);
}

#[tokio::test]
async fn nothing_a_caller_writes_becomes_sql() {
    let f = Fixture::new().await;
    let evil = [
        "'; drop table item; --",
        "\"; drop table item; --",
        "1) or true --",
        "$1",
        "t.id",
        "\\'; select pg_sleep(9)--",
        "a\" = \"a",
        "%' or '1'='1",
        "/*",
        "${1}",
        "*/",
    ];
    for text in evil {
        let e = url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let positions = [
            format!("name=eq.{e}"),
            format!("name=like.{e}"),
            format!("name=in.(\"x\",{e})"),
            format!("name=eq(any).{{{e}}}"),
            format!("tags=cs.{{{e}}}"),
            format!("age=eq.{e}"),
            format!("age={e}.1"),
            format!("age={e}"),
            format!("{e}=eq.1"),
            format!("doc->>{e}=eq.1"),
            format!("doc->{e}->>{e}=eq.1"),
            format!("words=fts({e}).a"),
            format!("words=wfts.{e}"),
            format!("or=(name.eq.{e})"),
            format!("or=(name.eq.\"{e}\")"),
            format!("or=({e}.eq.1)"),
            format!("order={e}"),
            format!("order=name.{e}"),
            format!("order=doc->>{e}"),
            format!("select={e}"),
            format!("select={e}:name"),
            format!("select=name::{e}"),
            format!("select=doc->>{e}"),
            format!("limit={e}"),
            format!("offset={e}"),
            format!("cursor={e}"),
            format!("search={e}"),
        ];
        for position in positions {
            match Query::parse_string(&f.relation, &position) {
                Ok(query) => {
                    // The names of keys may be the caller's; the text of the statement never is.
                    let client = f.server.client().await;
                    match list::page(&client, &Preamble::none(), &f.relation, &query, None).await {
                        Ok(page) => assert!(serde_json::from_slice::<serde_json::Value>(&page.body).is_ok(), "{position}"),
                        Err(problem) => assert_eq!(problem.kind(), Kind::Filter, "{position}: {problem:?}"),
                    }
                }
                Err(problem) => assert_eq!(problem.kind(), Kind::Filter, "{position}"),
            }
        }
    }
    assert_eq!(f.ids("").await.unwrap(), [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_fixed_predicate_holds_whatever_is_asked() {
    let mut f = Fixture::new().await;
    f.relation.fixed =
        Some(Fixed { sql: "t.id = any($1::int4[]) and t.name <> $2".into(), params: vec![Some("{1,2,3}".into()), Some("Bob".into())] });
    assert_eq!(f.ids("").await.unwrap(), [1, 3]);
    assert_eq!(f.ids("or=(id.eq.1,id.eq.2,id.eq.4)&search=a").await.unwrap(), [1]);
    let client = f.server.client().await;
    let all = list::Selection::default();
    assert!(list::one(&client, &Preamble::none(), &f.relation, &["2".into()], &all).await.unwrap().is_none());
    assert!(list::one(&client, &Preamble::none(), &f.relation, &["1".into()], &all).await.unwrap().is_some());
    assert!(list::within::one(&client, &f.relation, &["4".into()], &all).await.unwrap().is_none());
    let query = Query::parse_string(&f.relation, "age=gt.1&select=id").unwrap();
    assert_eq!(list::within::select(&client, &f.relation, &query).await.unwrap().len(), 1);

    let query = Query::parse_string(&f.relation, "age=gt.1").unwrap();
    let predicate = list::predicate(&f.relation, &query.filter, None, 2).unwrap();
    let returning = list::returning(&f.relation, &list::Selection::default(), false, 2 + predicate.params.len()).unwrap();
    let sql = format!("update item t set name = $1 where {} returning {}", predicate.sql, returning.sql);
    let name = list::Param::text("Eve");
    let params: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> = std::iter::once(&name)
        .chain(&predicate.params)
        .chain(&returning.params)
        .map(|p| p as &(dyn tokio_postgres::types::ToSql + Sync))
        .collect();
    let rows = client.query(&sql, &params).await.unwrap();
    assert_eq!(rows.len(), 1);
    let mut body = Vec::new();
    returning.writer(0).row(&rows[0], &mut body).unwrap();
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&body).unwrap()["name"], "Eve");

    let query = Query::parse_string(&f.relation, "age=gt.x").unwrap();
    let predicate = list::predicate(&f.relation, &query.filter, None, 2).unwrap();
    let sql = format!("update item t set name = $1 where {}", predicate.sql);
    let params: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> =
        std::iter::once(&name).chain(&predicate.params).map(|p| p as &(dyn tokio_postgres::types::ToSql + Sync)).collect();
    let problem = predicate.problem(client.query(&sql, &params).await.unwrap_err());
    assert_eq!((problem.kind(), problem.errors()[0].field.as_str()), (Kind::Filter, "age"));
}
