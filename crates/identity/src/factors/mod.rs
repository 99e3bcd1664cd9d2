//! Second factors: authenticator apps (TOTP, RFC 6238), passkeys (WebAuthn level 3) and recovery codes. A passkey is
//! also good alone, because it verifies its person by itself.

pub mod passkeys;
pub mod recovery;
pub mod totp;

use crate::kind::Kind;
use chrono::{DateTime, Utc};
use kernel::{App, Client, Ctx, Result};
use serde::Serialize;
use uuid::Uuid;

/// Whether a session, by its alias in a statement, showed a second factor; `provider` when a provider of identities asked
/// for one.
macro_rules! showed {
    ($session:literal) => {
        concat!($session, ".factors && '{totp,passkey,recovery,provider}'")
    };
}
pub(crate) use showed;

/// What an account can prove with, beside its password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Methods {
    pub totp: bool,
    pub passkey: bool,
    /// Recovery codes that are left; they count only beside another factor.
    pub recovery: i64,
}

impl Methods {
    /// Whether there is a second factor at all.
    #[must_use]
    pub fn any(self) -> bool {
        self.totp || self.passkey
    }

    /// As the sign-in page offers them, likeliest first.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        let mut names = Vec::new();
        if self.passkey {
            names.push("passkey");
        }
        if self.totp {
            names.push("totp");
        }
        if self.any() && self.recovery > 0 {
            names.push("recovery");
        }
        names
    }
}

/// One factor as its owner sees it.
#[derive(Clone, Debug, Serialize)]
pub struct Factor {
    pub id: Uuid,
    pub kind: String,
    pub label: String,
    pub created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
}

/// Where a factor's secret is sealed.
pub(crate) fn place(id: Uuid) -> String {
    format!("identity.factors|secret|{id}")
}

/// What the account's roles and the platform ask of it.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub second_factor: bool,
    pub idle_minutes: Option<i32>,
    pub session_hours: Option<i32>,
}

/// The strictest of the rules that count for somebody.
///
/// # Errors
/// When the database refuses.
pub async fn rules(app: &App, db: &Client, kind: Kind, account: Uuid) -> Result<Rules> {
    let mut rules = store::rules(db, kind, account).await?;
    let everybody = match kind {
        Kind::Staff => crate::settings::STAFF_SECOND_FACTOR.get(app)?,
        Kind::User => crate::settings::USER_SECOND_FACTOR.get(app)?,
    };
    rules.second_factor |= everybody;
    Ok(rules)
}

/// Takes every second factor from an account that lost them.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn reset(ctx: &Ctx, kind: Kind, account: Uuid) -> Result<u64> {
    let taken = store::delete_all(ctx.db(), kind, account).await?;
    recovery::store::delete_all(ctx.db(), kind, account).await?;
    Ok(taken)
}

pub mod store {
    use super::{Client, DateTime, Factor, Kind, Methods, Result, Rules, Utc, Uuid};
    use crate::kind::{Pair, pair};

    const METHODS: Pair = pair!("select exists (select from identity.factors where " owner " = $1 and kind = 'totp' and confirmed_at is not null), \
         exists (select from identity.factors where " owner " = $1 and kind = 'passkey' and confirmed_at is not null), \
         (select count(*) from identity.recovery_codes where " owner " = $1 and used_at is null)");
    const LIST: Pair = pair!("select id, kind, label, created_at, last_used_at from identity.factors where " owner " = $1 and confirmed_at is not null order by created_at, id");
    const INSERT: Pair = pair!("insert into identity.factors (id, " owner ", kind, label, secret, credential_id, created_at, confirmed_at) values ($1, $2, $3, $4, $5, $6, $7, $8)");
    const SECRETS: Pair = pair!("select id, secret, last_step from identity.factors where " owner " = $1 and kind = $2 and confirmed_at is not null order by created_at, id for update");
    const UNCONFIRMED: Pair = pair!("select secret from identity.factors where id = $2 and " owner " = $1 and confirmed_at is null and created_at > $3 for update");
    const CONFIRM: &str = "update identity.factors set confirmed_at = $2, last_used_at = $2, last_step = $3, label = $4 where id = $1";
    const USED: &str =
        "update identity.factors set last_used_at = $2, last_step = coalesce($3, last_step), secret = coalesce($4, secret) where id = $1";
    const FORGET_UNCONFIRMED: Pair = pair!("delete from identity.factors where " owner " = $1 and confirmed_at is null");
    const RENAME: Pair = pair!("update identity.factors set label = $3 where " owner " = $1 and id = $2 and confirmed_at is not null");
    const DELETE: Pair =
        pair!("delete from identity.factors where " owner " = $1 and id = $2 and confirmed_at is not null returning label");
    const DELETE_ALL: Pair = pair!("delete from identity.factors where " owner " = $1");
    const BY_CREDENTIAL: Pair =
        pair!("select id, " owner " from identity.factors where credential_id = $1 and " owner " is not null and confirmed_at is not null");
    const RULES_STAFF: &str = "select second_factor, idle_minutes, session_hours from identity.rules_of_staff($1)";
    const RULES_USER: &str = "select second_factor, idle_minutes, session_hours from identity.rules_of_user($1)";
    const SWEEP: &str = "delete from identity.factors where confirmed_at is null and created_at < $1";

