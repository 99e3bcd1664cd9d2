//! The refusal to run a cluster of another major version, with the commands that upgrade it.

use std::fmt;
use std::path::PathBuf;

use super::OWNER;
use super::account::Account;
use super::programs::Programs;

/// A cluster whose programs are missing, and the programs that are there instead.
#[derive(Debug)]
pub struct OtherMajor {
    pub(super) cluster: PathBuf,
    pub(super) needed: u32,
    pub(super) programs: Programs,
    pub(super) account: Account,
}

impl fmt::Display for OtherMajor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cluster, needed, programs: Programs { dir, major }, account } = self;
        let cluster = cluster.display();
        let dir = dir.display();
        writeln!(
            f,
            "The database in {cluster} was made by PostgreSQL {needed}, but only PostgreSQL {major} ({dir}) was found. Nothing was changed."
        )?;
        writeln!(
            f,
            "Either install PostgreSQL {needed} (Debian and Ubuntu: apt-get install postgresql-{needed}) or name its programs with QUARTERDECK_PG_BIN."
        )?;
        if major < needed {
            return write!(f, "A database can't be taken back to an older version.");
        }
        // As another account a shell of its own is needed, in a folder where that account may write.
        let as_owner = if account.switch { format!("runuser -u {} -- ", account.name) } else { String::new() };
        let make = if account.switch {
            format!("install -d -m 700 -o {} {cluster}.new", account.name)
        } else {
            format!("install -d -m 700 {cluster}.new")
        };
        write!(
            f,
            "Or upgrade it, with both versions installed and the panel stopped:\n  \
             {make}\n  \
             cd /tmp\n  \
             {as_owner}{dir}/initdb -D {cluster}.new -U {OWNER} -E UTF8 --locale=C.UTF-8 -k --auth-local=trust --auth-host=reject\n  \
             {as_owner}{dir}/pg_upgrade -b /usr/lib/postgresql/{needed}/bin -B {dir} -d {cluster} -D {cluster}.new -U {OWNER}\n  \
             mv {cluster} {cluster}.old && mv {cluster}.new {cluster}"
        )
    }
}
