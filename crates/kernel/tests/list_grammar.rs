//! The grammar under arbitrary text: it never panics, what it accepts never becomes SQL, and trees come back.

use kernel::list::grammar::{Condition, Field, Is, Operator, Quantifier, Step, Value, render};
use kernel::list::{self, Column, ColumnType, Node, Query, Relation};
use proptest::prelude::*;

fn relation() -> Relation {
    let mut relation = Relation::table("public", "thing").primary_key(&["id"]);
    for (name, ty) in [
        ("id", "int8"),
        ("name", "text"),
        ("age", "int4"),
        ("doc", "jsonb"),
        ("tags", "text[]"),
        ("on", "bool"),
        ("a b.c", "text"),
        ("or", "text"),
        ("select", "text"),
    ] {
        relation = relation.column(Column::new(name, ColumnType::named(ty)).nullable());
    }
    relation.columns[1].searchable = true;
    relation
}

/// Words that the builder itself writes.
const WORDS: [&str; 25] = [
    "t",
    "and",
    "or",
    "not",
    "is",
    "null",
    "true",
    "false",
    "unknown",
    "distinct",
    "from",
    "any",
    "all",
    "like",
    "ilike",
    "text",
    "int4",
    "regconfig",
    "to_tsvector",
    "to_tsquery",
    "plainto_tsquery",
    "phraseto_tsquery",
    "websearch_to_tsquery",
    "order",
    "on",
];

/// Only our words, our identifiers, placeholders and operators.
fn is_ours(sql: &str, relation: &Relation) -> bool {
    let mut rest = sql.to_owned();
    for column in &relation.columns {
        rest = rest.replace(&format!("t.\"{}\"", column.name), " ");
    }
    let words = rest.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).filter(|w| !w.is_empty());
    let symbols = rest.chars().filter(|c| !c.is_alphanumeric() && *c != '_' && *c != '$');
    words.into_iter().all(|w| WORDS.contains(&w) || w.strip_prefix('$').is_some_and(|n| n.parse::<usize>().is_ok()))
        && symbols.into_iter().all(|c| " ()<>=,.-|&@~*:".contains(c))
}

/// Text out of the pieces of the grammar, so that much of it is nearly right.
fn fragments() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "eq", "not", ".", ",", "(", ")", "{", "}", "\"", "\\", "->", "->>", "in", "and", "or", "name", "age", "doc", "tags", "is", "null", "any", "like",
            "fts", "5", "*", ":", "::", "text", "desc", "nullslast", "asc", "a b.c", " ", "'", ";", "--", "$1", "%", "\u{0}", "é", "😀",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![fragments(), any::<String>()].prop_map(|s| s.replace('\0', ""))
}

fn step(text: bool) -> impl Strategy<Value = Step> {
    (value(), any::<i32>(), any::<bool>()).prop_map(move |(key, index, by_key)| match (by_key, text) {
        (true, false) => Step::Key(key),
        (true, true) => Step::KeyText(key),
        (false, false) => Step::Index(index),
        (false, true) => Step::IndexText(index),
    })
}

fn condition() -> impl Strategy<Value = Node> {
    let column = |name: &'static str| Just(Field::column(name));
    let text = prop_oneof![
        prop::sample::select(vec!["name", "a b.c", "or", "select"]).prop_map(Field::column),
        (prop::collection::vec(step(false), 0..3), step(true)).prop_map(|(mut steps, last)| {
            steps.push(last);
            Field { column: "doc".into(), steps }
        }),
    ];
    let plain = (
        prop_oneof![text.clone(), column("age")],
        prop::sample::select(vec![Operator::Eq, Operator::Neq, Operator::Gt, Operator::IsDistinct]),
        value(),
    )
        .prop_map(|(field, operator, text)| (field, operator, Value::One(text)));
    let pattern =
        (text.clone(), prop::sample::select(vec![Operator::Like, Operator::Imatch]), value()).prop_map(|(f, o, v)| (f, o, Value::One(v)));
    let quantified = (text.clone(), prop::sample::select(vec![Operator::Eq, Operator::Ilike]), any::<bool>(), value())
        .prop_map(|(f, o, any, v)| (f, o, Value::Quantified(if any { Quantifier::Any } else { Quantifier::All }, format!("{{{v}}}"))));
    let list = (text.clone(), prop::collection::vec(value(), 0..4)).prop_map(|(f, values)| (f, Operator::In, Value::List(values)));
    let is = prop::sample::select(vec![Is::Null, Is::NotNull, Is::True, Is::False, Is::Unknown])
        .prop_map(|is| (Field::column("on"), Operator::Is, Value::Is(is)));
    let search =
        (text, prop::option::of("[a-z ]*"), value()).prop_map(|(f, config, text)| (f, Operator::WebSearch, Value::Search { config, text }));
    (prop_oneof![plain, pattern, quantified, list, is, search], any::<bool>()).prop_map(|((field, operator, value), negated)| {
        Node::Condition(Condition { parameter: String::new(), field, negated, operator, value })
    })
}

