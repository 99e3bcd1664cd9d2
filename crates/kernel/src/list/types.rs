//! Column types as the list engine sees them: what a filter may do with one, and how its values arrive.

use super::quote::quote;
use postgres_types::Type;

/// What a type is to the grammar: it decides which operators fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Bool,
    Int,
    Float,
    Numeric,
    Text,
    Uuid,
    DateTime,
    Interval,
    Json,
    Jsonb,
    Bytea,
    Enum,
    Range,
    Network,
    TextSearch,
    Array,
    /// Everything else: PostgreSQL decides, and its refusal becomes a filter problem.
    Other,
}

/// How one value is read from PostgreSQL's binary form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    Bool,
    Int2,
    Int4,
    Int8,
    Float4,
    Float8,
    Numeric,
    Text,
    Uuid,
    Date,
    Time,
    Timestamp,
    TimestampTz,
    Json,
    Jsonb,
    Bytea,
}

/// The form in which a result column arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Scalar(Scalar),
    /// Any number of dimensions.
    Array(Scalar),
}

impl Encoding {
    pub const TEXT: Self = Self::Scalar(Scalar::Text);

    /// The encoding of a built-in type that the JSON writer reads directly; `None` must be selected as `::text`.
    #[must_use]
    pub fn of(ty: &Type) -> Option<Self> {
        if let postgres_types::Kind::Array(element) = ty.kind() {
            return scalar(element).map(Self::Array);
        }
        scalar(ty).map(Self::Scalar)
    }
}

fn scalar(ty: &Type) -> Option<Scalar> {
    Some(match *ty {
        Type::BOOL => Scalar::Bool,
        Type::INT2 => Scalar::Int2,
        Type::INT4 => Scalar::Int4,
        Type::INT8 => Scalar::Int8,
        Type::FLOAT4 => Scalar::Float4,
        Type::FLOAT8 => Scalar::Float8,
        Type::NUMERIC => Scalar::Numeric,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME => Scalar::Text,
        Type::UUID => Scalar::Uuid,
        Type::DATE => Scalar::Date,
        Type::TIME => Scalar::Time,
        Type::TIMESTAMP => Scalar::Timestamp,
        Type::TIMESTAMPTZ => Scalar::TimestampTz,
        Type::JSON => Scalar::Json,
        Type::JSONB => Scalar::Jsonb,
        Type::BYTEA => Scalar::Bytea,
        _ => return None,
    })
}

/// The type of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnType {
    /// As PostgreSQL writes it (`format_type`), for messages.
    pub name: String,
    pub kind: Kind,
    /// `None`: the column is selected as text (`::text[]` for arrays).
    pub encoding: Option<Encoding>,
    pub own: Option<Own>,
}

/// What PostgreSQL is told so that values are compared as what they are, not as something that they can be cast to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// The type in SQL.
    pub name: String,
    /// Where the type's operators are, when no search path need lead there.
    pub schema: Option<String>,
}

impl Own {
    pub(crate) fn cast(&self, list: &str) -> String {
        format!("::{}{list}", self.name)
    }

    pub(crate) fn operator(&self, symbol: &str) -> String {
        self.schema.as_ref().map_or_else(|| symbol.to_owned(), |schema| format!("operator({}.{symbol})", quote(schema)))
    }
}

impl ColumnType {
    /// A type as the catalogue describes it. For a domain give `oid` and `category` of its base type.
    /// `category` is `pg_type.typcategory`.
    #[must_use]
    pub fn from_catalogue(oid: u32, name: &str, category: char) -> Self {
        let built_in = Type::from_oid(oid);
        let kind = built_in.as_ref().and_then(built_in_kind).unwrap_or(match category {
            'A' => Kind::Array,
            'B' => Kind::Bool,
            'D' => Kind::DateTime,
            'E' => Kind::Enum,
            'I' => Kind::Network,
            'R' => Kind::Range,
            'S' => Kind::Text,
            'T' => Kind::Interval,
            _ => Kind::Other,
        });
        Self::new(name, kind, built_in.as_ref().and_then(Encoding::of))
    }

