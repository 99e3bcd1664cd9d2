//! The statements of one import. They are made of the table's own names, quoted; values never stand in them.

use super::settings::{Mode, Plan};
use crate::catalogue::TableKind;
use kernel::list::quote;

/// Where rows wait that can't be copied into their table at once; in `pg_temp`.
pub const WAITING: &str = "quarterdeck_import";

/// Each of its own transaction: rows of the batch that is being written.
pub struct Sql {
    /// Makes the place where rows wait; none when they are copied into the table itself.
    pub make: Option<String>,
    pub empty: Option<String>,
    pub copy: String,
    /// Moves waiting rows `$1` to `$2` (exclusive) to the table; gives how many were written, and how many of them are new.
    pub apply: Option<String>,
}

impl Sql {
    /// `direct`: whether COPY may write into the table.
    pub fn of(plan: &Plan, direct: bool) -> Self {
        let table = format!("{}.{}", quote(&plan.table.schema), quote(&plan.table.name));
        if direct && plan.mode == Mode::Insert {
            let copy = format!("copy {table} ({}) from stdin", names(plan, ""));
            return Self { make: None, empty: None, copy, apply: None };
        }
        let types = plan.columns.iter().enumerate().map(|(n, (column, _))| format!(", c{n} {}", column.type_name)).collect::<String>();
        Self {
            make: Some(format!("create temporary table {WAITING} (n int8{types}) on commit drop")),
            empty: Some(format!("truncate pg_temp.{WAITING}")),
            copy: format!("copy pg_temp.{WAITING} from stdin"),
            apply: Some(apply(plan, &table)),
        }
    }
}

fn names(plan: &Plan, before: &str) -> String {
    plan.columns.iter().map(|(column, _)| format!("{before}{}", quote(&column.name))).collect::<Vec<_>>().join(", ")
}

/// The waiting column of a column of the table.
fn waiting(plan: &Plan, name: &str) -> String {
    let place = plan.columns.iter().position(|(column, _)| column.name == name).unwrap_or_default();
    format!("s.c{place}")
}

fn apply(plan: &Plan, table: &str) -> String {
    let all = (0..plan.columns.len()).map(|n| format!("s.c{n}")).collect::<Vec<_>>().join(", ");
    let range = format!("pg_temp.{WAITING} s where s.n >= $1 and s.n < $2");
    let key = plan.key.iter().map(|name| quote(name)).collect::<Vec<_>>().join(", ");
    let into = format!("insert into {table} ({})", names(plan, ""));
    let count = "select (select pg_catalog.count(*) from done), (select pg_catalog.count(*) from done)";
    match plan.mode {
        Mode::Insert => format!("with done as ({into} select {all} from {range} order by s.n returning 1) {count}"),
        Mode::Skip => {
            let on = if key.is_empty() { String::new() } else { format!(" ({key})") };
            format!("with done as ({into} select {all} from {range} order by s.n on conflict{on} do nothing returning 1) {count}")
        }
        Mode::Upsert => {
            let set: Vec<String> = plan.changed().map(|c| format!("{0} = excluded.{0}", quote(&c.name))).collect();
            let what = if set.is_empty() { "do nothing".to_owned() } else { format!("do update set {}", set.join(", ")) };
            // Only where PostgreSQL keeps it; elsewhere rows that are there are counted before.
            let tells = matches!(plan.table.kind, TableKind::Table | TableKind::Partition);
            let fresh = if tells { "(t.xmax = 0)" } else { "null::pg_catalog.bool" };
            let new = if tells {
                "(select pg_catalog.count(*) from done where fresh)".to_owned()
            } else {
                format!("(select pg_catalog.count(*) from done) - (select pg_catalog.count(*) from src s join {table} t on {})", same(plan))
            };
            format!(
                "with src as ({}), done as (insert into {table} as t ({}) select {all} from src s order by s.n on conflict ({key}) {what} returning {fresh} as fresh) \
                 select (select pg_catalog.count(*) from done), {new}",
                last(plan),
                names(plan, "")
            )
        }
        Mode::Update => {
            let set: Vec<String> = plan.changed().map(|c| format!("{} = {}", quote(&c.name), waiting(plan, &c.name))).collect();
            format!(
                "with src as ({}), done as (update {table} t set {} from src s where {} returning 1) select (select pg_catalog.count(*) from done), 0::int8",
                last(plan),
                set.join(", "),
                same(plan)
            )
        }
    }
}

fn same(plan: &Plan) -> String {
    plan.key.iter().map(|name| plan.table.equals(name, &waiting(plan, name))).collect::<Vec<_>>().join(" and ")
}

/// Of rows that mean the same one, the last one counts, as if they had been written one after the other. NULL is the same
/// as nothing.
fn last(plan: &Plan) -> String {
    let keys: Vec<String> = plan.key.iter().map(|name| waiting(plan, name)).collect();
    let open = keys.iter().map(|key| format!("{key} is null")).collect::<Vec<_>>().join(" or ");
    let by = format!("{}, (case when {open} then s.n end)", keys.join(", "));
    format!("select distinct on ({by}) s.* from pg_temp.{WAITING} s where s.n >= $1 and s.n < $2 order by {by}, s.n desc")
}