fn node() -> impl Strategy<Value = Node> {
    condition().prop_recursive(4, 24, 4, |inner| {
        (any::<bool>(), any::<bool>(), prop::collection::vec(inner, 1..4)).prop_map(|(negated, any, nodes)| Node::Group {
            negated,
            any,
            nodes,
        })
    })
}

/// The parameter a condition came from is no part of its meaning.
fn without_origin(nodes: &[Node]) -> Vec<Node> {
    nodes
        .iter()
        .map(|node| match node {
            Node::Condition(c) => Node::Condition(Condition { parameter: String::new(), ..c.clone() }),
            Node::Group { negated, any, nodes } => Node::Group { negated: *negated, any: *any, nodes: without_origin(nodes) },
        })
        .collect()
}

/// The same shape with other values.
fn blank(nodes: &[Node]) -> Vec<Node> {
    let value = |v: &Value| match v {
        Value::One(_) => Value::One("x".into()),
        Value::Quantified(q, _) => Value::Quantified(*q, "{}".into()),
        Value::List(_) => Value::List(Vec::new()),
        Value::Is(is) => Value::Is(*is),
        Value::Search { config, .. } => Value::Search { config: config.as_ref().map(|_| "c".into()), text: "x".into() },
    };
    nodes
        .iter()
        .map(|node| match node {
            Node::Condition(c) => Node::Condition(Condition { value: value(&c.value), ..c.clone() }),
            Node::Group { negated, any, nodes } => Node::Group { negated: *negated, any: *any, nodes: blank(nodes) },
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_text_is_read_or_refused(key in fragments(), text in fragments()) {
        let relation = relation();
        for key in [key.as_str(), "or", "and", "not.or", "name", "age", "doc", "tags", "on", "select", "order", "limit", "offset", "cursor", "search"] {
            if let Ok(query) = Query::parse(&relation, &[(key, text.as_str())]) {
                if let Ok(predicate) = list::predicate(&relation, &query.filter, None, 1) {
                    prop_assert!(is_ours(&predicate.sql, &relation), "{key}={text}: {}", predicate.sql);
                }
                if let Ok(columns) = list::returning(&relation, &query.select, false, 1) {
                    prop_assert!(is_ours(&columns.sql, &relation), "{key}={text}: {}", columns.sql);
                }
            }
        }
    }

    #[test]
    fn trees_come_back(nodes in prop::collection::vec(node(), 0..4)) {
        let relation = relation();
        let text = render(&nodes);
        let read = Query::parse(&relation, &text);
        prop_assert!(read.is_ok(), "{text:?}: {read:?}");
        prop_assert_eq!(without_origin(&read.unwrap().filter), nodes);
    }

    #[test]
    fn the_statement_depends_on_the_shape_only(nodes in prop::collection::vec(node(), 1..4)) {
        let relation = relation();
        let one = list::predicate(&relation, &nodes, None, 3).unwrap();
        let other = list::predicate(&relation, &blank(&nodes), None, 3).unwrap();
        prop_assert!(is_ours(&one.sql, &relation), "{}", one.sql);
        prop_assert_eq!(&one.sql, &other.sql);
        prop_assert_eq!(one.params.len(), other.params.len());
        let last = format!("${}", one.params.len() + 2);
        prop_assert!(one.params.is_empty() || one.sql.contains(&last), "{} in {}", last, one.sql);
    }
}
