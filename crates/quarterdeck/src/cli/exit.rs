//! How a command ends: one exit code for each kind of trouble, and everything that is known about it on standard error.

use serde_json::Value;
use std::io::Write as _;
use std::process::ExitCode;

/// The documented exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It didn't work, or a check found something.
    Failed = 1,
    /// The command itself is wrong: an unknown flag, a missing value, an answer that is needed and not given.
    Usage = 2,
    /// Nobody is signed in, or the key is no longer valid.
    SignedOut = 3,
    /// The caller may not do this.
    NotAllowed = 4,
    /// What it is about isn't there.
    NotFound = 5,
    /// Somebody else changed it meanwhile, or it clashes with something that is there.
    Conflict = 6,
    /// The input has errors; each is named with its field.
    Invalid = 7,
    /// The panel or its database can't be reached, or it asks to wait.
    Unavailable = 8,
}

/// Exit codes with what they mean, for the documentation.
pub const CODES: [(u8, &str); 9] = [
    (0, "done"),
    (Exit::Failed as u8, "failed, or a check found something (`audit verify`)"),
    (Exit::Usage as u8, "the command line is wrong, or a question needs `--yes`"),
    (Exit::SignedOut as u8, "not signed in, or the key is not valid"),
    (Exit::NotAllowed as u8, "not allowed"),
    (Exit::NotFound as u8, "not found"),
    (Exit::Conflict as u8, "changed meanwhile, or clashes with something that is there"),
    (Exit::Invalid as u8, "the input has errors"),
    (Exit::Unavailable as u8, "the panel or its database can't be reached, or asks to wait"),
];

/// Why a command didn't do what it was asked for.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    lines: Vec<String>,
}

impl Failure {
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, lines: vec![message.into()] }
    }

    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Another line below the message.
    #[must_use]
    pub fn and(mut self, line: impl Into<String>) -> Self {
        self.lines.push(line.into());
        self
    }

    /// Already said elsewhere; only the code counts.
    #[must_use]
    pub const fn silent(exit: Exit) -> Self {
        Self { exit, lines: Vec::new() }
    }

    /// What a problem body (RFC 9457) says, field by field, with the request id for support.
    pub fn of_problem(status: u16, body: &Value) -> Self {
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        let exit = match status {
            401 => Exit::SignedOut,
            403 => Exit::NotAllowed,
            404 | 410 => Exit::NotFound,
            409 => Exit::Conflict,
            400 | 413 | 415 | 422 => Exit::Invalid,
            429 | 502..=504 => Exit::Unavailable,
            _ => Exit::Failed,
        };
        let mut failure = Self::new(exit, format!("{}: {}", text("title"), text("detail")));
        for error in body["errors"].as_array().into_iter().flatten() {
            let (field, message) = (error["field"].as_str().unwrap_or_default(), error["message"].as_str().unwrap_or_default());
            failure = failure.and(if field.is_empty() { format!("  {message}") } else { format!("  {field}: {message}") });
        }
        for field in body["conflict"]["fields"].as_array().into_iter().flatten() {
            failure = failure.and(format!(
                "  {}: yours {}, there now {}",
                field["field"].as_str().unwrap_or_default(),
                field["mine"],
                field["theirs"]
            ));
        }
        // Of several rows each has its own; of one they stand above.
        for row in body["rows"].as_array().into_iter().flatten().filter(|_| body["conflict"].is_null()) {
            let key = row["key"].as_str().unwrap_or_default();
            let what = if row["gone"] == true { "is gone" } else { "was changed by somebody" };
            failure = failure.and(format!("  row {key} {what}"));
            for field in row["fields"].as_array().into_iter().flatten() {
                let name = field["field"].as_str().unwrap_or_default();
                let base = if field["base"].is_null() { String::new() } else { format!("was {}, ", field["base"]) };
                failure = failure.and(format!("    {name}: {base}yours {}, there now {}", field["mine"], field["theirs"]));
            }
        }
        if exit == Exit::SignedOut {
            failure = failure.and("  Sign in with quarterdeck login, or set QUARTERDECK_TOKEN to an API key.");
        }
        if text("type") == "/problems/step-up" {
            failure = failure.and("  Sign in again with quarterdeck login: that counts for ten minutes.");
        }
        match text("request_id") {
            "" => failure,
            id => failure.and(format!("  request id {id}")),
        }
    }

    /// Prints it and gives the code to end with.
    pub fn report(&self) -> ExitCode {
        let mut out = std::io::stderr().lock();
        for line in &self.lines {
            // Standard error may be closed; then the code alone has to do.
            drop(writeln!(out, "{}", super::output::printable(line)));
        }
        ExitCode::from(self.exit as u8)
    }
}

impl From<std::io::Error> for Failure {
    /// A reader that has seen enough, such as `head`, is no failure worth words.
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe { Self::silent(Exit::Failed) } else { Self::new(Exit::Failed, error.to_string()) }
    }
}

impl From<host::boot::BootError> for Failure {
    fn from(error: host::boot::BootError) -> Self {
        use host::boot::BootError;
        let exit = match &error {
            BootError::Config(_) => Exit::Usage,
            BootError::Postgres(_) | BootError::Database(_) => Exit::Unavailable,
            _ => Exit::Failed,
        };
        // Commands to copy stand on lines of their own.
        Self { exit, lines: format!("quarterdeck: {error}").lines().map(str::to_owned).collect() }
    }
}

impl From<kernel::Problem> for Failure {
    fn from(problem: kernel::Problem) -> Self {
        Self::of_problem(problem.kind().status().as_u16(), &problem.body(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_host_says_keeps_its_lines() {
        let failure = Failure::from(host::boot::BootError::Database("away\n  try this".into()));
        assert_eq!(failure.lines, ["quarterdeck: the database can't be reached: away", "  try this"]);
    }

    #[test]
    fn conflicts_of_several_rows_say_what_was_is_meant_and_is_there() {
        let body = json!({"title": "Conflict", "detail": "2 rows", "rows": [{"key": "7", "gone": false, "fields":
            [{"field": "name", "base": "a", "mine": "b", "theirs": null}]}, {"key": "8", "gone": true, "fields": []}]});
        let lines = Failure::of_problem(409, &body).lines;
        assert_eq!(
            lines,
            ["Conflict: 2 rows", "  row 7 was changed by somebody", r#"    name: was "a", yours "b", there now null"#, "  row 8 is gone"]
        );
    }

    #[test]
    fn each_kind_of_problem_has_its_code_and_keeps_its_fields() {
        let body = json!({"title": "The input has errors", "detail": "2 fields need attention", "request_id": "abc",
            "errors": [{"field": "email", "code": "format", "message": "Enter an e-mail address"}]});
        let failure = Failure::of_problem(422, &body);
        assert_eq!(failure.exit, Exit::Invalid);
        assert_eq!(
            failure.lines,
            ["The input has errors: 2 fields need attention", "  email: Enter an e-mail address", "  request id abc"]
        );
        let exits = [401, 403, 404, 409, 428, 503].map(|status| Failure::of_problem(status, &json!({})).exit);
        assert_eq!(exits, [Exit::SignedOut, Exit::NotAllowed, Exit::NotFound, Exit::Conflict, Exit::Failed, Exit::Unavailable]);
    }
}
