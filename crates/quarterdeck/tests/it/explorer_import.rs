//! Imports: what comes of files, row by row; what happens with rows that are there; that nothing stays of what was tried.

use crate::explorer_lab::lab;
use crate::import_lab::{by_name, counts, import, path, rejects, upload, work};
use serde_json::{Value, json};

const ALBUMS: &str = "create table public.artist (id int primary key, name text not null);
    insert into artist values (1, 'AC/DC'), (2, 'Accept');
    create table public.album (album_id int primary key, title text not null, artist_id int references artist, price numeric(6, 2) check (price >= 0),
      code varchar(5) unique, label text default 'none', slug text generated always as (lower(title)) stored);
    insert into album values (1, 'For Those About To Rock', 1, 9.9, 'A1'), (2, 'Balls to the Wall', 2, 8, 'A2')";

#[tokio::test]
async fn a_file_is_shown_before_anything_is_decided() {
    let lab = lab(ALBUMS).await;
    let made = upload(&lab, "album", "?name=new.csv", "Album Id;TITLE;artist_id;price;Note\n3;\"Rest;less\";2;1.5;\n4;x;;;\n").await;
    assert_eq!(
        (&made["delimiter"], &made["header"], &made["rows"], &made["status"]),
        (&json!(";"), &json!(true), &json!(2), &json!("new"))
    );
    let targets: Vec<&Value> = made["columns"].as_array().unwrap().iter().map(|c| &c["target"]).collect();
    assert_eq!(json!(targets), json!(["album_id", "title", "artist_id", "price", null]));
    assert_eq!(made["columns"][1]["samples"], json!(["Rest;less", "x"]));
    assert_eq!((&made["columns"][0]["looks"], &made["columns"][3]["looks"]), (&json!("integer"), &json!("number")));
    assert_eq!(lab.ask("select count(*) from album").await, "2");
    let listed = lab.owner.get("/api/v1/explorer/main/tables/public/album/imports").await.body_of(200);
    assert_eq!(listed[0]["id"], made["id"]);
}

#[tokio::test]
async fn rows_go_where_they_are_meant_to() {
    let lab = lab(ALBUMS).await;
    let file = "id,Name,Price,Extra\n3,Restless,1.50,x\n4,\"say \"\"hi\"\"\nthere\",,y\n";
    let columns = json!({"album_id": {"column": "id"}, "title": {"column": "Name"}, "price": {"column": "Price"}, "artist_id": {"value": "2"}, "code": {"value": null}});
    let done = import(&lab, "album", file, json!({"columns": columns})).await;
    assert_eq!((&done["status"], counts(&done)), (&json!("done"), [2, 2, 0, 0, 0]), "{done}");
    assert_eq!(
        lab.ask("select row(title, artist_id, price, label, slug) from album where album_id = 3").await,
        "(Restless,2,1.50,none,restless)"
    );
    assert_eq!(lab.ask("select row(title, price) from album where album_id = 4").await, "(\"say \"\"hi\"\"\nthere\",)");
    assert_eq!((&done["kept"], &done["percent"]), (&json!(false), &json!(100)));
}

#[tokio::test]
async fn a_file_that_was_imported_is_not_kept_even_if_its_process_ended_before_it_was_gone() {
    let lab = lab(ALBUMS).await;
    let pieces = async || lab.ask("select count(*) from explorer.import_pieces").await;
    let settings = json!({"columns": by_name(&["album_id", "title", "artist_id"])});
    let file = "album_id,title,artist_id\n3,Restless,2\n";
    let done = import(&lab, "album", file, settings.clone()).await;
    assert_eq!((&done["status"], pieces().await.as_str()), (&json!("done"), "0"));
    upload(&lab, "album", "?format=csv", file).await;
    let left = format!(
        "insert into explorer.import_pieces select '{}', number, line, rows, content from explorer.import_pieces",
        done["id"].as_str().unwrap()
    );
    let db = lab.app.database().await;
    db.batch_execute(&left).await.unwrap();
    assert_eq!((pieces().await.as_str(), &lab.owner.get(&path(&done)).await.body_of(200)["kept"]), ("2", &json!(false)));
    lab.owner.post(&format!("{}/run", path(&done)), settings).await.expect_status(410);
    // The schedule is due every hour.
    work::worker::drain(&lab.app.app).await.unwrap();
    lab.app.advance(chrono::Duration::hours(2));
    work::worker::drain(&lab.app.app).await.unwrap();
    work::worker::drain(&lab.app.app).await.unwrap();
    assert_eq!(
        lab.ask("select string_agg(i.status, ',') from explorer.import_pieces p join explorer.imports i on i.id = p.import_id").await,
        "new"
    );
}

