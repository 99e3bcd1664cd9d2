//! Which editor a column needs.

use serde::Serialize;
use tokio_postgres::types::Type;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    Text,
    Int,
    Bigint,
    Numeric,
    Float,
    Bool,
    Date,
    Time,
    Timestamp,
    Timestamptz,
    Interval,
    Uuid,
    Json,
    Array,
    Enum,
    Bytea,
    Range,
    Network,
    Other,
}

impl Category {
    /// From the base type's oid, `typcategory` and `typtype`.
    #[must_use]
    pub fn of(oid: u32, typcategory: &str, typtype: &str) -> Self {
        match Type::from_oid(oid) {
            Some(Type::INT2 | Type::INT4) => Self::Int,
            Some(Type::INT8) => Self::Bigint,
            Some(Type::NUMERIC) => Self::Numeric,
            Some(Type::FLOAT4 | Type::FLOAT8) => Self::Float,
            Some(Type::BOOL) => Self::Bool,
            Some(Type::DATE) => Self::Date,
            Some(Type::TIME | Type::TIMETZ) => Self::Time,
            Some(Type::TIMESTAMP) => Self::Timestamp,
            Some(Type::TIMESTAMPTZ) => Self::Timestamptz,
            Some(Type::INTERVAL) => Self::Interval,
            Some(Type::UUID) => Self::Uuid,
            Some(Type::JSON | Type::JSONB) => Self::Json,
            Some(Type::BYTEA) => Self::Bytea,
            // Lists by name, but not by how they are written.
            Some(Type::INT2_VECTOR | Type::OID_VECTOR) => Self::Other,
            Some(Type::INET | Type::CIDR | Type::MACADDR | Type::MACADDR8) => Self::Network,
            _ => match (typtype, typcategory) {
                ("e", _) => Self::Enum,
                ("r" | "m", _) => Self::Range,
                (_, "A") => Self::Array,
                (_, "S") => Self::Text,
                _ => Self::Other,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Category;
    use tokio_postgres::types::Type;

    #[test]
    fn types_have_their_editor() {
        assert_eq!(Category::of(Type::INT4.oid(), "N", "b"), Category::Int);
        assert_eq!(Category::of(Type::INT8.oid(), "N", "b"), Category::Bigint);
        assert_eq!(Category::of(Type::TEXT_ARRAY.oid(), "A", "b"), Category::Array);
        assert_eq!(Category::of(90_000, "E", "e"), Category::Enum);
        assert_eq!(Category::of(90_001, "S", "b"), Category::Text);
        assert_eq!(Category::of(Type::MONEY.oid(), "N", "b"), Category::Other);
        assert_eq!(Category::of(Type::INT4_RANGE.oid(), "R", "r"), Category::Range);
    }
}
