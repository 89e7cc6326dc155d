//! A bounded table from keys to values, in order of first sight.

use std::hash::{BuildHasher, Hasher};
use std::ops::Range;

use foldhash::quality::FixedState;
use hashbrown::HashTable;
use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use crate::record::{Interner, NameId, Seed, bounded};

use super::Setup;
use super::records::Records;

/// The text of all keys of one table together, in bytes; past it the table is full.
const MAX_TEXT: usize = 64 << 20;

/// Keys to values, each key once, in order of first sight. Long keys are cut, see [`bounded`].
///
/// A table holds at most `cap` keys (and 64 MiB of their text): what belongs to further keys
/// goes to [`Keyed::other`], so that totals stay exact. States of parts of an input have no cap;
/// it works where they are put together, in the order of the input, so that the result does not
/// depend on how the input was cut.
#[derive(Debug, Clone)]
pub(super) struct Keyed<V> {
    seed: Seed,
    hasher: FixedState,
    slots: HashTable<u32>,
    text: String,
    marks: Vec<Mark>,
    values: Vec<V>,
    other: Option<V>,
    cap: usize,
    /// Slots that were asked for by their keys, at the places of these: most come again soon.
    recent: [u32; RECENT],
    /// Slots of interned names, for one generation of an interner; unused where there may be
    /// many tables, because each would grow with the names of all.
    cache: Vec<u32>,
    cached: bool,
    generation: u64,
}

/// Where the text of a key ends (it begins where that of the key before ends), and its hash, so
/// that neither growing nor merging has to read it again.
#[derive(Debug, Clone, Copy)]
struct Mark {
    end: u32,
    tag: Tag,
}

/// The hash of a key, of which 32 bits are enough: equal ones cost a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tag(u32);

impl Tag {
    /// A key's, which is cut already.
    fn of(key: &[u8], hasher: &FixedState) -> Tag {
        let mut hasher = hasher.build_hasher();
        hasher.write(key);
        Tag(hasher.finish() as u32)
    }

    /// The same over the 64 bits that a table looks at the first and the last of: the golden
    /// ratio spreads them.
    fn spread(self) -> u64 {
        u64::from(self.0).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

const OTHER: u32 = u32::MAX;
const UNKNOWN: u32 = u32::MAX - 1;

/// So many slots are remembered that were asked for by their keys.
const RECENT: usize = 16;

/// Where the slot of a key is remembered: short keys tend to differ at their end.
fn recent_place(key: &[u8]) -> usize {
    (key.len() + usize::from(key.last().copied().unwrap_or_default())) % RECENT
}

impl<V> Keyed<V> {
    /// An empty table.
    pub(super) fn new(seed: Seed, cap: usize) -> Keyed<V> {
        Keyed {
            seed,
            hasher: seed.hasher(),
            slots: HashTable::new(),
            text: String::new(),
            marks: Vec::new(),
            values: Vec::new(),
            other: None,
            cap,
            recent: [0; RECENT],
            cache: Vec::new(),
            cached: false,
            generation: 0,
        }
    }

    /// An empty table of an aggregator.
    pub(super) fn of(setup: &Setup) -> Keyed<V> {
        Keyed { cached: !setup.nested, ..Keyed::new(setup.seed, setup.max_keys) }
    }

    /// The value of a key, made if it is new; the value of `(other)` if the table is full.
    pub(super) fn get_or(&mut self, key: &str, make: impl FnOnce() -> V) -> &mut V {
        let recent = recent_place(key.as_bytes());
        if !self.has(self.recent[recent], key.as_bytes()) {
            let key = &*bounded(key);
            self.recent[recent] = self.slot(key, Tag::of(key.as_bytes(), &self.hasher));
        }
        self.at(self.recent[recent], make)
    }

    /// The same for a key that is UTF-8, which nobody has to check if it is known.
    pub(super) fn get_or_utf8(&mut self, key: &[u8], make: impl FnOnce() -> V) -> &mut V {
        let recent = recent_place(key);
        if !self.has(self.recent[recent], key) {
            match self.known(key, Tag::of(key, &self.hasher)) {
                Some(slot) => self.recent[recent] = slot,
                None => return self.get_or(std::str::from_utf8(key).unwrap_or_default(), make),
            }
        }
        &mut self.values[self.recent[recent] as usize]
    }

    /// Whether a slot is that of a key.
    #[inline]
    fn has(&self, slot: u32, key: &[u8]) -> bool {
        (slot as usize) < self.len() && self.text.as_bytes()[place(&self.marks, slot)] == *key
    }

    fn at(&mut self, slot: u32, make: impl FnOnce() -> V) -> &mut V {
        if slot == OTHER {
            return self.other.get_or_insert_with(make);
        }
        let slot = slot as usize;
        if slot == self.values.len() {
            self.values.push(make());
        }
        &mut self.values[slot]
    }

    /// The slot of a key, which is cut already; a new one is one past the values, which the
    /// caller fills at once.
    #[inline]
    fn slot(&mut self, key: &str, tag: Tag) -> u32 {
        self.known(key.as_bytes(), tag).unwrap_or_else(|| self.new_slot(key, tag))
    }

    #[cold]
    fn new_slot(&mut self, key: &str, tag: Tag) -> u32 {
        let Keyed { slots, text, marks, cap, .. } = self;
        if marks.len() >= *cap || text.len() + key.len() > MAX_TEXT {
            return OTHER;
        }
        let slot = marks.len() as u32;
        text.push_str(key);
        marks.push(Mark { end: text.len() as u32, tag });
        slots.insert_unique(tag.spread(), slot, |&slot| marks[slot as usize].tag.spread());
        slot
    }

    #[inline]
    fn known(&self, key: &[u8], tag: Tag) -> Option<u32> {
        let is_it = |slot: &u32| {
            let (mark, text) = (&self.marks[*slot as usize], self.text.as_bytes());
            mark.tag == tag && text[place(&self.marks, *slot)] == *key
        };
        self.slots.find(tag.spread(), is_it).copied()
    }

    /// The value of a key, if it has one of its own.
    pub(super) fn find(&self, key: &str) -> Option<&V> {
        let slot = self.known(key.as_bytes(), Tag::of(key.as_bytes(), &self.hasher))?;
        self.values.get(slot as usize)
    }

    /// How many keys there are, `(other)` not counted.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether nothing was ever put in.
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty() && self.other.is_none()
    }

    /// The keys with their values, in order of first sight.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.values
            .iter()
            .enumerate()
            .map(|(slot, value)| (key_at(&self.text, &self.marks, slot as u32), value))
    }

