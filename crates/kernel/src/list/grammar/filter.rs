//! Reading filters: `age=gte.18`, `or=(a.eq.1,and(b.is.null,not.or(…)))`.

use super::check::{self, Use};
use super::operator::{Operator, Quantifier};
use super::scan::Scan;
use super::tree::{Condition, Field, Is, Node, Value};
use super::{MAX_CONDITIONS, MAX_DEPTH, MAX_LIST};
use crate::list::relation::Relation;
use crate::problem::Problem;

/// Reads the filters of one query; counts conditions over all of its parameters.
pub(super) struct Filters<'r> {
    relation: &'r Relation,
    conditions: usize,
}

impl<'r> Filters<'r> {
    pub(super) fn new(relation: &'r Relation) -> Self {
        Self { relation, conditions: 0 }
    }

    /// One request parameter that is a filter.
    pub(super) fn parameter(&mut self, key: &str, value: &str) -> Result<Node, Problem> {
        match key {
            "and" => self.group(key, value, false, false),
            "or" => self.group(key, value, true, false),
            "not.and" => self.group(key, value, false, true),
            "not.or" => self.group(key, value, true, true),
            _ => {
                let field = self.key(key)?;
                let mut scan = Scan::new(key, value);
                self.condition(&mut scan, field, false).map(Node::Condition)
            }
        }
    }

    /// The field that a parameter's name means.
    fn key(&self, key: &str) -> Result<Field, Problem> {
        if self.relation.find(key).is_some() {
            return Ok(Field::column(key));
        }
        let mut scan = Scan::new(key, key);
        let field = scan.field(|_| false)?;
        if !scan.is_done() {
            return Err(scan.expected("-> or the end of the name"));
        }
        if self.relation.find(&field.column).is_none()
            && let Some((before, _)) = field.column.split_once('.')
            && self.relation.find(before).is_none()
        {
            return Err(Problem::filter(key, "filters on embedded relations aren't offered here; list that table by itself"));
        }
        Ok(field)
    }

    fn group(&mut self, key: &str, value: &str, any: bool, negated: bool) -> Result<Node, Problem> {
        let mut scan = Scan::new(key, value);
        let nodes = self.nodes(&mut scan, 1)?;
        if !scan.is_done() {
            return Err(scan.expected("the end after the closing parenthesis"));
        }
        Ok(Node::Group { negated, any, nodes })
    }

    /// `(a.eq.1,and(…))`
    fn nodes(&mut self, scan: &mut Scan<'_>, depth: usize) -> Result<Vec<Node>, Problem> {
        if depth > MAX_DEPTH {
            return Err(scan.problem(format!("groups nest at most {MAX_DEPTH} deep")));
        }
        if !scan.eat("(") {
            return Err(scan.expected("an opening parenthesis, as in (age.lt.18,name.eq.Ada)"));
        }
        let mut nodes = Vec::new();
        loop {
            nodes.push(self.node(scan, depth)?);
            if scan.eat(")") {
                return Ok(nodes);
            }
            if !scan.eat(",") {
                return Err(scan.expected("a comma or a closing parenthesis"));
            }
        }
    }

    fn node(&mut self, scan: &mut Scan<'_>, depth: usize) -> Result<Node, Problem> {
        for (name, any, negated) in [("and", false, false), ("or", true, false), ("not.and", false, true), ("not.or", true, true)] {
            if scan.rest().strip_prefix(name).is_some_and(|r| r.starts_with('(')) {
                scan.eat(name);
                let nodes = self.nodes(scan, depth + 1)?;
                return Ok(Node::Group { negated, any, nodes });
            }
        }
        let field = scan.field(|c| matches!(c, '.' | ',' | '(' | ')'))?;
        if !scan.eat(".") {
            return Err(scan.expected("a dot and an operator, as in age.lt.18"));
        }
        self.condition(scan, field, true).map(Node::Condition)
    }

    /// `not.eq.5`, `in.(1,2)`, `like(any).{a*,b*}`, … `nested`: inside a group, where a value ends at `,` or `)`.
    fn condition(&mut self, scan: &mut Scan<'_>, field: Field, nested: bool) -> Result<Condition, Problem> {
        self.conditions += 1;
        if self.conditions > MAX_CONDITIONS {
            return Err(scan.problem(format!("a list takes at most {MAX_CONDITIONS} conditions")));
        }
        check::column(self.relation, scan.parameter(), &field.column, Use::Filter)?;
        let negated = scan.eat("not.");
        let (operator, modifier) = operator(scan)?;
        let value = value(scan, operator, modifier, nested)?;
        check::operator(self.relation, scan.parameter(), &field, operator, &value)?;
        Ok(Condition { parameter: scan.parameter().to_owned(), field, negated, operator, value })
    }
}

