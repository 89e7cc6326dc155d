//! How far event time has come in one source, and which records came too late for their tick.
//!
//! Times are taken to half ticks: a time that is a multiple of the tick is an even number, a time
//! between two multiples the odd one between them. Everything that is asked here depends on no
//! more than that, so that a stretch of input whose beginning is not known yet can be kept as
//! runs of equal half ticks.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::record::{Belief, Credible, Timestamp};

/// Rules are evaluated at multiples of this, in microseconds.
const TICK: i64 = 5_000_000;
/// The allowed lateness, in ticks.
const LATENESS: i64 = 1;
/// What is believed of a time, in half ticks.
const BELIEF: Belief = Belief {
    jump: 2 * Belief::MICROS.jump / TICK,
    confirming: 2 * Belief::MICROS.confirming / TICK,
};

/// The half tick of a time.
pub(super) fn half_tick(time: Timestamp) -> i64 {
    let micros = time.micros();
    2 * micros.div_euclid(TICK) + i64::from(micros.rem_euclid(TICK) != 0)
}

/// The times of a half tick, in microseconds since 1970.
pub(super) fn times_of(half_tick: i64) -> Range<i64> {
    let tick = half_tick.div_euclid(2).saturating_mul(TICK);
    if half_tick % 2 == 0 { tick..tick + 1 } else { tick + 1..tick.saturating_add(TICK) }
}

/// How far time has come, by the greatest credible time so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Watermark(Credible);

impl Watermark {
    /// Takes `n` records in a row of one half tick; returns how many of them are late, that is:
    /// whose tick had been evaluated when they came.
    pub(super) fn take(&mut self, at: i64, n: u64) -> u64 {
        let mut late = 0;
        for taken in 1..=n {
            let before = *self;
            let this_one = u64::from(self.take_one(at));
            late += this_one;
            if *self == before {
                // It has changed nothing, and so the further ones, which are equal, are all alike.
                return late + this_one * (n - taken);
            }
        }
        late
    }

    fn take_one(&mut self, at: i64) -> bool {
        let late = self.is_late(at) && !self.0.refutes_first(at, BELIEF);
        self.0.take(at, BELIEF);
        late
    }

    fn is_late(&self, at: i64) -> bool {
        // The first tick at or behind the time, against the last one that was evaluated.
        let tick = (at + 1).div_euclid(2);
        self.0.greatest().is_some_and(|greatest| tick <= greatest.div_euclid(2) - LATENESS)
    }
}

/// Counts late records of the sources of an input, one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lateness {
    /// Late records found so far, without those that wait.
    late: u64,
    /// The runs of the first source, if the input began in the middle of it: nobody knows yet
    /// what had come before.
    waiting: Vec<(i64, u64)>,
    /// The source that is read now, and whether its records wait.
    source: Option<(u32, bool)>,
    watermark: Watermark,
}

impl Lateness {
    /// Takes `n` records in a row, of one half tick, of a source. `whole` says that the input has
    /// the source from its start.
    pub(super) fn take(&mut self, source: u32, whole: bool, at: i64, n: u64) {
        match self.source {
            Some((current, _)) if current == source => {}
            None => self.begin(source, !whole),
            Some(_) => self.begin(source, false),
        }
        self.run(at, n);
    }

    fn begin(&mut self, source: u32, waits: bool) {
        self.source = Some((source, waits));
        self.watermark = Watermark::default();
    }

    fn run(&mut self, at: i64, n: u64) {
        if !matches!(self.source, Some((_, true))) {
            self.late += self.watermark.take(at, n);
            return;
        }
        match self.waiting.last_mut() {
            Some((last, count)) if *last == at => *count += n,
            _ => self.waiting.push((at, n)),
        }
    }

    /// Appends what came behind. `first` is the source that `later` began in the middle of, if it
    /// did; `waits` says whether this input began in the middle of that source too, or is empty.
    pub(super) fn merge(&mut self, later: Lateness, first: Option<u32>, waits: bool) {
        let Some((source, ends_waiting)) = later.source else { return };
        if let Some(first) = first.filter(|_| !later.waiting.is_empty()) {
            if self.source.is_none_or(|(own, _)| own != first) {
                self.begin(first, waits);
            }
            for (at, n) in later.waiting {
                self.run(at, n);
            }
        }
        self.late += later.late;
        if !ends_waiting {
            self.source = Some((source, false));
            self.watermark = later.watermark;
        }
    }

