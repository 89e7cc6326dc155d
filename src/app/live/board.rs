//! All that is counted while a report grows, and the scene that a screen makes of it.

use std::collections::{BTreeMap, VecDeque};

use crate::alert::{Event, Status};
use crate::error::Error;
use crate::record::{Batch, Timestamp};
use crate::scan::{Beat, Folds, Pulse, SideBySide};

/// How many alerts that are over are remembered.
const RESOLVED: usize = 50;
/// How many firing ones are shown; each rule may fire for a hundred groups.
const FIRING: usize = 500;
/// Over how many microseconds rates are taken.
const RATES: i64 = 5_000_000;

/// What takes batches in a live run.
pub(super) struct Board<'m> {
    /// The figures of the report.
    pub(super) folds: Folds<'m>,
    /// Those of chosen records only.
    pub(super) narrowed: Option<Chosen<'m>>,
    pub(super) pulse: Pulse,
    pub(super) lines: Lines,
}

/// What became of the lines.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lines {
    pub(super) all: u64,
    pub(super) records: u64,
    pub(super) refused: u64,
    pub(super) bytes: u64,
}

/// The figures of the records that somebody has chosen.
pub(super) struct Chosen<'m> {
    pub(super) condition: String,
    pub(super) since: Timestamp,
    /// Of how many records they are chosen.
    pub(super) records: u64,
    pub(super) folds: Folds<'m>,
}

impl<'m> Board<'m> {
    pub(super) fn new(folds: Folds<'m>) -> Board<'m> {
        Board { folds, narrowed: None, pulse: Pulse::default(), lines: Lines::default() }
    }

    /// Records and errors over time, in stretches of so many seconds.
    pub(super) fn beats(&self, number: usize, seconds: usize, idle: i64) -> Vec<[u64; 2]> {
        let stretches = self.pulse.stretches(number, seconds, idle);
        stretches.into_iter().map(|Beat { records, errors }| [records, errors]).collect()
    }
}

impl SideBySide for Board<'_> {
    fn observe(&mut self, batch: &Batch) {
        self.folds.observe(batch);
        if let Some(chosen) = &mut self.narrowed {
            chosen.records += batch.accounting.records;
            chosen.folds.observe(batch);
        }
        self.pulse.observe(batch);
        let of = &batch.accounting;
        self.lines.all += of.lines;
        self.lines.records += of.records;
        self.lines.refused += of.malformed() + of.oversize;
        self.lines.bytes += of.bytes;
    }

    fn problem(&mut self, error: &Error) {
        self.folds.problem(error);
    }
}

/// Alerts that fire, and the last of those that are over.
#[derive(Default)]
pub(super) struct Alerts {
    firing: BTreeMap<String, Event>,
    resolved: VecDeque<Event>,
}

impl Alerts {
    pub(super) fn take(&mut self, event: Event) {
        let key = event.dedup_key();
        if event.status == Status::Firing {
            self.firing.insert(key, event);
            return;
        }
        self.firing.remove(&key);
        self.resolved.truncate(RESOLVED - 1);
        self.resolved.push_front(event);
    }

    /// Those that fire, the worst and then the latest first.
    pub(super) fn firing(&self) -> Vec<Event> {
        let mut firing: Vec<&Event> = self.firing.values().collect();
        firing.sort_by_key(|event| std::cmp::Reverse((event.severity, event.starts_at)));
        firing.into_iter().take(FIRING).cloned().collect()
    }

    pub(super) fn resolved(&self) -> Vec<Event> {
        self.resolved.iter().cloned().collect()
    }
}

/// How fast lines come.
#[derive(Default)]
pub(super) struct Rates {
    /// When was looked, and what had been read by then.
    samples: VecDeque<(i64, u64, u64)>,
}

impl Rates {
    /// Lines and bytes a second over the last seconds, by what has been read until now.
    pub(super) fn at(&mut self, now: i64, Lines { all: lines, bytes, .. }: Lines) -> [f64; 2] {
        self.samples.push_back((now, lines, bytes));
        while self.samples.get(1).is_some_and(|(at, ..)| now - at >= RATES) {
            self.samples.pop_front();
        }
        let Some((then, lines_then, bytes_then)) = self.samples.front() else { return [0.0; 2] };
        let seconds = (now - then) as f64 / 1e6;
        if seconds < 0.05 {
            return [0.0; 2];
        }
        [lines - lines_then, bytes - bytes_then].map(|more| more as f64 / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_of_the_last_seconds() {
        let mut rates = Rates::default();
        let lines = |lines| Lines { all: lines, bytes: lines * 10, ..Lines::default() };
        assert_eq!(rates.at(0, lines(100)).map(|rate| rate as u64), [0, 0]);
        assert_eq!(rates.at(1_000_000, lines(150)).map(|rate| rate as u64), [50, 500]);
        for second in 2..=20 {
            rates.at(second * 1_000_000, lines(150));
        }
        assert_eq!(rates.at(21_000_000, lines(150)).map(|rate| rate as u64), [0, 0]);
        assert!(rates.samples.len() < 8);
    }
}