    /// A built-in type by its name in a declaration: `text`, `int4`, `timestamptz`, `jsonb`, `text[]`, …
    /// An unknown name is a type that only PostgreSQL knows: selected as text, operators left to the server.
    #[must_use]
    pub fn named(name: &str) -> Self {
        if let Some(element) = name.strip_suffix("[]") {
            let encoding = match Self::named(element).encoding {
                Some(Encoding::Scalar(scalar)) => Some(Encoding::Array(scalar)),
                _ => None,
            };
            return Self::new(name, Kind::Array, encoding);
        }
        let ty = match name {
            "bool" | "boolean" => Type::BOOL,
            "int2" | "smallint" => Type::INT2,
            "int4" | "int" | "integer" => Type::INT4,
            "int8" | "bigint" => Type::INT8,
            "float4" | "real" => Type::FLOAT4,
            "float8" | "double precision" => Type::FLOAT8,
            "numeric" | "decimal" => Type::NUMERIC,
            "text" => Type::TEXT,
            "varchar" | "character varying" => Type::VARCHAR,
            "char" | "bpchar" | "character" => Type::BPCHAR,
            "name" => Type::NAME,
            "uuid" => Type::UUID,
            "date" => Type::DATE,
            "time" | "time without time zone" => Type::TIME,
            "timestamp" | "timestamp without time zone" => Type::TIMESTAMP,
            "timestamptz" | "timestamp with time zone" => Type::TIMESTAMPTZ,
            "interval" => Type::INTERVAL,
            "json" => Type::JSON,
            "jsonb" => Type::JSONB,
            "bytea" => Type::BYTEA,
            "inet" => Type::INET,
            "cidr" => Type::CIDR,
            "tsvector" => Type::TS_VECTOR,
            _ => return Self::new(name, Kind::Other, None),
        };
        Self::new(name, built_in_kind(&ty).unwrap_or(Kind::Other), Encoding::of(&ty))
    }

    fn new(name: &str, kind: Kind, encoding: Option<Encoding>) -> Self {
        // A type with a length would cut what it is compared with.
        let own = (kind == Kind::Other && !name.ends_with(')')).then(|| Own { name: name.to_owned(), schema: None });
        Self { name: name.to_owned(), kind, encoding, own }
    }

    /// What the column is selected as when it does not arrive in a form the writer reads.
    pub(crate) fn text_cast(&self) -> &'static str {
        match (self.encoding, self.kind) {
            (Some(_), _) => "",
            (None, Kind::Array) => "::text[]",
            (None, _) => "::text",
        }
    }

    /// The encoding after [`Self::text_cast`].
    pub(crate) fn arriving(&self) -> Encoding {
        match (self.encoding, self.kind) {
            (Some(encoding), _) => encoding,
            (None, Kind::Array) => Encoding::Array(Scalar::Text),
            (None, _) => Encoding::TEXT,
        }
    }
}

fn built_in_kind(ty: &Type) -> Option<Kind> {
    match ty.kind() {
        postgres_types::Kind::Array(_) => return Some(Kind::Array),
        postgres_types::Kind::Range(_) | postgres_types::Kind::Multirange(_) => return Some(Kind::Range),
        _ => {}
    }
    Some(match *ty {
        Type::BOOL => Kind::Bool,
        Type::INT2 | Type::INT4 | Type::INT8 | Type::OID => Kind::Int,
        Type::FLOAT4 | Type::FLOAT8 => Kind::Float,
        Type::NUMERIC => Kind::Numeric,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME => Kind::Text,
        Type::UUID => Kind::Uuid,
        Type::DATE | Type::TIME | Type::TIMETZ | Type::TIMESTAMP | Type::TIMESTAMPTZ => Kind::DateTime,
        Type::INTERVAL => Kind::Interval,
        Type::JSON => Kind::Json,
        Type::JSONB => Kind::Jsonb,
        Type::BYTEA => Kind::Bytea,
        Type::INET | Type::CIDR | Type::MACADDR | Type::MACADDR8 => Kind::Network,
        Type::TS_VECTOR => Kind::TextSearch,
        _ => Kind::Other,
    })
}
