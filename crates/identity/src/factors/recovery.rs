//! Recovery codes: ten, each good once, for when the other factors are lost. 80 random bits each, kept as a hash.

use crate::kind::Kind;
use crate::typed_code;
use kernel::{Ctx, Result};
use uuid::Uuid;

const HOW_MANY: usize = 10;

fn hash(code: &str) -> Vec<u8> {
    typed_code::hash("recovery", code)
}

/// Makes new codes and forgets the old ones; shown this once.
///
/// # Errors
/// When the database refuses.
pub async fn renew(ctx: &Ctx, kind: Kind, account: Uuid) -> Result<Vec<String>> {
    store::delete_all(ctx.db(), kind, account).await?;
    let codes: Vec<String> = std::iter::repeat_with(typed_code::new).take(HOW_MANY).collect();
    for code in &codes {
        store::insert(ctx.db(), kind, ctx.id(), account, &hash(code), ctx.now()).await?;
    }
    Ok(codes)
}

/// Uses a code up; `false` when the account has none such.
///
/// # Errors
/// When the database refuses.
pub async fn take(ctx: &Ctx, kind: Kind, account: Uuid, code: &str) -> Result<bool> {
    store::take(ctx.db(), kind, account, &hash(code), ctx.now()).await
}

pub mod store {
    use super::{Kind, Result, Uuid};
    use crate::kind::{Pair, pair};
    use chrono::{DateTime, Utc};
    use kernel::Client;

    const INSERT: Pair = pair!("insert into identity.recovery_codes (id, " owner ", code_hash, created_at) values ($1, $2, $3, $4)");
    const TAKE: Pair = pair!("update identity.recovery_codes set used_at = $3 where " owner " = $1 and code_hash = $2 and used_at is null");
    const DELETE_ALL: Pair = pair!("delete from identity.recovery_codes where " owner " = $1");

    pub const STATEMENTS: &[&str] = &[INSERT.staff, INSERT.user, TAKE.staff, TAKE.user, DELETE_ALL.staff, DELETE_ALL.user];

    pub(super) async fn insert(db: &Client, kind: Kind, id: Uuid, account: Uuid, hash: &[u8], now: DateTime<Utc>) -> Result<()> {
        db.execute(INSERT.of(kind), &[&id, &account, &hash, &now]).await?;
        Ok(())
    }

    pub(super) async fn take(db: &Client, kind: Kind, account: Uuid, hash: &[u8], now: DateTime<Utc>) -> Result<bool> {
        Ok(db.execute(TAKE.of(kind), &[&account, &hash, &now]).await? == 1)
    }

    pub(crate) async fn delete_all(db: &Client, kind: Kind, account: Uuid) -> Result<()> {
        db.execute(DELETE_ALL.of(kind), &[&account]).await?;
        Ok(())
    }
}
