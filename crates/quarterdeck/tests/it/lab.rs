//! A room of the tests' own, beside the real ones: a noun with a secret, a verb in bulk, an event with a listener, jobs
//! that fail on purpose. What it does is written to tables of its own, so that every node of a test sees it.

use host::boot::{Parts, Product, Rooms};
use host::migrate::Migration;
use kernel::event::Fact;
use kernel::field::{choice, long_text, password, text};
use kernel::job::{Failure, Run, Unique};
use kernel::{Action, App, Caller, Ctx, Event, Job, Module, Problem, Resource, Result, Risk, Setting};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};
use testkit::{Client, Server, TestApp};
use uuid::Uuid;

const TABLES: Migration = Migration {
    name: "29990101000000_lab_tables",
    sql: "create schema lab; grant usage on schema lab to quarterdeck_platform;
        create table lab.notes (id uuid primary key, title text not null, body text, pin text, status text not null default 'draft', version bigint not null default 1,
          created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
          constraint notes_title_key unique (title), constraint notes_title_check check (title <> 'forbidden'));
        create trigger touch before update on lab.notes for each row execute function kernel.touch();
        create table lab.heard (event_id uuid not null, name text not null, payload jsonb not null, place bigint generated always as identity);
        create table lab.slots (slot text not null);
        create table lab.runs (kind text not null, attempt int not null, at timestamptz not null);
        grant select, insert, update, delete on all tables in schema lab to quarterdeck_platform;",
};

static MIGRATIONS: LazyLock<Vec<Migration>> = LazyLock::new(|| quarterdeck::MIGRATIONS.iter().copied().chain([TABLES]).collect());

/// How long a note may be; a setting to change.
pub const LONGEST: Setting<i64> = Setting::new("lab.longest_note");

/// The product with the lab in it.
pub fn product() -> Product {
    Product { migrations: &MIGRATIONS, rooms, ..quarterdeck::product() }
}

fn rooms(parts: Parts) -> Rooms {
    let mut rooms = (quarterdeck::product().rooms)(parts);
    rooms.modules.push(module());
    rooms
}

/// A node of a new platform, with its owner.
pub async fn start() -> (TestApp, Client) {
    let database = Server::shared().database(quarterdeck::product()).await;
    let app = TestApp::on(product(), &database, &[]).await;
    let owner = app.owner().await;
    (app, owner)
}

/// Another node of the same platform, with more environment variables.
pub async fn another(app: &TestApp, environment: &[(&str, &str)]) -> TestApp {
    TestApp::on(product(), &app.database, environment).await
}

fn module() -> Module {
    Module::new("lab", "Lab", "flask-conical")
        .resource(notes())
        .event::<NotePublished>()
        .on("lab.listener", "note.published", hear)
        .job::<Flaky>()
        .job::<Hopeless>()
        .job::<Patient>()
        .job::<crate::lab_jobs::Odd>()
        .job::<crate::lab_jobs::Narrow>()
        .schedule("lab.hourly", "0 * * * *", &Patient {})
        .setting(LONGEST.declare(
            "Longest note",
            "Characters of a note",
            json!({"type": "integer", "minimum": 1, "maximum": 1000}),
            json!(100),
        ))
}

#[derive(Deserialize)]
struct Note {
    id: Uuid,
    title: String,
    status: String,
}

#[derive(Serialize)]
pub struct NotePublished {
    pub id: Uuid,
    pub title: String,
}

impl Event for NotePublished {
    const NAME: &'static str = "note.published";
}

fn notes() -> Resource<Note> {
    Resource::<Note>::new("notes", "lab.notes")
        .describe("sticky-note", "Notes that the tests write")
        .group("settings")
        .title("title")
        .field(text("title").required().max(60).unique().search())
        .field(long_text("body").max(1000))
        .field(password("pin").secret())
        .field(choice("status", &[("draft", "Draft", "gray"), ("published", "Published", "green")]).always().read_only())
        .create()
        .update()
        .delete()
        .action(Action::new("publish", publish).risk(Risk::Confirm).bulk().when(|n: &Note| n.status == "draft", "It is published already"))
        .action(Action::without_target("work", work))
        .sample(json!({"id": "0190b6c8-0000-7000-8000-0000000000aa", "title": "First", "body": null, "status": "draft", "version": "1"}))
}

