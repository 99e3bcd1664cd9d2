//! Rows taken together: `count()`, `sum()` and the others, at every level.

use crate::explorer_lab::{encoded, lab};
use http::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn rows_are_counted_and_added_up_by_the_columns_beside() {
    let lab = lab("").await.chinook().await;
    let get = async |table: &str, select: &str, rest: &str| {
        lab.get(&format!("chinook/{table}?select={}{rest}", encoded(select))).await.body_of(200)
    };
    assert_eq!(get("artist", "count()", "").await, json!([{"count": "275"}]));
    assert_eq!(get("artist", "n:count()::int", "&artist_id=lt.10").await, json!([{"n": 9}]));
    assert_eq!(
        get("track", "genre_id,count()", "&order=count.desc&limit=2").await,
        json!([{"genre_id": 1, "count": "1297"}, {"genre_id": 7, "count": "579"}])
    );
    let sums = get(
        "invoice",
        "billing_country,total.sum(),mean:total.avg()::float8,total.max(),first:invoice_date.min()",
        "&billing_country=eq.Austria",
    )
    .await;
    assert_eq!(
        sums,
        json!([{"billing_country": "Austria", "sum": "42.62", "mean": 6.088571428571429, "max": "18.86", "first": sums[0]["first"]}])
    );
    assert_eq!(get("track", "composer.count()", "&track_id=in.(63,64,1)").await, json!([{"count": "1"}]));
    assert_eq!(get("track", "milliseconds.sum()", "&track_id=lt.0").await, json!([{"sum": null}]));
    // Below another table, and as a condition.
    assert_eq!(get("artist", "name,album(count())", "&artist_id=eq.1").await, json!([{"name": "AC/DC", "album": [{"count": "2"}]}]));
    assert_eq!(
        get("album", "track(genre_id,milliseconds.max())", "&album_id=eq.1").await,
        json!([{"track": [{"genre_id": 1, "max": 343719}]}])
    );
    assert_eq!(get("artist", "count(),album!inner()", "").await, json!([{"count": "204"}]));
    let inner = get("artist", "name,album!inner(count())", "&album.title=eq.Facelift").await;
    assert_eq!(inner, json!([{"name": "Alice In Chains", "album": [{"count": "1"}]}]));
    // Groups are counted as what they are, and paged.
    let path = format!("chinook/track?select={}&limit=10&order=genre_id", encoded("genre_id,count()"));
    let page = lab.rows(Method::GET, &path, &[("prefer", "count=exact")], Value::Null).await.expect(206);
    assert_eq!(page.header("content-range"), Some("0-9/25"));
    let next = lab.get(&format!("{path}&cursor={}", page.header("next-cursor").unwrap())).await.body_of(200);
    assert_eq!(next[0]["genre_id"], 11);
    for refused in ["name.sum()", "artist_id.nope()", "count.count()", "count()::nonsense", "sum()"] {
        let answer = lab.get(&format!("chinook/artist?select={}", encoded(refused))).await;
        assert_eq!(answer.status, 400, "{refused}: {}", answer.text);
    }
}

