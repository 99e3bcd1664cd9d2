//! Statements about memberships.

use super::{Level, Membership};
use kernel::{Client, Result};
use tokio_postgres::Row;
use uuid::Uuid;

const USER_EXISTS: &str = "select exists (select from auth.users where id = $1 and deleted_at is null)";
const ROLE_FITS: &str = "select exists (select from identity.roles where id = $1 and (organization_id is null or organization_id = $2))";
const INSERT: &str = "insert into identity.memberships (id, organization_id, user_id, role_id, level) values ($1, $2, $3, $4, $5)";
const UPDATE: &str = "update identity.memberships set role_id = coalesce($2, role_id), level = coalesce($3, level) where id = $1";
const DELETE: &str = "delete from identity.memberships where id = $1";

const LOCK: &str = "select pg_advisory_xact_lock(hashtextextended($1::uuid::text, 0))";
const OWN_IF_NOBODY_DOES: &str = "update identity.memberships set owner = true where id = $1 and not exists (select from identity.memberships where organization_id = $2 and owner)";
const IS_OWNER: &str = "select exists (select from identity.memberships where id = $1 and owner)";
const NOBODY_STAYS: &str =
    "select not exists (select from identity.memberships where organization_id = $1 and id <> $2 and id <> all ($3))";
const OWNER_OF: &str = "select m.id, m.user_id, coalesce(u.name, u.email) from identity.memberships m join auth.users u on u.id = m.user_id where m.organization_id = $1 and m.owner";
const ACTIVE_MEMBER: &str = "select m.id, m.user_id, coalesce(u.name, u.email) from identity.memberships m join auth.users u on u.id = m.user_id \
     where m.organization_id = $1 and m.user_id = $2 and m.status = 'active' and u.status = 'active' and u.deleted_at is null";
const DISOWN: &str = "update identity.memberships set owner = false where id = $1";
const OWN: &str = "update identity.memberships set owner = true, role_id = $2, level = 'admin' where id = $1";
const OWNED_WITH_OTHERS: &str = "select o.name from identity.memberships m join identity.organizations o on o.id = m.organization_id where m.user_id = $1 and m.owner \
     and exists (select from identity.memberships x where x.organization_id = m.organization_id and x.id <> m.id) order by o.name limit 1";

const OF_USER: &str = "select id, organization_id, user_id, role_id, level, owner, status from identity.memberships where user_id = $1 and organization_id = $2";
const BY_ID: &str = "select id, organization_id, user_id, role_id, level, owner, status from identity.memberships where id = $1";
const ALL_OF: &str = "select m.id, m.organization_id, coalesce(u.name, u.email) from identity.memberships m join auth.users u on u.id = m.user_id where m.user_id = $1";
const EMAIL_OF: &str = "select email from auth.users where id = $1";
const SET_STATUS: &str = "update identity.memberships set status = $2 where id = $1";
const ORGANIZATION_NAME: &str = "select name from identity.organizations where id = $1";

pub const STATEMENTS: &[&str] = &[
    USER_EXISTS,
    ROLE_FITS,
    INSERT,
    UPDATE,
    DELETE,
    LOCK,
    OWN_IF_NOBODY_DOES,
    IS_OWNER,
    NOBODY_STAYS,
    OWNER_OF,
    ACTIVE_MEMBER,
    DISOWN,
    OWN,
    OWNED_WITH_OTHERS,
    OF_USER,
    BY_ID,
    ALL_OF,
    EMAIL_OF,
    SET_STATUS,
    ORGANIZATION_NAME,
];

pub(super) async fn user_exists(db: &Client, id: Uuid) -> Result<bool> {
    Ok(db.query_one(USER_EXISTS, &[&id]).await?.get(0))
}

pub(crate) async fn role_fits(db: &Client, id: Uuid, organization: Uuid) -> Result<bool> {
    Ok(db.query_one(ROLE_FITS, &[&id, &organization]).await?.get(0))
}

pub(super) async fn insert(db: &Client, id: Uuid, organization: Uuid, user: Uuid, role: Uuid, level: &str) -> Result<()> {
    db.execute(INSERT, &[&id, &organization, &user, &role, &level]).await?;
    Ok(())
}

