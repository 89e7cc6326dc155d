//! A bounded table by time, which remembers the order of first sight.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Values by time (whatever its unit), each time once.
///
/// There are at most `cap` of them, those that were seen first; what belongs to further times
/// goes to [`ByTime::other`]. As with [`Keyed`](super::keyed::Keyed), states of parts have no
/// cap: it works where they are put together, in the order of the input and not of time.
#[derive(Debug, Clone)]
pub(super) struct ByTime<V> {
    /// The places of times among the values.
    places: BTreeMap<i64, u32>,
    /// Times and their values in order of first sight.
    values: Vec<(i64, V)>,
    /// The place that was asked for last: neighbours mostly share their time.
    last: usize,
    other: Option<V>,
    cap: usize,
}

impl<V> ByTime<V> {
    /// An empty table.
    pub(super) fn new(cap: usize) -> ByTime<V> {
        let (places, values) = (BTreeMap::new(), Vec::new());
        ByTime { places, values, last: 0, other: None, cap }
    }

    /// The value of a time, made if it is new; that of the others if the table is full.
    pub(super) fn at(&mut self, time: i64, make: impl FnOnce() -> V) -> &mut V {
        if self.values.get(self.last).is_none_or(|(last, _)| *last != time) {
            match self.places.get(&time) {
                Some(place) => self.last = *place as usize,
                None if self.values.len() >= self.cap => {
                    return self.other.get_or_insert_with(make);
                }
                None => {
                    self.last = self.values.len();
                    self.places.insert(time, self.last as u32);
                    self.values.push((time, make()));
                }
            }
        }
        &mut self.values[self.last].1
    }

    /// How many times there are, those past the cap not counted.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The times with their values, by time.
    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, &V)> {
        self.places.iter().map(|(time, place)| (*time, &self.values[*place as usize].1))
    }

    /// The same in order of first sight.
    pub(super) fn in_order(&self) -> impl Iterator<Item = (i64, &V)> {
        self.values.iter().map(|(time, value)| (*time, value))
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
        let ByTime { values, other, .. } = later;
        for (time, value) in values {
            add(self.at(time, &make), value);
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
