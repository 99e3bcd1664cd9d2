//! Puts the files of `migrations/` into the binary, in the order of their names.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script what it needs through the environment")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../migrations").canonicalize()?;
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut names: Vec<String> =
        fs::read_dir(&folder)?.filter_map(|e| e.ok()?.file_name().into_string().ok()).filter(|n| n.ends_with(".sql")).collect();
    names.sort();
    let mut code = String::from("&[\n");
    for name in names {
        let path = folder.join(&name);
        println!("cargo:rerun-if-changed={}", path.display());
        writeln!(code, "    host::migrate::Migration {{ name: {:?}, sql: include_str!({:?}) }},", name.trim_end_matches(".sql"), path)?;
    }
    code.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("migrations.rs"), code)?;
    Ok(())
}
