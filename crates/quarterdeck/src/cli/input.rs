//! What a command reads: standard input, once, for a JSON body or for one secret; and the answer to a question.

use super::exit::{Exit, Failure};
use serde_json::{Map, Value};
use std::io::{BufRead, IsTerminal, Read, Write};

/// Who sits there, when standard input is something else.
const TERMINAL: &str = "/dev/tty";

/// Standard input, which can be read only once.
pub struct Stdin {
    source: Option<Box<dyn BufRead>>,
    /// What is left after a secret was read from it.
    rest: Option<Box<dyn BufRead>>,
    terminal: bool,
}

impl Stdin {
    pub fn of_process() -> Self {
        Self { source: Some(Box::new(std::io::BufReader::new(std::io::stdin()))), rest: None, terminal: std::io::stdin().is_terminal() }
    }

    #[cfg(test)]
    pub fn of(text: &str) -> Self {
        Self { source: Some(Box::new(std::io::Cursor::new(text.to_owned()))), rest: None, terminal: false }
    }

    fn take(&mut self, who: &str) -> Result<Box<dyn BufRead>, Failure> {
        self.source
            .take()
            .ok_or_else(|| Failure::usage(format!("quarterdeck: standard input can be read only once, and {who} is the second to want it")))
    }

    /// The first line, as a secret: without its line end, and not empty.
    pub fn line(&mut self, flag: &str) -> Result<String, Failure> {
        let mut source = self.take(&format!("--{flag}"))?;
        let mut text = String::new();
        source.read_line(&mut text)?;
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            return Err(Failure::usage(format!(
                "quarterdeck: --{flag}: nothing came on standard input; pipe it in, for example from a password manager"
            )));
        }
        self.rest = Some(source);
        Ok(text.to_owned())
    }

    /// Whether there is somebody to ask.
    pub fn is_asking(&self) -> bool {
        std::io::stderr().is_terminal() && (self.terminal || std::fs::File::open(TERMINAL).is_ok())
    }

    /// The line after the secret; where none was piped in, whoever sits at the terminal is asked. None where nobody does.
    pub fn next_line(&mut self, question: &str) -> Result<Option<String>, Failure> {
        let mut text = String::new();
        let asking = self.is_asking();
        if !self.terminal
            && let Some(rest) = &mut self.rest
        {
            rest.read_line(&mut text)?;
        }
        if text.trim().is_empty() && asking {
            write!(std::io::stderr(), "{question}: ")?;
            match &mut self.rest {
                Some(rest) if self.terminal => rest.read_line(&mut text)?,
                _ => std::io::BufReader::new(std::fs::File::open(TERMINAL)?).read_line(&mut text)?,
            };
        }
        Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
    }

    /// All of a file, or of standard input when the name is `-`.
    pub fn text(&mut self, name: &str) -> Result<String, Failure> {
        let mut text = String::new();
        if name == "-" {
            self.take("the file -")?.read_to_string(&mut text)?;
        } else {
            text = std::fs::read_to_string(name).map_err(|e| Failure::usage(format!("quarterdeck: {name} can't be read: {e}")))?;
        }
        Ok(text)
    }

    /// A JSON object from a file, or from standard input when the name is `-`.
    pub fn json(&mut self, name: &str) -> Result<Map<String, Value>, Failure> {
        let text = self.text(name)?;
        match serde_json::from_str(&text) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(Failure::usage(format!("quarterdeck: --input {name}: a JSON object is expected"))),
            Err(error) => Err(Failure::usage(format!("quarterdeck: --input {name}: this is not JSON: {error}"))),
        }
    }

    /// Asks before something that can't be undone. Without a terminal nobody can answer, so it has to be said before.
    pub fn confirm(&mut self, question: &str) -> Result<(), Failure> {
        if !self.terminal || !std::io::stderr().is_terminal() {
            return Err(
                Failure::usage(format!("quarterdeck: {question}")).and("  Nobody can be asked here; add --yes to say so beforehand.")
            );
        }
        write!(std::io::stderr(), "{} [y/N] ", super::output::printable(question))?;
        let mut answer = String::new();
        self.take("the question")?.read_line(&mut answer)?;
        if matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
            Ok(())
        } else {
            Err(Failure::new(Exit::Usage, "Nothing was done."))
        }
    }
}
