//! The UI is put into the binary from `ui/dist`. The folder has to be there when this crate is compiled, and a new
//! build of the UI must compile it again.

use std::path::Path;
use std::{env, fs};

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script what it needs through the environment")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dist = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../ui/dist");
    fs::create_dir_all(&dist)?;
    if env::var("PROFILE")? == "release" {
        println!("cargo:rerun-if-changed={}", dist.display());
    } else {
        // Debug builds read the folder when they run.
        println!("cargo:rerun-if-changed=build.rs");
    }
    Ok(())
}
