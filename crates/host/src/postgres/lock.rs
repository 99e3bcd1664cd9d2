//! One panel per data directory: a lock that the system drops when the process ends, however it ends.
//!
//! The file also says who holds it and where the server can be reached, for the other commands of the same
//! installation (`quarterdeck psql` while `serve` runs).

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::sleep;

use super::error::Error;

const NAME: &str = "supervisor.lock";

/// A command that only looks who holds the lock ([`holder`]) has it for a moment itself; that must not keep a panel
/// from starting.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(20);

/// Held for as long as it lives.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    path: PathBuf,
}

/// What the holder wrote into its lock.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Holder {
    pub pid: Option<u32>,
    pub socket_dir: Option<PathBuf>,
    pub bin_dir: Option<PathBuf>,
}

impl Lock {
    /// Takes the lock and writes the process id into it.
    pub(super) async fn take(data_dir: &Path) -> Result<Self, Error> {
        let path = data_dir.join(NAME);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o644)
            .open(&path)
            .map_err(Error::io("opened", &path))?;
        for attempt in 1..=ATTEMPTS {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if attempt < ATTEMPTS => sleep(PAUSE).await,
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::InUse { data_dir: data_dir.to_path_buf(), pid: read(&path).pid });
                }
                Err(TryLockError::Error(source)) => return Err(Error::io("locked", &path)(source)),
            }
        }
        let mut lock = Self { file, path };
        lock.write(&std::process::id().to_string())?;
        Ok(lock)
    }

    /// Tells the other commands where the server is.
    pub(super) fn tell(&mut self, socket_dir: &Path, bin_dir: &Path) -> Result<(), Error> {
        self.write(&format!("{}\n{}\n{}", std::process::id(), socket_dir.display(), bin_dir.display()))
    }

    fn write(&mut self, text: &str) -> Result<(), Error> {
        let write = |file: &mut File| {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            writeln!(file, "{text}")
        };
        write(&mut self.file).map_err(Error::io("written", &self.path))
    }
}

/// Who holds the data directory at this moment, if anybody does.
pub(super) fn holder(data_dir: &Path) -> Option<Holder> {
    let path = data_dir.join(NAME);
    let file = File::open(&path).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(read(&path)),
        _ => None,
    }
}

fn read(path: &Path) -> Holder {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let mut lines = text.lines();
    Holder {
        pid: lines.next().and_then(|line| line.parse().ok()),
        socket_dir: lines.next().map(PathBuf::from),
        bin_dir: lines.next().map(PathBuf::from),
    }
}
