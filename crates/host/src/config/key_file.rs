//! The file with the key that encrypts stored secrets.
//!
//! In its default place it is made on the first start, so that nothing has to be prepared. A file that was named is
//! never made: a misspelt path must not silently become a new key, under which old secrets can't be read.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretSlice};

use super::data_dir::create_data_dir;

/// Bytes of the key, before base64.
const KEY_BYTES: usize = 32;

/// Where the secret key lies, and whether it may be made there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFile {
    /// Absolute path.
    pub path: PathBuf,
    named: bool,
}

/// Why there is no secret key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It was named and isn't there.
    #[error(
        "The secret key file {0} does not exist. Put the key that this installation has always used there; for a new installation: (umask 077; openssl rand -base64 32 > {0})"
    )]
    Missing(PathBuf),
    /// It is there but isn't a key.
    #[error("The secret key file {0} must hold 32 bytes in base64, on one line")]
    Malformed(PathBuf),
    /// Others on this machine can read it.
    #[error("The secret key file {0} can be read by others on this machine. Run: chmod 600 {0}")]
    Exposed(PathBuf),
    /// The file system refused.
    #[error("The secret key file {path} can't be {verb}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// `read` or `made`.
        verb: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl KeyFile {
    pub(super) fn default_in(data_dir: &Path) -> Self {
        Self { path: data_dir.join("secret.key"), named: false }
    }

    pub(super) fn named(path: PathBuf) -> Self {
        Self { path, named: true }
    }

    /// Reads the 32 bytes of the key; in the default place it makes them first if there are none.
    ///
    /// # Errors
    /// [`KeyFileError`], with what to do.
    pub fn load(&self) -> Result<SecretSlice<u8>, KeyFileError> {
        match self.read() {
            Err(KeyFileError::Missing(_)) if !self.named => {
                self.make().map_err(|source| KeyFileError::Io { path: self.path.clone(), verb: "made", source })?;
                self.read()
            }
            read => read,
        }
    }

    fn read(&self) -> Result<SecretSlice<u8>, KeyFileError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => KeyFileError::Missing(self.path.clone()),
            _ => KeyFileError::Io { path: self.path.clone(), verb: "read", source },
        };
        let mut file = File::open(&self.path).map_err(failed)?;
        let mode = file.metadata().map_err(failed)?.permissions().mode();
        // A named file may come from a secret store that fixes its mode; ours has no reason to be open.
        if !self.named && mode & 0o077 != 0 {
            return Err(KeyFileError::Exposed(self.path.clone()));
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(failed)?;
        let key = SecretSlice::from(STANDARD.decode(text.trim()).unwrap_or_default());
        if key.expose_secret().len() == KEY_BYTES { Ok(key) } else { Err(KeyFileError::Malformed(self.path.clone())) }
    }

    /// Written aside and linked into place: a second panel that starts at the same moment sees no half-written key
    /// and can't replace one that is in use.
    fn make(&self) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        create_data_dir(folder)?;
        let aside = folder.join(format!("secret.key.{}", std::process::id()));
        let written = self.write_aside(&aside);
        let _ = std::fs::remove_file(&aside);
        match written {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            written => written.and_then(|()| File::open(folder)?.sync_all()),
        }
    }

    fn write_aside(&self, aside: &Path) -> io::Result<()> {
        let mut key = [0_u8; KEY_BYTES];
        File::open("/dev/urandom")?.read_exact(&mut key)?;
        let _ = std::fs::remove_file(aside);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(aside)?;
        writeln!(file, "{}", STANDARD.encode(key))?;
        file.sync_all()?;
        std::fs::hard_link(aside, &self.path)
    }
}
