//! Break-glass: a way back in for an owner who is locked out, for whoever holds the machine, its secret key and its
//! database. It asks no permission and no setting, because what can be switched off in the panel can be switched off by
//! the person it has to be taken back from. It is in the audit log before it does anything, in a transaction of its own.
//! Emits `staff.recovered`.

use crate::fact::fact;
use crate::kind::Kind;
use crate::link;
use crate::policy;
use crate::role::{self, OWNER};
use crate::{account, email, hasher, restrictions, sessions, sso};
use chrono::{DateTime, Utc};
use kernel::audit::{Changes, MASK, Target};
use kernel::{App, Caller, Ctx, Problem, RequestInfo, Result};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

fact!(
    /// An owner got back in from the machine itself.
    StaffRecovered = "staff.recovered" { id: Uuid, email: String, by: String }
);

/// What the person at the machine asks for.
pub struct Wanted {
    /// Who they are there, for the log.
    pub by: String,
    /// Not needed where there is one owner.
    pub email: Option<String>,
    /// For an owner who is made anew.
    pub name: Option<String>,
    /// Instead of a link.
    pub password: Option<SecretString>,
    pub reactivate: bool,
    pub make_owner: bool,
    /// Without it they are asked for as ever.
    pub clear_second_factors: bool,
    /// Allowed addresses of the platform, and sign-in hours of owners.
    pub lift_restrictions: bool,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Recovered {
    pub id: Uuid,
    pub email: String,
    /// Sets a new password, once; none where a password was given.
    pub link: Option<String>,
    pub expires_at: Option<DateTime<Utc>>,
    /// Everything that was done, in sentences.
    pub done: Vec<String>,
}

/// Recovers an owner.
///
/// # Errors
/// With what to add or whom to name, when the account isn't in a state to be recovered as asked.
pub async fn recover(app: &Arc<App>, wanted: Wanted) -> Result<Recovered> {
    let caller = || Caller::system(&format!("recover-admin, {}", wanted.by));
    let request = || RequestInfo { id: app.ids.next(&app.clock).simple().to_string(), ..RequestInfo::default() };
    let mut ctx = Ctx::open(app.clone(), caller(), request()).await?;
    ctx.audit("staff.recover-begin", None, Changes::new(), Some(intent(&wanted))).await?;
    ctx.commit().await?;

    let mut ctx = Ctx::open(app.clone(), caller(), request()).await?;
    match within(&mut ctx, &wanted).await {
        Ok(recovered) => {
            ctx.commit().await?;
            Ok(recovered)
        }
        Err(problem) => {
            drop(ctx.rollback().await);
            Err(problem)
        }
    }
}

/// What is about to happen, as the log keeps it.
fn intent(wanted: &Wanted) -> String {
    let mut parts = vec![format!("for {}", wanted.email.as_deref().unwrap_or("the only owner"))];
    parts.push(if wanted.password.is_some() { "sets a password" } else { "makes a link" }.into());
    for (asked, words) in [
        (wanted.reactivate, "reactivates"),
        (wanted.make_owner, "makes an owner"),
        (wanted.clear_second_factors, "clears second factors"),
        (wanted.lift_restrictions, "lifts restrictions"),
    ] {
        if asked {
            parts.push(words.into());
        }
    }
    parts.join(", ")
}

async fn within(ctx: &mut Ctx, wanted: &Wanted) -> Result<Recovered> {
    // The same lock as for taking ownership from somebody: who is the last owner can't change meanwhile.
    account::store::lock(ctx.db()).await?;
    let mut done = Vec::new();
    let account = find(ctx, wanted, &mut done).await?;
    let mut changes = Changes::new();
    if !account.active {
        if !wanted.reactivate {
            return Err(Problem::refused(format!("{} is suspended. Add --reactivate to lift that.", account.email)));
        }
        store::activate(ctx.db(), account.id).await?;
        changes.insert("status".into(), json!({"before": "suspended", "after": "active"}));
        done.push(format!("{} is active again; their API keys work again too.", account.email));
    }
    if account.role != OWNER {
        promote(ctx, wanted, &account).await?;
        changes.insert("role".into(), json!({"before": account.role, "after": OWNER}));
        done.push(format!("{} is an owner now.", account.email));
    }
    if wanted.clear_second_factors {
        let cleared = store::clear_second_factors(ctx.db(), account.id).await?;
        changes.insert("second_factors".into(), json!({"before": cleared, "after": 0}));
        done.push(format!("Second factors forgotten: {cleared}, and every recovery code."));
    }
    if !wanted.lift_restrictions && sso::is_exclusive(ctx.db(), Kind::Staff, &account.email).await? {
        return Err(Problem::refused(format!(
            "{} comes in by a sign-in provider alone. Add --lift-restrictions, so that a password counts again.",
            account.email
        )));
    }
    if wanted.lift_restrictions {
        let (networks, hours) = restrictions::store::lift(ctx.db()).await?;
        let providers = sso::provider::store::lift(ctx.db()).await?;
        changes.insert(
            "restrictions".into(),
            json!({"before": {"addresses": networks, "hours": hours, "only_ways_in": providers}, "after": null}),
        );
        done.push(format!("Lifted for staff: {networks} allowed addresses, {hours} sign-in hours of owners, {providers} sign-in providers that were the only way in."));
    }
    let ended = sessions::store::revoke_of(ctx.db(), Kind::Staff, account.id, ctx.now(), "recovered", None).await?;
    done.push(format!("Sessions ended: {ended}."));
    let mut recovered = Recovered { id: account.id, email: account.email.clone(), link: None, expires_at: None, done };
    match &wanted.password {
        Some(password) => {
            set_password(ctx, &account, password).await?;
            changes.insert("password".into(), json!({"before": MASK, "after": MASK}));
            recovered.done.push(format!("{} has the new password.", account.email));
        }
        None => {
            let made = link::make(ctx, Kind::Staff, account.id, link::GOOD_FOR).await?;
            recovered.done.push(format!("Open this link within an hour to set a new password for {}; it works once.", account.email));
            recovered.link = Some(made.link);
            recovered.expires_at = Some(made.expires_at);
        }
    }
    ctx.callers_changed();
    ctx.audit("staff.recover", Some(Target::new("staff", account.id, &account.name)), changes, None).await?;
    ctx.emit(StaffRecovered { id: account.id, email: account.email, by: wanted.by.clone() }).await?;
    Ok(recovered)
}

/// An account, or the owner who is made because none is left.
async fn find(ctx: &mut Ctx, wanted: &Wanted, done: &mut Vec<String>) -> Result<Found> {
    let owners = store::owners(ctx.db()).await?;
    let names = || owners.iter().map(|o| o.email.as_str()).collect::<Vec<_>>().join(", ");
    let Some(given) = &wanted.email else {
        return match owners.as_slice() {
            [one] => Ok(one.clone()),
            [] => Err(Problem::field("email", "required", "No owner is left; say with --email who is to be one")),
            _ => Err(Problem::field("email", "required", format!("There are several owners; say with --email which: {}", names()))),
        };
    };
    let address = email::normalise(given)?;
    if let Some(found) = store::by_email(ctx.db(), &address).await? {
        return Ok(found);
    }
    if owners.iter().any(|owner| owner.active) {
        return Err(Problem::refused(format!("No member of staff has the address {address}. The owners are {}.", names())));
    }
    let name = wanted.name.as_deref().map(str::trim).filter(|name| !name.is_empty()).unwrap_or(&address).to_owned();
    if name.chars().count() > 120 {
        return Err(Problem::field("name", "too_long", "Enter at most 120 characters"));
    }
    let owner = owner_role(ctx).await?;
    let id = ctx.id();
    store::insert(ctx.db(), id, &address, &name, owner, ctx.now()).await?;
    done.push(format!("No owner was left: {address} is one now."));
    Ok(Found { id, email: address, name, active: true, role: OWNER.into() })
}

async fn owner_role(ctx: &Ctx) -> Result<Uuid> {
    let role = role::store::by_name(ctx.db(), OWNER, "platform").await?;
    Ok(role.ok_or_else(|| Problem::internal("the built-in role owner is missing"))?.id)
}

/// Only where nobody is left who could do it in the panel.
async fn promote(ctx: &Ctx, wanted: &Wanted, account: &Found) -> Result<()> {
    let left: Vec<String> = store::owners(ctx.db()).await?.into_iter().filter(|o| o.active).map(|o| o.email).collect();
    if !left.is_empty() {
        return Err(Problem::refused(format!(
            "{} is no owner ({}). Recover an owner instead: {}.",
            account.email,
            account.role,
            left.join(", ")
        )));
    }
    if !wanted.make_owner {
        return Err(Problem::refused(format!(
            "{} is no owner ({}), and no active owner is left. Add --make-owner to make them one.",
            account.email, account.role
        )));
    }
    store::promote(ctx.db(), account.id, owner_role(ctx).await?).await
}

async fn set_password(ctx: &Ctx, account: &Found, password: &SecretString) -> Result<()> {
    policy::check(ctx.app(), Kind::Staff, password.expose_secret(), &[&account.email, &account.name])?;
    let hash = hasher::Hasher::default().hash(password.clone()).await?;
    link::store::forget(ctx.db(), Kind::Staff, account.id).await?;
    store::set_password(ctx.db(), account.id, &hash, ctx.now()).await
}

#[derive(Clone, Debug)]
struct Found {
    id: Uuid,
    email: String,
    name: String,
    active: bool,
    role: String,
}

pub mod store {
    use super::{DateTime, Found, Result, Utc, Uuid};
    use kernel::Client;
    use tokio_postgres::Row;

