//! Which rows and facts belong to which group: what the measures of one `by` and `where` share.
//!
//! A run of rows is divided once, whatever number of rules look at its groups. Keys are numbered
//! when they are first seen; where they are names, a row costs a look at a table of numbers, and
//! no text. What is made of the groups is not known here.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::quality::FixedState;

use crate::event::Fact;
use crate::expr::{Condition, Operand};
use crate::record::{Batch, NameId, Seed};

use super::keys::{Keys, column};

/// Past so many keys, or bytes of them, all are forgotten, and numbered anew.
const MAX_NUMBERS: usize = 1 << 16;
const MAX_BYTES: usize = 1 << 22;

/// No number.
const NONE: u32 = u32::MAX;

/// What `by` and `where` say together: no group is opened for what takes no part.
#[derive(Debug)]
pub(super) struct Partition {
    pub(super) keys: Keys,
    pub(super) filter: Option<Condition>,
    pub(super) seed: Seed,
}

/// A group of the rows of a run.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// The number of its key, see [`Division::key`].
    pub number: u32,
    /// Its rows, ascending.
    pub rows: &'a [u32],
}

/// Divides rows and facts into groups. Without `by` there is one group, whose key is empty.
pub struct Division {
    of: Arc<Partition>,
    /// The keys by number, and back.
    keys: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32, FixedState>,
    bytes: usize,
    /// Changes when numbers lose their meaning.
    epoch: u64,
    /// The interner whose names are remembered.
    generation: u64,
    /// Where the keys are columns of names: the number of each row of names that has been seen.
    names: Names,
    /// Where the condition is about one column of names: what it is worth for each of them.
    verdicts: Vec<Option<bool>>,
    chosen: Vec<u32>,
    /// The place among the parts of each row that was chosen.
    of_row: Vec<u32>,
    /// The place of each number among the parts, if it is one of this run.
    places: Vec<u32>,
    /// Numbers, with how many rows they have, and in the end where these end.
    parts: Vec<(u32, u32)>,
    sorted: Vec<u32>,
    scratch: String,
}

/// Rows of names as a tree: each name leads one step further, and the last one to a number.
#[derive(Debug, Default)]
struct Names {
    /// The first step, by name.
    first: Vec<u32>,
    /// All others, by where they begin and by name.
    steps: HashMap<(u32, NameId), u32, FixedState>,
    /// How many places there are between the steps.
    places: u32,
}

impl Names {
    fn clear(&mut self) {
        self.first.clear();
        self.steps.clear();
        self.places = 0;
    }
}

impl Division {
    pub(super) fn new(of: Arc<Partition>) -> Division {
        let hasher = of.seed.hasher();
        Division {
            keys: Vec::new(),
            numbers: HashMap::with_hasher(hasher),
            bytes: 0,
            epoch: 0,
            generation: 0,
            names: Names { steps: HashMap::with_hasher(of.seed.hasher()), ..Names::default() },
            verdicts: Vec::new(),
            chosen: Vec::new(),
            of_row: Vec::new(),
            places: Vec::new(),
            parts: Vec::new(),
            sorted: Vec::new(),
            scratch: String::new(),
            of,
        }
    }

    /// Changes when the numbers of keys lose their meaning: that may be when rows are divided, a
    /// fact is looked at, or keys are to be forgotten, and not between.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The key of a number of this epoch.
    #[must_use]
    pub fn key(&self, number: u32) -> &Arc<str> {
        &self.keys[number as usize]
    }

    /// The number of the group that a fact belongs to; `None` if it does not take part.
    pub fn number_of(&mut self, fact: &Fact<'_>) -> Option<u32> {
        self.trim();
        let of = Arc::clone(&self.of);
        if of.filter.as_ref().is_some_and(|condition| !condition.test(fact)) {
            return None;
        }
        let mut key = std::mem::take(&mut self.scratch);
        of.keys.write_key(fact, &mut key);
        let number = self.number(&key);
        self.scratch = key;
        Some(number)
    }

    /// Divides a run of rows; [`Division::parts`] gives the groups.
    pub fn divide(&mut self, batch: &Batch, rows: &[u32]) {
        self.trim();
        if self.generation != batch.names.generation() {
            self.generation = batch.names.generation();
            self.names.clear();
            self.verdicts.clear();
        }
        let of = Arc::clone(&self.of);
        let chosen = std::mem::take(&mut self.chosen);
        let chosen = match &of.filter {
            None => chosen,
            Some(condition) => self.choose(condition, batch, rows, chosen),
        };
        let rows = if of.filter.is_some() { &chosen } else { rows };
        self.parts.clear();
        self.of_row.clear();
        if let Some(columns) = of.keys.columns(batch) {
            self.by_names(&columns, batch, rows);
        } else {
            self.by_texts(&of.keys, batch, rows);
        }
        self.sort(rows);
        self.chosen = chosen;
    }

