//! Free space, looked at before anything is written: a cluster must not be half-made.

use std::path::Path;

use super::error::Error;

/// A new cluster takes 40 MB, its write-ahead log grows by segments of 16 MB, and the panel's tables come on top.
pub(super) const NEW_CLUSTER_BYTES: u64 = 150_000_000;

/// Two segments of write-ahead log: with less, an existing cluster can't even finish a checkpoint.
const EXISTING_CLUSTER_BYTES: u64 = 32_000_000;

/// Refuses when the disk of `path` has less than `needed` bytes left.
pub(super) fn require(path: &Path, needed: u64) -> Result<(), Error> {
    match free_bytes(path) {
        Some(free) if free < needed => Err(Error::DiskFull { path: path.to_path_buf(), free_bytes: free, needed_bytes: needed }),
        // A file system that doesn't tell is tried.
        _ => Ok(()),
    }
}

/// The error for a disk that turned out to be full.
pub(super) fn full(path: &Path) -> Error {
    Error::DiskFull { path: path.to_path_buf(), free_bytes: free_bytes(path).unwrap_or_default(), needed_bytes: EXISTING_CLUSTER_BYTES }
}

fn free_bytes(path: &Path) -> Option<u64> {
    let stat = nix::sys::statvfs::statvfs(path).ok()?;
    Some(stat.blocks_available().saturating_mul(stat.fragment_size()))
}
