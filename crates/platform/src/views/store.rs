//! Statements about saved views.

use kernel::{Client, Result};
use uuid::Uuid;

const INSERT: &str = "insert into platform.saved_views (id, organization_id, owner_id, made_by, page, name, state, slug, is_default) \
     values ($1, $2, (select platform.me()), $3, $4, $5, $6, $7, $8)";
const UPDATE: &str = "update platform.saved_views set name = $2, state = $3, is_default = $4 where id = $1";
/// What is there now becomes an earlier version. The row is locked by then, so numbers are counted one after the other.
const KEEP: &str = "insert into platform.saved_view_versions (id, view_id, organization_id, number, name, state, replaced_by) \
     select $1, v.id, v.organization_id, coalesce((select max(o.number) from platform.saved_view_versions o where o.view_id = v.id), 0) + 1, v.name, v.state, $3 \
     from platform.saved_views v where v.id = $2";
const FORGET: &str = "delete from platform.saved_view_versions where view_id = $1 \
     and number <= (select max(o.number) from platform.saved_view_versions o where o.view_id = $1) - 50";
const SHARE: &str = "update platform.saved_views set audience = $2, role_id = $3 where id = $1";
const DELETE: &str = "delete from platform.saved_views where id = $1";
/// Another view is the default of these people now. Of one's own there is one for each owner.
const CLEAR_DEFAULT: &str = "update platform.saved_views v set is_default = false \
     where v.is_default and v.page = $1 and v.audience = $2 and v.role_id is not distinct from $3 and v.id is distinct from $4 \
       and v.organization_id is not distinct from (select kernel.organization()) \
       and ($2 <> 'me' or v.owner_id = coalesce((select o.owner_id from platform.saved_views o where o.id = $4), (select platform.me())))";
const ROLE_EXISTS: &str = "select exists (select from identity.roles r where r.id = $1 \
       and r.scope = case when (select kernel.organization()) is null then 'platform' else 'organization' end \
       and (r.organization_id is null or r.organization_id = (select kernel.organization())))";

pub const STATEMENTS: &[&str] = &[INSERT, UPDATE, KEEP, FORGET, SHARE, DELETE, CLEAR_DEFAULT, ROLE_EXISTS];

pub(super) struct New<'a> {
    pub id: Uuid,
    pub organization: Option<Uuid>,
    pub made_by: &'a str,
    pub page: &'a str,
    pub name: &'a str,
    pub state: &'a str,
    pub slug: &'a str,
}

pub(super) async fn insert(db: &Client, new: &New<'_>, is_default: bool) -> Result<()> {
    let New { id, organization, made_by, page, name, state, slug } = new;
    db.execute(INSERT, &[id, organization, made_by, page, name, state, slug, &is_default]).await?;
    Ok(())
}

pub(super) async fn update(db: &Client, id: Uuid, name: &str, state: &str, is_default: bool) -> Result<()> {
    db.execute(UPDATE, &[&id, &name, &state, &is_default]).await?;
    Ok(())
}

/// Keeps what a view is as its newest earlier version, and the oldest no longer.
pub(super) async fn keep(db: &Client, version: Uuid, id: Uuid, by: &str) -> Result<()> {
    db.execute(KEEP, &[&version, &id, &by]).await?;
    db.execute(FORGET, &[&id]).await?;
    Ok(())
}

pub(super) async fn share(db: &Client, id: Uuid, audience: &str, role: Option<Uuid>) -> Result<()> {
    db.execute(SHARE, &[&id, &audience, &role]).await?;
    Ok(())
}

pub(super) async fn delete(db: &Client, id: Uuid) -> Result<()> {
    db.execute(DELETE, &[&id]).await?;
    Ok(())
}

pub(super) async fn clear_default(db: &Client, page: &str, audience: &str, role: Option<Uuid>, but: Option<Uuid>) -> Result<()> {
    db.execute(CLEAR_DEFAULT, &[&page, &audience, &role, &but]).await?;
    Ok(())
}

pub(super) async fn role_exists(db: &Client, role: Uuid) -> Result<bool> {
    Ok(db.query_one(ROLE_EXISTS, &[&role]).await?.get(0))
}
