//! All that an engine has seen, in a form that can be kept over a restart.
//!
//! Rules that have changed are looked at, for all their groups, at the next tick; others when they
//! would have been.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::alert::clock::saved::SavedClocks;
use crate::alert::series::{Key, SavedSeries, Series, SeriesCopy};
use crate::alert::watch::{SavedWatch, Watch};
use crate::error::{Error, Result};
use crate::event::Tracker;
use crate::record::Timestamp;

use super::{Engine, Seen};

/// All that an engine has seen, at one moment.
#[derive(Serialize)]
pub struct Snapshot {
    time: Time,
    clocks: SavedClocks,
    trackers: Vec<(u32, Tracker)>,
    rules: Vec<SavedWatch>,
    agenda: Vec<Appointment>,
    series: Vec<SeriesCopy>,
}

/// The same as it was kept.
#[derive(Deserialize)]
struct Saved {
    time: Time,
    clocks: SavedClocks,
    trackers: Vec<(u32, Tracker)>,
    rules: Vec<SavedWatch>,
    agenda: Vec<Appointment>,
    series: Vec<SavedSeries>,
}

/// A tick, the place of a rule among those that are kept, and the key of a group.
type Appointment = (i64, usize, String);

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Time {
    reached: Option<i64>,
    evaluated: bool,
    begun: bool,
    /// Microseconds since 1970.
    start: Option<i64>,
    seen: Seen,
    seq: u64,
}

impl Engine {
    /// What it has seen so far, to be kept.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let trackers = self.trackers.iter().map(|(source, tracker)| (*source, tracker.clone()));
        let appointments = self.agenda.iter().flat_map(|(tick, entries)| {
            entries.iter().map(|(watch, key)| (*tick, *watch, key.to_string()))
        });
        Snapshot {
            time: Time {
                reached: self.reached,
                evaluated: self.evaluated,
                begun: self.begun,
                start: self.start.map(Timestamp::micros),
                seen: self.seen,
                seq: self.seq,
            },
            clocks: self.clocks.save(),
            trackers: trackers.collect(),
            rules: self.rules.watches.iter().map(Watch::save).collect(),
            agenda: appointments.collect(),
            series: self.rules.series.iter().map(Series::copy).collect(),
        }
    }

    /// Goes on, new as it is, where another engine of the same settings was; `passed` is how many
    /// microseconds ago that was, not negative. What was seen by rules that have changed, or are not
    /// there any more, is forgotten: the sentences that it returns say which.
    ///
    /// # Errors
    ///
    /// If `saved` is not what a [`Snapshot`] becomes in JSON, or not of such an engine.
    pub fn resume(&mut self, saved: &str, passed: i64) -> Result<Vec<String>> {
        let saved: Saved = serde_json::from_str(saved)
            .map_err(|fault| Error::config(format!("not what rules have seen: {fault}")))?;
        for kept in saved.series {
            if let Some(series) = self.rules.series.iter_mut().find(|one| one.is_kept_in(&kept)) {
                series.restore(kept)?;
            }
        }
        let Time { reached, evaluated, begun, start, seen, seq } = saved.time;
        (self.reached, self.evaluated, self.begun) = (reached, evaluated, begun);
        (self.seen, self.seq) = (seen, seq);
        self.start = start.map(Timestamp::from_micros);
        self.clocks.restore(saved.clocks, passed);
        self.trackers = saved.trackers.into_iter().collect::<BTreeMap<_, _>>();
        Ok(self.resume_rules(saved.rules, saved.agenda))
    }

    fn resume_rules(&mut self, saved: Vec<SavedWatch>, agenda: Vec<Appointment>) -> Vec<String> {
        let (mut told, mut places) = (Vec::new(), Vec::new());
        for kept in saved {
            let name = kept.name.clone();
            let watches = &mut self.rules.watches;
            let place = watches.iter().position(|watch| watch.rule.name == name);
            let same = place.map(|place| watches[place].restore(kept));
            places.push(place.filter(|_| same == Some(true)));
            match same {
                Some(true) => {}
                Some(false) => told.push(format!("the rule `{name}` has changed: it starts anew")),
                None => told.push(format!("there is no rule `{name}` any more: its alerts end")),
            }
        }
        let is_new = |watch: &usize| !places.contains(&Some(*watch));
        self.look_at((0..self.rules.watches.len()).filter(is_new).collect());
        for (tick, place, key) in agenda {
            if let Some(watch) = places.get(place).copied().flatten() {
                self.agenda.entry(tick).or_default().insert((watch, Key::from(key)));
            }
        }
        told
    }

    /// The number of the last event.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        self.seq
    }

    /// For how long nothing has come from a source, in microseconds, as far as it was told.
    #[must_use]
    pub fn idle_for(&self, source: u32) -> i64 {
        self.clocks.idle_for(source)
    }
}
