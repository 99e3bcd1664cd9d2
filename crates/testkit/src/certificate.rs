//! Certificates of an authority that nobody knows.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

/// A folder with `server.crt` and `server.key` for `localhost`, by the authority of `ca.crt`; `other.crt` is another one.
/// Made once in a test run.
#[must_use]
pub fn certificate() -> &'static Path {
    static FOLDER: OnceLock<std::path::PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = std::env::temp_dir().join("quarterdeck-tests").join(std::process::id().to_string()).join("certificates");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n").unwrap();
        for arguments in [
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.crt",
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=other -keyout other.key -out other.crt",
            "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -keyout server.key -out server.csr",
            "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.crt",
        ] {
            let made = Command::new("openssl").current_dir(&folder).args(arguments.split(' ')).output().expect("openssl is there");
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        }
        folder
    })
}
