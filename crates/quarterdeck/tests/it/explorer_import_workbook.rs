//! Workbooks: what was exported comes in again as it was, and what is broken is refused.

use crate::explorer_lab::lab;
use crate::import_lab::{counts, upload_by, work};
use futures::TryStreamExt as _;
use http::Method;
use serde_json::json;
use std::io::{Cursor, Write as _};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const THINGS: &str = "create table things (id int primary key, name text, price numeric, big int8, at timestamptz, day date, ok bool, more jsonb);
    insert into things values (1, E'comma, \"quote\"\nline', 9.99, 9007199254740993, '2026-11-20 09:30:00.25+00', '2026-11-20', true, '{\"a\": [1]}'),
      (2, null, null, null, null, null, null, null), (3, '=1+1', -0.5, 7, '1999-12-31 23:59:59+00', '1900-03-01', false, '[]');
    create table copies (like things)";

#[tokio::test]
async fn a_sheet_that_was_exported_comes_in_as_it_was() {
    let lab = lab(THINGS).await;
    let answer = lab.owner.open(Method::GET, "/api/v1/explorer/main/tables/public/things/export/xlsx?order=id", &[], None).await;
    let body = answer.into_body().into_data_stream().try_fold(Vec::new(), async |mut all, part| {
        all.extend_from_slice(&part);
        Ok(all)
    });
    let file = body.await.unwrap();
    let import = upload_by(&lab.owner, "copies", "?name=things.xlsx", &file).await.body_of(201);
    assert_eq!(
        (import["rows"].as_i64(), import["header"].as_bool(), import["columns"][4]["name"].as_str()),
        (Some(3), Some(true), Some("at"))
    );
    let done = work(&lab, &import, "run", json!({})).await;
    assert_eq!(counts(&done), [3, 3, 0, 0, 0], "{done}");
    assert_eq!(lab.ask("select count(*) from (select * from things except select * from copies) x").await, "0");
}

#[tokio::test]
async fn what_is_no_workbook_or_has_errors_is_refused() {
    let lab = lab(THINGS).await;
    let refused = async |file: &[u8], what: &str| {
        let answer = upload_by(&lab.owner, "copies", "?name=things.xlsx", file).await.expect(422);
        assert!(answer.text.contains(what), "{}", answer.text);
    };
    refused(b"id,name\n1,a\n", "no workbook").await;
    refused(b"PK\x03\x04torn", "no workbook").await;
    refused(&zipped(&[("hello.txt", b"hello")]), "can't be read").await;
    let sheet = |cell: &str| {
        format!(
            r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="7"><c r="B7" {cell}</c></row></sheetData></worksheet>"#
        )
    };
    refused(&workbook(sheet(r#"t="e"><v>#DIV/0!</v>"#).as_bytes()), "B7 of the sheet").await;
    let refused = lab.ask("select count(*) from explorer.imports").await;
    assert_eq!(refused, "0", "nothing is kept of any of them");
}

fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// The least that is a workbook, with this sheet.
fn workbook(sheet: &[u8]) -> Vec<u8> {
    zipped(&[
        ("[Content_Types].xml", br#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#),
        ("_rels/.rels", br#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#),
        ("xl/workbook.xml", br#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>"#),
        ("xl/_rels/workbook.xml.rels", br#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#),
        ("xl/worksheets/sheet1.xml", sheet),
    ])
}
