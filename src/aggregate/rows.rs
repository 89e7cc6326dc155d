//! Rows of a batch as stretches of its columns. Nearly all lines of a log are records, so that
//! nearly all rows have their neighbours beside them, and what is asked of a stretch of a column at
//! once costs a few instructions for several rows together.
//!
//! It does not know what is counted.

use std::ops::Range;

use crate::record::{Level, NameId, Timestamp};

/// Stretches are looked at in pieces of so many rows: short enough that most have one hour and one
/// minute.
pub(super) const PIECE: usize = 128;

/// Some rows, which ascend, as stretches without a gap.
pub(super) fn stretches(rows: &[u32]) -> impl Iterator<Item = Range<usize>> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let start = *rest.first()? as usize;
        let length = neighbours(rest);
        rest = &rest[length..];
        Some(start..start + length)
    })
}

/// How many of the first rows, of which there is one at least, follow each other without a gap.
fn neighbours(rows: &[u32]) -> usize {
    let gapless = |n: usize| rows.get(n - 1).is_some_and(|last| (last - rows[0]) as usize == n - 1);
    if gapless(rows.len()) {
        return rows.len();
    }
    let (mut length, mut step) = (1, 1);
    while gapless(length + step) {
        length += step;
        step *= 2;
    }
    while step > 1 {
        step /= 2;
        length += if gapless(length + step) { step } else { 0 };
    }
    length
}

/// Whether a record of this level counts as an error, see [`Level::is_error`]: the numbers of the
/// levels are fixed, and those of errors come last. A single comparison, and so no jump that
/// would have to be guessed for each record.
#[inline]
pub(super) fn is_error(level: NameId) -> bool {
    const FIRST: u32 = Level::Error as u32;
    level.0.wrapping_sub(FIRST) <= Level::Critical as u32 - FIRST
}

/// How many of some levels count as errors.
pub(super) fn errors(levels: &[NameId]) -> u64 {
    const ERROR: u32 = Level::Error as u32;
    const CRITICAL: u32 = Level::Critical as u32;
    // Processors compare several numbers at once more easily for being equal.
    let errors = levels.iter().fold(0_u32, |errors, level| {
        errors + u32::from(level.0 == ERROR) + u32::from(level.0 == CRITICAL)
    });
    u64::from(errors)
}

/// So many numbers of levels are told apart: none, the six, and all others.
pub(super) const LEVELS: usize = Level::ALL.len() + 2;

/// How many rows have each level, by its number; all names that are none of the six come last.
pub(super) fn by_level(levels: &[NameId], rows: &[u32]) -> [u64; LEVELS] {
    // Equal neighbours would wait for each other if they were counted at one place.
    let mut counts = [[0_u32; LEVELS]; 4];
    for stretch in stretches(rows) {
        let place = |level: NameId| (level.0 as usize).min(LEVELS - 1);
        let (fours, rest) = levels[stretch].as_chunks::<4>();
        for four in fours {
            for (level, counts) in four.iter().zip(&mut counts) {
                counts[place(*level)] += 1;
            }
        }
        for level in rest {
            counts[0][place(*level)] += 1;
        }
    }
    std::array::from_fn(|level| counts.iter().map(|counts| u64::from(counts[level])).sum())
}

/// Whether all of some times are dated and lie between two others.
pub(super) fn within(times: &[Timestamp], range: &Range<i64>) -> bool {
    // One of the differences is negative if the time lies outside, even where one overflows.
    let outside = times.iter().fold(0, |outside, time| {
        let (start, last) = (range.start, range.end - 1);
        outside | time.micros().wrapping_sub(start) | last.wrapping_sub(time.micros())
    });
    outside >= 0
}

/// If all of some times are dated and none lies before the one in front of it: a time in
/// microseconds that is not exceeded by any between two of them.
pub(super) fn ascending(times: &[Timestamp]) -> Option<i64> {
    let behind = times.get(1..)?;
    // All bits of all gaps together: of a negative one, the sign; and what is undated lies further
    // from everything else than any two times from each other.
    let gaps = times
        .iter()
        .zip(behind)
        .fold(0, |gaps, (time, next)| gaps | next.micros().wrapping_sub(time.micros()));
    (times[0].is_some() && (0..i64::MAX / 2).contains(&gaps)).then_some(gaps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn stretches_are_the_rows(
            pieces in prop::collection::vec((1_u32..4, prop_oneof![1_u32..5, 1_u32..200]), 0..20),
        ) {
            let (mut rows, mut expected, mut at) = (Vec::new(), Vec::new(), 0);
            for (gap, length) in pieces {
                rows.extend(at + gap..at + gap + length);
                expected.push((at + gap) as usize..(at + gap + length) as usize);
                at += gap + length;
            }
            prop_assert_eq!(stretches(&rows).collect::<Vec<_>>(), expected);
        }

        #[test]
        fn levels_are_counted_by_number(levels in prop::collection::vec(0_u32..10, 0..200)) {
            let levels: Vec<NameId> = levels.into_iter().map(NameId).collect();
            let rows: Vec<u32> = (0..levels.len() as u32).filter(|row| row % 5 != 3).collect();
            let mut expected = [0; LEVELS];
            for row in &rows {
                expected[(levels[*row as usize].0 as usize).min(LEVELS - 1)] += 1;
            }
            prop_assert_eq!(by_level(&levels, &rows), expected);
            let all = levels.iter().filter(|level| is_error(**level)).count();
            prop_assert_eq!(errors(&levels), all as u64);
        }

        #[test]
        fn times_are_asked_together_what_each_is_asked(
            times in prop::collection::vec(prop_oneof![
                9 => (-9_i64..9).prop_map(Timestamp::from_micros),
                1 => Just(Timestamp::NONE),
                1 => Just(Timestamp::from_micros(253_402_300_799_999_999)),
                1 => Just(Timestamp::from_micros(-62_135_596_800_000_000)),
            ], 1..8),
            start in -9_i64..9,
            length in 0_i64..9,
            sorted: bool,
        ) {
            let mut times = times;
            if sorted {
                times.sort();
            }
            let range = start..start + length;
            let all = times.iter().all(|time| range.contains(&time.micros()));
            prop_assert_eq!(within(&times, &range), all);
            let dated = times.iter().all(|time| time.is_some());
            prop_assert_eq!(ascending(&times).is_some(), dated && times.is_sorted());
            if let Some(most) = ascending(&times) {
                let gap = |pair: &[Timestamp]| pair[1].micros() - pair[0].micros();
                prop_assert!(times.windows(2).all(|pair| gap(pair) <= most));
            }
        }
    }

    #[test]
    fn the_numbers_of_levels_tell_errors() {
        let numbers = (0..9).chain([u32::MAX]).map(NameId);
        for name in numbers {
            let level = Level::from_name(name);
            assert_eq!(is_error(name), level.is_some_and(Level::is_error), "{name:?}");
        }
    }
}
