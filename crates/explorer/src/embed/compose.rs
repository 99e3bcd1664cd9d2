//! From tables that hang together to one relation. Rows of another table come as records in a column of their own, by a
//! subquery that PostgreSQL runs for the rows of the page only.
//!
//! Every level calls its table `t`, so that the list engine writes the SQL of each. The columns that tie a row to the
//! level above it come in as `o`, whose own subquery still sees the `t` above:
//! `array(select row(t."title") from (select t."id") as o (k0) join "public"."album" as t on t."artist_id" = o.k0 …)`.

use super::grammar::{Embed, order_keys, shown};
use super::relationship::Relationship;
use super::{Child, Node, aggregate};
use crate::catalogue::same::equals;
use kernel::list::grammar::{Field, Item, MAX_LIMIT, Node as Filter};
use kernel::list::{Column, ColumnType, Form, Given, OrderKey, Own, Query, Records, Relation, expressions, part, quote, quote_qualified};
use kernel::{Problem, Result};
use std::collections::HashSet;

/// Collects the values of all levels.
pub struct Composer {
    pub given: Vec<Given>,
    shorten: Option<u32>,
}

/// One level, ready for the list engine.
pub struct Composed {
    pub relation: Relation,
    pub query: Query,
    /// The relation by the alias `t`, tied to the level above.
    from: String,
    /// Where rows are grouped: the same before they were.
    ungrouped: Option<String>,
    /// Names of the values in a row's object.
    keys: Vec<String>,
    /// Aggregates that are about the rows of the level above.
    lifted: Vec<aggregate::Ready>,
}

/// What a level has of the one below it.
struct Made {
    below: Composed,
    filter: String,
    /// Its rows as a value, unless only their being there matters.
    rows: Option<(String, Records)>,
}

impl Composer {
    #[must_use]
    pub fn new(shorten: Option<u32>) -> Self {
        Self { given: Vec::new(), shorten }
    }

    /// The table that is listed. `shows`: rows are wanted, not only their number.
    ///
    /// # Errors
    /// A `filter` problem that names the parameter.
    pub fn root(mut self, node: &Node, shows: bool) -> Result<(Relation, Query)> {
        self.given.clone_from(&node.table.relation.given);
        let Composed { mut relation, query, .. } = self.level(node, None, false, "", shows)?;
        relation.given = self.given;
        Ok((relation, query))
    }