#[tokio::test]
async fn what_does_not_fit_is_told_with_its_line_and_the_rest_is_imported() {
    let lab = lab(ALBUMS).await;
    let file = "album_id,title,artist_id,price,code\n3,good,1,1,B1\nx,bad id,1,1,B2\n5,,1,1,B3\n6,no artist,99,1,B4\n7,negative,1,-1,B5\n1,there,1,1,B6\n\
        8,\"two\nlines\",1,1,TOO LONG\n9,code,1,1,A1\n10,few,1\n11,good,2,2,B7\n11,twice,2,2,B8\n12,=1+1,,,\n";
    let made = upload(&lab, "album", "", file).await;
    let tried = work(&lab, &made, "check", json!({})).await;
    assert_eq!((&tried["status"], &tried["report"]["tried"]), (&json!("new"), &json!(true)));
    assert_eq!(lab.ask("select count(*) from album").await, "2", "nothing stays of a try");
    let done = work(&lab, &made, "run", json!({})).await;
    assert_eq!((counts(&done), counts(&tried)), ([12, 3, 0, 0, 9], [12, 3, 0, 0, 9]), "{done}");
    let told = rejects(&done);
    let lines: Vec<(i64, &str)> = told.iter().map(|(line, column, _)| (*line, column.as_str())).collect();
    assert_eq!(
        lines,
        [
            (3, "album_id"),
            (4, "title"),
            (5, "artist_id"),
            (6, "price"),
            (7, "album_id"),
            (8, "code"),
            (10, "code"),
            (11, ""),
            (13, "album_id")
        ],
        "{told:?}"
    );
    assert!(told[0].2.contains("integer: \"x\"") && told[2].2.contains("(artist_id)=(99)") && told[3].2.contains("price >="), "{told:?}");
    assert_eq!(
        lab.ask("select string_agg(title, '|' order by album_id) from album where album_id > 2").await,
        "good|good|=1+1",
        "a formula is text"
    );
    let csv = lab.owner.get(&format!("{}/refused", path(&made))).await.expect(200);
    assert!(csv.text.starts_with("line,column,reason,row\n3,\"album_id\",\""), "{}", csv.text);
    assert!(csv.text.contains("\"8,\"\"two\nlines\"\",1,1,TOO LONG\""), "{}", csv.text);
}

#[tokio::test]
async fn all_or_nothing_is_nothing_when_one_does_not_fit() {
    let lab = lab(ALBUMS).await;
    let file = "album_id,title\n3,a\n4,\n5,c\n";
    let failed = import(&lab, "album", file, json!({"whole": true})).await;
    assert_eq!((&failed["status"], counts(&failed)[4]), (&json!("failed"), 1), "{failed}");
    assert!(failed["error"].as_str().unwrap().starts_with("Nothing was imported"));
    assert_eq!(lab.ask("select count(*) from album").await, "2");
    // The file is still there: once the columns are other ones, it fits.
    let again = json!({"columns": {"album_id": {"column": "album_id"}, "title": {"value": "same"}}, "whole": true});
    assert_eq!(counts(&work(&lab, &failed, "run", again).await), [3, 3, 0, 0, 0]);
    let gone = lab.owner.post(&format!("{}/run", path(&failed)), json!({})).await.expect(410);
    assert!(gone["detail"].as_str().unwrap().contains("Upload it again"));
}