/// The operator with what stands in parentheses after it, and the dot.
fn operator(scan: &mut Scan<'_>) -> Result<(Operator, Option<String>), Problem> {
    let name = scan.take_until(|c| !c.is_ascii_alphanumeric() && c != '_');
    let Some(operator) = Operator::named(name) else {
        let message = if name.is_empty() {
            format!("write <operator>.<value>, such as eq.5; operators: {}", Operator::names())
        } else {
            format!("there is no operator {}; operators: {}, each also as not.<operator>", check::shown(name), Operator::names())
        };
        return Err(scan.problem(message));
    };
    let modifier = if operator != Operator::In && scan.eat("(") {
        let modifier = scan.take_until(|c| c == ')').to_owned();
        if !scan.eat(")") {
            return Err(scan.expected("a closing parenthesis"));
        }
        Some(modifier)
    } else {
        None
    };
    if !scan.eat(".") {
        return Err(scan.expected(&format!("a dot and a value after {name}")));
    }
    Ok((operator, modifier))
}

fn value(scan: &mut Scan<'_>, operator: Operator, modifier: Option<String>, nested: bool) -> Result<Value, Problem> {
    if operator == Operator::In {
        return list(scan, nested).map(Value::List);
    }
    if operator.is_text_search() {
        return Ok(Value::Search { config: modifier, text: single(scan, nested)? });
    }
    let quantifier = match modifier.as_deref() {
        None => None,
        Some(_) if !operator.is_quantifiable() => {
            return Err(scan.problem(format!("{} takes nothing in parentheses", operator.name())));
        }
        Some("any") => Some(Quantifier::Any),
        Some("all") => Some(Quantifier::All),
        Some(_) => return Err(scan.problem(format!("{} takes (any) or (all)", operator.name()))),
    };
    if let Some(quantifier) = quantifier {
        let array = single(scan, nested)?;
        if !(array.starts_with('{') && array.ends_with('}')) {
            return Err(scan.problem(format!("{}(any) and {}(all) take an array, such as {{a,b}}", operator.name(), operator.name())));
        }
        return Ok(Value::Quantified(quantifier, array));
    }
    let text = single(scan, nested)?;
    if operator == Operator::Is {
        return is(scan, &text).map(Value::Is);
    }
    Ok(Value::One(text))
}

fn is(scan: &Scan<'_>, text: &str) -> Result<Is, Problem> {
    Ok(match text.to_ascii_lowercase().as_str() {
        "null" => Is::Null,
        "not_null" => Is::NotNull,
        "true" => Is::True,
        "false" => Is::False,
        "unknown" => Is::Unknown,
        _ => return Err(scan.problem("is takes null, not_null, true, false or unknown")),
    })
}

/// A single value. At the top the whole text, as it is; in a group `"quoted"`, `{array}` or up to `,` or `)`.
fn single(scan: &mut Scan<'_>, nested: bool) -> Result<String, Problem> {
    if !nested {
        let value = scan.take_rest().to_owned();
        return no_nul(scan, value);
    }
    let value = match scan.peek() {
        Some('"') => scan.quoted()?,
        Some('{') => braces(scan)?,
        _ => scan.take_until(|c| matches!(c, ',' | ')')).to_owned(),
    };
    no_nul(scan, value)
}

/// An array or JSON literal in braces: braces balance outside of double quotes.
fn braces(scan: &mut Scan<'_>) -> Result<String, Problem> {
    let mut value = String::new();
    let mut open = 0_usize;
    let mut in_quotes = false;
    while let Some(c) = scan.next() {
        value.push(c);
        match c {
            '\\' if in_quotes => value.extend(scan.next()),
            '"' => in_quotes = !in_quotes,
            '{' if !in_quotes => open += 1,
            '}' if !in_quotes => {
                open -= 1;
                if open == 0 {
                    return Ok(value);
                }
            }
            _ => {}
        }
    }
    Err(scan.expected("a closing brace"))
}

/// `(1,2,"a,b")`; `()` is the empty list.
fn list(scan: &mut Scan<'_>, nested: bool) -> Result<Vec<String>, Problem> {
    if !scan.eat("(") {
        return Err(scan.expected("a list in parentheses, as in in.(1,2)"));
    }
    let mut values = Vec::new();
    if !scan.eat(")") {
        loop {
            if values.len() == MAX_LIST {
                return Err(scan.problem(format!("in takes at most {MAX_LIST} values")));
            }
            let value = if scan.peek() == Some('"') { scan.quoted()? } else { scan.take_until(|c| matches!(c, ',' | ')')).to_owned() };
            values.push(no_nul(scan, value)?);
            if scan.eat(")") {
                break;
            }
            if !scan.eat(",") {
                return Err(scan.expected("a comma or a closing parenthesis"));
            }
        }
    }
    if !nested && !scan.is_done() {
        return Err(scan.expected("the end after the closing parenthesis"));
    }
    Ok(values)
}

fn no_nul(scan: &Scan<'_>, value: String) -> Result<String, Problem> {
    if value.contains('\0') {
        return Err(scan.problem("a value can't contain the character NUL"));
    }
    Ok(value)
}
