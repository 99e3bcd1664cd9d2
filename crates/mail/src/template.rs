//! The texts of letters, written so that people who don't program can change them:
//!
//! ```text
//! Subject: You are invited to {{platform}}
//! Button: Accept the invitation
//!
//! {{inviter}} has invited you.
//!
//! ---
//! The link works once.
//! ```
//!
//! Head lines, paragraphs, then what is said in small print after `---`. `{{name}}` stands for a value; a paragraph
//! whose value is missing is left out, so that there is no `if`.

use std::collections::BTreeMap;

/// A letter with its values put in; still plain text everywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    pub subject: String,
    /// What the button says, when there is one.
    pub button: Option<String>,
    pub paragraphs: Vec<String>,
    pub small_print: Vec<String>,
}

/// Puts the values into a text.
///
/// # Errors
/// What is wrong with the text: a head line that is none, a name that nobody gives.
pub fn render(text: &str, known: &[&str], values: &BTreeMap<String, String>) -> Result<Rendered, String> {
    let text = text.replace("\r\n", "\n");
    let (head, body) = text.trim_start().split_once("\n\n").ok_or("an empty line must follow the head lines")?;
    let mut rendered = Rendered::default();
    for line in head.lines() {
        match line.split_once(": ") {
            Some(("Subject", subject)) => rendered.subject = fill(subject, known, values)?.ok_or("the subject needs all its values")?,
            Some(("Button", label)) => rendered.button = Some(label.trim().to_owned()),
            _ => return Err(format!("{line:?} is no head line; there are Subject and Button")),
        }
    }
    if rendered.subject.trim().is_empty() {
        return Err("the head line Subject is missing".to_owned());
    }
    let (main, small) = body.split_once("\n---\n").unwrap_or((body, ""));
    rendered.paragraphs = paragraphs(main, known, values)?;
    rendered.small_print = paragraphs(small, known, values)?;
    Ok(rendered)
}

fn paragraphs(text: &str, known: &[&str], values: &BTreeMap<String, String>) -> Result<Vec<String>, String> {
    let mut filled = Vec::new();
    for paragraph in text.split("\n\n").map(str::trim).filter(|p| !p.is_empty()) {
        let joined = paragraph.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        filled.extend(fill(&joined, known, values)?);
    }
    Ok(filled)
}

/// None when a value is missing.
fn fill(text: &str, known: &[&str], values: &BTreeMap<String, String>) -> Result<Option<String>, String> {
    let (mut filled, mut rest, mut whole) = (String::new(), text, true);
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").ok_or_else(|| format!("{text:?} has {{{{ without }}}}"))?;
        let name = name.trim();
        if name != "platform" && !known.contains(&name) {
            return Err(format!("there is no value {name}; there are platform, {}", known.join(", ")));
        }
        filled.push_str(before);
        match values.get(name) {
            Some(value) => filled.push_str(value),
            None => whole = false,
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(whole.then_some(filled))
}

/// A value as it may stand in a letter: one line, nothing invisible that turns what people read around, not endless.
#[must_use]
pub fn clean(value: &str) -> String {
    let unseen = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let spaced: String = value.chars().map(|c| if c.is_control() || unseen(c) { ' ' } else { c }).take(500).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A name to greet somebody by; what looks like an address to lure people to is none.
#[must_use]
pub fn greetable(name: &str) -> Option<String> {
    let name = clean(name);
    let lure = name.contains("//") || name.to_lowercase().contains("www.") || name.contains('@');
    (!name.is_empty() && !lure && name.chars().count() <= 120).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    const TEXT: &str = "Subject: Join {{platform}}\nButton: Join\n\n{{inviter}} asks\nyou to join.\n\nYou join {{organization}}.\n\n---\nUntil {{until}}.\n";

    #[test]
    fn a_paragraph_without_its_value_is_left_out() {
        let known = ["inviter", "organization", "until"];
        let given = values(&[("platform", "Deck"), ("inviter", "Ada {{until}}"), ("until", "noon")]);
        let rendered = render(TEXT, &known, &given).unwrap();
        assert_eq!(rendered.subject, "Join Deck");
        assert_eq!(rendered.paragraphs, ["Ada {{until}} asks you to join."], "a value is no template");
        assert_eq!(rendered.small_print, ["Until noon."]);
    }

    #[test]
    fn a_text_that_cannot_be_filled_says_why() {
        assert!(render(TEXT, &["inviter"], &values(&[])).unwrap_err().contains("no value") || render(TEXT, &[], &values(&[])).is_err());
        assert!(render("Subject: x", &[], &values(&[])).is_err());
        assert!(render("Bcc: x\n\nHello", &[], &values(&[])).unwrap_err().contains("no head line"));
        assert!(render("Subject: x\n\nHello {{name", &[], &values(&[])).unwrap_err().contains("without"));
    }

    #[test]
    fn values_are_one_visible_line() {
        assert_eq!(clean("Ada\r\nBcc: eve@example.com"), "Ada Bcc: eve@example.com");
        assert_eq!(clean("Ada\u{202e}gpj.exe"), "Ada gpj.exe");
        assert_eq!(clean("  Grace \u{7} Hopper "), "Grace Hopper");
        assert_eq!(greetable("Grace Hopper").as_deref(), Some("Grace Hopper"));
        assert_eq!(greetable("Win at https://evil.example"), None);
        assert_eq!(greetable(" \n"), None);
    }
}