    /// `takes`: the level above takes rows together.
    fn level(&mut self, node: &Node, child: Option<&Child>, takes: bool, path: &str, shows: bool) -> Result<Composed> {
        let base = &node.table.relation;
        let way = child.map(|child| &child.way);
        let is_paging = |name: &str| matches!(name, "order" | "limit" | "offset") || (way.is_none() && name == "cursor");
        let (paging, filters): (Vec<_>, Vec<_>) = node.parameters.iter().cloned().partition(|(name, _)| is_paging(name));
        let mut asked: Vec<(String, String)> = filters;
        if !node.columns.is_empty() {
            asked.push(("select".into(), node.columns.join(",")));
        }
        let mut relation = Relation { given: Vec::new(), ..Relation::clone(base) };
        let mut query = read(&Relation { computed: existences(node), ..relation.clone() }, &asked, path)?;
        // Aggregates of a table that is spread into a row are about the rows of the table above.
        let lifts = child.is_some_and(Child::lifts);
        let groups = node.is_grouped() && !lifts && (shows || way.is_none());
        // Of one row no order is part of the statement.
        let is_sorted = shows && (groups || way.is_none_or(|way| !way.cardinality.is_to_one()));
        let orders = if is_sorted { orders(&paging, path)? } else { Vec::new() };
        let is_bare = node.columns.is_empty() && (node.is_partly_shown() || node.is_grouped());
        let mut keys: Vec<String> = if is_bare { Vec::new() } else { keys(base, &query) };
        let mut own: Vec<Item> = std::mem::take(&mut query.select.items);
        let mut related = Vec::new();
        let takes = groups || lifts && takes;
        let mut aggregates = if takes { aggregate::ready(self, base, &node.aggregates)? } else { Vec::new() };
        for (i, child) in node.children.iter().enumerate() {
            let (name, before) = (child.embed.shown_name(), self.given.len());
            let place = prefixed(path, name);
            let is_shown = (shows || groups) && !child.embed.is_hidden && child.has_columns();
            let mut made = self.child(child, takes, &place, is_shown)?;
            let sorts = orders.iter().any(|(of, _)| of.as_deref() == Some(name));
            let lifted = std::mem::take(&mut made.below.lifted);
            let is_asked = base.find(name).is_none() && query.filter.iter().any(|node| mentions(node, name));
            if is_asked {
                let sql = format!("nullif({}, false)", made.exists());
                relation.computed.push(Column::added(name, ColumnType::named("bool"), sql));
            }
            if !(is_shown || child.embed.is_condition() || sorts || is_asked || !lifted.is_empty()) {
                // Read for what may be wrong with it; nothing of it is part of the statement.
                self.given.truncate(before);
            }
            if let Some(condition) = child.embed.condition(&made) {
                relation.conditions.push(condition);
            }
            if let Some((sql, records)) = made.rows.as_ref().filter(|_| is_shown) {
                let column = format!("\0{i}");
                // What is spread brings its own names.
                let key = if child.embed.spread { column.clone() } else { name.to_owned() };
                let added = Column::added(column.clone(), ColumnType::named("record"), sql.clone());
                relation.columns.push(Column { records: Some(records.clone()), ..added });
                own.push(Item { key, field: Field::column(column), cast: None });
                if child.embed.spread { keys.extend(made.below.keys.iter().cloned()) } else { keys.push(name.to_owned()) }
            }
            aggregates.extend(lifted.into_iter().map(|aggregate| aggregate.lifted(&made.below.from, &made.filter)));
            related.push((child, made));
        }
        query.select.items = own;
        let mut from = from(&relation, way);
        let mut ungrouped = None;
        if groups {
            if let Some(of) = orders.iter().find_map(|(of, _)| of.as_ref()) {
                return Err(Problem::filter(
                    &prefixed(path, "order"),
                    format!("rows that are taken together are sorted by the names of the answer, not by {}", shown(of)),
                ));
            }
            keys.extend(aggregates.iter().map(|aggregate| aggregate.key.clone()));
            let grouped = aggregate::groups(self, &relation, &query, std::mem::take(&mut aggregates), &from)?;
            ungrouped = Some(format!("{from} where {}", grouped.filter));
            relation = grouped.relation;
            from = format!("{} as t", relation.from);
            query = Query::default();
        }
        unique(&keys, path)?;
        query.order = self.order(&mut relation, &related, orders, path)?;
        let rest: Vec<(String, String)> = paging.into_iter().filter(|(name, _)| name != "order").collect();
        let limited = rest.iter().any(|(name, _)| name == "limit");
        let page = read(&relation, &rest, path)?;
        query.limit = if way.is_some() && !limited { MAX_LIMIT } else { page.limit };
        (query.offset, query.cursor, query.shorten) = (page.offset, page.cursor, self.shorten.filter(|_| shows));
        let lifted = if lifts { aggregates } else { Vec::new() };
        Ok(Composed { relation, query, from, ungrouped, keys, lifted })
    }

    /// The order as it was asked for; what is another table's becomes a column that can be sorted by.
    fn order(
        &mut self,
        relation: &mut Relation,
        related: &[(&Child, Made)],
        orders: Vec<(Option<String>, String)>,
        path: &str,
    ) -> Result<Vec<OrderKey>> {
        let mut keys = Vec::new();
        for (of, text) in orders {
            let Some(of) = of else {
                keys.extend(Query::parse_order(relation, &text).map_err(|problem| at(path, problem))?);
                continue;
            };
            let wrong = |message: String| Problem::filter(&prefixed(path, "order"), message);
            let Some((child, made)) = related.iter().find(|(child, _)| child.embed.shown_name() == of) else {
                return Err(wrong(format!("{} is not embedded in this select", shown(&of))).with("code", "PGRST108"));
            };
            if !child.way.cardinality.is_to_one() || child.node.is_grouped() {
                return Err(wrong(format!("a row can have many of {}; only a table of which it has one can sort it", shown(&of)))
                    .with("code", "PGRST118"));
            }
            for key in Query::parse_order(&child.node.table.relation, &text).map_err(|problem| at(path, problem))? {
                let (sql, given) = expressions(&made.below.relation, std::slice::from_ref(&key.field), self.given.len() + 1)?;
                self.given.extend(given);
                let column = format!("\0{of}({text})");
                let ty = match (child.node.table.relation.find(&key.field.column), key.field.steps.is_empty()) {
                    (Some(column), true) => column.ty.clone(),
                    _ => ColumnType::named("text"),
                };
                let sql = format!("select {} from {} where {} limit 1", sql.concat(), made.below.from, made.filter);
                relation.columns.push(Column::added(column.clone(), ty, sql));
                keys.push(OrderKey { field: Field::column(column), ..key });
            }
        }
        Ok(keys)
    }

