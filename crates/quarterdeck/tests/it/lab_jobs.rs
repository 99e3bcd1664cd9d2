//! A job of the tests' own that behaves as no job should.

use crate::lab::note_run;
use kernel::job::{Failure, Run};
use kernel::{Job, Problem};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

#[derive(Serialize, Deserialize)]
pub struct Odd {
    pub how: String,
}

impl Job for Odd {
    const KIND: &'static str = "lab.odd";
    const DESCRIPTION: &'static str = "Behaves as no job should";
    const TIME_LIMIT: Duration = Duration::from_secs(7);

    async fn run(self, run: Run) -> Result<Value, Failure> {
        note_run(&run, Self::KIND).await?;
        run.log(&format!("attempt {} was {}", run.attempt, self.how));
        match self.how.as_str() {
            "panic" => panic!("what a mess"),
            "for ever" => std::future::pending().await,
            "early" if run.attempt == 1 => Err(Failure::Snooze(chrono::Duration::seconds(30))),
            // Ends when the test says so.
            "held" => loop {
                let tx = run.app.db.begin(&kernel::Caller::system("lab"), run.app.clock.now()).await?;
                let go: i64 =
                    tx.db().query_one("select count(*) from lab.runs where kind = 'go'", &[]).await.map_err(Problem::from)?.get(0);
                tx.rollback().await?;
                if go > 0 {
                    return Ok(json!({"by": run.token}));
                }
            },
            "progress" => run.progress(10, "a tenth").await.map(|()| Value::Null),
            "zero" => Err(Failure::Fail(Problem::refused("not\0this"))),
            _ => Ok(Value::Null),
        }
    }
}
