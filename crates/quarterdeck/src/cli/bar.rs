//! How far something is, in one line of a terminal.

use std::io::IsTerminal as _;

/// `[######----]  60 %  …`
pub fn bar(percent: &serde_json::Value, said: &str) -> String {
    let percent = percent.as_u64().unwrap_or(0).min(100);
    let full = usize::try_from(percent / 5).unwrap_or(0);
    format!("[{}{}] {percent:3} %  {said}", "#".repeat(full), "-".repeat(20 - full))
}

/// `, 95000/s`; nothing where it isn't known.
pub fn rate(per_second: &serde_json::Value) -> String {
    per_second.as_f64().filter(|rate| *rate > 0.0).map(|rate| format!(", {rate:.0}/s")).unwrap_or_default()
}

pub fn megabytes(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
    let megabytes = bytes as f64 / 1e6;
    format!("{megabytes:.1} MB")
}

/// Whether somebody sees it.
pub fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}

/// What came before, in the same line.
pub fn show(line: &str) {
    eprint!("\r{line} ");
}