    /// The groups of the last run, in order of first sight.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let ends = self.parts.iter().map(|(_, end)| *end as usize);
        let starts = std::iter::once(0).chain(ends.clone());
        let part = |((number, _), (start, end)): (&(u32, u32), (usize, usize))| Part {
            number: *number,
            rows: &self.sorted[start..end],
        };
        self.parts.iter().zip(starts.zip(ends)).map(part)
    }

    /// The rows that a condition holds for.
    fn choose(
        &mut self,
        condition: &Condition,
        batch: &Batch,
        rows: &[u32],
        mut chosen: Vec<u32>,
    ) -> Vec<u32> {
        chosen.clear();
        let Some(column) = sole_column(condition, batch) else {
            let holds = |row: &u32| condition.test(&batch.record(*row));
            chosen.extend(rows.iter().copied().filter(holds));
            return chosen;
        };
        self.verdicts.resize(batch.names.len(), None);
        for &row in rows {
            let verdict = &mut self.verdicts[column[row as usize].0 as usize];
            if *verdict.get_or_insert_with(|| condition.test(&batch.record(row))) {
                chosen.push(row);
            }
        }
        chosen
    }

    /// Finds the numbers of rows whose keys are columns of names.
    fn by_names(&mut self, columns: &[&[NameId]], batch: &Batch, rows: &[u32]) {
        let Some((first, others)) = columns.split_first() else {
            if !rows.is_empty() {
                let number = self.number("");
                self.parts.push((number, rows.len() as u32));
                self.of_row.resize(rows.len(), 0);
            }
            return;
        };
        self.names.first.resize(batch.names.len(), NONE);
        for &row in rows {
            let number = match (self.names.first[first[row as usize].0 as usize], others) {
                (NONE, _) => self.learn_names(columns, batch, row),
                (number, []) => number,
                (place, others) => {
                    let step = |place, column: &&[NameId]| {
                        self.names.steps.get(&(place, column[row as usize])).copied()
                    };
                    let known = others.iter().try_fold(place, step);
                    known.unwrap_or_else(|| self.learn_names(columns, batch, row))
                }
            };
            place_row(number, &mut self.places, &mut self.parts, &mut self.of_row);
        }
    }

    /// The number of a row whose names have not been seen together.
    fn learn_names(&mut self, columns: &[&[NameId]], batch: &Batch, row: u32) -> u32 {
        let number = self.number_of_row(&Arc::clone(&self.of).keys, batch, row);
        let Names { first, steps, places } = &mut self.names;
        let mut step = None;
        for (depth, column) in columns.iter().enumerate() {
            let name = column[row as usize];
            let next = match step {
                None => &mut first[name.0 as usize],
                Some(place) => steps.entry((place, name)).or_insert(NONE),
            };
            if depth + 1 == columns.len() {
                *next = number;
            } else if *next == NONE {
                *next = *places;
                *places += 1;
            }
            step = Some(*next);
        }
        number
    }

    /// Finds the numbers of rows by the texts of their keys. Neighbours often are of one group: it
    /// is looked up where it changes.
    fn by_texts(&mut self, keys: &Keys, batch: &Batch, rows: &[u32]) {
        let mut last = NONE;
        for &row in rows {
            keys.write_key(&batch.record(row), &mut self.scratch);
            if self.keys.get(last as usize).is_none_or(|key| **key != *self.scratch) {
                let key = std::mem::take(&mut self.scratch);
                last = self.number(&key);
                self.scratch = key;
            }
            place_row(last, &mut self.places, &mut self.parts, &mut self.of_row);
        }
    }

    fn number_of_row(&mut self, keys: &Keys, batch: &Batch, row: u32) -> u32 {
        let mut key = std::mem::take(&mut self.scratch);
        keys.write_key(&batch.record(row), &mut key);
        let number = self.number(&key);
        self.scratch = key;
        number
    }

    /// The number of a key, a new one if it was not known.
    fn number(&mut self, key: &str) -> u32 {
        if let Some(number) = self.numbers.get(key) {
            return *number;
        }
        let (number, key) = (self.keys.len() as u32, Arc::<str>::from(key));
        self.bytes += key.len();
        self.keys.push(Arc::clone(&key));
        self.numbers.insert(key, number);
        self.places.push(NONE);
        number
    }

    /// Forgets all keys: those that are still there are numbered anew.
    pub fn forget(&mut self) {
        let fresh = Division::new(Arc::clone(&self.of));
        *self = Division { epoch: self.epoch + 1, ..fresh };
    }

    /// Forgets all keys if there are many.
    fn trim(&mut self) {
        if self.keys.len() > MAX_NUMBERS || self.bytes > MAX_BYTES {
            self.forget();
        }
    }

    /// Puts the rows of each group together, groups in order of first sight.
    fn sort(&mut self, rows: &[u32]) {
        let Division { of_row, places, parts, sorted, .. } = self;
        sorted.resize(rows.len(), 0);
        if parts.len() < 2 {
            sorted.copy_from_slice(rows);
        } else {
            let mut start = 0;
            for (_, end) in &mut *parts {
                start += std::mem::replace(end, start);
            }
            for (&row, &place) in rows.iter().zip(&*of_row) {
                // What begins as the start of its part ends as its end.
                let next = &mut parts[place as usize].1;
                sorted[*next as usize] = row;
                *next += 1;
            }
        }
        for (number, _) in &*parts {
            places[*number as usize] = NONE;
        }
    }
}

