//! Why the private PostgreSQL can't be had, each with what to do about it.

use std::io;
use std::path::{Path, PathBuf};

/// A reason that the private PostgreSQL does not run. Every message reads alone.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else holds the data directory.
    #[error(
        "Another Quarterdeck ({}) already uses the data directory {}. Stop it first, or give this one a directory of its own with QUARTERDECK_DATA_DIR",
        process(.pid),
        .data_dir.display()
    )]
    InUse {
        /// The directory.
        data_dir: PathBuf,
        /// The other process, when it has said so.
        pid: Option<u32>,
    },
    /// No PostgreSQL programs on this machine.
    #[error(
        "No PostgreSQL server programs were found. Install them (Debian and Ubuntu: apt-get install postgresql), or say where they are with QUARTERDECK_PG_BIN, or use a running server with DATABASE_URL. Looked in: {}",
        .looked_in.join(", ")
    )]
    NoPrograms {
        /// Every place, with what was wrong there if anything was.
        looked_in: Vec<String>,
    },
    /// The cluster needs programs of another major version.
    #[error("{0}")]
    OtherMajor(Box<super::upgrade::OtherMajor>),
    /// PostgreSQL's account can't get to a directory it needs.
    #[error(
        "{user}, the account that PostgreSQL runs as, can't enter {}, which is above {}. Allow it with: chmod o+x {0} - or choose another place with QUARTERDECK_DATA_DIR, such as /var/lib/quarterdeck",
        .blocked.display(),
        .wanted.display()
    )]
    Unreachable {
        /// Name of the account.
        user: String,
        /// The folder that may not be entered.
        blocked: PathBuf,
        /// The folder it leads to.
        wanted: PathBuf,
    },
    /// The cluster belongs to another account.
    #[error(
        "The database in {} belongs to {owner} and can't be used by {me}. Start the panel as root or as {owner}, or hand it over with: sudo chown -R {me} {0}",
        .cluster.display()
    )]
    NotOwner {
        /// The cluster's directory.
        cluster: PathBuf,
        /// Who owns it.
        owner: String,
        /// Who is asking.
        me: String,
    },
    /// The place for the socket is taken by something else.
    #[error(
        "{} is not a folder of {owner} that only {owner} may enter, so the database's socket can't be put there. Remove it, or choose a shorter QUARTERDECK_DATA_DIR",
        .path.display()
    )]
    SocketPlace {
        /// The folder.
        path: PathBuf,
        /// Who should own it.
        owner: String,
    },
    /// What is there is no cluster.
    #[error(
        "{} exists but is no PostgreSQL database (it has no readable PG_VERSION). Move it away to start with an empty one, or restore it from a backup",
        .0.display()
    )]
    NotACluster(PathBuf),
    /// The disk is full.
    #[error(
        "The disk that holds {} is full ({} MB free). Free some space; nothing was lost, and PostgreSQL needs at least {} MB to start",
        .path.display(),
        .free_bytes / 1_000_000,
        .needed_bytes / 1_000_000
    )]
    DiskFull {
        /// A directory on that disk.
        path: PathBuf,
        /// Bytes left.
        free_bytes: u64,
        /// Bytes needed.
        needed_bytes: u64,
    },
    /// A program of PostgreSQL failed.
    #[error("{what} failed ({status}). It said:\n{}", indent(.said))]
    Failed {
        /// What was being done.
        what: &'static str,
        /// Its exit status or signal.
        status: String,
        /// The last lines it wrote.
        said: Vec<String>,
    },
    /// It runs but never got ready.
    #[error("{what} did not finish within {seconds} s. It last said:\n{}", indent(.said))]
    TooSlow {
        /// What was being done.
        what: &'static str,
        /// How long was waited.
        seconds: u64,
        /// The last lines it wrote.
        said: Vec<String>,
    },
    /// The panel is being stopped meanwhile.
    #[error("PostgreSQL was stopped before it was ready")]
    Stopped,
    /// The server refused what it was asked.
    #[error("The private PostgreSQL refused to {what}: {source}")]
    Refused {
        /// What was asked.
        what: &'static str,
        /// What it said.
        source: tokio_postgres::Error,
    },
    /// The operating system refused.
    #[error("{} can't be {what}: {source}", .path.display())]
    Io {
        /// `made`, `read`, …
        what: &'static str,
        /// The file, folder or program.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    /// For `map_err`: `what` was being done to `path`. A full disk is told as such.
    pub(super) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => super::disk::full(&path),
            _ => Self::Io { what, path, source },
        }
    }

    /// For `map_err` on the server's own refusals.
    pub(super) fn refused(what: &'static str) -> impl FnOnce(tokio_postgres::Error) -> Self {
        move |source| Self::Refused { what, source }
    }

    /// What a failed program's last lines really mean: a full disk is the commonest cause and gets its own message.
    pub(super) fn failed(what: &'static str, status: String, said: Vec<String>, place: &Path) -> Self {
        if said.iter().any(|line| line.contains("No space left on device") || line.contains("Disk quota exceeded")) {
            return super::disk::full(place);
        }
        Self::Failed { what, status, said }
    }
}

fn process(pid: &Option<u32>) -> String {
    pid.map_or_else(|| "a process that is just starting".to_owned(), |pid| format!("process {pid}"))
}

fn indent(lines: &[String]) -> String {
    if lines.is_empty() {
        return "  (nothing)".to_owned();
    }
    lines.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
