//! A mail is a job in the transaction of its cause: rolled back with it, tried again with pauses, sent once per attempt.
//! What it says is sealed, since it may hold a link that lets somebody in.

use crate::compose::{self, Content};
use crate::letter::{Language, Letter};
use crate::post::Post;
use crate::template::{self, clean};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use kernel::job::{Failure, Run};
use kernel::problem::Kind;
use kernel::{Ctx, Job, Problem, Result};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// One mail to one person.
pub struct Mail<'a> {
    pub letter: &'static Letter,
    pub email: &'a str,
    pub name: Option<&'a str>,
    pub language: Language,
    /// What the letter's `{{name}}` stand for; one that is missing takes its paragraph with it.
    pub values: &'a [(&'static str, &'a str)],
    pub link: Option<&'a str>,
    /// When the link ends; nothing is sent after that.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Queues a mail in the caller's transaction. `true` when a mail server will take it, `false` when it ends in a file.
///
/// # Errors
/// When the letter's text can't be filled, or the database refuses.
pub async fn send(ctx: &mut Ctx, mail: Mail<'_>) -> Result<bool> {
    let delivers = Post::of(ctx.app())?.delivers();
    let content = Content {
        email: mail.email.to_owned(),
        name: mail.name.map(clean),
        language: mail.language,
        platform: ctx.app().name(),
        values: mail.values.iter().map(|(name, value)| ((*name).to_owned(), clean(value))).collect(),
        link: mail.link.map(str::to_owned),
        expires_at: mail.expires_at,
        written_at: ctx.now(),
    };
    let mut values = content.values.clone();
    values.insert("platform".to_owned(), content.platform.clone());
    template::render(mail.letter.text(mail.language), mail.letter.values, &values)
        .map_err(|why| Problem::internal(format!("the letter {}: {why}", mail.letter.name)))?;
    let id = ctx.id();
    let plain = serde_json::to_vec(&content).map_err(Problem::internal)?;
    let sealed = STANDARD.encode(ctx.app().keys.seal(&place(id), &plain)?);
    ctx.enqueue(Deliver { mail: id, letter: mail.letter.name.to_owned(), sealed }).await?;
    Ok(delivers)
}

/// Where the content is sealed to.
fn place(mail: Uuid) -> String {
    format!("kernel.jobs|payload.sealed|{mail}")
}

/// Sends one queued mail.
#[derive(Serialize, Deserialize)]
pub struct Deliver {
    mail: Uuid,
    letter: String,
    sealed: String,
}

impl Job for Deliver {
    const KIND: &'static str = "mail.deliver";
    const DESCRIPTION: &'static str = "Sends a mail";
    // Over half a day, which is as long as mail servers ask strangers to come back and people need to notice.
    const MAX_ATTEMPTS: i16 = 8;
    const TIME_LIMIT: std::time::Duration = std::time::Duration::from_mins(3);

    async fn run(self, run: Run) -> Result<Value, Failure> {
        let post = Post::of(&run.app)?;
        let never = |why: String| Failure::Fail(Problem::new(Kind::Gone, why));
        let letter = post.letter(&self.letter).ok_or_else(|| never(format!("There is no letter {} any more", self.letter)))?;
        let sealed = STANDARD.decode(&self.sealed).map_err(|e| never(format!("The mail can't be read: {e}")))?;
        let plain = run.app.keys.open(&place(self.mail), &sealed).map_err(Failure::Fail)?;
        let content: Content = serde_json::from_slice(plain.expose_secret()).map_err(|e| never(format!("The mail can't be read: {e}")))?;
        if content.expires_at.is_some_and(|at| at <= run.app.clock.now()) {
            return Err(never("The link in this mail expired before it could be sent".to_owned()));
        }
        let message = compose::compose(self.mail, letter, &content, &post.config().from)
            .map_err(|why| never(format!("The letter {} can't be written: {why}", self.letter)))?;
        let answer = post.deliver(self.mail, &self.letter, message).await?;
        Ok(json!({"by": if post.delivers() { "smtp" } else { "file" }, "answer": answer}))
    }
}
