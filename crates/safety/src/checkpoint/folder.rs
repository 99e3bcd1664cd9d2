//! The folder: a file for each month, which only grows.

use super::line::{Heads, Statement, digest};
use chrono::{DateTime, Utc};
use kernel::secret::Keyring;
use kernel::{Problem, Result};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// What is in the folder so far.
pub(super) struct Kept {
    file: PathBuf,
    pub series: Option<Uuid>,
    pub number: i64,
    pub previous: Option<String>,
    /// The heads that this month's file states; a new file states them all.
    pub heads: Heads,
    pub is_new: bool,
    /// Whether the file ends within a line.
    is_torn: bool,
    pub problems: Vec<String>,
}

impl Kept {
    pub(super) async fn of(folder: PathBuf, now: DateTime<Utc>, keys: &Keyring) -> Result<Self> {
        let file = folder.join(format!("audit-{}.ndjson", now.format("%Y-%m")));
        let (shown, path) = (file.display().to_string(), file.clone());
        let (text, newest) = blocking(&shown, move || {
            DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
            match fs::read_to_string(&path) {
                Ok(text) => Ok((Some(text), None)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    let newest = files(&folder)?.pop().map(fs::read_to_string).transpose()?;
                    Ok((None, newest))
                }
                Err(error) => Err(error),
            }
        })
        .await?;
        let mut kept = Self {
            file,
            series: None,
            number: 0,
            previous: None,
            heads: Heads::new(),
            is_new: text.is_none(),
            is_torn: text.as_ref().is_some_and(|text| !text.is_empty() && !text.ends_with('\n')),
            problems: Vec::new(),
        };
        kept.read(text.or(newest).as_deref().unwrap_or_default(), keys);
        Ok(kept)
    }

    fn read(&mut self, text: &str, keys: &Keyring) {
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let Some(statement) = Statement::read(keys, line) else {
                self.problems.push(format!("a line of {} was edited, or isn't this installation's", self.file.display()));
                continue;
            };
            (self.series, self.number, self.previous) = (Some(statement.series), statement.number, Some(digest(line)));
            self.heads.extend(statement.heads);
        }
        // What was found once is stated by the number of the statement that found it, so it is told once.
        self.problems.dedup();
    }

    /// Writes a line and waits until it is on the disk; the file's name.
    pub(super) async fn append(&self, line: &str) -> Result<String> {
        let shown = self.file.display().to_string();
        let (file, text) = (self.file.clone(), format!("{}{line}\n", if self.is_torn { "\n" } else { "" }));
        blocking(&shown, move || {
            let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(file)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .await?;
        Ok(shown)
    }
}

async fn blocking<T: Send + 'static>(shown: &str, work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await.map_err(Problem::internal)?;
    done.map_err(|error| Problem::unavailable(format!("The checkpoint can't be kept in {shown}: {error}")))
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "ndjson"));
    files.sort();
    Ok(files)
}

/// Names and texts of a file, or of a folder's files from the first to the last.
///
/// # Errors
/// What the system says.
pub fn read(path: &Path) -> io::Result<Vec<(String, String)>> {
    let paths = if path.is_dir() { files(path)? } else { vec![path.to_path_buf()] };
    paths.into_iter().map(|path| Ok((path.display().to_string(), fs::read_to_string(&path)?))).collect()
}