async fn publish(ctx: &mut Ctx, note: Note, (): ()) -> Result<()> {
    ctx.db().execute("update lab.notes set status = 'published' where id = $1", &[&note.id]).await?;
    if note.title == "unlucky" {
        return Err(Problem::refused("Something about this note is wrong"));
    }
    ctx.emit(NotePublished { id: note.id, title: note.title }).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Work {
    kind: String,
    #[serde(default)]
    failures: i16,
    #[serde(default)]
    in_seconds: i64,
    #[serde(default)]
    how: String,
    /// What becomes of a second one.
    #[serde(default)]
    unique: Option<String>,
}

async fn work(ctx: &mut Ctx, input: Work) -> Result<Value> {
    let at = ctx.now() + chrono::Duration::seconds(input.in_seconds);
    if let Some(unique) = &input.unique {
        let unique = match unique.as_str() {
            "live" => Unique::live("one"),
            "refused" => Unique::or_refused("one"),
            "waiting" => Unique::waiting("one"),
            "replacing" => Unique::replacing("one"),
            _ => Unique::after_quiet("one", chrono::Duration::seconds(10)),
        };
        let (id, new) = ctx.enqueue_once(crate::lab_jobs::Odd { how: input.how }, unique).await?;
        return Ok(json!({"job": id, "new": new}));
    }
    let id = match input.kind.as_str() {
        "flaky" => ctx.enqueue_at(Flaky { failures: input.failures }, at).await?,
        "hopeless" => ctx.enqueue_at(Hopeless {}, at).await?,
        "odd" => ctx.enqueue_at(crate::lab_jobs::Odd { how: input.how }, at).await?,
        "narrow" => ctx.enqueue_at(crate::lab_jobs::Narrow { how: input.how }, at).await?,
        "patient" => ctx.enqueue_at(Patient {}, at).await?,
        _ => return Err(Problem::field("kind", "choice", "flaky, hopeless or patient")),
    };
    Ok(json!({"job": id}))
}

async fn hear(app: Arc<App>, fact: Fact) -> Result<()> {
    let tx = app.db.begin(&Caller::system("lab"), app.clock.now()).await?;
    tx.db().execute("insert into lab.heard (event_id, name, payload) values ($1, $2, $3)", &[&fact.id, &fact.name, &fact.payload]).await?;
    tx.commit().await
}

pub async fn note_run(run: &Run, kind: &str) -> Result<()> {
    let tx = run.app.db.begin(&Caller::system("lab"), run.app.clock.now()).await?;
    tx.db()
        .execute("insert into lab.runs (kind, attempt, at) values ($1, $2, $3)", &[&kind, &i32::from(run.attempt), &run.app.clock.now()])
        .await?;
    tx.commit().await
}

async fn note_slot(run: &Run) -> Result<()> {
    let Some(slot) = run.scheduled_for else { return Ok(()) };
    let tx = run.app.db.begin(&Caller::system("lab"), run.app.clock.now()).await?;
    tx.db().execute("insert into lab.slots (slot) values ($1)", &[&slot.to_rfc3339()]).await?;
    tx.commit().await
}

/// Fails the first times.
#[derive(Serialize, Deserialize)]
struct Flaky {
    failures: i16,
}

impl Job for Flaky {
    const KIND: &'static str = "lab.flaky";
    const DESCRIPTION: &'static str = "Fails the first times";

    async fn run(self, run: Run) -> Result<Value, Failure> {
        note_run(&run, Self::KIND).await?;
        if run.attempt <= self.failures {
            Err(Failure::Retry(Problem::unavailable("not yet")))
        } else {
            Ok(json!({"attempt": run.attempt}))
        }
    }
}

/// Fails at once and for good.
#[derive(Serialize, Deserialize)]
struct Hopeless {}

impl Job for Hopeless {
    const KIND: &'static str = "lab.hopeless";
    const DESCRIPTION: &'static str = "Never works";

    async fn run(self, run: Run) -> Result<Value, Failure> {
        note_run(&run, Self::KIND).await?;
        Err(Failure::Fail(Problem::refused("What this was about is gone")))
    }
}

/// Reports its progress, and so hears when it should stop.
#[derive(Serialize, Deserialize)]
struct Patient {}

impl Job for Patient {
    const KIND: &'static str = "lab.patient";
    const DESCRIPTION: &'static str = "Reports its progress";

    async fn run(self, run: Run) -> Result<Value, Failure> {
        note_run(&run, Self::KIND).await?;
        note_slot(&run).await?;
        run.progress(50, "half way").await?;
        Ok(Value::Null)
    }
}
