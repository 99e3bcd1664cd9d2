//! The doors at which strangers could learn who has an account: what they ask there, for which kinds of account, and the
//! one answer that all of them get.

use crate::place::Place;
use http::StatusCode;
use serde_json::{Value, json};

/// Addresses of it come in by their provider alone. As long as the other domain, so that its length tells nothing.
const EXCLUSIVE: &str = "example.net";
const OTHERS: &str = "example.com";

/// A kind of account that a stranger may ask about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Known,
    Unknown,
    Suspended,
    WithoutPassword,
    /// Connected to a sign-in provider, and without a password.
    Bound,
    /// Of a domain whose provider is the only way in.
    Exclusive,
    /// Registered, and the address not yet confirmed.
    Waiting,
}

impl Kind {
    const ALL: [Self; 7] =
        [Self::Known, Self::Unknown, Self::Suspended, Self::WithoutPassword, Self::Bound, Self::Exclusive, Self::Waiting];

    pub fn name(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Unknown => "unknown",
            Self::Suspended => "suspended",
            Self::WithoutPassword => "without a password",
            Self::Bound => "bound to a provider",
            Self::Exclusive => "of a provider's domain",
            Self::Waiting => "not yet confirmed",
        }
    }

    /// The addresses of all kinds are equally long.
    pub fn email(self, number: usize) -> String {
        format!("{}{number:06}@{}", self.prefix(), self.domain())
    }

    fn prefix(self) -> String {
        let place = Self::ALL.iter().position(|kind| *kind == self).unwrap_or_default();
        format!("kind{place}-")
    }

    fn domain(self) -> &'static str {
        if self == Self::Exclusive { EXCLUSIVE } else { OTHERS }
    }
}

/// One door.
pub struct Door {
    pub name: &'static str,
    pub path: &'static str,
    pub kinds: &'static [Kind],
    pub status: StatusCode,
    pub asks: fn(&str) -> Value,
}

fn password(email: &str) -> Value {
    json!({"email": email, "password": "wrong-horse-battery"})
}

fn letter(email: &str) -> Value {
    json!({"email": email})
}

fn registration(email: &str) -> Value {
    json!({"email": email, "name": "Somebody Else", "password": "violet tundra biscuit anchor"})
}

/// The first kind of each is what the others are compared with.
pub const DOORS: [Door; 6] = [
    Door {
        name: "refusal",
        path: "/api/v1/session",
        kinds: &[Kind::Known, Kind::Unknown, Kind::Suspended, Kind::WithoutPassword, Kind::Bound, Kind::Exclusive],
        status: StatusCode::UNAUTHORIZED,
        asks: password,
    },
    Door {
        name: "refusal of app users",
        path: "/api/v1/account/session",
        kinds: &[Kind::Known, Kind::Unknown, Kind::Suspended, Kind::Bound, Kind::Exclusive, Kind::Waiting],
        status: StatusCode::UNAUTHORIZED,
        asks: password,
    },
    Door {
        name: "forgotten password",
        path: "/api/v1/account/session/forgotten-password",
        kinds: &[Kind::Known, Kind::Unknown, Kind::Suspended, Kind::Exclusive],
        status: StatusCode::ACCEPTED,
        asks: letter,
    },
    Door {
        name: "forgotten password of staff",
        path: "/api/v1/session/forgotten-password",
        kinds: &[Kind::Known, Kind::Unknown, Kind::Suspended],
        status: StatusCode::ACCEPTED,
        asks: letter,
    },
    Door {
        name: "link to sign in by",
        path: "/api/v1/account/session/magic-link",
        kinds: &[Kind::Known, Kind::Unknown, Kind::Suspended, Kind::Exclusive],
        status: StatusCode::ACCEPTED,
        asks: letter,
    },
    Door {
        name: "registration",
        path: "/api/v1/account/registration",
        kinds: &[Kind::Known, Kind::Unknown, Kind::Suspended, Kind::Waiting],
        status: StatusCode::ACCEPTED,
        asks: registration,
    },
];

/// What these doors need to be open.
pub const SETTINGS: [(&str, &str); 3] = [
    ("QUARTERDECK_SETTING_IDENTITY_REGISTRATION", "open"),
    ("QUARTERDECK_SETTING_IDENTITY_MAGIC_LINK", "true"),
    ("QUARTERDECK_SETTING_IDENTITY_STAFF_RESET", "true"),
];

/// As many accounts of every kind as are asked about, on both sides, with the password of the owner.
pub async fn furnish(place: &Place, accounts: usize) {
    let row = |kind: Kind| {
        let (word, domain) = (kind.prefix(), kind.domain());
        let status = if kind == Kind::Suspended { "suspended" } else { "active" };
        let has = !matches!(kind, Kind::WithoutPassword | Kind::Bound);
        format!("('{word}', '@{domain}', '{status}', {has}, {})", kind == Kind::Bound)
    };
    let kinds: Vec<String> = Kind::ALL.into_iter().filter(|kind| !matches!(kind, Kind::Unknown | Kind::Waiting)).map(row).collect();
    let of = |table: &str, columns: &str, values: &str| {
        format!(
            "insert into {table} (id, email, name, status, password_hash, password_set_at{columns}) \
             select gen_random_uuid(), k.word || lpad(n::text, 6, '0') || k.domain, 'Somebody', k.status, case when k.has then u.password_hash end, now(){values} \
             from dashboard_auth.dashboard_users u, generate_series(1, {accounts}) n, (values {}) k (word, domain, status, has, bound) \
             where u.email = '{}'",
            kinds.join(", "),
            testkit::OWNER_EMAIL
        )
    };
    let bound = |table: &str, accounts: &str| {
        format!(
            "insert into {table} (id, user_id, issuer, subject, email, created_at, last_used_at) \
             select gen_random_uuid(), id, 'https://login.example.com', email, email, now(), now() from {accounts} where email like '{}%'",
            Kind::Bound.prefix()
        )
    };
    let provider = |kind: &str| {
        format!(
            "with p as (insert into identity.providers (id, slug, label, account_kind, issuer, client_id, exclusive) \
               values (gen_random_uuid(), '{kind}', '{kind}', '{kind}', 'https://login.example.com', 'quarterdeck', true) returning id) \
             insert into identity.provider_domains (account_kind, domain, provider_id) select '{kind}', '{EXCLUSIVE}', id from p"
        )
    };
    let waiting = format!(
        "insert into auth.registrations (id, email, name, password_hash, browser_hash, created_at, expires_at) \
         select gen_random_uuid(), '{}' || lpad(n::text, 6, '0') || '@{OTHERS}', 'Somebody', u.password_hash, '\\x00', now(), now() + interval '1 day' \
         from dashboard_auth.dashboard_users u, generate_series(1, {accounts}) n where u.email = '{}'",
        Kind::Waiting.prefix(),
        testkit::OWNER_EMAIL
    );
    for statement in [
        of("auth.users", "", ""),
        of("dashboard_auth.dashboard_users", ", role_id", ", u.role_id"),
        bound("auth.identities", "auth.users"),
        bound("dashboard_auth.identities", "dashboard_auth.dashboard_users"),
        provider("staff"),
        provider("user"),
        waiting,
        "analyze".to_owned(),
    ] {
        place.db.batch_execute(&statement).await.unwrap();
    }
    // As they are where people signed in before: rows that nobody has read yet cost the first who does.
    for table in ["dashboard_auth.dashboard_users", "auth.users", "auth.registrations"] {
        place.db.batch_execute(&format!("vacuum analyze {table}")).await.unwrap();
    }
}