/// Puts one more row into the part of a number.
#[inline]
fn place_row(number: u32, places: &mut [u32], parts: &mut Vec<(u32, u32)>, of_row: &mut Vec<u32>) {
    let place = &mut places[number as usize];
    if *place == NONE {
        *place = parts.len() as u32;
        parts.push((number, 0));
    }
    parts[*place as usize].1 += 1;
    of_row.push(*place);
}

/// The column that a condition is about, if it is about one column of names and nothing else.
fn sole_column<'b>(condition: &Condition, batch: &'b Batch) -> Option<&'b [NameId]> {
    let mut operands: Vec<&Operand> = Vec::new();
    condition.visit(&mut |operand, _| operands.push(operand));
    let (first, others) = operands.split_first()?;
    others.iter().all(|other| other == first).then(|| column(first, batch))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::{Measure, Setup};
    use crate::expr::parse_aggregation;
    use crate::record::{Needs, Text};
    use proptest::prelude::*;

    fn batch(into: &mut Batch, rows: &[(usize, usize)]) {
        into.clear();
        for (row, &(level, module)) in (0..).zip(rows) {
            into.push_row(Text::plain(0, 0));
            into.records.push(row);
            into.level[row as usize] = into.names.intern(["INFO", "ERROR", "odd"][level]);
            if module > 0 {
                into.module[row as usize] = into.names.intern(&"m".repeat(module));
            }
        }
    }

    proptest! {
        /// One that is kept divides every run as a fresh one does row by row, whatever was
        /// forgotten between.
        #[test]
        fn what_is_remembered_changes_nothing(
            runs in prop::collection::vec(
                (prop::collection::vec((0_usize..3, 0_usize..4), 0..12), 0_u8..4), 1..8),
            text in prop::sample::select(vec![
                "count", "count by module", "count by level, module", "count by hour, module",
                "count where level == ERROR", "count by module where not (level == ERROR)",
                "count by module, level where module == \"mm\" or level == INFO",
            ]),
        ) {
            let aggregation = parse_aggregation(text).unwrap();
            let measure =
                Measure::new(aggregation, &Setup::default(), &mut Needs::default()).unwrap();
            let mut kept = measure.division();
            let mut into = Batch::new(Seed(3), 0);
            for (rows, forgets) in runs {
                batch(&mut into, &rows);
                kept.divide(&into, &into.records);
                let part = |part: Part<'_>| (kept.key(part.number).to_string(), part.rows.to_vec());
                let parts: Vec<(String, Vec<u32>)> = kept.parts().map(part).collect();
                let mut naive: Vec<(String, Vec<u32>)> = Vec::new();
                for row in &into.records {
                    for (key, rows) in measure.partition(&into, &[*row]) {
                        match naive.iter_mut().find(|(known, _)| *known == key) {
                            Some((_, known)) => known.extend(rows),
                            None => naive.push((key, rows)),
                        }
                    }
                }
                prop_assert_eq!(parts, naive);
                match forgets {
                    1 => into.names.forget(),
                    2 => kept.forget(),
                    _ => {}
                }
            }
        }
    }
}
