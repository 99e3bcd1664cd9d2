//! Staff who see the administered database as somebody: what rows are read and written as, and for how much.

use uuid::Uuid;

/// The three roles that a web client of PostgreSQL has, by the names that Supabase and Fluxbase gave them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseRole {
    Anon,
    Authenticated,
    Service,
}

impl DatabaseRole {
    pub const ALL: [Self; 3] = [Self::Anon, Self::Authenticated, Self::Service];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Anon => "anon",
            Self::Authenticated => "authenticated",
            Self::Service => "service_role",
        }
    }
}

/// A caller's requests for rows are made in this place, never with the caller's own rights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenAs {
    /// The impersonation that this belongs to.
    pub id: Uuid,
    pub role: DatabaseRole,
    /// What row policies know of the subject: the claims of a token, as JSON.
    pub claims: String,
    pub read_only: bool,
}
