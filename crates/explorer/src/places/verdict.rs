//! What follows of policies and rights for each command, as PostgreSQL would decide it, and the reason in a sentence.

use super::policy::{Command, Expression, Policy, Truth};
use super::standing::{Above, Standing};
use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The role may not use the schema.
    NoSchema,
    /// Nothing was granted.
    NoPrivilege,
    /// A view reads with the rights of its owner.
    View,
    /// The table has no row security.
    Off,
    Superuser,
    Bypass,
    Owner,
    /// No permissive policy is about this role.
    NoPolicy,
    /// Which rows is for the policies to say.
    Depends,
    /// A policy is true, and none is in the way.
    Allows,
    /// No permissive policy is true.
    NoneAllows,
    /// A restrictive policy isn't true.
    Forbids,
    /// The row isn't seen, so it isn't found either.
    Unseen,
    /// A policy can't be asked, so reading fails, or it isn't said.
    Unknown,
}

/// Whether one command is possible, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub command: Command,
    /// Null: some rows, by what the policies say of each; or it can't be told.
    pub allowed: Option<bool>,
    pub why: Why,
    /// The policies that decide it.
    pub policies: Vec<String>,
    pub sentence: String,
}

/// What a set of policies says of one row.
type Said<'a> = (Option<bool>, Why, Vec<&'a Policy>);

/// One verdict for each command. `seen`: whether the row that was asked about is really found, where that is known.
#[must_use]
pub fn all(who: &str, standing: &Standing, policies: &[Policy], row: Option<Option<bool>>) -> Vec<Verdict> {
    Command::EACH
        .into_iter()
        .map(|command| {
            let (allowed, why, deciding) = one(command, standing, policies, row);
            let names: Vec<String> = deciding.iter().map(|policy| policy.name.clone()).collect();
            let sentence = sentence(who, command, allowed, why, &names, standing, row.is_some());
            Verdict { command, allowed, why, policies: names, sentence }
        })
        .collect()
}

fn one<'a>(command: Command, standing: &Standing, policies: &'a [Policy], row: Option<Option<bool>>) -> Said<'a> {
    let rights = &standing.privileges;
    let is_given = match command {
        Command::Select | Command::All => rights.select,
        Command::Insert => rights.insert,
        Command::Update => rights.update,
        Command::Delete => rights.delete,
    };
    let plain = |allowed, why| (Some(allowed), why, Vec::new());
    if !rights.schema {
        return plain(false, Why::NoSchema);
    }
    if !is_given {
        return plain(false, Why::NoPrivilege);
    }
    let security = &standing.row_security;
    if security.view_of.is_some() {
        return (row.flatten().filter(|_| command == Command::Select), Why::View, Vec::new());
    }
    if !security.active {
        return plain(
            true,
            match security.above {
                None => Why::Off,
                Some(Above::Superuser) => Why::Superuser,
                Some(Above::Bypass) => Why::Bypass,
                Some(Above::Owner) => Why::Owner,
            },
        );
    }
    let is_row = row.is_some();
    let seeing = said(policies, Command::Select, is_row, |policy| policy.using.as_ref());
    match command {
        Command::Select | Command::All => match (seeing, row.flatten()) {
            // What is really found settles what could not be asked, or answers otherwise each time.
            ((decided, _, deciding), Some(seen)) if decided != Some(seen) => (Some(seen), Why::Unknown, deciding),
            (seeing, _) => seeing,
        },
        Command::Insert => said(policies, command, is_row, Policy::on_new_rows),
        Command::Update | Command::Delete => {
            let reached = said(policies, command, is_row, |policy| policy.using.as_ref());
            // A row is found by its columns, for which it has to be seen.
            let found = match (seeing.0, row.flatten()) {
                (None, known) => known,
                (decided, _) => decided,
            };
            match (reached.0, found) {
                (Some(false), _) => reached,
                (_, Some(false)) => (Some(false), Why::Unseen, seeing.2),
                _ if command == Command::Delete => both(reached, seeing),
                _ => {
                    // Left as it is, the row has to be one that they may leave behind.
                    let left = said(policies, command, is_row, Policy::on_new_rows);
                    both(both(reached, seeing), left)
                }
            }
        }
    }
}

