//! `every`: an aggregator for each window of event time.

use std::any::Any;
use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::error::{Error, Result};
use crate::event::Fact;
use crate::record::{Batch, Timestamp, Zone};
use crate::summary::{Body, Group, Value};

use super::groups::Factory;
use super::{Aggregator, View};

const DAY: i64 = 86_400_000_000;

/// The start of the window of this length (microseconds) that an instant lies in: windows shorter
/// than a day are aligned to midnight in the zone, longer ones to multiples of days since 1970.
/// On the day of a clock change the windows behind it follow the new offset.
pub(super) fn window_start(time: Timestamp, length: i64, zone: Zone) -> Timestamp {
    let at = |micros: i64| i64::from(zone.offset_at(micros.div_euclid(1_000_000))) * 1_000_000;
    let offset = at(time.micros());
    let local = time.micros() + offset;
    let start = local - local.rem_euclid(length);
    if length < DAY {
        return Timestamp::from_micros(start - offset);
    }
    // Midnight may have had another offset than now.
    let guess = start - offset;
    Timestamp::from_micros(start - at(guess))
}

/// Windows one behind the other, in the zone of the report; only those that something fell into.
/// Undated records and facts take no part. Gauges are handed on from each window to the next.
pub(super) struct Windows {
    length: i64,
    zone: Zone,
    cap: usize,
    make: Factory,
    by_start: BTreeMap<Timestamp, Box<dyn Aggregator>>,
    /// What fell into windows past the cap.
    other: Option<Box<dyn Aggregator>>,
}

impl Windows {
    pub(super) fn new(length: i64, zone: Zone, cap: usize, make: Factory) -> Windows {
        Windows { length, zone, cap, make, by_start: BTreeMap::new(), other: None }
    }

    fn window(&mut self, start: Timestamp) -> &mut dyn Aggregator {
        let make = &self.make;
        if self.by_start.len() >= self.cap && !self.by_start.contains_key(&start) {
            return self.other.get_or_insert_with(|| make()).as_mut();
        }
        self.by_start.entry(start).or_insert_with(|| make()).as_mut()
    }

    fn start(&self, time: Timestamp) -> Timestamp {
        window_start(time, self.length, self.zone)
    }

    /// The end of a window: the start of what would be the next one.
    fn end(&self, start: Timestamp) -> Timestamp {
        let middle_of_next = start.micros() + self.length + self.length / 2;
        let next = self.start(Timestamp::from_micros(middle_of_next));
        if next > start { next } else { Timestamp::from_micros(start.micros() + self.length) }
    }
}

impl Aggregator for Windows {
    fn observe(&mut self, batch: &Batch, rows: &[u32]) {
        // Records mostly come in order: a window is looked up once for each run of them.
        let mut run: Vec<u32> = Vec::new();
        let mut current: Option<(Timestamp, Timestamp)> = None;
        for &row in rows {
            let Some(time) = batch.timestamp[row as usize].get() else { continue };
            if !current.is_some_and(|(start, end)| start <= time && time < end) {
                if let Some((start, _)) = current {
                    self.window(start).observe(batch, &run);
                    run.clear();
                }
                let start = self.start(time);
                current = Some((start, self.end(start)));
            }
            run.push(row);
        }
        if let Some((start, _)) = current {
            self.window(start).observe(batch, &run);
        }
    }

    fn learn(&mut self, fact: &Fact<'_>) {
        if let Some(time) = fact.time {
            let start = self.start(time);
            self.window(start).learn(fact);
        }
    }

    fn merge(&mut self, later: Box<dyn Aggregator>) {
        let Ok(later) = later.into_any().downcast::<Windows>() else { return };
        for (start, window) in later.by_start {
            self.window(start).merge(window);
        }
        match (self.other.as_mut(), later.other) {
            (Some(mine), Some(theirs)) => mine.merge(theirs),
            (None, theirs) => self.other = theirs,
            (Some(_), None) => {}
        }
    }

    fn carry(&self, _: &mut dyn Aggregator) {}

    fn summarize(&self, view: &View) -> Body {
        let view = View { window: true, ..*view };
        let mut rows: Vec<Group> = Vec::new();
        let mut before: Option<Box<dyn Aggregator>> = None;
        for (start, window) in &self.by_start {
            // A copy that has the gauges of all windows before; states are their serial form.
            let mut shown = (self.make)();
            let copied = shown.load(window.save()).is_ok();
            if let Some(before) = before.filter(|_| copied) {
                before.carry(shown.as_mut());
            }
            let key = vec![
                ("start".to_owned(), Value::Time(*start)),
                ("end".to_owned(), Value::Time(self.end(*start))),
            ];
            if !shown.silent() {
                rows.push(Group { key, body: shown.summarize(&view) });
            }
            before = Some(shown);
        }
        if let Some(other) = &self.other {
            let key =
                vec![("start".to_owned(), Value::text("(other)")), ("end".to_owned(), Value::Null)];
            rows.push(Group { key, body: other.summarize(&view) });
        }
        Body::Windows(rows)
    }

    fn silent(&self) -> bool {
        self.by_start.values().all(|window| window.silent())
    }

    fn save(&self) -> Json {
        let windows: Vec<Json> =
            self.by_start.iter().map(|(start, window)| json!([start, window.save()])).collect();
        json!({ "windows": windows, "other": self.other.as_ref().map(|other| other.save()) })
    }

    fn load(&mut self, saved: Json) -> Result<()> {
        let saved: Saved = serde_json::from_value(saved)
            .map_err(|fault| Error::config(format!("not a state of windows: {fault}")))?;
        for (start, state) in saved.windows {
            let mut window = (self.make)();
            window.load(state)?;
            self.window(start).merge(window);
        }
        if let Some(state) = saved.other {
            let make = &self.make;
            self.other.get_or_insert_with(|| make()).load(state)?;
        }
        Ok(())
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

#[derive(serde::Deserialize)]
struct Saved {
    windows: Vec<(Timestamp, Json)>,
    other: Option<Json>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(time: &str, length: i64, zone: &str) -> String {
        let zone: Zone = zone.parse().unwrap();
        let time = Timestamp::from_text(time, &Zone::Utc).unwrap();
        window_start(time, length, zone).display(&zone)
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
