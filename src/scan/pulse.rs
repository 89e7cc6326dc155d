//! Records and errors of the last hour by second of event time: what a graph over time needs, in
//! a ring that never grows.
//!
//! It is no figure of a report: what is older than an hour, undated, or dated incredibly far ahead
//! is not in it. It has no clock; how long nothing has come it is told.

use crate::record::{Batch, Belief, Credible, Level, Timestamp};

use super::SideBySide;

/// How many seconds are remembered.
const SECONDS: i64 = 3600;
const SECOND: i64 = 1_000_000;

/// What was seen in some stretch of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Beat {
    /// Records.
    pub records: u64,
    /// Those of them at ERROR and above.
    pub errors: u64,
}

/// The last hour, second by second.
#[derive(Debug, Clone)]
pub struct Pulse {
    ring: Vec<Beat>,
    /// The latest second that the ring holds, once there was a record.
    last: Option<i64>,
    credible: Credible,
}

impl Default for Pulse {
    fn default() -> Pulse {
        Pulse {
            ring: vec![Beat::default(); SECONDS as usize],
            last: None,
            credible: Credible::default(),
        }
    }
}

impl Pulse {
    /// The last stretches of so many seconds each, oldest first, up to the one that time has come
    /// to when nothing was seen for `idle` microseconds. They are aligned to the epoch, so that
    /// they stay what they are while time goes on. What is longer ago than the hour is empty.
    #[must_use]
    pub fn stretches(&self, number: usize, seconds: usize, idle: i64) -> Vec<Beat> {
        let length = i64::try_from(seconds.max(1)).unwrap_or(i64::MAX);
        let mut stretches = vec![Beat::default(); number];
        let Some(last) = self.last else { return stretches };
        let end = (last.saturating_add(idle.max(0) / SECOND)).div_euclid(length);
        for second in last.saturating_sub(SECONDS - 1)..=last {
            let ago = end - second.div_euclid(length);
            if let Some(place) =
                usize::try_from(ago).ok().and_then(|ago| number.checked_sub(ago + 1))
            {
                let Beat { records, errors } = self.ring[place_of(second)];
                stretches[place].records += records;
                stretches[place].errors += errors;
            }
        }
        stretches
    }

    /// The latest credible time of a record.
    #[must_use]
    pub fn latest(&self) -> Option<Timestamp> {
        self.credible.greatest().map(Timestamp::from_micros)
    }

    fn take(&mut self, micros: i64, error: bool) {
        if !self.credible.take(micros, Belief::MICROS) {
            return;
        }
        let second = micros.div_euclid(SECOND);
        let greatest = self.credible.greatest().unwrap_or(micros).div_euclid(SECOND);
        match self.last {
            // The first record was the one dated far ahead: the hour begins anew.
            Some(last) if greatest < last => {
                *self = Pulse { credible: self.credible, ..Pulse::default() }
            }
            Some(last) if greatest > last => {
                for passed in last + 1..=greatest.min(last + SECONDS) {
                    self.ring[place_of(passed)] = Beat::default();
                }
            }
            _ => {}
        }
        self.last = Some(greatest);
        if greatest - second < SECONDS {
            let beat = &mut self.ring[place_of(second)];
            beat.records += 1;
            beat.errors += u64::from(error);
        }
    }
}

impl SideBySide for Pulse {
    fn observe(&mut self, batch: &Batch) {
        for &row in &batch.records {
            let row = row as usize;
            if let Some(time) = batch.timestamp[row].get() {
                let level = Level::from_name(batch.level[row]);
                self.take(time.micros(), level.is_some_and(Level::is_error));
            }
        }
    }
}

fn place_of(second: i64) -> usize {
    usize::try_from(second.rem_euclid(SECONDS)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pulse(seconds: &[i64]) -> Pulse {
        let mut pulse = Pulse::default();
        for second in seconds {
            pulse.take(second * SECOND, second % 2 == 1);
        }
        pulse
    }

    fn records(beats: &[Beat]) -> Vec<u64> {
        beats.iter().map(|beat| beat.records).collect()
    }

    #[test]
    fn stretches_end_where_time_has_come_to() {
        let pulse = pulse(&[100, 101, 101, 112]);
        assert_eq!(records(&pulse.stretches(3, 5, 0)), [3, 0, 1]);
        assert_eq!(pulse.stretches(3, 5, 0)[0].errors, 2);
        assert_eq!(records(&pulse.stretches(3, 5, 3 * SECOND)), [0, 1, 0]);
        assert_eq!(records(&pulse.stretches(2, 60, 0)), [0, 4]);
        assert_eq!(records(&Pulse::default().stretches(2, 5, 0)), [0, 0]);
        assert!(pulse.stretches(0, 5, 0).is_empty());
    }

    #[test]
    fn an_hour_is_remembered_and_no_more() {
        assert_eq!(records(&pulse(&[0, 3600]).stretches(1, 7200, 0)), [1]);
        assert_eq!(records(&pulse(&[1, 3600]).stretches(2, 3600, 0)), [1, 1]);
        assert_eq!(records(&pulse(&[0, 1, 2000, 4000, 7000, 10_000]).stretches(1, 20_000, 0)), [2]);
    }

    #[test]
    fn one_record_far_ahead_moves_nothing() {
        assert_eq!(records(&pulse(&[100, 101, 90_000, 102]).stretches(1, 100, 0)), [3]);
        assert_eq!(records(&pulse(&[90_000, 100, 101]).stretches(1, 100, 0)), [2]);
    }

    proptest! {
        #[test]
        fn it_counts_what_a_list_of_all_would(
            steps in prop::collection::vec(-40_i64..400, 1..200),
            (number, length) in (1_usize..200, 1_i64..90),
        ) {
            let mut now = 1_000_000;
            let seconds: Vec<i64> = steps.iter().map(|step| { now += step; now }).collect();
            let beats = pulse(&seconds).stretches(number, usize::try_from(length).unwrap(), 0);
            let last = *seconds.iter().max().unwrap();
            let mut expected = vec![0; number];
            for (at, second) in seconds.iter().enumerate() {
                let ago = last.div_euclid(length) - second.div_euclid(length);
                // Too old when it came, or by now.
                let before = seconds[..=at].iter().max().unwrap();
                if last - second < SECONDS && before - second < SECONDS
                    && let Some(place) = number.checked_sub(usize::try_from(ago).unwrap() + 1)
                {
                    expected[place] += 1;
                }
            }
            prop_assert_eq!(records(&beats), expected);
        }
    }
}