/// What holds when both must.
fn both<'a>(one: Said<'a>, other: Said<'a>) -> Said<'a> {
    match (one.0, other.0) {
        (Some(false), _) | (_, Some(true)) => one,
        _ => other,
    }
}

/// What the policies of one command say together: any of the permissive, and all of the restrictive.
fn said(policies: &[Policy], command: Command, is_row: bool, of: impl Fn(&Policy) -> Option<&Expression>) -> Said<'_> {
    let about = |permissive: bool| {
        policies.iter().filter(move |policy| policy.applies && policy.permissive == permissive && policy.command.covers(command))
    };
    let (permissive, restrictive): (Vec<&Policy>, Vec<&Policy>) = (about(true).collect(), about(false).collect());
    if permissive.is_empty() {
        return (Some(false), Why::NoPolicy, Vec::new());
    }
    if !is_row {
        return (None, Why::Depends, permissive.into_iter().chain(restrictive).collect());
    }
    // A policy without an expression allows nothing, and forbids nothing.
    let truth = |policy: &Policy| match of(policy).map(|expression| &expression.result) {
        None => Some(!policy.permissive),
        Some(Some(Truth::True)) => Some(true),
        Some(Some(Truth::False | Truth::Null)) => Some(false),
        Some(None | Some(Truth::Refused { .. } | Truth::Withheld)) => None,
    };
    let with = |policies: &[&'_ Policy], wanted: Option<bool>| policies.iter().copied().any(|policy| truth(policy) == wanted);
    let unknown = |policies: &[&Policy]| with(policies, None);
    if unknown(&permissive) || unknown(&restrictive) {
        // PostgreSQL may ask them in any order, so one that fails can fail everything.
        let deciding = permissive.into_iter().chain(restrictive).filter(|policy| truth(policy).is_none()).collect();
        return (None, Why::Unknown, deciding);
    }
    let forbidding: Vec<&Policy> = restrictive.iter().copied().filter(|policy| truth(policy) == Some(false)).collect();
    let allowing: Vec<&Policy> = permissive.iter().copied().filter(|policy| truth(policy) == Some(true)).collect();
    if allowing.is_empty() {
        (Some(false), Why::NoneAllows, permissive)
    } else if forbidding.is_empty() {
        (Some(true), Why::Allows, allowing)
    } else {
        (Some(false), Why::Forbids, forbidding)
    }
}

