//! Where the sources are, and walking through them.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold nothing written by hand.
const BUILT: [&str; 6] = ["target", "node_modules", "dist", ".git", "generated", "test-results"];

/// The folder of the workspace.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Every file below a folder that was written by hand, in a stable order.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).into_iter().flatten().filter_map(|e| Some(e.ok()?.path())).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        if path.is_symlink() || BUILT.contains(&name) {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// # Errors
/// Naming the file.
pub fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))
}

/// Writes a file and the folders above it.
///
/// # Errors
/// Naming the file.
pub fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).and_then(|()| fs::write(path, text)).map_err(|e| format!("{}: {e}", path.display()))
}

/// The crates that are rooms: features, which know the kernel and nothing else of ours.
pub fn rooms(root: &Path) -> Vec<String> {
    const NO_ROOMS: [&str; 7] = ["kernel", "pgprepared", "pgtls", "mail", "host", "quarterdeck", "testkit"];
    let mut rooms: Vec<String> = fs::read_dir(root.join("crates"))
        .into_iter()
        .flatten()
        .filter_map(|e| e.ok()?.file_name().into_string().ok())
        .filter(|name| !NO_ROOMS.contains(&name.as_str()) && root.join("crates").join(name).join("Cargo.toml").is_file())
        .collect();
    rooms.sort();
    rooms
}
