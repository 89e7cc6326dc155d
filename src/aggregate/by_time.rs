//! A bounded table by time, which remembers the order of first sight.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Values by time (whatever its unit), each time once.
///
/// There are at most `cap` of them, those that were seen first; what belongs to further times
/// goes to [`ByTime::other`]. As with [`Keyed`](super::keyed::Keyed), states of parts have no
/// cap: it works where they are put together, in the order of the input and not of time.
#[derive(Debug)]
pub(super) struct ByTime<V> {
    values: BTreeMap<i64, V>,
    /// The times in order of first sight.
    seen: Vec<i64>,
    other: Option<V>,
    cap: usize,
}

impl<V> ByTime<V> {
    /// An empty table.
    pub(super) fn new(cap: usize) -> ByTime<V> {
        ByTime { values: BTreeMap::new(), seen: Vec::new(), other: None, cap }
    }

    /// The value of a time, made if it is new; that of the others if the table is full.
    pub(super) fn at(&mut self, time: i64, make: impl FnOnce() -> V) -> &mut V {
        let ByTime { values, seen, other, cap } = self;
        if values.len() >= *cap && !values.contains_key(&time) {
            return other.get_or_insert_with(make);
        }
        values.entry(time).or_insert_with(|| {
            seen.push(time);
            make()
        })
    }

    /// The times with their values, by time.
    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, &V)> {
        self.values.iter().map(|(time, value)| (*time, value))
    }

    /// The same in order of first sight.
    pub(super) fn in_order(&self) -> impl Iterator<Item = (i64, &V)> {
        self.seen.iter().filter_map(|time| Some((*time, self.values.get(time)?)))
    }

    /// What belongs to the times past the cap, if there were any.
    pub(super) fn other(&self) -> Option<&V> {
        self.other.as_ref()
    }

    /// Sets what belongs to the times past the cap.
    pub(super) fn set_other(&mut self, other: Option<V>) {
        self.other = other;
    }

    /// Appends a table that was filled behind this one. Values are added to those that are made
    /// here, in which caps of their own may work.
    pub(super) fn merge(
        &mut self,
        later: ByTime<V>,
        make: impl Fn() -> V,
        add: impl Fn(&mut V, V),
    ) {
        let ByTime { mut values, seen, other, .. } = later;
        for time in seen {
            if let Some(value) = values.remove(&time) {
                add(self.at(time, &make), value);
            }
        }
        if let Some(other) = other {
            add(self.other.get_or_insert_with(make), other);
        }
    }
}

/// The serial form: times and values in order of first sight, and what is past the cap.
#[derive(Serialize, Deserialize)]
struct Saved<V> {
    seen: Vec<(i64, V)>,
    other: Option<V>,
}

impl<V: Serialize> Serialize for ByTime<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Saved { seen: self.in_order().collect(), other: self.other() }.serialize(serializer)
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for ByTime<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ByTime<V>, D::Error> {
        let saved = Saved::<V>::deserialize(deserializer)?;
        let mut table = ByTime { other: saved.other, ..ByTime::new(usize::MAX) };
        for (time, value) in saved.seen {
            table.at(time, || value);
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counted(times: &[i64], cap: usize) -> ByTime<u64> {
        let mut table = ByTime::new(cap);
        for time in times {
            *table.at(*time, || 0) += 1;
        }
        table
    }

    fn rows(table: &ByTime<u64>) -> (Vec<(i64, u64)>, Option<u64>) {
        (table.in_order().map(|(time, n)| (time, *n)).collect(), table.other().copied())
    }

    proptest! {
        #[test]
        fn a_cut_changes_nothing(
            times in prop::collection::vec(-4i64..4, 0..30),
            cut in 0usize..30,
            cap in 0usize..9,
        ) {
            let cut = cut.min(times.len());
            let whole = counted(&times, cap);
            let mut first = counted(&times[..cut], cap);
            let later = counted(&times[cut..], usize::MAX);
            let later = serde_json::from_value(serde_json::to_value(later).unwrap()).unwrap();
            first.merge(later, || 0, |mine, theirs| *mine += theirs);
            prop_assert_eq!(rows(&first), rows(&whole));
            prop_assert!(whole.iter().map(|(time, _)| time).is_sorted());
        }
    }
}
