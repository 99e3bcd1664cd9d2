//! Rows seen in somebody's place: the role and the claims of one transaction, and the proof at its end that nothing in
//! it left that role.

use deadpool_postgres::ClientWrapper;
use kernel::list::{Param, Preamble};
use kernel::problem::is_raised;
use kernel::{DatabaseRole, Problem, SeenAs};
use tokio_postgres::error::DbError;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Statement};

/// Role and claims of this transaction; and what a function that was called before may have left in the session, as it
/// should be. The names with `claim` are those of older policies.
pub(crate) const TAKE: &str = "select pg_catalog.set_config('role', $1, true), pg_catalog.set_config('search_path', '\"$user\", public', true), \
     pg_catalog.set_config('request.jwt.claims', $2, true), pg_catalog.set_config('request.jwt.claim', '', true), \
     pg_catalog.set_config('request.jwt.claim.sub', coalesce(pg_catalog.jsonb_extract_path_text($2::pg_catalog.text::pg_catalog.jsonb, 'sub'), ''), true), \
     pg_catalog.set_config('request.jwt.claim.role', $1, true), \
     pg_catalog.set_config('request.jwt.claim.email', coalesce(pg_catalog.jsonb_extract_path_text($2::pg_catalog.text::pg_catalog.jsonb, 'email'), ''), true), \
     pg_catalog.set_config('row_security', 'on', true), pg_catalog.set_config('timezone', 'UTC', true), pg_catalog.set_config('datestyle', 'ISO, MDY', true), \
     pg_catalog.set_config('intervalstyle', 'postgres', true), pg_catalog.set_config('bytea_output', 'hex', true), \
     pg_catalog.set_config('extra_float_digits', '1', true)";

pub const STATEMENTS: &[&str] = &[TAKE];

/// A statement that fails in any other role.
macro_rules! still {
    ($role:literal) => {
        concat!(
            "select (case when current_user operator(pg_catalog.=) '",
            $role,
            "'::pg_catalog.name then '0'::pg_catalog.text else current_user::pg_catalog.text end)::pg_catalog.int4"
        )
    };
}

#[must_use]
pub fn check(role: DatabaseRole) -> &'static str {
    match role {
        DatabaseRole::Anon => still!("anon"),
        DatabaseRole::Authenticated => still!("authenticated"),
        DatabaseRole::Service => still!("service_role"),
    }
}

/// How a read begins and is checked; the explorer's own needs neither.
#[must_use]
pub fn preamble(seen: Option<&SeenAs>) -> Preamble {
    let Some(seen) = seen else { return Preamble::bare() };
    Preamble { check: check(seen.role), ..Preamble::new(TAKE, vec![seen.role.name().to_owned(), seen.claims.clone()]) }
}

/// Takes the place in the open transaction. Sent when it is first polled, so that it can leave together with what follows.
///
/// # Errors
/// When the role can't be taken.
pub async fn take(client: &ClientWrapper, statement: Option<&Statement>, seen: Option<&SeenAs>) -> Result<(), Error> {
    let (Some(statement), Some(seen)) = (statement, seen) else { return Ok(()) };
    let (role, claims) = (Param::text(seen.role.name()), Param::text(&seen.claims));
    let values: [&(dyn ToSql + Sync); 2] = [&role, &claims];
    client.query(statement, &values).await.map(drop)
}

/// The statement that [`take`] runs.
///
/// # Errors
/// When the database is away.
pub async fn statement(client: &ClientWrapper, seen: Option<&SeenAs>) -> Result<Option<Statement>, Error> {
    match seen {
        Some(_) => client.prepare_cached(TAKE).await.map(Some),
        None => Ok(None),
    }
}

/// Triggers that wait for the end of the transaction run now, before the proof.
pub const SETTLE: &str = "set constraints all immediate";
/// One of them may have put another off again, which nothing shows. It runs at the commit, after the proof, and there it
/// changes nothing any more: no transaction that has begun becomes read-write again.
pub const SEAL: &str = "set transaction read only";

/// Ends the transaction, unless something in it left the role.
///
/// # Errors
/// 403 then, and nothing was changed; otherwise what the database refuses.
pub async fn commit(client: &ClientWrapper, seen: Option<&SeenAs>) -> Result<(), Problem> {
    let Some(seen) = seen else { return Ok(client.batch_execute("commit").await?) };
    let (settled, checked, sealed, committed) = futures::join!(
        client.batch_execute(SETTLE),
        client.batch_execute(check(seen.role)),
        client.batch_execute(SEAL),
        client.batch_execute("commit")
    );
    settled?;
    let left = |error: Error| Problem::refused(kernel::list::failure::LEFT).because(error);
    checked.map_err(|error| if error.as_db_error().is_some() { left(error) } else { error.into() })?;
    sealed?;
    committed.map_err(|error| if error.as_db_error().is_some_and(is_put_off) { left(error) } else { error.into() })
}

/// Whether a commit failed by a trigger that put itself off until after the proof. What it says may be what only the
/// login can see, so nobody is told, whatever code it borrows; what is no fault of its own is known by the class of its code
/// and answered in words of our own (`kernel::problem`), never in PostgreSQL's.
#[must_use]
pub fn is_put_off(db: &DbError) -> bool {
    is_raised(db) || !["08", "40", "53", "57", "58", "XX"].iter().any(|class| db.code().code().starts_with(class))
}