    pub const STATEMENTS: &[&str] = &[
        METHODS.staff,
        METHODS.user,
        LIST.staff,
        LIST.user,
        INSERT.staff,
        INSERT.user,
        SECRETS.staff,
        SECRETS.user,
        UNCONFIRMED.staff,
        UNCONFIRMED.user,
        CONFIRM,
        USED,
        FORGET_UNCONFIRMED.staff,
        FORGET_UNCONFIRMED.user,
        RENAME.staff,
        RENAME.user,
        DELETE.staff,
        DELETE.user,
        DELETE_ALL.staff,
        DELETE_ALL.user,
        BY_CREDENTIAL.staff,
        BY_CREDENTIAL.user,
        RULES_STAFF,
        RULES_USER,
        SWEEP,
    ];

    pub(crate) async fn methods(db: &Client, kind: Kind, account: Uuid) -> Result<Methods> {
        let row = db.query_one(METHODS.of(kind), &[&account]).await?;
        Ok(Methods { totp: row.get(0), passkey: row.get(1), recovery: row.get(2) })
    }

    pub(crate) async fn list(db: &Client, kind: Kind, account: Uuid) -> Result<Vec<Factor>> {
        let rows = db.query(LIST.of(kind), &[&account]).await?;
        let read = |row: &tokio_postgres::Row| Factor {
            id: row.get(0),
            kind: row.get(1),
            label: row.get(2),
            created_at: row.get(3),
            last_used_at: row.get(4),
        };
        Ok(rows.iter().map(read).collect())
    }

    #[expect(clippy::too_many_arguments, reason = "one per column")]
    pub(crate) async fn insert(
        db: &Client,
        kind: Kind,
        id: Uuid,
        account: Uuid,
        what: &str,
        label: &str,
        secret: &[u8],
        credential: Option<&[u8]>,
        now: DateTime<Utc>,
        confirmed_at: Option<DateTime<Utc>>,
    ) -> Result<()> {
        db.execute(INSERT.of(kind), &[&id, &account, &what, &label, &secret, &credential, &now, &confirmed_at]).await?;
        Ok(())
    }

    /// Id, sealed secret and last used step of each factor of one sort, locked: of two uses at once the second waits.
    pub(crate) async fn secrets(db: &Client, kind: Kind, account: Uuid, what: &str) -> Result<Vec<(Uuid, Vec<u8>, Option<i64>)>> {
        let rows = db.query(SECRETS.of(kind), &[&account, &what]).await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect())
    }

    pub(crate) async fn unconfirmed(db: &Client, kind: Kind, account: Uuid, id: Uuid, since: DateTime<Utc>) -> Result<Option<Vec<u8>>> {
        Ok(db.query_opt(UNCONFIRMED.of(kind), &[&account, &id, &since]).await?.map(|row| row.get(0)))
    }

    pub(crate) async fn confirm(db: &Client, id: Uuid, now: DateTime<Utc>, step: Option<i64>, label: &str) -> Result<()> {
        db.execute(CONFIRM, &[&id, &now, &step, &label]).await?;
        Ok(())
    }

    pub(crate) async fn used(db: &Client, id: Uuid, now: DateTime<Utc>, step: Option<i64>, secret: Option<&[u8]>) -> Result<()> {
        db.execute(USED, &[&id, &now, &step, &secret]).await?;
        Ok(())
    }

    pub(crate) async fn forget_unconfirmed(db: &Client, kind: Kind, account: Uuid) -> Result<()> {
        db.execute(FORGET_UNCONFIRMED.of(kind), &[&account]).await?;
        Ok(())
    }

    /// False when there is no such factor.
    pub(crate) async fn rename(db: &Client, kind: Kind, account: Uuid, id: Uuid, label: &str) -> Result<bool> {
        Ok(db.execute(RENAME.of(kind), &[&account, &id, &label]).await? == 1)
    }

    /// The label of the factor that is gone.
    pub(crate) async fn delete(db: &Client, kind: Kind, account: Uuid, id: Uuid) -> Result<Option<String>> {
        Ok(db.query_opt(DELETE.of(kind), &[&account, &id]).await?.map(|row| row.get(0)))
    }

    pub(super) async fn delete_all(db: &Client, kind: Kind, account: Uuid) -> Result<u64> {
        Ok(db.execute(DELETE_ALL.of(kind), &[&account]).await?)
    }

    /// The factor and its owner.
    pub(crate) async fn by_credential(db: &Client, kind: Kind, credential: &[u8]) -> Result<Option<(Uuid, Uuid)>> {
        Ok(db.query_opt(BY_CREDENTIAL.of(kind), &[&credential]).await?.map(|row| (row.get(0), row.get(1))))
    }

    pub(super) async fn rules(db: &Client, kind: Kind, account: Uuid) -> Result<Rules> {
        let statement = match kind {
            Kind::Staff => RULES_STAFF,
            Kind::User => RULES_USER,
        };
        let row = db.query_one(statement, &[&account]).await?;
        Ok(Rules { second_factor: row.get(0), idle_minutes: row.get(1), session_hours: row.get(2) })
    }

    pub(crate) async fn sweep(db: &Client, before: DateTime<Utc>) -> Result<u64> {
        Ok(db.execute(SWEEP, &[&before]).await?)
    }
}