    fn child(&mut self, child: &Child, takes: bool, path: &str, is_shown: bool) -> Result<Made> {
        let to_one = child.way.cardinality.is_to_one();
        let form = match (to_one, child.embed.spread) {
            (true, false) => Form::One,
            (true, true) => Form::Spread,
            (false, false) => Form::Many,
            (false, true) => Form::SpreadMany,
        };
        let mut below = self.level(&child.node, Some(child), takes, path, is_shown)?;
        if !is_shown {
            below.query.select.items.clear();
        }
        let aggregated = child.node.is_grouped() && !child.lifts();
        let made = part(&below.relation, &below.query, self.given.len() + 1)?;
        self.given.extend(made.given.iter().cloned().map(|given| Given { parameter: prefixed(path, &given.parameter), ..given }));
        let (filter, columns) = (made.filter.clone(), made.columns.clone());
        let select = format!("select row({columns}) from {} where {filter}", below.from);
        let rows = if to_one && !aggregated {
            format!("{select} limit 1")
        } else {
            let offset = if below.query.offset > 0 { format!(" offset {}", below.query.offset) } else { String::new() };
            let list = format!("{select}{} limit {}{offset}", made.order, if to_one { 1 } else { below.query.limit });
            if to_one { list } else { format!("array({list})") }
        };
        Ok(Made { rows: is_shown.then(|| (rows, made.records(form))), filter, below })
    }
}

impl Node {
    /// Whether some of the answer comes from other tables.
    fn is_partly_shown(&self) -> bool {
        self.children.iter().any(|child| !child.embed.is_hidden)
    }

    /// Whether its rows are taken together: by aggregates of its own, or of what is spread into them.
    fn is_grouped(&self) -> bool {
        !self.aggregates.is_empty() || self.children.iter().any(Child::lifts)
    }
}

impl Child {
    /// Whether its aggregates are those of the level above.
    fn lifts(&self) -> bool {
        self.embed.spread && self.way.cardinality.is_to_one() && self.node.is_grouped()
    }

    /// Whether a row of it shows anything besides them.
    fn has_columns(&self) -> bool {
        !self.lifts()
            || !self.node.columns.is_empty()
            || self.node.children.iter().any(|below| !below.embed.is_hidden && below.has_columns())
    }
}

impl Embed {
    fn is_condition(&self) -> bool {
        self.inner || self.exists.is_some()
    }

    /// What `!inner` and `name=is.null` ask.
    fn condition(&self, made: &Made) -> Option<String> {
        match (self.inner, self.exists) {
            (_, Some(false)) => Some(format!("not {}", made.exists())),
            (true, _) | (_, Some(true)) => Some(made.exists()),
            (false, None) => None,
        }
    }
}

impl Made {
    fn exists(&self) -> String {
        match &self.below.ungrouped {
            Some(from) => format!("exists (select from {from})"),
            None => format!("exists (select from {} where {})", self.below.from, self.filter),
        }
    }
}

/// What `or=(album.is.null,…)` can name beside columns: whether a row has one of an embedded table.
fn existences(node: &Node) -> Vec<Column> {
    let base = &node.table.relation;
    let is_new = |child: &&Child| base.find(child.embed.shown_name()).is_none();
    let named = |child: &Child| Column { filterable: true, ..Column::added(child.embed.shown_name(), ColumnType::named("json"), "null") };
    base.computed.iter().cloned().chain(node.children.iter().filter(is_new).map(named)).collect()
}

