//! Who PostgreSQL runs as. It refuses to run as root, so a panel started as root lends it an account that can do
//! nothing else: the one that owns the cluster already, else `quarterdeck`, else `postgres`, else nobody.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::unistd::{Uid, User, getegid, geteuid};

use super::error::Error;

const SYSTEM_ACCOUNTS: [&str; 2] = ["quarterdeck", "postgres"];
const NOBODY: u32 = 65534;

/// The account of PostgreSQL's processes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub uid: u32,
    pub gid: u32,
    pub name: String,
    /// The panel is root and has to change to this account.
    pub switch: bool,
}

impl Account {
    /// Chooses the account for the cluster, which may not be there yet.
    pub(super) fn choose(cluster: &Path) -> Result<Self, Error> {
        let owner = fs::symlink_metadata(cluster).ok().map(|meta| (meta.uid(), meta.gid()));
        let me = geteuid();
        if !me.is_root() {
            let uid = me.as_raw();
            return match owner {
                Some((owner, _)) if owner != uid => {
                    Err(Error::NotOwner { cluster: cluster.to_path_buf(), owner: name_of(owner), me: name_of(uid) })
                }
                _ => Ok(Self { uid, gid: getegid().as_raw(), name: name_of(uid), switch: false }),
            };
        }
        if let Some((uid, gid)) = owner.filter(|(uid, _)| *uid != 0) {
            let user = User::from_uid(Uid::from_raw(uid)).ok().flatten();
            // The folder's group may be root's, which the server must not get.
            let gid = user.map_or(if gid == 0 { uid } else { gid }, |user| user.gid.as_raw());
            return Ok(Self { uid, gid, name: name_of(uid), switch: true });
        }
        let known = SYSTEM_ACCOUNTS.iter().find_map(|name| User::from_name(name).ok().flatten());
        Ok(match known.filter(|user| !user.uid.is_root()) {
            Some(user) => Self { uid: user.uid.as_raw(), gid: user.gid.as_raw(), name: user.name, switch: true },
            None => Self { uid: NOBODY, gid: NOBODY, name: name_of(NOBODY), switch: true },
        })
    }

    /// A command that runs as this account, with nothing of the panel's environment: that may hold secrets, and a
    /// stray `PGDATA` or `LC_ALL` must not reach PostgreSQL. Messages come in English, so that they can be read here.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C").current_dir("/");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if self.switch {
            // Supplementary groups are dropped with the change of user.
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Makes this account the owner, when the panel may do that.
    pub(super) fn own(&self, path: &Path) -> Result<(), Error> {
        if !self.switch {
            return Ok(());
        }
        chown(path, Some(self.uid), Some(self.gid)).map_err(Error::io("handed to PostgreSQL's account", path))
    }

    /// Refuses when this account may not pass through a folder above `wanted`.
    pub(super) fn check_can_reach(&self, wanted: &Path) -> Result<(), Error> {
        if !self.switch {
            return Ok(());
        }
        let mut above: Vec<&Path> = wanted.ancestors().skip(1).collect();
        above.reverse();
        for folder in above {
            let meta = fs::metadata(folder).map_err(Error::io("looked at", folder))?;
            let class = match (meta.uid() == self.uid, meta.gid() == self.gid) {
                (true, _) => 0o100,
                (false, true) => 0o010,
                (false, false) => 0o001,
            };
            // Mode bits don't know access lists, so a real attempt has the last word.
            if meta.mode() & class == 0 && !self.enters(folder) {
                return Err(Error::Unreachable { user: self.name.clone(), blocked: folder.to_path_buf(), wanted: wanted.to_path_buf() });
            }
        }
        Ok(())
    }

    fn enters(&self, folder: &Path) -> bool {
        let mut command = self.command(Path::new("/bin/sh"));
        command.args(["-c", "cd -- \"$0\""]).arg(folder).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }
}

fn name_of(uid: u32) -> String {
    User::from_uid(Uid::from_raw(uid)).ok().flatten().map_or_else(|| format!("user {uid}"), |user| user.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_others_may_not_enter_is_named() {
        use std::os::unix::fs::PermissionsExt;
        let top = std::env::temp_dir().join(format!("quarterdeck-account-{}", std::process::id()));
        let wanted = top.join("closed/data");
        fs::create_dir_all(&wanted).unwrap();
        fs::set_permissions(top.join("closed"), fs::Permissions::from_mode(0o700)).unwrap();
        let account = Account { uid: NOBODY, gid: NOBODY, name: "nobody".to_owned(), switch: true };
        // Only root can lend another account, so only there a real attempt is made as well.
        let error = account.check_can_reach(&wanted).unwrap_err().to_string();
        assert!(error.contains("nobody, the account that PostgreSQL runs as"), "{error}");
        assert!(error.contains(&format!("chmod o+x {}", top.join("closed").display())), "{error}");
        fs::set_permissions(top.join("closed"), fs::Permissions::from_mode(0o711)).unwrap();
        account.check_can_reach(&wanted).unwrap();
        fs::remove_dir_all(&top).unwrap();
    }
}
