//! Fields: what a noun has, said once; columns, filters, forms, validation and documents follow from it.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// What a field holds; picks the column type, the editor and the filter operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    Text,
    LongText,
    Email,
    Url,
    Bool,
    Int,
    Bigint,
    Numeric,
    Money,
    Date,
    Datetime,
    Duration,
    Enum,
    Ref,
    Uuid,
    Json,
    Bytes,
    List,
    Password,
}

/// When a person may set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Editable {
    Always,
    /// Only when the object is made.
    Create,
    Never,
}

/// One value of an enumeration; `color` is a state colour of the UI (`green`, `yellow`, `red`, `gray`, `blue`).
#[derive(Clone, Debug, Serialize)]
pub struct Choice {
    pub value: &'static str,
    pub label: &'static str,
    pub color: &'static str,
}

#[derive(Clone, Debug, Serialize)]
pub struct Field {
    pub name: &'static str,
    pub label: String,
    #[serde(rename = "type")]
    pub kind: FieldType,
    pub help: Option<&'static str>,
    pub required: bool,
    pub nullable: bool,
    pub unique: bool,
    /// Never leaves the database: not listed, not shown, masked in the audit log.
    pub secret: bool,
    pub editable: Editable,
    pub filter: bool,
    pub sort: bool,
    pub search: bool,
    pub in_list: bool,
    pub in_detail: bool,
    pub min: Option<i64>,
    pub max: Option<i64>,
    pub suffix: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
    /// The resource a `ref` points to.
    pub references: Option<&'static str>,
    /// SQL over the alias `t`, for what is computed rather than stored.
    #[serde(skip)]
    pub sql: Option<&'static str>,
}

fn field(name: &'static str, kind: FieldType) -> Field {
    Field {
        name,
        label: spoken(name),
        kind,
        help: None,
        required: false,
        nullable: true,
        unique: false,
        secret: false,
        editable: Editable::Always,
        filter: false,
        sort: false,
        search: false,
        in_list: true,
        in_detail: true,
        min: None,
        max: None,
        suffix: None,
        options: Vec::new(),
        references: None,
        sql: None,
    }
}