    const OWNERS: &str = "select u.id, u.email, u.name, u.status = 'active', r.name from dashboard_auth.dashboard_users u join identity.roles r on r.id = u.role_id \
         where r.name = 'owner' and u.deleted_at is null order by u.email";
    const BY_EMAIL: &str = "select u.id, u.email, u.name, u.status = 'active', r.name from dashboard_auth.dashboard_users u join identity.roles r on r.id = u.role_id \
         where lower(u.email) = $1 and u.deleted_at is null for update of u";
    const INSERT: &str =
        "insert into dashboard_auth.dashboard_users (id, email, name, role_id, created_at, updated_at) values ($1, $2, $3, $4, $5, $5)";
    const ACTIVATE: &str = "update dashboard_auth.dashboard_users set status = 'active' where id = $1";
    const PROMOTE: &str = "update dashboard_auth.dashboard_users set role_id = $2 where id = $1";
    const SET_PASSWORD: &str = "update dashboard_auth.dashboard_users set password_hash = $2, password_set_at = $3 where id = $1";

    const CLEAR_FACTORS: &str = "delete from identity.factors where staff_id = $1";
    const CLEAR_CODES: &str = "delete from identity.recovery_codes where staff_id = $1";
    const CLEAR_CEREMONIES: &str = "delete from identity.ceremonies where staff_id = $1";