    /// The key and value so many places behind the first.
    pub(super) fn at_place(&self, place: usize) -> Option<(&str, &V)> {
        let value = self.values.get(place)?;
        Some((key_at(&self.text, &self.marks, place as u32), value))
    }

    /// What belongs to the keys past the cap, if there were any.
    pub(super) fn other(&self) -> Option<&V> {
        self.other.as_ref()
    }

    /// Sets what belongs to the keys past the cap.
    pub(super) fn set_other(&mut self, other: Option<V>) {
        self.other = other;
    }

    /// Appends a table that was filled behind this one.
    pub(super) fn merge(&mut self, later: Keyed<V>, mut add: impl FnMut(&mut V, V)) {
        let (values, other) = self.merged_slots(later);
        for (slot, value) in values {
            match slot {
                OTHER => match &mut self.other {
                    Some(mine) => add(mine, value),
                    None => self.other = Some(value),
                },
                // A new slot is one past the values.
                mine => match self.values.get_mut(mine as usize) {
                    Some(mine) => add(mine, value),
                    None => self.values.push(value),
                },
            }
        }
        match (self.other.as_mut(), other) {
            (Some(mine), Some(theirs)) => add(mine, theirs),
            (None, theirs) => self.other = theirs,
            (Some(_), None) => {}
        }
    }

    /// The same for values that must not be taken over as they are, because caps work in those
    /// that are made here.
    pub(super) fn merge_into(
        &mut self,
        later: Keyed<V>,
        make: impl Fn() -> V,
        add: impl Fn(&mut V, V),
    ) {
        let (values, other) = self.merged_slots(later);
        for (slot, value) in values {
            add(self.at(slot, &make), value);
        }
        if let Some(other) = other {
            add(self.other.get_or_insert_with(make), other);
        }
    }

