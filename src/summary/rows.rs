//! The rows of a table, packed: a report may have a million of them.

use super::Value;
use crate::record::Timestamp;

/// Rows of values in order, written one behind the other into one buffer. A row of a client's
/// figures takes some 40 bytes instead of 250.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    bytes: Vec<u8>,
    /// Where each row ends.
    ends: Vec<usize>,
}

impl Rows {
    /// Appends a row.
    pub fn push(&mut self, row: Vec<Value>) {
        for value in row {
            pack(&value, &mut self.bytes);
        }
        self.ends.push(self.bytes.len());
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The rows, each unpacked in its turn.
    pub fn iter(&self) -> impl Iterator<Item = Vec<Value>> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| {
            let mut rest = &self.bytes[start..*end];
            std::iter::from_fn(|| unpack(&mut rest)).collect()
        })
    }
}

impl Extend<Vec<Value>> for Rows {
    fn extend<I: IntoIterator<Item = Vec<Value>>>(&mut self, rows: I) {
        rows.into_iter().for_each(|row| self.push(row));
    }
}

impl FromIterator<Vec<Value>> for Rows {
    fn from_iter<I: IntoIterator<Item = Vec<Value>>>(rows: I) -> Rows {
        let mut packed = Rows::default();
        packed.extend(rows);
        packed
    }
}

impl From<Vec<Vec<Value>>> for Rows {
    fn from(rows: Vec<Vec<Value>>) -> Rows {
        rows.into_iter().collect()
    }
}

/// Writes a value: a byte for its kind, and what that kind needs. Small counts take one byte more.
fn pack(value: &Value, out: &mut Vec<u8>) {
    let mut fixed = |kind: u8, bytes: [u8; 8]| {
        out.push(kind);
        out.extend(bytes);
    };
    match value {
        Value::Null => out.push(0),
        Value::Int(n) => match u8::try_from(*n) {
            Ok(small) => out.extend([1, small]),
            Err(_) => fixed(2, n.to_le_bytes()),
        },
        Value::Float(x) => fixed(3, x.to_le_bytes()),
        Value::Ratio(x) => fixed(4, x.to_le_bytes()),
        Value::Seconds(x) => fixed(5, x.to_le_bytes()),
        Value::Millis(x) => fixed(6, x.to_le_bytes()),
        Value::Time(time) => fixed(7, time.micros().to_le_bytes()),
        Value::Bool(truth) => out.extend([8, u8::from(*truth)]),
        Value::Text(text) => {
            fixed(9, (text.len() as u64).to_le_bytes());
            out.extend(text.as_bytes());
        }
        Value::Rest(name) => out.push(if *name == "(none)" { 10 } else { 11 }),
    }
}

/// Reads the next value; none at the end.
fn unpack(rest: &mut &[u8]) -> Option<Value> {
    let kind = take::<1>(rest)?[0];
    Some(match kind {
        1 => Value::Int(i64::from(take::<1>(rest)?[0])),
        2 => Value::Int(i64::from_le_bytes(take(rest)?)),
        3 => Value::Float(f64::from_le_bytes(take(rest)?)),
        4 => Value::Ratio(f64::from_le_bytes(take(rest)?)),
        5 => Value::Seconds(f64::from_le_bytes(take(rest)?)),
        6 => Value::Millis(f64::from_le_bytes(take(rest)?)),
        7 => Value::Time(Timestamp::from_micros(i64::from_le_bytes(take(rest)?))),
        8 => Value::Bool(take::<1>(rest)?[0] != 0),
        9 => {
            let length = usize::try_from(u64::from_le_bytes(take(rest)?)).ok()?;
            let (text, tail) = rest.split_at_checked(length)?;
            *rest = tail;
            Value::text(std::str::from_utf8(text).ok()?)
        }
        10 => Value::Rest("(none)"),
        11 => Value::Rest("(other)"),
        _ => Value::Null,
    })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::Int),
            (0_i64..300).prop_map(Value::Int),
            (-1e9..1e9).prop_map(Value::Float),
            (0.0..1.0).prop_map(Value::Ratio),
            (0.0..1e9).prop_map(Value::Seconds),
            (0.0..1e9).prop_map(Value::Millis),
            any::<i64>().prop_map(|micros| Value::Time(Timestamp::from_micros(micros))),
            any::<bool>().prop_map(Value::Bool),
            "\\PC{0,12}".prop_map(|text| Value::text(&text)),
            prop_oneof![Just("(none)"), Just("(other)")].prop_map(Value::Rest),
        ]
    }

    proptest! {
        #[test]
        fn rows_come_out_as_they_went_in(
            rows in prop::collection::vec(prop::collection::vec(value(), 0..6), 0..8)
        ) {
            let packed = Rows::from(rows.clone());
            prop_assert_eq!((packed.len(), packed.is_empty()), (rows.len(), rows.is_empty()));
            prop_assert_eq!(packed.iter().collect::<Vec<_>>(), rows);
        }
    }
}