#[tokio::test]
async fn rows_that_are_there_are_changed_or_passed_over_as_asked() {
    let lab = lab(ALBUMS).await;
    let file = "album_id,title,code\n1,changed,A1\n3,new,C1\n3,newer,C1\n";
    let skipped = import(&lab, "album", file, json!({"mode": "skip"})).await;
    assert_eq!(counts(&skipped), [3, 1, 0, 2, 0], "{skipped}");
    let upserted = import(&lab, "album", file, json!({"mode": "upsert"})).await;
    assert_eq!(counts(&upserted), [3, 0, 3, 0, 0], "{upserted}");
    assert_eq!(lab.ask("select string_agg(title, '|' order by album_id) from album").await, "changed|Balls to the Wall|newer");
    let updated = import(&lab, "album", "code,title\nA2,by code\nZZ,nowhere\n", json!({"mode": "update", "key": ["code"]})).await;
    assert_eq!(counts(&updated), [2, 0, 1, 1, 0], "{updated}");
    assert_eq!(lab.ask("select title from album where album_id = 2").await, "by code");
    let by_code =
        import(&lab, "album", "album_id,code,title\n50,A2,again\n51,N1,fresh\n", json!({"mode": "upsert", "key": ["code"]})).await;
    assert_eq!(counts(&by_code), [2, 1, 1, 0, 0], "{by_code}");
    assert_eq!(lab.ask("select row(album_id, title) from album where code = 'A2'").await, "(50,again)");
    let odd = import(&lab, "album", "album_id,title,price\n1,ok,5\n50,ok,-5\n51,ok,7\n", json!({"mode": "upsert"})).await;
    assert_eq!((counts(&odd), rejects(&odd)[0].0), ([3, 0, 2, 0, 1], 3), "{odd}");
}

#[tokio::test]
async fn postgresqls_own_files_come_back_as_they_were() {
    let lab = lab(
        r#"create table public.zoo (id int primary key, t text, n numeric, at timestamptz, d date, j jsonb, a text[], b bytea, ok bool, r int4range, m money, i inet, v interval, e text);
        insert into zoo values (1, 'x', 1.10, '2024-01-01 10:00:00+00', '2024-01-01', '{}', '{a,NULL,null}', '\xdeadbeef', true, '[1,5)', 12.5, '10.0.0.1/8', '1 day', ''),
          (2, null, null, 'infinity', null, 'null', '{}', '', false, 'empty', null, null, null, null), (3, E'a\tb\\N\r\n', 'NaN', null, null, null, '{"a b","c\\d"}', null, null, null, null, null, null, '\N')"#,
    )
    .await;
    for format in ["csv", "ndjson"] {
        let file = lab.owner.get(&format!("/api/v1/explorer/main/tables/public/zoo/export/{format}?order=id")).await.expect(200).text;
        lab.db.batch_execute("drop table if exists public.back; create table public.back (like zoo including all)").await.unwrap();
        let made = upload(&lab, "back", &format!("?format={format}"), &file).await;
        let done = work(&lab, &made, "run", json!({"whole": true})).await;
        assert_eq!(counts(&done), [3, 3, 0, 0, 0], "{format}: {done}");
        let rows = async |table: &str| lab.ask(&format!("select string_agg(t::text, '/' order by id) from {table} t")).await;
        assert_eq!(rows("back").await, rows("zoo").await, "{format}");
    }
}

