//! A job of the tests' own that behaves as no job should.

use crate::lab::note_run;
use kernel::job::{Failure, Limits, Run, Starts};
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
            "held" => held(&run).await,
            "unstorable" => Ok(json!("a \0 in it")),
            "told when" if run.attempt == 1 => Err(Failure::RetryAfter(chrono::Duration::minutes(10), Problem::unavailable("at ten past"))),
            "progress" => run.progress(10, "a tenth").await.map(|()| Value::Null),
            "zero" => Err(Failure::Fail(Problem::refused("not\0this"))),
            _ => Ok(Value::Null),
        }
    }
}

/// Ends when the test says so.
async fn held(run: &Run) -> Result<Value, Failure> {
    loop {
        let tx = run.app.db.begin(&kernel::Caller::system("lab"), run.app.clock.now()).await?;
        let go: i64 = tx.db().query_one("select count(*) from lab.runs where kind = 'go'", &[]).await.map_err(Problem::from)?.get(0);
        tx.rollback().await?;
        if go > 0 {
            return Ok(json!({"by": run.token}));
        }
    }
}

/// May run twice at once, once in each organization, and begin three times a minute.
#[derive(Serialize, Deserialize)]
pub struct Narrow {
    pub how: String,
}

impl Job for Narrow {
    const KIND: &'static str = "lab.narrow";
    const DESCRIPTION: &'static str = "Goes through a narrow door";
    const QUEUE: &'static str = "doors";
    const PRIORITY: i16 = 3;
    const LIMITS: Limits =
        Limits { running: Some(2), running_each: Some(1), starts: Some(Starts { most: 3, per: Duration::from_mins(1) }) };

    async fn run(self, run: Run) -> Result<Value, Failure> {
        note_run(&run, Self::KIND).await?;
        if self.how == "held" { held(&run).await } else { Ok(Value::Null) }
    }
}
