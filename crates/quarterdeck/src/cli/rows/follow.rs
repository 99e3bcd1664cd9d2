//! Watching a batch until it has ended. It goes on without anybody: who interrupts is asked what they mean.

use crate::cli::bar;
use crate::cli::client::{Api, Request};
use crate::cli::exit::{Exit, Failure};
use crate::cli::output;
use serde_json::{Value, json};
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::time::Duration;

/// How often it is asked after.
const PAUSE: Duration = Duration::from_millis(400);

/// The batch as it is in the end.
///
/// # Errors
/// When the panel can't be reached, or whoever waits leaves it alone.
pub async fn follow(api: &Api, mut batch: Value) -> Result<Value, Failure> {
    let path = format!("/row-batches/{}", batch["id"].as_str().unwrap_or_default());
    let watched = bar::is_watched();
    let mut pause = PAUSE / 8;
    while batch["status"] == "running" {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            interrupted = tokio::signal::ctrl_c() => {
                if interrupted.is_ok() {
                    interrupt(api, &path).await?;
                }
            }
        }
        pause = PAUSE;
        batch = api.send(Request::get(&path)).await?.body;
        if watched {
            bar::show(&line(&batch));
        }
    }
    if watched {
        eprintln!();
    }
    Ok(batch)
}

/// Asks whoever sits there; where nobody does, interrupting means stopping.
async fn interrupt(api: &Api, path: &str) -> Result<(), Failure> {
    let verb = if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() {
        eprint!("\nIt goes on without this command. [c]ancel it, [p]ause it, [l]eave it running, or go on [w]atching? ");
        drop(std::io::stderr().flush());
        let read = tokio::task::spawn_blocking(|| {
            let mut answer = String::new();
            std::io::stdin().lock().read_line(&mut answer).map(|_| answer)
        });
        match read.await.ok().and_then(Result::ok).unwrap_or_default().trim().to_lowercase().chars().next() {
            Some('c') => "cancel",
            Some('p') => "pause",
            Some('l') => {
                let id = path.rsplit('/').next().unwrap_or_default();
                return Err(
                    Failure::new(Exit::Failed, "quarterdeck: left running").and(format!("  See how it stands with: batch show {id}"))
                );
            }
            _ => return Ok(()),
        }
    } else {
        "cancel"
    };
    api.send(Request::post(&format!("{path}/{verb}"), &json!({}))).await?;
    output::note(if verb == "pause" { "It pauses at its next step…" } else { "It stops at its next step…" });
    Ok(())
}

/// `[######----]  60 %  60000 of 100000 rows, 95000/s`
fn line(batch: &Value) -> String {
    let done = batch["changed"].as_u64().unwrap_or(0) + batch["skipped"].as_u64().unwrap_or(0);
    bar::bar(&batch["percent"], &format!("{done} of {} rows{}", batch["expected"], bar::rate(&batch["per_second"])))
}

#[cfg(test)]
mod tests {
    use super::line;
    use serde_json::json;

    #[test]
    fn the_bar_is_as_long_as_it_is_far() {
        let batch = json!({"percent": 60, "changed": 5, "skipped": 1, "expected": 10, "per_second": 1234.0});
        assert_eq!(line(&batch), "[############--------]  60 %  6 of 10 rows, 1234/s");
    }
}
