//! Rows inside of a row: records as PostgreSQL sends them (`record_send`, in `array_send` where there are many), written
//! like every other row.

use super::value::four;
use super::{Entry, How, JsonWriter, Unreadable};
use crate::list::sql::Form;
use postgres_types::Type;

const BROKEN: Unreadable = Unreadable("record");

/// A record, or an array of them; `None` is NULL.
pub(super) fn write(form: Form, writer: &JsonWriter, bytes: Option<&[u8]>, out: &mut Vec<u8>) -> Result<(), Unreadable> {
    match (form, bytes) {
        (Form::One, None) => out.extend_from_slice(b"null"),
        (Form::One, Some(bytes)) => object(writer, bytes, out)?,
        (Form::Many, bytes) => {
            out.push(b'[');
            for (i, record) in elements(bytes)?.into_iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                object(writer, record, out)?;
            }
            out.push(b']');
        }
        (Form::Spread | Form::SpreadMany, bytes) => Place::read(form, writer, bytes)?.spread(writer, out)?,
    }
    Ok(())
}

/// Where a record stands whose values are those of the row that it is in: once, or in a list.
enum Place<'v> {
    One(Option<Record<'v>>),
    Many(Vec<Place<'v>>),
}

impl<'v> Place<'v> {
    fn read(form: Form, writer: &JsonWriter, bytes: Option<&'v [u8]>) -> Result<Self, Unreadable> {
        let one = |bytes: Option<&'v [u8]>| Ok(Self::One(bytes.map(|bytes| Record::read(writer, bytes)).transpose()?));
        match form {
            Form::SpreadMany => elements(bytes)?.into_iter().map(|bytes| one(Some(bytes))).collect::<Result<_, _>>().map(Self::Many),
            _ => one(bytes),
        }
    }

    /// Each value by its name; of records in a list, the list of their values.
    fn spread(&self, writer: &JsonWriter, out: &mut Vec<u8>) -> Result<(), Unreadable> {
        for field in &writer.fields {
            match &field.how {
                How::Records(form @ (Form::Spread | Form::SpreadMany), inner) => {
                    self.below(field.index, *form, inner)?.spread(inner, out)?
                }
                _ => {
                    out.extend_from_slice(&field.lead);
                    self.value(field, out)?;
                }
            }
        }
        Ok(())
    }

    fn below(&self, index: usize, form: Form, writer: &JsonWriter) -> Result<Place<'v>, Unreadable> {
        match self {
            Self::One(None) => Self::read(form, writer, None),
            Self::One(Some(record)) => Self::read(form, writer, record.get(index)?),
            Self::Many(places) => places.iter().map(|place| place.below(index, form, writer)).collect::<Result<_, _>>().map(Self::Many),
        }
    }

    fn value(&self, field: &Entry, out: &mut Vec<u8>) -> Result<(), Unreadable> {
        match self {
            Self::One(record) => field.value(&|index| record.as_ref().map_or(Ok(None), |record| record.get(index)), out)?,
            Self::Many(places) => {
                out.push(b'[');
                for (i, place) in places.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    place.value(field, out)?;
                }
                out.push(b']');
            }
        }
        Ok(())
    }
}

fn object(writer: &JsonWriter, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Unreadable> {
    let record = Record::read(writer, bytes)?;
    out.push(b'{');
    writer.values(|index| record.get(index), out)?;
    out.push(b'}');
    Ok(())
}

/// Type and bytes of each column.
struct Record<'v>(Vec<(u32, Option<&'v [u8]>)>);

impl<'v> Record<'v> {
    fn read(writer: &JsonWriter, bytes: &'v [u8]) -> Result<Self, Unreadable> {
        let columns = four(bytes, 0).ok_or(BROKEN)? as usize;
        let mut rest = bytes.get(4..).ok_or(BROKEN)?;
        let mut fields = Vec::with_capacity(columns.min(2048));
        for _ in 0..columns {
            let oid = four(rest, 0).ok_or(BROKEN)?;
            let (value, after) = sized(rest.get(4..).ok_or(BROKEN)?)?;
            fields.push((oid, value));
            rest = after;
        }
        let record = Self(fields);
        writer.check_types(|index| record.0.get(index).and_then(|(oid, _)| Type::from_oid(*oid)))?;
        Ok(record)
    }

    fn get(&self, index: usize) -> Result<Option<&'v [u8]>, Unreadable> {
        self.0.get(index).map(|(_, value)| *value).ok_or(BROKEN)
    }
}

/// The records of an array of one dimension.
fn elements(bytes: Option<&[u8]>) -> Result<Vec<&[u8]>, Unreadable> {
    let Some(bytes) = bytes else { return Ok(Vec::new()) };
    if four(bytes, 0).ok_or(BROKEN)? == 0 {
        return Ok(Vec::new());
    }
    let count = four(bytes, 12).ok_or(BROKEN)? as usize;
    let mut rest = bytes.get(20..).ok_or(BROKEN)?;
    let mut records = Vec::with_capacity(count.min(1024));
    for _ in 0..count {
        let (record, after) = sized(rest)?;
        records.push(record.ok_or(BROKEN)?);
        rest = after;
    }
    Ok(records)
}

/// A value after its length, and what follows it; a negative length is NULL.
fn sized(bytes: &[u8]) -> Result<(Option<&[u8]>, &[u8]), Unreadable> {
    let length = four(bytes, 0).ok_or(BROKEN)?.cast_signed();
    let rest = bytes.get(4..).ok_or(BROKEN)?;
    match usize::try_from(length) {
        Ok(length) => rest.split_at_checked(length).map(|(value, after)| (Some(value), after)).ok_or(BROKEN),
        Err(_) => Ok((None, rest)),
    }
}