    /// The values of another table with the slots that their keys have here, and its others. The
    /// caller fills the new slots in this order.
    fn merged_slots(
        &mut self,
        later: Keyed<V>,
    ) -> (impl Iterator<Item = (u32, V)> + use<V>, Option<V>) {
        let Keyed { seed, text, marks, values, other, .. } = later;
        let same_hashes = seed == self.seed;
        let slots: Vec<u32> = (0..marks.len() as u32)
            .map(|slot| {
                let key = key_at(&text, &marks, slot);
                let tag = marks[slot as usize].tag;
                let tag = if same_hashes { tag } else { Tag::of(key.as_bytes(), &self.hasher) };
                self.slot(key, tag)
            })
            .collect();
        (slots.into_iter().zip(values), other)
    }

    /// The slots by falling rank, equals by first sight, at most `top` of them.
    pub(super) fn ranked(
        &self,
        top: Option<usize>,
        rank: impl Fn(&V) -> u64,
    ) -> (Vec<(&str, &V)>, u64) {
        let mut order: Vec<u32> = (0..self.values.len() as u32).collect();
        let by_rank = |slot: &u32| (std::cmp::Reverse(rank(&self.values[*slot as usize])), *slot);
        let keep = top.unwrap_or(usize::MAX).min(order.len());
        if keep < order.len() && keep > 0 {
            order.select_nth_unstable_by_key(keep - 1, by_rank);
        }
        let omitted = (order.len() - keep) as u64;
        order.truncate(keep);
        order.sort_unstable_by_key(by_rank);
        let rows = order
            .into_iter()
            .map(|slot| (key_at(&self.text, &self.marks, slot), &self.values[slot as usize]))
            .collect();
        (rows, omitted)
    }
}

impl<V: Default> Keyed<V> {
    /// The value of a key, see [`Keyed::get_or`].
    pub(super) fn get(&mut self, key: &str) -> &mut V {
        self.get_or(key, V::default)
    }

    /// Adds to the values of the names in some rows of a column what another one has there: a text
    /// is only looked up where its number has not been seen yet. What belongs to rows without a
    /// name is handed over.
    pub(super) fn add_named<T: Copy>(
        &mut self,
        records: &Records<'_>,
        column: &[NameId],
        with: &[T],
        add: impl Fn(&mut V, T),
        mut unnamed: impl FnMut(T),
    ) {
        let names = &records.batch.names;
        self.meet(names);
        let mut near = Near::default();
        for stretch in records.stretches() {
            let (mut column, mut with) = (&column[stretch.clone()], &with[stretch]);
            loop {
                // Nothing grows in here, so that the processor keeps in registers where things are.
                let (cache, values) = (self.cache.as_slice(), self.values.as_mut_slice());
                let unknown = column.iter().zip(with).position(|(name, with)| {
                    // What is unknown, and what is past the cap, is no place among the values.
                    if let Some(slot) = cache.get(name.0 as usize)
                        && let Some(value) = values.get_mut(*slot as usize)
                    {
                        add(value, *with);
                    } else if name.is_some() {
                        return true;
                    } else {
                        unnamed(*with);
                    }
                    false
                });
                let Some(at) = unknown else { break };
                let name = column[at];
                let slot = match self.cache.get(name.0 as usize) {
                    Some(&slot) if slot != UNKNOWN => slot,
                    _ => self.slot_of(names, name, &mut near),
                };
                add(self.at(slot, V::default), with[at]);
                (column, with) = (&column[at + 1..], &with[at + 1..]);
            }
        }
    }

    /// The value of a name whose text has been looked up before.
    pub(super) fn named(&mut self, names: &Interner, name: NameId) -> Option<&mut V> {
        self.meet(names);
        let slot = *self.cache.get(name.0 as usize)?;
        self.values.get_mut(slot as usize)
    }

    /// Makes room for the slots of all names, and forgets those of names that are no more.
    fn meet(&mut self, names: &Interner) {
        if self.cached {
            if self.generation != names.generation() {
                self.generation = names.generation();
                self.cache.clear();
            }
            self.cache.resize(names.len(), UNKNOWN);
        }
    }

    fn slot_of(&mut self, names: &Interner, name: NameId, near: &mut Near) -> u32 {
        let index = name.0 as usize;
        let recent = &mut near.0[index % NEAR];
        if recent.0 != name {
            let key = &*bounded(names.get(name));
            *recent = (name, self.slot(key, Tag::of(key.as_bytes(), &self.hasher)));
        }
        if let Some(cached) = self.cache.get_mut(index) {
            *cached = recent.1;
        }
        recent.1
    }
}