    pub const STATEMENTS: &[&str] =
        &[CLEAR_FACTORS, CLEAR_CODES, CLEAR_CEREMONIES, OWNERS, BY_EMAIL, INSERT, ACTIVATE, PROMOTE, SET_PASSWORD];

    fn read(row: &Row) -> Found {
        Found { id: row.get(0), email: row.get(1), name: row.get(2), active: row.get(3), role: row.get(4) }
    }

    pub(super) async fn owners(db: &Client) -> Result<Vec<Found>> {
        Ok(db.query(OWNERS, &[]).await?.iter().map(read).collect())
    }

    pub(super) async fn by_email(db: &Client, email: &str) -> Result<Option<Found>> {
        Ok(db.query_opt(BY_EMAIL, &[&email]).await?.map(|row| read(&row)))
    }

    pub(super) async fn insert(db: &Client, id: Uuid, email: &str, name: &str, role: Uuid, now: DateTime<Utc>) -> Result<()> {
        db.execute(INSERT, &[&id, &email, &name, &role, &now]).await?;
        Ok(())
    }

    pub(super) async fn activate(db: &Client, id: Uuid) -> Result<()> {
        db.execute(ACTIVATE, &[&id]).await?;
        Ok(())
    }

    pub(super) async fn promote(db: &Client, id: Uuid, role: Uuid) -> Result<()> {
        db.execute(PROMOTE, &[&id, &role]).await?;
        Ok(())
    }

    pub(super) async fn set_password(db: &Client, id: Uuid, hash: &str, now: DateTime<Utc>) -> Result<()> {
        db.execute(SET_PASSWORD, &[&id, &hash, &now]).await?;
        Ok(())
    }

    /// Forgets factors, recovery codes and sign-ins that are half done; says how many factors there were.
    pub(super) async fn clear_second_factors(db: &Client, id: Uuid) -> Result<u64> {
        let cleared = db.execute(CLEAR_FACTORS, &[&id]).await?;
        db.execute(CLEAR_CODES, &[&id]).await?;
        db.execute(CLEAR_CEREMONIES, &[&id]).await?;
        Ok(cleared)
    }
}
