//! `every`: an aggregator for each window of event time.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::error::{Error, Result};
use crate::event::Fact;
use crate::record::{Batch, Timestamp, Zone};
use crate::summary::{Body, Group, Value};

use super::by_time::ByTime;
use super::groups::Factory;
use super::records::Records;
use super::{Aggregator, View, other};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// The start of the window of this length (microseconds) that an instant lies in: windows shorter
/// than a day are aligned to midnight in the zone, longer ones to multiples of days since 1970.
///
/// What clocks show at the start is converted with the offset that held then, so that windows
/// that a clock change falls into are longer or shorter. An hour that comes twice is two windows
/// if windows are that short, and splits a longer one that begins with it.
pub(super) fn window_start(time: Timestamp, length: i64, zone: Zone) -> Timestamp {
    let at = |micros: i64| i64::from(zone.offset_at(micros.div_euclid(SECOND))) * SECOND;
    let offset = at(time.micros());
    let local = time.micros() + offset;
    let start = local - local.rem_euclid(length);
    Timestamp::from_micros(start - at(start - offset))
}

/// The end of the window that begins at an instant: the first instant of another window. Clock
/// changes happen at whole seconds, and move it by a day at most.
fn window_end(start: Timestamp, length: i64, zone: Zone) -> Timestamp {
    let plain = Timestamp::from_micros(start.micros() + length);
    let Zone::Named(_) = zone else { return plain };
    let (mut within, mut beyond) = (0, (length + DAY) / SECOND + 1);
    while beyond - within > 1 {
        let middle = within + (beyond - within) / 2;
        let instant = Timestamp::from_micros(start.micros() + middle * SECOND);
        if window_start(instant, length, zone) == start {
            within = middle;
        } else {
            beyond = middle;
        }
    }
    // Windows shorter than a second know no clock changes.
    if length < SECOND { plain } else { Timestamp::from_micros(start.micros() + beyond * SECOND) }
}

type Table = ByTime<Box<dyn Aggregator>>;

/// Windows one behind the other, in the zone of the report; only those that something fell into.
/// Undated records and facts take no part. Gauges are handed on from each window to the next.
///
/// What records and what facts tell is kept apart and joined in the report, so that it makes no
/// difference when a fact is learned.
#[derive(Clone)]
pub(super) struct Windows {
    length: i64,
    zone: Zone,
    make: Factory,
    of_records: Table,
    of_facts: Table,
    /// Has the gauges of what came before the first window.
    before: Option<Box<dyn Aggregator>>,
}

impl Windows {
    pub(super) fn new(length: i64, zone: Zone, cap: usize, make: Factory) -> Windows {
        let (of_records, of_facts) = (ByTime::new(cap), ByTime::new(cap));
        Windows { length, zone, make, of_records, of_facts, before: None }
    }

    fn start(&self, time: Timestamp) -> Timestamp {
        window_start(time, self.length, self.zone)
    }

    fn end(&self, start: Timestamp) -> Timestamp {
        window_end(start, self.length, self.zone)
    }

    fn observe_in(&mut self, start: Timestamp, batch: &Batch, rows: &[u32]) {
        let make = &self.make;
        self.of_records.at(start.micros(), || make()).observe(batch, rows);
    }

    /// The states of all windows that are not past the cap.
    fn states(&self) -> impl Iterator<Item = (i64, &Box<dyn Aggregator>)> {
        self.of_records.iter().chain(self.of_facts.iter())
    }

    /// A state of all that some states have seen.
    fn joined<'a>(
        &self,
        mut states: impl Iterator<Item = &'a Box<dyn Aggregator>>,
    ) -> Box<dyn Aggregator> {
        let mut joined = states.next().map_or_else(|| (self.make)(), Box::clone);
        for state in states {
            joined.merge(state.copy());
        }
        joined
    }

    /// The windows by start, each as a copy that has the gauges of all windows before.
    fn shown(&self) -> Vec<(Timestamp, Box<dyn Aggregator>)> {
        let mut by_start: BTreeMap<i64, Vec<&Box<dyn Aggregator>>> = BTreeMap::new();
        for (start, state) in self.states() {
            by_start.entry(start).or_default().push(state);
        }
        let mut shown: Vec<(Timestamp, Box<dyn Aggregator>)> = Vec::new();
        for (start, states) in by_start {
            let mut state = self.joined(states.into_iter());
            let before = shown.last().map(|(_, state)| state).or(self.before.as_ref());
            if let Some(before) = before {
                before.carry(state.as_mut());
            }
            shown.push((Timestamp::from_micros(start), state));
        }
        shown
    }
}

impl Aggregator for Windows {
    fn copy(&self) -> Box<dyn Aggregator> {
        Box::new(self.clone())
    }

    fn take(&mut self, records: &Records<'_>) {
        let Records { batch, rows, .. } = *records;
        // Records mostly come in order: a window is looked up once for each run of them.
        let mut run: Vec<u32> = Vec::new();
        let mut current: Option<(Timestamp, Timestamp)> = None;
        for &row in rows {
            let Some(time) = batch.timestamp[row as usize].get() else { continue };
            if !current.is_some_and(|(start, end)| start <= time && time < end) {
                if let Some((start, _)) = current {
                    self.observe_in(start, batch, &run);
                    run.clear();
                }
                let start = self.start(time);
                current = Some((start, self.end(start)));
            }
            run.push(row);
        }
        if let Some((start, _)) = current {
            self.observe_in(start, batch, &run);
        }
    }

    fn learn(&mut self, fact: &Fact<'_>) {
        if let Some(time) = fact.time {
            let start = self.start(time);
            let make = &self.make;
            self.of_facts.at(start.micros(), || make()).learn(fact);
        }
    }

