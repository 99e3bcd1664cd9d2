//! A server of this cluster that nobody supervises any more: its panel was killed and its leash with it, or it is
//! still shutting down. Two servers on one cluster would be refused by PostgreSQL itself, so the old one is stopped.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How long the old server may take to stop before it is told more firmly.
const LIMIT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);

/// Stops an orphan, if there is one. The caller holds the data directory's lock, so no other panel minds.
pub(super) async fn stop(cluster: &Path) {
    let Some(pid) = running(cluster) else { return };
    tracing::warn!(target: "postgres", pid, "A PostgreSQL of an earlier panel still runs on this data directory; stopping it");
    for signal in [Signal::SIGINT, Signal::SIGQUIT] {
        let _ = kill(Pid::from_raw(pid), signal);
        let since = Instant::now();
        while since.elapsed() < LIMIT {
            if running(cluster) != Some(pid) {
                return;
            }
            tokio::time::sleep(POLL).await;
        }
    }
}

/// The process that `postmaster.pid` names, if it really is a server of this cluster: the number may have been given
/// to another process since. A server's working directory is its cluster; a dead one has none.
fn running(cluster: &Path) -> Option<i32> {
    let text = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
    let pid: i32 = text.lines().next()?.trim().parse().ok().filter(|pid| *pid > 1)?;
    let cwd = fs::read_link(format!("/proc/{pid}/cwd")).ok()?;
    (cwd == fs::canonicalize(cluster).ok()?).then_some(pid)
}
