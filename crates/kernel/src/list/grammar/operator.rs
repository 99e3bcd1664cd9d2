//! The operators: their names, what they mean in SQL, and which types they fit.

use crate::list::types::Kind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    Eq,
    Neq,
    Gt,
    Gte,
    Lt,
    Lte,
    Like,
    Ilike,
    Match,
    Imatch,
    Is,
    IsDistinct,
    In,
    Contains,
    ContainedBy,
    Overlaps,
    StrictlyLeft,
    StrictlyRight,
    NotRight,
    NotLeft,
    Adjacent,
    Search,
    PlainSearch,
    PhraseSearch,
    WebSearch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    Any,
    All,
}

impl Operator {
    /// In the order in which messages list them.
    pub const ALL: [(&'static str, Self); 25] = [
        ("eq", Self::Eq),
        ("neq", Self::Neq),
        ("gt", Self::Gt),
        ("gte", Self::Gte),
        ("lt", Self::Lt),
        ("lte", Self::Lte),
        ("like", Self::Like),
        ("ilike", Self::Ilike),
        ("match", Self::Match),
        ("imatch", Self::Imatch),
        ("is", Self::Is),
        ("isdistinct", Self::IsDistinct),
        ("in", Self::In),
        ("cs", Self::Contains),
        ("cd", Self::ContainedBy),
        ("ov", Self::Overlaps),
        ("sl", Self::StrictlyLeft),
        ("sr", Self::StrictlyRight),
        ("nxr", Self::NotRight),
        ("nxl", Self::NotLeft),
        ("adj", Self::Adjacent),
        ("fts", Self::Search),
        ("plfts", Self::PlainSearch),
        ("phfts", Self::PhraseSearch),
        ("wfts", Self::WebSearch),
    ];

    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(n, _)| *n == name).map(|(_, op)| *op)
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, op)| *op == self).map_or("", |(name, _)| name)
    }

    /// The infix operator, or the function that makes the query for a text search.
    #[must_use]
    pub fn sql(self) -> &'static str {
        match self {
            Self::Eq | Self::In => "=",
            Self::Neq => "<>",
            Self::Gt => ">",
            Self::Gte => ">=",
            Self::Lt => "<",
            Self::Lte => "<=",
            Self::Like => "~~",
            Self::Ilike => "~~*",
            Self::Match => "~",
            Self::Imatch => "~*",
            Self::Is => "is",
            Self::IsDistinct => "is distinct from",
            Self::Contains => "@>",
            Self::ContainedBy => "<@",
            Self::Overlaps => "&&",
            Self::StrictlyLeft => "<<",
            Self::StrictlyRight => ">>",
            Self::NotRight => "&<",
            Self::NotLeft => "&>",
            Self::Adjacent => "-|-",
            Self::Search => "to_tsquery",
            Self::PlainSearch => "plainto_tsquery",
            Self::PhraseSearch => "phraseto_tsquery",
            Self::WebSearch => "websearch_to_tsquery",
        }
    }

    #[must_use]
    pub fn is_text_search(self) -> bool {
        matches!(self, Self::Search | Self::PlainSearch | Self::PhraseSearch | Self::WebSearch)
    }

    /// Takes `(any)` and `(all)`.
    pub(crate) fn is_quantifiable(self) -> bool {
        matches!(self, Self::Eq | Self::Gt | Self::Gte | Self::Lt | Self::Lte | Self::Like | Self::Ilike | Self::Match | Self::Imatch)
    }

    /// Whether it can work on a type at all; `Other` types are left to PostgreSQL.
    #[must_use]
    pub fn fits(self, kind: Kind) -> bool {
        if kind == Kind::Other {
            return true;
        }
        match self {
            Self::In => !matches!(kind, Kind::Json | Kind::Array),
            Self::Eq | Self::Neq | Self::IsDistinct | Self::Gt | Self::Gte | Self::Lt | Self::Lte => kind != Kind::Json,
            Self::Like | Self::Ilike | Self::Match | Self::Imatch => kind == Kind::Text,
            Self::Is => true,
            Self::Contains | Self::ContainedBy => matches!(kind, Kind::Array | Kind::Range | Kind::Jsonb),
            Self::Overlaps => matches!(kind, Kind::Array | Kind::Range | Kind::Network),
            Self::StrictlyLeft | Self::StrictlyRight => matches!(kind, Kind::Range | Kind::Network),
            Self::NotRight | Self::NotLeft | Self::Adjacent => kind == Kind::Range,
            Self::Search | Self::PlainSearch | Self::PhraseSearch | Self::WebSearch => {
                matches!(kind, Kind::TextSearch | Kind::Text | Kind::Json | Kind::Jsonb)
            }
        }
    }

    /// The names that fit a type, for messages.
    pub(crate) fn fitting(kind: Kind) -> String {
        let names: Vec<&str> = Self::ALL.iter().filter(|(_, op)| op.fits(kind)).map(|(name, _)| *name).collect();
        names.join(", ")
    }

    pub(crate) fn names() -> String {
        let names: Vec<&str> = Self::ALL.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }
}
