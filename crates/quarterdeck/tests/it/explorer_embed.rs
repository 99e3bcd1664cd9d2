//! Rows together with those of other tables: every way that two tables can hang together, and what stands around it.

use crate::explorer_lab::{Lab, encoded, lab};
use http::Method;
use serde_json::{Value, json};

/// What a request for rows of Chinook gives; everything after the table is encoded here.
async fn of(lab: &Lab, table: &str, query: &[(&str, &str)]) -> Value {
    lab.get(&path(table, query)).await.body_of(200)
}

fn path(table: &str, query: &[(&str, &str)]) -> String {
    let query: Vec<String> = query.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    format!("{table}?{}", query.join("&"))
}

#[tokio::test]
async fn every_cardinality_is_embedded_and_nested() {
    let lab = lab("").await.chinook().await;
    let one = of(&lab, "chinook/track", &[("select", "track_id,album(title,artist(name)),genre(*)"), ("track_id", "eq.1")]).await;
    assert_eq!(
        one,
        json!([{"track_id": 1, "album": {"title": "For Those About To Rock We Salute You", "artist": {"name": "AC/DC"}}, "genre": {"genre_id": 1, "name": "Rock"}}])
    );
    let many = of(&lab, "chinook/artist", &[("select", "name,album(album_id,title)"), ("artist_id", "eq.1")]).await;
    assert_eq!(
        many,
        json!([{"name": "AC/DC", "album": [{"album_id": 1, "title": "For Those About To Rock We Salute You"}, {"album_id": 4, "title": "Let There Be Rock"}]}])
    );
    let none = of(&lab, "chinook/artist", &[("select", "album(title)"), ("artist_id", "eq.25")]).await;
    assert_eq!(none, json!([{"album": []}]));
    // Through playlist_track, from both sides.
    let through = of(&lab, "chinook/playlist", &[("select", "name,track(name)"), ("playlist_id", "eq.18")]).await;
    assert_eq!(through, json!([{"name": "On-The-Go 1", "track": [{"name": "Now's The Time"}]}]));
    let back = of(&lab, "chinook/track", &[("select", "playlist(playlist_id)"), ("track_id", "eq.597")]).await;
    assert_eq!(back[0]["playlist"].as_array().unwrap().last().unwrap(), &json!({"playlist_id": 18}));
    // Aliases, by the key's column and by the constraint.
    let named = of(
        &lab,
        "chinook/track",
        &[("select", "of:album(title),by_column:album_id(title),album!track_album_id_fkey(album_id)"), ("track_id", "eq.1")],
    )
    .await;
    let title = json!({"title": "For Those About To Rock We Salute You"});
    assert_eq!(named, json!([{"of": title, "by_column": title, "album": {"album_id": 1}}]));
}

#[tokio::test]
async fn a_table_that_references_itself_is_reached_both_ways() {
    let lab = lab("").await.chinook().await;
    let employee =
        of(&lab, "chinook/employee", &[("select", "last_name,chief:reports_to(last_name),employee(last_name)"), ("employee_id", "eq.2")])
            .await;
    assert_eq!(
        employee,
        json!([{"last_name": "Edwards", "chief": {"last_name": "Adams"}, "employee": [{"last_name": "Peacock"}, {"last_name": "Park"}, {"last_name": "Johnson"}]}])
    );
    let nobody = of(&lab, "chinook/employee", &[("select", "reports_to(last_name)"), ("employee_id", "eq.1")]).await;
    assert_eq!(nobody, json!([{"reports_to": null}]));
}