fn sentence(who: &str, command: Command, allowed: Option<bool>, why: Why, names: &[String], standing: &Standing, is_row: bool) -> String {
    let verb = match command {
        Command::Select | Command::All => "see",
        Command::Insert => "insert",
        Command::Update => "change",
        Command::Delete => "delete",
    };
    let what = match (command, is_row) {
        (Command::Insert, true) => "a row like this",
        (_, true) => "this row",
        (_, false) => "rows",
    };
    let can = match (allowed, is_row) {
        (Some(true), false) => format!("{who} can {verb} every row"),
        (Some(true), true) => format!("{who} can {verb} {what}"),
        (Some(false), _) => format!("{who} can't {verb} {what}"),
        (None, false) => format!("Which rows {who} can {verb} depends on the row"),
        (None, true) => format!("Whether {who} can {verb} {what} can't be told"),
    };
    let list = names.iter().map(|name| format!("“{name}”")).collect::<Vec<_>>().join(", ");
    let (policy, is) = if names.len() == 1 { ("the policy", "is") } else { ("the policies", "are") };
    let role = &standing.role;
    let because = match why {
        Why::NoSchema => format!("{role} may not use the schema"),
        Why::NoPrivilege => format!("nothing that allows it was granted to {role}"),
        Why::View => {
            format!("a view reads its tables with the rights of its owner, {}", standing.row_security.view_of.as_deref().unwrap_or(""))
        }
        Why::Off => "row-level security is off for this table".into(),
        Why::Superuser => format!("{role} is a superuser, whom no policy binds"),
        Why::Bypass => format!("{role} is above row policies (bypassrls)"),
        Why::Owner => format!("{role} owns the table, and its policies are not forced on the owner"),
        Why::NoPolicy => format!("no permissive policy for it is about {role}"),
        Why::Depends => format!("{policy} {list} {} each of them", if names.len() == 1 { "decides on" } else { "decide on" }),
        Why::Allows => format!("{policy} {list} {is} true"),
        Why::NoneAllows => format!("none of its permissive policies is true: {list}"),
        Why::Forbids => format!("the restrictive {} {list} {is} not true", if names.len() == 1 { "policy" } else { "policies" }),
        Why::Unseen if list.is_empty() => "the row isn't seen, so it can't be found".into(),
        Why::Unseen => format!("the row isn't seen, so it can't be found; that depends on {policy} {list}"),
        Why::Unknown => format!("{policy} {list} can't be asked one by one"),
    };
    format!("{can}: {because}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::places::standing::{Privileges, RowSecurity};

    fn standing() -> Standing {
        Standing {
            role: "authenticated".into(),
            row_security: RowSecurity { enabled: true, forced: false, active: true, above: None, view_of: None },
            privileges: Privileges { schema: true, select: true, insert: true, update: true, delete: true },
            columns: Vec::new(),
        }
    }

    fn policy(name: &str, permissive: bool, command: Command, truth: Truth) -> Policy {
        let using = Some(Expression { sql: "…".into(), result: Some(truth) });
        Policy { name: name.into(), permissive, command, roles: vec!["public".into()], applies: true, using, check: None }
    }

    fn of(policies: &[Policy], command: Command, row: Option<Option<bool>>) -> (Option<bool>, Why, Vec<String>) {
        let verdict = all("Ada", &standing(), policies, row).into_iter().find(|one| one.command == command).unwrap();
        (verdict.allowed, verdict.why, verdict.policies)
    }

    fn named(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn any_permissive_and_all_restrictive_policies_must_hold() {
        let (yes, no, null) = (Truth::True, Truth::False, Truth::Null);
        let a = |truth: &Truth| policy("a", true, Command::All, truth.clone());
        let b = |truth: &Truth| policy("b", true, Command::Select, truth.clone());
        let r = |truth: &Truth| policy("r", false, Command::Select, truth.clone());
        let select = |policies: &[Policy]| of(policies, Command::Select, Some(None));
        assert_eq!(select(&[a(&no), b(&yes)]), (Some(true), Why::Allows, named(&["b"])));
        assert_eq!(select(&[a(&null), b(&no)]), (Some(false), Why::NoneAllows, named(&["a", "b"])));
        assert_eq!(select(&[a(&yes), r(&null)]), (Some(false), Why::Forbids, named(&["r"])));
        assert_eq!(select(&[r(&yes)]), (Some(false), Why::NoPolicy, named(&[])));
        assert_eq!(select(&[Policy { applies: false, ..a(&yes) }]), (Some(false), Why::NoPolicy, named(&[])));
        assert_eq!(select(&[a(&Truth::Withheld), b(&yes)]), (None, Why::Unknown, named(&["a"])));
        assert_eq!(of(&[a(&Truth::Withheld)], Command::Select, Some(Some(true))).0, Some(true), "what is found settles it");
        assert_eq!(of(&[a(&yes), r(&yes)], Command::Select, None), (None, Why::Depends, named(&["a", "r"])));
    }

    #[test]
    fn a_row_that_is_not_seen_is_not_changed() {
        let seeing = policy("see", true, Command::Select, Truth::False);
        let changing = policy("change", true, Command::Update, Truth::True);
        assert_eq!(
            of(&[seeing.clone(), changing.clone()], Command::Update, Some(Some(false))),
            (Some(false), Why::Unseen, named(&["see"]))
        );
        let seen = policy("see", true, Command::Select, Truth::True);
        assert_eq!(of(&[seen.clone(), changing.clone()], Command::Update, Some(Some(true))), (Some(true), Why::Allows, named(&["change"])));
        let strict = Policy { check: Some(Expression { sql: "…".into(), result: Some(Truth::False) }), ..changing };
        assert_eq!(of(&[seen, strict], Command::Update, Some(Some(true))), (Some(false), Why::NoneAllows, named(&["change"])));
    }

    #[test]
    fn a_policy_without_an_expression_allows_nothing_and_forbids_nothing() {
        let bare = |permissive| Policy { using: None, ..policy("bare", permissive, Command::All, Truth::True) };
        let good = policy("good", true, Command::All, Truth::True);
        assert_eq!(of(&[bare(true)], Command::Select, Some(None)), (Some(false), Why::NoneAllows, named(&["bare"])));
        assert_eq!(of(&[bare(false), good], Command::Select, Some(None)), (Some(true), Why::Allows, named(&["good"])));
    }
}
