//! Who may register, and what becomes of them.

use kernel::setting::SettingDef;
use kernel::{App, Result, Setting};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Who may make an account for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    Disabled,
    /// Who has a code.
    Invitation,
    Open,
}

const MODE: Setting<Mode> = Setting::new("identity.registration");
const DOMAINS: Setting<Vec<String>> = Setting::new("identity.registration_domains");
const CONFIRMED: Setting<bool> = Setting::new("identity.registration_confirmed");
const OWN_ORGANIZATION: Setting<bool> = Setting::new("identity.registration_organization");

#[must_use]
pub(crate) fn settings() -> [SettingDef; 4] {
    let switch = json!({"type": "boolean"});
    [
        MODE.declare(
            "Who may register",
            "With an invitation: who has a registration code",
            json!({"type": "string", "oneOf": [{"const": "disabled", "title": "Nobody"}, {"const": "invitation", "title": "With an invitation"}, {"const": "open", "title": "Everybody"}]}),
            json!("disabled"),
        ),
        DOMAINS.declare(
            "Domains of e-mail addresses that may register",
            "Such as example.com, without what is below it. Empty: any. Only who has a code is told which they are",
            json!({"type": "array", "maxItems": 100, "uniqueItems": true, "items": {"type": "string", "maxLength": 253, "pattern": r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"}}),
            json!([]),
        ),
        CONFIRMED.declare(
            "Who registers confirms the e-mail address first",
            "By a link in a letter. Without it, an account can be made with somebody else's address, and anybody can find out who has one",
            switch.clone(),
            json!(true),
        ),
        OWN_ORGANIZATION.declare(
            "Who registers gets an organization of their own",
            "They name it, own it and run it. Who comes with the code of an organization joins that one instead",
            switch,
            json!(false),
        ),
    ]
}

/// What registering asks for at this moment.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub mode: Mode,
    pub domains: Vec<String>,
    pub confirmed: bool,
    pub own_organization: bool,
}

impl Rules {
    /// # Errors
    /// 500 when a setting isn't declared, a fault of ours.
    pub fn of(app: &App) -> Result<Self> {
        Ok(Self {
            mode: MODE.get(app)?,
            domains: DOMAINS.get(app)?,
            confirmed: CONFIRMED.get(app)?,
            own_organization: OWN_ORGANIZATION.get(app)?,
        })
    }

    /// Whether somebody gets in, with a code or without.
    #[must_use]
    pub fn admit(&self, with_code: bool) -> bool {
        match self.mode {
            Mode::Disabled => false,
            Mode::Invitation => with_code,
            Mode::Open => true,
        }
    }

    #[must_use]
    pub fn takes(&self, email: &str) -> bool {
        self.domains.is_empty() || email.rsplit_once('@').is_some_and(|(_, domain)| self.domains.iter().any(|d| d == domain))
    }
}

/// What the sign-in page offers.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Offer {
    pub mode: Mode,
    /// Whether an organization's name is asked for.
    pub organization: bool,
    /// Whether a letter has to be opened before the account is there.
    pub confirmed: bool,
}

/// # Errors
/// As [`Rules::of`].
pub(crate) fn offer(app: &App) -> Result<Offer> {
    let rules = Rules::of(app)?;
    Ok(Offer { mode: rules.mode, organization: rules.own_organization, confirmed: rules.confirmed })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(mode: Mode, domains: &[&str]) -> Rules {
        Rules { mode, domains: domains.iter().map(|d| (*d).to_owned()).collect(), confirmed: true, own_organization: false }
    }

    #[test]
    fn a_domain_is_the_whole_domain() {
        let some = rules(Mode::Open, &["example.com", "example.org"]);
        assert!(some.takes("ada@example.com") && some.takes("ada@example.org"));
        for other in ["ada@mail.example.com", "ada@badexample.com", "ada@example.com.evil.net", "ada@example.comx"] {
            assert!(!some.takes(other), "{other}");
        }
        assert!(rules(Mode::Open, &[]).takes("ada@anywhere.net"));
    }

    #[test]
    fn who_gets_in() {
        let admits = |mode| (rules(mode, &[]).admit(false), rules(mode, &[]).admit(true));
        assert_eq!(admits(Mode::Disabled), (false, false));
        assert_eq!(admits(Mode::Invitation), (false, true));
        assert_eq!(admits(Mode::Open), (true, true));
    }
}
