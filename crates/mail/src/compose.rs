//! From a queued mail to the bytes that leave.

use crate::config::Sender;
use crate::layout::{self, Frame};
use crate::letter::{Language, Letter};
use crate::template::{self, greetable};
use chrono::{DateTime, Utc};
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use lettre::{Address, message::header};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What the queue keeps of a mail, sealed.
#[derive(Clone, Serialize, Deserialize)]
pub struct Content {
    pub email: String,
    pub name: Option<String>,
    pub language: Language,
    pub platform: String,
    pub values: BTreeMap<String, String>,
    pub link: Option<String>,
    /// After this the link in it is worth nothing, and it needn't be sent.
    pub expires_at: Option<DateTime<Utc>>,
    pub written_at: DateTime<Utc>,
}

/// Who sent the mail, for machines: nobody answers it, and it is no reason for an automatic answer.
#[derive(Clone)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The message. Its id comes from the mail, not from the attempt, so that a second copy can be recognised.
///
/// # Errors
/// What is wrong with the letter or the address.
pub fn compose(mail: Uuid, letter: &Letter, content: &Content, from: &Sender) -> Result<Message, String> {
    let mut values = content.values.clone();
    values.insert("platform".to_owned(), content.platform.clone());
    let rendered = template::render(letter.text(content.language), letter.values, &values)?;
    let name = content.name.as_deref().and_then(greetable);
    let frame = Frame { language: content.language, platform: &content.platform, name: name.as_deref(), link: content.link.as_deref() };
    let address: Address = content.email.parse().map_err(|e| format!("the recipient's address: {e}"))?;
    let part = |kind: ContentType, body: String| SinglePart::builder().header(kind).body(body);
    Message::builder()
        .from(from.mailbox())
        .to(Mailbox::new(name.clone(), address))
        .subject(&rendered.subject)
        .date(content.written_at.into())
        .message_id(Some(format!("<{}@{}>", mail.simple(), from.domain().trim_matches(['[', ']']))))
        .header(AutoSubmitted)
        .multipart(
            MultiPart::builder()
                .header(ContentType::parse("multipart/alternative").map_err(|e| e.to_string())?)
                .boundary(format!("quarterdeck-{}", mail.simple()))
                .singlepart(part(ContentType::TEXT_PLAIN, layout::text(&rendered, &frame)))
                .singlepart(part(ContentType::TEXT_HTML, layout::html(&rendered, &frame))),
        )
        .map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone as _;

    const LETTER: Letter = Letter {
        name: "test.letter",
        en: "Subject: {{inviter}} invites you\nButton: Go\n\nCome to {{platform}}.\n",
        de: "Subject: {{inviter}} lädt Sie ein\nButton: Los\n\nKommen Sie zu {{platform}}.\n",
        values: &["inviter"],
    };

    fn content(name: &str, inviter: &str) -> Content {
        Content {
            email: "grace@example.com".into(),
            name: Some(name.into()),
            language: Language::De,
            platform: "Deck".into(),
            values: [("inviter".to_owned(), template::clean(inviter))].into(),
            link: Some("https://deck.example/a".into()),
            expires_at: None,
            written_at: Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap(),
        }
    }

    fn written(name: &str, inviter: &str) -> String {
        let from = Sender::parse("Panel <panel@example.com>").unwrap();
        let message = compose(Uuid::from_u128(7), &LETTER, &content(name, inviter), &from).unwrap();
        String::from_utf8(message.formatted()).unwrap()
    }

    fn heads(message: &str) -> Vec<&str> {
        message.split("\r\n\r\n").next().unwrap().lines().collect()
    }

    #[test]
    fn nothing_a_person_is_called_becomes_a_head_line() {
        for evil in
            ["Eve\r\nBcc: all@example.com", "Eve\nBcc: all@example.com", "Eve\u{2028}Bcc: all@example.com", "\"Eve\" <x@y.example>,"]
        {
            let message = written(evil, evil);
            assert!(!heads(&message).iter().any(|line| line.to_lowercase().starts_with("bcc")), "{message}");
            assert_eq!(message.matches("To: ").count(), 1, "{message}");
        }
    }

    #[test]
    fn names_of_every_script_are_encoded_and_the_bytes_stay_the_same() {
        let message = written("Żółć 山田", "Łukasz");
        assert!(message.is_ascii(), "{message}");
        assert!(message.contains("=?utf-8?") && message.contains("Auto-Submitted: auto-generated"), "{message}");
        assert!(message.contains("Message-ID: <00000000000000000000000000000007@example.com>"), "{message}");
        assert_eq!(message, written("Żółć 山田", "Łukasz"), "a second attempt sends the same");
    }
}
