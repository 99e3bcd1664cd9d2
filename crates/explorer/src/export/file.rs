//! What stands in the file.

use super::copy::{self, Csv, Objects};
use deadpool_postgres::ClientWrapper;
use futures::StreamExt as _;
use kernel::list::{Query, Relation};
use kernel::problem::Kind;
use kernel::{Problem, Result};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// As PostgreSQL's COPY writes it: NULL is nothing, an empty text is `""`.
    Csv,
    /// A JSON object a line, with values as the API gives them.
    Ndjson,
}

impl Format {
    const ALL: [Self; 2] = [Self::Csv, Self::Ndjson];

    /// # Errors
    /// 404 naming those that there are.
    pub fn named(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|format| format.name() == name);
        found.ok_or_else(|| Problem::new(Kind::NotFound, format!("Rows can't be exported as {name}; choose csv or ndjson")))
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Ndjson => "application/x-ndjson",
        }
    }
}

/// A file that is being made.
pub enum File {
    Csv(Csv),
    Ndjson { objects: Objects, checked: bool },
}

impl File {
    /// Begins it, in the transaction that is open on the connection.
    ///
    /// # Errors
    /// What can't be asked, or what the database refuses.
    pub async fn of(client: &ClientWrapper, format: Format, relation: &Relation, query: &Query) -> Result<Self> {
        Ok(match format {
            Format::Csv => Self::Csv(copy::csv(client, relation, query).await?),
            Format::Ndjson => Self::Ndjson { objects: copy::objects(client, relation, query).await?, checked: false },
        })
    }

    /// What comes before the first row.
    pub fn head(&self) -> Vec<u8> {
        match self {
            Self::Csv(csv) => line(&csv.header).into_bytes(),
            Self::Ndjson { .. } => Vec::new(),
        }
    }

    /// Appends the next row; whether there was one.
    ///
    /// # Errors
    /// What the database refuses on the way.
    pub async fn next(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        match self {
            Self::Csv(csv) => match csv.rows.next().await.transpose()? {
                Some(row) => out.extend_from_slice(&row),
                None => return Ok(false),
            },
            Self::Ndjson { objects, checked } => {
                let Some(row) = objects.rows.next().await.transpose()? else { return Ok(false) };
                if !*checked {
                    objects.writer.check(&row).map_err(Problem::internal)?;
                    *checked = true;
                }
                let start = out.len();
                objects.writer.row(&row, out).map_err(Problem::internal)?;
                // Only between the values of a json column that somebody laid out over several lines: strings have none.
                out.iter_mut().skip(start).filter(|byte| matches!(**byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
                out.push(b'\n');
            }
        }
        Ok(true)
    }
}

/// One line of CSV, every name quoted that needs it (RFC 4180).
fn line(names: &[String]) -> String {
    let quoted = |name: &String| {
        if name.is_empty() || name.contains([',', '"', '\n', '\r']) || name.starts_with(' ') || name.ends_with(' ') {
            format!("\"{}\"", name.replace('"', "\"\""))
        } else {
            name.clone()
        }
    };
    let names: Vec<String> = names.iter().map(quoted).collect();
    format!("{}\n", names.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_can_be_read_back() {
        let names = ["id", "a,b", "say \"hi\"", "two\nlines", " room ", "Größe"].map(str::to_owned);
        assert_eq!(line(&names), "id,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\" room \",Größe\n");
    }
}
