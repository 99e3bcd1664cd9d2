//! Conditions, groups and search as SQL.

use super::writer::Writer;
use crate::list::failure::Risk;
use crate::list::grammar::{Condition, Is, Node, Operator, Quantifier, Value};
use crate::list::types::Kind;
use crate::problem::Problem;

impl Writer<'_> {
    /// `where` with everything that must hold: the fixed predicate, the filters, the search.
    pub(super) fn wheres(&mut self, nodes: &[Node], search: Option<&str>) -> Result<bool, Problem> {
        let mut any = false;
        if let Some(fixed) = &self.relation.fixed {
            self.conjunction(&mut any);
            self.fixed(fixed);
        }
        for condition in &self.relation.conditions {
            self.conjunction(&mut any);
            self.push(condition);
        }
        for node in nodes {
            self.conjunction(&mut any);
            self.node(node)?;
        }
        if let Some(search) = search {
            self.conjunction(&mut any);
            self.search(search);
        }
        Ok(any)
    }

    /// Writes `where` or `and`.
    pub(super) fn conjunction(&mut self, any: &mut bool) {
        self.push(if *any { " and " } else { " where " });
        *any = true;
    }

    /// One filter, parenthesised where needed.
    pub(super) fn node(&mut self, node: &Node) -> Result<(), Problem> {
        match node {
            Node::Condition(condition) => self.condition(condition),
            Node::Group { negated, any, nodes } => {
                self.push(if *negated { "(not (" } else { "(" });
                for (i, node) in nodes.iter().enumerate() {
                    if i > 0 {
                        self.push(if *any { " or " } else { " and " });
                    }
                    self.node(node)?;
                }
                if nodes.is_empty() {
                    self.push(if *any { "false" } else { "true" });
                }
                self.push(if *negated { "))" } else { ")" });
                Ok(())
            }
        }
    }

    fn condition(&mut self, condition: &Condition) -> Result<(), Problem> {
        let origin = condition.parameter.as_str();
        let start = self.sql.len();
        let field = self.field(&condition.field, origin)?;
        self.push(if condition.negated { "(not (" } else { "(" });
        let operator = condition.operator;
        if let Some(risk) = risk(operator) {
            self.origins.risks.push((risk, origin.to_owned()));
        }
        let own = self.relation.find(&condition.field.column).and_then(|column| column.ty.own.as_ref());
        // What a value that is no comparison is read as is left to PostgreSQL.
        let cast = |list| own.filter(|_| operator.fits(Kind::Uuid)).map(|own| own.cast(list)).unwrap_or_default();
        let symbol = |operator: Operator| own.map_or_else(|| operator.sql().to_owned(), |own| own.operator(operator.sql()));
        let sql = match &condition.value {
            Value::One(value) => {
                let value = self.bind(pattern(operator, value), origin);
                match operator {
                    // This would take any `=`.
                    Operator::IsDistinct if own.is_some() => format!("({field} {} {value}{}) is not true", symbol(Operator::Eq), cast("")),
                    _ => format!("{field} {} {value}{}", symbol(operator), cast("")),
                }
            }
            Value::Quantified(quantifier, array) => {
                let array = self.bind(pattern(operator, array), origin);
                let quantifier = match quantifier {
                    Quantifier::Any => "any",
                    Quantifier::All => "all",
                };
                format!("{field} {} {quantifier}({array}{})", symbol(operator), cast("[]"))
            }
            Value::List(values) => {
                let array = self.bind(array_literal(values), origin);
                format!("{field} {} any({array}{})", symbol(Operator::Eq), cast("[]"))
            }
            Value::Is(is) => format!("{field} is {}", keyword(*is)),
            Value::Search { config, text } => self.text_search(condition, &field, config.as_deref(), text),
        };
        self.push(&sql);
        self.push(if condition.negated { "))" } else { ")" });
        self.mark(start, origin);
        Ok(())
    }

    fn text_search(&mut self, condition: &Condition, field: &str, config: Option<&str>, text: &str) -> String {
        let origin = condition.parameter.as_str();
        let config = config.map(|c| format!("{}::regconfig, ", self.bind(c, origin))).unwrap_or_default();
        let text = self.bind(text, origin);
        let is_vector = condition.field.steps.is_empty()
            && self.relation.find(&condition.field.column).is_some_and(|c| matches!(c.ty.kind, Kind::TextSearch | Kind::Other));
        let document = if is_vector { field.to_owned() } else { format!("to_tsvector({config}{field})") };
        format!("{document} @@ {}({config}{text})", condition.operator.sql())
    }

    /// The searchable columns contain the text, in any case.
    fn search(&mut self, text: &str) {
        let start = self.sql.len();
        let pattern = self.bind(format!("%{}%", escape_pattern(text)), "search");
        let relation = self.relation;
        self.push("(");
        let searchable = relation.columns.iter().filter(|c| c.searchable);
        for (i, column) in searchable.enumerate() {
            if i > 0 {
                self.push(" or ");
            }
            let cast = if column.ty.kind == Kind::Text { "" } else { "::text" };
            self.push(&format!("{}{cast} ilike {pattern}::text", column.sql()));
        }
        if self.sql.ends_with('(') {
            self.push("false");
        }
        self.push(")");
        self.mark(start, "search");
    }
}

/// How a condition can fail although its value was read.
fn risk(operator: Operator) -> Option<Risk> {
    match operator {
        Operator::Match | Operator::Imatch => Some(Risk::Regex),
        Operator::Like | Operator::Ilike => Some(Risk::Pattern),
        op if op.is_text_search() => Some(Risk::TextSearch),
        _ => None,
    }
}

/// In `like` and `ilike`, `*` stands for `%`, which would have to be escaped in a URL.
fn pattern(operator: Operator, value: &str) -> String {
    match operator {
        Operator::Like | Operator::Ilike => value.replace('*', "%"),
        _ => value.to_owned(),
    }
}

/// Text as a pattern that means itself.
fn escape_pattern(text: &str) -> String {
    text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_")
}

/// `{"a","b"}`: one bound value, however long the list. Quoted, so that `null` stays a text.
fn array_literal(values: &[String]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| format!("\"{}\"", value.replace('\\', r"\\").replace('"', "\\\""))).collect();
    format!("{{{}}}", quoted.join(","))
}

fn keyword(is: Is) -> &'static str {
    match is {
        Is::Null => "null",
        Is::NotNull => "not null",
        Is::True => "true",
        Is::False => "false",
        Is::Unknown => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::{array_literal, escape_pattern};

    #[test]
    fn literals_mean_themselves() {
        assert_eq!(array_literal(&["a\"b".into(), "c\\".into(), "null".into()]), r#"{"a\"b","c\\","null"}"#);
        assert_eq!(array_literal(&[]), "{}");
        assert_eq!(escape_pattern(r"50%_\"), r"50\%\_\\");
    }
}
