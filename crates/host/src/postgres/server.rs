//! One run of the `postgres` program.

use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::account::Account;
use super::error::Error;
use super::leash::{self, Leash};
use super::log::{self, Tail};
use super::place::{PORT, Place};
use super::programs::Programs;

/// How long a fast shutdown may take: open transactions are rolled back and a checkpoint is written.
const STOP_LIMIT: Duration = Duration::from_secs(30);
/// How long the harder ways of stopping may take.
const HARD_STOP_LIMIT: Duration = Duration::from_secs(5);
/// How long the last words of a server that has ended are waited for; its children may hold the pipe a little longer.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// What a run needs to know.
#[derive(Debug, Clone)]
pub(super) struct Spec {
    pub place: Place,
    pub account: Account,
    pub programs: Programs,
    pub socket_dir: PathBuf,
}

/// A running server. Dropping it stops it through its leash, without waiting.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    pid: u32,
    leash: Option<Leash>,
    tail: Tail,
    reader: Option<JoinHandle<()>>,
}

impl Server {
    pub(super) fn spawn(spec: &Spec) -> Result<Self, Error> {
        let program = spec.programs.dir.join("postgres");
        let socket_dir = spec.socket_dir.display().to_string().replace('"', "\"\"");
        let mut command = leash::command(&spec.account, &program);
        command.arg("-D").arg(&spec.place.cluster);
        for setting in [
            format!("config_file={}", spec.place.settings.display()),
            "listen_addresses=".to_owned(),
            format!("port={PORT}"),
            format!("unix_socket_directories=\"{socket_dir}\""),
            "unix_socket_permissions=0700".to_owned(),
        ] {
            command.arg("-c").arg(setting);
        }
        command.stdout(std::process::Stdio::null());
        let mut child = Command::from(command).spawn().map_err(Error::io("run", &program))?;
        let leash = Leash::of(&mut child);
        let pid = child.id().unwrap_or_default();
        let tail = Tail::default();
        let reader = child.stderr.take().map(|stderr| tokio::spawn(log::follow(stderr, tail.clone())));
        Ok(Self { child, pid, leash: Some(leash), tail, reader })
    }

    /// The postmaster's process id.
    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    /// The last lines it wrote.
    pub(super) fn said(&self) -> Vec<String> {
        self.tail.lines()
    }

    /// Waits for the end. May be dropped and asked again.
    pub(super) async fn exited(&mut self) -> String {
        let status = self.child.wait().await;
        if let Some(leash) = self.leash.take() {
            leash.release();
        }
        if let Some(reader) = self.reader.as_mut() {
            let _ = timeout(LAST_WORDS, reader).await;
            self.reader = None;
        }
        status.map_or_else(|error| error.to_string(), describe)
    }

    /// Stops it in order: connections are ended, transactions rolled back, everything written.
    pub(super) async fn stop(mut self) {
        for (signal, limit) in [(Signal::SIGINT, STOP_LIMIT), (Signal::SIGQUIT, HARD_STOP_LIMIT), (Signal::SIGKILL, HARD_STOP_LIMIT)] {
            self.signal(signal);
            if timeout(limit, self.exited()).await.is_ok() {
                return;
            }
            tracing::warn!(target: "postgres", pid = self.pid, "PostgreSQL did not stop within {} s of {signal}", limit.as_secs());
        }
    }

    fn signal(&self, signal: Signal) {
        // `id` is there until the child has been waited for, so the number can't belong to another process.
        if let Some(pid) = self.child.id().and_then(|pid| i32::try_from(pid).ok()) {
            let _ = kill(Pid::from_raw(pid), signal);
        }
    }
}

fn describe(status: ExitStatus) -> String {
    // "exit status: 1" or "signal: 9 (SIGKILL)".
    status.to_string()
}
