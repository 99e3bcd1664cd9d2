//! The data directory: made when it is missing.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

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
    fs::DirBuilder::new()
        .recursive(true)
        .mode(MODE)
        .create(path)?;
    // Whatever the umask.
    fs::set_permissions(path, fs::Permissions::from_mode(MODE))
}
