//! Which session here was opened by which session at a provider: by that, either end can end the other.

use super::exchange::Said;
use super::provider::Provider;
use kernel::{App, Ctx, Problem, Result};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

/// A longer token doesn't fit into an address beside the rest.
const LONGEST_HINT: usize = 4000;

fn place(id: Uuid) -> String {
    format!("identity.provider_sessions|id_token|{id}")
}

/// Remembers the session there, before there is one here.
///
/// # Errors
/// When the database refuses.
pub(super) async fn remember(ctx: &Ctx, provider: &Provider, said: &Said) -> Result<Uuid> {
    let id = ctx.id();
    let kept = provider.sign_out_there && said.id_token.len() <= LONGEST_HINT;
    let hint = kept.then(|| ctx.app().keys.seal(&place(id), said.id_token.as_bytes())).transpose()?;
    store::insert(ctx.db(), id, provider.id, said.sid.as_deref(), hint.as_deref(), ctx.now()).await?;
    Ok(id)
}

/// The ID token that opened a session, as the provider wants to see it again.
pub(super) fn hint(app: &App, opened: &store::Opened) -> Result<Option<SecretString>> {
    let Some(sealed) = &opened.id_token else { return Ok(None) };
    let plain = app.keys.open(&place(opened.id), sealed)?;
    Ok(Some(String::from_utf8(plain.expose_secret().clone()).map_err(Problem::internal)?.into()))
}

pub mod store {
    use crate::kind::{Kind, Pair, pair};
    use chrono::{DateTime, Utc};
    use kernel::{Client, Result};
    use uuid::Uuid;

    const INSERT: &str = "insert into identity.provider_sessions (id, provider_id, sid, id_token, created_at) values ($1, $2, $3, $4, $5)";
    const BELONGS: Pair = pair!("update identity.provider_sessions set " own_session " = $2 where id = $1");
    const BEHIND: Pair = pair!("select o.id, p.slug, o.id_token from identity.provider_sessions o join identity.providers p on p.id = o.provider_id \
         join " session_tokens " k on k.session_id = o." own_session " where k.token_hash = $1 and p.enabled and p.sign_out_there");
    const END: Pair = pair!("update " sessions " s set revoked_at = $5, revoked_reason = 'signed out at the provider' from identity.provider_sessions o \
         where o." own_session " = s.id and o.provider_id = $1 and o.sid = $2 and s.revoked_at is null \
         and ($4::text is null or exists (select from " identities " i where i.user_id = s.user_id and i.issuer = $3 and i.subject = $4))");
    const FORGET_STEPS: &str = "delete from identity.provider_sessions where provider_id = $1 and sid = $2 and staff_session_id is null and user_session_id is null";
    const SWEEP: &str = "delete from identity.provider_sessions o where o.created_at < $1 \
         and not exists (select from dashboard_auth.sessions s where s.id = o.staff_session_id and s.revoked_at is null and s.expires_at > $1) \
         and not exists (select from auth.sessions s where s.id = o.user_session_id and s.revoked_at is null and s.expires_at > $1)";

    pub const STATEMENTS: &[&str] =
        &[INSERT, BELONGS.staff, BELONGS.user, BEHIND.staff, BEHIND.user, END.staff, END.user, FORGET_STEPS, SWEEP];

    pub(super) async fn insert(
        db: &Client,
        id: Uuid,
        provider: Uuid,
        sid: Option<&str>,
        id_token: Option<&[u8]>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        db.execute(INSERT, &[&id, &provider, &sid, &id_token, &now]).await?;
        Ok(())
    }

    /// The session here that it opened.
    pub(crate) async fn belongs(db: &Client, kind: Kind, id: Uuid, session: Uuid) -> Result<()> {
        db.execute(BELONGS.of(kind), &[&id, &session]).await?;
        Ok(())
    }

    /// What is behind a session here, where the provider signs people out.
    pub(crate) struct Opened {
        pub id: Uuid,
        pub slug: String,
        pub id_token: Option<Vec<u8>>,
    }

    pub(crate) async fn behind(db: &Client, kind: Kind, token_hash: &[u8]) -> Result<Option<Opened>> {
        let row = db.query_opt(BEHIND.of(kind), &[&token_hash]).await?;
        Ok(row.map(|row| Opened { id: row.get(0), slug: row.get(1), id_token: row.get(2) }))
    }

    /// Ends the sessions here that this one there opened, of this person when one is named; and sign-ins between their steps.
    pub(crate) async fn end(
        db: &Client,
        kind: Kind,
        (provider, sid): (Uuid, &str),
        (issuer, subject): (&str, Option<&str>),
        now: DateTime<Utc>,
    ) -> Result<u64> {
        db.execute(FORGET_STEPS, &[&provider, &sid]).await?;
        Ok(db.execute(END.of(kind), &[&provider, &sid, &issuer, &subject, &now]).await?)
    }

    pub(crate) async fn sweep(db: &Client, before: DateTime<Utc>) -> Result<u64> {
        Ok(db.execute(SWEEP, &[&before]).await?)
    }
}
