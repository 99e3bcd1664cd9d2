//! What is selected, and where each value of the JSON object is found in the row.

use super::records::Records;
use super::writer::{OURS, Writer};
use crate::list::failure::Risk;
use crate::list::grammar::{Field, Item, Selection};
use crate::list::relation::Column;
use crate::list::types::{ColumnType, Encoding, Kind, Scalar};
use crate::problem::Problem;

/// One value of the JSON object.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) key: String,
    pub(crate) encoding: Encoding,
    /// Column of the result.
    pub(crate) index: usize,
    pub(crate) shorten: Option<Shorten>,
    pub(crate) records: Option<Records>,
}

impl Output {
    fn new(key: impl Into<String>, encoding: Encoding, index: usize) -> Self {
        Self { key: key.into(), encoding, index, shorten: None, records: None }
    }
}

/// Of JSON and the like, what takes more bytes on the disk isn't unpacked to be shortened.
const MOST_UNPACKED: u32 = 128 << 10;

/// How a long value is shortened. The server cuts what is far too long, so that many megabytes never travel, by a
/// test that costs nothing; the writer does it exactly for what arrives whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shorten {
    /// Longest value in characters.
    pub(crate) max: u32,
    /// Column with the full size in bytes, NULL unless the server cut the value.
    pub(crate) size: usize,
}

/// The select list while it grows.
#[derive(Default)]
pub(super) struct Columns<'r> {
    /// The expressions with commas between them.
    pub(super) sql: String,
    len: usize,
    pub(super) outputs: Vec<Output>,
    /// Columns that are selected as they are, and where.
    plain: Vec<(&'r str, usize)>,
}

impl<'r> Columns<'r> {
    pub(super) fn add(&mut self, expr: &str) -> usize {
        self.add_with(|sql| sql.push_str(expr))
    }

    fn add_with(&mut self, write: impl FnOnce(&mut String)) -> usize {
        if self.len > 0 {
            self.sql.push_str(", ");
        }
        write(&mut self.sql);
        self.len += 1;
        self.len - 1
    }

    /// A column as it is.
    fn add_column(&mut self, key: &str, column: &'r Column) {
        let index = self.add_with(|sql| {
            column.sql_into(sql);
            sql.push_str(if column.records.is_some() { "" } else { column.ty.text_cast() });
        });
        if column.ty.encoding.is_some() {
            self.plain.push((&column.name, index));
        }
        self.outputs.push(Output { records: column.records.clone(), ..Output::new(key, column.ty.arriving(), index) });
    }

    /// Where the unchanged value of a field is.
    pub(super) fn position(&self, field: &Field) -> Option<usize> {
        if !field.steps.is_empty() {
            return None;
        }
        self.plain.iter().find(|(name, _)| *name == field.column).map(|(_, i)| *i)
    }

    /// The select list; a row without columns is still a row.
    pub(super) fn list(&self) -> &str {
        if self.len == 0 { "null" } else { &self.sql }
    }
}

