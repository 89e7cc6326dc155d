//! `timeline`: records, errors and ended sessions over time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::{Fact, FactKind, Outcome};
use crate::record::{Timestamp, Zone};
use crate::summary::{Body, Look, Table, Value};

use super::by_time::ByTime;
use super::every::window_start;
use super::names::Tally;
use super::records::Records;
use super::{Setup, State, View, runs};

const MINUTE: i64 = 60 * 1_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// From fine to coarse: what one slot covers. A quarter of an hour is the finest that every
/// zone's hours and days are made of.
const SLOTS: [i64; 4] = [MINUTE, HOUR / 4, DAY, 365 * DAY];
/// More slots than this are taken together into coarser ones. How coarse they get depends on how
/// many different ones there are, and so not on the order of the input.
const MAX_SLOTS: usize = 50_000;

/// Counts by slot of time.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Slots<V> {
    /// Index into [`SLOTS`].
    size: usize,
    counts: ByTime<V>,
}

impl<V: Copy + Default> Slots<V> {
    fn new() -> Slots<V> {
        Slots { size: 0, counts: ByTime::new(usize::MAX) }
    }

    fn at(&mut self, time: Timestamp, add: &impl Fn(&mut V, V), value: V) {
        let slot = time.micros().div_euclid(SLOTS[self.size]);
        add(self.counts.at(slot, V::default), value);
        self.shrink(add);
    }

    fn shrink(&mut self, add: &impl Fn(&mut V, V)) {
        while self.counts.len() > MAX_SLOTS && self.size + 1 < SLOTS.len() {
            self.coarsen(self.size + 1, add);
        }
    }

    fn coarsen(&mut self, size: usize, add: &impl Fn(&mut V, V)) {
        let mut counts = ByTime::new(usize::MAX);
        for (start, value) in self.iter() {
            add(counts.at(start.div_euclid(SLOTS[size]), V::default), *value);
        }
        self.counts = counts;
        self.size = size;
    }

    fn merge(&mut self, mut later: Slots<V>, add: &impl Fn(&mut V, V)) {
        let size = self.size.max(later.size);
        if self.size < size {
            self.coarsen(size, add);
        }
        if later.size < size {
            later.coarsen(size, add);
        }
        self.counts.merge(later.counts, V::default, add);
        self.shrink(add);
    }

    /// Starts of slots with their counts.
    fn iter(&self) -> impl Iterator<Item = (i64, &V)> {
        self.counts.iter().map(|(slot, value)| (slot * SLOTS[self.size], value))
    }
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Ends {
    finished: u64,
    failed: u64,
}

/// Records and ended sessions in buckets of a minute, five minutes, an hour or a day, whichever
/// suits the span from the first to the last: up to 2 hours, 12 hours, 14 days, or longer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Timeline {
    records: Slots<Tally>,
    ends: Slots<Ends>,
    #[serde(skip)]
    zone: Zone,
}

fn add_tally(mine: &mut Tally, theirs: Tally) {
    mine.merge(theirs);
}

fn add_ends(mine: &mut Ends, theirs: Ends) {
    mine.finished += theirs.finished;
    mine.failed += theirs.failed;
}

impl Timeline {
    pub(super) fn new(setup: &Setup) -> Timeline {
        Timeline { records: Slots::new(), ends: Slots::new(), zone: setup.zone }
    }

    /// The buckets that are not empty, by start, and their length.
    fn buckets(&self) -> BTreeMap<i64, (Tally, Ends)> {
        let starts =
            || self.records.iter().map(|(at, _)| at).chain(self.ends.iter().map(|(at, _)| at));
        let span = match (starts().min(), starts().max()) {
            (Some(first), Some(last)) => last - first,
            _ => 0,
        };
        let length = match span {
            span if span <= 2 * HOUR => MINUTE,
            span if span <= 12 * HOUR => 5 * MINUTE,
            span if span <= 14 * DAY => HOUR,
            _ => DAY,
        };
        let mut buckets: BTreeMap<i64, (Tally, Ends)> = BTreeMap::new();
        let bucket = |at| window_start(Timestamp::from_micros(at), length, self.zone).micros();
        for (at, tally) in self.records.iter() {
            buckets.entry(bucket(at)).or_default().0.merge(*tally);
        }
        for (at, ends) in self.ends.iter() {
            add_ends(&mut buckets.entry(bucket(at)).or_default().1, *ends);
        }
        buckets
    }
}

impl State for Timeline {
    fn observe(&mut self, records: &Records<'_>) {
        let around = |time: Timestamp| {
            let minute = time.micros().div_euclid(MINUTE);
            (minute * MINUTE..(minute + 1) * MINUTE, time)
        };
        let counts = &mut self.records;
        runs::tally(records, around, |time, tally| counts.at(time, &add_tally, tally));
    }

    fn learn(&mut self, fact: &Fact<'_>) {
        if let (FactKind::SessionFinished, Some(time)) = (fact.kind, fact.time) {
            let failed = u64::from(fact.outcome == Some(Outcome::Failed));
            self.ends.at(time, &add_ends, Ends { finished: 1, failed });
        }
    }

    fn merge(&mut self, later: Timeline) {
        self.records.merge(later.records, &add_tally);
        self.ends.merge(later.ends, &add_ends);
    }

    fn summarize(&self, _: &View) -> Body {
        let columns = &["start", "records", "errors", "finished", "failed"];
        let mut table = Table::new("buckets", "📅 Activity over Time", Look::Timeline, columns);
        for (start, (tally, ends)) in self.buckets() {
            table.rows.push(vec![
                Value::Time(Timestamp::from_micros(start)),
                Value::count(tally.records),
                Value::count(tally.errors),
                Value::count(ends.finished),
                Value::count(ends.failed),
            ]);
        }
        Body::Figures { scalars: Vec::new(), tables: vec![table] }
    }

    fn silent(&self) -> bool {
        self.records.counts.len() == 0
    }
}
