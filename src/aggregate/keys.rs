//! The keys of groups: what `by` makes of a record or a fact, and back.
//!
//! Reports and rules group alike. Which aggregator a group has is not known here.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;

use crate::expr::{Datum, Operand, Subject};
use crate::record::{Batch, NameId, Seed, bounded};
use crate::summary::Value;

/// What `by` names.
///
/// The key of a group is its values one behind the other, each with its length in front, so that
/// no value can pretend to be two; a missing value is `-`.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    operands: Vec<Operand>,
    seed: Seed,
}

impl Keys {
    pub(super) fn new(operands: Vec<Operand>, seed: Seed) -> Keys {
        Keys { operands, seed }
    }

    pub(super) fn operands(&self) -> &[Operand] {
        &self.operands
    }

    /// The key of a record or fact.
    pub(super) fn key(&self, subject: &dyn Subject) -> String {
        let mut key = String::new();
        self.write_key(subject, &mut key);
        key
    }

    /// The same, over what was in `key`.
    pub(super) fn write_key(&self, subject: &dyn Subject, key: &mut String) {
        key.clear();
        for operand in &self.operands {
            push_part(key, operand.of(subject).as_ref().map(Datum::text).as_deref());
        }
    }

    /// Rows by group, groups in order of first sight. Neighbours often are of one group: it is
    /// looked up where it changes.
    pub(super) fn partition(&self, batch: &Batch, rows: &[u32]) -> Vec<(String, Vec<u32>)> {
        let mut groups: Vec<(String, Vec<u32>)> = Vec::new();
        let mut place = 0;
        if let [operand] = self.operands.as_slice()
            && let Some(column) = column(operand, batch)
        {
            // The key is a column of names: rows are sorted by number, not by text.
            let mut places: HashMap<NameId, usize, _> = HashMap::with_hasher(self.seed.hasher());
            let mut last = None;
            for &row in rows {
                let name = column[row as usize];
                if last != Some(name) {
                    last = Some(name);
                    place = *places.entry(name).or_insert_with(|| {
                        let mut key = String::new();
                        push_part(&mut key, name.is_some().then(|| batch.names.get(name)));
                        groups.push((key, Vec::new()));
                        groups.len() - 1
                    });
                }
                groups[place].1.push(row);
            }
            return groups;
        }
        let mut places: HashMap<String, usize, _> = HashMap::with_hasher(self.seed.hasher());
        let mut key = String::new();
        for &row in rows {
            self.write_key(&batch.record(row), &mut key);
            if groups.get(place).is_none_or(|(last, _)| *last != key) {
                place = places.get(&key).copied().unwrap_or_else(|| {
                    groups.push((key.clone(), Vec::new()));
                    places.insert(key.clone(), groups.len() - 1);
                    groups.len() - 1
                });
            }
            groups[place].1.push(row);
        }
        groups
    }

    /// The columns of names that the keys are; `None` if one of them is no such column.
    pub(super) fn columns<'b>(&self, batch: &'b Batch) -> Option<Vec<&'b [NameId]>> {
        self.operands.iter().map(|operand| column(operand, batch)).collect()
    }

    /// The names of the keys with the values of a group; those of `(other)` without a key.
    pub(super) fn labels(&self, key: Option<&str>) -> Vec<(String, Value)> {
        let parts = key.map(parts);
        let value = |at: usize| match &parts {
            None => Value::Rest("(other)"),
            Some(parts) => match parts.get(at) {
                Some(Some(text)) => self.typed(at, text),
                _ => Value::Rest("(none)"),
            },
        };
        self.operands.iter().enumerate().map(|(at, operand)| (operand.label(), value(at))).collect()
    }

    /// Hours are numbers in reports, everything else is text.
    fn typed(&self, at: usize, text: &str) -> Value {
        match (&self.operands[at], text.parse()) {
            (Operand::Hour(_), Ok(hour)) => Value::Int(hour),
            _ => Value::text(text),
        }
    }
}

/// The column of names that an operand is, if it is one.
pub(super) fn column<'a>(operand: &Operand, batch: &'a Batch) -> Option<&'a [NameId]> {
    Some(match operand {
        Operand::Level => &batch.level,
        Operand::Logger => &batch.logger,
        Operand::Module => &batch.module,
        Operand::Function => &batch.function,
        Operand::Client => &batch.client,
        _ => return None,
    })
}

/// What stands in a key for a missing value.
pub(super) const MISSING: &str = "-";

fn push_part(key: &mut String, part: Option<&str>) {
    match part {
        Some(text) => {
            // Facts have bounded names: those of records must give the same key.
            let text = bounded(text);
            // Writing to a string cannot fail.
            let _ = write!(key, "{}", text.len());
            key.push(':');
            key.push_str(&text);
        }
        None => key.push_str(MISSING),
    }
}

/// The values of a key. What was cut off with a key that was too long is missing at its end.
pub(super) fn parts(key: &str) -> Vec<Option<String>> {
    let mut rest = key;
    let mut parts = Vec::new();
    while !rest.is_empty() {
        if let Some(tail) = rest.strip_prefix(MISSING) {
            parts.push(None);
            rest = tail;
            continue;
        }
        let Some((length, tail)) = rest.split_once(':') else { break };
        let length = length.parse().unwrap_or(usize::MAX).min(tail.len());
        let length = tail.floor_char_boundary(length);
        parts.push(Some(tail[..length].to_owned()));
        rest = &tail[length..];
    }
    parts
}

/// The name of the label that a key behind `by` gives to alerts: characters that the names of
/// labels have not become `_`, so that `field("a.b")` is `a_b`.
#[must_use]
pub fn label_name(key: &str) -> Cow<'_, str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins = key.starts_with(|c: char| fits(c) && !c.is_ascii_digit());
    if begins && key.chars().all(fits) {
        return Cow::Borrowed(key);
    }
    let rest = key.chars().map(|c| if fits(c) { c } else { '_' });
    let digit = key.starts_with(|c: char| c.is_ascii_digit());
    Cow::Owned(digit.then_some('_').into_iter().chain(rest).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_are_unambiguous(values in prop::collection::vec(prop::option::of("[-:a1é]{0,4}"), 1..5)) {
            let mut key = String::new();
            for value in &values {
                push_part(&mut key, value.as_deref());
            }
            prop_assert_eq!(parts(&key), values);
        }
    }

    #[test]
    fn labels_have_names_that_receivers_take() {
        for (key, name) in [
            ("client", "client"),
            ("a.b-c", "a_b_c"),
            ("9x", "_9x"),
            ("größe", "gr__e"),
            (".", "_"),
        ] {
            assert_eq!(label_name(key), name);
        }
        assert!(matches!(label_name("task_1"), Cow::Borrowed(_)));
    }
}
