//! What stands in the file.

use super::cells::Cells;
use super::copy::{self, Csv, Objects};
use super::parquet::Parquet;
use super::xlsx::Xlsx;
use deadpool_postgres::ClientWrapper;
use futures::StreamExt as _;
use kernel::list::{Query, Relation};
use kernel::problem::Kind;
use kernel::{Problem, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// As PostgreSQL's COPY writes it: NULL is nothing, an empty text is `""`.
    Csv,
    /// A JSON object a line, with values as the API gives them.
    Ndjson,
    Xlsx,
    Parquet,
}

impl Format {
    const ALL: [Self; 4] = [Self::Csv, Self::Ndjson, Self::Xlsx, Self::Parquet];

    /// # Errors
    /// 404 naming those that there are.
    pub fn named(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|format| format.name() == name);
        found.ok_or_else(|| Problem::new(Kind::NotFound, format!("Rows can't be exported as {name}; choose csv, ndjson, xlsx or parquet")))
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Xlsx => "xlsx",
            Self::Parquet => "parquet",
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Ndjson => "application/x-ndjson",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }
}

/// A file that is being made.
pub enum File {
    Csv(Csv),
    Ndjson(Lines),
    Parquet(Lines, Box<Parquet>),
    /// Whole only at its end, so made on disk first.
    Xlsx(Lines, Box<Xlsx>),
}

/// Rows as JSON, a line each.
pub struct Lines {
    objects: Objects,
    checked: bool,
}

impl File {
    /// Begins it, in the transaction that is open on the connection.
    ///
    /// # Errors
    /// What can't be asked, or what the database refuses.
    pub async fn of(client: &ClientWrapper, format: Format, relation: &Relation, query: &Query) -> Result<Self> {
        if format == Format::Csv {
            return Ok(Self::Csv(copy::csv(client, relation, query).await?));
        }
        let objects = copy::objects(client, relation, query).await?;
        let cells = Cells { columns: objects.columns.clone() };
        let lines = Lines { objects, checked: false };
        Ok(match format {
            Format::Xlsx => Self::Xlsx(lines, Box::new(Xlsx::new(cells)?)),
            Format::Parquet => Self::Parquet(lines, Box::new(Parquet::new(cells)?)),
            Format::Csv | Format::Ndjson => Self::Ndjson(lines),
        })
    }

    /// What comes before the first row.
    ///
    /// # Errors
    /// Never into memory.
    pub fn head(&mut self) -> Result<Vec<u8>> {
        let mut head = Vec::new();
        match self {
            Self::Csv(csv) => head.extend_from_slice(line(&csv.header).as_bytes()),
            Self::Parquet(_, file) => file.take(&mut head)?,
            Self::Ndjson(_) | Self::Xlsx(..) => {}
        }
        Ok(head)
    }

    /// Reads the next row and appends what is made by it; whether there was one.
    ///
    /// # Errors
    /// What the database refuses on the way, and what the format can't hold.
    pub async fn next(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        match self {
            Self::Csv(csv) => match csv.rows.next().await.transpose()? {
                Some(row) => out.extend_from_slice(&row),
                None => return Ok(false),
            },
            Self::Ndjson(lines) => return lines.next(out).await,
            Self::Parquet(lines, file) => {
                let mut row = Vec::new();
                if !lines.next(&mut row).await? {
                    file.finish(out)?;
                    return Ok(false);
                }
                if file.push(&row)? {
                    file.take(out)?;
                }
            }
            Self::Xlsx(lines, file) => {
                let mut row = Vec::new();
                if !lines.next(&mut row).await? {
                    return Ok(false);
                }
                file.push(&row)?;
            }
        }
        Ok(true)
    }

    /// The whole of a file that was made on disk, to be sent after the last row.
    ///
    /// # Errors
    /// When the disk is full.
    pub async fn rest(self) -> Result<Option<std::fs::File>> {
        let Self::Xlsx(_, file) = self else { return Ok(None) };
        // Putting it together takes seconds.
        tokio::task::spawn_blocking(move || file.finish()).await.map_err(Problem::internal)?.map(Some)
    }
}

impl Lines {
    async fn next(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        let Some(row) = self.objects.rows.next().await.transpose()? else { return Ok(false) };
        if !self.checked {
            self.objects.writer.check(&row).map_err(Problem::internal)?;
            self.checked = true;
        }
        let start = out.len();
        self.objects.writer.row(&row, out).map_err(Problem::internal)?;
        // Only between the values of a json column that somebody laid out over several lines: strings have none.
        out.iter_mut().skip(start).filter(|byte| matches!(**byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
        out.push(b'\n');
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
