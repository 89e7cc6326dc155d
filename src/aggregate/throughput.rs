//! `throughput`: records a second, tasks a minute.

use serde::{Deserialize, Serialize};

use crate::event::{Fact, FactKind, Outcome};
use crate::record::Timestamp;
use crate::summary::{Body, Value};

use super::by_time::ByTime;
use super::records::Records;
use super::{Setup, State, View, scalars};

const MINUTE: i64 = 60 * 1_000_000;

/// Rates over the span from the first to the last dated record or completed task.
///
/// - `records_per_second` = dated records over the span, `tasks_per_minute` = completed tasks
///   over it; both 0 when the span is 0. A task is a session that completed (the page's
///   `record_completion`);
/// - `peak_tasks_per_minute` is the greatest number of tasks within one minute of the clock,
///   `peak_start` the earliest such minute.
///
/// Minutes past the cap of keys take no part in the peak.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Throughput {
    records: u64,
    tasks: u64,
    first: Timestamp,
    last: Timestamp,
    minutes: ByTime<u64>,
}

impl Throughput {
    pub(super) fn new(setup: &Setup) -> Throughput {
        Throughput {
            records: 0,
            tasks: 0,
            first: Timestamp::NONE,
            last: Timestamp::NONE,
            minutes: ByTime::new(setup.max_keys),
        }
    }

    /// So many over the span, by a unit of so many seconds.
    fn per(&self, n: u64, unit: f64) -> f64 {
        let seconds = if self.first.is_some() { self.last.seconds_since(self.first) } else { 0.0 };
        let span = seconds / unit;
        if span > 0.0 { n as f64 / span } else { 0.0 }
    }

    /// The start of the best minute, and its tasks.
    fn peak(&self) -> Option<(Timestamp, u64)> {
        // The earliest of equals: later minutes must be greater to win.
        let peak = self.minutes.iter().fold(None, |best: Option<(i64, u64)>, (minute, tasks)| {
            best.filter(|(_, most)| most >= tasks).or(Some((minute, *tasks)))
        });
        peak.map(|(minute, tasks)| (Timestamp::from_micros(minute * MINUTE), tasks))
    }

    fn seen(&mut self, time: Timestamp) {
        if time.is_some() {
            self.first = if self.first.is_some() { self.first.min(time) } else { time };
            self.last = self.last.max(time);
        }
    }
}

const SCALARS: [&str; 4] =
    ["records_per_second", "tasks_per_minute", "peak_tasks_per_minute", "peak_start"];

impl State for Throughput {
    fn observe(&mut self, records: &Records<'_>) {
        for piece in records.pieces() {
            let times = &records.batch.timestamp[piece.rows];
            if let (Some(_), [first, .., last]) = (piece.ascending, times) {
                self.records += times.len() as u64;
                self.seen(*first);
                self.seen(*last);
            } else {
                self.records += times.iter().filter(|time| time.is_some()).count() as u64;
                for time in times {
                    self.seen(*time);
                }
            }
        }
    }

    fn learn(&mut self, fact: &Fact<'_>) {
        if fact.outcome != Some(Outcome::Completed) || fact.kind != FactKind::SessionFinished {
            return;
        }
        let Some(time) = fact.time else { return };
        self.seen(time);
        self.tasks += 1;
        *self.minutes.at(time.micros().div_euclid(MINUTE), || 0) += 1;
    }

    fn merge(&mut self, later: Throughput) {
        self.records += later.records;
        self.tasks += later.tasks;
        self.seen(later.first);
        self.seen(later.last);
        self.minutes.merge(later.minutes, || 0, |mine, theirs| *mine += theirs);
    }

    fn summarize(&self, view: &View) -> Body {
        Body::scalars(scalars(self, &SCALARS, view))
    }

    fn figure(&self, name: &str, _: &View) -> Option<Value> {
        // The peak may lie in a minute past the cap.
        let unknown = self.minutes.other().is_some();
        let known = |value| if unknown { Value::Null } else { value };
        Some(match name {
            "records_per_second" => Value::Float(self.per(self.records, 1.0)),
            "tasks_per_minute" => Value::Float(self.per(self.tasks, 60.0)),
            "peak_tasks_per_minute" => known(Value::count(self.peak().map_or(0, |peak| peak.1))),
            "peak_start" => known(Value::time(self.peak().map(|peak| peak.0))),
            "records" => Value::count(self.records),
            _ => return None,
        })
    }

    fn silent(&self) -> bool {
        self.records == 0
    }
}