#[tokio::test]
async fn what_is_embedded_is_filtered_ordered_and_paged() {
    let lab = lab("").await.chinook().await;
    let albums = of(
        &lab,
        "chinook/artist",
        &[
            ("select", "artist_id,album(title)"),
            ("artist_id", "in.(1,2)"),
            ("album.order", "title.desc"),
            ("album.limit", "1"),
            ("album.offset", "1"),
        ],
    )
    .await;
    assert_eq!(
        albums,
        json!([{"artist_id": 1, "album": [{"title": "For Those About To Rock We Salute You"}]}, {"artist_id": 2, "album": [{"title": "Balls to the Wall"}]}])
    );
    // A filter on what is embedded leaves the rows above it, unless the table is an inner one.
    let filtered = [("album.title", "like.Let*"), ("artist_id", "lte.2"), ("order", "artist_id")];
    let left = of(&lab, "chinook/artist", &[&[("select", "artist_id,album(title)")], filtered.as_slice()].concat()).await;
    assert_eq!(left, json!([{"artist_id": 1, "album": [{"title": "Let There Be Rock"}]}, {"artist_id": 2, "album": []}]));
    let inner = [&[("select", "artist_id,album!inner(title)")], filtered.as_slice()].concat();
    assert_eq!(of(&lab, "chinook/artist", &inner).await, json!([{"artist_id": 1, "album": [{"title": "Let There Be Rock"}]}]));
    let counted = lab.rows(Method::GET, &path("chinook/artist", &inner), &[("prefer", "count=exact")], Value::Null).await.expect(200);
    assert_eq!(counted.header("content-range"), Some("0-0/1"));
    // Inner at every level, groups, and a table that only filters.
    let deep = of(
        &lab,
        "chinook/artist",
        &[("select", "name,album!inner(title,track!inner())"), ("album.track.or", "(name.eq.\"Breaking The Girl\",name.eq.Nope)")],
    )
    .await;
    assert_eq!(deep, json!([{"name": "Red Hot Chili Peppers", "album": [{"title": "Blood Sugar Sex Magik"}]}]));
    // Rows that have none.
    let without = lab
        .rows(
            Method::GET,
            &path("chinook/artist", &[("select", "name,album()"), ("album", "is.null"), ("limit", "1")]),
            &[("prefer", "count=exact")],
            Value::Null,
        )
        .await;
    assert_eq!((without.header("content-range"), without.body.as_array().unwrap()[0].as_object().unwrap().len()), (Some("0-0/71"), 1));
    let with = lab
        .rows(
            Method::GET,
            &path("chinook/artist", &[("select", "name,album()"), ("album", "not.is.null"), ("limit", "1")]),
            &[("prefer", "count=exact")],
            Value::Null,
        )
        .await;
    assert_eq!(with.header("content-range"), Some("0-0/204"));
}

#[tokio::test]
async fn groups_of_filters_reach_over_tables() {
    let lab = lab("").await.chinook().await;
    let counted = async |or: &str| {
        let query = path("chinook/artist", &[("select", "artist_id,album()"), ("album.title", "like.A*"), ("or", or)]);
        let page = lab.rows(Method::GET, &query, &[("prefer", "count=exact")], Value::Null).await;
        (page.status, page.header("content-range").map(|range| range.rsplit('/').next().unwrap().to_owned()).unwrap_or_default())
    };
    let with: String =
        lab.get(&path("chinook/artist", &[("select", "album!inner(),count()"), ("album.title", "like.A*")])).await.body_of(200)[0]["count"]
            .as_str()
            .unwrap()
            .into();
    let (_, found) = counted("(artist_id.eq.1,album.not.is.null)").await;
    assert_eq!(found.parse::<u32>().unwrap(), with.parse::<u32>().unwrap() + 1);
    assert_eq!(counted("(artist_id.eq.1,album.is.null)").await.1.parse::<u32>().unwrap(), 275 - with.parse::<u32>().unwrap());
    assert_eq!(counted("(artist_id.eq.1,album.eq.true)").await.0, 400);
    assert_eq!(counted("(artist_id.eq.1,track.is.null)").await.0, 400);
}