#[tokio::test]
async fn rows_are_taken_together_by_other_tables_and_over_them() {
    let lab = lab("").await.chinook().await;
    let get = async |table: &str, select: &str, rest: &str| {
        lab.get(&format!("chinook/{table}?select={}{rest}", encoded(select))).await.body_of(200)
    };
    assert_eq!(
        get("track", "count(),genre(name)", "&order=count.desc&limit=2").await,
        json!([{"genre": {"name": "Rock"}, "count": "1297"}, {"genre": {"name": "Latin"}, "count": "579"}])
    );
    assert_eq!(
        get("track", "n:count(),...genre(genre:name),media_type(name)", "&genre_id=eq.25").await,
        json!([{"genre": "Opera", "media_type": {"name": "Protected AAC audio file"}, "n": "1"}])
    );
    // What is spread is taken together above it, at any depth.
    assert_eq!(
        get("track", "genre_id,...album(last:title.max(),...artist(artists:name.count()))", "&genre_id=eq.25").await,
        json!([{"genre_id": 25, "last": "Mozart Gala: Famous Arias", "artists": "1"}])
    );
    assert_eq!(get("track", "...album(title.max())", "&album_id=lte.4").await, json!([{"max": "Restless and Wild"}]));
    assert_eq!(
        get("artist", "name,album(count(),...artist(artist_id.max()))", "&artist_id=eq.1").await,
        json!([{"name": "AC/DC", "album": [{"count": "2", "max": 1}]}])
    );
    // To many, too, and counted as what they are.
    let path = format!("chinook/playlist?select={}&limit=1", encoded("count(),...playlist_track(tracks:track_id.count())"));
    assert_eq!(lab.get(&path).await.status, 200);
    let path = format!("chinook/track?select={}&limit=3", encoded("count(),genre(name)"));
    let page = lab.rows(Method::GET, &path, &[("prefer", "count=exact")], Value::Null).await.expect(206);
    assert_eq!(page.header("content-range"), Some("0-2/25"));
    // What is taken together below another table is nothing to the number of rows above it.
    let path = format!("chinook/artist?select={}&artist_id=eq.1", encoded("name,album!inner(title::text.max())"));
    let page = lab.rows(Method::GET, &path, &[("prefer", "count=exact")], Value::Null).await.expect(200);
    assert_eq!(page.header("content-range"), Some("0-0/1"));
    let sorted = lab.get(&format!("chinook/track?select={}&order=genre(name)", encoded("count(),genre(name)"))).await;
    assert_eq!(sorted.status, 400, "{}", sorted.text);
}

#[tokio::test]
async fn every_type_is_taken_together_or_refused_but_never_a_fault() {
    let lab = lab("create type mood as enum ('sad', 'ok'); create table t (id int primary key, i2 int2, i8 int8, n numeric, f4 float4, f8 float8, b bool, s text, c char(3), d date, tstz timestamptz, iv interval, u uuid,
            j json, jb jsonb, ints int[], m mood, by bytea, r int4range, ip inet, mac macaddr, p point, money money, bits bit(3), xml xml, vec tsvector, o oid);
        insert into t (id, i2, i8, n, f4, f8, s, d, iv, m, jb, money) values (1, 3, 9007199254740993, 0.10, 0.5, 0.1, 'x', '2026-01-01', '1 day', 'ok', '{\"a\": {\"b\": 5}}', 2), (2, 4, 1, 0.20, 0.5, 0.2, 'y', '2026-01-02', '2 days', 'sad', null, 3)")
    .await;
    let sums = lab.get(&format!("main/t?select={}", encoded("a:i2.sum(),b:i8.sum(),c:n.sum(),d:f4.sum(),e:iv.sum(),f:m.max(),g:d.min(),h:s.max(),i:jb->a->>b::int.sum(),k:i2.avg(),l:money.sum()"))).await.body_of(200);
    assert_eq!(
        sums,
        json!([{"a": "7", "b": "9007199254740994", "c": "0.30", "d": 1, "e": "3 days", "f": "ok", "g": "2026-01-01", "h": "y", "i": "5", "k": "3.5000000000000000", "l": "$5.00"}])
    );
    let described = lab.owner.get("/api/v1/explorer/main/tables/public/t").await.body_of(200);
    for column in described["columns"].as_array().unwrap() {
        let name = column["name"].as_str().unwrap();
        for function in ["count", "sum", "avg", "min", "max"] {
            let answer = lab.get(&format!("main/t?select={}", encoded(&format!("{name}.{function}()")))).await;
            assert!(matches!(answer.status, 200 | 400), "{name}.{function}(): {}", answer.text);
        }
        for select in [format!("{name},count()"), format!("count(),x:{name}")] {
            let answer = lab.get(&format!("main/t?select={}", encoded(&select))).await;
            assert!(matches!(answer.status, 200 | 400), "{select}: {}", answer.text);
        }
    }
}