impl<'r> Writer<'r> {
    pub(super) fn columns(&mut self, selection: &Selection, versions: bool, shorten: Option<u32>) -> Result<Columns<'r>, Problem> {
        let mut columns = Columns::default();
        let relation = self.relation;
        if selection.items.is_empty() {
            columns.sql.reserve(relation.columns.len() * 24);
            columns.outputs.reserve(relation.columns.len());
            for column in relation.columns.iter().filter(|c| c.selectable) {
                self.column(&mut columns, &column.name, column, shorten);
            }
        } else {
            for item in &selection.items {
                self.item(&mut columns, item, shorten)?;
            }
        }
        if versions && let Some(version) = &relation.version {
            let index = columns.add(&format!("({version})::text"));
            columns.outputs.push(Output::new("$version", Encoding::TEXT, index));
        }
        Ok(columns)
    }

    /// A column, shortened when its values can be longer than wanted.
    fn column(&mut self, columns: &mut Columns<'r>, key: &str, column: &'r Column, shorten: Option<u32>) {
        let is_value = column.records.is_none();
        match shorten.filter(|max| is_value && can_be_long(column.ty.kind) && column.max_length.is_none_or(|l| l > *max)) {
            Some(max) => self.shortened(columns, key, &column.sql(), &column.sql(), column.ty.kind, max),
            None => columns.add_column(key, column),
        }
    }

    fn item(&mut self, columns: &mut Columns<'r>, item: &Item, shorten: Option<u32>) -> Result<(), Problem> {
        let column = self.relation.find(&item.field.column);
        if let (None, [], Some(column)) = (item.cast, item.field.steps.as_slice(), column) {
            self.column(columns, &item.key, column, shorten);
            return Ok(());
        }
        let field = self.field(&item.field, "select")?;
        let ty = match (item.cast, item.field.steps.last(), column) {
            (Some(cast), _, _) => ColumnType::named(cast),
            (None, Some(step), _) if step.gives_text() => ColumnType::named("text"),
            (None, _, Some(column)) => column.ty.clone(),
            (None, _, None) => ColumnType::named("text"),
        };
        if item.cast.is_some() {
            self.origins.risks.push((Risk::Cast, "select".into()));
        }
        let expr = item.cast.map_or_else(|| field.clone(), |cast| format!("{field}::{cast}"));
        // A text as text is itself.
        let stored = if column.is_some_and(|column| column.ty.kind == Kind::Text) { &expr } else { &field };
        match shorten.filter(|_| can_be_long(ty.kind)) {
            Some(max) => self.shortened(columns, &item.key, &expr, stored, ty.kind, max),
            None => {
                let index = columns.add(&format!("{expr}{}", ty.text_cast()));
                columns.outputs.push(Output::new(item.key.clone(), ty.arriving(), index));
            }
        }
        Ok(())
    }

    /// Adds a value that may be long and, beside it, its full size when it was cut; `stored`: what it is made from.
    fn shortened(&mut self, columns: &mut Columns<'r>, key: &str, expr: &str, stored: &str, kind: Kind, max: u32) {
        // A byte of bytea is two hex digits, after the `\x`.
        let most = if kind == Kind::Bytea { (max / 2).saturating_sub(1) } else { max };
        let most = format!("{}::int4", self.bind(most.to_string(), OURS));
        let (bytes, space) = (format!("octet_length({expr})"), format!("pg_column_size({stored})"));
        let whole = if kind == Kind::Bytea { expr.to_owned() } else { format!("{expr}::text") };
        // Sizes as stored are known without unpacking the value. A character has at most four bytes.
        let (is_long, cut, size) = match kind {
            Kind::Bytea => (format!("{bytes} > {most}"), format!("substring({expr} from 1 for {most})"), bytes),
            Kind::Text if stored == expr => (format!("{bytes} > 4 * {most}"), format!("left({whole}, {most})"), bytes),
            // The beginning can't be had without all of it, which takes long for what is huge: of that nothing is shown.
            _ => (
                format!("{space} > {most}"),
                format!("case when {space} > {MOST_UNPACKED} then '' else left({whole}, {most}) end"),
                format!("case when {space} > {MOST_UNPACKED} then {space} else octet_length({whole}) end"),
            ),
        };
        let index = columns.add(&format!("case when {is_long} then {cut} else {whole} end"));
        let size = columns.add(&format!("case when {is_long} then {size} end"));
        let encoding = Encoding::Scalar(match kind {
            Kind::Bytea => Scalar::Bytea,
            Kind::Json | Kind::Jsonb => Scalar::Json,
            _ => Scalar::Text,
        });
        columns.outputs.push(Output { shorten: Some(Shorten { max, size }), ..Output::new(key, encoding, index) });
    }
}

/// Types whose values can be long enough to matter.
fn can_be_long(kind: Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Json | Kind::Jsonb | Kind::Bytea | Kind::Other | Kind::TextSearch)
}
