//! What a row of the log is about, and how long rows of that kind are kept.

use kernel::setting::SettingDef;
use kernel::{App, Result, Setting};
use serde_json::json;

/// Days that mean for ever.
const FOR_EVER: i64 = 36_500;

/// The classes of `kernel.audit_class`, which finds rows by them. What is removed is reckoned here again, from the signed text:
/// who changes the function in the database must not make the panel remove what it would keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Something is another than before.
    Change,
    /// Somebody looked at what is sensitive, or took it away.
    Access,
    SignIn,
    /// Who may do what, and with which proof.
    Security,
}

const ACCESS: [&str; 9] = [
    "rows.reveal",
    "rows.export",
    "rows.compare",
    "rows.explain",
    "rows.watch",
    "sql.read",
    "sql.export",
    "audit.export",
    "users.impersonate",
];
const SECURITY: [&str; 11] = [
    "roles.",
    "staff",
    "keys.",
    "restrictions.",
    "hours.",
    "identity-providers.",
    "elevations.",
    "settings.",
    "sensitive-columns.",
    "audit.",
    "registration-codes.",
];

impl Class {
    pub const ALL: [Self; 4] = [Self::Change, Self::Access, Self::SignIn, Self::Security];

    /// As `kernel.audit_class` says; a test compares the two.
    #[must_use]
    pub fn of(action: &str) -> Self {
        let begins = |all: &[&str]| all.iter().any(|word| action.starts_with(word));
        if ACCESS.contains(&action) || begins(&["row-exports.", "impersonation"]) {
            Self::Access
        } else if begins(&["sessions.", "user-sessions.", "member-sessions."]) {
            Self::SignIn
        } else if begins(&SECURITY)
            || ["invitations.", "factor", "password"].iter().any(|word| action.contains(word))
            || [".change-role", ".make-owner", "-ownership"].iter().any(|word| action.ends_with(word))
        {
            Self::Security
        } else {
            Self::Change
        }
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Access => "access",
            Self::SignIn => "sign_in",
            Self::Security => "security",
        }
    }

    fn days_setting(self) -> Setting<i64> {
        Setting::new(match self {
            Self::Change => "safety.keep_changes_days",
            Self::Access => "safety.keep_access_days",
            Self::SignIn => "safety.keep_sign_in_days",
            Self::Security => "safety.keep_security_days",
        })
    }

    /// How long its rows are kept; none is for ever.
    ///
    /// # Errors
    /// When the setting doesn't fit its type: a fault of ours.
    pub fn days(self, app: &App) -> Result<Option<i64>> {
        Ok(Some(self.days_setting().get(app)?).filter(|&days| days < FOR_EVER))
    }

    pub(crate) fn setting(self) -> SettingDef {
        let (label, help, least) = match self {
            Self::Change => ("Keep changes in the audit log for days", "What was created, changed and deleted. 36500 is for ever", 365),
            Self::Access => (
                "Keep sensitive reads in the audit log for days",
                "Revealed columns, exports, SQL, and who looked in whose place. 36500 is for ever",
                90,
            ),
            Self::SignIn => ("Keep sign-ins in the audit log for days", "Sign-ins, also those that failed. 36500 is for ever", 90),
            Self::Security => (
                "Keep changes of security in the audit log for days",
                "Roles, staff, keys, passwords, second factors, settings. 36500 is for ever",
                365,
            ),
        };
        self.days_setting().declare(label, help, json!({"type": "integer", "minimum": least, "maximum": FOR_EVER}), json!(FOR_EVER))
    }
}
