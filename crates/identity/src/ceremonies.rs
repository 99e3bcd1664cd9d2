//! What takes more than one request: a sign-in between its steps, or one ceremony of a passkey. Bound to one browser by
//! a cookie, to one kind of account and one purpose; good once, for five minutes, and for five tries.

use crate::kind::Kind;
use chrono::{DateTime, Duration, Utc};
use kernel::secret::{self, Token};
use kernel::{App, Caller, Ctx, Problem, Result};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// How long a person may take for the next step.
pub const GOOD_FOR: Duration = Duration::minutes(5);
/// Tries before the first step has to be done again.
pub const TRIES: i32 = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The password was right; the second factor is missing.
    SignIn,
    /// The password was right; a second factor has to be set up first.
    Enrol,
    /// Signing in by a passkey alone.
    Passkey,
    /// Proving again who sits there, by a passkey.
    Proof,
    /// Adding a passkey.
    Register,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Enrol => "enrol",
            Self::Passkey => "passkey",
            Self::Proof => "proof",
            Self::Register => "register",
        }
    }
}

/// One that is going on.
#[derive(Clone, Debug)]
pub struct Ceremony {
    pub id: Uuid,
    pub kind: Kind,
    pub account: Option<Uuid>,
    /// What was proved so far.
    pub factors: Vec<String>,
    state: Option<Vec<u8>>,
    /// The session at a provider that vouches for them.
    pub vouched: Option<Uuid>,
    pub tries_left: i32,
    pub expires_at: DateTime<Utc>,
}

fn over() -> Problem {
    Problem::unauthenticated("This sign-in took too long, was used already or had too many wrong codes. Start again.").titled("Start again")
}

fn place(id: Uuid) -> String {
    format!("identity.ceremonies|state|{id}")
}

impl Ceremony {
    /// What the step before left for the next one.
    ///
    /// # Errors
    /// 401 when the step before didn't happen.
    pub fn state<T: DeserializeOwned>(&self, app: &App) -> Result<T> {
        let sealed = self.state.as_ref().ok_or_else(over)?;
        let plain = app.keys.open(&place(self.id), sealed)?;
        serde_json::from_slice(plain.expose_secret()).map_err(Problem::internal)
    }
}

/// Begins one, in the transaction of `ctx`.
///
/// # Errors
/// When the database refuses.
pub async fn begin(ctx: &Ctx, purpose: Purpose, kind: Kind, account: Option<Uuid>, factors: &[&str]) -> Result<(Uuid, Token)> {
    let (id, token) = (ctx.id(), Token::random());
    store::insert(ctx.db(), id, &token.hash(), purpose.as_str(), kind, account, factors, ctx.now(), ctx.now() + GOOD_FOR).await?;
    Ok((id, token))
}

/// Leaves something for the next step.
///
/// # Errors
/// When the database refuses.
pub async fn leave(ctx: &Ctx, id: Uuid, state: &impl Serialize) -> Result<()> {
    let plain = serde_json::to_vec(state).map_err(Problem::internal)?;
    store::leave(ctx.db(), id, &ctx.app().keys.seal(&place(id), &plain)?).await
}

/// The one a browser brought along, without counting a try.
///
/// # Errors
/// 401 when there is none that goes on.
pub async fn look(app: &App, token: Option<&str>, kind: Kind, purpose: Purpose) -> Result<Ceremony> {
    let now = app.clock.now();
    let tx = app.db.begin(&Caller::system("sign-in"), now).await?;
    let found = store::find(tx.db(), &secret::hash(token.ok_or_else(over)?), purpose.as_str(), now).await?;
    tx.rollback().await?;
    found.filter(|c| c.kind == kind && c.tries_left > 0).ok_or_else(over)
}

/// The one a browser brought along. The try is counted before it is made, so that many at once can't slip through.
///
/// # Errors
/// 401 when there is none that goes on.
pub async fn attempt(app: &App, token: Option<&str>, kind: Kind, purpose: Purpose) -> Result<Ceremony> {
    let now = app.clock.now();
    let tx = app.db.begin(&Caller::system("sign-in"), now).await?;
    let found = store::count(tx.db(), &secret::hash(token.ok_or_else(over)?), purpose.as_str(), now).await?;
    tx.commit().await?;
    found.filter(|c| c.kind == kind && c.tries_left >= 0).ok_or_else(over)
}

