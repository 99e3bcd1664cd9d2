//! The settings the private server starts with: good ones for a small machine that it shares with the panel.
//!
//! They lie beside the cluster, owned by the panel, and are written again when they differ. What somebody changes
//! with `ALTER SYSTEM` wins and stays, for it is kept inside the cluster.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::account::Account;
use super::error::Error;
use super::programs::Programs;

const MB: u64 = 1 << 20;

/// The module that has to be loaded with the server to count statements.
const STATEMENTS: &str = "pg_stat_statements";

/// Writes the settings for these programs and this machine, if they differ from what is there.
pub(super) fn write(path: &Path, account: &Account, programs: &Programs) -> Result<(), Error> {
    let text = text(memory_bytes(), has_library(account, programs, STATEMENTS));
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let aside = path.with_extension("conf.new");
    let written = (|| {
        let _ = fs::remove_file(&aside);
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o644).open(&aside)?;
        file.write_all(text.as_bytes())?;
        // Whatever the umask: PostgreSQL reads it under another account.
        file.set_permissions(fs::Permissions::from_mode(0o644))?;
        file.sync_all()?;
        fs::rename(&aside, path)
    })();
    written.map_err(Error::io("written", path))
}

fn text(memory: Option<u64>, statements: bool) -> String {
    let memory = memory.unwrap_or(1024 * MB);
    let shared = (memory / 8).clamp(64 * MB, 1024 * MB) / MB;
    let cache = (memory / 2).max(256 * MB) / MB;
    let preload = if statements { STATEMENTS } else { "" };
    format!(
        "# Written by Quarterdeck at its start; changes here are lost. Use ALTER SYSTEM instead.\n\
         shared_preload_libraries = '{preload}'\n\
         max_connections = 100\n\
         shared_buffers = {shared}MB\n\
         effective_cache_size = {cache}MB\n\
         work_mem = 8MB\n\
         maintenance_work_mem = 64MB\n\
         random_page_cost = 1.1\n\
         jit = off\n\
         wal_level = logical\n\
         wal_compression = on\n\
         min_wal_size = 64MB\n\
         max_wal_size = 1GB\n\
         track_io_timing = on\n\
         track_functions = pl\n\
         password_encryption = 'scram-sha-256'\n\
         timezone = 'UTC'\n\
         log_timezone = 'UTC'\n\
         lc_messages = 'C'\n\
         default_text_search_config = 'pg_catalog.english'\n\
         log_destination = 'stderr'\n\
         logging_collector = off\n\
         log_line_prefix = '[%p] %q%u@%d '\n\
         log_min_error_statement = panic\n\
         log_autovacuum_min_duration = 10s\n"
    )
}

/// Whether a loadable module is there. A server told to load a missing one doesn't start at all.
fn has_library(account: &Account, programs: &Programs, name: &str) -> bool {
    let file = format!("{name}.{}", if cfg!(target_os = "macos") { "dylib" } else { "so" });
    let beside = programs.dir.parent().unwrap_or(Path::new("/"));
    let near = ["lib", "lib/postgresql", "lib64/postgresql"].map(|lib| beside.join(lib));
    if near.iter().any(|lib| lib.join(&file).is_file()) {
        return true;
    }
    let asked = account.command(&programs.dir.join("pg_config")).arg("--pkglibdir").output();
    asked.is_ok_and(|output| {
        let dir = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        !dir.is_empty() && Path::new(&dir).join(&file).is_file()
    })
}

/// Memory of this machine, or of the control group it is in if that is less.
fn memory_bytes() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?.to_owned();
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kb| kb * 1024)
    });
    let group = fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse().ok());
    [machine, group].into_iter().flatten().min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_follow_the_machine_within_limits() {
        assert!(text(Some(512 * MB), true).contains("shared_buffers = 64MB"));
        assert!(text(Some(4096 * MB), true).contains("shared_buffers = 512MB"));
        assert!(text(Some(64 * 1024 * MB), true).contains("shared_buffers = 1024MB"));
        assert!(text(None, false).contains("shared_preload_libraries = ''"));
    }
}
