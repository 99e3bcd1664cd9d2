//! Names and types: does the column exist here, may it be used so, and does the operator fit it.

use super::operator::Operator;
use super::tree::{Field, Is, Step, Value};
use crate::list::relation::{Column, Relation};
use crate::list::types::Kind;
use crate::problem::Problem;

/// What a column is named for; each has its own flag on the column.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Filter,
    Select,
    Order,
}

impl Use {
    fn allows(self, column: &Column) -> bool {
        match self {
            Self::Filter => column.filterable,
            Self::Select => column.selectable,
            // A cursor shows the values it was sorted by.
            Self::Order => column.sortable && column.selectable,
        }
    }

    fn refusal(self) -> &'static str {
        match self {
            Self::Filter => "can't be filtered by",
            Self::Select => "can't be read",
            Self::Order => "can't be sorted by",
        }
    }
}

/// Finds the column a caller named; the problem otherwise names the nearest one there is.
pub(super) fn column<'r>(relation: &'r Relation, parameter: &str, name: &str, purpose: Use) -> Result<&'r Column, Problem> {
    match relation.find(name) {
        Some(column) if purpose.allows(column) => Ok(column),
        // A column that may not even be read is not admitted to exist.
        Some(column) if column.selectable => Err(Problem::filter(parameter, format!("{} {}", shown(name), purpose.refusal()))),
        _ => Err(Problem::filter(parameter, unknown(relation, name, purpose))),
    }
}

fn unknown(relation: &Relation, name: &str, purpose: Use) -> String {
    let known: Vec<&str> = relation.columns.iter().filter(|c| purpose.allows(c)).map(|c| c.name.as_str()).collect();
    let wanted: String = name.chars().take(64).collect::<String>().to_lowercase();
    let nearest = known
        .iter()
        .map(|k| (strsim::damerau_levenshtein(&wanted, &k.to_lowercase()), *k))
        .min()
        .filter(|(distance, k)| *distance <= 2.max(k.chars().count() / 2));
    match nearest {
        Some((_, nearest)) => format!("there is no column {}; did you mean {}?", shown(name), shown(nearest)),
        None if known.is_empty() => format!("there is no column {}", shown(name)),
        None => {
            let list = known.iter().take(12).copied().collect::<Vec<_>>().join(", ");
            format!("there is no column {}; there are {list}{}", shown(name), if known.len() > 12 { ", …" } else { "" })
        }
    }
}

/// A name in a message: short, and never more than it is.
pub(super) fn shown(name: &str) -> String {
    let mut short: String = name.chars().take(60).collect();
    if short.len() < name.len() {
        short.push('…');
    }
    format!("“{short}”")
}

/// The kind of value a field gives, after its JSON path.
pub(super) fn kind(column: &Column, parameter: &str, field: &Field) -> Result<Kind, Problem> {
    let Some(last) = field.steps.last() else {
        return Ok(column.ty.kind);
    };
    match column.ty.kind {
        Kind::Json | Kind::Jsonb if last.gives_text() => Ok(Kind::Text),
        Kind::Json => Ok(Kind::Json),
        Kind::Jsonb => Ok(Kind::Jsonb),
        _ => Err(Problem::filter(
            parameter,
            format!("{} is {}, so it has no JSON path; -> and ->> work on json and jsonb", shown(&column.name), column.ty.name),
        )),
    }
}

/// Does the operator fit the field's type?
pub(super) fn operator(relation: &Relation, parameter: &str, field: &Field, operator: Operator, value: &Value) -> Result<(), Problem> {
    let column = column(relation, parameter, &field.column, Use::Filter)?;
    let kind = kind(column, parameter, field)?;
    let type_name = match field.steps.last() {
        Some(step) if step.gives_text() => "text",
        Some(Step::Key(_) | Step::Index(_)) | None | Some(_) => column.ty.name.as_str(),
    };
    if !operator.fits(kind) {
        let hint = if kind == Kind::Json { " (take a text out of it with ->>)" } else { "" };
        return Err(Problem::filter(
            parameter,
            format!(
                "{} doesn't work on {}, which is {type_name}; what does: {}{hint}",
                operator.name(),
                shown(&column.name),
                Operator::fitting(kind),
            ),
        ));
    }
    if let Value::Is(Is::True | Is::False | Is::Unknown) = value
        && !matches!(kind, Kind::Bool | Kind::Other)
    {
        return Err(Problem::filter(
            parameter,
            format!("is.true, is.false and is.unknown need a boolean; {} is {type_name}", shown(&column.name)),
        ));
    }
    Ok(())
}