    /// All late records. Those that still wait are taken as if the input began with them.
    pub(super) fn total(&self) -> u64 {
        let mut watermark = Watermark::default();
        self.late + self.waiting.iter().map(|&(at, n)| watermark.take(at, n)).sum::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn late(seconds: &[i64]) -> Vec<bool> {
        let mut watermark = Watermark::default();
        let half = |s: &i64| half_tick(Timestamp::from_micros(s * 1_000_000));
        seconds.iter().map(|s| watermark.take(half(s), 1) > 0).collect()
    }

    #[test]
    fn late_is_behind_an_evaluated_tick() {
        // At 112 the watermark is 107: the tick of 105 has been evaluated.
        assert_eq!(late(&[100, 112, 106, 105, 101]), [false, false, false, true, true]);
    }

    #[test]
    fn one_record_far_ahead_makes_none_late() {
        let year = 365 * 86_400;
        let mut times = vec![0, 1, year, 2, 3];
        assert_eq!(late(&times), [false; 5]);
        times.rotate_left(2); // the far one is the very first
        assert_eq!(late(&times), [false; 5]);
    }

    #[test]
    fn a_confirmed_jump_is_believed() {
        let mut times = vec![0, 1];
        times.extend([90_000; 11]);
        times.push(3);
        assert_eq!(late(&times).iter().filter(|late| **late).count(), 1);
        // A minute of them is enough as well.
        assert_eq!(late(&[0, 1, 90_000, 90_061, 3]), [false, false, false, false, true]);
    }

    proptest! {
        #[test]
        fn a_half_tick_is_made_of_its_times(micros in -30_000_000_i64..30_000_000, tick in -3_i64..3) {
            let half = |micros| half_tick(Timestamp::from_micros(micros));
            for at in [micros, tick * TICK - 1, tick * TICK, tick * TICK + 1] {
                let times = times_of(half(at));
                prop_assert!(times.contains(&at));
                prop_assert_eq!((half(times.start), half(times.end - 1)), (half(at), half(at)));
                prop_assert!(half(times.start - 1) < half(at) && half(at) < half(times.end));
            }
        }

        #[test]
        fn many_at_once_are_as_many_one_by_one(
            runs in prop::collection::vec((prop::sample::select(vec![0i64, 1, 3, 7, 1500, 1503, 9000]), 1u64..40), 0..12),
        ) {
            let (mut at_once, mut one_by_one) = (Watermark::default(), Watermark::default());
            for (at, n) in runs {
                let late: u64 = (0..n).map(|_| u64::from(one_by_one.take_one(at))).sum();
                prop_assert_eq!(at_once.take(at, n), late);
                prop_assert_eq!(at_once, one_by_one);
            }
        }

        #[test]
        fn a_cut_changes_nothing(
            times in prop::collection::vec((0u32..2, prop::sample::select(vec![0i64, 3, 7, 12, 15, 40, 9000, 9060])), 0..40),
            cut in 0usize..40,
        ) {
            let mut times = times;
            times.sort_by_key(|(source, _)| *source); // one source after the other
            let cut = cut.min(times.len());
            let half = |s: i64| half_tick(Timestamp::from_micros(s * 1_000_000));
            let mut whole = Lateness::default();
            for (source, at) in &times {
                whole.take(*source, true, half(*at), 1);
            }
            let mut first = Lateness::default();
            for (source, at) in &times[..cut] {
                first.take(*source, true, half(*at), 1);
            }
            let begun = times.get(cut).map(|(source, _)| *source);
            let mid = begun.filter(|source| cut > 0 && times[cut - 1].0 == *source);
            let mut later = Lateness::default();
            for (source, at) in &times[cut..] {
                later.take(*source, mid != Some(*source), half(*at), 1);
            }
            first.merge(later, mid, false);
            prop_assert_eq!(first, whole);
        }
    }
}
