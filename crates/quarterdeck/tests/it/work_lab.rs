//! Jobs wherever they are: those that wait or run, and those that ended.

use tokio_postgres::Client;

/// Both tables as one, to be read from.
pub const EVERY: &str = "(select id, kind, payload, state, run_at, attempt, attempts, error, null::jsonb as result, worker from kernel.jobs \
     union all select id, kind, payload, state, run_at, attempt, attempts, error, result, worker from kernel.finished_jobs) as jobs";

/// Lets jobs that ended wait again, as a node leaves them that dies after it did the work and before it could say so.
pub async fn unsaid(db: &Client, kind: &str) -> u64 {
    let back = "with back as (delete from kernel.finished_jobs where kind = $1 returning *) \
        insert into kernel.jobs (id, kind, payload, run_at, attempt, max_attempts, attempts, request_id, created_at) \
        select id, kind, payload, run_at, attempt, max_attempts, attempts, request_id, created_at from back";
    db.execute(back, &[&kind]).await.unwrap()
}

/// Asks until the answer is yes; the question itself is the pause.
pub async fn until(db: &Client, question: &str) {
    let asking = async { while !db.query_one(question, &[]).await.unwrap().get::<_, bool>(0) {} };
    tokio::time::timeout(std::time::Duration::from_secs(90), asking).await.unwrap_or_else(|_| panic!("never: {question}"));
}