pub(crate) async fn update(db: &Client, id: Uuid, role: Option<Uuid>, level: Option<&str>) -> Result<()> {
    db.execute(UPDATE, &[&id, &role, &level]).await?;
    Ok(())
}

pub(super) async fn delete(db: &Client, id: Uuid) -> Result<()> {
    db.execute(DELETE, &[&id]).await?;
    Ok(())
}

/// A member as handing over needs them.
pub struct Owner {
    pub id: Uuid,
    pub user_id: Uuid,
    pub label: String,
}

fn owner(row: &Row) -> Owner {
    Owner { id: row.get(0), user_id: row.get(1), label: row.get(2) }
}

/// One change of who is in an organization at a time.
pub(crate) async fn lock(db: &Client, organization: Uuid) -> Result<()> {
    db.execute(LOCK, &[&organization]).await?;
    Ok(())
}

pub(super) async fn own_if_nobody_does(db: &Client, id: Uuid, organization: Uuid) -> Result<()> {
    db.execute(OWN_IF_NOBODY_DOES, &[&id, &organization]).await?;
    Ok(())
}

pub(super) async fn is_owner(db: &Client, id: Uuid) -> Result<bool> {
    Ok(db.query_one(IS_OWNER, &[&id]).await?.get(0))
}

/// Whether nobody is in the organization but this one and those who go together with them.
pub(super) async fn nobody_stays(db: &Client, organization: Uuid, id: Uuid, together: &[Uuid]) -> Result<bool> {
    Ok(db.query_one(NOBODY_STAYS, &[&organization, &id, &together]).await?.get(0))
}

pub(crate) async fn of_user(db: &Client, user: Uuid, organization: Uuid) -> Result<Option<Membership>> {
    Ok(db.query_opt(OF_USER, &[&user, &organization]).await?.map(|row| membership(&row)))
}

fn membership(row: &Row) -> Membership {
    Membership {
        id: row.get(0),
        organization_id: row.get(1),
        user_id: row.get(2),
        role_id: row.get(3),
        level: Level::stored(row.get(4)),
        owner: row.get(5),
        status: row.get(6),
    }
}

pub(crate) async fn by_id(db: &Client, id: Uuid) -> Result<Option<Membership>> {
    Ok(db.query_opt(BY_ID, &[&id]).await?.map(|row| membership(&row)))
}

/// Every membership of somebody, with their name.
pub(super) async fn all_of(db: &Client, user: Uuid) -> Result<Vec<(Uuid, Uuid, String)>> {
    Ok(db.query(ALL_OF, &[&user]).await?.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect())
}

pub(super) async fn email_of(db: &Client, user: Uuid) -> Result<String> {
    Ok(db.query_one(EMAIL_OF, &[&user]).await?.get(0))
}

pub(super) async fn set_status(db: &Client, id: Uuid, status: &str) -> Result<()> {
    db.execute(SET_STATUS, &[&id, &status]).await?;
    Ok(())
}

pub(super) async fn organization_name(db: &Client, id: Uuid) -> Result<String> {
    Ok(db.query_one(ORGANIZATION_NAME, &[&id]).await?.get(0))
}

pub(super) async fn owner_of(db: &Client, organization: Uuid) -> Result<Option<Owner>> {
    Ok(db.query_opt(OWNER_OF, &[&organization]).await?.map(|row| owner(&row)))
}

pub(super) async fn active_member(db: &Client, organization: Uuid, user: Uuid) -> Result<Option<Owner>> {
    Ok(db.query_opt(ACTIVE_MEMBER, &[&organization, &user]).await?.map(|row| owner(&row)))
}

pub(super) async fn disown(db: &Client, id: Uuid) -> Result<()> {
    db.execute(DISOWN, &[&id]).await?;
    Ok(())
}

pub(super) async fn own(db: &Client, id: Uuid, role: Uuid) -> Result<()> {
    db.execute(OWN, &[&id, &role]).await?;
    Ok(())
}

/// An organization that they own and others are in.
pub(super) async fn owned_with_others(db: &Client, user: Uuid) -> Result<Option<String>> {
    Ok(db.query_opt(OWNED_WITH_OTHERS, &[&user]).await?.map(|row| row.get(0)))
}
