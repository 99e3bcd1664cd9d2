//! The product on a database of its own, with a job that does nothing.

use host::boot::{self, Database, Parts, Product, Rooms};
use kernel::clock::{Clock, Ids};
use kernel::job::{Failure, Run};
use kernel::{App, Caller, Ctx, Job, Module};
use pgtls::TlsMode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use testkit::Server;
use tokio::sync::{Notify, watch};
use work::worker::{self, Pace};

/// Does nothing, as the peers' jobs do.
#[derive(Serialize, Deserialize)]
struct Nothing {
    text: String,
}

static DONE: AtomicI64 = AtomicI64::new(0);
static BEGUN: Mutex<Option<Instant>> = Mutex::new(None);
static BEGINS: Notify = Notify::const_new();

impl Job for Nothing {
    const KIND: &'static str = "bench.nothing";
    const DESCRIPTION: &'static str = "Does nothing";

    async fn run(self, _: Run) -> Result<Value, Failure> {
        DONE.fetch_add(1, Ordering::Relaxed);
        *BEGUN.lock().unwrap() = Some(Instant::now());
        BEGINS.notify_one();
        Ok(Value::Null)
    }
}

pub struct Place {
    pub app: Arc<App>,
    pub db: tokio_postgres::Client,
    pub owner: tokio_postgres::Config,
}

const QUEUE: &str = "insert into kernel.jobs (id, kind, payload, state, run_at, max_attempts, request_id, created_at) \
     select gen_random_uuid(), 'bench.nothing', jsonb_build_object('text', repeat('x', 200)), 'available', now(), 4, 'bench', now() from generate_series(1, $1::bigint)";

impl Place {
    pub async fn new() -> Self {
        fn rooms(parts: Parts) -> Rooms {
            let mut rooms = (quarterdeck::product().rooms)(parts);
            rooms.modules.push(Module::new("bench", "Bench", "timer").job::<Nothing>());
            rooms
        }
        let product = Product { rooms, ..quarterdeck::product() };
        let server = Server::shared();
        let name = server.database(quarterdeck::product()).await;
        let config = server.config(&[("QUARTERDECK_POOL_SIZE", "24")]);
        let owner = server.owner(&name);
        let opened = Database { owner: owner.clone(), tls: TlsMode::Disable, private: None };
        let app = boot::build(&config, &opened, product, Clock::System, Ids::Random).await.expect("the app starts");
        let db = boot::connect(&owner, TlsMode::Disable).await.expect("the owner connects");
        // Tests give up what a crash would cost; a measurement may not.
        db.batch_execute("alter system set fsync = on").await.unwrap();
        db.batch_execute("alter system set synchronous_commit = on").await.unwrap();
        db.batch_execute("select pg_reload_conf()").await.unwrap();
        Self { app, db, owner }
    }

    /// Jobs a second when so many wait already.
    pub async fn burn(&self, jobs: i64, slots: usize, pace: Pace) -> f64 {
        self.db.execute(QUEUE, &[&jobs]).await.unwrap();
        self.db.batch_execute("vacuum analyze kernel.jobs").await.unwrap();
        let (stop, stopping) = watch::channel(false);
        let started = Instant::now();
        let working = tokio::spawn(worker::run_at(self.app.clone(), "bench".into(), slots, pace, stopping));
        while self.db.query_one("select exists (select from kernel.jobs)", &[]).await.unwrap().get(0) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let took = started.elapsed();
        stop.send_replace(true);
        working.await.unwrap();
        jobs as f64 / took.as_secs_f64()
    }

    /// From before the commit of what queues a job to its beginning.
    pub async fn latencies(&self, samples: usize) -> Vec<Duration> {
        let (stop, stopping) = watch::channel(false);
        let working = tokio::spawn(worker::run(self.app.clone(), "bench".into(), 8, stopping));
        let mut took = Vec::with_capacity(samples);
        for _ in 0..samples {
            tokio::time::sleep(Duration::from_millis(25)).await;
            let request = kernel::RequestInfo { id: "bench".into(), ..kernel::RequestInfo::default() };
            let mut ctx = Ctx::open(self.app.clone(), Caller::system("bench"), request).await.unwrap();
            ctx.enqueue(Nothing { text: "x".repeat(200) }).await.unwrap();
            let queued = Instant::now();
            ctx.commit().await.unwrap();
            BEGINS.notified().await;
            took.push(BEGUN.lock().unwrap().unwrap() - queued);
        }
        stop.send_replace(true);
        working.await.unwrap();
        took
    }

    /// Jobs a second while as many are queued as are done.
    pub async fn steady(&self, time: Duration) -> f64 {
        let (stop, stopping) = watch::channel(false);
        let working = tokio::spawn(worker::run(self.app.clone(), "bench".into(), 200, stopping));
        let (before, started) = (DONE.load(Ordering::Relaxed), Instant::now());
        let mut queued = 0;
        while started.elapsed() < time {
            if queued - (DONE.load(Ordering::Relaxed) - before) < 2000 {
                self.db.execute(QUEUE, &[&1000_i64]).await.unwrap();
                self.app.queued.send_replace(());
                queued += 1000;
            } else {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
        let rate = (DONE.load(Ordering::Relaxed) - before) as f64 / started.elapsed().as_secs_f64();
        while self.db.query_one("select exists (select from kernel.jobs)", &[]).await.unwrap().get(0) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        stop.send_replace(true);
        working.await.unwrap();
        rate
    }

    /// A transaction that saw the tables and does nothing more, until it is dropped.
    pub async fn forgotten(&self) -> tokio_postgres::Client {
        let client = boot::connect(&self.owner, TlsMode::Disable).await.expect("the owner connects");
        client.batch_execute("begin isolation level repeatable read; select count(*) from kernel.workers").await.unwrap();
        client
    }
}
