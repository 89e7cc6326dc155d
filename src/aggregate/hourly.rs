//! `hourly`: how many records in each hour of the day.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::record::{Timestamp, Zone};
use crate::summary::{Body, Look, Table, Value};

use super::names::Tally;
use super::records::Records;
use super::{Setup, State, View, runs};

/// Records by hour of the day in the zone of the report. Undated records take no part.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Hours {
    hours: [Tally; 24],
    #[serde(skip)]
    zone: Zone,
}

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3600 * SECOND;

/// The instants at which clocks show the same hour as at `time`, and that hour.
///
/// Where the offset is the same at the beginning and at the end of an hour, it is the same all
/// the while: no zone of the IANA database has ever changed its clocks twice within a day. In an
/// hour with a change the instant stands for itself.
fn hour_around(time: Timestamp, zone: Zone) -> (Range<i64>, usize) {
    let at = time.micros();
    let offset_at = |micros: i64| i64::from(zone.offset_at(micros.div_euclid(SECOND))) * SECOND;
    let offset = offset_at(at);
    let start = at - at.wrapping_add(offset).rem_euclid(HOUR);
    let end = start.saturating_add(HOUR);
    let steady = offset_at(start) == offset && offset_at(end - 1) == offset;
    let instants = if steady { start..end } else { at..at.saturating_add(1) };
    (instants, time.hour(&zone) as usize)
}

impl Hours {
    pub(super) fn new(setup: &Setup) -> Hours {
        Hours { hours: [Tally::default(); 24], zone: setup.zone }
    }
}

impl State for Hours {
    fn observe(&mut self, records: &Records<'_>) {
        let Hours { hours, zone } = self;
        let around = |time| hour_around(time, *zone);
        runs::tally(records, around, |hour, tally| hours[hour].merge(tally));
    }

    fn merge(&mut self, later: Hours) {
        for (mine, theirs) in self.hours.iter_mut().zip(later.hours) {
            mine.merge(theirs);
        }
    }

    fn summarize(&self, _: &View) -> Body {
        let columns = &["hour", "records", "errors"];
        let mut table = Table::new("hours", "🕐 Activity by Hour", Look::Hours, columns);
        for (hour, tally) in self.hours.iter().enumerate().filter(|(_, tally)| tally.records > 0) {
            table.rows.push(vec![
                Value::count(hour as u64),
                Value::count(tally.records),
                Value::count(tally.errors),
            ]);
        }
        Body::Figures { scalars: Vec::new(), tables: vec![table] }
    }

    fn silent(&self) -> bool {
        self.hours.iter().all(|tally| tally.records == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_hour_is_the_same_all_the_while(
            seconds in -3_000_000_000_i64..4_000_000_000, // the years 1874 to 2096
            within in prop::collection::vec(0.0_f64..1.0, 1..20),
            zone in prop::sample::select(&chrono_tz::TZ_VARIANTS[..]).prop_map(Zone::Named),
            zone_of_offset in -86_399..86_400,
            fixed in prop::bool::weighted(0.1),
        ) {
            let zone = if fixed { Zone::Fixed(zone_of_offset) } else { zone };
            let time = Timestamp::from_micros(seconds * SECOND + 7);
            let (instants, hour) = hour_around(time, zone);
            prop_assert!(instants.contains(&time.micros()));
            let length = instants.end - instants.start;
            prop_assert!(length == HOUR || length == 1);
            let inside = |share: f64| instants.start + (share * length as f64) as i64;
            let ends = [instants.start, instants.end - 1];
            for at in within.into_iter().map(inside).chain(ends) {
                prop_assert_eq!(Timestamp::from_micros(at).hour(&zone) as usize, hour);
            }
        }
    }

    /// Every change of the clocks in some zones, those by odd amounts and at odd times included.
    #[test]
    fn no_change_of_clocks_is_overlooked() {
        for zone in ["Europe/Berlin", "Australia/Lord_Howe", "Africa/Monrovia", "Asia/Kathmandu"] {
            let zone: Zone = zone.parse().unwrap();
            let changed = |second: &i64| zone.offset_at(*second) != zone.offset_at(second + 1800);
            for second in (0..1_830_297_600).step_by(1800).filter(changed) {
                for at in (second - 3600..second + 5400).step_by(300) {
                    let time = Timestamp::from_micros(at * SECOND);
                    let (instants, hour) = hour_around(time, zone);
                    for at in [instants.start, at * SECOND, instants.end - 1] {
                        assert_eq!(Timestamp::from_micros(at).hour(&zone) as usize, hour);
                    }
                }
            }
        }
    }
}
