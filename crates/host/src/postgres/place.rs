//! Where things lie in the data directory, and where the socket goes when that path is too long for one.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::account::Account;
use super::error::Error;
use crate::config::Config;

/// Always the same: nobody but this server listens in its socket directory.
pub(super) const PORT: u16 = 5432;

/// The system's limit for the path of a socket, on the strictest system.
const LONGEST_SOCKET_PATH: usize = 103;

/// Paths of one installation.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub data_dir: PathBuf,
    /// The cluster.
    pub cluster: PathBuf,
    /// A cluster that is being made; renamed to `cluster` when it is whole.
    pub unfinished: PathBuf,
    /// The settings the server starts with.
    pub settings: PathBuf,
    runtime_dir: Option<PathBuf>,
}

impl Place {
    pub(super) fn of(config: &Config) -> Self {
        let data_dir = config.data_dir.clone();
        Self {
            cluster: data_dir.join("pg"),
            unfinished: data_dir.join("data.init"),
            settings: data_dir.join("postgresql.conf"),
            runtime_dir: config.runtime_dir.clone(),
            data_dir,
        }
    }

    /// Makes the socket's folder, which only PostgreSQL's account (and root) may enter.
    pub(super) fn make_socket_dir(&self, account: &Account) -> Result<PathBuf, Error> {
        let dir = self.socket_dir(account.switch);
        match fs::DirBuilder::new().mode(0o700).create(&dir) {
            Ok(()) => account.own(&dir)?,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => self.adopt(&dir, account)?,
            Err(error) => return Err(Error::io("made", &dir)(error)),
        }
        Ok(dir)
    }

    /// The folder that was there before is used only if nobody else can have put it there.
    fn adopt(&self, dir: &Path, account: &Account) -> Result<(), Error> {
        let meta = fs::symlink_metadata(dir).map_err(Error::io("looked at", dir))?;
        let private = meta.is_dir() && meta.mode() & 0o077 == 0;
        let mine = meta.uid() == account.uid;
        match meta.uid() {
            _ if private && mine => Ok(()),
            0 if private && account.switch => account.own(dir),
            // Nobody else can make anything inside the data directory, so there it is just put right.
            _ if meta.is_dir() && (mine || account.switch) && dir.starts_with(&self.data_dir) => {
                let only_owner = fs::Permissions::from_mode(0o700);
                fs::set_permissions(dir, only_owner).map_err(Error::io("closed to others", dir))?;
                account.own(dir)
            }
            _ => Err(Error::SocketPlace { path: dir.to_path_buf(), owner: account.name.clone() }),
        }
    }

    fn socket_dir(&self, switched: bool) -> PathBuf {
        let inside = self.data_dir.join("run");
        if socket_path_length(&inside) <= LONGEST_SOCKET_PATH {
            return inside;
        }
        let digest = Sha256::digest(self.data_dir.as_os_str().as_bytes());
        let name: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        let name = format!("quarterdeck-{name}");
        // Root's runtime directory can't be entered by the account that PostgreSQL gets from root.
        let runtime = self.runtime_dir.as_ref().filter(|_| !switched).map(|dir| dir.join(&name));
        runtime
            .filter(|dir| dir.parent().is_some_and(Path::is_dir) && socket_path_length(dir) <= LONGEST_SOCKET_PATH)
            .unwrap_or_else(|| Path::new("/tmp").join(name))
    }
}

fn socket_path_length(dir: &Path) -> usize {
    dir.join(format!(".s.PGSQL.{PORT}")).as_os_str().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(data_dir: &str, runtime_dir: Option<&str>) -> Place {
        let env = [("QUARTERDECK_DATA_DIR", data_dir), ("XDG_RUNTIME_DIR", runtime_dir.unwrap_or_default())];
        let env = env.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Place::of(&Config::load(None, env).unwrap())
    }

    #[test]
    fn a_long_path_gets_a_short_socket_elsewhere() {
        assert_eq!(place("/srv/q", None).socket_dir(false), Path::new("/srv/q/run"));
        let long = format!("/srv/{}", "long/".repeat(30));
        let elsewhere = place(&long, None).socket_dir(false);
        assert!(elsewhere.to_str().unwrap().starts_with("/tmp/quarterdeck-"), "{elsewhere:?}");
        assert_ne!(elsewhere, place(&format!("{long}other"), None).socket_dir(false));
        let runtime = std::env::temp_dir();
        let in_runtime = place(&long, runtime.to_str());
        assert!(in_runtime.socket_dir(false).starts_with(&runtime));
        assert!(in_runtime.socket_dir(true).starts_with("/tmp"));
    }

    #[test]
    fn a_socket_folder_that_others_may_enter_is_refused() {
        let long = std::env::temp_dir().join(format!("{}{}", "long".repeat(30), std::process::id()));
        let place = place(long.to_str().unwrap(), None);
        let account = Account::choose(Path::new("/nowhere/pg")).unwrap();
        let dir = place.make_socket_dir(&account).unwrap();
        assert_eq!(place.make_socket_dir(&account).unwrap(), dir, "it may be used again");
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
        let error = place.make_socket_dir(&account).unwrap_err();
        fs::remove_dir(&dir).unwrap();
        assert!(matches!(error, Error::SocketPlace { .. }), "{error}");
    }
}