#[tokio::test]
async fn tables_of_every_kind_take_rows_or_say_why_not() {
    let lab = lab("create table public.log (at date not null, n int not null) partition by range (at);
         create table public.log_2024 partition of log for values from ('2024-01-01') to ('2025-01-01');
         alter table log add primary key (at, n);
         create table public.keyless (a int, b text);
         create view public.some as select a, b from keyless where a > 0 with check option;
         create view public.sums as select b, sum(a) as a from keyless group by b;
         create table public.counted (id int generated always as identity primary key, \"we\"\"ird; drop\" text, \"🦆\" text);
         create domain public.small as int check (value < 10);
         create table public.guarded (id int primary key, owner text not null, level small);
         alter table guarded enable row level security;
         create policy own on guarded using (owner = 'me') with check (owner = 'me');")
    .await;
    let file = "at,n\n2024-05-01,1\n2030-01-01,2\n2024-05-01,1\n2024-06-01,3\n";
    let log = import(&lab, "log", file, json!({})).await;
    assert_eq!((counts(&log), rejects(&log).len()), ([4, 2, 0, 0, 2], 2), "{log}");
    let again = import(&lab, "log", "at,n\n2024-05-01,1\n2024-05-01,9\n", json!({"mode": "skip"})).await;
    assert_eq!(counts(&again), [2, 1, 0, 1, 0], "{again}");
    assert_eq!(counts(&import(&lab, "keyless", "a,b\n1,x\n,\n", json!({})).await), [2, 2, 0, 0, 0]);
    let view = import(&lab, "some", "a,b\n5,seen\n-5,unseen\n6,seen\n", json!({})).await;
    assert_eq!((counts(&view), rejects(&view)[0].0), ([3, 2, 0, 0, 1], 3), "{view}");
    let sums = crate::import_lab::upload_by(&lab.owner, "sums", "", b"a,b\n1,x\n").await.expect(403);
    assert!(sums["detail"].as_str().unwrap().contains("view"), "{}", sums.text);
    let weird = import(&lab, "counted", "\"we\"\"ird; drop\",🦆\na,b\n", json!({})).await;
    assert_eq!(counts(&weird), [1, 1, 0, 0, 0], "{weird}");
    let made = upload(&lab, "counted", "", "id,🦆\n1,changed\n").await;
    let refused = lab.owner.post(&format!("{}/run", path(&made)), json!({"columns": by_name(&["id", "🦆"])})).await.expect(422);
    assert!(refused.text.contains("makes the values of id itself"), "{}", refused.text);
    assert_eq!(counts(&work(&lab, &made, "run", json!({"mode": "update"})).await), [1, 0, 1, 0, 0]);
    let guarded = import(&lab, "guarded", "id,owner,level\n1,me,1\n2,you,2\n3,me,30\n4,me,4\n", json!({})).await;
    // The explorer of the panel's own server stands above policies; the rule of the domain holds.
    assert_eq!((counts(&guarded), rejects(&guarded)[0].0), ([4, 3, 0, 0, 1], 4), "{guarded}");
    let panel = "/api/v1/explorer/main/tables/identity/roles/imports";
    let refused = lab.owner.send_bytes(http::Method::POST, panel, &[("content-type", "text/csv")], Some(b"a\n1\n".to_vec())).await;
    assert!(refused.expect(403)["detail"].as_str().unwrap().contains("belongs to the panel"));
}

#[tokio::test]
async fn one_in_a_hundred_costs_its_own_row_only() {
    let lab = lab("create table public.many (id int primary key, n int not null, parent int references many)").await;
    let mut file = String::from("id,n,parent\n");
    for id in 0..30_000 {
        let (n, parent) = (if id % 100 == 7 { "x".to_owned() } else { id.to_string() }, if id % 100 == 50 { "-1" } else { "" });
        file.push_str(&format!("{id},{n},{parent}\n"));
    }
    let done = import(&lab, "many", &file, json!({})).await;
    assert_eq!(counts(&done), [30_000, 29_400, 0, 0, 600]);
    let done = import(&lab, "many", &file, json!({"mode": "upsert"})).await;
    assert_eq!(counts(&done), [30_000, 0, 29_400, 0, 600]);
    let csv = lab.owner.get(&format!("{}/refused", path(&done))).await.expect(200);
    assert_eq!(csv.text.lines().count(), 601);
}

#[tokio::test]
async fn the_log_says_who_asked_and_what_came_of_it() {
    let lab = lab(ALBUMS).await;
    import(&lab, "album", "album_id,title\n3,a\n4,\n", json!({})).await;
    let entries: Vec<Value> =
        lab.app.audit().await.into_iter().filter(|e| e["action"].as_str().is_some_and(|a| a.contains("import"))).collect();
    let of = |action: &str| entries.iter().find(|e| e["action"] == action).unwrap_or_else(|| panic!("no {action} in {entries:?}"));
    assert!(of("row-imports.create")["detail"].as_str().unwrap().contains("2 rows"));
    assert!(of("row-imports.run")["detail"].as_str().unwrap().contains("insert; columns album_id, title"));
    let end = of("rows.import");
    assert_eq!(
        (&end["outcome"], &end["target_kind"], &end["changes"]["inserted"]["after"]),
        (&json!("ok"), &json!("main.public.album"), &json!(1))
    );
    assert!(
        end["detail"].as_str().unwrap().contains("1 refused") && end["actor_label"].as_str().is_some_and(|a| !a.contains("import")),
        "{end}"
    );
}