#[tokio::test]
async fn what_is_embedded_can_be_sorted_by_and_paged_through() {
    let lab = lab("").await.chinook().await;
    let query = [("select", "track_id,album(title)"), ("order", "album(title).desc,track_id"), ("limit", "1000")];
    let (mut next, mut seen) = (String::new(), Vec::new());
    loop {
        let page = lab.get(&format!("{}{next}", path("chinook/track", &query))).await.expect(200);
        seen.extend(
            page.body
                .as_array()
                .unwrap()
                .iter()
                .map(|row| (row["album"]["title"].as_str().unwrap().to_owned(), row["track_id"].as_i64().unwrap())),
        );
        match page.header("next-cursor") {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 3503);
    let distinct: std::collections::BTreeSet<i64> = seen.iter().map(|(_, id)| *id).collect();
    assert_eq!(distinct.len(), 3503);
    assert_eq!(seen[0].0, "[1997] Black Light Syndrome");
    for (order, code) in [("playlist(name)", "PGRST118"), ("genre(name)", "PGRST108")] {
        let refused =
            lab.get(&path("chinook/track", &[("select", "track_id,album(title),playlist(name)"), ("order", order)])).await.expect(400);
        assert_eq!(refused["code"], code, "{}", refused.text);
    }
}

#[tokio::test]
async fn spread_tables_stand_beside_the_row() {
    let lab = lab("").await.chinook().await;
    let track = of(&lab, "chinook/track", &[("select", "track_id,...album(title,...artist(artist:name))"), ("track_id", "eq.1")]).await;
    assert_eq!(track, json!([{"track_id": 1, "title": "For Those About To Rock We Salute You", "artist": "AC/DC"}]));
    let first = of(&lab, "chinook/track", &[("select", "...album(title)"), ("track_id", "eq.1")]).await;
    assert_eq!(first, json!([{"title": "For Those About To Rock We Salute You"}]));
    let empty = of(
        &lab,
        "chinook/employee",
        &[("select", "...reports_to(chief:last_name,boss:reports_to(last_name)),employee_id"), ("employee_id", "eq.1")],
    )
    .await;
    assert_eq!(empty, json!([{"employee_id": 1, "chief": null, "boss": null}]));
    let lists = of(&lab, "chinook/artist", &[("select", "name,...album(titles:title,album_id)"), ("artist_id", "eq.1")]).await;
    assert_eq!(
        lists,
        json!([{"name": "AC/DC", "titles": ["For Those About To Rock We Salute You", "Let There Be Rock"], "album_id": [1, 4]}])
    );
    let twice = lab.get(&path("chinook/track", &[("select", "name,...genre(name)")])).await.expect(400);
    assert!(twice["detail"].as_str().unwrap().contains("“name” would be there twice"), "{}", twice.text);
    // Spread in what is spread into lists: a list for each, in the same order.
    let deep = of(
        &lab,
        "chinook/artist",
        &[
            ("select", "name,...album(titles:title,...artist(by:name),...track(tracks:name,...genre(genres:name)))"),
            ("artist_id", "eq.1"),
            ("album.order", "title"),
            ("album.track.limit", "2"),
        ],
    )
    .await;
    assert_eq!(
        deep,
        json!([{"name": "AC/DC", "titles": ["For Those About To Rock We Salute You", "Let There Be Rock"], "by": ["AC/DC", "AC/DC"],
            "tracks": [["For Those About To Rock (We Salute You)", "Put The Finger On You"], ["Go Down", "Dog Eat Dog"]], "genres": [["Rock", "Rock"], ["Rock", "Rock"]]}])
    );
    let nobody = of(
        &lab,
        "chinook/employee",
        &[
            ("select", "employee_id,...employee(below:last_name,...reports_to(chief:last_name),...customer(customers:last_name))"),
            ("employee_id", "eq.8"),
        ],
    )
    .await;
    assert_eq!(nobody, json!([{"employee_id": 8, "below": [], "chief": [], "customers": []}]));
}

#[tokio::test]
async fn several_ways_are_choices_and_no_way_is_a_mistake() {
    let lab = lab("create table place (id int primary key, name text); create table ride (id int primary key, a int, b int,
            constraint start_fk foreign key (a) references place, constraint goal_fk foreign key (b) references place);
        create table seat (ride_id int references ride, place_id int references place, primary key (ride_id, place_id));
        create table passport (place_id int primary key references place, code text);
        insert into place values (1, 'here'), (2, 'there'); insert into ride values (1, 1, 2); insert into seat values (1, 2); insert into passport values (1, 'x')")
    .await;
    let several = lab.get("main/ride?select=id,place(name)").await.expect(300);
    assert_eq!(several["code"], "PGRST201");
    assert_eq!(several["details"].as_array().unwrap().len(), 3, "{}", several.text);
    assert_eq!(
        several["details"][0],
        json!({"cardinality": "many-to-one", "embedding": "ride with place", "relationship": "goal_fk using ride(b) and place(id)"})
    );
    assert!(several["hint"].as_str().unwrap().contains("'place!start_fk'"), "{}", several.text);
    // The hint is a constraint, a column or the table between them.
    let chosen = lab.get("main/ride?select=from:place!start_fk(name),to:place!b(name),on:place!seat(name),a(id)").await.body_of(200);
    assert_eq!(chosen, json!([{"from": {"name": "here"}, "to": {"name": "there"}, "on": [{"name": "there"}], "a": {"id": 1}}]));
    let rides = lab.get("main/place?select=name,ride!goal_fk(id)&order=id").await.body_of(200);
    assert_eq!(rides, json!([{"name": "here", "ride": []}, {"name": "there", "ride": [{"id": 1}]}]));
    // A key that is unique makes it one to one, from both sides.
    assert_eq!(
        lab.get("main/place?select=passport(code)&order=id").await.body_of(200),
        json!([{"passport": {"code": "x"}}, {"passport": null}])
    );
    assert_eq!(lab.get("main/passport?select=place(name)").await.body_of(200), json!([{"place": {"name": "here"}}]));
    let none = lab.get("main/passport?select=seat(*)").await.expect(400);
    assert_eq!((&none["code"], none["hint"].as_str().unwrap().contains("place")), (&json!("PGRST200"), true), "{}", none.text);
    lab.get("main/ride?select=place!nonsense(name)").await.expect_status(400);
}

#[tokio::test]
async fn values_look_alike_at_every_depth() {
    let lab = lab("create type mood as enum ('sad', 'ok'); create domain positive as bigint check (value > 0);
        create table parent (id int primary key);
        create table child (id int8 primary key, parent_id int references parent, n numeric(10, 2), tstz timestamptz, by bytea, ints int8[], m mood, d positive, j json, jb jsonb, r int4range,
            iv interval, t text, u uuid, comp parent, nothing text);
        insert into parent values (1);
        insert into child values (9007199254740993, 1, 0.10, '2026-11-20 10:00+02', '\\x00ff', '{1,null}', 'ok', 5, '{\"z\": 1}', '{\"a\": [1]}', '[1,5)', '1 day', E'ä\"\\n', '0190b6c8-5f7e-7a3c-9d1e-2f4a6b8c0d1e', row(1), null)")
    .await;
    let direct = lab.get("main/child").await.body_of(200);
    let many = lab.get("main/parent?select=child(*)").await.body_of(200);
    assert_eq!(many[0]["child"], direct);
    let one = lab.get("main/child?select=parent(*,child(*))").await.body_of(200);
    assert_eq!(one[0]["parent"]["child"], direct);
    let long = lab.rows(Method::GET, "main/parent?select=child(jb,t)", &[("prefer", "shorten=16")], Value::Null).await.body_of(200);
    assert_eq!(long, json!([{"child": [{"jb": {"a": [1]}, "t": "ä\"\n"}]}]));
    lab.db.batch_execute("update child set t = repeat('x', 100)").await.unwrap();
    let short = lab.rows(Method::GET, "main/parent?select=child(t)", &[("prefer", "shorten=16")], Value::Null).await.body_of(200);
    assert_eq!(short, json!([{"child": [{"t": {"$short": "x".repeat(16), "$size": 100}}]}]));
    // Paths, casts and aliases work below, too.
    let paths = of(&lab, "main/parent", &[("select", "child(id::text,a:jb->a->>0,z:j->z)"), ("child.jb->a->>0", "eq.1")]).await;
    assert_eq!(paths, json!([{"child": [{"id": "9007199254740993", "a": "1", "z": 1}]}]));
}
