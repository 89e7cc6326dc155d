//! Runs of records that share a stretch of time. Neighbours in a log mostly do, and asking
//! whether a time lies between two others costs less than asking which hour or minute it is in.
//!
//! It does not know what the stretches are.

use std::ops::Range;

use crate::record::{Batch, Timestamp};

use super::names::Tally;
use super::records::Records;
use super::rows::within;

/// Counts the dated records among some rows by the stretch that they lie in.
///
/// `around` gives the stretch of a time (the microseconds since 1970 that belong to it, and what
/// the caller knows it by), and `add` takes what was counted in one, once for each run.
pub(super) fn tally<K>(
    records: &Records<'_>,
    mut around: impl FnMut(Timestamp) -> (Range<i64>, K),
    mut add: impl FnMut(K, Tally),
) {
    let mut run = Run { stretch: 0..0, key: None, tally: Tally::default() };
    let mut turn_to = |time: Timestamp, run: &mut Run<K>| {
        let (stretch, key) = around(time);
        let next = Run { stretch, key: Some(key), tally: Tally::default() };
        std::mem::replace(run, next).end(&mut add);
    };
    let Batch { timestamp, level, .. } = records.batch;
    for piece in records.pieces() {
        let (times, levels) = (&timestamp[piece.rows.clone()], &level[piece.rows]);
        if times[0].is_some() && !run.stretch.contains(&times[0].micros()) {
            turn_to(times[0], &mut run);
        }
        // Of times that ascend, the first and the last tell of all of them.
        let ends = if piece.ascending.is_some() { &times[times.len() - 1..] } else { times };
        if within(ends, &run.stretch) {
            run.tally.merge(Tally { records: times.len() as u64, errors: piece.errors });
            continue;
        }
        for (&time, &level) in times.iter().zip(levels).filter(|(time, _)| time.is_some()) {
            if !run.stretch.contains(&time.micros()) {
                turn_to(time, &mut run);
            }
            run.tally.add(level);
        }
    }
    run.end(&mut add);
}

/// What was counted in a stretch so far.
struct Run<K> {
    stretch: Range<i64>,
    key: Option<K>,
    tally: Tally,
}

impl<K> Run<K> {
    fn end(self, add: &mut impl FnMut(K, Tally)) {
        if let Some(key) = self.key {
            add(key, self.tally);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Level, Seed, Text};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn runs_count_what_records_do(
            rows in prop::collection::vec((prop::option::of(-40_i64..40), 0_usize..7), 0..200),
            ascend: bool,
            chosen in prop::collection::vec(prop::bool::weighted(0.95), 200),
            length in 1_i64..20,
        ) {
            let mut rows = rows;
            if ascend {
                rows.sort();
            }
            let mut batch = Batch::new(Seed(1), 0);
            let mut expected: BTreeMap<i64, Tally> = BTreeMap::new();
            let mut picked = Vec::new();
            for (row, &(time, level)) in rows.iter().enumerate() {
                batch.push_row(Text::plain(0, 0));
                let time = time.map_or(Timestamp::NONE, Timestamp::from_micros);
                let level = level.checked_sub(1).map(|at| Level::ALL[at].to_name());
                batch.timestamp[row] = time;
                batch.level[row] = level.unwrap_or(crate::record::NameId::NONE);
                if chosen[row] {
                    picked.push(row as u32);
                    if time.is_some() {
                        let at = time.micros().div_euclid(length);
                        expected.entry(at).or_default().add(batch.level[row]);
                    }
                }
            }
            let around = |time: Timestamp| {
                let at = time.micros().div_euclid(length);
                (at * length..(at + 1) * length, at)
            };
            for records in [Records::new(&batch, &picked), Records::shared(&batch, &picked)] {
                let mut found: BTreeMap<i64, Tally> = BTreeMap::new();
                tally(&records, around, |at, tally| found.entry(at).or_default().merge(tally));
                prop_assert_eq!(&found, &expected);
            }
        }
    }
}
