//! Programs that end when the panel does, however it ends.
//!
//! A panel that is killed can't stop its PostgreSQL any more, so a shell of a few lines waits beside it: it reads from
//! a pipe whose other end only the panel holds. When the panel is gone the pipe ends, and the shell sends the program
//! SIGINT, which is PostgreSQL's fast shutdown. While all is well it sleeps and costs nothing.
//!
//! The other way is `PR_SET_PDEATHSIG`, through `setpriv` since this project has no unsafe code. The pipe was chosen:
//! - the signal comes when the *thread* that spawned the program ends, not the process; a pipe knows processes only;
//! - a panel that dies before the program has asked for the signal leaves it alone for ever; a pipe has no such gap;
//! - it needs `/bin/sh` only, where `setpriv --pdeathsig` is missing on BusyBox and macOS.
//!
//! Its price is that somebody could kill the shell. Then a killed panel does leave its server behind, and the next
//! start finds and stops it (`orphan`).
//!
//! The program is not the shell's child: the shell starts the watcher, cuts it loose and *becomes* the program. So the
//! panel waits for PostgreSQL itself and signals it by a process id that can't have been reused, and PostgreSQL, which
//! takes the death of an unknown child for a crash, has no child it doesn't know.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use tokio::process::Child;

use super::account::Account;

/// `$0` and the arguments are the program; `$$` in the watcher is the process that becomes it.
/// One line on the pipe means that the program has ended by itself and its number may belong to another by now.
const SCRIPT: &str = r#"
exec 3<&0 </dev/null
(
  (
    trap '' HUP INT QUIT TERM
    exec <&3 3<&- >/dev/null 2>&1
    read -r ended && exit
    kill -INT $$ || exit
    seconds=0
    while kill -0 $$ && [ $seconds -lt 30 ]; do sleep 1; seconds=$((seconds + 1)); done
    kill -QUIT $$
  ) &
)
exec 3<&-
exec "$0" "$@"
"#;

/// A command that runs the program on a leash, as the account. Its standard input is the leash.
pub(super) fn command(account: &Account, program: &Path) -> Command {
    let mut command = account.command(Path::new("/bin/sh"));
    command.arg("-c").arg(SCRIPT).arg(program).stdin(Stdio::piped());
    // Ctrl-C on the panel's terminal is for the panel, which then stops PostgreSQL in order.
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
}

/// The panel's end of the pipe. Dropped without [`Leash::release`], it stops the program.
#[derive(Debug)]
pub(super) struct Leash(Option<File>);

impl Leash {
    /// Takes the leash of a command from [`command`], which must have just been started.
    pub(super) fn of(child: &mut Child) -> Self {
        Self(child.stdin.take().and_then(|stdin| stdin.into_owned_fd().ok()).map(File::from))
    }

    /// The program has ended; sends the watcher home.
    pub(super) fn release(mut self) {
        if let Some(mut pipe) = self.0.take() {
            // A watcher that is gone needs no telling.
            let _ = pipe.write_all(b"ended\n");
        }
    }
}
