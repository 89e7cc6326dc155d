//! `--since` and `--until`: only the records and facts of a stretch of event time.

use std::any::Any;

use serde_json::{Value as Json, json};

use crate::error::{Error, Result};
use crate::event::Fact;
use crate::record::Timestamp;
use crate::summary::Body;

use super::groups::Factory;
use super::records::Records;
use super::{Aggregator, View};

/// Another aggregator over a stretch of time, start inclusive, end exclusive. Undated records and
/// facts take no part. Facts from before the stretch are kept apart: what was online or open
/// when it began is carried into it.
#[derive(Clone)]
pub(super) struct Range {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    before: Box<dyn Aggregator>,
    within: Box<dyn Aggregator>,
}

impl Range {
    pub(super) fn new(since: Option<Timestamp>, until: Option<Timestamp>, make: &Factory) -> Range {
        let (before, within) = (make(), make());
        Range { since, until, before, within }
    }

    fn has(&self, time: Timestamp) -> bool {
        time.is_some()
            && self.since.is_none_or(|since| since <= time)
            && self.until.is_none_or(|until| time < until)
    }
}

impl Aggregator for Range {
    fn copy(&self) -> Box<dyn Aggregator> {
        Box::new(self.clone())
    }

    fn take(&mut self, records: &Records<'_>) {
        let Records { batch, rows, .. } = *records;
        let inside = |row: &u32| self.has(batch.timestamp[*row as usize]);
        let chosen: Vec<u32> = rows.iter().copied().filter(inside).collect();
        self.within.observe(batch, &chosen);
    }

    fn learn(&mut self, fact: &Fact<'_>) {
        let Some(time) = fact.time else { return };
        if self.has(time) {
            self.within.learn(fact);
        } else if self.since.is_some_and(|since| time < since) {
            self.before.learn(fact);
        }
    }

    fn merge(&mut self, later: Box<dyn Aggregator>) {
        if let Ok(later) = (later as Box<dyn Any>).downcast::<Range>() {
            self.before.merge(later.before);
            self.within.merge(later.within);
        }
    }

    fn carry(&self, next: &mut dyn Aggregator) {
        self.within.carry(next);
    }

    fn settle(&mut self) {
        self.before.carry(self.within.as_mut());
    }

    fn summarize(&self, view: &View) -> Body {
        self.within.summarize(&View { cut: self.until.is_some(), ..*view })
    }

    fn silent(&self) -> bool {
        self.within.silent()
    }

    fn save(&self) -> Json {
        json!([self.before.save(), self.within.save()])
    }

    fn load(&mut self, saved: Json) -> Result<()> {
        let (before, within): (Json, Json) = serde_json::from_value(saved)
            .map_err(|fault| Error::config(format!("not a state of a time range: {fault}")))?;
        self.before.load(before)?;
        self.within.load(within)
    }
}
