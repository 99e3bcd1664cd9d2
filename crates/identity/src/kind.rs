//! The two kinds of account. They share rules and code, and never tables, cookies, ids or sign-in routes: staff live
//! in `dashboard_auth`, app users in `auth`.

use kernel::ActorKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Kind {
    Staff,
    User,
}

impl Kind {
    pub const BOTH: [Self; 2] = [Self::Staff, Self::User];

    /// As tables that both share name it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::User => "user",
        }
    }

    /// The noun: `staff`, `users`.
    #[must_use]
    pub fn collection(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::User => "users",
        }
    }

    /// The noun of its sessions.
    #[must_use]
    pub fn sessions(self) -> &'static str {
        match self {
            Self::Staff => "sessions",
            Self::User => "user-sessions",
        }
    }

    /// Where signing in is, below `/api/v1`.
    #[must_use]
    pub fn door(self) -> &'static str {
        match self {
            Self::Staff => "/session",
            Self::User => "/account/session",
        }
    }

    /// Where one's own account is, below `/api/v1`.
    #[must_use]
    pub fn own(self) -> &'static str {
        match self {
            Self::Staff => "/profile",
            Self::User => "/account",
        }
    }

    /// The start of operation ids.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Staff => "session",
            Self::User => "account",
        }
    }

    #[must_use]
    pub fn actor(self) -> ActorKind {
        match self {
            Self::Staff => ActorKind::Staff,
            Self::User => ActorKind::Person,
        }
    }
}

/// One statement in two versions, from one text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    pub staff: &'static str,
    pub user: &'static str,
}

impl Pair {
    #[must_use]
    pub fn of(self, kind: Kind) -> &'static str {
        match kind {
            Kind::Staff => self.staff,
            Kind::User => self.user,
        }
    }
}

/// `pair!("update " sessions " set …")`: the words outside quotes become the table or column of each kind.
macro_rules! pair {
    ($($part:tt)+) => {
        $crate::kind::Pair { staff: concat!($($crate::kind::word!(staff $part)),+), user: concat!($($crate::kind::word!(user $part)),+) }
    };
}

macro_rules! word {
    (staff accounts) => {
        "dashboard_auth.dashboard_users"
    };
    (user accounts) => {
        "auth.users"
    };
    (staff sessions) => {
        "dashboard_auth.sessions"
    };
    (user sessions) => {
        "auth.sessions"
    };
    (staff session_tokens) => {
        "dashboard_auth.session_tokens"
    };
    (user session_tokens) => {
        "auth.session_tokens"
    };
    (staff password_resets) => {
        "dashboard_auth.password_resets"
    };
    (user password_resets) => {
        "auth.password_resets"
    };
    (staff identities) => {
        "dashboard_auth.identities"
    };
    (user identities) => {
        "auth.identities"
    };
    // The columns of tables that both kinds share.
    (staff own_session) => {
        "staff_session_id"
    };
    (user own_session) => {
        "user_session_id"
    };
    (staff owner) => {
        "staff_id"
    };
    (user owner) => {
        "user_id"
    };
    ($kind:ident $text:literal) => {
        $text
    };
}

pub(crate) use pair;
pub(crate) use word;