/// How many names of a batch a table without a cache remembers.
const NEAR: usize = 8;

/// Names of one batch with their slots, each at the place that its number falls on.
struct Near([(NameId, u32); NEAR]);

impl Default for Near {
    fn default() -> Near {
        // No name has this number.
        Near([(NameId(u32::MAX), UNKNOWN); NEAR])
    }
}

#[inline]
fn key_at<'a>(text: &'a str, marks: &[Mark], slot: u32) -> &'a str {
    &text[place(marks, slot)]
}

#[inline]
fn place(marks: &[Mark], slot: u32) -> Range<usize> {
    let slot = slot as usize;
    let start = if slot == 0 { 0 } else { marks[slot - 1].end as usize };
    start..marks[slot].end as usize
}

/// The serial form: keys and values in order, and `(other)`, in a list because a value may be
/// `null` itself.
#[derive(serde::Serialize, serde::Deserialize)]
struct Saved<K, V> {
    keys: Vec<(K, V)>,
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    other: Option<[V; 1]>,
}

fn none<V>() -> Option<[V; 1]> {
    None
}

impl<V: Serialize> Serialize for Keyed<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Saved { keys: self.iter().collect(), other: self.other.as_ref().map(|other| [other]) }
            .serialize(serializer)
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Keyed<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Keyed<V>, D::Error> {
        let saved = Saved::<String, V>::deserialize(deserializer)?;
        let mut keyed = Keyed::new(Seed::default(), usize::MAX);
        for (key, value) in saved.keys {
            keyed.get_or(&key, || value);
        }
        keyed.other = saved.other.map(|[other]| other);
        Ok(keyed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counted(keys: &[String], cap: usize) -> Keyed<u64> {
        let mut table = Keyed::new(Seed(3), cap);
        for key in keys {
            *table.get(key) += 1;
        }
        table
    }

    fn rows(table: &Keyed<u64>) -> (Vec<(String, u64)>, Option<u64>) {
        (table.iter().map(|(k, v)| (k.to_owned(), *v)).collect(), table.other().copied())
    }

    proptest! {
        #[test]
        fn a_cut_changes_nothing(
            keys in prop::collection::vec("[a-e]{1,2}", 0..40),
            cut in 0usize..40,
            cap in 0usize..12,
        ) {
            let cut = cut.min(keys.len());
            let whole = counted(&keys, cap);
            let mut first = counted(&keys[..cut], cap);
            let later = counted(&keys[cut..], usize::MAX);
            let later = serde_json::from_value(serde_json::to_value(later).unwrap()).unwrap();
            first.merge(later, |mine, theirs| *mine += theirs);
            prop_assert_eq!(rows(&first), rows(&whole));
            let total: u64 = whole.iter().map(|(_, n)| n).sum::<u64>() + whole.other().unwrap_or(&0);
            prop_assert_eq!(total, keys.len() as u64);
        }

        #[test]
        fn ranking_is_most_common(keys in prop::collection::vec("[a-f]", 0..40), top in 1usize..8) {
            let table = counted(&keys, usize::MAX);
            let (best, omitted) = table.ranked(Some(top), |n| *n);
            let mut all: Vec<_> = table.iter().collect();
            all.sort_by_key(|(_, n)| std::cmp::Reverse(**n)); // stable: ties by first sight
            prop_assert_eq!(best.len() as u64 + omitted, all.len() as u64);
            all.truncate(top);
            prop_assert_eq!(best, all);
        }
    }

    #[test]
    fn the_serial_form_tells_whether_keys_were_past_the_cap() {
        let mut table = Keyed::<()>::new(Seed(3), 1);
        for (key, capped) in [("a", false), ("b", true)] {
            table.get(key);
            let saved = serde_json::to_value(&table).unwrap();
            let loaded: Keyed<()> = serde_json::from_value(saved).unwrap();
            assert_eq!((loaded.len(), loaded.other().is_some()), (1, capped));
        }
    }

    #[test]
    fn long_keys_stay_apart_and_short() {
        let (a, b) = ("é".repeat(5000) + "a", "é".repeat(5000) + "b");
        let table = counted(&[a.clone(), b, bounded(&a).into_owned(), a], usize::MAX);
        assert_eq!(table.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [3, 1]);
        assert!(table.iter().all(|(key, _)| key.len() <= 256));
    }
}
