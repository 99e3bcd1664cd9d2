//! Why a visit to a provider ended without what it was for: a word for the page, and the whole story for the audit log.

use crate::limits;
use kernel::Problem;
use kernel::problem::Kind;

/// What the page says; each word has a text in the catalogues of the user interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The person or the provider said no.
    Denied,
    /// Too late, used already, or begun in another browser.
    Over,
    /// The provider can't be reached.
    Unreachable,
    /// The provider answered what can't be trusted.
    Untrusted,
    /// There is no account for this person, or it can't sign in. One answer for both.
    NoAccount,
    /// The invitation is for somebody else, or can't be taken any more.
    Invitation,
    /// The organization that it leads into has no room for another member.
    Full,
    /// The account is connected to somebody else at the provider, or the provider to another account.
    Taken,
    /// The platform refuses the sign-in: the address or the hour.
    Closed,
    /// The person at the provider is not the one who was asked for, or did not prove who they are again.
    NotProved,
}

impl Reason {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Over => "over",
            Self::Unreachable => "unreachable",
            Self::Untrusted => "untrusted",
            Self::NoAccount => "no-account",
            Self::Invitation => "invitation",
            Self::Full => "full",
            Self::Taken => "taken",
            Self::Closed => "closed",
            Self::NotProved => "not-proved",
        }
    }
}

/// What the page says and what the log says.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub reason: Reason,
    pub detail: String,
}

impl Refusal {
    pub(super) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }

    pub(super) fn untrusted(detail: impl Into<String>) -> Self {
        Self::new(Reason::Untrusted, detail)
    }

    pub(super) fn unreachable(detail: impl Into<String>) -> Self {
        Self::new(Reason::Unreachable, detail)
    }

    /// For whoever calls the API: the provider's fault is not ours.
    pub(super) fn problem(self) -> Problem {
        match self.reason {
            Reason::Unreachable => Problem::unavailable(self.detail).titled("The sign-in provider can't be reached"),
            _ => Problem::refused(self.detail).titled("The sign-in provider can't be used"),
        }
    }
}

/// A refusal, or a fault of ours.
#[derive(Debug)]
pub(crate) enum Stop {
    Refused(Refusal),
    Fault(Problem),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        match problem.kind() {
            // What the rules of the platform refuse is no fault; the person gets a page like for any other refusal.
            Kind::Forbidden | Kind::Unauthenticated => Self::Refused(Refusal::new(Reason::Closed, problem.detail())),
            Kind::Conflict if limits::is_full(&problem) => Self::Refused(Refusal::new(Reason::Full, problem.detail())),
            Kind::Conflict => Self::Refused(Refusal::new(Reason::Taken, problem.detail())),
            _ => Self::Fault(problem),
        }
    }
}

impl Stop {
    /// For whoever calls the API.
    pub(super) fn problem(self) -> Problem {
        match self {
            Self::Refused(refusal) => refusal.problem(),
            Self::Fault(problem) => problem,
        }
    }
}