/// `last_sign_in_at` → `Last sign in`.
fn spoken(name: &str) -> String {
    let words = name.strip_suffix("_at").or(name.strip_suffix("_id")).unwrap_or(name).replace('_', " ");
    let mut chars = words.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

macro_rules! makers {
    ($($(#[$doc:meta])* $name:ident => $kind:ident),* $(,)?) => { $($(#[$doc])* #[must_use] pub fn $name(name: &'static str) -> Field { field(name, FieldType::$kind) })* };
}
makers! {
    /// A line of text, column type `text`.
    text => Text,
    /// Text of several lines.
    long_text => LongText,
    /// An e-mail address (RFC 5321), at most 254 characters.
    email => Email,
    /// An absolute `http` or `https` address.
    url => Url,
    /// `boolean`.
    bool => Bool,
    /// `integer`, 32 bits.
    int => Int,
    /// `bigint`; travels as a string.
    bigint => Bigint,
    /// `numeric`; travels as a string.
    numeric => Numeric,
    /// `date`.
    date => Date,
    /// `timestamptz`, RFC 3339 in UTC.
    datetime => Datetime,
    /// `uuid`.
    uuid => Uuid,
    /// `jsonb`.
    json => Json,
    /// `text[]`.
    list => List,
    /// Write-only text.
    password => Password,
}

/// One of a fixed set, stored as text with a CHECK.
#[must_use]
pub fn choice(name: &'static str, options: &[(&'static str, &'static str, &'static str)]) -> Field {
    let mut made = field(name, FieldType::Enum);
    made.options = options.iter().map(|&(value, label, color)| Choice { value, label, color }).collect();
    made.filter = true;
    made
}

/// An object of another resource; kept by its id, and called by what it is.
#[must_use]
pub fn reference(name: &'static str, resource: &'static str) -> Field {
    let mut made = field(name, FieldType::Ref);
    made.label = spoken(name.trim_end_matches("_id"));
    made.references = Some(resource);
    made.filter = true;
    made
}

impl Field {
    #[must_use]
    pub fn label(mut self, label: &str) -> Self {
        self.label = label.into();
        self
    }

    #[must_use]
    pub fn help(mut self, help: &'static str) -> Self {
        self.help = Some(help);
        self
    }

    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self.nullable = false;
        self
    }

    /// Always has a value, though nobody has to give it.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.nullable = false;
        self
    }

    #[must_use]
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    #[must_use]
    pub fn secret(mut self) -> Self {
        self.secret = true;
        self.in_list = false;
        self.in_detail = false;
        self
    }

    #[must_use]
    pub fn filter(mut self) -> Self {
        self.filter = true;
        self
    }

    #[must_use]
    pub fn sort(mut self) -> Self {
        self.sort = true;
        self
    }

    /// Looked through by `search=` and the palette; implies filter and sort.
    #[must_use]
    pub fn search(mut self) -> Self {
        self.search = true;
        self.filter = true;
        self.sort = true;
        self
    }

    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.editable = Editable::Never;
        self
    }

    #[must_use]
    pub fn create_only(mut self) -> Self {
        self.editable = Editable::Create;
        self
    }

    #[must_use]
    pub fn detail_only(mut self) -> Self {
        self.in_list = false;
        self
    }

    /// Only looked through by `search=`: never an answer's member, nor a filter.
    #[must_use]
    pub fn only_searched(mut self) -> Self {
        self.search = true;
        self
    }

    /// Whether it leaves the database.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        !self.secret && (self.filter || !self.search)
    }

    /// Smallest value of a number, or least length of a text.
    #[must_use]
    pub fn min(mut self, min: i64) -> Self {
        self.min = Some(min);
        self
    }

    /// Largest value of a number, or greatest length of a text.
    #[must_use]
    pub fn max(mut self, max: i64) -> Self {
        self.max = Some(max);
        self
    }

    #[must_use]
    pub fn range(self, range: std::ops::RangeInclusive<i64>) -> Self {
        self.min(*range.start()).max(*range.end())
    }

    #[must_use]
    pub fn suffix(mut self, suffix: &'static str) -> Self {
        self.suffix = Some(suffix);
        self
    }

    /// Computed by this SQL over the alias `t`; never editable.
    #[must_use]
    pub fn sql(mut self, sql: &'static str) -> Self {
        self.sql = Some(sql);
        self.read_only()
    }

    /// The column's PostgreSQL type.
    #[must_use]
    pub fn pg_type(&self) -> &'static str {
        match self.kind {
            FieldType::Text | FieldType::LongText | FieldType::Email | FieldType::Url | FieldType::Enum | FieldType::Password => "text",
            FieldType::Bool => "bool",
            FieldType::Int => "int4",
            FieldType::Bigint | FieldType::Money => "int8",
            FieldType::Numeric => "numeric",
            FieldType::Date => "date",
            FieldType::Datetime => "timestamptz",
            FieldType::Duration => "interval",
            FieldType::Ref | FieldType::Uuid => "uuid",
            FieldType::Json => "jsonb",
            FieldType::Bytes => "bytea",
            FieldType::List => "text[]",
        }
    }

    /// JSON Schema (2020-12) of the value, for documents and validation.
    #[must_use]
    pub fn schema(&self) -> Value {
        let mut schema = match self.kind {
            FieldType::Text | FieldType::LongText => json!({"type": "string"}),
            FieldType::Password => json!({"type": "string", "format": "password"}),
            FieldType::Email => json!({"type": "string", "format": "email", "maxLength": 254}),
            FieldType::Url => json!({"type": "string", "format": "uri"}),
            FieldType::Bool => json!({"type": "boolean"}),
            FieldType::Int => json!({"type": "integer"}),
            FieldType::Bigint | FieldType::Money => json!({"type": "string", "pattern": "^-?[0-9]{1,19}$"}),
            FieldType::Numeric => json!({"type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$"}),
            FieldType::Date => json!({"type": "string", "format": "date"}),
            FieldType::Datetime => json!({"type": "string", "format": "date-time"}),
            FieldType::Duration => json!({"type": "string"}),
            FieldType::Enum => json!({"type": "string", "enum": self.options.iter().map(|o| o.value).collect::<Vec<_>>()}),
            FieldType::Ref | FieldType::Uuid => json!({"type": "string", "format": "uuid"}),
            FieldType::Json => json!({}),
            FieldType::Bytes => json!({"type": "string", "pattern": "^\\\\x([0-9a-f]{2})*$"}),
            FieldType::List => json!({"type": "array", "items": {"type": "string"}}),
        };
        if let Value::Object(map) = &mut schema {
            self.limits(map);
            map.insert("title".into(), self.label.clone().into());
            if let Some(help) = self.help {
                map.insert("description".into(), help.into());
            }
            if self.nullable {
                if let Some(kind) = map.remove("type") {
                    map.insert("type".into(), json!([kind, "null"]));
                }
                if let Some(Value::Array(values)) = map.get_mut("enum") {
                    values.push(Value::Null);
                }
            }
        }
        schema
    }

    fn limits(&self, map: &mut Map<String, Value>) {
        let (least, most) = match self.kind {
            FieldType::Text | FieldType::LongText | FieldType::Email | FieldType::Url | FieldType::Password => ("minLength", "maxLength"),
            FieldType::Int => ("minimum", "maximum"),
            FieldType::List => ("minItems", "maxItems"),
            _ => return,
        };
        // "Required" means a person has to say something: the empty text is not something.
        let min = self.min.or((self.required && least == "minLength").then_some(1));
        if let Some(min) = min {
            map.insert(least.into(), min.into());
        }
        if let Some(max) = self.max {
            map.insert(most.into(), max.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_spoken_from_the_name() {
        assert_eq!(datetime("last_sign_in_at").label, "Last sign in");
        assert_eq!(reference("role_id", "roles").label, "Role");
    }

    #[test]
    fn required_text_may_not_be_empty_and_optional_may_be_null() {
        assert_eq!(text("code").required().max(32).schema()["minLength"], 1);
        assert_eq!(text("note").schema()["type"], json!(["string", "null"]));
        assert_eq!(choice("state", &[("a", "A", "green")]).schema()["enum"], json!(["a", null]));
    }
}
