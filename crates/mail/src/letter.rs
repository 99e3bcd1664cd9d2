//! Letters: what is said, in each language. A letter is a pair of small text files beside the room that sends it.

use crate::template;
use chrono::{DateTime, Datelike as _, Utc};
use kernel::{App, Setting};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The languages letters are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    #[default]
    En,
    De,
}

const PLATFORM_LANGUAGE: Setting<Language> = Setting::new("mail.language");

pub(crate) fn setting() -> kernel::setting::SettingDef {
    PLATFORM_LANGUAGE.declare(
        "Language of mail",
        "For people whose own language isn't known",
        json!({"type": "string", "enum": ["en", "de"]}),
        json!("en"),
    )
}

impl Language {
    /// The language of this platform.
    #[must_use]
    pub fn of_platform(app: &App) -> Self {
        PLATFORM_LANGUAGE.get(app).unwrap_or_default()
    }

    /// A person's own language where it is known and spoken here, else the platform's.
    #[must_use]
    pub fn of_person(app: &App, language: Option<&str>) -> Self {
        match language {
            Some("en") => Self::En,
            Some("de") => Self::De,
            _ => Self::of_platform(app),
        }
    }

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }
}

/// What a letter says. The texts are templates, see [`crate::template`].
#[derive(Debug)]
pub struct Letter {
    /// `room.what`, kept in the queue: never rename it.
    pub name: &'static str,
    pub en: &'static str,
    pub de: &'static str,
    /// The values that the texts may use, beside `platform`.
    pub values: &'static [&'static str],
}

impl Letter {
    #[must_use]
    pub fn text(&self, language: Language) -> &'static str {
        match language {
            Language::En => self.en,
            Language::De => self.de,
        }
    }

    /// Fills the text with made-up values, and looks whether it uses each of them: for tests.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn try_out(&self, language: Language) -> Result<(), String> {
        let values = self.values.iter().map(|name| ((*name).to_owned(), format!("<{name}>")));
        let values = values.chain([("platform".to_owned(), "Platform".to_owned())]).collect();
        let filled = format!("{:?}", template::render(self.text(language), self.values, &values)?);
        match self.values.iter().find(|name| !filled.contains(&format!("<{name}>"))) {
            Some(name) => Err(format!("it doesn't say {name}")),
            None => Ok(()),
        }
    }
}

const MONTHS: [[&str; 12]; 2] = [
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
    ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"],
];

/// A moment in words: `27 November 2026, 09:30 UTC`.
#[must_use]
pub fn moment(language: Language, at: DateTime<Utc>) -> String {
    let month = |names: [&'static str; 12]| usize::try_from(at.month0()).ok().and_then(|i| names.get(i).copied()).unwrap_or_default();
    let [en, de] = MONTHS;
    match language {
        Language::En => format!("{} {} {}, {} UTC", at.day(), month(en), at.year(), at.format("%H:%M")),
        Language::De => format!("{}. {} {}, {} Uhr (UTC)", at.day(), month(de), at.year(), at.format("%H:%M")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone as _;

    #[test]
    fn moments_are_written_as_people_do() {
        let at = Utc.with_ymd_and_hms(2026, 3, 7, 9, 5, 0).unwrap();
        assert_eq!(moment(Language::En, at), "7 March 2026, 09:05 UTC");
        assert_eq!(moment(Language::De, at), "7. März 2026, 09:05 Uhr (UTC)");
    }
}