    fn merge(&mut self, later: Box<dyn Aggregator>) {
        if let Ok(later) = (later as Box<dyn Any>).downcast::<Windows>() {
            let add = |mine: &mut Box<dyn Aggregator>, theirs| mine.merge(theirs);
            let make = || (self.make)();
            self.of_records.merge(later.of_records, make, add);
            self.of_facts.merge(later.of_facts, make, add);
        }
    }

    fn carry(&self, next: &mut dyn Aggregator) {
        if let Some(next) = (next as &mut dyn Any).downcast_mut::<Windows>() {
            next.before = self.shown().pop().map(|(_, state)| state);
        }
    }

    fn summarize(&self, view: &View) -> Body {
        let view = View { window: true, ..*view };
        let others = [self.of_records.other(), self.of_facts.other()];
        let capped = others.iter().any(Option::is_some);
        let mut past_cap: Vec<&Box<dyn Aggregator>> = others.into_iter().flatten().collect();
        let mut rows: Vec<Group> = Vec::new();
        if capped && view.unordered {
            // Which windows have a row of their own hangs on the order.
            past_cap.extend(self.states().map(|(_, state)| state));
        } else {
            for (start, state) in self.shown().into_iter().filter(|(_, state)| !state.silent()) {
                let key = vec![
                    ("start".to_owned(), Value::Time(start)),
                    ("end".to_owned(), Value::Time(self.end(start))),
                ];
                rows.push(Group { key, body: state.summarize(&view) });
            }
        }
        let state = self.joined(past_cap.into_iter());
        if capped && !state.silent() {
            let key =
                vec![("start".to_owned(), Value::Rest("(other)")), ("end".to_owned(), Value::Null)];
            rows.push(Group { key, body: other::summarize(state.as_ref(), &view) });
        }
        Body::Windows(rows)
    }

    fn silent(&self) -> bool {
        self.states().all(|(_, window)| window.silent())
    }

    fn save(&self) -> Json {
        json!([save(&self.of_records), save(&self.of_facts)])
    }

    fn load(&mut self, saved: Json) -> Result<()> {
        let (records, facts): (Json, Json) = serde_json::from_value(saved).map_err(not_windows)?;
        let of_records = load(records, &self.make)?;
        let of_facts = load(facts, &self.make)?;
        let make = Arc::clone(&self.make);
        self.merge(Box::new(Windows { make, of_records, of_facts, before: None, ..*self }));
        Ok(())
    }
}

#[derive(serde::Deserialize)]
struct Saved {
    windows: Vec<(i64, Json)>,
    other: Option<Json>,
}

/// The windows in order of first sight.
fn save(table: &Table) -> Json {
    let windows: Vec<Json> =
        table.in_order().map(|(start, window)| json!([start, window.save()])).collect();
    json!({ "windows": windows, "other": table.other().map(|other| other.save()) })
}

fn load(saved: Json, make: &Factory) -> Result<Table> {
    let state = |saved: Json| -> Result<Box<dyn Aggregator>> {
        let mut state = make();
        state.load(saved)?;
        Ok(state)
    };
    let Saved { windows, other } = serde_json::from_value(saved).map_err(not_windows)?;
    let mut table = ByTime::new(usize::MAX);
    for (start, window) in windows {
        let window = state(window)?;
        table.at(start, || window);
    }
    table.set_other(other.map(state).transpose()?);
    Ok(table)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn not_windows(fault: serde_json::Error) -> Error {
    Error::config(format!("not a state of windows: {fault}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn start(time: &str, length: i64, zone: &str) -> String {
        let zone: Zone = zone.parse().unwrap();
        let time = Timestamp::from_text(time, &Zone::Utc).unwrap();
        window_start(time, length, zone).display(&zone)
    }

    proptest! {
        #[test]
        fn windows_follow_each_other_without_gap(
            seconds in 1_767_225_600_i64..1_830_297_600, // the years 2026 and 2027
            hours in prop::sample::select(vec![1_i64, 2, 3, 6, 12, 24, 168]),
            zone in prop::sample::select(vec!["UTC", "+05:45", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
        ) {
            let (zone, length): (Zone, i64) = (zone.parse().unwrap(), hours * 3600 * SECOND);
            let time = Timestamp::from_micros(seconds * SECOND + 1);
            let start = window_start(time, length, zone);
            let end = window_end(start, length, zone);
            prop_assert!(start <= time && time < end);
            prop_assert_eq!(window_start(end, length, zone), end);
            let last = Timestamp::from_micros(end.micros() - 1);
            prop_assert_eq!(window_start(last, length, zone), start);
        }
    }

    #[test]
    fn windows_begin_at_midnight_where_the_reader_is() {
        let hour = DAY / 24;
        assert_eq!(start("2026-11-22T06:11:54Z", hour, "UTC"), "2026-11-22T06:00:00.000Z");
        assert_eq!(start("2026-11-22T06:11:54Z", 6 * hour, "UTC"), "2026-11-22T06:00:00.000Z");
        assert_eq!(start("2026-11-22T06:11:54Z", hour, "+05:45"), "2026-11-22T11:00:00.000+05:45");
        assert_eq!(
            start("2026-11-22T23:30:00Z", DAY, "Europe/Berlin"),
            "2026-11-23T00:00:00.000+01:00"
        );
        // The day of the change began in summer time.
        assert_eq!(
            start("2026-10-25T12:00:00Z", DAY, "Europe/Berlin"),
            "2026-10-25T00:00:00.000+02:00"
        );
        assert_eq!(start("1969-12-31T23:59:59Z", hour, "UTC"), "1969-12-31T23:00:00.000Z");
    }
}