fn mentions(node: &Filter, name: &str) -> bool {
    match node {
        Filter::Condition(condition) => condition.field.column == name,
        Filter::Group { nodes, .. } => nodes.iter().any(|node| mentions(node, name)),
    }
}

/// The table as `t`, tied to the row above by its way.
fn from(relation: &Relation, way: Option<&Relationship>) -> String {
    let Some(way) = way else { return format!("{} as t", relation.from) };
    if let Some((schema, function)) = &way.function {
        // The row is that of the level above.
        return format!("{}(t.*) as t", quote_qualified(schema, function));
    }
    let (own, other) = &way.columns;
    let list = |columns: &[String], one: &dyn Fn(usize, &String) -> String, between: &str| {
        columns.iter().enumerate().map(|(i, column)| one(i, column)).collect::<Vec<_>>().join(between)
    };
    let by = |of: &[Option<Own>], i: usize| of.get(i).cloned().flatten();
    let (near, far) = &way.compared;
    let outer = list(own, &|_, column| format!("t.{}", quote(column)), ", ");
    let names = list(own, &|i, _| format!("k{i}"), ", ");
    let tied = |alias: &str| list(other, &|i, column| equals(by(near, i).as_ref(), alias, column, &format!("o.k{i}")), " and ");
    let (between, on) = match &way.junction {
        None => (String::new(), tied("t")),
        Some(junction) => {
            let (through, target) = &junction.other_columns;
            let on = list(
                target,
                &|i, target| {
                    let through = through.get(i).map(|column| format!("j.{}", quote(column))).unwrap_or_default();
                    equals(by(far, i).as_ref(), "t", target, &through)
                },
                " and ",
            );
            let table = quote_qualified(&junction.schema, &junction.table);
            (format!(" join {table} as j on {}", tied("j")), on)
        }
    };
    format!("(select {outer}) as o ({names}){between} join {} as t on {on}", relation.from)
}

/// Parameters of one level, read by the list engine; messages name them in full.
fn read(relation: &Relation, parameters: &[(String, String)], path: &str) -> Result<Query> {
    let query = Query::parse(relation, parameters).map_err(|problem| at(path, problem))?;
    if query.cursor.is_some() && !path.is_empty() {
        return Err(Problem::filter(&prefixed(path, "cursor"), "what is embedded has no cursors; go on with offset"));
    }
    Ok(query)
}

fn orders(paging: &[(String, String)], path: &str) -> Result<Vec<(Option<String>, String)>> {
    let given: Vec<&String> = paging.iter().filter(|(name, _)| name == "order").map(|(_, value)| value).collect();
    match given.as_slice() {
        [] => Ok(Vec::new()),
        [one] => order_keys(one),
        _ => Err(Problem::filter(&prefixed(path, "order"), "is given twice")),
    }
}

/// Names of what a row shows by itself.
fn keys(relation: &Relation, query: &Query) -> Vec<String> {
    if query.select.items.is_empty() {
        relation.columns.iter().filter(|column| column.selectable).map(|column| column.name.clone()).collect()
    } else {
        query.select.items.iter().map(|item| item.key.clone()).collect()
    }
}

fn unique(keys: &[String], path: &str) -> Result<()> {
    let mut seen = HashSet::new();
    match keys.iter().find(|key| !seen.insert(key.as_str())) {
        None => Ok(()),
        Some(twice) => {
            let place = if path.is_empty() { String::new() } else { format!(" in {}", shown(path)) };
            Err(Problem::filter(
                "select",
                format!("{} would be there twice{place}; give one of them another name, as in other:{twice}", shown(twice)),
            ))
        }
    }
}

fn prefixed(path: &str, name: &str) -> String {
    if path.is_empty() || name.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// A problem with a parameter, which is known there by its last name only.
fn at(path: &str, problem: Problem) -> Problem {
    match problem.errors() {
        [error] if error.field.is_empty() => Problem::filter(path, error.message.clone()),
        [error] if !path.is_empty() && error.field != "select" => Problem::filter(&prefixed(path, &error.field), error.message.clone()),
        _ => problem,
    }
}
