//! What is selected, and where each value of the JSON object is found in the row.

use super::writer::{OURS, Writer};
use crate::list::failure::Risk;
use crate::list::grammar::{Field, Item, Selection};
use crate::list::types::{ColumnType, Encoding, Kind, Scalar};
use crate::problem::Problem;

/// One value of the JSON object.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) key: String,
    pub(crate) encoding: Encoding,
    /// Column of the result.
    pub(crate) index: usize,
    /// Column with the full size in bytes, NULL unless the value was shortened.
    pub(crate) size: Option<usize>,
}

/// The select list while it grows.
#[derive(Default)]
pub(super) struct Columns {
    pub(super) exprs: Vec<String>,
    pub(super) outputs: Vec<Output>,
    /// Plain columns that are selected as they are, and where.
    plain: Vec<(Field, usize)>,
}

impl Columns {
    pub(super) fn add(&mut self, expr: String) -> usize {
        self.exprs.push(expr);
        self.exprs.len() - 1
    }

    /// Where the unchanged value of a field is.
    pub(super) fn position(&self, field: &Field) -> Option<usize> {
        self.plain.iter().find(|(f, _)| f == field).map(|(_, i)| *i)
    }
}

impl Writer<'_> {
    pub(super) fn columns(&mut self, selection: &Selection, versions: bool, shorten: Option<u32>) -> Result<Columns, Problem> {
        let mut columns = Columns::default();
        let relation = self.relation;
        if selection.items.is_empty() {
            for column in relation.columns.iter().filter(|c| c.selectable) {
                let item = Item { key: column.name.clone(), field: Field::column(column.name.clone()), cast: None };
                self.item(&mut columns, &item, shorten)?;
            }
        } else {
            for item in &selection.items {
                self.item(&mut columns, item, shorten)?;
            }
        }
        if versions && let Some(version) = &relation.version {
            let index = columns.add(format!("({version})::text"));
            columns.outputs.push(Output { key: "$version".into(), encoding: Encoding::TEXT, index, size: None });
        }
        Ok(columns)
    }

    fn item(&mut self, columns: &mut Columns, item: &Item, shorten: Option<u32>) -> Result<(), Problem> {
        let expr = self.field(&item.field, "select")?;
        let column = self.relation.find(&item.field.column);
        let ty = match (item.cast, item.field.steps.last(), column) {
            (Some(cast), _, _) => ColumnType::named(cast),
            (None, Some(step), _) if step.gives_text() => ColumnType::named("text"),
            (None, _, Some(column)) => column.ty.clone(),
            (None, _, None) => ColumnType::named("text"),
        };
        let expr = match item.cast {
            Some(cast) => {
                self.origins.risks.push((Risk::Cast, "select".into()));
                format!("{expr}::{cast}")
            }
            None => expr,
        };
        let is_plain = item.cast.is_none() && item.field.steps.is_empty();
        let limit = column.and_then(|c| c.max_length).filter(|_| is_plain);
        let long = |max: &u32| can_be_long(ty.kind) && limit.is_none_or(|l| l > *max);
        let output = match shorten.filter(long) {
            Some(max) => self.shortened(columns, &item.key, &expr, ty.kind, max),
            None => {
                let index = columns.add(format!("{expr}{}", ty.text_cast()));
                if is_plain && ty.encoding.is_some() {
                    columns.plain.push((item.field.clone(), index));
                }
                Output { key: item.key.clone(), encoding: ty.arriving(), index, size: None }
            }
        };
        columns.outputs.push(output);
        Ok(())
    }

    /// The beginning of a long value and, beside it, its full size. The server cuts, so that a value of many
    /// megabytes never travels; sizes are known to it without unpacking the value.
    fn shortened(&mut self, columns: &mut Columns, key: &str, expr: &str, kind: Kind, max: u32) -> Output {
        let is_bytea = kind == Kind::Bytea;
        // A byte is two hex digits, after the `\x`.
        let most = if is_bytea { (max / 2).saturating_sub(1) } else { max };
        let most = format!("{}::int4", self.bind(most.to_string(), OURS));
        let whole = if is_bytea { expr.to_owned() } else { format!("{expr}::text") };
        let size = format!("octet_length({whole})");
        let (cut, long) = if is_bytea {
            (format!("substring({whole} from 1 for {most})"), format!("{size} > {most}"))
        } else {
            (format!("left({whole}, {most})"), format!("{size} > {most} and length({whole}) > {most}"))
        };
        let index = columns.add(format!("case when {long} then {cut} else {whole} end"));
        let size = columns.add(format!("case when {long} then {size} end"));
        let encoding = Encoding::Scalar(match kind {
            Kind::Bytea => Scalar::Bytea,
            Kind::Json | Kind::Jsonb => Scalar::Json,
            _ => Scalar::Text,
        });
        Output { key: key.to_owned(), encoding, index, size: Some(size) }
    }
}

/// Types whose values can be long enough to matter.
fn can_be_long(kind: Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Json | Kind::Jsonb | Kind::Bytea | Kind::Other | Kind::TextSearch)
}
