//! What somebody may do in an organization: what their role gives with all it extends, as far as their level leaves it,
//! while the organization, their account and the membership are active; and what their elevations give for a
//! while. Asked anew at every use.

use crate::elevations::granted::{self, Granted};
use crate::memberships::Level;
use crate::permission;
use chrono::{DateTime, Utc};
use kernel::{Client, Permissions, Registry, Result, Scope};
use uuid::Uuid;

/// A membership that counts at this moment.
#[derive(Clone, Debug)]
pub struct Member {
    pub id: Uuid,
    /// The role's stable name.
    pub role: String,
    pub patterns: Vec<String>,
    pub level: Level,
    pub elevations: Vec<Granted>,
}

impl Member {
    /// What the membership gives; keys have no more than this.
    #[must_use]
    pub fn permissions(&self, registry: &Registry) -> Permissions {
        permission::resolve_member(registry, &self.patterns, self.level)
    }

    /// What the person holds with their elevations in a session that did, or did not, show a second factor, and until when
    /// the answer may be believed at most.
    #[must_use]
    pub fn elevated(&self, registry: &Registry, showed: bool, until: DateTime<Utc>) -> (Permissions, DateTime<Utc>) {
        granted::over(registry, self.permissions(registry), &self.elevations, Scope::Organization, showed, until)
    }
}

/// The membership of a user in an organization; none when it or either of them is suspended or gone.
///
/// # Errors
/// When the database is away.
pub async fn find(db: &Client, user: Uuid, organization: Uuid) -> Result<Option<Member>> {
    // Both questions go out together.
    let (member, elevations) = futures::try_join!(store::find(db, user, organization), granted::of_member(db, user, organization))?;
    Ok(member.map(|member| Member { elevations, ..member }))
}

pub mod store {
    use super::{Client, Level, Member, Result, Uuid};

    const FIND: &str = "select m.id, r.name, identity.permissions_of(m.role_id), m.level \
         from identity.memberships m join identity.organizations o on o.id = m.organization_id \
         join auth.users u on u.id = m.user_id join identity.roles r on r.id = m.role_id \
         where m.user_id = $1 and m.organization_id = $2 and m.status = 'active' and o.status = 'active' and u.status = 'active' and u.deleted_at is null";

    pub const STATEMENTS: &[&str] = &[FIND];

    pub(super) async fn find(db: &Client, user: Uuid, organization: Uuid) -> Result<Option<Member>> {
        let row = db.query_opt(FIND, &[&user, &organization]).await?;
        Ok(row.map(|row| Member {
            id: row.get(0),
            role: row.get(1),
            patterns: row.get(2),
            level: Level::stored(row.get(3)),
            elevations: Vec::new(),
        }))
    }
}
