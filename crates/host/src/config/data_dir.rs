//! The data directory: where it is when nobody has said so, and how it is made.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// In the working directory.
const USUAL: &str = ".quarterdeck";

/// For root in a place of its own, such as `/root`: the account that PostgreSQL then runs as can't enter that.
const OF_ROOT: &str = "/var/lib/quarterdeck";

/// Others may pass through but not look around: when the panel runs as root, its PostgreSQL runs as somebody else
/// and has to reach its own folder inside. Every file and folder in it has a tighter mode of its own.
const MODE: u32 = 0o711;

/// Makes the data directory and what is missing above it.
///
/// # Errors
/// What the file system says.
pub fn create_data_dir(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(MODE).create(path)?;
    // Whatever the umask.
    fs::set_permissions(path, fs::Permissions::from_mode(MODE))
}

/// The data directory when nobody has named one.
pub(super) fn usual() -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    if nix::unistd::geteuid().is_root() && !others_may_enter(&here) {
        return PathBuf::from(OF_ROOT);
    }
    here.join(USUAL)
}

fn others_may_enter(folder: &Path) -> bool {
    folder.ancestors().all(|above| fs::metadata(above).is_ok_and(|meta| meta.permissions().mode() & 0o001 != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_open_only_when_all_above_it_are() {
        let top = std::env::temp_dir().join(format!("quarterdeck-open-{}", std::process::id()));
        let inner = top.join("inner");
        create_data_dir(&inner).unwrap();
        assert!(others_may_enter(&inner));
        fs::set_permissions(&top, fs::Permissions::from_mode(0o700)).unwrap();
        assert!(!others_may_enter(&inner));
        fs::remove_dir_all(&top).unwrap();
    }
}