/// Ends it, in the transaction that does what it was for: of two at once the second finds it used.
///
/// # Errors
/// 401 for the second.
pub async fn use_up(ctx: &Ctx, id: Uuid) -> Result<()> {
    if store::use_up(ctx.db(), id, ctx.now()).await? { Ok(()) } else { Err(over()) }
}

pub mod store {
    use super::{Ceremony, DateTime, Kind, Result, TRIES, Utc, Uuid};
    use kernel::Client;
    use tokio_postgres::Row;

    const INSERT: &str = "insert into identity.ceremonies (id, token_hash, purpose, account_kind, staff_id, user_id, factors, created_at, expires_at) \
         values ($1, $2, $3, $4, case when $4::text = 'staff' then $5::uuid end, case when $4::text = 'user' then $5::uuid end, $6, $7, $8)";
    const LEAVE: &str = "update identity.ceremonies set state = $2 where id = $1 and used_at is null";
    const FIND: &str = "select id, account_kind, coalesce(staff_id, user_id), factors, state, attempts, expires_at, provider_session_id from identity.ceremonies \
         where token_hash = $1 and purpose = $2 and used_at is null and expires_at > $3";
    const COUNT: &str = "update identity.ceremonies set attempts = attempts + 1 where token_hash = $1 and purpose = $2 and used_at is null and expires_at > $3 \
         returning id, account_kind, coalesce(staff_id, user_id), factors, state, attempts, expires_at, provider_session_id";
    const USE_UP: &str = "update identity.ceremonies set used_at = $2 where id = $1 and used_at is null and expires_at > $2";
    const END_OF: &str = "delete from identity.ceremonies where coalesce(staff_id, user_id) = $1";
    const SWEEP: &str = "delete from identity.ceremonies where expires_at < $1";

    const VOUCHED: &str = "update identity.ceremonies set provider_session_id = $2 where id = $1";

    pub const STATEMENTS: &[&str] = &[INSERT, VOUCHED, LEAVE, FIND, COUNT, USE_UP, END_OF, SWEEP];

    fn word(kind: Kind) -> &'static str {
        match kind {
            Kind::Staff => "staff",
            Kind::User => "user",
        }
    }

    fn read(row: &Row) -> Ceremony {
        Ceremony {
            id: row.get(0),
            kind: if row.get::<_, &str>(1) == "staff" { Kind::Staff } else { Kind::User },
            account: row.get(2),
            factors: row.get(3),
            state: row.get(4),
            tries_left: TRIES - row.get::<_, i32>(5),
            expires_at: row.get(6),
            vouched: row.get(7),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one per column")]
    pub(super) async fn insert(
        db: &Client,
        id: Uuid,
        hash: &[u8],
        purpose: &str,
        kind: Kind,
        account: Option<Uuid>,
        factors: &[&str],
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<()> {
        db.execute(INSERT, &[&id, &hash, &purpose, &word(kind), &account, &factors, &now, &expires_at]).await?;
        Ok(())
    }

    /// Keeps by which session at a provider it began.
    pub(crate) async fn vouched(db: &Client, id: Uuid, by: Uuid) -> Result<()> {
        db.execute(VOUCHED, &[&id, &by]).await?;
        Ok(())
    }

    pub(super) async fn leave(db: &Client, id: Uuid, state: &[u8]) -> Result<()> {
        db.execute(LEAVE, &[&id, &state]).await?;
        Ok(())
    }

    pub(super) async fn find(db: &Client, hash: &[u8], purpose: &str, now: DateTime<Utc>) -> Result<Option<Ceremony>> {
        Ok(db.query_opt(FIND, &[&hash, &purpose, &now]).await?.map(|row| read(&row)))
    }

    pub(super) async fn count(db: &Client, hash: &[u8], purpose: &str, now: DateTime<Utc>) -> Result<Option<Ceremony>> {
        Ok(db.query_opt(COUNT, &[&hash, &purpose, &now]).await?.map(|row| read(&row)))
    }

    pub(super) async fn use_up(db: &Client, id: Uuid, now: DateTime<Utc>) -> Result<bool> {
        Ok(db.execute(USE_UP, &[&id, &now]).await? == 1)
    }

    /// Ends what somebody began whose password changed, or who is shut out.
    pub(crate) async fn end_of(db: &Client, account: Uuid) -> Result<()> {
        db.execute(END_OF, &[&account]).await?;
        Ok(())
    }

    pub(crate) async fn sweep(db: &Client, before: DateTime<Utc>) -> Result<u64> {
        Ok(db.execute(SWEEP, &[&before]).await?)
    }
}
