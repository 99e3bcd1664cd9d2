//! Compares what was stated then with the database as it is now.

use super::line::{Heads, Statement, digest};
use crate::store;
use crate::verify::Finding;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::Result;
use kernel::secret::Keyring;
use std::collections::{BTreeMap, BTreeSet};
use tokio_postgres::Client;
use uuid::Uuid;

/// What the comparison came to.
#[derive(Debug, Default)]
pub struct Comparison {
    pub statements: usize,
    pub findings: Vec<Finding>,
}

fn of_file(seq: i64, problem: String) -> Finding {
    Finding { chain: "checkpoints".into(), seq, id: None, problem }
}

/// Compares every line of these files, in their order, with the database: for each chain the first that doesn't match.
///
/// # Errors
/// When the database is away.
pub async fn compare(db: &Client, keys: &Keyring, files: &[(String, String)]) -> Result<Comparison> {
    let mut compared = Comparison::default();
    let mut told = BTreeSet::new();
    let mut before: BTreeMap<Uuid, (i64, String)> = BTreeMap::new();
    for (file, text) in files {
        let mut last: Option<Statement> = None;
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let place = format!("{file}, line {}", at + 1);
            let Some(statement) = Statement::read(keys, line) else {
                compared.findings.push(of_file(0, format!("{place}: the checkpoint was edited, or isn't this installation's")));
                continue;
            };
            compared.statements += 1;
            let number = statement.number;
            if let Some((previous, hash)) = before.get(&statement.series)
                && (statement.number != previous + 1 || statement.previous.as_ref() != Some(hash))
            {
                compared.findings.push(of_file(
                    number,
                    format!("{place}: lines between the checkpoints {previous} and {number} are missing or were moved"),
                ));
            }
            before.insert(statement.series, (statement.number, digest(line)));
            for (chain, seq, problem) in differing(db, &statement.heads).await? {
                if told.insert(chain.clone()) {
                    let problem = format!("{place}, checkpoint {number} of {}: {problem}", statement.at.format("%F %T UTC"));
                    compared.findings.push(Finding { chain, seq, id: None, problem });
                }
            }
            last = Some(statement);
        }
        if let Some(last) = last
            && let Some(newest) = store::newest_of_month(db, last.series, last.at).await?.filter(|newest| *newest > last.number)
        {
            let problem = format!("{file}: the checkpoints {} to {newest}, which the database knows, were cut off", last.number + 1);
            compared.findings.push(of_file(last.number, problem));
        }
    }
    Ok(compared)
}

/// The chains that aren't at this number what was stated.
pub(super) async fn differing(db: &Client, heads: &Heads) -> Result<Vec<(String, i64, String)>> {
    let mut found = Vec::new();
    for (chain, seq, hash) in store::hashes_at(db, heads).await? {
        let Some(stated) = heads.get(&chain) else { continue };
        let problem = match hash {
            None => format!("row {seq} was there then and is not now: the database is an older one, or was cut"),
            Some(hash) if STANDARD.encode(&hash) != stated.hash => format!("row {seq} had another hash then: the log was rewritten"),
            Some(_) => continue,
        };
        found.push((chain, seq, problem));
    }
    Ok(found)
}
