//! Makes the cluster, once.
//!
//! It is made under another name and renamed when it is whole and on the disk, so a crash half-way leaves nothing
//! that looks like a database: the next start clears it away and begins again.

use std::fs::{self, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use super::OWNER;
use super::account::Account;
use super::disk;
use super::error::Error;
use super::leash::{self, Leash};
use super::place::Place;
use super::programs::Programs;

/// Far beyond what the slowest disk needs.
const TIME_LIMIT: Duration = Duration::from_secs(300);

/// The major version of the cluster, or `None` when there is none yet.
pub(super) fn major(cluster: &Path) -> Result<Option<u32>, Error> {
    match fs::symlink_metadata(cluster) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("looked at", cluster)(error)),
        Ok(_) => {
            let text = fs::read_to_string(cluster.join("PG_VERSION")).unwrap_or_default();
            text.trim().parse().map(Some).map_err(|_| Error::NotACluster(cluster.to_path_buf()))
        }
    }
}

/// Makes the cluster with checksums, in UTF-8, for the superuser [`OWNER`].
///
/// Nobody needs a password: the server listens on a socket only, in a folder that only its own account and root may
/// enter, and those can read its files anyway. Connections over a network are refused even if somebody opens a port.
pub(super) async fn make(place: &Place, account: &Account, programs: &Programs) -> Result<(), Error> {
    disk::require(&place.data_dir, disk::NEW_CLUSTER_BYTES)?;
    let mut said = Vec::new();
    for locale in locales(programs.major) {
        clear(&place.unfinished)?;
        fs::DirBuilder::new().mode(0o700).create(&place.unfinished).map_err(Error::io("made", &place.unfinished))?;
        account.own(&place.unfinished)?;
        let output = initdb(place, account, programs, locale).await?;
        if output.status.success() {
            return finish(place);
        }
        said = lines(&output);
        let unknown_locale = said.iter().any(|line| line.contains("locale") || line.contains("unrecognized option"));
        if !unknown_locale {
            let _ = clear(&place.unfinished);
            return Err(Error::failed("Making the database", output.status.to_string(), said, &place.data_dir));
        }
    }
    Err(Error::failed("Making the database", "no usable locale".to_owned(), said, &place.data_dir))
}

/// Ways to get UTF-8 with an order that never changes, best first. Systems differ in which they have.
fn locales(major: u32) -> Vec<&'static [&'static str]> {
    const BUILTIN: &[&[&str]] = &[
        &["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"],
        &["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"],
    ];
    const SYSTEM: &[&[&str]] = &[&["--locale=C.UTF-8"], &["--locale=C"]];
    let builtin = if major >= 17 { BUILTIN } else { &[] };
    builtin.iter().chain(SYSTEM).copied().collect()
}

async fn initdb(place: &Place, account: &Account, programs: &Programs, locale: &[&str]) -> Result<Output, Error> {
    let program = programs.dir.join("initdb");
    let mut command = leash::command(account, &program);
    command.arg("-D").arg(&place.unfinished).args(["-U", OWNER, "-E", "UTF8", "-k", "-N", "--no-instructions"]);
    command.args(["--auth-local=trust", "--auth-host=reject"]).args(locale);
    let mut child = tokio::process::Command::from(command).spawn().map_err(Error::io("run", &program))?;
    let leash = Leash::of(&mut child);
    match tokio::time::timeout(TIME_LIMIT, child.wait_with_output()).await {
        Ok(output) => {
            leash.release();
            output.map_err(Error::io("run", &program))
        }
        Err(_) => Err(Error::TooSlow { what: "Making the database", seconds: TIME_LIMIT.as_secs(), said: Vec::new() }),
    }
}

/// `initdb -N` skips a sync per file, which takes most of its time; one sync of the file system is as safe.
fn finish(place: &Place) -> Result<(), Error> {
    let Place { unfinished, cluster, data_dir, .. } = place;
    let folder = File::open(unfinished).map_err(Error::io("opened", unfinished))?;
    sync_all_of(&folder).map_err(|errno| Error::io("put on the disk", unfinished)(errno.into()))?;
    fs::rename(unfinished, cluster).map_err(Error::io("renamed", unfinished))?;
    let parent = File::open(data_dir).map_err(Error::io("opened", data_dir))?;
    parent.sync_all().map_err(Error::io("put on the disk", data_dir))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn sync_all_of(folder: &File) -> nix::Result<()> {
    nix::unistd::syncfs(folder)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn sync_all_of(_: &File) -> nix::Result<()> {
    nix::unistd::sync();
    Ok(())
}

fn clear(unfinished: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(unfinished) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io("cleared away", unfinished)(error)),
        _ => Ok(()),
    }
}

fn lines(output: &Output) -> Vec<String> {
    String::from_utf8_lossy(&output.stderr).lines().map(str::to_owned).collect()
}
