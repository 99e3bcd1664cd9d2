//! The one look of all letters, as HTML and as text. No remote images, no scripts, dark where the reader is dark.

use crate::letter::Language;
use crate::template::Rendered;

/// What surrounds a letter.
pub struct Frame<'a> {
    pub language: Language,
    pub platform: &'a str,
    pub name: Option<&'a str>,
    pub link: Option<&'a str>,
}

impl Frame<'_> {
    fn greeting(&self) -> String {
        match (self.language, self.name) {
            (Language::En, Some(name)) => format!("Hello {name},"),
            (Language::En, None) => "Hello,".to_owned(),
            (Language::De, Some(name)) => format!("Guten Tag {name},"),
            (Language::De, None) => "Guten Tag,".to_owned(),
        }
    }

    fn fallback(&self) -> &'static str {
        match self.language {
            Language::En => "If the button doesn't work, copy this address into your browser:",
            Language::De => "Falls die Schaltfläche nicht funktioniert, kopieren Sie diese Adresse in Ihren Browser:",
        }
    }

    fn footer(&self) -> String {
        match self.language {
            Language::En => format!("{} sent this mail automatically. If you didn't expect it, you can ignore it.", self.platform),
            Language::De => {
                format!(
                    "{} hat diese Mail automatisch gesendet. Wenn Sie sie nicht erwartet haben, können Sie sie ignorieren.",
                    self.platform
                )
            }
        }
    }
}

/// The part for readers without HTML.
#[must_use]
pub fn text(letter: &Rendered, frame: &Frame<'_>) -> String {
    let mut blocks = vec![frame.greeting()];
    blocks.extend(letter.paragraphs.iter().map(|p| wrap(p)));
    if let Some(link) = frame.link {
        blocks.push(format!("{}:\n{link}", letter.button.as_deref().unwrap_or("Link")));
    }
    blocks.extend(letter.small_print.iter().map(|p| wrap(p)));
    blocks.push(format!("-- \n{}", wrap(&frame.footer())));
    blocks.join("\n\n") + "\n"
}

/// Lines of at most 72 characters, as mail is read in a terminal.
fn wrap(paragraph: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in paragraph.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= 72 => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
        out
    })
}

const STYLE: &str = "body{margin:0;padding:0;background:#f4f5f7;color:#1c2024}\
.card{background:#ffffff;border:1px solid #e3e5e8}.muted{color:#60646c}.link{color:#3b5bdb}\
@media (prefers-color-scheme:dark){body,.page{background:#141517!important;color:#e6e7e9!important}\
.card{background:#1d1e22!important;border-color:#33353b!important}.muted{color:#a4a8af!important}.link{color:#91a7ff!important}}";

const FONT: &str = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

/// The part for everybody else. Tables, because that is what mail programs lay out alike.
#[must_use]
pub fn html(letter: &Rendered, frame: &Frame<'_>) -> String {
    let paragraph = |text: &str, class: &str, size: u8| {
        format!("<p class=\"{class}\" style=\"margin:0 0 16px;font-size:{size}px;line-height:1.5\">{}</p>\n", escape(text))
    };
    let mut body = paragraph(&frame.greeting(), "", 15);
    letter.paragraphs.iter().for_each(|p| body.push_str(&paragraph(p, "", 15)));
    if let Some(link) = frame.link {
        let link = escape(link);
        if let Some(label) = &letter.button {
            body.push_str(&format!(
                "<p style=\"margin:24px 0\"><a href=\"{link}\" style=\"display:inline-block;padding:10px 20px;border-radius:6px;background:#3b5bdb;\
                 color:#ffffff;font-size:15px;font-weight:600;text-decoration:none\">{}</a></p>\n",
                escape(label)
            ));
            body.push_str(&paragraph(frame.fallback(), "muted", 13));
        }
        body.push_str(&format!(
            "<p style=\"margin:0 0 16px;font-size:13px;line-height:1.5;word-break:break-all\"><a class=\"link\" href=\"{link}\">{link}</a></p>\n"
        ));
    }
    letter.small_print.iter().for_each(|p| body.push_str(&paragraph(p, "muted", 13)));
    let (language, title, platform, footer) =
        (frame.language.code(), escape(&letter.subject), escape(frame.platform), escape(&frame.footer()));
    format!(
        "<!doctype html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"supported-color-schemes\" content=\"light dark\">\
         <title>{title}</title><style>{STYLE}</style></head>\n<body>\n\
         <table role=\"presentation\" class=\"page\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"{FONT}\"><tr><td align=\"center\" style=\"padding:32px 16px\">\n\
         <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"max-width:560px\">\n\
         <tr><td style=\"padding:0 4px 12px;font-size:15px;font-weight:600\">{platform}</td></tr>\n\
         <tr><td class=\"card\" style=\"padding:28px 28px 12px;border-radius:8px\">\n{body}</td></tr>\n\
         <tr><td class=\"muted\" style=\"padding:16px 4px;font-size:12px;line-height:1.5\">{footer}</td></tr>\n\
         </table></td></tr></table>\n</body></html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Rendered {
        Rendered {
            subject: "Join <Deck>".into(),
            button: Some("Join & see".into()),
            paragraphs: vec!["<script>alert(1)</script> asks you to join, and this sentence is long enough to be wrapped once.".into()],
            small_print: vec!["The link works once.".into()],
        }
    }

    #[test]
    fn values_cannot_become_markup() {
        let frame =
            Frame { language: Language::En, platform: "Deck", name: Some("<b>Ada</b>"), link: Some("https://deck.example/a?b=1&c=\"2") };
        let html = html(&letter(), &frame);
        assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
        assert!(html.contains("https://deck.example/a?b=1&amp;c=&quot;2"));
        assert!(!html.contains("<img") && !html.contains("url("), "nothing is loaded from elsewhere");
    }

    #[test]
    fn the_text_says_the_same_in_lines_that_fit() {
        let frame = Frame { language: Language::De, platform: "Deck", name: None, link: Some("https://deck.example/a") };
        let text = text(&letter(), &frame);
        assert!(text.starts_with("Guten Tag,\n\n") && text.contains("Join & see:\nhttps://deck.example/a\n"));
        assert!(text.lines().all(|line| line.chars().count() <= 72), "{text}");
    }
}
