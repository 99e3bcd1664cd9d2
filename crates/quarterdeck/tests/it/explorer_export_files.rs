//! Sheets and Parquet: read back with other programs' readers, no value is another one.

use crate::explorer_lab::{Lab, lab};
use calamine::{Data, DataType as _, Reader as _, Xlsx};
use futures::TryStreamExt as _;
use http::Method;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use serde_json::Value;
use std::io::Cursor;

const ZOO: &str = r#"create table public.zoo (id int primary key, t text, n numeric, big int8, at timestamptz, local timestamp, d date, jb jsonb, a text[], b bytea, ok bool, f float8);
    insert into zoo values
      (1, '=1+1', 1.10, 9007199254740993, '2026-11-20 09:30:00.25+00', '2026-11-20 09:30:00', '2026-11-20', '{"k": "v"}', '{a,null}', '\x00ff', true, 0.5),
      (2, '', null, null, null, null, null, null, null, null, null, 'NaN'),
      (3, null, -123456789012345678.5, 42, '1850-01-01 00:00:00+00', null, '1850-01-01', '[]', '{}', '', false, 'Infinity')"#;

async fn file(lab: &Lab, table: &str, format: &str, query: &str) -> (u16, Result<Vec<u8>, String>) {
    let path = format!("/api/v1/explorer/main/tables/public/{table}/export/{format}{query}");
    let answer = lab.owner.open(Method::GET, &path, &[], None).await;
    let status = answer.status().as_u16();
    let body = answer.into_body().into_data_stream().try_fold(Vec::new(), async |mut all, part| {
        all.extend_from_slice(&part);
        Ok(all)
    });
    (status, body.await.map_err(|error| error.to_string()))
}

async fn sheet(lab: &Lab, query: &str) -> Vec<Vec<Data>> {
    let (status, bytes) = file(lab, "zoo", "xlsx", query).await;
    assert_eq!(status, 200);
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes.unwrap())).unwrap();
    let name = book.sheet_names()[0].clone();
    book.worksheet_range(&name).unwrap().rows().map(<[Data]>::to_vec).collect()
}

#[tokio::test]
async fn a_sheet_has_numbers_and_times_where_excel_has_them_and_text_where_not() {
    let lab = lab(ZOO).await;
    let rows = sheet(&lab, "?order=id").await;
    let head: Vec<String> = rows[0].iter().map(ToString::to_string).collect();
    assert_eq!(head, ["id", "t", "n", "big", "at", "local", "d", "jb", "a", "b", "ok", "f"]);
    let text = |text: &str| Data::String(text.into());
    assert_eq!(
        (&rows[1][1], &rows[1][2], &rows[1][3]),
        (&text("=1+1"), &Data::Float(1.1), &text("9007199254740993")),
        "no formula, no digit lost"
    );
    let at = |cell: &Data| cell.as_datetime().map(|at| at.to_string());
    assert_eq!((at(&rows[1][4]), at(&rows[1][6])), (Some("2026-11-20 09:30:00.250".into()), Some("2026-11-20 00:00:00".into())));
    assert_eq!(
        (&rows[1][7], &rows[1][8], &rows[1][9], &rows[1][10]),
        (&text(r#"{"k": "v"}"#), &text(r#"{"a",NULL}"#), &text("\\x00ff"), &Data::Bool(true))
    );
    assert_eq!((&rows[2][1], &rows[2][2], &rows[2][11]), (&Data::Empty, &Data::Empty, &text("NaN")));
    assert_eq!(
        (&rows[3][2], &rows[3][4], &rows[3][6]),
        (&text("-123456789012345678.5"), &text("1850-01-01T00:00:00Z"), &text("1850-01-01"))
    );
    let chosen = sheet(&lab, "?select=id,name:t&id=eq.1").await;
    assert_eq!(chosen.len(), 2);
    assert_eq!(chosen[0][1], text("name"));
}

#[tokio::test]
async fn parquet_has_typed_columns() {
    let lab = lab(ZOO).await;
    let (status, bytes) = file(&lab, "zoo", "parquet", "?order=id").await;
    assert_eq!(status, 200);
    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes.unwrap())).unwrap();
    let rows: Vec<Vec<(String, Field)>> = reader
        .get_row_iter(None)
        .unwrap()
        .map(|row| row.unwrap().get_column_iter().map(|(name, field)| (name.clone(), field.clone())).collect())
        .collect();
    let value = |row: usize, name: &str| rows[row].iter().find(|(known, _)| known == name).unwrap().1.clone();
    assert_eq!(rows.len(), 3);
    assert_eq!(
        (value(0, "id"), value(0, "big"), value(0, "ok"), value(0, "f")),
        (Field::Int(1), Field::Long(9_007_199_254_740_993), Field::Bool(true), Field::Double(0.5))
    );
    assert_eq!((value(0, "n"), value(2, "n")), (Field::Str("1.10".into()), Field::Str("-123456789012345678.5".into())));
    assert_eq!((value(0, "at"), value(0, "d")), (Field::TimestampMicros(1_795_167_000_250_000), Field::Date(20_777)));
    assert_eq!((value(1, "t"), value(2, "t"), value(1, "at")), (Field::Str(String::new()), Field::Null, Field::Null));
    assert!(matches!(value(0, "b"), Field::Bytes(bytes) if bytes.data() == [0, 255]));
    assert!(matches!(value(2, "d"), Field::Date(day) if day < 0) && matches!(value(1, "f"), Field::Double(f) if f.is_nan()));
}

#[tokio::test]
async fn many_rows_come_in_groups_and_an_empty_table_is_a_file_too() {
    let lab = lab("create table public.zoo as select n as id, repeat('x', 40) as t from generate_series(1, 250000) n; create table public.nothing (id int, t text)").await;
    let reader = SerializedFileReader::new(bytes::Bytes::from(file(&lab, "zoo", "parquet", "").await.1.unwrap())).unwrap();
    assert_eq!((reader.metadata().file_metadata().num_rows(), reader.metadata().num_row_groups() > 1), (250_000, true));
    let empty = SerializedFileReader::new(bytes::Bytes::from(file(&lab, "nothing", "parquet", "").await.1.unwrap())).unwrap();
    assert_eq!(empty.metadata().file_metadata().num_rows(), 0);
    let (status, bytes) = file(&lab, "nothing", "xlsx", "").await;
    assert!(status == 200 && bytes.unwrap().starts_with(b"PK"));
}

#[tokio::test]
async fn what_a_format_cannot_hold_ends_it_and_the_log_says_where() {
    let lab = lab("create table public.zoo (id int, t text, at timestamptz); insert into zoo values (1, 'a', now()), (2, repeat('x', 40000), 'infinity')").await;
    assert!(file(&lab, "zoo", "xlsx", "?order=id").await.1.is_err());
    assert!(file(&lab, "zoo", "parquet", "?order=id").await.1.is_err());
    let mut said: Vec<String> = Vec::new();
    while said.len() < 2 {
        tokio::task::yield_now().await;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        said = lab.log().await.iter().filter(|entry| entry["outcome"] == "failed").map(|entry| text(&entry["detail"])).collect();
    }
    assert!(said.iter().any(|text| text.contains("t of row 2 has more than 32767 characters")), "{said:?}");
    assert!(said.iter().any(|text| text.contains("at of row 2 is \"infinity\"")), "{said:?}");
    let (status, _) = file(&lab, "zoo", "docx", "").await;
    assert_eq!(status, 404);
}
